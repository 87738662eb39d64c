import ArgumentParser
import FeditGenerator
import FeditPlan
import FeditProvenance
import FeditReview
import FeditSession
import Foundation

/// `fedit sheet SCRIPT -o OUT.png`
struct SheetCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sheet", abstract: "Draw a contact sheet of a script for review.",
    discussion: """
      Shows the photo, the strokes drawn over it, the result, every edit's mask, sketch and colours as the
      generator gets them, and the parameters, on one page. 'save' statements are skipped.
      """.reflowed)

  @OptionGroup var input: ScriptArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The picture to write.", valueName: "OUT.png"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var output: String

  @OptionGroup var flags: ScriptFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws { try validatePictureName(output) }

  func run() throws {
    let checked = try CheckedScript(input.script, flags, threads: compute.threads, leavesOutSaves: true)
    let plan = try checked.plan()
    let writer = PictureOutput(inputs: OutputGuard(plan, script: checked.script)) { _ in Provenance.label }
    try writer.check(output, name: output)
    let name = (checked.script.source.name as NSString).lastPathComponent
    let progress = ProgressLine(isEnabled: true)
    let control = RunControl(
      isCancelled: { Interruption.isRequested }, progress: { progress.update($0) })
    defer { progress.clear() }
    let sheet = ReviewSheet(ReviewedScript(name: name, plan: plan, session: checked.session))
    let page = try sheet.render(control: control) { event in
      switch event {
      case .began(let edit, let position, let count):
        progress.begin("edit \"\(edit.name)\" (\(position + 1) of \(count))")
      case .warning(let warning):
        progress.clear()
        checked.report([warning.diagnostic(in: checked.result.sources.map(\.source))])
      case .finished, .save: break
      }
    }
    progress.clear()
    try writer.write(page, step: plan.steps.count, to: output, name: output)
    printLine("wrote \(output)")
  }
}
