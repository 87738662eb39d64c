import FeditNN
import FeditPixels
import Foundation

/// How good the average model is on fixed tasks of pictures that are not trained on.
package struct Validation: Sendable, Equatable {
  /// The mean of the tasks' peak signal-to-noise ratio inside the mask, in dB.
  package var psnr = 0.0
  /// The mean distance of unit-length features of VGG-16 (``FeatureLosses``), on a crop of 64×64 pixels in the middle of
  /// each mask; less is better. Nil without VGG-16's weights.
  package var features: Double?
  /// The energy of the Laplacian of the fills' luma over that of the photos', inside the masks: 1 is as sharp.
  package var sharpness = 0.0
}

extension Trainer {
  /// A task of the fixed validation: what went in and what came out, at full size.
  package struct Outcome: Sendable {
    package var sample: TrainingSample
    package var generated: [Float]
  }

  /// Side of the crops on which validations compare features.
  static var judgedSide: Int { 64 }

  /// Runs the average model on fixed tasks.
  ///
  /// - Parameters:
  ///   - count: How many tasks there are.
  ///   - limit: How many of them are run; nil for all.
  ///   - keep: How many outcomes are returned.
  /// - Returns: What was measured, and outcomes.
  /// - Throws: ``TrainingDataError`` where the set is damaged.
  package func validate(count: Int, limit: Int? = nil, keep: Int = 0) throws -> (
    measures: Validation, outcomes: [Outcome]
  ) {
    guard !data.validation.isEmpty else { return (Validation(), []) }
    let (images, size) = (generator.images, generator.size)
    generator.pack(pool, average: true, backward: false)
    var measures = Validation()
    var features = 0.0
    var energies = (made: 0.0, true: 0.0)
    var outcomes: [Outcome] = []
    let data = data
    var first = 0
    let limit = limit ?? count
    while first < limit {
      let base = first
      let tasks: @Sendable (Int) throws -> TrainingSample = { image in
        try data.validationTask((base + image) % count, of: count, size: size)
      }
      try fill(tasks)
      generator.forward(pool, average: true)
      for image in 0..<min(images, limit - first) {
        let generated = generator.output.start(image: image)
        if outcomes.count < keep {
          var sample = try tasks(image)
          if !generator.architecture.seesMirror { sample.mirror = nil }
          outcomes.append(
            Outcome(
              sample: sample,
              generated: Array(UnsafeBufferPointer(start: generated, count: size * size * 3))))
        }
        measures.psnr += compose(image)
        let energy = sharpness(image)
        energies = (energies.made + energy.made, energies.true + energy.true)
        features += distance(image) ?? 0
      }
      first += images
    }
    measures.psnr /= Double(limit)
    measures.sharpness = energies.true > 0 ? energies.made / energies.true : 0
    if judge != nil { measures.features = features / Double(limit) }
    return (measures, outcomes)
  }

  /// Writes the composite.
  ///
  /// - Returns: Its peak signal-to-noise ratio inside the mask; 0 without a mask.
  private func compose(_ image: Int) -> Double {
    let (generated, photo, mask, composite) = (
      generator.output.start(image: image), photo.start(image: image), mask.start(image: image),
      composite.start(image: image)
    )
    var error = 0.0
    var pixels = 0.0
    for p in 0..<generator.size * generator.size {
      for i in 3 * p..<3 * p + 3 {
        composite[i] = mask[p] > 0 ? generated[i] : photo[i]
        guard mask[p] > 0 else { continue }
        let d = Double(generated[i] - photo[i])
        error += d * d
      }
      if mask[p] > 0 { pixels += 3 }
    }
    return pixels > 0 ? Self.decibels(error / pixels) : 0
  }

  /// Peak signal-to-noise ratio of values that span 2.
  private static func decibels(_ meanSquare: Double) -> Double { 10 * log10(4 / max(meanSquare, 1e-10)) }

  /// The squares of the Laplacian of the luma, summed where a pixel and its four neighbours are masked.
  private func sharpness(_ image: Int) -> (made: Double, true: Double) {
    let size = generator.size
    let (made, photo, mask) = (
      composite.start(image: image), photo.start(image: image), mask.start(image: image)
    )
    var sums = (made: 0.0, true: 0.0)
    for y in 1..<size - 1 {
      for x in 1..<size - 1 {
        let p = y * size + x
        let around = [p - 1, p + 1, p - size, p + size]
        guard mask[p] > 0, around.allSatisfy({ mask[$0] > 0 }) else { continue }
        func square(_ values: UnsafePointer<Float>) -> Double {
          func luma(_ p: Int) -> Float { Luma.of(values, pixel: p) }
          let value = around.reduce(-4 * luma(p)) { $0 + luma($1) }
          return Double(value * value)
        }
        sums.made += square(made)
        sums.true += square(photo)
      }
    }
    return sums
  }

  /// The distance of features on a crop in the middle of the mask.
  private func distance(_ image: Int) -> Double? {
    guard let judge else { return nil }
    let size = generator.size
    let mask = mask.start(image: image)
    var (sumX, sumY, count) = (0, 0, 0)
    for y in 0..<size {
      for x in 0..<size where mask[y * size + x] > 0 {
        sumX += x
        sumY += y
        count += 1
      }
    }
    let half = Self.judgedSide / 2
    func place(_ sum: Int) -> Int {
      min(max(0, count > 0 ? sum / count - half : 0), size - Self.judgedSide)
    }
    let at = place(sumY) * size + place(sumX)
    return judge.distance(
      pool,
      pictures: [
        (
          UnsafePointer(composite.start(image: image) + 3 * at),
          UnsafePointer(photo.start(image: image) + 3 * at)
        )
      ], rowStride: 3 * size, masks: [UnsafePointer(mask + at)], maskRowStride: size)
  }
}
