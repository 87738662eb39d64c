import FeditFiles
import FeditImage
import FeditNN
import FeditText
import FeditWeights
import Foundation

/// A training run in its folder: the loop, its files, and what it tells the caller.
///
/// The folder holds `config.txt`, `checkpoint.safetensors` (to go on from), `model.safetensors` (for `fedit run`),
/// `metrics.csv`, `curves.png`, `samples.png` and one sheet for each checkpoint in `samples/`, and `card.md`; where there
/// are stages, the model that each ended with in `models/`.
public final class TrainingRun {
  /// How a run ended.
  public enum Ending: Sendable { case finished, interrupted }

  /// What the caller is told.
  public enum Event: Sendable {
    /// What a new run took from the weights it starts from.
    case tookOver(WeightTakeover)
    /// The memory that is allocated and where the run begins.
    case started(bytes: Int, step: Int, pictures: Int, heldOut: Int)
    /// A stage begins, or goes on: which of how many.
    case stage(name: String, number: Int, count: Int, bytes: Int)
    /// After each step: share done, steps, pictures a second of late, seconds left.
    case progress(share: Double, step: Int, rate: Double, secondsLeft: Double)
    /// Losses averaged since the last report.
    case report(step: Int, losses: [(name: String, value: Double)])
    /// On the fixed tasks: PSNR inside the mask, the features' distance (nil without VGG-16), the fills' sharpness.
    case validation(step: Int, psnr: Double, features: Double?, sharpness: Double)
    /// The files are written.
    case checkpoint(step: Int)
  }

  /// The run's folder.
  public let folder: String
  /// What the run is made with.
  public let configuration: TrainingConfiguration
  private let files: RunFolder
  private let stages: [TrainingConfiguration.ResolvedStage]
  private let data: TrainingData
  private let pool: ThreadPool
  private let workers: any TrainingWorkers
  private let vgg: VGGWeights?
  private var trainer: Trainer
  private var position = RunPosition()
  private var sums = Trainer.Losses()
  private var metrics = Metrics()
  /// Whether a run that is gone on with lacks files of its checkpoint.
  private var lacksFiles = false
  private var takeover: WeightTakeover?

  /// The options that a folder's checkpoint was made with.
  ///
  /// - Throws: `UserError` if there is none.
  public static func storedConfiguration(in folder: String) throws -> TrainingConfiguration {
    let files = RunFolder(path: folder)
    try files.requireCheckpoint()
    let file = try SafetensorsFile(path: files.checkpoint)
    var configuration = TrainingConfiguration()
    // Runs that do not name their network are older than the choice.
    configuration.architecture = .scFEGAN
    try configuration.read(file.metadata["configuration"] ?? "", file: files.checkpoint)
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
  ///   - workers: The processes that train together; all are given the same.
  /// - Throws: `UserError`, `TrainingDataError`, `WeightError` or `FileError`.
  public init(
    sets: [String], folder: String, configuration: TrainingConfiguration, resume: Bool, threads: Int,
    workers: any TrainingWorkers = LoneWorker()
  ) throws {
    try configuration.validate()
    try Self.check(configuration, workers)
    self.workers = workers
    self.folder = folder
    self.configuration = configuration
    let files = RunFolder(path: folder)
    self.files = files
    let stages = configuration.schedule
    self.stages = stages
    if files.hasCheckpoint, !resume {
      throw UserError(
        .usage, "'\(folder)' holds a run already",
        hints: ["add --resume to go on with it", "or give another folder with -o"])
    }
    let checkpoint = resume ? try Checkpoint.read(files.checkpoint) : nil
    if let checkpoint {
      position = checkpoint.position
      try Self.compare(
        try Self.storedConfiguration(in: folder), configuration, stage: position.stage, folder: folder)
    }
    let data = try TrainingData(folders: sets)
    for stage in configuration.schedule { try data.validate(stage.options.samples) }
    self.data = data
    guard try workers.agree(on: configuration.text + data.fingerprint + "\(position)") else {
      throw UserError(
        .data, "the processes have different sets, options or checkpoints",
        hints: ["give all of them the same files: a shared folder, or copies of one"])
    }
    // All that later stages need is looked for now, before there is work to lose.
    vgg =
      configuration.vgg16.isEmpty ? nil : try VGGWeights(path: configuration.vgg16, through: "conv3_3")
    pool = ThreadPool(threads: threads)
    trainer = try Trainer(stages[position.stage].options, data: data, pool: pool, vgg: vgg, workers: workers)
    if let checkpoint {
      try trainer.restore(checkpoint, file: files.checkpoint)
      let options = stages[position.stage].options
      if position.pictures < 0 { position.pictures = position.step * options.batch }
      if position.reported < 0 { position.reported = position.step - position.step % options.reportSteps }
      if checkpoint.sums.count == sums.values.count { sums.values = checkpoint.sums }
      metrics = Metrics(checkpoint.metrics, through: position.step)
      // Sample pictures are written last.
      lacksFiles = !FileManager.default.fileExists(atPath: files.samples(step: position.step))
    } else if !configuration.start.isEmpty {
      takeover = try trainer.generator.takeOver(ModelReference.resolve(configuration.start).open())
    }
    // Options that can't be written now would be missed only at the first checkpoint.
    guard workers.isFirst else { return }
    try files.write(configuration.text, to: "config.txt")
    files.removeTemporaryFiles()
  }

  /// Refuses what several processes can't do together.
  private static func check(_ configuration: TrainingConfiguration, _ workers: any TrainingWorkers) throws {
    guard workers.count > 1 else { return }
    guard workers.count & (workers.count - 1) == 0 else {
      throw UserError(
        .usage, "\(workers.count) processes: only 1, 2, 4, 8, … can train together")
    }
    for stage in configuration.schedule {
      let prefix = stage.name.isEmpty ? "" : "stage '\(stage.name)': "
      guard stage.options.slots >= workers.count else {
        throw UserError(
          .usage, "\(prefix)\(workers.count) processes share \(stage.options.slots) slots of a batch",
          hints: ["set slots to a multiple of \(workers.count)"])
      }
      guard stage.options.steps > 0 else {
        throw UserError(
          .usage, "\(prefix)several processes need a length in steps: minutes pass differently on each",
          hints: ["give steps"])
      }
    }
  }

  /// Refuses to go on with options that don't fit what was trained.
  private static func compare(
    _ stored: TrainingConfiguration, _ new: TrainingConfiguration, stage: Int, folder: String
  ) throws {
    let (before, after) = (stored.schedule, new.schedule)
    guard stage < before.count, stage < after.count, before[stage].name == after[stage].name else {
      let name = stage < before.count ? before[stage].name : ""
      throw UserError(
        .usage,
        name.isEmpty
          ? "the run in '\(folder)' has no stages"
          : "the run in '\(folder)' is in its stage \(stage + 1), '\(name)', which these options lack",
        hints: ["leave out --config and --stage to go on with it"])
    }
    let (old, wanted) = (before[stage].options, after[stage].options)
    for (name, old, new) in [
      ("architecture", old.architecture.rawValue, wanted.architecture.rawValue),
      ("width", String(old.width), String(wanted.width)), ("size", String(old.size), String(wanted.size)),
      ("batch", String(old.batch), String(wanted.batch)),
    ] where old != new {
      throw UserError(
        .usage, "the run in '\(folder)' has \(name) \(old), not \(new)",
        hints: [
          "leave out --\(name) to go on with it", "--init takes its model as the start of another run",
        ])
    }
  }

  /// The stage that is being trained.
  private var stage: TrainingConfiguration.ResolvedStage { stages[position.stage] }
  private var isLastStage: Bool { position.stage == stages.count - 1 }

  /// Share of the stage that is done.
  private var share: Double {
    let options = stage.options
    return min(
      1,
      options.steps > 0
        ? Double(position.stageStep) / Double(options.steps)
        : position.stageSeconds / (options.minutes * 60))
  }

  /// What the learning rates are multiplied by.
  private var rate: Float {
    let options = stage.options
    let warm = options.warmup > 0 ? min(1, Float(position.stageStep + 1) / Float(options.warmup)) : 1
    let begin = options.decayStart
    guard share > begin, begin < 1 else { return warm }
    let fallen = Float(Self.cosineFall((share - begin) / (1 - begin)))
    return warm * (options.finalRate + (1 - options.finalRate) * fallen)
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
  /// - Throws: ``TrainingDataError`` where the set is damaged, `UserError` where the losses are no longer
  ///   numbers, `FileError` or `WeightError` where a file can't be written.
  public func run(isCancelled: () -> Bool, observer: (Event) -> Void) throws -> Ending {
    if let takeover { observer(.tookOver(takeover)) }
    observer(
      .started(
        bytes: trainer.byteCount, step: position.step, pictures: data.counts.training,
        heldOut: data.counts.validation))
    if lacksFiles, workers.isFirst { try writeResults() }
    if position.step == 0 {
      appendRow(losses: sums.values.map { _ in .nan }, rate: 0, validation: try validate(observer))
    }
    while true {
      tellStage(observer)
      let isWritten = try runStage(isCancelled: isCancelled, observer: observer)
      guard share >= 1 else {
        if !isWritten { try write(observer) }
        return .interrupted
      }
      if isLastStage {
        if !isWritten {
          try finish(observer)
          try write(observer)
        }
        return .finished
      }
      try finish(observer)
      try write(observer)
      try writeModel(to: files.model(after: stage.name))
      guard try !workers.any(isCancelled()) else { return .interrupted }
      try nextStage()
    }
  }

  private func tellStage(_ observer: (Event) -> Void) {
    guard !stage.name.isEmpty else { return }
    observer(
      .stage(
        name: stage.name, number: position.stage + 1, count: stages.count, bytes: trainer.byteCount))
  }

  /// Networks of the next stage's shape, with the state of this one's.
  private func nextStage() throws {
    var state = Checkpoint()
    trainer.save(to: &state)
    (position.stage, position.stageStep, position.stageSeconds) = (position.stage + 1, 0, 0)
    trainer = try Trainer(stage.options, data: data, pool: pool, vgg: vgg, workers: workers)
    try trainer.restore(state, file: files.checkpoint)
  }

  /// Trains until the stage's end or until `isCancelled` says so.
  ///
  /// - Returns: Whether the last state is written.
  private func runStage(isCancelled: () -> Bool, observer: (Event) -> Void) throws -> Bool {
    let options = stage.options
    var clock = WorkClock(checkpointAt: position.seconds)
    var isWritten = false
    while share < 1, try !workers.any(isCancelled()) {
      clock.beginStep()
      let rate = rate
      let losses = try trainer.step(position.step, pictures: position.pictures, rate: rate)
      position.step += 1
      position.stageStep += 1
      position.pictures += options.batch
      isWritten = false
      for i in losses.values.indices { sums.values[i] += losses.values[i] }
      let isReport = position.step % options.reportSteps == 0
      let validation = position.step % options.validationSteps == 0 ? try validate(observer) : nil
      let counted = clock.endStep(isUsual: validation == nil)
      position.seconds += counted
      position.stageSeconds += counted
      if isReport || validation != nil { report(rate, validation, isWhole: isReport, observer) }
      tellProgress(clock.pace ?? 0, observer)
      if clock.isCheckpointDue(step: position.step, seconds: position.seconds, options), share < 1 {
        try write(observer)
        clock.checkpointWritten(at: position.seconds)
        isWritten = true
      }
    }
    return isWritten
  }

  /// A line of the losses since the last whole report.
  private func report(
    _ rate: Float, _ validation: Validation?, isWhole: Bool, _ observer: (Event) -> Void
  ) {
    let steps = Double(max(1, position.step - position.reported))
    let averages = sums.values.map { $0 / steps }
    appendRow(losses: averages, rate: Double(stage.options.learningRate * rate), validation: validation)
    guard isWhole else { return }
    observer(.report(step: position.step, losses: Array(zip(Trainer.Losses.names, averages))))
    sums = Trainer.Losses()
    position.reported = position.step
  }

  private func appendRow(losses: [Double], rate: Double, validation: Validation?) {
    metrics.append(
      Metrics.Row(
        step: position.step, pictures: position.pictures, seconds: position.seconds, rate: rate,
        stage: stage.name, losses: losses, validation: validation))
  }

  /// Measures on held-out pictures; only the first of several processes does.
  private func validate(_ observer: (Event) -> Void) throws -> Validation? {
    guard workers.isFirst else { return nil }
    let measures = try trainer.validate(count: configuration.validationPictures).measures
    observer(
      .validation(
        step: position.step, psnr: measures.psnr, features: measures.features,
        sharpness: measures.sharpness))
    return measures
  }

  private func tellProgress(_ pace: Double, _ observer: (Event) -> Void) {
    let options = stage.options
    var left =
      options.steps > 0
      ? Double(options.steps - position.stageStep) * pace : options.minutes * 60 - position.stageSeconds
    // A step of a later stage takes about as long for each pixel.
    let pixels = Double(options.batch * options.size * options.size)
    for later in stages[(position.stage + 1)...].map(\.options) {
      left +=
        later.steps > 0
        ? Double(later.steps) * pace * Double(later.batch * later.size * later.size) / pixels
        : later.minutes * 60
    }
    left = max(0, left)
    observer(
      .progress(
        share: stages.count == 1 ? share : position.seconds / max(position.seconds + left, 1e-9),
        step: position.step, rate: Double(options.batch) / max(pace, 1e-9), secondsLeft: left))
  }

  /// A stage's last report and validation.
  private func finish(_ observer: (Event) -> Void) throws {
    if !isLastStage, position.step > position.reported {
      report(rate, nil, isWhole: true, observer)
    }
    guard metrics.rows.last?.step != position.step || metrics.rows.last?.validation == nil else { return }
    let losses = metrics.rows.last?.losses ?? sums.values
    appendRow(losses: losses, rate: 0, validation: try validate(observer))
  }

  // MARK: Files

  /// Writes everything; the checkpoint first, so that a full disk loses none of the run.
  private func write(_ observer: (Event) -> Void) throws {
    guard workers.isFirst else { return }
    var checkpoint = Checkpoint()
    checkpoint.position = position
    checkpoint.configuration = configuration.text
    checkpoint.sums = sums.values
    checkpoint.metrics = metrics.text
    trainer.save(to: &checkpoint)
    try checkpoint.write(to: files.checkpoint)
    try writeResults()
    observer(.checkpoint(step: position.step))
  }

  /// Writes what follows from the checkpoint, the sample pictures last.
  private func writeResults() throws {
    let card = card
    try files.write(metrics.text, to: "metrics.csv")
    try writeModel(to: folder + "/model.safetensors")
    try files.write(card.text, to: "card.md")
    if let curves = Curves.picture(metrics.rows) { try PNGFile.write(curves, to: folder + "/curves.png") }
    let count = configuration.validationPictures
    let outcomes = try trainer.validate(count: count, limit: min(8, count), keep: 8).outcomes
    if let sheet = ContactSheet.picture(outcomes) {
      try PNGFile.write(sheet, to: folder + "/samples.png")
      try PNGFile.write(sheet, to: files.samples(step: position.step))
    }
  }

  private func writeModel(to path: String) throws {
    guard workers.isFirst else { return }
    let metadata = [
      "architecture": configuration.architecture.rawValue, "width": String(configuration.width),
      "size": String(stage.options.size),
      "channel_order": "rgb", "licence": configuration.licence, "training": card.training,
    ]
    try SafetensorsWriter.write(
      trainer.generator.tensors(average: true).map {
        SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, type: .float16, $0.values)
      }, metadata: metadata, to: path)
  }

  private var card: RunCard {
    RunCard(
      configuration: configuration, position: position, current: stage,
      parameters: trainer.generator.parameters.count, setName: data.name,
      setCounts: data.counts, rows: metrics.rows)
  }
}
