/// Where a stroke comes from, for tools that lead from a drawing back to its script.
///
/// All origins are equal: two strokes that draw the same are the same, wherever they stand.
public struct PlanOrigin: Hashable, Sendable {
  /// A piece of one of the program's files.
  public struct Site: Hashable, Sendable {
    /// The file's absolute path.
    public var file: String
    /// UTF-8 offsets, the end exclusive.
    public var start: Int
    /// Behind its last byte.
    public var end: Int
    /// The definition that is called there, where it is a call.
    public var name: String?

    /// Bytes of a file.
    public init(file: String, start: Int, end: Int, name: String? = nil) {
      self.file = file
      self.start = start
      self.end = end
      self.name = name
    }
  }

  /// A point that the shape is made of.
  public struct Handle: Hashable, Sendable {
    /// In photo pixels.
    public var place: Point
    /// The expression that gives the point: `(12, 30)`, `left_eye + (0.1, 0)`, a name.
    public var site: Site

    /// A point with the place that its numbers stand in.
    public init(place: Point, site: Site) {
      self.place = place
      self.site = site
    }
  }

  /// The statement, or the entry of a `paint`.
  public var statement: Site
  /// The calls that led to the statement, the outermost first; empty where it stands in an edit itself.
  public var calls: [Site]
  /// From the units at the statement to photo pixels.
  public var frame: Affine
  /// At most a thousand.
  public var handles: [Handle]

  /// Where a stroke comes from.
  public init(statement: Site, calls: [Site], frame: Affine, handles: [Handle]) {
    self.statement = statement
    self.calls = calls
    self.frame = frame
    self.handles = handles
  }

  /// Of a stroke that no script made.
  public static let unknown = PlanOrigin(
    statement: Site(file: "", start: 0, end: 0), calls: [], frame: .identity, handles: [])

  /// Always: an origin is no part of what a stroke is.
  public static func == (a: PlanOrigin, b: PlanOrigin) -> Bool { true }

  /// Nothing, since all origins are equal.
  public func hash(into hasher: inout Hasher) {}
}
