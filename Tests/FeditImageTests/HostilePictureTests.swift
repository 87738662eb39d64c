import FeditImage
import FeditPlan
import FeditTestSupport
import Foundation
import Testing

@Suite("Hostile pictures", .serialized)
struct HostilePictureTests {
  /// How far the memory of this process grew while something ran, in bytes.
  private func growth(_ body: () throws -> Void) rethrows -> Int {
    func field(_ name: String) -> Int {
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
      return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first).flatMap { Int($0) }.map {
        $0 << 10
      } ?? 0
    }
    // Sets the high-water mark back.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let before = field("VmRSS")
    try body()
    return field("VmHWM") - before
  }

  private let memoryLimit = 256 << 20

  @Test("A header that claims 60,000 × 60,000 pixels is refused before memory is taken")
  func hugeHeader() throws {
    let scratch = try Scratch()
    for (width, height) in [(60_000, 60_000), (0x7FFF_FFFF, 0x7FFF_FFFF), (200_000_001, 1)] {
      let file =
        PNGBytes.signature
        + PNGBytes.chunk("IHDR", PNGBuilder(width: width, height: height, depth: 16, type: 6).header)
        + PNGBytes.chunk("IDAT", ZlibBytes.stored([0])) + PNGBytes.chunk("IEND", [])
      let path = try scratch.write("huge.png", file)
      let grown = growth {
        let failure = error { try PictureFile.read(path) }
        #expect(failure?.kind == .tooLarge)
        #expect(failure?.description.contains("\(width) × \(height)") == true)
        #expect(failure?.hints.isEmpty == false)
      }
      #expect(grown < memoryLimit)
      #expect(error { try PictureFile.size(path) }?.kind == .tooLarge)
    }
    // Within the limit, but nothing behind it.
    let hollow = PNGBuilder(width: 14_000, height: 14_000, depth: 8, type: 6)
    let file =
      PNGBytes.signature + PNGBytes.chunk("IHDR", hollow.header)
      + PNGBytes.chunk("IDAT", ZlibBytes.stored([0, 0, 0])) + PNGBytes.chunk("IEND", [])
    let grown = growth {
      #expect(error { try PictureFile.decode(file, name: "a") }?.message.contains("cut short") == true)
    }
    #expect(grown < memoryLimit)
  }

  @Test("What counts is the memory: pixels of 16 bits and four channels weigh twice as much as those of 8")
  func hugeDepth() throws {
    let deep = PNGBuilder(width: 14_140, height: 14_140, depth: 16, type: 6)
    let file =
      PNGBytes.signature + PNGBytes.chunk("IHDR", deep.header)
      + PNGBytes.chunk("IDAT", [UInt8](repeating: 0, count: 1_600_000)) + PNGBytes.chunk("IEND", [])
    let grown = growth {
      let failure = error { try PictureFile.decode(file, name: "a") }
      #expect(failure?.kind == .tooLarge)
      #expect(failure?.message.contains("14140 × 14140 pixels of 8 bytes") == true)
    }
    #expect(grown < memoryLimit)
  }

  @Test("Half as many pixels of twice the weight are within the limit, and one row more is not")
  func deepLimit() throws {
    for (height, words) in [(10_000, "cut short"), (10_001, "10000 × 10001 pixels of 8 bytes")] {
      let deep = PNGBuilder(width: 10_000, height: height, depth: 16, type: 6)
      let file =
        PNGBytes.signature + PNGBytes.chunk("IHDR", deep.header)
        + PNGBytes.chunk("IDAT", ZlibBytes.stored([0, 0, 0])) + PNGBytes.chunk("IEND", [])
      let grown = growth {
        #expect(error { try PictureFile.decode(file, name: "a") }?.message.contains(words) == true)
      }
      #expect(grown < memoryLimit)
    }
  }

  @Test(
    "A TIFF or WebP header that claims more than the limit or the file holds is refused before memory is taken"
  )
  func hugeOthers() throws {
    let grown = growth {
      var builder = TIFFBuilder()
      builder.width = 1
      builder.height = 1
      for (bits, size, kind) in [
        (8, 30_000, PictureError.Kind.tooLarge), (16, 12_000, .tooLarge), (8, 13_000, .malformed),
      ] {
        builder.bits = bits
        var file = builder.build(pattern8)
        for tag in [UInt8(0), 1] {
          let entry = file.firstRange(of: [tag, 1, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0])
          if let entry {
            file.replaceSubrange(entry.lowerBound + 8..<entry.upperBound, with: big(size).reversed())
          }
        }
        #expect(error { try PictureFile.decode(file, name: "a") }?.kind == kind)
      }
      // A canvas of 2^24 by 2^24 pixels around a small picture.
      if var file = try? fixture("alpha.webp") {
        let canvas = Array("VP8X".utf8) + [10, 0, 0, 0, 16, 0, 0, 0] + [UInt8](repeating: 255, count: 6)
        file.insert(contentsOf: canvas, at: 12)
        file.replaceSubrange(4..<8, with: big(file.count - 8).reversed())
        let failure = error { try PictureFile.decode(file, name: "a") }
        #expect(failure?.kind == .tooLarge || failure?.kind == .malformed)
      }
    }
    #expect(grown < memoryLimit)
  }

  @Test("A JPEG header that claims more than the file can hold is refused before memory is taken")
  func hugeJPEG() throws {
    for name in ["baseline-420", "progressive-422"] {
      var bytes = try fixture("\(name).jpg")
      let frame = try #require(
        bytes.indices.dropLast().first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) })
      bytes.replaceSubrange(frame + 5..<frame + 9, with: big(13_000, 2) + big(13_000, 2))
      let grown = growth {
        #expect(error { try PictureFile.decode(bytes, name: "a") }?.message.contains("cut short") == true)
      }
      #expect(grown < memoryLimit)
      bytes.replaceSubrange(frame + 5..<frame + 9, with: [255, 255, 255, 255])
      #expect(error { try PictureFile.decode(bytes, name: "a") }?.kind == .tooLarge)
    }
  }

  @Test("Empty files, text files and other formats named .png are told apart")
  func foreign() throws {
    let scratch = try Scratch()
    func message(_ bytes: [UInt8]) throws -> String {
      let path = try scratch.write("a.png", bytes)
      let failure = error { try PictureFile.read(path) }
      #expect(failure?.file == path)
      #expect(failure?.hints.isEmpty == false)
      return failure?.message ?? ""
    }
    #expect(try message([]).contains("empty"))
    #expect(try message(Array("hello, I am a face\n".utf8)).contains("text file"))
    #expect(try message(Array("GIF89a....".utf8)).contains("GIF"))
    #expect(try message(Array("RIFF....WEBPVP8 ".utf8)).contains("cut short"))
    #expect(try message(Array("\0\0\0\u{18}ftypavif".utf8)).contains("AVIF"))
    #expect(try message(Array("II*\0....".utf8)).contains("cut short"))
    #expect(try message(Array("BM......".utf8)).contains("BMP"))
    #expect(try message(Array("<svg xmlns=\"\"/>".utf8)).contains("SVG"))
    #expect(try message([1, 2, 3, 0, 9]).contains("no picture of a known format"))
    #expect(try message([0x89, 0x50]).contains("cut short"))
    #expect(try message([0xFF, 0xD8]).contains("cut short"))
  }

  @Test("A missing file, a folder and a pipe can't be read")
  func unreadable() throws {
    let scratch = try Scratch()
    #expect(error { try PictureFile.read(scratch.file("no.png")) }?.kind == .unreadable)
    #expect(error { try PictureFile.read(scratch.path) }?.message == "it is a folder")
    #expect(mkfifo(scratch.file("pipe.png"), 0o600) == 0)
    #expect(error { try PictureFile.read(scratch.file("pipe.png")) }?.kind == .unreadable)
  }

  @Test("A PNG cut short anywhere is an error that says so")
  func truncated() throws {
    let bytes = try PNGFile.encode(
      waves(30, 20), texts: [PNGText(keyword: "k", text: "text", isCompressed: false)])
    for count in 0..<bytes.count {
      let failure = error { try PictureFile.decode(Array(bytes[..<count]), name: "cut.png") }
      #expect(failure?.hints.isEmpty == false)
      if count >= 2 { #expect(failure?.message.contains("cut short") == true) }
    }
  }

  @Test("Chunks that swell a thousandfold cost nothing")
  func bombs() throws {
    // A deflate stream of 100 MB of zeros, as zlib makes it, by a picture of ours.
    let zeros = try PNGFile.encodeGray(
      width: 50_000, height: 2_000, [UInt8](repeating: 0, count: 100_000_000))
    let stream = (PNGBuilder.parse(zeros) ?? []).filter { $0.name == "IDAT" }.flatMap(\.data)
    #expect(stream.count < 1_000_000)
    var builder = PNGBuilder(width: 4, height: 4, depth: 8, type: 2)
    builder.chunks = [
      ("zTXt", Array("a\0\0".utf8) + stream), ("iTXt", Array("b\0\u{1}\0\0\0".utf8) + stream),
      ("iCCP", Array("c\0\0".utf8) + stream), ("eXIf", [UInt8](repeating: 0x49, count: 5_000_000)),
    ]
    let file = builder.build { x, y, c in x + y + c }
    let grown = try growth {
      let picture = try PictureFile.decode(file, name: "bomb.png")
      #expect(picture.iccProfile == nil)
      #expect(picture.notes.count == 1)
    }
    #expect(grown < memoryLimit)
    // A profile whose header claims four gigabytes.
    var profile = iccProfile(space: "RGB ", size: 2_000)
    profile.replaceSubrange(0..<4, with: [255, 255, 255, 252])
    builder.chunks = [("iCCP", iccChunk(profile))]
    #expect(try PictureFile.decode(builder.build { _, _, _ in 1 }, name: "a").iccProfile == nil)
  }

  @Test("A hundred thousand chunks are stepped over")
  func manyChunks() throws {
    let small = PNGBytes.chunk("tEXt", Array("k\0v".utf8))
    let plain = PNGBuilder(width: 4, height: 4, depth: 8, type: 2).build { _, _, _ in 7 }
    var file = Array(plain[..<33])
    for _ in 0..<100_000 { file += small }
    file += plain[33...]
    var decoded: Picture?
    let grown = try growth { decoded = try PictureFile.decode(file, name: "a") }
    #expect(decoded?.samples == .eight([UInt8](repeating: 7, count: 48)))
    #expect(grown < memoryLimit)
  }

  @Test("A lower limit is kept")
  func limit() throws {
    var limits = PictureLimits()
    limits.pixels = 99
    let file = try PNGFile.encode(waves(10, 10))
    #expect(error { try PictureFile.decode(file, name: "a", limits: limits) }?.kind == .tooLarge)
    limits.pixels = 100
    #expect(try PictureFile.decode(file, name: "a", limits: limits).width == 10)
  }

  @Test("Mutated files never crash, never take much memory: a picture or an error that says something")
  func mutations() throws {
    var seeds: [[UInt8]] = try ["baseline-444", "baseline-420", "progressive-422", "grey", "cmyk"].map {
      jpeg(
        try fixture("\($0).jpg"),
        inserting: [
          (0xE1, Array("Exif\0\0".utf8) + exif(orientation: 6, dpi: 72)),
          (0xE2, Array("ICC_PROFILE\0".utf8) + [1, 1] + iccProfile(space: "RGB ")),
        ])
    }
    for (type, depth, interlaced) in [
      (0, 1, true), (0, 16, false), (2, 8, true), (3, 4, true), (4, 8, false), (6, 16, true),
    ] {
      var builder = PNGBuilder(width: 19, height: 11, depth: depth, type: type, isInterlaced: interlaced)
      builder.chunks = [
        ("pHYs", big(1) + big(2) + [1]), ("gAMA", big(45_455)), ("eXIf", exif(orientation: 5)),
      ]
      if type == 3 { builder.chunks.append(("PLTE", [UInt8](repeating: 90, count: 48))) }
      if type < 4 { builder.chunks.append(("tRNS", [UInt8](repeating: 0, count: type == 2 ? 6 : 2))) }
      if type > 3 {
        builder.chunks.append(("iCCP", iccChunk(iccProfile(space: type == 4 ? "GRAY" : "RGB "))))
      }
      seeds.append(builder.build { x, y, c in (x * 3 + y + c) % (1 << depth) })
    }
    for picture in [waves(40, 30), deepWaves(25, 25, hasAlpha: true)] {
      seeds.append(
        try PNGFile.encode(picture, texts: [PNGText(keyword: "k", text: "some text", isCompressed: true)]))
    }
    seeds += try ["lzw.tif", "deflate16.tif", "tiles.tif", "alpha.webp", "lossy.webp"].map(fixture)
    seeds.append(TIFFBuilder().build(pattern8))
    for format in [PictureFormat.tiff, .webp] {
      var picture = waves(20, 16, hasAlpha: true)
      picture.iccProfile = iccProfile(space: "RGB ")
      seeds.append(try PictureFile.encode(picture, as: format))
    }
    if PictureCodecs.libheif != "not installed" { seeds.append(try fixture("exif.heic")) }
    var numbers = Numbers(2_026)
    var decoded = 0
    let count = runsLongTests ? 20_000 : 2_000
    let grown = growth {
      for round in 0..<count {
        let file = mutate(seeds[round % seeds.count], &numbers)
        do throws(PictureError) {
          let picture = try PictureFile.decode(file, name: "mutant")
          decoded += 1
          #expect(picture.samples.count == picture.width * picture.height * picture.channels)
        } catch {
          #expect(!error.message.isEmpty && !error.hints.isEmpty && error.file == "mutant")
        }
      }
    }
    #expect(grown < memoryLimit)
    // Neither all refused nor all taken: the mutations reach what they should.
    #expect(decoded > count / 20 && decoded < count * 9 / 10)
  }

  /// One to six changes; the sums of a PNG's chunks are put right again half of the time, so that the
  /// change is not stopped at the first check.
  private func mutate(_ file: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
    var file = file
    for _ in 0...numbers.below(6) where !file.isEmpty {
      let at = numbers.below(file.count)
      switch numbers.below(12) {
      case 0: file = Array(file[..<at])
      case 1: file.insert(contentsOf: (0..<numbers.below(40)).map { _ in UInt8(numbers.below(256)) }, at: at)
      case 2: file.removeSubrange(at..<min(at + numbers.below(20), file.count))
      case 3:
        let part = file[at..<min(at + numbers.below(200), file.count)]
        file.insert(contentsOf: part, at: numbers.below(file.count))
      case 4: file[at] = [0, 1, 0x7F, 0x80, 0xFF][numbers.below(5)]
      case 5, 6: file[min(at, numbers.below(120))] = UInt8(numbers.below(256))
      default: file[at] ^= 1 << UInt8(numbers.below(8))
      }
    }
    return file.starts(with: PNGBytes.signature) && numbers.below(2) == 0 ? mended(file) : file
  }

  /// The chunks' sums put right, as far as the lengths lead.
  private func mended(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var at = 8
    while at + 12 <= file.count {
      let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= file.count - at - 12 else { break }
      let end = at + 8 + length
      file.replaceSubrange(end..<end + 4, with: big(Int(PNGBytes.crc(file[at + 4..<end]))))
      at = end + 4
    }
    return file
  }
}
