import FeditFaces
import FeditFiles
import FeditImage
import FeditNN
import FeditText
import FeditWeights
import Foundation

/// A training run of the face finder in its folder: `config.txt`, `checkpoint.safetensors` (to go on from),
/// `model.safetensors` (the moving average of the weights), `metrics.csv`, `card.md` and
/// `samples.png`, some of what it learns from.
public final class FaceTrainingRun {
  /// What the caller is told.
  public enum Event: Sendable {
    case started(bytes: Int, step: Int, pictures: Int, heldOut: Int, backgrounds: Int)
    /// After each step: share done, steps, samples a second of late, seconds left.
    case progress(share: Double, step: Int, rate: Double, secondsLeft: Double)
    /// Losses averaged since the last report.
    case report(step: Int, losses: [(name: String, value: Double)])
    case validation(step: Int, FaceMeasures)
    case checkpoint(step: Int)
  }

  /// The options that such a run has, of those of a training run.
  static let options: Set = [
    "batch", "precision", "seed", "minutes", "steps", "learning-rate", "beta1", "beta2", "warmup",
    "decay-start",
    "final-rate", "clip", "average-pictures", "average", "report-steps", "validation-steps",
    "validation-pictures",
    "checkpoint-minutes", "checkpoint-steps", "licence", "description",
  ]

  /// What they are where nothing else is said.
  public static var standard: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.batch = 32
    configuration.learningRate = 1e-3
    configuration.beta1 = 0.9
    configuration.beta2 = 0.999
    configuration.decayStart = 0.3
    configuration.validationSteps = 1000
    configuration.validationPictures = 200
    return configuration
  }

  /// The options that a folder's checkpoint was made with.
  public static func storedConfiguration(in folder: String) throws -> TrainingConfiguration {
    let files = RunFolder(path: folder)
    try files.requireCheckpoint()
    var configuration = standard
    try configuration.read(try Checkpoint.read(files.checkpoint).configuration, file: files.checkpoint)
    return configuration
  }

  /// The run's folder.
  public let folder: String
  /// What the run is made with.
  public let configuration: TrainingConfiguration
  private let files: RunFolder
  private let data: TrainingData
  private let samples: FaceSamples
  private let pool: ThreadPool
  private let trainer: FaceTrainer
  private var position = RunPosition()
  private var sums = FaceTrainer.Losses()
  private var metrics: String
  private var last: FaceMeasures?

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - sets: The folders of prepared sets; pictures with landmarks are used.
  ///   - backgrounds: A folder of pictures without faces; nil for none.
  ///   - folder: The run's folder; made if it is missing.
  ///   - configuration: Options.
  ///   - resume: Whether to go on from the folder's checkpoint; without it the folder must have none.
  ///   - threads: Threads; the result does not depend on them.
  /// - Throws: `UserError`, `TrainingDataError`, `WeightError` or `FileError`.
  public init(
    sets: [String], backgrounds: String?, folder: String, configuration: TrainingConfiguration, resume: Bool,
    threads: Int
  ) throws {
    try Self.validate(configuration)
    self.folder = folder
    self.configuration = configuration
    files = RunFolder(path: folder)
    if files.hasCheckpoint, !resume {
      throw UserError(
        .usage, "'\(folder)' holds a run already",
        hints: ["add --resume to go on with it", "or give another folder with -o"])
    }
    let checkpoint = resume ? try Checkpoint.read(files.checkpoint) : nil
    data = try TrainingData(folders: sets)
    guard !data.validation.isEmpty else {
      throw TrainingDataError(
        file: data.name, "has no held-out picture to measure on", hints: ["prepare more pictures"])
    }
    samples = FaceSamples(
      data: data,
      backgrounds: try backgrounds.map { try FaceBackgrounds(folder: $0, threads: threads) }
        ?? FaceBackgrounds())
    pool = ThreadPool(threads: threads)
    trainer = try FaceTrainer(configuration, samples: samples, pool: pool)
    metrics =
      (["step", "pictures", "seconds", "rate"] + FaceTrainer.Losses.names).joined(separator: ",") + "\n"
    if let checkpoint {
      try trainer.restore(checkpoint, file: files.checkpoint)
      position = checkpoint.position
      if checkpoint.sums.count == sums.values.count { sums.values = checkpoint.sums }
      metrics = checkpoint.metrics
    }
    try files.write(Self.text(configuration), to: "config.txt")
    try PNGFile.write(
      try FaceSampleSheet.picture(samples, seed: configuration.seed), to: folder + "/samples.png")
    files.removeTemporaryFiles()
  }

  private static func validate(_ configuration: TrainingConfiguration) throws {
    guard configuration.stages.isEmpty else {
      throw UserError(.usage, "a run with --task landmarks has no stages", hints: ["leave out --stage"])
    }
    let plain = standard
    for option in TrainingConfiguration.options
    where !options.contains(option.name) && option.get(configuration) != option.get(plain) {
      throw UserError(
        .usage, "'\(option.name)' is no option of --task landmarks",
        hints: ["options: " + options.sorted().joined(separator: ", ")])
    }
    guard (configuration.minutes > 0) != (configuration.steps > 0) else {
      throw UserError(
        .usage, "it is not said how long to train, or twice", hints: ["give --minutes or --steps"])
    }
  }

  private static func text(_ configuration: TrainingConfiguration) -> String {
    TrainingConfiguration.options.filter { options.contains($0.name) }.map {
      "\($0.name) = \($0.get(configuration))\n"
    }
    .joined()
  }

  private var share: Double {
    min(
      1,
      configuration.steps > 0
        ? Double(position.step) / Double(configuration.steps)
        : position.seconds / (configuration.minutes * 60))
  }

  private var rate: Float {
    let warm = min(1, Float(position.step + 1) / Float(max(1, configuration.warmup)))
    let begin = configuration.decayStart
    guard share > begin, begin < 1 else { return warm }
    let fallen = Float(TrainingRun.cosineFall((share - begin) / (1 - begin)))
    return warm * (configuration.finalRate + (1 - configuration.finalRate) * fallen)
  }

  /// Trains until the end or until `isCancelled` says so; either way the last state is written.
  ///
  /// - Throws: As ``TrainingRun/run(isCancelled:observer:)``.
  public func run(isCancelled: () -> Bool, observer: (Event) -> Void) throws -> TrainingRun.Ending {
    observer(
      .started(
        bytes: trainer.byteCount, step: position.step, pictures: data.counts.training,
        heldOut: data.counts.validation, backgrounds: samples.backgrounds.training.count))
    var clock = WorkClock(checkpointAt: position.seconds)
    while share < 1, !isCancelled() {
      clock.beginStep()
      let rate = rate
      let losses = try trainer.step(position.step, pictures: position.pictures, rate: rate)
      position.step += 1
      position.pictures += configuration.batch
      for i in losses.values.indices { sums.values[i] += losses.values[i] }
      if position.step % configuration.validationSteps == 0 { try validate(observer) }
      position.seconds += clock.endStep()
      if position.step % configuration.reportSteps == 0 { report(rate, observer) }
      tellProgress(clock.pace ?? 0, observer)
      if clock.isCheckpointDue(step: position.step, seconds: position.seconds, configuration), share < 1 {
        try write(observer)
        clock.checkpointWritten(at: position.seconds)
      }
    }
    let isFinished = share >= 1
    if isFinished { try validate(observer) }
    try write(observer)
    return isFinished ? .finished : .interrupted
  }

  private func tellProgress(_ pace: Double, _ observer: (Event) -> Void) {
    let left =
      configuration.steps > 0
      ? Double(configuration.steps - position.step) * pace : configuration.minutes * 60 - position.seconds
    observer(
      .progress(
        share: share, step: position.step, rate: Double(configuration.batch) / max(pace, 1e-9),
        secondsLeft: max(0, left)))
  }

  private func report(_ rate: Float, _ observer: (Event) -> Void) {
    let averages = sums.values.map { $0 / Double(configuration.reportSteps) }
    let fields =
      [
        String(position.step), String(position.pictures), Metrics.digits(position.seconds, 1),
        String(format: "%.6g", Double(configuration.learningRate * rate)),
      ] + averages.map { String(format: "%.6g", $0) }
    metrics += fields.joined(separator: ",") + "\n"
    sums = FaceTrainer.Losses()
    position.reported = position.step
    observer(.report(step: position.step, losses: Array(zip(FaceTrainer.Losses.names, averages))))
  }

  // MARK: Files

  private func model() throws -> [UInt8] {
    try SafetensorsWriter.bytes(
      trainer.tensors.map {
        SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, type: .float16, $0.values)
      },
      metadata: [
        "architecture": "face-finder", "licence": configuration.licence,
        "training": "fedit train --task landmarks, \(position.step) steps of \(configuration.batch)"
          + (configuration.description.isEmpty ? "" : "; \(configuration.description)"),
      ])
  }

  private func validate(_ observer: (Event) -> Void) throws {
    let finder = try FaceFinder(weights: try SafetensorsFile(bytes: try model(), name: "model"), pool: pool)
    let measures = try FaceMeasures.measure(samples, count: configuration.validationPictures, finder: finder)
    last = measures
    observer(.validation(step: position.step, measures))
  }

  private func write(_ observer: (Event) -> Void) throws {
    var checkpoint = Checkpoint()
    checkpoint.position = position
    checkpoint.configuration = Self.text(configuration)
    checkpoint.sums = sums.values
    checkpoint.metrics = metrics
    trainer.save(to: &checkpoint)
    try checkpoint.write(to: files.checkpoint)
    try files.write(metrics, to: "metrics.csv")
    try AtomicFile.write(try model(), to: folder + "/model.safetensors")
    try files.write(card, to: "card.md")
    observer(.checkpoint(step: position.step))
  }

  private var card: String {
    let parameters = trainer.finder.parameters.count + trainer.points.parameters.count
    var lines = [
      "# Face finder", "", "| | |", "| --- | --- |", "| parameters | \(parameters) |",
      "| file | `model.safetensors`: moving average of the weights, float16 |",
      "| data | \(data.counts.training) pictures (`\(data.name)`), \(data.counts.validation) held out; "
        + "\(samples.backgrounds.training.count) pictures without faces |",
      "| trained | \(position.step) steps of \(configuration.batch), \(Metrics.digits(position.seconds / 60, 1)) minutes |",
      "| licence | \(configuration.licence) |",
    ]
    if let last {
      lines += [
        "| held-out scenes | \(last.missed) of \(last.faces) faces missed; eyes off by "
          + "\(Metrics.digits(last.medianError, 3)) eye distances (median), \(Metrics.digits(last.highError, 3)) (95 %); "
          + "outlines \(Metrics.digits(last.outlineError, 3)) |",
        "| held-out pictures without a face | claimed in \(last.claimed) of \(last.empty) |",
      ]
    }
    return (lines + ["", "## Configuration", "", "```", Self.text(configuration) + "```", ""]).joined(
      separator: "\n")
  }
}
