/// One script file as a tree: typed nodes over its tokens.
///
/// Every token stands in the tree once, so it prints back the source, byte for byte, whatever errors the source has.
/// A token belongs to the innermost node whose range has it: a keyword to its statement, an operator to its
/// expression, a comma to what it separates the parts of, trivia to what it stands in.
public struct Script: Sendable {
  /// The file's text.
  public let source: SourceText
  /// All tokens, trivia included, in order, the last an `endOfFile`.
  public let tokens: [Token]
  /// From the top of the file to its end.
  public let statements: [Statement]

  /// Whether the script draws, places and saves nothing, and only defines things for others to use.
  public var onlyDefines: Bool {
    let defining: [StatementID] = [.fedit, .param, .let, .def, .use, .assert]
    return statements.allSatisfy {
      if case .missing = $0.kind { return true }
      return $0.id.map(defining.contains) ?? false
    }
  }
}

/// What a parse gives: always a tree, however broken the source.
public struct ParseResult: Sendable {
  /// The tree.
  public var script: Script
  /// What is wrong, sorted by where it begins.
  public var diagnostics: [Diagnostic]
}

/// Parses a script.
public func parse(_ source: SourceText) -> ParseResult {
  var parser = Parser(source)
  let statements = parser.parseScript()
  return ParseResult(
    script: Script(source: source, tokens: parser.tokens, statements: statements),
    diagnostics: parser.findings.sorted { $0.range.span.start < $1.range.span.start })
}

/// Parses a text that is one expression, such as the value of `--set NAME=VALUE`.
public func parseExpression(_ source: SourceText) -> (Expression, [Diagnostic]) {
  var parser = Parser(source)
  let expression = parser.parseWholeExpression()
  return (expression, parser.findings)
}

extension Script {
  /// Calls `body` with each token, in order, and what it is for.
  public func forEachToken(_ body: (Int, TokenRole) -> Void) { SyntaxNode.script(self).forEachToken(body) }

  /// The source again, put together from the tree.
  public var text: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.utf8.count)
    forEachToken { index, _ in bytes += source.utf8[tokens[index].span.start..<tokens[index].span.end] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The nodes around a token, the outermost first; none for what stands between statements.
  public func path(toToken index: Int) -> [SyntaxNode] {
    var path: [SyntaxNode] = []
    var next: SyntaxNode? = .script(self)
    while let node = next {
      next = nil
      node.forEachChild { if $0.tokens.contains(index) { next = $0 } }
      if let next { path.append(next) }
    }
    return path
  }

  /// A token's text.
  public func text(ofToken index: Int) -> String { source.text(tokens[index].span) }

  /// The index of the token that covers a byte; the last one at the end.
  public func tokenIndex(at offset: Int) -> Int { tokens.index(at: offset) }

  /// Whether nothing but spaces stands before a token on its line.
  public func beginsLine(_ index: Int) -> Bool {
    tokens[..<index].last { $0.kind != .space }.map { $0.kind == .newline } ?? true
  }
}
