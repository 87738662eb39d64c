import FeditImage
import FeditPixels
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

  /// What is done to a fill on its way into the photo.
  public struct Finish: Sendable {
    /// How the fill meets the photo.
    public var edge: PlanBlend
    /// The photo's grain with the edit's seed, number and how strong it is; nil adds none.
    public var grain: (grain: Grain, seed: UInt64, edit: Int, amount: Float)?

    /// A way for the fill to meet the photo, without grain unless it is given.
    public init(
      edge: PlanBlend, grain: (grain: Grain, seed: UInt64, edit: Int, amount: Float)? = nil
    ) {
      self.edge = edge
      self.grain = grain
    }
  }

  /// Composites the generator's picture into the photo, without grain.
  ///
  /// - Parameters:
  ///   - generated: `size`×`size`×3 values of 0…255, red, green, blue, not rounded.
  ///   - picture: The photo as the generator saw it; becomes the result.
  ///   - mask: Which of its pixels are replaced.
  ///   - region: Where the generated picture lies.
  ///   - edge: How the fill meets the photo.
  /// - Returns: How much was changed.
  @discardableResult
  public static func composite(
    _ generated: [Float], into picture: inout Picture, mask: PhotoMask, region: PlanRegion, edge: PlanBlend
  ) -> Report {
    composite(
      Fill(generated, region: region), into: &picture, mask: mask, side: region.side,
      finish: Finish(edge: edge))
  }

  /// Composites into the photo; pixels outside the mask keep their bits, and alpha is not touched.
  ///
  /// 8-bit samples are rounded to the nearest level, 16-bit ones get `257` times the level. Where the fill and
  /// the photo have the same pixels the fill is copied, else resampled.
  ///
  /// - Parameters:
  ///   - fill: What was generated.
  ///   - picture: The photo as the generator saw it; becomes the result.
  ///   - mask: Which of its pixels are replaced.
  ///   - side: Of the square that was generated, in photo pixels.
  ///   - finish: How the fill meets the photo, and its grain.
  /// - Returns: How much was changed.
  @discardableResult
  public static func composite(
    _ fill: Fill, into picture: inout Picture, mask: PhotoMask, side: Double, finish: Finish
  ) -> Report {
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    guard !mask.isEmpty else { return Report(maskedPixels: 0, changedPixels: 0) }
    precondition(mask.rect.intersection(photo) == mask.rect, "the mask leaves the photo")
    let edge = Edge(finish.edge, mask, in: photo, side: side, scale: fill.scale)
    let halo = max(edge.halo, finish.grain == nil ? 0 : Grain.halo)
    var report = Report(maskedPixels: 0, changedPixels: 0)
    let channels = picture.channels
    let width = picture.width
    // Columns of what is sampled.
    let stride = mask.width + 2 * halo
    func draw<Sample: CompositedSample>(_ samples: inout [Sample]) {
      samples.withUnsafeMutableBufferPointer { samples in
        // Differences of photo and fill in the rows that the feather looks at, before they are changed.
        var differences: [Float] = []
        var first = 0
        var known = 0
        for top in Swift.stride(from: 0, to: mask.height, by: band) {
          let rows = min(band, mask.height - top)
          var levels = fill.sample(
            x: mask.x - halo, y: mask.y + top - halo, width: stride, height: rows + 2 * halo)
          var weights: [Float] = []
          switch edge {
          case .hard: break
          case .ramp(let ramp, let distances):
            weights = (top * mask.width..<(top + rows) * mask.width).map { ramp.weight(distances[$0]) }
          case .adaptive(let feather):
            let keepFrom = max(top - feather.halo, 0)
            if keepFrom > first {
              differences.removeFirst((keepFrom - first) * mask.width)
              first = keepFrom
            }
            let end = min(top + rows + feather.halo, mask.height)
            while known < end {
              for x in 0..<mask.width {
                let from = ((known - top + halo) * stride + x + halo) * 3
                let to = ((mask.y + known) * width + mask.x + x) * channels
                var most: Float = 0
                for c in 0..<3 {
                  most = max(most, abs(samples[to + c].value / Sample.levelScale - levels[from + c]))
                }
                differences.append(most)
              }
              known += 1
            }
            weights = feather.weights(rows: top..<top + rows) { x, y in
              differences[(y - first) * mask.width + x]
            }
          }
          if let (grain, seed, edit, amount) = finish.grain {
            grain.add(
              to: &levels, width: stride, height: rows + 2 * halo, x: mask.x - halo, y: mask.y + top - halo,
              seed: seed, edit: edit, amount: amount)
          }
          for y in top..<top + rows {
            for x in 0..<mask.width where mask.pixels[y * mask.width + x] != 0 {
              let weight = weights.isEmpty ? 1 : weights[(y - top) * mask.width + x]
              let from = ((y - top + halo) * stride + x + halo) * 3
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

  /// The fill's weight towards the mask's edge.
  private enum Edge {
    case hard
    case ramp(Ramp, [Int32])
    case adaptive(AdaptiveFeather)

    init(_ transition: PlanBlend, _ mask: PhotoMask, in photo: PixelRect, side: Double, scale: Double) {
      switch transition {
      case .none: self = .hard
      case .feather(let width) where width > 0:
        self = .ramp(
          Ramp(width: width),
          DistanceTransform.squares(mask, in: photo, limit: Int(min(width, 30_000).rounded(.up)) + 1))
      case .feather: self = .hard
      // Where everything is fill, there is no edge.
      case .automatic where mask.rect == photo && mask.count == photo.area: self = .hard
      case .automatic:
        self = .adaptive(
          AdaptiveFeather(mask, in: photo, width: side * AdaptiveFeather.widest, scale: scale))
      }
    }

    /// Rows and columns beyond those composited that are looked at.
    var halo: Int { if case .adaptive(let feather) = self { feather.halo } else { 0 } }
  }

  /// From the photo at the mask's edge to the fill: a smooth step whose middle is half the width inside.
  private struct Ramp {
    let width: Float

    init(width: Double) { self.width = Float(width) }

    func weight(_ square: Int32) -> Float {
      // Half a pixel, for the edge lies between the pixel centres.
      smoothstep((Float(square).squareRoot() - 0.5) / width)
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
