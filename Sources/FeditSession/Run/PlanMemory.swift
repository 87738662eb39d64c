import FeditGenerator
import FeditPlan

/// What the networks of a plan take.
package struct NetworkMemory: Sendable, Equatable {
  /// Bytes of the prepared weights of each network that fills an edit.
  package var weights = 0
  /// Bytes of the activations, where they are most: edits are filled one after another.
  package var activations = 0
  /// Bytes of the threads' working buffers, where they are most.
  package var scratch = 0
  /// Bytes of the inputs and the output, where they are most.
  package var layers = 0
  /// All bytes together.
  package var total: Int { weights + activations + scratch + layers }
}

extension EditSession {
  /// The memory of the networks that a plan runs, whichever of its edits name them.
  ///
  /// - Parameter plan: What is run. Where nothing in it is generated, no network takes any.
  /// - Returns: Bytes by what they are for.
  /// - Throws: `UserError` where a model can't be used.
  package func networkMemory(of plan: Plan) throws -> NetworkMemory {
    var weights: [PlanModel: Int] = [:]
    var result = NetworkMemory()
    for edit in plan.edits where edit.hasMask && !edit.isHealed {
      let own = plan.model(of: edit)
      let model = try model(own).model
      for size in Set(edit.squares(in: plan).map(\.size)) {
        let memory = Generator.memoryPlan(
          model: model, size: size, threads: options.threads, keepsActivations: plan.edits.count > 1)
        weights[own] = memory.weights
        result.activations = max(result.activations, memory.activations)
        result.scratch = max(result.scratch, memory.scratch)
        result.layers = max(result.layers, memory.layers)
      }
    }
    result.weights = weights.values.reduce(0, +)
    return result
  }
}
