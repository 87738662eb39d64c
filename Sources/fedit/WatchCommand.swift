import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditGenerator
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditText
import Foundation

/// `fedit watch SCRIPT`
struct WatchCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Run a script again whenever it or its files change.",
    discussion: """
      Watches the script, what it uses, the photo, images and the model, and recomputes only what changed.
      If the script has errors, they are shown and the last good result stays. Ctrl-C ends it.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("The script.", valueName: "SCRIPT"), completion: .file(extensions: ["fedit"]))
  var script: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the final picture goes, instead of every 'save'.", valueName: "OUT.png"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var output: String?

  @OptionGroup var quality: QualityFlag
  @OptionGroup var flags: ScriptFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if script == "-" { throw ValidationError("standard input cannot be watched: give the script's file") }
    if let output { try validatePictureName(output) }
    try quality.validate(output: output)
  }

  func run() throws {
    Interruption.install()
    // What can't be read at all ends the command; later it may come back.
    var file = try ScriptFile.read(script)
    var options = try flags.sessionOptions(for: file, threads: compute.threads)
    options.keeping = .results(bytes: 1 << 30)
    let session = EditSession(options: options)
    try flags.checkFiles(session)
    while true {
      // Stamps from before the run: what changes while it goes on is seen after it.
      let folderTime = Self.modification(file.folder)
      let before = FileStamp(file.path)
      let (round, paths, isWaiting) = try attempt(file, session)
      var watched = Dictionary(uniqueKeysWithValues: Set(paths).map { ($0, FileStamp($0)) })
      watched[file.path] = before
      say(round)
      while watched.allSatisfy({ FileStamp($0.key) == $0.value }) {
        // A file that was missing may have come.
        if isWaiting, Self.modification(file.folder) != folderTime { break }
        if Interruption.isRequested { throw UserError.cancelled }
        usleep(100_000)
      }
      // An editor may be in the middle of writing: wait until nothing moves for a moment.
      usleep(30_000)
      if let again = try? ScriptFile.read(script) { file = again }
    }
  }

  /// One run: what to say of it, and the files that it depends on.
  private func attempt(_ file: ScriptFile, _ session: EditSession) throws -> (
    line: String, paths: [String], isWaiting: Bool
  ) {
    let start = ContinuousClock.now
    var options = try flags.planOptions()
    options.leavesOutSaves = output != nil
    let result = session.check(file, options: options)
    var paths = result.sources.map(\.path)
    let renderer = DiagnosticRenderer(isColored: DiagnosticRenderer.wantsColor(STDERR_FILENO))
    if !result.diagnostics.isEmpty { printToStandardError(renderer.render(result.diagnostics)) }
    for error in result.usageErrors { printNote(error, "error") }
    guard let plan = result.plan, !result.hasErrors, result.usageErrors.isEmpty else {
      return ("not run; the last result stays", paths, result.onlyUnreadableInputs)
    }
    paths.append(plan.photo.file.path)
    paths += plan.inputs.map(\.path)
    paths += plan.modelFiles.map(\.path)
    let sources = result.sources.map(\.source)
    var written: [String] = []
    do {
      let provenance = try Provenance(
        result, plan: plan, script: file, options: options, session: session, quality: quality.quality)
      let writer = PictureOutput(inputs: OutputGuard(plan, script: file)) { try provenance.texts(step: $0) }
      let came = try session.run(plan, control: Interruption.control, collectsSaves: false) { event in
        switch event {
        case .warning(let warning): printToStandardError(renderer.render([warning.diagnostic(in: sources)]))
        case .save(let save) where output == nil:
          try writer.write(save)
          written.append(save.file.name)
        case .save, .began, .finished: break
        }
      }
      let hasSaves = plan.steps.contains { if case .edit = $0 { false } else { true } }
      if let target = output ?? (hasSaves ? nil : file.defaultOutput) {
        try writer.write(
          came.picture, step: plan.steps.count, to: target, name: target, quality: quality.quality)
        written.append(target)
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let again = came.edits.filter { !$0.isReused }.count
      let work = "\(again) of \(came.edits.count) edit\(came.edits.count == 1 ? "" : "s") run"
      return (
        String(format: "%@, %.0f ms; wrote %@", work, seconds * 1000, written.joined(separator: ", ")), paths,
        false
      )
    } catch let error as UserError where error.exitStatus != .interrupted {
      printToStandardError(error.report)
      return ("not run; the last result stays", paths, true)
    } catch let error as FileError {
      printToStandardError(error.report)
      return ("not written", paths, false)
    }
  }

  private static func modification(_ folder: String) -> Date? {
    try? FileManager.default.attributesOfItem(atPath: folder)[.modificationDate] as? Date
  }

  private func say(_ line: String) {
    printLine(line)
  }
}
