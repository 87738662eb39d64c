/// A colour in OKLab (Björn Ottosson 2020), its cube roots correct to a float's last bit: what recolouring works in.
///
/// `ColorPlane.oklab` converts whole pictures for training data, with roots of a float's precision, whose last bits
/// differ.
package struct OKLab {
  /// Perceived lightness: 0 is black, 1 is white.
  package var lightness: Float
  /// Green (negative) to red.
  package var a: Float
  /// Blue (negative) to yellow.
  package var b: Float

  /// A colour by its coordinates.
  @inlinable
  package init(lightness: Float, a: Float, b: Float) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  /// From linear sRGB, 0…1.
  @inlinable
  package init(red: Float, green: Float, blue: Float) {
    let l = cubeRoot(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    let m = cubeRoot(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    let s = cubeRoot(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
  }

  /// Linear sRGB, perhaps outside 0…1.
  @inlinable
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
  @inlinable
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
  @inlinable
  package static func decode(_ value: Float) -> Float {
    if value <= 0.04045 { return value / 12.92 }
    // x^2.4 = x² · (x^(1/5))²
    let x = (Double(value) + 0.055) / 1.055
    var root = x
    for _ in 0..<40 { root = (4 * root + x / (root * root * root * root)) / 5 }
    return Float(x * x * root * root)
  }

  /// From linear light; both 0…1.
  @inlinable
  package static func encode(_ value: Float) -> Float {
    if value <= 0.0031308 { return max(value, 0) * 12.92 }
    let place = min(value, 1) * Float(steps)
    let low = min(Int(place), steps - 1)
    return table[low] + (table[low + 1] - table[low]) * (place - Float(low))
  }

  @usableFromInline static let steps = 4096
  /// Straight lines between these are off by less than a hundredth of a level.
  @usableFromInline static let table: [Float] = (0...steps).map { step in
    let x = Double(step) / Double(steps)
    guard x > 0 else { return 0 }
    // x^(5/12) = y · y^(1/4) with y the cube root.
    let y = cubeRoot(x)
    return Float(1.055 * y * y.squareRoot().squareRoot() - 0.055)
  }
}

/// The cube root by Newton's method from a third of the exponent, the same bits everywhere; 0 for what is not positive.
@inlinable
package func cubeRoot(_ x: Double) -> Double {
  guard x > 0 else { return 0 }
  var y = Double(bitPattern: x.bitPattern / 3 + 0x2A9F_7893_782D_A1CE)
  for _ in 0..<5 { y = (2 * y + x / (y * y)) / 3 }
  return y
}

/// The cube root, computed in double precision.
@inlinable
package func cubeRoot(_ x: Float) -> Float { Float(cubeRoot(Double(x))) }
