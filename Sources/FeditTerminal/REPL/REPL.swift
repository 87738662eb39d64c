import FeditAssist
import FeditFiles
import FeditFormat
import FeditGenerator
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditRaster
import FeditSession
import FeditSyntax
import Foundation

/// Where a REPL's words and pictures go.
public protocol REPLOutput: AnyObject {
  /// Text, with its line breaks, for standard output.
  func write(_ text: String)
  /// Errors and warnings, already rendered.
  func writeDiagnostics(_ text: String)
  /// Shows a picture; does nothing where pictures can't be shown.
  ///
  /// - Returns: whether it was shown.
  func show(_ picture: Picture) -> Bool
}

/// What the REPL asks of its surroundings besides files of the script.
public struct REPLServices: Sendable {
  /// Opens a file in the user's editor and waits; nil where there is none.
  public var edit: (@Sendable (_ path: String) throws -> Void)?
  /// The text of `fedit explain CODE`; nil where there is no such code.
  public var explain: @Sendable (_ code: String) -> String?
  /// Stops a run.
  public var control: @Sendable () -> RunControl
  /// What completion offers besides names.
  public var surroundings: any Surroundings

  /// Services of choice.
  public init(
    surroundings: any Surroundings,
    edit: (@Sendable (String) throws -> Void)? = nil,
    explain: @escaping @Sendable (String) -> String? = { _ in nil },
    control: @escaping @Sendable () -> RunControl = { RunControl() }
  ) {
    self.surroundings = surroundings
    self.edit = edit
    self.explain = explain
    self.control = control
  }
}

/// A session at the prompt: statements in, pictures out.
///
/// The session is a script all the time: what is carried out is what `:save` writes, so that `fedit run` gives the
/// bytes that were on the screen. A statement with a mistake changes nothing.
public final class REPL {
  /// What became of a line.
  public enum Outcome: Hashable, Sendable {
    case done
    /// An open bracket: the statement goes on in the next line.
    case incomplete
    case failed
    case quit
  }

  /// What happens by itself after a stroke.
  public struct Settings: Sendable {
    /// Whether the generator runs after each stroke that changes the picture.
    public var runsAtOnce = true
    /// Whether the picture is shown after each run that was not asked for.
    public var showsAtOnce = false
    /// Whether text for people is coloured.
    public var isColored = false
    /// Whether times are printed after a run; not into pipes, so that output is the same each time.
    public var printsTimes = false

    /// The settings of a REPL in a pipe.
    public init() {}
  }

  public private(set) var document = SessionDocument()
  public var settings: Settings
  private let session: EditSession
  /// The folder that the session's script stands in, absolute.
  private let folder: String
  private var options: PlanOptions
  private let output: any REPLOutput
  private let services: REPLServices
  private let renderer: DiagnosticRenderer

  private var undone: [SessionDocument] = []
  private var done: [SessionDocument] = []
  private var pending = ""
  private var program: ProgramResult?
  /// The plan that `result` comes from.
  private var ran: Plan?
  private var result: RunResult?
  private var lastSeconds: (check: Double, run: Double)?
  /// The edits of the run that those seconds are of.
  private var timed: [EditReport] = []
  /// The text that was saved last, to warn before leaving.
  private var savedText = SessionDocument().text

  /// Begins an empty session.
  ///
  /// - Parameters:
  ///   - session: keeps photo, generator and activations.
  ///   - folder: where relative paths start.
  ///   - options: what the command line sets.
  ///   - settings: how it behaves and looks.
  ///   - output: where echoes, errors and pictures go.
  ///   - services: what it asks of the terminal and the disk.
  public init(
    session: EditSession, folder: String, options: PlanOptions, settings: Settings, output: any REPLOutput,
    services: REPLServices
  ) {
    self.session = session
    self.folder = folder
    self.options = options
    self.settings = settings
    self.output = output
    self.services = services
    renderer = DiagnosticRenderer(format: .text, isColored: settings.isColored)
  }

  /// Whether there is something that `:save` has not written.
  public var hasUnsavedChanges: Bool { document.text != savedText && !document.isEmpty }

  /// The picture as it is now; nil before a photo was opened.
  public var picture: Picture? { result?.picture }

  // MARK: Completion

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

  // MARK: Lines

  /// Whether the prompt is in the middle of a statement.
  public var isContinuing: Bool { !pending.isEmpty }

  /// Gives up a statement that was begun.
  public func discardPending() { pending = "" }

  /// Makes what is there now what ':undo' goes back to at most: what the command line opened stays.
  public func begin() {
    done = []
    undone = []
    savedText = document.text
  }

  /// Takes one line as it was typed.
  public func enter(_ line: String) -> Outcome {
    if pending.isEmpty {
      let trimmed = SessionDocument.trimmed(line)
      if trimmed.isEmpty || trimmed == "go" { return go() }
      if trimmed.hasPrefix(":") { return command(trimmed) }
    }
    if pending.isEmpty, let hint = REPLCommand.named(SessionDocument.trimmed(line)) {
      return fail("commands begin with a colon", ["did you mean ':\(hint)'?"])
    }
    let text = pending.isEmpty ? line : pending + "\n" + line
    if StatementInput.isIncomplete(text) {
      pending = text
      return .incomplete
    }
    pending = ""
    return statements(text)
  }

  /// Ends the input: a statement that is not complete is reported.
  public func finish() -> Outcome {
    guard !pending.isEmpty else { return .done }
    let text = pending
    pending = ""
    return statements(text)
  }

  // MARK: Statements

  private func statements(_ text: String) -> Outcome {
    let source = SourceText(name: "<input>", text)
    if let name = SessionDocument.begunEdit(source) {
      var changed = document
      changed.beginEdit(name)
      return apply(changed)
    }
    let parsed = parse(source)
    guard parsed.diagnostics.allSatisfy({ $0.severity != .error }) else {
      if let value = value(of: text) {
        output.write(value + "\n")
        return .done
      }
      report(parsed.diagnostics)
      return .failed
    }
    let pieces = SessionDocument.pieces(of: parsed.script.statements, in: source, from: 0)
    var changed = document
    var saves: [String] = []
    for piece in pieces {
      switch piece.statement.kind {
      case .save, .saveLayers: saves.append(piece.text)
      default: break
      }
      changed.add(piece.statement, text: piece.text)
    }
    // A comment alone.
    if pieces.isEmpty { return .done }
    // A call may be a procedure's, or a value that somebody wants to see.
    if pieces.count == 1, case .call = pieces[0].statement.kind, let value = value(of: text) {
      output.write(value + "\n")
      return .done
    }
    return apply(changed, saves: saves)
  }

  /// What an expression comes to at the end of the session; nil for what is none.
  private func value(of text: String) -> String? {
    // The session outside edits, since a value is named there; brackets, so that the expression can't end early.
    let opening = "let it = ("
    let before = document.text
    var options = options
    let start = before.utf8.count + opening.utf8.count
    options.watch = Span(start, start + text.utf8.count)
    let checked = session.check(
      source: SourceText(name: "<session>", before + opening + text + ")\n"), path: folder + "/session.fedit",
      options: options)
    guard !checked.diagnostics.contains(where: { $0.severity == .error && $0.code != "no-photo" }) else {
      return nil
    }
    guard let value = checked.watched.last else { return nil }
    guard let place = value.place, program?.plan != nil else { return value.text }
    func short(_ number: Double) -> String { numberText((number * 100).rounded() / 100) }
    let inPhoto = "(\(short(place.x)), \(short(place.y)))"
    return value.text == inPhoto ? value.text : "\(value.text), in the photo at \(inPhoto)"
  }

  /// Makes a changed session the session, unless it has a mistake.
  private func apply(_ changed: SessionDocument, saves: [String] = []) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let checked = check(changed)
    let seconds = (clock.now - start) / .seconds(1)
    let isWithoutPhoto = changed.header["photo"] == nil && options.photo == nil
    // Names and shapes can be written before there is a photo.
    let diagnostics = checked.diagnostics.filter { !(isWithoutPhoto && $0.code == "no-photo") }
    for error in checked.usageErrors { output.writeDiagnostics("error: \(error)\n") }
    guard checked.usageErrors.isEmpty, !diagnostics.contains(where: { $0.severity == .error }) else {
      report(diagnostics.filter { $0.severity == .error })
      return .failed
    }
    let known = Set((program?.diagnostics ?? []).map { "\($0.code) \($0.message)" })
    report(
      diagnostics.filter {
        $0.severity == .warning && !known.contains("\($0.code) \($0.message)") && !isDrawing($0)
      })
    done.append(document)
    undone = []
    document = changed
    program = checked
    guard let plan = checked.plan else { return .done }
    lastSeconds = (seconds, 0)
    guard settings.runsAtOnce || !saves.isEmpty else { return .done }
    return run(plan, isAsked: false, writes: saves.count)
  }

  /// An edit without a mask is usual while it is being drawn.
  private func isDrawing(_ diagnostic: Diagnostic) -> Bool { diagnostic.code == "empty-mask" }

  private func check(_ document: SessionDocument) -> ProgramResult {
    session.check(
      source: SourceText(name: "<session>", document.text), path: folder + "/session.fedit", options: options)
  }

  /// What pictures say of themselves; their script is what ':save' would write.
  private func provenance(of plan: Plan) throws -> Provenance? {
    guard let program else { return nil }
    let text = ScriptFile(
      argument: folder + "/session.fedit", bytes: Array(Formatting.formatted(document.text).utf8))
    return try Provenance(program, plan: plan, script: text, options: options, session: session)
  }

  private func go() -> Outcome {
    if program == nil { program = check(document) }
    guard let plan = program?.plan else {
      output.write("nothing to run yet: open a photo (photo \"FILE\") and draw a mask\n")
      return document.isEmpty ? .done : .failed
    }
    return run(plan, isAsked: true, writes: 0)
  }

  // MARK: Running

  /// Runs a plan through the session and shows what came of it.
  ///
  /// - Parameters:
  ///   - plan: the session's, checked.
  ///   - isAsked: by `go`; else it follows from a stroke.
  ///   - writes: how many of the plan's last saves are carried out.
  /// - Returns: whether it went well.
  private func run(_ plan: Plan, isAsked: Bool, writes: Int) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let saves = plan.steps.indices.filter {
      switch plan.steps[$0] {
      case .edit: false
      case .save, .saveLayers: true
      }
    }
    let wanted = Set(saves.suffix(writes))
    var warnings: [RunWarning] = []
    do {
      let provenance = wanted.isEmpty ? nil : try provenance(of: plan)
      let writer = PictureOutput(inputs: OutputGuard(plan, script: nil)) { step in
        try provenance?.texts(step: step) ?? []
      }
      let came = try session.run(plan, control: services.control(), collectsSaves: false) { event in
        switch event {
        case .warning(let warning): warnings.append(warning)
        case .save(let save) where wanted.contains(save.step):
          switch save.content {
          case .picture(let picture):
            try writer.write(picture, step: save.step, to: save.file.path, name: save.file.name)
          case .layers(let all):
            for layers in all {
              try writer.write(layers.layers, number: layers.number, to: save.file.path, name: save.file.name)
            }
          }
          output.write("wrote \(save.file.name)\n")
        case .began, .finished, .save: break
        }
      }
      let isNew = ran != plan
      // `go` on what has run already takes no time that anybody asks for.
      if isNew || timed.isEmpty {
        lastSeconds = (lastSeconds?.check ?? 0, (clock.now - start) / .seconds(1))
        timed = came.edits
      }
      ran = plan
      result = came
      let sources = (program?.sources ?? []).map(\.source)
      let shown = isAsked ? warnings : warnings.filter { $0.code != "empty-mask" }
      if isAsked || isNew { report(shown.map { $0.diagnostic(in: sources) }) }
      if isAsked || (isNew && settings.printsTimes && came.edits.contains { !$0.isReused && $0.isGenerated })
      {
        summarize(came, isAsked: isAsked)
      }
      if isAsked || (settings.showsAtOnce && isNew) { _ = output.show(came.picture) }
      return .done
    } catch let error as SessionError {
      output.writeDiagnostics(
        error.kind == .cancelled ? "stopped\n" : failureText(error.message, error.hints))
      return error.kind == .cancelled ? .done : .failed
    } catch let error as FileError {
      output.writeDiagnostics(failureText(error.description, []))
      return .failed
    } catch {
      output.writeDiagnostics(failureText("\(error)", []))
      return .failed
    }
  }

  private func summarize(_ came: RunResult, isAsked: Bool) {
    guard let edit = came.edits.last else {
      if isAsked { output.write("no edit yet: draw a mask\n") }
      return
    }
    var line = "edit \"\(escapingControlCharacters(edit.name))\": "
    line += edit.isGenerated ? "\(edit.maskedPixels) pixels" : "nothing masked"
    if settings.printsTimes, let seconds = lastSeconds {
      line += String(format: ", %.0f ms", (seconds.check + seconds.run) * 1000)
    }
    output.write(line + "\n")
  }

  private func failureText(_ message: String, _ hints: [String]) -> String {
    "error: \(message)\n" + hints.map { "  hint: \($0)\n" }.joined()
  }

  private func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    output.writeDiagnostics(renderer.render(diagnostics))
  }

  // MARK: Commands

  private func command(_ line: String) -> Outcome {
    let parts = line.dropFirst().split(separator: " ", maxSplits: 1)
    let name = parts.first.map(String.init) ?? ""
    let argument = parts.count > 1 ? SessionDocument.trimmed(String(parts[1])) : ""
    func usage() -> Outcome {
      let command = REPLCommand.all.first { $0.name == name }
      return fail("usage: :\(name) \(command?.usage ?? "")", [])
    }
    switch name {
    case "help", "h", "?":
      if let command = REPLCommand.all.first(where: { $0.name == argument || ":\($0.name)" == argument }) {
        output.write(":\(command.name) \(command.usage)\n  \(command.summary)\n")
      } else {
        output.write(REPLCommand.help)
      }
      return .done
    case "quit", "q", "exit": return .quit
    case "list", "l":
      output.write(listing())
      return .done
    case "undo", "u": return step(back: true)
    case "redo": return step(back: false)
    case "show": return show(argument)
    case "layers": return layers()
    case "time":
      return time()
    case "auto":
      guard argument == "on" || argument == "off" else { return usage() }
      settings.runsAtOnce = argument == "on"
      return .done
    case "reset":
      var changed = document
      changed.removeEdits()
      return apply(changed)
    case "seed":
      guard UInt64(argument) != nil else { return usage() }
      guard document.currentEdit != nil else { return fail("there is no edit yet", ["draw a stroke first"]) }
      return statements("seed \(argument)")
    case "model", "photo":
      return header(name, argument)
    case "set":
      guard let equals = argument.firstIndex(of: "=") else { return usage() }
      let key = SessionDocument.trimmed(String(argument[..<equals]))
      let value = SessionDocument.trimmed(String(argument[argument.index(after: equals)...]))
      guard !value.isEmpty else { return usage() }
      var changed = document
      guard changed.setParameter(key, to: value) else {
        return fail("the session has no param '\(key)'", ["declare it: param \(key): number = \(value)"])
      }
      return apply(changed)
    case "explain":
      guard !argument.isEmpty else { return usage() }
      guard let text = services.explain(argument) else {
        return fail("there is no diagnostic '\(argument)'", ["codes stand in brackets after 'error'"])
      }
      output.write(text)
      return .done
    case "grid": return grid(argument)
    case "save":
      guard !argument.isEmpty else { return usage() }
      return save(argument)
    case "load":
      guard !argument.isEmpty else { return usage() }
      return load(argument)
    case "edit": return editInEditor()
    default:
      let near = nearestName(to: name, among: REPLCommand.all.map(\.name))
      return fail(
        "there is no command ':\(escapingControlCharacters(name))'",
        [near.map { "did you mean ':\($0)'?" } ?? "':help' lists them"])
    }
  }

  private func fail(_ message: String, _ hints: [String]) -> Outcome {
    output.writeDiagnostics(failureText(message, hints))
    return .failed
  }

  private func listing() -> String {
    let lines = document.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let digits = String(lines.count).count
    return lines.enumerated().map { index, line in
      let number = String(index + 1)
      let margin = String(repeating: " ", count: digits - number.count) + number
      let isBlank = line.allSatisfy { $0 == " " || $0 == "\t" }
      let text =
        isBlank ? "" : "  " + (settings.isColored ? SyntaxColors.colored(String(line)) : String(line))
      return settings.isColored ? "\u{1B}[2m\(margin)\u{1B}[0m\(text)\n" : "\(margin)\(text)\n"
    }.joined()
  }

  private func step(back: Bool) -> Outcome {
    guard let target = back ? done.last : undone.last else {
      return fail(back ? "there is nothing to undo" : "there is nothing to redo", [])
    }
    if back {
      done.removeLast()
      undone.append(document)
    } else {
      undone.removeLast()
      done.append(document)
    }
    document = target
    let checked = check(document)
    program = checked
    guard let plan = checked.plan else {
      ran = nil
      result = nil
      return .done
    }
    return settings.runsAtOnce ? run(plan, isAsked: false, writes: 0) : .done
  }

  private func header(_ word: String, _ argument: String) -> Outcome {
    guard !argument.isEmpty else {
      let given = word == "model" ? options.model : options.photo?.name
      let unset = word == "model" ? "the built-in model" : "no photo yet"
      output.write("\(given.map(escapingControlCharacters) ?? document.header[word] ?? unset)\n")
      return .done
    }
    if word == "model" { options.model = nil } else { options.photo = nil }
    let isQuoted = argument.hasPrefix("\"")
    return statements("\(word) \(isQuoted ? argument : SessionDocument.quoted(argument))")
  }

  private func time() -> Outcome {
    guard result != nil, let seconds = lastSeconds else { return fail("nothing has run yet", []) }
    func ms(_ seconds: Double) -> String { String(format: "%7.1f ms", seconds * 1000) }
    output.write("check      \(ms(seconds.check))\n")
    for edit in timed {
      let name = escapingControlCharacters(edit.name)
      if edit.isReused {
        output.write("\"\(name)\": as before, not run again\n")
      } else {
        output.write("\"\(name)\"\n")
        output.write("  layers   \(ms(edit.timings.layers))\n")
        output.write("  network  \(ms(edit.timings.generator))\n")
        output.write("  blend    \(ms(edit.timings.composite))\n")
      }
    }
    output.write("all        \(ms(seconds.check + seconds.run))\n")
    return .done
  }

  // MARK: Pictures

  /// The plan of the session as it is now, run.
  private func current() -> (plan: Plan, result: RunResult)? {
    if program == nil { program = check(document) }
    guard let plan = program?.plan else { return nil }
    if ran != plan, case .failed = run(plan, isAsked: false, writes: 0) { return nil }
    guard let result else { return nil }
    return (plan, result)
  }

  private func show(_ argument: String) -> Outcome {
    let words = argument.split(separator: " ", maxSplits: 1).map(String.init)
    let isView = words.first.map { REPLCommand.views.contains($0) } ?? false
    let view = isView ? words[0] : "result"
    let file = isView ? (words.count > 1 ? words[1] : nil) : (argument.isEmpty ? nil : argument)
    if let file, !file.hasSuffix(".png") {
      let near = nearestName(to: file, among: REPLCommand.views)
      return fail(
        "':show' does not know '\(escapingControlCharacters(file))'",
        [
          near.map { "did you mean '\($0)'?" }
            ?? "it shows \(REPLCommand.views.joined(separator: ", ")); a file ends in .png"
        ])
    }
    guard let (plan, result) = current() else {
      return fail("there is no picture yet", ["open one: photo \"FILE\""])
    }
    do {
      let picture: Picture
      var texts: [PNGText] = []
      switch view {
      case "result":
        picture = result.picture
        if file != nil, result.edits.contains(where: \.isGenerated) {
          texts = try provenance(of: plan)?.texts(step: plan.steps.count) ?? []
        }
      case "before": picture = try session.photo(of: plan)
      case "diff": picture = ResultDifference(try session.photo(of: plan), result.picture).picture
      default:
        guard let edit = plan.edits.last, let layer = LayerView.Layer(rawValue: view) else {
          return fail("there is no edit yet", ["draw a stroke first"])
        }
        picture = LayerView.picture(try session.layers(of: edit, in: plan), layer: layer)
      }
      return deliver(picture, file: file, texts: texts)
    } catch let error as SessionError {
      return fail(error.message, error.hints)
    } catch {
      return fail("\(error)", [])
    }
  }

  private func grid(_ argument: String) -> Outcome {
    guard let (_, result) = current() else {
      return fail("there is no picture yet", ["open one: photo \"FILE\""])
    }
    let grid = CoordinateGrid(result.picture, canvas: document.canvas)
    return deliver(grid.render(), file: argument.isEmpty ? nil : argument)
  }

  /// Shows a picture, or writes it to a file of the user's choice.
  private func deliver(_ picture: Picture, file: String?, texts: [PNGText] = []) -> Outcome {
    guard let file else {
      if !output.show(picture) {
        output.write(
          "\(picture.width)×\(picture.height) pixels; pictures are shown on a terminal, or written: :show FILE.png\n"
        )
      }
      return .done
    }
    if let plan = program?.plan, let problem = OutputGuard(plan, script: nil).problem(writing: file) {
      return fail("cannot write '\(file)': \(problem)", [])
    }
    do {
      try PNGFile.write(picture, to: file, texts: texts)
      output.write("wrote \(escapingControlCharacters(file))\n")
      return .done
    } catch {
      return fail("\(error)", [])
    }
  }

  private func layers() -> Outcome {
    guard let plan = (program ?? check(document)).plan else { return fail("there is no edit yet", []) }
    do {
      for edit in plan.edits {
        let layers = try session.layers(of: edit, in: plan)
        output.write(
          "\(edit.index + 1)  \"\(escapingControlCharacters(edit.name))\", seed \(edit.seed): mask \(layers.maskCount), sketch \(layers.sketchCount), color \(layers.colorCount) of \(layers.size)×\(layers.size) pixels\n"
        )
      }
      if plan.edits.isEmpty { output.write("no edit yet\n") }
      return .done
    } catch let error as SessionError {
      return fail(error.message, error.hints)
    } catch {
      return fail("\(error)", [])
    }
  }

  // MARK: Files

  private func save(_ file: String) -> Outcome {
    let path = PathResolver.real(file)
    let target = (path as NSString).deletingLastPathComponent
    var text = document.text
    if target != folder {
      switch ScriptPaths.moved(text, from: folder, to: target) {
      case .success(let moved): text = moved
      case .failure(let problem):
        return fail(
          "the script cannot stand in '\(escapingControlCharacters(target))': \(problem.description)",
          ["scripts reach only files in their own folder and below: save it in '\(folder)'"])
      }
    }
    if let plan = program?.plan, let problem = OutputGuard(plan, script: nil).problem(writing: path) {
      return fail("cannot write '\(escapingControlCharacters(file))': \(problem)", [])
    }
    do {
      try AtomicFile.write(Array(Formatting.formatted(text).utf8), to: path)
      savedText = document.text
      output.write(
        "wrote \(escapingControlCharacters(file)); 'fedit run \(escapingControlCharacters(file))' repeats it\n"
      )
      return .done
    } catch {
      return fail(error.description, [])
    }
  }

  /// Makes a script the session.
  public func load(_ file: String) -> Outcome {
    let script: ScriptFile
    do { script = try ScriptFile.read(file) } catch { return fail(error.description, []) }
    var text = String(decoding: script.source.utf8, as: UTF8.self)
    if script.folder != folder {
      switch ScriptPaths.moved(text, from: script.folder, to: folder) {
      case .success(let moved): text = moved
      case .failure(let problem):
        return fail(
          "'\(escapingControlCharacters(file))' cannot be loaded here: \(problem.description)",
          ["begin the session with it: fedit repl \(file)"])
      }
    }
    let outcome = replace(with: text, name: file)
    if outcome == .done { savedText = document.text }
    return outcome
  }

  /// Makes a text the session, unless it has mistakes.
  private func replace(with text: String, name: String) -> Outcome {
    let source = SourceText(name: name, text)
    let parsed = parse(source)
    guard parsed.diagnostics.allSatisfy({ $0.severity != .error }) else {
      report(parsed.diagnostics)
      return .failed
    }
    return apply(SessionDocument(script: parsed.script))
  }

  private func editInEditor() -> Outcome {
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
      return fail("\(error)", [])
    }
  }
}
