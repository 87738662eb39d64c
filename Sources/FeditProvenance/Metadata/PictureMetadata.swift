import CZlib
import FeditFiles
import FeditImage
import FeditPlan
import Foundation

/// What a saved picture says of itself: the script, the lock and the XMP packet, in a PNG file's text chunks or in the
/// XMP packet of a JPEG, TIFF or WebP file.
///
/// All of it is read as untrusted data: with limits, without decoding the picture, and without
/// touching any other file.
public struct PictureMetadata: Hashable, Sendable {
  /// PNG keyword of the script.
  public static let scriptKeyword = "fedit-script"
  /// PNG keyword of the lock.
  public static let lockKeyword = "fedit-lock"
  /// PNG keyword that the XMP specification (part 3) sets.
  public static let xmpKeyword = "XML:com.adobe.xmp"

  /// The longest text that is read, in bytes, compressed or not: reading and showing the largest that are
  /// allowed takes less than 64 MiB.
  public static let textLimit = 2 << 20
  /// The longest lock that is read: as JSON it takes many times its size in memory.
  public static let lockLimit = 512 << 10
  /// How many chunks besides image data a picture may have.
  public static let chunkLimit = 2_000
  /// How many chunks of image data: enough for a gigabyte in libpng's 8 KiB pieces.
  public static let imageChunkLimit = 150_000

  /// The picture's format.
  public var format: PictureFormat
  /// The picture's width in pixels.
  public var width: Int
  /// Its height in pixels.
  public var height: Int
  /// The script that made it; nil where it carries none.
  public var script: String?
  /// The text of its lock; nil where it carries none.
  public var lock: String?
  /// Its XMP packet; nil where it carries none.
  public var xmp: String?

  /// Reads what a picture says of itself.
  ///
  /// - Parameter path: the picture.
  /// - Throws: `FileError.cannotRead`, or `ProvenanceError` for what is no such picture or is malformed.
  public init(path: String) throws {
    if let format = PictureFile.format(of: path), format != .png {
      try self.init(packetOf: path)
    } else {
      try self.init(png: path)
    }
  }

  private init(packetOf path: String) throws {
    let embedded: EmbeddedTexts
    do {
      embedded = try EmbeddedTexts(path: path, keywords: [Self.scriptKeyword, Self.lockKeyword])
    } catch {
      guard error.kind != .unreadable else {
        throw FileError.cannotRead(path: path, reason: error.message)
      }
      throw ProvenanceError(file: path, error.message, hints: error.hints)
    }
    format = embedded.format
    width = embedded.width
    height = embedded.height
    script = embedded.texts[Self.scriptKeyword]
    lock = embedded.texts[Self.lockKeyword]
    xmp = embedded.texts[Self.xmpKeyword]
    for (keyword, limit) in [(Self.scriptKeyword, Self.textLimit), (Self.lockKeyword, Self.lockLimit)]
    where embedded.texts[keyword, default: ""].utf8.count > limit {
      throw ProvenanceError(file: path, "its text '\(keyword)' is longer than \(limit) bytes")
    }
  }

  private init(png path: String) throws {
    format = .png
    let reader = try ChunkReader(path: path)
    defer { reader.close() }
    (width, height) = try reader.header()
    var texts: [String: String] = [:]
    let wanted = [Self.scriptKeyword, Self.lockKeyword, Self.xmpKeyword]
    var others = 0
    var imageChunks = 0
    while let chunk = try reader.next() {
      switch chunk.type {
      case "IEND":
        script = texts[Self.scriptKeyword]
        lock = texts[Self.lockKeyword]
        xmp = texts[Self.xmpKeyword]
        return
      case "IDAT":
        imageChunks += 1
        guard imageChunks <= Self.imageChunkLimit else {
          throw reader.fault("it has more than \(Self.imageChunkLimit) chunks of image data")
        }
      default:
        others += 1
        guard others <= Self.chunkLimit else {
          throw reader.fault("it has more than \(Self.chunkLimit) chunks besides its image data")
        }
        guard ["iTXt", "zTXt", "tEXt"].contains(chunk.type),
          let keyword = try reader.keyword(of: chunk), wanted.contains(keyword)
        else { continue }
        guard texts[keyword] == nil else { throw reader.fault("it has the text '\(keyword)' twice") }
        texts[keyword] = try reader.text(of: chunk, keyword: keyword)
      }
    }
    throw reader.fault("it is cut short: it has no end chunk")
  }

  /// Whether a file begins as the pictures do that fedit saves; no for what can't be read.
  public static func isPicture(_ path: String) -> Bool { PictureFile.format(of: path) != nil }

  /// The IPTC digital source type that the XMP packet names: the last part of its address.
  public var digitalSourceType: String? {
    guard let xmp else { return nil }
    let bytes = Array(xmp.utf8)
    let mark = Array("digitalsourcetype/".utf8)
    var position = 0
    while position + mark.count < bytes.count {
      if bytes[position] == mark[0], bytes[position..<position + mark.count].elementsEqual(mark) {
        let name = bytes[(position + mark.count)...].prefix { 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }
        if (1...80).contains(name.count) { return String(decoding: name, as: UTF8.self) }
      }
      position += 1
    }
    return nil
  }
}

/// Walks through a PNG file's chunks, reading only what is asked for.
private final class ChunkReader {
  struct Chunk {
    var type: String
    var typeBytes: [UInt8]
    /// Where its data begin.
    var start: Int
    var length: Int
  }

  private let path: String
  private let descriptor: Int32
  private let size: Int
  private var position = 8

  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    func unreadable(_ reason: String) -> FileError { .cannotRead(path: path, reason: reason) }
    guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno)).lowercased()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      Foundation.close(descriptor)
      throw unreadable("it is not a regular file")
    }
    size = Int(status.st_size)
  }

  func close() { Foundation.close(descriptor) }

  func fault(_ problem: String) -> ProvenanceError {
    ProvenanceError(
      file: path, problem, hints: ["it is damaged, or not a picture that fedit saved"])
  }

  private func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    let piece = readPiece(descriptor, at: offset, count: count)
    guard piece.count == count else { throw fault("it is cut short") }
    return piece
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  var hasSignature: Bool {
    (try? bytes(at: 0, count: 8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  }

  /// The signature and the header chunk.
  func header() throws -> (width: Int, height: Int) {
    guard size >= 8 + 25, hasSignature else { throw fault("it is not a PNG file") }
    guard let chunk = try next(), chunk.type == "IHDR", chunk.length == 13 else {
      throw fault("its header is damaged")
    }
    let data = try checked(chunk)
    return (number(data[0..<4]), number(data[4..<8]))
  }

  /// The next chunk, nil at the file's end.
  func next() throws -> Chunk? {
    guard position < size else { return nil }
    let head = try bytes(at: position, count: 8)
    let length = number(head[0..<4])
    let type = Array(head[4..<8])
    guard type.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
      throw fault("a chunk at byte \(position) has no valid name")
    }
    guard length <= size - position - 12 else {
      throw fault("the chunk \(String(decoding: type, as: UTF8.self)) at byte \(position) is cut short")
    }
    defer { position += 12 + length }
    return Chunk(
      type: String(decoding: type, as: UTF8.self), typeBytes: type, start: position + 8, length: length)
  }

  /// A chunk's data, compared with its checksum.
  private func checked(_ chunk: Chunk) throws -> [UInt8] {
    let data = try bytes(at: chunk.start, count: chunk.length)
    let stored = number(try bytes(at: chunk.start + chunk.length, count: 4)[...])
    let covered = chunk.typeBytes + data
    let checksum = covered.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    guard Int(truncatingIfNeeded: checksum) == stored else {
      throw fault("the chunk \(chunk.type) at byte \(chunk.start - 8) is damaged: its checksum is wrong")
    }
    return data
  }

  /// The keyword that begins a text chunk: 1 to 79 bytes of Latin-1, then a zero.
  func keyword(of chunk: Chunk) throws -> String? {
    let start = try bytes(at: chunk.start, count: min(chunk.length, 80))
    guard let end = start.firstIndex(of: 0), end > 0 else { return nil }
    return String(String.UnicodeScalarView(start[..<end].map { Unicode.Scalar($0) }))
  }

  /// The text of a chunk as UTF-8.
  func text(of chunk: Chunk, keyword: String) throws -> String {
    let limit = keyword == PictureMetadata.lockKeyword ? PictureMetadata.lockLimit : PictureMetadata.textLimit
    let tooLong = fault("its text '\(keyword)' is longer than \(limit) bytes")
    guard chunk.length <= limit + 1024 else { throw tooLong }
    let data = try checked(chunk)
    let malformed = fault("its text '\(keyword)' is malformed")
    guard let keywordEnd = data.firstIndex(of: 0) else { throw malformed }
    var rest = data[(keywordEnd + 1)...]
    var isCompressed = chunk.type == "zTXt"
    if chunk.type == "iTXt" {
      guard rest.count >= 2, let flag = rest.popFirst(), let method = rest.popFirst(), flag <= 1, method == 0
      else { throw malformed }
      isCompressed = flag == 1
      // Language and translated keyword, each ended by a zero.
      for _ in 0..<2 {
        guard let end = rest.firstIndex(of: 0) else { throw malformed }
        rest = rest[(end + 1)...]
      }
    } else if isCompressed {
      guard rest.popFirst() == 0 else { throw malformed }
    }
    var bytes = Array(rest)
    if isCompressed {
      switch Self.inflated(bytes, limit: limit) {
      case .success(let inflated): bytes = inflated
      case .failure(.tooLong): throw tooLong
      case .failure(.damaged): throw fault("its compressed text '\(keyword)' is damaged")
      }
    }
    guard bytes.count <= limit else { throw tooLong }
    if chunk.type != "iTXt" {
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fault("its text '\(keyword)' is not valid UTF-8")
    }
    return text
  }

  private enum InflateFault: Error { case tooLong, damaged }

  /// zlib's format, in steps, so that memory is taken for what comes out and not for what is claimed.
  private static func inflated(_ bytes: [UInt8], limit: Int) -> Result<[UInt8], InflateFault> {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return .failure(.damaged)
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var source = bytes
    return source.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let (status, count) = block.withUnsafeMutableBufferPointer { block in
          stream.next_out = block.baseAddress
          stream.avail_out = UInt32(block.count)
          let status = inflate(&stream, Z_NO_FLUSH)
          return (status, block.count - Int(stream.avail_out))
        }
        result += block[..<count]
        if result.count > limit { return .failure(.tooLong) }
        if status == Z_STREAM_END { return .success(result) }
        if status != Z_OK || count == 0 { return .failure(.damaged) }
      }
    }
  }
}
