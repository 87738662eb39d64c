import FeditSyntax

/// A script's text with a terminal's colours.
enum SyntaxColors {
  /// Keywords bold, numbers cyan, strings green, comments dim, colours beside a swatch.
  static func colored(_ text: String) -> String {
    let source = SourceText(name: "", text)
    let (tokens, _) = Lexer.tokenize(source)
    var result = ""
    for token in tokens {
      let piece = source.text(token.span)
      switch token.kind {
      case .identifier:
        let isWord = Keyword.statements.contains(piece) || Keyword.reserved.contains(piece)
        result += isWord ? styled(piece, "1;35") : piece
      case .number, .angle: result += styled(piece, "36")
      case .string: result += styled(piece, "32")
      case .lineComment, .blockComment: result += styled(piece, "2")
      case .color: result += swatch(piece) + piece
      default: result += piece
      }
    }
    return result
  }

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
