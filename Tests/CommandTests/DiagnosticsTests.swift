import FeditTestSupport
import Foundation
import Testing

@Suite struct DiagnosticsTests {
  /// Five mistakes, one of each kind.
  private let five = """
    photo "gone.png"
    eddit "a" { }
    edit "b" {
        mask elipse((10, 10), (3, 4))
        mask circle("x", 4)
        mask polygon((1, 2), (3, 4), (5, 6)
        sketch line((1, 2), (3, 4))
    }

    """

  @Test("five mistakes are five diagnostics in one run, each at its place with a way out")
  func fiveMistakes() throws {
    let scratch = try Scratch()
    try scratch.write("five.fedit", five)
    let outcome = try scratch.fedit("run", "five.fedit")
    #expect(outcome.status == 65)
    #expect(scratch.files == ["five.fedit"])
    #expect(
      outcome.errors == """
        error[missing-file]: there is no file 'gone.png'
         --> five.fedit:1:7
          |
        1 | photo "gone.png"
          |       ^^^^^^^^^^
          = hint: paths are relative to the script's folder; is the photo beside it?

        error[unknown-statement]: unknown statement 'eddit'
         --> five.fedit:2:1
          |
        2 | eddit "a" { }
          | ^^^^^
          = hint: did you mean 'edit'?

        error[unknown-name]: there is no function 'elipse'
         --> five.fedit:4:10
          |
        4 |     mask elipse((10, 10), (3, 4))
          |          ^^^^^^
          = hint: did you mean 'ellipse'?

        error[wrong-type]: 'center' of 'circle' must be a point, found a string
         --> five.fedit:5:17
          |
        5 |     mask circle("x", 4)
          |                 ^^^
          = hint: a point is written (x, y)

        error[unclosed-bracket]: this '(' is never closed
         --> five.fedit:6:17
          |
        6 |     mask polygon((1, 2), (3, 4), (5, 6)
          |                 ^
          |                                        - ')' is missing here
          = hint: add ')'

        """)
  }

  @Test("check prints the same as JSON with the fixed fields")
  func json() throws {
    let scratch = try Scratch()
    try scratch.write("five.fedit", five)
    let outcome = try scratch.fedit("check", "five.fedit", "--format", "json")
    #expect(outcome.status == 65)
    let all = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(all.count == 5)
    for entry in all {
      #expect(
        Set(entry.keys) == [
          "file", "line", "column", "end_line", "end_column", "severity", "code", "message", "hints",
        ])
      #expect((entry["hints"] as? [String])?.isEmpty == false)
    }
    #expect(all.compactMap { $0["line"] as? Int } == [1, 2, 4, 5, 6])
    #expect(all[2]["column"] as? Int == 10 && all[2]["end_column"] as? Int == 16)
  }

  @Test("SARIF and short forms name code and place")
  func otherFormats() throws {
    let scratch = try Scratch()
    try scratch.write("five.fedit", five)
    let short = try scratch.fedit("check", "five.fedit", "--format", "short")
    let text = short.output + short.errors
    #expect(text.contains("five.fedit:4:10: error: "))
    let sarif = try scratch.fedit("check", "five.fedit", "--format", "sarif")
    let log = try #require(
      try JSONSerialization.jsonObject(with: Data(sarif.output.utf8)) as? [String: Any])
    #expect(log["version"] as? String == "2.1.0")
  }

  @Test("control characters of a script are shown escaped")
  func controlCharacters() throws {
    let scratch = try Scratch()
    try scratch.write("s.fedit", "mask \u{1B}[31m\u{7}\n")
    let outcome = try scratch.fedit("check", "s.fedit")
    #expect(outcome.status == 65)
    #expect(!(outcome.errors + outcome.output).contains("\u{1B}"))
  }
}

/// What is thrown at fedit by mistake or on purpose: a clear error, soon, in little memory.
@Suite struct HostileInputTests {
  private static func header(_ width: Int, _ height: Int) -> [UInt8] {
    PNGBytes.signature + PNGBytes.chunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0])
  }

  @Test(
    "each is a clear error within a second and 256 MiB",
    arguments: [
      "huge.png", "empty.png", "text.png", "cut.png", "cut.jpg", "deep", "strokes", "canvas", "zero", "utf8",
      "escape-read", "escape-save", "link-read", "link-save", "overlap", "oversized", "shape",
    ])
  func hostile(_ what: String) throws {
    let scratch = try Scratch()
    try scratch.photo()
    let edit = "edit \"a\" { mask circle((60, 60), 5) }\n"
    var status: Int32 = 65
    var script = head + edit
    switch what {
    case "huge.png": try scratch.write("p.png", Self.header(60_000, 60_000))
    case "empty.png": try scratch.write("p.png", "")
    case "text.png": try scratch.write("p.png", "not a picture\n")
    case "cut.png": try scratch.write("p.png", Array(try scratch.bytes("p.png").prefix(3000)))
    case "cut.jpg":
      script = script.replacing("p.png", with: "p.jpg")
      // A JPEG's beginning: start of image, a JFIF header, a frame header.
      try scratch.write(
        "p.jpg",
        [
          0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xFF, 0xC0, 0,
          17, 8, 0,
          128, 0, 128, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1,
        ])
    case "deep": script = head + "let a = " + String(repeating: "(", count: 100_000) + "1\n"
    case "strokes":
      script = head + "edit \"a\" { for i in 0..<1000000 { for j in 0..<1000 { mask circle((i, j), 1) } } }\n"
    case "canvas": script = "photo \"p.png\"\ncanvas (1e30, 1e30)\n" + edit
    case "zero": script = head + "let a = 1 / 0\n" + edit
    case "utf8": try scratch.write("s.fedit", Array(head.utf8) + [0xC3, 0x28, 0x0A])
    case "escape-read": script = "photo \"../p.png\"\n" + edit
    case "escape-save": script = head + edit + "save \"../../o.png\"\n"
    case "link-read":
      try FileManager.default.createSymbolicLink(
        atPath: scratch.path + "/out.png", withDestinationPath: "/etc/passwd")
      script = "photo \"out.png\"\n" + edit
    case "link-save":
      try FileManager.default.createSymbolicLink(atPath: scratch.path + "/dir", withDestinationPath: "/tmp")
      script = head + edit + "save \"dir/fedit-escaped.png\"\n"
    default:
      let tensors = [
        "overlap":
          "{\"generator/gconv1_ds/kernel\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,24]}}",
        "oversized":
          "{\"generator/gconv1_ds/kernel\":{\"dtype\":\"F32\",\"shape\":[1000000000,1000000000],\"data_offsets\":[0,4000000000000000000]}}",
        "shape":
          "{\"generator/gconv1_ds/kernel\":{\"dtype\":\"F32\",\"shape\":[4,4],\"data_offsets\":[0,64]}}",
      ]
      try scratch.write("m.safetensors", safetensors(tensors[what] ?? "", data: 64))
      script = "photo \"p.png\"\nmodel \"m.safetensors\"\n" + edit
    }
    if ["huge.png", "empty.png", "text.png", "cut.png", "cut.jpg"].contains(what) { status = 66 }
    if what != "utf8" { try scratch.write("s.fedit", script) }
    let before = scratch.files
    let outcome = try scratch.fedit("run", "s.fedit")
    if status == 66 {
      // Unreadable, or readable and wrong.
      #expect(outcome.status == 66 || outcome.status == 65, "\(outcome.errors)")
    } else {
      #expect(outcome.status == status, "\(outcome.errors)")
    }
    #expect(outcome.errors.contains("error"))
    #expect(outcome.errors.utf8.count < 5_000)
    #expect(outcome.memory < 256 << 20)
    #expect(scratch.files == before)
  }
}
