import FeditPixels
import FeditPlan

/// Lets a fill begin at the mask's border with the levels that the photo ends with.
///
/// The step along the border is spread into the fill as a membrane would, which is seamless cloning (Pérez, Gangnet and
/// Blake 2003) by a convolution pyramid: what changes from pixel to pixel ends after a few, what is the same all along
/// reaches farther. Unlike a feather it needs nothing of what is masked.
public enum Seam {
  /// Pixels from the border in which the step has been used up.
  private static let reach = 16
  /// A step of so many levels counts half: there the picture itself has an edge.
  private static let edge: Float = 48

  /// Takes the step from a fill.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels; changed inside the mask.
  ///   - photo: The photo in the frame.
  ///   - layers: Mask and colours; colours that are given stay.
  ///   - counted: Where in the mask the fill is right.
  public static func close(_ fill: inout [Float], photo: [Float], layers: Layers, counted: [UInt8]) {
    let size = layers.size
    let mask = layers.mask
    guard let inner = Tone.bounds(of: counted, size: size) else { return }
    let box = inner.expanded(by: 1).intersection(PixelRect(x: 0, y: 0, width: size, height: size))
    var known = ConvolutionPyramid.Plane(
      width: box.width, height: box.height, pixels: [SIMD4<Float>](repeating: .zero, count: box.area))
    var isKnown = false
    for y in 0..<box.height {
      for x in 0..<box.width {
        let (u, v) = (box.x + x, box.y + y)
        let i = v * size + u
        guard counted[i] != 0, layers.colorSet[i] == 0 else { continue }
        var outside = SIMD4<Float>.zero
        func add(_ u: Int, _ v: Int) {
          guard u >= 0, v >= 0, u < size, v < size, mask[v * size + u] == 0 else { return }
          let k = 3 * (v * size + u)
          outside += SIMD4(photo[k], photo[k + 1], photo[k + 2], 1)
        }
        add(u - 1, v)
        add(u + 1, v)
        add(u, v - 1)
        add(u, v + 1)
        guard outside.w > 0 else { continue }
        let step = outside / outside.w - SIMD4(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2], 0)
        let far = max(abs(step.x), abs(step.y), abs(step.z)) / edge
        let weight = 1 / (1 + far * far)
        known.pixels[y * box.width + x] = SIMD4(step.x * weight, step.y * weight, step.z * weight, weight)
        isKnown = true
      }
    }
    guard isKnown else { return }
    // Grain differs from pixel to pixel on either side and is no step.
    BoxFilter.sum(&known.pixels, width: box.width, height: box.height, radius: 1)
    let steps = ConvolutionPyramid.spread(known)
    let depths = depths(mask, in: box, size: size)
    var given = [SIMD4<Float>](repeating: .zero, count: box.area)
    var hasColor = false
    for y in 0..<box.height {
      for x in 0..<box.width where layers.colorSet[(box.y + y) * size + box.x + x] != 0 {
        given[y * box.width + x] = SIMD4(repeating: 1)
        hasColor = true
      }
    }
    if hasColor { BoxFilter.sum(&given, width: box.width, height: box.height, radius: 1) }
    for y in 0..<box.height {
      for x in 0..<box.width {
        let i = (box.y + y) * size + box.x + x
        let k = y * box.width + x
        guard counted[i] != 0, depths[k] < reach else { continue }
        let share =
          (layers.colorSet[i] != 0 ? 0 : 1 - min(1, given[k].x / 9))
          * (1 - Float(depths[k] - 1) / Float(reach - 1))
        for c in 0..<3 { fill[3 * i + c] += share * steps.pixels[k][c] }
      }
    }
  }

  /// How many steps each pixel of the mask lies inside it, from 1 to `reach`.
  private static func depths(_ mask: [UInt8], in box: PixelRect, size: Int) -> [Int] {
    var depths = [Int](repeating: reach, count: box.area)
    func isMasked(_ x: Int, _ y: Int) -> Bool { mask[(box.y + y) * size + box.x + x] != 0 }
    let width = box.width
    for y in 0..<box.height {
      for x in 0..<width {
        let k = y * width + x
        guard isMasked(x, y) else {
          depths[k] = 0
          continue
        }
        if x > 0 { depths[k] = min(depths[k], depths[k - 1] + 1) }
        if y > 0 { depths[k] = min(depths[k], depths[k - width] + 1) }
      }
    }
    for k in depths.indices.reversed() {
      if k % width < width - 1 { depths[k] = min(depths[k], depths[k + 1] + 1) }
      if k + width < depths.count { depths[k] = min(depths[k], depths[k + width] + 1) }
    }
    return depths
  }
}
