/// What a picture's header says, found without decoding and without trusting it.
struct PictureHeader {
  enum Format {
    case png
    case jpeg
  }

  var format: Format
  /// As stored, before the orientation is applied.
  var storedWidth: Int
  var storedHeight: Int
  /// EXIF's 1...8.
  var orientation = 1
  /// Bits a pixel as stored.
  var bitsPerPixel: Int
  var resolution: Resolution?
  /// ICC profile of a JPEG file, its segments joined; a PNG file's is left to libpng.
  var iccProfile: [UInt8]?
  /// The profile's segments do not fit together.
  var hasBrokenProfile = false

  var isTransposed: Bool { orientation >= 5 }
  var width: Int { isTransposed ? storedHeight : storedWidth }
  var height: Int { isTransposed ? storedWidth : storedHeight }

  init(_ reader: HeaderReader, limits: PictureLimits) throws(PictureError) {
    if reader.isEqual(0, PNGHeader.signature) {
      self = try PNGHeader.read(reader, limits: limits)
    } else if reader.isEqual(0, [0xFF, 0xD8, 0xFF]) {
      self = try JPEGHeader.read(reader, limits: limits)
    } else {
      throw Self.foreign(reader)
    }
  }

  init(format: Format, storedWidth: Int, storedHeight: Int, bitsPerPixel: Int) {
    self.format = format
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.bitsPerPixel = bitsPerPixel
  }

  static let damagedHints = ["get an undamaged copy, or open it in a picture editor and save it anew as PNG"]

  static func check(
    width: Int, height: Int, bytesPerPixel: Int = 4, limits: PictureLimits, file: String
  ) throws(PictureError) {
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= min(limits.pixels, 1 << 40) else {
      throw PictureError(
        .tooLarge, file: file,
        "it says it has \(width) × \(height) pixels; the limit is \(limits.pixels) in all",
        hints: ["scale the picture down or cut out the part you need"])
    }
    // What counts is memory, and the limit is one of 8-bit pixels with alpha.
    guard pixels * max(bytesPerPixel, 4) / 4 <= limits.pixels else {
      throw PictureError(
        .tooLarge, file: file,
        "it says it has \(width) × \(height) pixels of \(bytesPerPixel) bytes; the limit is \(limits.pixels) in all, "
          + "of 4 bytes",
        hints: ["scale the picture down, cut out the part you need, or save it with 8 bits a channel"])
    }
  }

  static func truncated(_ file: String) -> PictureError {
    PictureError(
      .malformed, file: file, "it is cut short: the file ends before the picture does",
      hints: ["copy or download it again; the whole file is needed"])
  }

  /// Says what a file is that is neither PNG nor JPEG.
  private static func foreign(_ reader: HeaderReader) -> PictureError {
    func error(_ kind: PictureError.Kind, _ message: String, _ hint: String) -> PictureError {
      PictureError(kind, file: reader.name, message, hints: [hint])
    }
    let give = "give a PNG or JPEG file"
    guard reader.count > 0 else { return error(.malformed, "the file is empty", give) }
    func other(_ format: String) -> PictureError {
      error(
        .unsupported, "it is \(format); PNG and JPEG are read",
        "convert it, for example: magick picture.xyz picture.png")
    }
    func has(_ offset: Int, _ text: String) -> Bool { reader.isEqual(offset, Array(text.utf8)) }
    if has(0, "GIF8") { return other("a GIF picture") }
    if has(0, "RIFF"), has(8, "WEBP") { return other("a WebP picture") }
    if has(4, "ftyp") { return other("a HEIC, AVIF or video file") }
    if has(0, "II*\0") || has(0, "MM\0*") { return other("a TIFF or camera raw picture") }
    if has(0, "BM") { return other("a BMP picture") }
    if has(0, "\u{0}\u{0}\u{0}\u{0C}JXL") || reader.isEqual(0, [0xFF, 0x0A]) {
      return other("a JPEG XL picture")
    }
    if has(0, "8BPS") { return other("a Photoshop document") }
    if has(0, "%PDF") { return other("a PDF document") }
    let start = reader.bytes(0, min(reader.count, 512)) ?? []
    if start.count < 8, PNGHeader.signature.starts(with: start) || start.elementsEqual([0xFF, 0xD8]) {
      return truncated(reader.name)
    }
    let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    if isText {
      let svg = String(decoding: start, as: UTF8.self).contains("<svg")
      return svg ? other("an SVG drawing") : error(.malformed, "it is a text file, not a picture", give)
    }
    return error(.malformed, "it is neither PNG nor JPEG", give)
  }
}

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
    // Grey becomes RGB; 16 bits stay.
    let decodedChannels = type == 4 || type == 6 ? 4 : 3
    try PictureHeader.check(
      width: width, height: height, bytesPerPixel: decodedChannels * (depth == 16 ? 2 : 1), limits: limits,
      file: reader.name)
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
        if let tiff = reader.bytes(position + 8, min(length, EXIF.byteLimit)), let exif = EXIF(tiff) {
          header.orientation = exif.orientation
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
    var exif: EXIF?
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
        if let tiff = reader.bytes(body + 6, length - 8) { exif = EXIF(tiff) }
      case 0xE2 where reader.isEqual(body, ProfileSegments.name):
        if let segment = reader.bytes(body, length - 2) { profile.add(segment) }
      case 0xDA:
        guard var header else { throw malformed("it has image data before a frame") }
        // A block of 8 × 8 takes at least one bit of a Huffman-coded file.
        let blocks = (header.storedWidth + 7) / 8 * ((header.storedHeight + 7) / 8)
        if blocks / 8 > reader.count - position { throw PictureHeader.truncated(reader.name) }
        header.orientation = exif?.orientation ?? 1
        header.resolution = density ?? exif?.resolution
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
    try PictureHeader.check(width: width, height: height, limits: limits, file: reader.name)
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
