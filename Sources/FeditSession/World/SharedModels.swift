import FeditGenerator
import Synchronization

/// The open models and the prepared generator of a session, for sessions of other threads.
public struct SharedModels: Sendable {
  let world: DiskWorld
  let prepared: PreparedGenerator
}

/// The generators that were prepared last, with their models: as many as a ranking's experts take turns.
final class PreparedGenerator: Sendable {
  private typealias Entry = (model: LoadedModel, generator: Generator)
  private static let most = 4
  private let entries = Mutex<[Entry]>([])

  /// Whether a model is prepared, or another fits beside those that are. One of a changed file counts as another.
  func hasRoom(for model: LoadedModel) -> Bool {
    entries.withLock { entries in
      entries.contains { $0.model === model }
        || entries.count < Self.most && !entries.contains { $0.model.source == model.source }
    }
  }

  /// Lets go of all.
  func forget() { entries.withLock { $0 = [] } }

  /// The generator of a model. Who asks while it is being prepared waits.
  ///
  /// - Throws: `GeneratorError`; what the weights' source throws.
  func generator(for model: LoadedModel, threads: Int) throws -> Generator {
    try entries.withLock { entries in
      if let entry = entries.first(where: { $0.model === model }) { return entry.generator }
      entries.removeAll { $0.model.source == model.source }
      if entries.count >= Self.most { entries = [] }
      let made = try Generator(model: model.model, threads: threads)
      entries.append((model, made))
      return made
    }
  }
}
