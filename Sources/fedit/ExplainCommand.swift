import ArgumentParser

import struct FeditSyntax.DiagnosticCode
import func FeditSyntax.escapingControlCharacters
import func FeditSyntax.nearestName

/// `fedit explain CODE`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain a diagnostic's code, with an example that fails and one that works.",
    discussion: "Without a code, all codes are listed.")

  @Argument(
    help: ArgumentHelp("A code, such as unknown-name.", valueName: "CODE"),
    completion: .list(DiagnosticCode.all.map(\.code)))
  var code: String?

  func run() throws {
    guard let code else {
      for entry in DiagnosticCode.all {
        let padding = String(repeating: " ", count: max(1, 22 - entry.code.count))
        print(entry.code + padding + entry.title)
      }
      return
    }
    guard let entry = DiagnosticCode.named(code) else {
      let near = nearestName(to: code, among: DiagnosticCode.all.map(\.code))
      throw CommandFailure(
        .usage, "there is no code '\(escapingControlCharacters(code))'",
        hints: [near.map { "did you mean '\($0)'?" } ?? "'fedit explain' lists them all"])
    }
    print(entry.text, terminator: "")
  }
}
