import FeditImage
import FeditPlan
import FeditRaster

/// A photo with every so many pixels made one, and plans for it: what a screen shows of a large photo.
struct ReducedPhoto {
  /// At which no file is.
  static let path = "/dev/null/reduced-photo"

  /// Photo pixels a pixel.
  let factor: Int
  let picture: Picture
  let pixels: PixelBuffer

  /// - Parameters:
  ///   - photo: The photo.
  ///   - factor: At least 2.
  init(_ photo: Picture, factor: Int) {
    self.factor = factor
    let (width, height) = ((photo.width + factor - 1) / factor, (photo.height + factor - 1) / factor)
    let levels = Resampler.sample(
      photo, toPhoto: .scale(Double(factor), Double(factor)), width: width, height: height)
    picture = Picture(width: width, height: height, samples: .eight(levels.map { UInt8($0.rounded()) }))
    pixels = PixelBuffer(picture)
  }

  /// A plan for the photo as one for this one, with the same squares.
  func plan(_ plan: Plan) -> Plan {
    let scale = 1 / Double(factor)
    var result = plan
    result.photo.file.path = Self.path
    (result.photo.width, result.photo.height) = (picture.width, picture.height)
    result.region = plan.region.scaled(by: scale)
    result.steps = plan.steps.compactMap { step in
      guard case .edit(let original) = step else { return nil }
      var edit = original.scaled(by: scale)
      // What is at most so much enlarged for a moment looks well enough, and is there at once.
      let coarsest = edit.squares(in: result).map { $0.side / Double($0.size) }.max() ?? 1
      if coarsest <= 3 { edit.finish.octaves = .off }
      return .edit(edit)
    }
    return result
  }
}
