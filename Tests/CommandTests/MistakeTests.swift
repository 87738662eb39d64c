import FeditTestSupport
import Foundation
import Testing

/// What somebody types who has not read the reference, and what it should have been.
struct Mistake: CustomStringConvertible, Sendable {
  var description: String
  var script: String
  /// A line that the mended script has.
  var mended: String

  private static let face = "photo \"portrait.png\"\nface eyes (97, 120), (158, 120) mouth (127, 187)\n"

  private init(_ description: String, _ script: String, mended: String, hasFace: Bool = true) {
    self.description = description
    self.script = (hasFace ? Self.face : "") + script + "\n"
    self.mended = mended
  }

  /// The typical ones.
  static let all: [Mistake] = [
    Mistake(
      "a point without brackets of its own", "edit \"a\" { mask circle(125, 185, 30) }",
      mended: "edit \"a\" { mask circle((125, 185), 30) }"),
    Mistake(
      "an edit's name without quotes", "edit smile { mask circle((125, 185), 30) }",
      mended: "edit \"smile\" { mask circle((125, 185), 30) }"),
    Mistake(
      "a file without quotes", "photo portrait.png\nedit \"a\" { mask circle((125, 185), 30) }",
      mended: "photo \"portrait.png\"", hasFace: false),
    Mistake(
      "= for a named argument", "edit \"a\" { mask circle((125, 185), r=30) }",
      mended: "edit \"a\" { mask circle((125, 185), r: 30) }"),
    Mistake(
      "= behind the words of 'face'",
      "photo \"portrait.png\"\nface eyes = (97, 120), (158, 120) mouth = (127, 187)\n"
        + "edit \"a\" { in face { mask ellipse(mouth, (0.5, 0.2)) } }",
      mended: "face eyes (97, 120), (158, 120) mouth (127, 187)", hasFace: false),
    Mistake(
      "photo pixels inside 'in face'", "edit \"a\" { in face { mask circle((125, 185), 30) } }",
      mended: "edit \"a\" { in face { mask circle((-0.04, 1.07), 0.49) } }"),
    Mistake(
      "a line of colour too thin to show",
      "edit \"a\" {\nmask circle((125, 185), 30)\ncolor line((110, 185), (140, 185)) with #a02030 brush 1\n}",
      mended: "color line((110, 185), (140, 185)) with #a02030 brush 2.5"),
    Mistake(
      "a sketch outside the mask",
      "edit \"a\" {\nmask circle((125, 185), 20)\nsketch circle((125, 185), 30)\n}",
      mended: "mask circle((125, 185), 30).grown(4)"),
    Mistake(
      "a colour outside the mask",
      "edit \"a\" {\nmask circle((125, 185), 20)\ncolor circle((125, 185), 30) with #a02030\n}",
      mended: "mask circle((125, 185), 30).grown(4)"),
    Mistake(
      "a region that does not hold the mask",
      "photo \"portrait.png\"\nregion (0, 0) size 128\nedit \"a\" { mask circle((185, 185), 20) }",
      mended: "edit \"a\" { mask circle((185, 185), 20) }", hasFace: false),
    Mistake(
      "a value without 'let'", "r = 30\nedit \"a\" { mask circle((125, 185), r) }", mended: "let r = 30"),
    Mistake(
      "a default that is not of its parameter's type",
      "param r: color = 30\nedit \"a\" { mask circle((125, 185), r) }", mended: "param r = 30"),
  ]
}

@Suite struct MistakeTests {
  private func scratch(_ mistake: Mistake) throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.copyItem(
      atPath: repository + "/Examples/sunglasses/portrait.png", toPath: scratch.path + "/portrait.png")
    try scratch.write("s.fedit", mistake.script)
    return scratch
  }

  @Test("there are twelve")
  func count() { #expect(Mistake.all.count == 12) }

  @Test(
    "a typical mistake has one diagnostic, and check --fix makes the script valid", arguments: Mistake.all)
  func typical(_ mistake: Mistake) throws {
    let scratch = try scratch(mistake)
    let found = try scratch.fedit("check", "s.fedit", "--format", "short")
    #expect(found.output.split(separator: "\n").count == 1, "\(found.output)")
    let dry = try scratch.fedit("check", "s.fedit", "--fix", "--dry-run")
    #expect(dry.output.contains("would be mended"))
    #expect(String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self) == mistake.script)
    #expect(try scratch.fedit("check", "s.fedit", "--fix").status == 0)
    let after = try scratch.fedit("check", "s.fedit")
    #expect(after.status == 0 && after.output == "no problems in 1 script\n", "\(after.output)")
    let text = String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self)
    #expect(text.split(separator: "\n").contains { $0 == mistake.mended }, "\(text)")
  }

  @Test("the count of errors stands behind them, on the same stream")
  func countBehind() throws {
    let scratch = try scratch(Mistake.all[0])
    let outcome = try scratch.fedit("check", "s.fedit")
    #expect(outcome.status == 65 && outcome.errors == "")
    #expect(outcome.output.hasSuffix("\n1 error in 1 script\n"))
  }
}
