import FeditFiles
import FeditGenerator
import FeditImage
import FeditPlan
import FeditProvenance
import FeditSession
import FeditText
import Foundation

/// Carries out a checked script and writes what it saves: what `run` and `lock` share.
struct ScriptRun {
  var checked: CheckedScript
  var plan: Plan
  /// What the pictures say of themselves; nil for the label alone.
  var provenance: Provenance?
  /// Where the final picture goes in place of every `save`.
  var output: String?
  /// Its quality, of formats that take one.
  var quality: Int?
  /// Where to write the layers of all edits, too.
  var layers: String?
  var isQuiet = false
  /// Whether the pictures say where the photo was taken.
  var keepsPosition = false

  /// Runs the plan.
  ///
  /// - Returns: the SHA-256 of each file that was written, by the name that the script gives it.
  /// - Throws: `UserError`, `FileError`, `CommandFailure`.
  func run() throws -> [String: String] {
    let provenance = provenance
    var writer = PictureOutput(inputs: OutputGuard(plan, script: checked.script)) { step in
      try provenance?.texts(step: step) ?? Provenance.label
    }
    writer.keepsPosition = keepsPosition
    let hasSaves = plan.steps.contains { if case .edit = $0 { false } else { true } }
    let target = output ?? (hasSaves ? nil : checked.script.defaultOutput)
    try checkOutputs(target, writer)
    let sources = checked.result.sources.map(\.source)
    let progress = ProgressLine(isEnabled: !isQuiet)
    let control = RunControl(
      isCancelled: { Interruption.isRequested }, progress: { progress.update($0) })
    defer { progress.clear() }
    var written: [String: String] = [:]

    let result = try checked.session.run(plan, control: control, collectsSaves: false) { event in
      switch event {
      case .began(let edit, let position, let count):
        progress.begin("edit \"\(edit.name)\" (\(position + 1) of \(count))")
      case .finished(let report):
        progress.clear()
        say(Self.line(report, plan.edits.first { $0.index == report.index }))
        if let layers, !EditSession.isLayersFile(layers),
          let edit = plan.edits.first(where: { $0.index == report.index })
        {
          let drawn = try checked.session.squareLayers(of: edit, in: plan)
          try writer.write(drawn, number: edit.index + 1, to: layers, name: layers)
          say("wrote \(layers)/\(edit.index + 1)-{mask,sketch,noise,color}.png")
        }
      case .warning(let warning):
        progress.clear()
        checked.report([warning.diagnostic(in: sources)])
      case .save(let save):
        guard output == nil else { return }
        for file in try writer.write(save) { written[file.name] = SHA256.hex(file.bytes) }
        if case .layers(let edits) = save.content {
          say("wrote the layers of \(edits.count) edit\(edits.count == 1 ? "" : "s") to \(save.file.name)")
        } else {
          say("wrote \(save.file.name)")
        }
      }
    }
    if !isQuiet {
      for note in result.picture.notes {
        printNote("\(plan.photo.file.name): \(note)")
      }
    }
    if let layers,
      let bytes = try checked.session.layersFile(layers, of: plan.edits, in: plan, result: result.picture)
    {
      try writer.write(bytes, to: layers, name: layers)
      say("wrote \(layers)")
    }
    if let target {
      if control.isCancelled() { throw UserError.cancelled }
      let bytes = try writer.write(
        result.picture, step: plan.steps.count, to: target, name: target, quality: quality)
      written[target] = SHA256.hex(bytes)
      say("wrote \(target)")
    }
    if provenance == nil {
      say(
        "no script and no lock were put into the pictures; that a generative model made a part of them stays")
    }
    if result.isIncomplete {
      throw CommandFailure(
        .data, "an edit could not fill, heal or recolour all that the script asks for, as said above")
    }
    return written
  }

  /// Refuses outputs that are inputs before any work is done.
  private func checkOutputs(_ target: String?, _ writer: PictureOutput) throws {
    if let target { try writer.check(target, name: target) }
    guard output == nil else { return }
    for case .save(let file, _) in plan.steps {
      if let problem = writer.inputs.problem(writing: file.path) {
        throw CommandFailure(
          .data, "'\(file.name)' cannot be saved: \(problem)",
          hints: ["save under another name"])
      }
    }
  }

  private func say(_ line: String) {
    if !isQuiet { printLine(line) }
  }

  private static func line(_ report: EditReport, _ edit: PlanEdit?) -> String {
    if !report.isGenerated, !report.retouches.isEmpty {
      return "edit \"\(report.name)\": \(report.changes)"
    }
    guard report.isGenerated else { return "edit \"\(report.name)\": \(nothing(edit))" }
    let time = String(format: "%.2f", report.timings.total)
    return "edit \"\(report.name)\": \(report.maskedPixels) pixels generated in \(time) s"
  }

  /// What an edit that changed no pixel was to do.
  private static func nothing(_ edit: PlanEdit?) -> String {
    let strokes = edit?.strokes ?? []
    let isHealed = edit?.isHealed ?? false
    let heals = strokes.contains { $0.layer == .heal || isHealed && $0.masks }
    let recolors = strokes.contains { $0.layer == .recolor }
    let warps = strokes.contains { $0.layer == .warp }
    guard heals || recolors || warps, isHealed || !strokes.contains(where: \.masks) else {
      return "the mask is empty, nothing generated"
    }
    return [(warps, "nothing warped"), (heals, "nothing healed"), (recolors, "nothing recoloured")]
      .filter(\.0).map(\.1).joined(separator: ", ")
  }
}
