import FeditFiles
import Foundation

/// The lines of `metrics.csv`: losses averaged over a report's steps, now and then the validation.
struct Metrics {
  struct Row: Sendable {
    var step: Int
    var pictures: Int
    var seconds: Double
    var rate: Double
    var losses: [Double]
    var psnr: Double?
  }
  private(set) var rows: [Row] = []

  static let header = (["step", "pictures", "seconds", "rate"] + Trainer.Losses.names + ["psnr"]).joined(
    separator: ",")

  mutating func append(_ row: Row) { rows.append(row) }

  var text: String {
    var text = Self.header + "\n"
    for row in rows {
      var fields = [
        String(row.step), String(row.pictures), Self.digits(row.seconds, 1), Self.significant(row.rate),
      ]
      fields += row.losses.map(Self.significant)
      fields.append(row.psnr.map { Self.digits($0, 4) } ?? "")
      text += fields.joined(separator: ",") + "\n"
    }
    return text
  }

  /// Reads the lines up to a step; lines that are no metrics are left out.
  static func read(_ path: String, through step: Int) -> Metrics {
    var metrics = Metrics()
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return metrics }
    let count = Trainer.Losses.names.count
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == count + 5, let at = Int(fields[0]), at <= step, let pictures = Int(fields[1]),
        let seconds = Double(fields[2]), let rate = Double(fields[3])
      else { continue }
      metrics.rows.append(
        Row(
          step: at, pictures: pictures, seconds: seconds, rate: rate,
          losses: fields[4..<4 + count].map { Double($0) ?? .nan }, psnr: Double(fields[4 + count])))
    }
    return metrics
  }

  static func digits(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
  private static func significant(_ value: Double) -> String { String(format: "%.6g", value) }
}
