import Foundation

/// The memory of a run, known before it starts.
public struct MemoryPlan: Sendable, Equatable {
  /// Bytes of the prepared weights.
  public let weights: Int
  /// Bytes of the activations.
  public let activations: Int
  /// Bytes of the threads' working buffers.
  public let scratch: Int
  /// All bytes together.
  public var total: Int { weights + activations + scratch }
}

/// A network ready to run: weights prepared once, for any size and any number of runs.
public final class Generator: Sendable {
  public let model: GeneratorModel
  /// Threads that share a run's work.
  public let threads: Int
  let tensors: [String: [Float]]

  /// Prepares a model's weights.
  ///
  /// - Parameters:
  ///   - model: The checked weights.
  ///   - threads: How many threads share the work; the result does not depend on it.
  /// - Throws: ``GeneratorError`` if a tensor holds a value that is not finite; what the source throws.
  public init(model: GeneratorModel, threads: Int) throws {
    self.model = model
    self.threads = max(1, threads)
    var tensors: [String: [Float]] = [:]
    for (name, _) in model.architecture.tensorShapes { tensors[name] = try model.floats(name) }
    self.tensors = tensors
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
    try inputs.validate()
    return try ReferenceForward(architecture: model.architecture, tensors: tensors)
      .run(inputs, control: control)
  }

  /// The memory a run takes.
  ///
  /// - Parameters:
  ///   - model: The network.
  ///   - size: The frame's side.
  ///   - threads: How many threads share the work.
  public static func memoryPlan(model: GeneratorModel, size: Int, threads: Int) -> MemoryPlan {
    let weights = model.architecture.tensorShapes.reduce(0) { $0 + $1.shape.reduce(4, *) }
    return MemoryPlan(weights: weights, activations: size * size * 400, scratch: 0)
  }
}

/// A photo's activations, kept from run to run: after a change of strokes, mask or seed only what
/// the change can reach is computed again. The result is bit for bit that of a run from scratch.
///
/// Not thread-safe: use it from one task at a time.
public final class GeneratorSession {
  public let generator: Generator

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
    try generator.generate(inputs, area: area, control: control)
  }
}
