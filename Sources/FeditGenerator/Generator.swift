import FeditKernels
import FeditTensor
import Foundation

/// The memory of a run, known before it starts.
public struct MemoryPlan: Sendable, Equatable {
  /// Bytes of the prepared weights.
  public let weights: Int
  /// Bytes of the activations.
  public let activations: Int
  /// Bytes of the threads' working buffers.
  public let scratch: Int
  /// Bytes of the inputs and the output.
  public let layers: Int
  /// All bytes together.
  public var total: Int { weights + activations + scratch + layers }
}

/// What a run took of one layer.
package struct LayerProfile: Sendable {
  package var seconds: Double
  /// The share of the layer's grid that was computed, 0…1.
  package var share: Double
}

/// A network ready to run: weights prepared once, for any size and any number of runs.
///
/// The result has the same bits for any number of threads, any area, and any x86-64-v3 processor.
public final class Generator: Sendable {
  public let model: GeneratorModel
  /// Threads that share a run's work.
  public let threads: Int
  let pool: ThreadPool
  let layers: [(layer: Architecture.Layer, prepared: PreparedConvolution)]
  private let idle = Idle()

  /// Activations of the last runs, kept so that the next need not ask the system for memory again: as many
  /// sets as ran at the same time, all of the size that ran last.
  private final class Idle: @unchecked Sendable {
    private let lock = NSLock()
    private var states: [RunState] = []
    func take(size: Int) -> RunState? {
      lock.withLock {
        if let last = states.last, last.network.size != size { states = [] }
        return states.popLast()
      }
    }
    func put(_ new: RunState) {
      lock.withLock {
        if let last = states.last, last.network.size != new.network.size { states = [] }
        states.append(new)
      }
    }
  }

  /// Prepares a model's weights.
  ///
  /// - Parameters:
  ///   - model: The checked weights.
  ///   - threads: How many threads share the work; the result does not depend on it.
  /// - Throws: ``GeneratorError`` if a tensor holds a value that is not finite, memory is short or the
  ///   processor too old; what the source throws.
  public convenience init(model: GeneratorModel, threads: Int) throws {
    try self.init(model: model, threads: threads, instructionSet: nil)
  }

  /// As ``init(model:threads:)``, on an instruction set of choice.
  package init(model: GeneratorModel, threads: Int, instructionSet: Int32?) throws {
    guard fk_is_supported() != 0 else { throw GeneratorError.unsupportedProcessor }
    self.model = model
    let pool = ThreadPool(threads: threads)
    self.pool = pool
    self.threads = pool.threads
    layers = try Self.convolutions(model.architecture).map { layer, convolution in
      let base = "generator/\(layer.name)"
      let branches: [(kernel: [Float], bias: [Float])] =
        switch layer.kind {
        case .gated:
          [
            (try model.floats(base + "/kernel"), try model.floats(base + "/bias")),
            (try model.floats(base + "_g/kernel"), try model.floats(base + "_g/bias")),
          ]
        case .upsampling: [(try model.floats(base + "/w"), try model.floats(base + "/biases1"))]
        }
      guard
        let prepared = PreparedConvolution(
          convolution, branches: branches, pool: pool, instructionSet: instructionSet)
      else { throw GeneratorError.outOfMemory(bytes: convolution.packedBytes) }
      return (layer, prepared)
    }
  }

  /// How each layer is computed; depends on the architecture alone, so that a model's bits never change.
  static func convolutions(_ architecture: Architecture) -> [(Architecture.Layer, Convolution)] {
    architecture.layers.enumerated().map { index, layer in
      let last = architecture.layers.count - 1
      func input(_ channels: Int) -> Convolution.Input {
        // The frame's nine channels and the three before the last layer lie side by side.
        let isCompact = index == 0 || index == last
        return Convolution.Input(channels: channels, stride: isCompact ? channels : (channels + 15) / 16 * 16)
      }
      let inputs = ([layer.skipChannels, layer.mainChannels].filter { $0 > 0 }).map(input)
      let kind: Convolution.Kind =
        switch layer.kind {
        case .gated(let kernel, let stride, let dilation):
          .gated(kernel: kernel, stride: stride, dilation: dilation)
        case .upsampling: .upsampling
        }
      let (method, origin) = Self.method(layer)
      return (
        layer,
        Convolution(
          kind: kind, method: method, inputs: inputs, outputs: layer.outputs, normalizes: layer.normalizes,
          leaky: layer.leaky, compactOutput: index >= last - 1, origin: origin)
      )
    }
  }

  /// How a layer is computed, and where its grid of tiles begins.
  ///
  /// Winograd wants large tiles for few multiplications and small ones for few weights and for a tight fit
  /// around what a mask needs. The choice was made by measuring; the origins make tiles fit tightly around a
  /// centred square of a tenth of the frame (Docs/engine.md).
  private static func method(_ layer: Architecture.Layer) -> (Convolution.Method, origin: Int) {
    switch layer.name {
    case "gconv1_ds", "gconv2_ds", "gconv3_ds": (.winograd(tile: 4), 0)
    case "gconv4_ds": (.winograd(tile: 2), 0)
    case "gconv9": (.winograd(tile: 2), 0)
    case "deconv3", "gconv10": (.winograd(tile: 4), 1)
    case "deconv4": (.winograd(tile: 2), 0)
    case "gconv11": (.winograd(tile: 4), 3)
    case "deconv5": (.winograd(tile: 4), 1)
    case "gconv12", "gconv13": (.winograd(tile: 4), 0)
    case "deconv6", "deconv7": (.winograd(tile: 4), 3)
    case "gconv14": (.rows, 0)
    default: (.direct(tile: 2), 0)
    }
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - inputs: The layers; their size may be any multiple of 128.
  ///   - area: The pixels that are wanted, or nil for all. Outside it the output is undefined.
  ///   - control: Watches and stops the run.
  /// - Returns: `size`×`size`×3 values after tanh, −1…1, in the model's channel order.
  /// - Throws: ``GeneratorError`` if the inputs don't fit, memory is short, or the run is cancelled.
  public func generate(_ inputs: GeneratorInputs, area: MaskArea? = nil, control: RunControl = RunControl())
    throws -> [Float]
  {
    try timed(inputs, area: area, control: control).values
  }

  /// As ``generate(_:area:control:)``, with what each layer took.
  package func timed(_ inputs: GeneratorInputs, area: MaskArea? = nil, control: RunControl = RunControl())
    throws -> (values: [Float], profile: [LayerProfile])
  {
    try inputs.validate()
    let state =
      try idle.take(size: inputs.size) ?? RunState(generator: self, size: inputs.size, keepsAll: false)
    defer { idle.put(state) }
    state.forget()
    return (try state.run(inputs, area: area, control: control), state.profile)
  }

  /// Nine channels in, three out.
  private static func layerBytes(size: Int) -> Int { size * size * 12 * 4 }

  /// The memory held after a run of this size, as ``memoryPlan(model:size:threads:keepsActivations:)`` foretold
  /// it; nil if there was none.
  package func heldMemory(size: Int) -> MemoryPlan? {
    idle.take(size: size).map { state in
      defer { idle.put(state) }
      return memory(of: state)
    }
  }

  fileprivate func memory(of state: RunState) -> MemoryPlan {
    let held = state.heldBytes
    return MemoryPlan(
      weights: layers.reduce(0) { $0 + $1.prepared.byteCount }, activations: held.activations,
      scratch: held.scratch, layers: Self.layerBytes(size: state.network.size))
  }

  /// The memory a run takes.
  ///
  /// - Parameters:
  ///   - model: The network.
  ///   - size: The frame's side.
  ///   - threads: How many threads share the work.
  ///   - keepsActivations: Whether a ``GeneratorSession`` runs it, which keeps all activations.
  /// - Returns: Bytes by what they are for.
  public static func memoryPlan(
    model: GeneratorModel, size: Int, threads: Int, keepsActivations: Bool = false
  ) -> MemoryPlan {
    let layers = convolutions(model.architecture)
    let network = Network(layers: layers, size: size, keepsAll: keepsActivations)
    return MemoryPlan(
      weights: layers.reduce(0) { $0 + $1.1.packedBytes }, activations: network.arenaFloats * 4,
      scratch: RunState.scratchFloats(network, threads: threads) * 4, layers: layerBytes(size: size))
  }
}

/// A photo's activations, kept from run to run: after a change of strokes, mask or seed only what
/// the change can reach is computed again. The result is bit for bit that of a run from scratch.
///
/// Not thread-safe: use it from one task at a time.
public final class GeneratorSession {
  public let generator: Generator
  private var state: RunState?

  /// Starts without activations.
  public init(generator: Generator) { self.generator = generator }

  /// Runs the network on inputs, reusing whatever still holds from the previous run.
  ///
  /// - Parameters:
  ///   - inputs: All layers, as for a run from scratch; what changed is found by comparing.
  ///   - area: The pixels that are wanted; nil means all.
  ///   - control: Watches and stops the run; a cancelled run leaves the session usable.
  /// - Returns: As ``Generator/generate(_:area:control:)``.
  /// - Throws: As ``Generator/generate(_:area:control:)``.
  public func generate(
    _ inputs: GeneratorInputs, area: MaskArea? = nil, control: RunControl = RunControl()
  ) throws -> [Float] {
    try timed(inputs, area: area, control: control).values
  }

  /// The memory held between runs; nil before the first.
  package var heldMemory: MemoryPlan? { state.map(generator.memory(of:)) }

  /// As ``generate(_:area:control:)``, with what each layer took.
  package func timed(_ inputs: GeneratorInputs, area: MaskArea? = nil, control: RunControl = RunControl())
    throws -> (values: [Float], profile: [LayerProfile])
  {
    try inputs.validate()
    if state?.network.size != inputs.size { state = nil }
    let state = try self.state ?? RunState(generator: generator, size: inputs.size, keepsAll: true)
    self.state = state
    return (try state.run(inputs, area: area, control: control), state.profile)
  }
}
