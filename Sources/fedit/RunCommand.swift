import ArgumentParser
import Foundation

import func FeditSyntax.escapingControlCharacters

/// `fedit run SCRIPT`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Edit a portrait by a script.",
    discussion: """
      Draws the script's strokes, lets the generator fill the masks, and writes what the script saves.
      With -o the final picture goes there, and no 'save' of the script is carried out; with neither
      -o nor 'save' it goes to SCRIPTNAME-edited.png in the current folder. Earlier outputs are
      overwritten, inputs never. Each picture carries its script and what it was made from in PNG text
      chunks: 'fedit inspect' shows them.
      """)

  @Argument(
    help: ArgumentHelp("The script; - is standard input.", valueName: "SCRIPT"),
    completion: .file(extensions: ["fedit"]))
  var script: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the final picture goes.", valueName: "OUT.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Also write the layers that the generator gets, as 'fedit layers' does.", valueName: "DIR"),
    completion: .directory)
  var layers: String?

  @Flag(help: "Refuse to run where an input is not the one that SCRIPT.lock names.")
  var locked = false

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  @OptionGroup var metadata: MetadataFlags
  @OptionGroup var flags: ScriptFlags
  @OptionGroup var threadFlags: ThreadFlags

  func validate() throws {
    if locked, script == "-" {
      throw ValidationError("--locked needs the script's file, since the lock lies beside it")
    }
    if let output, !output.lowercased().hasSuffix(".png") {
      throw ValidationError(
        "pictures are written as PNG, so '\(escapingControlCharacters(output))' has to end with .png")
    }
  }

  func run() throws {
    let lock = locked ? try LockCheck.read(script, flags) : nil
    let checked = try CheckedScript(script, flags, threads: threadFlags.threads)
    let plan = try checked.plan()
    let provenance = try checked.provenance(of: plan)
    if let lock { try LockCheck.compare(lock, with: provenance.lock, script: script, isQuiet: quiet) }
    let run = ScriptRun(
      checked: checked, plan: plan, provenance: metadata.noMetadata ? nil : provenance, output: output,
      layers: layers,
      isQuiet: quiet)
    _ = try run.run()
  }
}
