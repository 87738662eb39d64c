import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

private func run(_ text: String, world: MapWorld = MapWorld(), options: PlanOptions = PlanOptions())
  -> ProgramResult
{
  plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world, options: options)
}

/// The diagnostics of a script as `line:column code`.
private func problems(_ text: String, world: MapWorld = MapWorld()) -> [String] {
  run(text, world: world).diagnostics.map {
    let place = $0.range.source.location(of: $0.range.span.start)
    return "\(place.line):\(place.column) \($0.code)"
  }
}

@Suite struct ProgramTests {
  @Test func theSunglassesExampleBecomesAPlan() throws {
    let result = run(sunglasses)
    #expect(result.diagnostics.map(\.message) == [])
    let plan = try #require(result.plan)
    let edit = try #require(plan.edits.first)
    #expect(edit.seed == 7)
    #expect(edit.strokes.count == 5)
    #expect(edit.strokes[4].label == "bridge")
    #expect(plan.region.origin == .face)
    #expect(abs(plan.region.side - 252) < 1e-9)
    // The middle of the eyes lies at (0.5, 0.475) of the region.
    let middle = plan.region.toPhoto(Point(128, 121.6))
    #expect(abs(middle.x - 128) < 1e-9 && abs(middle.y - 122) < 1e-9)
    // A brush is scaled with its frame: 0.1 of 60 pixels.
    let brush = try #require(edit.strokes[3].brush)
    #expect(brush.width == 0.1 && brush.pen.a == 60)
    guard case .shape(.path(let line)) = edit.strokes[3].content else { throw Misfit() }
    #expect(line.elements == [.move(Point(68, 119)), .line(Point(188, 119))])
  }

  struct Misfit: Error {}

  @Test func fiveMistakesGiveExactlyFiveDiagnostics() {
    let text = """
      photo "nowhere.png"
      let size = 12
      edit "a" {
        maks circle((1, 2), 3)
        mask circle((1, 2), sise)
        mask circle(7, 3)
        mask line((1, 2), (3, 4)
      }
      """
    #expect(
      problems(text) == [
        "1:7 missing-file", "4:3 unknown-statement", "5:23 unknown-name", "6:15 wrong-type",
        "7:12 unclosed-bracket",
      ])
    for diagnostic in run(text).diagnostics { #expect(!diagnostic.hints.isEmpty, "\(diagnostic.code)") }
  }

  @Test("a file that only defines things may draw in the face of the scripts that use it")
  func library() {
    let text =
      "fedit 1\nparam r: number = 1\ndef eye() {\n    in face { mask circle(left_eye, r) + circle(mouth, r) }\n}\n"
    #expect(run(text).diagnostics.map(\.code) == [])
    #expect(run(text + "edit \"a\" { eye() }").diagnostics.map(\.code).contains("no-face"))
  }

  @Test(arguments: [
    ("let a = 1\nlet a = 2", "2:5 duplicate-name"),
    ("def f(a: number) = f(a)", "1:20 recursion"),
    ("def f() = g()\ndef g() = f()", "2:11 recursion"),
    ("let a = 1 / 0", "1:11 division-by-zero"),
    ("let a = sin(30)", "1:13 wrong-type"),
    ("let a = 30deg + 1", "1:15 wrong-type"),
    ("canvas (100000, 5)", "1:9 canvas-size"),
    ("canvas (5, 1e30)", "1:12 number-too-large"),
    ("mask circle((1, 2), 3)", "1:1 outside-edit"),
    ("edit \"a\" { seed 1; seed 2; mask circle((1, 2), 3) }", "1:20 repeated-setting"),
    ("edit \"a\" { }", "1:6 empty-mask"),
    ("edit \"a\" { in face { mask circle((0, 0), 1) } }", "1:15 no-face"),
    ("let a = [1, 2][2]", "1:16 bad-index"),
    ("assert 1 > 2, \"too small\"", "1:8 assertion-failed"),
    ("let a = 1000000 * 10", "1:9 number-too-large"),
    ("let a = circle((1, 2), 3).grwon(2)", "1:27 unknown-member"),
    ("let a = path(\"M 1 2 X\")", "1:21 bad-path-data"),
    ("use \"missing.fedit\"", "1:5 missing-file"),
    ("save \"../x.png\"", "1:6 bad-path"),
    ("save \"x.gif\"", "1:6 bad-path"),
    ("save \"p.png\"", "1:6 overwrites-input"),
    ("param a: colour = #fff", "1:10 unknown-type"),
    ("def f(a: number) { }\nedit \"a\" { f(b: 2); mask circle((1, 2), 3) }", "2:14 wrong-arguments"),
    ("let a = line((1, 2))", "1:9 wrong-arguments"),
    ("edit \"a\" { color circle((1, 2), 3); mask circle((1, 2), 3) }", "1:12 missing-color"),
    ("edit \"a\" { mask circle((1, 2), 3) }\nedit \"a\" { mask circle((1, 2), 3) }", "2:6 duplicate-edit"),
    ("model \"nothing\"", "1:7 missing-file"),
    ("for i in 0..<3 { let x = i; let x = 2 }", "1:33 duplicate-name"),
  ])
  func aMistakeIsReportedAtItsPlace(_ text: String, _ wanted: String) {
    let shifted = problems("photo \"p.png\"; " + text)
    let parts = wanted.split(separator: " ")
    let place = parts[0].split(separator: ":")
    let column = (Int(place[1]) ?? 0) + (place[0] == "1" ? 15 : 0)
    #expect(shifted == ["\(place[0]):\(column) \(parts[1])"])
  }

  @Test func usedFilesGiveTheirDefinitionsAndCyclesAreShown() {
    var world = MapWorld()
    world.scripts["/lib.fedit"] = "let gap = 3\ndef dot(at: point) = circle(at, gap)\nphoto \"x.png\""
    #expect(
      problems(
        "use \"lib.fedit\" as lib\nphoto \"p.png\"\nedit \"a\" { mask lib.dot((9, 9)) + circle((1, 2), lib.gap) }",
        world: world) == [])
    #expect(
      problems("use \"lib.fedit\"\nphoto \"p.png\"\nedit \"a\" { mask dot((9, 9)) }", world: world) == [])
    world.scripts["/a.fedit"] = "use \"b.fedit\""
    world.scripts["/b.fedit"] = "use \"a.fedit\""
    #expect(run("use \"a.fedit\"", world: world).diagnostics.map(\.code) == ["use-cycle"])
  }

  @Test func settingsAreCheckedAgainstTheirParametersType() throws {
    let text =
      "photo \"p.png\"\nparam size: number = 3\nparam tint: color = red\nparam at: point = (1, 2)\nparam name: string = \"a\"\nedit \"e\" { mask circle(at, size) }\nsave \"\\(name).png\""
    var options = PlanOptions()
    options.settings = [("size", "4.5"), ("tint", "#123"), ("at", "(7, 8)"), ("name", "b c")]
    let plan = try #require(run(text, options: options).plan)
    #expect(plan.parameters.map(\.value) == ["4.5", "#112233", "(7, 8)", "\"b c\""])
    options.settings = [("size", "red")]
    #expect(run(text, options: options).usageErrors.count == 1)
    options.settings = [("sise", "3")]
    #expect(run(text, options: options).usageErrors.first?.contains("'size'") == true)
  }

  @Test func aBillionStrokesAreRefusedSoon() {
    let text =
      "photo \"p.png\"\nedit \"a\" { for i in 0..<1000 { for j in 0..<1000 { for k in 0..<1000 { mask circle((i, j), 2) } } } }"
    #expect(run(text).diagnostics.map(\.code) == ["too-many-strokes"])
    let empty = "photo \"p.png\"\nfor i in 0..<100000 { for j in 0..<100000 { let k = 1 } }"
    #expect(run(empty).diagnostics.map(\.code) == ["too-many-steps"])
  }

  @Test func aRegionAroundMasksIsWholeAndStaysPut() throws {
    var world = MapWorld()
    world.pictures["/wide.png"] = (4000, 3000)
    func region(_ x: Int) throws -> PlanRegion {
      try #require(run("photo \"wide.png\"\nedit \"a\" { mask circle((\(x), 900), 200) }", world: world).plan)
        .region
    }
    let first = try region(1000)
    #expect(first.side == first.side.rounded() && first.side >= 1200)
    #expect(try region(1003) == first)
    #expect(first.toPhoto.tx == first.toPhoto.tx.rounded())
  }

  @Test func aStretchedCanvasStretchesShapesAndPens() throws {
    var world = MapWorld()
    world.pictures["/wide.png"] = (400, 200)
    let plan = try #require(
      run(
        "photo \"wide.png\"\ncanvas (100, 100)\nedit \"a\" { mask line((0, 0), (50, 50)) brush 2 }",
        world: world
      ).plan)
    guard case .shape(.path(let line)) = plan.edits[0].strokes[0].content else { throw Misfit() }
    #expect(line.elements == [.move(Point(0, 0)), .line(Point(200, 100))])
    #expect(plan.edits[0].strokes[0].brush?.pen == Affine(a: 4, b: 0, c: 0, d: 2, tx: 0, ty: 0))
  }

  @Test func framesNestAndChain() throws {
    let plan = try #require(
      run(
        "photo \"p.png\"\nedit \"a\" { in moved(by: (10, 0)).scaled(by: 2, about: (0, 0)) { in rotated(by: 90deg) { mask line((1, 0), (2, 0)) } } }"
      ).plan)
    guard case .shape(.path(let line)) = plan.edits[0].strokes[0].content else { throw Misfit() }
    #expect(line.elements == [.move(Point(20, 2)), .line(Point(20, 4))])
  }

  @Test func svgPathsAreReadInAllTheirForms() throws {
    let plan = try #require(
      run(
        "photo \"p.png\"\nedit \"a\" { mask path(\"m10 10 20,0v20h-20z M50-5.5 1.5.5l1 1 2 2\"); sketch path(\"M0 0 Q 10 0 10 10 T 20 20 S 1 2 3 4 a 5 5 0 0110 0\") }"
      ).plan)
    guard case .shape(.path(let first)) = plan.edits[0].strokes[0].content else { throw Misfit() }
    #expect(first.isClosed)
    #expect(first.elements.count == 9)
    guard case .shape(.path(let second)) = plan.edits[0].strokes[1].content else { throw Misfit() }
    #expect(second.isClosed)
    guard case .curve(_, _, let end)? = second.elements.last else { throw Misfit() }
    #expect(end == Point(13, 4))
  }

  @Test func onlyNamedEditsRunAndKeepTheirNumbers() throws {
    var options = PlanOptions()
    options.only = ["b"]
    let text = "photo \"p.png\"\nedit \"a\" { mask circle((9, 9), 3) }\nedit \"b\" { mask circle((9, 9), 3) }"
    let plan = try #require(run(text, options: options).plan)
    #expect(plan.edits.map(\.index) == [1])
    options.only = ["c"]
    #expect(!run(text, options: options).usageErrors.isEmpty)
  }
}
