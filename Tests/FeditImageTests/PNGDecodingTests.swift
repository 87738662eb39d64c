import FeditImage
import FeditTestSupport
import Testing

/// What a PNG file may be made of: colour type and the depths that go with it.
private let kinds: [(type: Int, depth: Int)] = [
  (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
  (6, 8), (6, 16),
]

private let palette: [UInt8] = (0..<256).flatMap { (i: Int) -> [UInt8] in
  let red = UInt8(i * 7 % 256)
  let blue = UInt8(i * 31 % 256)
  return [red, UInt8(255 - i), blue]
}

private struct Kind: CustomTestStringConvertible {
  var type: Int
  var depth: Int
  var isInterlaced: Bool
  var isTransparent: Bool

  var testDescription: String {
    "type \(type), \(depth) bits\(isInterlaced ? ", interlaced" : "")\(isTransparent ? ", tRNS" : "")"
  }

  static let all: [Kind] = kinds.flatMap { kind in
    [false, true].flatMap { interlaced in
      [false, true].filter { !$0 || kind.type < 4 }.map { transparent in
        Kind(type: kind.type, depth: kind.depth, isInterlaced: interlaced, isTransparent: transparent)
      }
    }
  }

  func sample(_ x: Int, _ y: Int, _ c: Int) -> Int { (x * 7 + y * 13 + c * 101 + x * y * 259) % (1 << depth) }

  /// The value that tRNS names, or for a palette the alpha of its entries.
  static let key = (1, 1)

  func file(_ width: Int, _ height: Int) -> [UInt8] {
    var builder = PNGBuilder(
      width: width, height: height, depth: depth, type: type, isInterlaced: isInterlaced)
    if type == 3 { builder.chunks.append(("PLTE", Array(palette.prefix(3 << depth)))) }
    if isTransparent {
      let data: [UInt8] =
        switch type {
        case 0: big(sample(1, 1, 0), 2)
        case 2: (0..<3).flatMap { big(sample(1, 1, $0), 2) }
        default: (0..<min(1 << depth, 100)).map { UInt8($0 * 2) }
        }
      builder.chunks.append(("tRNS", data))
    }
    return builder.build(sample)
  }

  /// What the specification says the pixel is: RGB or RGBA, 16 bits for 16-bit files, else 8.
  func pixel(_ x: Int, _ y: Int) -> [Int] {
    let values = (0..<(type == 2 || type == 6 ? 3 : 1)).map { sample(x, y, $0) }
    let full = depth == 16 ? 65_535 : 255
    var pixel: [Int]
    switch type {
    case 3: pixel = (0..<3).map { Int(palette[values[0] * 3 + $0]) }
    case 0, 4:
      pixel = [Int](repeating: depth < 8 ? values[0] * 255 / ((1 << depth) - 1) : values[0], count: 3)
    default: pixel = values
    }
    if type == 4 || type == 6 { pixel.append(sample(x, y, type == 4 ? 1 : 3)) }
    if isTransparent {
      switch type {
      case 3: pixel.append(values[0] < 100 ? values[0] * 2 : 255)
      default: pixel.append(values == (0..<values.count).map { sample(1, 1, $0) } ? 0 : full)
      }
    }
    return pixel
  }
}

@Test(
  "Every colour type and depth, interlaced or not, becomes the pixels that the specification gives",
  arguments: Kind.all)
private func everyKind(_ kind: Kind) throws {
  for (width, height) in [(1, 1), (3, 2), (13, 9), (40, 5)] {
    let picture = try PictureFile.decode(kind.file(width, height), name: "a.png")
    let expected = (0..<height).flatMap { y in (0..<width).flatMap { x in kind.pixel(x, y) } }
    #expect(picture.width == width)
    #expect(picture.height == height)
    #expect(picture.hasAlpha == (kind.type >= 4 || kind.isTransparent))
    switch picture.samples {
    case .eight(let samples):
      #expect(kind.depth <= 8)
      #expect(samples.map(Int.init) == expected)
    case .sixteen(let samples):
      #expect(kind.depth == 16)
      #expect(samples.map(Int.init) == expected)
    }
  }
}

@Test("A PNG's EXIF orientation turns it as a JPEG's does", arguments: 1...8)
func orientedPNG(_ orientation: Int) throws {
  let builder = PNGBuilder(
    width: 3, height: 2, depth: 8, type: 0, chunks: [("eXIf", exif(orientation: orientation))])
  let picture = try PictureFile.decode(builder.build { x, y, _ in y * 3 + x }, name: "a.png")
  let rows = upright[orientation - 1]
  #expect(picture.width == rows[0].count)
  #expect(picture.samples == .eight(rows.flatMap { $0.flatMap { [UInt8($0), UInt8($0), UInt8($0)] } }))
}

/// The rows of a 3 × 2 picture with pixels 0 1 2 / 3 4 5 after each orientation, by TIFF 6.0's table.
let upright: [[[Int]]] = [
  [[0, 1, 2], [3, 4, 5]],
  [[2, 1, 0], [5, 4, 3]],
  [[5, 4, 3], [2, 1, 0]],
  [[3, 4, 5], [0, 1, 2]],
  [[0, 3], [1, 4], [2, 5]],
  [[3, 0], [4, 1], [5, 2]],
  [[5, 2], [4, 1], [3, 0]],
  [[2, 5], [1, 4], [0, 3]],
]

@Test("A PNG's resolution is read, and turned with the picture")
func resolution() throws {
  let plain = PNGBuilder(
    width: 2, height: 1, depth: 8, type: 2, chunks: [("pHYs", big(3000) + big(1500) + [1])])
  let picture = try PictureFile.decode(plain.build { _, _, _ in 9 }, name: "a.png")
  #expect(picture.resolution == Resolution(x: 3000, y: 1500, unit: .meter))
  var turned = plain
  turned.chunks.append(("eXIf", exif(orientation: 6)))
  let other = try PictureFile.decode(turned.build { _, _, _ in 9 }, name: "a.png")
  #expect(other.resolution == Resolution(x: 1500, y: 3000, unit: .meter))
  var ratio = plain
  ratio.chunks = [("pHYs", big(2) + big(1) + [0])]
  let third = try PictureFile.decode(ratio.build { _, _, _ in 9 }, name: "a.png")
  #expect(third.resolution == Resolution(x: 2, y: 1, unit: .unknown))
}

@Test("An RGB profile is kept byte for byte; a grey one is dropped with a note, a damaged one too")
func profiles() throws {
  func decode(type: Int, _ profile: [UInt8]) throws -> Picture {
    let builder = PNGBuilder(
      width: 2, height: 2, depth: 8, type: type, chunks: [("iCCP", iccChunk(profile))])
    return try PictureFile.decode(builder.build { _, _, _ in 9 }, name: "a.png")
  }
  let rgb = iccProfile(space: "RGB ")
  let kept = try decode(type: 2, rgb)
  #expect(kept.iccProfile == rgb)
  #expect(kept.notes.isEmpty)
  let grey = try decode(type: 0, iccProfile(space: "GRAY"))
  #expect(grey.iccProfile == nil)
  #expect(grey.notes.count == 1)
  #expect(grey.notes.first?.contains("grey ICC profile") == true)
  let damaged = try decode(type: 2, Array(rgb.dropLast(20)))
  #expect(damaged.iccProfile == nil)
  #expect(damaged.notes.count == 1)
}

@Test("sRGB, gAMA and cHRM are carried along")
func colorEncoding() throws {
  let chromaticities: [Int32] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]
  var builder = PNGBuilder(
    width: 2, height: 2, depth: 8, type: 2,
    chunks: [("gAMA", big(50_000)), ("cHRM", chromaticities.flatMap { big(Int($0)) })])
  let picture = try PictureFile.decode(builder.build { _, _, _ in 9 }, name: "a.png")
  #expect(picture.colorEncoding == ColorEncoding(gamma: 50_000, chromaticities: chromaticities))
  let again = try PictureFile.decode(PNGFile.encode(picture), name: "b.png")
  #expect(again.colorEncoding == picture.colorEncoding)
  builder.chunks = [("sRGB", [1])]
  let standard = try PictureFile.decode(builder.build { _, _, _ in 9 }, name: "a.png")
  #expect(standard.colorEncoding == ColorEncoding(srgbIntent: 1))
  #expect(
    try PictureFile.decode(PNGFile.encode(standard), name: "b.png").colorEncoding == standard.colorEncoding)
}

@Test("Texts, times and unknown chunks do not matter")
func otherChunks() throws {
  let plain = PNGBuilder(width: 4, height: 4, depth: 8, type: 2)
  var dressed = plain
  dressed.chunks = [
    ("tEXt", Array("Comment\0hello".utf8)), ("tIME", [7, 0xE8, 1, 1, 1, 1, 1]), ("abCd", [1, 2, 3]),
    ("sBIT", [8, 8, 8]), ("zTXt", Array("Comment\0\0".utf8) + [1, 2, 3]),
  ]
  let sample = { (x: Int, y: Int, c: Int) in x * 40 + y * 10 + c }
  #expect(
    try PictureFile.decode(dressed.build(sample), name: "a").samples
      == PictureFile.decode(plain.build(sample), name: "a").samples)
}

@Test("A size comes from the header alone, orientation applied")
func size() throws {
  let scratch = try Scratch()
  let builder = PNGBuilder(
    width: 30, height: 20, depth: 8, type: 0, chunks: [("eXIf", exif(orientation: 8))])
  let path = try scratch.write("a.png", builder.build { x, y, _ in x + y })
  let size = try PictureFile.size(path)
  #expect(size == (20, 30))
  let turned = jpeg(
    try fixture("baseline-420.jpg"),
    inserting: [(0xE1, Array("Exif\0\0".utf8) + exif(orientation: 5))])
  let other = try PictureFile.size(scratch.write("a.jpg", turned))
  #expect(other == (23, 37))
}

@Test("One pixel as 8 bits: 16-bit samples are rounded")
func rgb8() {
  let picture = Picture(
    width: 2, height: 1, hasAlpha: true,
    samples: .sixteen([0, 128, 129, 65_535, 65_535, 257, 385, 386]))
  #expect(picture.rgb8(0, 0) == (0, 0, 1))
  #expect(picture.alpha8(0, 0) == 255)
  #expect(picture.rgb8(1, 0) == (255, 1, 1))
  #expect(picture.alpha8(1, 0) == 2)
}
