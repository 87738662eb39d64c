import FeditFormat
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

private func run(_ text: String, _ files: [String: String] = [:], _ options: PlanOptions = PlanOptions())
  -> ProgramResult
{
  var world = MapWorld()
  for (name, content) in files { world.scripts["/" + name] = content }
  return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world, options: options)
}

/// What is drawn and saved: without places in the source, parameters and inputs.
private func essence(_ plan: Plan?) -> Plan? {
  guard var plan else { return nil }
  plan.parameters = []
  plan.inputs = plan.inputs.filter { !$0.path.hasSuffix(".fedit") }
  plan.region.origin = .written
  plan.steps = plan.steps.map { step in
    guard case .edit(var edit) = step else { return step }
    edit.strokes = edit.strokes.map { stroke in
      var stroke = stroke
      (stroke.file, stroke.line, stroke.column) = ("", 0, 0)
      return stroke
    }
    return .edit(edit)
  }
  return plan
}

@Suite struct SelfContainedTests {
  private let files = [
    "lib.fedit": """
    use "deep.fedit" as d
    param size: number = 3 "how large"
    let gap = d.gap * 2
    def dot(at: point, r: number = gap) = circle(at, r + size)
    def row(count: number) {
        for i in 0..<count { mask dot((i * gap + 40, 60)) }
        sketch d.dot((50, 60))
    }
    """,
    "deep.fedit": "let gap = 4\ndef dot(at: point) = circle(at, gap)",
  ]

  @Test("places of the face that --set gives become those of the statement")
  func face() throws {
    var options = PlanOptions()
    options.settings = [("face.right_eye", "(82, 51)"), ("face.mouth", "(60, 90)")]
    let text = """
      photo "p.png"
      face eyes (40, 50), (80, 50)
      edit "a" { in face { mask circle((0, 1), 0.3) } }
      """
    let result = run(text, [:], options)
    let whole = try #require(selfContainedScript(of: result))
    #expect(whole.text.contains("face eyes (40, 50), (82, 51) mouth (60, 90)"))
    #expect(essence(run(whole.text).plan) == essence(result.plan))
  }

  @Test("used files are put in and names told apart")
  func imports() throws {
    let text = """
      fedit 1
      photo "p.png"
      // mine
      use "lib.fedit" as lib
      let gap = 9
      def dot(at: point) { mask lib.dot(at, r: gap) }
      edit "a" {
          dot((20, 30))
          lib.row(3)
          mask circle((100, 100), lib.size + lib.gap)
      }
      save "a.png"
      """
    var options = PlanOptions()
    options.settings = [("lib.size", "7")]
    let program = run(text, files, options)
    #expect(program.diagnostics.map(\.message) == [])
    #expect(program.usageErrors == [])
    let script = try #require(selfContainedScript(of: program))
    #expect(!script.text.contains("use "))
    #expect(script.text.contains("// mine"))
    let again = run(script.text)
    #expect(again.diagnostics.map(\.message) == [], "\(script.text)")
    #expect(essence(again.plan) == essence(program.plan), "\(script.text)")
  }

  @Test("a script stops behind the save that is asked for, and the region stays where it was")
  func through() throws {
    var world = MapWorld()
    world.pictures["/wide.png"] = (4000, 3000)
    let text = """
      photo "wide.png"
      edit "a" { mask circle((900, 900), 50) }
      save "a.png"
      edit "b" { mask circle((2900, 1900), 300) }
      save "b.png"
      """
    let program = plan(SourceText(name: "t", text), path: "/t.fedit", world: world)
    var options = SelfContainedOptions()
    options.throughSave = 0
    options.photo = "other.png"
    world.pictures["/other.png"] = (4000, 3000)
    let script = try #require(selfContainedScript(of: program, options: options))
    #expect(script.saveIndex == 0)
    let again = plan(SourceText(name: "t", script.text), path: "/t.fedit", world: world)
    #expect(again.diagnostics.map(\.message) == [], "\(script.text)")
    let first = try #require(program.plan)
    let second = try #require(again.plan)
    #expect(second.region.toPhoto == first.region.toPhoto && second.region.side == first.region.side)
    #expect(second.steps.count == 2)
    #expect(second.photo.file.name == "other.png")
  }

  @Test("edits that were not run keep the others' numbers")
  func only() throws {
    let text = "photo \"p.png\"\nfor i in 0..<3 { edit \"e\\(i)\" { seed 4; mask circle((99, 99), 9) } }"
    var planOptions = PlanOptions()
    planOptions.only = ["e1"]
    let program = run(text, [:], planOptions)
    var options = SelfContainedOptions()
    options.only = ["e1"]
    let script = try #require(selfContainedScript(of: program, options: options))
    let again = try #require(run(script.text).plan)
    #expect(again.edits.filter { !$0.strokes.isEmpty }.map(\.index) == [1])
    #expect(again.edits.first { !$0.strokes.isEmpty }?.seed == 4)
  }

  @Test("random programs: the same plan from one script, alone and with a random library")
  func random() throws {
    for seed in 0..<UInt64(runsLongTests ? 5_000 : 200) {
      var generator = ProgramGenerator(seed: seed)
      var library = ProgramGenerator(seed: seed + 1_000_000)
      let text = "use \"lib.fedit\" as other\n" + generator.program().replacing("fedit 1\n", with: "")
      let program = run(text, ["lib.fedit": library.program()])
      let script = try #require(selfContainedScript(of: program), "seed \(seed)")
      let again = run(script.text)
      #expect(!again.hasErrors, "seed \(seed): \(again.diagnostics.first?.message ?? "")\n\(script.text)")
      #expect(essence(again.plan) == essence(program.plan), "seed \(seed)\n\(script.text)")
      if again.hasErrors { break }
    }
  }
}
