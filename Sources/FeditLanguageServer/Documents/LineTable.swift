import FeditSyntax

/// Where the lines of a text begin, by the protocol's rules: `\n`, `\r\n` and a lone `\r` end a line.
struct LineTable: Hashable, Sendable {
  /// The first byte of each line.
  private(set) var starts: [Int]

  init(_ text: [UInt8]) {
    starts = [0]
    Self.scan(text, 0..<text.count) { starts.append($0) }
  }

  /// Tells where lines begin behind the line ends of a range.
  private static func scan(_ text: [UInt8], _ range: Range<Int>, _ body: (Int) -> Void) {
    text.withUnsafeBufferPointer { text in
      for index in range {
        let byte = text[index]
        if byte > 0x0D { continue }
        if byte == 0x0A || (byte == 0x0D && !(index + 1 < text.count && text[index + 1] == 0x0A)) {
          body(index + 1)
        }
      }
    }
  }

  /// Follows a replacement of bytes.
  ///
  /// - Parameters:
  ///   - range: what was replaced, in the text before.
  ///   - count: how many bytes stand there now.
  ///   - text: the text now.
  mutating func replace(_ range: Range<Int>, with count: Int, in text: [UInt8]) {
    // Line ends of the byte before and of those replaced may have changed: `\r` and `\n` come together or part.
    let first = firstIndex(after: max(range.lowerBound - 1, 0))
    let last = firstIndex(after: range.upperBound + 1)
    let shift = count - range.count
    var inserted: [Int] = []
    Self.scan(text, max(range.lowerBound - 1, 0)..<min(range.lowerBound + count + 1, text.count)) {
      inserted.append($0)
    }
    if shift != 0 { for index in last..<starts.count { starts[index] += shift } }
    starts.replaceSubrange(first..<last, with: inserted)
  }

  /// The first line that begins behind a byte.
  private func firstIndex(after offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The line that a byte lies in, from 0.
  func line(at offset: Int) -> Int { firstIndex(after: offset) - 1 }

  /// The bytes of a line without its end.
  func content(of line: Int, in text: [UInt8]) -> Range<Int> {
    let start = starts[line]
    var end = line + 1 < starts.count ? starts[line + 1] : text.count
    if end > start, text[end - 1] == 0x0A, line + 1 < starts.count { end -= 1 }
    if end > start, text[end - 1] == 0x0D, line + 1 < starts.count { end -= 1 }
    return start..<end
  }
}

/// Turns offsets into positions and back. Remembers the last place, so that many places in order are
/// found in one pass over the text.
struct PositionConverter {
  let text: [UInt8]
  let lines: LineTable
  let encoding: PositionEncoding
  private var memory = (line: 0, offset: 0, units: 0)

  init(_ text: [UInt8], _ lines: LineTable, _ encoding: PositionEncoding) {
    self.text = text
    self.lines = lines
    self.encoding = encoding
  }

  /// The position of a byte, clamped to the text.
  mutating func position(of offset: Int) -> Position {
    let offset = min(max(offset, 0), text.count)
    let line = memory.line
    let isNear =
      memory.offset <= offset
      && (line + 1 >= lines.starts.count || offset < lines.starts[line + 1])
    if !isNear {
      let line = lines.line(at: offset)
      memory = (line, lines.starts[line], 0)
    }
    if encoding == .utf8 {
      memory.units += offset - memory.offset
    } else {
      for index in memory.offset..<offset { memory.units += encoding.units(text[index]) }
    }
    memory.offset = offset
    return Position(line: memory.line, character: memory.units)
  }

  mutating func range(_ span: Span) -> TextRange {
    let start = position(of: span.start)
    return TextRange(start: start, end: position(of: span.end))
  }

  /// The byte at a position. What lies behind a line's end is taken for the end, as the protocol
  /// says; a position inside a character, for its start.
  func offset(of position: Position) -> Int {
    guard position.line >= 0 else { return 0 }
    guard position.line < lines.starts.count else { return text.count }
    let line = lines.content(of: position.line, in: text)
    guard position.character > 0 else { return line.lowerBound }
    var units = 0
    var index = line.lowerBound
    while index < line.upperBound {
      let width = width(at: index)
      units += encoding == .utf8 ? width : encoding.units(text[index])
      if units > position.character { return index }
      index += width
    }
    return line.upperBound
  }

  /// The bytes of the scalar that begins at a byte.
  private func width(at index: Int) -> Int {
    let byte = text[index]
    let width = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
    return min(width, text.count - index)
  }

  func span(_ range: TextRange) -> Span { Span(offset(of: range.start), offset(of: range.end)) }
}
