import FeditFormat
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

@Suite struct EmbeddedScriptTests {
  private func run(_ text: String, _ library: String? = nil, only: Set<String> = []) -> ProgramResult {
    var world = MapWorld()
    if let library { world.scripts["/lib.fedit"] = library }
    var options = PlanOptions()
    options.only = only
    return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world, options: options)
  }

  @Test("random programs: the script up to a save has the digest of the plan up to it, and so has the end")
  func digests() throws {
    for seed in 0..<UInt64(runsLongTests ? 5_000 : 150) {
      var generator = ProgramGenerator(seed: seed)
      var library = ProgramGenerator(seed: seed + 1_000_000)
      let shared = library.program()
      let text =
        "use \"lib.fedit\" as other\n" + generator.program().replacing("fedit 1\n", with: "")
        + "\nsave \"first.png\"\nfor i in 0..<2 { edit \"late \\(i)\" { mask circle((30 + i, 40), 9) } }\n"
        + "save layers \"layers\"\nsave \"second.png\"\nedit \"last\" { mask circle((50, 40), 9) }\n"
      let program = run(text, shared)
      let plan = try #require(program.plan, "seed \(seed)")
      for end in plan.steps.indices.filter({ if case .save = plan.steps[$0] { true } else { false } }) + [
        plan.steps.count
      ] {
        var options = SelfContainedOptions()
        let isEnd = end == plan.steps.count
        options.dropsSaves = isEnd
        options.throughSave =
          isEnd ? nil : plan.steps.prefix(end).count { if case .save = $0 { true } else { false } }
        let script = try #require(selfContainedScript(of: program, options: options))
        let again = try #require(run(script.text).plan, "seed \(seed)\n\(script.text)")
        #expect(again.steps.count { if case .edit = $0 { false } else { true } } == (isEnd ? 0 : 1))
        let step = again.steps.firstIndex { if case .save = $0 { true } else { false } } ?? again.steps.count
        #expect(again.digest(before: step) == plan.digest(before: end), "seed \(seed)\n\(script.text)")
      }
    }
  }

  @Test("the digest knows strokes, seeds, order and saves, and neither places nor labels of files")
  func meaning() throws {
    let text = "photo \"p.png\"\nedit \"a\" { seed 3; mask circle((60, 60), 9) }\nsave \"o.png\"\n"
    let digest = try #require(run(text).plan).digest()
    #expect(run("// A remark.\n\n" + text).plan?.digest() == digest)
    #expect(
      run(text.replacing("circle((60, 60), 9)", with: "circle((30, 30) * 2, 4 + 5)")).plan?.digest()
        == digest)
    for (old, new) in [
      ("seed 3", "seed 4"), ("60)", "61)"), ("o.png", "q.png"), ("mask", "sketch"), ("\"a\"", "\"b\""),
    ] {
      #expect(run(text.replacing(old, with: new)).plan?.digest() != digest, "\(new)")
    }
  }

  @Test(
    "a script in a picture has no save of an earlier picture, in loops neither where the end is asked for")
  func dropped() throws {
    let program = run(
      "photo \"p.png\"\nfor i in 0..<2 { edit \"e\\(i)\" { mask circle((60, 60), 9) }; save \"o\\(i).png\"; save layers \"l\" }\nif true { save \"x.png\" }\n"
    )
    var options = SelfContainedOptions()
    options.dropsSaves = true
    let script = try #require(selfContainedScript(of: program, options: options))
    #expect(!script.text.contains("save") && script.saveIndex == nil)
    let plan = try #require(run(script.text).plan, "\(script.text)")
    #expect(plan.edits.map(\.name) == ["e0", "e1"])
  }

  @Test("pictures are compared pixel by pixel, and what can't be compared says why")
  func comparison() {
    func picture(_ values: [UInt8], width: Int = 2) -> Picture {
      Picture(width: width, height: values.count / 3 / width, hasAlpha: false, samples: .eight(values))
    }
    let a = picture([1, 2, 3, 4, 5, 6])
    #expect(PictureComparison(a, a).isSame)
    let other = PictureComparison(a, picture([1, 2, 3, 4, 0, 250]))
    #expect(other.description == "1 of 2 pixels differ, by up to 244 of 255" && !other.isSame)
    #expect(PictureComparison(a, picture([1, 2, 3, 4, 5, 6], width: 1)).description == "2×1 pixels and 1×2")
    let deep = Picture(width: 2, height: 1, hasAlpha: false, samples: .sixteen([1, 2, 3, 4, 5, 6]))
    #expect(PictureComparison(a, deep).description == "8 bits a channel and 16")
  }
}
