import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditSession
import FeditText
import Foundation

import struct FeditSyntax.Diagnostic

extension DiagnosticFormat: ExpressibleByArgument {}

/// `fedit check SCRIPT…`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Report every error and warning in scripts without running them.",
    discussion: """
      Checks names, types, files and everything else that is known before the generator runs, then draws
      the layers to find empty masks and strokes outside the mask. Exits with 0 if there are no errors
      (warnings are allowed), 66 if unreadable files are the only errors, and 65 otherwise.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("Scripts; - is standard input.", valueName: "SCRIPT"),
    completion: .file(extensions: ["fedit"]))
  var scripts: [String]

  @Option(help: ArgumentHelp("Output format: text, short, json or sarif.", valueName: "FORMAT"))
  var format: DiagnosticFormat = .text

  @Flag(help: "Change the scripts as the hints say, where a hint says how.")
  var fix = false

  @Flag(help: "With --fix: show the changes, and write nothing.")
  var dryRun = false

  @OptionGroup var flags: ScriptFlags

  func validate() throws {
    if dryRun, !fix { throw ValidationError("--dry-run is for --fix") }
    if fix, scripts.contains("-") { throw ValidationError("--fix changes files, and standard input is none") }
  }

  func run() throws {
    if fix {
      for script in scripts {
        var fixer = ScriptFixer(script: script, flags: flags)
        try fixer.run(isDry: dryRun)
      }
      if dryRun { return }
    }
    var diagnostics: [Diagnostic] = []
    var worst: ExitStatus?
    for argument in scripts {
      let checked: CheckedScript
      do {
        checked = try CheckedScript(argument, flags)
      } catch let error as FileError {
        // One script that can't be read does not keep the others from being checked.
        printToStandardError(error.report)
        worst = Self.worse(worst, error.exitStatus)
        continue
      }
      diagnostics += checked.result.diagnostics
      if let own = CheckedScript.failure(checked.result) {
        printToStandardError(own.report)
        worst = Self.worse(worst, own.exitStatus)
      } else if let plan = checked.result.plan {
        let control = Interruption.control
        let warnings = try checked.session.warnings(of: plan, control: control)
        diagnostics += checked.result.diagnostics(of: warnings)
      }
    }
    let renderer = DiagnosticRenderer(
      format: format, isColored: DiagnosticRenderer.wantsColor(STDOUT_FILENO))
    // The count stands behind what it counts, on the same stream.
    printToStandardOutput(
      renderer.render(diagnostics) + (format == .text ? summary(diagnostics) : ""))
    if let worst { throw CommandFailure(worst) }
  }

  /// Wrong contents weigh more than what can't be read.
  private static func worse(_ a: ExitStatus?, _ b: ExitStatus) -> ExitStatus {
    guard let a else { return b }
    let order: [ExitStatus] = [.unreadable, .usage, .data]
    let rank = { (status: ExitStatus) in order.firstIndex(of: status) ?? 0 }
    return rank(b) > rank(a) ? b : a
  }

  private func summary(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count - errors
    func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
    let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { count($0.0, $0.1) }
    let found = parts.isEmpty ? "no problems" : parts.joined(separator: " and ")
    return "\(diagnostics.isEmpty ? "" : "\n")\(found) in \(count(scripts.count, "script"))\n"
  }
}
