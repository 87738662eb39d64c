import FeditGenerator
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText
import FeditWeights
import Synchronization

/// A model whose weight file is open and checked; its values stay in the file until a generator
/// prepares them.
public final class LoadedModel: Sendable {
  /// Where it comes from.
  public let source: PlanModel.Source
  /// The open weight file.
  public let weights: SafetensorsFile
  /// The network that the weights are for, checked.
  public let model: GeneratorModel
  private let digest = Mutex<String?>(nil)

  init(source: PlanModel.Source, weights: SafetensorsFile, model: GeneratorModel) {
    self.source = source
    self.weights = weights
    self.model = model
  }

  /// What the plan says of it.
  public var plan: PlanModel {
    PlanModel(source: source, size: model.size, seesMirror: model.architecture.seesMirror)
  }

  /// The SHA-256 of the weight file, reckoned once.
  public var sha256: String {
    digest.withLock { digest in
      if let digest { return digest }
      let made = weights.sha256()
      digest = made
      return made
    }
  }
}

extension PlanModel.Source {
  /// `built-in`, `stored` or `file`.
  public var kind: String {
    switch self {
    case .builtIn: "built-in"
    case .stored: "stored"
    case .file: "file"
    }
  }

  /// The name as a script would give it.
  public var name: String {
    switch self {
    case .builtIn(let name), .stored(let name, _): name
    case .file(let file): file.name
    }
  }

  /// The weight file; nil where it is inside the binary.
  public var path: String? {
    switch self {
    case .builtIn: nil
    case .stored(_, let path): path
    case .file(let file): file.path
    }
  }
}

/// Models by where they come from, each until its file changes.
final class ModelCache: Sendable {
  private let store: ModelStore
  private let models = Mutex<[PlanModel.Source: (stamp: FileStamp?, model: LoadedModel)]>([:])

  init(store: ModelStore) { self.store = store }

  /// Opens what a name or a path means.
  ///
  /// - Parameters:
  ///   - text: a name or a file; nil is the default.
  ///   - resolve: where a file lies.
  /// - Returns: the model with its name, hash and weights.
  /// - Throws: `WorldProblem` where there is no such model or its file can't be used.
  func open(
    _ text: String?, resolve: (String) throws(WorldProblem) -> String
  ) throws(WorldProblem) -> LoadedModel {
    let reference: ModelReference
    do {
      reference = try ModelReference.resolve(text ?? BuiltInModel.defaultName, store: store)
    } catch {
      throw Self.problem(error, named: text ?? BuiltInModel.defaultName)
    }
    switch reference {
    case .builtIn(let name): return try open(.builtIn(name))
    case .stored(let name, let path): return try open(.stored(name, path: path))
    case .file(let name): return try open(.file(PlanFile(name: name, path: try resolve(name))))
    }
  }

  /// Opens the model that a plan names.
  func open(_ source: PlanModel.Source) throws(WorldProblem) -> LoadedModel {
    let stamp = source.path.flatMap(FileStamp.init)
    if let known = models.withLock({ $0[source] }), known.stamp == stamp { return known.model }
    let model: LoadedModel
    do {
      let weights: SafetensorsFile
      switch source {
      case .builtIn(let name):
        guard let found = try BuiltInModel.weights(name) else {
          throw WorldProblem(.missing, "there is no built-in model '\(terminalSafe(name))'")
        }
        weights = found
      case .stored(_, let path): weights = try SafetensorsFile(path: path)
      case .file(let file): weights = try SafetensorsFile(path: file.path)
      }
      model = LoadedModel(source: source, weights: weights, model: try GeneratorModel(weights: weights))
    } catch let error as WorldProblem {
      throw error
    } catch let error as WeightError {
      throw Self.problem(error, named: source.name)
    } catch {
      throw WorldProblem(
        .malformed, "the model '\(terminalSafe(source.name))' cannot be used: \(error)",
        hints: ["'fedit model info' shows what is in a weight file"])
    }
    models.withLock { $0[source] = (stamp, model) }
    return model
  }

  private static func problem(_ error: WeightError, named name: String) -> WorldProblem {
    let name = terminalSafe(name)
    let tensor =
      error.tensor.map { ", tensor '\(terminalSafe($0.prefix(120).description))'" } ?? ""
    switch error.kind {
    case .unknownName: return WorldProblem(.missing, "there is no model '\(name)'", hints: error.hints)
    case .unreadable:
      return WorldProblem(.unreadable, "the model '\(name)' \(error.problem)", hints: error.hints)
    default:
      return WorldProblem(
        .malformed, "the model '\(name)'\(tensor) cannot be used: \(error.problem)", hints: error.hints)
    }
  }
}
