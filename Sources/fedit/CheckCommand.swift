import ArgumentParser
import FeditFiles
import FeditSession
import Foundation

import struct FeditSyntax.Diagnostic

extension DiagnosticFormat: ExpressibleByArgument {}

/// `fedit check SCRIPT…`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Report every error and warning of scripts; run nothing.",
    discussion: """
      Names, types, files and everything else that can be known before the generator runs, and what
      the drawn layers show: empty masks, strokes outside the mask. Ends with 0 where there are no
      errors (warnings are allowed), else with 65, or 66 where unreadable files are the only fault.
      """)

  @Argument(
    help: ArgumentHelp("Scripts; - is standard input.", valueName: "SCRIPT"),
    completion: .file(extensions: ["fedit"]))
  var scripts: [String]

  @Option(help: ArgumentHelp("How to print what is found: text, short, json or sarif.", valueName: "FORMAT"))
  var format: DiagnosticFormat = .text

  @OptionGroup var flags: ScriptFlags

  func run() throws {
    var diagnostics: [Diagnostic] = []
    var failure: CommandFailure?
    for argument in scripts {
      let checked: CheckedScript
      do {
        checked = try CheckedScript(argument, flags)
      } catch let error as FileError {
        // One script that can't be read does not keep the others from being checked.
        let unread = CommandFailure(error)
        printToStandardError(unread.text)
        failure = Self.worse(failure, unread)
        continue
      }
      diagnostics += checked.result.diagnostics
      if let own = CheckedScript.failure(checked.result) {
        if own.message != nil { printToStandardError(own.text) }
        failure = Self.worse(failure, CommandFailure(own.status, nil))
      } else if let plan = checked.result.plan {
        let control = Interruption.control
        let warnings = try checked.session.warnings(of: plan, control: control)
        diagnostics += warnings.map { $0.diagnostic(in: checked.result.sources.map(\.source)) }
      }
    }
    let renderer = DiagnosticRenderer(
      format: format, isColored: DiagnosticRenderer.wantsColor(STDOUT_FILENO))
    print(renderer.render(diagnostics), terminator: "")
    if format == .text { printToStandardError(summary(diagnostics)) }
    if let failure { throw CommandFailure(failure.status, nil) }
  }

  /// Wrong contents weigh more than what can't be read.
  private static func worse(_ a: CommandFailure?, _ b: CommandFailure) -> CommandFailure {
    guard let a else { return b }
    let order: [ExitStatus] = [.unreadable, .usage, .data]
    let rank = { (failure: CommandFailure) in order.firstIndex(of: failure.status) ?? 0 }
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
