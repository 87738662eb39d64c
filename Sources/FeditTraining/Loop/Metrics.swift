import FeditFiles
import Foundation

/// The lines of `metrics.csv`: losses averaged over a report's steps, now and then the validation.
struct Metrics {
  struct Row: Sendable {
    var step: Int
    var pictures: Int
    var seconds: Double
    var rate: Double
    /// The stage's name; empty in a run without stages.
    var stage = ""
    var losses: [Double]
    var validation: Validation?
    var psnr: Double? { validation?.psnr }
  }
  private(set) var rows: [Row] = []

  static let header =
    (["step", "pictures", "seconds", "rate", "stage"] + Trainer.Losses.names
    + ["validation_features", "validation_sharpness", "psnr"])
    .joined(
      separator: ",")

  /// Adds a line, or to the line of the same step what that does not say.
  mutating func append(_ row: Row) {
    if let last = rows.indices.last, rows[last].step == row.step {
      rows[last].validation = rows[last].validation ?? row.validation
    } else {
      rows.append(row)
    }
  }

  var text: String {
    var text = Self.header + "\n"
    for row in rows {
      var fields = [
        String(row.step), String(row.pictures), Self.digits(row.seconds, 1), Self.significant(row.rate),
        row.stage,
      ]
      fields += row.losses.map(Self.significant)
      fields.append(row.validation?.features.map { Self.digits($0, 5) } ?? "")
      fields.append(row.validation.map { Self.digits($0.sharpness, 4) } ?? "")
      fields.append(row.psnr.map { Self.digits($0, 4) } ?? "")
      text += fields.joined(separator: ",") + "\n"
    }
    return text
  }

  init() {}

  /// Reads the lines that ``text`` wrote up to a step; lines that are no metrics are left out.
  init(_ text: String, through step: Int) {
    let lines = text.split(separator: "\n")
    // Columns by name: a run may have been begun by a version with other losses.
    let names = lines.first?.split(separator: ",").map(String.init) ?? []
    for line in lines.dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == names.count else { continue }
      func value(_ name: String) -> Double? { names.firstIndex(of: name).flatMap { Double(fields[$0]) } }
      func count(_ name: String) -> Int? { value(name).flatMap { Int(exactly: $0) } }
      guard let at = count("step"), at <= step, let pictures = count("pictures"),
        let seconds = value("seconds"), let rate = value("rate")
      else { continue }
      rows.append(
        Row(
          step: at, pictures: pictures, seconds: seconds, rate: rate,
          stage: names.firstIndex(of: "stage").map { String(fields[$0]) } ?? "",
          losses: Trainer.Losses.names.map { value($0) ?? .nan },
          validation: value("psnr").map {
            Validation(
              psnr: $0, features: value("validation_features"), sharpness: value("validation_sharpness") ?? 0)
          }))
    }
  }

  static func digits(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
  private static func significant(_ value: Double) -> String { String(format: "%.6g", value) }
}
