import FeditFiles
import FeditImage
import FeditText
import Foundation

/// A chart as a JSON file describes it, for the benchmarks' pages.
///
///     {"unit": "workers", "right": 8, "columns": 1,
///      "panels": [{"title": "efficiency", "lines": [{"name": "ring", "points": [[0, 1], [1, 0.9]]}]}]}
package struct PlotFile: Decodable {
  struct Panel: Decodable {
    var title: String
    var lines: [Line]
  }
  struct Line: Decodable {
    var name: String
    var points: [[Double]]
  }
  var unit: String
  var right: Double
  var columns: Int
  var panels: [Panel]

  /// The largest file that is read, in bytes.
  private static let sizeLimit = 64 << 20
  /// The most panels of a chart, and the most of them in a row: one picture has to hold them.
  private static let mostPanels = 50
  /// The largest number that is drawn.
  private static let largest = 1e30

  /// Draws a file.
  ///
  /// - Parameters:
  ///   - path: The JSON file.
  ///   - output: The PNG file that is written.
  /// - Throws: `FileError` where the file can't be read, `UserError` where it is no chart, and what writing throws.
  package static func draw(_ path: String, output: String) throws {
    let file: Self
    do {
      file = try JSONDecoder().decode(Self.self, from: Data(readFile(path, limit: sizeLimit)))
    } catch let error as DecodingError {
      throw fault(path, error.reason)
    }
    if let problem = file.problem { throw fault(path, problem) }
    let panels = file.panels.map { panel in
      Plot.Panel(
        title: panel.title,
        lines: panel.lines.enumerated().map { index, line in
          Plot.Line(
            name: line.name, points: line.points.map { (x: $0[0], y: $0[1]) },
            color: Plot.palette[index % Plot.palette.count])
        })
    }
    let plot = Plot(panels: panels, right: file.right, unit: file.unit, columns: file.columns)
    guard let picture = plot.picture() else {
      throw UserError(.software, "there is no memory for the plot")
    }
    try PNGFile.write(picture, to: output)
  }

  private static func fault(_ path: String, _ reason: String) -> UserError {
    UserError(
      .data, "'\(path)' is not the description of a plot: \(reason)",
      hints: ["'Benchmarks/train/scaling.py --plot FILE' writes one; run it again where the file was cut off"]
    )
  }

  /// What of the values can't be drawn; nil where all can.
  private var problem: String? {
    guard right >= 1 / Self.largest, right <= Self.largest else {
      return "'right' has to be above 0, found \(right)"
    }
    guard 1...Self.mostPanels ~= panels.count else {
      return "'panels' has \(panels.count) of them, and a plot 1 to \(Self.mostPanels)"
    }
    guard 1...Self.mostPanels ~= columns else {
      return "'columns' has to be from 1 to \(Self.mostPanels), found \(columns)"
    }
    for (number, panel) in panels.enumerated() {
      for (index, line) in panel.lines.enumerated() {
        let wrong = line.points.firstIndex { point in
          point.count != 2 || point.contains { abs($0) > Self.largest }
        }
        guard let wrong else { continue }
        return "'panels.\(number).lines.\(index).points.\(wrong)' has to be two numbers up to \(Self.largest)"
      }
    }
    return nil
  }
}
