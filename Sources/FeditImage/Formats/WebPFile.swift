import FeditImageCodecs
import FeditPixels

/// Reads and writes WebP files (RFC 9649): still pictures, lossy and lossless, with alpha, ICC profile, EXIF and XMP.
enum WebPFile {
  /// Chunks that are walked over.
  private static let chunkLimit = 10_000
  /// The largest ICC profile that is read, in bytes.
  private static let profileLimit = 8 << 20
  /// WebP's longest side.
  private static let sideLimit = 16_383

  // MARK: Reading

  static func isWebP(_ reader: HeaderReader) -> Bool {
    reader.isEqual(0, Array("RIFF".utf8)) && reader.isEqual(8, Array("WEBP".utf8))
  }

  /// The container's chunks by name, the first of each, where they begin and how long they are.
  private static func chunks(
    _ reader: HeaderReader
  ) throws(PictureError) -> [String: (start: Int, count: Int)] {
    func number(_ offset: Int) -> Int? {
      reader.bytes(offset, 4).map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
    }
    guard let size = number(4), size + 8 <= reader.count else { throw PictureHeader.truncated(reader.name) }
    var found: [String: (start: Int, count: Int)] = [:]
    var position = 12
    for _ in 0..<chunkLimit where position + 8 <= size + 8 {
      guard let name = reader.bytes(position, 4), let count = number(position + 4),
        count <= size + 8 - position - 8
      else { throw PictureHeader.truncated(reader.name) }
      let key = String(decoding: name, as: UTF8.self)
      if found[key] == nil { found[key] = (position + 8, count) }
      position += 8 + count + count % 2
    }
    return found
  }

  static func header(
    _ reader: HeaderReader, limits: PictureLimits
  ) throws(PictureError) -> PictureHeader {
    let chunks = try chunks(reader)
    // Enough of the file for libwebp to find the picture's own header.
    let image = chunks["VP8 "] ?? chunks["VP8L"] ?? chunks["ANMF"]
    guard let image else { throw PictureHeader.truncated(reader.name) }
    let start = reader.bytes(0, min(reader.count, image.start + 64)) ?? []
    var info = fedit_webp_info()
    var message = fedit_codec_message()
    let status = Array(start).withUnsafeBufferPointer {
      fedit_webp_read_info($0.baseAddress, $0.count, &info, &message)
    }
    guard status == FEDIT_CODEC_OK else {
      throw Codec.failure(status, message, library: "libwebp", reader.name)
    }
    guard !info.is_animated else {
      throw PictureError(
        .unsupported, file: reader.name, "it is an animated WebP; still pictures are read",
        hints: ["save one of its frames as PNG"])
    }
    let width = Int(info.width)
    let height = Int(info.height)
    let channels = info.has_alpha ? 4 : 3
    try PictureHeader.check(
      width: width, height: height, bytesPerPixel: channels, limits: limits, file: reader.name)
    var header = PictureHeader(
      format: .webp, storedWidth: width, storedHeight: height, bitsPerPixel: channels * 8)
    if let chunk = chunks["EXIF"], let bytes = reader.bytes(chunk.start, min(chunk.count, EXIF.byteLimit + 6))
    {
      // Some writers put JPEG's name in front of it.
      let name = Array("Exif\0\0".utf8)
      if let block = EXIFBlock(bytes.starts(with: name) ? bytes.dropFirst(name.count) : bytes) {
        header.orientation = block.layout.orientation
        header.resolution = block.layout.resolution
        header.exif = block.exif
      }
    }
    if let chunk = chunks["ICCP"] {
      if chunk.count <= profileLimit {
        header.iccProfile = reader.bytes(chunk.start, chunk.count).map(Array.init)
      }
      header.hasBrokenProfile = header.iccProfile == nil
    }
    return header
  }

  /// The XMP packet, nil where there is none.
  static func packet(_ reader: HeaderReader) throws(PictureError) -> [UInt8]? {
    guard let chunk = try chunks(reader)["XMP "] else { return nil }
    guard chunk.count <= EmbeddedTexts.packetLimit else { return nil }
    return reader.bytes(chunk.start, chunk.count).map(Array.init)
  }

  // MARK: Writing

  /// Encodes a picture, lossless where no quality is given.
  static func encode(
    _ picture: Picture, quality: Int?, texts: [PNGText], exif: EXIF?
  ) throws(PictureError) -> [UInt8] {
    guard picture.width <= sideLimit, picture.height <= sideLimit else {
      throw PictureError(
        .unencodable, file: "",
        "WebP pictures have at most \(sideLimit) pixels a side, and it has \(picture.width) × \(picture.height)",
        hints: ["save it as PNG, TIFF or JPEG"])
    }
    let packet = try XMPPacket.joined(texts)
    let image = try imageChunks(picture, quality: quality)
    var flags: UInt8 = picture.hasAlpha ? 0x10 : 0
    var before: [UInt8] = []
    var after: [UInt8] = []
    if let profile = picture.iccProfile {
      flags |= 0x20
      before += chunk("ICCP", profile)
    }
    if exif != nil || picture.resolution != nil {
      flags |= 0x08
      after += chunk(
        "EXIF",
        (exif ?? EXIF()).block(width: picture.width, height: picture.height, resolution: picture.resolution))
    }
    if let packet {
      flags |= 0x04
      after += chunk("XMP ", Array(packet.utf8))
    }
    let extended =
      [flags, 0, 0, 0] + littleEndian(picture.width - 1, 3) + littleEndian(picture.height - 1, 3)
    let count = 4 + 18 + before.count + image.count + after.count
    return Array("RIFF".utf8) + littleEndian(count, 4) + Array("WEBP".utf8) + chunk("VP8X", extended) + before
      + image + after
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    Array(name.utf8) + littleEndian(data.count, 4) + data + (data.count % 2 == 1 ? [0] : [])
  }

  /// What libwebp makes, without its container: ALPH and VP8, or VP8L.
  private static func imageChunks(_ picture: Picture, quality: Int?) throws(PictureError) -> ArraySlice<UInt8>
  {
    let samples = picture.eightBitSamples
    var encoding = fedit_webp_encoding()
    encoding.width = UInt32(picture.width)
    encoding.height = UInt32(picture.height)
    encoding.channels = Int32(picture.channels)
    encoding.quality = Int32(quality ?? 0)
    // Measured on photos: as small as at level 2, in a third of the time.
    encoding.effort = 0
    let file = try Codec.encoded(library: "libwebp") { bytes, size, message in
      samples.withUnsafeBufferPointer {
        encoding.pixels = $0.baseAddress
        return fedit_webp_encode(&encoding, bytes, size, message)
      }
    }.get()
    var rest = file.dropFirst(12)
    // libwebp writes the extended header itself where there is alpha.
    if rest.starts(with: Array("VP8X".utf8)) { rest = rest.dropFirst(18) }
    return rest
  }
}

extension Picture {
  /// The samples as 8 bits; 16 are rounded (`round(v / 257)`).
  var eightBitSamples: [UInt8] {
    switch samples {
    case .eight(let samples): samples
    case .sixteen(let samples): samples.map(Levels.byte)
    }
  }
}
