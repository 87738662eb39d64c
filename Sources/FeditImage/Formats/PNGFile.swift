import FeditFiles
import FeditImageCodecs

/// A text that a PNG file carries, as an iTXt chunk: UTF-8.
public struct PNGText: Hashable, Sendable {
  /// 1...79 characters of printable Latin-1, without spaces at either end or two in a row.
  public var keyword: String
  /// Anything but the NUL character.
  public var text: String
  /// Whether it is deflated in the file.
  public var isCompressed: Bool

  /// A text under a keyword of 1 to 79 Latin-1 characters.
  public init(keyword: String, text: String, isCompressed: Bool) {
    self.keyword = keyword
    self.text = text
    self.isCompressed = isCompressed
  }
}

/// Writes PNG files.
///
/// No time is written: the same picture gives the same bytes (with the same libdeflate and zlib).
public enum PNGFile {
  /// The compression where none is given, chosen by measuring: see `encode`.
  public static let automaticCompression = -1

  /// Encodes a picture; resolution, profile (or sRGB, gAMA, cHRM), EXIF and texts stand before the image data.
  ///
  /// Automatic compression filters all rows by Paeth and compresses at level 1, which on photos is quick and
  /// gives files about as small. Where the result has less than 30 % of the picture's bytes, it is a drawing
  /// rather than a photo: then level 6 without filters is tried as well, and the smaller result taken. A level
  /// that is asked for is used with the filter Up on all rows.
  ///
  /// - Parameters:
  ///   - picture: what to encode; its `notes` are not written.
  ///   - texts: written in their order.
  ///   - compression: libdeflate's level, 0...12, or `automaticCompression`.
  ///   - keepsPosition: whether EXIF may say where the picture was taken.
  /// - Returns: the file's bytes.
  /// - Throws: `PictureError` where the picture does not fit the format or a text's keyword is not allowed.
  public static func encode(
    _ picture: Picture, texts: [PNGText] = [], compression: Int = automaticCompression,
    keepsPosition: Bool = false
  ) throws(PictureError) -> [UInt8] {
    for text in texts { try check(text) }
    let exif = (keepsPosition ? picture.exif : picture.exif?.withoutPosition).map {
      $0.block(width: picture.width, height: picture.height, resolution: picture.resolution)
    }
    return try picture.withSampleBytes { encode(picture, $0, texts, exif: exif ?? [], compression) }.get()
  }

  /// Encodes a picture and writes it: to a temporary file first, then renamed.
  ///
  /// - Throws: `PictureError` as `encode` does, `FileError.cannotWrite`.
  public static func write(
    _ picture: Picture, to path: String, texts: [PNGText] = [], compression: Int = automaticCompression
  ) throws {
    let bytes: [UInt8]
    do {
      bytes = try encode(picture, texts: texts, compression: compression)
    } catch {
      var named = error
      named.file = path
      throw named
    }
    try AtomicFile.write(bytes, to: path)
  }

  /// Encodes 8-bit grey: masks, sketches and the like, unfiltered.
  ///
  /// - Parameters:
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - pixels: `width * height` levels, rows from the top.
  ///   - compression: libdeflate's level, 0...12.
  /// - Returns: the file's bytes.
  /// - Throws: `PictureError` where the size does not fit the format.
  public static func encodeGray(
    width: Int, height: Int, _ pixels: [UInt8], compression: Int = 6
  ) throws(PictureError) -> [UInt8] {
    precondition(width > 0 && height > 0 && pixels.count == width * height, "pixels do not fit the size")
    var encoding = fedit_png_encoding()
    encoding.width = UInt32(clamping: width)
    encoding.height = UInt32(clamping: height)
    encoding.channels = 1
    encoding.bits = 8
    encoding.row_bytes = width
    encoding.color.srgb_intent = -1
    encoding.level = Int32(min(max(compression, 0), 12))
    return try pixels.withUnsafeBytes { encode(encoding, $0, profile: [], exif: [], []) }.get()
  }

  private static func encode(
    _ picture: Picture, _ pixels: UnsafeRawBufferPointer, _ texts: [PNGText], exif: [UInt8],
    _ compression: Int
  ) -> Result<[UInt8], PictureError> {
    var encoding = fedit_png_encoding()
    encoding.width = UInt32(clamping: picture.width)
    encoding.height = UInt32(clamping: picture.height)
    encoding.channels = Int32(picture.channels)
    encoding.bits = Int32(picture.bitDepth)
    encoding.row_bytes = picture.width * picture.channels * picture.bitDepth / 8
    if let resolution = picture.resolution {
      encoding.resolution = fedit_png_resolution(
        known: true, in_meters: resolution.unit == .meter, x: resolution.x, y: resolution.y)
    }
    encoding.color = fedit_png_color(picture.colorEncoding ?? ColorEncoding())
    let profile = picture.iccProfile ?? []
    guard compression < 0 else {
      encoding.level = Int32(min(compression, 12))
      encoding.filter = compression == 0 ? FEDIT_PNG_FILTER_NONE : FEDIT_PNG_FILTER_UP
      return encode(encoding, pixels, profile: profile, exif: exif, texts)
    }
    var quickly = encoding
    quickly.level = 1
    quickly.filter = FEDIT_PNG_FILTER_PAETH
    let quick = encode(quickly, pixels, profile: profile, exif: exif, texts)
    guard case .success(let bytes) = quick, bytes.count < pixels.count / 10 * 3 else { return quick }
    encoding.level = 6
    let searched = encode(encoding, pixels, profile: profile, exif: exif, texts)
    // Where there is no memory for it, the quick one would be other bytes than with more memory.
    guard case .success(let others) = searched else { return searched }
    return others.count < bytes.count ? searched : quick
  }

  private static func encode(
    _ encoding: fedit_png_encoding, _ pixels: UnsafeRawBufferPointer, profile: [UInt8], exif: [UInt8],
    _ texts: [PNGText]
  ) -> Result<[UInt8], PictureError> {
    var encoding = encoding
    encoding.pixels = pixels.bindMemory(to: UInt8.self).baseAddress
    return withTexts(texts) { list in
      profile.withUnsafeBufferPointer { profile in
        exif.withUnsafeBufferPointer { exif in
          if !profile.isEmpty {
            encoding.profile = profile.baseAddress
            encoding.profile_size = profile.count
          }
          if !exif.isEmpty {
            encoding.exif = exif.baseAddress
            encoding.exif_size = exif.count
          }
          encoding.texts = list.baseAddress
          encoding.text_count = list.count
          return Codec.encoded(library: "libpng") { fedit_png_encode(&encoding, $0, $1, $2) }
        }
      }
    }
  }

  /// Lends the texts to C; all strings lie in one block that outlives the call.
  private static func withTexts<R>(
    _ texts: [PNGText], _ body: (UnsafeBufferPointer<fedit_png_text>) -> R
  ) -> R {
    var block: [CChar] = []
    var offsets: [(keyword: Int, text: Int, size: Int)] = []
    for text in texts {
      let keyword = block.count
      block += text.keyword.unicodeScalars.map { CChar(truncatingIfNeeded: $0.value) } + [0]
      let start = block.count
      block += text.text.utf8.map { CChar(bitPattern: $0) } + [0]
      offsets.append((keyword, start, block.count - start - 1))
    }
    return block.withUnsafeBufferPointer { buffer in
      let list = offsets.enumerated().map { index, offset in
        fedit_png_text(
          keyword: buffer.baseAddress.map { $0 + offset.keyword },
          text: buffer.baseAddress.map { $0 + offset.text }, text_size: offset.size,
          compressed: texts[index].isCompressed)
      }
      return list.withUnsafeBufferPointer(body)
    }
  }

  /// The rules for keywords (PNG specification, 11.3.3.2).
  private static func check(_ text: PNGText) throws(PictureError) {
    let scalars = text.keyword.unicodeScalars.map(\.value)
    let isLatin = scalars.allSatisfy { (32...126).contains($0) || (161...255).contains($0) }
    let isSpaced = text.keyword.hasPrefix(" ") || text.keyword.hasSuffix(" ") || text.keyword.contains("  ")
    guard isLatin, !isSpaced, (1...79).contains(scalars.count) else {
      throw PictureError(
        .unencodable, file: "", "'\(text.keyword)' can't be the keyword of a PNG text",
        hints: ["use 1 to 79 printable Latin-1 characters without spaces at the ends"])
    }
    guard !text.text.utf8.contains(0) else {
      throw PictureError(.unencodable, file: "", "the PNG text '\(text.keyword)' holds a NUL character")
    }
  }
}

extension fedit_png_color {
  init(_ encoding: ColorEncoding) {
    self.init()
    srgb_intent = Int32(encoding.srgbIntent ?? -1)
    gamma = encoding.gamma ?? 0
    if let values = encoding.chromaticities, values.count == 8 {
      has_chromaticities = true
      withUnsafeMutableBytes(of: &chromaticities) { raw in
        _ = raw.bindMemory(to: Int32.self).update(fromContentsOf: values)
      }
    }
  }
}
