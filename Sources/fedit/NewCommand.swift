import ArgumentParser
import FeditFiles
import FeditImage
import FeditPlan
import FeditSession
import FeditText
import Foundation

import func FeditProgram.quoted

/// `fedit new NAME`
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a commented script to start from.",
    discussion: """
      Writes NAME.fedit; an existing file is never replaced. The photo must be in the folder of the script
      or below it.
      """.reflowed)

  @Argument(help: ArgumentHelp("The script's name, with or without .fedit.", valueName: "NAME"))
  var name: String

  @Option(
    help: ArgumentHelp("The photo to edit.", valueName: "P"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo = "portrait.png"

  func validate() throws {
    if name.isEmpty || name.hasSuffix("/") {
      throw ValidationError("give the script a name, such as my-edit")
    }
  }

  func run() throws {
    let path = name.hasSuffix(".fedit") ? name : name + ".fedit"
    guard !FileManager.default.fileExists(atPath: path) else {
      throw CommandFailure(
        .unwritable, "'\(path)' is there already and is not replaced", hints: ["choose another name"])
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    let target = URL(fileURLWithPath: photo).standardizedFileURL.path
    let prefix = folder == "/" ? "/" : folder + "/"
    guard target.hasPrefix(prefix) else {
      throw CommandFailure(
        .usage, "the photo '\(photo)' does not lie in the script's folder",
        hints: ["copy it there, or put the script beside it: scripts name files below their folder"])
    }
    let relative = String(target.dropFirst(prefix.count))
    let title = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let isThere = FileManager.default.fileExists(atPath: photo)
    let start = isThere ? try start() : .auto
    try AtomicFile.write(StarterScript(photo: relative, title: title, start: start).text.utf8, to: path)
    printLine("wrote \(path)")
    if !isThere {
      printLine("there is no '\(photo)' yet: put your photo there, or change the 'photo' line")
    }
    if case .photo = start {
      printNote(
        "no face was found in '\(photo)', so the edit is in its middle; 'fedit grid \(photo) -o grid.png' helps to read places off"
      )
    }
    printLine("next: fedit run \(path)")
  }

  /// Where the photo's face is, or its size where none is found.
  private func start() throws -> StarterScript.Start {
    let picture: Picture
    do {
      picture = try PictureFile.read(photo)
    } catch {
      throw UserError(error, name: photo)
    }
    let finding = FaceFinding(threads: ProcessInfo.processInfo.activeProcessorCount)
    if let face = try finding.faces(in: picture, all: false).first { return .face(face.geometry) }
    return .photo(width: picture.width, height: picture.height)
  }
}

/// A commented script to begin with.
struct StarterScript {
  /// What is known of the face.
  enum Start {
    case face(FaceGeometry)
    /// There is no photo yet.
    case auto
    /// A photo in which no face was found.
    case photo(width: Int, height: Int)
  }
  var photo: String
  var title: String
  var start: Start

  var text: String {
    """
    fedit 1

    // The picture to edit, relative to this script.
    photo \(quoted(photo))

    \(face)

    \(edit)

    save \(quoted(title + "-edited.png"))

    """
  }

  private var face: String {
    switch start {
    case .face(let face):
      """
      // Where the eyes and the mouth are, in photo pixels, as 'fedit face PHOTO' found them.
      \(face.statement)
      """
    case .auto:
      """
      // The eyes and the mouth are those of the largest face of the photo.
      face auto
      """
    case .photo:
      """
      // Where the eyes and the mouth are, in photo pixels; 'fedit grid PHOTO -o grid.png' draws the
      // photo under a grid on which the places can be read.
      // face eyes (98, 122), (158, 122) mouth (128, 182)
      """
    }
  }

  private var edit: String {
    if case .photo(let width, let height) = start {
      let radius = max(2, min(width, height) / 10)
      return """
        // An edit is one pass of the generator over what is masked inside, in photo pixels.
        edit "spot" {
            // Another seed gives another fill.
            seed 1
            mask   circle((\(width / 2), \(height / 2)), \(radius))
        }
        """
    }
    return """
      // A parameter can be set from outside: fedit run SCRIPT --set tint=#1f5f8b
      param tint: color = #a8434f "colour of the lips"

      // In the face's own measure the eyes are at (-0.5, 0) and (0.5, 0). Lips, brows and eyes are
      // shapes there, as they are found in the photo. Recolouring keeps light and texture.
      edit "lips" {
          in face { recolor lips with tint }
      }

      // What is there can be moved, too: here the eyes are a little wider. Take the two marks away to
      // try it.
      /*
      edit "eyes" {
          in face {
              warp left_eye_shape to left_eye_shape.scaled(by: (1.03, 1.2), about: left_eye)
              warp right_eye_shape to right_eye_shape.scaled(by: (1.03, 1.2), about: right_eye)
          }
      }
      */

      // An edit with a mask is one pass of the generator: what to make anew, the lines to follow, the
      // colour to use. Another seed gives another fill. Take its marks away as well.
      /*
      edit "brows" {
          seed 1
          in face {
              let brow = curve((-0.8, -0.22), (-0.5, -0.34), (-0.22, -0.26))
              let both = brow + brow.mirrored(x: 0)
              mask   both.grown(0.12) + left_brow + right_brow
              sketch both
              color  both with #5a3a22 brush 0.06
          }
      }
      */
      """
  }
}
