import FeditImageCodecs
import FeditPlan

/// What a picture's header says, found without decoding and without trusting it.
struct PictureHeader {
  var format: PictureFormat
  /// As stored, before the orientation is applied.
  var storedWidth: Int
  var storedHeight: Int
  /// EXIF's 1...8.
  var orientation = 1
  /// Bits a pixel as stored.
  var bitsPerPixel: Int
  var resolution: Resolution?
  /// What is kept of its EXIF block.
  var exif: EXIF?
  /// The ICC profile; a PNG file's is left to libpng.
  var iccProfile: [UInt8]?
  /// There is a profile, and it can't be read.
  var hasBrokenProfile = false
  /// How a TIFF file's samples lie.
  var tiffLayout: fedit_tiff_layout?

  var isTransposed: Bool { orientation >= 5 }
  var width: Int { isTransposed ? storedHeight : storedWidth }
  var height: Int { isTransposed ? storedWidth : storedHeight }

  init(_ reader: HeaderReader, limits: PictureLimits) throws(PictureError) {
    switch Self.format(reader) {
    case .png: self = try PNGHeader.read(reader, limits: limits)
    case .jpeg: self = try JPEGHeader.read(reader, limits: limits)
    case .tiff: self = try TIFFFile.header(reader, limits: limits)
    case .webp: self = try WebPFile.header(reader, limits: limits)
    case .heic: self = try HEICFile.header(reader, limits: limits)
    case nil: throw Self.foreign(reader)
    }
  }

  /// The format that a file begins as; nil for none of those that are read.
  static func format(_ reader: HeaderReader) -> PictureFormat? {
    if reader.isEqual(0, PNGHeader.signature) { return .png }
    if reader.isEqual(0, [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if WebPFile.isWebP(reader) { return .webp }
    if HEICFile.isHEIC(reader) { return .heic }
    if [Array("II*\0".utf8), Array("MM\0*".utf8)].contains(where: { reader.isEqual(0, $0) }) { return .tiff }
    return nil
  }

  init(format: PictureFormat, storedWidth: Int, storedHeight: Int, bitsPerPixel: Int) {
    self.format = format
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.bitsPerPixel = bitsPerPixel
  }

  static let damagedHints = ["get an undamaged copy, or open it in a picture editor and save it anew as PNG"]

  /// Holds a size against the limits, before memory is taken; `bytesPerPixel` is that of the decoded picture.
  static func check(
    width: Int, height: Int, bytesPerPixel: Int, limits: PictureLimits, file: String
  ) throws(PictureError) {
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    let hints = ["scale the picture down or cut out the part you need"]
    guard !overflow, pixels <= min(limits.pixels, 1 << 40) else {
      throw PictureError(
        .tooLarge, file: file,
        "it says it has \(width) × \(height) pixels; the limit is \(limits.pixels) in all", hints: hints)
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

  /// Says what a file is that is none of the formats that are read.
  private static func foreign(_ reader: HeaderReader) -> PictureError {
    func error(_ kind: PictureError.Kind, _ message: String, _ hint: String) -> PictureError {
      PictureError(kind, file: reader.name, message, hints: [hint])
    }
    let give = "give a \(PictureFormat.readNames) file".replacing(" and ", with: " or ")
    guard reader.count > 0 else { return error(.malformed, "the file is empty", give) }
    func other(_ format: String) -> PictureError {
      error(
        .unsupported, "it is \(format); \(PictureFormat.readNames) are read",
        "convert it, for example: magick picture.xyz picture.png")
    }
    func has(_ offset: Int, _ text: String) -> Bool { reader.isEqual(offset, Array(text.utf8)) }
    if has(0, "GIF8") { return other("a GIF picture") }
    if has(4, "ftyp") { return other("an AVIF or video file") }
    if has(0, "II+\0") || has(0, "MM\0+") { return other("a BigTIFF picture") }
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
    return error(.malformed, "it is no picture of a known format", give)
  }
}
