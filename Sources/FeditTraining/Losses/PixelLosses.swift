import FeditNN

/// The losses that look at pixels alone, of one batch.
///
/// `generated` is the network's output, `composite` = generated · mask + photo · (1 − mask).
package struct PixelLosses: Sendable {
  /// Values, averaged over the batch, without weights.
  package struct Values: Sendable, Equatable {
    /// Mean over all pixels of |generated − photo| inside and outside the mask.
    package var inside = 0.0
    package var outside = 0.0
    /// Mean |composite − photo| at half, a quarter and an eighth of the size, added up.
    package var pyramid = 0.0
    /// Mean of |red − green| and |blue − green| of composite − photo at half of the size. Losses on features hardly
    /// see the hue of what is dark: discriminators on them alone led pupils from brown over red to violet.
    package var chroma = 0.0
    /// Mean |difference of neighbours in the composite − the same in the photo|, both directions added up.
    package var edges = 0.0
    /// Mean |difference of neighbours in the composite| where either is masked, both directions added up.
    package var variation = 0.0
    /// In windows of 32×32 the mean of composite − photo on each of the 4×4 places that a pixel can have in the
    /// grid of two upsamplings, less their mean: mean magnitude. What is left of chance is noise; what a network
    /// draws there again and again is the checkerboard of upsampling (Odena et al., Distill 2016).
    package var checkerboard = 0.0

    static func + (a: Values, b: Values) -> Values {
      Values(
        inside: a.inside + b.inside, outside: a.outside + b.outside, pyramid: a.pyramid + b.pyramid,
        chroma: a.chroma + b.chroma, edges: a.edges + b.edges, variation: a.variation + b.variation,
        checkerboard: a.checkerboard + b.checkerboard)
    }
  }

  /// What each value is multiplied by.
  package var inside: Float = 5
  package var outside: Float = 1
  package var pyramid: Float = 4
  package var chroma: Float = 0
  package var edges: Float = 2
  package var variation: Float = 0
  package var checkerboard: Float = 0

  package init() {}

  package func total(_ values: Values) -> Double {
    Double(inside) * values.inside + Double(outside) * values.outside + Double(pyramid) * values.pyramid
      + Double(chroma) * values.chroma + Double(edges) * values.edges + Double(variation) * values.variation
      + Double(checkerboard) * values.checkerboard
  }

  /// Computes values and gradients of a batch; gradients are written, not added.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - generated: The network's output.
  ///   - photo: What it should be.
  ///   - mask: 1 where pixels are generated.
  ///   - composite: Written.
  ///   - toGenerated: Gradient of the generated pictures.
  ///   - toComposite: Gradient of the composites.
  /// - Returns: The values without weights.
  package func run(
    _ pool: ThreadPool, generated: BatchMap, photo: BatchMap, mask: BatchMap, composite: BatchMap,
    toGenerated: BatchMap, toComposite: BatchMap
  ) -> Values {
    let images = generated.images
    let values = pool.map(images) { item in
      image(
        generated: generated.start(image: item), composite: composite.start(image: item),
        photo: photo.start(image: item), mask: mask.start(image: item), size: generated.side,
        images: images, toGenerated: toGenerated.start(image: item),
        toComposite: toComposite.start(image: item))
    }
    return values.reduce(.init(), +)
  }

  /// One image's share; gradients are written, not added.
  ///
  /// - Parameters:
  ///   - generated: size·size·3 values.
  ///   - composite: The same; written.
  ///   - photo: The same.
  ///   - mask: size·size values.
  ///   - size: The side, a multiple of 8, and of 32 where it is more.
  ///   - images: Images of the batch, by which means are divided.
  ///   - toGenerated: Gradient of the generated picture.
  ///   - toComposite: Gradient of the composite.
  /// - Returns: The values without weights.
  private func image(
    generated: UnsafePointer<Float>, composite: UnsafeMutablePointer<Float>, photo: UnsafePointer<Float>,
    mask: UnsafePointer<Float>, size: Int, images: Int, toGenerated: UnsafeMutablePointer<Float>,
    toComposite: UnsafeMutablePointer<Float>
  ) -> Values {
    var values = Values()
    let count = size * size * 3
    let row = size * 3
    let share = 1 / Float(images * count)
    func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count + count / 4 + count / 16 + count / 64) {
      buffer in
      guard let error = buffer.baseAddress else { return }
      let half = error + count
      let quarter = half + count / 4
      let eighth = quarter + count / 16
      for p in 0..<size * size {
        let m = mask[p]
        let (a, b) = (inside * m * share, outside * (1 - m) * share)
        var (sumIn, sumOut): (Float, Float) = (0, 0)
        for i in 3 * p..<3 * p + 3 {
          let d = generated[i] - photo[i]
          let e = d * m
          error[i] = e
          composite[i] = photo[i] + e
          sumIn += abs(d)
          sumOut += abs(d)
          toGenerated[i] = (a + b) * sign(d)
          toComposite[i] = 0
        }
        values.inside += Double(sumIn * m)
        values.outside += Double(sumOut * (1 - m))
      }
      let halfSum = pyramid > 0 || chroma > 0 ? Self.halve(error, size: size, into: half) : 0
      if chroma > 0 {
        values.chroma = Self.chroma(half, size: size, weight: chroma * share, into: toComposite)
      }
      if pyramid > 0 {
        values.pyramid =
          halfSum + 4 * Self.halve(half, size: size / 2, into: quarter)
          + 16 * Self.halve(quarter, size: size / 4, into: eighth)
        // A pixel is a quarter of a half-size one, of which there are a quarter as many, and so on.
        Self.gather(half, size: size, level: 1, weight: pyramid * share, into: toComposite)
        Self.gather(quarter, size: size, level: 2, weight: pyramid * share, into: toComposite)
        Self.gather(eighth, size: size, level: 3, weight: pyramid * share, into: toComposite)
      }
      if edges > 0 {
        let weight = edges / Float(images * size * (size - 1) * 3)
        var sum = 0.0
        for (step, isHorizontal) in [(3, true), (row, false)] {
          for y in 0..<(isHorizontal ? size : size - 1) {
            var rowSum: Float = 0
            for i in y * row..<y * row + (isHorizontal ? row - 3 : row) {
              let d = error[i + step] - error[i]
              rowSum += abs(d)
              let g = weight * sign(d)
              toComposite[i + step] += g
              toComposite[i] -= g
            }
            sum += Double(rowSum)
          }
        }
        values.edges = sum
      }
      if variation > 0 {
        let weight = variation * share
        var sum = 0.0
        for (step, pixels) in [(3, 1), (row, size)] {
          for y in 0..<(pixels == 1 ? size : size - 1) {
            for x in 0..<(pixels == 1 ? size - 1 : size) {
              let p = y * size + x
              guard mask[p] + mask[p + pixels] > 0 else { continue }
              for i in 3 * p..<3 * p + 3 {
                let d = composite[i + step] - composite[i]
                sum += Double(abs(d))
                let g = weight * sign(d)
                toComposite[i + step] += g
                toComposite[i] -= g
              }
            }
          }
        }
        values.variation = sum
      }
      if checkerboard > 0 {
        values.checkerboard = Self.grid(error, size: size, weight: checkerboard * share, into: toComposite)
      }
    }
    let all = Double(images * count)
    values.inside /= all
    values.outside /= all
    values.pyramid /= all / 4
    values.chroma /= Double(images * count / 6)
    values.edges /= Double(images * size * (size - 1) * 3)
    values.variation /= all
    values.checkerboard /= all
    return values
  }

  /// composite = generated · mask + photo · (1 − mask): its gradient goes through the mask to that of the generated
  /// pictures.
  package static func join(
    _ pool: ThreadPool, _ composite: BatchMap, mask: BatchMap, into generated: BatchMap
  ) {
    pool.run(generated.images) { image, _ in
      let to = generated.start(image: image)
      let from = composite.start(image: image)
      let mask = mask.start(image: image)
      for p in 0..<generated.side * generated.side {
        for i in 3 * p..<3 * p + 3 { to[i] += from[i] * mask[p] }
      }
    }
  }

  /// The checkerboard in the windows of an image: its gradient is added.
  ///
  /// - Parameters:
  ///   - error: composite − photo, size·size·3 values.
  ///   - size: The side.
  ///   - weight: What the gradient is multiplied by.
  ///   - gradient: Gradient of the composite.
  /// - Returns: The magnitudes' sum over windows, places and channels, each times the pixels it is a mean of.
  private static func grid(
    _ error: UnsafePointer<Float>, size: Int, weight: Float, into gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let side = min(size, 32)
    let row = size * 3
    var sum: Float = 0
    // 4×4 places of three channels.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 48) { places in
      for top in stride(from: 0, to: size, by: side) {
        for left in stride(from: 0, to: size, by: side) {
          places.update(repeating: 0)
          for y in 0..<side {
            let from = error + (top + y) * row + left * 3
            for i in 0..<side * 3 { places[y % 4 * 12 + i % 12] += from[i] }
          }
          for c in 0..<3 {
            var mean: Float = 0
            for place in 0..<16 { mean += places[3 * place + c] }
            mean /= 16
            var balance: Float = 0
            for place in 0..<16 {
              let deviation = places[3 * place + c] - mean
              sum += abs(deviation)
              let sign: Float = deviation > 0 ? 1 : deviation < 0 ? -1 : 0
              places[3 * place + c] = sign
              balance += sign / 16
            }
            for place in 0..<16 { places[3 * place + c] = (places[3 * place + c] - balance) * weight }
          }
          for y in 0..<side {
            let to = gradient + (top + y) * row + left * 3
            for i in 0..<side * 3 { to[i] += places[y % 4 * 12 + i % 12] }
          }
        }
      }
    }
    return Double(sum)
  }

  /// How far red and blue are from green in means of 2×2 pixels: its gradient is added to all four.
  ///
  /// - Parameters:
  ///   - half: composite − photo at half of the size.
  ///   - size: The side of the whole.
  ///   - weight: What the gradient is multiplied by, over the values of the whole.
  ///   - gradient: Gradient of the composite.
  /// - Returns: The magnitudes' sum.
  private static func chroma(
    _ half: UnsafePointer<Float>, size: Int, weight: Float, into gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }
    // Two differences a mean instead of three values: each weighs half as much again.
    let weight = weight * 1.5
    let (row, side) = (size * 3, size / 2)
    var sum = 0.0
    for y in 0..<side {
      var rowSum: Float = 0
      for x in 0..<side {
        let i = 3 * (y * side + x)
        let (red, blue) = (half[i] - half[i + 1], half[i + 2] - half[i + 1])
        rowSum += abs(red) + abs(blue)
        let (toRed, toBlue) = (weight * sign(red), weight * sign(blue))
        for top in [2 * y * row + 6 * x, (2 * y + 1) * row + 6 * x] {
          for p in [top, top + 3] {
            gradient[p] += toRed
            gradient[p + 1] -= toRed + toBlue
            gradient[p + 2] += toBlue
          }
        }
      }
      sum += Double(rowSum)
    }
    return sum
  }

  /// Adds the signs of a level of the pyramid to all pixels below.
  private static func gather(
    _ means: UnsafePointer<Float>, size: Int, level: Int, weight: Float,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let row = (size >> level) * 3
    for y in 0..<size {
      let from = means + (y >> level) * row
      let to = gradient + y * size * 3
      for x in 0..<size {
        let i = (x >> level) * 3
        for c in 0..<3 {
          let mean = from[i + c]
          to[3 * x + c] += mean > 0 ? weight : mean < 0 ? -weight : 0
        }
      }
    }
  }

  /// Averages 2×2 pixels; the sum of the results' magnitudes.
  private static func halve(
    _ from: UnsafePointer<Float>, size: Int, into to: UnsafeMutablePointer<Float>
  ) -> Double {
    let row = size * 3
    var sum = 0.0
    for y in 0..<size / 2 {
      var rowSum: Float = 0
      for x in 0..<size / 2 {
        for c in 0..<3 {
          let i = 2 * y * row + 6 * x + c
          let mean = ((from[i] + from[i + 3]) + (from[i + row] + from[i + row + 3])) * 0.25
          to[y * (row / 2) + 3 * x + c] = mean
          rowSum += abs(mean)
        }
      }
      sum += Double(rowSum)
    }
    return sum
  }
}
