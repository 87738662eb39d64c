import CZlib
import FeditFiles
import FeditWeights

/// A picture with the layers that samples are made from.
public struct PreparedPicture: Sendable, Hashable {
  /// The file's path within the folder of pictures.
  public var name: String
  /// SHA-256 of the file's bytes.
  public var source: String
  /// The side in pixels, a multiple of 16.
  public var size: Int
  /// RGB, `size * size * 3`.
  public var picture: [UInt8]
  /// RGB at half the size: flattened colours.
  public var color: [UInt8]
  /// For each method one drawing, eight pixels a byte, the leftmost in the highest bit.
  public var sketches: [[UInt8]]
  /// The same of the picture shrunk to a half, a quarter …, as long as 256 pixels are left: for samples that show
  /// much of a large picture.
  public var smallSketches: [[[UInt8]]] = []
  /// At half the size, a ``FaceRegion`` a pixel; empty where no face is known.
  public var regions: [UInt8]
  /// The median RGB of each region; as empty.
  public var palette: [UInt8]
  /// x and y of the face mesh's 468 points, 1/32 pixel; empty where no face is known.
  public var landmarks: [Int16]
  /// Hair probability 0…255 on a grid of 32×32; empty where no face is known.
  public var hair: [UInt8]

  /// A picture without a face's layers.
  public init(
    name: String, source: String, size: Int, picture: [UInt8], color: [UInt8], sketches: [[UInt8]]
  ) {
    self.name = name
    self.source = source
    self.size = size
    self.picture = picture
    self.color = color
    self.sketches = sketches
    regions = []
    palette = []
    landmarks = []
    hair = []
  }
}

/// The parts of a portrait that the region layer tells apart.
public enum FaceRegion: UInt8, Sendable, CaseIterable {
  case background = 0
  /// Neck, ears, clothes.
  case body, hair, skin, brows, eyes, lips, mouth
}

/// Some pictures of a set in one safetensors file.
///
/// Tensors (n pictures of side S, V sketch methods): `picture` U8 [n, S, S, 3], `color` U8 [n, S/2, S/2, 3],
/// `sketch` U8 [n, V, S, S/8] (bits, the leftmost pixel highest), `face` U8 [n] (1 where the rest is known),
/// `regions` U8 [n, S/2, S/2], `palette` U8 [n, 8, 3], `landmarks` I16 [n, 468, 2] (1/32 pixel),
/// `hair` U8 [n, 32, 32]. Metadata: `format`, `settings`, and one line a picture of `names`, `sources`
/// (SHA-256 of the file) and `checksums` (CRC-32 of its part of all tensors, in the order above). From 512 pixels on
/// there are also `sketch2` U8 [n, V, S/2, S/16] and so on, of smaller pictures down to 256.
struct TrainingShard: Sendable {
  static let format = "fedit-training-shard-1"
  static let gridSide = 32

  let file: SafetensorsFile
  let size: Int
  let names: [String]
  let sources: [String]
  let checksums: [UInt32]
  let settings: String
  /// Of names, sources and checksums.
  let digest: String
  let methods: Int

  var count: Int { names.count }

  /// The tensors' names, elements' sizes in bytes, and shapes for one picture, in the checksums' order.
  static func layout(size: Int, methods: Int) -> [(name: String, type: ElementType, shape: [Int])] {
    let small = reductions(size: size).map {
      (name: "sketch\($0)", type: ElementType.uint8, shape: [methods, size / $0, size / $0 / 8])
    }
    return [
      ("picture", .uint8, [size, size, 3]), ("color", .uint8, [size / 2, size / 2, 3]),
      ("sketch", .uint8, [methods, size, size / 8]), ("face", .uint8, []),
      ("regions", .uint8, [size / 2, size / 2]), ("palette", .uint8, [FaceRegion.allCases.count, 3]),
      ("landmarks", .int16, [FaceLandmarks.count, 2]), ("hair", .uint8, [gridSide, gridSide]),
    ] + small
  }

  /// By what a picture is shrunk for its small sketches: 2, 4 … as long as 256 pixels are left.
  static func reductions(size: Int) -> [Int] {
    [2, 4, 8].filter { size / $0 >= 256 && size % ($0 * 8) == 0 }
  }

  /// Bytes of one picture in a tensor.
  static func bytes(_ entry: (name: String, type: ElementType, shape: [Int])) -> Int {
    entry.shape.reduce(entry.type.size, *)
  }

  /// The bytes of one picture in each tensor.
  static func parts(_ picture: PreparedPicture) -> [[UInt8]] {
    let methods = picture.sketches.count
    let layout = layout(size: picture.size, methods: methods)
    func filled(_ values: [UInt8], _ index: Int) -> [UInt8] {
      values.isEmpty ? [UInt8](repeating: 0, count: bytes(layout[index])) : values
    }
    var landmarks: [UInt8] = []
    for value in picture.landmarks {
      let bits = UInt16(bitPattern: value)
      landmarks += [UInt8(bits & 255), UInt8(bits >> 8)]
    }
    let parts: [[UInt8]] =
      [
        picture.picture, picture.color, Array(picture.sketches.joined()), [picture.landmarks.isEmpty ? 0 : 1],
        filled(picture.regions, 4), filled(picture.palette, 5), filled(landmarks, 6), filled(picture.hair, 7),
      ] + picture.smallSketches.map { Array($0.joined()) }
    precondition(parts.count == layout.count, "the small sketches are missing")
    for (part, entry) in zip(parts, layout) {
      precondition(part.count == bytes(entry), "\(entry.name) has a wrong number of bytes")
    }
    return parts
  }

  /// CRC-32 of bytes one after another.
  static func checksum(_ parts: [UnsafeRawBufferPointer]) -> UInt32 {
    var crc = crc32(0, nil, 0)
    for part in parts {
      crc = crc32(crc, part.bindMemory(to: UInt8.self).baseAddress, UInt32(part.count))
    }
    return UInt32(truncatingIfNeeded: crc)
  }

  static func digest(names: [String], sources: [String], checksums: [UInt32]) -> String {
    SHA256.hex((names + sources + checksums.map { String($0, radix: 16) }).joined(separator: "\n"))
  }

  /// Writes pictures of the same size and methods as a shard, atomically.
  ///
  /// - Returns: the shard's digest.
  static func write(
    _ pictures: [PreparedPicture], settings: String, to path: String
  ) throws(TrainingDataError) -> String {
    let size = pictures[0].size
    let methods = pictures[0].sketches.count
    let layout = layout(size: size, methods: methods)
    var tensors = layout.map { entry in
      SafetensorsWriter.Tensor(
        name: entry.name, shape: [pictures.count] + entry.shape, type: entry.type, bytes: [])
    }
    for i in tensors.indices { tensors[i].reserve(bytes: bytes(layout[i]) * pictures.count) }
    var checksums: [UInt32] = []
    for picture in pictures {
      precondition(picture.size == size && picture.sketches.count == methods)
      let parts = parts(picture)
      var crc = crc32(0, nil, 0)
      for part in parts { crc = crc32(crc, part, UInt32(part.count)) }
      checksums.append(UInt32(truncatingIfNeeded: crc))
      for (i, part) in parts.enumerated() { tensors[i].append(bytes: part) }
    }
    let names = pictures.map(\.name)
    let sources = pictures.map(\.source)
    do throws(WeightError) {
      try SafetensorsWriter.write(
        tensors,
        metadata: [
          "format": format, "settings": settings, "names": names.joined(separator: "\n"),
          "sources": sources.joined(separator: "\n"),
          "checksums": checksums.map { String($0, radix: 16) }.joined(separator: "\n"),
        ], to: path)
    } catch {
      throw TrainingDataError(error)
    }
    return digest(names: names, sources: sources, checksums: checksums)
  }

  /// Opens a shard and checks everything about it but the pictures' own bytes.
  init(path: String) throws(TrainingDataError) {
    let hints = ["run 'fedit prepare' again: it makes anew what is damaged or missing"]
    func fault(_ problem: String) -> TrainingDataError {
      TrainingDataError(file: path, problem, hints: hints)
    }
    do throws(WeightError) {
      file = try SafetensorsFile(path: path)
    } catch {
      throw TrainingDataError(
        error.kind == .unreadable ? .unreadable : .invalid, file: path, error.problem, hints: hints)
    }
    let metadata = file.metadata
    guard metadata["format"] == Self.format else { throw fault("is not a shard of a training set") }
    func lines(_ key: String) -> [String] {
      (metadata[key] ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    settings = metadata["settings"] ?? ""
    names = lines("names")
    sources = lines("sources")
    let crcs = lines("checksums").map { UInt32($0, radix: 16) }
    checksums = crcs.compactMap { $0 }
    guard names.count == sources.count, names.count == crcs.count, checksums.count == crcs.count else {
      throw fault("its names, sources and checksums don't fit together")
    }
    guard let shape = file.shape(of: "picture"), shape.count == 4, TrainingSet.isValid(size: shape[1]) else {
      throw fault("has no tensor 'picture' of a usable shape")
    }
    size = shape[1]
    guard let drawings = file.shape(of: "sketch"), drawings.count == 4, (1...8).contains(drawings[1]) else {
      throw fault("has no tensor 'sketch' of a usable shape")
    }
    methods = drawings[1]
    for entry in Self.layout(size: size, methods: methods) {
      let expected = [names.count] + entry.shape
      guard file.shape(of: entry.name) == expected, file.type(of: entry.name) == entry.type else {
        throw fault("its tensor '\(entry.name)' is missing or not \(entry.type.rawValue) \(expected)")
      }
    }
    digest = Self.digest(names: names, sources: sources, checksums: checksums)
  }

  /// Gives the parts of one picture, in the order of the layout.
  func withParts<Result>(
    _ index: Int, _ body: ([UnsafeRawBufferPointer]) -> Result
  ) throws(TrainingDataError) -> Result {
    let layout = Self.layout(size: size, methods: methods)
    do throws(WeightError) {
      let buffers = try layout.map { entry throws(WeightError) in
        let length = Self.bytes(entry)
        // The mapping lives as long as `file`.
        return try file.withBytes(of: entry.name) {
          UnsafeRawBufferPointer(rebasing: $0[index * length..<(index + 1) * length])
        }
      }
      return withExtendedLifetime(file) { body(buffers) }
    } catch {
      throw TrainingDataError(error)
    }
  }

  /// Whether any picture has landmarks.
  var hasFaces: Bool {
    get throws(TrainingDataError) {
      do throws(WeightError) {
        return try file.withBytes(of: "face") { $0.contains(1) }
      } catch {
        throw TrainingDataError(error)
      }
    }
  }

  /// Whether a picture's bytes are those that were written.
  func isIntact(_ index: Int) throws(TrainingDataError) -> Bool {
    try withParts(index) { Self.checksum($0) == checksums[index] }
  }

  /// A copy of one picture with its layers.
  func picture(_ index: Int) throws(TrainingDataError) -> PreparedPicture {
    try withParts(index) { parts in
      let bytes = parts.map { [UInt8]($0) }
      let each = bytes[2].count / methods
      var picture = PreparedPicture(
        name: names[index], source: sources[index], size: size, picture: bytes[0], color: bytes[1],
        sketches: (0..<methods).map { Array(bytes[2][$0 * each..<($0 + 1) * each]) })
      picture.smallSketches = bytes[8...].map { part in
        let each = part.count / methods
        return (0..<methods).map { Array(part[$0 * each..<($0 + 1) * each]) }
      }
      if bytes[3][0] != 0 {
        picture.regions = bytes[4]
        picture.palette = bytes[5]
        picture.landmarks = stride(from: 0, to: bytes[6].count, by: 2).map {
          Int16(bitPattern: UInt16(bytes[6][$0]) | UInt16(bytes[6][$0 + 1]) << 8)
        }
        picture.hair = bytes[7]
      }
      return picture
    }
  }
}
