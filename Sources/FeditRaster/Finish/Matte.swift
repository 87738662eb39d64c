import FeditImage
import FeditPixels

/// How much of each pixel along the border of a drawn area is what the area holds.
///
/// Nobody draws along single hairs. So in a band inside the border each colour is compared with what lies deep inside
/// the area and what lies outside it, both spread into the band as a membrane: its place on the line between the two is
/// its share, as in matting between two known colours (Porter and Duff 1984, Smith and Blinn 1996). Where the two are
/// alike, the border is soft by distance alone.
enum Matte {
  /// A contrast of so many levels between inside and outside counts half.
  private static let contrast: Float = 20
  /// The band is so many pixels wide, at most, where colours are spread.
  private static let spreadWidth = 10.0

  /// The shares of a mask's pixels.
  ///
  /// - Parameters:
  ///   - mask: The drawn area.
  ///   - picture: The photo.
  ///   - band: How wide the band may be anywhere, in pixels.
  ///   - depth: For each of the mask's pixels how far it lies in the band: 0 at the border and outside the mask, 1 where
  ///     the band ends.
  /// - Returns: From 0 to 1, one for each of the mask's pixels; 0 outside the mask, 1 beyond the band.
  static func weights(of mask: PhotoMask, in picture: Picture, band: Double, depth: [Float]) -> [Float] {
    let step = max(1, Int((band / spreadWidth).rounded(.up)))
    let spread = Spread(mask, picture, margin: Int((2 * band).rounded(.up)), step: step, depth: depth)
    var shares = depth.map(smoothstep)
    for y in 0..<mask.height {
      for x in 0..<mask.width {
        let i = y * mask.width + x
        guard mask.pixels[i] != 0, depth[i] < 1 else { continue }
        let (inside, outside) = spread.colors(x, y)
        let line = inside - outside
        let length = (line * line).sum()
        guard length > 1 else { continue }
        let level = picture.levels(mask.x + x, mask.y + y)
        let own = SIMD3(level.x, level.y, level.z) - outside
        let share = smoothstep(((own * line).sum() / length - 0.15) / 0.7)
        let weight = length / (length + contrast * contrast)
        let mixed = share * weight + shares[i] * (1 - weight)
        shares[i] = mixed + (1 - mixed) * smoothstep((depth[i] - 0.6) / 0.4)
      }
    }
    return softened(shares, mask, depth)
  }

  /// The means of 3×3 pixels of the mask, the middle one counting most; noise of single pixels goes.
  private static func softened(_ shares: [Float], _ mask: PhotoMask, _ depth: [Float]) -> [Float] {
    var result = shares
    for y in 0..<mask.height {
      for x in 0..<mask.width {
        let i = y * mask.width + x
        guard mask.pixels[i] != 0, depth[i] < 1 else { continue }
        var (sum, count): (Float, Float) = (0, 0)
        for v in max(y - 1, 0)...min(y + 1, mask.height - 1) {
          for u in max(x - 1, 0)...min(x + 1, mask.width - 1) {
            let weight: Float = (u == x ? 2 : 1) * (v == y ? 2 : 1)
            // Beyond the mask nothing is coloured.
            sum += weight * shares[v * mask.width + u]
            count += weight
          }
        }
        result[i] = sum / count
      }
    }
    return result
  }
}

/// The colours inside and outside a mask, spread over its band at a smaller size.
private struct Spread {
  private let step: Int
  /// Pixels around the mask's rectangle that are looked at.
  private let margin: Int
  private let inside: ConvolutionPyramid.Plane
  private let outside: ConvolutionPyramid.Plane

  init(_ mask: PhotoMask, _ picture: Picture, margin: Int, step: Int, depth: [Float]) {
    self.step = step
    self.margin = margin
    let (width, height) = ((mask.width + 2 * margin) / step + 1, (mask.height + 2 * margin) / step + 1)
    let empty = ConvolutionPyramid.Plane(
      width: width, height: height, pixels: [SIMD4<Float>](repeating: .zero, count: width * height))
    var (inside, outside) = (empty, empty)
    for y in max(0, mask.y - margin)..<min(picture.height, mask.y + mask.height + margin) {
      for x in max(0, mask.x - margin)..<min(picture.width, mask.x + mask.width + margin) {
        let (u, v) = (x - mask.x, y - mask.y)
        let isMasked = mask.contains(x, y)
        if isMasked, depth[v * mask.width + u] < 1 { continue }
        let color = picture.levels(x, y)
        let k = (v + margin) / step * width + (u + margin) / step
        if isMasked { inside.pixels[k] += color } else { outside.pixels[k] += color }
      }
    }
    self.inside = ConvolutionPyramid.spread(inside)
    self.outside = ConvolutionPyramid.spread(outside)
  }

  /// The colours inside and outside as they are spread to a pixel of the mask's rectangle, read linearly.
  func colors(_ x: Int, _ y: Int) -> (inside: SIMD3<Float>, outside: SIMD3<Float>) {
    let u = max(0, (Float(x + margin) + 0.5) / Float(step) - 0.5)
    let v = max(0, (Float(y + margin) + 0.5) / Float(step) - 0.5)
    let (column, row) = (min(Int(u), inside.width - 2), min(Int(v), inside.height - 2))
    let (right, down) = (u - Float(column), v - Float(row))
    func read(_ plane: ConvolutionPyramid.Plane) -> SIMD3<Float> {
      let k = row * plane.width + column
      let top = plane.pixels[k] * (1 - right) + plane.pixels[k + 1] * right
      let bottom = plane.pixels[k + plane.width] * (1 - right) + plane.pixels[k + plane.width + 1] * right
      let color = top * (1 - down) + bottom * down
      return SIMD3(color.x, color.y, color.z)
    }
    return (read(inside), read(outside))
  }
}
