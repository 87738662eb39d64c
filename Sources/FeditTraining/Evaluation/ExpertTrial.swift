import FeditFiles
import FeditGenerator
import FeditImage
import FeditNN
import FeditPixels
import FeditPlan
import FeditRaster

/// Ranks experts on seeded tasks with the pictures of a set that are kept for validation.
public struct ExpertTrial: Sendable {
  /// An expert with what it is run by.
  public struct Expert: Sendable {
    /// Its name, kind and digest, as the ranking records them.
    public var about: ExpertRanking.Expert
    /// nil is healing.
    public var generator: Generator?

    /// An expert with its generator; without one, healing.
    public init(_ about: ExpertRanking.Expert, generator: Generator?) {
      self.about = about
      self.generator = generator
    }
  }

  /// A mask on a picture.
  private struct Trial: Sendable {
    var index: Int
    var number: Int
    var part: FacePart
    var size: MaskSize
  }

  private let set: TrainingSet
  private let size: Int
  private let seed: UInt64
  private let threads: Int
  private let vgg: (features: FeatureDistance, sha256: String)?
  private let trials: [Trial]
  private let pictures: Int

  /// Describes a trial.
  ///
  /// - Parameters:
  ///   - set: The pictures; those kept for validation are used, the others too only where those are too few.
  ///   - tasks: How many masks of each size for each part of the face; each is a task of each guidance.
  ///   - size: The tasks' side, a multiple of 128.
  ///   - seed: Of masks and strokes.
  ///   - vgg: For the feature distance, with the file's SHA-256; nil measures structure.
  ///   - threads: How many work; the figures are the same.
  /// - Throws: ``TrainingDataError`` where the set has no annotated faces.
  public init(
    set: TrainingSet, tasks: Int, size: Int, seed: UInt64, vgg: (weights: VGGWeights, sha256: String)?,
    threads: Int
  ) throws(TrainingDataError) {
    precondition(GeneratorModel.isValid(size: size) && tasks > 0)
    self.set = set
    self.size = size
    self.seed = seed
    self.threads = threads
    self.vgg = vgg.map { (FeatureDistance(trunk: VGGTrunk(weights: $0.weights)), $0.sha256) }
    func annotated(_ pool: [Int]) throws(TrainingDataError) -> [Int] {
      var result: [Int] = []
      for index in pool where try set.withPicture(index, { $0.hasFace }) { result.append(index) }
      return result
    }
    var pool = try annotated(set.validation)
    if pool.count < 2 { pool = try annotated(Array(0..<set.count)) }
    guard pool.count >= 2 else {
      throw TrainingDataError(
        file: set.folder,
        "the set has no annotated faces, and without them nobody knows which part of a face a task is about",
        hints: ["prepare it with them: fedit prepare FACES -o SET --annotations FILE.safetensors"])
    }
    pictures = pool.count
    var trials: [Trial] = []
    for (p, part) in FacePart.allCases.enumerated() {
      for (s, size) in MaskSize.allCases.enumerated() {
        for number in 0..<tasks {
          // Odd numbers on odd pictures: the two halves of the check have none in common.
          let turn = (number / 2 * 24 + p * 3 + s) * 2 + number % 2
          let half = (pool.count + 1 - number % 2) / 2
          let place = turn / 2 % max(half, 1) * 2 + number % 2
          trials.append(
            Trial(index: pool[min(place, pool.count - 1)], number: number, part: part, size: size))
        }
      }
    }
    self.trials = trials
  }

  /// How many masks are tried.
  public var count: Int { trials.count }

  /// A task that was made, and what the experts made of it.
  private struct Filled: Sendable {
    var category: EditCategory
    var half: Int
    var sample: TrainingSample
    /// By expert; nil where it is the same as for the task without guidance.
    var results: [[Float]?]
  }

  /// Runs all experts on all tasks.
  ///
  /// - Parameters:
  ///   - experts: At least two, one of them a network; with different names.
  ///   - isCancelled: Asked between tasks.
  ///   - progress: Told how many masks are done.
  /// - Returns: The ranking, and a sheet of one task a part and size: photo, input, each expert's fill with its
  ///   figure; nil where it was cancelled.
  /// - Throws: ``TrainingDataError`` where the set is damaged, `GeneratorError` where memory is short.
  public func run(
    experts: [Expert], isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: (_ done: Int) -> Void = { _ in }
  ) throws -> (ranking: ExpertRanking, sheet: Picture)? {
    precondition(experts.count > 1 && experts.contains { $0.generator != nil })
    let pool = ThreadPool(threads: threads)
    var outcomes: [ExpertTable.Outcome] = []
    var rows: [[Sheet.Cell]] = []
    var agreeing = 0
    var masks = 0
    for start in stride(from: 0, to: trials.count, by: 4) {
      var batch: [[Filled]] = []
      for trial in trials[start..<min(start + 4, trials.count)] {
        if isCancelled() { return nil }
        guard let (filled, agrees) = try fill(trial, by: experts) else { continue }
        masks += 1
        agreeing += agrees ? 1 : 0
        batch.append(filled)
      }
      let ready = batch
      let measured = pool.map(ready.count) { self.figures(ready[$0]) }
      for (tasks, figures) in zip(ready, measured) {
        for (task, own) in zip(tasks, figures) {
          outcomes.append(.init(category: task.category, half: task.half, figures: own))
        }
        // One row a part and size, each with another guidance than the one before.
        let first = tasks[0].category
        if !rows.isEmpty, shown(rows.count - 1, is: first, in: outcomes) { continue }
        rows.append(cells(tasks, figures, experts, turn: rows.count))
      }
      progress(min(start + 4, trials.count))
    }
    let table = ExpertTable(names: experts.map(\.about.name), outcomes: outcomes)
    guard !outcomes.isEmpty else {
      throw TrainingDataError(
        file: set.folder, "no picture of the set shows enough of a face to make tasks of")
    }
    let source = ExpertRanking.Source(
      set: SHA256.hex(set.fingerprint), pictures: pictures, tasks: outcomes.count, size: size, seed: seed,
      measure: vgg == nil ? .structure : .features, vgg16: vgg?.sha256,
      agreement: (Double(agreeing) / Double(max(masks, 1)) * 1000).rounded() / 1000)
    let ranking = ExpertRanking(
      source: source, experts: experts.map(\.about), defaultExpert: table.names[table.best],
      check: table.check,
      rows: table.rows)
    return (ranking, Sheet(rows: rows, cellWidth: size).render())
  }

  /// Whether a row of the sheet shows the same part and size already.
  private func shown(_ row: Int, is category: EditCategory, in outcomes: [ExpertTable.Outcome]) -> Bool {
    let same = outcomes.filter { $0.category.part == category.part && $0.category.size == category.size }
    return same.count > EditGuidance.allCases.count
  }

  /// The tasks of a mask, filled; nil where the picture has no such mask.
  private func fill(_ trial: Trial, by experts: [Expert]) throws -> (tasks: [Filled], agrees: Bool)? {
    let made = try set.withPicture(trial.index) { layers -> ([TrainingSample], Bool)? in
      let maker = TaskMaker(view: SampleView(layers: layers, size: size), seed: seed, index: trial.index)
      guard let (mask, agrees) = maker.mask(in: trial.part, trial.size, number: trial.number) else {
        return nil
      }
      return (EditGuidance.allCases.map { maker.task(mask, $0) }, agrees)
    }
    guard let (samples, agrees) = made else { return nil }
    let tasks = try zip(EditGuidance.allCases, samples).map { guidance, sample in
      let results = try experts.map { expert -> [Float]? in
        if let generator = expert.generator { return try Evaluation.filled(sample, by: generator) }
        return guidance == .none ? try Evaluation.healed(sample, seed: seed) : nil
      }
      return Filled(
        category: EditCategory(part: trial.part, guidance: guidance, size: trial.size),
        half: trial.number % 2, sample: sample, results: results)
    }
    return (tasks, agrees)
  }

  /// The figures of a mask's tasks, by expert.
  private func figures(_ tasks: [Filled]) -> [[Double]] {
    // Photo and mask are the same for each guidance.
    let measured = MeasuredTask(tasks[0].sample, features: vgg?.features)
    func figure(_ result: [Float]) -> Double {
      let figures = measured.figures(result)
      return figures.features ?? 0.84 * (1 - figures.ssim) + 0.16 * figures.l1 / 255
    }
    var all: [[Double]] = []
    for task in tasks {
      all.append(task.results.enumerated().map { k, result in result.map(figure) ?? all[0][k] })
    }
    return all
  }

  private func cells(
    _ tasks: [Filled], _ figures: [[Double]], _ experts: [Expert], turn: Int
  ) -> [Sheet.Cell] {
    let k = turn % tasks.count
    let task = tasks[k]
    func cell(_ plane: ColorPlane, _ caption: String) -> Sheet.Cell {
      Sheet.Cell(
        Picture(width: plane.width, height: plane.height, samples: .eight(plane.pixels)), caption: caption)
    }
    func plane(_ levels: [Float]) -> ColorPlane {
      ColorPlane(width: size, height: size, pixels: levels.map(Levels.byte))
    }
    let photo = Evaluation.composited(task.sample) { p, c in task.sample.image[p * 3 + c] }
    let results = experts.indices.map { e in
      let text = (figures[k][e] * 1000).rounded() / 1000
      return cell(plane(task.results[e] ?? tasks[0].results[e] ?? photo), "\(experts[e].about.name): \(text)")
    }
    return [cell(plane(photo), task.category.words), cell(ContactSheet.input(task.sample), "input")] + results
  }
}

extension Evaluation {
  /// The picture with its masked pixels filled from what lies around them, as `heal` does.
  static func healed(_ sample: TrainingSample, seed: UInt64) throws -> [Float] {
    let size = sample.size
    let levels = composited(sample) { p, c in sample.image[p * 3 + c] }
    var picture = Picture(width: size, height: size, samples: .eight(levels.map { UInt8($0) }))
    let frame = PixelRect(x: 0, y: 0, width: size, height: size)
    let mask = PhotoMask(
      x: 0, y: 0, width: size, height: size, pixels: sample.mask.map { $0 != 0 ? 1 : 0 }
    ).cropped(to: frame)
    let outcome = try Heal.apply(to: &picture, mask: mask, others: [], seed: seed)
    // What could not be filled is grey, and no photo that was never touched.
    guard outcome == .healed, case .eight(let samples) = picture.samples else {
      return composited(sample) { _, _ in 0 }
    }
    return samples.map { Float($0) }
  }
}
