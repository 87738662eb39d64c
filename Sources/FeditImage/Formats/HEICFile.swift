import FeditImageCodecs

/// Reads HEIC files, as phones make them, by libheif, which is loaded when the first one is opened.
enum HEICFile {
  /// The longest side that is decoded, in pixels.
  private static let sideLimit: UInt32 = 32_768
  private static let brands = ["heic", "heix", "heim", "heis", "mif1"]

  static func isHEIC(_ reader: HeaderReader) -> Bool {
    guard reader.isEqual(4, Array("ftyp".utf8)), let brand = reader.bytes(8, 4) else { return false }
    return brands.contains(String(decoding: brand, as: UTF8.self))
  }

  static func header(
    _ reader: HeaderReader, limits: PictureLimits
  ) throws(PictureError) -> PictureHeader {
    guard reader.count <= limits.fileBytes, let bytes = reader.bytes(0, reader.count) else {
      throw PictureError(
        .tooLarge, file: reader.name,
        "it has \(reader.count) bytes, more than the limit of \(limits.fileBytes)")
    }
    let result: Result<PictureHeader, PictureError> = Array(bytes).withUnsafeBufferPointer { bytes in
      opened(bytes, name: reader.name) { _, info throws(PictureError) in
        try header(info, limits: limits, file: reader.name)
      }
    }
    return try result.get()
  }

  private static func header(
    _ info: fedit_heic_info, limits: PictureLimits, file: String
  ) throws(PictureError) -> PictureHeader {
    let channels = info.has_alpha ? 4 : 3
    let bits = info.bits > 8 ? 16 : 8
    try PictureHeader.check(
      width: Int(info.width), height: Int(info.height), bytesPerPixel: channels * bits / 8, limits: limits,
      file: file)
    // Turned by libheif already: what EXIF says of the rows does not count here (ISO/IEC 23008-12, 6.5.10).
    var header = PictureHeader(
      format: .heic, storedWidth: Int(info.width), storedHeight: Int(info.height),
      bitsPerPixel: channels * bits)
    if let exif = info.exif, let block = EXIFBlock(UnsafeBufferPointer(start: exif, count: info.exif_size)) {
      header.exif = block.exif
      header.resolution = block.layout.resolution
    }
    if let profile = info.profile {
      header.iccProfile = Array(UnsafeBufferPointer(start: profile, count: info.profile_size))
    }
    return header
  }

  /// Decodes the picture into rows of `bitsPerPixel` bits a pixel, 16 bits in the machine's order.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: PictureHeader, into pixels: UnsafeMutablePointer<UInt8>,
    name: String
  ) -> Result<Void, PictureError> {
    opened(bytes, name: name) { decoder, info throws(PictureError) in
      var message = fedit_codec_message()
      guard Int(info.width) == header.storedWidth, Int(info.height) == header.storedHeight else {
        throw PictureError(.malformed, file: name, "the file changed while it was read", hints: ["try again"])
      }
      let status = fedit_heic_decode(decoder, pixels, &message)
      guard status == FEDIT_CODEC_OK else {
        throw Codec.failure(status, message, library: "libheif", name)
      }
    }
  }

  private static func opened<R>(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String,
    _ body: (OpaquePointer, fedit_heic_info) throws(PictureError) -> R
  ) -> Result<R, PictureError> {
    guard fedit_heic_is_available() else {
      return .failure(
        PictureError(
          .unsupported, file: name, "it is a HEIC picture, and libheif, which reads them, is not installed",
          hints: ["install it, for example: apt install libheif1", "or save the picture as JPEG or PNG"]))
    }
    var info = fedit_heic_info()
    var status = FEDIT_CODEC_OK
    var message = fedit_codec_message()
    let decoder = fedit_heic_open(bytes.baseAddress, bytes.count, sideLimit, &info, &status, &message)
    guard let decoder else { return .failure(Codec.failure(status, message, library: "libheif", name)) }
    defer { fedit_heic_close(decoder) }
    do throws(PictureError) { return .success(try body(decoder, info)) } catch { return .failure(error) }
  }
}
