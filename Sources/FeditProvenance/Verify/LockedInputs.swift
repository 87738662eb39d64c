import FeditFiles
import FeditPlan
import FeditSession
import FeditWeights

/// The files that a lock names, looked for where its script stands, and what they are now.
///
/// Nothing is evaluated, so that a changed input is named even where it can't be used any more.
public struct LockedInputs: Sendable {
  /// What was recorded.
  public let lock: Lock
  private let script: ScriptFile
  private let world: DiskWorld
  /// `--photo` and `--model` as given, where they are files; nil takes the lock's.
  private let photo: String?
  private let model: String?

  /// - Parameters:
  ///   - lock: what was recorded.
  ///   - script: the script as it is now.
  ///   - world: whose root the script's paths stay below.
  ///   - photo: `--photo`, where it is not the lock's.
  ///   - model: `--model`, where it is not the lock's.
  public init(
    _ lock: Lock, script: ScriptFile, world: DiskWorld, photo: String? = nil, model: String? = nil
  ) {
    self.lock = lock
    self.script = script
    self.world = world
    self.photo = photo ?? lock.options.photo
    self.model = model ?? lock.options.model
  }

  /// Where the photo of the command line lies; nil where the script names its own.
  var photoFile: PlanFile? {
    photo.map { PlanFile(name: $0, path: located($0, sha256: lock.photo.sha256)) }
  }

  /// The model of the command line; nil where the script names its own.
  var modelText: String? {
    model.map { ModelReference.isFile($0) ? located($0, sha256: lock.model.sha256) : $0 }
  }

  /// A file of the command line: relative to the current folder, else to the script's, else beside the
  /// script. One with the recorded contents goes before one without.
  private func located(_ name: String, sha256: String) -> String {
    let places = [name, "\(script.folder)/\(name)", "\(script.folder)/\(RecordedPaths.last(name))"]
      .map(PathResolver.real)
    let there = places.filter(world.exists)
    return there.first { (try? world.sha256(of: $0)) == sha256 } ?? there.first ?? places[0]
  }

  /// A file that the script or one that it uses names, by its path from the script's folder.
  private func hash(_ name: String) -> String? {
    // Anybody may have written the lock: what leads out of the root by its words alone is not even looked for.
    guard world.resolver.staysInside(name, from: script.folder),
      let path = try? world.resolver.resolve(name, in: script.folder)
    else { return nil }
    return try? world.sha256(of: path)
  }

  private var modelHash: String? {
    if let modelText, ModelReference.isFile(modelText) { return try? world.sha256(of: modelText) }
    let name = modelText ?? lock.model.name
    if lock.model.isFile, modelText == nil { return hash(name) }
    switch try? ModelReference.resolve(name) {
    case .stored(_, let path): return try? world.sha256(of: path)
    case .builtIn: return try? world.loadedModel(name, from: nil).sha256
    case .file, nil: return nil
    }
  }

  /// In what the files differ from the lock.
  public var changes: [Lock.Difference] {
    var now = lock
    now.script.sha256 = script.sha256
    now.uses = lock.uses.reduce(into: [:]) { $0[$1.key] = hash($1.key) }
    now.images = lock.images.reduce(into: [:]) { $0[$1.key] = hash($1.key) }
    var result: [Lock.Difference] = []
    func compare(_ subject: Lock.Difference.Subject, _ file: Lock.File, _ found: String?) {
      if found != file.sha256 {
        result.append(.init(subject: subject, name: file.name, recorded: file.sha256, found: found))
      }
    }
    result += lock.differences(to: now)
    compare(.photo, lock.photo, photoFile.map { try? world.sha256(of: $0.path) } ?? hash(lock.photo.name))
    compare(.model, .init(name: lock.model.name, sha256: lock.model.sha256), modelHash)
    var seen: Set<String> = []
    for (_, expert) in lock.experts.sorted(by: { $0.key < $1.key }) {
      guard expert.kind == "file", let sha256 = expert.sha256, seen.insert(expert.name).inserted else {
        continue
      }
      compare(.model, .init(name: expert.name, sha256: sha256), hash(expert.name))
    }
    return result
  }
}
