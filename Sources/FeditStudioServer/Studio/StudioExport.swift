import FeditGenerator
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditReview
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// What is taken out of the studio: the same bytes as the commands write for the same script.
struct StudioExport {
  /// A file that is not on the disk.
  struct File {
    var name: String
    var type: String
    var bytes: [UInt8]
  }

  var settings: StudioSettings
  var session: EditSession
  var control: RunControl

  /// Makes a file of a script.
  ///
  /// - Throws: `UserError` where the script has no plan; `UserError`, `FileError`, `PictureError`.
  func file(_ text: String, _ what: ExportKind) throws -> File {
    let script = ScriptFile(argument: settings.path, bytes: Array(text.utf8), name: settings.name)
    var options = settings.plan
    options.leavesOutSaves = what != .picture
    let checked = session.check(script, options: options)
    guard let plan = checked.plan else {
      let error = checked.diagnostics.first { $0.severity == .error }?.message
      throw UserError(.data, error ?? "the script names no photo, so there is nothing to export")
    }
    switch what {
    case .picture: return try picture(script, checked, plan, options)
    case .sheet:
      let sheet = ReviewSheet(
        ReviewedScript(name: (settings.name as NSString).lastPathComponent, plan: plan, session: session))
      let page = try sheet.render(control: control)
      let writer = PictureOutput(inputs: OutputGuard(plan, script: script)) { _ in Provenance.label }
      return File(
        name: "\(script.stem)-sheet.png", type: "image/png",
        bytes: try writer.encode(page, step: plan.steps.count, as: .png))
    case .layers:
      let result = try session.run(plan, control: control, collectsSaves: false)
      return File(
        name: "\(script.stem)-layers.ora", type: "image/openraster",
        bytes: try session.openRaster(of: plan.edits, in: plan, result: result.picture).encode())
    }
  }

  /// The picture that the script saves last; where it saves none, what it comes to.
  private func picture(
    _ script: ScriptFile, _ checked: ProgramResult, _ plan: Plan, _ options: PlanOptions
  ) throws -> File {
    let provenance = try Provenance(checked, plan: plan, script: script, options: options, session: session)
    let writer = PictureOutput(inputs: OutputGuard(plan, script: script)) { try provenance.texts(step: $0) }
    var last: (step: Int, name: String, quality: Int?)?
    for (step, content) in plan.steps.enumerated() {
      if case .save(let file, let quality) = content {
        last = (step, (file.name as NSString).lastPathComponent, quality)
      }
    }
    var saved: Picture?
    let result = try session.run(plan, control: control, collectsSaves: false) { event in
      if case .save(let save) = event, save.step == last?.step, case .picture(let picture) = save.content {
        saved = picture
      }
    }
    let name = last?.name ?? script.defaultOutput
    let format = PictureFormat(savingAs: name)
    let bytes = try writer.encode(
      saved ?? result.picture, step: last?.step ?? plan.steps.count, as: format, quality: last?.quality)
    return File(name: name, type: "image/\((format ?? .png).rawValue)", bytes: bytes)
  }
}
