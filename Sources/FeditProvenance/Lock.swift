import FeditFiles
import FeditPlan
import FeditText
import Foundation

/// What an edit was made from and what came out: `SCRIPT.lock`, and, without the outputs, in every
/// picture that is saved.
public struct Lock: Hashable, Sendable {
  /// The edition of the format.
  public static let format = 1
  /// The largest lock that is read, in bytes.
  public static let sizeLimit = 4 << 20

  /// A file by the name that the script or the command line gave it, and its SHA-256.
  public struct File: Hashable, Sendable, Codable {
    /// The name.
    public var name: String
    /// 64 lower-case hexadecimal digits.
    public var sha256: String

    /// A file with its digest.
    public init(name: String, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }
  }

  /// The generator: a built-in or stored model's name, or a file's; or a ranking of experts.
  public struct Model: Hashable, Sendable, Codable {
    /// `built-in`, `stored`, `file` or `ranking`.
    public var kind: String
    /// As the script or the command line gave it.
    public var name: String
    /// Of the weight file.
    public var sha256: String

    /// A model with the digest of its weights.
    public init(kind: String, name: String, sha256: String) {
      self.kind = kind
      self.name = name
      self.sha256 = sha256
    }
  }

  /// The seed of an edit.
  public struct Seed: Hashable, Sendable, Codable {
    /// The edit's name.
    public var edit: String
    /// Its seed.
    public var seed: UInt64

    /// A seed for an edit.
    public init(edit: String, seed: UInt64) {
      self.edit = edit
      self.seed = seed
    }
  }

  /// What the command line said, as it was given.
  public struct Options: Hashable, Sendable, Codable {
    /// `--set NAME=VALUE` by name.
    public var set: [String: String]
    /// `--photo`.
    public var photo: String?
    /// `--model`.
    public var model: String?
    /// `--only`; empty for all edits.
    public var only: [String]
    /// Whether script and lock are put into pictures: not with `--no-metadata`.
    public var metadata: Bool
    /// Whether pictures say where the photo was taken: with `--keep-position`.
    public var position: Bool
    /// `--quality`, 1...100; nil is the default of the picture's format.
    public var quality: Int?

    /// Options; without arguments those of a command line that gives none.
    public init(
      set: [String: String] = [:], photo: String? = nil, model: String? = nil, only: [String] = [],
      metadata: Bool = true, position: Bool = false, quality: Int? = nil
    ) {
      self.set = set
      self.photo = photo
      self.model = model
      self.only = only
      self.metadata = metadata
      self.position = position
      self.quality = quality
    }

    /// Reads options; those that an older fedit did not write have their defaults.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      set = try values.decodeIfPresent([String: String].self, forKey: .set) ?? [:]
      photo = try values.decodeIfPresent(String.self, forKey: .photo)
      model = try values.decodeIfPresent(String.self, forKey: .model)
      only = try values.decodeIfPresent([String].self, forKey: .only) ?? []
      metadata = try values.decodeIfPresent(Bool.self, forKey: .metadata) ?? true
      position = try values.decodeIfPresent(Bool.self, forKey: .position) ?? false
      quality = try values.decodeIfPresent(Int.self, forKey: .quality)
      guard quality.map((1...100).contains) ?? true else {
        throw DecodingError.dataCorruptedError(
          forKey: .quality, in: values, debugDescription: "a quality is 1 to 100")
      }
    }
  }

  /// In the lock inside a picture: which script lies beside it, and how the picture comes of it.
  public struct Picture: Hashable, Sendable, Codable {
    /// The SHA-256 of the embedded script.
    public var script: String
    /// Which of its saves gives the picture, from 0 in the order of running; nil for the picture at its end.
    public var save: Int?

    /// A picture of a script.
    public init(script: String, save: Int? = nil) {
      self.script = script
      self.save = save
    }
  }

  /// The script.
  public var script: File
  /// Scripts that it uses, by name.
  public var uses: [String: String]
  /// The photo.
  public var photo: File
  /// Layers drawn elsewhere, by name.
  public var images: [String: String]
  /// The generator.
  public var model: Model
  /// What fills edits in place of the script's generator, by the edits' names.
  public var experts: [String: ExpertRanking.Expert]
  /// The SHA-256 of the resolved plan's text (`Plan.digest`).
  public var plan: String
  /// In the script's order.
  public var seeds: [Seed]
  /// What the command line said.
  public var options: Options
  /// Versions of fedit and of the libraries that the bytes depend on.
  public var versions: [String: String]
  /// What was saved, by name; empty in the lock inside a picture.
  public var outputs: [String: String]
  /// nil but in the lock inside a picture.
  public var picture: Picture?
  /// The face, where it was found in the photo: another finder must not move the edit.
  public var face: FaceGeometry?

  /// A lock with everything that it records.
  public init(
    script: File, uses: [String: String], photo: File, images: [String: String], model: Model,
    plan: String, seeds: [Seed], options: Options, versions: [String: String],
    outputs: [String: String] = [:], picture: Picture? = nil, face: FaceGeometry? = nil,
    experts: [String: ExpertRanking.Expert] = [:]
  ) {
    self.experts = experts
    self.script = script
    self.uses = uses
    self.photo = photo
    self.images = images
    self.model = model
    self.plan = plan
    self.seeds = seeds
    self.options = options
    self.versions = versions
    self.outputs = outputs
    self.picture = picture
    self.face = face
  }

  // MARK: Text

  /// The lock as text: JSON with sorted keys, ending in a newline.
  public var text: String { json.text + "\n" }

  /// The lock as JSON.
  package var json: StableJSON {
    func file(_ file: File) -> StableJSON { .strings(["name": file.name, "sha256": file.sha256]) }
    var members: [String: StableJSON] = [
      "lock": .integer(Int64(Self.format)),
      "script": file(script),
      "uses": .strings(uses),
      "photo": file(photo),
      "images": .strings(images),
      "model": .strings(["kind": model.kind, "name": model.name, "sha256": model.sha256]),
      "plan": .string(plan),
      "seeds": .array(seeds.map { .object(["edit": .string($0.edit), "seed": .unsigned($0.seed)]) }),
      "options": optionsJSON,
      "versions": .strings(versions),
    ]
    if !outputs.isEmpty { members["outputs"] = .strings(outputs) }
    if let picture {
      members["picture"] = .object([
        "script": .string(picture.script), "save": picture.save.map { .integer(Int64($0)) } ?? .null,
      ])
    }
    if let face { members["face"] = Self.json(face) }
    if !experts.isEmpty { members["experts"] = .object(experts.mapValues(\.json)) }
    return .object(members)
  }

  private var optionsJSON: StableJSON {
    var members: [String: StableJSON] = [
      "set": .strings(options.set),
      "photo": options.photo.map { .string($0) } ?? .null,
      "model": options.model.map { .string($0) } ?? .null,
      "only": .array(options.only.map { .string($0) }),
      "metadata": .bool(options.metadata),
    ]
    // Locks without them are the same as ever.
    if options.position { members["position"] = .bool(true) }
    if let quality = options.quality { members["quality"] = .integer(Int64(quality)) }
    return .object(members)
  }

  /// Reads a lock from its text.
  ///
  /// - Parameters:
  ///   - bytes: JSON.
  ///   - file: the name to use in errors.
  /// - Throws: `ProvenanceError`.
  public init(_ bytes: [UInt8], file: String) throws(ProvenanceError) {
    let again = ["make it anew: fedit lock SCRIPT"]
    guard bytes.count <= Self.sizeLimit else {
      throw ProvenanceError(file: file, "the lock is larger than \(Self.sizeLimit) bytes", hints: again)
    }
    let stored: Stored
    do {
      stored = try JSONDecoder().decode(Stored.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw ProvenanceError(file: file, "the lock cannot be read: \(Self.words(error))", hints: again)
    } catch {
      throw ProvenanceError(file: file, "the lock cannot be read", hints: again)
    }
    guard stored.lock == Self.format else {
      throw ProvenanceError(
        file: file, "the lock has the format \(stored.lock); this fedit knows \(Self.format)",
        hints: ["use the fedit that made it, or make it anew: fedit lock SCRIPT"])
    }
    let hashes =
      [stored.script.sha256, stored.photo.sha256, stored.model.sha256, stored.plan]
      + stored.uses.values + stored.images.values + (stored.outputs ?? [:]).values
      + (stored.picture.map { [$0.script] } ?? []) + (stored.experts ?? [:]).values.compactMap(\.sha256)
    for hash in hashes where !Self.isHash(hash) {
      throw ProvenanceError(
        file: file, "the lock has '\(terminalSafe(hash, limit: 400))' where a SHA-256 should stand",
        hints: again)
    }
    self.init(
      script: stored.script, uses: stored.uses, photo: stored.photo, images: stored.images,
      model: stored.model, plan: stored.plan, seeds: stored.seeds, options: stored.options,
      versions: stored.versions, outputs: stored.outputs ?? [:], picture: stored.picture,
      face: try stored.face.map { (face) throws(ProvenanceError) in try Self.face(face, file: file) },
      experts: stored.experts ?? [:])
  }

  /// Reads a lock file.
  ///
  /// - Throws: `FileError`, `ProvenanceError`.
  public init(path: String) throws {
    try self.init(readFile(path, limit: Self.sizeLimit), file: path)
  }

  private struct Stored: Decodable {
    var lock: Int
    var script: File
    var uses: [String: String]
    var photo: File
    var images: [String: String]
    var model: Model
    var plan: String
    var seeds: [Seed]
    var options: Options
    var versions: [String: String]
    var outputs: [String: String]?
    var picture: Picture?
    var face: [String: String]?
    var experts: [String: ExpertRanking.Expert]?
  }

  /// 64 hexadecimal digits.
  private static func isHash(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
  }

  /// A decoding error without Foundation's wording of it.
  private static func words(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "it" : "'\(path.map { terminalSafe($0.stringValue, limit: 400) }.joined(separator: "."))'"
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context.codingPath)) is of the wrong kind"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context.codingPath)) is not valid"
    @unknown default: return "it is not valid"
    }
  }

  /// The lock that goes into a picture: without outputs, and without anything that tells about
  /// the machine: of paths that lead out of the script's folder only the file's name is left.
  public var embedded: Lock {
    func plain(_ path: String) -> String {
      path.hasPrefix("/") || path.hasPrefix("~") || path.split(separator: "/").contains("..")
        ? String(path.split(separator: "/").last ?? "") : path
    }
    func plain(_ files: [String: String]) -> [String: String] {
      Dictionary(files.map { (plain($0.key), $0.value) }) { first, _ in first }
    }
    var lock = self
    lock.outputs = [:]
    lock.script.name = String(script.name.split(separator: "/").last ?? "")
    lock.photo.name = plain(photo.name)
    lock.uses = plain(uses)
    lock.images = plain(images)
    lock.model.name = plain(model.name)
    for edit in experts.keys { lock.experts[edit]?.name = plain(experts[edit]?.name ?? "") }
    lock.options.photo = options.photo.map(plain)
    lock.options.model = options.model.map(plain)
    return lock
  }

  // MARK: Comparison

  /// One thing in which an edit is not what its lock says.
  public struct Difference: Hashable, Sendable {
    /// What kind of thing differs.
    public enum Subject: String, Hashable, Sendable {
      case script, use, photo, image, model, expert, option, seed, plan, version, output
    }

    /// What kind of thing it is.
    public var subject: Subject
    /// Which one: a file's name, an option's, a library's.
    public var name: String
    /// What the lock has; nil where it has none.
    public var recorded: String?
    /// What there is now; nil where it is no longer there.
    public var found: String?

    /// Whether it is something that the edit is made from.
    public var isInput: Bool {
      subject != .version && subject != .output && subject != .plan && subject != .seed
    }

    /// The difference in words.
    public var description: String {
      let what =
        switch subject {
        case .script: "the script '\(terminalSafe(name, limit: 400))'"
        case .use: "the used script '\(terminalSafe(name, limit: 400))'"
        case .photo: "the photo '\(terminalSafe(name, limit: 400))'"
        case .image: "the image '\(terminalSafe(name, limit: 400))'"
        case .model: "the model '\(terminalSafe(name, limit: 400))'"
        case .expert: "the expert of edit \"\(terminalSafe(name, limit: 400))\""
        case .option: "the option \(terminalSafe(name, limit: 400))"
        case .seed: "the seed of edit \"\(terminalSafe(name, limit: 400))\""
        case .plan: "the resolved plan"
        case .version: "the version of \(terminalSafe(name, limit: 400))"
        case .output: "the output '\(terminalSafe(name, limit: 400))'"
        }
      switch (recorded, found) {
      case (let recorded?, let found?):
        let short = [.option, .version, .seed, .expert].contains(subject)
        return short
          ? "\(what) is \(terminalSafe(found, limit: 400)); the lock has \(terminalSafe(recorded, limit: 400))"
          : "\(what) has changed: SHA-256 \(terminalSafe(found, limit: 400).prefix(12))…, the lock has \(terminalSafe(recorded, limit: 400).prefix(12))…"
      case (nil, _?): return "\(what) is not in the lock"
      case (_, nil): return "\(what) is in the lock, and not there now"
      }
    }
  }

  /// In what an edit as it is now differs from this lock, in the order of cause and effect.
  public func differences(to now: Lock) -> [Difference] {
    var result: [Difference] = []
    func compare(_ subject: Difference.Subject, _ name: String, _ old: String?, _ new: String?) {
      if old != new {
        result.append(Difference(subject: subject, name: name, recorded: old, found: new))
      }
    }
    func compare(_ subject: Difference.Subject, _ old: [String: String], _ new: [String: String]) {
      for name in Set(old.keys).union(new.keys).sorted() { compare(subject, name, old[name], new[name]) }
    }
    func compare(_ old: ExpertRanking.Expert?, _ new: ExpertRanking.Expert?, _ edit: String) {
      if old?.name == new?.name, let old, let new { return compare(.model, new.name, old.sha256, new.sha256) }
      compare(.expert, edit, old?.name, new?.name)
    }
    compare(.option, options.set.prefixed("--set "), now.options.set.prefixed("--set "))
    compare(.option, "--photo", options.photo, now.options.photo)
    compare(.option, "--model", options.model, now.options.model)
    compare(.option, "--only", options.only.commaSeparated, now.options.only.commaSeparated)
    compare(.option, "--quality", options.quality.map(String.init), now.options.quality.map(String.init))
    compare(.option, "--no-metadata", String(!options.metadata), String(!now.options.metadata))
    compare(.script, now.script.name, script.sha256, now.script.sha256)
    compare(.use, uses, now.uses)
    compare(.photo, now.photo.name, photo.sha256, now.photo.sha256)
    compare(.image, images, now.images)
    compare(.model, now.model.name, model.sha256, now.model.sha256)
    for edit in Set(experts.keys).union(now.experts.keys).sorted() {
      compare(experts[edit], now.experts[edit], edit)
    }
    compare(.seed, seeds.byEdit, now.seeds.byEdit)
    compare(.plan, "", plan, now.plan)
    compare(.version, versions, now.versions)
    if !outputs.isEmpty, !now.outputs.isEmpty { compare(.output, outputs, now.outputs) }
    return result
  }
}

extension Lock.Model {
  /// Whether it names a file that the script names, rather than a model by its name.
  var isFile: Bool { kind == "file" || kind == "ranking" }
}

extension ExpertRanking.Expert {
  fileprivate var json: StableJSON {
    var members: [String: StableJSON] = ["kind": .string(kind), "name": .string(name)]
    if let sha256 { members["sha256"] = .string(sha256) }
    return .object(members)
  }
}

extension [String: String] {
  fileprivate func prefixed(_ prefix: String) -> [String: String] {
    Dictionary(uniqueKeysWithValues: map { (prefix + $0.key, $0.value) })
  }
}

extension [String] {
  fileprivate var commaSeparated: String? { isEmpty ? nil : joined(separator: ", ") }
}

extension [Lock.Seed] {
  fileprivate var byEdit: [String: String] {
    Dictionary(map { ($0.edit, String($0.seed)) }) { first, _ in first }
  }
}
