import FeditImage
import FeditPlan
import FeditTestSupport
import Testing

/// Builds TIFF files without compression, by the specification alone.
struct TIFFBuilder {
  var width = 37
  var height = 23
  var bits = 8
  /// 0 white is zero, 1 black is zero, 2 RGB, 3 palette.
  var photometric = 2
  var samples = 3
  var isLittle = true
  var isPlanar = false
  var rowsPerStrip = 7
  var extraSample: Int?
  var more: [(tag: Int, type: Int, bytes: [UInt8], count: Int)] = []

  func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    isLittle ? big(value, bytes).reversed() : big(value, bytes)
  }

  func build(_ sample: (Int, Int, Int) -> Int) -> [UInt8] {
    var file = Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + [0, 0, 0, 0]
    var offsets: [Int] = []
    var counts: [Int] = []
    for plane in 0..<(isPlanar ? samples : 1) {
      for top in stride(from: 0, to: height, by: rowsPerStrip) {
        offsets.append(file.count)
        for y in top..<min(top + rowsPerStrip, height) {
          for x in 0..<width {
            for c in isPlanar ? plane..<plane + 1 : 0..<samples { file += number(sample(x, y, c), bits / 8) }
          }
        }
        counts.append(file.count - offsets[offsets.count - 1])
      }
    }
    func shorts(_ tag: Int, _ values: [Int]) -> (tag: Int, type: Int, bytes: [UInt8], count: Int) {
      (tag, 3, values.flatMap { number($0, 2) }, values.count)
    }
    func longs(_ tag: Int, _ values: [Int]) -> (tag: Int, type: Int, bytes: [UInt8], count: Int) {
      (tag, 4, values.flatMap { number($0, 4) }, values.count)
    }
    var entries = [
      longs(256, [width]), longs(257, [height]), shorts(258, Array(repeating: bits, count: samples)),
      shorts(259, [1]), shorts(262, [photometric]), longs(273, offsets), shorts(277, [samples]),
      longs(278, [rowsPerStrip]), longs(279, counts), shorts(284, [isPlanar ? 2 : 1]),
    ]
    if let extraSample { entries.append(shorts(338, [extraSample])) }
    if photometric == 3 {
      entries.append(shorts(320, (0..<3).flatMap { c in (0..<256).map { ($0 + c * 60) % 256 * 257 } }))
    }
    entries += more
    entries.sort { $0.tag < $1.tag }
    var data: [UInt8] = []
    let directory = file.count + file.count % 2
    let behind = directory + 2 + entries.count * 12 + 4
    var fields = number(entries.count, 2)
    for entry in entries {
      fields += number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4)
      if entry.bytes.count <= 4 {
        fields += entry.bytes + [UInt8](repeating: 0, count: 4 - entry.bytes.count)
      } else {
        fields += number(behind + data.count, 4)
        data += entry.bytes
      }
    }
    if file.count % 2 == 1 { file.append(0) }
    file.replaceSubrange(4..<8, with: number(directory, 4))
    return file + fields + [0, 0, 0, 0] + data
  }
}

func pattern8(_ x: Int, _ y: Int, _ c: Int) -> Int { (x * 7 + y * 11 + c * 40) % 256 }
func pattern16(_ x: Int, _ y: Int, _ c: Int) -> Int { (x * 1800 + y * 2500 + c * 9000) % 65536 }

/// The patterns as a picture of 37 × 23 pixels.
func patterned(bits: Int, channels: Int) -> Picture.Samples {
  var samples: [Int] = []
  for y in 0..<23 {
    for x in 0..<37 {
      for c in 0..<channels { samples.append(bits == 8 ? pattern8(x, y, c) : pattern16(x, y, c)) }
    }
  }
  return bits == 8 ? .eight(samples.map { UInt8($0) }) : .sixteen(samples.map { UInt16($0) })
}

@Suite("TIFF") struct TIFFTests {
  @Test(
    "LZW, deflate and PackBits, predictor 2, tiles and planes decode to what libtiff's own tool was given",
    arguments: [
      ("lzw.tif", 8, 3), ("deflate16.tif", 16, 3), ("packbits.tif", 8, 4), ("tiles.tif", 8, 3),
      ("tiles16.tif", 16, 3),
    ])
  func compressed(_ name: String, _ bits: Int, _ channels: Int) throws {
    let picture = try PictureFile.decode(fixture(name), name: name)
    #expect(picture.width == 37 && picture.height == 23)
    #expect(picture.hasAlpha == (channels == 4))
    #expect(picture.samples == patterned(bits: bits, channels: channels))
  }

  @Test("Both byte orders, strips of any height, planes together or apart: the same samples")
  func layouts() throws {
    for bits in [8, 16] {
      for isLittle in [true, false] {
        for isPlanar in [true, false] {
          for rows in [1, 7, 23, 100] {
            var builder = TIFFBuilder()
            builder.bits = bits
            builder.isLittle = isLittle
            builder.isPlanar = isPlanar
            builder.rowsPerStrip = rows
            let file = builder.build(bits == 8 ? pattern8 : pattern16)
            #expect(try PictureFile.decode(file, name: "a").samples == patterned(bits: bits, channels: 3))
          }
        }
      }
    }
  }

  @Test("Grey becomes RGB, white-is-zero is turned round, a palette is looked up")
  func kinds() throws {
    var builder = TIFFBuilder()
    builder.samples = 1
    func decoded(_ photometric: Int, _ bits: Int) throws -> Picture {
      builder.photometric = photometric
      builder.bits = bits
      return try PictureFile.decode(builder.build(bits == 8 ? pattern8 : pattern16), name: "a")
    }
    let level = pattern8(5, 3, 0)
    #expect(try decoded(1, 8).rgb8(5, 3) == (UInt8(level), UInt8(level), UInt8(level)))
    #expect(try decoded(0, 8).rgb8(5, 3).red == UInt8(255 - level))
    let palette = try decoded(3, 8).rgb8(5, 3)
    #expect(palette == (UInt8(level), UInt8((level + 60) % 256), UInt8((level + 120) % 256)))
    guard case .sixteen(let deep) = try decoded(0, 16).samples else {
      Issue.record("16 bits stay")
      return
    }
    #expect(deep[(3 * 37 + 5) * 3] == UInt16(65_535 - pattern16(5, 3, 0)))
  }

  @Test("Alpha is kept; colours multiplied by it are divided; a channel that is no alpha is left out")
  func alpha() throws {
    var builder = TIFFBuilder()
    builder.samples = 4
    let sample = { (x: Int, y: Int, c: Int) in c == 3 ? 128 : 64 }
    builder.extraSample = 2
    let plain = try PictureFile.decode(builder.build(sample), name: "a")
    #expect(plain.hasAlpha && plain.rgb8(0, 0).red == 64 && plain.alpha8(0, 0) == 128)
    builder.extraSample = 1
    let multiplied = try PictureFile.decode(builder.build(sample), name: "a")
    // round(64 * 255 / 128) = 128 (127.5 rounded up).
    #expect(multiplied.rgb8(0, 0).red == 128 && multiplied.alpha8(0, 0) == 128)
    builder.extraSample = 0
    #expect(try !PictureFile.decode(builder.build(sample), name: "a").hasAlpha)
    builder.extraSample = nil
    #expect(try !PictureFile.decode(builder.build(sample), name: "a").hasAlpha)
  }

  @Test("Orientation is applied, resolution and profile are kept")
  func metadata() throws {
    var builder = TIFFBuilder()
    builder.more = [
      (274, 3, builder.number(6, 2), 1), (282, 5, builder.number(300, 4) + builder.number(1, 4), 1),
      (283, 5, builder.number(150, 4) + builder.number(1, 4), 1), (296, 3, builder.number(2, 2), 1),
      (34_675, 7, iccProfile(space: "RGB "), 132),
    ]
    let picture = try PictureFile.decode(builder.build(pattern8), name: "a")
    #expect(picture.width == 23 && picture.height == 37)
    #expect(picture.rgb8(22, 0).red == UInt8(pattern8(0, 0, 0)))
    #expect(picture.resolution == Resolution(x: 5906, y: 11_811, unit: .meter))
    #expect(picture.iccProfile == iccProfile(space: "RGB "))
  }

  @Test("What is not read is named: 32-bit, floating point, CMYK, JPEG inside, camera raw, BigTIFF")
  func unread() throws {
    func message(_ change: (inout TIFFBuilder) -> Void) -> String {
      var builder = TIFFBuilder()
      change(&builder)
      let failure = error { try PictureFile.decode(builder.build { _, _, _ in 1 }, name: "a.tif") }
      #expect(failure?.kind == .unsupported)
      #expect(failure?.hints.isEmpty == false)
      return failure?.message ?? ""
    }
    #expect(message { $0.bits = 32 }.contains("32 bits"))
    #expect(message { $0.more = [(254, 4, $0.number(1, 4), 1)] }.contains("thumbnail"))
    #expect(message { $0.more = [(339, 3, $0.number(3, 2), 1)] }.contains("floating"))
    #expect(
      message {
        $0.photometric = 5
        $0.samples = 4
      }.contains("CMYK"))
    var file = TIFFBuilder().build(pattern8)
    let compression = try #require(file.firstRange(of: [3, 1, 3, 0, 1, 0, 0, 0, 1, 0]))
    file[compression.lowerBound + 8] = 7
    #expect(error { try PictureFile.decode(file, name: "a") }?.message.contains("method (7)") == true)
    #expect(
      error { try PictureFile.decode(Array("II+\0\u{8}\0\0\0".utf8), name: "a") }?.message.contains("BigTIFF")
        == true)
  }

  @Test(
    "A TIFF file cut short anywhere is an error with a hint",
    arguments: ["lzw.tif", "deflate16.tif", "tiles.tif"])
  func truncated(_ name: String) throws {
    let bytes = try fixture(name)
    // Directories lie at the end: no cut file has one, or the last strip.
    for count in stride(from: 0, to: bytes.count - 8, by: 3) {
      let failure = error { try PictureFile.decode(Array(bytes[..<count]), name: "cut.tif") }
      #expect(failure?.hints.isEmpty == false, "\(count)")
    }
  }

  @Test("What is written is read back bit for bit: 8 and 16 bits, with and without alpha, in several strips")
  func roundTrip() throws {
    for picture in [
      waves(61, 40), waves(61, 40, hasAlpha: true), deepWaves(30, 17), deepWaves(30, 17, hasAlpha: true),
      waves(1, 1), waves(1200, 900),
    ] {
      let bytes = try PictureFile.encode(picture, as: .tiff)
      #expect(try PictureFile.decode(bytes, name: "a") == picture)
      #expect(try PictureFile.encode(picture, as: .tiff) == bytes)
    }
  }
}
