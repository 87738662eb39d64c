/// A half-open range of UTF-8 offsets in one source text.
public struct Span: Hashable, Sendable, Codable {
  /// Offset of the first byte.
  public var start: Int
  /// Offset after the last byte.
  public var end: Int

  /// Creates a span; `end` is raised to `start` where it lies before it.
  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = max(start, end)
  }

  /// The smallest span that holds both.
  public func union(_ other: Span) -> Span {
    Span(min(start, other.start), max(end, other.end))
  }
}

/// A place for people: line and column count from 1, the column in Unicode scalars.
public struct SourceLocation: Hashable, Sendable, Codable {
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in Unicode scalars.
  public var column: Int

  /// A place by line and column, both from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// The text of one script with the name it is shown under.
///
/// Lines end with a line feed, a carriage return, or both.
public final class SourceText: Sendable {
  /// What diagnostics call the file: the path as the user gave it, or `<stdin>`.
  public let name: String
  /// The file's bytes; valid UTF-8 (the reader has reported and replaced what was not).
  public let utf8: [UInt8]
  /// Offset of the first byte of each line.
  public let lineStarts: [Int]
  /// How many scalars begin before each multiple of `stride`, so that a column in a line of any length is
  /// found by looking at a few bytes.
  private let scalarCounts: [Int]

  private static let stride = 256

  /// A text from its bytes, which have to be valid UTF-8.
  public init(name: String, utf8: [UInt8]) {
    self.name = name
    self.utf8 = utf8
    var starts = [0]
    var counts: [Int] = []
    counts.reserveCapacity(utf8.count / Self.stride + 1)
    var scalars = 0
    utf8.withUnsafeBufferPointer { bytes in
      for offset in bytes.indices {
        if offset % Self.stride == 0 { counts.append(scalars) }
        let byte = bytes[offset]
        // Continuation bytes (10xxxxxx) do not begin a scalar.
        if byte & 0xC0 != 0x80 { scalars += 1 }
        if byte == 0x0A {
          starts.append(offset + 1)
        } else if byte == 0x0D, offset + 1 == bytes.count || bytes[offset + 1] != 0x0A {
          starts.append(offset + 1)
        }
      }
    }
    lineStarts = starts
    scalarCounts = counts
  }

  /// A text from a string.
  public convenience init(name: String, _ text: String) {
    self.init(name: name, utf8: Array(text.utf8))
  }

  /// The index of the line (from 0) in which an offset lies.
  public func lineIndex(of offset: Int) -> Int {
    max(0, lineStarts.partitioningIndex { $0 > offset } - 1)
  }

  /// How many scalars begin before an offset.
  private func scalars(before offset: Int) -> Int {
    guard !scalarCounts.isEmpty else { return 0 }
    let block = min(offset / Self.stride, scalarCounts.count - 1)
    var count = scalarCounts[block]
    for byte in utf8[(block * Self.stride)..<offset] where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// The line and column of a UTF-8 offset, clamped to the text.
  public func location(of offset: Int) -> SourceLocation {
    let offset = min(max(offset, 0), utf8.count)
    let line = lineIndex(of: offset)
    return SourceLocation(
      line: line + 1, column: scalars(before: offset) - scalars(before: lineStarts[line]) + 1)
  }

  /// The UTF-8 offset of a line and column.
  ///
  /// - Returns: nil where the text has no such place; the place behind a line's last character is one.
  public func offset(of location: SourceLocation) -> Int? {
    guard (1...lineStarts.count).contains(location.line), location.column >= 1 else { return nil }
    let scalars = line(location.line).unicodeScalars
    guard location.column <= scalars.count + 1 else { return nil }
    return lineStarts[location.line - 1]
      + scalars.prefix(location.column - 1).reduce(0) { $0 + UTF8.width($1) }
  }

  /// The text under a span.
  public func text(_ span: Span) -> String {
    let start = min(max(span.start, 0), utf8.count)
    let end = min(max(span.end, start), utf8.count)
    return String(decoding: utf8[start..<end], as: UTF8.self)
  }

  /// A line's text without its line break; `line` counts from 1.
  public func line(_ line: Int) -> String {
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = lineStarts[line - 1]
    var end = line < lineStarts.count ? lineStarts[line] : utf8.count
    if end > start, utf8[end - 1] == 0x0A { end -= 1 }
    if end > start, utf8[end - 1] == 0x0D { end -= 1 }
    return text(Span(start, end))
  }
}

extension SourceText {
  /// A text from a file's bytes; what is not UTF-8 is reported, once, and replaced by U+FFFD.
  ///
  /// - Parameters:
  ///   - name: what diagnostics call the file.
  ///   - bytes: the file's bytes.
  /// - Returns: the text, and a diagnostic where the bytes were not valid.
  public static func decoding(name: String, bytes: [UInt8]) -> (SourceText, [Diagnostic]) {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var valid = true
    var consumed = 0
    scan: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): consumed += UTF8.width(scalar)
      case .emptyInput: break scan
      case .error:
        valid = false
        break scan
      }
    }
    if valid { return (SourceText(name: name, utf8: bytes), []) }
    let source = SourceText(name: name, utf8: Array(String(decoding: bytes, as: UTF8.self).utf8))
    let hex = String(bytes[consumed], radix: 16, uppercase: true)
    let diagnostic = Diagnostic(
      .invalidUTF8, "this is not UTF-8: byte 0x\(hex) at offset \(consumed)",
      at: SourceRange(source, Span(consumed, consumed + 3)),
      hints: [.init("save the script as UTF-8")])
    return (source, [diagnostic])
  }
}
