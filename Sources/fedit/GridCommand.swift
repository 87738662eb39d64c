import ArgumentParser
import FeditFiles
import FeditImage
import FeditPlan
import FeditSession
import Foundation

/// `fedit grid PHOTO -o OUT.png`
struct GridCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid", abstract: "Draw a labelled coordinate grid over a photo, to read off coordinates.",
    discussion: """
      The labels are photo pixels as scripts use them: the origin is top left, x grows to the right, y down.
      For a script with a 'canvas' statement, give its size: --canvas 512,512.
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

  @Option(help: ArgumentHelp("Largest picture to read, in pixels (default: 200000000).", valueName: "N"))
  var maxPixels: Int?

  func validate() throws {
    try validatePictureName(output)
    if let maxPixels, maxPixels < 1 { throw ValidationError("--max-pixels takes a number from 1") }
    _ = try canvasSize()
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
    let grid = CoordinateGrid(picture, canvas: try canvasSize())
    try writer.write(grid.render(), step: 0, to: output, name: output)
    printLine(
      "wrote \(output): \(picture.width)×\(picture.height) pixels, a labelled line every \(Int(grid.major))")
  }
}
