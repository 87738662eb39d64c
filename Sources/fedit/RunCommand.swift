import ArgumentParser
import FeditFiles
import FeditGenerator
import FeditImage
import FeditPlan
import FeditSession
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
      overwritten, inputs never.
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

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  @OptionGroup var flags: ScriptFlags
  @OptionGroup var threadFlags: ThreadFlags

  func validate() throws {
    if let output, !output.lowercased().hasSuffix(".png") {
      throw ValidationError(
        "pictures are written as PNG, so '\(escapingControlCharacters(output))' has to end with .png")
    }
  }

  func run() throws {
    let checked = try CheckedScript(script, flags, threads: threadFlags.threads)
    let plan = try checked.plan()
    let writer = PictureOutput(inputs: OutputGuard(plan, script: checked.script))
    let hasSaves = plan.steps.contains { if case .edit = $0 { false } else { true } }
    let target = output ?? (hasSaves ? nil : checked.script.defaultOutput)
    try checkOutputs(plan, target, writer)
    let sources = checked.result.sources.map(\.source)
    let progress = ProgressLine(isEnabled: !quiet)
    let control = RunControl(
      isCancelled: { Interruption.isRequested }, progress: { progress.update($0) })
    defer { progress.clear() }

    let result = try checked.session.run(plan, control: control, collectsSaves: false) { event in
      switch event {
      case .began(let edit, let position, let count):
        progress.begin("edit \"\(edit.name)\" (\(position + 1) of \(count))")
      case .finished(let report):
        progress.clear()
        say(Self.line(report))
        if let layers, let edit = plan.edits.first(where: { $0.index == report.index }) {
          let drawn = try checked.session.layers(of: edit, in: plan)
          try writer.write(drawn, number: edit.index + 1, to: layers, name: layers)
          say("wrote \(layers)/\(edit.index + 1)-{mask,sketch,noise,color}.png")
        }
      case .warning(let warning):
        progress.clear()
        checked.report([warning.diagnostic(in: sources)])
      case .save(let save):
        guard output == nil else { return }
        switch save.content {
        case .picture(let picture):
          try writer.write(picture, step: save.step, to: save.file.path, name: save.file.name)
          say("wrote \(save.file.name)")
        case .layers(let edits):
          for (number, layers) in edits {
            try writer.write(layers, number: number, to: save.file.path, name: save.file.name)
          }
          say("wrote the layers of \(edits.count) edit\(edits.count == 1 ? "" : "s") to \(save.file.name)")
        }
      }
    }
    if !quiet {
      for note in result.picture.notes {
        printToStandardError(
          "note: \(escapingControlCharacters(plan.photo.file.name)): \(escapingControlCharacters(note))\n")
      }
    }
    if let target {
      if control.isCancelled() { throw SessionError.cancelled }
      try writer.write(result.picture, step: plan.steps.count, to: target, name: target)
      say("wrote \(target)")
    }
  }

  /// Refuses outputs that are inputs before any work is done.
  private func checkOutputs(_ plan: Plan, _ target: String?, _ writer: PictureOutput) throws {
    if let target { try writer.check(target, name: target) }
    guard output == nil else { return }
    for case .save(let file) in plan.steps {
      if let problem = writer.inputs.problem(writing: file.path) {
        throw CommandFailure(
          .data, "'\(escapingControlCharacters(file.name))' cannot be saved: \(problem)",
          hints: ["save under another name"])
      }
    }
  }

  private func say(_ line: String) {
    if !quiet { printToStandardOutput(escapingControlCharacters(line) + "\n") }
  }

  private static func line(_ report: EditReport) -> String {
    guard report.isGenerated else { return "edit \"\(report.name)\": the mask is empty, nothing generated" }
    let time = String(format: "%.2f", report.timings.total)
    return "edit \"\(report.name)\": \(report.maskedPixels) pixels generated in \(time) s"
  }
}
