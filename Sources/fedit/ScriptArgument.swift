import ArgumentParser

/// The script of a command that takes one.
struct ScriptArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The script; - is standard input.", valueName: "SCRIPT"),
    completion: .file(extensions: ["fedit"]))
  var script: String
}
