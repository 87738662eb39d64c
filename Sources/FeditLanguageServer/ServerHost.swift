import FeditAssist
import FeditProgram

/// What the server knows of the machine it runs on. It does no I/O of its own; the command gives it
/// the disk, tests give it a map.
public protocol ServerHost: CompletionEnvironment {
  /// The world that a script is checked in. Open documents are laid over it by the server.
  ///
  /// - Parameters:
  ///   - script: the absolute path of the script.
  ///   - root: the folder that scripts stay below; nil is the script's own.
  /// - Returns: a world that may be asked at any time.
  func world(forScript script: String, root: String?) -> any World
  /// A path with its symbolic links resolved, as worlds give paths.
  func canonicalPath(_ path: String) -> String
  /// The scripts below a folder, as absolute paths in a stable order.
  ///
  /// - Parameters:
  ///   - folder: absolute.
  ///   - limit: how many at most.
  /// - Returns: their paths, links resolved.
  func scripts(below folder: String, limit: Int) -> [String]
  /// Files have changed on disk: what is remembered of them no longer holds.
  func forget()
}
