import FeditKernels
import FeditNN
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
/// With the native engine the result has the same bits for any number of threads, any area, and any x86-64-v3
/// processor; ``Engine`` says what OpenBLAS promises.
public final class Generator: Sendable {
  /// The weights, and what they are for.
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

  /// As ``init(model:threads:)``, on kernels of choice (`fk_isa`).
  package init(model: GeneratorModel, threads: Int, instructionSet: Int32?) throws {
    let isa = instructionSet ?? fk_best_isa()
    try Engine.check(isa)
    self.model = model
    let pool = ThreadPool(threads: threads)
    self.pool = pool
    self.threads = pool.threads
    layers = try LayerMethods.convolutions(model.architecture, engine: Engine(isa)).map {
      layer, convolution in
      let values = try layer.tensors.map { try model.floats(layer.fileName($0.name)) }
      let branches = stride(from: 0, to: values.count, by: 2).map {
        (kernel: values[$0], bias: values[$0 + 1])
      }
      guard
        let prepared = PreparedConvolution(
          convolution, branches: branches, pool: pool, instructionSet: isa)
      else { throw GeneratorError.outOfMemory(bytes: convolution.packedBytes) }
      return (layer, prepared)
    }
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - inputs: The layers; their size may be any that the architecture accepts.
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
    try inputs.validate(for: model.architecture)
    let state =
      try idle.take(size: inputs.size) ?? RunState(generator: self, size: inputs.size, keepsAll: false)
    defer { idle.put(state) }
    state.forget()
    return (try state.run(inputs, area: area, control: control), state.profile)
  }

  /// What goes in, and three channels out.
  private static func layerBytes(_ architecture: Architecture, size: Int) -> Int {
    size * size * (architecture.inputChannels + 3) * 4
  }

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
      scratch: held.scratch, layers: Self.layerBytes(model.architecture, size: state.network.size))
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
    let layers = LayerMethods.convolutions(model.architecture, engine: .current)
    let network = Network(
      layers: layers, inputChannels: model.architecture.inputChannels, size: size, keepsAll: keepsActivations)
    return MemoryPlan(
      weights: layers.reduce(0) { $0 + $1.1.packedBytes }, activations: network.arenaFloats * 4,
      scratch: RunState.scratchFloats(network, threads: threads, isa: fk_best_isa()) * 4,
      layers: layerBytes(model.architecture, size: size))
  }
}

/// A photo's activations, kept from run to run: after a change of strokes, mask or seed only what
/// the change can reach is computed again. The result is bit for bit that of a run from scratch.
///
/// Not thread-safe: use it from one task at a time.
public final class GeneratorSession {
  /// What runs.
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
    try inputs.validate(for: generator.model.architecture)
    if state?.network.size != inputs.size { state = nil }
    let state = try self.state ?? RunState(generator: generator, size: inputs.size, keepsAll: true)
    self.state = state
    return (try state.run(inputs, area: area, control: control), state.profile)
  }
}
