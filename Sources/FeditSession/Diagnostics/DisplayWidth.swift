/// How many columns a terminal gives to text.
package enum DisplayWidth {
  /// Ranges of scalars that are two columns wide: East Asian Wide and Fullwidth (UAX #11, Unicode 14),
  /// unassigned gaps between such scalars included.
  private static let wide: [(UInt32, UInt32)] = [
    (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x23F0, 0x23F0),
    (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615), (0x2648, 0x2653), (0x267F, 0x267F),
    (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE), (0x26C4, 0x26C5),
    (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5),
    (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728),
    (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797),
    (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55),
    (0x2E80, 0x303E), (0x3041, 0x3247), (0x3250, 0x4DBF), (0x4E00, 0xA4C6), (0xA960, 0xA97C),
    (0xAC00, 0xD7A3), (0xF900, 0xFAD9), (0xFE10, 0xFE6B), (0xFF01, 0xFF60), (0xFFE0, 0xFFE6),
    (0x16FE0, 0x18D08), (0x1AFF0, 0x1B2FB), (0x1F004, 0x1F004), (0x1F0CF, 0x1F0CF),
    (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F200, 0x1F320), (0x1F32D, 0x1F335),
    (0x1F337, 0x1F37C), (0x1F37E, 0x1F393), (0x1F3A0, 0x1F3CA), (0x1F3CF, 0x1F3D3),
    (0x1F3E0, 0x1F3F0), (0x1F3F4, 0x1F3F4), (0x1F3F8, 0x1F43E), (0x1F440, 0x1F440),
    (0x1F442, 0x1F4FC), (0x1F4FF, 0x1F53D), (0x1F54B, 0x1F54E), (0x1F550, 0x1F567),
    (0x1F57A, 0x1F57A), (0x1F595, 0x1F596), (0x1F5A4, 0x1F5A4), (0x1F5FB, 0x1F64F),
    (0x1F680, 0x1F6C5), (0x1F6CC, 0x1F6CC), (0x1F6D0, 0x1F6D2), (0x1F6D5, 0x1F6DF),
    (0x1F6EB, 0x1F6EC), (0x1F6F4, 0x1F6FC), (0x1F7E0, 0x1F7F0), (0x1F90C, 0x1F93A),
    (0x1F93C, 0x1F945), (0x1F947, 0x1F9FF), (0x1FA70, 0x1FAF6), (0x20000, 0x2EBE0),
    (0x2F800, 0x2FA1D), (0x30000, 0x3134A),
  ]

  /// Columns of one scalar: 0 for what combines with the one before, 2 for wide ones, else 1.
  package static func columns(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    // The medial and final parts of a Hangul syllable join its initial part.
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }
    var low = 0
    var high = wide.count
    while low < high {
      let middle = (low + high) / 2
      if wide[middle].1 < scalar.value { low = middle + 1 } else { high = middle }
    }
    return low < wide.count && wide[low].0 <= scalar.value ? 2 : 1
  }

  /// Columns of a text without tabs and control characters.
  package static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }
}

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
