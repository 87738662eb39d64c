import ArgumentParser
import FeditPlan
import FeditSession
import FeditText
import Foundation

/// `fedit layers SCRIPT [-o DIR]`
struct LayersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers", abstract: "Draw the layers that the generator gets, without running it.",
    discussion: """
      For edit K, counted from 1, writes K-mask.png, K-sketch.png and K-noise.png (grey, 0 or 255) and
      K-color.png (transparent where no colour is set), in generator pixels. An edit that the
      generator sees in several squares has K.2-mask.png and so on for the second. Without -o they go into the
      folder NAME-layers beside NAME.fedit. With -o OUT.ora one OpenRaster file, which Krita opens: the photo, and
      for each edit a group of sketch, colour and mask. With -o OUT.svg one SVG file for Inkscape: the strokes as
      paths in the layers mask, sketch and color over the photo, which svg("OUT.svg") draws again.
      """.reflowed)

  @OptionGroup var input: ScriptArgument

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder, OpenRaster or SVG file to write (default: NAME-layers beside the script).",
      valueName: "DIR|OUT.ora|OUT.svg"),
    completion: .directory)
  var output: String?

  @Flag(help: "Print only warnings and errors.")
  var quiet = false

  @OptionGroup var flags: ScriptFlags

  func run() throws {
    let checked = try CheckedScript(input.script, flags)
    let plan = try checked.plan()
    let output = output ?? Self.folder(beside: input.script)
    let writer = PictureOutput(inputs: OutputGuard(plan, script: checked.script))
    if let bytes = try checked.session.layersFile(output, of: plan.edits, in: plan) {
      try writer.write(bytes, to: output, name: output)
      if !quiet { printLine("wrote \(output)") }
      return try reportWarnings(checked, plan)
    }
    for edit in plan.edits {
      if Interruption.isRequested { throw UserError.cancelled }
      let layers = try checked.session.squareLayers(of: edit, in: plan)
      try writer.write(layers, number: edit.index + 1, to: output, name: output)
      if !quiet {
        printLine(
          "edit \"\(edit.name)\": wrote "
            + "\(output)/\(edit.index + 1)-{mask,sketch,noise,color}.png")
      }
    }
    try reportWarnings(checked, plan)
  }

  /// The folder for the layers of a script; those of standard input go to the current folder.
  private static func folder(beside script: String) -> String {
    guard script != "-" else { return "layers" }
    return (script as NSString).deletingPathExtension + "-layers"
  }

  private func reportWarnings(_ checked: CheckedScript, _ plan: Plan) throws {
    checked.report(
      try checked.session.warnings(of: plan, control: Interruption.control).map {
        $0.diagnostic(in: checked.result.sources.map(\.source))
      })
  }
}
