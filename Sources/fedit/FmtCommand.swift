import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditFormat
import FeditText
import Foundation

import struct FeditSyntax.Diagnostic
import class FeditSyntax.SourceText

/// `fedit fmt FILES`
struct FmtCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Format scripts.",
    discussion: """
      Rewrites files in place without changing their meaning. A file with syntax errors is left alone, and
      the command exits with 65. With --check nothing is written: lists the files that would change, and
      exits with 1 if there are any.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("Scripts.", valueName: "FILES"), completion: .file(extensions: ["fedit"]))
  var files: [String] = []

  @Flag(help: "Only list files that would change.")
  var check = false

  @Flag(help: "Format standard input to standard output.")
  var stdin = false

  func validate() throws {
    if stdin, !files.isEmpty { throw ValidationError("--stdin takes no files") }
    if !stdin, files.isEmpty { throw ValidationError("name the scripts to format, or use --stdin") }
  }

  func run() throws {
    if stdin {
      let bytes = try readStandardInput()
      let text = try formattedText(bytes, name: "<stdin>")
      if check {
        if Array(text.utf8) != bytes { throw different(["<stdin>"]) }
      } else {
        printToStandardOutput(text)
      }
      return
    }
    var changed: [String] = []
    var failure: ExitStatus?
    for file in files {
      // One script that can't be formatted does not keep the others from being so.
      do {
        let bytes = try readFile(file, limit: 1 << 26)
        let text = try formattedText(bytes, name: file)
        guard Array(text.utf8) != bytes else { continue }
        changed.append(file)
        if !check { try AtomicFile.write(text.utf8, to: file) }
      } catch let error as any UserFacingError {
        printToStandardError(error.report)
        failure = failure ?? error.exitStatus
      }
    }
    if check { for file in changed { printLine(file) } }
    if let failure { throw CommandFailure(failure) }
    if check, !changed.isEmpty { throw different(changed) }
  }

  private func different(_ files: [String]) -> CommandFailure {
    let names = files.count == 1 ? "1 file" : "\(files.count) files"
    return CommandFailure(.different, "\(names) would change", hints: ["'fedit fmt FILES' formats them"])
  }

  private func formattedText(_ bytes: [UInt8], name: String) throws -> String {
    let (source, problems) = SourceText.decoding(name: name, bytes: bytes)
    var errors = problems
    if problems.isEmpty {
      do throws(SyntaxErrors) {
        return try formatted(source)
      } catch {
        errors = error.diagnostics
      }
    }
    printToStandardError(DiagnosticRenderer(format: .short).render(Array(errors.prefix(20))))
    throw CommandFailure(
      .data, "'\(name)' has syntax errors and is left as it is")
  }
}
