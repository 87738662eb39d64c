import ArgumentParser
import FeditBatch
import FeditFiles
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditText
import Foundation

/// `fedit batch RECIPE`
struct BatchCommand: ParsableCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch", abstract: "Edit many portraits by one recipe.",
    discussion: """
      Runs the recipe on each photo of a pattern or of a table, several at a time, and writes the results to a
      folder, named after their photos, with manifest.csv and manifest.json. Run again, it does what is missing
      or has changed. Each picture is the one that 'fedit run' makes. A photo that can't be edited never stops the others; at the end the failures are listed,
      and the exit status is 65. Ctrl-C finishes what is in hand and stops with 130.

      A table's first line names its columns: 'photo' (relative to the table), 'output' (a name below DIR, where
      wanted), and whatever --set may set: parameters of the recipe, and face.left_eye, face.right_eye and
      face.mouth as points, such as "(98, 122)". A column whose name begins with '#' is left alone; an empty
      cell sets nothing.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("The script; its own photo and saves are left out.", valueName: "RECIPE"),
    completion: .file(extensions: ["fedit"]))
  var recipe: String

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Photos by a pattern in quotes; '*' stands for any name and '**' for any folders.", valueName: "GLOB"))
  var photos: [String] = []

  @Option(
    help: ArgumentHelp("A table of photos and what to set for each.", valueName: "FILE.csv"),
    completion: .file(extensions: ["csv"]))
  var list: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder for the results.", valueName: "DIR"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "How many photos at a time, each on one thread (default: all cores, fewer where memory is short).",
      valueName: "N"))
  var jobs: Int?

  @Option(help: ArgumentHelp("Only every Nth row, from the Ith on: 1/N to N/N.", valueName: "I/N"))
  var shard: String?

  @Option(
    help: ArgumentHelp("Also draw a page with every photo before and after.", valueName: "OUT.png"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var sheet: String?

  @Flag(help: "Print one JSON object for each row as it is finished, and one for all at the end.")
  var json = false

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  @OptionGroup var quality: QualityFlag
  @OptionGroup var metadata: MetadataFlags
  @OptionGroup var flags: RecipeFlags

  @OptionGroup var engineFlags: EngineFlags

  func validate() throws {
    guard photos.isEmpty != (list == nil) else {
      throw ValidationError("give the photos either by --photos 'GLOB' or by --list FILE.csv")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs takes a number from 1 to 1024") }
    if let sheet { try validatePictureName(sheet) }
    if let shard, Shard(shard) == nil {
      throw ValidationError(
        "--shard takes I/N, such as 1/4 to 4/4, found '\(shard)'")
    }
  }

  func run() throws {
    let script = try ScriptFile.read(recipe)
    Interruption.install()
    let recipe = BatchRecipe(
      script: script, session: try flags.sessionOptions(for: script, threads: 1),
      plan: try flags.planOptions(), putsMetadata: !metadata.noMetadata,
      keepsPosition: metadata.keepPosition, quality: quality.quality)
    try flags.checkModel(EditSession(options: recipe.session))
    let checked = recipe.check()
    if let failure = CheckedScript.failure(checked) {
      CheckedScript.report(checked.diagnostics)
      throw failure
    }
    let rows =
      try list.map { try BatchList(table: $0, folder: output) } ?? BatchList(patterns: photos, folder: output)
    if let quality = quality.quality {
      for item in rows.items where item.problem == nil {
        guard let problem = qualityProblem(Double(quality), savingAs: item.output) else { continue }
        throw CommandFailure(
          .usage, "--quality: row \(item.row) is saved as '\(terminalSafe(item.output))': \(problem)",
          hints: ["name results .jpg or .webp in the column 'output' of a table (--list)"])
      }
    }
    try rows.checkColumns(settable: checked.settableNames)
    for (name, _) in recipe.plan.settings where !checked.settableNames.contains(name) {
      throw CommandFailure(
        .usage, "--set \(name): the recipe has no such parameter",
        hints: ["it has \(checked.settableNames.joined(separator: ", "))"])
    }
    let batch = BatchRun(
      recipe: recipe, list: rows, folder: output, shard: shard.flatMap { Shard($0) } ?? .all, jobs: jobs,
      hasSheet: sheet != nil)
    let page = try sheet.map { try self.page($0, batch) }
    let start = ContinuousClock.now
    let progress = WorkProgress((self.recipe as NSString).lastPathComponent, isEnabled: !quiet)
    let isJSON = json
    let outcome = try batch.run(isStopping: { Interruption.isRequested }) { done in
      if isJSON { printToStandardOutput(escapingInvisibleCharacters(inJSON: done.record.line) + "\n") }
      progress.update(
        done.finished, of: batch.items.count, skipped: done.kept,
        note: Interruption.isRequested ? "finishing what is in hand" : nil)
    }
    progress.clear()
    try page?(outcome)
    try report(outcome, seconds: (ContinuousClock.now - start) / .seconds(1), batch)
  }

  /// What draws and writes the page of before and after, checked before any work.
  private func page(_ path: String, _ batch: BatchRun) throws -> (BatchRun.Outcome) throws -> Void {
    guard batch.items.count <= BatchSheet.limit else {
      throw CommandFailure(
        .usage, "--sheet shows up to \(BatchSheet.limit) photos, and there are \(batch.items.count)",
        hints: [
          "do them in parts: --shard 1/\(batch.items.count / BatchSheet.limit + 1), each with its own page"
        ])
    }
    var inputs = OutputGuard()
    inputs.add("the script", recipe, batch.recipe.script.path)
    if let list { inputs.add("the table", list, list) }
    for item in batch.items where item.problem == nil {
      inputs.add("the photo", item.photo.name, item.photo.path)
      inputs.add("the result", item.output, batch.folder + "/" + item.output)
    }
    let writer = PictureOutput(inputs: inputs) { _ in Provenance.label }
    try writer.check(path, name: path)
    return { outcome in
      guard let sheet = batch.sheet, outcome.count(.pending) == 0 else { return }
      let title = (recipe as NSString).lastPathComponent
      try writer.write(sheet.render(title: title, outcome), step: 0, to: path, name: path)
      if !json, !quiet { printLine("wrote \(path)") }
    }
  }

  /// Lists the failures, tells the totals, and ends with what they mean for the exit status.
  private func report(_ outcome: BatchRun.Outcome, seconds: Double, _ batch: BatchRun) throws {
    let rows = outcome.manifest.rows
    // The manifest has a row for each item, in the same order.
    for (item, row) in zip(batch.items, rows) where row.status == .failed {
      let place = item.line.flatMap { line in list.map { "\($0):\(line): " } } ?? ""
      printNote("\(place)row \(row.row), '\(row.photo.name)': \(row.error ?? "")", "error")
    }
    let failed = outcome.count(.failed)
    let pending = outcome.count(.pending)
    if json {
      printToStandardOutput(
        "{\"rows\":\(rows.count),\"made\":\(outcome.made),\"kept\":\(outcome.kept),\"failed\":\(failed),"
          + "\"pending\":\(pending),\"jobs\":\(batch.jobs),\"seconds\":\(String(format: "%.3f", seconds))}\n")
    } else if !quiet {
      let warned = rows.count { !$0.warnings.isEmpty }
      if warned > 0 {
        printNote("warnings in \(warned) of \(rows.count) rows; manifest.json has them")
      }
      var line = "\(outcome.made) made, \(outcome.kept) up to date, \(failed) failed"
      if pending > 0 { line += ", \(pending) not begun" }
      line += String(format: "; %.1f s, %.1f a second", seconds, Double(outcome.made) / max(seconds, 1e-3))
      printLine(line)
    }
    if pending > 0 {
      throw CommandFailure(
        .interrupted, "interrupted; \(outcome.made + outcome.kept) of \(rows.count) results are there",
        hints: ["run it again to do the rest"])
    }
    if failed > 0 {
      throw CommandFailure(.data, "\(failed) of \(rows.count) rows failed; the others are done")
    }
  }
}
