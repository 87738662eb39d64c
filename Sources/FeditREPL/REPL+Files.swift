import FeditFiles
import FeditSession
import FeditSyntax
import FeditText
import Foundation

extension REPL {
  func save(_ file: String) -> Outcome {
    let path = PathResolver.real(file)
    let target = (path as NSString).deletingLastPathComponent
    var text = document.text
    if target != folder {
      switch ScriptPaths.moved(text, from: folder, to: target) {
      case .success(let moved): text = moved
      case .failure(let problem):
        return fail(
          "the script cannot stand in '\(terminalSafe(target))': \(problem.description)",
          ["scripts reach only files in their own folder and below: save it in '\(folder)'"])
      }
    }
    if let plan = program?.plan, let problem = OutputGuard(plan, script: nil).problem(writing: path) {
      return fail("cannot write '\(terminalSafe(file))': \(problem)", [])
    }
    do {
      try AtomicFile.write(Array(Formatting.formatted(text).utf8), to: path)
      savedText = document.text
      output.write(
        "wrote \(terminalSafe(file)); 'fedit run \(terminalSafe(file))' repeats it\n"
      )
      return .done
    } catch {
      return fail(error)
    }
  }

  /// Makes a script the session.
  public func load(_ file: String) -> Outcome {
    let script: ScriptFile
    do { script = try ScriptFile.read(file) } catch { return fail(error) }
    var text = String(decoding: script.source.utf8, as: UTF8.self)
    if script.folder != folder {
      switch ScriptPaths.moved(text, from: script.folder, to: folder) {
      case .success(let moved): text = moved
      case .failure(let problem):
        return fail(
          "'\(terminalSafe(file))' cannot be loaded here: \(problem.description)",
          ["begin the session with it: fedit repl \(file)"])
      }
    }
    let outcome = replace(with: text, name: file)
    if outcome == .done { savedText = document.text }
    return outcome
  }

  /// Makes a text the session, unless it has mistakes.
  func replace(with text: String, name: String) -> Outcome {
    let source = SourceText(name: name, text)
    let parsed = parse(source)
    guard parsed.diagnostics.allSatisfy({ $0.severity != .error }) else {
      report(parsed.diagnostics)
      return .failed
    }
    return apply(SessionDocument(script: parsed.script))
  }

  func editInEditor() -> Outcome {
    guard let edit = services.edit else {
      return fail("there is no editor here", ["set EDITOR, and use a terminal"])
    }
    let path = NSTemporaryDirectory() + "/fedit-session-\(ProcessInfo.processInfo.processIdentifier).fedit"
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      try AtomicFile.write(Array(document.text.utf8), to: path)
      try edit(path)
      let bytes = try readFile(path, limit: DiskWorld.scriptLimit)
      let text = String(decoding: bytes, as: UTF8.self)
      if text == document.text { return .done }
      return replace(with: text, name: "<session>")
    } catch {
      return fail(error)
    }
  }
}
