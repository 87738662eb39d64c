import FeditImage

/// Validation tasks as a picture: one a row; the photo, what the network saw, what it made.
enum SampleSheet {
  static func picture(_ outcomes: [Trainer.Outcome]) -> Picture? {
    guard let size = outcomes.first?.sample.size else { return nil }
    let gap = 4
    let (width, height) = (3 * (size + gap) - gap, outcomes.count * (size + gap) - gap)
    var pixels = [UInt8](repeating: 255, count: width * height * 3)
    func level(_ value: Float) -> UInt8 { UInt8(max(0, min(255, ((value + 1) * 127.5).rounded()))) }
    for (row, outcome) in outcomes.enumerated() {
      let sample = outcome.sample
      for p in 0..<size * size {
        let isMasked = sample.mask[p] > 0
        for c in 0..<3 {
          let i = 3 * p + c
          let photo = level(sample.image[i])
          var input = photo
          if isMasked {
            // Grey where nothing is given, the colour where one is, black lines.
            input =
              sample.sketch[p] > 0 ? 0 : sample.colorSet[p] != 0 ? level(sample.color[i]) : 190
          }
          let result = isMasked ? level(outcome.generated[i]) : photo
          for (column, value) in [photo, input, result].enumerated() {
            let at = (row * (size + gap) + p / size) * width + column * (size + gap) + p % size
            pixels[3 * at + c] = value
          }
        }
      }
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }
}
