import FeditFiles
import FeditImage
import FeditTestSupport
import Foundation
import Testing

@Test("What is written is read back bit for bit: 8 and 16 bits, with and without alpha, at every level")
func roundTrip() throws {
  for picture in [
    waves(61, 40), waves(61, 40, hasAlpha: true), deepWaves(30, 17), deepWaves(30, 17, hasAlpha: true),
    waves(1, 1),
  ] {
    for level in 0...9 {
      let again = try PictureFile.decode(PNGFile.encode(picture, compression: level), name: "a")
      #expect(again == picture)
    }
  }
}

@Test("A large picture is read back bit for bit, whichever strategy suits it")
func largeRoundTrip() throws {
  var numbers = Numbers(7)
  let noise = (0..<1200 * 1000 * 3).map { _ in UInt8(truncatingIfNeeded: 100 + numbers.below(20)) }
  for picture in [
    Picture(width: 1200, height: 1000, samples: .eight(noise)), waves(1200, 1000),
  ] {
    #expect(try PictureFile.decode(PNGFile.encode(picture), name: "a") == picture)
  }
}

@Test("Resolution, profile and colour chunks are kept")
func kept() throws {
  var picture = waves(20, 10)
  picture.resolution = Resolution(x: 11_811, y: 5_905, unit: .meter)
  picture.iccProfile = iccProfile(space: "RGB ", size: 4_000)
  #expect(try PictureFile.decode(PNGFile.encode(picture), name: "a") == picture)
  picture.iccProfile = nil
  picture.colorEncoding = ColorEncoding(srgbIntent: 0)
  picture.resolution = Resolution(x: 2, y: 3, unit: .unknown)
  #expect(try PictureFile.decode(PNGFile.encode(picture), name: "a") == picture)
}

@Test("A profile that libpng complains about is kept byte for byte, as Windows' own sRGB profile must be")
func oddProfile() throws {
  var picture = waves(20, 10)
  // An unrecognized profile class draws the same benign error as "known incorrect sRGB profile".
  var profile = iccProfile(space: "RGB ", size: 4_000)
  profile.replaceSubrange(12..<16, with: Array("mntX".utf8))
  picture.iccProfile = profile
  #expect(try PictureFile.decode(PNGFile.encode(picture), name: "a") == picture)
}

@Test("Texts are iTXt chunks before the image data, UTF-8 as given; no time is written")
func texts() throws {
  let texts = [
    PNGText(keyword: "fedit-script", text: "photo \"Ä.png\"\n// 日本 🙂\n", isCompressed: false),
    PNGText(keyword: "XML:com.adobe.xmp", text: String(repeating: "<x/>", count: 5_000), isCompressed: true),
    PNGText(keyword: "empty", text: "", isCompressed: false),
  ]
  let bytes = try PNGFile.encode(waves(8, 8), texts: texts)
  let chunks = try #require(PNGBuilder.parse(bytes))
  #expect(chunks.map(\.name) == ["IHDR", "iTXt", "iTXt", "iTXt", "IDAT", "IEND"])
  // Keyword, NUL, compression flag and method, no language, no translated keyword, text.
  #expect(chunks[1].data == Array("fedit-script\0\0\0\0\0".utf8) + Array(texts[0].text.utf8))
  #expect(chunks[2].data.starts(with: Array("XML:com.adobe.xmp\0\u{1}\0\0\0".utf8)))
  #expect(chunks[2].data.count < 300)
  #expect(chunks[3].data == Array("empty\0\0\0\0\0".utf8))
  #expect(try PictureFile.decode(bytes, name: "a").samples == waves(8, 8).samples)
}

@Test(
  "Keywords and texts that PNG does not allow are refused",
  arguments: [
    "", " a", "a ", "a  b", "日", "a\nb", String(repeating: "k", count: 80),
  ])
func badKeywords(_ keyword: String) {
  let failure = error {
    try PNGFile.encode(waves(2, 2), texts: [PNGText(keyword: keyword, text: "t", isCompressed: false)])
  }
  #expect(failure?.kind == .unencodable)
}

@Test("A text with a NUL character is refused")
func nulText() {
  let failure = error {
    try PNGFile.encode(waves(2, 2), texts: [PNGText(keyword: "k", text: "a\0b", isCompressed: true)])
  }
  #expect(failure?.kind == .unencodable)
}

@Test("The grey writer makes 8-bit grey")
func grey() throws {
  let levels = (0..<77).map { UInt8($0 * 3) }
  let bytes = try PNGFile.encodeGray(width: 11, height: 7, levels)
  let chunks = try #require(PNGBuilder.parse(bytes))
  #expect(Array(chunks[0].data[8...9]) == [8, 0])
  #expect(try PictureFile.decode(bytes, name: "a").samples == .eight(levels.flatMap { [$0, $0, $0] }))
}

@Test("The same picture gives the same bytes")
func sameBytes() throws {
  #expect(try PNGFile.encode(waves(50, 50)) == PNGFile.encode(waves(50, 50)))
}

@Test("A picture is written whole or not at all")
func written() throws {
  let scratch = try Scratch()
  let path = scratch.file("new/a.png")
  try PNGFile.write(waves(9, 9), to: path)
  #expect(try PictureFile.read(path).samples == waves(9, 9).samples)
  #expect(throws: FileError.self) { try PNGFile.write(waves(9, 9), to: scratch.file("new")) }
  let refused = error {
    try PNGFile.write(
      waves(3, 3), to: path, texts: [PNGText(keyword: "", text: "", isCompressed: false)])
  }
  #expect(refused?.file == path)
  #expect(try PictureFile.read(path).samples == waves(9, 9).samples)
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("new")) == ["a.png"])
}
