extension Parser {
  /// An expression to the end of the text.
  mutating func parseWholeExpression() -> Expression {
    bracketDepth = 1
    let expression = parseExpression()
    if !isAtEnd { reportExpected("the end of the value", hints: [.init("one value stands here")]) }
    return expression
  }

  /// `if COND then A else B`, or operators by precedence.
  mutating func parseExpression() -> Expression {
    guard enter() else { return missing() }
    defer { depth -= 1 }
    let start = cursor
    var value = at("if") && !isLineEnd ? parseConditional() : parseBinary(0)
    // Of what stands around a strange character nothing is certain.
    if isInRecovery || brackets.isInRecovery(at: start) { value.kind = .missing }
    return value
  }

  private mutating func parseConditional() -> Expression {
    let start = cursor
    let hint = Diagnostic.Hint("a value is chosen by 'if CONDITION then A else B'")
    advance()
    let condition = parseExpression()
    guard take("then") else {
      reportExpected("'then'", hints: [hint])
      return node(.missing, from: start)
    }
    let then = parseExpression()
    guard take("else") else {
      reportExpected("'else'", hints: [hint])
      return node(.missing, from: start)
    }
    let otherwise = parseExpression()
    return node(.conditional(condition, then, otherwise), from: start)
  }

  /// Counts one level; false where the limit is reached, which is reported once.
  mutating func enter(_ levels: Int = 1) -> Bool {
    guard depth + levels <= Self.depthLimit else {
      report(
        .nestingTooDeep, "this is nested more than \(Self.depthLimit) levels deep", token.span,
        hints: [.init("give parts of it a name with 'let'")])
      // One message for all of it, then on with the next statement.
      skipToLineEnd()
      return false
    }
    depth += levels
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

  /// The operator at the cursor with its precedence: ranges bind least, then `||`, `&&`,
  /// comparisons, sums, products.
  private var binaryOperator: (symbol: Expression.BinaryOperator, level: Int)? {
    guard token.kind == .punctuation, !isLineEnd else { return nil }
    for (word, symbol, level) in Self.operators where at(word) { return (symbol, level) }
    return nil
  }

  private static let operators: [(Word, Expression.BinaryOperator, Int)] = [
    ("+", .add, 4), ("-", .subtract, 4), ("*", .multiply, 5), ("/", .divide, 5), ("%", .remainder, 5),
    ("&", .intersect, 5), ("..<", .rangeHalfOpen, 0), ("...", .rangeClosed, 0), ("||", .or, 1),
    ("&&", .and, 2),
    ("==", .equal, 3), ("!=", .notEqual, 3), ("<", .less, 3), ("<=", .lessOrEqual, 3), (">", .greater, 3),
    (">=", .greaterOrEqual, 3),
  ]

  private mutating func parseBinary(_ least: Int) -> Expression {
    var left = parseUnary()
    var operators = 0
    // A chain is as deep as it is long, but its links are carried out one after the other.
    defer { depth -= (operators + Self.linksPerLevel - 1) / Self.linksPerLevel }
    var last = -1
    var isChained = false
    while let (symbol, level) = binaryOperator, level >= least {
      if level == last, level == 0 || level == 3 {
        isChained = true
        report(
          .chainedOperator, "'\(text(token))' cannot follow another operator of its kind", token.span,
          hints: [.init(level == 3 ? "join two comparisons with '&&'" : "a range has two ends")])
      }
      guard operators % Self.linksPerLevel != 0 || enter() else { break }
      operators += 1
      let symbolSpan = token.span
      advance()
      let right = parseBinary(level + 1)
      left = node(.binary(symbol, symbolSpan, left, right), behind: left)
      last = level
    }
    if isChained { left.kind = .missing }
    return left
  }

  private mutating func parseUnary() -> Expression {
    guard at("-") || at("!"), !isLineEnd else { return parsePostfix(of: parsePrimary()) }
    guard enter() else { return missing() }
    defer { depth -= 1 }
    let start = cursor
    let symbol: Expression.UnaryOperator = at("-") ? .negate : .not
    advance()
    let operand = parseUnary()
    return node(.unary(symbol, operand), from: start)
  }

  /// Members, calls and indices behind a value.
  mutating func parsePostfix(of first: Expression) -> Expression {
    var value = first
    var links = 0
    defer { depth -= links }
    while !isLineEnd {
      if at(".") {
        guard enter() else { break }
        links += 1
        advance()
        guard token.kind == .identifier, !isLineEnd else {
          reportExpected("a name after '.'", hints: [.init("such as .x, .moved(by: (2, 0)) or .grown(3)")])
          return node(.missing, behind: value)
        }
        let name = takeIdentifier()
        value = node(.member(value, name), behind: value)
      } else if at("("), isCallable(value) {
        guard enter() else { break }
        links += 1
        let arguments = parseArguments()
        value = node(.call(callee: value, arguments: arguments), behind: value)
      } else if at("["), !isMissing(value) {
        guard enter() else { break }
        links += 1
        let open = token.span
        let openIndex = cursor
        advance()
        bracketDepth += 1
        let index = parseExpression()
        closeBracket("]", open, openIndex)
        value = node(.index(value, index), behind: value)
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

  private mutating func reportValueExpected() {
    reportExpected(
      "a value", hints: [.init("a number, a point (x, y), a colour, a text in quotes, a shape or a name")])
  }

  private mutating func parsePrimary() -> Expression {
    let span = token.span
    let start = cursor
    guard !isLineEnd, !isAtEnd else {
      reportValueExpected()
      return missing()
    }
    switch token.kind {
    case .number, .angle:
      let isAngle = token.kind == .angle
      advance()
      // What is no number, the lexer has reported.
      guard let value = Double(numberText(span)) else { return node(.missing, from: start) }
      return node(isAngle ? .angle(degrees: value) : .number(value), from: start)
    case .color:
      advance()
      return node(colorKind(span), from: start)
    case .string:
      let pieces = tokenRange
      advance()
      // Of a text with an unknown escape nobody knows what it says.
      return node(stringParts(pieces).map { .string($0) } ?? .missing, from: start)
    case .identifier:
      if at("true") || at("false") {
        let value = at("true")
        advance()
        return node(.bool(value), from: start)
      }
      if bracketDepth > 0, isOnNewLine(), isStatementStart {
        reportValueExpected()
        return missing()
      }
      let name = text(token)
      if Keyword.reserved.contains(name) {
        var hints = [Diagnostic.Hint("choose another name for the value")]
        if name == "if" { hints = [.init("put the choice into parentheses: (if a then b else c)")] }
        report(
          .reservedWord, "'\(name)' is a word of the language and cannot be a name", span, hints: hints)
        advance()
        return node(.missing, from: start)
      }
      advance()
      return node(.name(name), from: start)
    case .punctuation where at("("): return parseParentheses()
    case .punctuation where at("["): return parseList()
    default:
      reportValueExpected()
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
    let openIndex = cursor
    advance()
    bracketDepth += 1
    if at(")") {
      closeBracket(")", open, openIndex)
      report(
        .expected, "expected a value between '(' and ')'", Span(open.start, previousEnd),
        hints: [.init("a point is written (x, y)")])
      return node(.missing, from: openIndex)
    }
    let first = parseExpression()
    guard at(",") else {
      closeBracket(")", open, openIndex)
      return node(.group(first), from: openIndex)
    }
    if isNext(")"), !brackets.isMissing(at: openIndex) {
      report(
        .expected, "a point has two coordinates", token.span, hints: [.init("a point is written (x, y)")])
    }
    advance()
    let second = parseExpression()
    if at(","), !isNext(")"), brackets.takeMissing(at: openIndex) {
      // No point has a third coordinate: its end is what is missing.
      bracketDepth -= 1
      reportUnclosed(open, ")")
      return node(.point(first, second), from: openIndex)
    }
    if at(",") {
      let comma = token.span
      advance()
      if !at(")") {
        report(
          .expected, "a point has two coordinates", comma,
          hints: [.init("several values make a list, in brackets: [1, 2, 3]")])
        while !at(")"), !isAtEnd, !isMissingCloser {
          let before = cursor
          _ = parseExpression()
          if at(",") { advance() } else { break }
          if cursor == before { break }
        }
      }
    }
    closeBracket(")", open, openIndex)
    return node(.point(first, second), from: openIndex)
  }

  private mutating func parseList() -> Expression {
    let start = cursor
    let elements = parseItems(until: "]") { $0.parseExpression() }
    return node(.list(elements), from: start)
  }

  /// `( … )` of a call, the cursor on `(`.
  mutating func parseArguments() -> [Argument] { parseItems(until: ")") { $0.parseArgument() } }

  /// What commas separate between brackets, the cursor on the opening one.
  private mutating func parseItems<Item>(
    until closer: Word, _ item: (inout Parser) -> Item
  ) -> [Item] {
    let open = token.span
    let openIndex = cursor
    advance()
    bracketDepth += 1
    var items: [Item] = []
    while !at(closer), !isAtEnd, !isMissingCloser, !isBehindEnd(openIndex) {
      items.append(item(&self))
      if at(",") { advance() } else { break }
    }
    closeBracket(closer, open, openIndex)
    return items
  }

  private mutating func parseArgument() -> Argument {
    var label: Identifier?
    if token.kind == .identifier, isNext(":") {
      label = takeIdentifier()
      advance()
    } else if token.kind == .identifier, isNext("="), !isOnNewLine(after: 1) {
      label = takeIdentifier()
      let isSpaced = token(after: 1).span.start > token.span.end
      let written = "\(label?.text ?? "r"): \(text(token(after: 1)))"
      report(
        .expected, "a named argument has ':' behind its name, found '='", token.span,
        hints: [
          .init(
            "write '\(written)'",
            edits: [.init(Span(label?.span.end ?? token.span.start, token.span.end), isSpaced ? ":" : ": ")]
          )
        ])
      advance()
    }
    return Argument(label: label, value: parseExpression())
  }

  /// Whether what stands here plainly belongs to no bracket.
  private var isMissingCloser: Bool {
    at("{") || at("}") || token.kind == .semicolon || (isOnNewLine() && isStatementStart)
  }

  /// Whether, in a bracket whose end is missing, an operator follows a comma: the end stood before it.
  private func isBehindEnd(_ openIndex: Int) -> Bool {
    guard brackets.isMissing(at: openIndex), let (symbol, _) = binaryOperator else { return false }
    return symbol != .subtract
  }

  /// Takes the closing bracket. Where it is missing, that is said once, at the opening one.
  mutating func closeBracket(_ symbol: Word, _ open: Span, _ openIndex: Int) {
    defer { bracketDepth -= 1 }
    let text = symbol == "]" ? "]" : ")"
    if at(symbol) {
      advance()
      return
    }
    if brackets.takeMissing(at: openIndex) {
      reportUnclosed(open, text)
      return
    }
    reportExpected(
      "',' or '\(text)'",
      hints: [.init("values in brackets are separated by ',', operators stand between values")])
    // On with what stands behind the bracket's end.
    let region = brackets.region(at: openIndex)
    var nested = 0
    while !isAtEnd, brackets.region(at: cursor) == region {
      if nested == 0, at(symbol) {
        advance()
        return
      }
      if at("(") || at("[") { nested += 1 }
      if at(")") || at("]") {
        if nested == 0 { return }
        nested -= 1
      }
      advance()
    }
  }

  mutating func missing() -> Expression {
    Expression(kind: .missing, span: Span(previousEnd, previousEnd), tokens: tokensEnd..<tokensEnd)
  }

  // MARK: Strings

  /// The parts of a string: text with its escapes resolved, and the code between.
  ///
  /// - Parameter pieces: the string's tokens.
  /// - Returns: nil where an escape is unknown.
  private mutating func stringParts(_ pieces: Range<Int>) -> [Expression.StringPart]? {
    var isValid = true
    var parts: [Expression.StringPart] = []
    var index = pieces.lowerBound
    while index < pieces.upperBound {
      let piece = tokens[index]
      let text = resolved(textSpan(of: piece), &isValid)
      if !text.isEmpty { parts.append(.text(text)) }
      index += 1
      guard piece.kind == .stringHead || piece.kind == .stringMiddle else { break }
      let start = index
      while ![.stringMiddle, .stringTail].contains(tokens[index].kind) {
        index = tokens.endOfString(from: index)
      }
      parts.append(.interpolation(interpolation(start..<index)))
    }
    return isValid ? parts : nil
  }

  /// What is text in a piece of a string: without its quotes and the signs of the code beside it.
  private func textSpan(of piece: Token) -> Span {
    let hasCode = piece.kind == .stringHead || piece.kind == .stringMiddle
    let isClosed =
      piece.span.end > piece.span.start + 1 && source.utf8[piece.span.end - 1] == UInt8(ascii: "\"")
    return Span(min(piece.span.start + 1, piece.span.end), piece.span.end - (hasCode ? 2 : isClosed ? 1 : 0))
  }

  /// A piece of text with its escapes resolved; those that there are not are reported.
  private mutating func resolved(_ span: Span, _ isValid: inout Bool) -> String {
    let bytes = source.utf8
    var text: [UInt8] = []
    var position = span.start
    while position < span.end {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < span.end else {
        text.append(bytes[position])
        position += 1
        continue
      }
      let escape = bytes[position + 1]
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append(escape)
      default:
        isValid = false
        var length = 2
        while position + length < span.end, bytes[position + length] & 0xC0 == 0x80 { length += 1 }
        report(
          .invalidEscape, "'\(source.text(Span(position, position + length)))' is not a valid escape",
          Span(position, position + length),
          hints: [.init("escapes are \\n, \\t, \\\\, \\\" and \\(value)")])
        position += length
        continue
      }
      position += 2
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func interpolation(_ range: Range<Int>) -> Expression {
    let span = Span(tokens[range.lowerBound].span.start, tokens[range.upperBound].span.start)
    // A string in a string in a string: few are enough.
    guard enter(20) else { return Expression(kind: .missing, span: span, tokens: range) }
    defer { depth -= 20 }
    var inner = Parser(source: source, tokens: tokens, range: range, lexical: lexical(in: span))
    inner.depth = depth
    let value = inner.parseWholeExpression()
    if !isInRecovery, !(cursor > 0 && brackets.isInRecovery(at: cursor - 1)) {
      diagnostics += inner.findings
    }
    return value
  }
}
