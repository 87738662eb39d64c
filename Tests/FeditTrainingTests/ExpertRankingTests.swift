import FeditGenerator
import FeditPlan
import FeditTestSupport
import FeditTraining
import FeditWeights
import Testing

@Suite("Ranking experts") struct ExpertRankingTests {
  private let thin = EditCategory(part: .skin, guidance: EditGuidance.none, size: .thin)
  private let large = EditCategory(part: .hair, guidance: .sketch, size: .large)

  private func table(_ thin: [[Double]], large: [[Double]] = [[0.1, 0.3]]) -> ExpertTable {
    ExpertTable(
      names: ["net", "heal"],
      outcomes: (thin.map { (self.thin, $0) } + large.map { (self.large, $0) }).enumerated().map {
        .init(category: $1.0, half: $0 % 2, figures: $1.1)
      })
  }

  private func expert(_ table: ExpertTable, _ category: EditCategory) -> String? {
    table.rows.first { $0.category == category }?.figures.expert
  }

  @Test("the better one of a category is taken, where the difference is more than chance")
  func significance() {
    #expect(expert(table([[0.3, 0.1], [0.32, 0.1], [0.28, 0.11], [0.3, 0.12]]), thin) == "heal")
    // As good on average, and by one task only.
    #expect(expert(table([[0.9, 0.1], [0.1, 0.2], [0.1, 0.2], [0.1, 0.2]]), thin) == "net")
    // Two tasks are too few.
    #expect(expert(table([[0.3, 0.1], [0.3, 0.1]]), thin) == "net")
  }

  @Test("healing is no one's expert for what is guided, however near it comes")
  func guided() {
    let table = table([[0.3, 0.1]], large: [[0.5, 0.1], [0.5, 0.1], [0.5, 0.1], [0.5, 0.1]])
    #expect(expert(table, large) == "net" && table.best == 0)
  }

  @Test("the check ranks by one half of the pictures and measures on the other")
  func check() {
    let check = table(
      Array(repeating: [0.3, 0.1], count: 8), large: Array(repeating: [0.2, 0.4], count: 8)
    ).check
    // Each category counts the same: (0.1 + 0.2) / 2 beside (0.3 + 0.2) / 2.
    #expect(abs(check.ranked - 0.15) < 1e-9 && abs(check.gain - 0.4) < 1e-4)
    #expect(check.single["net"] == 0.25 && check.single["heal"] == 0.25)
  }

  @Test("a set without annotated faces is refused before any work")
  func noAnnotations() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 3)
    #expect {
      _ = try ExpertTrial(set: set, tasks: 1, size: 128, seed: 1, vgg: nil, threads: 1)
    } throws: {
      ($0 as? TrainingDataError)?.problem.contains("no annotated faces") == true
    }
  }

  @Test("tasks lie in all parts, and the same seed ranks the same with one thread and with two")
  func deterministic() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch, count: 4)
    func ranking(threads: Int, seed: UInt64 = 3) throws -> ExpertRanking {
      let trial = try ExpertTrial(set: set, tasks: 1, size: 128, seed: seed, vgg: nil, threads: threads)
      let generator = try Generator(
        model: GeneratorModel(weights: RandomWeights(width: 2, size: 128)), threads: threads)
      let outcome = try trial.run(experts: [
        .init(.init(name: "net", kind: "file", sha256: nil), generator: generator),
        .init(.init(name: "heal", kind: "heal", sha256: nil), generator: nil),
      ])
      return try #require(outcome).ranking
    }
    let one = try ranking(threads: 1)
    #expect(try one == ranking(threads: 2) && one != ranking(threads: 1, seed: 4))
    let parts = Set(one.rows.compactMap { $0.category.size != nil ? $0.category.part : nil })
    #expect(parts.isSuperset(of: [.eyes, .nose, .mouth, .skin, .hair, .background]), "\(parts)")
    #expect(one.defaultExpert == "net" && one.source.measure == .structure && one.source.agreement > 0.5)
    // A network of random weights is worse than copying on thin masks.
    #expect(one.check.single["heal", default: 1] < one.check.single["net", default: 0])
  }

  /// The widest rows that there can be.
  private func ranking(_ names: [String]) -> ExpertRanking {
    let means = Dictionary(uniqueKeysWithValues: names.map { ($0, 0.1234) })
    let rows = FacePart.allCases.flatMap { part in
      EditGuidance.allCases.map { guidance in
        ExpertRanking.Row(
          category: .init(part: part, guidance: guidance, size: .large),
          figures: .init(tasks: 1000, means: means, expert: names[0], margin: -0.123))
      }
    }
    return ExpertRanking(
      source: .init(
        set: "", pictures: 2, tasks: 8, size: 128, seed: 1, measure: .structure, vgg16: nil, agreement: 1),
      experts: names.map { .init(name: $0, kind: "stored", sha256: nil) }, defaultExpert: names[0],
      check: .init(single: [:], ranked: 0.1, gain: 0.2), rows: rows)
  }

  @Test("the table is 100 columns wide at most for the models inside fedit, healing and an added one")
  func width() throws {
    let added = String(repeating: "long-name-", count: 6)
    let names = BuiltInModel.names + [PlanExpert.heal, added]
    #expect(names.count >= 4)
    let lines = RankingTable(ranking(names)).lines
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(lines.map(\.count).max() ?? 0)")
    // Each column's letter is explained, and the best expert goes by it too.
    for (letter, name) in zip("ABCDEFG", names) { #expect(lines.contains("\(letter)  \(name)")) }
    #expect(try #require(lines.last).hasSuffix(" A"))
  }

  @Test("where there is room the table's columns have the experts' names")
  func names() throws {
    let lines = RankingTable(ranking(["mine", "heal"])).lines
    #expect(try #require(lines.first).hasSuffix("mine   heal  tasks  margin  best"), "\(lines.first ?? "")")
    #expect(try #require(lines.last).hasSuffix("0.123  0.123   1000  -12.3%  mine"), "\(lines.last ?? "")")
  }
}
