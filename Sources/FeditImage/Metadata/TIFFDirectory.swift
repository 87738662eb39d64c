/// One entry of a TIFF image file directory (TIFF 6.0, section 2).
struct TIFFEntry: Hashable, Sendable {
  /// TIFF's data types that are read and written.
  enum Kind: UInt16, Sendable {
    case byte = 1
    case ascii = 2
    case short = 3
    case long = 4
    case rational = 5
    case signedByte = 6
    case undefined = 7
    case signedShort = 8
    case signedLong = 9
    case signedRational = 10
    case float = 11
    case double = 12
    case directory = 13

    /// Bytes of one value.
    var size: Int {
      switch self {
      case .byte, .ascii, .signedByte, .undefined: 1
      case .short, .signedShort: 2
      case .long, .signedLong, .float, .directory: 4
      case .rational, .signedRational, .double: 8
      }
    }

    /// Bytes of what the byte order turns round: a rational is two numbers.
    var word: Int { self == .rational || self == .signedRational ? 4 : size }
  }

  var tag: UInt16
  var kind: Kind
  /// The values, the low byte first.
  var bytes: [UInt8]

  init(_ tag: UInt16, _ kind: Kind, _ bytes: [UInt8]) {
    self.tag = tag
    self.kind = kind
    self.bytes = bytes
  }

  static func short(_ tag: UInt16, _ values: [Int]) -> TIFFEntry {
    TIFFEntry(tag, .short, values.flatMap { littleEndian($0, 2) })
  }

  static func long(_ tag: UInt16, _ values: [Int]) -> TIFFEntry {
    TIFFEntry(tag, .long, values.flatMap { littleEndian($0, 4) })
  }

  static func rational(_ tag: UInt16, _ top: Int, _ bottom: Int) -> TIFFEntry {
    TIFFEntry(tag, .rational, littleEndian(top, 4) + littleEndian(bottom, 4))
  }

  /// How many values there are.
  var count: Int { bytes.count / kind.size }

  /// The values of an unsigned integer kind; of others none.
  var numbers: [Int] {
    guard [.byte, .short, .long, .directory].contains(kind) else { return [] }
    return stride(from: 0, to: bytes.count, by: kind.size).map { start in
      bytes[start..<start + kind.size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
  }

  var number: Int? { numbers.first }

  /// Numerator and denominator of a rational.
  var fraction: (top: Int, bottom: Int)? {
    guard kind == .rational, bytes.count >= 8 else { return nil }
    func word(_ start: Int) -> Int { bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
    return (word(0), word(4))
  }
}

/// The lowest `bytes` bytes of a number, the low one first.
func littleEndian(_ value: Int, _ bytes: Int) -> [UInt8] {
  (0..<bytes).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// Reads directories out of untrusted bytes: nothing is followed that was not asked for, and no more is read than
/// the limits say.
struct TIFFReader {
  /// Entries of a directory that are looked at.
  static let entryLimit = 512

  private let piece: (_ offset: Int, _ length: Int) -> ArraySlice<UInt8>?
  private let isLittle: Bool
  /// Where the first directory begins.
  let firstDirectory: Int

  /// nil where it does not begin as a TIFF structure does.
  ///
  /// - Parameter piece: some of the bytes, nil where they do not lie wholly within.
  init?(_ piece: @escaping (_ offset: Int, _ length: Int) -> ArraySlice<UInt8>?) {
    switch piece(0, 2).map(Array.init) {
    case [0x49, 0x49]: isLittle = true
    case [0x4D, 0x4D]: isLittle = false
    default: return nil
    }
    self.piece = piece
    guard let version = Self.number(piece(2, 2), isLittle), version == 42,
      let first = Self.number(piece(4, 4), isLittle)
    else { return nil }
    firstDirectory = first
  }

  /// A structure in memory.
  init?(_ bytes: [UInt8]) {
    self.init { offset, length in
      offset >= 0 && length >= 0 && offset <= bytes.count - length ? bytes[offset..<offset + length] : nil
    }
  }

  private func number(_ offset: Int, _ length: Int) -> Int? { Self.number(piece(offset, length), isLittle) }

  private static func number(_ bytes: ArraySlice<UInt8>?, _ isLittle: Bool) -> Int? {
    guard let bytes else { return nil }
    return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The entries of a directory, as far as they are whole and not larger than allowed.
  ///
  /// - Parameters:
  ///   - offset: where it begins.
  ///   - limit: the largest value that is read, in bytes.
  /// - Returns: nil where no directory begins there.
  func directory(at offset: Int, limit: (_ tag: UInt16) -> Int) -> [TIFFEntry]? {
    guard let count = number(offset, 2) else { return nil }
    var entries: [TIFFEntry] = []
    for index in 0..<min(count, Self.entryLimit) {
      let at = offset + 2 + index * 12
      guard let tag = number(at, 2), let type = number(at + 2, 2), let values = number(at + 4, 4) else {
        break
      }
      guard let kind = TIFFEntry.Kind(rawValue: UInt16(type)) else { continue }
      // At most 2^32 values of 8 bytes: no overflow.
      let size = values * kind.size
      guard size > 0, size <= limit(UInt16(tag)) else { continue }
      guard let place = size <= 4 ? at + 8 : number(at + 8, 4), let stored = piece(place, size) else {
        continue
      }
      entries.append(TIFFEntry(UInt16(tag), kind, inOrder(Array(stored), kind)))
    }
    return entries
  }

  private func inOrder(_ bytes: [UInt8], _ kind: TIFFEntry.Kind) -> [UInt8] {
    guard !isLittle, kind.word > 1 else { return bytes }
    return stride(from: 0, to: bytes.count, by: kind.word).flatMap { bytes[$0..<$0 + kind.word].reversed() }
  }
}

/// Writes a structure of one directory and those that it points to, the low byte first.
struct TIFFWriter {
  /// The block so far, from the byte-order mark on.
  private(set) var bytes: [UInt8] = Array("II".utf8) + [42, 0, 0, 0, 0, 0]

  /// Appends data that entries point to, at an even offset.
  ///
  /// - Returns: where they begin.
  mutating func append(_ data: some Collection<UInt8>) -> Int {
    if bytes.count % 2 == 1 { bytes.append(0) }
    let start = bytes.count
    bytes += data
    return start
  }

  /// Appends a directory; entries are put in order.
  ///
  /// - Returns: where it begins.
  mutating func append(directory entries: [TIFFEntry]) -> Int {
    let sorted = entries.sorted { $0.tag < $1.tag }
    var fields = littleEndian(sorted.count, 2)
    for entry in sorted {
      fields += littleEndian(Int(entry.tag), 2) + littleEndian(Int(entry.kind.rawValue), 2)
      fields += littleEndian(entry.count, 4)
      if entry.bytes.count <= 4 {
        fields += entry.bytes + [UInt8](repeating: 0, count: 4 - entry.bytes.count)
      } else {
        fields += littleEndian(append(entry.bytes), 4)
      }
    }
    return append(fields + [0, 0, 0, 0])
  }

  /// Appends the first directory; the header points to it.
  mutating func finish(with entries: [TIFFEntry]) -> [UInt8] {
    let first = append(directory: entries)
    bytes.replaceSubrange(4..<8, with: littleEndian(first, 4))
    return bytes
  }
}
