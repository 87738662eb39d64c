import FeditFiles
import FeditGenerator
import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// What came of running an edit again and comparing it with what its lock or its picture says.
public struct Verification: Sendable {
  /// One file that was made again.
  public struct Output: Hashable, Sendable {
    /// How a file compares with its record.
    public enum Outcome: Hashable, Sendable {
      case same
      /// The bytes differ, the pixels do not.
      case samePixels
      case different
    }

    /// As the script or the command line calls it.
    public var name: String
    /// How it compares.
    public var outcome: Outcome
    /// How far it differs, in words; empty where it does not.
    public var detail: String
  }

  /// Why the edit could not be run again.
  public enum Problem: Sendable {
    /// The script has errors now.
    case script(ProgramResult)
    case run(UserError)
    case file(FileError)
  }

  /// The files that were made again, in the order of the script.
  public var outputs: [Output] = []
  /// In what the edit differs from its record: script, photo, model, versions.
  public var changes: [Lock.Difference] = []
  /// Why nothing could be compared; nil where all was.
  public var problem: Problem?

  /// Whether all bytes came out as recorded, from the inputs recorded.
  public var isSame: Bool { isTrue && outputs.allSatisfy { $0.outcome == .same } }
  /// Whether all pixels did.
  public var hasSamePixels: Bool { isTrue && outputs.allSatisfy { $0.outcome != .different } }

  /// Whether the edit ran, and the record names the files that it ran with. That of the script may be older:
  /// a comment may have changed since.
  private var isTrue: Bool {
    problem == nil && !changes.contains { [.photo, .model, .expert, .image, .use].contains($0.subject) }
  }

  /// What a verification works with.
  public struct Options: Sendable {
    /// The folder below which inputs are looked for; nil is the one that the script or the picture is in.
    public var root: String?
    /// Threads of the generator; nil is all cores.
    public var threads: Int?
    /// How much a script may take.
    public var limits = Limits()
    /// How large pictures may be.
    public var pictureLimits = PictureLimits()
    /// Stops the run.
    public var control = RunControl()

    /// The defaults of the command line.
    public init() {}

    fileprivate func session(root: String) -> EditSession {
      var options = SessionOptions(root: root)
      if let threads { options.threads = threads }
      options.pictureLimits = pictureLimits
      return EditSession(options: options)
    }

    fileprivate var planOptions: PlanOptions {
      var options = PlanOptions()
      options.limits = limits
      options.isCancelled = control.isCancelled
      return options
    }
  }

  // MARK: Scripts

  /// Runs a script as its lock says and compares every file that it saves; nothing is written.
  ///
  /// - Parameters:
  ///   - script: the script; its lock lies beside it.
  ///   - options: where to look, and limits.
  /// - Returns: what is the same and what is not.
  /// - Throws: `FileError` and `ProvenanceError` where there is no lock that can be read,
  ///   `UserError.cancelled`.
  public static func verify(script: ScriptFile, options: Options) throws -> Verification {
    let lock = try Lock(path: Lock.path(of: script.argument))
    let session = options.session(root: options.root ?? script.folder)
    lock.recordFace(in: session.world)
    let inputs = LockedInputs(lock, script: script, world: session.world)
    var result = Verification()
    var planOptions = options.planOptions
    planOptions.settings = lock.options.set.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    planOptions.photo = inputs.photoFile
    planOptions.model = inputs.modelText
    planOptions.only = Set(lock.options.only)
    let program = session.check(script, options: planOptions)
    if program.isCancelled { throw UserError.cancelled }
    guard let plan = program.plan, !program.hasErrors, program.usageErrors.isEmpty else {
      result.changes = inputs.changes + lock.versionChanges
      result.problem = .script(program)
      return result
    }
    do {
      let provenance = try Provenance(
        program, plan: plan, script: script, options: planOptions, session: session,
        keepsPosition: lock.options.position)
      var now = provenance.lock
      // They are the lock's, wherever the files were found.
      now.options = lock.options
      now.model.name = lock.model.name
      result.changes = lock.differences(to: now)
      var writer = PictureOutput(inputs: OutputGuard()) { step in
        lock.options.metadata ? try provenance.texts(step: step) : Provenance.label
      }
      writer.keepsPosition = lock.options.position
      let target = plan.savesNothing ? script.defaultOutput : nil
      var files: [PictureOutput.File] = []
      let came = try session.run(plan, control: options.control, collectsSaves: false) { event in
        guard case .save(let save) = event else { return }
        files += try writer.files(of: save)
      }
      if let target {
        // Where 'lock' wrote it, or where the script is.
        let path = session.world.exists(target) ? target : "\(script.folder)/\(target)"
        let format = PictureFormat(savingAs: target)
        files.append((target, path, try writer.encode(came.picture, step: plan.steps.count, as: format)))
      }
      // A file that is saved twice is what was saved last.
      let last = Dictionary(files.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
      for (index, file) in files.enumerated() where last[file.name] == index {
        result.outputs.append(
          compare(file.bytes, name: file.name, recorded: lock.outputs[file.name], path: file.path, options))
      }
      for name in Set(lock.outputs.keys).subtracting(last.keys).sorted() {
        result.outputs.append(
          Output(
            name: name, outcome: .different, detail: "it is in the lock, and the script no longer saves it"))
      }
    } catch let error as FileError {
      result.fail(.file(error), inputs.changes + lock.versionChanges)
    } catch let error as UserError {
      if error.exitStatus == .interrupted { throw error }
      result.fail(.run(error), inputs.changes + lock.versionChanges)
    }
    return result
  }

  private mutating func fail(_ problem: Problem, _ found: [Lock.Difference]) {
    self.problem = problem
    if changes.isEmpty { changes = found }
  }

  /// Compares a file that was made again with its recorded hash, and with what lies on the disk.
  private static func compare(
    _ bytes: [UInt8], name: String, recorded: String?, path: String, _ options: Options
  ) -> Output {
    func different(_ detail: String) -> Output { Output(name: name, outcome: .different, detail: detail) }
    guard let recorded else { return different("it is not in the lock") }
    let stored = try? readFile(path, limit: options.pictureLimits.fileBytes)
    let isRecorded = SHA256.hex(bytes) == recorded
    guard let stored else {
      return isRecorded
        ? Output(name: name, outcome: .same, detail: "")
        : different("it has other bytes than the lock says; there is no file to compare pixels with")
    }
    if stored == bytes, isRecorded { return Output(name: name, outcome: .same, detail: "") }
    let isStoredRecorded = SHA256.hex(stored) == recorded
    let far = comparison(bytes, stored, name: name, options)
    if isRecorded {
      return Output(
        name: name, outcome: far.outcome, detail: "the file here is not what the lock says: \(far.words)")
    }
    return Output(
      name: name, outcome: isStoredRecorded ? far.outcome : .different,
      detail: isStoredRecorded
        ? far.words : "\(far.words); the file here is not what the lock says, either")
  }

  private static func comparison(
    _ made: [UInt8], _ stored: [UInt8], name: String, _ options: Options
  ) -> (outcome: Output.Outcome, words: String) {
    do throws(PictureError) {
      let comparison = PictureComparison(
        try PictureFile.decode(stored, name: name, limits: options.pictureLimits),
        try PictureFile.decode(made, name: name, limits: options.pictureLimits))
      return (comparison.isSame ? .samePixels : .different, comparison.description)
    } catch {
      return (.different, "it cannot be read: \(error.message)")
    }
  }

  // MARK: Pictures

  /// Runs the script inside a picture and compares the bytes; nothing is written.
  ///
  /// - Parameters:
  ///   - path: a file that fedit saved.
  ///   - options: where its inputs are, and limits.
  /// - Returns: what is the same and what is not.
  /// - Throws: `FileError` and `ProvenanceError` where the picture can't be read or says nothing of itself,
  ///   `UserError.cancelled`.
  public static func verify(picture path: String, options: Options) throws -> Verification {
    let metadata = try PictureMetadata(path: path)
    guard let script = metadata.script, let text = metadata.lock else {
      throw ProvenanceError(
        file: path, "there is no script in it, so it cannot be run again",
        hints: ["fedit puts it into the pictures that it saves, unless --no-metadata was given"])
    }
    let lock = try Lock(Array(text.utf8), file: path)
    guard let record = lock.picture else {
      throw ProvenanceError(file: path, "the lock in it is not that of a picture")
    }
    let folder = (PathResolver.real(path) as NSString).deletingLastPathComponent
    let session = options.session(root: options.root ?? folder)
    lock.recordFace(in: session.world)
    let world = ContentAddressedWorld(disk: session.world, lock: lock, picture: FileStamp(path))
    var result = Verification()
    var changes: [Lock.Difference] = []
    let scriptHash = SHA256.hex(script)
    if scriptHash != record.script {
      changes.append(
        .init(subject: .script, name: "inside the picture", recorded: record.script, found: scriptHash))
    }
    var now = lock
    now.photo.sha256 = world.hash(lock.photo.name) ?? ""
    now.model.sha256 = world.modelHash ?? ""
    now.images = lock.images.reduce(into: [:]) { $0[$1.key] = world.hash($1.key) }
    now.versions = lock.currentVersions

    let source = SourceText(name: "\(path) (its script)", script)
    let program = plan(
      source, path: "\(session.world.resolver.root)/\(RecordedPaths.last(lock.script.name))", world: world,
      options: options.planOptions)
    if program.isCancelled { throw UserError.cancelled }
    guard let plan = program.plan, !program.hasErrors else {
      result.changes = changes + lock.differences(to: now).filter { $0.found?.isEmpty == false }
      result.problem = .script(program)
      return result
    }
    do {
      let saves = plan.steps.indices.filter { if case .save = plan.steps[$0] { true } else { false } }
      let step: Int
      if let number = record.save {
        guard saves.indices.contains(number) else {
          throw ProvenanceError(file: path, "its script has no save number \(number), as its lock says")
        }
        step = saves[number]
      } else {
        step = plan.steps.count
      }
      now.plan = plan.digest(before: step)
      let experts = try Provenance.experts(of: plan, folder: session.world.resolver.root, session: session)
      now.experts = lock.experts.reduce(into: [:]) { now, recorded in
        guard var expert = experts[recorded.key] else { return }
        // Wherever it was found: what counts is what is in it.
        if expert.kind == recorded.value.kind,
          RecordedPaths.last(expert.name) == RecordedPaths.last(recorded.value.name)
        {
          expert.name = recorded.value.name
        }
        now[recorded.key] = expert
      }
      let seeds = Dictionary(plan.edits.map { ($0.name, $0.seed) }, uniquingKeysWith: { $1 })
      let drawn = Set(plan.edits.filter { !$0.strokes.isEmpty }.map(\.name))
      now.seeds = lock.seeds.compactMap { recorded in
        seeds[recorded.edit].map {
          // An edit that draws nothing here has drawn nothing there.
          .init(edit: recorded.edit, seed: drawn.contains(recorded.edit) ? $0 : recorded.seed)
        }
      }
      result.changes = changes + lock.differences(to: now)
      var writer = PictureOutput(inputs: OutputGuard()) { [now] _ in
        Provenance.texts(script: script, lock: now)
      }
      writer.keepsPosition = lock.options.position
      var made: [UInt8] = []
      let came = try session.run(plan, control: options.control, collectsSaves: false) { event in
        guard case .save(let save) = event, save.step == step, case .picture(let picture) = save.content
        else { return }
        made = try writer.encode(
          picture, step: step, as: metadata.format,
          quality: metadata.format.takesQuality ? save.quality : nil)
      }
      if record.save == nil {
        made = try writer.encode(
          came.picture, step: step, as: metadata.format,
          quality: metadata.format.takesQuality ? lock.options.quality : nil)
      }
      let stored = try readFile(path, limit: options.pictureLimits.fileBytes)
      if made == stored {
        result.outputs = [Output(name: path, outcome: .same, detail: "")]
      } else {
        let far = comparison(made, stored, name: path, options)
        result.outputs = [Output(name: path, outcome: far.outcome, detail: far.words)]
      }
    } catch let error as FileError {
      result.fail(.file(error), changes)
    } catch let error as UserError {
      if error.exitStatus == .interrupted { throw error }
      result.fail(.run(error), changes)
    }
    return result
  }
}

extension Lock {
  /// Where a script's lock lies.
  ///
  /// - Parameter script: the script's path.
  /// - Returns: the lock's path.
  public static func path(of script: String) -> String { script + ".lock" }

  /// In what the versions of this process differ.
  var versionChanges: [Difference] {
    var now = self
    now.versions = currentVersions
    return differences(to: now)
  }
}

extension Plan {
  /// Whether the script has no `save` of any kind.
  public var savesNothing: Bool { steps.allSatisfy { if case .edit = $0 { true } else { false } } }
}
