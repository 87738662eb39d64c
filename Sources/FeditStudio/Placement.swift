import FeditFormat
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// Where a new statement goes, and how it is put there.
struct Placement {
  /// Where text is put in, and what it replaces: the spaces of an empty block.
  var span: Span
  /// What stands before and behind the statement's lines.
  var before: String
  var after: String
  /// What each line begins with; nil where the statement stands on a line with others.
  var indent: String?
  /// From the units there to photo pixels.
  var frame = Affine.identity

  /// The edit that puts statements in.
  ///
  /// - Parameters:
  ///   - statements: each as a script's text.
  ///   - lineBreak: what the script's lines end with.
  /// - Returns: of the text that the place is in.
  func edit(_ statements: [String], lineBreak: String) -> Diagnostic.Edit {
    guard let indent else { return .init(span, before + statements.joined(separator: "; ") + after) }
    let lines = statements.flatMap { Self.lines($0, indent: indent) }
    return .init(span, before + lines.joined(separator: lineBreak) + after)
  }

  /// A statement's lines in fedit's one style.
  private static func lines(_ statement: String, indent: String) -> [String] {
    let levels = indent.allSatisfy { $0 == " " } && indent.count % 4 == 0 ? indent.count / 4 : 0
    let open = String(repeating: "if true {\n", count: levels)
    let nested = open + statement + "\n" + String(repeating: "}\n", count: levels)
    guard let text = try? formatted(SourceText(name: "", nested)) else { return [indent + statement] }
    let lines = text.split(separator: "\n").map(String.init)
    let inner = lines.dropFirst(levels).dropLast(levels)
    return levels > 0 ? Array(inner) : inner.map { indent + $0 }
  }
}

extension PlannedScript {
  /// How the script's lines end.
  var lineBreak: String { text.utf8.contains(0x0D) && text.contains("\r\n") ? "\r\n" : "\n" }

  /// What the script indents a level by.
  private var level: String {
    let indents = file.script.statements.flatMap(\.blocks).flatMap(\.statements).compactMap {
      indentation(before: $0.span.start)
    }
    return indents.first { !$0.isEmpty } ?? "    "
  }

  /// The spaces before a place, if nothing else stands before it on its line.
  private func indentation(before offset: Int) -> String? {
    let start = source.lineStarts[source.lineIndex(of: offset)]
    let head = source.text(Span(start, offset))
    return head.allSatisfy { $0 == " " || $0 == "\t" } ? head : nil
  }

  private func lineIndent(of offset: Int) -> String {
    let start = source.lineStarts[source.lineIndex(of: offset)]
    return String(source.text(Span(start, offset)).prefix { $0 == " " || $0 == "\t" })
  }

  /// Where a new statement goes: behind the selected one, else at the end of the innermost block of the last edit, in the
  /// frame in use there; an edit is made where the script has none.
  func placement(after place: SourceLocation?) throws(UserError) -> Placement {
    if let place {
      let selection = try selection(at: place)
      // A statement that is drawn several times, or in a definition, is no place for one stroke; what is around it may be.
      var around = selection.parents + [selection.statement]
      while let last = around.last {
        let spots = [inside(last), behind(last)].compactMap { $0 }
        if let found = spots.lazy.compactMap(probed).first { return found }
        around.removeLast()
      }
    }
    let edits = file.script.statements.filter { $0.id == .edit }
    if let edit = edits.last {
      var innermost = edit
      while let frame = innermost.blocks.first?.statements.last(where: { $0.id == .in }) { innermost = frame }
      for spot in [inside(innermost), inside(edit)].compactMap({ $0 }) {
        if let found = probed(spot) { return found }
      }
    }
    if let found = probed(newEdit) { return found }
    throw UserError(
      .data, "there is no place for a new stroke in '\(view.name)'",
      hints: ["select the statement behind which it is to stand"])
  }

  /// The placement with its frame, if exactly one stroke is drawn by a statement there.
  private func probed(_ placement: Placement) -> Placement? {
    guard
      let after = with([placement.edit(["mask circle((0, 0), 1) as \"\(Self.probe)\""], lineBreak: lineBreak)]
      ),
      after.strokes.count == strokes.count + 1,
      let drawn = after.strokes.first(where: { $0.label == Self.probe })
    else { return nil }
    var result = placement
    result.frame = drawn.origin.frame
    return result
  }

  private static let probe = "\u{1}probe"

  /// At the end of a statement's block; nil where it takes no strokes.
  private func inside(_ statement: Statement) -> Placement? {
    guard statement.id == .edit || statement.id == .in, let block = statement.blocks.first else { return nil }
    let close = block.span.end - 1
    let outer = lineIndent(of: statement.span.start)
    guard let last = block.statements.last else {
      return inEmpty(block, outer, isFresh: statement.id == .edit)
    }
    guard indentation(before: close) != nil else {
      return Placement(span: Span(last.span.end, last.span.end), before: "; ", after: "")
    }
    let first = block.statements.lazy.compactMap { indentation(before: $0.span.start) }.first
    let start = source.lineStarts[source.lineIndex(of: close)]
    var placement = Placement(
      span: Span(start, start), before: "", after: lineBreak, indent: first ?? outer + level)
    if statement.id == .edit, hasFace, !block.statements.contains(where: \.draws) {
      placement = inFace(placement)
    }
    return placement
  }

  /// In a block without statements: its comments stay.
  private func inEmpty(_ block: Block, _ outer: String, isFresh: Bool) -> Placement {
    let close = block.span.end - 1
    var start = close
    while start > block.span.start + 1, [0x20, 0x09, 0x0A, 0x0D].contains(source.utf8[start - 1]) {
      start -= 1
    }
    let placement = Placement(
      span: Span(start, close), before: lineBreak, after: lineBreak + outer, indent: outer + level)
    return isFresh && hasFace ? inFace(placement) : placement
  }

  /// Behind a statement, on a line of its own where the statement has one; nil where no stroke may stand.
  private func behind(_ statement: Statement) -> Placement? {
    let rest = file.script.tokens[statement.tokens.upperBound...].prefix {
      [.space, .semicolon, .lineComment, .blockComment].contains($0.kind)
    }
    if [.newline, .endOfFile].contains(file.script.tokens[rest.endIndex].kind),
      let indent = indentation(before: statement.span.start)
    {
      let end = rest.last { $0.kind != .space }?.span.end ?? statement.span.end
      return Placement(span: Span(end, end), before: lineBreak, after: "", indent: indent)
    }
    return Placement(span: Span(statement.span.end, statement.span.end), before: "; ", after: "")
  }

  /// An edit of its own, before the script's first `save` or at its end.
  private var newEdit: Placement {
    let save = file.script.statements.first { $0.id == .save }
    let names = Set(plan.edits.map(\.name))
    var name = "drawing"
    var number = 2
    while names.contains(name) {
      name = "drawing \(number)"
      number += 1
    }
    let open = "edit \(quoted(name)) {" + lineBreak
    var placement: Placement
    if let save {
      let start = source.lineStarts[source.lineIndex(of: save.span.start)]
      placement = Placement(
        span: Span(start, start), before: open, after: lineBreak + "}" + lineBreak + lineBreak, indent: "    "
      )
    } else {
      let end = source.utf8.count
      let isAtLineStart = end == 0 || source.utf8[end - 1] == 0x0A || source.utf8[end - 1] == 0x0D
      let gap = end == 0 ? "" : isAtLineStart ? lineBreak : lineBreak + lineBreak
      placement = Placement(
        span: Span(end, end), before: gap + open, after: lineBreak + "}" + lineBreak, indent: "    ")
    }
    if hasFace { placement = inFace(placement) }
    return placement
  }

  private var hasFace: Bool { file.script.statements.contains { $0.id == .face } }

  /// The same place in a new block of `in face`.
  private func inFace(_ placement: Placement) -> Placement {
    let indent = placement.indent ?? ""
    var result = placement
    result.before += indent + "in face {" + lineBreak
    result.after = lineBreak + indent + "}" + placement.after
    result.indent = indent + level
    return result
  }
}

extension Statement {
  /// Whether it may draw: what else stands in an edit only says how.
  fileprivate var draws: Bool {
    switch kind {
    case .stroke, .paint, .inFrame, .call, .forEach, .ifElse: true
    default: false
    }
  }
}
