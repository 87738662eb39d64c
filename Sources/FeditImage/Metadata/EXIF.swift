/// What a camera wrote beside the picture (EXIF 2.32, JEITA CP-3451), as far as it is kept: camera and lens, time,
/// exposure, description, author, copyright.
///
/// What would be wrong or tell too much in an edited picture is never taken over: the thumbnail, which shows
/// the photo as it was; the maker's note, which holds previews, serial numbers and offsets that do not survive
/// being moved; places in the picture that were counted before it was turned upright.
/// The position is kept apart, so that it is written only where somebody asks for it.
public struct EXIF: Hashable, Sendable {
  /// The first directory: description, camera, author, copyright.
  var image: [TIFFEntry] = []
  /// The EXIF directory: time, exposure, lens.
  var camera: [TIFFEntry] = []
  /// The GPS directory.
  var position: [TIFFEntry] = []

  init() {}

  /// Whether it says where the picture was taken.
  public var hasPosition: Bool { !position.isEmpty }

  /// The same without the position.
  public var withoutPosition: EXIF? {
    var other = self
    other.position = []
    return other.isEmpty ? nil : other
  }

  var isEmpty: Bool { image.isEmpty && camera.isEmpty && position.isEmpty }

  /// The longest value that is kept, in bytes.
  static let valueLimit = 8 << 10
  /// The longest block that is read and written, in bytes: a JPEG segment's, without its name.
  public static let byteLimit = 65_527

  private enum Tag {
    static let orientation: UInt16 = 0x0112
    static let xResolution: UInt16 = 0x011A
    static let yResolution: UInt16 = 0x011B
    static let resolutionUnit: UInt16 = 0x0128
    static let exif: UInt16 = 0x8769
    static let gps: UInt16 = 0x8825
    static let width: UInt16 = 0xA002
    static let height: UInt16 = 0xA003
    static let artist: UInt16 = 0x013B
    static let copyright: UInt16 = 0x8298
    /// ImageDescription, Make, Model, Software, DateTime, Artist, Copyright.
    static let image: Set<UInt16> = [0x010E, 0x010F, 0x0110, 0x0131, 0x0132, artist, copyright]
    /// MakerNote, subject area and location, size, related sound, interoperability.
    static let left: Set<UInt16> = [0x927C, 0x9214, 0xA214, width, height, 0xA004, 0xA005]
  }

  /// Who made the picture, where it says so.
  public var artist: String? { text(Tag.artist) }
  /// Whose it is, where it says so.
  public var copyright: String? { text(Tag.copyright) }

  private func text(_ tag: UInt16) -> String? {
    image.first { $0.tag == tag && $0.kind == .ascii }.map {
      String(decoding: $0.bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// What is kept of a block, and what it says of how the rows lie.
  ///
  /// - Parameters:
  ///   - reader: the structure, untrusted; what is damaged in it is left out.
  ///   - first: its first directory.
  init(_ reader: TIFFReader, first: [TIFFEntry]) {
    func entries(_ tag: UInt16) -> [TIFFEntry] {
      guard let offset = first.first(where: { $0.tag == tag })?.number else { return [] }
      return reader.directory(at: offset, limit: { _ in Self.valueLimit }) ?? []
    }
    func once(_ entries: [TIFFEntry]) -> [TIFFEntry] {
      var seen: Set<UInt16> = []
      return entries.filter { seen.insert($0.tag).inserted }.sorted { $0.tag < $1.tag }
    }
    // Pointers that are none of the two would lead astray once they have moved.
    func isKept(_ entry: TIFFEntry) -> Bool {
      entry.kind != .directory && entry.bytes.count <= Self.valueLimit
    }
    image = once(first.filter { Tag.image.contains($0.tag) && isKept($0) })
    camera = once(entries(Tag.exif).filter { !Tag.left.contains($0.tag) && isKept($0) })
    position = once(entries(Tag.gps).filter(isKept))
    while block(width: 1, height: 1, resolution: nil).count > Self.byteLimit, dropLongest() {}
  }

  private mutating func dropLongest() -> Bool {
    let longest = (image + camera + position).max { $0.bytes.count < $1.bytes.count }
    guard let longest else { return false }
    for list in [\EXIF.position, \EXIF.camera, \EXIF.image] {
      if let index = self[keyPath: list].firstIndex(of: longest) {
        self[keyPath: list].remove(at: index)
        return true
      }
    }
    return false
  }

  /// The block as a TIFF structure, for a picture that lies upright.
  ///
  /// - Parameters:
  ///   - width: the picture's, in pixels.
  ///   - height: the picture's, in pixels.
  ///   - resolution: the picture's, if it has one.
  /// - Returns: the bytes from the byte-order mark on.
  func block(width: Int, height: Int, resolution: Resolution?) -> [UInt8] {
    var writer = TIFFWriter()
    var first = image
    first.append(.short(Tag.orientation, [1]))
    if let resolution { first += Self.entries(of: resolution) }
    first += pointers(&writer, width: width, height: height)
    return writer.finish(with: first)
  }

  /// Appends the directories and gives the entries that point to them.
  func pointers(_ writer: inout TIFFWriter, width: Int, height: Int) -> [TIFFEntry] {
    var pointers: [TIFFEntry] = []
    if !camera.isEmpty {
      let size = [TIFFEntry.long(Tag.width, [width]), .long(Tag.height, [height])]
      pointers.append(.long(Tag.exif, [writer.append(directory: camera + size)]))
    }
    if !position.isEmpty { pointers.append(.long(Tag.gps, [writer.append(directory: position)])) }
    return pointers
  }

  /// Pixels in a centimetre, or a ratio only.
  static func entries(of resolution: Resolution) -> [TIFFEntry] {
    let isMetric = resolution.unit == .meter
    return [
      .rational(Tag.xResolution, Int(resolution.x), isMetric ? 100 : 1),
      .rational(Tag.yResolution, Int(resolution.y), isMetric ? 100 : 1),
      .short(Tag.resolutionUnit, [isMetric ? 3 : 1]),
    ]
  }
}

/// What the first directory of an EXIF block or a TIFF file says of how the pixels lie.
struct PixelLayout {
  /// 1...8; how the stored rows lie.
  var orientation = 1
  var resolution: Resolution?

  init(_ entries: [TIFFEntry]) {
    var x: (top: Int, bottom: Int)?
    var y: (top: Int, bottom: Int)?
    var unit = 2
    for entry in entries {
      switch entry.tag {
      case 0x0112:
        if entry.kind == .short, let value = entry.number, (1...8).contains(value) { orientation = value }
      case 0x011A: x = entry.fraction
      case 0x011B: y = entry.fraction
      case 0x0128: unit = entry.number ?? unit
      default: break
      }
    }
    if let x, let y { resolution = Self.resolution(x, y, unit: unit) }
  }

  /// TIFF's units: 2 inch, 3 centimetre, others none.
  private static func resolution(
    _ x: (top: Int, bottom: Int), _ y: (top: Int, bottom: Int), unit: Int
  ) -> Resolution? {
    let (factor, divisor) = unit == 3 ? (100, 1) : (10_000, 254)
    guard unit == 2 || unit == 3 else { return nil }
    func perMeter(_ value: (top: Int, bottom: Int)) -> UInt32? {
      guard value.top > 0, value.bottom > 0 else { return nil }
      // At most 2^32 * 10,000: no overflow.
      let bottom = value.bottom * divisor
      return UInt32(exactly: (value.top * factor + bottom / 2) / bottom)
    }
    guard let x = perMeter(x), let y = perMeter(y), x > 0, y > 0 else { return nil }
    return Resolution(x: x, y: y, unit: .meter)
  }
}

/// A block from a JPEG segment, a PNG or WebP chunk, or a HEIC item.
struct EXIFBlock {
  var layout: PixelLayout
  /// nil where nothing of it is kept.
  var exif: EXIF?

  /// nil where it is no TIFF structure.
  ///
  /// - Parameter block: from its byte-order mark on.
  init?(_ block: some Collection<UInt8>) {
    let bytes = Array(block.prefix(EXIF.byteLimit + 1))
    guard let reader = TIFFReader(bytes),
      let first = reader.directory(at: reader.firstDirectory, limit: { _ in EXIF.valueLimit })
    else { return nil }
    layout = PixelLayout(first)
    let kept = EXIF(reader, first: first)
    exif = kept.isEmpty ? nil : kept
  }
}
