import FeditProgram
import FeditSyntax
import Foundation

/// Paths in a script that moves to another folder.
enum ScriptPaths {
  /// A file that the script could no longer reach.
  struct Unreachable: Error, CustomStringConvertible {
    var path: String
    var description: String { "'\(path)' does not lie below it" }
  }

  /// A script's text with its relative paths written as seen from another folder.
  ///
  /// - Parameters:
  ///   - text: the script.
  ///   - folder: where it stands now, absolute.
  ///   - target: where it will stand, absolute.
  /// - Returns: the text with its paths rewritten, or the path that can't be.
  static func moved(_ text: String, from folder: String, to target: String) -> Result<String, Unreachable> {
    let source = SourceText(name: "", text)
    var edits: [(span: Span, text: String)] = []
    for (span, path) in paths(in: parse(source).script) {
      let whole = standardized(folder + "/" + path)
      guard whole.hasPrefix(target == "/" ? "/" : target + "/") else {
        return .failure(Unreachable(path: path))
      }
      let relative = String(whole.dropFirst(target == "/" ? 1 : target.count + 1))
      edits.append((span, quoted(relative)))
    }
    var bytes = source.utf8
    for edit in edits.sorted(by: { $0.span.start > $1.span.start }) {
      bytes.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.text.utf8))
    }
    return .success(String(decoding: bytes, as: UTF8.self))
  }

  private static func standardized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The literal paths of a script, with the spans of their strings.
  private static func paths(in script: Script) -> [(Span, String)] {
    script.namedFiles.compactMap { statement, name in
      guard let text = literalString(name) else { return nil }
      // A model's name is no path.
      let isPath = statement != .model || text.contains("/") || text.hasSuffix(".safetensors")
      return isPath ? (name.span, text) : nil
    }
  }
}
