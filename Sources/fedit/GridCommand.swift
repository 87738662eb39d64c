import ArgumentParser
import FeditFiles
import FeditImage
import FeditPlan
import FeditSession
import Foundation

import func FeditProgram.numberText

/// `fedit grid PHOTO -o OUT.png`
struct GridCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid", abstract: "Draw a labelled coordinate grid over a photo, to read off coordinates.",
    discussion: """
      The labels are photo pixels as scripts use them: the origin is top left, x grows to the right, y down.
      For a script with a 'canvas' statement, give its size: --canvas 512,512. Where a face is found its eyes and \
      mouth are marked, and the line for a script is printed. --around shows a part of the photo, enlarged.
      """)

  @Argument(
    help: ArgumentHelp("A picture file.", valueName: "PHOTO"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo: String

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
    inputs.add("the photo", photo, photo)
    let writer = PictureOutput(inputs: inputs)
    try writer.check(output, name: output)
    let picture: Picture
    do {
      picture = try PictureFile.read(photo, limits: limits)
    } catch {
      throw SessionError(error, name: photo)
    }
    let finding = FaceFinding(threads: ProcessInfo.processInfo.activeProcessorCount)
    let face = try finding.faces(in: picture, all: false).first?.geometry
    let grid = CoordinateGrid(
      picture, canvas: try canvasSize(), window: try window(picture),
      marks: face.map { [$0.leftEye, $0.rightEye, $0.mouth] } ?? [])
    try writer.write(grid.render(), step: 0, to: output, name: output)
    printLine(
      "wrote \(output): \(picture.width)×\(picture.height) pixels, a labelled line every \(numberText(grid.major))"
    )
    if let face, canvas == nil { printLine(face.statement) }
  }
}
