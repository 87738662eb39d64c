import FeditFiles
import FeditSession
import Foundation

/// A script as a review names it, found: a file, a revision of one, or what a picture carries.
public struct ReviewSource {
  /// What the review calls it.
  public var name: String
  public var script: ScriptFile
  /// Whether it comes out of a picture.
  public var isEmbedded: Bool
  /// The earlier files that it stands among; nil where these are the ones on the disk.
  var revision: (tree: GitTree, commit: String)?
}

/// Finds the two sides of a comparison.
///
/// Each is a script, a picture that carries one, or a git revision of the other side: `HEAD~1 recipe.fedit`,
/// `HEAD~2:recipe.fedit HEAD:recipe.fedit`.
public struct ReviewSources: ~Copyable {
  public let before: ReviewSource
  public let after: ReviewSource
  /// Holds files of revisions.
  private let scratch: String

  /// - Parameters:
  ///   - before: As the command line gives it; `-` is standard input.
  ///   - after: Likewise.
  ///   - path: Where both scripts are taken to stand, whatever files their texts are in; nil is where they lie.
  /// - Throws: `FileError`, `ProvenanceError`; `ReviewSourceError` for a name that is neither file nor revision.
  public init(_ before: String, _ after: String, at path: String? = nil) throws {
    scratch = NSTemporaryDirectory() + "/fedit-review-\(UUID().uuidString)"
    do {
      self.before = try Self.find(before, otherSide: after, scratch: scratch + "/before", at: path)
      self.after = try Self.find(after, otherSide: before, scratch: scratch + "/after", at: path)
    } catch {
      try? FileManager.default.removeItem(atPath: scratch)
      throw error
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: scratch) }

  private static func find(
    _ argument: String, otherSide: String, scratch: String, at path: String?
  ) throws -> ReviewSource {
    if argument == "-" || FileManager.default.fileExists(atPath: argument) {
      return try source(argument, file: argument, at: path ?? argument, revision: nil)
    }
    // `REVISION:FILE`, or a revision of the other side's file.
    var revision = argument
    var file = otherSide
    if let colon = argument.firstIndex(of: ":") {
      revision = String(argument[..<colon])
      file = String(argument[argument.index(after: colon)...])
    }
    let real = PathResolver.real(file)
    guard otherSide != "-" || file != otherSide,
      let tree = GitTree(around: (real as NSString).deletingLastPathComponent),
      let inside = tree.inside(real), let commit = tree.commit(revision)
    else { throw ReviewSourceError(argument, reason: nil) }
    guard tree.has(inside, in: commit) else {
      throw ReviewSourceError(argument, reason: "the revision '\(shown(revision))' has no '\(shown(inside))'")
    }
    let target = scratch + "/" + inside
    try tree.extract(inside, of: commit, to: target)
    return try source("\(revision):\(file)", file: target, at: path ?? file, revision: (tree, commit))
  }

  /// A script's text or what a picture carries, by what the file begins with.
  private static func source(
    _ name: String, file: String, at path: String, revision: (tree: GitTree, commit: String)?
  ) throws -> ReviewSource {
    if file != "-", try readFile(file, limit: PictureFileSignature.sizeLimit, matches: PictureFileSignature.png) {
      let metadata: PictureMetadata
      do {
        metadata = try PictureMetadata(path: file)
      } catch var error as ProvenanceError {
        error.file = name
        throw error
      }
      guard let text = metadata.script else {
        throw ProvenanceError(
          file: name, "it carries no script", hints: ["fedit puts it into the PNG files that it saves, unless --no-metadata was given"])
      }
    }
    fatalError()
  }
}
