import ArgumentParser
import FeditFiles
import FeditPlan
import Foundation

import func FeditProgram.quoted

/// `fedit new NAME`
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a commented script to start from.",
    discussion: """
      Writes NAME.fedit; an existing file is never replaced. The photo must be in the folder of the script
      or below it.
      """)

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
    try AtomicFile.write(Self.script(photo: relative, title: title).utf8, to: path)
    printLine("wrote \(path)")
    if !FileManager.default.fileExists(atPath: photo) {
      printLine(
        "there is no '\(photo)' yet: put your photo there, or change the 'photo' line"
      )
    }
    printLine("next: fedit run \(path)")
  }

  /// The starter script.
  static func script(photo: String, title: String) -> String {
    """
    fedit 1

    // The picture to edit, relative to this script.
    photo \(quoted(photo))

    // Where the eyes and the mouth are, in photo pixels. 'fedit grid PHOTO -o grid.png' draws the
    // photo under a grid on which the places can be read.
    face eyes (98, 122), (158, 122) mouth (128, 182)

    // A parameter can be set from outside: fedit run SCRIPT --set tint=#1f5f8b
    param tint: color = #5a3a22 "colour of the brows"

    // An edit is one pass of the generator over what is masked inside.
    edit "brows" {
        // Another seed gives another fill.
        seed 1

        // In the face's own measure: the eyes are at (-0.5, 0) and (0.5, 0).
        in face {
            let brow = curve((-0.8, -0.22), (-0.5, -0.34), (-0.22, -0.26))
            let both = brow + brow.mirrored(x: 0)

            // What to make anew, the lines to follow, the colour to use.
            mask   both brush 0.24
            sketch both
            color  both with tint brush 0.06
        }
    }

    save \(quoted(title + "-edited.png"))

    """
  }
}
