import ArgumentParser
import FeditFiles
import Foundation

/// `fedit manual DIR`: the man pages, made from the commands' own help. Packaging calls it; help does not list it.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Write the man pages, one a command, into a folder.",
    shouldDisplay: false)

  @Argument(
    help: ArgumentHelp("The folder; it is made where there is none.", valueName: "DIR"),
    completion: .directory)
  var folder: String

  func run() throws {
    let tool = try JSONDecoder().decode(ToolDescription.self, from: Data(Fedit._dumpHelp().utf8))
    for page in ManualPage.pages(of: tool.command) {
      try AtomicFile.write(Array(page.text.utf8), to: folder + "/" + page.fileName)
    }
  }
}

/// What swift-argument-parser's `--experimental-dump-help` says of a program; only what a man page needs.
struct ToolDescription: Decodable {
  var command: CommandDescription
}

/// A command, as the dump describes it.
struct CommandDescription: Decodable {
  var superCommands: [String]?
  var shouldDisplay: Bool?
  var commandName: String
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDescription]?
  var arguments: [ArgumentDescription]?

  /// Subcommands that help lists.
  var visibleSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
  }
}

/// An argument, option or flag, as the dump describes it.
struct ArgumentDescription: Decodable {
  enum Kind: String, Decodable {
    case positional, option, flag
  }

  struct Name: Decodable {
    enum Kind: String, Decodable {
      case long, short, longWithSingleDash
    }

    var kind: Kind
    var name: String

    var text: String { (kind == .long ? "--" : "-") + name }
  }

  var kind: Kind
  var shouldDisplay: Bool
  var sectionTitle: String?
  var isOptional: Bool
  var isRepeating: Bool
  var names: [Name]?
  var valueName: String?
  var defaultValue: String?
  var allValueStrings: [String]?
  var abstract: String?
  var discussion: String?
}
