import FeditGenerator
import FeditImage
import FeditPlan
import FeditRaster

/// One script with several seeds, side by side: choosing among fills.
public struct SeedVariants: Sendable {
  /// How many seeds one sheet takes.
  public static let limit = 400

  /// The seeds, each once, in the order they were given.
  public let seeds: [UInt64]

  /// Reads seeds as the command line gives them; nil where they are not understood, none or more than `limit`.
  ///
  /// - Parameter text: Numbers and ranges with commas between them, `1..12,40`; both ends of a range count.
  public init?(_ text: String) {
    var found: [UInt64] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let word = part.replacing("...", with: "..")
      let ends = word.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map {
        UInt64($0)
      }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        last - first < UInt64(Self.limit)
      else { return nil }
      for seed in first...last where !found.contains(seed) { found.append(seed) }
      guard found.count <= Self.limit else { return nil }
    }
    guard !found.isEmpty else { return nil }
    seeds = found
  }

  /// Runs a plan with each seed, as the seed of all its edits, and draws the results on one page.
  ///
  /// What does not depend on the seed is kept from one run to the next, where the session keeps results.
  ///
  /// - Parameters:
  ///   - plan: From `check`.
  ///   - session: Runs it.
  ///   - title: Above the page.
  ///   - control: Stops a run.
  ///   - observer: Told of each seed when it is done, and how long it took in seconds.
  /// - Returns: 8-bit RGB.
  /// - Throws: `UserError`.
  public func sheet(
    of plan: Plan, session: EditSession, title: String, control: RunControl,
    observer: (_ seed: UInt64, _ seconds: Double) -> Void = { _, _ in }
  ) throws -> Picture {
    // Large pages get small cells.
    let cell = seeds.count <= 20 ? 384 : seeds.count <= 60 ? 256 : 160
    let corners = try plan.edits.flatMap { try session.maskedCorners(of: $0, in: plan) ?? [] }
    let extent = corners.isEmpty ? 0 : max(spread(corners.map(\.x)), spread(corners.map(\.y)))
    // What was filled, with as much around it as it takes to judge it by.
    let part = Overlay.View.around(corners, of: plan.photo, margin: Int(extent * 0.25) + 8, wholeFrom: 0.9)
    let view = part.fitted(width: cell, height: cell)
    let own = Set(plan.edits.map(\.seed))
    var cells: [Sheet.Cell] = []
    for seed in seeds {
      var watch = Stopwatch()
      let result = try session.run(plan.seeded(seed), control: control, collectsSaves: false)
      let isOwn = own == [seed]
      cells.append(
        Sheet.Cell(view.picture(of: result.picture), caption: "seed \(seed)" + (isOwn ? " (as it is)" : "")))
      observer(seed, watch.lap())
    }
    let columns = columns(view)
    return Sheet(
      title: title, rows: Sheet.rows(of: cells, columns: columns), cellWidth: cell, cellHeight: view.height,
      textScale: cell >= 256 ? 3 : 2
    ).render()
  }

  private func spread(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }

  /// So many that the page is about a third wider than high, with few empty places in the last row.
  private func columns(_ view: Overlay.View) -> Int {
    let count = seeds.count
    let ideal = (Double(count) * 4 / 3 * Double(view.height) / Double(view.width)).squareRoot()
    let candidates = max(1, Int(ideal * 0.8))...max(1, Int((ideal * 1.4).rounded(.up)))
    func cost(_ columns: Int) -> Double {
      let rows = (count + columns - 1) / columns
      return abs(Double(columns) - ideal) / ideal + Double(rows * columns - count) / Double(count)
    }
    return min(count, candidates.min { cost($0) < cost($1) } ?? 1)
  }
}

extension Plan {
  /// The plan with another seed for all its edits.
  public func seeded(_ seed: UInt64) -> Plan {
    var plan = self
    plan.steps = steps.map { step in
      guard case .edit(var edit) = step else { return step }
      edit.seed = seed
      return .edit(edit)
    }
    return plan
  }
}
