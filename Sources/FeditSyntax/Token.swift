/// What a token is. Keywords are identifiers: most words are ordinary names outside their place.
public enum TokenKind: String, Hashable, Sendable, CaseIterable {
  case identifier, number, angle, string, color
  /// Operators, brackets, `,` `:` `.`.
  case punctuation
  case semicolon
  /// Spaces and tabs.
  case space
  case newline
  case lineComment
  case blockComment
  /// Characters that begin nothing.
  case unknown
  case endOfFile

  /// Whether the parser passes over it.
  public var isTrivia: Bool {
    switch self {
    case .space, .newline, .lineComment, .blockComment: true
    default: false
    }
  }
}

/// A piece of the source; the tokens of a file one after the other are its text, byte for byte.
public struct Token: Hashable, Sendable {
  /// What it is.
  public var kind: TokenKind
  /// Its bytes in the source.
  public var span: Span

  /// A token at a place.
  public init(_ kind: TokenKind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}
