import FeditPlan

/// What experts came to on tasks, and which is best where.
package struct ExpertTable {
  /// A task with a figure for each expert; lower is better.
  package struct Outcome: Sendable {
    var category: EditCategory
    /// Which half of the pictures it is of.
    var half: Int
    var figures: [Double]

    package init(category: EditCategory, half: Int, figures: [Double]) {
      self.category = category
      self.half = half
      self.figures = figures
    }
  }

  package let names: [String]
  package let outcomes: [Outcome]
  /// Networks: those that follow sketch and colour.
  private let networks: [Int]

  package init(names: [String], outcomes: [Outcome]) {
    self.names = names
    self.outcomes = outcomes
    networks = names.indices.filter { names[$0] != PlanExpert.heal }
  }

  /// The same table of a part of the tasks.
  func only(half: Int) -> ExpertTable {
    ExpertTable(names: names, outcomes: outcomes.filter { $0.half == half })
  }

  /// Each expert's mean over the categories, each of which counts the same.
  var means: [Double] { Self.means(of: outcomes.map { ($0.category, $0.figures) }, count: names.count) }

  private static func means(of figures: [(EditCategory, [Double])], count: Int) -> [Double] {
    var sums: [EditCategory: (sum: [Double], count: Double)] = [:]
    for (category, values) in figures {
      let old = sums[category] ?? ([Double](repeating: 0, count: count), 0)
      sums[category] = (zip(old.sum, values).map(+), old.count + 1)
    }
    var total = [Double](repeating: 0, count: count)
    // In an order of its own, so that sums have the same bits.
    for category in EditCategory.all {
      guard let entry = sums[category] else { continue }
      for k in 0..<count { total[k] += entry.sum[k] / entry.count }
    }
    return total.map { $0 / Double(max(sums.count, 1)) }
  }

  /// The network with the best mean.
  package var best: Int {
    let means = means
    return networks.min { (means[$0], $0) < (means[$1], $1) } ?? 0
  }

  /// The row of a category; nil where nothing was measured of it.
  ///
  /// Another than the default is taken only where it is better by more than the standard error of the difference,
  /// on three tasks or more: chance would otherwise choose.
  func row(_ category: EditCategory, default best: Int) -> ExpertRanking.Row? {
    let own = outcomes.filter { category.holds($0.category) }
    guard !own.isEmpty else { return nil }
    let count = Double(own.count)
    let means = names.indices.map { k in own.reduce(0) { $0 + $1.figures[k] } / count }
    let able = category.guidance == EditGuidance.none ? Array(names.indices) : networks
    var taken = able.min { (means[$0], $0) < (means[$1], $1) } ?? best
    if taken != best {
      let differences = own.map { $0.figures[best] - $0.figures[taken] }
      let mean = differences.reduce(0, +) / count
      let square = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let error = own.count > 1 ? (square / (count - 1) / count).squareRoot() : .infinity
      if own.count < 3 || mean <= error { taken = best }
    }
    let next = able.filter { $0 != taken }.map { means[$0] }.min() ?? means[taken]
    let figures = ExpertRanking.Figures(
      tasks: own.count,
      means: Dictionary(uniqueKeysWithValues: names.indices.map { (names[$0], rounded(means[$0])) }),
      expert: names[taken], margin: next > 0 ? rounded((next - means[taken]) / next) : 0)
    return ExpertRanking.Row(category: category, figures: figures)
  }

  /// All rows that anything was measured of.
  package var rows: [ExpertRanking.Row] {
    let best = best
    return (EditCategory.all + EditCategory.wider).compactMap { row($0, default: best) }
  }

  /// How an expert for each category does on tasks that it was not chosen by: chosen by each half of the pictures,
  /// measured on the other.
  package var check: ExpertRanking.Check {
    var figures: [(EditCategory, [Double])] = []
    for half in 0...1 {
      let other = only(half: 1 - half)
      let best = other.best
      let rows = other.rows
      let ranking = Dictionary(rows.map { ($0.category, $0.figures.expert) }) { first, _ in first }
      for outcome in outcomes where outcome.half == half {
        let wider = EditCategory(guidance: outcome.category.guidance, size: outcome.category.size)
        let name = ranking[outcome.category] ?? ranking[wider] ?? names[best]
        let taken = names.firstIndex(of: name) ?? best
        figures.append((outcome.category, outcome.figures + [outcome.figures[taken]]))
      }
    }
    let means = Self.means(of: figures, count: names.count + 1)
    let single = means.dropLast().min() ?? 0
    return ExpertRanking.Check(
      single: Dictionary(uniqueKeysWithValues: zip(names, means.map(rounded))),
      ranked: rounded(means[names.count]),
      gain: single > 0 ? rounded((single - means[names.count]) / single) : 0)
  }

  private func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }
}

extension EditCategory {
  /// Those that tasks are made of.
  static let all = FacePart.allCases.flatMap { part in
    EditGuidance.allCases.flatMap { guidance in
      MaskSize.allCases.map { EditCategory(part: part, guidance: guidance, size: $0) }
    }
  }

  /// Those of any part, then those by one of the three alone.
  static let wider =
    EditGuidance.allCases.flatMap { guidance in
      MaskSize.allCases.map { EditCategory(guidance: guidance, size: $0) }
    } + FacePart.allCases.map { EditCategory(part: $0) }
    + EditGuidance.allCases.map { EditCategory(guidance: $0) }
    + MaskSize.allCases.map { EditCategory(size: $0) }

  /// Whether it is another category, or one that that belongs to.
  fileprivate func holds(_ other: EditCategory) -> Bool {
    (part == nil || part == other.part) && (guidance == nil || guidance == other.guidance)
      && (size == nil || size == other.size)
  }
}
