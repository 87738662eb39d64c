import FeditImage
import FeditTestSupport
import Testing

@Test(
  "JPEG: baseline, subsampled, progressive and grey decode to the reference's samples, bit for bit",
  arguments: ["baseline-444", "baseline-420", "progressive-422", "grey"])
func reference(_ name: String) throws {
  let picture = try PictureFile.decode(fixture("\(name).jpg"), name: "\(name).jpg")
  #expect(picture.width == 37)
  #expect(picture.height == 23)
  #expect(!picture.hasAlpha)
  // By libjpeg-turbo through Pillow: accurate integer DCT, fancy upsampling.
  #expect(try picture.samples == .eight(fixture("\(name).rgb")))
}

/// Where pixel (x, y) of the upright picture lies in the stored one of `width` × `height`.
private func stored(_ orientation: Int, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (Int, Int) {
  switch orientation {
  case 1: (x, y)
  case 2: (width - 1 - x, y)
  case 3: (width - 1 - x, height - 1 - y)
  case 4: (x, height - 1 - y)
  case 5: (y, x)
  case 6: (y, height - 1 - x)
  case 7: (width - 1 - y, height - 1 - x)
  default: (width - 1 - y, x)
  }
}

@Test("All eight EXIF orientations are applied, in either byte order", arguments: 1...8)
func orientations(_ orientation: Int) throws {
  let bytes = try fixture("baseline-444.jpg")
  let plain = try PictureFile.decode(bytes, name: "a.jpg")
  for little in [false, true] {
    let block = Array("Exif\0\0".utf8) + exif(orientation: orientation, little: little)
    let turned = try PictureFile.decode(jpeg(bytes, inserting: [(0xE1, block)]), name: "a.jpg")
    #expect(turned.width == (orientation >= 5 ? 23 : 37))
    #expect(turned.height == (orientation >= 5 ? 37 : 23))
    var wrong = 0
    for y in 0..<turned.height {
      for x in 0..<turned.width {
        let from = stored(orientation, x, y, 37, 23)
        if turned.rgb8(x, y) != plain.rgb8(from.0, from.1) { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }
}

@Test("Damaged EXIF is no reason to refuse a picture")
func damagedEXIF() throws {
  let bytes = try fixture("baseline-444.jpg")
  let plain = try PictureFile.decode(bytes, name: "a.jpg")
  let block = exif(orientation: 6)
  var numbers = Numbers(3)
  for cut in 0..<block.count {
    var damaged = block
    if cut % 2 == 0 { damaged = Array(block[..<cut]) } else { damaged[cut] = UInt8(numbers.below(256)) }
    let file = jpeg(bytes, inserting: [(0xE1, Array("Exif\0\0".utf8) + damaged)])
    let picture = try PictureFile.decode(file, name: "a.jpg")
    #expect(picture.samples.count == plain.samples.count)
  }
}

@Test("A JPEG's resolution comes from JFIF, else from EXIF")
func density() throws {
  let bytes = try fixture("baseline-444.jpg")
  let dots = { (dpi: Int) in UInt32((Double(dpi) / 0.0254).rounded()) }
  // Made with 300 × 150 dots an inch.
  #expect(
    try PictureFile.decode(bytes, name: "a").resolution
      == Resolution(x: dots(300), y: dots(150), unit: .meter))
  let turned = jpeg(bytes, inserting: [(0xE1, Array("Exif\0\0".utf8) + exif(orientation: 6, dpi: 240))])
  #expect(
    try PictureFile.decode(turned, name: "a").resolution
      == Resolution(x: dots(150), y: dots(300), unit: .meter))
  let grey = jpeg(
    try fixture("grey.jpg"), inserting: [(0xE1, Array("Exif\0\0".utf8) + exif(orientation: 1, dpi: 240))])
  #expect(
    try PictureFile.decode(grey, name: "a").resolution == Resolution(x: dots(240), y: dots(240), unit: .meter)
  )
  #expect(try PictureFile.decode(fixture("grey.jpg"), name: "a").resolution == nil)
}

@Test(
  "An ICC profile is put together from several segments in any order; a grey or broken one is dropped with a note"
)
func profileSegments() throws {
  let bytes = try fixture("baseline-420.jpg")
  func segments(_ profile: [UInt8], _ order: [Int]) -> [(marker: UInt8, data: [UInt8])] {
    let part = (profile.count + 2) / 3
    return order.map { i in
      let slice = profile[min(i * part, profile.count)..<min((i + 1) * part, profile.count)]
      return (0xE2, Array("ICC_PROFILE\0".utf8) + [UInt8(i + 1), 3] + slice)
    }
  }
  let profile = iccProfile(space: "RGB ", size: 132 + 100_000)
  let kept = try PictureFile.decode(jpeg(bytes, inserting: segments(profile, [2, 0, 1])), name: "a")
  #expect(kept.iccProfile == profile)
  #expect(kept.notes.isEmpty)
  let written = try PictureFile.decode(PNGFile.encode(kept), name: "b")
  #expect(written.iccProfile == profile)
  for order in [[0, 1], [0, 1, 1], [2]] {
    let broken = try PictureFile.decode(jpeg(bytes, inserting: segments(profile, order)), name: "a")
    #expect(broken.iccProfile == nil)
    #expect(broken.notes.count == 1)
  }
  let grey = try PictureFile.decode(
    jpeg(fixture("grey.jpg"), inserting: segments(iccProfile(space: "GRAY"), [0, 1, 2])), name: "a")
  #expect(grey.iccProfile == nil)
  #expect(grey.notes.first?.contains("grey ICC profile") == true)
}

@Test("CMYK, 12-bit and lossless JPEGs are refused with the reason and a way out")
func refused() throws {
  let cmyk = error { try PictureFile.decode(fixture("cmyk.jpg"), name: "print.jpg") }
  #expect(cmyk?.kind == .unsupported)
  #expect(cmyk?.file == "print.jpg")
  #expect(cmyk?.message.contains("CMYK") == true)
  #expect(cmyk?.hints.first?.contains("sRGB") == true)

  let bytes = try fixture("baseline-444.jpg")
  let frame = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
  var deep = bytes
  deep[frame + 4] = 12
  #expect(error { try PictureFile.decode(deep, name: "a") }?.kind == .unsupported)
  var lossless = bytes
  lossless[frame + 1] = 0xC3
  #expect(error { try PictureFile.decode(lossless, name: "a") }?.message.contains("lossless") == true)
}

@Test("A JPEG cut short anywhere is an error", arguments: ["baseline-420", "progressive-422", "grey"])
func truncatedJPEG(_ name: String) throws {
  let bytes = try fixture("\(name).jpg")
  for count in 0..<bytes.count {
    let failure = error { try PictureFile.decode(Array(bytes[..<count]), name: "cut.jpg") }
    #expect(failure?.file == "cut.jpg")
    #expect(failure?.hints.isEmpty == false)
  }
  let half = error { try PictureFile.decode(Array(bytes[..<(bytes.count - 60)]), name: "cut.jpg") }
  #expect(half?.message.contains("cut short") == true)
}
