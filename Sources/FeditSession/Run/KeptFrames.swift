import FeditGenerator

/// Runs the generator on the frames of a plan, and keeps what holds until the next run: activations of the edits'
/// own frames, and the outputs of octaves' tiles.
///
/// Whatever is kept, the result is the same bits.
final class KeptFrames {
  /// A frame of a plan.
  struct Key: Hashable {
    /// The edit's place among the edits.
    var position: Int
    /// The square's place among the edit's squares.
    var square: Int
    /// 0 is the square itself; above, its tiles.
    var octave = 0
    var column = 0
    var row = 0
  }

  private struct Tile {
    var inputs: GeneratorInputs
    var area: MaskArea
    var output: [Float]
    var used: Int
    var generator: Generator

    var byteCount: Int { inputs.size * inputs.size * 12 * 4 }
  }

  private let keeping: SessionOptions.Keeping
  private var activations: [Key: (session: GeneratorSession, used: Int)] = [:]
  private var tiles: [Key: Tile] = [:]
  private var clock = 0

  init(keeping: SessionOptions.Keeping) { self.keeping = keeping }

  /// Lets go of everything.
  func forget() {
    activations = [:]
    tiles = [:]
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - inputs: The frame's layers.
  ///   - area: The pixels that are wanted.
  ///   - key: Which frame it is; nil where nothing can come of keeping it.
  ///   - generator: Of the plan.
  ///   - control: Stops the run.
  /// - Returns: As `Generator.generate`.
  /// - Throws: `GeneratorError`.
  func generate(
    _ inputs: GeneratorInputs, area: MaskArea, key: Key?, generator: Generator, control: RunControl
  ) throws -> [Float] {
    guard let key else { return try generator.generate(inputs, area: area, control: control) }
    clock += 1
    guard key.octave > 0 else {
      return try session(for: key, generator, size: inputs.size).generate(
        inputs, area: area, control: control)
    }
    if let tile = tiles[key], tile.generator === generator, tile.inputs == inputs, tile.area == area {
      tiles[key]?.used = clock
      return tile.output
    }
    let output = try generator.generate(inputs, area: area, control: control)
    if case .results(let bytes) = keeping {
      tiles[key] = Tile(inputs: inputs, area: area, output: output, used: clock, generator: generator)
      var total = tiles.reduce(0) { $0 + $1.value.byteCount }
      while total > bytes / 4, let oldest = tiles.min(by: { $0.value.used < $1.value.used }) {
        total -= oldest.value.byteCount
        tiles[oldest.key] = nil
      }
    }
    return output
  }

  /// Activations to start a frame from: its own from the run before where they were kept, else a
  /// new set where there is room for one, else those that were used longest ago. Whichever it is, the
  /// result is the same; what of it still holds is found by comparing.
  private func session(for key: Key, _ generator: Generator, size: Int) -> GeneratorSession {
    if let own = activations[key], own.session.generator === generator {
      activations[key] = (own.session, clock)
      return own.session
    }
    // That of another generator is of no use any more.
    activations[key] = nil
    let session: GeneratorSession
    var room = 1
    if case .results(let bytes) = keeping {
      let plan = Generator.memoryPlan(
        model: generator.model, size: size, threads: generator.threads, keepsActivations: true)
      room = max(1, bytes / 2 / max(1, plan.activations + plan.scratch))
    }
    if activations.count < room {
      session = GeneratorSession(generator: generator)
    } else {
      let oldest = activations.min { $0.value.used < $1.value.used }
      if let oldest { activations[oldest.key] = nil }
      let old = oldest?.value.session
      session =
        old.flatMap { $0.generator === generator ? $0 : nil } ?? GeneratorSession(generator: generator)
    }
    activations[key] = (session, clock)
    return session
  }
}
