import FeditPlan
import FeditProvenance
import Testing

/// A line as a stroke of a layer.
private func stroke(_ points: [Point], label: String? = nil, line: Int = 1) -> PlanStroke {
  stroke(.sketch, points, label: label, line: line)
}

private func stroke(
  _ layer: PlanLayer, _ points: [Point], label: String? = nil, color: PlanColor? = nil, line: Int = 1
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
      .save(PlanFile(name: "out.png", path: "/x/out.png")),
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
    let red = PlanColor(red: 255, green: 0, blue: 0)
    let dark = PlanColor(red: 1, green: 2, blue: 3)
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
    other.steps[1] = .save(PlanFile(name: "new.png", path: "/x/new.png"))
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
      words(plan([stroke(a)]), plan([stroke(a)], name: "two")) == ["~ edit: renamed from \"one\" to \"two\""])
    #expect(
      words(plan([stroke(a)]), plan([stroke(b)], name: "two"))
        == ["+ edit \"two\": 1 strokes, seed 0", "- edit \"one\": 1 strokes"])
  }

  @Test func anotherOrderOfDrawingIsToldOnce() {
    let found = words(
      plan([stroke(a, label: "x"), stroke(b, label: "y")]),
      plan([stroke(b, label: "y"), stroke(a, label: "x")]))
    #expect(found.count == 1 && found.first?.contains("drawn in another order") == true)
  }
}
