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
  throw UserError(.software, "gestures are not there yet")
}

/// What the canvas shows of a script.
///
/// - Parameters:
///   - text: the script.
///   - view: how large the photo is shown, and what planning needs.
/// - Returns: everything drawn, with the places in the script.
/// - Throws: the script's first error where it has any.
public func drawing(of text: String, view: StudioView) throws(UserError) -> StudioDrawing {
  throw UserError(.software, "drawings are not there yet")
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
  throw UserError(.software, "gestures are not there yet")
}
