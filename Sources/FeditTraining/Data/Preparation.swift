import FeditFiles
import FeditImage
import FeditNN
import FeditPlan
import Foundation

/// Makes a training set of a folder of pictures; what is there already is kept.
///
/// The pictures, in the order of their paths, are cut into blocks of ``blockCount``; each block becomes a
/// shard, written when it is complete. A run that was ended leaves complete shards; the next one takes from
/// them every picture whose file and settings are still the same, and ends with the same bytes as
/// one run would have.
public struct Preparation: Sendable {
  /// Pictures a shard.
  public static let blockCount = 64

  /// What a run did.
  public struct Result: Sendable, Hashable {
    /// Pictures in the set.
    public var pictures = 0
    /// Those among them that an earlier run had made.
    public var kept = 0
    /// Those with landmarks.
    public var faces = 0
    /// Names and reasons of files that were left out.
    public var skipped: [(name: String, reason: String)] = []
    /// The contact sheet's path.
    public var sheet = ""

    /// Whether both say the same.
    public static func == (a: Result, b: Result) -> Bool {
      (a.pictures, a.kept, a.faces, a.sheet) == (b.pictures, b.kept, b.faces, b.sheet)
        && a.skipped.elementsEqual(b.skipped) { $0 == $1 }
    }
    /// Hashes the number of pictures, which tells results apart well enough.
    public func hash(into hasher: inout Hasher) { hasher.combine(pictures) }
  }

  /// Told how far it is: pictures done of all, and how many of those were left out.
  public typealias Progress = @Sendable (_ done: Int, _ all: Int, _ skipped: Int) -> Void

  private let faces: String
  private let folder: String
  private let threads: Int
  private let maker: PicturePreparation
  private var settings: PrepareSettings { maker.settings }

  /// Describes a run.
  ///
  /// - Parameters:
  ///   - faces: the folder of pictures.
  ///   - folder: the set's folder; made where it is not there.
  ///   - settings: how layers are made; the digests are filled in.
  ///   - annotations: landmarks, where there are any.
  ///   - hed: the HED network, where a method needs it.
  ///   - threads: how many pictures are worked on at the same time; the result is the same.
  public init(
    faces: String, folder: String, settings: PrepareSettings, annotations: Annotations? = nil,
    hed: HEDNetwork? = nil, threads: Int
  ) {
    precondition(TrainingSet.isValid(size: settings.size))
    var settings = settings
    settings.annotations = annotations?.digest
    settings.hedWeights = hed?.digest
    self.faces = faces
    self.folder = folder
    self.threads = threads
    maker = PicturePreparation(
      settings: settings, sketching: Sketching(network: hed), annotations: annotations)
  }

  /// Runs to the end, or until it is cancelled.
  ///
  /// - Parameters:
  ///   - isCancelled: asked between pictures.
  ///   - progress: told after each picture, from any thread.
  /// - Returns: what was done, or nil where it was cancelled.
  /// - Throws: ``TrainingDataError`` where the folder can't be read or has no usable picture, or the set can't
  ///   be written.
  public func run(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping Progress = { _, _, _ in }
  ) throws(TrainingDataError) -> Result? {
    let files = try Self.pictures(in: faces, except: folder)
    try makeFolder()
    let earlier = EarlierShards(folder: folder, settings: settings.digest)
    let pool = ThreadPool(threads: threads)
    var result = Result()
    var shards: [TrainingSet.Index.Shard] = []
    var seen: [String: String] = [:]
    let counter = Counter()
    for (number, start) in stride(from: 0, to: files.count, by: Self.blockCount).enumerated() {
      let block = Array(files[start..<min(start + Self.blockCount, files.count)])
      let outcomes = outcomes(
        block, earlier, pool, isCancelled: isCancelled,
        done: { skipped in
          let (done, left) = counter.add(skipped)
          progress(done, files.count, left)
        })
      if isCancelled() { return nil }
      var pictures: [PreparedPicture] = []
      for (name, outcome) in zip(block, outcomes) {
        switch outcome {
        case .picture(let picture, let kept):
          if let other = seen[picture.source] {
            result.skipped.append((name, "is the same file as '\(other)'"))
            continue
          }
          seen[picture.source] = name
          pictures.append(picture)
          if kept { result.kept += 1 }
          if !picture.landmarks.isEmpty { result.faces += 1 }
        case .skipped(let reason): result.skipped.append((name, reason))
        case .failed(let error): throw error
        case .cancelled: return nil
        }
      }
      guard !pictures.isEmpty else { continue }
      let file = Self.shardName(number)
      let digest: String
      if let present = earlier.unchanged(file, pictures) {
        digest = present
      } else {
        digest = try TrainingShard.write(pictures, settings: settings.digest, to: folder + "/" + file)
      }
      shards.append(.init(file: file, pictures: pictures.count, digest: digest))
      result.pictures += pictures.count
    }
    guard result.pictures > 0 else {
      let first = result.skipped.prefix(3).map { "'\($0.name)' \($0.reason)" }
      throw TrainingDataError(
        file: faces, "none of its \(files.count) pictures can be used", hints: first)
    }
    let index = TrainingSet.Index(
      settings: settings, shards: shards,
      skipped: result.skipped.map { .init(name: $0.name, reason: $0.reason) })
    try write(index)
    removeStale(keeping: Set(shards.map(\.file)))
    result.sheet = folder + "/contact-sheet.png"
    let set = try TrainingSet(folder: folder)
    try ContactSheet.write(set, to: result.sheet)
    return result
  }

  private func makeFolder() throws(TrainingDataError) {
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
    } catch {
      throw TrainingDataError(error)
    }
  }

  private func write(_ index: TrainingSet.Index) throws(TrainingDataError) {
    let path = folder + "/" + TrainingSet.Index.file
    let bytes: [UInt8]
    do { bytes = try index.encoded() } catch {
      throw TrainingDataError(.unwritable, file: path, "cannot be encoded")
    }
    if let present = try? readFile(path, limit: 1 << 28), present == bytes { return }
    do throws(FileError) { try AtomicFile.write(bytes, to: path) } catch { throw TrainingDataError(error) }
  }

  static func shardName(_ number: Int) -> String {
    let digits = String(number)
    return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".safetensors"
  }

  private static func isShardName(_ name: String) -> Bool {
    name.hasPrefix("shard-") && name.hasSuffix(".safetensors")
  }

  /// Deletes our own files that belong to the set no longer, and what a killed run left behind.
  private func removeStale(keeping kept: Set<String>) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let isOurs =
        Self.isShardName(name) && !kept.contains(name)
        || name.hasSuffix(AtomicFile.temporarySuffix)
          && (name.hasPrefix("shard-") || name.hasPrefix("index.json"))
      if isOurs { unlink(folder + "/" + name) }
    }
  }

  // MARK: Files

  /// Paths of the PNG and JPEG files below a folder, relative to it, in the order of their UTF-8; hidden ones and
  /// the set's own folder left out.
  static func pictures(in folder: String, except set: String) throws(TrainingDataError) -> [String] {
    let manager = FileManager.default
    let isEmpty: Bool
    do {
      isEmpty = try manager.contentsOfDirectory(atPath: folder).isEmpty
    } catch {
      var isFolder: ObjCBool = false
      let exists = manager.fileExists(atPath: folder, isDirectory: &isFolder)
      throw TrainingDataError(
        .unreadable, file: folder,
        !exists ? "there is no such folder" : isFolder.boolValue ? "cannot be read" : "is not a folder",
        hints: ["give a folder of portraits: PNG, JPEG, WebP, TIFF or HEIC"])
    }
    let own = URL(fileURLWithPath: set).standardizedFileURL.resolvingSymlinksInPath().path
    var found: [String] = []
    var others = 0
    var pending = [""]
    while let relative = pending.popLast() {
      let path = relative.isEmpty ? folder : folder + "/" + relative
      if URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path == own { continue }
      for name in (try? manager.contentsOfDirectory(atPath: path)) ?? [] where !name.hasPrefix(".") {
        let child = relative.isEmpty ? name : relative + "/" + name
        var status = stat()
        guard stat(folder + "/" + child, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          var link = stat()
          // A link to a folder may lead back to where it lies.
          if lstat(folder + "/" + child, &link) == 0, link.st_mode & S_IFMT == S_IFDIR {
            pending.append(child)
          }
        } else if PictureFormat.readEndings.contains((name as NSString).pathExtension.lowercased()),
          !name.unicodeScalars.contains(where: { $0.value < 32 })
        {
          found.append(child)
        } else {
          others += 1
        }
      }
    }
    guard !found.isEmpty else {
      throw TrainingDataError(
        file: folder,
        isEmpty
          ? "the folder is empty"
          : "has no picture: none of its \(others) files ends in .png, .jpg or another picture's ending",
        hints: ["give a folder of portraits: PNG, JPEG, WebP, TIFF or HEIC; folders in it are searched too"])
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: A block

  private enum Outcome: Sendable {
    case picture(PreparedPicture, kept: Bool)
    case skipped(String)
    case failed(TrainingDataError)
    case cancelled
  }

  /// Outcomes by place, written from any thread.
  private final class Outcomes: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Outcome]
    init(count: Int) { values = [Outcome](repeating: .cancelled, count: count) }
    func set(_ index: Int, _ value: Outcome) { lock.withLock { values[index] = value } }
    var all: [Outcome] { lock.withLock { values } }
  }

  private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var done = 0
    private var skipped = 0
    func add(_ isSkipped: Bool) -> (Int, Int) {
      lock.withLock {
        done += 1
        if isSkipped { skipped += 1 }
        return (done, skipped)
      }
    }
  }

  private func outcomes(
    _ block: [String], _ earlier: EarlierShards, _ pool: ThreadPool,
    isCancelled: @Sendable () -> Bool, done: @Sendable (Bool) -> Void
  ) -> [Outcome] {
    let outcomes = Outcomes(count: block.count)
    pool.run(block.count) { item, _ in
      if isCancelled() { return }
      let outcome = outcome(block[item], earlier)
      outcomes.set(item, outcome)
      if case .skipped = outcome { done(true) } else { done(false) }
    }
    return outcomes.all
  }

  private func outcome(_ name: String, _ earlier: EarlierShards) -> Outcome {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try readFile(faces + "/" + name, limit: PictureLimits().fileBytes)
    } catch {
      // A picture that is too large can't be used; one that can't be read now may be read later, and a set
      // without it would be another.
      if case .tooLarge = error { return .skipped(error.description) }
      return .failed(TrainingDataError(error))
    }
    let source = SHA256.hex(bytes)
    if let picture = earlier.picture(name, source: source) { return .picture(picture, kept: true) }
    do {
      return .picture(try maker.prepare(bytes, name: name, source: source), kept: false)
    } catch let rejection as PicturePreparation.Rejection {
      return .skipped(rejection.reason)
    } catch let error as TrainingDataError {
      return .failed(error)
    } catch {
      return .skipped("cannot be used: \(error)")
    }
  }
}

/// What earlier runs left in a set's folder: every picture in an undamaged shard of the same settings.
private struct EarlierShards: Sendable {
  private var shards: [String: TrainingShard] = [:]
  private var places: [String: (file: String, index: Int)] = [:]

  init(folder: String, settings: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names.sorted() where name.hasPrefix("shard-") && name.hasSuffix(".safetensors") {
      guard let shard = try? TrainingShard(path: folder + "/" + name), shard.settings == settings else {
        continue
      }
      shards[name] = shard
      for (i, picture) in shard.names.enumerated() { places[picture] = (name, i) }
    }
  }

  /// A picture that was made of the same file, if its bytes are as they were written.
  func picture(_ name: String, source: String) -> PreparedPicture? {
    guard let place = places[name], let shard = shards[place.file], shard.sources[place.index] == source,
      (try? shard.isIntact(place.index)) == true
    else { return nil }
    return try? shard.picture(place.index)
  }

  /// The digest of a shard that has just these pictures already; it need not be written again.
  func unchanged(_ file: String, _ pictures: [PreparedPicture]) -> String? {
    guard let shard = shards[file], shard.names == pictures.map(\.name),
      shard.sources == pictures.map(\.source),
      (0..<shard.count).allSatisfy({ (try? shard.isIntact($0)) == true })
    else { return nil }
    return shard.digest
  }
}
