import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// A script with everything that an embedded script has to carry along: used files, images, parameters,
/// a face, several edits and saves.
private let library = """
  param tint: color = #884422 "of the dots"
  def dot(at: point) {
      mask circle(at, 9)
      color circle(at, 5) with tint
  }
  def stencil() { mask image("cut.png") }

  """
private let recipe = """
  photo "p.png"
  use "lib/dots.fedit" as lib
  param r: number = 6 "radius"
  face eyes (60, 50), (100, 52)
  edit "one" {
      seed 3
      lib.dot((40, 40))
      in face { sketch line((-0.4, 0), (0.4, 0.1)) }
  }
  save "first.png"
  edit "two" {
      seed 5
      mask circle((90, 110), r)
      lib.stencil()
  }
  save "second.png"

  """

extension Scratch {
  /// The recipe with its photo, library and image.
  fileprivate func recipeFiles() throws {
    try photo(width: 160, height: 150)
    try write("lib/dots.fedit", library)
    var cut = [UInt8](repeating: 0, count: 160 * 150)
    for y in 100..<120 { for x in 20..<50 { cut[y * 160 + x] = 255 } }
    try write("lib/cut.png", try PNGFile.encodeGray(width: 160, height: 150, cut))
    try write("s.fedit", recipe)
  }

  /// Changes one bit of a file.
  func flip(_ name: String, byte: Int, bit: UInt8 = 0) throws {
    var all = try bytes(name)
    all[byte >= 0 ? byte : all.count + byte] ^= 1 << bit
    try write(name, all)
  }

  /// The lines of a command's standard output and error together.
  func said(_ outcome: Outcome) -> String { outcome.output + outcome.errors }
}

@Suite struct LockCommandTests {
  @Test("lock writes what the script saves and a lock that names all that went into it")
  func lock() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    let outcome = try scratch.fedit("lock", "s.fedit", "--set", "r=8")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("wrote second.png\nwrote s.fedit.lock\n"))
    let text = String(decoding: try scratch.bytes("s.fedit.lock"), as: UTF8.self)
    let lock = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect((lock["uses"] as? [String: String])?.keys.sorted() == ["lib/dots.fedit"])
    #expect((lock["images"] as? [String: String])?.keys.sorted() == ["lib/cut.png"])
    #expect((lock["outputs"] as? [String: String])?.keys.sorted() == ["first.png", "second.png"])
    #expect(((lock["options"] as? [String: Any])?["set"] as? [String: String]) == ["r": "8"])
    #expect(
      (lock["versions"] as? [String: String])?.keys.sorted() == [
        "cairo", "fedit", "libdeflate", "libjpeg-turbo", "libpng", "openblas", "zlib",
      ])
    #expect(!text.contains(scratch.path))
    // The same text from anywhere: nothing in it tells where or when it was made.
    let other = try Scratch()
    try other.recipeFiles()
    #expect(try other.fedit("lock", "s.fedit", "--set", "r=8", "--threads", "1").status == 0)
    #expect(try other.bytes("s.fedit.lock") == Array(text.utf8))
  }

  @Test("a locked script verifies, with one and two threads and on other kernels")
  func same() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    let before = scratch.files
    for (threads, environment) in [
      ("1", ["OPENBLAS_CORETYPE": "Haswell"]), ("2", ["FEDIT_KERNELS": "avx2"]),
    ] {
      let outcome = try scratch.fedit(["verify", "s.fedit", "--threads", threads], environment: environment)
      #expect(outcome.status == 0)
      #expect(scratch.said(outcome) == "s.fedit: the same bytes in 2 files\n")
    }
    #expect(scratch.files == before)
  }

  @Test("one flipped bit in a script, a used script, the photo, an image or the model is named")
  func flippedBit() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    let models = repository + "/Sources/FeditBuiltInModels/portrait-256.safetensors"
    try FileManager.default.copyItem(atPath: models, toPath: scratch.path + "/m.safetensors")
    #expect(try scratch.fedit("lock", "s.fedit", "--model", "m.safetensors", "--quiet").status == 0)
    for (file, byte, name) in [
      ("s.fedit", 60, "the script 's.fedit'"), ("lib/dots.fedit", 20, "the used script 'lib/dots.fedit'"),
      // In the checksum of the end chunk, in the pixels, in the header.
      ("p.png", -1, "the photo 'p.png'"), ("p.png", 300, "the photo 'p.png'"),
      ("p.png", 18, "the photo 'p.png'"),
      ("lib/cut.png", 60, "the image 'lib/cut.png'"), ("m.safetensors", -9, "the model 'm.safetensors'"),
      ("m.safetensors", 2, "the model 'm.safetensors'"),
    ] {
      try scratch.flip(file, byte: byte)
      let verified = try scratch.fedit("verify", "s.fedit")
      #expect(verified.status == 1, "\(file) \(byte): \(scratch.said(verified))")
      #expect(verified.output.contains("  \(name) has changed: SHA-256 "), "\(scratch.said(verified))")
      let run = try scratch.fedit("run", "--locked", "s.fedit", "--model", "m.safetensors", "-o", "o.png")
      #expect(run.status == 65)
      #expect(run.errors.hasPrefix("error: \(name) has changed: SHA-256 "), "\(run.errors)")
      #expect(!scratch.exists("o.png"))
      try scratch.flip(file, byte: byte)
    }
    #expect(try scratch.fedit("verify", "s.fedit", "--quiet").status == 0)
    let run = try scratch.fedit("run", "--locked", "s.fedit", "--model", "./m.safetensors")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test("a picture that was changed is named, with how far it is from the recorded one")
  func changedOutput() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    var picture = try scratch.picture("o.png")
    guard case .eight(var samples) = picture.samples else {
      Issue.record("the picture has another depth")
      return
    }
    samples[0] = samples[0] &+ 5
    samples[300] = samples[300] &- 3
    picture.samples = .eight(samples)
    try PNGFile.write(picture, to: scratch.path + "/o.png")
    let outcome = try scratch.fedit("verify", "s.fedit")
    #expect(outcome.status == 1)
    #expect(
      outcome.output == """
        s.fedit: DIFFERENT
          o.png: the file here is not what the lock says: 2 of 16384 pixels differ, by up to 5 of 255
          nothing that it was made from has changed

        """)
    // Packed otherwise, the same pixels: told apart from other pixels.
    #expect(try scratch.fedit("run", "s.fedit", "--no-metadata").status == 0)
    #expect(
      try scratch.fedit("verify", "s.fedit").output.contains("the pixels are the same, the bytes are not"))
    #expect(try scratch.fedit("verify", "--pixels", "s.fedit").output == "s.fedit: the same pixels\n")
  }

  @Test("another seed is another picture: how far, and that the script has changed")
  func changedScript() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let script = head + "edit \"a\" { seed 4; mask circle((60, 60), 9) }\nsave \"o.png\"\n"
    try scratch.write("s.fedit", script)
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    try scratch.write("s.fedit", script.replacing("seed 4", with: "seed 5"))
    let outcome = try scratch.fedit("verify", "s.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains(/o\.png: \d+ of 16384 pixels differ, by up to \d+ of 255\n/))
    #expect(outcome.output.contains("  the seed of edit \"a\" is 5; the lock has 4\n"))
  }

  @Test("what can't be verified ends with 65 or 66 and says what is missing")
  func missing() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    let noLock = try scratch.fedit("verify", "s.fedit")
    #expect(noLock.status == 66)
    #expect(
      noLock.errors
        == "error: cannot read 's.fedit.lock': no such file or directory\n  hint: 'fedit lock s.fedit' makes it\n"
    )
    #expect(try scratch.fedit("run", "--locked", "s.fedit").errors == noLock.errors)
    let noScript = try scratch.fedit("verify", "p.png")
    #expect(noScript.status == 65)
    #expect(
      noScript.errors.hasPrefix("error: 'p.png': there is no script in it, so it cannot be run again\n"))
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    try FileManager.default.removeItem(atPath: scratch.path + "/p.png")
    let noPhoto = try scratch.fedit("verify", "s.fedit")
    #expect(noPhoto.status == 66 && noPhoto.errors.contains("there is no file 'p.png'"))
    #expect(noPhoto.errors.hasSuffix("hint: name the folder that it is in with --root DIR\n"))
    #expect(try scratch.fedit("lock", "-").status == 64)
    #expect(try scratch.fedit("verify", "-").status == 64)
  }

  @Test("run --locked minds options, and takes the same photo by another path")
  func lockedOptions() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    try scratch.photo("q.png", width: 140, height: 130)
    #expect(try scratch.fedit("lock", "s.fedit", "--photo", "q.png", "--set", "r=7").status == 0)
    let without = try scratch.fedit("run", "--locked", "s.fedit")
    #expect(without.status == 65)
    let other = try scratch.fedit("run", "--locked", "s.fedit", "--photo", "q.png", "--set", "r=9")
    #expect(other.errors.hasPrefix("error: the option --set r is 9; the lock has 7\n"))
    let same = try scratch.fedit(
      "run", "--locked", "s.fedit", "--photo", scratch.path + "/q.png", "--set", "r=7")
    #expect(same.status == 0, "\(same.errors)")
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
  }
}

@Suite struct PictureProvenanceTests {
  /// Extracts a picture's script and runs it in its folder; the pixels.
  private func again(_ scratch: Scratch, _ picture: String, in folder: String = ".") throws -> Picture.Samples
  {
    let script = try scratch.fedit("inspect", picture, "--extract", "script")
    #expect(script.status == 0 && script.errors == "")
    try scratch.write("\(folder)/extracted.fedit", script.output)
    let outcome = try scratch.fedit("run", "\(folder)/extracted.fedit", "-o", "again.png")
    #expect(outcome.status == 0, "\(outcome.errors)\n\(script.output)")
    return try scratch.picture("again.png").samples
  }

  @Test("an embedded script, extracted and run beside the photo, gives the same pixels")
  func extracted() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    for options in [
      [], ["--set", "r=9", "--set", "lib.tint=#102030"], ["--only", "two"], ["--model", "portrait-256"],
      ["--set", "face.left_eye=(62, 56)", "--set", "face.mouth=(80, 110)"],
    ] {
      #expect(try scratch.fedit(["run", "s.fedit"] + options).status == 0)
      for name in ["first.png", "second.png"] {
        let pixels = try scratch.picture(name).samples
        #expect(try again(scratch, name) == pixels, "\(options) \(name)")
        let outcome = try scratch.fedit("verify", name)
        #expect(outcome.output == "\(name): the same bytes\n", "\(options): \(scratch.said(outcome))")
      }
    }
  }

  @Test("photo and model of the command line are named as they lie beside the script, or by name alone")
  func overrides() throws {
    let scratch = try Scratch()
    try scratch.recipeFiles()
    try scratch.photo("elsewhere/alice/q.png", width: 150, height: 140)
    try FileManager.default.copyItem(
      atPath: repository + "/Sources/FeditBuiltInModels/portrait-256.safetensors",
      toPath: scratch.path + "/m.safetensors")
    try scratch.write("in/t.fedit", head + "edit \"a\" { mask circle((60, 60), 9) }\n")
    let outcome = try scratch.fedit(
      "run", "in/t.fedit", "--photo", scratch.path + "/elsewhere/alice/q.png", "--model", "./m.safetensors",
      "-o",
      "elsewhere/alice/o.png")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let all = String(decoding: try scratch.bytes("elsewhere/alice/o.png"), as: UTF8.self)
    #expect(!all.contains(scratch.path) && !all.contains("alice") && !all.contains("elsewhere"))
    #expect(all.contains("photo \"q.png\"") && all.contains("model \"m.safetensors\""))
    // Beside the photo; the model is not there.
    let noModel = try scratch.fedit("verify", "elsewhere/alice/o.png")
    #expect(noModel.status == 66 && noModel.errors.contains("m.safetensors"))
    try FileManager.default.moveItem(
      atPath: scratch.path + "/m.safetensors", toPath: scratch.path + "/elsewhere/alice/m.safetensors")
    #expect(try scratch.fedit("verify", "elsewhere/alice/o.png").status == 0)
    let pixels = try scratch.picture("elsewhere/alice/o.png").samples
    #expect(try again(scratch, "elsewhere/alice/o.png", in: "elsewhere/alice") == pixels)
    // Away from its inputs, with --root.
    try FileManager.default.moveItem(
      atPath: scratch.path + "/elsewhere/alice/o.png", toPath: scratch.path + "/o.png")
    #expect(try scratch.fedit("verify", "o.png").status == 66)
    #expect(try scratch.fedit("verify", "o.png", "--root", "elsewhere/alice").status == 0)
  }

  @Test("a photo above the script's folder is named by its file alone, so that the script runs beside it")
  func above() throws {
    let scratch = try Scratch()
    try scratch.photo("photos/p.png")
    try scratch.write(
      "recipes/s.fedit",
      "photo \"../photos/p.png\"\nedit \"a\" { mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    #expect(try scratch.fedit("run", "recipes/s.fedit", "--root", ".").status == 0)
    let pixels = try scratch.picture("recipes/o.png").samples
    #expect(try again(scratch, "recipes/o.png", in: "photos") == pixels)
    #expect(try scratch.fedit("verify", "recipes/o.png", "--root", "photos").status == 0)
    #expect(try scratch.fedit("verify", "recipes/o.png", "--root", ".").status == 66)
  }

  @Test("saves in loops and branches are told apart; a picture at the end carries no save")
  func loops() throws {
    let scratch = try Scratch.with(
      head
        + """
        for i in 0..<3 {
            edit "e\\(i)" { mask circle((40 + 20 * i, 60), 8) }
            if i != 1 { save "out-\\(i).png"; save layers "layers" }
        }

        """)
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    for name in ["out-0.png", "out-2.png"] {
      #expect(try scratch.fedit("verify", name).output == "\(name): the same bytes\n")
    }
    #expect(try scratch.fedit("run", "s.fedit", "-o", "end.png").status == 0)
    #expect(try scratch.fedit("verify", "end.png").output == "end.png: the same bytes\n")
    let script = try scratch.fedit("inspect", "end.png", "--extract", "script").output
    #expect(!script.contains("save"))
    #expect(try again(scratch, "end.png") == scratch.picture("out-2.png").samples)
  }

  @Test("one flipped bit of photo, pixels or embedded script is found and named")
  func flipped() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { seed 8; mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    let good = try scratch.bytes("o.png")
    // The script in the picture, with its checksum made to fit.
    try scratch.write("o.png", try Self.replacing("seed 8", "seed 9", in: good))
    let script = try scratch.fedit("verify", "o.png")
    #expect(script.status == 1)
    #expect(script.output.contains("the script 'inside the picture' has changed: SHA-256 "))
    #expect(script.output.contains(/\d+ of 16384 pixels differ/))
    // A byte of the image data.
    try scratch.write("o.png", good)
    try scratch.flip("o.png", byte: -400)
    #expect(try scratch.fedit("verify", "o.png").status == 1)
    try scratch.write("o.png", good)
    try scratch.flip("p.png", byte: -1)
    let photo = try scratch.fedit("verify", "o.png")
    #expect(photo.status == 1 && photo.output.contains("the photo 'p.png' has changed: SHA-256 "))
    try scratch.flip("p.png", byte: -1)
    #expect(try scratch.fedit("verify", "o.png").status == 0)
  }

  /// A PNG file with a text of the same length put in another's place, and the checksums reckoned anew.
  static func replacing(_ old: String, _ new: String, in bytes: [UInt8]) throws -> [UInt8] {
    var bytes = bytes
    let place = try #require(bytes.firstRange(of: Array(old.utf8)))
    bytes.replaceSubrange(place, with: Array(new.utf8))
    var position = 8
    while position < bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let sum = PNGBytes.crc(bytes[(position + 4)..<(position + 8 + length)])
      bytes.replaceSubrange(
        (position + 8 + length)..<(position + 12 + length),
        with: big(Int(sum)))
      position += 12 + length
    }
    return bytes
  }

  @Test("--no-metadata leaves the source type alone, and says so")
  func noMetadata() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    let outcome = try scratch.fedit("run", "s.fedit", "--no-metadata")
    #expect(
      outcome.output.hasSuffix(
        "no script and no lock were put into the pictures; that a generative model made a part of them stays\n"
      ))
    let all = String(decoding: try scratch.bytes("o.png"), as: UTF8.self)
    #expect(all.contains("compositeWithTrainedAlgorithmicMedia"))
    #expect(!all.contains("fedit") && !all.contains("CreatorTool"))
    let inspected = try scratch.fedit("inspect", "o.png")
    #expect(inspected.status == 0)
    #expect(
      inspected.output == """
        picture:  o.png, 128×128
        source:   compositeWithTrainedAlgorithmicMedia
        lock:     none
        script:   none

        """)
    #expect(try scratch.fedit("lock", "s.fedit", "--no-metadata").status == 0)
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    #expect(try scratch.fedit("verify", "o.png").status == 65)
  }

  @Test("inspect shows, prints as JSON and extracts what a picture says")
  func inspect() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let script = """
      fedit 1

      photo "p.png"
      region (0, 0) size 128 at 128

      edit "a" {
          mask   circle((60, 60), 9)
      }

      save "o.png"

      """
    try scratch.write("s.fedit", script)
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    try FileManager.default.removeItem(atPath: scratch.path + "/p.png")
    let shown = try scratch.fedit("inspect", "o.png").output
    #expect(
      shown.hasPrefix(
        "picture:  o.png, 128×128\nsource:   compositeWithTrainedAlgorithmicMedia\nmade by:  fedit "))
    #expect(shown.contains("\nedit:     \"a\", seed 0\n"))
    let json = try #require(
      try JSONSerialization.jsonObject(
        with: Data(try scratch.fedit("inspect", "o.png", "--json").output.utf8))
        as? [String: Any])
    #expect(
      json.keys.sorted() == ["digital_source_type", "height", "lock", "picture", "script", "width", "xmp"])
    #expect((json["lock"] as? [String: Any])?["outputs"] == nil)
    #expect(try scratch.fedit("inspect", "o.png", "--extract", "script").output == script)
    let lock = try scratch.fedit("inspect", "o.png", "--extract", "lock").output
    #expect(lock.hasPrefix("{\n  \"images\": {},\n  \"lock\": 1,\n"))
    #expect(try scratch.fedit("inspect", "o.png", "--extract", "xmp").output.hasPrefix("<?xpacket begin="))
    #expect(try scratch.fedit("inspect", "o.png", "--json", "--extract", "xmp").status == 64)
    #expect(try scratch.fedit("inspect", "s.fedit").status == 65)
    #expect(try scratch.fedit("inspect", "gone.png").status == 66)
  }

  @Test(
    "exiftool reads the result",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/exiftool")))
  func exiftool() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 9) }\nsave \"o.png\"\n")
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/exiftool")
    process.arguments = [
      "-n", "-j", "-XMP-iptcExt:DigitalSourceType", "-Fedit-script", "-Fedit-lock", "-Warning", "-Validate",
      "-XMP-xmp:CreatorTool",
      scratch.path + "/o.png",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let found = try #require((try JSONSerialization.jsonObject(with: data) as? [[String: Any]])?.first)
    #expect(
      found["DigitalSourceType"] as? String
        == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia")
    #expect((found["CreatorTool"] as? String)?.hasPrefix("fedit ") == true)
    #expect(found["Warning"] == nil, "\(found)")
  }
}
