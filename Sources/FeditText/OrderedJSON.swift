/// JSON whose members stand in the order in which they were given, for output that people read, too.
public indirect enum OrderedJSON {
  case object([(String, OrderedJSON)])
  case array([OrderedJSON])
  case string(String)
  case integer(Int)
  case unsigned(UInt64)
  /// Finite; written with the fewest digits that read back as the same number.
  case number(Double)
  case bool(Bool)
  case null

  /// Indented text; what has no objects or arrays inside stands on one line.
  public var text: String {
    var result = ""
    write(to: &result, indent: 0)
    return result
  }

  private var isFlat: Bool {
    switch self {
    case .object(let members): members.isEmpty
    case .array(let elements):
      elements.allSatisfy { element in
        switch element {
        case .object, .array: false
        default: true
        }
      }
    default: true
    }
  }

  private func write(to result: inout String, indent: Int) {
    let inner = String(repeating: " ", count: 2 * (indent + 1))
    let outer = String(repeating: " ", count: 2 * indent)
    switch self {
    case .object(let members):
      guard !members.isEmpty else {
        result += "{}"
        return
      }
      result += "{\n"
      for (index, (name, value)) in members.enumerated() {
        result += "\(inner)\(Self.quoted(name)): "
        value.write(to: &result, indent: indent + 1)
        result += index + 1 < members.count ? ",\n" : "\n"
      }
      result += outer + "}"
    case .array(let elements):
      if isFlat {
        result += "["
        for (index, element) in elements.enumerated() {
          if index > 0 { result += ", " }
          element.write(to: &result, indent: indent)
        }
        result += "]"
        return
      }
      result += "[\n"
      for (index, element) in elements.enumerated() {
        result += inner
        element.write(to: &result, indent: indent + 1)
        result += index + 1 < elements.count ? ",\n" : "\n"
      }
      result += outer + "]"
    case .string(let text): result += Self.quoted(text)
    case .integer(let value): result += String(value)
    case .unsigned(let value): result += String(value)
    case .number(let value):
      let isWhole = value == value.rounded() && abs(value) < 1e15
      result += isWhole ? String(Int(value)) : value.isFinite ? "\(value)" : "null"
    case .bool(let value): result += value ? "true" : "false"
    case .null: result += "null"
    }
  }

  /// A string; control characters of all kinds are escaped.
  private static func quoted(_ text: String) -> String {
    "\"" + jsonEscaped(text.unicodeScalars) { isInvisible($0) } + "\""
  }
}
