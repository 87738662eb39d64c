import ArgumentParser
import FeditGenerator
import FeditProvenance
import FeditSession
import Foundation

/// `fedit run SCRIPT --seeds 1..12 --sheet OUT.png`
extension RunCommand {
  func validateSeeds() throws {
    guard seeds != nil || sheet != nil else { return }
    guard let seeds, let sheet else {
      throw ValidationError("--seeds and --sheet go together, as in --seeds 1..12 --sheet seeds.png")
    }
    try validatePictureName(sheet)
    if SeedVariants(seeds) == nil {
      throw ValidationError(
        "--seeds takes up to \(SeedVariants.limit) whole numbers from 0, as 1..12 or 3,7,20..29; found "
          + "'\(seeds)'")
    }
    if output != nil || layers != nil || locked {
      throw ValidationError("--sheet excludes --output, --layers and --locked")
    }
  }

  /// Runs the script once with each seed.
  func runSeeds(_ variants: SeedVariants, _ sheet: String) throws {
    let checked = try CheckedScript(
      input.script, flags, threads: compute.threads, keeping: .results(bytes: 1 << 30),
      leavesOutSaves: true)
    let plan = try checked.plan()
    guard !plan.edits.isEmpty else {
      throw CommandFailure(.data, "the script has no edit, so no seed changes anything")
    }
    let writer = PictureOutput(inputs: OutputGuard(plan, script: checked.script)) { _ in Provenance.label }
    try writer.check(sheet, name: sheet)
    let progress = ProgressLine(isEnabled: !quiet)
    defer { progress.clear() }
    progress.begin("\(variants.seeds.count) seeds")
    func say(_ line: String) { if !quiet { printLine(line) } }
    var done = 0
    let page = try variants.sheet(
      of: plan, session: checked.session, title: (checked.script.source.name as NSString).lastPathComponent,
      control: Interruption.control
    ) { seed, seconds in
      done += 1
      progress.clear()
      say("seed \(seed): \(String(format: "%.2f", seconds)) s")
      progress.update(Double(done) / Double(variants.seeds.count))
    }
    progress.clear()
    try writer.write(page, step: plan.steps.count, to: sheet, name: sheet)
    say("wrote \(sheet); 'seed N' in the edit keeps the one you like")
  }
}
