import FeditTestSupport
import Foundation
import Testing

/// A command of a page's `console` block, and what the page says that it prints.
private struct ConsoleCommand {
  var line: Int
  var command: String
  var output: [String] = []
}

/// The `console` blocks of a page: a line after `$ ` is a command, after `> ` its next line, all else its output.
private func consoleCommands(_ page: String) throws -> [ConsoleCommand] {
  let text = try String(contentsOfFile: repository + "/Docs/" + page, encoding: .utf8)
  var result: [ConsoleCommand] = []
  var isInside = false
  for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    if line.hasPrefix("```") {
      isInside = line == "```console"
    } else if isInside, line.hasPrefix("$ ") {
      result.append(ConsoleCommand(line: index + 1, command: String(line.dropFirst(2))))
    } else if isInside, line.hasPrefix("> "), let last = result.indices.last, result[last].output.isEmpty {
      result[last].command += "\n" + line.dropFirst(2)
    } else if isInside, let last = result.indices.last {
      result[last].output.append(String(line))
    }
  }
  return result
}

/// Whether lines are what a page shows; `…` stands for any part of a line, alone on a line for any lines.
private func fits(_ lines: ArraySlice<String>, _ shown: ArraySlice<String>) -> Bool {
  guard let first = shown.first else { return lines.isEmpty }
  if first == "…" {
    return (lines.startIndex...lines.endIndex).contains { fits(lines[$0...], shown.dropFirst()) }
  }
  guard let line = lines.first, fits(line, first) else { return false }
  return fits(lines.dropFirst(), shown.dropFirst())
}

private func fits(_ line: String, _ shown: String) -> Bool {
  let parts = shown.split(separator: "…", omittingEmptySubsequences: false)
  guard parts.count > 1, let first = parts.first, let last = parts.last else { return line == shown }
  guard line.hasPrefix(first), line.hasSuffix(last), line.count >= first.count + last.count else {
    return false
  }
  var rest = line.dropFirst(first.count).dropLast(last.count)
  for part in parts.dropFirst().dropLast() where !part.isEmpty {
    guard let found = rest.range(of: part) else { return false }
    rest = rest[found.upperBound...]
  }
  return true
}

@Suite struct ConsolePageTests {
  /// Runs a page's commands one after the other, and compares what they print.
  private func run(_ page: String, in scratch: Scratch, prefix: String = ":") throws {
    let commands = try consoleCommands(page)
    #expect(!commands.isEmpty)
    for command in commands {
      let outcome = try scratch.shell("\(prefix); fedit=\(repository); { \(command.command)\n} 2>&1")
      let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        .dropLast(outcome.output.hasSuffix("\n") || outcome.output.isEmpty ? 1 : 0)
      #expect(
        fits(lines[...], command.output[...]),
        """
        \(page):\(command.line): $ \(command.command)
        shown:
        \(command.output.joined(separator: "\n"))
        printed:
        \(lines.joined(separator: "\n"))
        """)
    }
  }

  private func copy(_ example: String, to scratch: Scratch) throws {
    let folder = repository + "/Examples/" + example
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try FileManager.default.copyItem(atPath: folder + "/" + file, toPath: scratch.path + "/" + file)
    }
  }

  @Test("the commands of Docs/review.md do what the page says", .enabled(if: hasGit))
  func review() throws {
    let scratch = try Scratch()
    try copy("sunglasses", to: scratch)
    try scratch.commitAll()
    try run("review.md", in: scratch)
  }

  @Test("the sessions of Docs/repl.md go as the page says")
  func repl() throws {
    let scratch = try Scratch()
    try copy("sunglasses", to: scratch)
    try run("repl.md", in: scratch)
    #expect(try scratch.picture("shown.png").samples == scratch.picture("run.png").samples)
  }

  @Test("the commands of Docs/gestures.md do what the page says")
  func gestures() throws {
    let scratch = try Scratch()
    try copy("sunglasses", to: scratch)
    try run("gestures.md", in: scratch)
  }

  @Test("the commands of Docs/editors.md do what the page says, and Vim knows scripts then")
  func editors() throws {
    let scratch = try Scratch()
    try run("editors.md", in: scratch, prefix: "export HOME=$PWD")
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/vim") else { return }
    try scratch.write("a.fedit", "mask circle((1, 2), 3) // round\n")
    let vim = try scratch.shell(
      "HOME=$PWD vim -N -es -c 'syntax on | edit a.fedit' -c 'redir! > found' -c 'echo &filetype' "
        + "-c 'echo synIDattr(synID(1, 1, 1), \"name\")' -c 'echo synIDattr(synID(1, 26, 1), \"name\")' "
        + "-c 'redir END' -c 'qa!' </dev/null || true")
    #expect(vim.status == 0)
    let found = String(decoding: try scratch.bytes("found"), as: UTF8.self).split(separator: "\n")
    #expect(found.first == "fedit")
    #expect(found.dropFirst().allSatisfy { $0.hasPrefix("fedit") } && Set(found).count == 3)
  }
}
