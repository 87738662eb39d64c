import FeditPixels
import FeditPlan
import FeditSyntax

/// One file of a checked program: what editors ask about.
public struct ProgramFile: Sendable {
  /// Absolute path.
  public var path: String
  /// The file's tree.
  public var script: Script
  /// Every name that is introduced or used in the file, in no particular order.
  public var symbols: [SymbolUse]
  /// Paths of the files behind `use "FILE"`, in order.
  public var imports: [String]
  /// Paths of the files behind `use "FILE" as NAME`, by that name.
  public var aliases: [String: String]

  /// The file's text.
  public var source: SourceText { script.source }
}

/// The value of a place in the entry script, as ``ProgramResult/values(of:world:options:)`` gives it.
public struct WatchedValue: Hashable, Sendable {
  /// The value's type.
  public var type: ValueType
  /// As source text; a shape or a frame is only named.
  public var text: String
  /// Set where the value is a colour.
  public var color: RGB8?
  /// Set where the value is a point: its place in photo pixels, by the frame in force there.
  public var place: Point?
}
