import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// Carries out a gesture on a script.
///
/// The fewest characters are replaced: comments, order and layout stay. The new text is planned, and where it does not
/// show what was meant nothing is changed.
///
/// - Parameters:
///   - text: the script.
///   - gesture: what the hand did.
///   - view: how large the photo is shown, and what planning needs.
/// - Returns: the edits and the new text.
/// - Throws: why the gesture is refused; nothing is to be changed then.
public func edited(_ text: String, by gesture: Gesture, view: StudioView) throws(UserError) -> StudioEdit {
  let script = try PlannedScript(text, view)
  switch gesture {
  case .move(let place, let handle, let by, let picked):
    return try script.move(at: place, handle: handle, by: by, picked: picked)
  case .delete(let place): return try script.delete(at: place)
  case .set(let place, let modifier, let value): return try script.set(modifier, of: place, to: value)
  case .draw(let points, let tool, let style, let after, let smoothing, let recognize):
    return try script.draw(points, tool, style, after: after, smoothing: smoothing, recognize: recognize)
  case .redraw(let place, let points, let smoothing):
    return try script.redraw(at: place, points, smoothing: smoothing)
  case .detach(let place): return try script.detach(at: place)
  case .extractParam(let place): return try script.extractParam(at: place)
  }
}

/// What the canvas shows of a script.
///
/// - Parameters:
///   - text: the script.
///   - view: how large the photo is shown, and what planning needs.
/// - Returns: everything drawn, with the places in the script.
/// - Throws: the script's first error where it has any.
public func drawing(of text: String, view: StudioView) throws(UserError) -> StudioDrawing {
  try PlannedScript(text, view).drawing
}

/// The literals that a drag of a handle could change, the one that it would change first: for what is shown before a
/// drag begins ("moves 3 strokes").
///
/// - Parameters:
///   - text: the script.
///   - place: of a statement.
///   - handle: its number, from 1.
///   - view: how large the photo is shown, and what planning needs.
/// - Returns: at least one.
/// - Throws: why the handle can't be dragged.
public func moveTargets(
  of text: String, at place: SourceLocation, handle: Int, view: StudioView
) throws(UserError) -> [MoveTarget] {
  // A pixel in no direction of the axes tells what moves.
  try Drag(try PlannedScript(text, view), at: place, handle: handle, by: Point(1, 1)).targets()
}

extension PlannedScript {
  func move(
    at place: SourceLocation, handle: Int, by: Point, picked: SourceLocation?
  ) throws(UserError) -> StudioEdit {
    let drag = try Drag(self, at: place, handle: handle, by: by)
    let start = drag.selection.span.start
    guard by.length > 0 else { return edit([], self, selection: start) }
    let outcome = try drag.outcome(picked: picked)
    return edit(outcome.edits, outcome.after, moves: outcome.moves, selection: shifted(start, outcome.edits))
  }

  /// An offset of this text in the text with edits.
  func shifted(_ offset: Int, _ edits: [Diagnostic.Edit]) -> Int {
    edits.reduce(offset) { result, edit in
      guard edit.span.end <= offset, edit.span.start < offset else { return result }
      return result + edit.replacement.utf8.count - (edit.span.end - edit.span.start)
    }
  }
}
