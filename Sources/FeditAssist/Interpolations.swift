import FeditSyntax

extension SourceText {
  /// The spans of the code in a string's interpolations, between their parentheses.
  ///
  /// - Parameter string: a string token's span, with its quotes.
  /// - Returns: the spans, in order; to the string's end where one is not closed.
  public func interpolations(in string: Span) -> [Span] {
    var result: [Span] = []
    var position = string.start + 1
    while position + 1 < string.end {
      guard utf8[position] == UInt8(ascii: "\\") else {
        position += 1
        continue
      }
      guard utf8[position + 1] == UInt8(ascii: "(") else {
        position += 2
        continue
      }
      let (tokens, _) = Lexer.tokenize(self, Span(position + 2, string.end))
      var depth = 1
      var end = string.end
      for token in tokens where token.kind == .punctuation {
        if utf8[token.span.start] == UInt8(ascii: "(") { depth += 1 }
        if utf8[token.span.start] == UInt8(ascii: ")") { depth -= 1 }
        if depth == 0 {
          end = token.span.start
          break
        }
      }
      result.append(Span(position + 2, end))
      position = end + 1
    }
    return result
  }
}
