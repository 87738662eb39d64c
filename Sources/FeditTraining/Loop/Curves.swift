import CCairo
import FeditImage
import Foundation

/// Draws a run's losses and validation over its steps, with Cairo.
enum Curves {
  private struct Line {
    var name: String
    var points: [(x: Double, y: Double)]
    var color: (Double, Double, Double)
  }

  private static let palette: [(Double, Double, Double)] = [
    (0.12, 0.47, 0.71), (1.0, 0.5, 0.05), (0.17, 0.63, 0.17), (0.84, 0.15, 0.16), (0.58, 0.4, 0.74),
    (0.55, 0.34, 0.29), (0.89, 0.47, 0.76), (0.5, 0.5, 0.5), (0.74, 0.74, 0.13), (0.09, 0.75, 0.81),
  ]

  /// Two charts side by side: each loss as a share of its first value, and PSNR.
  static func picture(_ rows: [Metrics.Row]) -> Picture? {
    let (width, height) = (1200, 480)
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

    var losses: [Line] = []
    for (index, name) in Trainer.Losses.names.enumerated() where name != "gradient_norm" {
      let points = rows.map { (x: Double($0.step), y: $0.losses[index]) }.filter { $0.y.isFinite }
      guard let first = points.first(where: { $0.y != 0 })?.y, points.contains(where: { $0.y != 0 }) else {
        continue
      }
      losses.append(
        Line(
          name: name.replacingOccurrences(of: "_", with: " "),
          points: points.map { ($0.x, $0.y / abs(first)) },
          color: palette[losses.count % palette.count]))
    }
    chart(
      context, x: 60, y: 40, width: 500, height: 390, title: "losses, each as a share of its first value",
      lines: losses)
    let psnr = rows.compactMap { row in row.psnr.map { (x: Double(row.step), y: $0) } }
    chart(
      context, x: 660, y: 40, width: 500, height: 390, title: "validation: PSNR inside the mask, dB",
      lines: psnr.isEmpty ? [] : [Line(name: "PSNR", points: psnr, color: palette[0])])
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

  /// A step between labels that gives about `count` of them: 1, 2 or 5 times a power of ten.
  private static func labelStep(_ span: Double, _ count: Int) -> Double {
    let rough = max(span, 1e-9) / Double(count)
    let power = pow(10, floor(log10(rough)))
    return ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
  }

  private static func label(_ value: Double) -> String {
    abs(value) >= 1000 ? String(format: "%.0fk", value / 1000) : String(format: "%g", value)
  }

  private static func chart(
    _ context: OpaquePointer, x: Double, y: Double, width: Double, height: Double, title: String,
    lines: [Line]
  ) {
    let black = (0.1, 0.1, 0.1)
    func color(_ c: (Double, Double, Double)) { cairo_set_source_rgb(context, c.0, c.1, c.2) }
    func text(_ string: String, _ x: Double, _ y: Double) {
      cairo_move_to(context, x, y)
      cairo_show_text(context, string)
    }
    color(black)
    text(title, x, y - 14)
    let all = lines.flatMap(\.points)
    let right = max(all.map(\.x).max() ?? 1, 1)
    var (low, high) = (all.map(\.y).min() ?? 0, all.map(\.y).max() ?? 1)
    let margin = max((high - low) * 0.05, abs(high) * 1e-3, 1e-6)
    (low, high) = (low - margin, high + margin)
    func place(_ point: (x: Double, y: Double)) -> (Double, Double) {
      (x + point.x / right * width, y + height - (point.y - low) / (high - low) * height)
    }
    cairo_set_line_width(context, 1)
    let step = labelStep(high - low, 6)
    var value = (low / step).rounded(.up) * step
    while value <= high {
      let (_, at) = place((0, value))
      cairo_set_source_rgb(context, 0.88, 0.88, 0.88)
      cairo_move_to(context, x, at)
      cairo_line_to(context, x + width, at)
      cairo_stroke(context)
      color(black)
      text(label(value), x - 46, at + 4)
      value += step
    }
    let stepX = labelStep(right, 6)
    value = 0
    while value <= right {
      let (at, _) = place((value, low))
      color(black)
      text(label(value), at - 8, y + height + 18)
      value += stepX
    }
    color(black)
    cairo_rectangle(context, x, y, width, height)
    cairo_stroke(context)
    text("step", x + width / 2 - 12, y + height + 36)
    for (index, line) in lines.enumerated() {
      color(line.color)
      cairo_set_line_width(context, 1.5)
      for (i, point) in line.points.enumerated() {
        let (px, py) = place(point)
        if i == 0 { cairo_move_to(context, px, py) } else { cairo_line_to(context, px, py) }
      }
      cairo_stroke(context)
      text(line.name, x + width - 130, y + 18 + 15 * Double(index))
    }
  }
}
