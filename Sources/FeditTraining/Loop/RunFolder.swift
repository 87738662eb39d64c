import FeditFiles
import FeditImage
import FeditText
import FeditWeights
import Foundation

/// The files of a run: where they are, and what a process that was killed may have left there.
struct RunFolder {
  let path: String

  var checkpoint: String { path + "/checkpoint.safetensors" }
  var hasCheckpoint: Bool { FileManager.default.fileExists(atPath: checkpoint) }

  /// Refuses a folder without a checkpoint.
  func requireCheckpoint() throws(UserError) {
    guard hasCheckpoint else {
      throw UserError(
        .unreadable, "'\(path)' has no checkpoint to resume from",
        hints: ["leave out --resume to begin a new run"])
    }
  }

  /// The sheet of sample pictures of a step.
  func samples(step: Int) -> String { "\(path)/samples/\(Self.padded(step)).png" }

  /// A copy of the model that later checkpoints don't replace.
  func model(after stage: String) -> String { "\(path)/models/\(stage).safetensors" }
  func model(step: Int) -> String { "\(path)/models/\(Self.padded(step)).safetensors" }

  private static func padded(_ step: Int) -> String {
    let digits = String(step)
    return String(repeating: "0", count: max(0, 7 - digits.count)) + digits
  }

  /// Deletes what a killed process was still writing; one run writes into a folder at a time.
  func removeTemporaryFiles() {
    let manager = FileManager.default
    for folder in [path, path + "/samples", path + "/models"] {
      for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? []
      where name.hasSuffix(AtomicFile.temporarySuffix) {
        try? manager.removeItem(atPath: folder + "/" + name)
      }
    }
  }

  func write(_ text: String, to name: String) throws {
    try AtomicFile.write(Array(text.utf8), to: path + "/" + name)
  }
}

/// What a run's model card says.
struct RunCard {
  var configuration: TrainingConfiguration
  var position: RunPosition
  /// What is being trained.
  var current: TrainingConfiguration.ResolvedStage
  var parameters: Int
  var setName: String
  var setCounts: (training: Int, validation: Int)
  var rows: [Metrics.Row]

  /// In a few words, for the model's metadata.
  var training: String {
    "fedit train, \(lengths)"
      + (configuration.description.isEmpty ? "" : "; \(configuration.description)")
  }

  /// How long which stage was trained.
  private var lengths: String {
    let schedule = configuration.schedule
    guard !current.name.isEmpty else {
      return "\(position.step) steps of \(current.options.batch) pictures at \(side(current))"
    }
    let last = Dictionary(rows.map { ($0.stage, $0.step) }, uniquingKeysWith: max)
    var done = 0
    let parts = schedule[...position.stage].enumerated().map { index, stage in
      let end = index == position.stage ? position.step : last[stage.name] ?? done
      defer { done = end }
      return "\(stage.name): \(end - done) steps of \(stage.options.batch) at \(side(stage))"
    }
    return "\(position.pictures) pictures (\(parts.joined(separator: ", ")))"
  }

  private func side(_ stage: TrainingConfiguration.ResolvedStage) -> String {
    "\(stage.options.size)x\(stage.options.size)"
  }

  var text: String {
    let size = current.options.size
    let network = configuration.architecture.rawValue
    var lines = ["# Generator \(network), width \(configuration.width), \(size)×\(size)", ""]
    let start = configuration.start
    lines += [
      "| | |", "| --- | --- |",
      "| architecture | \(network), \(parameters) parameters |",
      "| file | `model.safetensors`: moving average of the weights, float16, channel order RGB |",
      "| data | \(setCounts.training) pictures (`\(setName)`), \(setCounts.validation) held out |",
      "| trained | \(lengths), \(Metrics.digits(position.seconds / 3600, 2)) hours |",
      "| started from | \(start.isEmpty ? "random weights" : "`\(URL(fileURLWithPath: start).lastPathComponent)`") |",
      "| licence | \(configuration.licence) |",
    ]
    let validated = rows.compactMap { row in row.psnr.map { (row.step, $0) } }
    if let first = validated.first, let best = validated.max(by: { $0.1 < $1.1 }), let last = validated.last {
      lines.append(
        "| validation | PSNR inside the mask \(Metrics.digits(first.1, 2)) dB at step \(first.0), "
          + "\(Metrics.digits(last.1, 2)) dB at step \(last.0) (best \(Metrics.digits(best.1, 2)) dB at step \(best.0)) |"
      )
    }
    let judged = rows.compactMap { row in row.validation?.features.map { (row.step, $0) } }
    if let best = judged.min(by: { $0.1 < $1.1 }), let last = judged.last {
      lines.append(
        "| features | distance on held-out crops \(Metrics.digits(last.1, 3)) at step \(last.0) "
          + "(best \(Metrics.digits(best.1, 3)) at step \(best.0)) |")
    }
    if !configuration.description.isEmpty { lines += ["", configuration.description] }
    lines += [
      "", "## Limits", "",
      "- It has seen pictures framed like those of its training set; others turn out worse.",
      "- Large areas without a sketch stay soft.",
      "- What it fills in is invented: it says nothing about what a photo really showed.", "",
      "## Configuration", "", "```", configuration.text.trimmingCharacters(in: .newlines), "```", "",
    ]
    return lines.joined(separator: "\n")
  }
}
