import FeditGenerator

/// The commands of the REPL, which begin with a colon: what they are called, what they take, and what they do.
public struct REPLCommand: Sendable {
  /// What may stand behind a command's name, for the Tab key.
  public enum Argument: Sendable {
    case nothing
    /// One of these words.
    case words([String])
    case file
    case command
    /// A model's name.
    case model
    /// The name of a `param` and its value.
    case parameter
  }

  /// Without the colon.
  public var name: String
  var aliases: [String] = []
  /// What it takes, as `:help` shows it.
  public var usage: String
  /// What may stand behind its name.
  public var argument = Argument.nothing
  var needsArgument = false
  /// What it does, in a few words.
  public var summary: String
  /// Carries it out with what stands behind its name.
  var action: @Sendable (REPL, String) -> REPL.Outcome

  /// The words that `:show` takes.
  public static let views = ["mask", "sketch", "color", "noise", "result", "before", "diff"]

  /// All of them, in the order of `:help`.
  public static let all: [REPLCommand] = [
    .init(
      name: "show", usage: "[\(views.joined(separator: "|"))] [FILE.png]", argument: .words(views),
      summary: "show a picture, or write it to a file"
    ) { $0.show($1) },
    .init(name: "layers", usage: "", summary: "how much each edit's layers hold") { repl, _ in repl.layers()
    },
    .init(name: "list", aliases: ["l"], usage: "", summary: "the session as a script") { repl, _ in
      repl.list()
    },
    .init(name: "undo", aliases: ["u"], usage: "", summary: "take the last statement back") { repl, _ in
      repl.step(back: true)
    },
    .init(name: "redo", usage: "", summary: "do again what was taken back") { repl, _ in
      repl.step(back: false)
    },
    .init(name: "edit", usage: "", summary: "change the session in $EDITOR") { repl, _ in repl.editInEditor()
    },
    .init(
      name: "save", usage: "FILE.fedit", argument: .file, needsArgument: true,
      summary: "write the session as a script that 'fedit run' repeats"
    ) { $0.save($1) },
    .init(
      name: "load", usage: "FILE.fedit", argument: .file, needsArgument: true, summary: "go on with a script"
    ) { $0.load($1) },
    .init(
      name: "set", usage: "NAME=VALUE", argument: .parameter, needsArgument: true,
      summary: "give a param another value"
    ) { $0.set($1) },
    .init(name: "seed", usage: "N", needsArgument: true, summary: "another fill for the current edit") {
      $0.seed($1)
    },
    .init(
      name: "grid", usage: "[FILE.png]", argument: .file,
      summary: "show the picture under a grid of coordinates"
    ) { $0.grid($1) },
    .init(
      name: "face", usage: "[FILE.png]", argument: .file,
      summary: "show the face that was found, and its line for a script"
    ) { $0.face($1) },
    .init(name: "warnings", aliases: ["w"], usage: "", summary: "all warnings that stand") { repl, _ in
      repl.warnings()
    },
    .init(
      name: "zoom", usage: "on|off", argument: .words(["on", "off"]), needsArgument: true,
      summary: "after a stroke show the current edit, or the whole photo"
    ) { $0.zoom($1) },
    .init(
      name: "model", usage: "[NAME-or-FILE]", argument: .model,
      summary: "use another model; alone: which one it is"
    ) { $0.header("model", $1) },
    .init(
      name: "engine", usage: "[native|openblas]", argument: .words(Engine.allCases.map(\.rawValue)),
      summary: "compute with another engine; alone: which one it is"
    ) { $0.engine($1) },
    .init(
      name: "photo", usage: "[FILE]", argument: .file, summary: "edit another photo; alone: which one it is"
    ) { $0.header("photo", $1) },
    .init(
      name: "auto", usage: "on|off", argument: .words(["on", "off"]), needsArgument: true,
      summary: "run the generator after each stroke, or wait for 'go'"
    ) { $0.auto($1) },
    .init(name: "time", usage: "", summary: "what the last run took") { repl, _ in repl.time() },
    .init(name: "explain", usage: "CODE", needsArgument: true, summary: "what a diagnostic means") {
      $0.explain($1)
    },
    .init(name: "reset", usage: "", summary: "take all edits away; photo, face and names stay") { repl, _ in
      repl.reset()
    },
    .init(name: "help", aliases: ["h", "?"], usage: "[COMMAND]", argument: .command, summary: "this list") {
      $0.help($1)
    },
    .init(name: "quit", aliases: ["q", "exit"], usage: "", summary: "leave (so does Ctrl-D)") { _, _ in .quit
    },
  ]

  /// The command of a name or an alias, without the colon.
  static func named(_ name: String) -> REPLCommand? {
    all.first { $0.name == name || $0.aliases.contains(name) }
  }

  /// Words that begin statements, too, or could be names.
  private static let ambiguous = ["edit", "save", "seed", "model", "photo", "face", "l", "u", "w", "h", "?"]

  /// The command that somebody means who types its name alone and without the colon; nil for statements' words.
  static func forgottenColon(_ line: String) -> String? {
    ambiguous.contains(line) ? nil : named(line)?.name
  }

  /// The text of `:help`.
  static var help: String {
    let heads: [String] = all.map { ":\($0.name) \($0.usage)" }
    let width: Int = heads.map(\.count).filter { $0 < 35 }.max() ?? 0
    let margin = String(repeating: " ", count: width + 4)
    var lines = [
      "Type statements as in a script; strokes collect in the current edit.",
      "  go, or an empty line   run the generator for the current edit",
      "  edit \"name\"            begin the next edit",
      "",
    ]
    for (command, head) in zip(all, heads) {
      // What a long command does stands below it.
      if head.count > width {
        lines.append("  " + head)
        lines.append(margin + command.summary)
      } else {
        let gap = margin.dropFirst(head.count + 2)
        lines.append("  \(head)\(gap)\(command.summary)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
