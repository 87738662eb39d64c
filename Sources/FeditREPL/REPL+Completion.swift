import FeditAssist
import FeditProgram
import FeditSession
import FeditSyntax

extension REPL {
  /// What could stand at the end of a line that is being typed.
  ///
  /// - Returns: from which UTF-8 offset of the line on it would be replaced, and by what.
  public func completions(_ typed: String) -> (start: Int, candidates: [String]) {
    // The line where it would stand in the script: inside the current edit, or behind everything.
    var text = document.text
    let entry = pending.isEmpty ? typed : pending + "\n" + typed
    let first = SessionDocument.trimmed(entry).prefix { $0.isLetter }
    let isStroke = SessionDocument.isStrokeWord(String(first))
    if document.isEditOpen, text.hasSuffix("}\n"), !SessionDocument.isTopWord(String(first)) {
      text.removeLast(2)
    } else if isStroke {
      text += "edit \"\" {\n"
    }
    let before = text.utf8.count + (entry.utf8.count - typed.utf8.count)
    text += entry
    let checked = session.check(
      source: SourceText(name: "<session>", text), path: folder + "/session.fedit", options: options)
    guard
      let assistant = Assistant(
        checked, world: session.world, options: options, surroundings: services.surroundings)
    else { return (typed.utf8.count, []) }
    let found = assistant.completions(at: text.utf8.count)
    let bytes = Array(text.utf8)
    let prefix = String(decoding: bytes[min(found.replaced.start, bytes.count)...], as: UTF8.self)
    let texts = found.items.map(\.text).filter { $0.hasPrefix(prefix) }
    return (max(0, found.replaced.start - before), texts)
  }

  /// The models that go by a name.
  public var modelNames: [String] { services.surroundings.modelNames() }

  /// The names of the session's `param`s.
  public var parameterNames: [String] { program?.plan?.parameters.map(\.name) ?? [] }
}
