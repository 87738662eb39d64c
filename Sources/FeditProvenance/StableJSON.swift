import FeditText

/// JSON with sorted keys, two spaces a level and one member a line: the same values give the same
/// bytes, and one change is one line in a diff.
package enum StableJSON: Hashable, Sendable {
  case string(String)
  case integer(Int64)
  case unsigned(UInt64)
  case array([StableJSON])
  case object([String: StableJSON])
  case bool(Bool)
  case null

  /// A map of strings.
  package static func strings(_ map: [String: String]) -> StableJSON {
    .object(map.mapValues { .string($0) })
  }

  /// The text, without a newline at its end.
  package var text: String {
    var result = ""
    write(to: &result)
    return result
  }

  /// Writes the text piece by piece, without a newline at its end.
  package func write(to target: inout some TextOutputStream) { write(to: &target, indent: "") }

  private func write(to target: inout some TextOutputStream, indent: String) {
    let inner = indent + "  "
    switch self {
    case .string(let string): Self.write(string, to: &target)
    case .integer(let number): target.write(String(number))
    case .unsigned(let number): target.write(String(number))
    case .bool(let value): target.write(value ? "true" : "false")
    case .null: target.write("null")
    case .array(let values) where values.isEmpty: target.write("[]")
    case .object(let members) where members.isEmpty: target.write("{}")
    case .array(let values):
      for (i, value) in values.enumerated() {
        target.write((i == 0 ? "[\n" : ",\n") + inner)
        value.write(to: &target, indent: inner)
      }
      target.write("\n\(indent)]")
    case .object(let members):
      // By UTF-8, which no version of Unicode changes.
      for (i, key) in members.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }).enumerated() {
        target.write((i == 0 ? "{\n" : ",\n") + inner)
        Self.write(key, to: &target)
        target.write(": ")
        members[key, default: .null].write(to: &target, indent: inner)
      }
      target.write("\n\(indent)}")
    }
  }

  /// Writes a text in quotes, piece by piece: what is escaped may be many times as long.
  private static func write(_ text: String, to target: inout some TextOutputStream) {
    target.write("\"")
    var rest = text.unicodeScalars[...]
    while !rest.isEmpty {
      target.write(jsonEscaped(rest.prefix(1 << 14), short: ["\n": "\\n", "\t": "\\t"], where: isEscaped))
      rest = rest.dropFirst(1 << 14)
    }
    target.write("\"")
  }

  /// Control characters, and those that turn the direction of the text around them. The list is part of the
  /// format: locks lie in pictures.
  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{2028}"..."\u{202E}",
      "\u{2066}"..."\u{2069}":
      true
    default: false
    }
  }
}
