extension Parser {
  mutating func parseScript() -> [Statement] {
    var statements: [Statement] = []
    while !isAtEnd {
      if token.kind == .semicolon {
        advance()
      } else if at("}") {
        report(
          "unexpected-bracket", "this '}' closes nothing", token.span,
          hints: [.init("remove it", edits: [Diagnostic.Edit(token.span, "")])])
        advance()
      } else {
        statements.append(parseStatement())
      }
    }
    return statements
  }

  /// `{ … }`; what is missing is reported.
  mutating func parseBlock() -> Block {
    guard at("{"), bracketDepth > 0 || !isOnNewLine() else {
      reportExpected("'{'")
      return Block(statements: [], span: Span(previousEnd, previousEnd))
    }
    let open = token.span
    let indent = indentation(open.start)
    begin(.block)
    defer { finish() }
    let outerBrackets = bracketDepth
    bracketDepth = 0
    defer { bracketDepth = outerBrackets }
    advance()
    var statements: [Statement] = []
    guard enter() else { return Block(statements: [], span: Span(open.start, previousEnd)) }
    defer { depth -= 1 }
    while !at("}"), !isAtEnd {
      // A brace is missing somewhere in the file, and this line stands where the block's own did.
      if missingBraces > 0, isOnNewLine(), column(token.span.start) <= indent, isStatementStart {
        missingBraces -= 1
        reportUnclosed(open, "}")
        return Block(statements: statements, span: Span(open.start, previousEnd))
      }
      if token.kind == .semicolon { advance() } else { statements.append(parseStatement()) }
    }
    if at("}") {
      advance()
    } else {
      missingBraces = max(0, missingBraces - 1)
      reportUnclosed(open, "}")
    }
    return Block(statements: statements, span: Span(open.start, previousEnd))
  }

  mutating func parseStatement() -> Statement {
    begin(.statement)
    defer { finish() }
    let start = token.span.start
    let errors = diagnostics.count
    let kind = parseKind()
    if !isAtStatementEnd || previousEnd <= start {
      if diagnostics.count == errors {
        reportExpected(
          "the end of the statement",
          hints: [.init("put each statement on a line of its own, or ';' between two")])
      }
      let before = token.span.start
      skipStatement()
      // Whatever happens, go on.
      if token.span.start == before, !isAtEnd, !at("}"), !isOnNewLine() || previousEnd <= start { advance() }
    }
    return Statement(kind, Span(start, max(start, previousEnd)))
  }

  private mutating func parseKind() -> Statement.Kind {
    guard token.kind == .identifier else {
      reportExpected("a statement")
      return .missing
    }
    let word = text(token)
    // `seed = 1`, `mask(…)`: a word of the language used as a name is no statement of its own.
    switch word {
    case "fedit":
      advance()
      return .version(parseExpression())
    case "photo":
      advance()
      return .photo(parseExpression())
    case "model":
      advance()
      return .model(parseExpression())
    case "canvas":
      advance()
      return .canvas(parseExpression())
    case "face": return parseFace()
    case "region": return parseRegion()
    case "param": return parseParam()
    case "let": return parseLet()
    case "def": return parseDef()
    case "for": return parseFor()
    case "if": return parseIf()
    case "use": return parseUse()
    case "assert": return parseAssert()
    case "edit":
      advance()
      let name = parseExpression()
      return .edit(name: name, body: parseBlock())
    case "save":
      advance()
      if takeWord("layers") { return .saveLayers(path: parseExpression()) }
      return .save(path: parseExpression())
    case "mask", "sketch", "color", "erase", "off", "paint": return parseDrawing()
    case "in":
      advance()
      let frame = parseFrame()
      return .inFrame(frame: frame, body: parseBlock())
    case "seed":
      advance()
      return .seed(parseExpression())
    case "blend":
      advance()
      if takeWord("none") { return .blend(.none) }
      guard takeWord("feather") else {
        reportExpected("'none' or 'feather'", hints: [.init("write 'blend none' or 'blend feather 4'")])
        return .missing
      }
      return .blend(.feather(parseExpression()))
    default: return parseCallStatement(word)
    }
  }

  private mutating func parseFrame() -> Expression {
    if atWord("face"), isPunctuation(self.token(after: 1), "{") {
      let span = token.span
      advance()
      return Expression(.name("face"), span)
    }
    return parseExpression()
  }

  /// A procedure's call; anything else is a statement nobody knows.
  private mutating func parseCallStatement(_ word: String) -> Statement.Kind {
    let span = token.span
    let next = self.token(after: 1)
    let isCall =
      !isOnNewLine(after: 1)
      && (isPunctuation(next, "(") && next.span.start == span.end || isPunctuation(next, "."))
    guard isCall else {
      var hints: [Diagnostic.Hint] = []
      if isPunctuation(next, "="), !isOnNewLine(after: 1) {
        hints.append(
          .init(
            "a value gets its name by 'let \(word) = …'", edits: [.init(Span(span.start, span.start), "let ")]
          ))
      } else if let known = nearestName(to: word, among: Keyword.statements) {
        hints.append(.init("did you mean '\(known)'?", edits: [.init(span, known)]))
      } else {
        hints.append(.init("statements are \(Keyword.statements.sorted().joined(separator: ", "))"))
      }
      report(
        "unknown-statement", "'\(escapingControlCharacters(word))' begins no statement", span, hints: hints)
      // The name is taken, so that the rest of the line is passed over as one.
      advance()
      return .missing
    }
    let call = parseExpression()
    if case .call = call.kind { return .call(call) }
    if case .missing = call.kind { return .missing }
    report(
      "unused-value", "this value is not used for anything", call.span,
      hints: [.init("name it with 'let', or draw it with 'mask', 'sketch' or 'color'")])
    return .missing
  }

  /// A name that is being introduced.
  mutating func parseName(_ what: String) -> Identifier {
    guard token.kind == .identifier, bracketDepth > 0 || !isOnNewLine() else {
      reportExpected(what)
      return Identifier("", Span(previousEnd, previousEnd))
    }
    let name = Identifier(text(token), token.span)
    if Keyword.reserved.contains(name.text) {
      report(
        "reserved-word", "'\(name.text)' is a word of the language and cannot be a name", name.span,
        hints: [
          .init("choose another name, such as '\(name.text)_1'", edits: [.init(name.span, name.text + "_1")])
        ])
    }
    advance()
    return name
  }

  private mutating func expect(_ symbol: String) {
    if !take(symbol) { reportExpected("'\(symbol)'") }
  }

  private mutating func parseFace() -> Statement.Kind {
    advance()
    guard takeWord("eyes") else {
      reportExpected("'eyes'", hints: [.init("write 'face eyes (98, 122), (158, 122) mouth (128, 182)'")])
      return .missing
    }
    let left = parseExpression()
    expect(",")
    let right = parseExpression()
    return .face(left: left, right: right, mouth: takeWord("mouth") ? parseExpression() : nil)
  }

  private mutating func parseRegion() -> Statement.Kind {
    advance()
    let origin = parseExpression()
    guard takeWord("size") else {
      reportExpected("'size'", hints: [.init("write 'region (x, y) size 256'")])
      return .missing
    }
    let size = parseExpression()
    return .region(origin: origin, size: size, at: takeWord("at") ? parseExpression() : nil)
  }

  private mutating func parseType() -> Identifier {
    guard token.kind == .identifier, bracketDepth > 0 || !isOnNewLine() else {
      reportExpected("a type")
      return Identifier("", Span(previousEnd, previousEnd))
    }
    let type = Identifier(text(token), token.span)
    advance()
    return type
  }

  private mutating func parseParam() -> Statement.Kind {
    advance()
    let name = parseName("the parameter's name")
    guard take(":") else {
      reportExpected(
        "':' and a type",
        hints: [.init("write 'param \(name.text.isEmpty ? "size" : name.text): number = 12'")])
      return .missing
    }
    let type = parseType()
    guard take("=") else {
      reportExpected(
        "'=' and a default", hints: [.init("every parameter has a default, so that the script runs as it is")]
      )
      return .missing
    }
    let value = parseExpression()
    var doc: Expression?
    if token.kind == .string, !isOnNewLine() { doc = parseExpression() }
    return .param(name: name, type: type, value: value, doc: doc)
  }

  private mutating func parseLet() -> Statement.Kind {
    advance()
    let name = parseName("a name")
    guard take("=") else {
      reportExpected("'='")
      return .missing
    }
    return .letValue(name: name, value: parseExpression())
  }

  private mutating func parseDef() -> Statement.Kind {
    advance()
    let name = parseName("the definition's name")
    guard at("("), !isOnNewLine() else {
      reportExpected(
        "'('", hints: [.init("write 'def \(name.text.isEmpty ? "dot" : name.text)(at: point) { … }'")])
      return .missing
    }
    let open = token.span
    advance()
    bracketDepth += 1
    var parameters: [Definition.Parameter] = []
    while token.kind == .identifier, !(isOnNewLine() && isStatementStart) {
      let name = parseName("a parameter's name")
      guard at(":") else {
        reportExpected("':' and a type", hints: [.init("types are \(Keyword.types.joined(separator: ", "))")])
        break
      }
      advance()
      let type = parseType()
      var defaultValue: Expression?
      if at("=") {
        advance()
        defaultValue = parseExpression()
      }
      parameters.append(.init(name: name, type: type, defaultValue: defaultValue))
      if at(",") { advance() } else { break }
    }
    closeBracket(")", open)
    if take("=") {
      return .def(Definition(name: name, parameters: parameters, body: .value(parseExpression())))
    }
    guard at("{"), !isOnNewLine() else {
      reportExpected("'{' or '='", hints: [.init("a procedure has a block, a function '= VALUE'")])
      return .missing
    }
    return .def(Definition(name: name, parameters: parameters, body: .block(parseBlock())))
  }

  private mutating func parseFor() -> Statement.Kind {
    advance()
    let name = parseName("the loop's name")
    guard takeWord("in") else {
      reportExpected("'in'", hints: [.init("write 'for x in 0..<8 { … }'")])
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
    guard atWord("else") else { return .ifElse(condition: condition, then: then, otherwise: nil) }
    advance()
    guard atWord("if"), !isOnNewLine() else {
      return .ifElse(condition: condition, then: then, otherwise: parseBlock())
    }
    guard enter() else { return .ifElse(condition: condition, then: then, otherwise: nil) }
    defer { depth -= 1 }
    let start = token.span.start
    begin(.statement)
    let nested = parseIf()
    finish()
    let span = Span(start, previousEnd)
    let block = Block(statements: [Statement(nested, span)], span: span)
    return .ifElse(condition: condition, then: then, otherwise: block)
  }

  private mutating func parseUse() -> Statement.Kind {
    advance()
    let path = parseExpression()
    return .use(path: path, alias: takeWord("as") ? parseName("a name after 'as'") : nil)
  }

  private mutating func parseAssert() -> Statement.Kind {
    advance()
    let condition = parseExpression()
    return .assert(condition: condition, message: take(",") ? parseExpression() : nil)
  }

  // MARK: Drawing

  private mutating func parseDrawing() -> Statement.Kind {
    var isOff = false
    var isErase = false
    if atWord("off") {
      isOff = true
      advance()
    }
    let continues = !isOff || !isOnNewLine()
    if continues, atWord("paint") {
      advance()
      return parsePaint(isOff: isOff)
    }
    if continues, atWord("erase") {
      isErase = true
      advance()
    }
    guard let layer = currentLayer, !(isOff || isErase) || !isOnNewLine() else {
      reportExpected(isOff && !isErase ? "a stroke" : "'mask', 'sketch' or 'color'")
      return .missing
    }
    let layerSpan = token.span
    advance()
    var stroke = Stroke(
      layer: layer, layerSpan: layerSpan, isErase: isErase, isOff: isOff, shape: parseExpression(),
      color: nil, brush: nil, label: nil)
    while let modifier = takeModifier(["with", "brush", "as"]) {
      let value = parseExpression()
      switch modifier.text {
      case "with": set(&stroke.color, value, modifier)
      case "brush": set(&stroke.brush, value, modifier)
      default: set(&stroke.label, value, modifier)
      }
    }
    return .stroke(stroke)
  }

  private var currentLayer: LayerKeyword? {
    token.kind == .identifier ? LayerKeyword(rawValue: text(token)) : nil
  }

  private mutating func takeModifier(_ words: [String]) -> Identifier? {
    guard token.kind == .identifier, bracketDepth > 0 || !isOnNewLine(), words.contains(text(token))
    else { return nil }
    let word = Identifier(text(token), token.span)
    advance()
    return word
  }

  private mutating func set(_ place: inout Expression?, _ value: Expression, _ modifier: Identifier) {
    if let earlier = place {
      report(
        "repeated-modifier", "'\(modifier.text)' is given twice", modifier.span,
        labels: [.init(SourceRange(source, earlier.span), "first given here")],
        hints: [.init("keep one of them")])
    }
    place = value
  }

  private mutating func parsePaint(isOff: Bool) -> Statement.Kind {
    let shape = parseExpression()
    var label: Expression?
    if takeWord("as") { label = parseExpression() }
    guard at("{"), !isOnNewLine() else {
      reportExpected("'{'", hints: [.init("write 'paint SHAPE { mask grown 4; sketch; color #8b5a2b }'")])
      return .missing
    }
    let open = token.span
    begin(.block)
    defer { finish() }
    advance()
    var entries: [Paint.Entry] = []
    while !at("}"), !isAtEnd {
      if token.kind == .semicolon {
        advance()
        continue
      }
      if missingBraces > 0, isOnNewLine(), column(token.span.start) <= indentation(open.start) { break }
      begin(.statement)
      let entry = parsePaintEntry()
      if let entry { entries.append(entry) }
      if !isAtStatementEnd {
        if entry != nil { reportExpected("the end of the entry") }
        let before = token.span.start
        skipStatement()
        if token.span.start == before, !at("}"), !isAtEnd { advance() }
      }
      finish()
    }
    if at("}") {
      advance()
    } else {
      missingBraces = max(0, missingBraces - 1)
      reportUnclosed(open, "}")
    }
    if takeWord("as") { set(&label, parseExpression(), Identifier("as", Span(previousEnd, previousEnd))) }
    return .paint(Paint(shape: shape, entries: entries, label: label, isOff: isOff))
  }

  private mutating func parsePaintEntry() -> Paint.Entry? {
    let start = token.span.start
    let isErase = atWord("erase")
    if isErase { advance() }
    guard let layer = currentLayer else {
      reportExpected("'mask', 'sketch' or 'color'")
      if !isAtStatementEnd { advance() }
      return nil
    }
    var entry = Paint.Entry(
      layer: layer, layerSpan: token.span, isErase: isErase, grown: nil, color: nil, brush: nil,
      span: token.span)
    advance()
    while !isAtStatementEnd {
      if let modifier = takeModifier(["grown", "brush", "with"]) {
        let value = parseExpression()
        switch modifier.text {
        case "grown": set(&entry.grown, value, modifier)
        case "brush": set(&entry.brush, value, modifier)
        default: set(&entry.color, value, modifier)
        }
      } else if layer == .color, entry.color == nil {
        entry.color = parseExpression()
      } else {
        break
      }
    }
    entry.span = Span(start, previousEnd)
    return entry
  }
}
