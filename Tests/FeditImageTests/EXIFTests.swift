import FeditImage
import FeditPlan
import FeditTestSupport
import Testing

/// An EXIF block as a camera makes it: camera, author, time, a maker's note, a position, a thumbnail.
func cameraBlock(orientation: Int = 6, little: Bool = true) -> [UInt8] {
  func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    little ? big(value, bytes).reversed() : big(value, bytes)
  }
  func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
  var tail: [UInt8] = []
  func directory(_ entries: [(Int, Int, Int, [UInt8])], at offset: Int, next: Int = 0) -> [UInt8] {
    var fields = number(entries.count, 2)
    var data: [UInt8] = []
    let behind = offset + 2 + entries.count * 12 + 4
    for (tag, type, count, bytes) in entries {
      fields += number(tag, 2) + number(type, 2) + number(count, 4)
      if bytes.count <= 4 {
        fields += bytes + [UInt8](repeating: 0, count: 4 - bytes.count)
      } else {
        fields += number(behind + data.count, 4)
        data += bytes + (bytes.count % 2 == 1 ? [0] : [])
      }
    }
    return fields + number(next, 4) + data
  }
  // Placed with room: the first at 8, EXIF at 400, GPS at 900, the thumbnail's at 1200.
  let image: [(Int, Int, Int, [UInt8])] = [
    (0x010F, 2, 6, text("Maker")), (0x0110, 2, 8, text("Model 7")), (0x0112, 3, 1, number(orientation, 2)),
    (0x0132, 2, 20, text("2026:01:02 03:04:05")), (0x013B, 2, 10, text("A. Artist")),
    (0x8298, 2, 14, text("(c) A. Artist")), (0x8769, 4, 1, number(400, 4)), (0x8825, 4, 1, number(900, 4)),
  ]
  let camera: [(Int, Int, Int, [UInt8])] = [
    (0x829A, 5, 1, number(1, 4) + number(125, 4)), (0x9003, 2, 20, text("2026:01:02 03:04:05")),
    (0x927C, 7, 12, text("SECRET NOTE")), (0x9214, 3, 4, (0..<4).flatMap { number($0 * 100, 2) }),
    (0xA002, 4, 1, number(4000, 4)), (0xA003, 4, 1, number(3000, 4)), (0xA434, 2, 8, text("Lens 50")),
  ]
  let position: [(Int, Int, Int, [UInt8])] = [
    (1, 2, 2, text("N")), (2, 5, 3, (0..<3).flatMap { number(47 + $0, 4) + number(1, 4) }),
  ]
  let thumbnail: [(Int, Int, Int, [UInt8])] = [
    (0x0201, 4, 1, number(1300, 4)), (0x0202, 4, 1, number(16, 4)),
  ]
  tail = Array((little ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
  for (offset, part) in [
    (8, directory(image, at: 8, next: 1200)), (400, directory(camera, at: 400)),
    (900, directory(position, at: 900)),
    (1200, directory(thumbnail, at: 1200)), (1300, text("THUMBNAIL BYTES")),
  ] {
    tail += [UInt8](repeating: 0, count: offset - tail.count) + part
  }
  return tail
}

@Suite("EXIF") struct EXIFTests {
  private func photo(_ block: [UInt8]) throws -> Picture {
    try PictureFile.decode(
      jpeg(fixture("baseline-444.jpg"), inserting: [(0xE1, Array("Exif\0\0".utf8) + block)]), name: "a")
  }

  /// The EXIF block of a file, as bytes.
  private func block(_ bytes: [UInt8], _ format: PictureFormat) throws -> [UInt8] {
    switch format {
    case .jpeg: return jpegSegments(bytes).first { $0.data.starts(with: Array("Exif\0\0".utf8)) }?.data ?? []
    case .png: return PNGBuilder.parse(bytes)?.first { $0.name == "eXIf" }?.data ?? []
    default: return bytes
    }
  }

  @Test(
    "Camera, time, author and copyright go into every format, upright; maker's note, thumbnail and position do not",
    arguments: [PictureFormat.png, .jpeg, .tiff, .webp], [true, false])
  func kept(_ format: PictureFormat, _ isLittle: Bool) throws {
    let photo = try photo(cameraBlock(little: isLittle))
    #expect(photo.width == 23 && photo.height == 37)
    #expect(photo.exif?.hasPosition == true)
    let bytes = try PictureFile.encode(photo, as: format)
    let again = try PictureFile.decode(bytes, name: "a")
    #expect(again.width == 23 && again.height == 37)
    #expect(again.exif == photo.exif?.withoutPosition)
    #expect(again.exif?.artist == "A. Artist")
    #expect(again.exif?.copyright == "(c) A. Artist")
    let written = try block(bytes, format)
    func has(_ text: String) -> Bool { written.firstRange(of: Array(text.utf8)) != nil }
    #expect(has("Model 7") && has("2026:01:02 03:04:05") && has("Lens 50"))
    #expect(!has("SECRET NOTE") && !has("THUMBNAIL"))
    // Written again it is the same.
    #expect(
      try PictureFile.encode(again, as: .png)
        == PictureFile.encode(PictureFile.decode(PictureFile.encode(again, as: .png), name: "a"), as: .png))
  }

  @Test("The position is kept where it is asked for", arguments: [PictureFormat.png, .jpeg, .tiff, .webp])
  func position(_ format: PictureFormat) throws {
    let photo = try photo(cameraBlock())
    let bytes = try PictureFile.encode(photo, as: format, keepsPosition: true)
    #expect(try PictureFile.decode(bytes, name: "a").exif == photo.exif)
  }

  @Test("A photo without EXIF gets none in PNG")
  func none() throws {
    #expect(try PictureFile.decode(fixture("baseline-444.jpg"), name: "a").exif == nil)
    #expect(!PNGBuilder.names(try PNGFile.encode(waves(4, 4))).contains("eXIf"))
  }

  @Test("Mutated blocks never crash, and what is kept of them can be written and is the same when read again")
  func mutated() throws {
    let seed = cameraBlock()
    var numbers = Numbers(5)
    for round in 0..<(runsLongTests ? 20_000 : 2_000) {
      var block = round % 2 == 0 ? seed : cameraBlock(little: false)
      for _ in 0...numbers.below(5) {
        let at = numbers.below(3) == 0 ? numbers.below(block.count) : numbers.below(140)
        block[at] = [UInt8(numbers.below(256)), 0, 255, block[at] ^ 1][numbers.below(4)]
      }
      let picture = try photo(block)
      var plain = waves(23, 37)
      plain.exif = picture.exif
      for format in [PictureFormat.jpeg, .webp] {
        let again = try PictureFile.decode(
          PictureFile.encode(plain, as: format, keepsPosition: true), name: "a")
        #expect(again.exif == picture.exif)
      }
    }
  }
}
