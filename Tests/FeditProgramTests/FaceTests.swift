import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

/// `face auto`, outlines, and what is recorded of them.
@Suite struct FaceTests {
  private func run(
    _ body: String, face: String = "face auto", settings: [(name: String, value: String)] = [],
    hasFaces: Bool = true
  ) -> ProgramResult {
    var world = MapWorld()
    world.hasFaces = hasFaces
    var options = PlanOptions()
    options.settings = settings
    let text = "photo \"portrait.png\"\n\(face)\n\(body)\n"
    return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world, options: options)
  }

  private func strokes(_ result: ProgramResult) -> [PlanStroke] {
    result.plan?.edits.flatMap(\.strokes) ?? []
  }

  @Test("a face that is found draws as the same face written out")
  func found() throws {
    let body = "edit \"a\" { in face { mask circle(mouth, 0.3); sketch circle(left_eye, 0.1) } }"
    let written = run(body, face: "face eyes (98, 122), (158, 122) mouth (128, 182)")
    let auto = run(body)
    #expect(auto.diagnostics.isEmpty && strokes(auto) == strokes(written) && strokes(auto).count == 2)
    #expect(auto.plan?.region == written.plan?.region)
    #expect(auto.plan?.face?.mouth == Point(128, 182) && written.plan?.face == nil)
  }

  @Test("on a canvas the places found are in its units")
  func canvas() {
    let body = "edit \"a\" { in face { mask circle((0, 0), 0.3) } }"
    let plain = run(body)
    let small = run(body, face: "canvas (128, 128)\nface auto")
    #expect(strokes(small).map(\.content) == strokes(plain).map(\.content) && !strokes(plain).isEmpty)
  }

  @Test("what the command line sets goes before what is found, and with all of it nothing is looked for")
  func set() {
    let body = "edit \"a\" { in face { mask circle(mouth, 0.3) } }"
    let settings = [
      ("face.left_eye", "(90, 120)"), ("face.right_eye", "(150, 120)"), ("face.mouth", "(120, 180)"),
    ]
    let set = run(body, settings: settings.map { (name: $0.0, value: $0.1) }, hasFaces: false)
    let written = run(body, face: "face eyes (90, 120), (150, 120) mouth (120, 180)")
    #expect(set.diagnostics.isEmpty && strokes(set) == strokes(written))
    let mouth = run(body, settings: [(name: "face.mouth", value: "(128, 190)")])
    #expect(strokes(mouth) == strokes(run(body, face: "face eyes (98, 122), (158, 122) mouth (128, 190)")))
  }

  @Test("no face, or no photo above, is an error that says what to do")
  func missing() {
    let none = run("edit \"a\" { in face { mask circle(mouth, 0.3) } }", hasFaces: false)
    #expect(none.diagnostics.map(\.code) == ["face-not-found"])
    #expect(none.diagnostics[0].hints.contains { $0.message.contains("face eyes P, P mouth P") })
    let source = SourceText(name: "t.fedit", "face auto\nphoto \"portrait.png\"\n")
    let early = plan(source, path: "/t.fedit", world: MapWorld())
    #expect(early.diagnostics.map(\.code) == ["face-not-found"])
  }

  @Test(
    "outlines are shapes inside 'in face', in its units, of a face written or found",
    arguments: ["face auto", "face eyes (98, 122), (158, 122) mouth (128, 182)"])
  func outlines(face: String) throws {
    for contour in FaceContour.allCases {
      let result = run("edit \"a\" { in face { mask \(contour.rawValue) } }", face: face)
      #expect(result.diagnostics.isEmpty && strokes(result).count == 1)
      #expect(result.plan?.face?.contours[contour]?.isEmpty == false)
    }
    let brow = run("edit \"a\" { in face { mask left_brow } }", face: face)
    guard case .shape(let shape)? = strokes(brow).first?.content, case .path(let path) = shape,
      case .move(let start)? = path.elements.first
    else { return #expect(Bool(false), "the brow is a path") }
    #expect(abs(start.x - 80) < 1e-9 && abs(start.y - 104) < 1e-9)
  }

  @Test("the lips leave out what lies between them")
  func lips() {
    let result = run("edit \"a\" { in face { mask lips } }")
    guard case .shape(let shape)? = strokes(result).first?.content else { return #expect(Bool(false)) }
    if case .subtraction = shape {} else { Issue.record("lips are a subtraction") }
  }

  @Test("a name that the script gives goes before an outline, and outside 'in face' there is none")
  func own() {
    let own = run("let lips = circle((0, 0), 0.2)\nedit \"a\" { in face { mask lips } }")
    let plain = run("edit \"a\" { in face { mask circle((0, 0), 0.2) } }")
    #expect(own.diagnostics.isEmpty && strokes(own).map(\.content) == strokes(plain).map(\.content))
    let outside = run("edit \"a\" { mask lips }")
    #expect(outside.diagnostics.map(\.code) == ["unknown-name"])
    #expect(outside.diagnostics[0].hints.contains { $0.message.contains("in face") })
  }
}

/// Mistakes whose diagnostics say how the text has to be changed.
@Suite struct FixTests {
  private static let head = "photo \"portrait.png\"\nface eyes (98, 122), (158, 122) mouth (128, 182)\n"

  private func check(_ text: String) -> ProgramResult {
    plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: MapWorld())
  }

  @Test(
    "one diagnostic, whose edits make the script right",
    arguments: [
      (head + "edit \"a\" { mask circle(128, 182, 30) }", "circle((128, 182), 30)"),
      (head + "edit \"a\" { mask ellipse(128, 182, 30, 20) }", "ellipse((128, 182), (30, 20))"),
      (head + "edit \"a\" { mask line(10, 10, 90, 90) brush 4 }", "line((10, 10), (90, 90))"),
      (head + "edit a { mask circle((128, 182), 30) }", "edit \"a\" {"),
      ("photo portrait.png\nedit \"a\" { mask circle((128, 182), 30) }", "photo \"portrait.png\""),
      (head + "edit \"a\" { mask circle((128, 182), r=30) }", "circle((128, 182), r: 30)"),
      (head + "edit \"a\" { mask circle((128, 182), r = 30) }", "circle((128, 182), r: 30)"),
      (
        "photo \"portrait.png\"\nface eyes = (98, 122), (158, 122)\nedit \"a\" { mask circle((128, 182), 30) }",
        "face eyes (98, 122)"
      ),
      (head + "edit \"a\" { seed = 3; mask circle((128, 182), 30) }", "seed 3"),
      (head + "edit \"a\" { in face { mask circle((128, 182), 30) } }", "circle((0, 1), 0.5)"),
      (
        head + "edit \"a\" { in face { mask line((98, 160), (158, 160)) brush 6 } }",
        "line((-0.5, 0.63), (0.5, 0.63)) brush 0.1"
      ),
    ])
  func fixed(_ text: String, _ wanted: String) throws {
    let source = SourceText(name: "t.fedit", text)
    let found = plan(source, path: "/t.fedit", world: MapWorld()).diagnostics
    try #require(found.count == 1, "\(found.map(\.message))")
    let edits = try #require(found[0].hints.first { !$0.edits.isEmpty }?.edits)
    var bytes = source.utf8
    for edit in edits.sorted(by: { $0.span.start > $1.span.start }) {
      bytes.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.replacement.utf8))
    }
    let mended = String(decoding: bytes, as: UTF8.self)
    #expect(mended.contains(wanted), "\(mended)")
    #expect(check(mended).diagnostics.map(\.message) == [])
  }

  @Test("a default shows its parameter's type; where it does not, that is the only error")
  func types() {
    let typed =
      "edit \"a\" { dot((9, 9)) }\nparam r = 4\nparam far = -2.5\nparam c = #ff0000\nparam t = \"x\"\n"
    let definition = "def dot(at: point, size = 12) { mask circle(at, size + r) }\n"
    #expect(
      check(Self.head + definition + "param r: number = 4\nedit \"a\" { dot((9, 9)) }").diagnostics.isEmpty)
    #expect(
      check(Self.head + "param r = 4\n" + definition + "edit \"a\" { dot((9, 9)) }").diagnostics.isEmpty)
    #expect(
      check(Self.head + typed.split(separator: "\n").dropFirst().joined(separator: "\n")).diagnostics.isEmpty)
    let wrong = check(Self.head + "let k = 3\nparam r = k\nedit \"a\" { mask circle((9, 9), r) }").diagnostics
    #expect(wrong.map(\.code) == ["expected"])
    let second = check(Self.head + "def f(r: nubmer = 4) { mask circle((128, 182), r) }\nedit \"a\" { f() }")
      .diagnostics
    #expect(second.map(\.code) == ["unknown-type"])
  }

  @Test("photo pixels far from the face but in the photo's place are no mistake outside 'in face'")
  func outside() {
    #expect(check(Self.head + "edit \"a\" { mask circle((128, 182), 30) }").diagnostics.isEmpty)
    #expect(check(Self.head + "edit \"a\" { in face { mask circle((0.2, 0.4), 0.3) } }").diagnostics.isEmpty)
  }
}
