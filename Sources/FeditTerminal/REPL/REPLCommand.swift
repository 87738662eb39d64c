import Foundation

/// The commands of the REPL, which begin with a colon.
public struct REPLCommand: Hashable, Sendable {
  /// Without the colon.
  public var name: String
  /// What it takes, as `:help` shows it.
  public var usage: String
  public var summary: String

  /// All of them, in the order of `:help`.
  public static let all: [REPLCommand] = [
    .init(
      name: "show", usage: "[mask|sketch|color|noise|result|before|diff] [FILE.png]",
      summary: "show a picture, or write it to a file"),
    .init(name: "layers", usage: "", summary: "how much each edit's layers hold"),
    .init(name: "list", usage: "", summary: "the session as a script"),
    .init(name: "undo", usage: "", summary: "take the last statement back"),
    .init(name: "redo", usage: "", summary: "do again what was taken back"),
    .init(name: "edit", usage: "", summary: "change the session in $EDITOR"),
    .init(
      name: "save", usage: "FILE.fedit", summary: "write the session as a script that 'fedit run' repeats"),
    .init(name: "load", usage: "FILE.fedit", summary: "go on with a script"),
    .init(name: "set", usage: "NAME=VALUE", summary: "give a param another value"),
    .init(name: "seed", usage: "N", summary: "another fill for the current edit"),
    .init(name: "grid", usage: "[FILE.png]", summary: "show the picture under a grid of coordinates"),
    .init(name: "model", usage: "[NAME-or-FILE]", summary: "use another model; alone: which one it is"),
    .init(name: "photo", usage: "[FILE]", summary: "edit another photo; alone: which one it is"),
    .init(name: "auto", usage: "on|off", summary: "run the generator after each stroke, or wait for 'go'"),
    .init(name: "time", usage: "", summary: "what the last run took"),
    .init(name: "explain", usage: "CODE", summary: "what a diagnostic means"),
    .init(name: "reset", usage: "", summary: "take all edits away; photo, face and names stay"),
    .init(name: "help", usage: "[COMMAND]", summary: "this list"),
    .init(name: "quit", usage: "", summary: "leave (so does Ctrl-D)"),
  ]

  /// The words that `:show` takes.
  public static let views = ["mask", "sketch", "color", "noise", "result", "before", "diff"]

  /// The command that somebody means who types its name alone and without the colon; nil for statements' words.
  static func named(_ line: String) -> String? {
    let short = ["exit": "quit", "q": "quit"]
    guard let name = short[line] ?? all.first(where: { $0.name == line })?.name else { return nil }
    return ["edit", "save", "seed", "model", "photo"].contains(name) ? nil : name
  }

  /// The text of `:help`.
  static var help: String {
    let width = all.map { $0.name.count + 1 + $0.usage.count }.filter { $0 < 34 }.max() ?? 0
    var lines = [
      "Type statements as in a script; strokes collect in the current edit.",
      "  go, or an empty line   run the generator for the current edit",
      "  edit \"name\"            begin the next edit",
      "",
    ]
    for command in all {
      let left = ":\(command.name) \(command.usage)"
      let margin = String(repeating: " ", count: width + 5)
      // What a long command does stands below it.
      if left.count > width + 1 {
        lines += ["  \(left)", margin + command.summary]
      } else {
        lines.append("  \(left)".padding(toLength: width + 5, withPad: " ", startingAt: 0) + command.summary)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
