import FeditFiles
import FeditImage
import FeditPlan
import FeditTestSupport
import Testing

/// The segments of a JPEG file up to its image data.
func jpegSegments(_ bytes: [UInt8]) -> [(marker: UInt8, data: [UInt8])] {
  var found: [(UInt8, [UInt8])] = []
  var at = 2
  while at + 4 <= bytes.count, bytes[at] == 0xFF {
    let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
    found.append((bytes[at + 1], Array(bytes[at + 4..<at + 2 + length])))
    if bytes[at + 1] == 0xDA { break }
    at += 2 + length
  }
  return found
}

@Suite("JPEG out") struct JPEGEncodingTests {
  @Test("The quality sets libjpeg's tables, without chroma subsampling")
  func tables() throws {
    // ITU-T T.81, table K.1, in zigzag order: the first entries of the luminance table.
    let standard = [16, 11, 12, 14, 12, 10, 16, 14]
    for (quality, scale) in [(50, 100), (92, 16), (25, 200), (100, 0), (1, 5000)] {
      let segments = jpegSegments(try PictureFile.encode(waves(20, 20), as: .jpeg, quality: quality))
      let table = try #require(segments.first { $0.marker == 0xDB })
      let wanted = standard.map { UInt8(min(max(($0 * scale + 50) / 100, 1), 255)) }
      #expect(Array(table.data[1...8]) == wanted)
      let frame = try #require(segments.first { $0.marker == 0xC0 })
      // Height, width, three components of 1 × 1.
      #expect(Array(frame.data[1...4]) == [0, 20, 0, 20])
      #expect([frame.data[7], frame.data[10], frame.data[13]] == [0x11, 0x11, 0x11])
    }
    #expect(
      try PictureFile.encode(waves(20, 20), as: .jpeg)
        == PictureFile.encode(waves(20, 20), as: .jpeg, quality: 92))
  }

  @Test("What is written is close to the picture, closer at a higher quality, and the same each time")
  func close() throws {
    let picture = slopes(150, 100)
    var errors: [Double] = []
    for quality in [30, 75, 92, 100] {
      let bytes = try PictureFile.encode(picture, as: .jpeg, quality: quality)
      errors.append(meanError(picture, try PictureFile.decode(bytes, name: "a")))
      #expect(try PictureFile.encode(picture, as: .jpeg, quality: quality) == bytes)
    }
    #expect(errors == errors.sorted(by: >))
    #expect(errors[2] < 3 && errors[3] < 1)
  }

  @Test("16 bits are rounded to 8, opaque alpha is left out, transparency is refused")
  func depths() throws {
    var deep = deepWaves(40, 30)
    let shallow = Picture(
      width: 40, height: 30,
      samples: .eight(
        (0..<1200).flatMap { i -> [UInt8] in
          let pixel = deep.rgb8(i % 40, i / 40)
          return [pixel.red, pixel.green, pixel.blue]
        }))
    #expect(try PictureFile.encode(deep, as: .jpeg) == PictureFile.encode(shallow, as: .jpeg))
    deep = deepWaves(9, 9, hasAlpha: true)
    let failure = error { try PictureFile.encode(deep, as: .jpeg) }
    #expect(failure?.kind == .unencodable)
    #expect(failure?.message.contains("transparent") == true)
    guard case .eight(var samples) = waves(9, 9, hasAlpha: true).samples else { return }
    for i in stride(from: 3, to: samples.count, by: 4) { samples[i] = 255 }
    let opaque = Picture(width: 9, height: 9, hasAlpha: true, samples: .eight(samples))
    #expect(try PictureFile.encode(opaque, as: .jpeg) == PictureFile.encode(waves(9, 9), as: .jpeg))
  }

  @Test("Resolution and a profile of several segments are kept")
  func kept() throws {
    var picture = waves(20, 10)
    picture.resolution = Resolution(x: 11_811, y: 5_906, unit: .meter)
    picture.iccProfile = iccProfile(space: "RGB ", size: 150_000)
    let bytes = try PictureFile.encode(picture, as: .jpeg)
    let again = try PictureFile.decode(bytes, name: "a")
    #expect(again.resolution == picture.resolution)
    #expect(again.iccProfile == picture.iccProfile)
    #expect(jpegSegments(bytes).filter { $0.marker == 0xE2 }.count == 3)
  }
}

@Suite("Texts in JPEG, TIFF and WebP") struct EmbeddedTextTests {
  private static let keywords = ["fedit-script", "fedit-lock"]
  private let packet = """
    <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:a="urn:a" a:label="made"/>
     </rdf:RDF>
    </x:xmpmeta>
    <?xpacket end="r"?>
    """

  private func texts(script: String) -> [PNGText] {
    [
      PNGText(keyword: "fedit-script", text: script, isCompressed: false),
      PNGText(keyword: "fedit-lock", text: "{\"a\": \"<&>\"}\n", isCompressed: false),
      PNGText(keyword: "XML:com.adobe.xmp", text: packet, isCompressed: false),
    ]
  }

  private func read(_ bytes: [UInt8]) throws -> EmbeddedTexts {
    let scratch = try Scratch()
    return try EmbeddedTexts(path: scratch.write("a.bin", bytes), keywords: Self.keywords)
  }

  @Test(
    "Script and lock come back as they were, short and longer than a JPEG segment",
    arguments: [PictureFormat.jpeg, .tiff, .webp])
  func roundTrip(_ format: PictureFormat) throws {
    let short = "photo \"Ä.png\"\n// <&> 'quoted' \"twice\" 日本 🙂\t]]>\r\n"
    for script in [short, String(repeating: short, count: 4_000)] {
      let bytes = try PictureFile.encode(waves(20, 10), as: format, texts: texts(script: script))
      let found = try read(bytes)
      #expect(found.format == format && found.width == 20 && found.height == 10)
      #expect(found.texts["fedit-script"] == script)
      #expect(found.texts["fedit-lock"] == "{\"a\": \"<&>\"}\n")
      #expect(found.texts["XML:com.adobe.xmp"]?.contains("a:label=\"made\"") == true)
      #expect(try PictureFile.decode(bytes, name: "a").width == 20)
    }
  }

  @Test("A packet that another program wrote anew is read: other prefix, attributes, numeric references")
  func rewritten() throws {
    let other = """
      <x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
      <rdf:Description rdf:about='' xmlns:q='urn:x-fedit:1.0#' q:lock='{&#x41;&#10;&quot;}'>
      <q:script>a &lt; b</q:script></rdf:Description></rdf:RDF></x:xmpmeta>
      """
    let bytes = try PictureFile.encode(
      waves(4, 4), as: .webp, texts: [PNGText(keyword: "XML:com.adobe.xmp", text: other, isCompressed: false)]
    )
    let found = try read(bytes)
    #expect(found.texts["fedit-script"] == "a < b")
    #expect(found.texts["fedit-lock"] == "{A\n\"}")
  }

  @Test(
    "A text that is there twice, is not closed, or has a stray entity is an error that says so",
    arguments: [
      ("<q:script>a</q:script><q:script>b</q:script>", "twice"), ("<q:script>a", "malformed"),
      ("<q:script>a &bogus; b</q:script>", "malformed"), ("<q:script>a <b/></q:script>", "malformed"),
      ("<q:script>&#xD800;</q:script>", "malformed"),
    ])
  func damaged(_ inside: String, _ words: String) throws {
    let other = "<rdf:RDF xmlns:q='urn:x-fedit:1.0#'>\(inside)</rdf:RDF>"
    for format in [PictureFormat.jpeg, .tiff, .webp] {
      let bytes = try PictureFile.encode(
        waves(4, 4), as: format,
        texts: [PNGText(keyword: "XML:com.adobe.xmp", text: other, isCompressed: false)])
      #expect(error { try read(bytes) }?.message.contains(words) == true)
    }
  }

  @Test(
    "A segment of a long packet that is missing is an error; one that belongs to another packet is not looked at"
  )
  func segments() throws {
    let long = String(repeating: "0123456789 ", count: 20_000)
    let bytes = try PictureFile.encode(waves(4, 4), as: .jpeg, texts: texts(script: long))
    let segments = jpegSegments(bytes)
    let extended = segments.filter { $0.data.starts(with: Array("http://ns.adobe.com/xmp/extension/".utf8)) }
    #expect(extended.count == 4)
    // The name of the long packet is the MD5 of its bytes.
    let joined = extended.flatMap { Array($0.data[75...]) }
    #expect(MD5.hex(joined).map { Array($0.utf8) } == Array(extended[0].data[35..<67]))
    let first = try #require(bytes.firstRange(of: extended[1].data))
    var cut = bytes
    cut.removeSubrange(first.lowerBound - 4..<first.upperBound)
    #expect(error { try read(cut) }?.message.contains("fit together") == true)
    var foreign = extended[1].data
    foreign[40] = foreign[40] == 0x41 ? 0x42 : 0x41
    let more = jpeg(bytes, inserting: [(0xE1, foreign)])
    #expect(try read(more).texts["fedit-script"] == long)
  }

  @Test("A control character that XML has no place for is refused before anything is written")
  func controlCharacter() {
    let failure = error {
      try PictureFile.encode(waves(4, 4), as: .jpeg, texts: texts(script: "a\u{1}b"))
    }
    #expect(failure?.kind == .unencodable)
    #expect(failure?.hints.isEmpty == false)
  }
}
