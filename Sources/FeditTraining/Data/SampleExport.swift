import FeditNN
import FeditWeights

/// Writes the samples that a run would see into one safetensors file, for training elsewhere.
///
/// Tensors (n samples of side S, in the order of the run): `picture` U8 [n, S, S, 3] (not erased in the mask),
/// `color` and `mirror` U8 [n, S, S, 3] (0 where none is set), `sketch`, `colorSet`, `mirrorSet`, `mask` and `noise` U8 [n, S, S/8] (bits, the
/// leftmost pixel in the highest: NumPy's `unpackbits`), and U8 [n]: `octave`; `halvings`, how often the size is halved
/// where an octave is to sharpen a fill of the network's own; `natural`, whether colours are those of a photo. Guidance
/// is 0 outside the mask.
public struct SampleExport {
  /// The metadata's `format`.
  public static let format = "fedit-samples-2"

  private let data: TrainingData
  private let configuration: TrainingConfiguration
  private let threads: Int

  /// Describes an export.
  ///
  /// - Parameters:
  ///   - data: the sets.
  ///   - configuration: `seed`, `size`, `batch`, `steps` and how samples are made; the rest is recorded in the
  ///     metadata.
  ///   - threads: how many work; the file is the same.
  public init(data: TrainingData, configuration: TrainingConfiguration, threads: Int) {
    self.data = data
    self.configuration = configuration
    self.threads = threads
  }

  /// How many samples there are: a batch for each step.
  public var count: Int { configuration.batch * configuration.steps }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - path: the file; it is complete or what was there before stays.
  ///   - isCancelled: asked between batches.
  ///   - progress: told how many samples are written.
  /// - Returns: whether it was written; not where it was cancelled.
  /// - Throws: ``TrainingDataError`` where a set is damaged or the file can't be written.
  public func write(
    to path: String, isCancelled: @escaping () -> Bool = { false }, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> Bool {
    try data.validate(configuration.samples)
    let (size, count) = (configuration.size, count)
    var sequence = SampleSequence(
      data: data, seed: configuration.seed, size: size, options: configuration.samples)
    let pool = ThreadPool(threads: threads)
    let bits = [size, size / 8]
    let layout: [SafetensorsWriter.Rows] = [
      .init(name: "color", shape: [size, size, 3]), .init(name: "colorSet", shape: bits),
      .init(name: "halvings", shape: []), .init(name: "mask", shape: bits),
      .init(name: "mirror", shape: [size, size, 3]), .init(name: "mirrorSet", shape: bits),
      .init(name: "natural", shape: []),
      .init(name: "noise", shape: bits), .init(name: "octave", shape: []),
      .init(name: "picture", shape: [size, size, 3]), .init(name: "sketch", shape: bits),
    ]
    var failure: (any Error)?
    var isComplete = true
    let metadata = [
      "format": Self.format, "sets": data.name, "configuration": configuration.text,
      "batch": String(configuration.batch), "seed": String(configuration.seed),
    ]
    do throws(WeightError) {
      try SafetensorsWriter.write(rows: count, of: layout, metadata: metadata, to: path) {
        file throws(WeightError) in
        let block = 64
        for start in stride(from: 0, to: count, by: block) {
          if isCancelled() {
            isComplete = false
            throw WeightError(file: path, "was not finished")
          }
          let makers = (start..<min(start + block, count)).map { sequence.maker(at: $0) }
          let made = pool.map(makers.count) { item in Result { try makers[item]().packed } }
          let rows: [[[UInt8]]]
          do {
            rows = try made.map { try $0.get() }
          } catch {
            failure = error as? TrainingDataError ?? TrainingDataError(file: path, "\(error)")
            throw WeightError(file: path, "was not finished")
          }
          for tensor in layout.indices {
            try file.write(rows.map { $0[tensor] }, tensor: tensor, row: start)
          }
          progress(start + rows.count)
        }
      }
    } catch {
      if let failure { throw failure }
      guard isComplete else { return false }
      throw TrainingDataError(error)
    }
    return true
  }
}

extension TrainingSample {
  /// The layers as an export's tensors have them, in the order of their names.
  fileprivate var packed: [[UInt8]] {
    func bits(_ isSet: (Int) -> Bool) -> [UInt8] {
      stride(from: 0, to: size * size, by: 8).map { i in
        (0..<8).reduce(UInt8(0)) { $0 << 1 | (isSet(i + $1) ? 1 : 0) }
      }
    }
    var color = [UInt8](repeating: 0, count: size * size * 3)
    for p in colorSet.indices where colorSet[p] != 0 {
      for c in 3 * p..<3 * p + 3 { color[c] = ContactSheet.level(self.color[c]) }
    }
    var opposite = [UInt8](repeating: 0, count: size * size * 3)
    if let mirror {
      for p in mirror.set.indices where mirror.set[p] != 0 {
        for c in 3 * p..<3 * p + 3 { opposite[c] = ContactSheet.level(mirror.values[c]) }
      }
    }
    return [
      color, bits { colorSet[$0] != 0 }, [UInt8(halvings)], bits { mask[$0] != 0 }, opposite,
      bits { p in mirror.map { $0.set[p] != 0 } ?? false }, [isNatural ? 1 : 0],
      bits { noise[$0] != 0 }, [octave ? 1 : 0],
      image.map(ContactSheet.level), bits { sketch[$0] != 0 },
    ]
  }
}
