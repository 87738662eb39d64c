import FeditFiles
import FeditFormat
import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditText

/// What a run is made from, found before it begins, and what its pictures say of it.
///
/// A `PictureOutput` with `texts(step:)` writes pictures that carry their provenance.
public struct Provenance: Sendable {
  /// The lock without outputs.
  public let lock: Lock
  private let program: ProgramResult
  private let plan: Plan
  /// Photo and model as the embedded script names them; nil where they stand in the script as they are.
  private let photo: String?
  private let model: String?

  /// Hashes all that a plan reads.
  ///
  /// - Parameters:
  ///   - program: the checked script.
  ///   - plan: its plan, or one made from it.
  ///   - script: the entry.
  ///   - options: what it was checked with.
  ///   - session: what opened the photo and the model.
  ///   - keepsPosition: whether pictures say where the photo was taken.
  ///   - quality: of the picture at the end, 1...100; nil is the default of its format.
  /// - Throws: `FileError` where an input can't be read, `UserError` where the model can't be used.
  public init(
    _ program: ProgramResult, plan: Plan, script: ScriptFile, options: PlanOptions, session: EditSession,
    keepsPosition: Bool = false, quality: Int? = nil
  ) throws {
    self.program = program
    self.plan = plan
    let paths = RecordedPaths(folder: script.folder)
    // What the script itself names below its folder stays as it is written.
    func embedded(_ file: PlanFile, isOption: Bool) -> String? {
      isOption || paths.isOutside(file.path) ? paths.embedded(file.path, name: file.name) : nil
    }
    photo = embedded(plan.photo.file, isOption: options.photo != nil)
    if let ranking = plan.ranking {
      model = embedded(ranking, isOption: options.model != nil)
    } else if case .file(let file) = plan.model.source {
      model = embedded(file, isOption: options.model != nil)
    } else {
      model = options.model
    }
    func hash(_ file: PlanFile) throws -> String {
      do throws(FileError) {
        return try session.world.sha256(of: file.path)
      } catch {
        throw error.named(file.name)
      }
    }
    let scripts = Set(program.sources.map(\.path))
    var uses: [String: String] = [:]
    var images: [String: String] = [:]
    for file in plan.inputs {
      let name = paths.relative(file.path)
      if scripts.contains(file.path) { uses[name] = try hash(file) } else { images[name] = try hash(file) }
    }
    lock = Lock(
      script: .init(name: RecordedPaths.last(script.path), sha256: script.sha256), uses: uses,
      photo: .init(name: plan.photo.file.name, sha256: try hash(plan.photo.file)), images: images,
      model: try plan.ranking.map { .init(kind: "ranking", name: $0.name, sha256: try hash($0)) }
        ?? Self.model(of: plan, session),
      plan: plan.digest(), seeds: plan.edits.map { .init(edit: $0.name, seed: $0.seed) },
      options: .init(
        set: Dictionary(options.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
        photo: options.photo?.name, model: options.model, only: options.only.sorted(),
        position: keepsPosition, quality: quality),
      versions: Lock.currentVersions(for: plan.formats), face: plan.face ?? plan.mirroredFace,
      experts: try Self.experts(of: plan, folder: script.folder, session: session))
  }

  private static func model(of plan: Plan, _ session: EditSession) throws -> Lock.Model {
    let loaded = try session.model(for: plan)
    return .init(kind: loaded.source.kind, name: loaded.source.name, sha256: loaded.sha256)
  }

  /// What fills the edits that the script's own generator does not fill, by their names.
  static func experts(
    of plan: Plan, folder: String, session: EditSession
  ) throws -> [String: ExpertRanking.Expert] {
    let paths = RecordedPaths(folder: folder)
    var result: [String: ExpertRanking.Expert] = [:]
    for edit in plan.edits {
      guard let expert = edit.expert else { continue }
      guard let model = expert.model else {
        result[edit.name] = .init(name: expert.name, kind: expert.name, sha256: nil)
        continue
      }
      let loaded = try session.model(model)
      var name = expert.name
      if case .file(let file) = model.source { name = paths.relative(file.path) }
      result[edit.name] = .init(name: name, kind: loaded.source.kind, sha256: loaded.sha256)
    }
    return result
  }

  /// The script that gives the picture of a step, self-contained and in canonical form, and its lock.
  ///
  /// - Parameter step: the index of a `save` in `Plan.steps`; their number for the picture at the end.
  /// - Returns: both as texts of the picture.
  /// - Throws: `ProvenanceError` where they are longer than what a picture may carry.
  public func embedded(step: Int) throws -> (script: String, lock: Lock) {
    var options = SelfContainedOptions()
    options.photo = photo
    options.model = model
    options.only = Set(lock.options.only)
    if plan.steps.indices.contains(step) {
      options.throughSave = plan.saveNumber(of: step)
    } else {
      options.dropsSaves = true
    }
    guard let script = selfContainedScript(of: program, options: options) else {
      throw ProvenanceError(file: lock.script.name, "the script has no plan")
    }
    try check(script.text, "the script", limit: PictureMetadata.textLimit)
    var lock = self.lock.embedded
    lock.plan = plan.digest(before: step)
    let edits = plan.steps.prefix(step).compactMap { if case .edit(let edit) = $0 { edit } else { nil } }
    lock.seeds = edits.map { .init(edit: $0.name, seed: $0.seed) }
    let names = Set(edits.map(\.name))
    lock.experts = lock.experts.filter { names.contains($0.key) }
    lock.photo.name = photo ?? lock.photo.name
    lock.options.photo = photo
    lock.options.model = model
    if let model { lock.model.name = model }
    lock.picture = .init(script: SHA256.hex(script.text), save: script.saveIndex)
    try check(lock.text, "the lock of its \(lock.seeds.count) edits", limit: PictureMetadata.lockLimit)
    return (script.text, lock)
  }

  private func check(_ text: String, _ what: String, limit: Int) throws(ProvenanceError) {
    guard text.utf8.count > limit else { return }
    throw ProvenanceError(
      file: lock.script.name, "\(what) has \(text.utf8.count) bytes, and a picture carries at most \(limit)",
      hints: ["--no-metadata writes pictures without it"])
  }

  /// The text chunks of the picture of a step: script, lock and label.
  ///
  /// - Parameter step: the index of a `save` in `Plan.steps`; their number for the picture at the end.
  /// - Returns: the chunks in the order in which they are written.
  /// - Throws: as `embedded(step:)`.
  public func texts(step: Int) throws -> [PNGText] {
    let (script, lock) = try embedded(step: step)
    return Self.texts(script: script, lock: lock)
  }

  /// Text chunks with a script and its lock, and the label.
  static func texts(script: String, lock: Lock) -> [PNGText] {
    [
      text(PictureMetadata.scriptKeyword, script), text(PictureMetadata.lockKeyword, lock.text),
      label(creator: "fedit \(lock.versions["fedit", default: feditVersion])"),
    ]
  }

  /// The label alone: that a generative model made a part of the picture.
  public static let label = [label(creator: nil)]

  private static func label(creator: String?) -> PNGText {
    // XMP stays uncompressed, so that programs that know no PNG find it (XMP specification part 3, 1.1.5).
    PNGText(keyword: PictureMetadata.xmpKeyword, text: XMP.packet(creator: creator), isCompressed: false)
  }

  private static func text(_ keyword: String, _ text: String) -> PNGText {
    // Short texts stay legible in the file.
    PNGText(keyword: keyword, text: text, isCompressed: text.utf8.count > 4096)
  }
}

/// What files are called in locks: never by an absolute path, unless the command line gave one.
struct RecordedPaths {
  /// The script's folder, real.
  var folder: String

  /// A path as it leads from the script's folder.
  func relative(_ path: String) -> String { PathResolver.path(path, from: folder) }

  /// What the script inside a picture calls a file of the command line: its path below the script's
  /// folder, else the file's name alone.
  func embedded(_ path: String, name: String) -> String {
    isOutside(path) ? Self.last(name) : relative(path)
  }

  /// Whether a file lies outside the script's folder.
  func isOutside(_ path: String) -> Bool { relative(path).hasPrefix("../") }

  static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension Plan {
  /// Which of the plan's saved pictures a step saves, from 0.
  func saveNumber(of step: Int) -> Int {
    steps.prefix(step).count { if case .save = $0 { true } else { false } }
  }
}
