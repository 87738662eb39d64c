import FeditImage
import FeditPlan
import FeditTestSupport
import Foundation
import Testing

private let script = """
  photo "p.png"
  edit "dot" {
      seed 3
      mask circle((60, 50), 6)
  }

  """

@Suite struct FormatTests {
  @Test(
    "A picture saved by 'save' or by -o is of the format of its name, says what it was made from, and verifies",
    arguments: ["jpg", "jpeg", "tif", "webp"])
  func saved(_ ending: String) throws {
    let scratch = try Scratch.with(script + "save \"a.\(ending)\"\n")
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "b.\(ending)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for name in ["a.\(ending)", "b.\(ending)"] {
      #expect(PictureFile.format(of: scratch.path + "/" + name) == PictureFormat(savingAs: name))
      let inspected = try scratch.fedit("inspect", name)
      #expect(inspected.status == 0, "\(inspected.errors)")
      #expect(inspected.output.contains("\(name), 128×128"))
      #expect(inspected.output.contains("source:   compositeWithTrainedAlgorithmicMedia"))
      #expect(inspected.output.contains("edit:     \"dot\", seed 3"))
      let verified = try scratch.fedit("verify", name)
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }
    // Another photo gives another picture, and that is said.
    try scratch.photo(width: 128, height: 128, isDeep: true)
    #expect(try scratch.fedit("verify", "a.\(ending)").status == 1)
  }

  @Test("Outside the mask a lossless format keeps the photo, and JPEG is near it")
  func outside() throws {
    let scratch = try Scratch.with(script)
    let photo = try scratch.picture("p.png")
    for (name, allowed) in [("a.tif", 0), ("a.webp", 0), ("a.jpg", 40)] {
      #expect(try scratch.fedit("run", "s.fedit", "-o", name).status == 0)
      let picture = try scratch.picture(name)
      // JPEG's blocks carry what changed some pixels further.
      let reach = allowed == 0 ? 20.0 : 36
      var largest = 0
      for y in 0..<128 {
        for x in 0..<128 where hypot(Double(x) - 60, Double(y) - 50) > reach {
          let (a, b) = (picture.rgb8(x, y), photo.rgb8(x, y))
          largest = max(
            largest, abs(Int(a.red) - Int(b.red)), abs(Int(a.green) - Int(b.green)),
            abs(Int(a.blue) - Int(b.blue)))
        }
      }
      #expect(largest <= allowed, "\(name)")
    }
  }

  @Test("A photo of each format is read, and a batch takes them all")
  func photos() throws {
    let scratch = try Scratch.with(script)
    let photo = try scratch.picture("p.png")
    for format in [PictureFormat.jpeg, .tiff, .webp] {
      try scratch.write(
        "in/\(format.rawValue).\(format.endings[0])", try PictureFile.encode(photo, as: format))
    }
    let outcome = try scratch.fedit("batch", "s.fedit", "--photos", "in/*", "-o", "out")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for name in ["jpeg", "tiff", "webp"] { #expect(try scratch.picture("out/\(name).png").width == 128) }
    #expect(try scratch.picture("out/tiff.png").samples == scratch.picture("out/webp.png").samples)
  }

  @Test("A photo cut short is named, and nothing is written", arguments: ["tif", "webp", "heic"])
  func truncated(_ ending: String) throws {
    let scratch = try Scratch()
    let fixtures = repository + "/Tests/FeditImageTests/Fixtures/"
    let whole = ["tif": "tiles.tif", "webp": "lossy.webp", "heic": "smooth.heic"][ending] ?? ""
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixtures + whole)))
    try scratch.write("p.\(ending)", Array(bytes.prefix(bytes.count / 2)))
    try scratch.write("s.fedit", script.replacing("p.png", with: "p.\(ending)"))
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "o.png")
    #expect([65, 66].contains(outcome.status), "\(outcome.status)")
    #expect(outcome.errors.contains("p.\(ending)"))
    #expect(outcome.errors.contains("hint"))
    #expect(!scratch.exists("o.png"))
  }

  @Test("A full disk ends the writing of a JPEG with 73, and what was there stays")
  func full() throws {
    let scratch = try Scratch.with(script)
    try scratch.write("o.jpg", "earlier")
    // A file may grow to 4 KiB.
    let outcome = try scratch.shell(
      "trap '' XFSZ; ulimit -f 8; set +e; fedit run s.fedit -o o.jpg 2>err.txt; echo $? >status.txt")
    #expect(outcome.status == 0)
    #expect(String(decoding: try scratch.bytes("status.txt"), as: UTF8.self) == "73\n")
    #expect(String(decoding: try scratch.bytes("o.jpg"), as: UTF8.self) == "earlier")
    #expect(scratch.files == ["err.txt", "o.jpg", "p.png", "s.fedit", "status.txt"])
  }

  @Test("Other programs find the label in each format", arguments: ["jpg", "tif", "webp"])
  func label(_ ending: String) throws {
    let scratch = try Scratch.with(script)
    #expect(try scratch.fedit("run", "s.fedit", "--no-metadata", "-o", "o.\(ending)").status == 0)
    let inspected = try scratch.fedit("inspect", "o.\(ending)")
    #expect(inspected.output.contains("source:   compositeWithTrainedAlgorithmicMedia"))
    #expect(inspected.output.contains("script:   none"))
  }

  @Test("Author and copyright stay; the position only where it is asked for, and that verifies, too")
  func position() throws {
    let scratch = try Scratch()
    let fixture = repository + "/Tests/FeditImageTests/Fixtures/gps.jpg"
    try scratch.write("p.jpg", [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture))))
    try scratch.write("s.fedit", script.replacing("p.png", with: "p.jpg"))
    for flags in [[], ["--keep-position"]] {
      for name in ["o.png", "o.jpg", "o.tif", "o.webp"] {
        #expect(try scratch.fedit(["run", "s.fedit", "-o", name] + flags).status == 0)
        let exif = try scratch.picture(name).exif
        #expect(exif?.artist == "A. Artist" && exif?.copyright == "(c) A. Artist")
        #expect(exif?.hasPosition == !flags.isEmpty)
        #expect(try scratch.fedit("verify", name).status == 0)
      }
      #expect(try scratch.fedit(["lock", "s.fedit"] + flags).status == 0)
      #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    }
  }

  @Test(
    "A quality makes JPEG and WebP files smaller, is in the lock, and verifies", arguments: ["jpg", "webp"])
  func quality(_ ending: String) throws {
    let scratch = try Scratch.with(
      script + "save \"a.\(ending)\"\nsave \"b.\(ending)\" quality 90\nsave \"c.\(ending)\" quality 30\n")
    let locked = try scratch.fedit("lock", "s.fedit")
    #expect(locked.status == 0, "\(locked.errors)")
    let sizes = try ["a", "b", "c"].map { try scratch.bytes("\($0).\(ending)").count }
    #expect(sizes[0] > sizes[1] && sizes[1] > sizes[2])
    // That of the command line is the library's own scale, too.
    let outcome = try scratch.fedit("run", "s.fedit", "--no-metadata", "-o", "d.\(ending)", "--quality", "30")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let bare = try scratch.fedit("run", "s.fedit", "-o", "e.\(ending)", "--quality", "30")
    #expect(bare.status == 0, "\(bare.errors)")
    #expect(try scratch.picture("c.\(ending)").samples == scratch.picture("d.\(ending)").samples)
    for name in ["s.fedit", "a.\(ending)", "b.\(ending)", "c.\(ending)", "e.\(ending)"] {
      let verified = try scratch.fedit("verify", name)
      #expect(verified.status == 0, "\(name): \(verified.output)\(verified.errors)")
    }
    try scratch.write("list.csv", "photo,output\np.png,f.\(ending)\n")
    let batch = try scratch.fedit(
      "batch", "s.fedit", "--list", "list.csv", "-o", "out", "--quality", "30", "--no-metadata")
    #expect(batch.status == 0, "\(batch.errors)")
    #expect(try scratch.picture("out/f.\(ending)").samples == scratch.picture("d.\(ending)").samples)
  }

  @Test("The change of a quality is a change of the plan")
  func qualityInPlan() throws {
    let scratch = try Scratch.with(script + "save \"a.jpg\" quality 80\n")
    try scratch.write("t.fedit", script + "save \"a.jpg\" quality 81\n")
    #expect(try scratch.fedit("plan", "s.fedit").output.contains("save \"a.jpg\" quality 80"))
    #expect(try scratch.fedit("plan", "s.fedit", "--json").output.contains("\"quality\": 80"))
    let difference = try scratch.fedit("diff", "s.fedit", "t.fedit")
    #expect(difference.status == 1)
    #expect(difference.output.contains("save 'a.jpg' quality 81"))
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    try scratch.write("s.fedit", script + "save \"a.jpg\" quality 81\n")
    #expect(try scratch.fedit("verify", "s.fedit").status == 1)
  }

  @Test(
    "A quality that a picture can't have is an error before anything runs",
    arguments: [
      ("save \"a.jpg\" quality 0", "found 0"), ("save \"a.jpg\" quality 101", "found 101"),
      ("save \"a.webp\" quality 2.5", "found 2.5"), ("save \"a.png\" quality 80", "PNG keeps every pixel"),
      ("save \"a.tif\" quality 80", "TIFF keeps every pixel"),
      ("save layers \"a\" quality 80", "layers are kept as they are"),
      ("let q = 0\nsave \"a.jpg\" quality q - 1", "found -1"),
    ])
  func badQuality(_ line: String, _ words: String) throws {
    let scratch = try Scratch.with(script + line + "\n")
    let outcome = try scratch.fedit("run", "s.fedit")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("error[bad-quality]"))
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(scratch.files == ["p.png", "s.fedit"])
  }

  @Test(
    "A quality on the command line that no picture takes is a wrong command line",
    arguments: [
      ["run", "s.fedit", "--quality", "80"], ["run", "s.fedit", "-o", "a.png", "--quality", "80"],
      ["run", "s.fedit", "-o", "a.jpg", "--quality", "0"],
      ["batch", "s.fedit", "--photos", "p.png", "-o", "out", "--quality", "80"],
    ])
  func badFlag(_ arguments: [String]) throws {
    let scratch = try Scratch.with(script)
    #expect(try scratch.fedit(arguments).status == 64)
    #expect(scratch.files == ["p.png", "s.fedit"])
  }
}
