import CCairo
import FeditImage
import Foundation

/// Draws a run's losses and validation over its steps, with Cairo: a panel for each group of values in the same unit.
enum Curves {
  private struct Line {
    var name: String
    var points: [(x: Double, y: Double)]
    var color: (Double, Double, Double)
  }

  private struct Panel {
    var title: String
    var lines: [Line]
  }

  private static let palette: [(Double, Double, Double)] = [
    (0.12, 0.47, 0.71), (1.0, 0.5, 0.05), (0.17, 0.63, 0.17), (0.84, 0.15, 0.16), (0.58, 0.4, 0.74),
    (0.55, 0.34, 0.29), (0.89, 0.47, 0.76), (0.5, 0.5, 0.5), (0.74, 0.74, 0.13), (0.09, 0.75, 0.81),
  ]

  /// Losses by group; what is in none of them has a panel of its own.
  private static let groups = [
    (
      "pixels: mean |difference|, span 2",
      ["inside", "outside", "pyramid", "edges", "variation", "checkerboard"]
    ),
    ("features of VGG-16", ["perceptual", "unit_features", "style"]),
    ("verdicts on fills, negated", ["adversarial", "feature_adversarial"]),
    ("discriminators' own loss (2: can't tell)", ["discriminator", "feature_discriminator"]),
    ("discriminator's features: mean |difference|", ["feature_matching"]),
    ("penalties of the discriminator", ["ground_truth", "gradient_penalty", "real_penalty"]),
    ("seeds", ["seeds"]),
    ("total, with weights", ["total"]),
    ("length of the gradient", ["gradient_norm"]),
  ]

  private static func panels(_ rows: [Metrics.Row]) -> [Panel] {
    func lines(_ names: [String], _ value: (String, Metrics.Row) -> Double?) -> [Line] {
      var lines: [Line] = []
      for name in names {
        let points = rows.compactMap { row in value(name, row).map { (x: Double(row.step), y: $0) } }
          .filter(\.y.isFinite)
        guard points.contains(where: { $0.y != 0 }) else { continue }
        lines.append(
          Line(
            name: name.replacingOccurrences(of: "_", with: " "), points: points,
            color: palette[lines.count % palette.count]))
      }
      return lines
    }
    let losses = groups.map { title, names in
      Panel(
        title: title,
        lines: lines(names) { name, row in
          Trainer.Losses.names.firstIndex(of: name).map { row.losses[$0] }
        })
    }
    let measures = [
      Panel(title: "validation: PSNR inside the mask, dB", lines: lines(["PSNR"]) { $1.psnr }),
      Panel(
        title: "validation: distance of features", lines: lines(["features"]) { $1.validation?.features }),
      Panel(
        title: "validation: sharpness (1: as the photo)",
        lines: lines(["sharpness"]) { $1.validation?.sharpness }),
    ]
    return (measures + losses).filter { !$0.lines.isEmpty }
  }

  /// The first step of each stage.
  private static func stages(_ rows: [Metrics.Row]) -> [(step: Double, name: String)] {
    var stages: [(step: Double, name: String)] = []
    var end = 0
    for row in rows {
      if !row.stage.isEmpty, stages.last?.name != row.stage { stages.append((Double(end), row.stage)) }
      end = row.step
    }
    return stages
  }

  /// Panels in three columns, with the legend beside each plot; stages begin at dashed lines.
  static func picture(_ rows: [Metrics.Row]) -> Picture? {
    let panels = panels(rows)
    let columns = 3
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
    let right = max(Double(rows.last?.step ?? 1), 1)
    let stages = stages(rows)
    for (index, panel) in panels.enumerated() {
      let chart = Chart(
        context: context, x: Double(index % columns * cell.width) + 60,
        y: Double(index / columns * cell.height) + 40, width: Double(cell.width) - 220,
        height: Double(cell.height) - 90, right: right)
      chart.draw(panel, stages: stages)
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
    /// The last step.
    let right: Double

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

    func draw(_ panel: Panel, stages: [(step: Double, name: String)]) {
      let black = (0.1, 0.1, 0.1)
      color(black)
      text(panel.title, x, y - 14)
      let values = panel.lines.flatMap(\.points).map(\.y)
      var (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let margin = max((high - low) * 0.05, abs(high) * 1e-3, 1e-9)
      (low, high) = (low - margin, high + margin)
      func place(_ step: Double, _ value: Double) -> (Double, Double) {
        (x + step / right * width, y + height - (value - low) / (high - low) * height)
      }
      cairo_set_line_width(context, 1)
      let step = Curves.labelStep(high - low, 6)
      var value = (low / step).rounded(.up) * step
      while value <= high {
        let at = place(0, value).1
        color((0.88, 0.88, 0.88))
        line((x, at), (x + width, at))
        color(black)
        text(Curves.label(value), x - 50, at + 4)
        value += step
      }
      value = 0
      while value <= right {
        color(black)
        text(Curves.label(value), place(value, low).0 - 8, y + height + 18)
        value += Curves.labelStep(right, 5)
      }
      for stage in stages {
        let at = place(stage.step, low).0
        color((0.55, 0.55, 0.55))
        cairo_set_dash(context, [4, 4], 2, 0)
        line((at, y), (at, y + height))
        cairo_set_dash(context, nil, 0, 0)
        text(stage.name, at + 4, y + height - 6)
      }
      color(black)
      cairo_rectangle(context, x, y, width, height)
      cairo_stroke(context)
      text("step", x + width / 2 - 12, y + height + 36)
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
