/// Recursive descent with bounded depth. Statements are in `Parser+Statements`,
/// expressions in `Parser+Expressions`.
struct Parser {
  /// How deep brackets, blocks and operators may nest: more than a person writes, and
  /// little enough for the stack of any thread.
  static let depthLimit = 200

  let source: SourceText
  let tokens: [Token]
  /// Indices of the tokens that are not trivia.
  private let significant: [Int]
  /// For each of them, whether a line break stands before it.
  private let onNewLine: [Bool]
  private var cursor = 0
  /// Open `(` and `[`, inside which line breaks are spaces.
  var bracketDepth = 0
  var depth = 0
  /// `{` that have no `}` in the whole file; found by counting, so that recovery
  /// only guesses where a brace is missing when one is.
  var missingBraces: Int
  var diagnostics: [Diagnostic] = []
  private var openNodes: [(kind: SyntaxTree.NodeKind, start: Int, children: [SyntaxTree.Node])] = []
  private(set) var finishedNodes: [SyntaxTree.Node] = []

  init(source: SourceText, tokens: [Token]) {
    self.source = source
    self.tokens = tokens
    var significant: [Int] = []
    var onNewLine: [Bool] = []
    var sawNewline = true
    var braces = 0
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .newline: sawNewline = true
      case .unknown: break
      case .blockComment, .space, .lineComment:
        if token.kind == .blockComment,
          source.utf8[token.span.start..<token.span.end].contains(0x0A)
        {
          sawNewline = true
        }
      default:
        significant.append(index)
        onNewLine.append(sawNewline)
        sawNewline = false
        if token.kind == .punctuation, token.span.end == token.span.start + 1 {
          if source.utf8[token.span.start] == UInt8(ascii: "{") { braces += 1 }
          if source.utf8[token.span.start] == UInt8(ascii: "}") { braces -= 1 }
        }
      }
    }
    self.significant = significant
    self.onNewLine = onNewLine
    missingBraces = max(braces, 0)
  }

  // MARK: Tokens

  var token: Token { tokens[significant[cursor]] }

  func token(after offset: Int) -> Token {
    tokens[significant[min(cursor + offset, significant.count - 1)]]
  }

  func isOnNewLine(after offset: Int = 0) -> Bool {
    onNewLine[min(cursor + offset, significant.count - 1)]
  }

  var previousEnd: Int { cursor > 0 ? tokens[significant[cursor - 1]].span.end : token.span.start }

  func text(_ token: Token) -> String { source.text(token.span) }

  var isAtEnd: Bool { token.kind == .endOfFile }

  mutating func advance() {
    if cursor < significant.count - 1 { cursor += 1 }
  }

  func at(_ symbol: String) -> Bool { isPunctuation(token, symbol) }

  func isPunctuation(_ token: Token, _ symbol: String) -> Bool {
    token.kind == .punctuation
      && source.utf8[token.span.start..<token.span.end].elementsEqual(symbol.utf8)
  }

  func atWord(_ word: String) -> Bool { isWord(token, word) }

  func isWord(_ token: Token, _ word: String) -> Bool {
    token.kind == .identifier
      && source.utf8[token.span.start..<token.span.end].elementsEqual(word.utf8)
  }

  /// Whether a statement ends here: at a line break outside brackets, `;`, `}` or the end.
  var isAtStatementEnd: Bool {
    if token.kind == .endOfFile || token.kind == .semicolon || at("}") { return true }
    return bracketDepth == 0 && isOnNewLine()
  }

  /// Takes a symbol where it stands on the same line (or line breaks do not count).
  mutating func take(_ symbol: String) -> Bool {
    guard at(symbol), bracketDepth > 0 || !isOnNewLine() else { return false }
    advance()
    return true
  }

  mutating func takeWord(_ word: String) -> Bool {
    guard atWord(word), bracketDepth > 0 || !isOnNewLine() else { return false }
    advance()
    return true
  }

  // MARK: Nodes

  mutating func begin(_ kind: SyntaxTree.NodeKind) {
    openNodes.append((kind, significant[cursor], []))
  }

  mutating func finish() {
    guard let open = openNodes.popLast() else { return }
    let last = cursor > 0 ? significant[cursor - 1] + 1 : open.start
    let node = SyntaxTree.Node(
      kind: open.kind, tokens: open.start..<max(open.start, last), children: open.children)
    if openNodes.isEmpty {
      finishedNodes.append(node)
    } else {
      openNodes[openNodes.count - 1].children.append(node)
    }
  }

  // MARK: Messages

  mutating func report(
    _ code: String, _ message: String, _ span: Span, labels: [Diagnostic.Label] = [],
    hints: [Diagnostic.Hint] = []
  ) {
    // One place, one syntax error: what follows from the first is noise.
    if let last = diagnostics.last, last.range.span.start == span.start { return }
    diagnostics.append(
      Diagnostic(code, message, at: SourceRange(source, span), labels: labels, hints: hints))
  }

  /// What stands here, in words.
  var found: String {
    switch token.kind {
    case .endOfFile: "the end of the file"
    case .semicolon: "';'"
    default:
      bracketDepth == 0 && isOnNewLine()
        ? "the end of the line" : "'\(escapingControlCharacters(text(token)))'"
    }
  }

  /// Reports that something is expected here: under the token, or behind the last one at a line's end.
  mutating func reportExpected(_ what: String, hints: [Diagnostic.Hint] = []) {
    let atLineEnd = token.kind == .endOfFile || (bracketDepth == 0 && isOnNewLine())
    let span = atLineEnd ? Span(previousEnd, previousEnd) : token.span
    report("expected", "expected \(what), found \(found)", span, hints: hints)
  }

  /// Passes over the rest of a broken statement; brackets and blocks in it are skipped whole.
  mutating func skipStatement() {
    var open = 0
    while !isAtEnd {
      if open == 0, token.kind == .semicolon || at("}") || isOnNewLine() { return }
      // A block that never ends shall not hide the statements behind it.
      if open > 0, isOnNewLine(), isStatementStart, column(token.span.start) <= 1 { return }
      if at("{") || at("(") || at("[") { open += 1 }
      if at("}") || at(")") || at("]") { open = max(0, open - 1) }
      advance()
      if open == 0, isOnNewLine() || isAtEnd { return }
    }
  }

  /// Whether a word here begins a statement and is not a name in an expression.
  var isStatementStart: Bool {
    guard token.kind == .identifier, Keyword.statements.contains(text(token)) else { return false }
    let next = self.token(after: 1)
    if isOnNewLine(after: 1) { return false }
    return
      !(isPunctuation(next, ":") || isPunctuation(next, ",") || isPunctuation(next, ".")
      || isPunctuation(next, ")") || isPunctuation(next, "]") || isPunctuation(next, "="))
  }

  /// Zero-based distance from the line's start in bytes.
  func column(_ offset: Int) -> Int {
    offset - source.lineStarts[source.location(of: offset).line - 1]
  }

  /// Zero-based column of the first token on a place's line.
  func indentation(_ offset: Int) -> Int {
    let start = source.lineStarts[source.location(of: offset).line - 1]
    var position = start
    while position < source.utf8.count, source.utf8[position] == 0x20 || source.utf8[position] == 0x09 {
      position += 1
    }
    return position - start
  }
}
