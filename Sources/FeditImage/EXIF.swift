/// The few EXIF tags that matter here, read from untrusted bytes: nothing is followed but the first
/// directory and the two resolutions.
struct EXIF: Hashable {
  /// 1...8; how the stored rows lie.
  var orientation = 1
  var resolution: Resolution?

  /// Bytes of a TIFF structure that are looked at.
  static let byteLimit = 1 << 16
  /// Entries of the first directory that are looked at.
  static let entryLimit = 512

  /// nil where it is no TIFF structure; what is damaged inside is left at its default.
  ///
  /// - Parameter tiff: the block from its byte-order mark on.
  init?(_ tiff: some Collection<UInt8>) {
    let bytes = Array(tiff.prefix(Self.byteLimit))
    guard bytes.count >= 8 else { return nil }
    let isLittle: Bool
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): isLittle = true
    case (0x4D, 0x4D): isLittle = false
    default: return nil
    }
    func number(_ offset: Int, _ length: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - length else { return nil }
      let piece = bytes[offset..<offset + length]
      return isLittle
        ? piece.reversed().reduce(0) { $0 << 8 | Int($1) } : piece.reduce(0) { $0 << 8 | Int($1) }
    }
    func rational(_ offset: Int) -> (Int, Int)? {
      guard let at = number(offset, 4), let top = number(at, 4), let bottom = number(at + 4, 4) else {
        return nil
      }
      return (top, bottom)
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else {
      return nil
    }
    var x: (Int, Int)?
    var y: (Int, Int)?
    var unit = 2
    for entry in 0..<min(entries, Self.entryLimit) {
      let at = directory + 2 + entry * 12
      guard let tag = number(at, 2), let type = number(at + 2, 2) else { break }
      switch (tag, type) {
      case (0x0112, 3):
        if let value = number(at + 8, 2), (1...8).contains(value) { orientation = value }
      case (0x011A, 5): x = rational(at + 8)
      case (0x011B, 5): y = rational(at + 8)
      case (0x0128, 3): unit = number(at + 8, 2) ?? unit
      default: break
      }
    }
    if let x, let y { resolution = Self.resolution(x, y, unit: unit) }
  }

  /// EXIF's units: 2 inch, 3 centimetre, others none.
  private static func resolution(_ x: (Int, Int), _ y: (Int, Int), unit: Int) -> Resolution? {
    let (factor, divisor) = unit == 3 ? (100, 1) : (10_000, 254)
    guard unit == 2 || unit == 3 else { return nil }
    func perMeter(_ value: (Int, Int)) -> UInt32? {
      guard value.0 > 0, value.1 > 0 else { return nil }
      // At most 2^32 * 10,000: no overflow.
      let bottom = value.1 * divisor
      return UInt32(exactly: (value.0 * factor + bottom / 2) / bottom)
    }
    guard let x = perMeter(x), let y = perMeter(y), x > 0, y > 0 else { return nil }
    return Resolution(x: x, y: y, unit: .meter)
  }
}
