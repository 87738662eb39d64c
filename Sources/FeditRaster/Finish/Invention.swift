import FeditPixels

/// Keeps an octave from inventing structure where the octave below is smooth.
///
/// An octave is to sharpen what is there. Where the fill below shows no structure at all, what a network adds beyond a
/// fine texture is made up: a weave, and in frames without any photo whole faces. So the detail that an octave adds is
/// held to a few levels plus a multiple of the standard deviation of the fill below, nearby.
package enum Invention {
  /// Levels of detail that may be new anywhere, and the multiple of the structure below.
  private static let texture: Float = 2.5
  private static let multiple: Float = 1.5
  /// The share of what lies beyond that stays.
  private static let share: Float = 0.15
  /// Pixels on either side over which structure is measured.
  private static let radius = 5

  /// Reduces detail.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, the octave's, with the tone of `coarse`; changed inside the mask.
  ///   - coarse: The fill of the octave below, enlarged, and the photo around it.
  ///   - mask: 0 or 1, `size`×`size`.
  ///   - size: The frame's side.
  package static func limit(_ fill: inout [Float], of coarse: [Float], mask: [UInt8], size: Int) {
    guard let inner = Tone.bounds(of: mask, size: size) else { return }
    let box = inner.expanded(by: radius).intersection(PixelRect(x: 0, y: 0, width: size, height: size))
    var sums = [SIMD4<Float>](repeating: .zero, count: box.area)
    for y in 0..<box.height {
      for x in 0..<box.width {
        let luma = Luma.of(coarse, pixel: (box.y + y) * size + box.x + x)
        sums[y * box.width + x] = SIMD4(luma, luma * luma, 0, 1)
      }
    }
    BoxFilter.sum(&sums, width: box.width, height: box.height, radius: radius)
    for y in 0..<box.height {
      for x in 0..<box.width {
        let i = (box.y + y) * size + box.x + x
        guard mask[i] != 0 else { continue }
        let sum = sums[y * box.width + x]
        let mean = sum.x / sum.w
        let deviation = max(0, sum.y / sum.w - mean * mean).squareRoot()
        let most = texture + multiple * deviation
        let below = SIMD4(coarse[3 * i], coarse[3 * i + 1], coarse[3 * i + 2], 0)
        let detail = SIMD4(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2], 0) - below
        let largest = max(abs(detail.x), abs(detail.y), abs(detail.z))
        guard largest > most else { continue }
        let held = below + detail * ((most + (largest - most) * share) / largest)
        for c in 0..<3 { fill[3 * i + c] = held[c] }
      }
    }
  }
}
