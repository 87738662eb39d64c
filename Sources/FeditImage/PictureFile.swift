import FeditFiles
import FeditImageCodecs

/// Reads PNG and JPEG files.
///
/// PNG: every colour type and depth, interlaced or not. Palette, grey and fewer than 8 bits become
/// 8-bit RGB, 16 bits stay; transparency becomes alpha. JPEG: baseline and progressive, grey and
/// three components; decoded with the accurate integer DCT and triangle-filtered chroma. EXIF orientation is
/// applied in both. Sizes are checked from the header before memory is taken.
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
  ///   - bytes: a whole PNG or JPEG file.
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
    guard let decoder else { throw failure(status, message, library: "libpng", name) }
    defer { fedit_png_close(decoder) }
    let width = Int(info.width)
    let height = Int(info.height)
    let channels = Int(info.channels)
    guard width == header.storedWidth, height == header.storedHeight, channels == 3 || channels == 4 else {
      throw failure(FEDIT_CODEC_MALFORMED, message, library: "libpng", name)
    }
    let samples: Picture.Samples
    if info.bits == 16 {
      let stored = try filled(width * height * channels, UInt16.self) { target in
        status = fedit_png_decode(decoder, target, width * channels * 2, &message)
      } check: { () throws(PictureError) in
        guard status == FEDIT_CODEC_OK else { throw failure(status, message, library: "libpng", name) }
      }
      samples = .sixteen(
        Orientation.upright(
          stored, width: width, height: height, channels: channels, orientation: header.orientation))
    } else {
      let stored = try filled(width * height * channels, UInt8.self) { target in
        status = fedit_png_decode(decoder, target, width * channels, &message)
      } check: { () throws(PictureError) in
        guard status == FEDIT_CODEC_OK else { throw failure(status, message, library: "libpng", name) }
      }
      samples = .eight(
        Orientation.upright(
          stored, width: width, height: height, channels: channels, orientation: header.orientation))
    }
    var picture = Picture(
      width: header.width, height: header.height, hasAlpha: channels == 4, samples: samples)
    if info.has_resolution {
      picture.resolution = upright(
        Resolution(
          x: info.resolution_x, y: info.resolution_y,
          unit: info.resolution_in_meters ? .meter : .unknown), header)
    }
    if let profile = info.profile {
      keep(Array(UnsafeBufferPointer(start: profile, count: info.profile_size)), in: &picture)
    } else if info.profile_refused {
      picture.notes.append(damagedProfileNote)
    }
    picture.colorEncoding = ColorEncoding(info.color)
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
      guard status == FEDIT_CODEC_OK else { throw failure(status, message, library: "libjpeg", name) }
    }
    var picture = Picture(
      width: header.width, height: header.height,
      samples: .eight(
        Orientation.upright(
          stored, width: width, height: height, channels: 3, orientation: header.orientation)))
    picture.resolution = header.resolution.map { upright($0, header) }
    if let profile = header.iccProfile {
      keep(profile, in: &picture)
    } else if header.hasBrokenProfile {
      picture.notes.append(damagedProfileNote)
    }
    let warning = text(message)
    if !warning.isEmpty { picture.notes.append("the JPEG file is not quite clean (\(warning))") }
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

  private static func text(_ message: fedit_codec_message) -> String {
    withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func failure(
    _ status: fedit_codec_status, _ message: fedit_codec_message, library: String, _ name: String
  ) -> PictureError {
    let words = text(message)
    let source = words.isEmpty ? "" : " (\(library): \(words))"
    switch status {
    case FEDIT_CODEC_TRUNCATED: return PictureHeader.truncated(name)
    case FEDIT_CODEC_UNSUPPORTED:
      return PictureError(
        .unsupported, file: name, "it is of a kind that is not read\(source)",
        hints: ["save it as an ordinary 8-bit JPEG or as PNG"])
    case FEDIT_CODEC_NO_MEMORY:
      return PictureError(
        .tooLarge, file: name, "there is not enough memory for it", hints: ["scale the picture down"])
    default:
      return PictureError(
        .malformed, file: name, "its image data are damaged\(source)", hints: PictureHeader.damagedHints)
    }
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
}
