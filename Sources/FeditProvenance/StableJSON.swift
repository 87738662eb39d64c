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
    write(to: &result, indent: "")
    return result
  }

  private func write(to result: inout String, indent: String) {
    let inner = indent + "  "
    switch self {
    case .string(let string): result += Self.quoted(string)
    case .integer(let number): result += String(number)
    case .unsigned(let number): result += String(number)
    case .bool(let value): result += value ? "true" : "false"
    case .null: result += "null"
    case .array(let values) where values.isEmpty: result += "[]"
    case .object(let members) where members.isEmpty: result += "{}"
    case .array(let values):
      for (i, value) in values.enumerated() {
        result += (i == 0 ? "[\n" : ",\n") + inner
        value.write(to: &result, indent: inner)
      }
      result += "\n\(indent)]"
    case .object(let members):
      // By UTF-8, which no version of Unicode changes.
      for (i, key) in members.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }).enumerated() {
        result += (i == 0 ? "{\n" : ",\n") + inner + Self.quoted(key) + ": "
        members[key, default: .null].write(to: &result, indent: inner)
      }
      result += "\n\(indent)}"
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      // Control characters, and those that turn the direction of the text around them.
      case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{2028}"..."\u{202E}",
        "\u{2066}"..."\u{2069}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
