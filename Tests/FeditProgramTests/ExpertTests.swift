import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

@Suite("Models of edits, rankings of experts") struct ExpertTests {
  private func ranking() -> ExpertRanking {
    func row(_ part: FacePart?, _ guidance: EditGuidance, _ expert: String) -> ExpertRanking.Row {
      .init(
        category: .init(part: part, guidance: guidance, size: .thin),
        figures: .init(tasks: 5, means: ["a": 0.2, "big": 0.1, "heal": 0.05], expert: expert, margin: 0.5))
    }
    return ExpertRanking(
      source: .init(
        set: "", pictures: 1, tasks: 1, size: 256, seed: 1, measure: .structure, vgg16: nil, agreement: 1),
      experts: [
        .init(name: "a", kind: "built-in", sha256: nil), .init(name: "big", kind: "built-in", sha256: nil),
        .init(name: "heal", kind: "heal", sha256: nil),
      ], defaultExpert: "a", check: .init(single: [:], ranked: 0, gain: 0),
      rows: [row(.skin, .none, "heal"), row(.skin, .sketch, "big"), row(.hair, .none, "big")])
  }

  private func result(_ text: String, place: MaskPlace? = nil, hasFaces: Bool = true) -> ProgramResult {
    var world = MapWorld()
    world.hasFaces = hasFaces
    world.rankings["experts.json"] = ranking()
    if let place { world.maskPlaces["e"] = place }
    return plan(
      SourceText(name: "t.fedit", "photo \"p.png\"\n" + text), path: "/t.fedit", world: world,
      options: PlanOptions())
  }

  private func edit(_ body: String, _ place: MaskPlace?, head: String = "model \"experts.json\"") throws
    -> PlanEdit
  {
    let result = result("\(head)\nedit \"e\" { mask circle((90, 160), 3)\n\(body) }", place: place)
    return try #require(result.plan?.edits.first, "\(result.diagnostics.map(\.message))")
  }

  private let skin = MaskPlace(part: .skin, size: .thin, extent: 7)

  @Test("an edit goes to the expert of its category, and the plan says why")
  func ranked() throws {
    let healed = try #require(try edit("", skin).expert)
    #expect(healed.model == nil && healed.name == "heal")
    guard case .ranked(let category, let figures) = healed.reason else {
      Issue.record("not ranked")
      return
    }
    #expect(category == .init(part: .skin, guidance: EditGuidance.none, size: .thin) && figures.tasks == 5)
    #expect(try edit("sketch line((88, 160), (92, 160))", skin).expert?.name == "big")
    #expect(try edit("", .init(part: .eyes, size: .thin, extent: 7)).expert?.name == "a")
  }

  @Test("what is too large to heal, and what is guided, is never healed")
  func notHealed() throws {
    #expect(try edit("", .init(part: .skin, size: .thin, extent: 1501)).expert?.name == "a")
    #expect(try edit("color circle((90, 160), 2) with red", skin).expert?.name == "a")
  }

  @Test("the script's model is the ranking's default, and the plan has the ranking and the face")
  func model() throws {
    let plan = try #require(
      result("model \"experts.json\"\nedit \"e\" { mask circle((90, 160), 3) }", place: skin).plan)
    #expect(plan.model.source == .builtIn("a") && plan.ranking?.name == "experts.json" && plan.face != nil)
  }

  @Test("an expert of another size sees the square at its own size")
  func size() throws {
    let square = try #require(
      try edit("", .init(part: .hair, size: .thin, extent: 7), head: "model \"experts.json\"").squares.first)
    #expect(square.size == 512 && square.side == 256)
    #expect(square.toPhoto(Point(512, 512)) == Point(256, 256))
  }

  @Test("an edit's own model goes before the ranking's choice")
  func own() throws {
    let named = try edit("model \"portrait-256\"", skin)
    #expect(named.expert?.reason == .written && named.expert?.name == "portrait-256")
    let healed = try edit("model \"heal\"", skin, head: "")
    #expect(healed.expert?.reason == .written && healed.isHealed)
    #expect(try edit("", skin, head: "").expert == nil)
  }

  @Test(
    "what cannot be is an error",
    arguments: [
      (
        "edit \"e\" { model \"heal\"; mask circle((9, 9), 3); sketch line((1, 1), (9, 9)) }",
        "misplaced-statement"
      ),
      ("edit \"e\" { model \"experts.json\"; mask circle((9, 9), 3) }", "malformed-file"),
      ("edit \"e\" { model \"portrait-256\"; model \"heal\"; mask circle((9, 9), 3) }", "repeated-setting"),
      ("model \"heal\"", "missing-file"), ("model \"other.json\"", "missing-file"),
      ("edit \"e\" { model \"nobody\"; mask circle((9, 9), 3) }", "missing-file"),
    ])
  func errors(text: String, code: String) {
    let codes = result(text).diagnostics.filter { $0.severity == .error }.map(\.code)
    #expect(codes.contains(code), "\(codes)")
  }
}
