import FeditPlan

/// What the XMP packet of a JPEG, TIFF or WebP file says, read without decoding the picture and without trusting it.
public struct EmbeddedTexts: Hashable, Sendable {
  /// The longest packet that is read, in bytes: texts of 2 MiB, escaped.
  static let packetLimit = 8 << 20
  /// Segments of a JPEG file that are walked over.
  private static let segmentLimit = 10_000

  /// What kind of file it is.
  public var format: PictureFormat
  /// In pixels, upright.
  public var width: Int
  /// In pixels, upright.
  public var height: Int
  /// The packet itself, under the keyword that PNG has for it, and fedit's texts in it.
  public var texts: [String: String]

  /// Reads the texts of a file that is not PNG.
  ///
  /// - Parameters:
  ///   - path: the picture.
  ///   - keywords: the texts that are wanted besides the packet.
  /// - Throws: `PictureError` for what is no picture, or what has the texts twice or damaged.
  public init(path: String, keywords: [String]) throws(PictureError) {
    let reader = try HeaderReader(path: path)
    var limits = PictureLimits()
    // Nothing is decoded, so that any size is fine.
    limits.pixels = 1 << 40
    let header = try PictureHeader(reader, limits: limits)
    format = header.format
    width = header.width
    height = header.height
    func malformed(_ problem: String) -> PictureError {
      PictureError(.malformed, file: path, problem, hints: PictureHeader.damagedHints)
    }
    let packets: (main: [UInt8], extended: [UInt8])?
    switch header.format {
    case .jpeg: packets = try Self.jpegPackets(reader)
    case .tiff: packets = try TIFFFile.packet(reader).map { ($0, []) }
    case .webp: packets = try WebPFile.packet(reader).map { ($0, []) }
    case .png, .heic: packets = nil
    }
    texts = [:]
    guard let packets else { return }
    do throws(XMPPacket.Fault) {
      for packet in [packets.main, packets.extended] where !packet.isEmpty {
        for (keyword, text) in try XMPPacket.texts(in: packet, keywords: keywords) {
          guard texts[keyword] == nil else { throw XMPPacket.Fault.twice(keyword) }
          texts[keyword] = text
        }
      }
    } catch {
      switch error {
      case .twice(let keyword): throw malformed("it has the text '\(keyword)' twice")
      case .malformed(let keyword): throw malformed("its text '\(keyword)' is malformed")
      }
    }
    guard let packet = String(validating: packets.main, as: UTF8.self) else {
      throw malformed("its XMP packet is not valid UTF-8")
    }
    texts[XMPPacket.keyword] = packet
  }

  /// The packet of a JPEG file, and the longer one that its segments make together where it names one.
  private static func jpegPackets(
    _ reader: HeaderReader
  ) throws(PictureError) -> (main: [UInt8], extended: [UInt8])? {
    func malformed(_ problem: String) -> PictureError {
      PictureError(.malformed, file: reader.name, problem, hints: PictureHeader.damagedHints)
    }
    var main: [UInt8]?
    var parts: [(name: [UInt8], total: Int, start: Int, bytes: [UInt8])] = []
    var position = 2
    for _ in 0..<segmentLimit {
      while let byte = reader.byte(position), byte != 0xFF { position += 1 }
      while let byte = reader.byte(position), byte == 0xFF { position += 1 }
      guard let marker = reader.byte(position), marker != 0xDA, marker != 0xD9 else { break }
      position += 1
      if marker == 0x00 || marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
      guard let length = reader.number(position, 2), length >= 2 else { break }
      let body = position + 2
      let count = length - 2
      if marker == 0xE1, reader.isEqual(body, JPEGFile.xmpName) {
        guard main == nil else { throw malformed("it has two XMP packets") }
        let start = body + JPEGFile.xmpName.count
        main = reader.bytes(start, body + count - start).map(Array.init)
      } else if marker == 0xE1, reader.isEqual(body, JPEGFile.extensionName),
        count > JPEGFile.extensionName.count + 40
      {
        let name = body + JPEGFile.extensionName.count
        guard let total = reader.number(name + 32, 4), let start = reader.number(name + 36, 4),
          let digest = reader.bytes(name, 32), let bytes = reader.bytes(name + 40, body + count - name - 40)
        else { break }
        parts.append((Array(digest), total, start, Array(bytes)))
      }
      position += length
    }
    guard let main else { return nil }
    // Only the packet that the first one names belongs to it.
    let own = parts.filter { main.firstIndex(of: $0.name, from: 0) != nil }
    guard let total = own.first?.total else { return (main, []) }
    guard total <= packetLimit else { throw malformed("its XMP packet is longer than \(packetLimit) bytes") }
    var extended: [UInt8] = []
    for part in own.sorted(by: { $0.start < $1.start }) {
      guard part.start == extended.count, part.total == total, part.start + part.bytes.count <= total else {
        throw malformed("the segments of its XMP packet do not fit together")
      }
      extended += part.bytes
    }
    guard extended.count == total else { throw malformed("a segment of its XMP packet is missing") }
    return (main, extended)
  }
}
