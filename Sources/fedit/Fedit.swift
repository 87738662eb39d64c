import ArgumentParser
import FeditSyntax
import FeditText
import Foundation

/// The command line. What each command does stands in a file of its own.
@main
struct Fedit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fedit",
    abstract: "Face editing as text.",
    discussion: """
      A script says what to mask, draw and colour on a portrait; a neural generator fills the mask.
      Begin with 'fedit new my-edit --photo portrait.png', or see the tour in Docs/tour.md.
      """.reflowed,
    version: "fedit \(feditVersion)",
    subcommands: [
      NewCommand.self,
      CheckCommand.self,
      RunCommand.self,
      BatchCommand.self,
      LockCommand.self,
      VerifyCommand.self,
      InspectCommand.self,
      DiffCommand.self,
      SheetCommand.self,
      WatchCommand.self,
      PlanCommand.self,
      LayersCommand.self,
      FaceCommand.self,
      GridCommand.self,
      ReplCommand.self,
      StudioCommand.self,
      FmtCommand.self,
      EditCommand.self,
      ExplainCommand.self,
      LSPCommand.self,
      ModelCommand.self,
      TraceCommand.self,
      PrepareCommand.self,
      TrainCommand.self,
      EvalCommand.self,
      CompletionsCommand.self,
      ManualCommand.self,
    ]
  )

  static func main() {
    openStandardDescriptors()
    // A file-size limit (ulimit -f) makes writing fail, as a full disk does.
    signal(SIGXFSZ, SIG_IGN)
    var status: Int32 = 0
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      try refuseUnknownCommand(arguments)
      var command = try parseAsRoot(EditArguments.paired(arguments))
      try (command as? any EngineCommand)?.engineFlags.select()
      try command.run()
    } catch {
      status = report(error)
    }
    if let problem = StandardOutput.problem {
      printToStandardError("error: cannot write standard output: \(problem)\n")
      if status < ExitStatus.usage.rawValue { status = ExitStatus.unwritable.rawValue }
    }
    #if FEDIT_MPI
      MPIWorkers.finish(status: status)
    #endif
    Foundation.exit(status)
  }

  /// `fedit rnu`, `fedit help rnu`: says so, and which command may have been meant.
  private static func refuseUnknownCommand(_ arguments: [String]) throws {
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    guard let name = words.first, !name.hasPrefix("-"), !name.isEmpty else { return }
    let known = configuration.subcommands.map { $0._commandName } + ["help"]
    guard !known.contains(name) else { return }
    let near = nearestName(to: name, among: known)
    throw CommandFailure(
      .usage, "there is no command '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
      hints: ["'fedit --help' lists the commands"])
  }

  /// Shows an error, and says what the process ends with.
  private static func report(_ error: any Error) -> Int32 {
    if let error = error as? any UserFacingError {
      printToStandardError(error.report)
      return error.exitStatus.rawValue
    }
    if let code = error as? ExitCode { return code.rawValue }
    // What ArgumentParser throws: help and version end with 0, usage errors with 64.
    let status = exitCode(for: error).rawValue
    guard status == 0 || status == ExitStatus.usage.rawValue else {
      printToStandardError("error: \(terminalSafe(String(describing: error)))\n")
      printToStandardError("  hint: this is a bug in fedit; please report it with what led to it\n")
      return ExitStatus.software.rawValue
    }
    // It repeats what was typed.
    let text = terminalSafeLines(fullMessage(for: error)) + "\n"
    if status == 0 { printToStandardOutput(text) } else { printToStandardError(text) }
    return status
  }

  /// Opens what the caller has closed of descriptors 0 to 2, so that no file is opened under their numbers
  /// and then written to as if it were standard output. Reading from them or writing to them still fails.
  private static func openStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
