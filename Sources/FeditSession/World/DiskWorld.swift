import FeditFiles
import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText
import FeditWeights
import Foundation
import Synchronization

/// Scripts, pictures and models on the disk, below one root; pictures and models stay open between uses.
public final class DiskWorld: World {
  /// The longest script that is read, in bytes.
  public static let scriptLimit = 16 << 20
  /// The largest SVG file that is read, in bytes: it may have a photo in it.
  public static let drawingLimit = 64 << 20

  /// Keeps paths in scripts below the root.
  public let resolver: PathResolver
  let pictures: PictureCache
  private let models: ModelCache
  let faceFinding: FaceFinding
  let knownFaces = KnownFaces()
  private let digests = Mutex<[String: (stamp: FileStamp?, sha256: String)]>([:])

  /// - Parameters:
  ///   - root: the folder that paths in scripts stay below.
  ///   - pictureLimits: the largest picture that is decoded.
  ///   - store: where models with names are.
  ///   - threads: of the face finder.
  public init(
    root: String, pictureLimits: PictureLimits = PictureLimits(), store: ModelStore = .standard(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    resolver = PathResolver(root: root)
    pictures = PictureCache(limits: pictureLimits)
    models = ModelCache(store: store)
    faceFinding = FaceFinding(threads: threads)
  }

  /// A world that has its own pictures and shares the open models of another.
  public init(root: String, pictureLimits: PictureLimits = PictureLimits(), sharingModelsOf other: DiskWorld)
  {
    resolver = PathResolver(root: root)
    pictures = PictureCache(limits: pictureLimits)
    models = other.models
    faceFinding = other.faceFinding
  }

  // MARK: Paths and scripts

  /// The absolute path of a file that a script names; see `PathResolver.resolve`.
  public func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    let shown = "'\(terminalSafe(String(path.prefix(200))))'"
    do {
      return try resolver.resolve(path, in: (script as NSString).deletingLastPathComponent)
    } catch {
      switch error {
      case .empty:
        throw WorldProblem(.path, "this path is empty", hints: ["name a file, such as \"portrait.png\""])
      case .absolute:
        throw WorldProblem(
          .path, "\(shown) is an absolute path",
          hints: [
            "paths in a script are relative to its folder, so that it works wherever it lies",
            "the command line may name any file, as in --photo FILE",
          ])
      case .escapesRoot(let root):
        throw WorldProblem(
          .path, "\(shown) leads out of the folder '\(terminalSafe(root))'",
          hints: ["keep the file below that folder, or allow a larger one with --root DIR"])
      case .controlCharacter:
        throw WorldProblem(
          .path, "\(shown) has a control character in it", hints: ["rename the file"])
      case .tooLong:
        throw WorldProblem(
          .path, "this path has \(path.utf8.count) bytes, more than the limit of \(PathResolver.lengthLimit)")
      }
    }
  }

  /// Whether there is a regular file.
  public func exists(_ path: String) -> Bool { FileStamp(path) != nil }

  /// A script's bytes, up to `scriptLimit`.
  public func script(at path: String) throws(WorldProblem) -> [UInt8] {
    try bytes(at: path, what: "script", limit: Self.scriptLimit)
  }

  /// An SVG file's bytes, up to `drawingLimit`.
  public func drawing(at path: String) throws(WorldProblem) -> [UInt8] {
    try bytes(at: path, what: "drawing", limit: Self.drawingLimit)
  }

  private func bytes(at path: String, what: String, limit: Int) throws(WorldProblem) -> [UInt8] {
    do {
      return try readFile(path, limit: limit)
    } catch {
      switch error {
      case .tooLarge(_, let bytes, let limit):
        throw WorldProblem(
          .malformed, "this \(what) has \(bytes) bytes, more than the limit of \(limit)")
      case .cannotRead(_, let reason), .cannotWrite(_, let reason):
        throw WorldProblem(
          FileManager.default.fileExists(atPath: path) ? .unreadable : .missing,
          "this \(what) cannot be read: \(reason)")
      }
    }
  }

  // MARK: Pictures

  /// The size of a picture in pixels, EXIF orientation applied; only its header is read.
  public func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    do { return try pictures.size(path) } catch { throw Self.problem(error) }
  }

  /// The median colour of the 5×5 pixels around a place of a picture.
  public func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    do { return try pictures.picture(path).median(around: point) } catch { throw Self.problem(error) }
  }

  /// The rectangle around a mask picture's set pixels, in fractions of its sides; nil where none is set.
  public func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    let picture: Picture
    do { picture = try pictures.picture(path) } catch { throw Self.problem(error) }
    var low = (x: picture.width, y: picture.height)
    var high = (x: -1, y: -1)
    for y in 0..<picture.height {
      for x in 0..<picture.width where LayerThreshold.isSet(picture.rgb8(x, y), alpha: picture.alpha8(x, y)) {
        low = (min(low.x, x), min(low.y, y))
        high = (max(high.x, x), max(high.y, y))
      }
    }
    guard high.x >= 0 else { return nil }
    let width = Double(picture.width)
    let height = Double(picture.height)
    return (
      Point(Double(low.x) / width, Double(low.y) / height),
      Point(Double(high.x + 1) / width, Double(high.y + 1) / height)
    )
  }

  /// A picture's fault in the words of a diagnostic, without the absolute path.
  static func problem(_ error: PictureError) -> WorldProblem {
    let kind: WorldProblem.Kind = error.kind == .unreadable ? .unreadable : .malformed
    return WorldProblem(kind, "this picture cannot be used: \(error.message)", hints: error.allHints)
  }

  /// Takes a picture that is no file, for plans that name it by a path at which there is none. It is let go of with the
  /// run of another photo.
  package func hold(_ picture: Picture, as path: String) { pictures.hold(picture, as: path) }

  // MARK: Models and digests

  /// What the plan says of a model, named or from a file.
  public func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    try loadedModel(name, from: script).plan
  }

  /// Opens a model by name or file; `script` as in `model(_:from:)`.
  public func loadedModel(_ name: String?, from script: String?) throws(WorldProblem) -> LoadedModel {
    try models.open(name) { (file) throws(WorldProblem) in
      guard let script else { return file }
      let path = try resolve(file, from: script)
      guard exists(path) else {
        throw WorldProblem(
          .missing, "there is no file '\(terminalSafe(file))'",
          hints: ["paths are relative to the script's folder; is the model beside it?"])
      }
      return path
    }
  }

  /// Opens the model that a plan names.
  public func loadedModel(_ plan: PlanModel) throws(WorldProblem) -> LoadedModel {
    try models.open(plan.source)
  }

  /// The SHA-256 of a file, reckoned again only where the file has changed.
  ///
  /// - Throws: `FileError` where it can't be read.
  public func sha256(of path: String) throws(FileError) -> String {
    let stamp = FileStamp(path)
    if let known = digests.withLock({ $0[path] }), stamp != nil, known.stamp == stamp { return known.sha256 }
    let made = try SHA256.hex(file: path)
    digests.withLock { $0[path] = (stamp, made) }
    return made
  }
}
