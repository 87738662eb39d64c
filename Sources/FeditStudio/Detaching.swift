import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// Writes out what the statement at a place stands for: a call becomes the statements of its definition, a loop a
  /// statement for each time, and in a stroke names and calls of the script's own become their values. What is drawn stays
  /// the same.
  func detach(at place: SourceLocation) throws(UserError) -> StudioEdit {
    let selection = try selection(at: place)
    let edits = try detached(selection)
    let after = try planned(edits)
    guard after.strokes.count == strokes.count,
      zip(strokes, after.strokes).allSatisfy({ $0.drawsSame(as: $1) })
    else {
      throw UserError(
        .data, "written out, this would not draw the same", hints: ["change the script by hand"])
    }
    return edit(edits, after, selection: shifted(edits.map(\.span.start).min() ?? 0, []))
  }

  private func detached(_ selection: Selection) throws(UserError) -> [Diagnostic.Edit] {
    switch selection.statement.kind {
    case .call(let call): return try inlined(call, selection.statement)
    case .forEach: return try unrolled(selection.statement)
    case .stroke(let stroke):
      let edits = values(in: stroke.shape, isWhole: true)
      if !edits.isEmpty { return edits }
    case .paint(let paint):
      let edits = values(in: paint.shape, isWhole: true)
      if !edits.isEmpty { return edits }
    default: break
    }
    if let loop = selection.parents.last(where: { $0.id == .for }) { return try unrolled(loop) }
    throw UserError(
      .data, "there is nothing to detach here: this statement stands for itself",
      hints: ["name a call, a loop, or a stroke whose shape has a name"])
  }

  // MARK: Calls

  /// The definition that a name stands for, with its file.
  private func definition(of name: Span) -> (Definition, ProgramFile)? {
    guard let use = file.symbols.first(where: { $0.range.span == name && !$0.isDefinition }),
      use.kind == .definition,
      let place = use.definition, let owner = result.files.first(where: { $0.source === place.source })
    else { return nil }
    for statement in owner.script.statements {
      if case .def(let definition) = statement.kind, definition.name.span == place.span {
        return (definition, owner)
      }
    }
    return nil
  }

  private func calleeName(_ callee: Expression) -> Span? {
    switch callee.kind {
    case .name: callee.span
    case .member(_, let name): name.span
    default: nil
    }
  }

  /// For each use of a parameter the text of what a call gives for it; nil where the call does not say.
  private func substitutions(
    _ definition: Definition, _ owner: ProgramFile, _ arguments: [Argument]
  ) -> [(Span, String)]? {
    var texts: [Span: String] = [:]
    var rest = definition.parameters
    for argument in arguments where argument.label != nil {
      guard let index = rest.firstIndex(where: { $0.name.text == argument.label?.text }) else { return nil }
      texts[rest[index].name.span] = text(argument.value.span)
      rest.remove(at: index)
    }
    for argument in arguments where argument.label == nil {
      guard let parameter = rest.first else { return nil }
      texts[parameter.name.span] = text(argument.value.span)
      rest.removeFirst()
    }
    for parameter in rest {
      guard let standard = parameter.defaultValue else { return nil }
      texts[parameter.name.span] = owner.source.text(standard.span)
    }
    return owner.symbols.compactMap { use in
      guard !use.isDefinition, let place = use.definition?.span, use.definition?.source === owner.source,
        let text = texts[place]
      else { return nil }
      return (use.range.span, text)
    }
  }

  private func inlined(_ call: Expression, _ statement: Statement) throws(UserError) -> [Diagnostic.Edit] {
    guard case .call(let callee, let arguments) = call.kind, let name = calleeName(callee),
      let (definition, owner) = definition(of: name), case .block(let body) = definition.body,
      var changes = substitutions(definition, owner, arguments), let first = body.statements.first
    else { throw UserError(.data, "this call cannot be written out", hints: ["change the script by hand"]) }
    // Names that the body introduces must not meet others.
    let own = owner.symbols.filter {
      body.span.start <= $0.range.span.start && $0.range.span.end <= body.span.end
    }
    let introduced = own.filter { $0.isDefinition }
    let elsewhere = Set(
      file.symbols.filter { use in
        !own.contains { $0.range.span == use.range.span && owner.path == file.path }
      }
      .map(\.name))
    for symbol in introduced where elsewhere.contains(symbol.name) {
      let new = unusedName(symbol.name)
      for use in own where use.range.span == symbol.range.span || use.definition?.span == symbol.range.span {
        changes.append((use.range.span, new))
      }
    }
    let text = Self.text(inside(body, of: owner.script), of: owner.script, changes)
    return [.init(statement.span, reindented(text, from: first, in: owner.source, to: statement))]
  }

  /// What stands between a block's braces, comments included, without the spaces around.
  private func inside(_ body: Block, of script: Script) -> Span {
    let inner = script.tokens[body.tokens].dropFirst().dropLast()
    let isWritten = { (token: Token) in token.kind != .space && token.kind != .newline }
    guard let first = inner.first(where: isWritten), let last = inner.last(where: isWritten) else {
      return Span(body.span.start + 1, body.span.start + 1)
    }
    return first.span.union(last.span)
  }

  /// The lines of a text behind the first, moved from where a statement stands to where another does.
  private func reindented(
    _ text: String, from: Statement, in source: SourceText, to: Statement
  ) -> String {
    func indent(_ source: SourceText, _ offset: Int) -> String {
      String(source.line(source.location(of: offset).line).prefix { $0 == " " || $0 == "\t" })
    }
    let old = indent(source, from.span.start)
    let new = indent(self.source, to.span.start)
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.enumerated()
    return lines.map { number, line in
      number > 0 && line.hasPrefix(old) ? new + line.dropFirst(old.count) : String(line)
    }.joined(separator: lineBreak)
  }

  // MARK: Loops

  private func unrolled(_ statement: Statement) throws(UserError) -> [Diagnostic.Edit] {
    guard case .forEach(let name, let sequence, let body) = statement.kind, let first = body.statements.first,
      let values = elements(of: sequence), !values.isEmpty, values.count <= 64
    else {
      throw UserError(
        .data, "this loop cannot be written out: its elements are not written out, or there are more than 64",
        hints: ["change the script by hand"])
    }
    let uses = file.symbols.filter { !$0.isDefinition && $0.definition?.span == name.span }.map(\.range.span)
    let inner = inside(body, of: file.script)
    let pieces = values.map { value in
      let text = Self.text(inner, of: file.script, uses.map { ($0, value) })
      return reindented(text, from: first, in: source, to: statement)
    }
    let isLaidOut = text(body.span).contains { $0.isNewline }
    let indent = String(
      source.line(source.location(of: statement.span.start).line).prefix { $0 == " " || $0 == "\t" })
    return [.init(statement.span, pieces.joined(separator: isLaidOut ? lineBreak + indent : "; "))]
  }

  /// The texts of a list's or range's elements where they are written out.
  private func elements(of sequence: Expression) -> [String]? {
    switch sequence.kind {
    case .group(let inner): return elements(of: inner)
    case .list(let elements): return elements.map { text($0.span) }
    case .binary(let symbol, _, let from, let to) where symbol == .rangeClosed || symbol == .rangeHalfOpen:
      guard let low = from.literalNumber.flatMap({ Int(exactly: $0) }),
        let end = to.literalNumber.flatMap({ Int(exactly: $0) })
      else { return nil }
      let high = symbol == .rangeClosed ? end : end - 1
      return low <= high && high - low < 64 ? (low...high).map(String.init) : nil
    default: return nil
    }
  }

  // MARK: Values

  /// The edits that put values in the place of names, and bodies in that of calls, in a shape.
  private func values(in shape: Expression, isWhole: Bool = false) -> [Diagnostic.Edit] {
    if let text = value(of: shape) {
      return [.init(shape.span, isWhole ? text : Self.fitting(text, shape.span, file.script))]
    }
    return shape.children.flatMap { values(in: $0) }
  }

  private func value(of expression: Expression) -> String? {
    switch expression.kind {
    case .name:
      guard let use = file.symbols.first(where: { $0.range.span == expression.span && !$0.isDefinition }),
        use.kind == .value, let place = use.definition,
        let owner = result.files.first(where: { $0.source === place.source }),
        case .letValue(_, let value)? = owner.script.statements(at: place.span.start).last?.kind
      else { return nil }
      return owner.source.text(value.span)
    case .call(let callee, let arguments):
      guard let name = calleeName(callee), let (definition, owner) = definition(of: name),
        case .value(let body) = definition.body, let changes = substitutions(definition, owner, arguments)
      else { return nil }
      return Self.text(body.span, of: owner.script, changes)
    default: return nil
    }
  }

  /// A piece of a script with parts of it replaced.
  private static func text(_ span: Span, of script: Script, _ changes: [(Span, String)]) -> String {
    let inside = changes.filter { span.start <= $0.0.start && $0.0.end <= span.end }
    let piece = SourceText(name: "", script.source.text(span))
    return applying(
      inside.map {
        Diagnostic.Edit(Span($0.0.start - span.start, $0.0.end - span.start), fitting($0.1, $0.0, script))
      }, to: piece)
  }

  /// A value's text in the place of an expression, in parentheses where what is around it would take it apart.
  private static func fitting(_ text: String, _ span: Span, _ script: Script) -> String {
    let (expression, _) = parseExpression(SourceText(name: "", text))
    switch expression.kind {
    case .binary, .unary, .conditional: break
    default: return text
    }
    let path = script.path(toToken: script.tokenIndex(at: span.start))
    let own = path.firstIndex { if case .expression(let value) = $0 { value.span == span } else { false } }
    guard let own, own > 0, case .expression(let outer) = path[own - 1] else { return text }
    switch outer.kind {
    case .point, .list, .group, .string: return text
    default: return "(\(text))"
    }
  }
}
