import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// What somebody looks at before, while and after an edit: plans, layers, grids, sheets, help.
@Suite struct SeeingTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    for (folder, name) in [("sunglasses", "portrait.png"), ("hair-colour", "other.png")] {
      let source = "/Examples/\(folder)/portrait.png"
      try FileManager.default.copyItem(
        atPath: repository + source, toPath: scratch.path + "/" + name)
    }
    return scratch
  }

  private static let lipstick = """
    photo "portrait.png"
    face auto
    edit "lips" {
      mask circle((126, 186), 20) as "mouth"
      color line((110, 186), (140, 186)) with #a02040 brush 4
      in face { recolor lips with crimson }
    }
    save "out.png"

    """

  @Test("a plan has each stroke on a line with name, box and colour, and its coordinates with --verbose")
  func plan() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    let outcome = try scratch.fedit("plan", "s.fedit")
    let lines = outcome.output.split(separator: "\n")
    let mask = try #require(lines.first { $0.hasPrefix("  mask ") })
    #expect(mask.contains("\"mouth\"  (106, 166) to (146, 206)") && mask.hasSuffix("s.fedit:4:3"))
    let color = try #require(lines.first { $0.hasPrefix("  color ") })
    #expect(color.contains("(108, 184) to (142, 188)  #a02040  brush 4"))
    #expect(!outcome.output.contains("path("))
    #expect(
      try scratch.fedit("plan", "s.fedit", "--verbose").output.contains("path(\"M 110 186 L 140 186\")"))
    // Programs get all of it.
    #expect(try scratch.fedit("plan", "s.fedit", "--json").output.contains("\"elements\""))
  }

  @Test(
    "layers go beside the script where nothing else is said, those of standard input to the current folder")
  func layers() throws {
    let scratch = try scratch()
    try scratch.write("sub/s.fedit", Self.lipstick.replacing("portrait.png", with: "../portrait.png"))
    let outcome = try scratch.fedit("layers", "sub/s.fedit", "--root", ".")
    #expect(outcome.output == "edit \"lips\": wrote sub/s-layers/1-{mask,sketch,noise,color}.png\n")
    #expect(scratch.exists("sub/s-layers/1-mask.png"))
    let piped = try scratch.fedit(["layers", "-"], input: Self.lipstick)
    #expect(piped.status == 0 && scratch.exists("layers/1-mask.png"), "\(piped.errors)")
  }

  @Test("help is as wide as the terminal: paragraphs fill its lines", arguments: [60, 100, 150])
  func help(_ width: Int) throws {
    let scratch = try Scratch()
    for command in ["run", "batch", "fmt"] {
      let help = try scratch.fedit(["help", command], environment: ["COLUMNS": "\(width)"]).output
      let prose = help.components(separatedBy: "USAGE:")[0].split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(prose.allSatisfy { $0.count <= width })
      // No line ends early that another one goes on.
      for (line, next) in zip(prose, prose.dropFirst()) where !line.isEmpty && !next.hasPrefix("  ") {
        guard let word = next.split(separator: " ").first else { continue }
        #expect(line.count + 1 + word.count >= width, "\(command): \(line)")
      }
    }
  }

  @Test("files of definitions are compared definition by definition; comments, spaces and order do not count")
  func definitions() throws {
    let scratch = try Scratch()
    try scratch.write("a.fedit", "let size = 3 // wide\ndef dot(at: point) = circle(at, size)\n")
    try scratch.write("same.fedit", "def dot( at: point ) = circle(at,size)\n\nlet size = 3\n")
    try scratch.write(
      "b.fedit", "let size = 4\ndef dot(at: point) = circle(at, size)\ndef ring(at: point) = dot(at)\n")
    let same = try scratch.fedit("diff", "a.fedit", "same.fedit")
    #expect(same.status == 0 && same.output == "no difference in meaning\n", "\(same.errors)")
    let outcome = try scratch.fedit("diff", "a.fedit", "b.fedit")
    #expect(outcome.status == 1 && outcome.errors == "")
    #expect(
      outcome.output == """
        --- a.fedit
        +++ b.fedit
        ~ let size: let size = 3 → let size = 4
        + def ring: def ring(at: point) = dot(at)

        """)
    #expect(try scratch.fedit("diff", "a.fedit", "b.fedit", "--json").output.contains("\"equal\": false"))
    #expect(try scratch.fedit("diff", "a.fedit", "b.fedit", "--quiet").output == "")
    // What it takes a photo for is said, and errors stay errors.
    #expect(try scratch.fedit("diff", "a.fedit", "b.fedit", "--picture", "d.png").status == 65)
    try scratch.write("bad.fedit", "let size =\n")
    #expect(try scratch.fedit("diff", "a.fedit", "bad.fedit").status == 65)
  }

  @Test("a definition of a file that both use counts, too")
  func usedDefinitions() throws {
    let scratch = try Scratch()
    for (folder, radius) in [("a", 3), ("b", 4)] {
      try scratch.write("\(folder)/shapes.fedit", "def dot(at: point) = circle(at, \(radius))\n")
      try scratch.write(
        "\(folder)/all.fedit", "use \"shapes.fedit\"\ndef two(at: point) = dot(at) + dot(at + (9, 0))\n")
    }
    let outcome = try scratch.fedit("diff", "a/all.fedit", "b/all.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("~ def dot in shapes.fedit") && !outcome.output.contains("def two"))
  }

  @Test("a grid of a script shows its strokes, and --around the part that is asked for")
  func grid() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    let photo = try scratch.fedit("grid", "portrait.png", "-o", "p.png")
    let script = try scratch.fedit("grid", "s.fedit", "-o", "s.png")
    #expect(photo.status == 0 && script.status == 0, "\(script.errors)")
    // The same face is found, and the same line printed.
    #expect(photo.output.split(separator: "\n").last == script.output.split(separator: "\n").last)
    let (plain, drawn) = (try scratch.picture("p.png"), try scratch.picture("s.png"))
    #expect(plain.width == drawn.width && plain.samples != drawn.samples)
    let part = try scratch.fedit("grid", "s.fedit", "--around", "(126, 186)", "--size", "60", "-o", "q.png")
    #expect(part.status == 0 && part.output.contains("a labelled line every 5"), "\(part.output)")
    #expect(!scratch.exists("out.png"))
    #expect(try scratch.fedit("grid", "s.fedit", "-o", "s.fedit").status == 64)
    #expect(try scratch.fedit("grid", "s.fedit", "-o", "portrait.png").status == 73)
  }

  @Test("a sheet shows the face that was found, and says that it was")
  func sheet() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    let points = try scratch.fedit("face", "portrait.png").output
    try scratch.write(
      "t.fedit",
      Self.lipstick.replacing("face auto\n", with: points).replacing(
        "lips with", with: "circle(mouth, 0.1) with"))
    #expect(try scratch.fedit("sheet", "s.fedit", "-o", "s.png").status == 0)
    #expect(try scratch.fedit("sheet", "t.fedit", "-o", "t.png").status == 0)
    let (found, written) = (try scratch.picture("s.png"), try scratch.picture("t.png"))
    #expect(yellow(found) > 500)
    #expect(yellow(written) == 0)
  }

  /// Pixels of the colour in which a face's box is drawn.
  private func yellow(_ picture: Picture) -> Int {
    (0..<picture.height).reduce(0) { sum, y in
      sum + (0..<picture.width).count { picture.rgb8($0, y) == (255, 214, 60) }
    }
  }

  @Test(
    "batch --sheet shows every photo, crosses failures out, and gives the same page when nothing is left to do"
  )
  func batchSheet() throws {
    let scratch = try scratch()
    try scratch.write("s.fedit", Self.lipstick)
    for name in ["portrait", "other"] {
      try scratch.write("in/\(name).png", try scratch.bytes(name + ".png"))
    }
    let good = try scratch.fedit(
      "batch", "s.fedit", "--photos", "in/*.png", "-o", "out", "--sheet", "good.png")
    #expect(good.status == 0 && good.output.hasPrefix("wrote good.png\n"), "\(good.errors)")
    try scratch.write("in/broken.png", "no picture")
    let arguments = ["batch", "s.fedit", "--photos", "in/*.png", "-o", "out", "--sheet"]
    #expect(try scratch.fedit(arguments + ["a.png", "--jobs", "1"]).status == 65)
    #expect(try scratch.fedit(arguments + ["b.png", "--jobs", "2"]).status == 65)
    #expect(try scratch.bytes("a.png") == scratch.bytes("b.png"))
    func red(_ name: String) throws -> Int {
      let picture = try scratch.picture(name)
      return (0..<picture.height).reduce(0) { sum, y in
        sum + (0..<picture.width).count { picture.rgb8($0, y) == (200, 30, 36) }
      }
    }
    #expect(try red("good.png") == 0 && red("a.png") > 2_000)
    // Neither a photo nor a result is written over.
    #expect(try scratch.fedit(arguments + ["in/other.png"]).status == 73)
    #expect(try scratch.fedit(arguments + ["out/other.png"]).status == 73)
    #expect(try scratch.fedit(arguments + ["page.txt"]).status == 64)
  }
}
