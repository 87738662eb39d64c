import FeditSyntax

/// A script's text with a terminal's colours.
enum SyntaxColors {
  /// Keywords bold, numbers cyan, strings green, comments dim, colours beside a swatch.
  static func colored(_ text: String) -> String {
    let script = parse(SourceText(name: "", text)).script
    var result = ""
    script.forEachToken { index, role in
      let piece = script.text(ofToken: index)
      switch script.tokens[index].kind {
      case .identifier:
        result += role == .syntax && words.contains(piece) ? styled(piece, "1;35") : piece
      case .number, .angle: result += styled(piece, "36")
      case .string, .stringHead, .stringMiddle, .stringTail: result += styled(piece, "32")
      case .lineComment, .blockComment: result += styled(piece, "2")
      case .color: result += swatch(piece) + piece
      default: result += piece
      }
    }
    return result
  }

  private static let words = Set(Keyword.all)

  private static func styled(_ text: String, _ code: String) -> String { "\u{1B}[\(code)m\(text)\u{1B}[0m" }

  /// Two cells in the colour of `#rgb` or `#rrggbb`.
  private static func swatch(_ text: String) -> String {
    var digits = text.dropFirst().compactMap(\.hexDigitValue)
    if digits.count == 3 { digits = digits.flatMap { [$0, $0] } }
    guard digits.count == 6 else { return "" }
    let values = stride(from: 0, to: 6, by: 2).map { digits[$0] * 16 + digits[$0 + 1] }
    return "\u{1B}[48;2;\(values[0]);\(values[1]);\(values[2])m  \u{1B}[0m"
  }
}
