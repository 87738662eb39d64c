import FeditFiles
import FeditProgram
import FeditSession
import Foundation

/// A script as a review names it: a file, a git revision of one, or what a picture carries.
public struct ReviewSource: Sendable {
  /// What the review calls it: `recipe.fedit`, `HEAD~1:recipe.fedit`.
  public var name: String
  /// Its path is where it is taken to stand, and relative paths in it start there.
  public var script: ScriptFile
  /// Whether it comes out of a picture: it ends with the `save` that wrote the picture then.
  public var isEmbedded: Bool
  /// The files among which it stood; nil where these are the ones on the disk.
  private var revision: (tree: GitTree, commit: String, scratch: String)?

  /// What the script sees of the outside.
  ///
  /// - Parameter disk: Reads the files that the revision does not have.
  /// - Returns: Files of the revision, or the disk itself.
  public func world(_ disk: DiskWorld) -> any World {
    guard let revision else { return disk }
    return RevisionWorld(
      base: disk, tree: revision.tree, commit: revision.commit, scratch: revision.scratch)
  }

  /// Finds one side of a comparison.
  ///
  /// - Parameters:
  ///   - argument: A file; `-` for standard input; `REVISION:FILE`; or a revision of the other side's file.
  ///   - otherSide: The other side's argument.
  ///   - path: Where the script is taken to stand; nil is where it lies. The script out of a picture stands where the
  ///     other side's script does, if that is one, since that is most likely where it came from.
  ///   - scratch: A folder for this side's earlier files, that need not exist.
  /// - Throws: `FileError`; `ProvenanceError` where a picture carries no script.
  init(_ argument: String, otherSide: String, at path: String?, scratch: String) throws {
    func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }
    if argument == "-" || exists(argument) {
      var place = path ?? argument
      if path == nil, PictureMetadata.isPNG(argument), exists(otherSide), !PictureMetadata.isPNG(otherSide) {
        place = otherSide
      }
      try self.init(name: path ?? argument, file: argument, at: place, revision: nil)
      return
    }
    var revision = argument
    var file = otherSide
    if let colon = argument.firstIndex(of: ":") {
      revision = String(argument[..<colon])
      file = String(argument[argument.index(after: colon)...])
    } else if let colon = otherSide.firstIndex(of: ":"), !exists(otherSide) {
      file = String(otherSide[otherSide.index(after: colon)...])
    }
    let real = PathResolver.real(file)
    guard file != "-", let tree = GitTree(around: (real as NSString).deletingLastPathComponent),
      let inside = tree.inside(real), let commit = tree.commit(revision)
    else {
      throw FileError.cannotRead(path: argument, reason: "there is no such file, and no such git revision")
    }
    guard tree.has(inside, in: commit) else {
      throw FileError.cannotRead(path: argument, reason: "the revision '\(revision)' has no file '\(inside)'")
    }
    let target = scratch + "/" + inside
    try tree.extract(inside, of: commit, to: target)
    try self.init(
      name: "\(revision):\(file)", file: target, at: path ?? file, revision: (tree, commit, scratch))
  }

  private init(
    name: String, file: String, at path: String, revision: (tree: GitTree, commit: String, scratch: String)?
  ) throws {
    self.name = name
    self.revision = revision
    isEmbedded = PictureMetadata.isPNG(file)
    guard isEmbedded else {
      do throws(FileError) {
        let bytes =
          file == "-"
          ? try readStandardInput(limit: DiskWorld.scriptLimit)
          : try readFile(file, limit: DiskWorld.scriptLimit)
        script = ScriptFile(argument: path, bytes: bytes, name: file == "-" ? nil : name)
      } catch {
        throw error.named(name)
      }
      return
    }
    let text: String?
    do {
      text = try PictureMetadata(path: file).script
    } catch var error as ProvenanceError {
      error.file = name
      throw error
    }
    guard let text else {
      throw ProvenanceError(
        file: name, "it carries no script",
        hints: ["fedit puts one into the PNG files that it saves, unless --no-metadata was given"])
    }
    // Beside the picture, not in its place: the script saves the picture, and no script may save over itself.
    let place = path.hasSuffix(".fedit") ? path : path + ".fedit"
    script = ScriptFile(argument: place, bytes: Array(text.utf8), name: name)
  }
}

/// The two sides of a comparison, and the folder that holds earlier files of git revisions as long as it lives.
public final class ReviewSources: Sendable {
  public let before: ReviewSource
  public let after: ReviewSource
  private let scratch: String

  /// Finds both sides, as `HEAD~1 recipe.fedit` or `recipe.fedit portrait.png` or `HEAD~2:a.fedit HEAD:a.fedit`.
  ///
  /// - Parameters:
  ///   - before: As the command line gives it.
  ///   - after: Likewise.
  ///   - path: Where both are taken to stand, whatever files hold their texts; nil is where they lie.
  /// - Throws: `FileError` for a name that is neither file nor revision; `ProvenanceError` where a picture
  ///   carries no script.
  public init(_ before: String, _ after: String, at path: String? = nil) throws {
    let scratch = NSTemporaryDirectory() + "/fedit-review-\(UUID().uuidString)"
    do {
      self.before = try ReviewSource(before, otherSide: after, at: path, scratch: scratch + "/before")
      self.after = try ReviewSource(after, otherSide: before, at: path, scratch: scratch + "/after")
    } catch {
      try? FileManager.default.removeItem(atPath: scratch)
      throw error
    }
    self.scratch = scratch
  }

  deinit { try? FileManager.default.removeItem(atPath: scratch) }
}
