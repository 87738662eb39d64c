/// The lossless tree: every token of the file stands in it once, so it prints back the source,
/// byte for byte, whatever errors the source has.
public struct SyntaxTree: Sendable {
  /// What a node is.
  public enum NodeKind: String, Sendable, CaseIterable {
    case script, statement, block, expression
  }

  /// A node covers the tokens from the first to before the last, those of its children included.
  public struct Node: Sendable {
    /// What it is.
    public var kind: NodeKind
    /// Indices into the tree's tokens.
    public var tokens: Range<Int>
    /// The nodes inside it, in order; none of them overlap.
    public var children: [Node]
  }

  /// The file's text.
  public let source: SourceText
  /// All tokens with their trivia, in order, the last an `endOfFile`.
  public let tokens: [Token]
  /// The node of the whole file, of kind `script`.
  public let root: Node

  /// The source again, put together from the tokens.
  public var text: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.utf8.count)
    for token in tokens { bytes += source.utf8[token.span.start..<token.span.end] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What a parse gives: always a tree and a script, however broken the source.
public struct ParseResult: Sendable {
  /// The typed view.
  public var script: Script
  /// The lossless one.
  public var tree: SyntaxTree
  /// What is wrong, sorted by where it begins.
  public var diagnostics: [Diagnostic]
}

/// Parses a script.
public func parse(_ source: SourceText) -> ParseResult {
  let (tokens, lexical) = Lexer.tokenize(source)
  var parser = Parser(source: source, tokens: tokens, lexical: lexical)
  let statements = parser.parseScript()
  let root = SyntaxTree.Node(kind: .script, tokens: 0..<tokens.count, children: parser.finishedNodes)
  let diagnostics = (lexical + parser.diagnostics).sorted { $0.range.span.start < $1.range.span.start }
  return ParseResult(
    script: Script(source: source, statements: statements),
    tree: SyntaxTree(source: source, tokens: tokens, root: root), diagnostics: diagnostics)
}

/// Parses a text that is one expression, such as the value of `--set NAME=VALUE`.
public func parseExpression(_ source: SourceText) -> (Expression, [Diagnostic]) {
  let (tokens, lexical) = Lexer.tokenize(source)
  var parser = Parser(source: source, tokens: tokens, lexical: lexical)
  let expression = parser.parseWholeExpression()
  return (expression, lexical + parser.diagnostics)
}
