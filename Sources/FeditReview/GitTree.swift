import FeditFiles
import FeditPixels
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import Foundation
import Synchronization

/// A git work tree, whose earlier files are read through the `git` command.
public struct GitTree: Sendable {
  /// The largest file that is taken out of the repository, in bytes.
  public static let sizeLimit = 1 << 30

  /// The work tree's top folder, absolute, symbolic links resolved.
  public let top: String

  /// The work tree that a folder lies in; nil where there is none, or no `git` on this machine.
  public init?(around folder: String) {
    guard let found = Self.git(["-C", folder, "rev-parse", "--show-toplevel"]), found.status == 0 else {
      return nil
    }
    let path = String(decoding: found.output, as: UTF8.self)
    guard path.hasSuffix("\n"), path.utf8.count > 1 else { return nil }
    top = PathResolver.real(String(path.dropLast()))
  }

  /// The commit that a name such as `HEAD~1` means; nil where git knows none.
  public func commit(_ name: String) -> String? {
    guard !name.isEmpty,
      let found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"]),
      found.status == 0
    else { return nil }
    return String(decoding: found.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A file's path below the top.
  ///
  /// - Parameter path: absolute, symbolic links resolved.
  /// - Returns: nil where it lies elsewhere.
  public func inside(_ path: String) -> String? {
    let prefix = top == "/" ? top : top + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
  }

  /// Whether a commit has a file at a path below the top.
  public func has(_ path: String, in commit: String) -> Bool {
    guard let found = git(["cat-file", "-t", "\(commit):\(path)"]) else { return false }
    return found.status == 0 && found.output.starts(with: Array("blob".utf8))
  }

  /// Writes a file as a commit has it.
  ///
  /// Nothing of the clone's configuration is run: no filter, no `textconv`, no external program. What git-lfs keeps
  /// elsewhere is taken from its folder in the clone, by its hash.
  ///
  /// - Parameters:
  ///   - path: below the top.
  ///   - commit: a full commit name.
  ///   - target: where to.
  /// - Throws: `FileError`.
  public func extract(_ path: String, of commit: String, to target: String) throws(FileError) {
    let name = "\(commit.prefix(12)):\(path)"
    let size = git(["cat-file", "-s", "\(commit):\(path)"]).flatMap {
      Int(String(decoding: $0.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
    guard let size else { throw .cannotRead(path: name, reason: "git does not have it") }
    guard size <= Self.sizeLimit else { throw .tooLarge(path: name, bytes: size, limit: Self.sizeLimit) }
    guard let found = git(["cat-file", "blob", "\(commit):\(path)"]), found.status == 0 else {
      throw .cannotRead(path: name, reason: "git does not give it out")
    }
    if let hash = Self.largeFile(found.output) {
      try AtomicFile.write(try largeFile(hash, name: name), to: target)
    } else {
      try AtomicFile.write(found.output, to: target)
    }
  }

  /// The SHA-256 in a pointer of git-lfs; nil for other files.
  private static func largeFile(_ bytes: [UInt8]) -> String? {
    guard bytes.count < 1024, bytes.starts(with: Array("version https://git-lfs.github.com/spec/".utf8))
    else {
      return nil
    }
    let mark = "oid sha256:"
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(mark) }
    return line.map { String($0.dropFirst(mark.count)) }.flatMap { hash in
      hash.utf8.count == 64 && hash.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 } ? hash : nil
    }
  }

  /// A file that git-lfs keeps.
  private func largeFile(_ hash: String, name: String) throws(FileError) -> [UInt8] {
    let folder = git(["rev-parse", "--path-format=absolute", "--git-common-dir"]).map {
      String(decoding: $0.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let path = "\(folder ?? top)/lfs/objects/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
    guard let bytes = try? readFile(path, limit: Self.sizeLimit), SHA256.hex(bytes) == hash else {
      throw .cannotRead(path: name, reason: "git-lfs has it elsewhere; fetch it: git lfs fetch --all")
    }
    return bytes
  }

  private func git(_ arguments: [String]) -> ChildProcess.Outcome? { Self.git(["-C", top] + arguments) }

  /// Runs git; what it complains about is not shown. nil where it can't be started.
  private static func git(_ arguments: [String]) -> ChildProcess.Outcome? {
    ChildProcess.run(["git"] + arguments)
  }
}

/// The files of a git work tree as they were at a commit: scripts and pictures that it has come from there,
/// all else from the disk, and so does the model.
public final class RevisionWorld: World {
  private let base: DiskWorld
  private let tree: GitTree
  private let commit: String
  /// Where files of the commit are put when they are first asked for.
  private let scratch: String
  private let known = Mutex<[String: Bool]>([:])

  /// - Parameters:
  ///   - base: reads what is on the disk; its root holds for paths of all commits.
  ///   - tree: the work tree.
  ///   - commit: a full commit name.
  ///   - scratch: a folder that nobody else uses; the caller deletes it.
  public init(base: DiskWorld, tree: GitTree, commit: String, scratch: String) {
    self.base = base
    self.tree = tree
    self.commit = commit
    self.scratch = PathResolver.real(scratch)
  }

  /// A file's path: where it is put if the commit has it, else on the disk.
  public func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    let found = try base.resolve(path, from: original(script))
    guard let inside = tree.inside(found), has(inside) else { return found }
    return scratch + "/" + inside
  }

  /// Whether the commit, or else the disk, has a file.
  public func exists(_ path: String) -> Bool {
    if let inside = self.inside(path) { return has(inside) }
    return base.exists(path)
  }

  /// A script's bytes as the commit has it.
  public func script(at path: String) throws(WorldProblem) -> [UInt8] {
    try base.script(at: try present(path))
  }

  /// An SVG file's bytes as the commit has it.
  public func drawing(at path: String) throws(WorldProblem) -> [UInt8] {
    try base.drawing(at: try present(path))
  }

  /// A picture's size as the commit has it.
  public func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    try base.pictureSize(at: try present(path))
  }

  /// A colour of a picture as the commit has it.
  public func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    try base.sample(try present(path), at: point)
  }

  /// The bounds of a mask as the commit has it.
  public func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    try base.maskBounds(at: try present(path))
  }

  /// The face of a picture as the commit has it.
  public func face(in path: String) throws(WorldProblem) -> FaceGeometry? {
    try base.face(in: try present(path))
  }

  /// Outlines of a face of a picture as the commit has it.
  public func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  {
    try base.outlines(of: face, in: try present(path))
  }

  /// A model; they always come from the disk.
  public func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    try base.model(name, from: script.map(original))
  }

  /// A ranking; like models they always come from the disk.
  public func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    try base.ranking(file, from: script.map(original))
  }

  /// Where a mask lies, its images as the commit has them.
  public func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? {
    for case .image(let file, _) in edit.strokes.map(\.content) { try present(file.path) }
    return try base.maskPlace(of: edit, pens: pens, photo: photo, face: face, side: side)
  }

  /// The commit's file, on the disk from now on.
  ///
  /// - Parameter path: as `resolve` or `place` gave it.
  /// - Returns: the same path.
  /// - Throws: `WorldProblem` where git does not give it out.
  @discardableResult
  public func present(_ path: String) throws(WorldProblem) -> String {
    guard let inside = inside(path), FileStamp(path) == nil else { return path }
    do {
      try tree.extract(inside, of: commit, to: path)
    } catch {
      throw WorldProblem(.unreadable, "this file cannot be read: \(error)")
    }
    return path
  }

  /// Where the commit's version of a file of the work tree is put.
  ///
  /// - Parameter path: absolute, symbolic links resolved.
  /// - Returns: nil where the commit has no such file.
  public func place(of path: String) -> String? {
    guard let inside = tree.inside(path), has(inside) else { return nil }
    return scratch + "/" + inside
  }

  /// The path in the work tree of what lies in the scratch folder; others stay.
  private func original(_ path: String) -> String {
    inside(path).map { tree.top == "/" ? "/" + $0 : tree.top + "/" + $0 } ?? path
  }

  private func inside(_ path: String) -> String? {
    path.hasPrefix(scratch + "/") ? String(path.dropFirst(scratch.count + 1)) : nil
  }

  private func has(_ inside: String) -> Bool {
    if let answer = known.withLock({ $0[inside] }) { return answer }
    let answer = tree.has(inside, in: commit)
    known.withLock { $0[inside] = answer }
    return answer
  }
}
