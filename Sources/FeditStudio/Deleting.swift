import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// Deletes the statement, or entry of `paint`, at a place: with its line and the comment behind it where it stands alone.
  func delete(at place: SourceLocation) throws(UserError) -> StudioEdit {
    let selection = try selection(at: place)
    if let entry = selection.entry, case .paint(let paint) = selection.statement.kind,
      paint.entries.count == 1
    {
      throw UserError(
        .data, "'\(text(entry.span))' is the only entry of this 'paint'",
        hints: ["delete the whole statement, at its first word"])
    }
    let edits = [Diagnostic.Edit(spanToDelete(selection), "")]
    let after = try planned(edits)
    let drawn = Set(strokes(of: selection))
    let isDrawing = selection.statement.id.map { ![.let, .param, .def, .use].contains($0) } ?? true
    let kept = strokes.indices.filter { !(isDrawing && drawn.contains($0)) }
    guard kept.count == after.strokes.count else {
      throw UserError(
        .data,
        "deleting this would take \(strokes.count - after.strokes.count) strokes along, not \(drawn.count)",
        hints: ["change the script by hand"])
    }
    let moves = zip(kept, after.strokes).count { !strokes[$0].drawsSame(as: $1) }
    return edit(edits, after, moves: moves, selection: nil)
  }

  /// A statement with what would be left over of its line.
  private func spanToDelete(_ selection: Selection) -> Span {
    let tokens = file.script.tokens
    let span = selection.span
    var end = selection.tokens.upperBound
    func skip(_ kinds: TokenKind...) { while kinds.contains(tokens[end].kind) { end += 1 } }
    skip(.space)
    let hasSemicolon = tokens[end].kind == .semicolon
    if hasSemicolon {
      end += 1
      skip(.space)
    }
    let beforeComment = tokens[end].span.start
    skip(.lineComment, .blockComment, .space)
    let isLast = tokens[end].kind == .newline || tokens[end].kind == .endOfFile
    if file.script.beginsLine(selection.tokens.lowerBound), isLast {
      let start = source.lineStarts[source.lineIndex(of: span.start)]
      return Span(start, tokens[end].span.end)
    }
    // Something else stands on its line: it goes with one separator.
    if hasSemicolon { return Span(span.start, beforeComment) }
    if let before = tokens[..<selection.tokens.lowerBound].last(where: { $0.kind != .space }),
      before.kind == .semicolon
    {
      return Span(before.span.start, span.end)
    }
    return Span(span.start, beforeComment == span.end ? span.end : min(beforeComment, span.end + 1))
  }
}
