/// The element types that safetensors files name.
///
/// Only float32, float16 and bfloat16 are weights to us; the others are known so that a file
/// that also holds them can be opened and what is wrong can be said.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case uint16 = "U16"
  case int16 = "I16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case uint32 = "U32"
  case int32 = "I32"
  case float32 = "F32"
  case uint64 = "U64"
  case int64 = "I64"
  case float64 = "F64"

  /// Bytes an element takes.
  public var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether its values are read as weights.
  public var isWeight: Bool { self == .float32 || self == .float16 || self == .bfloat16 }
}

/// Conversions between float32 and the two 16-bit formats.
public enum HalfPrecision {
  /// The float32 that has exactly the value of an IEEE 754 binary16; NaN payloads are kept.
  @inlinable
  public static func float(fromHalf bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF)
    if magnitude >= 0x7C00 {  // infinity, NaN
      return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13)
    }
    if magnitude < 0x0400 {  // zero, subnormal: an integer multiple of 2⁻²⁴
      return Float(bitPattern: sign | (Float(magnitude) * 0x1p-24).bitPattern)
    }
    return Float(bitPattern: sign | (magnitude << 13 + (127 - 15) << 23))
  }

  /// The nearest binary16, ties to even; infinite where the value is too large.
  @inlinable
  public static func half(from value: Float) -> UInt16 { Float16(value).bitPattern }

  /// The float32 that has exactly the value of a bfloat16.
  @inlinable
  public static func float(fromBrain bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The nearest bfloat16, ties to even; NaN stays NaN.
  @inlinable
  public static func brain(from value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16) & 1) >> 16)
  }
}
