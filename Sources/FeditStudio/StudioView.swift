import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax

/// What a gesture is seen through: how large the photo is shown, and all that planning the script needs.
public struct StudioView: Sendable {
  /// Screen pixels per photo pixel; what is written is exact to half a screen pixel.
  public var zoom: Double
  /// What messages call the script.
  public var name: String
  /// The script's absolute path (it need not exist).
  public var path: String
  /// Files, pictures, models.
  public var world: any World
  /// What the command line adds.
  public var options: PlanOptions

  /// A view of a script.
  public init(
    zoom: Double = 1, name: String, path: String, world: any World, options: PlanOptions = PlanOptions()
  ) {
    self.zoom = zoom
    self.name = name
    self.path = path
    self.world = world
    self.options = options
  }
}

/// What a gesture did to a script.
public struct StudioEdit: Sendable {
  /// In the text before, in its order, none overlapping another; empty where there was nothing to change.
  public var edits: [Diagnostic.Edit]
  /// The text after.
  public var text: String
  /// How many strokes changed their shape or place besides the one that was meant.
  public var moves: Int
  /// The statement in the text after that is selected now; nil where there is none.
  public var selection: SourceLocation?
  /// The text after, planned.
  public var result: ProgramResult
}

/// What the canvas shows of a script.
public struct StudioDrawing: Sendable {
  /// A step of the way from the script at hand down to where a stroke is written.
  public struct Crumb: Hashable, Sendable, Codable {
    /// The file as messages call it.
    public var file: String
    /// Where it begins there.
    public var location: SourceLocation
    /// The statement's or call's text, its first line.
    public var text: String
    /// Whether it stands in another file, which gestures leave alone.
    public var isLocked: Bool
  }

  /// A point that can be dragged.
  public struct Handle: Hashable, Sendable, Codable {
    /// From 1, among all handles of the item's statement: what ``Gesture/move(at:handle:by:picked:)`` takes.
    public var number: Int
    /// Photo pixels.
    public var place: Point
    /// The expression that gives the point.
    public var text: String
    /// Whether it is written in another file.
    public var isLocked: Bool
  }

  /// Something drawn.
  public struct Item: Hashable, Sendable, Codable {
    /// The edit's name.
    public var edit: String
    /// What it draws into.
    public var layer: PlanLayer
    /// Whether it takes away.
    public var isErase: Bool
    /// The name that `as` gives it.
    public var label: String?
    /// Where the statement of the script at hand begins that drew it: what gestures take as `at`.
    public var location: SourceLocation
    /// That statement in the script's text, in UTF-8 offsets.
    public var span: Span
    /// From that statement down to the stroke's own; the first alone where they are one.
    public var trail: [Crumb]
    /// From the units at the stroke to photo pixels.
    public var frame: Affine
    /// The shape's outlines in photo pixels; empty for pictures.
    public var paths: [Path]
    /// Whether the shape is filled in masks and colours.
    public var isClosed: Bool
    /// Its colour, where it has one.
    public var color: RGB8?
    /// The line's width in photo pixels; nil is the layer's own.
    public var width: Double?
    /// The points that it is made of.
    public var handles: [Handle]
  }

  /// In the order of drawing.
  public var items: [Item]
  /// The eyes' and the mouth's places, in the order of the `face` statement; empty where there is none. They are dragged as
  /// handles of that statement.
  public var face: [Handle]
  /// The photo's width in pixels.
  public var width: Int
  /// The photo's height in pixels.
  public var height: Int
  /// Warnings of the plan.
  public var diagnostics: [Diagnostic]
}

/// A literal that a drag could change.
public struct MoveTarget: Hashable, Sendable, Codable {
  /// Where it stands in the script at hand: `picked` of ``Gesture/move(at:handle:by:picked:)``.
  public var location: SourceLocation
  /// The same in UTF-8 offsets.
  public var span: Span
  /// Its text.
  public var text: String
  /// How many strokes it moves besides the one that is dragged.
  public var moves: Int
}
