import FeditFiles
import FeditImageCodecs
import FeditPlan

/// Reads PNG, JPEG, TIFF, WebP and HEIC files, and writes all of them but HEIC.
///
/// PNG: every colour type and depth, interlaced or not. Palette, grey and fewer than 8 bits become
/// 8-bit RGB, 16 bits stay; transparency becomes alpha. JPEG: baseline and progressive, grey and
/// three components; decoded with the accurate integer DCT and triangle-filtered chroma. The other formats: see
/// `TIFFFile`, `WebPFile` and `HEICFile`. EXIF orientation is applied in all. Sizes are checked from the header
/// before memory is taken.
public enum PictureFile {
  /// Reads a picture.
  ///
  /// - Throws: `PictureError` where it can't be read, is damaged or cut short, of an unread kind, or too large.
  public static func read(_ path: String, limits: PictureLimits = .init()) throws(PictureError) -> Picture {
    // The header first, so that a large file that is no picture is not read whole.
    _ = try PictureHeader(HeaderReader(path: path), limits: limits)
    let bytes: [UInt8]
    do {
      bytes = try readFile(path, limit: limits.fileBytes)
    } catch {
      throw PictureError(error, file: path)
    }
    return try decode(bytes, name: path, limits: limits)
  }

  /// Decodes a picture.
  ///
  /// - Parameters:
  ///   - bytes: a whole file of a format that is read.
  ///   - name: what errors call it.
  ///   - limits: how large it may be.
  /// - Returns: the picture, upright.
  /// - Throws: `PictureError` as `read` does.
  public static func decode(
    _ bytes: [UInt8], name: String, limits: PictureLimits = .init()
  ) throws(PictureError) -> Picture {
    let header = try PictureHeader(HeaderReader(bytes, name: name), limits: limits)
    switch header.format {
    case .png: return try decodePNG(bytes, header, name: name)
    case .jpeg: return try decodeJPEG(bytes, header, name: name)
    case .tiff: return try decodeTIFF(bytes, header, name: name)
    case .webp: return try decodeWebP(bytes, header, name: name)
    case .heic: return try decodeHEIC(bytes, header, name: name)
    }
  }

  /// A picture's size in pixels, EXIF orientation applied, from its header alone.
  ///
  /// - Throws: `PictureError` as `read` does, as far as the header shows it.
  public static func size(
    _ path: String, limits: PictureLimits = .init()
  ) throws(PictureError) -> (width: Int, height: Int) {
    let header = try PictureHeader(HeaderReader(path: path), limits: limits)
    return (header.width, header.height)
  }

  /// Encodes a picture as a file of a format.
  ///
  /// - Parameters:
  ///   - picture: what to encode; its `notes` are not written. JPEG and WebP hold 8 bits a sample, so that 16 are
  ///     rounded there.
  ///   - format: one that is written.
  ///   - quality: 1...100, of formats that take it. nil is 92 for JPEG and lossless for WebP.
  ///   - texts: what the picture says of itself.
  ///   - keepsPosition: whether EXIF may say where the picture was taken.
  /// - Returns: the file's bytes; the same for the same picture.
  /// - Throws: `PictureError` where the picture does not fit the format.
  public static func encode(
    _ picture: Picture, as format: PictureFormat, quality: Int? = nil, texts: [PNGText] = [],
    keepsPosition: Bool = false
  ) throws(PictureError) -> [UInt8] {
    precondition(quality.map { (1...100).contains($0) && format.takesQuality } ?? true, "no such quality")
    let exif = keepsPosition ? picture.exif : picture.exif?.withoutPosition
    switch format {
    case .png: return try PNGFile.encode(picture, texts: texts, keepsPosition: keepsPosition)
    case .jpeg:
      return try JPEGFile.encode(
        picture, quality: quality ?? JPEGFile.standardQuality, texts: texts, exif: exif)
    case .tiff: return try TIFFFile.encode(picture, texts: texts, exif: exif)
    case .webp: return try WebPFile.encode(picture, quality: quality, texts: texts, exif: exif)
    case .heic: throw PictureError(.unencodable, file: "", "HEIC pictures are read and not written")
    }
  }

  /// The format that a file begins as; nil for none of those that are read, and for what can't be read.
  public static func format(of path: String) -> PictureFormat? {
    (try? HeaderReader(path: path)).flatMap(PictureHeader.format)
  }

  private static func decodePNG(
    _ bytes: [UInt8], _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    var result: Result<Picture, PictureError>?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(PictureError) {
        result = .success(try decodePNG(buffer, header, name: name))
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw PictureHeader.truncated(name) }
    return try result.get()
  }

  private static func decodePNG(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    var info = fedit_png_info()
    var status = FEDIT_CODEC_OK
    var message = fedit_codec_message()
    let decoder = fedit_png_open(bytes.baseAddress, bytes.count, &info, &status, &message)
    guard let decoder else { throw Codec.failure(status, message, library: "libpng", name) }
    defer { fedit_png_close(decoder) }
    let width = Int(info.width)
    let height = Int(info.height)
    let channels = Int(info.channels)
    guard width == header.storedWidth, height == header.storedHeight, channels == 3 || channels == 4 else {
      throw Codec.failure(FEDIT_CODEC_MALFORMED, message, library: "libpng", name)
    }
    let samples: Picture.Samples
    if info.bits == 16 {
      let stored = try filled(width * height * channels, UInt16.self) { target in
        status = fedit_png_decode(decoder, target, width * channels * 2, &message)
      } check: { () throws(PictureError) in
        guard status == FEDIT_CODEC_OK else { throw Codec.failure(status, message, library: "libpng", name) }
      }
      samples = .sixteen(
        Orientation.upright(
          stored, width: width, height: height, channels: channels, orientation: header.orientation))
    } else {
      let stored = try filled(width * height * channels, UInt8.self) { target in
        status = fedit_png_decode(decoder, target, width * channels, &message)
      } check: { () throws(PictureError) in
        guard status == FEDIT_CODEC_OK else { throw Codec.failure(status, message, library: "libpng", name) }
      }
      samples = .eight(
        Orientation.upright(
          stored, width: width, height: height, channels: channels, orientation: header.orientation))
    }
    var picture = Picture(
      width: header.width, height: header.height, hasAlpha: channels == 4, samples: samples)
    if info.resolution.known {
      picture.resolution = upright(
        Resolution(
          x: info.resolution.x, y: info.resolution.y,
          unit: info.resolution.in_meters ? .meter : .unknown), header)
    }
    if let profile = info.profile {
      keep(Array(UnsafeBufferPointer(start: profile, count: info.profile_size)), in: &picture)
    } else if info.profile_refused {
      picture.notes.append(damagedProfileNote)
    }
    picture.colorEncoding = ColorEncoding(info.color)
    picture.exif = header.exif
    return picture
  }

  private static func decodeJPEG(
    _ bytes: [UInt8], _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    var status = FEDIT_CODEC_OK
    var message = fedit_codec_message()
    let width = header.storedWidth
    let height = header.storedHeight
    let stored = try filled(width * height * 3, UInt8.self) { target in
      status = bytes.withUnsafeBufferPointer { buffer in
        fedit_jpeg_decode(
          buffer.baseAddress, buffer.count, UInt32(width), UInt32(height), scanLimit, target, &message)
      }
    } check: { () throws(PictureError) in
      guard status == FEDIT_CODEC_OK else { throw Codec.failure(status, message, library: "libjpeg", name) }
    }
    var picture = Picture(
      width: header.width, height: header.height,
      samples: .eight(
        Orientation.upright(
          stored, width: width, height: height, channels: 3, orientation: header.orientation)))
    keepMetadata(of: header, in: &picture)
    let warning = Codec.text(message)
    if !warning.isEmpty { picture.notes.append("the JPEG file is not quite clean (\(warning))") }
    return picture
  }

  /// Takes over what the header brought besides the pixels.
  private static func keepMetadata(of header: PictureHeader, in picture: inout Picture) {
    picture.resolution = header.resolution.map { upright($0, header) }
    picture.exif = header.exif
    if let profile = header.iccProfile {
      keep(profile, in: &picture)
    } else if header.hasBrokenProfile {
      picture.notes.append(damagedProfileNote)
    }
  }

  private static func decodeTIFF(
    _ bytes: [UInt8], _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    guard let layout = header.tiffLayout else { throw PictureHeader.truncated(name) }
    return try decode(
      header, channels: Int(layout.channels), bits: Int(layout.bits)
    ) { target throws(PictureError) in
      var message = fedit_codec_message()
      let status = bytes.withUnsafeBufferPointer { TIFFFile.decode($0, layout, into: target, &message) }
      guard status == FEDIT_CODEC_OK else { throw Codec.failure(status, message, library: "libtiff", name) }
    }
  }

  private static func decodeWebP(
    _ bytes: [UInt8], _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    let channels = header.bitsPerPixel / 8
    return try decode(header, channels: channels, bits: 8) { target throws(PictureError) in
      var message = fedit_codec_message()
      let status = bytes.withUnsafeBufferPointer { buffer in
        fedit_webp_decode(
          buffer.baseAddress, buffer.count, UInt32(header.storedWidth), UInt32(header.storedHeight),
          Int32(channels), target, &message)
      }
      guard status == FEDIT_CODEC_OK else { throw Codec.failure(status, message, library: "libwebp", name) }
    }
  }

  private static func decodeHEIC(
    _ bytes: [UInt8], _ header: PictureHeader, name: String
  ) throws(PictureError) -> Picture {
    let channels = header.bitsPerPixel % 3 == 0 ? 3 : 4
    return try decode(
      header, channels: channels, bits: header.bitsPerPixel / channels
    ) { target throws(PictureError) in
      try bytes.withUnsafeBufferPointer { HEICFile.decode($0, header, into: target, name: name) }.get()
    }
  }

  /// Decodes into memory of the right size, and keeps what the header brought.
  private static func decode(
    _ header: PictureHeader, channels: Int, bits: Int,
    _ fill: (UnsafeMutablePointer<UInt8>) throws(PictureError) -> Void
  ) throws(PictureError) -> Picture {
    let width = header.storedWidth
    let height = header.storedHeight
    var failure: PictureError?
    func filled<Sample: FixedWidthInteger>(_ type: Sample.Type) throws(PictureError) -> [Sample] {
      let stored = try Self.filled(width * height * channels, type) { target in
        do throws(PictureError) { try fill(target) } catch { failure = error }
      } check: { () throws(PictureError) in
        if let failure { throw failure }
      }
      return Orientation.upright(
        stored, width: width, height: height, channels: channels, orientation: header.orientation)
    }
    let samples: Picture.Samples =
      bits == 16 ? .sixteen(try filled(UInt16.self)) : .eight(try filled(UInt8.self))
    var picture = Picture(
      width: header.width, height: header.height, hasAlpha: channels == 4, samples: samples)
    keepMetadata(of: header, in: &picture)
    return picture
  }

  /// More scans than any encoder makes; what a decoder has to do grows with each.
  private static let scanLimit: Int32 = 100

  /// Memory that is written once, by C; nothing of it is touched before.
  private static func filled<Sample: FixedWidthInteger>(
    _ count: Int, _ type: Sample.Type, _ fill: (UnsafeMutablePointer<UInt8>) -> Void,
    check: () throws(PictureError) -> Void
  ) throws(PictureError) -> [Sample] {
    let samples = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      let raw = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self)
      if let start = raw.baseAddress { fill(start) }
      // Where decoding failed the rest is whatever the memory held; the caller throws it away.
      initialized = count
    }
    try check()
    return samples
  }

  private static let damagedProfileNote = "its ICC profile is damaged and was left out"

  /// Takes a profile over where it is one for RGB.
  private static func keep(_ profile: [UInt8], in picture: inout Picture) {
    // The colour space stands at byte 16 of an ICC profile (ICC.1:2022, 7.2).
    let space = profile.count >= 20 ? String(decoding: profile[16..<20], as: UTF8.self) : ""
    switch space {
    case "RGB " where fedit_png_accepts_profile(profile, profile.count): picture.iccProfile = profile
    case "GRAY":
      picture.notes.append("its grey ICC profile was dropped, for the picture is RGB now")
    default: picture.notes.append(damagedProfileNote)
    }
  }

  /// Rows become columns in half of the orientations.
  private static func upright(_ resolution: Resolution, _ header: PictureHeader) -> Resolution {
    guard header.isTransposed else { return resolution }
    return Resolution(x: resolution.y, y: resolution.x, unit: resolution.unit)
  }
}

extension ColorEncoding {
  /// nil where there is nothing to say.
  init?(_ color: fedit_png_color) {
    self.init()
    if color.srgb_intent >= 0 { srgbIntent = Int(color.srgb_intent) }
    if color.gamma > 0 { gamma = color.gamma }
    if color.has_chromaticities {
      chromaticities = withUnsafeBytes(of: color.chromaticities) { Array($0.bindMemory(to: Int32.self)) }
    }
    if self == ColorEncoding() { return nil }
  }
}

/// The libraries that decode and encode, for records of how a picture was made.
public enum PictureCodecs {
  /// libpng's version, such as "1.6.39", of the library that is loaded.
  public static var libpng: String { String(cString: fedit_png_version()) }
  /// libjpeg-turbo's version, such as "2.1.5", of the library that was built against.
  public static var libjpegTurbo: String { String(cString: fedit_jpeg_version()) }
  /// zlib's version, such as "1.2.13", of the library that is loaded.
  public static var zlib: String { String(cString: fedit_zlib_version()) }
  /// libdeflate's version, such as "1.14", of the library that was built against.
  public static var libdeflate: String { String(cString: fedit_deflate_version()) }
  /// libtiff's version, such as "4.5.0", of the library that is loaded.
  public static var libtiff: String { String(cString: fedit_tiff_version()) }
  /// libwebp's version, such as "1.2.4", of the library that is loaded.
  public static var libwebp: String { String(cString: fedit_webp_version()) }
  /// libheif's version, such as "1.15.1"; loads the library.
  public static var libheif: String { String(cString: fedit_heic_version()) }
}
