import ArgumentParser
import FeditGenerator
import FeditPlan
import FeditSession
import Foundation

/// `fedit run SCRIPT`
struct RunCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Edit a portrait with a script.",
    discussion: """
      Draws the script's strokes, lets the generator fill the masks, and writes what the script saves.
      With -o the final picture goes there and 'save' statements are skipped; with neither -o nor 'save'
      it goes to SCRIPTNAME-edited.png in the current folder. Earlier outputs are overwritten, inputs
      never. Every picture carries its script and what it was made from; 'fedit inspect' shows it. To choose among fills: --seeds 1..12 --sheet seeds.png.
      """.reflowed)

  @OptionGroup var input: ScriptArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the final picture goes.", valueName: "PICTURE"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Also write the layers, as 'fedit layers' does; an OpenRaster file holds the result as well.",
      valueName: "DIR|OUT.ora|OUT.svg"),
    completion: .directory)
  var layers: String?

  @Flag(help: "Refuse to run if an input differs from SCRIPT.lock.")
  var locked = false

  @Option(
    help: ArgumentHelp(
      "With --sheet: run once with each of these seeds, such as 1..12 or 3,7,20..29.",
      valueName: "SEEDS"))
  var seeds: String?

  @Option(
    help: ArgumentHelp(
      "With --seeds: write one picture with all results, and nothing else.",
      valueName: "OUT.png"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var sheet: String?

  @Flag(help: "Print only warnings and errors.")
  var quiet = false

  @Flag(help: "Say as well which engine works, on how many threads, with which model (to standard error).")
  var verbose = false

  @OptionGroup var quality: QualityFlag
  @OptionGroup var metadata: MetadataFlags
  @OptionGroup var flags: ScriptFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if locked, input.script == "-" {
      throw ValidationError("--locked needs the script's file, since the lock lies beside it")
    }
    if let output { try validatePictureName(output) }
    try quality.validate(output: output)
    try validateSeeds()
  }

  func run() throws {
    if let sheet, let variants = seeds.flatMap(SeedVariants.init) {
      try runSeeds(variants, sheet)
      return
    }
    let lock = locked ? try LockCheck.read(input.script, flags) : nil
    let checked = try CheckedScript(
      input.script, flags, threads: compute.threads, leavesOutSaves: output != nil)
    let plan = try checked.plan()
    if verbose {
      printNote("\(Engine.current.kernels), \(checked.session.options.threads) threads", "engine")
      printNote("\(plan.model.source.kind), \(plan.model.source.name)", "model")
    }
    let provenance = try checked.provenance(
      of: plan, keepsPosition: metadata.keepPosition, quality: quality.quality)
    if let lock { try LockCheck.compare(lock, with: provenance.lock, script: input.script, isQuiet: quiet) }
    let run = ScriptRun(
      checked: checked, plan: plan, provenance: metadata.noMetadata ? nil : provenance, output: output,
      quality: quality.quality, layers: layers,
      isQuiet: quiet, keepsPosition: metadata.keepPosition)
    _ = try run.run()
  }
}
