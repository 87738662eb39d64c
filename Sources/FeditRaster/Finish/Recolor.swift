import FeditImage
import FeditPlan

/// Gives an area another hue and chroma; light, shadow and texture stay, and no generator runs.
///
/// In OKLab (Ottosson 2020). The area's median lightness goes half the way to the colour's: blonde hair in a dark brown
/// would be pink with its own lightness, and flat with all of the colour's. Chroma fades towards black, and from the
/// lightness of the colour or of the area, whichever is higher, towards white, as it does on real things: what is
/// lighter is the colour with light on it. Chroma is reduced where the result would leave sRGB. At its edge the new
/// colour fades in over a quarter of the area's local thickness at most. Arithmetic is IEEE 754's four operations and
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
  public static func apply(to picture: inout Picture, mask: PhotoMask, color: PlanColor) {
    guard !mask.isEmpty else { return }
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    let weights = weights(of: mask, in: photo)
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
  private static func weights(of mask: PhotoMask, in photo: PixelRect) -> [Float] {
    let widest = max(1, edge * Double(max(mask.width, mask.height)))
    let squares = DistanceTransform.squares(mask, in: photo, limit: Int((2 * widest).rounded(.up)) + 1)
    let radii = LocalThickness.radii(squares, width: mask.width, height: mask.height)
    return squares.indices.map { i in
      guard squares[i] > 0 else { return 0 }
      let ramp = min(Float(widest), radii[i] / 2)
      let t = ramp > 0.5 ? (Float(squares[i]).squareRoot() - 0.5) / ramp : 1
      return t >= 1 ? 1 : t * t * (3 - 2 * t)
    }
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

/// A colour in OKLab.
package struct OKLab {
  package var lightness: Float
  package var a: Float
  package var b: Float

  package init(lightness: Float, a: Float, b: Float) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  /// From linear sRGB, 0…1.
  package init(red: Float, green: Float, blue: Float) {
    let l = cubeRoot(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    let m = cubeRoot(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    let s = cubeRoot(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
  }

  /// Linear sRGB, perhaps outside 0…1.
  package var linear: (red: Float, green: Float, blue: Float) {
    let l = lightness + 0.3963377774 * a + 0.2158037573 * b
    let m = lightness - 0.1055613458 * a - 0.0638541728 * b
    let s = lightness - 0.0894841775 * a - 1.2914855480 * b
    let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
    return (
      4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
      -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
      -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3
    )
  }

  /// Linear sRGB of the same lightness and hue, with as much of the chroma as sRGB has.
  package var inGamut: (red: Float, green: Float, blue: Float) {
    func isInside(_ c: (red: Float, green: Float, blue: Float)) -> Bool {
      min(c.red, c.green, c.blue) >= -0.0005 && max(c.red, c.green, c.blue) <= 1.0005
    }
    func clipped(_ c: (red: Float, green: Float, blue: Float)) -> (red: Float, green: Float, blue: Float) {
      (min(max(c.red, 0), 1), min(max(c.green, 0), 1), min(max(c.blue, 0), 1))
    }
    if isInside(linear) { return clipped(linear) }
    var (low, high): (Float, Float) = (0, 1)
    for _ in 0..<12 {
      let middle = (low + high) / 2
      if isInside(OKLab(lightness: lightness, a: a * middle, b: b * middle).linear) {
        low = middle
      } else {
        high = middle
      }
    }
    return clipped(OKLab(lightness: lightness, a: a * low, b: b * low).linear)
  }
}

/// sRGB's transfer function (IEC 61966-2-1), without the C library's powers.
package enum Transfer {
  /// Linear values of the 256 levels.
  package static let levels: [Float] = (0..<256).map { decode(Float($0) / 255) }

  /// To linear light; both 0…1.
  package static func decode(_ value: Float) -> Float {
    if value <= 0.04045 { return value / 12.92 }
    // x^2.4 = x² · (x^(1/5))²
    let x = (Double(value) + 0.055) / 1.055
    var root = x
    for _ in 0..<40 { root = (4 * root + x / (root * root * root * root)) / 5 }
    return Float(x * x * root * root)
  }

  /// From linear light; both 0…1.
  package static func encode(_ value: Float) -> Float {
    if value <= 0.0031308 { return max(value, 0) * 12.92 }
    let place = min(value, 1) * Float(steps)
    let low = min(Int(place), steps - 1)
    return table[low] + (table[low + 1] - table[low]) * (place - Float(low))
  }

  private static let steps = 4096
  /// Straight lines between these are off by less than a hundredth of a level.
  private static let table: [Float] = (0...steps).map { step in
    let x = Double(step) / Double(steps)
    guard x > 0 else { return 0 }
    // x^(5/12) = y · y^(1/4) with y the cube root.
    let y = cubeRoot(x)
    return Float(1.055 * y * y.squareRoot().squareRoot() - 0.055)
  }
}

/// By Newton's method from a third of the exponent.
package func cubeRoot(_ x: Double) -> Double {
  guard x > 0 else { return 0 }
  var y = Double(bitPattern: x.bitPattern / 3 + 0x2A9F_7893_782D_A1CE)
  for _ in 0..<5 { y = (2 * y + x / (y * y)) / 3 }
  return y
}

private func cubeRoot(_ x: Float) -> Float { Float(cubeRoot(Double(x))) }
