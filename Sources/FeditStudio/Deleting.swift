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
    let edits = [Diagnostic.Edit(spanToDelete(selection.span), "")]
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
  private func spanToDelete(_ span: Span) -> Span {
    let bytes = source.utf8
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var start = span.start
    while start > 0, isBlank(bytes[start - 1]) { start -= 1 }
    let isFirst = start == 0 || isLineBreak(bytes[start - 1])
    var end = span.end
    while end < bytes.count, isBlank(bytes[end]) { end += 1 }
    let hasSemicolon = end < bytes.count && bytes[end] == 0x3B
    if hasSemicolon {
      end += 1
      while end < bytes.count, isBlank(bytes[end]) { end += 1 }
    }
    let beforeComment = end
    for token in file.tree.tokens
    where token.span.start == end && [.lineComment, .blockComment].contains(token.kind) {
      end = token.span.end
      while end < bytes.count, isBlank(bytes[end]) { end += 1 }
    }
    let isLast = end >= bytes.count || isLineBreak(bytes[end])
    if isFirst, isLast {
      if end < bytes.count {
        end += bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A ? 2 : 1
      }
      return Span(start, end)
    }
    // Something else stands on its line: it goes with one separator.
    if hasSemicolon { return Span(span.start, beforeComment) }
    var before = span.start
    while before > 0, isBlank(bytes[before - 1]) { before -= 1 }
    if before > 0, bytes[before - 1] == 0x3B { return Span(before - 1, span.end) }
    return Span(span.start, beforeComment == span.end ? span.end : min(beforeComment, span.end + 1))
  }

  private func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
