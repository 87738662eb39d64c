import FeditPixels
import FeditPlan
import FeditReview
import Testing

/// A line as a stroke of a layer.
private func stroke(_ points: [Point], label: String? = nil, line: Int = 1) -> PlanStroke {
  stroke(.sketch, points, label: label, line: line)
}

private func stroke(
  _ layer: PlanLayer, _ points: [Point], label: String? = nil, color: RGB8? = nil, line: Int = 1
) -> PlanStroke {
  let path = Path(
    elements: points.enumerated().map { $0.offset == 0 ? .move($0.element) : .line($0.element) },
    isClosed: false)
  return PlanStroke(
    layer: layer, isErase: false, content: .shape(.path(path)), color: color, brush: nil, label: label,
    file: "a.fedit", line: line, column: 3)
}

private func plan(
  _ strokes: [PlanStroke], seed: UInt64 = 0, name: String = "one", parameters: [PlanParameter] = []
) -> Plan {
  Plan(
    photo: PlanPhoto(file: PlanFile(name: "p.png", path: "/x/p.png"), width: 256, height: 256),
    model: PlanModel(source: .builtIn("portrait-256"), size: 256),
    region: PlanRegion(toPhoto: .identity, side: 256, size: 256, origin: .wholePhoto),
    steps: [
      .edit(PlanEdit(name: name, index: 0, seed: seed, blend: .automatic, strokes: strokes, offCount: 0)),
      .save(PlanFile(name: "out.png", path: "/x/out.png"), quality: nil),
    ], parameters: parameters, inputs: [])
}

@Suite struct PlanDifferenceTests {
  private let a = [Point(10, 10), Point(20, 20)]
  private let b = [Point(50, 50), Point(60, 40), Point(70, 50)]

  private func words(_ old: Plan, _ new: Plan) -> [String] { old.differences(to: new).map(\.description) }

  @Test func spacingAndPlaceInTheFileDoNotCount() {
    #expect(words(plan([stroke(a, line: 3)]), plan([stroke(a, line: 9)])) == [])
  }

  @Test func aMovedStrokeSaysByHowMuch() {
    let moved = a.map { Point($0.x + 3, $0.y - 1.5) }
    #expect(
      words(plan([stroke(a, label: "brow"), stroke(b)]), plan([stroke(moved, label: "brow"), stroke(b)]))
        == ["~ edit \"one\": sketch \"brow\": moved by (3, -1.5) px"])
  }

  @Test func aChangedShapeSaysHowFar() {
    let bent = [Point(10, 10), Point(20, 26)]
    #expect(
      words(plan([stroke(a, line: 2)]), plan([stroke(bent, line: 4)]))
        == ["~ edit \"one\": sketch (line 4): shape changed, by up to 6 px"])
  }

  @Test func aColorChangeShowsBoth() {
    let red = RGB8(red: 255, green: 0, blue: 0)
    let dark = RGB8(red: 1, green: 2, blue: 3)
    #expect(
      words(
        plan([stroke(.color, a, label: "lip", color: red)]),
        plan([stroke(.color, a, label: "lip", color: dark)]))
        == ["~ edit \"one\": color \"lip\": color #ff0000 → #010203"])
  }

  @Test func seedsParametersAndSavesAreCompared() {
    let before = PlanParameter(name: "tint", type: "color", value: "#111111", isSet: false)
    var after = before
    after.value = "#222222"
    #expect(
      words(plan([stroke(a)], seed: 1, parameters: [before]), plan([stroke(a)], seed: 2, parameters: [after]))
        == ["~ param tint: #111111 → #222222", "~ edit \"one\": seed: 1 → 2"])
    var other = plan([stroke(a)])
    other.steps[1] = .save(PlanFile(name: "new.png", path: "/x/new.png"), quality: nil)
    #expect(words(plan([stroke(a)]), other) == ["- save 'out.png'", "+ save 'new.png'"])
  }

  @Test func addedAndRemovedStrokesAndEditsAreListed() {
    #expect(
      words(plan([stroke(a)]), plan([stroke(a), stroke(.mask, b, line: 7)]))
        == ["+ edit \"one\": mask (line 7): line from (50, 40) to (70, 50)"])
    #expect(
      words(plan([stroke(a), stroke(.mask, b, line: 7)]), plan([stroke(a)]))
        == ["- edit \"one\": mask (line 7): line from (50, 40) to (70, 50)"])
    #expect(
      words(plan([stroke(a)]), plan([stroke(a)], name: "two")) == [
        "~ edit: renamed from \"one\" to \"two\""
      ])
    #expect(
      words(plan([stroke(a)]), plan([stroke(b)], name: "two"))
        == ["+ edit \"two\": 1 stroke, seed 0", "- edit \"one\": 1 stroke"])
  }

  @Test func anotherOrderOfDrawingIsToldOnce() {
    let found = words(
      plan([stroke(a, label: "x"), stroke(b, label: "y")]),
      plan([stroke(b, label: "y"), stroke(a, label: "x")]))
    #expect(found.count == 1 && found.first?.contains("drawn in another order") == true)
  }

  @Test("a stroke scaled about its middle says by how much, and whether it moved, too")
  func resized() {
    let small = [Point(0, 0), Point(10, 4), Point(20, 0)]
    let large = small.map { Point($0.x * 1.5 - 5, $0.y * 1.5 - 1) }
    #expect(
      words(plan([stroke(small)]), plan([stroke(large)]))
        == ["~ edit \"one\": sketch (line 1): resized to 150 %"])
    let wide = small.map { Point($0.x * 2 + 7, $0.y) }
    #expect(
      words(plan([stroke(small)]), plan([stroke(wide)]))
        == ["~ edit \"one\": sketch (line 1): resized to 200 % by 100 %, middle moved by (17, 0) px"])
  }

  @Test("a warp says how its target changed, and its reach")
  func warps() {
    let from = [Point(0, 0), Point(10, 4), Point(20, 0)]
    func warp(_ target: [Point], reach: Double) -> PlanStroke {
      var result = stroke(from)
      guard case .shape(let shape) = stroke(target).content else { return result }
      (result.layer, result.warp) = (.warp, PlanWarp(target: shape, reach: reach))
      return result
    }
    let before = plan([warp(from.map { Point($0.x, $0.y + 2) }, reach: 8)])
    #expect(
      words(before, plan([warp(from.map { Point($0.x, $0.y + 5) }, reach: 9.5)]))
        == ["~ edit \"one\": warp (line 1): target moved by (0, 3) px; reach 8 → 9.5 px"])
    #expect(words(before, before) == [])
  }

  @Test("files are told apart by their contents, not by their names")
  func contents() throws {
    func image(_ name: String) -> PlanStroke {
      PlanStroke(
        layer: .mask, isErase: false,
        content: .image(PlanFile(name: name, path: "/x/" + name), toPhoto: .identity),
        color: nil, brush: nil, label: "m", file: "a.fedit", line: 1, column: 1)
    }
    func identified(_ name: String, _ digest: String, model: String = "m") -> Plan {
      plan([image(name)]).identified(model: model) { $0.name == "p.png" ? "photo" : digest }
    }
    #expect(words(identified("a.png", "1"), identified("b.png", "1")) == [])
    #expect(
      words(identified("a.png", "1"), identified("a.png", "2"))
        == ["~ edit \"one\": mask \"m\": contents, size or turn of image 'a.png' changed"])
    #expect(
      words(identified("a.png", "1"), identified("a.png", "1", model: "n"))
        == ["~ model: the contents of 'portrait-256' changed"])
    var other = identified("a.png", "1")
    other.photo.file.path = "another"
    #expect(words(identified("a.png", "1"), other) == ["~ photo: the contents of 'p.png' (256×256) changed"])
  }

  @Test("the strokes that changed are found on both sides, others are left out")
  func changedStrokes() {
    let old = plan([stroke(a, label: "same"), stroke(b, label: "gone"), stroke(a, label: "same")])
    let new = plan([stroke(a, label: "same"), stroke(a, label: "new")])
    let changed = old.changedStrokes(to: new)
    #expect(changed.old.map { $0.strokes.map(\.label) } == [["gone", "same"]])
    #expect(changed.new.map { $0.strokes.map(\.label) } == [["new"]])
    let none = old.changedStrokes(to: old)
    #expect(none.old.isEmpty && none.new.isEmpty)
  }
}
