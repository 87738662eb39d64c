import FeditText

/// One man page in the macros of man(7).
struct ManualPage {
  var name: String
  var text: String

  /// The file's name in a man1 folder.
  var fileName: String { name + ".1" }

  /// The pages of a command and of all commands below it.
  static func pages(of command: CommandDescription) -> [ManualPage] {
    [ManualPage(command)] + command.visibleSubcommands.flatMap(pages)
  }

  private init(_ command: CommandDescription) {
    let path = (command.superCommands ?? []) + [command.commandName]
    name = path.joined(separator: "-")
    var page = Roff()
    page.macro("TH", [name.uppercased(), "1", "", "fedit \(feditVersion)", "User commands"])
    page.line(".nh\n.ad l")
    page.section("NAME")
    page.line("\(Roff.escaped(name)) \\- \(Roff.escaped(Self.withoutFullStop(command.abstract ?? name)))")
    page.section("SYNOPSIS")
    page.line(Self.synopsis(command, path: path))
    if let discussion = command.discussion, !discussion.isEmpty {
      page.section("DESCRIPTION")
      page.prose(discussion)
    }
    page.arguments(of: command)
    page.commands(of: command, name: name)
    page.exitStatus()
    page.seeAlso(command, parents: command.superCommands ?? [])
    text = page.text
  }

  private static func withoutFullStop(_ text: String) -> String {
    text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// The command with what it takes: options first, then the positional arguments in their order.
  private static func synopsis(_ command: CommandDescription, path: [String]) -> String {
    var words = ["\\fB\(Roff.escaped(path.joined(separator: " ")))\\fR"]
    let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
    if !command.visibleSubcommands.isEmpty { words.append("\\fICOMMAND\\fR ...") }
    if arguments.contains(where: { $0.kind != .positional && $0.isOptional }) {
      words.append("[\\fIOPTIONS\\fR]")
    }
    let required = arguments.filter { $0.kind != .positional && !$0.isOptional }
    for argument in required + arguments.filter({ $0.kind == .positional }) {
      let term = Roff.term(argument, isShort: true) + (argument.isRepeating ? " ..." : "")
      words.append(argument.isOptional ? "[\(term)]" : term)
    }
    return words.joined(separator: " ")
  }
}

/// Text of a man page as it grows.
private struct Roff {
  private(set) var text = ""

  mutating func line(_ line: String) { text += line + "\n" }

  mutating func macro(_ name: String, _ arguments: [String]) {
    line(".\(name) " + arguments.map { "\"\(Self.escaped($0))\"" }.joined(separator: " "))
  }

  mutating func section(_ title: String) { line(".SH \(title)") }

  /// Text as nroff shows it: no escapes, hyphens that can be searched for.
  static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
      .replacing("'", with: "\\(aq")
  }

  /// Paragraphs between empty lines; indented lines stay as they are.
  mutating func prose(_ text: String) {
    var isLiteral = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let indented = line.hasPrefix("  ")
      if indented != isLiteral, !line.isEmpty {
        self.line(indented ? ".PP\n.EX" : ".EE\n.PP")
        isLiteral = indented
      }
      if line.isEmpty {
        self.line(isLiteral ? "" : ".PP")
      } else {
        self.line(Self.protected(line))
      }
    }
    if isLiteral { self.line(".EE") }
    self.text = self.text.replacing(".PP\n.PP\n", with: ".PP\n").replacing("\n\n.EE", with: "\n.EE")
  }

  /// A line of text that nroff does not take for a request.
  private static func protected(_ line: some StringProtocol) -> String {
    let text = escaped(String(line))
    return text.hasPrefix(".") ? "\\&" + text : text
  }

  /// An argument with its names and value.
  static func term(_ argument: ArgumentDescription, isShort: Bool = false) -> String {
    let value = argument.valueName.map { "\\fI\(escaped($0))\\fR" } ?? ""
    if argument.kind == .positional { return value }
    var names = (argument.names ?? []).sorted { $0.kind == .short && $1.kind != .short }.map(\.text)
    if isShort { names = Array(names.prefix(1)) }
    let bold = names.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
    return argument.kind == .option && !value.isEmpty ? "\(bold) \(value)" : bold
  }

  /// Arguments and options, each group of options under its own title.
  mutating func arguments(of command: CommandDescription) {
    let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
    var titles: [String] = []
    func title(_ argument: ArgumentDescription) -> String {
      argument.sectionTitle?.uppercased() ?? (argument.kind == .positional ? "ARGUMENTS" : "OPTIONS")
    }
    for argument in arguments where !titles.contains(title(argument)) { titles.append(title(argument)) }
    for heading in titles {
      section(Self.escaped(heading))
      for argument in arguments where title(argument) == heading { describe(argument) }
    }
  }

  private mutating func describe(_ argument: ArgumentDescription) {
    line(".TP")
    line(Self.term(argument) + (argument.isRepeating ? " ..." : ""))
    let words = [argument.abstract, argument.discussion].compactMap { $0 }.filter { !$0.isEmpty }
    for (index, words) in words.enumerated() {
      if index > 0 { line(".IP") }
      for text in words.split(separator: "\n") { line(Self.protected(text)) }
    }
    if words.isEmpty { line("\\&") }
    if let values = argument.allValueStrings, !values.isEmpty {
      line("Values: \(Self.escaped(values.joined(separator: ", "))).")
    }
    if let value = argument.defaultValue, !value.isEmpty { line("Default: \(Self.escaped(value)).") }
  }

  mutating func commands(of command: CommandDescription, name: String) {
    guard !command.visibleSubcommands.isEmpty else { return }
    section("COMMANDS")
    for child in command.visibleSubcommands {
      line(".TP")
      line("\\fB\(Self.escaped("\(name)-\(child.commandName)"))\\fR(1)")
      line(Self.protected(child.abstract ?? child.commandName))
    }
  }

  mutating func exitStatus() {
    section("EXIT STATUS")
    line(".TP\n\\fB0\\fR\nDone.")
    for status in ExitStatus.allCases {
      line(".TP\n\\fB\(status.rawValue)\\fR\n\(Self.protected(status.meaning))")
    }
  }

  mutating func seeAlso(_ command: CommandDescription, parents: [String]) {
    section("SEE ALSO")
    let above = parents.isEmpty ? [] : [parents.joined(separator: "-")]
    let pages = above.map { "\\fB\(Self.escaped($0))\\fR(1)" }
    line(
      (pages + ["the tour and the reference in \\fIshare/doc/fedit\\fR beside \\fIbin\\fR"]).joined(
        separator: ", ") + ".")
  }
}
