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
  /// All tokens of the file.
  let tokens: [Token]
  /// Those that are read here and are not trivia, a string with the code in it as one, closed by an `endOfFile`.
  private let significant: [Token]
  /// For each of them its indices among all tokens.
  private let ranges: [Range<Int>]
  /// For each of them, whether a line break stands before it.
  private let onNewLine: [Bool]
  /// For each of them its text, packed, if it is punctuation or an identifier of at most eight bytes.
  private let words: [UInt64]
  /// What the lexer found in what is read here, and in the code inside its strings, by place.
  private let lexical, lexicalInStrings: [Diagnostic]
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

  /// Reads a file.
  init(_ source: SourceText) {
    let (tokens, lexical) = Lexer.tokenize(source)
    self.init(source: source, tokens: tokens, range: 0..<tokens.count - 1, lexical: lexical)
  }

  /// Reads a file, or the code between two pieces of a string.
  ///
  /// - Parameters:
  ///   - source: the file.
  ///   - tokens: all its tokens.
  ///   - range: those to read; the one behind them ends the text.
  ///   - lexical: what the lexer found.
  init(source: SourceText, tokens: [Token], range: Range<Int>, lexical: [Diagnostic]) {
    self.source = source
    self.tokens = tokens
    var significant: [Token] = []
    var ranges: [Range<Int>] = []
    var onNewLine: [Bool] = []
    var words: [UInt64] = []
    significant.reserveCapacity(range.count / 2)
    ranges.reserveCapacity(range.count / 2)
    onNewLine.reserveCapacity(range.count / 2)
    words.reserveCapacity(range.count / 2)
    var sawNewline = true
    func add(_ token: Token, _ range: Range<Int>) {
      significant.append(token)
      ranges.append(range)
      onNewLine.append(sawNewline)
      sawNewline = false
      let isWord = token.kind == .punctuation || token.kind == .identifier
      words.append(isWord ? Word.pack(source.utf8[token.span.start..<token.span.end]) : 0)
    }
    var index = range.lowerBound
    while index < range.upperBound {
      let token = tokens[index]
      var next = index + 1
      switch token.kind {
      case .newline: sawNewline = true
      case .unknown, .space, .lineComment: break
      case .blockComment:
        if source.utf8[token.span.start..<token.span.end].contains(where: { $0 == 0x0A || $0 == 0x0D }) {
          sawNewline = true
        }
      case .stringHead:
        next = tokens.endOfString(from: index)
        add(Token(.string, token.span.union(tokens[next - 1].span)), index..<next)
      default: add(token, index..<next)
      }
      index = next
    }
    let end = tokens[range.upperBound].span.start
    add(Token(.endOfFile, Span(end, end)), range.upperBound..<range.upperBound)
    self.significant = significant
    self.ranges = ranges
    self.onNewLine = onNewLine
    self.words = words
    func isInString(_ diagnostic: Diagnostic) -> Bool {
      let place = diagnostic.range.span.start
      let token = significant[significant.index(at: place)]
      return token.kind == .string && token.span.start < place && place < token.span.end
    }
    self.lexical = lexical.filter { !isInString($0) }
    lexicalInStrings = lexical.filter(isInString).sorted { $0.range.span.start < $1.range.span.start }
    brackets = DelimiterRecovery(
      source: source, tokens: significant, words: words, onNewLine: onNewLine, lexical: self.lexical)
  }

  /// What is wrong with what has been read, the lexer's findings first.
  var findings: [Diagnostic] { lexical + diagnostics }

  /// What the lexer found in a string's code.
  func lexical(in code: Span) -> [Diagnostic] {
    let start = lexicalInStrings.partitioningIndex { $0.range.span.start >= code.start }
    return Array(lexicalInStrings[start...].prefix { $0.range.span.start < code.end })
  }

  // MARK: Tokens

  var token: Token { significant[cursor] }

  func token(after offset: Int) -> Token { significant[min(cursor + offset, significant.count - 1)] }

  func isOnNewLine(after offset: Int = 0) -> Bool {
    onNewLine[min(cursor + offset, significant.count - 1)]
  }

  /// Whether a line break ends the statement before the current token.
  var isLineEnd: Bool { bracketDepth == 0 && onNewLine[cursor] }

  var previousEnd: Int {
    cursor > 0 ? significant[cursor - 1].span.end : token.span.start
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

  /// The indices of the current string's tokens, its pieces and the code between them.
  var tokenRange: Range<Int> { ranges[cursor] }

  /// The index behind the tokens that have been read.
  var tokensEnd: Int { cursor > 0 ? ranges[cursor - 1].upperBound : ranges[cursor].lowerBound }

  /// The tokens from the one at an earlier cursor to before the current one.
  func tokens(from start: Int) -> Range<Int> {
    cursor > start ? ranges[start].lowerBound..<tokensEnd : tokensEnd..<tokensEnd
  }

  /// An expression from the token at an earlier cursor to before the current one.
  func node(_ kind: Expression.Kind, from start: Int) -> Expression {
    Expression(
      kind: kind, span: Span(significant[start].span.start, previousEnd), tokens: tokens(from: start))
  }

  /// An expression that begins with another one and reaches to before the current token.
  func node(_ kind: Expression.Kind, behind first: Expression) -> Expression {
    Expression(
      kind: kind, span: Span(first.span.start, previousEnd), tokens: first.tokens.lowerBound..<tokensEnd)
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
