/// In what positions count the characters of a line.
public enum PositionEncoding: String, Hashable, Sendable, CaseIterable {
  case utf8 = "utf-8"
  case utf16 = "utf-16"
  case utf32 = "utf-32"

  /// The cheapest that a client offers; UTF-16 where it offers none.
  static func negotiated(_ offered: [String]?) -> PositionEncoding {
    let known = Set((offered ?? []).compactMap(PositionEncoding.init))
    return known.contains(.utf8) ? .utf8 : known.contains(.utf32) ? .utf32 : .utf16
  }

  /// How many units the scalar takes that begins with a byte; 0 for bytes inside a scalar.
  func units(_ byte: UInt8) -> Int {
    if self == .utf8 { return 1 }
    if byte & 0xC0 == 0x80 { return 0 }
    return self == .utf16 && byte >= 0xF0 ? 2 : 1
  }
}
