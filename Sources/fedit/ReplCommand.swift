import ArgumentParser
import FeditAssist
import FeditDiagnostics
import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditREPL
import FeditRaster
import FeditSession
import FeditSyntax
import FeditTerminal
import FeditText
import FeditWeights
import Foundation

/// `fedit repl [PHOTO|SCRIPT]`
struct ReplCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl", abstract: "Edit a portrait statement by statement.",
    discussion: """
      Type statements as in a script and see the face change; ':help' lists the commands, and ':save'
      writes the session as a script that 'fedit run' repeats byte for byte. When reading from a pipe, it
      takes one statement per line, prints plain text, and exits with 65 at the first mistake.
      """.reflowed)

  @ArgumentParser.Argument(
    help: ArgumentHelp(
      "A picture to start with, or a script (.fedit) to continue.", valueName: "PHOTO|SCRIPT"),
    completion: .file(extensions: PictureFormat.readEndings + ["fedit"]))
  var file: String?

  @Option(help: ArgumentHelp("The generator: a name or a file.", valueName: "NAME|FILE"))
  var model: String?

  @Flag(help: "When reading from a pipe, continue after mistakes.")
  var keepGoing = false

  @OptionGroup var limits: LimitFlags
  @OptionGroup var compute: ComputeFlags

  func run() throws {
    let start = try Start(file)
    Interruption.install()
    try limits.checkRoot()
    var sessionOptions = SessionOptions(root: limits.root ?? start.folder)
    sessionOptions.pictureLimits = limits.pictures
    if let threads = compute.threads { sessionOptions.threads = threads }
    sessionOptions.keeping = .results(bytes: 1 << 30)
    var options = PlanOptions()
    options.isCancelled = { Interruption.isRequested }
    options.limits = limits.evaluation
    if let model, ModelReference.isFile(model) {
      // Scripts reach files below their folder only; a session's model is the user's own choice.
      options.model = PathResolver.real(model)
    }
    let isTerminal = isatty(STDIN_FILENO) == 1
    let terminal = isTerminal ? Terminal.detect() : Terminal(pictures: .none, columns: 80, rows: 24)
    var settings = REPL.Settings()
    settings.isColored = DiagnosticRenderer.wantsColor(STDOUT_FILENO)
    settings.printsTimes = isTerminal
    settings.showsAtOnce = isTerminal && terminal.pictures != .none
    let console = Console(pictures: terminal.pictures)
    let repl = REPL(
      session: EditSession(options: sessionOptions), folder: start.folder, options: options,
      settings: settings,
      output: console, services: services(isTerminal: isTerminal))
    if let model, !ModelReference.isFile(model) { try require(repl.enter("model \(quoted(model))")) }
    switch start.kind {
    case .nothing: break
    case .photo(let name): try require(repl.enter("photo \(quoted(name))"))
    case .script(let path): try require(repl.load(path))
    }
    repl.begin()
    if isTerminal {
      if settings.showsAtOnce, let picture = repl.picture { _ = console.show(picture) }
      interact(repl)
    } else {
      try read(repl)
    }
  }

  /// A mistake in what the command line gave ends the session before it begins.
  private func require(_ outcome: REPL.Outcome) throws {
    if outcome == .failed { throw CommandFailure(.unreadable) }
  }

  private func services(isTerminal: Bool) -> REPLServices {
    let editor =
      ProcessInfo.processInfo.environment["VISUAL"] ?? ProcessInfo.processInfo.environment["EDITOR"]
    var edit: (@Sendable (String) throws -> Void)?
    if isTerminal, let editor {
      edit = { (path: String) throws -> Void in try Self.open(path, in: editor) }
    }
    return REPLServices(
      surroundings: DiskSurroundings(), edit: edit, explain: { code in Self.explanation(code) },
      control: { Interruption.control })
  }

  /// The text of `:explain`.
  private static func explanation(_ code: String) -> String? { DiagnosticCode.named(code)?.text }

  private static func open(_ path: String, in editor: String) throws {
    // EDITOR may hold arguments, so the shell reads it, as git does.
    let outcome = ChildProcess.run(["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path], streams: .inherited)
    guard outcome?.status == 0 else {
      let why = outcome.map { "ended with status \($0.status)" } ?? "could not be started"
      throw CommandFailure(.data, "the editor \(why); nothing changed")
    }
  }

  // MARK: From a terminal

  private func interact(_ repl: REPL) {
    printLine("fedit \(feditVersion): ':help' lists the commands, ':quit' leaves")
    let completer = ReplCompletion(repl)
    let editor = LineEditor(historyPath: LineEditor.standardHistoryPath()) { line, offset in
      completer.candidates(line: line, offset: offset)
    }
    defer { editor.saveHistory() }
    var warned = false
    var entry: [String] = []
    while true {
      Interruption.reset()
      let line = editor.line(prompt: repl.isContinuing ? "  ... " : "fedit> ")
      if Interruption.isRequested {
        // Ctrl-C at the prompt gives the statement up.
        repl.discardPending()
        entry = []
        printLine()
        continue
      }
      guard let line else {
        printLine()
        if leave(repl, &warned) { return }
        continue
      }
      entry.append(line)
      let outcome = repl.enter(line)
      if outcome == .incomplete { continue }
      editor.remember(entry.joined(separator: "\n"))
      entry = []
      if outcome == .quit, leave(repl, &warned) { return }
      if outcome != .quit { warned = false }
    }
  }

  /// Whether the session may end: asks once where something is not saved.
  private func leave(_ repl: REPL, _ warned: inout Bool) -> Bool {
    guard repl.hasUnsavedChanges, !warned else { return true }
    warned = true
    printLine("the session is not saved: ':save FILE.fedit' writes it, ':quit' again leaves")
    return false
  }

  // MARK: From a pipe

  private func read(_ repl: REPL) throws {
    var failed = false
    func take(_ outcome: REPL.Outcome) throws -> Bool {
      if Interruption.isRequested { throw CommandFailure(.interrupted) }
      if outcome == .failed {
        failed = true
        if !keepGoing { throw CommandFailure(.data) }
      }
      return outcome == .quit
    }
    while let line = readLine(strippingNewline: true) {
      // An empty line of a file is a blank line, not `go`.
      if line.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
      if try take(repl.enter(line)) { break }
    }
    _ = try take(repl.finish())
    if failed { throw CommandFailure(.data) }
  }

  /// What the command line begins with.
  private struct Start {
    enum Kind { case nothing, photo(String), script(String) }
    var kind: Kind
    /// The folder of the session's script, absolute.
    var folder: String

    init(_ argument: String?) throws {
      let here = PathResolver.real(".")
      guard let argument else {
        kind = .nothing
        folder = here
        return
      }
      let path = PathResolver.real(argument)
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandFailure(.unreadable, "there is no file '\(argument)'")
      }
      let own = (path as NSString).deletingLastPathComponent
      if path.hasSuffix(".fedit") {
        kind = .script(argument)
        folder = own
      } else if path.hasPrefix(here == "/" ? "/" : here + "/") {
        kind = .photo(String(path.dropFirst(here == "/" ? 1 : here.count + 1)))
        folder = here
      } else {
        // Elsewhere: the script will stand beside the photo, which it can reach there.
        kind = .photo((path as NSString).lastPathComponent)
        folder = own
      }
    }
  }
}

/// Folders and model names for completion.
private struct DiskSurroundings: CompletionEnvironment {
  func entries(ofFolder path: String) -> [FolderEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().map { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
      return FolderEntry(name: name, isFolder: isFolder.boolValue)
    }
  }

  func modelNames() -> [String] {
    BuiltInModel.names + ((try? ModelStore.standard().list().map(\.name)) ?? [])
  }
}

/// The REPL's words on standard output and error, its pictures on the terminal.
private final class Console: REPLOutput {
  let pictures: PictureProtocol

  init(pictures: PictureProtocol) { self.pictures = pictures }

  func write(_ text: String) { printToStandardOutput(text) }

  func writeDiagnostics(_ text: String) { printToStandardError(text) }

  func show(_ picture: Picture) -> Bool {
    guard pictures != .none else { return false }
    let (columns, rows) = Terminal.size()
    let grid = PixelGrid(picture)
    write(
      TerminalPicture.encode(
        grid, png: { (try? PNGFile.encode(picture)) ?? [] }, as: pictures, columns: columns, rows: rows))
    return true
  }
}

/// What the Tab key offers: commands after a colon, else what an editor would offer in the script.
private final class ReplCompletion {
  private let repl: REPL

  init(_ repl: REPL) { self.repl = repl }

  func candidates(line: String, offset: Int) -> (start: Int, candidates: [String]) {
    let bytes = Array(line.utf8.prefix(offset))
    let typed = String(decoding: bytes, as: UTF8.self)
    if typed.hasPrefix(":") { return command(typed) }
    return repl.completions(typed)
  }

  private func command(_ typed: String) -> (start: Int, candidates: [String]) {
    guard let space = typed.lastIndex(of: " ") else {
      let names = REPLCommand.all.map { ":\($0.name)" }.filter { $0.hasPrefix(typed) }
      return (0, names)
    }
    let start = typed.utf8.distance(from: typed.startIndex, to: typed.index(after: space))
    let word = String(typed[typed.index(after: space)...])
    let name = typed.dropFirst().prefix { $0 != " " }
    let words: [String] =
      switch REPLCommand.all.first(where: { $0.name == name })?.argument ?? .nothing {
      case .nothing: []
      case .words(let words): words
      case .file: files(word)
      case .command: REPLCommand.all.map(\.name)
      case .model: repl.modelNames
      case .parameter: repl.parameterNames.map { $0 + "=" }
      }
    return (start, words.filter { $0.hasPrefix(word) })
  }

  private func files(_ prefix: String) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder)
      return folder + name + (isFolder.boolValue ? "/" : "")
    }
  }
}
