import FeditPlan
import FeditSession
import FeditTestSupport
import Foundation
import Testing

@Suite("Rankings of experts in scripts") struct ExpertTests {
  /// A folder with a network, a ranking in which healing is best at thin masks, a photo and a script.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.shell(
      "fedit model import '\(repository)/Tests/FeditWeightsTests/Fixtures/SC-FEGAN.ckpt' -o m.safetensors --size 128"
    )
    let card = try scratch.fedit("model", "info", "m.safetensors", "--json").output
    let sha256 = try #require(card.firstMatch(of: /"sha256"\s*:\s*"([0-9a-f]{64})"/)).1
    func row(_ size: MaskSize, _ expert: String) -> ExpertRanking.Row {
      .init(
        category: .init(guidance: EditGuidance.none, size: size),
        figures: .init(tasks: 8, means: ["m.safetensors": 0.2, "heal": 0.1], expert: expert, margin: 0.5))
    }
    let ranking = ExpertRanking(
      source: .init(
        set: "", pictures: 2, tasks: 8, size: 128, seed: 1, measure: .structure, vgg16: nil, agreement: 1),
      experts: [
        .init(name: "m.safetensors", kind: "file", sha256: String(sha256)),
        .init(name: "heal", kind: "heal", sha256: nil),
      ], defaultExpert: "m.safetensors", check: .init(single: [:], ranked: 0.1, gain: 0.2),
      rows: [row(.thin, "heal"), row(.small, "m.safetensors")])
    try scratch.write("experts.json", ranking.encoded())
    try scratch.photo()
    try scratch.write(
      "s.fedit",
      """
      photo "p.png"
      model "experts.json"
      edit "scratch" { mask line((20, 30), (60, 34)) brush 2 }
      edit "spot" { mask circle((90, 90), 9) }
      edit "own" { model "heal"; mask circle((40, 90), 8) }
      save "o.png"

      """)
    return scratch
  }

  @Test("the plan says which expert fills each edit and why, and each does")
  func plan() throws {
    let scratch = try folder()
    let plan = try scratch.fedit("plan", "s.fedit")
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("ranking  experts.json"))
    #expect(
      plan.output.contains("expert heal  (any part, no guidance, thin: 0.1, m.safetensors 0.2, 8 tasks)"))
    #expect(plan.output.contains("expert m.safetensors  (any part, no guidance, small"))
    #expect(plan.output.contains("expert heal  (as written)"))
    let run = try scratch.fedit("run", "s.fedit")
    #expect(run.status == 0 && run.output.contains("edit \"scratch\": "), "\(run.errors)")
    #expect(run.output.contains("healed") && run.output.contains("edit \"spot\": "))
    try scratch.write(
      "h.fedit", "photo \"p.png\"\nedit \"scratch\" { heal line((20, 30), (60, 34)) brush 2 }\n")
    _ = try scratch.fedit("run", "h.fedit", "-o", "h.png")
    let (routed, healed) = (try scratch.picture("o.png"), try scratch.picture("h.png"))
    // What the first edit changed is what 'heal' makes of it.
    guard case .eight(let a) = routed.samples, case .eight(let b) = healed.samples else { return }
    #expect(Array(a[..<(64 * 128 * 3)]) == Array(b[..<(64 * 128 * 3)]))
  }

  @Test("a lock records ranking and experts, and verification notices another")
  func lock() throws {
    let scratch = try folder()
    #expect(try scratch.fedit("lock", "s.fedit").status == 0)
    let lock = try String(contentsOfFile: scratch.path + "/s.fedit.lock", encoding: .utf8)
    #expect(lock.contains("\"kind\": \"ranking\"") && lock.contains("\"experts\""))
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    #expect(try scratch.fedit("verify", "o.png").status == 0)
    let text = try String(contentsOfFile: scratch.path + "/experts.json", encoding: .utf8)
    try scratch.write("experts.json", text.replacingOccurrences(of: "\"tasks\" : 8", with: "\"tasks\" : 9"))
    let changed = try scratch.fedit("verify", "s.fedit")
    #expect(changed.status != 0 && (changed.output + changed.errors).contains("'experts.json' has changed"))
    #expect(try scratch.fedit("verify", "o.png").status != 0)
  }

  @Test("a ranking of the command line holds as the script's does, also for locks")
  func option() throws {
    let scratch = try folder()
    try scratch.write(
      "t.fedit",
      "photo \"p.png\"\nedit \"scratch\" { mask line((20, 30), (60, 34)) brush 2 }\nsave \"t.png\"\n")
    let plan = try scratch.fedit("plan", "t.fedit", "--model", "experts.json")
    #expect(plan.status == 0 && plan.output.contains("expert heal"), "\(plan.errors)")
    #expect(try scratch.fedit("lock", "t.fedit", "--model", "experts.json").status == 0)
    #expect(try scratch.fedit("verify", "t.fedit").status == 0)
    #expect(try scratch.fedit("verify", "t.png").status == 0)
    #expect(try scratch.fedit("run", "t.fedit", "--model", "gone.json").status == 66)
  }

  @Test("changed weights are status 65, missing ones 66, and nothing is written")
  func weights() throws {
    let scratch = try folder()
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/m.safetensors")))
    bytes[bytes.count - 1] ^= 1
    try scratch.write("m.safetensors", bytes)
    let changed = try scratch.fedit("run", "s.fedit")
    #expect(
      changed.status == 65
        && changed.errors.contains("are not those that the ranking 'experts.json' measured"))
    try FileManager.default.removeItem(atPath: scratch.path + "/m.safetensors")
    let missing = try scratch.fedit("run", "s.fedit")
    #expect(missing.status == 66 && missing.errors.contains("names the weight file 'm.safetensors'"))
    try scratch.write("experts.json", "{}")
    let damaged = try scratch.fedit("run", "s.fedit")
    #expect(damaged.status == 65 && damaged.errors.contains("is no ranking of experts"))
    #expect(!scratch.files.contains("o.png"))
  }
}
