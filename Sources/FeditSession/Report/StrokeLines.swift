import FeditPlan
import FeditProgram
import FeditText

/// An edit's strokes, a line each, for people: layer, name, box, colour, brush, place in the script.
struct StrokeLines {
  private let strokes: [PlanStroke]

  init(_ strokes: [PlanStroke]) { self.strokes = strokes }

  /// The lines, in columns. A box is that of the outline in photo pixels, with the brush where one is written.
  var lines: [String] {
    let rows = strokes.map {
      [layer($0), name($0), Self.box($0) + target($0), $0.color.map(colorText) ?? "", brush($0), $0.place]
    }
    let count = rows.first?.count ?? 0
    let widths = (0..<count).map { column in rows.map { DisplayWidth.columns($0[column]) }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() where widths[column] > 0 {
        line += "  " + cell
        // The last one needs no room behind it.
        guard column < row.count - 1 else { continue }
        line += String(repeating: " ", count: widths[column] - DisplayWidth.columns(cell))
      }
      return line
    }
  }

  private func layer(_ stroke: PlanStroke) -> String {
    (stroke.isErase ? "erase " : "") + stroke.layer.rawValue
  }

  /// The label; without one the picture, or the procedure that draws it.
  private func name(_ stroke: PlanStroke) -> String {
    if let label = stroke.label { return terminalSafe(quoted(label)) }
    if case .image(let file, _) = stroke.content { return "image(\(terminalSafe(quoted(file.name))))" }
    return stroke.origin.calls.last?.name.map { terminalSafe($0) } ?? ""
  }

  /// Where a stroke lies: `(10, 20) to (30, 44)`.
  static func box(_ stroke: PlanStroke) -> String {
    text(Bounds(of: stroke))
  }

  /// The same of a shape's outline.
  private static func box(_ shape: PlanShape) -> String { text(Bounds(of: shape)) }

  private static func text(_ box: Bounds?) -> String {
    guard let box else { return "nothing" }
    func pair(_ p: Point, _ rule: FloatingPointRoundingRule) -> String {
      // Without a zero below zero.
      "(\(numberText(p.x.rounded(rule) + 0)), \(numberText(p.y.rounded(rule) + 0)))"
    }
    return "\(pair(box.low, .down)) to \(pair(box.high, .up))"
  }

  /// Where a warp takes it: ` -> (10, 18) to (30, 42), reach 8`.
  private func target(_ stroke: PlanStroke) -> String {
    stroke.warp.map { " -> \(Self.box($0.target)), reach \(numberText($0.reach, decimals: 1))" } ?? ""
  }

  private func brush(_ stroke: PlanStroke) -> String {
    stroke.brushWidth.map { "brush \(numberText($0, decimals: 1))" } ?? ""
  }

}

extension PlanStroke {
  /// Where it stands in the script, for people: `FILE:LINE:COLUMN`.
  var place: String { "\(terminalSafe(file)):\(line):\(column)" }

  /// The written brush's width in photo pixels; of a stretched frame's the geometric mean.
  var brushWidth: Double? {
    brush.map { $0.width * $0.pen.scaleFactor }
  }
}

extension Bounds {
  /// Of what a stroke draws, with its brush where one is written; nil where that is nothing.
  init?(of stroke: PlanStroke) {
    switch stroke.content {
    case .shape(let shape):
      guard var bounds = Bounds(of: shape) else { return nil }
      if let brush = stroke.brush, !shape.isClosed { bounds = bounds.grown(by: brush.width / 2, brush.pen) }
      self = bounds
    case .image(_, let toPhoto):
      self.init(from: toPhoto(Point(0, 0)), to: toPhoto(Point(1, 1)))
      add(toPhoto(Point(1, 0)))
      add(toPhoto(Point(0, 1)))
    }
  }
}
