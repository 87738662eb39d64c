import FeditPixels
import FeditPlan

/// What lies opposite in the face, for the pixels of a mask: what one eye looks like says much about the other.
public struct MirrorLayer: Sendable, Hashable {
  /// −1…1 in whole levels, `size * size * 3`; 0 where nothing is known.
  public var values: [Float]
  /// 1 where ``values`` is known: opposite is a pixel of the photo outside the mask; `size * size`.
  public var set: [Float]

  /// Mirrors a sample's own picture, linear between the middles of its pixels.
  ///
  /// - Parameters:
  ///   - sample: Its picture and mask are read.
  ///   - axis: The column between the face's halves, in the sample's pixels.
  ///   - beyond: What is opposite each pixel, `size * size * 3`, for those whose opposite lies beyond the sample; nil
  ///     where that is not known.
  package init(of sample: TrainingSample, axis: Float, beyond: [Float]? = nil) {
    let size = sample.size
    values = [Float](repeating: 0, count: size * size * 3)
    set = [Float](repeating: 0, count: size * size)
    for x in 0..<size {
      // Halves of a pixel: both middles lie at + 0.5.
      let opposite = 2 * axis - Float(x) - 1
      let left = opposite.rounded(.down)
      let share = opposite - left
      let isInside = left >= 0 && left + (share > 0 ? 1 : 0) <= Float(size - 1)
      if !isInside, beyond == nil { continue }
      for y in 0..<size where sample.mask[y * size + x] != 0 {
        let p = y * size + x
        guard isInside else {
          if let beyond { for c in 3 * p..<3 * p + 3 { values[c] = beyond[c] } }
          set[p] = 1
          continue
        }
        let a = y * size + Int(left)
        let b = share > 0 ? a + 1 : a
        guard sample.mask[a] == 0, sample.mask[b] == 0 else { continue }
        set[p] = 1
        for c in 0..<3 {
          let level = Levels.level(sample.image[3 * a + c] * (1 - share) + sample.image[3 * b + c] * share)
          values[3 * p + c] = Levels.signed(level.rounded())
        }
      }
    }
  }

  /// Without what lies outside a face, as generation has it.
  ///
  /// - Parameter anchors: The face, in the sample's pixels.
  /// - Returns: The layer; where the eyes lie in one place as it is.
  func within(_ anchors: FaceAnchors) -> MirrorLayer {
    let eyes = anchors.eyes.map { Point(Double($0.0.x + $0.1.x) / 2, Double($0.0.y + $0.1.y) / 2) }
    guard let left = eyes.first, let right = eyes.last,
      let axis = FaceAxis(FaceGeometry(leftEye: left, rightEye: right, mouth: left))
    else { return self }
    var result = self
    let size = Int(Double(set.count).squareRoot())
    for p in set.indices
    where set[p] != 0 && !axis.reaches(Point(Double(p % size) + 0.5, Double(p / size) + 0.5)) {
      result.set[p] = 0
      for c in 3 * p..<3 * p + 3 { result.values[c] = 0 }
    }
    return result
  }

  /// Known values, as they are.
  init(values: [Float], set: [Float]) {
    self.values = values
    self.set = set
  }
}
