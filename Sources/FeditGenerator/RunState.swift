import FeditKernels
import FeditTensor
import Foundation

/// The maps of a network at one size, and which of their tiles hold their value.
final class RunState: @unchecked Sendable {
  let network: Network
  private let pool: ThreadPool
  private let arena: FloatBuffer
  private let scratch: FloatBuffer
  private let kernels: [fk_layer]
  private let prepared: [PreparedConvolution]
  private let operations: [Double]
  private var valid: [TileSet]
  private var hasInput = false
  private let instructionSet: Int32
  /// Seconds that each step of the last run took.
  private(set) var stepSeconds: [Double]

  init(generator: Generator, size: Int, keepsAll: Bool) throws {
    let layers = generator.layers.map { ($0.layer, $0.prepared.convolution) }
    let network = Network(layers: layers, size: size, keepsAll: keepsAll)
    self.network = network
    pool = generator.pool
    let scratchFloats = Self.scratchFloats(network, threads: generator.threads)
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
    instructionSet = kernels.first?.isa ?? fk_best_isa()
    valid = network.steps.map { TileSet(pixels: $0.grid) }
    stepSeconds = [Double](repeating: 0, count: network.steps.count)
    operations = network.steps.map { step in
      let channels = Double(step.layer.inputs * step.layer.outputs)
      switch step.layer.kind {
      case .gated(let kernel, _, _): return 64 * Double(kernel * kernel) * channels
      case .upsampling: return 32 * 25 * channels
      }
    }
  }

  /// No tile holds its value any more.
  func forget() {
    hasInput = false
    for s in valid.indices { valid[s] = TileSet(pixels: network.steps[s].grid) }
  }

  // MARK: Dividing the work

  /// Tiles that a thread takes through a layer at once: enough that each weight read serves many, few enough
  /// that they stay in the cache.
  static func chunk(_ layer: fk_layer) -> Int {
    let perTile = layer.winograd != 0 ? 36 * Int(layer.k + layer.n) : 16 * Int(layer.n)
    let cache = 300_000
    return layer.winograd != 0 ? max(24, min(96, cache / perTile)) : max(2, min(12, cache / perTile))
  }

  /// Whether tiles are so few that the threads share each product's outputs rather than the tiles.
  static func isStaged(_ layer: fk_layer, tiles: Int) -> Bool {
    layer.winograd != 0 ? tiles <= 64 : tiles <= 16
  }

  /// Floats of working memory for all threads.
  static func scratchFloats(_ network: Network, threads: Int) -> Int {
    network.steps.reduce(0) { most, step in
      var layer = step.convolution.shape
      let all = ((step.grid + 3) / 4) * ((step.grid + 3) / 4)
      let chunked = (fk_scratch_floats(&layer, min(all, chunk(layer))) + 63) / 16 * 16 * threads
      let stagedTiles = min(all, layer.winograd != 0 ? 64 : 16)
      let staged =
        fk_scratch_floats(&layer, stagedTiles) + (fk_tail_floats(&layer) + 31) / 16 * 16 * threads + 64
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
        guard Self.isStaged(layer.pointee, tiles: count) else {
          let size = Self.chunk(layer.pointee)
          // As many chunks as fill all threads evenly.
          let rounds = (count + size * pool.threads - 1) / (size * pool.threads)
          let chunks = min(count, rounds * pool.threads)
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
        if layer.pointee.winograd != 0 {
          fk_stage_clear(layer, count, shared)
          pool.run(parts) { item, _ in
            if isStopped() { return }
            fk_stage_input(layer, list, count, count * item / parts, count * (item + 1) / parts, shared)
          }
        }
        // A product's outputs in pieces of about the same work.
        var pieces: [(group: Int32, first: Int32, last: Int32)] = []
        for g in 0..<layer.pointee.group_count {
          let nn = layer.pointee.groups[Int(g)].nn
          let width: Int32 = layer.pointee.winograd != 0 ? 256 : 64
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

  /// Brings the network's input up to date; returns the tiles of it that changed, or nil if all did.
  private func assemble(_ inputs: GeneratorInputs) -> TileSet? {
    let size = network.size
    let map = network.map(0, in: arena)
    let bands = size / 4
    let compares = hasInput
    var changed = TileSet(pixels: size)
    inputs.image.withUnsafeBufferPointer { image in
      inputs.sketch.withUnsafeBufferPointer { sketch in
        inputs.color.withUnsafeBufferPointer { color in
          inputs.mask.withUnsafeBufferPointer { mask in
            inputs.noise.withUnsafeBufferPointer { noise in
              changed.flags.withUnsafeMutableBufferPointer { flags in
                let side = size / 4
                pool.run(bands) { band, _ in
                  fk_assemble(
                    image.baseAddress, sketch.baseAddress, color.baseAddress, mask.baseAddress,
                    noise.baseAddress,
                    Int32(size), map, Int32(band * 4), Int32(band * 4 + 4),
                    compares ? flags.baseAddress.map { $0 + band * side } : nil)
                }
              }
            }
          }
        }
      }
    }
    hasInput = true
    return compares ? changed : nil
  }

  func run(_ inputs: GeneratorInputs, area: MaskArea?, control: RunControl) throws -> [Float] {
    if let changed = assemble(inputs) {
      network.invalidate(&valid, changed: changed)
    } else {
      for s in valid.indices { valid[s] = TileSet(pixels: network.steps[s].grid) }
    }
    let last = network.steps.count - 1
    let wanted = area?.tiles ?? TileSet(pixels: network.size, all: true)
    let work = network.needed(for: wanted, valid: valid).map(\.list)
    let total = max(1, zip(work, operations).reduce(0) { $0 + Double($1.0.count) * $1.1 })
    var done = 0.0
    let stop = StopFlag()
    let clock = ContinuousClock()
    for s in network.steps.indices {
      let start = clock.now
      run(step: s, tiles: work[s], stop: stop, control: control)
      if stop.isSet { throw GeneratorError.cancelled }
      let side = valid[s].side
      for tile in work[s] { valid[s].flags[Int(tile >> 16) * side + Int(tile & 0xffff)] = true }
      stepSeconds[s] = (clock.now - start) / .seconds(1)
      done += Double(work[s].count) * operations[s]
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
