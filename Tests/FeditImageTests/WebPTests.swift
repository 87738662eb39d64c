import FeditImage
import FeditPlan
import FeditTestSupport
import Testing

@Suite("WebP") struct WebPTests {
  @Test("Lossless files decode to what was encoded, colours under transparent pixels too")
  func lossless() throws {
    #expect(
      try PictureFile.decode(fixture("lossless.webp"), name: "a").samples == patterned(bits: 8, channels: 3))
    let alpha = try PictureFile.decode(fixture("alpha.webp"), name: "a")
    #expect(alpha.hasAlpha)
    #expect(alpha.samples == patterned(bits: 8, channels: 4))
  }

  @Test("A lossy file decodes to the reference's samples, bit for bit")
  func lossy() throws {
    let picture = try PictureFile.decode(fixture("lossy.webp"), name: "a")
    #expect(picture.width == 96 && picture.height == 64)
    #expect(try picture.samples == .eight(fixture("lossy.rgb")))
  }

  @Test("An animation is refused by name")
  func animated() throws {
    let failure = error { try PictureFile.decode(try fixture("anim.webp"), name: "a.webp") }
    #expect(failure?.kind == .unsupported)
    #expect(failure?.message.contains("animated") == true)
  }

  @Test("Without a quality what is written is read back bit for bit, with profile and resolution")
  func roundTrip() throws {
    for original in [waves(61, 40), waves(61, 40, hasAlpha: true), waves(1, 1)] {
      var picture = original
      picture.iccProfile = iccProfile(space: "RGB ", size: 404)
      picture.resolution = Resolution(x: 11_811, y: 5_906, unit: .meter)
      let bytes = try PictureFile.encode(picture, as: .webp)
      #expect(try PictureFile.decode(bytes, name: "a") == picture)
      #expect(try PictureFile.encode(picture, as: .webp) == bytes)
    }
    // 16 bits are rounded.
    let deep = deepWaves(30, 17)
    let shallow = try PictureFile.decode(PictureFile.encode(deep, as: .webp), name: "a")
    #expect(shallow.rgb8(7, 5) == deep.rgb8(7, 5))
  }

  @Test("A lower quality gives a smaller file farther from the picture")
  func quality() throws {
    let picture = slopes(160, 120)
    var sizes: [Int] = []
    var errors: [Double] = []
    for quality in [20, 60, 95] {
      let bytes = try PictureFile.encode(picture, as: .webp, quality: quality)
      sizes.append(bytes.count)
      errors.append(meanError(picture, try PictureFile.decode(bytes, name: "a")))
    }
    #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
    #expect(errors == errors.sorted(by: >))
    #expect(errors[2] < 3)
  }

  @Test("A file cut short anywhere is an error with a hint", arguments: ["lossless.webp", "lossy.webp"])
  func truncated(_ name: String) throws {
    let bytes = try fixture(name)
    for count in 0..<bytes.count {
      let failure = error { try PictureFile.decode(Array(bytes[..<count]), name: "cut.webp") }
      #expect(failure?.hints.isEmpty == false, "\(count)")
    }
  }

  @Test("A picture longer than WebP's 16383 pixels is refused with the formats that hold it")
  func tooLong() {
    let long = Picture(width: 16_384, height: 1, samples: .eight([UInt8](repeating: 9, count: 16_384 * 3)))
    let failure = error { try PictureFile.encode(long, as: .webp) }
    #expect(failure?.kind == .unencodable)
    #expect(failure?.hints.first?.contains("PNG") == true)
  }
}

/// Soft slopes with a little grain, as photos have.
func slopes(_ width: Int, _ height: Int) -> Picture {
  var numbers = Numbers(11)
  var samples: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for c in 0..<3 {
        let level = 90 + (x * (c + 1) + y * (3 - c)) % 400 / 4 + numbers.below(9)
        samples.append(UInt8(min(level, 255)))
      }
    }
  }
  return Picture(width: width, height: height, samples: .eight(samples))
}

/// Mean difference of 8-bit samples.
func meanError(_ a: Picture, _ b: Picture) -> Double {
  guard case .eight(let a) = a.samples, case .eight(let b) = b.samples, a.count == b.count else {
    return .infinity
  }
  return zip(a, b).reduce(0) { $0 + Double(abs(Int($1.0) - Int($1.1))) } / Double(a.count)
}
