/// What a bracket's opening becomes when it is never closed.
private let closing = ["(": ")", "[": "]", "{": "}"]

extension Parser {
  /// An expression to the end of the text.
  mutating func parseWholeExpression() -> Expression {
    bracketDepth = 1
    begin(.expression)
    let expression = parseExpression()
    finish()
    if !isAtEnd { reportExpected("the end of the value") }
    return expression
  }

  /// `if COND then A else B`, or operators by precedence.
  mutating func parseExpression() -> Expression {
    guard enter() else { return missing() }
    defer { depth -= 1 }
    guard atWord("if"), bracketDepth > 0 || !isOnNewLine() else { return parseBinary(0) }
    let start = token.span.start
    advance()
    let condition = parseExpression()
    guard takeWord("then") else {
      reportExpected("'then'", hints: [.init("a value is chosen by 'if CONDITION then A else B'")])
      return Expression(.missing, Span(start, previousEnd))
    }
    let then = parseExpression()
    guard takeWord("else") else {
      reportExpected("'else'", hints: [.init("a value is chosen by 'if CONDITION then A else B'")])
      return Expression(.missing, Span(start, previousEnd))
    }
    let otherwise = parseExpression()
    return Expression(.conditional(condition, then, otherwise), Span(start, previousEnd))
  }

  /// Counts one level; false where the limit is reached, which is reported once.
  mutating func enter() -> Bool {
    guard depth < Self.depthLimit else {
      report(
        "nesting-too-deep", "this is nested more than \(Self.depthLimit) levels deep", token.span,
        hints: [.init("give parts of it a name with 'let'")])
      // One message for all of it, then on with the next statement.
      skipToLineEnd()
      return false
    }
    depth += 1
    return true
  }

  private mutating func skipToLineEnd() {
    var braces = 0
    while !isAtEnd {
      if at("{") { braces += 1 }
      if at("}") {
        if braces == 0 { return }
        braces -= 1
      }
      advance()
      if braces == 0, isOnNewLine() { return }
    }
  }

  private static let levels: [[Expression.BinaryOperator]] = [
    [.rangeHalfOpen, .rangeClosed], [.or], [.and],
    [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual],
    [.add, .subtract], [.multiply, .divide, .remainder, .intersect],
  ]

  private func binaryOperator(_ level: Int) -> Expression.BinaryOperator? {
    guard token.kind == .punctuation, bracketDepth > 0 || !isOnNewLine() else { return nil }
    return Self.levels[level].first { at($0.rawValue) }
  }

  private mutating func parseBinary(_ level: Int) -> Expression {
    guard level < Self.levels.count else { return parseUnary() }
    var left = parseBinary(level + 1)
    var operators = 0
    while let symbol = binaryOperator(level) {
      guard enter() else { break }
      operators += 1
      let symbolSpan = token.span
      advance()
      let right = parseBinary(level + 1)
      left = Expression(
        .binary(symbol, symbolSpan, left, right), left.span.union(right.span))
      if level == 0 || level == 3, binaryOperator(level) != nil {
        report(
          "chained-operator", "'\(text(token))' cannot follow another operator of its kind", token.span,
          hints: [.init(level == 3 ? "join two comparisons with '&&'" : "a range has two ends")])
      }
    }
    // A chain is as deep as it is long.
    depth -= operators
    return left
  }

  private mutating func parseUnary() -> Expression {
    guard at("-") || at("!"), bracketDepth > 0 || !isOnNewLine() else { return parsePostfix() }
    guard enter() else { return missing() }
    defer { depth -= 1 }
    let start = token.span.start
    let symbol: Expression.UnaryOperator = at("-") ? .negate : .not
    advance()
    let operand = parseUnary()
    return Expression(.unary(symbol, operand), Span(start, operand.span.end))
  }

  private mutating func parsePostfix() -> Expression {
    var value = parsePrimary()
    var links = 0
    defer { depth -= links }
    while bracketDepth > 0 || !isOnNewLine() {
      if at(".") {
        guard enter() else { break }
        links += 1
        advance()
        guard token.kind == .identifier, bracketDepth > 0 || !isOnNewLine() else {
          reportExpected("a name after '.'")
          return Expression(.missing, Span(value.span.start, previousEnd))
        }
        let name = Identifier(text(token), token.span)
        advance()
        value = Expression(.member(value, name), value.span.union(name.span))
      } else if at("("), isCallable(value) {
        guard enter() else { break }
        links += 1
        let arguments = parseArguments()
        value = Expression(
          .call(callee: value, arguments: arguments), Span(value.span.start, previousEnd))
      } else if at("["), !isMissing(value) {
        guard enter() else { break }
        links += 1
        let open = token.span
        advance()
        bracketDepth += 1
        let index = parseExpression()
        closeBracket("]", open)
        value = Expression(.index(value, index), Span(value.span.start, previousEnd))
      } else {
        break
      }
    }
    return value
  }

  private func isMissing(_ value: Expression) -> Bool {
    if case .missing = value.kind { true } else { false }
  }

  private func isCallable(_ value: Expression) -> Bool {
    switch value.kind {
    case .name, .member: true
    default: false
    }
  }

  private mutating func parsePrimary() -> Expression {
    let span = token.span
    guard bracketDepth > 0 || !isOnNewLine(), !isAtEnd else {
      reportExpected("a value")
      return missing()
    }
    switch token.kind {
    case .number:
      let value = Double(numberText(span)) ?? 0
      advance()
      return Expression(.number(value), span)
    case .angle:
      let value = Double(numberText(span)) ?? 0
      advance()
      return Expression(.angle(degrees: value), span)
    case .color:
      advance()
      return Expression(colorKind(span), span)
    case .string:
      advance()
      return Expression(.string(stringParts(span)), span)
    case .identifier:
      let name = text(token)
      if name == "true" || name == "false" {
        advance()
        return Expression(.bool(name == "true"), span)
      }
      if bracketDepth > 0, isOnNewLine(), isStatementStart {
        reportExpected("a value")
        return missing()
      }
      if Keyword.reserved.contains(name), name != "color" {
        report(
          "reserved-word", "'\(name)' is a word of the language and cannot be a name here", span)
        advance()
        return Expression(.missing, span)
      }
      advance()
      return Expression(.name(name), span)
    case .punctuation where at("("): return parseParentheses()
    case .punctuation where at("["): return parseList()
    default:
      reportExpected("a value")
      return missing()
    }
  }

  /// The digits of a number, without `deg`.
  private func numberText(_ span: Span) -> String {
    let text = source.text(span)
    return text.hasSuffix("deg") ? String(text.dropLast(3)) : text
  }

  private func colorKind(_ span: Span) -> Expression.Kind {
    let digits = Array(source.utf8[(span.start + 1)..<span.end])
    guard digits.count == 3 || digits.count == 6, digits.allSatisfy(isHexDigit) else {
      return .missing
    }
    let values = digits.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
    return values.count == 3
      ? .color(values[0] * 17, values[1] * 17, values[2] * 17)
      : .color(
        values[0] * 16 + values[1], values[2] * 16 + values[3], values[4] * 16 + values[5])
  }

  /// `(…)`: one expression in parentheses, or a point.
  private mutating func parseParentheses() -> Expression {
    let open = token.span
    advance()
    bracketDepth += 1
    if at(")") {
      closeBracket(")", open)
      report(
        "expected", "expected a value between '(' and ')'", Span(open.start, previousEnd),
        hints: [.init("a point is written (x, y)")])
      return Expression(.missing, Span(open.start, previousEnd))
    }
    let first = parseExpression()
    guard at(",") else {
      closeBracket(")", open)
      return Expression(.group(first), Span(open.start, previousEnd))
    }
    advance()
    let second = parseExpression()
    if at(",") {
      let comma = token.span
      advance()
      if !at(")") {
        report(
          "expected", "a point has two coordinates", comma,
          hints: [.init("several values make a list, in brackets: [1, 2, 3]")])
        while !at(")"), !isAtEnd, !isMissingCloser {
          _ = parseExpression()
          if at(",") { advance() } else { break }
        }
      }
    }
    closeBracket(")", open)
    return Expression(.point(first, second), Span(open.start, previousEnd))
  }

  private mutating func parseList() -> Expression {
    let open = token.span
    advance()
    bracketDepth += 1
    var elements: [Expression] = []
    while !at("]"), !isAtEnd, !isMissingCloser {
      elements.append(parseExpression())
      if at(",") { advance() } else { break }
    }
    closeBracket("]", open)
    return Expression(.list(elements), Span(open.start, previousEnd))
  }

  /// `( … )` of a call, the cursor on `(`.
  mutating func parseArguments() -> [Argument] {
    let open = token.span
    advance()
    bracketDepth += 1
    var arguments: [Argument] = []
    while !at(")"), !isAtEnd, !isMissingCloser {
      var label: Identifier?
      if token.kind == .identifier, isPunctuation(self.token(after: 1), ":") {
        label = Identifier(text(token), token.span)
        advance()
        advance()
      }
      arguments.append(Argument(label: label, value: parseExpression()))
      if at(",") { advance() } else { break }
    }
    closeBracket(")", open)
    return arguments
  }

  /// Whether the next line plainly begins a statement, so that a bracket must have been left open.
  private var isMissingCloser: Bool {
    at("{") || at("}") || token.kind == .semicolon || (isOnNewLine() && isStatementStart)
  }

  /// Takes the closing bracket. Where it is missing, that is said once, at the opening one.
  mutating func closeBracket(_ symbol: String, _ open: Span) {
    defer { bracketDepth -= 1 }
    if at(symbol) {
      advance()
      return
    }
    let otherCloser = at(")") || at("]")
    if isOnNewLine() || isAtEnd || isMissingCloser || otherCloser || isWordBehindValue {
      reportUnclosed(open, symbol)
      return
    }
    reportExpected("',' or '\(symbol)'")
    // On with what stands behind the bracket's end, if that is on this line.
    var nested = 0
    while !isAtEnd, !isOnNewLine(), !at("{"), !at("}"), token.kind != .semicolon {
      if nested == 0, at(symbol) {
        advance()
        return
      }
      if at("(") || at("[") { nested += 1 }
      if at(")") || at("]") { nested = max(0, nested - 1) }
      advance()
    }
  }

  /// A modifier (`brush`, `with`, `as`) behind a value: the bracket before it was left open.
  private var isWordBehindValue: Bool {
    token.kind == .identifier && ["with", "brush", "as", "at", "size", "mouth"].contains(text(token))
  }

  mutating func reportUnclosed(_ open: Span, _ symbol: String) {
    // Follow-up of another unclosed bracket at the same place is noise.
    guard !diagnostics.contains(where: { $0.code == "unclosed-bracket" && $0.range.span == open }) else {
      return
    }
    diagnostics.append(
      Diagnostic(
        "unclosed-bracket", "this '\(source.text(open))' is never closed", at: SourceRange(source, open),
        hints: [
          .init("add '\(symbol)'", edits: [Diagnostic.Edit(Span(previousEnd, previousEnd), symbol)])
        ]))
  }

  mutating func missing() -> Expression {
    Expression(.missing, Span(previousEnd, previousEnd))
  }

  // MARK: Strings

  /// The parts of a string token: text with its escapes resolved, and interpolations.
  private mutating func stringParts(_ span: Span) -> [Expression.StringPart] {
    let bytes = source.utf8
    var parts: [Expression.StringPart] = []
    var text: [UInt8] = []
    var position = span.start + 1
    let end = span.end > span.start + 1 && bytes[span.end - 1] == UInt8(ascii: "\"") ? span.end - 1 : span.end
    func flush(_ text: inout [UInt8], _ parts: inout [Expression.StringPart]) {
      if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
    }
    while position < end {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < end else {
        text.append(bytes[position])
        position += 1
        continue
      }
      let escape = bytes[position + 1]
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append(escape)
      case UInt8(ascii: "("):
        flush(&text, &parts)
        let close = interpolationEnd(position + 2, end)
        parts.append(.interpolation(interpolation(Span(position + 2, close))))
        position = min(close + 1, end)
        continue
      default:
        var length = 2
        while position + length < end, bytes[position + length] & 0xC0 == 0x80 { length += 1 }
        report(
          "invalid-escape", "'\(source.text(Span(position, position + length)))' is no escape",
          Span(position, position + length),
          hints: [.init("escapes are \\n, \\t, \\\\, \\\" and \\(value)")])
        position += length
        continue
      }
      position += 2
    }
    flush(&text, &parts)
    return parts
  }

  /// The place of the `)` that closes an interpolation, strings inside passed over.
  private func interpolationEnd(_ start: Int, _ end: Int) -> Int {
    let (tokens, _) = Lexer.tokenize(source, Span(start, end))
    var open = 1
    for token in tokens {
      if isPunctuation(token, "(") { open += 1 }
      if isPunctuation(token, ")") {
        open -= 1
        if open == 0 { return token.span.start }
      }
    }
    return end
  }

  private mutating func interpolation(_ span: Span) -> Expression {
    guard enter() else { return Expression(.missing, span) }
    defer { depth -= 1 }
    let (tokens, lexical) = Lexer.tokenize(source, span)
    var inner = Parser(source: source, tokens: tokens)
    inner.depth = depth
    let value = inner.parseWholeExpression()
    diagnostics += lexical + inner.diagnostics
    return value
  }
}
