import FeditGenerator
import Synchronization

/// The open models and the prepared generator of a session, for sessions of other threads.
public struct SharedModels: Sendable {
  let world: DiskWorld
  let prepared: PreparedGenerator
}

/// The generator that was prepared last, with its model.
final class PreparedGenerator: Sendable {
  private let last = Mutex<(model: LoadedModel, generator: Generator)?>(nil)

  func holds(_ model: LoadedModel) -> Bool { last.withLock { $0?.model === model } }

  /// Lets go of it.
  func forget() { last.withLock { $0 = nil } }

  /// The generator of a model. Who asks while it is being prepared waits.
  ///
  /// - Throws: `GeneratorError`; what the weights' source throws.
  func generator(for model: LoadedModel, threads: Int) throws -> Generator {
    try last.withLock { last in
      if let last, last.model === model { return last.generator }
      last = nil
      let made = try Generator(model: model.model, threads: threads)
      last = (model, made)
      return made
    }
  }
}
