/// Spreads values that are known at some pixels over the others, smoothly: a membrane, by a convolution pyramid
/// (Farbman, Fattal, Lischinski 2011, "Convolution Pyramids", boundary interpolation).
///
/// The values and their weights are convolved with a wide kernel, and the quotient is the result. The kernel is
/// made of small ones on a pyramid, so the time is linear in the pixels. Sums are formed in a fixed order.
package enum ConvolutionPyramid {
  /// The five taps that lead down and up the pyramid, and the three on each of its levels; from the paper's table.
  private static let descent: [Float] = [0.1507, 0.6836, 1.0334, 0.6836, 0.1507]
  private static let ascent: Float = 0.0270
  private static let level: [Float] = [0.0312, 0.7753, 0.0312]

  /// A plane of three values and their weight for each pixel.
  package struct Plane {
    package var width: Int
    package var height: Int
    /// Row by row: three values times the weight, and the weight.
    package var pixels: [SIMD4<Float>]

    /// A plane of pixels, row by row.
    package init(width: Int, height: Int, pixels: [SIMD4<Float>]) {
      self.width = width
      self.height = height
      self.pixels = pixels
    }
  }

  /// Fills in what is not known.
  ///
  /// - Parameter known: Values times weights, and weights; 0 where nothing is known.
  /// - Returns: The values everywhere, the fourth number without meaning; 0 where no weight reaches.
  package static func spread(_ known: Plane) -> Plane {
    var result = convolved(known)
    for i in result.pixels.indices {
      let weight = result.pixels[i].w
      result.pixels[i] = weight > 1e-20 ? result.pixels[i] / weight : .zero
    }
    return result
  }

  private static func convolved(_ plane: Plane) -> Plane {
    var result = filtered(plane)
    guard plane.width > 5 || plane.height > 5 else { return result }
    let coarse = convolved(reduced(plane))
    expand(coarse, onto: &result)
    return result
  }

  /// The kernel of a level.
  private static func filtered(_ plane: Plane) -> Plane {
    let (width, height) = (plane.width, plane.height)
    var rows = plane
    for y in 0..<height {
      for x in 0..<width {
        let i = y * width + x
        var sum = plane.pixels[i] * level[1]
        if x > 0 { sum += plane.pixels[i - 1] * level[0] }
        if x + 1 < width { sum += plane.pixels[i + 1] * level[2] }
        rows.pixels[i] = sum
      }
    }
    var result = rows
    for y in 0..<height {
      for x in 0..<width {
        let i = y * width + x
        var sum = rows.pixels[i] * level[1]
        if y > 0 { sum += rows.pixels[i - width] * level[0] }
        if y + 1 < height { sum += rows.pixels[i + width] * level[2] }
        result.pixels[i] = sum
      }
    }
    return result
  }

  /// Every second pixel of the plane under the five taps; a border of two pixels keeps what leaves the plane.
  private static func reduced(_ plane: Plane) -> Plane {
    let width = (plane.width + 5) / 2
    let height = (plane.height + 5) / 2
    var rows = [SIMD4<Float>](repeating: .zero, count: width * plane.height)
    for y in 0..<plane.height {
      for x in 0..<width {
        var sum = SIMD4<Float>.zero
        for tap in 0..<5 {
          let source = 2 * (x - 1) + tap - 2
          if source >= 0, source < plane.width {
            sum += plane.pixels[y * plane.width + source] * descent[tap]
          }
        }
        rows[y * width + x] = sum
      }
    }
    var result = Plane(
      width: width, height: height, pixels: [SIMD4<Float>](repeating: .zero, count: width * height))
    for y in 0..<height {
      for tap in 0..<5 {
        let source = 2 * (y - 1) + tap - 2
        guard source >= 0, source < plane.height else { continue }
        for x in 0..<width { result.pixels[y * width + x] += rows[source * width + x] * descent[tap] }
      }
    }
    // The kernel's shape is what matters; so the numbers stay of one size.
    let scale = 1 / Float(4)
    for i in result.pixels.indices { result.pixels[i] *= scale }
    return result
  }

  /// Adds the level above, brought to this level's size.
  private static func expand(_ coarse: Plane, onto plane: inout Plane) {
    let scale = ascent * 4
    var rows = [SIMD4<Float>](repeating: .zero, count: plane.width * coarse.height)
    for y in 0..<coarse.height {
      for x in 0..<plane.width {
        // Coarse pixel c lies at 2 (c − 1).
        var sum = SIMD4<Float>.zero
        for c in (x / 2)...(x / 2 + 2) where c < coarse.width {
          let tap = x - 2 * (c - 1) + 2
          if tap >= 0, tap < 5 { sum += coarse.pixels[y * coarse.width + c] * descent[tap] }
        }
        rows[y * plane.width + x] = sum
      }
    }
    for y in 0..<plane.height {
      for c in (y / 2)...(y / 2 + 2) where c < coarse.height {
        let tap = y - 2 * (c - 1) + 2
        guard tap >= 0, tap < 5 else { continue }
        let weight = descent[tap] * scale
        for x in 0..<plane.width {
          plane.pixels[y * plane.width + x] += rows[c * plane.width + x] * weight
        }
      }
    }
  }
}
