import FeditText

/// Comma-separated values (RFC 4180): cells may stand in double quotes, a quote inside is doubled.
///
/// Lines end with LF, CRLF or CR; a byte order mark is skipped; empty lines are no records.
struct CSVText {
  struct Record: Hashable, Sendable {
    var cells: [String]
    /// The line that it begins on, from 1.
    var line: Int
  }

  var records: [Record] = []

  /// - Throws: `UserError` where a quote is not closed, something stands behind a closing one, or the
  ///   text is not UTF-8.
  init(_ bytes: [UInt8], name: String) throws(UserError) {
    var reader = Reader(bytes: bytes, name: name)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    while let record = try reader.record() { records.append(record) }
  }

  /// A record as text, with CRLF at its end as the RFC has it.
  static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\r\n"
  }

  /// A cell that no spreadsheet takes for a formula: one that begins like one has an apostrophe before it
  /// (OWASP, "CSV Injection").
  static func harmless(_ cell: String) -> String {
    guard let first = cell.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else {
      return cell
    }
    return "'" + cell
  }

  private static func quoted(_ cell: String) -> String {
    let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    let isPlain = !cell.utf8.contains { special.contains($0) } && cell.first != " " && cell.last != " "
    return isPlain
      ? cell
      : "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  private struct Reader {
    let bytes: [UInt8]
    let name: String
    var position = 0
    var line = 1

    init(bytes: [UInt8], name: String) {
      self.bytes = bytes
      self.name = name
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let feed = UInt8(ascii: "\n")
    private static let carriage = UInt8(ascii: "\r")

    func problem(_ message: String, line: Int, hints: [String] = []) -> UserError {
      UserError(.data, "\(quotedName(name)), line \(line): \(message)", hints: hints)
    }

    /// The next record that is not an empty line; nil at the end.
    mutating func record() throws(UserError) -> Record? {
      while position < bytes.count {
        let start = line
        var cells = [try cell()]
        while position < bytes.count, bytes[position] == Self.comma {
          position += 1
          cells.append(try cell())
        }
        endLine()
        if cells != [""] { return Record(cells: cells, line: start) }
      }
      return nil
    }

    private mutating func endLine() {
      guard position < bytes.count else { return }
      if bytes[position] == Self.carriage {
        position += 1
        if position < bytes.count, bytes[position] == Self.feed { position += 1 }
      } else {
        position += 1
      }
      line += 1
    }

    private mutating func cell() throws(UserError) -> String {
      let start = line
      var text: [UInt8] = []
      if position < bytes.count, bytes[position] == Self.quote {
        position += 1
        while true {
          guard position < bytes.count else {
            throw problem(
              "a quote that begins here is never closed", line: start,
              hints: ["a quote inside a quoted cell is doubled: \"say \"\"cheese\"\"\""])
          }
          let byte = bytes[position]
          position += 1
          if byte == Self.quote {
            guard position < bytes.count, bytes[position] == Self.quote else { break }
            position += 1
          } else if byte == Self.feed {
            line += 1
          }
          text.append(byte)
        }
        if position < bytes.count, ![Self.comma, Self.feed, Self.carriage].contains(bytes[position]) {
          throw problem(
            "something stands behind a closing quote", line: line,
            hints: ["a quote inside a quoted cell is doubled: \"say \"\"cheese\"\"\""])
        }
      } else {
        let end =
          bytes[position...].firstIndex { $0 == Self.comma || $0 == Self.feed || $0 == Self.carriage }
          ?? bytes.count
        text = Array(bytes[position..<end])
        position = end
      }
      guard let cell = String(validating: text, as: UTF8.self) else {
        throw problem("this is not UTF-8", line: start, hints: ["save the list as UTF-8"])
      }
      return cell
    }
  }
}
