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

  /// In pixels of the fill.
  public let width: Int
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

  /// The fill at the photo's own pixels.
  package func sample(x: Int, y: Int, width: Int, height: Int) -> [Float] {
    sample(.translation(Double(x), Double(y)), width: width, height: height)
  }
}
