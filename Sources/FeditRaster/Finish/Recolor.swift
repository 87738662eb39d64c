import FeditImage
import FeditPixels
import FeditPlan

/// Gives an area another hue and chroma; light, shadow and texture stay, and no generator runs.
///
/// In OKLab (Ottosson 2020). The area's median lightness goes half the way to the colour's: blonde hair in a dark brown
/// would be pink with its own lightness, and flat with all of the colour's. Chroma fades towards black, and from the
/// lightness of the colour or of the area, whichever is higher, towards white, as it does on real things: what is
/// lighter is the colour with light on it. Chroma is reduced where the result would leave sRGB. In a band
/// along its edge, at most a quarter of the area's local thickness wide, the new colour follows what the photo shows
/// (``Matte``). Arithmetic is IEEE 754's four operations and
/// roots, so that the bits are the same everywhere.
public enum Recolor {
  /// The widest edge as a share of the area's longer side.
  private static let edge = 0.04

  /// Recolours what a mask holds.
  ///
  /// - Parameters:
  ///   - picture: Changed inside the mask; alpha stays.
  ///   - mask: The area.
  ///   - color: Whose hue and chroma it gets.
  public static func apply(to picture: inout Picture, mask: PhotoMask, color: RGB8) {
    guard !mask.isEmpty else { return }
    let weights = weights(of: mask, in: picture)
    let wanted = OKLab(red: linear(color.red), green: linear(color.green), blue: linear(color.blue))
    let channels = picture.channels
    let width = picture.width
    func draw<Sample>(
      _ samples: inout [Sample], _ linear: (Sample) -> Float, _ sample: (Float) -> Sample
    ) {
      var histogram = [Int](repeating: 0, count: 1024)
      for y in 0..<mask.height {
        for x in 0..<mask.width where weights[y * mask.width + x] >= 0.5 {
          let i = ((mask.y + y) * width + mask.x + x) * channels
          let old = OKLab(
            red: linear(samples[i]), green: linear(samples[i + 1]), blue: linear(samples[i + 2]))
          histogram[max(0, min(1023, Int(old.lightness * 1024)))] += 1
        }
      }
      let tone = Tone(median: median(histogram), wanted: wanted.lightness)
      for y in 0..<mask.height {
        for x in 0..<mask.width {
          let weight = weights[y * mask.width + x]
          guard weight > 0 else { continue }
          let i = ((mask.y + y) * width + mask.x + x) * channels
          let old = OKLab(
            red: linear(samples[i]), green: linear(samples[i + 1]), blue: linear(samples[i + 2]))
          let lightness = tone(old.lightness)
          let fade = Self.fade(lightness, full: max(wanted.lightness, tone.target))
          let new = OKLab(
            lightness: old.lightness + (lightness - old.lightness) * weight,
            a: old.a + (wanted.a * fade - old.a) * weight,
            b: old.b + (wanted.b * fade - old.b) * weight)
          let (red, green, blue) = new.inGamut
          samples[i] = sample(red)
          samples[i + 1] = sample(green)
          samples[i + 2] = sample(blue)
        }
      }
    }
    var samples = Picture.Samples.eight([])
    swap(&samples, &picture.samples)
    switch consume samples {
    case .eight(var values):
      draw(&values, linear) { UInt8(encoded($0) * 255 + 0.5) }
      picture.samples = .eight(values)
    case .sixteen(var values):
      draw(&values, { Transfer.decode(Float($0) / 65_535) }, { UInt16(encoded($0) * 65_535 + 0.5) })
      picture.samples = .sixteen(values)
    }
  }

  /// How much of the new colour each pixel of the mask takes.
  private static func weights(of mask: PhotoMask, in picture: Picture) -> [Float] {
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    let widest = max(1, edge * Double(max(mask.width, mask.height)))
    let squares = DistanceTransform.squares(mask, in: photo, limit: Int((2 * widest).rounded(.up)) + 1)
    let radii = LocalThickness.radii(squares, width: mask.width, height: mask.height)
    let depth = squares.indices.map { i -> Float in
      guard squares[i] > 0 else { return 0 }
      let ramp = min(Float(widest), radii[i] / 2)
      return ramp > 0.5 ? min(1, (Float(squares[i]).squareRoot() - 0.5) / ramp) : 1
    }
    return Matte.weights(of: mask, in: picture, band: widest, depth: depth)
  }

  /// Which part of the wanted colour's chroma a lightness takes: all of it up to `full`, then less in proportion to what
  /// is left to white.
  private static func fade(_ lightness: Float, full: Float) -> Float {
    min(1, max(0, lightness / 0.25), max(0, (1 - lightness) / max(0.15, 1 - full)))
  }

  /// The middle of the lightnesses that a histogram of 0…1 counts; of an empty one a half.
  private static func median(_ histogram: [Int]) -> Float {
    let half = (histogram.reduce(0, +) + 1) / 2
    var sum = 0
    for (bin, count) in histogram.enumerated() where half > 0 {
      sum += count
      if sum >= half { return (Float(bin) + 0.5) / Float(histogram.count) }
    }
    return 0.5
  }

  /// A curve through black, the area's median moved half the way to the colour's lightness, and white where the area
  /// gets lighter.
  ///
  /// Contrast is nowhere raised by more than 1.6: darker, what lies below the median keeps its ratio to it and what lies
  /// above its distance; lighter, the other way round.
  private struct Tone {
    let median: Float
    let target: Float

    init(median: Float, wanted: Float) {
      self.median = max(median, 0.01)
      target = self.median + 0.5 * (wanted - self.median)
    }

    func callAsFunction(_ lightness: Float) -> Float {
      let new: Float =
        if target <= median {
          lightness > median ? target + (lightness - median) : lightness * target / median
        } else if lightness > median {
          1 - (1 - lightness) * (1 - target) / max(1 - median, 0.01)
        } else {
          target - (median - lightness) * min(target / median, 1.6)
        }
      return max(0, min(1, new))
    }
  }

  private static func linear(_ level: UInt8) -> Float { Transfer.levels[Int(level)] }

  private static func encoded(_ value: Float) -> Float { Transfer.encode(value) }
}
