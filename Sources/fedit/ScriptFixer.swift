import FeditFiles
import FeditSession
import FeditSyntax
import FeditText

/// Changes a script as the hints of its diagnostics say, until none says how any more.
struct ScriptFixer {
  var script: String
  var flags: ScriptFlags

  /// What one diagnostic had changed.
  private struct Change {
    var line: Int
    var message: String
    var hint: String
  }

  /// Rounds after which it ends: one change may bring another mistake to light.
  private static let mostRounds = 20

  /// Mends the file.
  ///
  /// - Parameter isDry: Whether changes are shown and nothing is written.
  /// - Throws: `FileError`, `CommandFailure`, `UserError` where the script can't be checked or written.
  mutating func run(isDry: Bool) throws {
    let original = try ScriptFile.read(script)
    var current = original
    var changes: [Change] = []
    for _ in 0..<Self.mostRounds {
      let (bytes, made) = try Self.fixed(current, flags)
      guard !made.isEmpty else { break }
      changes += made
      current = ScriptFile(argument: script, bytes: bytes)
    }
    guard !changes.isEmpty else { return }
    for change in changes {
      printLine("\(script):\(change.line): \(change.message)")
      printLine("  \(isDry ? "would be" : "is") mended: \(change.hint)")
    }
    if isDry {
      let before = original.source.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let after = current.source.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      for line in Array(after).difference(from: Array(before)) {
        switch line {
        case .remove(let offset, let text, _):
          printLine("-\(offset + 1): \(String(decoding: text, as: UTF8.self))")
        case .insert(let offset, let text, _):
          printLine("+\(offset + 1): \(String(decoding: text, as: UTF8.self))")
        }
      }
    } else {
      try AtomicFile.write(current.source.utf8, to: script)
    }
  }

  /// The text with the changes of one check.
  private static func fixed(
    _ script: ScriptFile, _ flags: ScriptFlags
  ) throws -> (bytes: [UInt8], changes: [Change]) {
    let session = EditSession(options: try flags.sessionOptions(for: script))
    let checked = try CheckedScript(script, session: session, world: nil, options: try flags.planOptions())
    var diagnostics = checked.result.diagnostics
    if CheckedScript.failure(checked.result) == nil, let plan = checked.result.plan {
      let sources = checked.result.sources.map(\.source)
      diagnostics += try session.warnings(of: plan, control: Interruption.control).map {
        $0.diagnostic(in: sources)
      }
    }
    var edits: [Diagnostic.Edit] = []
    var changes: [Change] = []
    for diagnostic in diagnostics where diagnostic.range.source === script.source {
      guard let hint = diagnostic.hints.first(where: { !$0.edits.isEmpty }) else { continue }
      // Two that change one place are done one after the other.
      let touches = hint.edits.contains { new in
        edits.contains { max($0.span.start, new.span.start) <= min($0.span.end, new.span.end) }
      }
      guard !touches else { continue }
      edits += hint.edits
      changes.append(
        Change(
          line: script.source.location(of: diagnostic.range.span.start).line, message: diagnostic.message,
          hint: hint.message))
    }
    var bytes = script.source.utf8
    for edit in edits.sorted(by: { $0.span.start > $1.span.start }) {
      bytes.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.replacement.utf8))
    }
    return (bytes, changes)
  }
}
