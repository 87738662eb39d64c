import FeditImage
import Foundation

/// Draws a run's losses and validation over its steps, with Cairo: a panel for each group of values in the same unit.
enum Curves {
  /// Losses by group; what is in none of them has a panel of its own.
  private static let groups = [
    (
      "pixels: mean |difference|, span 2",
      ["inside", "outside", "pyramid", "chroma", "edges", "variation", "checkerboard"]
    ),
    ("features of VGG-16", ["perceptual", "unit_features", "style"]),
    ("scores on fills, negated", ["adversarial", "feature_adversarial"]),
    ("discriminators' own loss (2: can't tell)", ["discriminator", "feature_discriminator"]),
    ("discriminator's features: mean |difference|", ["feature_matching"]),
    ("penalties of the discriminator", ["ground_truth", "gradient_penalty", "real_penalty"]),
    ("seeds", ["seeds"]),
    ("total, with weights", ["total"]),
    ("length of the gradient", ["gradient_norm"]),
  ]

  private static func panels(_ rows: [Metrics.Row]) -> [Plot.Panel] {
    func lines(_ names: [String], _ value: (String, Metrics.Row) -> Double?) -> [Plot.Line] {
      var lines: [Plot.Line] = []
      for name in names {
        let points = rows.compactMap { row in value(name, row).map { (x: Double(row.step), y: $0) } }
          .filter(\.y.isFinite)
        guard points.contains(where: { $0.y != 0 }) else { continue }
        lines.append(
          Plot.Line(
            name: name.replacingOccurrences(of: "_", with: " "), points: points,
            color: Plot.palette[lines.count % Plot.palette.count]))
      }
      return lines
    }
    let losses = groups.map { title, names in
      Plot.Panel(
        title: title,
        lines: lines(names) { name, row in
          Trainer.Losses.names.firstIndex(of: name).map { row.losses[$0] }
        })
    }
    let measures = [
      Plot.Panel(title: "validation: PSNR inside the mask, dB", lines: lines(["PSNR"]) { $1.psnr }),
      Plot.Panel(
        title: "validation: distance of features", lines: lines(["features"]) { $1.validation?.features }),
      Plot.Panel(
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
    Plot(
      panels: panels(rows), right: max(Double(rows.last?.step ?? 1), 1), unit: "step",
      marks: stages(rows).map { (x: $0.step, name: $0.name) }
    ).picture()
  }
}
