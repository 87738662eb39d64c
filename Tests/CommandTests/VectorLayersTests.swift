import FeditImage
import FeditTestSupport
import Foundation
import Testing

@Suite struct VectorLayersTests {
  /// Shapes of all kinds, lines with and without pens, stretched pens, labels, colours over one another.
  private static let paths = """
    mask circle((60, 60), 20) + rect((20, 80), (30, 12)).rotated(by: 20deg)
    mask line((10, 100), (60, 110), (90, 20)) as "a <long> \\"line\\""
    mask circle((90, 90), 8).grown(3)
    sketch curve((30, 60), (60, 40), (90, 66))
    sketch ellipse((60, 60), (18, 9))
    sketch line((20, 20), (100, 24)) brush 3
    sketch path("M 80 20 l 10 0 l -4 8")
    color circle((60, 60), 15) with #804020
    color curve((30, 60), (60, 90), (90, 66)) with #3060c0
    in face { mask curve((0, 0), (0.3, 0.4), (0.8, 0.1)) brush 0.1; color line((-0.5, 0.5), (0.5, 0.5)) with red brush 0.1 }
    in scaled(by: (2, 1)) { mask line((10, 10), (40, 14)) brush 4 }
    """

  /// What SVG has no paths for.
  private static let algebra = """
    mask circle((60, 60), 30) - circle((60, 60), 12)
    mask line((10, 100), (110, 104)) brush 6
    erase mask rect((20, 98), (10, 20))
    sketch circle((60, 60), 25) & rect((40, 20), (30, 40))
    sketch curve((20, 20), (64, 30), (100, 22))
    erase sketch circle((64, 28), 6)
    color circle((50, 60), 20) & circle((70, 60), 20) with #804020
    color (circle((60, 60), 20) - circle((60, 50), 9)).grown(-2) with #30c060
    """

  private func script(_ strokes: String, name: String = "dot") -> String {
    "photo \"p.png\"\nface eyes (40, 50), (88, 54)\nedit \"\(name)\" {\nseed 5\n\(strokes)\n}\n"
  }

  private static let again = "mask svg(\"l.svg\")\nsketch svg(\"l.svg\")\ncolor svg(\"l.svg\")"

  @Test(
    "an edit that is written as SVG and drawn again by svg(…) has the same layers, pixel by pixel",
    arguments: [paths, algebra])
  func roundTrip(_ strokes: String) throws {
    let scratch = try Scratch.with("a.fedit", script(strokes))
    try scratch.write("b.fedit", script(Self.again))
    for arguments in [["a.fedit", "-o", "l.svg"], ["a.fedit", "-o", "a"], ["b.fedit", "-o", "b"]] {
      let outcome = try scratch.fedit(["layers"] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    for layer in ["mask", "sketch", "color", "noise"] {
      let (first, second) = (try scratch.bytes("a/1-\(layer).png"), try scratch.bytes("b/1-\(layer).png"))
      #expect(first == second, "\(layer)")
    }
    // The layers hold something.
    #expect(try scratch.picture("a/1-color.png").samples != scratch.picture("a/1-mask.png").samples)
    // What comes out of it comes out of the copy, too.
    for name in ["a", "b"] {
      #expect(try scratch.fedit("run", "\(name).fedit", "-o", "\(name).png").status == 0)
    }
    #expect(try scratch.picture("a.png").samples == scratch.picture("b.png").samples)
  }

  @Test("'save layers \"x.svg\"' writes paths in Inkscape's layers over the photo, and no picture of them")
  func file() throws {
    let scratch = try Scratch.with("a.fedit", script(Self.paths) + "save layers \"l.svg\"\n")
    #expect(try scratch.fedit("run", "a.fedit").status == 0)
    let text = String(decoding: try scratch.bytes("l.svg"), as: UTF8.self)
    let layers = text.matches(of: /inkscape:groupmode="layer" inkscape:label="(\w+)"/).map { String($0.1) }
    #expect(layers == ["photo", "color", "mask", "sketch"])
    #expect(text.ranges(of: "<image ").count == 1)
    #expect(text.ranges(of: "<path ").count == 14)
    #expect(text.contains("inkscape:label=\"a &lt;long&gt; &quot;line&quot;\""))
    let outcome = try scratch.shell("python3 -c \"import xml.dom.minidom as x; x.parse('l.svg')\"")
    #expect(outcome.status == 0, "\(outcome.errors)")
    // The lock knows the file, and verifying makes it again.
    #expect(try scratch.fedit("lock", "a.fedit").status == 0)
    #expect(try scratch.fedit("verify", "a.fedit").status == 0)
  }

  @Test("Of several edits each has its own layer, and svg(\"FILE\", \"EDIT\") draws that alone")
  func several() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let two =
      script("mask circle((30, 30), 9)", name: "one") + "edit \"two\" { seed 5; mask circle((90, 90), 9) }\n"
    try scratch.write("a.fedit", two)
    #expect(try scratch.fedit("layers", "a.fedit", "-o", "l.svg").status == 0)
    try scratch.write("b.fedit", script("mask svg(\"l.svg\", \"one\")"))
    #expect(try scratch.fedit("layers", "a.fedit", "-o", "a").status == 0)
    #expect(try scratch.fedit("layers", "b.fedit", "-o", "b").status == 0)
    #expect(try scratch.bytes("a/1-mask.png") == scratch.bytes("b/1-mask.png"))
    try scratch.write("c.fedit", script("mask svg(\"l.svg\", \"three\")"))
    let outcome = try scratch.fedit("check", "c.fedit")
    #expect(outcome.status == 65)
    #expect((outcome.output + outcome.errors).contains("there is no layer 'three' in it"))
    #expect(
      (outcome.output + outcome.errors).contains("it has 'color', 'mask', 'one', 'photo', 'sketch', 'two'"))
  }

  @Test("A picture that an edit draws can't be a path, and that is said")
  func pictures() throws {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.photo("m.png")
    try scratch.write("a.fedit", script("mask image(\"m.png\")"))
    let outcome = try scratch.fedit("layers", "a.fedit", "-o", "l.svg")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("draws the picture 'm.png', which is no path"))
    #expect(!scratch.exists("l.svg"))
  }

  @Test("A picture says which drawings it was made from, and verifies with them alone")
  func provenance() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let square =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M3 3h3v3h-3z\"/></svg>"
    try scratch.write("l.svg", square)
    try scratch.write("a.fedit", script("mask svg(\"l.svg\")") + "save \"o.png\"\n")
    #expect(try scratch.fedit("lock", "a.fedit").status == 0)
    #expect(String(decoding: try scratch.bytes("a.fedit.lock"), as: UTF8.self).contains("\"l.svg\""))
    for name in ["a.fedit", "o.png"] { #expect(try scratch.fedit("verify", name).status == 0) }
    try scratch.write("l.svg", square.replacing("M3 3", with: "M2 3"))
    for name in ["a.fedit", "o.png"] { #expect(try scratch.fedit("verify", name).status == 1) }
    // An output that is an input is refused.
    try scratch.write("b.fedit", script("mask svg(\"l.svg\")") + "save layers \"l.svg\"\n")
    #expect(try scratch.fedit("run", "b.fedit").status == 65)
  }
}
