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

  /// Draws a file.
  ///
  /// - Parameters:
  ///   - path: The JSON file.
  ///   - output: The PNG file that is written.
  /// - Throws: `DecodingError` or what reading and writing throw.
  package static func draw(_ path: String, output: String) throws {
    let file = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    let panels = file.panels.map { panel in
      Plot.Panel(
        title: panel.title,
        lines: panel.lines.enumerated().map { index, line in
          Plot.Line(
            name: line.name, points: line.points.filter { $0.count == 2 }.map { (x: $0[0], y: $0[1]) },
            color: Plot.palette[index % Plot.palette.count])
        })
    }
    let plot = Plot(panels: panels, right: file.right, unit: file.unit, columns: max(1, file.columns))
    guard let picture = plot.picture() else {
      throw UserError(.software, "there is no memory for the plot")
    }
    try PNGFile.write(picture, to: output)
  }
}
