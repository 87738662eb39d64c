import ArgumentParser

/// `fedit completions SHELL`
struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print the completion script of a shell.",
    discussion: """
      The packages and 'make install' put them where the shells look. By hand:

          fedit completions bash >~/.local/share/bash-completion/completions/fedit
          fedit completions zsh >~/.zfunc/_fedit
          fedit completions fish >~/.config/fish/completions/fedit.fish

      For zsh, ~/.zfunc has to be in 'fpath' before 'compinit' runs.
      """.reflowed)

  /// The shells that swift-argument-parser writes scripts for.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish

    var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "SHELL"))
  var shell: Shell

  func run() {
    let script = Fedit.completionScript(for: shell.completionShell)
    printToStandardOutput(script.hasSuffix("\n") ? script : script + "\n")
  }
}
