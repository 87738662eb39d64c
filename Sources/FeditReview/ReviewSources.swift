import FeditFiles
import FeditProgram
import FeditProvenance
import FeditSession
import FeditText
import Foundation

/// How a review names one of its sides.
public enum ReviewSide: Sendable {
  /// A file; `-` for standard input; `REVISION:FILE`; or a revision of the other side's file.
  case named(String)
  /// A git revision and nothing else, whatever files there are.
  case revision(String, file: String)

  static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
  }
}

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
  ///   - side: How it is named. A name that is both a file and a revision is refused, as git does it: a pull
  ///     request may add a file that is named like the commit it is compared with.
  ///   - otherSide: How the other side is named.
  ///   - path: Where the script is taken to stand; nil is where it lies. The script out of a picture stands where the
  ///     other side's script does, if that is one, since that is most likely where it came from.
  ///   - scratch: A folder for this side's earlier files, that need not exist.
  /// - Throws: `FileError`; `UserError` where the name has two meanings; `ProvenanceError` where a picture carries
  ///   no script.
  init(_ side: ReviewSide, otherSide: ReviewSide, at path: String?, scratch: String) throws {
    switch side {
    case .revision(let revision, let file):
      try self.init(
        try Earlier(revision, file, argument: "\(revision):\(file)"), at: path, scratch: scratch)
    case .named(let argument):
      guard argument == "-" || ReviewSide.isFile(argument) else {
        let (revision, file) = Self.revision(argument, otherSide)
        try self.init(try Earlier(revision, file, argument: argument), at: path, scratch: scratch)
        return
      }
      // A path that begins like this is never a revision.
      let isPlainlyFile = argument == "-" || ["/", "./", "../"].contains { argument.hasPrefix($0) }
      if !isPlainlyFile {
        let (revision, file) = Self.revision(argument, otherSide)
        if (try? Earlier(revision, file, argument: argument)) != nil {
          throw UserError(
            .usage, "'\(argument)' is the name of a file and of a git revision",
            hints: [
              "write './\(argument)' for the file",
              "of three arguments, as in 'fedit diff OLD NEW SCRIPT', the first two are always revisions",
            ])
        }
      }
      var place = path ?? argument
      if path == nil, PictureMetadata.isPicture(argument), case .named(let other) = otherSide,
        ReviewSide.isFile(other), !PictureMetadata.isPicture(other)
      {
        place = other
      }
      try self.init(name: path ?? argument, file: argument, at: place, revision: nil)
    }
  }

  /// What a name that is no file means: `REVISION:FILE`, or a revision of the other side's file.
  private static func revision(_ argument: String, _ otherSide: ReviewSide) -> (
    revision: String, file: String
  ) {
    if let colon = argument.firstIndex(of: ":") {
      return (String(argument[..<colon]), String(argument[argument.index(after: colon)...]))
    }
    switch otherSide {
    case .revision(_, let file): return (argument, file)
    case .named(let other):
      guard !ReviewSide.isFile(other), let colon = other.firstIndex(of: ":") else { return (argument, other) }
      return (argument, String(other[other.index(after: colon)...]))
    }
  }

  /// A file as a commit has it.
  private struct Earlier {
    var revision: String
    var file: String
    var tree: GitTree
    var commit: String
    /// Below the work tree's top.
    var inside: String

    init(_ revision: String, _ file: String, argument: String) throws(FileError) {
      let real = PathResolver.real(file)
      guard file != "-", let tree = GitTree(around: (real as NSString).deletingLastPathComponent),
        let inside = tree.inside(real), let commit = tree.commit(revision)
      else {
        throw .cannotRead(path: argument, reason: "there is no such file, and no such git revision")
      }
      guard tree.has(inside, in: commit) else {
        throw .cannotRead(path: argument, reason: "the revision '\(revision)' has no file '\(inside)'")
      }
      (self.revision, self.file, self.tree, self.commit, self.inside) = (revision, file, tree, commit, inside)
    }
  }

  private init(_ earlier: Earlier, at path: String?, scratch: String) throws {
    let target = scratch + "/" + earlier.inside
    try earlier.tree.extract(earlier.inside, of: earlier.commit, to: target)
    try self.init(
      name: "\(earlier.revision):\(earlier.file)", file: target, at: path ?? earlier.file,
      revision: (earlier.tree, earlier.commit, scratch))
  }

  private init(
    name: String, file: String, at path: String, revision: (tree: GitTree, commit: String, scratch: String)?
  ) throws {
    self.name = name
    self.revision = revision
    isEmbedded = PictureMetadata.isPicture(file)
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
        hints: ["fedit puts one into the pictures that it saves, unless --no-metadata was given"])
    }
    // Beside the picture, not in its place: the script saves the picture, and no script may save over itself.
    let place = path.hasSuffix(".fedit") ? path : path + ".fedit"
    script = ScriptFile(argument: place, bytes: Array(text.utf8), name: name)
  }
}

/// The two sides of a comparison, and the folder that holds earlier files of git revisions as long as it lives.
public final class ReviewSources: Sendable {
  /// The side that is compared with the other.
  public let before: ReviewSource
  /// The side that is compared.
  public let after: ReviewSource
  private let scratch: String

  /// Finds both sides, as `HEAD~1 recipe.fedit` or `recipe.fedit portrait.png` or `HEAD~2:a.fedit HEAD:a.fedit`.
  ///
  /// - Parameters:
  ///   - before: How the command line names it.
  ///   - after: Likewise.
  ///   - path: Where both are taken to stand, whatever files hold their texts; nil is where they lie.
  /// - Throws: `FileError` for a name that is neither file nor revision; `UserError` for one that is both;
  ///   `ProvenanceError` where a picture carries no script.
  public init(_ before: ReviewSide, _ after: ReviewSide, at path: String? = nil) throws {
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
