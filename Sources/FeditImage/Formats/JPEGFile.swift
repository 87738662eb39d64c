import FeditFiles
import FeditImageCodecs
import FeditPlan

/// Writes JPEG files, and reads the texts that fedit puts into them.
///
/// Baseline with Huffman tables made for the picture and one chroma sample a pixel: halving the chroma, as most
/// programs do, would change the colours of the whole photo for an edit of a part of it.
enum JPEGFile {
  /// The quality where none is given.
  static let standardQuality = 92
  /// What one segment holds besides its length.
  private static let segmentLimit = 65_533

  private static let exifName = Array("Exif\0\0".utf8)
  static let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  static let extensionName = Array("http://ns.adobe.com/xmp/extension/\0".utf8)
  private static let profileName = Array("ICC_PROFILE\0".utf8)

  private struct Segment {
    var marker: UInt8
    var bytes: [UInt8]
  }

  static func encode(
    _ picture: Picture, quality: Int, texts: [PNGText], exif: EXIF?
  ) throws(PictureError) -> [UInt8] {
    guard picture.width <= 65_500, picture.height <= 65_500 else {
      throw PictureError(
        .unencodable, file: "",
        "JPEG pictures have at most 65500 pixels a side, and it has \(picture.width) × \(picture.height)",
        hints: ["save it as PNG or TIFF"])
    }
    try picture.checkOpaque(.jpeg)
    var segments: [Segment] = []
    if let exif {
      let block = exif.block(
        width: picture.width, height: picture.height, resolution: picture.resolution)
      segments.append(Segment(marker: 0xE1, bytes: exifName + block))
    }
    segments += try xmpSegments(texts)
    segments += try profileSegments(picture.iccProfile ?? [])
    return try encode(picture, quality: quality, segments)
  }

  /// XMP specification part 3, 1.1.3: a packet in one segment, what is longer in segments of its own.
  private static func xmpSegments(_ texts: [PNGText]) throws(PictureError) -> [Segment] {
    guard let packet = try XMPPacket.joined(texts) else { return [] }
    let whole = xmpName + Array(packet.utf8)
    if whole.count <= segmentLimit { return [Segment(marker: 0xE1, bytes: whole)] }
    var digest = ""
    let parts = try XMPPacket.parted(texts) { extended in
      let bytes = Array(extended.utf8)
      // Readers compare the name and nothing else.
      digest = MD5.hex(bytes) ?? SHA256.hex(bytes).prefix(32).uppercased()
      return digest
    }
    let extended = Array(parts.extended.utf8)
    var segments = [Segment(marker: 0xE1, bytes: xmpName + Array(parts.main.utf8))]
    let step = 65_000
    for start in stride(from: 0, to: extended.count, by: step) {
      let head = extensionName + Array(digest.utf8) + bigEndian(extended.count) + bigEndian(start)
      let part = extended[start..<min(start + step, extended.count)]
      segments.append(Segment(marker: 0xE1, bytes: head + part))
    }
    return segments
  }

  /// ICC.1:2022, annex B.4.
  private static func profileSegments(_ profile: [UInt8]) throws(PictureError) -> [Segment] {
    let step = segmentLimit - profileName.count - 2
    let count = (profile.count + step - 1) / step
    guard count <= 255 else {
      throw PictureError(
        .unencodable, file: "", "its ICC profile of \(profile.count) bytes is too long for JPEG",
        hints: ["save it as PNG or TIFF"])
    }
    return (0..<count).map { index in
      let part = profile[index * step..<min((index + 1) * step, profile.count)]
      return Segment(marker: 0xE2, bytes: profileName + [UInt8(index + 1), UInt8(count)] + part)
    }
  }

  private static func bigEndian(_ value: Int) -> [UInt8] { littleEndian(value, 4).reversed() }

  private static func encode(
    _ picture: Picture, quality: Int, _ segments: [Segment]
  ) throws(PictureError) -> [UInt8] {
    var encoding = fedit_jpeg_encoding()
    encoding.width = UInt32(picture.width)
    encoding.height = UInt32(picture.height)
    encoding.channels = Int32(picture.channels)
    encoding.bits = Int32(picture.bitDepth)
    encoding.row_bytes = picture.width * picture.channels * picture.bitDepth / 8
    encoding.quality = Int32(quality)
    setDensity(picture.resolution, &encoding)
    let block = segments.flatMap(\.bytes)
    return try picture.withSampleBytes { pixels in
      block.withUnsafeBufferPointer { block in
        var start = 0
        let list = segments.map { segment in
          defer { start += segment.bytes.count }
          return fedit_jpeg_segment(
            marker: Int32(segment.marker), bytes: block.baseAddress.map { $0 + start },
            size: segment.bytes.count)
        }
        return list.withUnsafeBufferPointer { list in
          encoding.pixels = pixels.bindMemory(to: UInt8.self).baseAddress
          encoding.segments = list.baseAddress
          encoding.segment_count = list.count
          return Codec.encoded(library: "libjpeg") { fedit_jpeg_encode(&encoding, $0, $1, $2) }
        }
      }
    }.get()
  }

  /// JFIF counts dots an inch in whole numbers.
  private static func setDensity(_ resolution: Resolution?, _ encoding: inout fedit_jpeg_encoding) {
    guard let resolution else { return }
    func dots(_ value: UInt32) -> UInt16 {
      let inches = resolution.unit == .meter ? (Int(value) * 254 + 5_000) / 10_000 : Int(value)
      return UInt16(clamping: max(1, inches))
    }
    encoding.density_x = dots(resolution.x)
    encoding.density_y = dots(resolution.y)
    encoding.density_in_inches = resolution.unit == .meter
  }
}

extension Picture {
  /// Refuses transparency where a format has none.
  ///
  /// - Throws: `PictureError` where a pixel is not opaque.
  func checkOpaque(_ format: PictureFormat) throws(PictureError) {
    guard hasAlpha else { return }
    let isOpaque =
      switch samples {
      case .eight(let samples): stride(from: 3, to: samples.count, by: 4).allSatisfy { samples[$0] == 255 }
      case .sixteen(let samples):
        stride(from: 3, to: samples.count, by: 4).allSatisfy { samples[$0] == 65_535 }
      }
    guard !isOpaque else { return }
    throw PictureError(
      .unencodable, file: "", "it has transparent pixels, which \(format.name) can't hold",
      hints: ["save it as PNG, TIFF or WebP"])
  }

  /// The samples' memory, 16 bits in the machine's order.
  func withSampleBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch samples {
    case .eight(let samples): samples.withUnsafeBytes(body)
    case .sixteen(let samples): samples.withUnsafeBytes(body)
    }
  }
}

/// What calls to the C codecs have in common.
enum Codec {
  static func text(_ message: fedit_codec_message) -> String {
    withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Runs an encoder and takes over what it made.
  static func encoded(
    library: String,
    _ encode: (
      UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>,
      UnsafeMutablePointer<fedit_codec_message>
    ) -> fedit_codec_status
  ) -> Result<[UInt8], PictureError> {
    var bytes: UnsafeMutablePointer<UInt8>?
    var size = 0
    var message = fedit_codec_message()
    let status = encode(&bytes, &size, &message)
    guard status == FEDIT_CODEC_OK, let bytes else {
      let reason =
        status == FEDIT_CODEC_NO_MEMORY
        ? "there is not enough memory for it" : "\(library) says: \(text(message))"
      return .failure(PictureError(.unencodable, file: "", reason))
    }
    defer { fedit_codec_free(bytes) }
    return .success(Array(UnsafeBufferPointer(start: bytes, count: size)))
  }

  /// The error of a decoder that failed.
  static func failure(
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
