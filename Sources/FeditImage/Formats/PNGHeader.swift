/// PNG up to what matters before decoding (ISO/IEC 15948).
enum PNGHeader {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Chunks that are walked over.
  static let chunkLimit = 1_000_000

  static func read(_ reader: HeaderReader, limits: PictureLimits) throws(PictureError) -> PictureHeader {
    func malformed(_ message: String) -> PictureError {
      PictureError(.malformed, file: reader.name, message, hints: PictureHeader.damagedHints)
    }
    guard let length = reader.number(8, 4), let fields = reader.bytes(12, 17) else {
      throw PictureHeader.truncated(reader.name)
    }
    guard length == 13, fields.starts(with: Array("IHDR".utf8)),
      let width = reader.number(16, 4), let height = reader.number(20, 4),
      let depth = reader.byte(24).map(Int.init), let type = reader.byte(25)
    else {
      throw malformed("its PNG header is damaged")
    }
    let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][type]
    let depths = [0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]][type] ?? [8, 16]
    guard let channels, depths.contains(depth), (1...0x7FFF_FFFF).contains(width),
      (1...0x7FFF_FFFF).contains(height)
    else {
      throw malformed("its PNG header holds values that the format does not have")
    }
    // Palette and grey become RGB, and transparency alpha, which is found only later.
    let bytes = [0: 3, 2: 3, 3: 3][type, default: 4] * (depth == 16 ? 2 : 1)
    try PictureHeader.check(
      width: width, height: height, bytesPerPixel: bytes, limits: limits, file: reader.name)
    var header = PictureHeader(
      format: .png, storedWidth: width, storedHeight: height, bitsPerPixel: channels * depth)
    let imageBytes = try walk(reader, &header)
    // Deflate makes at most 1032 bytes of one: whatever claims more is cut short, and no memory is taken.
    guard imageBytes >= width * height * header.bitsPerPixel / 8 / 1032 else {
      throw PictureHeader.truncated(reader.name)
    }
    return header
  }

  /// Goes from chunk to chunk up to the end.
  ///
  /// - Returns: how many bytes of image data there are.
  private static func walk(_ reader: HeaderReader, _ header: inout PictureHeader) throws(PictureError) -> Int
  {
    var position = 8
    var imageBytes = 0
    for _ in 0..<chunkLimit {
      guard let length = reader.number(position, 4), let type = reader.number(position + 4, 4),
        length <= reader.count - position - 12
      else { throw PictureHeader.truncated(reader.name) }
      switch type {
      case 0x4945_4E44:  // IEND
        return imageBytes
      case 0x4944_4154:  // IDAT
        imageBytes += length
      case 0x6558_4966:  // eXIf
        if let tiff = reader.bytes(position + 8, min(length, EXIF.byteLimit)), let block = EXIFBlock(tiff) {
          header.orientation = block.layout.orientation
          header.exif = block.exif
        }
      default: break
      }
      position += length + 12
    }
    throw PictureError(
      .malformed, file: reader.name, "it has more than \(chunkLimit) chunks",
      hints: PictureHeader.damagedHints)
  }
}
