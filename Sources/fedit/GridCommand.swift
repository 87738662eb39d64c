import ArgumentParser
import FeditFiles
import FeditImage
import FeditPlan
import FeditRaster
import FeditSession
import FeditText
import Foundation

import func FeditPlan.numberText

/// `fedit grid PHOTO|SCRIPT -o OUT.png`
struct GridCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid", abstract: "Draw a labelled coordinate grid over a photo, to read off coordinates.",
    discussion: """
      The labels are photo pixels as scripts use them: the origin is top left, x grows to the right, y down.
      For a script with a 'canvas' statement, give its size: --canvas 512,512. Where a face is found, its box, eyes,
      mouth and outlines are drawn, and the line for a script is printed. --around shows a part of the photo,
      enlarged. For a script instead of a photo, its strokes are drawn over its photo.
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "A picture file, or a script (.fedit) whose strokes to show.", valueName: "PHOTO|SCRIPT"),
    completion: .file(extensions: PictureFormat.readEndings + ["fedit"]))
  var file: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The picture to write.", valueName: "OUT.png"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var output: String

  @Option(help: ArgumentHelp("Size of the script's canvas, stretched over the photo.", valueName: "W,H"))
  var canvas: String?

  @Option(help: ArgumentHelp("Show the surroundings of a place, in photo pixels.", valueName: "X,Y"))
  var around: String?

  @Option(
    help: ArgumentHelp("With --around: the side of the part that is shown (default: 200).", valueName: "N"))
  var size: Int?

  @Option(help: ArgumentHelp("Largest picture to read, in pixels (default: 200000000).", valueName: "N"))
  var maxPixels: Int?

  func validate() throws {
    try validatePictureName(output)
    if let maxPixels, maxPixels < 1 { throw ValidationError("--max-pixels takes a number from 1") }
    if let size, size < 8 { throw ValidationError("--size takes a number from 8") }
    if size != nil, around == nil { throw ValidationError("--size is for --around X,Y") }
    _ = try canvasSize()
    _ = try place()
  }

  /// The place of --around.
  private func place() throws -> Point? {
    guard let around else { return nil }
    let parts = around.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: CharacterSet(charactersIn: " ()")))
    }
    guard parts.count == 2, let x = parts[0], let y = parts[1], abs(x) < 1e6, abs(y) < 1e6 else {
      throw ValidationError("--around takes X,Y in photo pixels, such as 520,745")
    }
    return Point(x, y)
  }

  /// What is shown of a picture; nil for all of it.
  private func window(_ picture: Picture) throws -> (x: Int, y: Int, width: Int, height: Int)? {
    guard let place = try place() else { return nil }
    let (width, height) = (min(size ?? 200, picture.width), min(size ?? 200, picture.height))
    func start(_ middle: Double, _ length: Int, _ whole: Int) -> Int {
      min(max(Int(middle.rounded()) - length / 2, 0), whole - length)
    }
    return (start(place.x, width, picture.width), start(place.y, height, picture.height), width, height)
  }

  private func canvasSize() throws -> Point? {
    guard let canvas else { return nil }
    let parts = canvas.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    guard parts.count == 2, let width = parts[0], let height = parts[1], (1...65_536).contains(width),
      (1...65_536).contains(height)
    else { throw ValidationError("--canvas takes W,H with sides from 1 to 65536, such as 512,512") }
    return Point(width, height)
  }

  func run() throws {
    var limits = PictureLimits()
    if let maxPixels { limits.pixels = maxPixels }
    var inputs = OutputGuard()
    let checked = file.hasSuffix(".fedit") ? try script() : nil
    let photo = checked?.plan.photo.file ?? PlanFile(name: file, path: file)
    if let checked {
      inputs.add(checked.plan, script: checked.script.script)
    } else {
      inputs.add("the photo", photo.name, photo.path)
    }
    let writer = PictureOutput(inputs: inputs)
    try writer.check(output, name: output)
    let picture: Picture
    do {
      picture = try PictureFile.read(photo.path, limits: limits)
    } catch {
      throw UserError(error, name: photo.name)
    }
    let finding = FaceFinding(threads: ProcessInfo.processInfo.activeProcessorCount)
    // One that the script or its lock knows goes before what is found.
    let face = try checked?.plan.face ?? finding.faces(in: picture, all: false).first?.geometry
    let grid = CoordinateGrid(picture, canvas: try canvasSize(), window: try window(picture))
    let page = try grid.render { shown, view in
      var shown = shown
      if let checked {
        var style = Overlay()
        // The photo is to be seen through what is drawn.
        style.maskOpacity = 0.2
        style.colorOpacity = 0.6
        shown = try checked.script.session.drawing(
          of: checked.plan.edits, in: checked.plan, onto: shown, view: view, style: style)
      }
      return face.map { FaceMarks.draw($0, onto: shown, view: view) } ?? shown
    }
    try writer.write(page, step: 0, to: output, name: output)
    printLine(
      "wrote \(output): \(picture.width)×\(picture.height) pixels, a labelled line every \(numberText(grid.major))"
    )
    if let face, canvas == nil { printLine(face.statement) }
  }

  /// The script, checked; its saves are left out.
  private func script() throws -> (script: CheckedScript, plan: Plan) {
    let flags = try ScriptFlags.parse(maxPixels.map { ["--max-pixels", "\($0)"] } ?? [])
    let checked = try CheckedScript(file, flags, leavesOutSaves: true)
    return (checked, try checked.plan())
  }
}
