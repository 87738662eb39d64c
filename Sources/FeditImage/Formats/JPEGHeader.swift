/// JPEG's marker segments up to the first scan (ITU-T T.81, JFIF, EXIF, ICC.1 annex B.4).
enum JPEGHeader {
  /// Segments that are walked over.
  static let segmentLimit = 10_000
  /// Bytes between segments that are stepped over.
  static let garbageLimit = 1 << 16

  static func read(_ reader: HeaderReader, limits: PictureLimits) throws(PictureError) -> PictureHeader {
    func malformed(_ message: String) -> PictureError {
      PictureError(.malformed, file: reader.name, message, hints: PictureHeader.damagedHints)
    }
    var header: PictureHeader?
    var exif: EXIFBlock?
    var density: Resolution?
    var profile = ProfileSegments()
    var position = 2
    for _ in 0..<segmentLimit {
      // Fill bytes may stand before a marker; libjpeg steps over anything else between segments, as we do.
      let expected = position
      while let byte = reader.byte(position), byte != 0xFF {
        position += 1
        guard position - expected <= garbageLimit else { throw malformed("it holds bytes that are no JPEG") }
      }
      while let byte = reader.byte(position), byte == 0xFF { position += 1 }
      guard let marker = reader.byte(position) else { throw PictureHeader.truncated(reader.name) }
      position += 1
      if marker == 0x00 || marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
      if marker == 0xD9 { throw malformed("it holds no picture") }
      guard let length = reader.number(position, 2) else { throw PictureHeader.truncated(reader.name) }
      guard length >= 2 else { throw malformed("one of its segments has an impossible length") }
      let body = position + 2
      guard length <= reader.count - position else { throw PictureHeader.truncated(reader.name) }
      switch marker {
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard header == nil else { throw malformed("it has two frames") }
        header = try frame(reader, marker: marker, at: body, length: length - 2, limits: limits)
      case 0xE0 where reader.isEqual(body, Array("JFIF\0".utf8)) && density == nil:
        density = jfifDensity(reader, body)
      case 0xE1 where reader.isEqual(body, Array("Exif\0\0".utf8)) && exif == nil:
        if let tiff = reader.bytes(body + 6, length - 8) { exif = EXIFBlock(tiff) }
      case 0xE2 where reader.isEqual(body, ProfileSegments.name):
        if let segment = reader.bytes(body, length - 2) { profile.add(segment) }
      case 0xDA:
        guard var header else { throw malformed("it has image data before a frame") }
        // A block of 8 × 8 takes at least one bit of a Huffman-coded file.
        let blocks = (header.storedWidth + 7) / 8 * ((header.storedHeight + 7) / 8)
        if blocks / 8 > reader.count - position { throw PictureHeader.truncated(reader.name) }
        header.orientation = exif?.layout.orientation ?? 1
        header.resolution = density ?? exif?.layout.resolution
        header.exif = exif?.exif
        (header.iccProfile, header.hasBrokenProfile) = profile.joined()
        return header
      default: break
      }
      position += length
    }
    throw malformed("it has more than \(segmentLimit) segments")
  }

  private static func frame(
    _ reader: HeaderReader, marker: UInt8, at body: Int, length: Int, limits: PictureLimits
  ) throws(PictureError) -> PictureHeader {
    func unsupported(_ message: String, _ hint: String) -> PictureError {
      PictureError(.unsupported, file: reader.name, message, hints: [hint])
    }
    guard length >= 6, let precision = reader.byte(body), let height = reader.number(body + 1, 2),
      let width = reader.number(body + 3, 2), let components = reader.byte(body + 5)
    else { throw PictureHeader.truncated(reader.name) }
    let again = "save it as an ordinary 8-bit JPEG or as PNG"
    guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
      throw unsupported("it is a lossless or hierarchical JPEG, which is not read", again)
    }
    guard precision == 8 else {
      throw unsupported("it is a JPEG with \(precision) bits a sample; 8 are read", again)
    }
    guard width > 0, height > 0 else {
      throw PictureError(
        .malformed, file: reader.name, "its header says \(width) × \(height) pixels",
        hints: PictureHeader.damagedHints)
    }
    try PictureHeader.check(width: width, height: height, bytesPerPixel: 3, limits: limits, file: reader.name)
    switch components {
    case 1, 3: break
    case 4:
      throw unsupported(
        "it is a CMYK (or YCCK) JPEG, made for printing; RGB and grey are read",
        "convert it with its profile, for example: magick photo.jpg -colorspace sRGB photo.png")
    default: throw unsupported("it is a JPEG with \(components) components; 1 and 3 are read", again)
    }
    return PictureHeader(
      format: .jpeg, storedWidth: width, storedHeight: height, bitsPerPixel: Int(components) * 8)
  }

  /// JFIF's density: 0 ratio only, 1 dots an inch, 2 dots a centimetre.
  private static func jfifDensity(_ reader: HeaderReader, _ body: Int) -> Resolution? {
    guard let unit = reader.byte(body + 7), let x = reader.number(body + 8, 2),
      let y = reader.number(body + 10, 2), x > 0, y > 0
    else { return nil }
    switch unit {
    case 1:
      return Resolution(
        x: UInt32((x * 10_000 + 127) / 254), y: UInt32((y * 10_000 + 127) / 254), unit: .meter)
    case 2: return Resolution(x: UInt32(x * 100), y: UInt32(y * 100), unit: .meter)
    case 0 where x != y: return Resolution(x: UInt32(x), y: UInt32(y), unit: .unknown)
    default: return nil
    }
  }

  /// An ICC profile cut into APP2 segments, each with its number (from 1) and how many there are.
  private struct ProfileSegments {
    static let name = Array("ICC_PROFILE\0".utf8)
    private var parts: [Int: [UInt8]] = [:]
    private var total: Int?
    private var isBroken = false

    mutating func add(_ segment: ArraySlice<UInt8>) {
      let start = segment.startIndex + Self.name.count
      guard segment.count > Self.name.count + 2 else {
        isBroken = true
        return
      }
      let number = Int(segment[start])
      let count = Int(segment[start + 1])
      if number == 0 || number > count || parts[number] != nil || total ?? count != count { isBroken = true }
      total = count
      parts[number] = Array(segment[(start + 2)...])
    }

    func joined() -> (profile: [UInt8]?, isBroken: Bool) {
      guard let total else { return (nil, isBroken) }
      var profile: [UInt8] = []
      for number in stride(from: 1, through: total, by: 1) {
        guard let part = parts[number], !isBroken else { return (nil, true) }
        profile += part
      }
      return (profile, false)
    }
  }
}
