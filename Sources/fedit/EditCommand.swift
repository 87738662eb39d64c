import ArgumentParser
import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditStudio
import FeditText
import Foundation

import enum FeditSyntax.Language
import enum FeditSyntax.LayerKeyword
import struct FeditSyntax.SourceLocation

/// `fedit edit SCRIPT --move 9:5:1 4,-2`
struct EditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Change a script as a hand on the canvas does.",
    discussion: """
      Prints the changed script, or writes it with -i. Only the characters that have to change do: \
      comments, order and layout stay. The new script is planned, and where it would not show what was \
      meant nothing is changed and the command ends with 65.

          fedit edit glasses.fedit --move 9:9:1 4,-2
          fedit edit glasses.fedit --draw line.json --tool color --color '#8b5a2b' -i
          fedit edit glasses.fedit --set 9:9:brush 0.1 -i

      LINE:COLUMN is the place of a statement, counted from 1, columns in characters; a place before a \
      line's first statement means that one. HANDLE counts the points that a statement's shapes are \
      made of, from 1. Distances and points are photo pixels. A file of points holds a list such as \
      [[12, 30], [14, 31.5]] or [{"x": 12, "y": 30}], or an object with such a list as "points".
      """.reflowed)

  @OptionGroup var input: ScriptArgument

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Drag a point.", valueName: "LINE:COLUMN:HANDLE DX,DY"))
  var move: String?

  @Option(
    help: ArgumentHelp("Draw a line by its points.", valueName: "FILE"),
    completion: .file(extensions: ["json"]))
  var draw: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw a statement's shape again.", valueName: "LINE:COLUMN FILE"))
  var redraw: String?

  @Option(help: ArgumentHelp("Delete a statement.", valueName: "LINE:COLUMN"))
  var delete: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Give a stroke's modifier (\(Language.modifiers.map(\.keyword).joined(separator: ", "))) or an edit's \
      \(Language.editSettings.map(\.keyword).joined(separator: ", ")) a value.
      """,
      valueName: "LINE:COLUMN:MODIFIER VALUE"))
  var set: String?

  @Option(
    help: ArgumentHelp(
      "Write out what a call, a loop or a shape's name stands for.", valueName: "LINE:COLUMN"))
  var detach: String?

  @Option(
    name: .customLong("param"),
    help: ArgumentHelp("Make the number, colour or point there a 'param'.", valueName: "LINE:COLUMN"))
  var parameter: String?

  @Flag(name: [.customShort("i"), .long], help: "Write the script instead of printing it.")
  var inPlace = false

  @Option(help: "What --draw draws.")
  var tool: StudioTool = .sketch

  @Option(
    help: ArgumentHelp(
      "The colour of 'color' and 'paint', as scripts write it (default: the script's last).",
      valueName: "COLOUR"))
  var color: String?

  @Option(help: ArgumentHelp("The width of an open line, in photo pixels.", valueName: "N"))
  var brush: Double?

  @Option(help: ArgumentHelp("The layer that 'erase' takes from: mask, sketch or color.", valueName: "LAYER"))
  var layer: LayerKeyword = .mask

  @Flag(help: "Draw the other half of the face along.")
  var mirrored = false

  @Option(help: ArgumentHelp("The statement behind which --draw puts the new one.", valueName: "LINE:COLUMN"))
  var after: String?

  @Option(help: ArgumentHelp("How much of a hand's shaking is smoothed away, from 0 to 1.", valueName: "N"))
  var smoothing = 0.25

  @Flag(help: "Keep lines, circles and ellipses as they were drawn, as curves.")
  var asDrawn = false

  @Option(help: ArgumentHelp("The literal that --move changes.", valueName: "LINE:COLUMN"))
  var literal: String?

  @Option(
    help: ArgumentHelp("Screen pixels per photo pixel: how exact what is written has to be.", valueName: "N"))
  var zoom = 1.0

  @Option(
    help: ArgumentHelp("The picture to edit, where the script names none.", valueName: "FILE"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo: String?

  @OptionGroup var limits: LimitFlags

  func validate() throws {
    let given: [(String, String?)] = [
      ("--move", move), ("--draw", draw), ("--redraw", redraw), ("--delete", delete), ("--set", set),
      ("--detach", detach), ("--param", parameter),
    ]
    let names = given.filter { $0.1 != nil }.map(\.0)
    guard names.count == 1 else {
      let all = given.map(\.0).joined(separator: ", ")
      throw ValidationError(
        names.isEmpty ? "give one of \(all)" : "give only one of \(names.joined(separator: ", "))")
    }
    if input.script == "-", inPlace { throw ValidationError("-i needs a script that is a file") }
    guard zoom.isFinite, (0.01...100).contains(zoom) else {
      throw ValidationError("--zoom takes a number from 0.01 to 100")
    }
    guard smoothing.isFinite, (0...1).contains(smoothing) else {
      throw ValidationError("--smoothing takes a number from 0 to 1")
    }
    if let brush, !(brush.isFinite && brush > 0) { throw ValidationError("--brush takes a number above 0") }
    guard layer.isLayer else { throw ValidationError("--layer takes mask, sketch or color") }
    if literal != nil, move == nil { throw ValidationError("--literal goes with --move") }
    if after != nil, draw == nil { throw ValidationError("--after goes with --draw") }
    _ = try EditArguments(self)
  }

  func run() throws {
    let gesture = try EditArguments(self).gesture(of: self)
    let file = try ScriptFile.read(input.script)
    Interruption.install()
    try limits.checkRoot()
    var sessionOptions = SessionOptions(root: limits.root ?? file.folder)
    sessionOptions.pictureLimits = limits.pictures
    let session = EditSession(options: sessionOptions)
    var options = PlanOptions()
    options.limits = limits.evaluation
    options.leavesOutSaves = true
    options.isCancelled = { Interruption.isRequested }
    if let photo {
      do { _ = try PictureFile.size(photo, limits: limits.pictures) } catch {
        throw UserError(error, name: photo)
      }
      options.photo = PlanFile(name: photo, path: PathResolver.real(photo))
    }
    let checked = try CheckedScript(file, session: session, world: nil, options: options)
    _ = try checked.plan(showsWarnings: false)
    let view = StudioView(
      zoom: zoom, name: file.source.name, path: file.path, world: session.world, options: options)
    let done = try edited(String(decoding: file.source.utf8, as: UTF8.self), by: gesture, view: view)
    if done.moves > 0 {
      printNote("\(done.moves) other stroke\(done.moves == 1 ? " changes" : "s change") along")
    }
    guard inPlace else {
      printToStandardOutput(done.text)
      return
    }
    guard !done.edits.isEmpty else { return }
    try AtomicFile.write(done.text.utf8, to: input.script)
  }
}

extension StudioTool: ExpressibleByArgument {}
extension LayerKeyword: ExpressibleByArgument {}
