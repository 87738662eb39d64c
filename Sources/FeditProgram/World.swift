import FeditPixels
import FeditPlan

/// Why something outside the script could not be had, in words for the person who wrote it.
public struct WorldProblem: Error, Sendable {
  /// What kind of fault it is; diagnostics and exit statuses depend on it.
  public enum Kind: Sendable {
    /// The path leaves the root, is absolute or malformed.
    case path
    /// There is no such file.
    case missing
    /// It is there but the system does not let it be read.
    case unreadable
    /// It was read, and its contents are wrong or not of a kind that is known.
    case malformed
  }

  /// What kind of fault it is.
  public var kind: Kind
  /// What is wrong, in a sentence without a full stop.
  public var message: String
  /// What would mend it.
  public var hints: [String]

  /// A fault in words.
  public init(_ kind: Kind, _ message: String, hints: [String] = []) {
    self.kind = kind
    self.message = message
    self.hints = hints
  }
}

/// All that a program sees of what is outside it. The core does no I/O of its own, so that the
/// commands, the REPL, the language server and the tests run the same code.
public protocol World: Sendable {
  /// The absolute path of a file that a script names.
  ///
  /// - Parameters:
  ///   - path: as written.
  ///   - script: the absolute path of the script file it stands in.
  /// - Returns: an absolute path.
  /// - Throws: `WorldProblem` where a script may not name it.
  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String
  /// Whether a regular file is there.
  func exists(_ path: String) -> Bool
  /// A script's bytes.
  func script(at path: String) throws(WorldProblem) -> [UInt8]
  /// An SVG file's bytes.
  func drawing(at path: String) throws(WorldProblem) -> [UInt8]
  /// A picture's size in pixels after EXIF orientation; only its header is read.
  func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int)
  /// The median of the 5×5 pixels of a picture around a place in pixels, mirrored at the border.
  func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8
  /// The smallest rectangle around the pixels of a mask image that are set (grey above 127),
  /// as shares 0…1 of its sides; nil where none is.
  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)?
  /// The largest face that is found in a picture, in its pixels; nil where none is.
  func face(in path: String) throws(WorldProblem) -> FaceGeometry?
  /// The outlines of a face of a picture whose eyes and mouth are known; empty where none are found.
  func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  /// A model by name, or by the path of its file.
  ///
  /// - Parameters:
  ///   - name: as written; nil is the built-in default.
  ///   - script: the script file in which it stands; nil where the command line gave it.
  /// - Returns: the model's source and size.
  /// - Throws: `WorldProblem` where there is no such model.
  func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel
  /// A ranking of experts by the path of its file, its weight files found and compared with what it says of them.
  ///
  /// - Parameters:
  ///   - file: as written.
  ///   - script: as in `model(_:from:)`.
  /// - Returns: the ranking with its experts' models.
  /// - Throws: `WorldProblem` where the ranking or a weight file can't be used, or is another than was measured.
  func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking
  /// Where the mask of an edit lies and how large it is.
  ///
  /// - Parameters:
  ///   - edit: whose mask strokes are drawn.
  ///   - pens: what their brushes are as wide as.
  ///   - photo: the picture.
  ///   - face: where it is; nil where none is known.
  ///   - side: of the portrait in photo pixels, which sizes are measured against.
  /// - Returns: nil where nothing is masked, or nobody draws masks here.
  /// - Throws: `WorldProblem` where an image of the mask can't be used.
  func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace?
}

extension World {
  /// None: a world that does not look at pictures.
  public func face(in path: String) throws(WorldProblem) -> FaceGeometry? { nil }
  /// None.
  public func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  {
    [:]
  }
  /// None can be read.
  public func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    throw WorldProblem(.unreadable, "rankings of experts cannot be read here")
  }
  /// Not known.
  public func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? { nil }
}

/// A world laid over another one, which answers for all that this one does not.
public protocol WorldLayer: World {
  /// The world below.
  var base: any World { get }
}

extension WorldLayer {
  /// As the world below has it.
  public func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    try base.resolve(path, from: script)
  }
  /// As the world below has it.
  public func exists(_ path: String) -> Bool { base.exists(path) }
  /// As the world below has it.
  public func script(at path: String) throws(WorldProblem) -> [UInt8] { try base.script(at: path) }
  /// As the world below has it.
  public func drawing(at path: String) throws(WorldProblem) -> [UInt8] { try base.drawing(at: path) }
  /// As the world below has it.
  public func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    try base.pictureSize(at: path)
  }
  /// As the world below has it.
  public func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    try base.sample(path, at: point)
  }
  /// As the world below has it.
  public func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    try base.maskBounds(at: path)
  }
  /// As the world below has it.
  public func face(in path: String) throws(WorldProblem) -> FaceGeometry? { try base.face(in: path) }
  /// As the world below has it.
  public func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  {
    try base.outlines(of: face, in: path)
  }
  /// As the world below has it.
  public func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    try base.model(name, from: script)
  }
  /// As the world below has it.
  public func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    try base.ranking(file, from: script)
  }
  /// As the world below has it.
  public func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? {
    try base.maskPlace(of: edit, pens: pens, photo: photo, face: face, side: side)
  }
}
