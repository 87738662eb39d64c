import FeditGenerator
import FeditTestSupport
import FeditWeights
import Foundation
import Testing

private let prefix = repository + "/Tests/FeditWeightsTests/Fixtures/SC-FEGAN.ckpt"
private let dataEnding = ".data-00000-of-00001"

private func contents(_ ending: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: prefix + ending)))
}

@Suite struct ImportTests {
  /// A folder with the checkpoint, its files replaced where given.
  private func checkpoint(index: [UInt8]? = nil, data: [UInt8]? = nil) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("c.index", index ?? contents(".index"))
    try scratch.write("c" + dataEnding, data ?? contents(dataEnding))
    return scratch
  }

  @Test("A checkpoint becomes a model that runs")
  func imports() throws {
    let scratch = try checkpoint()
    try scratch.photo()
    let outcome = try scratch.fedit("model", "import", "c", "-o", "m.safetensors", "--size", "128")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("93 tensors, 0.4 million parameters, width 4"))
    try scratch.write("s.fedit", head + "model \"m.safetensors\"\nedit \"a\" { mask circle((60, 60), 9) }\n")
    #expect(try scratch.fedit("run", "s.fedit", "-o", "o.png").status == 0)
  }

  @Test("Data cut short, flipped or missing: status 65 or 66, file and tensor named, nothing written")
  func damaged() throws {
    let data = try contents(dataEnding)
    var flipped = data
    flipped[100_000] ^= 4
    for (damage, status) in [(Array(data[..<200_000]), 65), (flipped, 65), ([], 66)] as [([UInt8], Int32)] {
      let scratch = try checkpoint(data: damage)
      if damage.isEmpty { try FileManager.default.removeItem(atPath: scratch.path + "/c" + dataEnding) }
      let before = scratch.files
      let outcome = try scratch.fedit("model", "import", "c", "-o", "m.safetensors")
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains("c" + dataEnding) && outcome.errors.contains("'generator/"))
      #expect(scratch.files == before)
    }
  }

  @Test("A mutated index is read or refused, within 256 MiB, and leaves no output behind")
  func mutatedIndexes() throws {
    let index = try contents(".index")
    var numbers = Numbers(1)
    let scratch = try checkpoint()
    let before = scratch.files
    for round in 0..<(runsLongTests ? 2_000 : 20) {
      try scratch.write("c.index", mutatedIndex(index, sealed: round % 4 != 0, &numbers))
      let outcome = try scratch.fedit("model", "import", "c", "-o", "m.safetensors")
      #expect([0, 65, 66].contains(outcome.status), "mutation \(round): \(outcome.errors)")
      #expect(outcome.memory < 256 << 20, "mutation \(round)")
      if outcome.status == 0 {
        try FileManager.default.removeItem(atPath: scratch.path + "/m.safetensors")
      } else {
        #expect(outcome.errors.contains("error") && outcome.errors.utf8.count < 20_000)
      }
      #expect(scratch.files == before, "mutation \(round)")
    }
  }

  @Test("A weight file's own bytes do not stay in memory beside the prepared weights")
  func fileMemory() throws {
    let scratch = try Scratch()
    let random = RandomWeights(width: 32, size: 128)
    try SafetensorsWriter.write(
      random.names.map { name in
        SafetensorsWriter.Tensor(
          name: name, shape: random.shape(of: name) ?? [], try random.floats(named: name))
      }, metadata: random.metadata, to: scratch.path + "/m.safetensors")
    let outcome = try scratch.fedit(
      "model", "bench", "m.safetensors", "--runs", "1", "--threads", "2", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let plan = Generator.memoryPlan(model: try GeneratorModel(weights: random), size: 128, threads: 2)
    #expect(
      outcome.memory > plan.weights && outcome.memory < plan.total + 64 << 20, "\(outcome.memory) \(plan)")
  }

  @Test("The bench times the default model where none is named")
  func benchDefault() throws {
    let scratch = try Scratch()
    let outcome = try scratch.fedit("model", "bench", "--threads", "1", "--runs", "1", "--json")
    #expect(outcome.status == 0 && outcome.output.contains("\"median_seconds\":"))
    #expect(try scratch.fedit("model", "bench", "portrait-256", "--random-width", "8").status == 64)
  }

  @Test("A whole frame's peak memory is what the plan foretells, and the program's own")
  func memory() throws {
    let scratch = try Scratch()
    let arguments = [
      "model", "bench", "--random-width", "8", "--size", "1024", "--runs", "1", "--threads", "2",
    ]
    let outcome = try scratch.fedit(arguments + ["--json"])
    #expect(outcome.status == 0)
    let peak = try #require(outcome.output.firstMatch(of: /"peak_rss_bytes":(\d+)/).flatMap { Int($0.1) })
    let model = try GeneratorModel(weights: RandomWeights(width: 8))
    let plan = Generator.memoryPlan(model: model, size: 1024, threads: 2)
    // The program itself, and random weights before they are prepared.
    #expect(peak > plan.total * 9 / 10 && peak < plan.total + 64 << 20, "\(peak) \(plan)")
    #expect(abs(peak - outcome.memory) < 32 << 20)
  }
}
