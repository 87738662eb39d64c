import FeditImage
import FeditPixels
import FeditPlan

/// Gives an area another hue and chroma; light, shadow and texture stay, and no generator runs.
///
/// In OKLab (Ottosson 2020). The area's median lightness goes half the way to the colour's: blonde hair in a dark brown
/// would be pink with its own lightness, and flat with all of the colour's. Hue and chroma keep the area's differences
/// (``Dye``); what is grey there takes chroma by its lightness, less towards black and, from the lightness of the colour
/// or of the area on, towards white, as on real things. Chroma is reduced where the result would leave sRGB. In a band
/// along its edge, at most a quarter of the area's local thickness wide, the new colour follows what the photo shows
/// (``Matte``). Arithmetic is IEEE 754's four operations and roots, so that the bits are the same everywhere.
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
      var (a, b) = (0.0, 0.0)
      for y in 0..<mask.height {
        for x in 0..<mask.width where weights[y * mask.width + x] >= 0.5 {
          let i = ((mask.y + y) * width + mask.x + x) * channels
          let old = OKLab(
            red: linear(samples[i]), green: linear(samples[i + 1]), blue: linear(samples[i + 2]))
          histogram[max(0, min(1023, Int(old.lightness * 1024)))] += 1
          a += Double(old.a)
          b += Double(old.b)
        }
      }
      let tone = Tone(median: median(histogram), wanted: wanted.lightness)
      let count = Double(max(1, histogram.reduce(0, +)))
      let dye = Dye(
        a: Float(a / count), b: Float(b / count), wanted: wanted, middle: tone.target)
      for y in 0..<mask.height {
        for x in 0..<mask.width {
          let weight = weights[y * mask.width + x]
          guard weight > 0 else { continue }
          let i = ((mask.y + y) * width + mask.x + x) * channels
          let old = OKLab(
            red: linear(samples[i]), green: linear(samples[i + 1]), blue: linear(samples[i + 2]))
          let lightness = tone(old.lightness)
          let (a, b) = dye(old, lightness: lightness)
          let new = OKLab(
            lightness: old.lightness + (lightness - old.lightness) * weight,
            a: old.a + (a - old.a) * weight,
            b: old.b + (b - old.b) * weight)
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

  /// What hue and chroma a pixel gets.
  ///
  /// Most of it is the area's own: its hue and chroma turned and stretched as a whole, so that its mean becomes the
  /// wanted colour, and golden strands stay more golden than those beside them, a gleam white. What that would stretch
  /// too much, all of it in grey areas, comes from the lightness alone.
  private struct Dye {
    /// The most that the area's own differences are stretched by.
    private static let stretch: Float = 1.5
    /// How much of the area's differences in hue stays: with all of it one lip is red and the other violet.
    private static let across: Float = 0.5
    /// Chroma goes gently towards so much more than the wanted one, as a share of it.
    private static let most: Float = 0.3

    let wanted: OKLab
    /// From where on chroma falls towards white.
    let full: Float
    /// What the area's own hue and chroma are multiplied by, as a complex number a + ib: its mean comes to lie on the
    /// axis of a.
    let turn: (a: Float, b: Float)
    /// The part of the colour that comes from lightness alone.
    let flat: Float
    /// The wanted colour's chroma, more where the area stays lighter.
    let chroma: Float
    /// Its hue.
    let (cosine, sine): (Float, Float)

    init(a: Float, b: Float, wanted: OKLab, middle: Float) {
      self.wanted = wanted
      full = max(wanted.lightness, middle)
      let own = (wanted.a * wanted.a + wanted.b * wanted.b).squareRoot()
      (cosine, sine) = own > 1e-4 ? (wanted.a / own, wanted.b / own) : (0, 0)
      let light = middle / max(wanted.lightness, 0.1)
      // A dark brown's chroma, on an area that stays lighter, would be grey.
      chroma = own * max(1, light).squareRoot()
      let square = a * a + b * b
      let mean = chroma * min(1, light)
      let share = min(1, Self.stretch * square.squareRoot() / max(mean, 1e-4))
      flat = 1 - share
      let scale = square > 1e-8 ? share * mean / square : 0
      turn = (a * scale, -b * scale)
    }

    func callAsFunction(_ old: OKLab, lightness: Float) -> (a: Float, b: Float) {
      guard chroma > 1e-4 else { return (0, 0) }
      let fade = flat * fade(lightness)
      // Light strands have colour of their own, but a lit lip in all of it is neon.
      let light = min(1, towardsWhite(lightness)).squareRoot()
      // Along the wanted hue and across it.
      let along = (old.a * turn.a - old.b * turn.b) * light + chroma * fade
      let across = (old.a * turn.b + old.b * turn.a) * light * Self.across
      let total = (along * along + across * across).squareRoot()
      let excess = total - chroma
      let soft =
        excess > 0
        ? (chroma + Self.most * chroma * excess / (Self.most * chroma + excess)) / total : 1
      return (
        (along * cosine - across * sine) * soft, (along * sine + across * cosine) * soft
      )
    }

    /// Which part of the wanted colour's chroma grey of a lightness takes: in proportion up to the colour's own, as in
    /// shadow, all of it up to `full`, then less.
    private func fade(_ lightness: Float) -> Float {
      min(1, max(0, lightness / max(wanted.lightness, 0.1)), towardsWhite(lightness))
    }

    /// What is left to white, 1 at `full`.
    private func towardsWhite(_ lightness: Float) -> Float {
      max(0, (1 - lightness) / max(0.15, 1 - full))
    }
  }

  private static func linear(_ level: UInt8) -> Float { Transfer.levels[Int(level)] }

  private static func encoded(_ value: Float) -> Float { Transfer.encode(value) }
}
