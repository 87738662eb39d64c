import ArgumentParser
import FeditText

import struct FeditSyntax.DiagnosticCode
import func FeditSyntax.nearestName

/// `fedit explain CODE`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain an error code, with an example that fails and one that works.",
    discussion: "Without a code, lists all codes.")

  @Argument(
    help: ArgumentHelp("A code, such as unknown-name.", valueName: "CODE"),
    completion: .list(DiagnosticCode.all.map(\.code)))
  var code: String?

  func run() throws {
    guard let code else {
      for entry in DiagnosticCode.all {
        let padding = String(repeating: " ", count: max(1, 22 - entry.code.count))
        printLine(entry.code + padding + entry.title)
      }
      return
    }
    guard let entry = DiagnosticCode.named(code) else {
      let near = nearestName(to: code, among: DiagnosticCode.all.map(\.code))
      throw CommandFailure(
        .usage, "there is no code '\(code)'",
        hints: [near.map { "did you mean '\($0)'?" } ?? "'fedit explain' lists them all"])
    }
    printToStandardOutput(entry.text)
  }
}
