import FeditImage
import Testing

private let isInstalled = PictureCodecs.libheif != "not installed"

/// How far a picture of 96 × 64 pixels is from the slopes that the fixtures show, in levels of 8 bits.
private func distance(_ picture: Picture) -> Double {
  var sum = 0.0
  for y in 0..<64 {
    for x in 0..<96 {
      let pixel = picture.rgb8(x, y)
      let wanted = [60 + 1.5 * Double(x), 200 - 2 * Double(y), 80 + 0.7 * Double(x + y)]
      for (level, want) in zip([pixel.red, pixel.green, pixel.blue], wanted) {
        sum += abs(Double(level) - min(max(want, 0), 255))
      }
    }
  }
  return sum / (96 * 64 * 3)
}

@Suite("HEIC", .enabled(if: isInstalled)) struct HEICTests {
  @Test("A file of 8 bits decodes to the picture that it was made of, within its loss")
  func eight() throws {
    let picture = try PictureFile.decode(fixture("smooth.heic"), name: "a")
    #expect(picture.width == 96 && picture.height == 64 && picture.bitDepth == 8 && !picture.hasAlpha)
    #expect(distance(picture) < 2)
  }

  @Test("A file of 10 bits becomes one of 16")
  func deep() throws {
    let picture = try PictureFile.decode(fixture("deep.heic"), name: "a")
    #expect(picture.width == 96 && picture.height == 64 && picture.bitDepth == 16)
    #expect(distance(picture) < 2)
  }

  @Test(
    "EXIF and profile are kept, and EXIF's orientation does not turn it: libheif has done what the file says")
  func metadata() throws {
    let picture = try PictureFile.decode(fixture("exif.heic"), name: "a")
    #expect(picture.width == 96 && picture.height == 64)
    #expect(picture.exif?.artist == "A. Artist")
    #expect(picture.exif?.copyright == "(c) A. Artist")
    #expect((picture.iccProfile?.count ?? 0) > 300)
    #expect(distance(picture) < 3)
  }

  @Test("A file cut short anywhere is an error with a hint")
  func truncated() throws {
    let bytes = try fixture("smooth.heic")
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let failure = error { try PictureFile.decode(Array(bytes[..<count]), name: "cut.heic") }
      #expect(failure?.hints.isEmpty == false, "\(count)")
    }
  }
}
