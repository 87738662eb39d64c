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
  public var kind: TokenKind
  public var span: Span

  public init(_ kind: TokenKind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

/// The words of the language.
public enum Keyword {
  /// Words that cannot be names.
  public static let reserved: Set<String> = [
    "let", "def", "for", "in", "if", "then", "else", "true", "false", "use", "param", "edit",
    "mask", "sketch", "color", "erase", "paint", "off",
  ]

  /// Words that begin a statement where one may begin.
  public static let statements: Set<String> = [
    "fedit", "photo", "model", "canvas", "face", "region", "param", "let", "def", "use", "for",
    "if", "assert", "edit", "save", "mask", "sketch", "color", "erase", "paint", "off", "in",
    "seed", "blend",
  ]

  /// Words with a meaning inside one statement only; ordinary names elsewhere.
  public static let contextual: Set<String> = [
    "eyes", "mouth", "size", "at", "as", "with", "brush", "grown", "layers", "none", "feather",
  ]

  /// The types that a definition's parameters may have; a `param` has one of all but the last two.
  public static let types = ["number", "angle", "bool", "string", "color", "point", "shape", "list"]

  /// Every word, sorted.
  public static let all = reserved.union(statements).union(contextual).sorted()

  /// Operators, brackets and separators; the longest first where one begins another.
  public static let punctuation = [
    "..<", "...", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "&", "!", "<", ">",
    "=", "(", ")", "[", "]", "{", "}", ",", ":", ".",
  ]
}
