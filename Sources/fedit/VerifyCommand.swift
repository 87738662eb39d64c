import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditText
import Foundation

/// `fedit verify SCRIPT|PICTURE…`
struct VerifyCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Run edits again and compare the bytes; write nothing.",
    discussion: """
      Runs a script again as its SCRIPT.lock says, with the same options, and compares every output. For a
      picture, runs the script inside it; photo, images and model are looked for beside the picture or
      below --root. If bytes differ, reports how much, and what has changed: script, photo, model, version.
      Exits with 0 if all bytes are the same, from the inputs recorded, and with 1 if not.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("Scripts with a lock beside them, or pictures.", valueName: "SCRIPT|PICTURE"),
    completion: .file(extensions: ["fedit"] + PictureFormat.writtenEndings))
  var files: [String]

  @Flag(help: "Compare pixels instead of bytes: another zlib packs the same pixels differently.")
  var pixels = false

  @Flag(help: "Report only differences.")
  var quiet = false

  @OptionGroup var limits: LimitFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if files.contains("-") { throw ValidationError("'verify' takes files, not standard input") }
  }

  func run() throws {
    Interruption.install()
    try limits.checkRoot()
    var options = Verification.Options()
    options.root = limits.root
    options.threads = compute.threads
    options.limits = limits.evaluation
    options.pictureLimits = limits.pictures
    options.control = Interruption.control
    var status: ExitStatus?
    for file in files {
      do {
        let verification =
          PictureMetadata.isPicture(file)
          ? try Verification.verify(picture: file, options: options)
          : try Verification.verify(script: ScriptFile.read(file), options: options)
        guard !(pixels ? verification.hasSamePixels : verification.isSame) else {
          if !quiet { printLine(Self.same(file, verification)) }
          continue
        }
        for line in Self.different(file, verification) { printLine(line) }
        let failure = verification.problem.map(Self.failure)
        if let failure { printToStandardError(failure.report) }
        // Where an input has changed, that is the answer; else the fault is elsewhere.
        let isAnswered =
          verification.problem == nil || verification.changes.contains { $0.isInput && $0.found != nil }
        let own = isAnswered ? .different : failure?.exitStatus ?? .different
        status = Self.worse(status, own)
      } catch let error as FileError {
        status = Self.worse(status, Self.report(CommandFailure(error, lockOf: file)))
      } catch let error as ProvenanceError {
        status = Self.worse(status, Self.report(error))
      }
    }
    if let status { throw CommandFailure(status) }
  }

  private static func report(_ error: some UserFacingError) -> ExitStatus {
    printToStandardError(error.report)
    return error.exitStatus
  }

  /// What can't be verified weighs more than what is different.
  private static func worse(_ a: ExitStatus?, _ b: ExitStatus) -> ExitStatus {
    guard let a else { return b }
    return a == .different ? b : a
  }

  private static func same(_ file: String, _ verification: Verification) -> String {
    let isBytes = verification.isSame
    let count = verification.outputs.count
    let files = count == 1 ? "" : " in \(count) files"
    return "\(file): the same \(isBytes ? "bytes" : "pixels")\(files)"
  }

  private static func different(_ file: String, _ verification: Verification) -> [String] {
    var lines = ["\(file): \(verification.problem == nil ? "DIFFERENT" : "NOT VERIFIED")"]
    for output in verification.outputs where output.outcome != .same {
      // A picture has its name in the line above.
      let name = output.name == file ? "" : "\(output.name): "
      lines.append("  \(name)\(output.detail)")
    }
    lines += verification.changes.map { "  \($0.description)" }
    if verification.changes.isEmpty, verification.problem == nil {
      lines.append("  nothing that it was made from has changed")
    }
    return lines
  }

  private static func failure(_ problem: Verification.Problem) -> any UserFacingError {
    switch problem {
    case .file(let error): return error
    case .run(let error): return error
    case .script(let program):
      let renderer = DiagnosticRenderer(isColored: DiagnosticRenderer.wantsColor(STDERR_FILENO))
      let errors = program.diagnostics.filter { $0.severity == .error }
      printToStandardError(renderer.render(errors))
      let missing = program.onlyUnreadableInputs
      return CheckedScript.failure(program)
        .map {
          missing
            ? CommandFailure(
              $0.exitStatus, "an input is not where it was looked for",
              hints: ["name the folder that it is in with --root DIR"]) : $0
        } ?? CommandFailure(.data, "the script names no photo")
    }
  }
}

extension CommandFailure {
  /// What is wrong with a file of a script, with the way to its lock where that is what is missing.
  init(_ error: FileError, lockOf script: String) {
    let isLock = error.path == Lock.path(of: script)
    self.init(error, hints: isLock ? ["'fedit lock \(script)' makes it"] : [])
  }
}
