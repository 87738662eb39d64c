import FeditKernels
import FeditNN
import Foundation

/// The maps of a network at one size, and which of their pixels hold their value.
final class RunState: @unchecked Sendable {
  let network: Network
  private let pool: ThreadPool
  private let arena: FloatBuffer
  private let scratch: FloatBuffer
  private let kernels: [fk_layer]
  private let prepared: [PreparedConvolution]
  /// Operations a tile of each step, computed directly.
  private let operations: [Double]
  private var valid: [PixelSet]
  private var hasInput = false
  private let instructionSet: Int32
  private let inputChannels: Int
  /// Seconds that each step of the last run took.
  private(set) var stepSeconds: [Double]
  /// Tiles that the last run computed of each step.
  private(set) var stepTiles: [Int]

  /// Bytes of the maps, and of the threads' working memory.
  var heldBytes: (activations: Int, scratch: Int) { (arena.count * 4, scratch.count * 4) }

  /// What the last run took of each step.
  var profile: [LayerProfile] {
    network.steps.indices.map { s in
      let step = network.steps[s]
      let side = (step.grid + step.convolution.origin + step.convolution.tile - 1) / step.convolution.tile
      return LayerProfile(seconds: stepSeconds[s], share: Double(stepTiles[s]) / Double(side * side))
    }
  }

  init(generator: Generator, size: Int, keepsAll: Bool) throws {
    let layers = generator.layers.map { ($0.layer, $0.prepared.convolution) }
    let architecture = generator.model.architecture
    let network = Network(
      layers: layers, inputChannels: architecture.inputChannels, size: size, keepsAll: keepsAll)
    inputChannels = architecture.inputChannels
    self.network = network
    pool = generator.pool
    let isa = generator.layers[0].prepared.isa
    let scratchFloats = Self.scratchFloats(network, threads: generator.threads, isa: isa)
    guard let arena = FloatBuffer(count: network.arenaFloats), let scratch = FloatBuffer(count: scratchFloats)
    else { throw GeneratorError.outOfMemory(bytes: (network.arenaFloats + scratchFloats) * 4) }
    self.arena = arena
    self.scratch = scratch
    prepared = generator.layers.map(\.prepared)
    kernels = network.steps.enumerated().map { index, step in
      generator.layers[index].prepared.layer(
        inputs: step.inputs.map { network.map($0, in: arena) }, output: network.map(step.output, in: arena),
        side: step.grid)
    }
    instructionSet = isa
    valid = network.steps.map { PixelSet(side: $0.grid) }
    stepSeconds = [Double](repeating: 0, count: network.steps.count)
    stepTiles = [Int](repeating: 0, count: network.steps.count)
    operations = network.steps.map { step in
      Double(step.convolution.tile * step.convolution.tile) * step.layer.operationsPerGridPixel
    }
  }

  /// No pixel holds its value any more.
  func forget() {
    hasInput = false
    valid = network.steps.map { PixelSet(side: $0.grid) }
  }

  // MARK: Dividing the work

  /// Floats of working memory for a thread's tiles, rather more than its second-level cache holds, and for all
  /// tiles of a staged layer; found by measuring.
  private static let chunkFloats = 300_000
  private static let stagedFloats = 8_000_000
  /// Pixels of one of OpenBLAS's products.
  private static let gatheredPixels = 768

  /// Tiles that a thread takes through a layer at once: enough that each weight read serves many, few enough
  /// that they stay in the cache.
  static func chunk(_ layer: fk_layer) -> Int {
    if layer.isa == Engine.openBLASKernels { return gatheredPixels / Int(layer.tile * layer.tile) }
    var layer = layer
    let perTile = fk_scratch_floats(&layer, 2) - fk_scratch_floats(&layer, 1)
    let pixels = Int(layer.tile * layer.tile)
    let most = chunkFloats / perTile
    return layer.taps != 0
      ? max(384 / pixels, min(1536 / pixels, most)) : max(32 / pixels, min(192 / pixels, most))
  }

  /// The most tiles whose products the threads share output by output, rather than tile by tile: so each
  /// weight is read once for all of them.
  static func stagedTiles(_ layer: fk_layer) -> Int {
    var layer = layer
    let pixels = Int(layer.tile * layer.tile)
    let perTile = fk_scratch_floats(&layer, 2) - fk_scratch_floats(&layer, 1)
    return layer.taps != 0 ? max(1024 / pixels, min(4096 / pixels, stagedFloats / perTile)) : 256 / pixels
  }

  /// Floats of working memory for all threads.
  static func scratchFloats(_ network: Network, threads: Int, isa: Int32) -> Int {
    network.steps.reduce(0) { most, step in
      var layer = step.convolution.shape(isa: isa)
      let side = (step.grid + step.convolution.origin + step.convolution.tile - 1) / step.convolution.tile
      let all = side * side
      let chunked = (fk_scratch_floats(&layer, min(all, chunk(layer))) + 63) / 16 * 16 * threads
      let staged =
        fk_scratch_floats(&layer, min(all, stagedTiles(layer))) + (fk_tail_floats(&layer) + 31) / 16 * 16
        * threads
        + 64
      return max(most, chunked, staged)
    }
  }

  private struct Stop: Error {}

  /// Set by whichever thread sees the caller's wish to stop.
  private final class StopFlag: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false
    var isSet: Bool {
      get { lock.withLock { value } }
      set { lock.withLock { value = newValue } }
    }
  }

  private func run(step: Int, tiles: [fk_tile], stop: StopFlag, control: RunControl) {
    var layer = kernels[step]
    let count = tiles.count
    guard count > 0 else { return }
    func isStopped() -> Bool {
      if stop.isSet { return true }
      if control.isCancelled() {
        stop.isSet = true
        return true
      }
      return false
    }
    let base = scratch.start
    tiles.withUnsafeBufferPointer { list in
      guard let list = list.baseAddress else { return }
      withUnsafePointer(to: &layer) { layer in
        guard count <= Self.stagedTiles(layer.pointee) else {
          let size = Self.chunk(layer.pointee)
          // As many chunks as fill all threads evenly.
          let rounds = (count + size * pool.threads - 1) / (size * pool.threads)
          // OpenBLAS's bits depend on the shape of a product, so that it must not depend on the number of threads.
          let isGathered = layer.pointee.isa == Engine.openBLASKernels
          let chunks = isGathered ? (count + size - 1) / size : min(count, rounds * pool.threads)
          let stride = (fk_scratch_floats(layer, size) + 63) / 16 * 16
          pool.run(chunks) { item, thread in
            if isStopped() { return }
            let first = count * item / chunks
            let last = count * (item + 1) / chunks
            fk_run_tiles(layer, list + first, last - first, base + thread * stride)
          }
          return
        }
        let tail = (fk_tail_floats(layer) + 31) / 16 * 16
        let shared = base + tail * pool.threads
        let parts = min(count, 4 * pool.threads)
        if layer.pointee.taps != 0 {
          pool.run(parts) { item, _ in
            if isStopped() { return }
            fk_stage_input(layer, list, count, count * item / parts, count * (item + 1) / parts, shared)
          }
        }
        // A product's outputs in pieces of about the same work.
        var pieces: [(group: Int32, first: Int32, last: Int32)] = []
        for g in 0..<layer.pointee.group_count {
          let nn = layer.pointee.groups[Int(g)].nn
          let isWide = layer.pointee.taps != 0 || layer.pointee.isa == Engine.openBLASKernels
          let width: Int32 = isWide ? 256 : 64
          var first: Int32 = 0
          while first < nn {
            pieces.append((g, first, min(nn, first + width)))
            first += width
          }
        }
        pool.run(pieces.count) { item, _ in
          if isStopped() { return }
          let piece = pieces[item]
          fk_stage_product(layer, list, count, piece.group, piece.first, piece.last, shared)
        }
        pool.run(parts) { item, thread in
          if isStopped() { return }
          fk_stage_output(
            layer, list, count, count * item / parts, count * (item + 1) / parts, shared, base + thread * tail
          )
        }
      }
    }
  }

  // MARK: A run

  /// Brings the network's input up to date; returns the pixels of it that changed, or nil if all did.
  private func assemble(_ inputs: GeneratorInputs) -> PixelSet? {
    let size = network.size
    let map = network.map(0, in: arena)
    let compares = hasInput
    let mirror = inputs.mirror.isEmpty ? nil : inputs.mirror
    let mirrorSet = inputs.mirrorSet.isEmpty ? nil : inputs.mirrorSet
    var changed = PixelSet(side: compares ? size : 0)
    changed.withMutableFlags { flags in
      pool.run(size / 16) { band, _ in
        let (first, last) = (Int32(band * 16), Int32(band * 16 + 16))
        let changed = compares ? flags.baseAddress : nil
        fk_assemble(
          inputs.image, inputs.sketch, inputs.color, inputs.mask, inputs.noise, inputs.colorSet,
          inputs.octave ? 1 : 0, mirror, mirrorSet, Int32(inputChannels), Int32(size), map, first, last,
          changed)
      }
    }
    hasInput = true
    return compares ? changed : nil
  }

  func run(_ inputs: GeneratorInputs, area: MaskArea?, control: RunControl) throws -> [Float] {
    if let changed = assemble(inputs) {
      network.invalidate(&valid, changed: changed)
    } else {
      valid = network.steps.map { PixelSet(side: $0.grid) }
    }
    let last = network.steps.count - 1
    let wanted = area?.wanted ?? PixelSet(side: network.size, all: true)
    let work = network.work(for: wanted, valid: valid)
    let total = max(1, zip(work.tiles, operations).reduce(0) { $0 + Double($1.0.count) * $1.1 })
    var done = 0.0
    let stop = StopFlag()
    let clock = ContinuousClock()
    for s in network.steps.indices {
      let start = clock.now
      run(step: s, tiles: work.tiles[s], stop: stop, control: control)
      if stop.isSet { throw GeneratorError.cancelled }
      valid[s].formUnion(work.pixels[s])
      stepSeconds[s] = (clock.now - start) / .seconds(1)
      stepTiles[s] = work.tiles[s].count
      done += Double(work.tiles[s].count) * operations[s]
      control.progress(done / total)
    }
    let map = network.map(network.steps[last].output, in: arena)
    let row = network.size * 3
    return [Float](unsafeUninitializedCapacity: network.size * row) { values, count in
      count = network.size * row
      guard let to = values.baseAddress else { return }
      pool.run(network.size / 16) { item, _ in
        fk_tanh(instructionSet, map.data + item * 16 * row, to + item * 16 * row, 16 * row)
      }
    }
  }
}
