import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

/// A script's plan with an SVG file beside it.
private func program(_ svg: String, strokes: String = "mask svg(\"d.svg\")") -> ProgramResult {
  var world = MapWorld()
  world.scripts["/d.svg"] = svg
  return plan(
    SourceText(name: "t.fedit", "photo \"p.png\"\nedit \"e\" { \(strokes) }"), path: "/t.fedit", world: world,
    options: PlanOptions())
}

private func svg(_ body: String, box: String = "viewBox=\"0 0 256 256\"") -> String {
  "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:inkscape=\"http://www.inkscape.org/namespaces/inkscape\" \(box)>\n"
    + body + "\n</svg>"
}

private func strokes(_ body: String, _ text: String = "mask svg(\"d.svg\")") throws -> [PlanStroke] {
  let result = program(svg(body), strokes: text)
  #expect(result.diagnostics.filter { $0.severity == .error }.map(\.message) == [])
  return try #require(result.plan?.edits.first).strokes
}

private func elements(_ stroke: PlanStroke) -> [PathElement] {
  guard case .shape(.path(let path)) = stroke.content else { return [] }
  return path.elements
}

/// What is wrong with a drawing.
private func problem(_ body: String, _ text: String = "mask svg(\"d.svg\")") -> String {
  program(svg(body), strokes: text).diagnostics.first { $0.severity == .error }?.message ?? "nothing"
}

@Suite struct DrawingTests {
  @Test("basic shapes, path data and transforms become paths in photo pixels")
  func shapes() throws {
    let rect = try strokes(
      "<g transform=\"translate(10 20)\"><rect x=\"1\" y=\"2\" width=\"3\" height=\"4\"/></g>")
    #expect(
      elements(rect[0]) == [
        .move(Point(11, 22)), .line(Point(14, 22)), .line(Point(14, 26)), .line(Point(11, 26)), .close,
      ])
    let lines = try strokes(
      """
      <polygon points="0,0 8,0 8,8"/><polyline points="1 1 2 2" style="fill:none;stroke:#000;stroke-width:2mm"/>
      <line x1="1" y1="2" x2="3" y2="4" stroke="red" transform="scale(2) rotate(90)"/>
      """)
    #expect(elements(lines[0]) == [.move(Point(0, 0)), .line(Point(8, 0)), .line(Point(8, 8)), .close])
    #expect(lines[1].brush?.width == 2 * 96 / 25.4)
    // A line without an area is filled as SVG fills it: with nothing in it.
    let turned = try #require(lines.last)
    #expect(elements(turned) == [.move(Point(-4, 2)), .line(Point(-8, 6))])
    #expect(turned.brush?.pen == Affine(a: 0, b: 2, c: -2, d: 0, tx: 0, ty: 0))
    let all = try strokes(
      "<circle cx=\"50\" cy=\"60\" r=\"9\"/><ellipse cx=\"5\" cy=\"6\" rx=\"9\" ry=\"3\"/><rect width=\"9\" height=\"9\" rx=\"2\"/><path d=\"M1 2h3v4q1 1 2 2t3 3s1 1 2 2a5 4 0 1 0 9 9z\"/>"
    )
    #expect(all.count == 4)
    #expect(elements(all[0]).first == .move(Point(59, 60)))
    guard case .curve(_, _, let half)? = elements(all[0]).dropFirst(2).first else {
      Issue.record("a circle has curves")
      return
    }
    #expect(half == Point(41, 60))
  }

  @Test("mask and color fill areas and draw lines with their pens; a sketch draws one line of each")
  func layers() throws {
    let body = """
      <g inkscape:groupmode="layer" inkscape:label="mask" style="display:none"><path d="M0 0H9V9Z" stroke="#f00" stroke-width="3"/></g>
      <g inkscape:groupmode="layer" inkscape:label="sketch"><path d="M0 0H9" fill="none" stroke="#000" stroke-width="7"/></g>
      <g inkscape:groupmode="layer" inkscape:label="color"><path d="M0 0H9V9Z" style="fill:#102030;stroke:rgb(1,2,3)" inkscape:label="lip"/></g>
      <path d="M0 0H99"/>
      """
    let mask = try strokes(body)
    #expect(mask.map(\.layer) == [.mask, .mask])
    #expect(mask.map { $0.brush?.width } == [nil, 3])
    let sketch = try strokes(body, "sketch svg(\"d.svg\")")
    #expect(sketch.count == 1)
    #expect(sketch[0].brush == nil)
    let color = try strokes(body, "color svg(\"d.svg\")")
    #expect(
      color.map(\.color) == [RGB8(red: 16, green: 32, blue: 48), RGB8(red: 1, green: 2, blue: 3)])
    #expect(color[0].label == "lip")
    #expect(try strokes(body, "erase mask svg(\"d.svg\")").map(\.isErase) == [true, true])
  }

  @Test("a drawing is stretched over the photo, or placed like an image")
  func places() throws {
    let text = svg("<path d=\"M0 0H10V20Z\"/>", box: "width=\"10\" height=\"20\"")
    let whole = try #require(program(text).plan?.edits.first?.strokes.first)
    #expect(elements(whole)[2] == .line(Point(256, 256)))
    let placed = program(text, strokes: "mask svg(\"d.svg\") at (40, 60) size (20, 10)")
    #expect(elements(try #require(placed.plan?.edits.first?.strokes.first))[2] == .line(Point(60, 70)))
    #expect(placed.plan?.inputs.map(\.path) == ["/d.svg"])
  }

  @Test("hidden and transparent things are not drawn")
  func hidden() throws {
    let body = """
      <path d="M0 0H9V9Z" display="none"/><g visibility="hidden"><path d="M0 0H9V9Z"/></g>
      <g opacity="0.4"><path d="M0 0H9V9Z"/></g><path d="M0 0H9V9Z" fill="none"/><defs><path d="M0 0H9V9Z"/></defs>
      <path d="M1 1H9V9Z"/>
      """
    #expect(try strokes(body).count == 1)
  }

  @Test(
    "what can't be drawn is named with its line and a way out",
    arguments: [
      ("<text>a</text>", "line 2: <text> can't be drawn"),
      ("\n<use href=\"#a\"/>", "line 3: <use> can't be drawn"),
      ("<image/>", "<image> can't be drawn"), ("<svg/>", "<svg> can't be drawn"),
      ("<style>path{fill:red}</style>", "it has a style sheet"),
      ("<g clip-path=\"url(#a)\"><path d=\"M0 0H9V9Z\"/></g>", "'clip-path' is not read"),
      ("<path stroke-dasharray=\"1 2\" d=\"M0 0H9V9Z\"/>", "'stroke-dasharray' is not read"),
      ("<path fill-rule=\"evenodd\" d=\"M0 0H9V9ZM1 1H2V2Z\"/>", "even-odd rule"),
      ("<path d=\"M0 0H\"/>", "line 2: path data expects a number here"),
      ("<path d=\"M0 0H9\" transform=\"spin(3)\"/>", "the transform 'spin(3)' can't be read"),
      ("<path d=\"M0 0H9\" stroke-width=\"3furlong\"/>", "is no length"),
    ])
  func unreadable(_ body: String, _ words: String) {
    #expect(problem(body).contains(words), "\(problem(body))")
  }

  @Test("a gradient is a mask's area as well as any paint, and no colour")
  func gradients() throws {
    let body = "<path d=\"M0 0H9V9Z\" fill=\"url(#g)\"/>"
    #expect(try strokes(body).count == 1)
    #expect(problem(body, "color svg(\"d.svg\")").contains("painted with 'url(#g)', which is no colour"))
  }

  @Test("hostile files end with an error, soon")
  func hostile() {
    func message(_ text: String) -> String {
      program(text).diagnostics.first { $0.severity == .error }?.message ?? "nothing"
    }
    let bomb = (1..<9).map { "<!ENTITY e\($0) \"&e\($0 - 1);&e\($0 - 1);&e\($0 - 1);&e\($0 - 1);\">" }
      .joined()
    #expect(
      message("<!DOCTYPE svg [<!ENTITY e0 \"x\">\(bomb)]>" + svg("<text>&e8;</text>")).contains(
        "declares entities"))
    #expect(
      message("<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + svg("<text>&x;</text>"))
        .contains(
          "declares entities"))
    let deep = String(repeating: "<g>", count: 5000)
    #expect(message(svg(deep)).contains("more than 256 deep"))
    #expect(message(svg(String(repeating: "<x:g>", count: 5000))).contains("not well-formed"))
    #expect(message(svg("<path d=\"M0 0L1e300 5\"/>")).contains("expects a number here"))
    #expect(
      message(svg("<path d=\"M0 0L900000 5\" transform=\"scale(999999)\"/>")).contains(
        "a million pixels away"))
    #expect(message(svg("<rect width=\"1e9\" height=\"2\"/>")).contains("larger than a million"))
    let long = "M0 0" + String(repeating: "h1", count: 1_000_001)
    #expect(message(svg("<path d=\"\(long)\"/>")).contains("more than 1000000 pieces"))
    #expect(message(svg("", box: "")).contains("does not say how large it is"))
    #expect(message(svg("", box: "viewBox=\"0 0 0 9\"")).contains("does not say how large it is"))
    #expect(message("<html/>").contains("no SVG file"))
    #expect(message("").contains("not well-formed"))
    #expect(message("\u{7}PNG").contains("not well-formed"))
    #expect(message(svg("<path").dropLast(9) + "").contains("not well-formed"))
    // Names are escaped on their way to a terminal.
    #expect(!message(svg("<path transform=\"&#x9b;31m\"/>")).unicodeScalars.contains("\u{9b}"))
  }

  @Test("a layer that is not there is an error, so that lines of another are no mask")
  func missing() {
    let body = "<g inkscape:groupmode=\"layer\" inkscape:label=\"sketch\"><path d=\"M0 0H9\"/></g>"
    #expect(problem(body).contains("there is no layer 'mask' in it"))
  }
}
