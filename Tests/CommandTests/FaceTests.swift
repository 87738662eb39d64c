import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// `fedit face`, `face auto`, and what `new`, `lock`, `batch` and `check --fix` do with faces.
@Suite struct FaceCommandTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    let manager = FileManager.default
    try manager.copyItem(
      atPath: repository + "/Examples/smile/portrait.png", toPath: scratch.path + "/portrait.png")
    try manager.copyItem(
      atPath: repository + "/Examples/hair-colour/portrait.png", toPath: scratch.path + "/other.png")
    return scratch
  }

  private static let lipstick = """
    photo "portrait.png"
    face auto
    edit "lips" { in face { recolor lips with crimson } }
    save "out.png"

    """

  @Test("the face line is one that a script takes, and the JSON has the same places and all outlines")
  func face() throws {
    let scratch = try scratch()
    let outcome = try scratch.fedit("face", "portrait.png")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("face eyes ("), "\(outcome.errors)")
    try scratch.write(
      "s.fedit", "photo \"portrait.png\"\n\(outcome.output)edit \"a\" { in face { recolor lips with red } }\n"
    )
    #expect(try scratch.fedit("check", "s.fedit").status == 0)

    let json = try scratch.fedit("face", "portrait.png", "--json", "--threads", "1")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: [[String: Any]]])
    let face = try #require(object["faces"]?.first)
    #expect(Set(face.keys) == ["left_eye", "right_eye", "mouth", "confidence", "contours"])
    let left = try #require(face["left_eye"] as? [Double])
    let right = try #require(face["right_eye"] as? [Double])
    #expect(left[0] < right[0] && abs(left[1] - 121) < 12)
    let contours = try #require(face["contours"] as? [String: [[Double]]])
    for name in ["lips", "left_brow", "right_brow", "left_eye_shape", "right_eye_shape", "face_shape"] {
      #expect(try #require(contours[name]).count >= 8)
    }
    // The same bytes with other kernels.
    let narrow = try scratch.fedit(
      ["face", "portrait.png", "--json"], environment: ["FEDIT_KERNELS": "avx2"])
    #expect(narrow.output == json.output)
  }

  @Test("without a face the status is 65 and the message says what to do by hand; unreadable is 66")
  func none() throws {
    let scratch = try scratch()
    try scratch.photo("wall.png", width: 300, height: 200)
    try scratch.photo("tiny.png", width: 8, height: 8)
    for name in ["wall.png", "tiny.png"] {
      let outcome = try scratch.fedit("face", name)
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("fedit grid") && outcome.errors.contains("face eyes P, P mouth P"))
      let json = try scratch.fedit("face", name, "--json")
      #expect(json.status == 65 && json.output.contains("\"faces\": []"))
    }
    #expect(try scratch.fedit("face", "absent.png").status == 66)
    try scratch.write("s.fedit", Self.lipstick.replacingOccurrences(of: "portrait.png", with: "wall.png"))
    let run = try scratch.fedit("run", "s.fedit")
    #expect(run.status == 65 && run.errors.contains("no face was found in 'wall.png'"))
    #expect(!scratch.exists("out.png"))
  }

  @Test("of ten faces the largest is given, with a word that there are more; --all gives ten lines")
  func ten() throws {
    let scratch = try scratch()
    let names = ["smile", "sunglasses", "hair-colour", "eyebrows", "sketch-only", "colour-only"]
    let faces = try names.map { try PictureFile.read("\(repository)/Examples/\($0)/portrait.png") }
    let (columns, side) = (5, 256)
    var pixels = [UInt8](repeating: 0, count: columns * side * 2 * side * 3)
    for index in 0..<10 {
      for y in 0..<side {
        for x in 0..<side {
          let at = 3 * ((index / columns * side + y) * columns * side + index % columns * side + x)
          (pixels[at], pixels[at + 1], pixels[at + 2]) = faces[index % faces.count].rgb8(x, y)
        }
      }
    }
    try PNGFile.write(
      Picture(width: columns * side, height: 2 * side, samples: .eight(pixels)),
      to: scratch.path + "/ten.png")
    let one = try scratch.fedit("face", "ten.png")
    #expect(one.status == 0 && one.output.split(separator: "\n").count == 1)
    #expect(one.errors.contains("--all"))
    #expect(try scratch.fedit("face", "ten.png", "--all").output.split(separator: "\n").count == 10)
    #expect(try scratch.fedit("face", "portrait.png").errors == "")
  }

  @Test("a lock records the face: another place in the lock is where the edit is then")
  func lock() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    let first = try scratch.bytes("out.png")
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    #expect(try scratch.fedit("verify", "out.png").status == 0)
    let text = String(decoding: try scratch.bytes("s.fedit.lock"), as: UTF8.self)
    #expect(text.contains("\"face\": {") && text.contains("\"left_eye\""))
    // As an older finder might have seen it: ten pixels further down.
    var lock = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let face = try #require(lock["face"] as? [String: String])
    lock["face"] = face.mapValues { line in
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      return numbers.enumerated().map { String($1 + Double($0 % 2) * 10) }.joined(separator: " ")
    }
    try scratch.write("s.fedit.lock", Array(try JSONSerialization.data(withJSONObject: lock)))
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    #expect(try scratch.bytes("out.png") != first)
    // Of another photo the lock knows nothing.
    try FileManager.default.removeItem(atPath: scratch.path + "/portrait.png")
    try FileManager.default.copyItem(
      atPath: scratch.path + "/other.png", toPath: scratch.path + "/portrait.png")
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
  }

  @Test("a lock whose face is no list of points is refused")
  func damaged() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    let text = String(decoding: try scratch.bytes("s.fedit.lock"), as: UTF8.self)
    var lock = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    var face = try #require(lock["face"] as? [String: String])
    face["mouth"] = "1 2 x"
    lock["face"] = face
    try scratch.write("s.fedit.lock", Array(try JSONSerialization.data(withJSONObject: lock)))
    let outcome = try scratch.fedit("verify", "s.fedit")
    #expect(outcome.status == 65 && outcome.errors.contains("points of the face"))
  }

  @Test("a batch finds the face of each photo, and a table's columns go before it")
  func batch() throws {
    let scratch = try scratch()
    try scratch.photo("wall.png")
    try scratch.write("s.fedit", Self.lipstick)
    try scratch.write(
      "list.csv",
      "photo,output,face.left_eye,face.right_eye,face.mouth\nportrait.png,a.png,,,\nother.png,b.png,,,\nwall.png,c.png,,,\nwall.png,d.png,\"(40, 50)\",\"(80, 50)\",\"(60, 90)\"\n"
    )
    let outcome = try scratch.fedit("batch", "s.fedit", "--list", "list.csv", "-o", "out", "--jobs", "2")
    #expect(outcome.status == 65)
    #expect(scratch.exists("out/a.png") && scratch.exists("out/b.png") && !scratch.exists("out/c.png"))
    #expect(outcome.errors.contains("no face was found") || outcome.output.contains("no face was found"))
    #expect(scratch.exists("out/d.png"))
  }

  @Test(
    "'new' writes the places that were found, and a script that runs where there is no face, or no photo yet")
  func new() throws {
    let scratch = try scratch()
    try scratch.photo("wall.png", width: 300, height: 200)
    #expect(try scratch.fedit("new", "a", "--photo", "portrait.png").status == 0)
    let line = try scratch.fedit("face", "portrait.png").output
    #expect(String(decoding: try scratch.bytes("a.fedit"), as: UTF8.self).contains(line))
    #expect(try scratch.fedit("new", "b", "--photo", "wall.png").status == 0)
    #expect(try scratch.fedit("new", "c", "--photo", "later.png").status == 0)
    #expect(String(decoding: try scratch.bytes("c.fedit"), as: UTF8.self).contains("\nface auto\n"))
    for name in ["a", "b"] {
      #expect(try scratch.fedit("fmt", "--check", "\(name).fedit").status == 0)
      let run = try scratch.fedit("run", "\(name).fedit")
      #expect(run.status == 0 && scratch.exists("\(name)-edited.png"), "\(run.errors)")
    }
    #expect(try scratch.fedit("fmt", "--check", "c.fedit").status == 0)
  }

  @Test("check --fix mends what the hints can mend, --dry-run only shows it")
  func fix() throws {
    let scratch = try scratch()
    let wrong = """
      photo portrait.png
      face eyes = (98, 122), (158, 122) mouth (128, 182)
      param size = 30
      edit lips {
          mask   circle((128, 182), r=size)
          sketch circle(40, 40, 10)
          color  line((120, 180), (136, 182)) with crimson brush 0.5
      }
      save out.png

      """
    try scratch.write("s.fedit", wrong)
    let dry = try scratch.fedit("check", "s.fedit", "--fix", "--dry-run")
    #expect(
      dry.status == 0 && dry.output.contains("+1: photo \"portrait.png\""), "\(dry.errors)\(dry.output)")
    #expect(try scratch.bytes("s.fedit") == Array(wrong.utf8))
    let fixed = try scratch.fedit("check", "s.fedit", "--fix")
    let text = String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self)
    #expect(fixed.status == 0, "\(fixed.errors)\(fixed.output)\(text)")
    for part in [
      "photo \"portrait.png\"", "face eyes (98, 122)", "edit \"lips\"", "circle((128, 182), r: size)",
      "mask circle((40, 40), 10).grown(", "brush 2.5", "save \"out.png\"",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    #expect(try scratch.fedit("check", "s.fedit").output.contains("no problems"))
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
  }

  @Test("a region that does not hold the mask is left out by --fix")
  func region() throws {
    let scratch = try scratch()
    try scratch.write(
      "s.fedit",
      "photo \"portrait.png\"\nregion (0, 0) size 128\nedit \"eye\" {\n    mask circle((130, 122), 20)\n}\nsave \"out.png\"\n"
    )
    #expect(try scratch.fedit("check", "s.fedit", "--fix").status == 0)
    #expect(!String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self).contains("region"))
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
  }

  @Test("an unknown command ends with 64 and names the nearest, also behind 'help'")
  func commands() throws {
    let scratch = try Scratch()
    let typo = try scratch.fedit("rnu")
    #expect(typo.status == 64 && typo.errors.contains("did you mean 'run'?"))
    let help = try scratch.fedit("help", "nonsense")
    #expect(help.status == 64 && help.errors.contains("there is no command 'nonsense'"))
    #expect(try scratch.fedit("help", "run").status == 0)
    #expect(try scratch.fedit("help").status == 0)
  }
}
