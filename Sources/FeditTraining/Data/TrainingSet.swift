import FeditFiles
import Foundation

/// A folder of prepared pictures, mapped into memory, and the samples made from them.
///
/// `index.json` names the shards; each is a safetensors file (``TrainingShard``). Every twentieth picture, by a
/// hash of its name, is kept for validation.
public struct TrainingSet: Sendable {
  /// The folder as the user named it.
  public let folder: String
  /// The side of the pictures in pixels.
  public let size: Int
  /// The pictures' names, in their order.
  public let names: [String]
  /// The pictures to train on.
  public let training: [Int]
  /// The pictures to measure on.
  public let validation: [Int]
  /// How the set was made.
  public let settings: PrepareSettings
  let shards: [TrainingShard]
  /// For each picture its shard and its place there.
  let places: [(shard: Int, index: Int)]
  private let verified: Verified

  /// How many pictures there are.
  public var count: Int { names.count }
  /// The same for sets with the same contents.
  let fingerprint: String

  /// The index file's contents.
  struct Index: Codable, Hashable {
    static let format = "fedit-training-set"
    static let file = "index.json"
    struct Shard: Codable, Hashable {
      var file: String
      var pictures: Int
      var digest: String
    }
    struct Skipped: Codable, Hashable {
      var name: String
      var reason: String
    }
    var format = Index.format
    var version = 1
    var settings: PrepareSettings
    var shards: [Shard]
    var skipped: [Skipped]

    /// The same index gives the same bytes.
    func encoded() throws -> [UInt8] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  /// Which pictures' checksums have been compared.
  private final class Verified: @unchecked Sendable {
    private let lock = NSLock()
    private var flags: [Bool]
    init(count: Int) { flags = [Bool](repeating: false, count: count) }
    subscript(index: Int) -> Bool {
      get { lock.withLock { flags[index] } }
      set { lock.withLock { flags[index] = newValue } }
    }
  }

  /// Whether pictures can be prepared at this side: a multiple of 16 from 64 to 1024.
  public static func isValid(size: Int) -> Bool { (64...1024).contains(size) && size % 16 == 0 }

  /// Whether a picture is kept for validation: one in twenty, by the FNV-1a hash of its name, mixed.
  public static func isHeldOut(_ name: String) -> Bool {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var random = SeededRandom(seed: hash)
    return random.integer(0...19) == 0
  }

  /// Opens a set that `fedit prepare` made.
  ///
  /// - Throws: ``TrainingDataError`` that names the file that is missing, unfinished or damaged. The pictures'
  ///   own bytes are compared with their checksums when they are first used.
  public init(folder: String) throws(TrainingDataError) {
    let path = folder + "/" + Index.file
    let again = ["run 'fedit prepare' again: it makes only what is missing"]
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try readFile(path, limit: 1 << 28)
    } catch {
      throw TrainingDataError(
        .unreadable, file: folder,
        FileManager.default.fileExists(atPath: folder)
          ? "is not a finished training set: \(error)" : "there is no such folder",
        hints: ["'fedit prepare FACES -o \(folder)' makes a set, and goes on with an unfinished one"])
    }
    let index: Index
    do {
      index = try JSONDecoder().decode(Index.self, from: Data(bytes))
    } catch {
      throw TrainingDataError(
        file: path,
        "is not a training set's index: \((error as? DecodingError)?.reason ?? "it cannot be decoded")",
        hints: again)
    }
    guard index.format == Index.format, index.version == 1 else {
      throw TrainingDataError(
        file: path,
        "is of the format '\(index.format)', version \(index.version); this fedit reads version 1",
        hints: again)
    }
    var shards: [TrainingShard] = []
    var names: [String] = []
    var places: [(Int, Int)] = []
    for entry in index.shards {
      guard !entry.file.contains("/"), !entry.file.isEmpty else {
        throw TrainingDataError(file: path, "names a shard outside its folder: '\(entry.file)'", hints: again)
      }
      let shard = try TrainingShard(path: folder + "/" + entry.file)
      guard shard.digest == entry.digest, shard.count == entry.pictures, shard.size == index.settings.size
      else {
        throw TrainingDataError(
          file: folder + "/" + entry.file, "is not the shard that the index describes", hints: again)
      }
      for i in 0..<shard.count { places.append((shards.count, i)) }
      names += shard.names
      shards.append(shard)
    }
    guard !names.isEmpty else {
      throw TrainingDataError(file: folder, "the training set holds no picture", hints: again)
    }
    self.folder = folder
    fingerprint = index.shards.map(\.digest).joined(separator: " ")
    size = index.settings.size
    settings = index.settings
    self.names = names
    self.shards = shards
    self.places = places
    validation = names.indices.filter { Self.isHeldOut(names[$0]) }
    training = names.indices.filter { !Self.isHeldOut(names[$0]) }
    verified = Verified(count: names.count)
  }

  /// Gives the layers of a picture, checked against their checksum the first time.
  func withPicture<Result>(
    _ index: Int, _ body: (PictureLayers) -> Result
  ) throws(TrainingDataError) -> Result {
    precondition(names.indices.contains(index), "no picture \(index) in a set of \(count)")
    let (number, place) = places[index]
    let shard = shards[number]
    if !verified[index] {
      guard try shard.isIntact(place) else {
        throw TrainingDataError(
          file: shard.file.name, "the bytes of '\(names[index])' are damaged",
          hints: ["run 'fedit prepare' again with --verify: it makes anew what is damaged"])
      }
      verified[index] = true
    }
    return try shard.withParts(place) { body(PictureLayers(parts: $0, size: size, methods: shard.methods)) }
  }

  /// Whether any picture has landmarks.
  var hasFaces: Bool {
    get throws(TrainingDataError) {
      for shard in shards where try shard.hasFaces { return true }
      return false
    }
  }

  /// A copy of a picture with its layers.
  public func picture(_ index: Int) throws(TrainingDataError) -> PreparedPicture {
    try shards[places[index].shard].picture(places[index].index)
  }
}

/// The layers of one picture where they lie in the mapped shard.
struct PictureLayers {
  let size: Int
  let methods: Int
  private let parts: [UnsafeRawBufferPointer]

  init(parts: [UnsafeRawBufferPointer], size: Int, methods: Int) {
    self.parts = parts
    self.size = size
    self.methods = methods
  }

  var picture: UnsafeBufferPointer<UInt8> { parts[0].bindMemory(to: UInt8.self) }
  var color: UnsafeBufferPointer<UInt8> { parts[1].bindMemory(to: UInt8.self) }
  var hasFace: Bool { parts[3][0] != 0 }
  var regions: UnsafeBufferPointer<UInt8> { parts[4].bindMemory(to: UInt8.self) }
  var palette: UnsafeBufferPointer<UInt8> { parts[5].bindMemory(to: UInt8.self) }
  var hair: UnsafeBufferPointer<UInt8> { parts[7].bindMemory(to: UInt8.self) }

  /// Bits of a method's drawing of the picture, or of the picture shrunk by a power of two.
  func sketch(_ method: Int, reduction: Int = 1) -> UnsafeRawBufferPointer {
    let part = reduction == 1 ? parts[2] : parts[7 + reduction.trailingZeroBitCount]
    let each = part.count / methods
    return UnsafeRawBufferPointer(rebasing: part[method * each..<(method + 1) * each])
  }

  /// By what the picture that is drawn was shrunk: the one nearest to a scale, in sample pixels a picture pixel.
  func reduction(scale: Float) -> Int {
    var best = 1
    for reduction in TrainingShard.reductions(size: size) where Float(reduction) * scale < 1.42 {
      best = reduction
    }
    return best
  }

  /// A point of the mesh in pixels of the picture, where a face is known.
  func landmark(_ index: Int) -> FaceAnchors.Point {
    func value(_ i: Int) -> Float {
      Float(Int16(littleEndian: parts[6].loadUnaligned(fromByteOffset: 2 * i, as: Int16.self))) / 32
    }
    return FaceAnchors.Point(x: value(2 * index), y: value(2 * index + 1))
  }

  /// The anchors in pixels of the picture.
  var anchors: FaceAnchors {
    hasFace ? FaceAnchors(landmark) : FaceAnchors(alignedSide: Float(size))
  }
}
