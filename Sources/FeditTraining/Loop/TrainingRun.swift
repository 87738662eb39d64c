import FeditFiles
import FeditImage
import FeditWeights
import Foundation

/// A training run in its folder: the loop, its files, and what it tells the caller.
///
/// The folder holds `config.txt`, `checkpoint.safetensors` (to go on from), `model.safetensors` (for `fedit run`),
/// `metrics.csv`, `curves.png`, `samples.png` and one sheet for each checkpoint in `samples/`, and `card.md`.
public final class TrainingRun {
  /// How a run ended.
  public enum Ending: Sendable { case finished, interrupted }

  /// What the caller is told.
  public enum Event: Sendable {
    /// The memory that is allocated and where the run begins.
    case started(bytes: Int, step: Int, pictures: Int, heldOut: Int)
    /// After each step: share done, steps, pictures a second of late, seconds left.
    case progress(share: Double, step: Int, rate: Double, secondsLeft: Double)
    /// Losses averaged since the last report.
    case report(step: Int, losses: [(name: String, value: Double)])
    /// PSNR inside the mask on the fixed tasks.
    case validation(step: Int, psnr: Double)
    /// The files are written.
    case checkpoint(step: Int)
  }

  public let folder: String
  public let configuration: TrainingConfiguration
  private let trainer: Trainer
  private let setName: String
  private let setCounts: (training: Int, validation: Int)
  private var step = 0
  private var seconds = 0.0
  private var sums = Trainer.Losses()
  private var metrics = Metrics()

  /// The options that a folder's checkpoint was made with.
  ///
  /// - Throws: ``TrainingError`` if there is none.
  public static func storedConfiguration(in folder: String) throws -> TrainingConfiguration {
    let path = folder + "/checkpoint.safetensors"
    guard FileManager.default.fileExists(atPath: path) else {
      throw TrainingError(
        .unreadable, "'\(folder)' has no checkpoint to resume from",
        hints: ["leave out --resume to begin a new run"])
    }
    let file = try SafetensorsFile(path: path)
    var configuration = TrainingConfiguration()
    try configuration.read(file.metadata["configuration"] ?? "", file: path)
    return configuration
  }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - sets: The folders of prepared sets.
  ///   - folder: The run's folder; made if it is missing.
  ///   - configuration: Options.
  ///   - resume: Whether to go on from the folder's checkpoint; without it the folder must have none.
  ///   - threads: Threads.
  /// - Throws: ``TrainingError``, `TrainingDataError`, `WeightError` or `FileError`.
  public init(
    sets: [String], folder: String, configuration: TrainingConfiguration, resume: Bool, threads: Int
  ) throws {
    try configuration.validate()
    self.folder = folder
    self.configuration = configuration
    let path = folder + "/checkpoint.safetensors"
    let exists = FileManager.default.fileExists(atPath: path)
    if exists, !resume {
      throw TrainingError(
        .usage, "'\(folder)' holds a run already",
        hints: ["add --resume to go on with it", "or give another folder with -o"])
    }
    if resume {
      let stored = try Self.storedConfiguration(in: folder)
      for (name, old, new) in [
        ("width", stored.width, configuration.width), ("size", stored.size, configuration.size),
        ("batch", stored.batch, configuration.batch),
      ] where old != new {
        throw TrainingError(
          .usage, "the run in '\(folder)' has \(name) \(old), not \(new)",
          hints: [
            "leave out --\(name) to go on with it", "--init takes its model as the start of another run",
          ])
      }
    }
    let data = try TrainingData(folders: sets)
    setName = data.name
    setCounts = data.counts
    trainer = try Trainer(configuration, data: data, threads: threads)
    if resume {
      let checkpoint = try Checkpoint.read(path)
      try trainer.restore(checkpoint, file: path)
      step = checkpoint.step
      seconds = checkpoint.seconds
      if checkpoint.sums.count == sums.values.count { sums.values = checkpoint.sums }
      metrics = Metrics(checkpoint.metrics, through: step)
    } else if !configuration.start.isEmpty {
      try trainer.generator.load(SafetensorsFile(path: configuration.start))
    }
    // Options that can't be written now would be missed only at the first checkpoint.
    try AtomicFile.write(Array(configuration.text.utf8), to: folder + "/config.txt")
  }

  /// Share of the run that is done.
  private var share: Double {
    min(
      1,
      configuration.steps > 0
        ? Double(step) / Double(configuration.steps) : seconds / (configuration.minutes * 60))
  }

  /// What the learning rates are multiplied by.
  private var rate: Float {
    let warm = configuration.warmup > 0 ? min(1, Float(step + 1) / Float(configuration.warmup)) : 1
    let begin = configuration.decayStart
    guard share > begin, begin < 1 else { return warm }
    let fallen = Float(Self.cosineFall((share - begin) / (1 - begin)))
    return warm * (configuration.finalRate + (1 - configuration.finalRate) * fallen)
  }

  /// (1 + cos πx) / 2 = cos²(πx/2) by its series: libm's bits differ between processors.
  static func cosineFall(_ x: Double) -> Double {
    let angle = min(max(x, 0), 1) * Double.pi / 2
    var (term, sum) = (1.0, 1.0)
    for k in 1...12 {
      term *= -angle * angle / Double((2 * k - 1) * (2 * k))
      sum += term
    }
    return max(sum, 0) * max(sum, 0)
  }

  /// Trains until the end or until `isCancelled` says so; either way the last state is written.
  ///
  /// - Parameters:
  ///   - isCancelled: Asked after each step.
  ///   - observer: Told what happens.
  /// - Returns: How the run ended.
  /// - Throws: ``TrainingDataError`` where the set is damaged, ``TrainingError`` where the losses are no longer
  ///   numbers, `FileError` or `WeightError` where a file can't be written.
  public func run(isCancelled: () -> Bool, observer: (Event) -> Void) throws -> Ending {
    observer(
      .started(
        bytes: trainer.byteCount, step: step, pictures: setCounts.training, heldOut: setCounts.validation))
    let clock = ContinuousClock()
    var lastCheckpoint = seconds
    var isWritten = false
    var pace: Double?
    if step == 0 {
      let psnr = try trainer.validate(count: configuration.validationPictures).psnr
      observer(.validation(step: 0, psnr: psnr))
      metrics.append(
        Metrics.Row(
          step: 0, pictures: 0, seconds: 0, rate: 0, losses: sums.values.map { _ in .nan }, psnr: psnr))
    }
    while share < 1, !isCancelled() {
      let begin = clock.now
      let rate = rate
      let losses = try trainer.step(step, rate: rate)
      step += 1
      isWritten = false
      for i in losses.values.indices { sums.values[i] += losses.values[i] }
      let isReport = step % configuration.reportSteps == 0
      var psnr: Double?
      if step % configuration.validationSteps == 0 {
        let value = try trainer.validate(count: configuration.validationPictures).psnr
        observer(.validation(step: step, psnr: value))
        psnr = value
      }
      let elapsed = Self.seconds(clock.now - begin)
      // A process that was stopped for a while has not worked meanwhile.
      let usual = pace ?? elapsed
      let counted = min(elapsed, 10 * usual + 5)
      pace = psnr == nil ? 0.95 * usual + 0.05 * counted : usual
      seconds += counted
      if isReport || psnr != nil {
        let steps = Double((step - 1) % configuration.reportSteps + 1)
        let averages = sums.values.map { $0 / steps }
        metrics.append(
          Metrics.Row(
            step: step, pictures: step * configuration.batch, seconds: seconds,
            rate: Double(configuration.learningRate * rate), losses: averages, psnr: psnr))
        if isReport {
          observer(.report(step: step, losses: Array(zip(Trainer.Losses.names, averages))))
          sums = Trainer.Losses()
        }
      }
      let left =
        configuration.steps > 0
        ? Double(configuration.steps - step) * (pace ?? 0) : configuration.minutes * 60 - seconds
      observer(
        .progress(
          share: share, step: step, rate: Double(configuration.batch) / max(pace ?? 1, 1e-9),
          secondsLeft: max(0, left)))
      let isDue =
        configuration.checkpointSteps > 0
        ? step % configuration.checkpointSteps == 0
        : seconds - lastCheckpoint >= configuration.checkpointMinutes * 60
      if isDue, share < 1 {
        try write()
        lastCheckpoint = seconds
        isWritten = true
        observer(.checkpoint(step: step))
      }
    }
    if !isWritten {
      if share >= 1, metrics.rows.last?.step != step || metrics.rows.last?.psnr == nil {
        let psnr = try trainer.validate(count: configuration.validationPictures).psnr
        observer(.validation(step: step, psnr: psnr))
        let losses = metrics.rows.last?.losses ?? sums.values
        metrics.append(
          Metrics.Row(
            step: step, pictures: step * configuration.batch, seconds: seconds, rate: 0, losses: losses,
            psnr: psnr))
      }
      try write()
      observer(.checkpoint(step: step))
    }
    return share >= 1 ? .finished : .interrupted
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  // MARK: Files

  /// Writes everything; the checkpoint first, so that a full disk loses none of the run.
  private func write() throws {
    var checkpoint = Checkpoint()
    checkpoint.step = step
    checkpoint.seconds = seconds
    checkpoint.configuration = configuration.text
    checkpoint.sums = sums.values
    checkpoint.metrics = metrics.text
    trainer.save(to: &checkpoint)
    try checkpoint.write(to: folder + "/checkpoint.safetensors")
    try AtomicFile.write(Array(metrics.text.utf8), to: folder + "/metrics.csv")
    try SafetensorsWriter.write(
      trainer.generator.tensors(average: true).map {
        SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, type: .float16, $0.values)
      }, metadata: modelMetadata, to: folder + "/model.safetensors")
    try AtomicFile.write(Array(card.utf8), to: folder + "/card.md")
    if let curves = Curves.picture(metrics.rows) { try PNGFile.write(curves, to: folder + "/curves.png") }
    let outcomes = try trainer.validate(
      count: configuration.validationPictures, limit: min(8, configuration.validationPictures), keep: 8
    ).outcomes
    if let sheet = SampleSheet.picture(outcomes) {
      try PNGFile.write(sheet, to: folder + "/samples.png")
      let digits = String(step)
      let name = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
      try PNGFile.write(sheet, to: folder + "/samples/\(name).png")
    }
  }

  private var modelMetadata: [String: String] {
    [
      "architecture": "sc-fegan", "width": String(configuration.width), "size": String(configuration.size),
      "channel_order": "rgb", "licence": configuration.licence,
      "training":
        "fedit train, \(step) steps of \(configuration.batch) pictures at \(configuration.size)x\(configuration.size)"
        + (configuration.description.isEmpty ? "" : "; \(configuration.description)"),
    ]
  }

  /// The model card.
  private var card: String {
    let validated = metrics.rows.compactMap { row in row.psnr.map { (row.step, $0) } }
    var lines = [
      "# SC-FEGAN generator, width \(configuration.width), \(configuration.size)×\(configuration.size)", "",
    ]
    lines += [
      "| | |", "| --- | --- |",
      "| architecture | SC-FEGAN generator (published tensor names), \(trainer.generator.parameters.count) parameters |",
      "| file | `model.safetensors`: moving average of the weights, float16, channel order RGB |",
      "| data | \(setCounts.training) pictures (`\(setName)`), \(setCounts.validation) held out |",
      "| trained | \(step) steps of \(configuration.batch) pictures, \(Metrics.digits(seconds / 3600, 2)) hours |",
      "| started from | \(configuration.start.isEmpty ? "random weights" : "`\(URL(fileURLWithPath: configuration.start).lastPathComponent)`") |",
      "| licence | \(configuration.licence) |",
    ]
    if let first = validated.first, let best = validated.max(by: { $0.1 < $1.1 }), let last = validated.last {
      lines.append(
        "| validation | PSNR inside the mask \(Metrics.digits(first.1, 2)) dB at step \(first.0), "
          + "\(Metrics.digits(last.1, 2)) dB at step \(last.0) (best \(Metrics.digits(best.1, 2)) dB at step \(best.0)) |"
      )
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
