import FeditTestSupport
import Foundation
import Testing

@Suite struct ManualTests {
  /// The commands that a help text lists.
  private func commands(_ help: String) -> [String] {
    let list = help.components(separatedBy: "SUBCOMMANDS:\n").last ?? ""
    return list.split(separator: "\n").compactMap { line in
      let name = line.drop { $0 == " " }.prefix { $0 != " " }
      return line.hasPrefix("  ") && !line.hasPrefix("   ") && name != "See" ? String(name) : nil
    }
  }

  /// The long options that a help text lists.
  private func options(_ help: String) -> [String] {
    help.matches(of: /\n  (?:-\w, )?(--[a-z0-9-]+)/).map { String($0.1) }
  }

  @Test("each command that help lists has a man page with all its options")
  func pages() throws {
    let scratch = try Scratch()
    #expect(try scratch.fedit("manual", "man").status == 0)
    var pages: [[String]] = [[]]
    for name in commands(try scratch.fedit("--help").output) {
      pages.append([name])
      let help = try scratch.fedit(name, "--help").output
      if help.contains("SUBCOMMANDS:") { pages += commands(help).map { [name, $0] } }
    }
    #expect(pages.contains(["run"]))
    #expect(pages.contains(["model", "bench"]))
    for path in pages {
      let name = (["fedit"] + path).joined(separator: "-")
      let page = String(decoding: try scratch.bytes("man/\(name).1"), as: UTF8.self)
      let help = try scratch.fedit(path + ["--help"]).output
      for option in options(help) {
        #expect(
          page.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR"), "\(name) lacks \(option)")
      }
    }
    #expect(scratch.files == ["man"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/man").count == pages.count)
  }

  @Test("a man page has no line that nroff would take for a request, and keeps backslashes and quotes")
  func escapes() throws {
    let scratch = try Scratch()
    #expect(try scratch.fedit("manual", "man").status == 0)
    let known: Set<Substring> = [".TH", ".SH", ".TP", ".PP", ".IP", ".EX", ".EE", ".nh", ".ad"]
    for file in try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/man") {
      let page = String(decoding: try scratch.bytes("man/" + file), as: UTF8.self)
      for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
        #expect(known.contains(line.prefix { $0 != " " }), "\(file): \(line)")
      }
    }
  }

  @Test("completions of each shell know the commands and their options", arguments: ["bash", "zsh", "fish"])
  func completions(_ shell: String) throws {
    let scratch = try Scratch()
    let outcome = try scratch.fedit("completions", shell)
    #expect(outcome.status == 0)
    for word in ["verify", "completions", "max-strokes"] { #expect(outcome.output.contains(word)) }
    #expect(!outcome.output.contains("manual"))
  }

  @Test("a shell without completions is a usage error that names those with")
  func unknownShell() throws {
    let outcome = try Scratch().fedit("completions", "tcsh")
    #expect(outcome.status == 64)
    for shell in ["bash", "zsh", "fish"] { #expect(outcome.errors.contains(shell)) }
  }

  @Test("the Python package has the command's version")
  func pythonVersion() throws {
    let project = try String(contentsOfFile: repository + "/python/pyproject.toml", encoding: .utf8)
    let version = try #require(try Scratch().fedit("--version").output.split(separator: " ").last)
    #expect(project.contains("\nversion = \"\(version.trimmingCharacters(in: .newlines))\"\n"))
  }
}
