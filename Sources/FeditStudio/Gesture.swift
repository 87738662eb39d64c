import FeditPlan
import FeditSyntax

/// What a drawn line becomes.
public enum StudioTool: String, Hashable, Sendable, Codable, CaseIterable {
  case sketch, mask, color
  /// Takes away from a layer what was drawn before.
  case erase
  /// One shape into mask, sketch and colour.
  case paint
}

/// How a drawn line looks.
public struct StrokeStyle: Hashable, Sendable, Codable {
  /// A colour as the script writes it: `#8b5a2b`, `tint`, `sample((12, 30))`. For `color` and `paint`; nil is that of the
  /// script's last colour stroke.
  public var color: String?
  /// The width of an open line in photo pixels; nil is the layer's own.
  public var brush: Double?
  /// The layer that `erase` takes from.
  public var erases: LayerKeyword
  /// Whether the other half of the face is drawn along, by `.mirrored(x:)`.
  public var isMirrored: Bool

  /// A line of the layer's own looks, unless they are given.
  public init(
    color: String? = nil, brush: Double? = nil, erases: LayerKeyword = .mask, isMirrored: Bool = false
  ) {
    self.color = color
    self.brush = brush
    self.erases = erases
    self.isMirrored = isMirrored
  }
}

/// One thing that a hand does to a script; each is one step of undoing.
///
/// Places are those of the script at hand (``SourceLocation``: from 1, columns in Unicode scalars) and mean the
/// innermost statement, or entry of `paint`, there.
public enum Gesture: Hashable, Sendable, Codable {
  /// Drags a handle.
  ///
  /// - `handle`: its number among the statement's, from 1, as ``StudioDrawing`` counts them.
  /// - `by`: photo pixels.
  /// - `picked`: the literal to change, one of ``StudioDrawing``'s targets; nil is the most direct that moves the fewest.
  case move(at: SourceLocation, handle: Int, by: Point, picked: SourceLocation? = nil)
  /// Draws a line.
  ///
  /// - `points`: photo pixels, in the order in which the hand drew them.
  /// - `after`: the selected statement, behind which the new one goes; nil is the end of the last edit.
  /// - `smoothing`: 0 (none) … 1.
  /// - `recognize`: whether what is nearly a line, circle or ellipse becomes one.
  case draw(
    points: [Point], tool: StudioTool, style: StrokeStyle = StrokeStyle(), after: SourceLocation? = nil,
    smoothing: Double = 0.25, recognize: Bool = true)
  /// Draws the statement's shape again; only its points are replaced.
  case redraw(at: SourceLocation, points: [Point], smoothing: Double = 0.25)
  /// Deletes a statement.
  case delete(at: SourceLocation)
  /// Gives a stroke's modifier (``Language``'s `modifiers`), or a setting of an edit (its `editSettings`), a value, written
  /// as in a script.
  case set(at: SourceLocation, modifier: String, value: String)
  /// Writes out what a call, a loop or a name stands for, so that it can be changed alone.
  case detach(at: SourceLocation)
  /// Makes the number, colour or point that is written at a place a `param`.
  case extractParam(at: SourceLocation)
}
