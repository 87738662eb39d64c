import FeditPlan
import FeditText
import Foundation

/// A ranking of experts as a table for people: a row a category, a column an expert.
package struct RankingTable {
  /// The columns of a terminal that the table is made for.
  package static let width = 100

  private let ranking: ExpertRanking
  private let names: [String]

  package init(_ ranking: ExpertRanking) {
    self.ranking = ranking
    names = ranking.experts.map(\.name)
  }

  /// The table's lines, safe for a terminal. Where names make it wider than ``width``, its columns have letters,
  /// and a list in front says whose they are.
  package var lines: [String] {
    let named = table(labels: names.map { terminalSafe($0) })
    guard named.contains(where: { DisplayWidth.columns($0) > Self.width }) else { return named }
    let letters = names.indices.map { k in
      String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(k % 26))) + (k < 26 ? "" : String(k / 26))
    }
    return zip(letters, names).map { "\($0)  \(terminalSafe($1))" } + [""] + table(labels: letters)
  }

  private func table(labels: [String]) -> [String] {
    let titles = ranking.rows.map(\.category.words)
    let first = (titles.map(\.count).max() ?? 0)
    let widths = labels.map { max(DisplayWidth.columns($0), 5) + 2 }
    func line(_ title: String, _ cells: [String], _ rest: [String]) -> String {
      var line = title.padding(toLength: first, withPad: " ", startingAt: 0)
      for (cell, width) in zip(cells, widths) {
        line += String(repeating: " ", count: width - DisplayWidth.columns(cell)) + cell
      }
      return line + "  " + rest.joined(separator: "  ")
    }
    let rows = zip(titles, ranking.rows).map { title, row in
      let figures = row.figures
      let cells = names.map { figures.means[$0].map { String(format: "%.3f", $0) } ?? "–" }
      let best = names.firstIndex(of: figures.expert).map { labels[$0] } ?? terminalSafe(figures.expert)
      return line(
        title, cells,
        [String(format: "%5ld", figures.tasks), String(format: "%5.1f%%", figures.margin * 100), best])
    }
    return [line("", labels, ["tasks", "margin", "best"])] + rows
  }
}
