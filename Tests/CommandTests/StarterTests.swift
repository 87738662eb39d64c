import FeditTestSupport
import Foundation
import Testing

/// What gives someone a first script: `fedit new` and `fedit trace`.
@Suite struct StarterTests {
  private static let portrait = repository + "/Examples/smile/portrait.png"

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Self.portrait, toPath: scratch.path + "/portrait.png")
    return scratch
  }

  @Test("a new script stands in the one style, says what to try, and runs as it is")
  func new() throws {
    let scratch = try scratch()
    #expect(try scratch.fedit("new", "shades", "--photo", "portrait.png").status == 0)
    #expect(try scratch.fedit("fmt", "--check", "shades.fedit").status == 0)
    #expect(String(decoding: try scratch.bytes("shades.fedit"), as: UTF8.self).contains("//"))
    let files = scratch.files
    #expect(try scratch.fedit("run", "shades.fedit").status == 0)
    #expect(scratch.files.count == files.count + 1)
  }

  @Test("a new script is never written over one that is there")
  func keeps() throws {
    let scratch = try scratch()
    try scratch.write("mine.fedit", "fedit 1\n")
    let outcome = try scratch.fedit("new", "mine", "--photo", "portrait.png")
    #expect(outcome.status != 0 && outcome.errors.contains("mine.fedit"))
    #expect(try scratch.bytes("mine.fedit") == Array("fedit 1\n".utf8))
  }

  @Test("a traced picture is white lines on black, as a script's sketch layer takes it")
  func tracedPicture() throws {
    let scratch = try scratch()
    #expect(try scratch.fedit("trace", "portrait.png", "-o", "lines.png").status == 0)
    let lines = try scratch.picture("lines.png")
    guard case .eight(let samples) = lines.samples else {
      Issue.record("the lines are of 8 bits")
      return
    }
    #expect(lines.width == 256 && lines.height == 256 && Set(samples) == [0, 255])
    #expect((500...5_000).contains(samples.count { $0 == 255 } / lines.channels))
    try scratch.write(
      "s.fedit",
      """
      photo "portrait.png"
      edit "mouth" { mask circle((128, 190), 40); sketch image("lines.png") }
      save "r.png"

      """)
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
  }

  @Test("a traced script stands in the one style and runs as it is; its sketch is the traced lines")
  func tracedScript() throws {
    let scratch = try scratch()
    #expect(try scratch.fedit("trace", "portrait.png", "--script", "-o", "lines.fedit").status == 0)
    #expect(try scratch.fedit("fmt", "--check", "lines.fedit").status == 0)
    #expect(try scratch.fedit("run", "lines.fedit").status == 0)
    let toOutput = try scratch.fedit("trace", "portrait.png", "--script", "-o", "-")
    #expect(Array(toOutput.output.utf8) == (try scratch.bytes("lines.fedit")))
  }

  @Test("a traced SVG has the photo's size and a path for each line of the script")
  func tracedSVG() throws {
    let scratch = try scratch()
    let svg = try scratch.fedit("trace", "portrait.png", "--svg", "-o", "-").output
    let script = try scratch.fedit("trace", "portrait.png", "--script", "-o", "-").output
    let parser = XMLCounter(svg)
    #expect(parser.isWellFormed && parser.root?["width"] == "256" && parser.root?["height"] == "256")
    #expect(parser.paths > 5 && parser.paths == script.components(separatedBy: "sketch ").count - 1)
  }

  @Test(
    "what is no photo is refused by name, and nothing is written",
    arguments: [("gone.png", 66 as Int32), ("text.png", 65)])
  func refused(_ name: String, _ status: Int32) throws {
    let scratch = try scratch()
    try scratch.write("text.png", "no picture\n")
    let outcome = try scratch.fedit("trace", name, "-o", "lines.png")
    #expect(outcome.status == status && outcome.errors.contains(name) && !scratch.exists("lines.png"))
  }
}

/// Counts the paths of an SVG without a library for XML: tags open and close in order.
private struct XMLCounter {
  var isWellFormed = true
  var paths = 0
  var root: [String: String]?

  init(_ text: String) {
    var open: [String] = []
    for match in text.matches(of: /<(\/?)([a-z]+)((?:\s+[-a-zA-Z:]+="[^"<]*")*)\s*(\/?)>/) {
      let name = String(match.2)
      if !match.1.isEmpty {
        if open.popLast() != name { isWellFormed = false }
        continue
      }
      if open.isEmpty, root == nil {
        root = Dictionary(
          match.3.matches(of: /([-a-zA-Z:]+)="([^"]*)"/).map { (String($0.1), String($0.2)) },
          uniquingKeysWith: { first, _ in first })
      }
      if name == "path" { paths += 1 }
      if match.4.isEmpty { open.append(name) }
    }
    isWellFormed = isWellFormed && open.isEmpty && root != nil
  }
}
