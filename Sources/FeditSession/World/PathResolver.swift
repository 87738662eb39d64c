import Foundation

/// Finds the files that scripts name, and keeps scripts below their root.
///
/// A path in a script is relative to the file it stands in; symbolic links are resolved before
/// the result is compared with the root, so that a link cannot lead out of it.
public struct PathResolver: Hashable, Sendable {
  /// Why a path in a script is refused.
  public enum Problem: Error, Hashable, Sendable {
    case empty
    /// Paths in scripts are relative, so that a recipe works wherever it is checked out.
    case absolute
    case escapesRoot(root: String)
    /// NUL or a control character.
    case controlCharacter
    /// Longer than `lengthLimit`.
    case tooLong
  }

  /// The longest path in bytes that is looked at (Linux' own limit).
  public static let lengthLimit = 4096

  /// The folder that scripts stay below, with its symbolic links resolved.
  public let root: String

  /// - Parameter root: an existing folder.
  public init(root: String) {
    self.root = Self.real(root)
  }

  /// The absolute path of a file that a script names.
  ///
  /// The file itself need not exist; the links in the part of the path that does are resolved.
  ///
  /// - Parameters:
  ///   - path: as written in the script.
  ///   - folder: the folder of the script file in which it stands.
  /// - Returns: an absolute path below `root`.
  /// - Throws: `Problem`.
  public func resolve(_ path: String, in folder: String) throws(Problem) -> String {
    guard !path.isEmpty else { throw .empty }
    guard path.utf8.count <= Self.lengthLimit else { throw .tooLong }
    guard !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw .controlCharacter
    }
    guard !path.hasPrefix("/") else { throw .absolute }
    let real = Self.real(folder + "/" + path)
    guard contains(real) else { throw .escapesRoot(root: root) }
    return real
  }

  /// Whether a resolved absolute path lies below the root (or is the root).
  public func contains(_ real: String) -> Bool {
    root == "/" || real == root || real.hasPrefix(root + "/")
  }

  /// A path made absolute with `.`, `..` and symbolic links resolved as the kernel would,
  /// as far as its parts exist; what does not exist is kept, with `..` taken literally.
  public static func real(_ path: String) -> String {
    let start = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var pending = start.split(separator: "/").map(String.init)
    var tail: [String] = []
    while true {
      let candidate = "/" + pending.joined(separator: "/")
      if let resolved = realpath(candidate, nil) {
        defer { free(resolved) }
        var parts = String(cString: resolved).split(separator: "/").map(String.init)
        for part in tail.reversed() where part != "." {
          if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
      }
      // A dangling link leads where it points, not where it stands.
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: candidate),
        tail.count < 4096
      {
        let folder = "/" + pending.dropLast().joined(separator: "/")
        let next = target.hasPrefix("/") ? target : folder + "/" + target
        // Bounded: a chain of dangling links that is no loop is at most as long as the kernel allows.
        if linkDepth(candidate) < 40 {
          return real(([next] + tail.reversed()).joined(separator: "/"))
        }
      }
      guard let last = pending.popLast() else { return "/" }
      tail.append(last)
    }
  }

  /// How many links one after the other a path leads through; 40 where they form a loop.
  private static func linkDepth(_ path: String) -> Int {
    var path = path
    for depth in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        return depth
      }
      path = target.hasPrefix("/") ? target : (path as NSString).deletingLastPathComponent + "/" + target
    }
    return 40
  }
}
