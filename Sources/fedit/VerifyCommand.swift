import ArgumentParser
import FeditFiles
import FeditProgram
import FeditProvenance
import FeditSession
import Foundation

/// `fedit verify SCRIPT|PICTURE…`
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Run edits again and compare the bytes; write nothing.",
    discussion: """
      For a script what SCRIPT.lock says is run again, with its options, and every output compared. For a
      picture the script inside it is run; photo, images and model are looked for beside the picture or
      below --root. Where bytes differ it says how far, and what has changed: script, photo, model,
      version. Ends with 0 where all bytes are the same, with 1 where some differ.
      """)

  @Argument(
    help: ArgumentHelp("Scripts with a lock beside them, or pictures.", valueName: "SCRIPT|PICTURE"),
    completion: .file(extensions: ["fedit", "png"]))
  var files: [String]

  @Flag(help: "Pixels count, bytes do not: another zlib packs the same pixels otherwise.")
  var pixels = false

  @Flag(help: "Say nothing of what is the same.")
  var quiet = false

  @OptionGroup var limits: LimitFlags
  @OptionGroup var threadFlags: ThreadFlags

  func validate() throws {
    if files.contains("-") { throw ValidationError("'verify' takes files, not standard input") }
  }

  func run() throws {
    Interruption.install()
    try limits.checkRoot()
    var options = Verification.Options()
    options.root = limits.root
    options.threads = threadFlags.threads
    options.limits = limits.evaluation
    options.pictureLimits = limits.pictures
    options.control = Interruption.control
    var status: ExitStatus?
    for file in files {
      do {
        let verification =
          PictureMetadata.isPNG(file)
          ? try Verification.verify(picture: file, options: options)
          : try Verification.verify(script: ScriptFile.read(file), options: options)
        guard !(pixels ? verification.hasSamePixels : verification.isSame) else {
          if !quiet { printToStandardOutput(Self.same(file, verification)) }
          continue
        }
        printToStandardOutput(Self.different(file, verification))
        let failure = verification.problem.map(Self.failure)
        if let failure { printToStandardError(failure.text) }
        // Where an input has changed, that is the answer; else the fault is elsewhere.
        let isAnswered =
          verification.problem == nil || verification.changes.contains { $0.isInput && $0.found != nil }
        let own = isAnswered ? .different : failure?.status ?? .different
        status = Self.worse(status, own)
      } catch let error as FileError {
        status = Self.worse(status, Self.report(CommandFailure(error).asking(for: file)))
      } catch let error as ProvenanceError {
        status = Self.worse(status, Self.report(CommandFailure(error)))
      }
    }
    if let status { throw CommandFailure(status, nil) }
  }

  private static func report(_ failure: CommandFailure) -> ExitStatus {
    printToStandardError(failure.text)
    return failure.status
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
    return "\(shown(file)): the same \(isBytes ? "bytes" : "pixels")\(files)\n"
  }

  private static func different(_ file: String, _ verification: Verification) -> String {
    var lines = ["\(shown(file)): \(verification.problem == nil ? "DIFFERENT" : "NOT VERIFIED")"]
    for output in verification.outputs where output.outcome != .same {
      // A picture has its name in the line above.
      let name = output.name == file ? "" : "\(shown(output.name)): "
      lines.append("  \(name)\(shown(output.detail))")
    }
    lines += verification.changes.map { "  \($0.description)" }
    if verification.changes.isEmpty, verification.problem == nil {
      lines.append("  nothing that it was made from has changed")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func failure(_ problem: Verification.Problem) -> CommandFailure {
    switch problem {
    case .file(let error): return CommandFailure(error)
    case .run(let error): return CommandFailure(error)
    case .script(let program):
      let renderer = DiagnosticRenderer(isColored: DiagnosticRenderer.wantsColor(STDERR_FILENO))
      let errors = program.diagnostics.filter { $0.severity == .error }
      printToStandardError(renderer.render(errors))
      let missing = program.onlyUnreadableInputs
      return CheckedScript.failure(program)
        .map {
          missing
            ? CommandFailure(
              $0.status, "an input is not where it was looked for",
              hints: ["name the folder that it is in with --root DIR"]) : $0
        } ?? CommandFailure(.data, "the script names no photo")
    }
  }
}

extension CommandFailure {
  /// The same failure, with the way to a lock where that is what is missing.
  func asking(for script: String) -> CommandFailure {
    guard message?.contains(".lock'") == true else { return self }
    var failure = self
    failure.hints.append("'fedit lock \(shown(script))' makes it")
    return failure
  }
}
