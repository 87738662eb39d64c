import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// Gives a modifier of the stroke, or entry of `paint`, at a place another value; one that is not there is added where
  /// the formatter has it.
  func set(_ word: String, of place: SourceLocation, to value: String) throws(UserError) -> StudioEdit {
    let selection = try selection(at: place)
    if case .edit(_, let body) = selection.statement.kind,
      let id = Language.editSettings.first(where: { $0.keyword == word })?.id
    {
      return try set(id, of: body, in: selection.statement, to: value.trimmed)
    }
    guard let spec = Language.modifiers.first(where: { $0.keyword == word }) else {
      let known = Language.modifiers.map(\.keyword)
      let near = nearestName(to: word, among: known)
      throw UserError(
        .data, "there is no modifier '\(escapingControlCharacters(word))'",
        hints: [near.map { "did you mean '\($0)'?" } ?? "modifiers are \(known.joined(separator: ", "))"])
    }
    let value = try checked(value, spec)
    let slot = try slot(of: selection, spec)
    let edits: [Diagnostic.Edit]
    if let old = slot.modifiers[spec.id] {
      edits = [.init(old.span, value)]
    } else {
      edits = [
        .init(
          Span(slot.place(of: spec.id), slot.place(of: spec.id)),
          slot.isBare ? " \(value)" : " \(word) \(value)")
      ]
    }
    let after = try planned(edits)
    try verify(after, stillHas: value, spec, selection)
    guard after.strokes.count == strokes.count else {
      throw UserError(.data, "this would change how many strokes are drawn")
    }
    let own = Set(strokes(of: selection))
    let moves = strokes.indices.count { !own.contains($0) && !strokes[$0].drawsSame(as: after.strokes[$0]) }
    return edit(edits, after, moves: moves, selection: shifted(selection.span.start, edits))
  }

  /// Gives an edit a setting: behind its word, or as its first statement.
  private func set(
    _ id: StatementID, of body: Block, in edit: Statement, to value: String
  ) throws(UserError) -> StudioEdit {
    let written = "\(id.rawValue) \(value)"
    let edits: [Diagnostic.Edit]
    if let old = body.statements.first(where: { $0.id == id }) {
      edits = [.init(old.span, written)]
    } else if let first = body.statements.first {
      let start = source.lineStarts[source.lineIndex(of: first.span.start)]
      let indent = source.text(Span(start, first.span.start))
      let ownsLine = indent.allSatisfy { $0 == " " || $0 == "\t" }
      edits = [
        .init(Span(first.span.start, first.span.start), written + (ownsLine ? lineBreak + indent : "; "))
      ]
    } else {
      edits = [.init(Span(body.span.start + 1, body.span.end - 1), " \(written) ")]
    }
    let after = try planned(edits)
    let new = try after.selection(at: source.location(of: edit.span.start))
    guard case .edit(_, let changed) = new.statement.kind,
      changed.statements.filter({ $0.id == id }).map({ after.text($0.span) }) == [written],
      after.strokes.count == strokes.count
    else {
      throw UserError(.data, "'\(escapingControlCharacters(value))' is not one value for '\(id.rawValue)'")
    }
    return self.edit(edits, after, selection: edit.span.start)
  }

  /// The value as one expression; a label needs no quotes.
  private func checked(_ value: String, _ spec: ModifierSpec) throws(UserError) -> String {
    let value = value.trimmed
    if spec.id == .label, !value.hasPrefix("\"") { return quoted(value) }
    let (_, problems) = parseExpression(SourceText(name: "", value))
    if let problem = problems.first {
      throw UserError(
        .data, "'\(escapingControlCharacters(value))' is not a value: \(problem.message)",
        hints: problem.hints.map(\.message))
    }
    guard !value.contains("//") || spec.type == .string, !value.contains(where: \.isNewline) else {
      throw UserError(.data, "the value of '\(spec.keyword)' stands on one line")
    }
    return value
  }

  private func slot(of selection: Selection, _ spec: ModifierSpec) throws(UserError) -> ModifierSlot {
    switch selection.statement.kind {
    case .stroke(let stroke) where spec.isForStrokes:
      return ModifierSlot(modifiers: stroke.modifiers, start: stroke.shape.span.end)
    case .paint(let paint):
      if let entry = selection.entry, spec.isForEntries {
        return ModifierSlot(
          modifiers: entry.modifiers, start: entry.layerSpan.end,
          isBare: spec.id == .with && entry.layer == .color)
      }
      if spec.id == .label {
        return ModifierSlot(modifiers: paint.modifiers, start: selection.statement.span.end)
      }
      throw UserError(
        .data, "'\(spec.keyword)' belongs to an entry of this 'paint'",
        hints: ["give the place of the entry, such as 'mask' inside the braces"])
    case .stroke:
      throw UserError(
        .data, "'\(spec.keyword)' is for entries of 'paint', not for strokes",
        hints: ["write '\(spec.usage)'"])
    default:
      throw UserError(
        .data, "\(selection.statement.noun) takes no modifiers",
        hints: ["name a stroke: 'mask', 'sketch', 'color', 'recolor', 'erase' or 'paint'"])
    }
  }

  /// Refuses a value that reaches beyond itself, such as `3 as "x"`.
  private func verify(
    _ after: PlannedScript, stillHas value: String, _ spec: ModifierSpec, _ selection: Selection
  ) throws(UserError) {
    let new = try after.selection(at: after.source.location(of: selection.span.start))
    guard let written = try after.slot(of: new, spec).modifiers[spec.id], after.text(written.span) == value
    else {
      throw UserError(.data, "'\(escapingControlCharacters(value))' is not one value for '\(spec.keyword)'")
    }
  }
}

/// The modifiers that stand behind a shape or layer.
private struct ModifierSlot {
  var modifiers: Modifiers
  /// Where the first one would stand.
  var start: Int
  /// Whether the value needs no word before it.
  var isBare = false

  /// Where a modifier is added: behind the last of those that come before it.
  func place(of id: ModifierID) -> Int {
    let order = ModifierID.allCases
    return order.prefix { $0 != id }.compactMap { modifiers[$0]?.span.end }.max() ?? start
  }
}

extension String {
  /// Without spaces at its ends.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
