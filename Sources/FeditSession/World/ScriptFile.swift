import FeditFiles
import FeditSyntax
import Foundation

/// A script as the command line names it, read.
public struct ScriptFile: Sendable {
  /// What the command line gave; `-` is standard input.
  public var argument: String
  /// Its text.
  public var source: SourceText
  /// Absolute, symbolic links resolved; for standard input a name in the current folder that need not exist.
  public var path: String
  /// What reading it found, such as invalid UTF-8.
  public var problems: [Diagnostic]
  /// The SHA-256 of its bytes.
  public var sha256: String

  /// - Parameters:
  ///   - argument: Where it stands.
  ///   - bytes: Its text.
  ///   - name: What diagnostics call it; nil is the argument.
  public init(argument: String, bytes: [UInt8], name: String? = nil) {
    self.argument = argument
    let isInput = argument == "-"
    (source, problems) = SourceText.decoding(name: name ?? (isInput ? "<stdin>" : argument), bytes: bytes)
    path = PathResolver.real(isInput ? "stdin.fedit" : argument)
    sha256 = SHA256.hex(bytes)
  }

  /// Reads a script.
  ///
  /// - Parameter argument: a path relative to the current folder, or `-` for standard input.
  /// - Returns: its text, with what decoding it found.
  /// - Throws: `FileError`.
  public static func read(_ argument: String) throws(FileError) -> ScriptFile {
    let bytes =
      argument == "-"
      ? try readStandardInput(limit: DiskWorld.scriptLimit)
      : try readFile(argument, limit: DiskWorld.scriptLimit)
    return ScriptFile(argument: argument, bytes: bytes)
  }

  /// The folder it stands in: the root unless the user gives another.
  public var folder: String { (path as NSString).deletingLastPathComponent }

  /// Its name without the folder and `.fedit`.
  public var stem: String {
    let name = (path as NSString).lastPathComponent
    return name.hasSuffix(".fedit") && name.utf8.count > 6 ? String(name.dropLast(6)) : name
  }

  /// Where the result goes when neither `-o` nor `save` says: in the current folder.
  public var defaultOutput: String { "\(stem)-edited.png" }
}
