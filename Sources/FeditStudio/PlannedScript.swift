import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// A script with its plan: what a gesture starts from, and what it is compared with afterwards.
struct PlannedScript {
  let text: String
  let view: StudioView
  let source: SourceText
  let result: ProgramResult
  let plan: Plan
  /// The script at hand among the program's files.
  let file: ProgramFile
  /// Everything drawn, in order.
  let strokes: [PlanStroke]

  /// - Throws: the script's first error where it has any, and where it names no photo.
  init(_ text: String, _ view: StudioView) throws(UserError) {
    self.text = text
    self.view = view
    source = SourceText(name: view.name, text)
    result = FeditProgram.plan(source, path: view.path, world: view.world, options: view.options)
    if let error = result.diagnostics.first(where: { $0.severity == .error }) {
      throw UserError(
        result.onlyUnreadableInputs ? .unreadable : .data, "the script has errors: \(error.sentence)",
        hints: error.hints.map(\.message))
    }
    if let usage = result.usageErrors.first { throw UserError(.usage, usage) }
    guard let plan = result.plan, let file = result.files.first else {
      if result.isCancelled { throw UserError(.interrupted, "interrupted") }
      throw UserError(
        .data, "'\(view.name)' names no photo, so there is nothing to draw on",
        hints: ["begin with 'photo \"portrait.png\"'"])
    }
    self.plan = plan
    self.file = file
    strokes = plan.edits.flatMap(\.strokes)
  }

  /// Half a screen pixel, in photo pixels.
  var tolerance: Double { 0.5 / max(view.zoom, 1e-6) }

  func text(_ span: Span) -> String { source.text(span) }

  /// The script with edits, planned; nil where it is none without errors.
  func with(_ edits: [Diagnostic.Edit]) -> PlannedScript? {
    try? PlannedScript(applying(edits, to: source), view)
  }

  /// The script with edits, planned.
  ///
  /// - Throws: why the gesture is refused where the new script has errors.
  func planned(_ edits: [Diagnostic.Edit]) throws(UserError) -> PlannedScript {
    do throws(UserError) {
      return try PlannedScript(applying(edits, to: source), view)
    } catch {
      throw UserError(
        .data, "this would break the script: \(error.message.replacing("the script has errors: ", with: ""))",
        hints: error.hints)
    }
  }

  /// The edits as the result of a gesture.
  ///
  /// - Parameters:
  ///   - edits: of this script's text, in any order.
  ///   - after: the new script.
  ///   - moves: how many strokes changed besides.
  ///   - selection: the offset in the new text that is selected.
  /// - Returns: the edits without what stays the same.
  func edit(
    _ edits: [Diagnostic.Edit], _ after: PlannedScript, moves: Int = 0, selection: Int?
  ) -> StudioEdit {
    StudioEdit(
      edits: edits.compactMap { $0.trimmed(in: source) }.sorted { $0.span.start < $1.span.start },
      text: after.text, moves: moves, selection: selection.map(after.source.location(of:)),
      result: after.result)
  }
}

/// A text with edits that don't overlap.
func applying(_ edits: [Diagnostic.Edit], to source: SourceText) -> String {
  var bytes = source.utf8
  for edit in edits.enumerated().sorted(by: {
    ($0.element.span.start, $0.offset) > ($1.element.span.start, $1.offset)
  }).map(\.element) {
    bytes.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.replacement.utf8))
  }
  return String(decoding: bytes, as: UTF8.self)
}

extension Diagnostic.Edit {
  /// Without what is the same before and after; nil where all is.
  func trimmed(in source: SourceText) -> Diagnostic.Edit? {
    let old = Array(source.text(span).unicodeScalars)
    let new = Array(replacement.unicodeScalars)
    guard old != new else { return nil }
    let shorter = min(old.count, new.count)
    let head = (0..<shorter).first { old[$0] != new[$0] } ?? shorter
    let tail =
      (0..<(shorter - head)).first { old[old.count - 1 - $0] != new[new.count - 1 - $0] } ?? shorter - head
    func width(_ scalars: some Sequence<Unicode.Scalar>) -> Int { scalars.reduce(0) { $0 + UTF8.width($1) } }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: new[head..<(new.count - tail)])
    return Diagnostic.Edit(
      Span(span.start + width(old.prefix(head)), span.end - width(old.suffix(tail))), String(text))
  }
}

extension Diagnostic {
  /// Place and message in one line.
  var sentence: String {
    let place = range.source.location(of: range.span.start)
    return "\(range.source.name):\(place.line):\(place.column): \(message)"
  }
}

extension PlanStroke {
  /// Whether another stroke draws the same, wherever it is written and whatever it is called.
  func drawsSame(as other: PlanStroke) -> Bool {
    content == other.content && brush == other.brush && color == other.color && layer == other.layer
      && isErase == other.isErase && warp == other.warp
  }
}
