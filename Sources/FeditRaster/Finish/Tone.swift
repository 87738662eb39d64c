import FeditPixels
import FeditPlan

/// Makes the fill's tone that of the photo around it.
///
/// Along the mask's border the fill just inside should have the tone of the photo just outside. By how much it has not
/// is spread into the hole by a membrane and taken away, in proportion to lightness: light of another colour changes
/// skin by many levels and a pupil by few, and the whole of skin's error would make it violet. Where there is
/// structure on either side, or the two are far apart, the border shows an edge of the picture rather than an error of
/// tone, and counts less; where the script gives a colour it stays.
public enum Tone {
  /// What is compared lies within so many generator pixels of the border, on either side.
  private static let reach = 3
  /// The most that is corrected, in levels, where the script does not say.
  public static let limit: Float = 24
  /// The standard deviation in levels, over a few pixels, at which a place counts half.
  private static let structure: Float = 7
  /// The difference in levels at which a place counts a quarter.
  private static let edge: Float = 36
  /// Places that count less than this do not count.
  private static let least: Float = 0.15

  /// Takes the error that the border shows from the fill.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, red first; changed inside the mask.
  ///   - photo: The photo in the frame.
  ///   - layers: Mask and colours.
  ///   - limit: The most that is corrected, in levels.
  public static func match(_ fill: inout [Float], photo: [Float], layers: Layers, limit: Float) {
    let size = layers.size
    let mask = layers.mask
    guard let inner = bounds(of: mask, size: size) else { return }
    let frame = PixelRect(x: 0, y: 0, width: size, height: size)
    let box = inner.expanded(by: reach).intersection(frame)
    // Without any photo around there is no border to learn from.
    guard hasPhoto(in: box, mask, size: size) else { return }
    // The outermost pixels often meet the photo where those behind them do not.
    let depths = depths(mask, in: box, size: size)
    let rim = errors(fill, photo, layers, in: box) { depths[$0] == 1 }
    let deep = errors(fill, photo, layers, in: box) { depths[$0] > 1 }
    guard let errors = deep ?? rim else { return }
    let (levels, lumas) = (membrane(errors.levels), membrane(errors.luma))
    let rimLevels = deep == nil ? levels : rim.map { membrane($0.levels) }
    // Colours that the script gives stay, and so does what lies close to them.
    var given = [SIMD4<Float>](repeating: .zero, count: box.area)
    for y in 0..<box.height {
      for x in 0..<box.width where layers.colorSet[(box.y + y) * size + box.x + x] != 0 {
        given[y * box.width + x] = SIMD4(repeating: 1)
      }
    }
    BoxFilter.sum(&given, width: box.width, height: box.height, radius: 2)
    for y in 0..<box.height {
      for x in 0..<box.width {
        let i = (box.y + y) * size + box.x + x
        guard mask[i] != 0 else { continue }
        let share = layers.colorSet[i] != 0 ? 0 : 1 - min(1, given[y * box.width + x].x / 25)
        let k = y * box.width + x
        var error = levels.pixels[k]
        if let rimLevels, depths[k] < 4 {
          error = rimLevels.pixels[k] + (error - rimLevels.pixels[k]) * (Float(depths[k] - 1) / 3)
        }
        let luma = Luma.of(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2])
        let light = share * min(1, max(0, luma) / max(1, lumas.pixels[k].x))
        for c in 0..<3 { fill[3 * i + c] += light * min(max(error[c], -limit), limit) }
      }
    }
  }

  /// What the border shows, each place with its weight.
  private struct Errors {
    /// Photo less fill.
    var levels: ConvolutionPyramid.Plane
    /// The fill's luma there, in x.
    var luma: ConvolutionPyramid.Plane
  }

  /// The errors along the border; nil where no place of it tells anything.
  private static func errors(
    _ fill: [Float], _ photo: [Float], _ layers: Layers, in box: PixelRect, counts: (Int) -> Bool
  ) -> Errors? {
    let size = layers.size
    let count = box.area
    // Levels and how many, and luma with its square, of either side.
    var (inside, outside) = (
      [SIMD4<Float>](repeating: .zero, count: count), [SIMD4<Float>](repeating: .zero, count: count)
    )
    var (insideLuma, outsideLuma) = (inside, outside)
    for y in 0..<box.height {
      for x in 0..<box.width {
        let (i, k) = ((box.y + y) * size + box.x + x, y * box.width + x)
        if layers.mask[i] == 0 {
          (outside[k], outsideLuma[k]) = sample(photo, i)
        } else if layers.colorSet[i] == 0, counts(k) {
          (inside[k], insideLuma[k]) = sample(fill, i)
        }
      }
    }
    BoxFilter.sum(&inside, width: box.width, height: box.height, radius: reach)
    BoxFilter.sum(&outside, width: box.width, height: box.height, radius: reach)
    BoxFilter.sum(&insideLuma, width: box.width, height: box.height, radius: reach)
    BoxFilter.sum(&outsideLuma, width: box.width, height: box.height, radius: reach)
    var known = ConvolutionPyramid.Plane(
      width: box.width, height: box.height, pixels: [SIMD4<Float>](repeating: .zero, count: count))
    var luma = known
    var isKnown = false
    func isMasked(_ x: Int, _ y: Int) -> Bool {
      x >= 0 && y >= 0 && x < size && y < size && layers.mask[y * size + x] != 0
    }
    for y in 0..<box.height {
      for x in 0..<box.width {
        let (u, v) = (box.x + x, box.y + y)
        let k = y * box.width + x
        // The innermost pixels outside and the outermost inside.
        let masked = isMasked(u, v)
        guard
          isMasked(u - 1, v) != masked || isMasked(u + 1, v) != masked || isMasked(u, v - 1) != masked
            || isMasked(u, v + 1) != masked
        else { continue }
        let (inner, outer) = (inside[k].w, outside[k].w)
        guard inner >= 4, outer >= 6 else { continue }
        let found = outside[k] / outer - inside[k] / inner
        let error = found.clamped(
          lowerBound: SIMD4(repeating: -2 * limit), upperBound: SIMD4(repeating: 2 * limit))
        func variance(_ sums: SIMD4<Float>, _ count: Float) -> Float {
          let mean = sums.x / count
          return max(0, sums.y / count - mean * mean)
        }
        let spread =
          (variance(insideLuma[k], inner) + variance(outsideLuma[k], outer)) / (2 * structure * structure)
        let far = max(abs(found.x), abs(found.y), abs(found.z)) / edge
        let near = 1 / (1 + far * far)
        let weight = near * near / (1 + spread * spread)
        // Along an edge of the picture even the best places tell nothing.
        guard weight >= least else { continue }
        known.pixels[k] = SIMD4(error.x * weight, error.y * weight, error.z * weight, weight)
        luma.pixels[k] = SIMD4(insideLuma[k].x / inner * weight, 0, 0, weight)
        isKnown = true
      }
    }
    return isKnown ? Errors(levels: known, luma: luma) : nil
  }

  /// Spreads what is known in places; what differs from pixel to pixel is no tone, which changes slowly.
  private static func membrane(_ known: ConvolutionPyramid.Plane) -> ConvolutionPyramid.Plane {
    var known = known
    let (width, height) = (known.width, known.height)
    BoxFilter.sum(&known.pixels, width: width, height: height, radius: 2)
    var result = ConvolutionPyramid.spread(known)
    for i in result.pixels.indices { result.pixels[i].w = 1 }
    for _ in 0..<2 { BoxFilter.sum(&result.pixels, width: width, height: height, radius: 4) }
    for i in result.pixels.indices { result.pixels[i] /= result.pixels[i].w }
    return result
  }

  /// How many steps each pixel of the mask lies inside it, up to 4; 0 outside.
  private static func depths(_ mask: [UInt8], in box: PixelRect, size: Int) -> [UInt8] {
    var depths = [UInt8](repeating: 0, count: box.area)
    for y in 0..<box.height {
      for x in 0..<box.width where mask[(box.y + y) * size + box.x + x] != 0 { depths[y * box.width + x] = 4 }
    }
    for depth in 1...3 as ClosedRange<UInt8> {
      for y in 0..<box.height {
        for x in 0..<box.width where depths[y * box.width + x] == 4 {
          search: for v in max(y - 1, 0)...min(y + 1, box.height - 1) {
            for u in max(x - 1, 0)...min(x + 1, box.width - 1) where depths[v * box.width + u] == depth - 1 {
              depths[y * box.width + x] = depth
              break search
            }
          }
        }
      }
    }
    return depths
  }

  private static func sample(_ levels: [Float], _ i: Int) -> (SIMD4<Float>, SIMD4<Float>) {
    let (red, green, blue) = (levels[3 * i], levels[3 * i + 1], levels[3 * i + 2])
    let luma = Luma.of(red, green, blue)
    return (SIMD4(red, green, blue, 1), SIMD4(luma, luma * luma, 0, 0))
  }

  /// Gives a finer fill the low frequencies of the coarser one it was made from, so that tones do not drift
  /// from octave to octave and tile to tile.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels; changed inside the mask.
  ///   - coarse: The fill of the octave below, enlarged.
  ///   - mask: 0 or 1, `size`×`size`.
  ///   - size: The frame's side.
  ///   - limit: The most that is corrected, in levels; a pixel that is so far off counts half.
  public static func keep(
    _ fill: inout [Float], of coarse: [Float], mask: [UInt8], size: Int, limit: Float
  ) {
    guard let box = bounds(of: mask, size: size) else { return }
    var pixels = [SIMD4<Float>](repeating: .zero, count: box.area)
    for y in 0..<box.height {
      for x in 0..<box.width {
        let i = (box.y + y) * size + box.x + x
        guard mask[i] != 0 else { continue }
        let error = SIMD4(
          coarse[3 * i] - fill[3 * i], coarse[3 * i + 1] - fill[3 * i + 1],
          coarse[3 * i + 2] - fill[3 * i + 2], 1)
        // A dark line that is new is detail, and must not lighten what lies beside it.
        let far = max(abs(error.x), abs(error.y), abs(error.z)) / limit
        pixels[y * box.width + x] = error / (1 + far * far)
      }
    }
    // Two boxes come close enough to a Gaussian of four pixels.
    for _ in 0..<2 { BoxFilter.sum(&pixels, width: box.width, height: box.height, radius: 5) }
    for y in 0..<box.height {
      for x in 0..<box.width {
        let i = (box.y + y) * size + box.x + x
        let sum = pixels[y * box.width + x]
        guard mask[i] != 0, sum.w > 0 else { continue }
        for c in 0..<3 { fill[3 * i + c] += min(max(sum[c] / sum.w, -limit), limit) }
      }
    }
  }

  /// Whether any pixel of a rectangle lies outside the mask.
  private static func hasPhoto(in box: PixelRect, _ mask: [UInt8], size: Int) -> Bool {
    for y in box.y..<box.maxY {
      for x in box.x..<box.maxX where mask[y * size + x] == 0 { return true }
    }
    return false
  }

  /// The least rectangle around what is set.
  package static func bounds(of mask: [UInt8], size: Int) -> PixelRect? {
    var (left, right, top, bottom) = (size, -1, size, -1)
    for y in 0..<size {
      for x in 0..<size where mask[y * size + x] != 0 {
        (left, right) = (min(left, x), max(right, x))
        (top, bottom) = (min(top, y), max(bottom, y))
      }
    }
    guard right >= 0 else { return nil }
    return PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
