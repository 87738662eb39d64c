extension Parser {
  mutating func parseScript() -> [Statement] {
    var statements: [Statement] = []
    while !isAtEnd {
      if token.kind == .semicolon {
        advance()
      } else if at("}") {
        isBroken = false
        report(
          .unexpectedBracket, "unmatched '}'", token.span,
          hints: [.init("remove it", edits: [Diagnostic.Edit(token.span, "")])])
        isBroken = false
        advance()
      } else {
        statements.append(parseStatement())
      }
    }
    return statements
  }

  /// `{ … }` of statements.
  mutating func parseBlock() -> Block {
    var statements: [Statement] = []
    let (span, tokens) = parseBraces("write '{' at the end of the line and '}' below") { parser in
      statements.append(parser.parseStatement())
    }
    return Block(statements: statements, span: span, tokens: tokens)
  }

  /// `{ … }` with `parseElement` for each of its lines; what is missing is reported.
  ///
  /// - Returns: the span and the tokens with the braces.
  private mutating func parseBraces(
    _ hint: String, _ parseElement: (inout Parser) -> Void
  ) -> (Span, Range<Int>) {
    let outerBrackets = bracketDepth
    bracketDepth = 0
    defer { bracketDepth = outerBrackets }
    var isOpen = false
    if at("{") {
      if isOnNewLine() {
        report(
          .expected, "'{' stands at the end of the line before", token.span,
          hints: [.init("put '{' behind what it belongs to")])
      }
      isOpen = true
    } else {
      reportExpected("'{'", hints: [.init(hint)])
      // Only the opening brace was forgotten: the block is read all the same.
      guard brackets.surplusBraces > 0 else {
        return (Span(previousEnd, previousEnd), tokensEnd..<tokensEnd)
      }
      brackets.surplusBraces -= 1
    }
    let open = isOpen ? token.span : Span(previousEnd, previousEnd)
    let indent = indentation(open.start)
    let start = cursor
    if isOpen { advance() }
    guard enter() else { return (Span(open.start, previousEnd), tokens(from: start)) }
    defer { depth -= 1 }
    // Lines tell where a block ends only if they are indented.
    let isLaidOut = !isOnNewLine() || column(token.span.start) > indent
    func ends(_ parser: inout Parser) -> Bool {
      if parser.isAtEnd { return true }
      let isFirst = parser.isOnNewLine()
      let column = isFirst && parser.brackets.missingBraces > 0 ? parser.column(parser.token.span.start) : 0
      if parser.at("}") {
        return !(parser.brackets.missingBraces > 0 && isLaidOut && isFirst && column < indent)
      }
      guard parser.brackets.missingBraces > 0 else { return false }
      return parser.at("else") || isLaidOut && isFirst && column <= indent
    }
    while !at("}"), !ends(&self) {
      if token.kind == .semicolon { advance() } else { parseElement(&self) }
    }
    let unclosed =
      !at("}")
      || brackets.missingBraces > 0 && isLaidOut && isOnNewLine() && column(token.span.start) < indent
    if unclosed {
      brackets.missingBraces = max(0, brackets.missingBraces - 1)
      if isOpen { reportUnclosed(open, "}") }
    } else {
      advance()
    }
    return (Span(open.start, previousEnd), tokens(from: start))
  }

  mutating func parseStatement() -> Statement {
    let start = token.span.start
    let startCursor = cursor
    let kind = parsePart { parser in
      let kind = parser.parseKind()
      if !parser.isAtStatementEnd || parser.cursor == startCursor {
        parser.reportExpected(
          "the end of the statement",
          hints: [.init("put each statement on a line of its own, or ';' between two")])
        parser.recover(from: startCursor)
      }
      parser.wasBroken = parser.isBroken
      return kind
    }
    return Statement(kind: kind, span: Span(start, previousEnd), tokens: tokens(from: startCursor))
  }

  /// Reads a statement, or what is like one: its mistakes are no matter of what is around it.
  private mutating func parsePart<Part>(_ parse: (inout Parser) -> Part) -> Part {
    let outer = isBroken
    isBroken = false
    defer { isBroken = outer }
    return parse(&self)
  }

  /// Skips the rest of a statement that began at a token; whatever happens, goes on.
  private mutating func recover(from start: Int) {
    let before = cursor
    skipStatement()
    if cursor == before, !isAtEnd, cursor == start || !(at("}") || isOnNewLine()) { advance() }
  }

  private mutating func parseKind() -> Statement.Kind {
    guard token.kind == .identifier else {
      if wasBroken {
        isBroken = true
        return .missing
      }
      report(
        .expected, "expected a statement, found '\(escapingControlCharacters(text(token)))'", token.span,
        hints: [.init("statements begin with a word, such as 'mask', 'let' or 'edit'")])
      return .missing
    }
    return parseKind(text(token))
  }

  private mutating func parseKind(_ word: String) -> Statement.Kind {
    guard let spec = Language.statement(word), !isCallOfName(spec) else { return parseCallStatement(word) }
    switch spec.id {
    case .param: return parseParam()
    case .let: return parseLet()
    case .def: return parseDef()
    case .for: return parseFor()
    case .if: return parseIf()
    case .edit: return parseEdit()
    case .mask, .sketch, .color, .recolor, .heal, .warp, .erase, .off, .paint: return parseDrawing()
    case .in:
      advance()
      let frame = parseExpression()
      return .inFrame(frame: frame, body: parseBlock())
    default:
      var statement = PlainStatement(id: spec.id)
      advance()
      return parse(spec.form, of: spec, into: &statement) ? .plain(statement) : .missing
    }
  }

  /// Whether a keyword that is younger than the first scripts is a procedure's name here, as it may be in those.
  private func isCallOfName(_ spec: StatementSpec) -> Bool {
    [.recolor, .heal, .warp, .tone, .grain, .octaves, .mirror].contains(spec.id) && isNext("(")
      && !isOnNewLine(after: 1)
      && token(after: 1).span.start == token.span.end
  }

  /// What stands behind a keyword, as its form in the table says.
  ///
  /// - Returns: whether it could be read to the end.
  private mutating func parse(_ form: [Slot], of spec: StatementSpec, into statement: inout PlainStatement)
    -> Bool
  {
    let hint = Diagnostic.Hint("write '\(spec.example)'")
    for slot in form {
      switch slot {
      case .value(let name, _, _), .literal(let name, _, _):
        skipNeedlessEquals(of: spec)
        statement.entries.append(.init(name: name, value: parseExpression()))
      case .word(let word):
        guard take(Word(word)) else {
          reportExpected("'\(word)'", hints: [hint])
          return false
        }
        statement.words.append(word)
      case .sign(let sign): if !take(Word(sign)) { reportExpected("'\(sign)'", hints: [hint]) }
      case .name: statement.name = parseName("a name", "write '\(spec.example)'")
      case .optional(let slots):
        guard slots.first.map(isAt) ?? false else { continue }
        guard parse(slots, of: spec, into: &statement) else { return false }
      case .either(let choices):
        guard let choice = choices.first(where: { $0.first.map(isAt) ?? false }) else {
          let words = slot.firstWords.map { "'\($0)'" }
          reportExpected(words.joined(separator: " or "), hints: [hint])
          return false
        }
        guard parse(choice, of: spec, into: &statement) else { return false }
      case .part: return false
      }
    }
    return true
  }

  /// `seed = 3`, `face eyes = P, P`: says so once, and goes on.
  private mutating func skipNeedlessEquals(of spec: StatementSpec) {
    guard at("="), !isLineEnd else { return }
    report(
      .expected, "'\(spec.keyword)' takes its values without '='", token.span,
      hints: [.init("leave out '='", edits: [.init(Span(token.span.start, token(after: 1).span.start), "")])])
    advance()
  }

  /// Whether the word or sign that a slot begins with stands here.
  private func isAt(_ slot: Slot) -> Bool {
    switch slot {
    case .word(let text), .sign(let text): at(Word(text)) && !isLineEnd
    default: false
    }
  }

  private mutating func parseEdit() -> Statement.Kind {
    advance()
    if at("{") {
      let place = Span(token.span.start, token.span.start)
      report(
        .expected, "expected an edit's name, found '{'", token.span,
        hints: [.init("write edit \"smile\" { … }", edits: [.init(place, "\"edit\" ")])])
    }
    let name = parseExpression()
    return .edit(name: name, body: parseBlock())
  }

  /// A procedure's call; anything else is a statement nobody knows.
  private mutating func parseCallStatement(_ word: String) -> Statement.Kind {
    let span = token.span
    let isCall =
      !isOnNewLine(after: 1) && (isNext("(") && token(after: 1).span.start == span.end || isNext("."))
    if isCall, !Keyword.reserved.contains(word) {
      let start = cursor
      advance()
      let call = parsePostfix(of: node(.name(word), from: start))
      if case .call = call.kind, isAtStatementEnd { return .call(call) }
      if case .missing = call.kind { return .missing }
      // Whatever follows belongs to the value, too.
      if !isAtStatementEnd, token.kind == .punctuation { skipStatement() }
      report(
        .unusedValue, "this value is not used", Span(span.start, previousEnd),
        hints: [.init("name it with 'let', or draw it with 'mask', 'sketch' or 'color'")])
      return .missing
    }
    if isNext("="), !isOnNewLine(after: 1) {
      report(
        .unknownStatement, "unknown statement '\(escapingControlCharacters(word))'", span,
        hints: [
          .init(
            "a value gets its name by 'let \(word) = …'", edits: [.init(Span(span.start, span.start), "let ")]
          )
        ])
      // The name is known from here on, as if 'let' were there.
      let name = takeIdentifier()
      advance()
      return .letValue(name: name, value: parseExpression())
    }
    let near = nearestName(to: word, among: Keyword.statements)
    var hints: [Diagnostic.Hint] = []
    if let near {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(span, near)]))
    } else {
      hints.append(.init("statements are \(Keyword.statements.sorted().joined(separator: ", "))"))
    }
    report(
      .unknownStatement, "unknown statement '\(escapingControlCharacters(word))'", span, hints: hints)
    isBroken = true
    // What stands in its block is checked as if the word were right.
    if let near, Language.statement(near)?.opensBlock == true, lineOpensBlock { return parseKind(near) }
    // The name is taken, so that the rest of the line is passed over as one.
    advance()
    return .missing
  }

  /// Whether a `{` stands on the rest of the line.
  private var lineOpensBlock: Bool {
    var offset = 1
    while !isOnNewLine(after: offset), token(after: offset).kind != .endOfFile {
      if isNext("{", after: offset) { return true }
      offset += 1
    }
    return false
  }

  /// The current token as a name; goes on behind it.
  mutating func takeIdentifier() -> Identifier {
    defer { advance() }
    return Identifier(text(token), token.span, tokenRange)
  }

  private func missingIdentifier() -> Identifier {
    Identifier("", Span(previousEnd, previousEnd), tokensEnd..<tokensEnd)
  }

  /// A name that is being introduced.
  mutating func parseName(_ what: String, _ hint: String) -> Identifier {
    guard token.kind == .identifier, !isLineEnd else {
      reportExpected(what, hints: [.init(hint)])
      return missingIdentifier()
    }
    let name = Identifier(text(token), token.span, tokenRange)
    if Keyword.reserved.contains(name.text) {
      report(
        .reservedWord, "'\(name.text)' is a word of the language and cannot be a name", name.span,
        hints: [
          .init("choose another name, such as '\(name.text)_1'", edits: [.init(name.span, name.text + "_1")])
        ])
    }
    advance()
    return name
  }

  private mutating func parseType() -> Identifier {
    guard token.kind == .identifier, !isLineEnd else {
      reportExpected("a type", hints: [.init("types are \(Keyword.types.joined(separator: ", "))")])
      return missingIdentifier()
    }
    return takeIdentifier()
  }

  private mutating func parseParam() -> Statement.Kind {
    advance()
    let name = parseName("the parameter's name", "write 'param size: number = 12'")
    let shown = name.text.isEmpty ? "size" : name.text
    let isTyped = take(":")
    guard isTyped || at("=") else {
      reportExpected("':' and a type, or '='", hints: [.init("write 'param \(shown): number = 12'")])
      return .missing
    }
    var type = isTyped ? parseType() : unwrittenType("", behind: name)
    guard take("=") else {
      reportExpected(
        "'=' and a default", hints: [.init("every parameter has a default, so that the script runs as it is")]
      )
      return .param(name: name, type: type, value: missing(), doc: nil)
    }
    let value = parseExpression()
    if !isTyped { type = inferredType(of: name, value) }
    var doc: Expression?
    if token.kind == .string, !isOnNewLine() { doc = parseExpression() }
    return .param(name: name, type: type, value: value, doc: doc)
  }

  /// The type of a parameter that has none written, from its default.
  private mutating func inferredType(of name: Identifier, _ value: Expression) -> Identifier {
    if let found = value.plainType { return unwrittenType(found.rawValue, behind: name) }
    if case .missing = value.kind { return unwrittenType("", behind: name) }
    report(
      .expected, "'\(name.text)' needs a type: its default does not show it", name.span,
      hints: [.init("write '\(name.text): number'; types are \(Keyword.types.joined(separator: ", "))")])
    return unwrittenType("", behind: name)
  }

  /// A type that is not written.
  private func unwrittenType(_ text: String, behind name: Identifier) -> Identifier {
    let end = name.tokens.upperBound
    return Identifier(text, Span(name.span.end, name.span.end), end..<end)
  }

  private mutating func parseLet() -> Statement.Kind {
    advance()
    let name = parseName("a name", "write 'let size = 12'")
    guard take("=") else {
      reportExpected("'='", hints: [.init("write 'let \(name.text.isEmpty ? "size" : name.text) = VALUE'")])
      return .letValue(name: name, value: missing())
    }
    return .letValue(name: name, value: parseExpression())
  }

  private mutating func parseDef() -> Statement.Kind {
    advance()
    let name = parseName("the definition's name", "write 'def dot(at: point) { … }'")
    guard at("("), !isOnNewLine() else {
      reportExpected(
        "'('", hints: [.init("write 'def \(name.text.isEmpty ? "dot" : name.text)(at: point) { … }'")])
      // A body is passed over, not read as statements of the level outside.
      if lineOpensBlock { skipStatement() }
      return .missing
    }
    let open = token.span
    let openIndex = cursor
    advance()
    bracketDepth += 1
    var parameters: [Definition.Parameter] = []
    while token.kind == .identifier, !(isOnNewLine() && isStatementStart) {
      let name = parseName("a parameter's name", "write 'at: point'")
      guard at(":") || at("=") && !brackets.isMissing(at: openIndex) else {
        if !brackets.isMissing(at: openIndex) {
          reportExpected(
            "':' and a type",
            hints: [.init("write '\(name.text): number'; types are \(Keyword.types.joined(separator: ", "))")]
          )
        }
        break
      }
      let isTyped = take(":")
      var type = isTyped ? parseType() : unwrittenType("", behind: name)
      var defaultValue: Expression?
      if at("="), !(brackets.isMissing(at: openIndex) && !lineClosesDefault) {
        advance()
        defaultValue = parseExpression()
      }
      if !isTyped, let defaultValue { type = inferredType(of: name, defaultValue) }
      parameters.append(.init(name: name, type: type, defaultValue: defaultValue))
      if at(",") { advance() } else { break }
    }
    closeBracket(")", open, openIndex)
    let list = tokens(from: openIndex)
    let body: Definition.Body
    if take("=") {
      body = .value(parseExpression())
    } else if at("{") || brackets.surplusBraces > 0 {
      body = .block(parseBlock())
    } else {
      reportExpected("'{' or '='", hints: [.init("a procedure has a block, a function '= VALUE'")])
      body = .value(missing())
    }
    return .def(Definition(name: name, parameters: parameters, parameterTokens: list, body: body))
  }

  /// Whether a comma or bracket ends a default before the line ends: else, in an unclosed list of
  /// parameters, the `=` is a function's.
  private var lineClosesDefault: Bool {
    var offset = 1
    while !isOnNewLine(after: offset), token(after: offset).kind != .endOfFile {
      if isNext("{", after: offset) || isNext("=", after: offset) { return true }
      offset += 1
    }
    return false
  }

  private mutating func parseFor() -> Statement.Kind {
    advance()
    let name = parseName("the loop's name", "write 'for x in 0..<8 { … }'")
    guard take("in") else {
      reportExpected("'in'", hints: [.init("write 'for x in 0..<8 { … }'")])
      if lineOpensBlock { skipStatement() }
      return .missing
    }
    let sequence = parseExpression()
    return .forEach(name: name, sequence: sequence, body: parseBlock())
  }

  private mutating func parseIf() -> Statement.Kind {
    advance()
    let condition = parseExpression()
    let then = parseBlock()
    // `else` may stand behind the brace or on the next line.
    guard at("else") else { return .ifElse(condition: condition, then: then, otherwise: nil) }
    advance()
    guard at("if"), !isOnNewLine() else {
      return .ifElse(condition: condition, then: then, otherwise: parseBlock())
    }
    guard enter() else { return .ifElse(condition: condition, then: then, otherwise: nil) }
    defer { depth -= 1 }
    let start = cursor
    let place = token.span.start
    let nested = parseIf()
    let span = Span(place, previousEnd)
    let range = tokens(from: start)
    let block = Block(
      statements: [Statement(kind: nested, span: span, tokens: range)], span: span, tokens: range,
      hasBraces: false)
    return .ifElse(condition: condition, then: then, otherwise: block)
  }

  // MARK: Drawing

  private mutating func parseDrawing() -> Statement.Kind {
    let isOff = at("off")
    if isOff { advance() }
    if isOff, isOnNewLine() {
      reportExpected("a stroke", hints: [.init("write 'off' before a stroke: off mask circle((1, 2), 3)")])
      return .missing
    }
    if at("paint") {
      advance()
      return parsePaint(isOff: isOff)
    }
    let isErase = at("erase")
    if isErase { advance() }
    guard let layer = currentLayer, layer.isLayer || !isErase, !((isOff || isErase) && isOnNewLine()) else {
      reportExpected(
        "'mask', 'sketch' or 'color'",
        hints: [.init(isErase ? "write 'erase mask SHAPE'" : "write 'off mask SHAPE'")])
      return .missing
    }
    let layerSpan = token.span
    advance()
    var stroke = Stroke(
      layer: layer, layerSpan: layerSpan, isErase: isErase, isOff: isOff, shape: parseExpression())
    while parseModifier(of: &stroke.modifiers, where: \.isForStrokes) {}
    return .stroke(stroke)
  }

  private var currentLayer: LayerKeyword? {
    token.kind == .identifier ? LayerKeyword(rawValue: text(token)) : nil
  }

  /// A modifier with its value, if one of those that may stand here does.
  private mutating func parseModifier(of modifiers: inout Modifiers, where isAllowed: (ModifierSpec) -> Bool)
    -> Bool
  {
    guard token.kind == .identifier, !isLineEnd,
      let spec = Language.modifiers.first(where: { isAllowed($0) && at(Word($0.keyword)) })
    else { return false }
    let span = token.span
    let start = cursor
    advance()
    let value = parseExpression()
    if let earlier = modifiers[spec.id] {
      report(
        .repeatedModifier, "'\(spec.keyword)' is given twice", span,
        labels: [.init(SourceRange(source, earlier.span), "first given here")],
        hints: [.init("keep one of them")])
    } else {
      modifiers.add(
        Modifier(id: spec.id, value: value, span: Span(span.start, previousEnd), tokens: tokens(from: start)))
    }
    return true
  }

  private mutating func parsePaint(isOff: Bool) -> Statement.Kind {
    let shape = parseExpression()
    var modifiers = Modifiers()
    _ = parseModifier(of: &modifiers) { $0.id == .label }
    var entries: [Paint.Entry] = []
    let (span, tokens) = parseBraces("write 'paint SHAPE { mask grown 4; sketch; color #8b5a2b }'") {
      parser in
      if let entry = parser.parsePart({ $0.parsePaintEntry() }) { entries.append(entry) }
    }
    _ = parseModifier(of: &modifiers) { $0.id == .label }
    let block = Paint.Block(entries: entries, span: span, tokens: tokens)
    return .paint(Paint(shape: shape, block: block, modifiers: modifiers, isOff: isOff))
  }

  private mutating func parsePaintEntry() -> Paint.Entry? {
    let start = token.span.start
    let startCursor = cursor
    let isOff = at("off")
    if isOff { advance() }
    let isErase = at("erase")
    if isErase { advance() }
    var entry: Paint.Entry?
    if let layer = currentLayer, layer.isLayer, !((isOff || isErase) && isOnNewLine()) {
      var read = Paint.Entry(
        layer: layer, layerSpan: token.span, isErase: isErase, isOff: isOff, span: token.span,
        tokens: tokenRange)
      advance()
      while !isAtStatementEnd {
        if parseModifier(of: &read.modifiers, where: \.isForEntries) { continue }
        // A colour needs no word before it here.
        guard layer == .color, read.modifiers[.with] == nil else { break }
        let color = parseExpression()
        read.modifiers.add(Modifier(id: .with, value: color, span: color.span, tokens: color.tokens))
      }
      read.span = Span(start, previousEnd)
      read.tokens = tokens(from: startCursor)
      entry = read
    }
    if entry == nil || !isAtStatementEnd {
      reportExpected(
        entry == nil ? "'mask', 'sketch' or 'color'" : "the end of the entry",
        hints: [.init("an entry is a layer with 'grown N', 'brush N' or a colour: mask grown 4")])
      recover(from: startCursor)
    }
    return entry
  }
}
