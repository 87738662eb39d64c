import FeditFiles

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

  /// Whether a relative path stays below the root by its parts alone, without a look at the disk.
  ///
  /// - Parameters:
  ///   - path: relative.
  ///   - folder: where it starts, resolved, below the root.
  /// - Returns: false for one that leaves the root, if only for a while.
  public func staysInside(_ path: String, from folder: String) -> Bool {
    guard !path.hasPrefix("/"), contains(folder) else { return false }
    var depth = folder.split(separator: "/").count - root.split(separator: "/").count
    for part in path.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }

  /// Whether a resolved absolute path lies below the root (or is the root).
  public func contains(_ real: String) -> Bool {
    root == "/" || real == root || real.hasPrefix(root + "/")
  }

  /// A path as it leads from a folder; both absolute and real.
  public static func path(_ path: String, from folder: String) -> String {
    let here = folder.split(separator: "/")
    let there = path.split(separator: "/")
    let shared = zip(here, there).prefix { $0 == $1 }.count
    return (Array(repeating: "..", count: here.count - shared) + there[shared...].map(String.init))
      .joined(separator: "/")
  }

  /// `realPath` of FeditFiles.
  public static func real(_ path: String) -> String { realPath(path) }
}
