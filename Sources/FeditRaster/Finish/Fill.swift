import FeditImage
import FeditPlan

/// What the generator made for a part of the photo, on a grid of its own: at the generator's size, or finer
/// after octaves.
public struct Fill: Sendable {
  private enum Pixels: Sendable {
    /// Levels 0…255, not rounded.
    case levels([Float])
    /// 257 to a level: half the memory, and more exact than the photo.
    case words(Picture)
  }

  /// Pixels a row.
  public let width: Int
  /// Rows of pixels.
  public let height: Int
  /// From the fill's pixels to photo pixels, a similarity.
  public let toPhoto: Affine
  private let pixels: Pixels

  /// The generator's frame.
  ///
  /// - Parameters:
  ///   - levels: `size`×`size`×3 values of 0…255, red first, the photo outside the mask.
  ///   - region: Where the frame lies.
  public init(_ levels: [Float], region: PlanRegion) {
    precondition(levels.count == 3 * region.size * region.size, "the generated picture has another size")
    width = region.size
    height = region.size
    toPhoto = region.toPhoto
    pixels = .levels(levels)
  }

  /// A part of a finer grid.
  ///
  /// - Parameters:
  ///   - words: 257 times the level.
  ///   - toPhoto: From its pixels to photo pixels.
  package init(_ words: Picture, toPhoto: Affine) {
    width = words.width
    height = words.height
    self.toPhoto = toPhoto
    pixels = .words(words)
  }

  /// Photo pixels that a pixel of the fill is long.
  public var scale: Double { abs(toPhoto.determinant).squareRoot() }

  /// The fill on another grid.
  ///
  /// - Parameters:
  ///   - map: From the wanted pixels to photo pixels.
  ///   - width: Wanted pixels.
  ///   - height: Wanted pixels.
  /// - Returns: `width`×`height`×3 levels; zeros where the fill's map has no inverse.
  public func sample(_ map: Affine, width: Int, height: Int) -> [Float] {
    guard let inverse = toPhoto.inverse else { return [Float](repeating: 0, count: width * height * 3) }
    let toPixels = map.then(inverse)
    switch pixels {
    case .levels(let levels):
      return Resampler.sample(
        levels, width: self.width, height: self.height, map: toPixels, toWidth: width, toHeight: height)
    case .words(let picture):
      return Resampler.sample(picture, toPhoto: toPixels, width: width, height: height)
    }
  }

  /// The fill on a finer grid, linear between its pixels: what networks for octaves are trained on, and without the
  /// overshoots that a sharper filter has at hard edges.
  ///
  /// - Parameters: As `sample`'s.
  package func enlarged(_ map: Affine, width: Int, height: Int) -> [Float] {
    guard let inverse = toPhoto.inverse else { return [Float](repeating: 0, count: width * height * 3) }
    let toPixels = map.then(inverse)
    return [Float](unsafeUninitializedCapacity: width * height * 3) { target, count in
      count = width * height * 3
      for y in 0..<height {
        for x in 0..<width {
          let place = toPixels(Point(Double(x) + 0.5, Double(y) + 0.5))
          let level = linear(place.x - 0.5, place.y - 0.5)
          let i = 3 * (y * width + x)
          for c in 0..<3 { target[i + c] = level[c] }
        }
      }
    }
  }

  /// The level between the four nearest pixels; beyond the border that of the border.
  private func linear(_ x: Double, _ y: Double) -> SIMD4<Float> {
    let left = x.rounded(.down)
    let top = y.rounded(.down)
    let (u, v) = (Float(x - left), Float(y - top))
    func index(_ value: Double, _ count: Int) -> Int { Int(min(max(value, 0), Double(count - 1))) }
    let (x0, x1) = (index(left, width), index(left + 1, width))
    let (y0, y1) = (index(top, height), index(top + 1, height))
    let above = level(x0, y0) * (1 - u) + level(x1, y0) * u
    let below = level(x0, y1) * (1 - u) + level(x1, y1) * u
    return above * (1 - v) + below * v
  }

  @inline(__always)
  private func level(_ x: Int, _ y: Int) -> SIMD4<Float> {
    switch pixels {
    case .levels(let levels):
      let i = 3 * (y * width + x)
      return SIMD4(levels[i], levels[i + 1], levels[i + 2], 0)
    case .words(let picture):
      guard case .sixteen(let words) = picture.samples else { return .zero }
      let i = 3 * (y * width + x)
      return SIMD4(Float(words[i]), Float(words[i + 1]), Float(words[i + 2]), 0) / 257
    }
  }

  /// The fill at the photo's own pixels.
  package func sample(x: Int, y: Int, width: Int, height: Int) -> [Float] {
    sample(.translation(Double(x), Double(y)), width: width, height: height)
  }
}
