import FeditImageCodecs

/// Reads and writes TIFF files (TIFF 6.0): the first picture of 8 or 16 bits a sample, grey, RGB or with a palette,
/// with or without alpha, in strips or tiles, as it is, packed, or compressed by LZW or deflate.
///
/// The header is read here and the image data by libtiff. What is written is one picture in deflated strips.
enum TIFFFile {
  fileprivate enum Tag {
    static let subfile: UInt16 = 254
    static let width: UInt16 = 256
    static let height: UInt16 = 257
    static let bitsPerSample: UInt16 = 258
    static let compression: UInt16 = 259
    static let photometric: UInt16 = 262
    static let stripOffsets: UInt16 = 273
    static let samplesPerPixel: UInt16 = 277
    static let rowsPerStrip: UInt16 = 278
    static let stripByteCounts: UInt16 = 279
    static let planarConfiguration: UInt16 = 284
    static let predictor: UInt16 = 317
    static let tileByteCounts: UInt16 = 325
    static let extraSamples: UInt16 = 338
    static let sampleFormat: UInt16 = 339
    static let xmp: UInt16 = 700
    static let profile: UInt16 = 34_675
    static let dngVersion: UInt16 = 50_706
  }

  /// The largest ICC profile and XMP packet that are read, in bytes.
  static let profileLimit = 8 << 20
  /// Bytes of strip tables.
  private static let tableLimit = 1 << 20

  // MARK: Reading

  /// What the header says, and whether it can be decoded.
  static func header(
    _ reader: HeaderReader, limits: PictureLimits
  ) throws(PictureError) -> PictureHeader {
    let (tiff, entries) = try directory(reader)
    func value(_ tag: UInt16) -> Int? { entries.first { $0.tag == tag }?.number }
    func malformed(_ message: String) -> PictureError {
      PictureError(.malformed, file: reader.name, message, hints: PictureHeader.damagedHints)
    }
    guard let width = value(Tag.width), let height = value(Tag.height), width > 0, height > 0,
      width <= 0x7FFF_FFFF, height <= 0x7FFF_FFFF
    else { throw malformed("its TIFF header says nothing of its size") }
    let layout = try layout(entries, width: width, height: height, file: reader.name)
    let bits = Int(layout.samples * layout.bits)
    try PictureHeader.check(
      width: width, height: height, bytesPerPixel: Int(layout.channels * layout.bits / 8), limits: limits,
      file: reader.name)
    var header = PictureHeader(
      format: .tiff, storedWidth: width, storedHeight: height, bitsPerPixel: bits)
    // LZW makes at most 1,370 bytes of one, deflate 1,032: what claims more is cut short, and no memory is taken.
    let factor = layout.compression == 1 ? 1 : 1_400
    guard reader.count * factor >= width * height * bits / 8 else {
      throw PictureHeader.truncated(reader.name)
    }
    header.tiffLayout = layout
    let pixels = PixelLayout(entries)
    header.orientation = pixels.orientation
    header.resolution = pixels.resolution
    let exif = EXIF(tiff, first: entries)
    header.exif = exif.isEmpty ? nil : exif
    header.iccProfile = entries.first { $0.tag == Tag.profile }?.bytes
    return header
  }

  /// The XMP packet, nil where there is none.
  static func packet(_ reader: HeaderReader) throws(PictureError) -> [UInt8]? {
    try directory(reader).entries.first { $0.tag == Tag.xmp }?.bytes
  }

  private static func directory(
    _ reader: HeaderReader
  ) throws(PictureError) -> (reader: TIFFReader, entries: [TIFFEntry]) {
    guard let tiff = TIFFReader({ reader.bytes($0, $1) }) else { throw PictureHeader.truncated(reader.name) }
    let entries = tiff.directory(at: tiff.firstDirectory) { tag in
      switch tag {
      case Tag.profile: profileLimit
      case Tag.xmp: EmbeddedTexts.packetLimit
      case Tag.stripOffsets, Tag.stripByteCounts, Tag.tileByteCounts: tableLimit
      default: EXIF.valueLimit
      }
    }
    guard let entries else { throw PictureHeader.truncated(reader.name) }
    return (tiff, entries)
  }

  private static func layout(
    _ entries: [TIFFEntry], width: Int, height: Int, file: String
  ) throws(PictureError) -> fedit_tiff_layout {
    func values(_ tag: UInt16) -> [Int] { entries.first { $0.tag == tag }?.numbers ?? [] }
    func unsupported(_ what: String) -> PictureError {
      PictureError(
        .unsupported, file: file, "it is a TIFF picture \(what)",
        hints: ["save it as RGB with 8 or 16 bits a channel, or as PNG"])
    }
    // Nikon's and Adobe's raw files begin with a thumbnail that could be decoded.
    if values(Tag.subfile).first.map({ $0 & 1 == 1 }) ?? false || !values(Tag.dngVersion).isEmpty {
      throw unsupported("of a camera's raw data, or one that begins with a thumbnail")
    }
    let depths = values(Tag.bitsPerSample)
    guard let bits = depths.first, [8, 16].contains(bits), depths.allSatisfy({ $0 == bits }) else {
      let words = depths.isEmpty ? "1" : Set(depths).sorted().map(String.init).joined(separator: ", ")
      throw unsupported("of \(words) bits a channel; 8 and 16 are read")
    }
    guard values(Tag.sampleFormat).allSatisfy({ $0 == 1 || $0 == 4 }) else {
      throw unsupported("of floating-point or signed numbers, which is not read")
    }
    let compression = values(Tag.compression).first ?? 1
    guard let name = compressions[compression] else {
      throw unsupported("compressed by a method (\(compression)) that is not read; LZW, deflate and none are")
    }
    _ = name
    var layout = fedit_tiff_layout()
    layout.width = UInt32(width)
    layout.height = UInt32(height)
    layout.bits = Int32(bits)
    layout.compression = Int32(compression)
    let photometric = values(Tag.photometric).first
    switch photometric {
    case 0: layout.kind = FEDIT_TIFF_GREY_INVERTED
    case 1: layout.kind = FEDIT_TIFF_GREY
    case 2: layout.kind = FEDIT_TIFF_RGB
    case 3 where bits == 8: layout.kind = FEDIT_TIFF_PALETTE
    case 5: throw unsupported("for printing (CMYK); RGB and grey are read")
    default: throw unsupported("of a colour space that is not read; RGB and grey are")
    }
    let colors = layout.kind == FEDIT_TIFF_RGB ? 3 : 1
    let samples = values(Tag.samplesPerPixel).first ?? 1
    guard (colors...64).contains(samples) else { throw unsupported("of \(samples) channels") }
    layout.samples = Int32(samples)
    let extra = values(Tag.extraSamples).first
    // 1: multiplied by alpha, 2: not; anything else is no alpha.
    layout.channels = samples > colors && (extra == 1 || extra == 2) ? 4 : 3
    layout.is_premultiplied = extra == 1
    return layout
  }

  /// None, LZW, deflate under both its numbers, PackBits.
  private static let compressions = [
    1: "none", 5: "LZW", 8: "deflate", 32_946: "deflate", 32_773: "PackBits",
  ]

  /// Decodes the image data into `height` rows of the layout's channels.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ layout: fedit_tiff_layout,
    into pixels: UnsafeMutablePointer<UInt8>,
    _ message: inout fedit_codec_message
  ) -> fedit_codec_status {
    var layout = layout
    let stored = Int(layout.width) * Int(layout.height) * Int(layout.samples * layout.bits / 8)
    // Tiles stand out over the border of small pictures.
    return fedit_tiff_decode(
      bytes.baseAddress, bytes.count, &layout, stored + 16 << 20, pixels, &message)
  }

  // MARK: Writing

  /// Bytes of a strip before it is compressed.
  private static let stripSize = 1 << 20

  static func encode(
    _ picture: Picture, texts: [PNGText], exif: EXIF?
  ) throws(PictureError) -> [UInt8] {
    let packet = try XMPPacket.joined(texts)
    let rowBytes = picture.width * picture.channels * picture.bitDepth / 8
    let rows = max(1, min(picture.height, stripSize / rowBytes))
    var writer = TIFFWriter()
    var offsets: [Int] = []
    var counts: [Int] = []
    for top in stride(from: 0, to: picture.height, by: rows) {
      let strip = try compressed(differences(picture, rows: top..<min(top + rows, picture.height)))
      offsets.append(writer.append(strip))
      counts.append(strip.count)
      guard writer.bytes.count < 0xFFFF_0000 else {
        throw PictureError(
          .unencodable, file: "", "it takes more than the 4 GiB that a TIFF file holds",
          hints: ["save it as PNG"])
      }
    }
    var entries: [TIFFEntry] = [
      .long(Tag.width, [picture.width]), .long(Tag.height, [picture.height]),
      .short(Tag.bitsPerSample, Array(repeating: picture.bitDepth, count: picture.channels)),
      .short(Tag.compression, [8]), .short(Tag.photometric, [2]), .short(274, [1]),
      .long(Tag.stripOffsets, offsets), .short(Tag.samplesPerPixel, [picture.channels]),
      .long(Tag.rowsPerStrip, [rows]), .long(Tag.stripByteCounts, counts),
      .short(Tag.planarConfiguration, [1]), .short(Tag.predictor, [2]),
    ]
    if picture.hasAlpha { entries.append(.short(Tag.extraSamples, [2])) }
    if let resolution = picture.resolution { entries += EXIF.entries(of: resolution) }
    if let packet { entries.append(TIFFEntry(Tag.xmp, .byte, Array(packet.utf8))) }
    if let profile = picture.iccProfile { entries.append(TIFFEntry(Tag.profile, .undefined, profile)) }
    if let exif {
      entries += exif.image
      entries += exif.pointers(&writer, width: picture.width, height: picture.height)
    }
    return writer.finish(with: entries)
  }

  /// Rows as TIFF's predictor 2 stores them: each sample less the one a pixel before.
  private static func differences(_ picture: Picture, rows: Range<Int>) -> [UInt8] {
    let channels = picture.channels
    let row = picture.width * channels
    switch picture.samples {
    case .eight(let samples):
      return [UInt8](unsafeUninitializedCapacity: rows.count * row) { target, count in
        samples.withUnsafeBufferPointer { samples in
          for y in rows {
            let from = y * row
            let to = (y - rows.lowerBound) * row
            for i in 0..<channels { target[to + i] = samples[from + i] }
            for i in channels..<row { target[to + i] = samples[from + i] &- samples[from + i - channels] }
          }
        }
        count = rows.count * row
      }
    case .sixteen(let samples):
      return [UInt8](unsafeUninitializedCapacity: rows.count * row * 2) { target, count in
        samples.withUnsafeBufferPointer { samples in
          for y in rows {
            let from = y * row
            let to = (y - rows.lowerBound) * row
            for i in 0..<row {
              let before = i < channels ? 0 : samples[from + i - channels]
              let difference = samples[from + i] &- before
              target[2 * (to + i)] = UInt8(truncatingIfNeeded: difference)
              target[2 * (to + i) + 1] = UInt8(truncatingIfNeeded: difference >> 8)
            }
          }
        }
        count = rows.count * row * 2
      }
    }
  }

  private static func compressed(_ bytes: [UInt8]) throws(PictureError) -> [UInt8] {
    try Codec.encoded(library: "libdeflate") { stream, size, _ in
      bytes.withUnsafeBufferPointer { fedit_deflate($0.baseAddress, $0.count, 6, stream, size) }
    }.get()
  }
}
