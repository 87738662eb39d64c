import ArgumentParser
import FeditFiles
import FeditFormat
import Foundation

import struct FeditSyntax.Diagnostic
import class FeditSyntax.SourceText
import func FeditSyntax.escapingControlCharacters

/// `fedit fmt FILES`
struct FmtCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Bring scripts into fedit's one style.",
    discussion: """
      Files are replaced; what they mean stays the same. One with syntax errors is left alone, and the
      command ends with 65. With --check nothing is written: the files that would change are listed,
      and the command ends with 1 if there are any.
      """)

  @Argument(
    help: ArgumentHelp("Scripts.", valueName: "FILES"), completion: .file(extensions: ["fedit"]))
  var files: [String] = []

  @Flag(help: "Only list what would change.")
  var check = false

  @Flag(help: "Read standard input and print the result.")
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
        FileHandle.standardOutput.write(Data(text.utf8))
      }
      return
    }
    var changed: [String] = []
    var failure: CommandFailure?
    for file in files {
      // One script that can't be formatted does not keep the others from being so.
      do {
        let bytes = try readFile(file, limit: 1 << 26)
        let text = try formattedText(bytes, name: file)
        guard Array(text.utf8) != bytes else { continue }
        changed.append(file)
        if !check { try AtomicFile.write(text.utf8, to: file) }
      } catch let error as FileError {
        failure = worse(failure, CommandFailure(error))
      } catch let error as CommandFailure {
        failure = worse(failure, error)
      }
    }
    if check { for file in changed { print(escapingControlCharacters(file)) } }
    if let failure { throw CommandFailure(failure.status, nil) }
    if check, !changed.isEmpty { throw different(changed) }
  }

  private func different(_ files: [String]) -> CommandFailure {
    let names = files.count == 1 ? "1 file" : "\(files.count) files"
    return CommandFailure(.different, "\(names) would change", hints: ["'fedit fmt FILES' formats them"])
  }

  /// Says what is wrong with one file and keeps the first failure's status.
  private func worse(_ first: CommandFailure?, _ next: CommandFailure) -> CommandFailure {
    if let message = next.message { printToStandardError("error: \(message)\n") }
    return first ?? next
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
    for diagnostic in errors.prefix(20) {
      let place = source.location(of: diagnostic.range.span.start)
      printToStandardError(
        "\(escapingControlCharacters(name)):\(place.line):\(place.column): error: \(diagnostic.message) [\(diagnostic.code)]\n"
      )
    }
    throw CommandFailure(
      .data, "'\(escapingControlCharacters(name))' has syntax errors and is left as it is")
  }
}
