import FeditSyntax

extension Binder {
  /// Whether a statement stands where the table allows it, and as often.
  func checkPlace(_ statement: Statement, _ place: Place, isFirst: Bool) {
    guard let spec = statement.id.map({ Language[$0] }) else { return }
    let span = keyword(of: statement, spec)
    if spec.id == .fedit, !isFirst {
      misplaced(spec.keyword, "must be the first statement of a script", span)
    } else if spec.allowedIn.contains(place) {
      checkRepeats(statement, spec)
    } else if spec.repeats == .oncePerEdit {
      misplaced(spec.keyword, "must stand inside an edit", span)
    } else if spec.allowedIn == Place.drawing {
      requireEdit(spec.keyword, span)
    } else if spec.allowedIn.contains(.flow) {
      let place = place == .edit ? "an edit" : "a definition"
      report(
        .misplacedStatement, "'\(spec.keyword)' cannot stand inside \(place)", span,
        hints: [.init("move it out of \(place)")])
    } else {
      misplaced(spec.keyword, "must stand at the top level of a script", span)
    }
  }

  private func checkRepeats(_ statement: Statement, _ spec: StatementSpec) {
    switch spec.repeats {
    case .freely: once[spec.id] = once[spec.id] ?? statement.span
    case .oncePerScript:
      if let earlier = once[spec.id] {
        repeated("'\(spec.keyword)' is given twice", statement.span, earlier)
        return
      }
      once[spec.id] = statement.span
      guard let firstEdit else { return }
      report(
        .misplacedStatement, "'\(spec.keyword)' must stand before the first edit", statement.span,
        labels: [.init(module.range(firstEdit), "the first edit")],
        hints: [.init("move it above the first edit")])
    case .oncePerEdit:
      if let earlier = settings[spec.id] {
        repeated("an edit has only one '\(spec.keyword)'", statement.span, earlier)
      }
      settings[spec.id] = settings[spec.id] ?? statement.span
    }
  }

  private func keyword(of statement: Statement, _ spec: StatementSpec) -> Span {
    if case .stroke(let stroke) = statement.kind { return stroke.layerSpan }
    return Span(statement.span.start, min(statement.span.start + spec.keyword.utf8.count, statement.span.end))
  }

  private func repeated(_ message: String, _ span: Span, _ earlier: Span) {
    report(
      .repeatedSetting, message, span, labels: [.init(module.range(earlier), "first given here")],
      hints: [.init("keep one of them")])
  }

  private func misplaced(_ word: String, _ rule: String, _ span: Span) {
    report(.misplacedStatement, "'\(word)' \(rule)", span, hints: [.init("move it there")])
  }

  func requireEdit(_ word: String, _ span: Span) {
    report(
      .outsideEdit, "'\(word)' must stand inside an edit", span,
      hints: [.init("put it into 'edit \"name\" { … }', or into a 'def' that an edit calls")])
  }
}
