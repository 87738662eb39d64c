import FeditText

/// A line of source as a terminal shows it, and at which column each of its scalars begins.
struct DisplayLine {
  /// What is printed: tabs as spaces, control characters escaped.
  private(set) var pieces: [(text: String, columns: Int)] = []
  /// The column at which scalar i is shown; one more entry than scalars.
  private(set) var starts: [Int] = [0]

  private static let tabStop = 4

  init(_ text: String) {
    for scalar in text.unicodeScalars {
      let column = starts[starts.count - 1]
      switch scalar {
      case "\t":
        let width = Self.tabStop - column % Self.tabStop
        append(String(repeating: " ", count: width), width)
      // Joiners are part of words and emoji; other invisible characters could make a line look like another.
      case "\u{200C}", "\u{200D}": append(String(scalar), 0)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
          let escaped = "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
          append(escaped, escaped.utf8.count)
        default: append(String(scalar), DisplayWidth.columns(scalar))
        }
      }
    }
  }

  private mutating func append(_ text: String, _ columns: Int) {
    pieces.append((text, columns))
    starts.append(starts[starts.count - 1] + columns)
  }

  /// The columns of a mark under the scalars from `start` to before `end`, at least one wide.
  func mark(from start: Int, to end: Int) -> (column: Int, width: Int) {
    let first = starts[min(max(start, 0), starts.count - 1)]
    let last = starts[min(max(end, 0), starts.count - 1)]
    return (first, max(last - first, 1))
  }

  /// The part of the line that is shown where it is long: `window` columns around a mark.
  ///
  /// - Returns: the text, and by how many columns what is in it has moved to the left.
  func windowed(around mark: (column: Int, width: Int), window: Int) -> (text: String, shift: Int) {
    let total = starts[starts.count - 1]
    guard total > window else { return (pieces.map(\.text).joined(), 0) }
    let from = max(0, min(mark.column - window / 4, total - window))
    let to = from + window
    var text = ""
    var first: Int?
    for (index, piece) in pieces.enumerated() where starts[index] >= from && starts[index + 1] <= to {
      if first == nil { first = starts[index] }
      text += piece.text
    }
    let start = first ?? 0
    return ((start > 0 ? "…" : "") + text + (to < total ? "…" : ""), start > 0 ? start - 1 : 0)
  }
}
