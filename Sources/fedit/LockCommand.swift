import ArgumentParser
import FeditFiles
import FeditProvenance
import Foundation

/// `fedit lock SCRIPT`
struct LockCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Run a script and record what went into it and what came out.",
    discussion: """
      Writes what the script saves, and SCRIPT.lock: the SHA-256 of the script and everything it uses, of
      the photo, images, model, resolved plan and all outputs; seeds, options and library versions.
      'fedit run --locked' then refuses changed inputs, and 'fedit verify' compares the outputs.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("The script.", valueName: "SCRIPT"), completion: .file(extensions: ["fedit"]))
  var script: String

  @Flag(help: "Print only warnings and errors.")
  var quiet = false

  @OptionGroup var metadata: MetadataFlags
  @OptionGroup var flags: ScriptFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if script == "-" { throw ValidationError("the lock lies beside the script, so give the script's file") }
  }

  func run() throws {
    let checked = try CheckedScript(script, flags, threads: compute.threads)
    let plan = try checked.plan()
    let provenance = try checked.provenance(of: plan, keepsPosition: metadata.keepPosition)
    let run = ScriptRun(
      checked: checked, plan: plan, provenance: metadata.noMetadata ? nil : provenance, isQuiet: quiet,
      keepsPosition: metadata.keepPosition)
    var lock = provenance.lock
    lock.outputs = try run.run()
    lock.options.metadata = !metadata.noMetadata
    let path = Lock.path(of: script)
    try AtomicFile.write(Array(lock.text.utf8), to: path)
    if !quiet { printLine("wrote \(path)") }
  }
}
