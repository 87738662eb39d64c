import FeditAssist
import FeditDiagnostics
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
import FeditText
import Foundation

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
    /// Whether what is shown by itself is the current edit with its surroundings instead of the whole photo.
    public var zooms = true
    /// Whether text for people is coloured.
    public var isColored = false
    /// Whether times are printed after a run; not into pipes, so that output is the same each time.
    public var printsTimes = false

    /// The settings of a REPL in a pipe.
    public init() {}
  }

  /// The session as a script.
  public internal(set) var document = SessionDocument()
  /// What happens by itself.
  public var settings: Settings
  let session: EditSession
  /// The folder that the session's script stands in, absolute.
  let folder: String
  var options: PlanOptions
  let output: any REPLOutput
  let services: REPLServices
  let renderer: DiagnosticRenderer

  var undone: [SessionDocument] = []
  var done: [SessionDocument] = []
  var pending = ""
  var program: ProgramResult?
  /// The plan that `result` comes from.
  var ran: Plan?
  var result: RunResult?
  var lastSeconds: (check: Double, run: Double)?
  /// The edits of the run that those seconds are of.
  var timed: [EditReport] = []
  /// Warnings of the last check that nobody has seen yet.
  var unseen: [Diagnostic] = []
  /// What the last run found fault with.
  var runWarnings: [Diagnostic] = []
  /// The text that was saved last, to warn before leaving.
  var savedText = SessionDocument().text

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
    if pending.isEmpty, let hint = REPLCommand.forgottenColon(SessionDocument.trimmed(line)) {
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

  func statements(_ text: String) -> Outcome {
    let source = SourceText(name: "<input>", text)
    let parsed = parse(source)
    if let name = SessionDocument.begunEdit(parsed.script) {
      var changed = document
      changed.beginEdit(name)
      return apply(changed)
    }
    guard parsed.diagnostics.allSatisfy({ $0.severity != .error }) else {
      if let value = value(of: text) {
        output.write(terminalSafe(value) + "\n")
        return .done
      }
      report(parsed.diagnostics)
      return .failed
    }
    let pieces = SessionDocument.pieces(of: parsed.script.statements, in: parsed.script, from: 0)
    var changed = document
    var saves: [String] = []
    for piece in pieces {
      if piece.statement.id == .save { saves.append(piece.text) }
      changed.add(piece.statement, text: piece.text)
    }
    // A comment alone.
    if pieces.isEmpty { return .done }
    // A call may be a procedure's, or a value that somebody wants to see.
    if pieces.count == 1, case .call = pieces[0].statement.kind, let value = value(of: text) {
      output.write(terminalSafe(value) + "\n")
      return .done
    }
    return apply(changed, saves: saves)
  }

  /// What an expression comes to at the end of the session; nil for what is none.
  func value(of text: String) -> String? {
    let checked = session.check(
      source: SourceText(name: "<session>", document.text), path: folder + "/session.fedit", options: options)
    guard let value = checked.value(of: text, world: session.world, options: options) else { return nil }
    guard let place = value.place, program?.plan != nil else { return value.text }
    func short(_ number: Double) -> String { numberText(number, decimals: 2) }
    let inPhoto = "(\(short(place.x)), \(short(place.y)))"
    return value.text == inPhoto ? value.text : "\(value.text), in the photo at \(inPhoto)"
  }

  /// Makes a changed session the session, unless it has a mistake.
  func apply(_ changed: SessionDocument, saves: [String] = []) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let checked = check(changed)
    let seconds = (clock.now - start) / .seconds(1)
    let isWithoutPhoto = changed.header["photo"] == nil && options.photo == nil
    // Names and shapes can be written before there is a photo.
    let diagnostics = checked.diagnostics.filter { !(isWithoutPhoto && $0.code == "no-photo") }
    for error in checked.usageErrors { output.writeDiagnostics("error: \(terminalSafe(error))\n") }
    guard checked.usageErrors.isEmpty, !diagnostics.contains(where: { $0.severity == .error }) else {
      report(diagnostics.filter { $0.severity == .error })
      return .failed
    }
    let known = Set((program?.diagnostics ?? []).map { "\($0.code) \($0.message)" })
    // Behind the picture, so that it does not push them out of sight.
    unseen = diagnostics.filter {
      $0.severity == .warning && !known.contains("\($0.code) \($0.message)") && !isDrawing($0)
    }
    defer { reportUnseen() }
    let knownFace = program?.plan?.face
    done.append(document)
    undone = []
    document = changed
    program = checked
    guard let plan = checked.plan else { return .done }
    if let face = plan.face, face != knownFace { output.write("found: \(face.statement)\n") }
    lastSeconds = (seconds, 0)
    guard settings.runsAtOnce || !saves.isEmpty else { return .done }
    return run(plan, isAsked: false, writes: saves.count)
  }

  /// An edit without a mask is usual while it is being drawn.
  func isDrawing(_ diagnostic: Diagnostic) -> Bool { diagnostic.code == "empty-mask" }

  func check(_ document: SessionDocument) -> ProgramResult {
    session.check(
      source: SourceText(name: "<session>", document.text), path: folder + "/session.fedit", options: options)
  }

  // MARK: Saying

  /// Says what is wrong.
  func fail(_ message: String, _ hints: [String]) -> Outcome {
    output.writeDiagnostics(
      "error: \(terminalSafe(message))\n" + hints.map { "  hint: \(terminalSafe($0))\n" }.joined())
    return .failed
  }

  /// Says what an error means; a stopped run is none.
  func fail(_ error: any Error) -> Outcome {
    if let error = error as? any UserFacingError, error.exitStatus == .interrupted {
      output.writeDiagnostics("stopped\n")
      return .done
    }
    output.writeDiagnostics(
      (error as? any UserFacingError)?.report ?? "error: \(terminalSafe(String(describing: error)))\n")
    return .failed
  }

  /// Warnings that came up while the session was checked.
  func reportUnseen() {
    report(unseen)
    unseen = []
  }

  func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    output.writeDiagnostics(renderer.render(diagnostics))
  }
}
