/// A short word of the language, packed so that tokens are compared as numbers.
struct Word: Hashable, ExpressibleByStringLiteral {
  /// The UTF-8 bytes, the first lowest; 0 for a text of more than eight.
  let packed: UInt64

  init(stringLiteral value: StaticString) {
    var result: UInt64 = 0
    let count = value.utf8CodeUnitCount
    for index in 0..<min(count, 8) {
      result |= UInt64(value.utf8Start[index]) << UInt64(8 * index)
    }
    packed = count <= 8 ? result : 0
  }

  init(_ text: String) { packed = Self.pack(text.utf8) }

  static func pack(_ bytes: some Collection<UInt8>) -> UInt64 {
    guard bytes.count <= 8 else { return 0 }
    var result: UInt64 = 0
    var shift: UInt64 = 0
    for byte in bytes {
      result |= UInt64(byte) << shift
      shift += 8
    }
    return result
  }
}

/// Recursive descent with bounded depth. Statements are in `Parser+Statements`, expressions in
/// `Parser+Expressions`, the search for missing brackets in `DelimiterRecovery`.
struct Parser {
  /// How deep brackets, blocks and operators may nest: more than a person writes, and
  /// little enough for the stack of any thread.
  static let depthLimit = 200
  /// How many operators of a flat chain (`a + b + c`) count as one level.
  static let linksPerLevel = 10

  let source: SourceText
  let tokens: [Token]
  /// Indices of the tokens that are not trivia.
  private let significant: [Int32]
  /// For each of them, whether a line break stands before it.
  private let onNewLine: [Bool]
  /// For each of them its text, packed, if it is punctuation or an identifier of at most eight bytes.
  private let words: [UInt64]
  private(set) var cursor = 0
  /// Open `(` and `[`, inside which line breaks are spaces.
  var bracketDepth = 0
  var depth = 0
  /// Where brackets are missing, known before parsing.
  var brackets: DelimiterRecovery
  /// Whether the statement has an error after which more messages about it would be noise.
  var isBroken = false
  /// Whether the statement before had an error: a line behind it that begins no statement is its rest.
  var wasBroken = false
  var diagnostics: [Diagnostic] = []
  private var openNodes: [(kind: SyntaxTree.NodeKind, start: Int, children: [SyntaxTree.Node])] = []
  private(set) var finishedNodes: [SyntaxTree.Node] = []

  init(source: SourceText, tokens: [Token], lexical: [Diagnostic]) {
    self.source = source
    self.tokens = tokens
    var significant: [Int32] = []
    var onNewLine: [Bool] = []
    var words: [UInt64] = []
    significant.reserveCapacity(tokens.count)
    onNewLine.reserveCapacity(tokens.count)
    words.reserveCapacity(tokens.count)
    var sawNewline = true
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .newline: sawNewline = true
      case .unknown, .space, .lineComment: break
      case .blockComment:
        if source.utf8[token.span.start..<token.span.end].contains(where: { $0 == 0x0A || $0 == 0x0D }) {
          sawNewline = true
        }
      default:
        significant.append(Int32(index))
        onNewLine.append(sawNewline)
        sawNewline = false
        let isWord = token.kind == .punctuation || token.kind == .identifier
        words.append(isWord ? Word.pack(source.utf8[token.span.start..<token.span.end]) : 0)
      }
    }
    self.significant = significant
    self.onNewLine = onNewLine
    self.words = words
    brackets = DelimiterRecovery(
      source: source, tokens: significant.map { tokens[Int($0)] }, words: words, onNewLine: onNewLine,
      lexical: lexical)
  }

  // MARK: Tokens

  var token: Token { tokens[Int(significant[cursor])] }

  func token(after offset: Int) -> Token {
    tokens[Int(significant[min(cursor + offset, significant.count - 1)])]
  }

  func isOnNewLine(after offset: Int = 0) -> Bool {
    onNewLine[min(cursor + offset, significant.count - 1)]
  }

  /// Whether a line break ends the statement before the current token.
  var isLineEnd: Bool { bracketDepth == 0 && onNewLine[cursor] }

  var previousEnd: Int {
    cursor > 0 ? tokens[Int(significant[cursor - 1])].span.end : token.span.start
  }

  func text(_ token: Token) -> String { source.text(token.span) }

  var isAtEnd: Bool { cursor == significant.count - 1 }

  mutating func advance() {
    if cursor < significant.count - 1 { cursor += 1 }
  }

  /// Whether the current token is this symbol or word.
  func at(_ word: Word) -> Bool { words[cursor] == word.packed }

  func isNext(_ word: Word, after offset: Int = 1) -> Bool {
    words[min(cursor + offset, significant.count - 1)] == word.packed
  }

  /// Whether a statement ends here: at a line break outside brackets, `;`, `}` or the end.
  var isAtStatementEnd: Bool {
    if token.kind == .endOfFile || token.kind == .semicolon || at("}") { return true }
    return isLineEnd || (brackets.missingBraces > 0 && at("else"))
  }

  /// Takes a symbol or word where it stands on the same line (or line breaks do not count).
  mutating func take(_ word: Word) -> Bool {
    guard at(word), !isLineEnd else { return false }
    advance()
    return true
  }

  // MARK: Nodes

  mutating func begin(_ kind: SyntaxTree.NodeKind) {
    openNodes.append((kind, Int(significant[cursor]), []))
  }

  mutating func finish() {
    guard let open = openNodes.popLast() else { return }
    let last = cursor > 0 ? Int(significant[cursor - 1]) + 1 : open.start
    let node = SyntaxTree.Node(
      kind: open.kind, tokens: open.start..<max(open.start, last), children: open.children)
    if openNodes.isEmpty {
      finishedNodes.append(node)
    } else {
      openNodes[openNodes.count - 1].children.append(node)
    }
  }

  // MARK: Messages

  /// Whether the current place lies where a strange character or an unclosed text has been reported.
  var isInRecovery: Bool { brackets.isInRecovery(at: cursor) }

  mutating func report(
    _ id: DiagnosticID, _ message: String, _ span: Span, labels: [Diagnostic.Label] = [],
    hints: [Diagnostic.Hint] = []
  ) {
    // One statement, one syntax error: what follows from the first is noise.
    if isBroken || isInRecovery || (cursor > 0 && brackets.isInRecovery(at: cursor - 1)) {
      isBroken = true
      return
    }
    if let last = diagnostics.last, last.range.span.start == span.start { return }
    isBroken = true
    diagnostics.append(
      Diagnostic(id, message, at: SourceRange(source, span), labels: labels, hints: hints))
  }

  /// What stands here, in words.
  var found: String {
    switch token.kind {
    case .endOfFile: "the end of the file"
    case .semicolon: "';'"
    default: isLineEnd ? "the end of the line" : "'\(escapingControlCharacters(shortened(text(token))))'"
    }
  }

  private func shortened(_ text: String) -> String {
    text.count > 40 ? String(text.prefix(40)) + "…" : text
  }

  /// Reports that something is expected here: under the token, or behind the last one at a line's end.
  mutating func reportExpected(_ what: String, hints: [Diagnostic.Hint]) {
    let atLineEnd = token.kind == .endOfFile || isLineEnd
    let span = atLineEnd ? Span(previousEnd, previousEnd) : token.span
    report(.expected, "expected \(what), found \(found)", span, hints: hints)
  }

  /// Reports a bracket that is never closed, once, and nothing else about its statement.
  mutating func reportUnclosed(_ open: Span, _ symbol: String) {
    defer { isBroken = true }
    // What an unclosed text or comment swallowed is not missing.
    if isInRecovery || brackets.endsInComment { return }
    let isKnown = diagnostics.contains { $0.id == .unclosedBracket && $0.range.span == open }
    if isKnown { return }
    let place = Span(previousEnd, previousEnd)
    // Of brackets that all are missing at one place, three tell enough.
    let there = diagnostics.suffix(3).filter {
      $0.id == .unclosedBracket && $0.labels.first?.range.span == place
    }
    if there.count == 3 { return }
    diagnostics.append(
      Diagnostic(
        .unclosedBracket, "this '\(source.text(open))' is never closed", at: SourceRange(source, open),
        labels: [.init(SourceRange(source, place), "'\(symbol)' is missing here")],
        hints: [.init("add '\(symbol)'", edits: [Diagnostic.Edit(place, symbol)])]))
  }

  /// Passes over the rest of a broken statement; brackets and blocks in it are skipped whole.
  mutating func skipStatement() {
    var braces = 0
    while !isAtEnd {
      if braces == 0, token.kind == .semicolon || at("}") { return }
      if at("{") { braces += 1 }
      if at("}") { braces -= 1 }
      let region = brackets.region(at: cursor)
      advance()
      // A line break inside brackets that are closed further down does not end the statement.
      if braces == 0, isOnNewLine(), brackets.region(at: cursor) != region { return }
      // A block that never ends shall not hide the statements behind it.
      if braces > 0, isOnNewLine(), isStatementStart, column(token.span.start) == 0,
        brackets.missingBraces > 0
      {
        brackets.missingBraces -= 1
        return
      }
    }
  }

  /// Whether a word here begins a statement and is not a name in an expression.
  var isStatementStart: Bool { brackets.isStatementStart(at: cursor) }

  /// Zero-based distance from the line's start in bytes.
  func column(_ offset: Int) -> Int { offset - source.lineStarts[source.lineIndex(of: offset)] }

  /// Zero-based column of the first token on a place's line.
  func indentation(_ offset: Int) -> Int {
    let start = source.lineStarts[source.lineIndex(of: offset)]
    var position = start
    while position < source.utf8.count, source.utf8[position] == 0x20 || source.utf8[position] == 0x09 {
      position += 1
    }
    return position - start
  }
}
