import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// Makes the number, colour, point or truth value that is written at a place a `param`, and uses its name there.
  func extractParam(at place: SourceLocation) throws(UserError) -> StudioEdit {
    let offset = try offset(of: place)
    guard let (literal, type) = literal(at: offset) else {
      throw UserError(
        .data, "there is no number, colour, point or truth value at \(place.line):\(place.column)",
        hints: ["give the place where one is written"])
    }
    guard let top = file.script.statements.first(where: { $0.span.start <= offset && offset <= $0.span.end })
    else {
      throw UserError(.data, "there is no statement at \(place.line):\(place.column)")
    }
    let name = unusedName(parameterName(literal, type))
    let declaration = "param \(name): \(type.rawValue) = \(text(literal.span))"
    let edits = [declared(declaration, before: top), Diagnostic.Edit(literal.span, name)]
    let after = try planned(edits)
    guard after.strokes.count == strokes.count,
      zip(strokes, after.strokes).allSatisfy({ $0.drawsSame(as: $1) })
    else {
      throw UserError(.data, "as a parameter this would not draw the same")
    }
    return edit(edits, after, selection: shifted(top.span.start, edits))
  }

  /// The literal around a place, and its type.
  private func literal(at offset: Int) -> (Expression, ValueType)? {
    let around = file.script.expressions(at: offset)
    for expression in around.reversed() {
      switch expression.kind {
      case .unary(.negate, _) where expression.literalNumber != nil: return (expression, .number)
      case .number:
        // With the sign before it.
        let signed = around.first { $0.literalNumber != nil }
        return (signed ?? expression, .number)
      case .color: return (expression, .color)
      case .bool: return (expression, .bool)
      case .point where expression.isLiteralPoint: return (expression, .point)
      default: continue
      }
    }
    return nil
  }

  /// What a value is for, as far as its place tells.
  private func parameterName(_ literal: Expression, _ type: ValueType) -> String {
    switch type {
    case .color: return "tint"
    case .bool: return "flag"
    case .point: return "place"
    default: break
    }
    let around = file.script.expressions(at: literal.span.start)
    if let statement = file.script.statements(at: literal.span.start).last {
      let modifiers: [Modifiers] =
        switch statement.kind {
        case .stroke(let stroke): [stroke.modifiers]
        case .paint(let paint): paint.entries.map(\.modifiers)
        default: []
        }
      if modifiers.contains(where: { $0[.brush]?.span == literal.span }) { return "width" }
      if modifiers.contains(where: { $0[.grown]?.span == literal.span }) { return "margin" }
    }
    guard case .call(let callee, let arguments)? = around.last(where: { $0.span != literal.span })?.kind
    else {
      return "size"
    }
    if let label = arguments.first(where: { $0.value.span == literal.span })?.label?.text { return label }
    switch callee.kind {
    case .name("circle"), .name("arc"): return "radius"
    case .member(_, let name) where name.text == "grown": return "margin"
    default: return "size"
    }
  }

  /// Puts a declaration behind the parameters and settings before a statement.
  private func declared(_ declaration: String, before top: Statement) -> Diagnostic.Edit {
    let earlier = file.script.statements.filter { $0.span.end <= top.span.start }
    let settings: Set<StatementID> = [.fedit, .photo, .model, .canvas, .face, .region]
    let place =
      earlier.last { $0.id == .param } ?? earlier.last { $0.id.map(settings.contains) ?? false }
    guard let place else {
      return .init(Span(top.span.start, top.span.start), declaration + lineBreak + lineBreak)
    }
    // Behind the comment on its line.
    let line = source.location(of: place.span.end).line
    let next = line < source.lineStarts.count ? source.lineStarts[line] : source.utf8.count
    let shares = file.script.statements.contains { $0.span.start > place.span.start && $0.span.start < next }
    if shares { return .init(Span(place.span.end, place.span.end), "; " + declaration) }
    let end = source.lineStarts[line - 1] + source.line(line).utf8.count
    let gap = place.id == .param ? lineBreak : lineBreak + lineBreak
    return .init(Span(end, end), gap + declaration)
  }
}
