/// Levels of a channel, 0…255, and the numbers −1…1 that networks take and give for them.
package enum Levels {
  /// A level as networks take it, −1…1.
  @inlinable
  package static func signed(_ level: Float) -> Float { level / 127.5 - 1 }

  /// The same of a level of 8 bits.
  @inlinable
  package static func signed(_ level: UInt8) -> Float { signed(Float(level)) }

  /// The level that a network's number stands for: 0…255 for −1…1, neither rounded nor clamped.
  @inlinable
  package static func level(_ signed: Float) -> Float { (signed + 1) * 127.5 }

  /// A level rounded to 8 bits, halves away from 0; what is beyond 0…255 is clamped.
  @inlinable
  package static func byte(_ level: Float) -> UInt8 { UInt8(max(0, min(255, level.rounded()))) }

  /// A level of 16 bits as 8 bits, `round(v / 257)`: 0xFFFF becomes 0xFF, and v * 257 becomes v.
  @inlinable
  package static func byte(_ level: UInt16) -> UInt8 { UInt8((UInt32(level) + 128) / 257) }
}

/// Luma of Rec. 601: how bright a picture's values are, without regard to gamma.
///
/// `ColorPlane.gray` has it in whole levels, by integers, as OpenCV has.
package enum Luma {
  /// Of three channels, in their own unit.
  @inlinable
  package static func of(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    0.299 * red + 0.587 * green + 0.114 * blue
  }

  /// Of one pixel of interleaved RGB.
  @inlinable
  package static func of(_ picture: [Float], pixel: Int) -> Float {
    of(picture[3 * pixel], picture[3 * pixel + 1], picture[3 * pixel + 2])
  }

  /// The same where the values are lent.
  @inlinable
  package static func of(_ picture: UnsafePointer<Float>, pixel: Int) -> Float {
    of(picture[3 * pixel], picture[3 * pixel + 1], picture[3 * pixel + 2])
  }
}

/// Which pixels of a layer drawn elsewhere are set.
package enum LayerThreshold {
  /// In a mask or a sketch: where the grey (luma of Rec. 601, times alpha), rounded, is above 127.
  @inlinable
  package static func isSet(_ color: (red: UInt8, green: UInt8, blue: UInt8), alpha: UInt8) -> Bool {
    // Exact for greys: the weights add up to 1000.
    let grey = (299 * Int(color.red) + 587 * Int(color.green) + 114 * Int(color.blue) + 500) / 1000
    return (grey * Int(alpha) + 127) / 255 > 127
  }

  /// In a colour layer: where alpha is above 127.
  @inlinable
  package static func isSet(alpha: UInt8) -> Bool { alpha > 127 }
}

/// The pixel of a row or column of `count` that stands for one beyond its ends: mirrored about them, again and again.
@inlinable
package func mirrored(_ index: Int, _ count: Int) -> Int {
  if index >= 0, index < count { return index }
  let period = 2 * count
  let rest = index % period
  let place = rest < 0 ? rest + period : rest
  return place < count ? place : period - 1 - place
}
