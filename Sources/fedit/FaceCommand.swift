import ArgumentParser
import FeditFaces
import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditText
import Foundation

/// `fedit face PHOTO`
struct FaceCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "face", abstract: "Find the face in a photo, and print the line that a script needs.",
    discussion: """
      Prints 'face eyes P, P mouth P' for the largest face, in photo pixels. A script that says 'face auto' finds \
      the same face by itself. Where no face is found the exit status is 65.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("A picture file.", valueName: "PHOTO"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo: String

  @Flag(help: "All faces, the largest first.")
  var all = false

  @Flag(help: "Print JSON, with the outlines of brows, eyes, lips and face.")
  var json = false

  @Option(help: ArgumentHelp("Largest picture to read, in pixels (default: 200000000).", valueName: "N"))
  var maxPixels: Int?

  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if let maxPixels, maxPixels < 1 { throw ValidationError("--max-pixels takes a number from 1") }
  }

  func run() throws {
    var limits = PictureLimits()
    if let maxPixels { limits.pixels = maxPixels }
    let picture: Picture
    do {
      picture = try PictureFile.read(photo, limits: limits)
    } catch {
      throw UserError(error, name: photo)
    }
    var faces = try FaceFinding(threads: compute.count).faces(in: picture, all: all)
    if !all, faces.count > 1 {
      printNote("this is the largest of several faces; --all prints all of them")
      faces = Array(faces.prefix(1))
    }
    if json {
      printToStandardOutput(OrderedJSON.object([("faces", .array(faces.map(Self.json)))]).text + "\n")
    } else {
      for face in faces { printLine(face.geometry.statement) }
    }
    guard !faces.isEmpty else { throw NoFaceFound(photo: photo) }
  }

  private static func json(_ face: FoundFace) -> OrderedJSON {
    func point(_ p: Point) -> OrderedJSON { .array([.number(p.x), .number(p.y)]) }
    let geometry = face.geometry
    return .object([
      ("left_eye", point(geometry.leftEye)), ("right_eye", point(geometry.rightEye)),
      ("mouth", point(geometry.mouth)), ("confidence", .number((face.confidence * 1e4).rounded() / 1e4)),
      (
        "contours",
        .object(
          FaceContour.allCases.compactMap { contour in
            geometry.contours[contour].map { (contour.rawValue, .array($0.map(point))) }
          })
      ),
    ])
  }
}

/// A photo without a face that could be found.
struct NoFaceFound: UserFacingError {
  var photo: String
  var description: String { "no face was found in '\(photo)'" }
  var exitStatus: ExitStatus { .data }
  var hints: [String] {
    [
      "faces are found whose eyes and mouth are in the picture, larger than a fortieth of it, not turned by more than 45 degrees",
      "'fedit grid \(photo) -o grid.png' helps to read the places off; then write: face eyes P, P mouth P",
    ]
  }
}
