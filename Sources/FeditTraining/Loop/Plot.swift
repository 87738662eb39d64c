import CCairo
import FeditImage
import Foundation

/// Line charts in panels with one horizontal axis, drawn with Cairo.
package struct Plot {
  /// Values over the horizontal axis.
  package struct Line {
    package var name: String
    package var points: [(x: Double, y: Double)]
    /// Red, green and blue, 0…1.
    package var color: (Double, Double, Double)
  }

  /// Lines in one unit.
  package struct Panel {
    package var title: String
    package var lines: [Line]
  }

  private let panels: [Panel]
  /// The horizontal axis' end; it begins at 0.
  private let right: Double
  private let unit: String
  /// Dashed vertical lines.
  private let marks: [(x: Double, name: String)]
  private let columns: Int

  /// A plot of panels, three in a row.
  package init(
    panels: [Panel], right: Double, unit: String, marks: [(x: Double, name: String)] = [], columns: Int = 3
  ) {
    self.panels = panels
    self.right = right
    self.unit = unit
    self.marks = marks
    self.columns = columns
  }

  package static let palette: [(Double, Double, Double)] = [
    (0.12, 0.47, 0.71), (1.0, 0.5, 0.05), (0.17, 0.63, 0.17), (0.84, 0.15, 0.16), (0.58, 0.4, 0.74),
    (0.55, 0.34, 0.29), (0.89, 0.47, 0.76), (0.5, 0.5, 0.5), (0.74, 0.74, 0.13), (0.09, 0.75, 0.81),
  ]

  /// The plot, with the legend beside each panel; nil where Cairo has no memory.
  package func picture() -> Picture? {
    let cell = (width: 560, height: 330)
    let lineCount = max(1, (panels.count + columns - 1) / columns)
    let (width, height) = (columns * cell.width, lineCount * cell.height)
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)) else {
      return nil
    }
    defer { cairo_surface_destroy(surface) }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
      return nil
    }
    defer { cairo_destroy(context) }
    cairo_set_source_rgb(context, 1, 1, 1)
    cairo_paint(context)
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, 12)
    for (index, panel) in panels.enumerated() {
      let chart = Chart(
        context: context, x: Double(index % columns * cell.width) + 60,
        y: Double(index / columns * cell.height) + 40, width: Double(cell.width) - 220,
        height: Double(cell.height) - 90, right: right, unit: unit)
      chart.draw(panel, marks: marks)
    }
    cairo_surface_flush(surface)
    guard let data = cairo_image_surface_get_data(surface) else { return nil }
    let stride = Int(cairo_image_surface_get_stride(surface))
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let p = data + y * stride + 4 * x
        pixels += [p[2], p[1], p[0]]
      }
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }

  /// One panel's place.
  private struct Chart {
    let context: OpaquePointer
    let x, y, width, height: Double
    /// The horizontal axis' end.
    let right: Double
    let unit: String

    private func color(_ c: (Double, Double, Double)) { cairo_set_source_rgb(context, c.0, c.1, c.2) }

    private func text(_ string: String, _ x: Double, _ y: Double) {
      cairo_move_to(context, x, y)
      cairo_show_text(context, string)
    }

    private func line(_ from: (Double, Double), _ to: (Double, Double)) {
      cairo_move_to(context, from.0, from.1)
      cairo_line_to(context, to.0, to.1)
      cairo_stroke(context)
    }

    func draw(_ panel: Panel, marks: [(x: Double, name: String)]) {
      let black = (0.1, 0.1, 0.1)
      color(black)
      text(panel.title, x, y - 14)
      let values = panel.lines.flatMap(\.points).map(\.y)
      var (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let margin = max((high - low) * 0.05, abs(high) * 1e-3, 1e-9)
      (low, high) = (low - margin, high + margin)
      func place(_ at: Double, _ value: Double) -> (Double, Double) {
        (x + at / right * width, y + height - (value - low) / (high - low) * height)
      }
      cairo_set_line_width(context, 1)
      let step = Plot.labelStep(high - low, 6)
      var value = (low / step).rounded(.up) * step
      while value <= high {
        let at = place(0, value).1
        color((0.88, 0.88, 0.88))
        line((x, at), (x + width, at))
        color(black)
        text(Plot.label(value), x - 50, at + 4)
        value += step
      }
      value = 0
      while value <= right {
        color(black)
        text(Plot.label(value), place(value, low).0 - 8, y + height + 18)
        value += Plot.labelStep(right, 5)
      }
      for mark in marks {
        let at = place(mark.x, low).0
        color((0.55, 0.55, 0.55))
        cairo_set_dash(context, [4, 4], 2, 0)
        line((at, y), (at, y + height))
        cairo_set_dash(context, nil, 0, 0)
        text(mark.name, at + 4, y + height - 6)
      }
      color(black)
      cairo_rectangle(context, x, y, width, height)
      cairo_stroke(context)
      text(unit, x + width / 2 - 3 * Double(unit.count), y + height + 36)
      for (index, line) in panel.lines.enumerated() {
        color(line.color)
        cairo_set_line_width(context, 1.5)
        for (i, point) in line.points.enumerated() {
          let (px, py) = place(point.x, point.y)
          if i == 0 { cairo_move_to(context, px, py) } else { cairo_line_to(context, px, py) }
        }
        cairo_stroke(context)
        text(line.name, x + width + 10, y + 12 + 17 * Double(index))
      }
    }
  }

  /// A step between labels that gives about `count` of them: 1, 2 or 5 times a power of ten.
  private static func labelStep(_ span: Double, _ count: Int) -> Double {
    let rough = max(span, 1e-12) / Double(count)
    let power = pow(10, floor(log10(rough)))
    return ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
  }

  private static func label(_ value: Double) -> String {
    // A sum of steps that should be 0 is a little off.
    if abs(value) < 1e-12 { return "0" }
    return abs(value) >= 1000 ? String(format: "%gk", value / 1000) : String(format: "%.4g", value)
  }
}
