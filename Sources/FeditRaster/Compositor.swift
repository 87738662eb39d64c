import FeditImage
import FeditPlan

/// Puts what the generator made back into the photo.
public enum Compositor {
  /// What a composition changed.
  public struct Report: Hashable, Sendable {
    /// Pixels of the mask.
    public var maskedPixels: Int
    /// Pixels of which a sample differs from before.
    public var changedPixels: Int
  }

  /// Rows that are brought to the photo's resolution at a time, so that large masks need little memory.
  private static let band = 128

  /// Composites into the photo; pixels outside the mask keep their bits, and alpha is not touched.
  ///
  /// 8-bit samples are rounded to the nearest level, 16-bit ones get `257` times the level. Where the region
  /// and the generator have the same pixels the fill is copied, else resampled.
  ///
  /// - Parameters:
  ///   - generated: The generator's picture, `size`×`size`×3 values of 0…255, red, green, blue, not rounded.
  ///   - picture: The photo as the generator saw it; becomes the result.
  ///   - mask: Which of its pixels are replaced.
  ///   - region: Where the generated picture lies.
  ///   - blend: How the fill meets the photo.
  ///   - sampled: What `Resampler.sampleRegion` gives for the photo and the region, where the caller has it.
  /// - Returns: How much was changed.
  @discardableResult
  public static func composite(
    _ generated: [Float], into picture: inout Picture, mask: PhotoMask, region: PlanRegion, blend: PlanBlend,
    sampled: [Float]? = nil
  ) -> Report {
    let size = region.size
    precondition(generated.count == 3 * size * size, "the generated picture has another size")
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    guard !mask.isEmpty else { return Report(maskedPixels: 0, changedPixels: 0) }
    precondition(mask.rect.intersection(photo) == mask.rect, "the mask leaves the photo")
    let feather: Double
    switch blend {
    case .none: feather = 0
    case .feather(let width): feather = max(width, 0)
    case .automatic: feather = region.side * Agreement.width
    }
    let agreement =
      blend == .automatic
      ? Agreement(
        generated, sampled ?? Resampler.sampleRegion(picture, toPhoto: region.toPhoto, size: size),
        mask: mask, region: region) : nil
    let distances =
      feather > 0
      ? DistanceTransform.squares(mask, in: photo, limit: Int(min(feather, 30_000).rounded(.up)) + 1) : []
    let ramp = Ramp(width: feather)
    var report = Report(maskedPixels: 0, changedPixels: 0)
    let channels = picture.channels
    let width = picture.width
    func draw<Sample: CompositedSample>(_ samples: inout [Sample]) {
      samples.withUnsafeMutableBufferPointer { samples in
        mask.pixels.withUnsafeBufferPointer { isSet in
          for top in stride(from: 0, to: mask.height, by: band) {
            let rows = min(band, mask.height - top)
            let levels = Resampler.sampleBack(
              generated, size: size, toPhoto: region.toPhoto, x: mask.x, y: mask.y + top, width: mask.width,
              height: rows)
            levels.withUnsafeBufferPointer { levels in
              for y in top..<top + rows {
                for x in 0..<mask.width where isSet[y * mask.width + x] != 0 {
                  var weight = distances.isEmpty ? 1 : ramp.weight(distances[y * mask.width + x])
                  if weight < 1, let agreement {
                    weight = 1 - (1 - weight) * agreement.value(mask.x + x, mask.y + y)
                  }
                  let from = ((y - top) * mask.width + x) * 3
                  let to = ((mask.y + y) * width + mask.x + x) * channels
                  var isChanged = false
                  for channel in 0..<3 {
                    let old = samples[to + channel]
                    var level = levels[from + channel] * Sample.levelScale
                    if weight < 1 { level = old.value + (level - old.value) * weight }
                    let new = Sample(rounding: level)
                    if new != old {
                      samples[to + channel] = new
                      isChanged = true
                    }
                  }
                  report.maskedPixels += 1
                  if isChanged { report.changedPixels += 1 }
                }
              }
            }
          }
        }
      }
    }
    // Taken out of the picture while they change, so that they are not copied.
    var samples = Picture.Samples.eight([])
    swap(&samples, &picture.samples)
    switch consume samples {
    case .eight(var values):
      draw(&values)
      picture.samples = .eight(values)
    case .sixteen(var values):
      draw(&values)
      picture.samples = .sixteen(values)
    }
    return report
  }

  /// From the photo at the mask's edge to the fill: a smooth step whose middle is half the width inside.
  private struct Ramp {
    let width: Float

    init(width: Double) { self.width = Float(width) }

    func weight(_ square: Int32) -> Float {
      // Half a pixel, for the edge lies between the pixel centres.
      let t = (Float(square).squareRoot() - 0.5) / width
      return t >= 1 ? 1 : t * t * (3 - 2 * t)
    }
  }
}

/// What a photo's samples are: a level of 0…255 times `levelScale`.
private protocol CompositedSample: Equatable {
  static var levelScale: Float { get }
  var value: Float { get }
  /// The nearest sample; halves are rounded up.
  init(rounding value: Float)
}

extension UInt8: CompositedSample {
  fileprivate static var levelScale: Float { 1 }
  fileprivate var value: Float { Float(self) }
  fileprivate init(rounding value: Float) {
    self.init(truncatingIfNeeded: Int32(value.bounded(by: 255) + 0.5))
  }
}

extension UInt16: CompositedSample {
  fileprivate static var levelScale: Float { 257 }
  fileprivate var value: Float { Float(self) }
  fileprivate init(rounding value: Float) {
    self.init(truncatingIfNeeded: Int32(value.bounded(by: 65_535) + 0.5))
  }
}

extension Float {
  fileprivate func bounded(by limit: Float) -> Float { Swift.min(Swift.max(self, 0), limit) }
}
