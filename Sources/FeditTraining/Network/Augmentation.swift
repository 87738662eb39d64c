/// What is done to a picture before a discriminator sees it (DiffAugment, Zhao et al., NeurIPS 2020): colours, a shift
/// and a hole. All of it is linear, so that a gradient goes back through it.
///
/// Brightness b, saturation s and contrast k: x ↦ k (s x + (1 − s) m + b) + (1 − k) (M + b) with m the mean of a pixel's
/// channels and M the picture's mean. Where pixels come from beyond the edge, and in the hole, all is 0, guidance and
/// mask as well.
package struct Augmentation: Sendable, Equatable {
  /// Added to all channels, of a span of 2: −½…½.
  package var brightness: Float = 0
  /// What differences between channels are multiplied by: 0…2.
  package var saturation: Float = 1
  /// What differences from the picture's mean are multiplied by: ½…1½.
  package var contrast: Float = 1
  /// Pixels to the right and down, up to an eighth of the side.
  package var shift = (x: 0, y: 0)
  /// Rows and columns of the hole, half the side or less at the edge.
  package var hole: (x: Range<Int>, y: Range<Int>) = (0..<0, 0..<0)

  /// One that changes nothing.
  package init() {}

  /// A random one.
  package init(size: Int, random: inout SeededRandom) {
    brightness = random.number(-0.5...0.5)
    saturation = random.number(0...2)
    contrast = random.number(0.5...1.5)
    shift = (random.integer(-size / 8...size / 8), random.integer(-size / 8...size / 8))
    func range() -> Range<Int> {
      let middle = random.integer(0...size - 1)
      return max(0, middle - size / 4)..<min(size, middle + size / 4)
    }
    hole = (range(), range())
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.brightness == b.brightness && a.saturation == b.saturation && a.contrast == b.contrast
      && a.shift == b.shift && a.hole.x == b.hole.x && a.hole.y == b.hole.y
  }

  /// The mean over pixels and channels, row by row.
  private static func mean(_ values: UnsafePointer<Float>, size: Int, pitch: Int) -> Float {
    var sum = 0.0
    for y in 0..<size {
      var row: Float = 0
      for i in y * pitch * 3..<(y * pitch + size) * 3 { row += values[i] }
      sum += Double(row)
    }
    return Float(sum / Double(size * size * 3))
  }

  /// Where a pixel of the result comes from, on a picture that is `pitch` pixels wide; nil where it is 0.
  private func source(_ x: Int, _ y: Int, size: Int, pitch: Int) -> Int? {
    if hole.x.contains(x), hole.y.contains(y) { return nil }
    let (u, v) = (x - shift.x, y - shift.y)
    return 0..<size ~= u && 0..<size ~= v ? v * pitch + u : nil
  }

  /// Writes a changed picture with its guidance, eight channels a pixel.
  ///
  /// - Parameters:
  ///   - picture: Its first pixel, three channels.
  ///   - guides: Four channels.
  ///   - mask: One channel.
  ///   - pitch: Pixels from one row to the next.
  ///   - size: The side of what is taken.
  ///   - result: Where it goes.
  ///   - rowStride: Floats from one of its rows to the next.
  func apply(
    picture: UnsafePointer<Float>, guides: UnsafePointer<Float>, mask: UnsafePointer<Float>, pitch: Int,
    size: Int, to result: UnsafeMutablePointer<Float>, rowStride: Int
  ) {
    let whole = (1 - contrast) * (Self.mean(picture, size: size, pitch: pitch) + brightness)
    for y in 0..<size {
      for x in 0..<size {
        let to = result + y * rowStride + x * Discriminator.inputs
        guard let p = source(x, y, size: size, pitch: pitch) else {
          to.update(repeating: 0, count: Discriminator.inputs)
          continue
        }
        let from = picture + 3 * p
        let grey = (1 - saturation) * ((from[0] + from[1] + from[2]) / 3) + brightness
        for c in 0..<3 { to[c] = contrast * (saturation * from[c] + grey) + whole }
        for c in 0..<4 { to[3 + c] = guides[4 * p + c] }
        to[7] = mask[p]
      }
    }
  }

  /// Adds the picture's gradient, given that of the changed one (three channels, `size` pixels a row).
  func addGradient(
    _ changed: UnsafePointer<Float>, size: Int, to gradient: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    var sum = 0.0
    for y in 0..<size {
      var row: Float = 0
      for x in 0..<size where source(x, y, size: size, pitch: pitch) != nil {
        let g = changed + 3 * (y * size + x)
        row += g[0] + g[1] + g[2]
      }
      sum += Double(row)
    }
    let whole = (1 - contrast) * Float(sum / Double(size * size * 3))
    for y in 0..<size {
      for i in y * pitch * 3..<(y * pitch + size) * 3 { gradient[i] += whole }
    }
    for y in 0..<size {
      for x in 0..<size {
        guard let p = source(x, y, size: size, pitch: pitch) else { continue }
        let g = changed + 3 * (y * size + x)
        let to = gradient + 3 * p
        let grey = (1 - saturation) * ((g[0] + g[1] + g[2]) / 3)
        for c in 0..<3 { to[c] += contrast * (saturation * g[c] + grey) }
      }
    }
  }

  /// ``apply(picture:guides:mask:pitch:size:to:rowStride:)`` on arrays; for tests.
  package func changed(_ picture: [Float], guides: [Float], mask: [Float], size: Int) -> [Float] {
    var result = [Float](repeating: 0, count: size * size * Discriminator.inputs)
    result.withUnsafeMutableBufferPointer { buffer in
      guard let to = buffer.baseAddress else { return }
      apply(
        picture: picture, guides: guides, mask: mask, pitch: size, size: size, to: to,
        rowStride: size * Discriminator.inputs)
    }
    return result
  }

  /// ``addGradient(_:size:to:pitch:)`` on arrays; for tests.
  package func gradient(_ changed: [Float], size: Int) -> [Float] {
    var result = [Float](repeating: 0, count: size * size * 3)
    result.withUnsafeMutableBufferPointer { buffer in
      if let to = buffer.baseAddress { addGradient(changed, size: size, to: to, pitch: size) }
    }
    return result
  }
}
