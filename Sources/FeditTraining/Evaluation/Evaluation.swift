import FeditGenerator
import FeditImage
import FeditNN
import FeditPixels
import FeditVision
import Foundation

/// Measures generators on seeded tasks of four kinds with the pictures kept for validation.
public struct Evaluation: Sendable {
  /// The means of some tasks' figures, inside the mask.
  public struct Figures: Sendable, Hashable, Codable {
    /// Decibels; the mean of the tasks' own.
    public var psnr = 0.0
    /// Levels.
    public var l1 = 0.0
    /// Structural similarity of the luma, at most 1.
    public var ssim = 0.0
    /// Distance of unit-normalised VGG features; nil without VGG weights.
    public var features: Double?
    /// The contrast of drawn pixels with those around them beside the photo's: 1 is right, above 1.25 ink is drawn; nil
    /// for tasks without a sketch.
    public var ink: Double?
    /// Mean difference from the given colours, in levels; nil for tasks without colours.
    public var colorError: Double?
  }

  /// One way of filling, measured.
  public struct Entry: Sendable, Hashable, Codable {
    /// `model`, `baseline`, `diffusion`; `photo` has only what the photo itself does to the guidance.
    public var name: String
    /// By kind of task (`mask`, `sketch`, `color`, `both`), and `all`.
    public var figures: [String: Figures]
    /// What else is measured, of models.
    public var measures: Measures?
  }

  /// All figures of a run.
  public struct Report: Sendable, Hashable, Codable {
    /// Side of the tasks in pixels.
    public var size: Int
    /// Pictures; each is a task of each kind.
    public var pictures: Int
    /// Of masks, strokes and noise.
    public var seed: UInt64
    /// The mean share of the frame that is masked.
    public var masked: Double
    /// Models first, then diffusion and the photo.
    public var entries: [Entry]
  }

  let set: TrainingSet
  let size: Int
  let seed: UInt64
  let features: FeatureDistance?
  private let pictures: [Int]
  private let threads: Int

  /// Describes a run.
  ///
  /// - Parameters:
  ///   - set: the pictures; those kept for validation are used, the others too only where there are none.
  ///   - pictures: how many of them at most.
  ///   - size: the tasks' side, a multiple of 128.
  ///   - seed: of masks and strokes.
  ///   - vgg: for the feature distance.
  ///   - threads: how many work; the figures are the same.
  public init(
    set: TrainingSet, pictures: Int, size: Int, seed: UInt64, vgg: VGGWeights? = nil, threads: Int
  ) {
    precondition(GeneratorModel.isValid(size: size) && pictures > 0)
    self.set = set
    self.size = size
    self.seed = seed
    self.threads = threads
    features = vgg.map { FeatureDistance(trunk: VGGTrunk(weights: $0)) }
    let pool = set.validation.isEmpty ? Array(0..<set.count) : set.validation
    let count = min(pictures, pool.count)
    // Spread over the set, for pictures of one source lie side by side.
    self.pictures = (0..<count).map { pool[(2 * $0 + 1) * pool.count / (2 * count)] }
  }

  /// The pictures that the tasks of ``Measures`` are made of.
  var measured: [Int] { Array(pictures.prefix(40)) }

  /// How many tasks there are; those of the other measures count one a picture.
  public func taskCount(models: Int) -> Int {
    pictures.count * TaskKind.allCases.count + models * measured.count
  }

  private struct Task: Sendable {
    var index: Int
    var kind: TaskKind
  }

  /// What one task came to: figures by entry, and its pictures for the sheet.
  private struct Outcome: Sendable {
    var figures: [Figures]
    var masked: Double
    var cells: [ColorPlane]
  }

  /// Runs all tasks.
  ///
  /// - Parameters:
  ///   - model: the generator under test.
  ///   - baseline: another to compare it with.
  ///   - sheetRows: how many tasks the sheet shows.
  ///   - isCancelled: asked between tasks.
  ///   - progress: told how many tasks are done.
  /// - Returns: the figures, and a picture of some tasks, two a row: photo, input, diffusion, the baseline's
  ///   result where there is one, the model's result; nil where it was cancelled.
  /// - Throws: ``TrainingDataError`` where the set is damaged, `GeneratorError` where memory is short.
  public func run(
    model: Generator, baseline: Generator? = nil, sheetRows: Int = 16,
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: (_ done: Int) -> Void = { _ in }
  ) throws -> (report: Report, sheet: Picture)? {
    let tasks = pictures.flatMap { index in TaskKind.allCases.map { Task(index: index, kind: $0) } }
    let generators = baseline.map { [model, $0] } ?? [model]
    let names = ["model"] + (baseline == nil ? [] : ["baseline"]) + ["diffusion", "photo"]
    let pool = ThreadPool(threads: threads)
    let shown = Set(
      (0..<min(sheetRows, tasks.count)).map { row in
        // As many rows of each kind, of pictures spread over the run.
        let kind = row % TaskKind.allCases.count
        let picture = row * pictures.count / max(min(sheetRows, tasks.count), 1)
        return picture * TaskKind.allCases.count + kind
      })
    var sums = names.map { _ in [TaskKind: Sums]() }
    var masked = 0.0
    var rows: [[ColorPlane]] = []
    for start in stride(from: 0, to: tasks.count, by: 8) {
      let chunk = Array(tasks[start..<min(start + 8, tasks.count)])
      var inputs: [(sample: TrainingSample, results: [[Float]])] = []
      for task in chunk {
        if isCancelled() { return nil }
        let sample = try set.task(index: task.index, kind: task.kind, seed: seed, size: size)
        let results = try generators.map { try Self.filled(sample, by: $0) }
        inputs.append((sample, results))
      }
      let outcomes = pool.map(chunk.count) { item in
        outcome(inputs[item].sample, inputs[item].results, withCells: shown.contains(start + item))
      }
      for (i, outcome) in outcomes.enumerated() {
        masked += outcome.masked
        for (k, figures) in outcome.figures.enumerated() {
          sums[k][chunk[i].kind, default: Sums()].add(figures)
        }
        if !outcome.cells.isEmpty { rows.append(outcome.cells) }
      }
      progress(start + chunk.count)
    }
    var entries = zip(names, sums).map { name, byKind in
      var figures: [String: Figures] = [:]
      var all = Sums()
      for kind in TaskKind.allCases {
        guard let sum = byKind[kind] else { continue }
        figures[kind.rawValue] = sum.means
        all.add(sum)
      }
      figures["all"] = all.means
      return Entry(name: name, figures: figures)
    }
    var measured = 0
    for (i, generator) in generators.enumerated() {
      let measures = try measures(
        of: generator, isCancelled: isCancelled,
        done: {
          measured += 1
          progress(tasks.count + measured)
        })
      guard let measures else { return nil }
      entries[i].measures = measures
    }
    let report = Report(
      size: size, pictures: pictures.count, seed: seed, masked: masked / Double(max(tasks.count, 1)),
      entries: entries)
    // Two tasks side by side.
    let lines = stride(from: 0, to: rows.count, by: 2).map {
      Array(rows[$0..<min($0 + 2, rows.count)].joined())
    }
    return (report, ContactSheet.grid(lines))
  }

  /// The picture with its masked pixels generated, RGB in whole levels.
  static func filled(_ sample: TrainingSample, by generator: Generator) throws -> [Float] {
    let order = generator.model.channelOrder
    let area = MaskArea(mask: sample.mask, size: sample.size)
    let generated = try generator.generate(sample.inputs(order), area: area)
    return composited(sample) { p, c in generated[p * 3 + (order == .bgr ? 2 - c : c)] }
  }

  /// The photo outside the mask, `fill` (−1…1) inside, in whole levels.
  static func composited(_ sample: TrainingSample, fill: (Int, Int) -> Float) -> [Float] {
    var result = [Float](repeating: 0, count: sample.image.count)
    for p in sample.mask.indices {
      for c in 0..<3 {
        let value = sample.mask[p] != 0 ? fill(p, c) : sample.image[p * 3 + c]
        result[p * 3 + c] = Float(Levels.byte(Levels.level(value)))
      }
    }
    return result
  }

  private func outcome(_ sample: TrainingSample, _ results: [[Float]], withCells: Bool) -> Outcome {
    let measured = MeasuredTask(sample, features: features)
    let (mask, photo) = (measured.mask, measured.photo)
    let diffused = harmonicFill(photo, mask: mask).map { $0.rounded() }
    func figures(_ result: [Float]) -> Figures {
      var figures = measured.figures(result)
      figures.ink = ink(result, sample, photo)
      return figures
    }
    var ofPhoto = Figures(psnr: 99, l1: 0, ssim: 1, features: features == nil ? nil : 0)
    ofPhoto.ink = ink(photo, sample, photo)
    ofPhoto.colorError = measured.metrics.colorError(photo, color: sample.color, set: sample.colorSet)
    var cells: [ColorPlane] = []
    if withCells {
      let pictures = [diffused] + results.reversed()
      cells =
        [plane(photo), ContactSheet.input(sample)] + pictures.map(plane)
    }
    return Outcome(
      figures: results.map(figures) + [figures(diffused), ofPhoto],
      masked: Double(mask.setCount) / Double(size * size), cells: cells)
  }

  /// The contrast of drawn pixels beside the photo's; nil without a sketch.
  private func ink(_ result: [Float], _ sample: TrainingSample, _ photo: [Float]) -> Double? {
    let contrast = lineContrast(photo, sample.sketch)
    return contrast > 0 ? lineContrast(result, sample.sketch) / contrast : nil
  }

  private func plane(_ levels: [Float]) -> ColorPlane {
    ColorPlane(width: size, height: size, pixels: levels.map(Levels.byte))
  }

  /// Sums of figures, each over the tasks that have it.
  private struct Sums {
    private var totals = [Double](repeating: 0, count: 6)
    private var counts = [Int](repeating: 0, count: 6)

    mutating func add(_ f: Figures) {
      for (i, value) in [f.psnr, f.l1, f.ssim, f.features, f.ink, f.colorError].enumerated() {
        guard let value else { continue }
        totals[i] += value
        counts[i] += 1
      }
    }

    mutating func add(_ other: Sums) {
      for i in 0..<6 {
        totals[i] += other.totals[i]
        counts[i] += other.counts[i]
      }
    }

    var means: Figures {
      func mean(_ i: Int) -> Double? { counts[i] > 0 ? totals[i] / Double(counts[i]) : nil }
      return Figures(
        psnr: mean(0) ?? 0, l1: mean(1) ?? 0, ssim: mean(2) ?? 0, features: mean(3), ink: mean(4),
        colorError: mean(5))
    }
  }
}

extension Picture {
  /// Writes a sheet as a PNG.
  ///
  /// - Throws: ``TrainingDataError`` where it can't be written.
  public func writeSheet(to path: String) throws(TrainingDataError) { try ContactSheet.write(self, to: path) }
}
