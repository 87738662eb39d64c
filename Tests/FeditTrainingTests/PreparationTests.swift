import FeditImage
import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

@Suite struct PreparationTests {
  private func settings(_ size: Int = 128) -> PrepareSettings {
    var settings = PrepareSettings()
    settings.size = size
    return settings
  }

  private func prepare(_ scratch: Scratch, to set: String = "set", size: Int = 128, threads: Int = 2) throws
    -> Preparation.Result
  {
    try #require(
      try Preparation(
        faces: scratch.file("faces"), folder: scratch.file(set), settings: settings(size), threads: threads
      ).run())
  }

  /// The files of a set with their bytes.
  private func files(_ scratch: Scratch, _ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file(folder)) {
      files[name] = try scratch.bytes(folder + "/" + name)
    }
    return files
  }

  @Test("pictures that can't be used are left out, each with its reason, and the others are prepared")
  func skips() throws {
    let scratch = try Scratch()
    for i in 0..<3 { try scratch.picture("faces/good\(i).png", seed: UInt64(i)) }
    let whole = try scratch.bytes("faces/good0.png")
    try scratch.write("faces/cut.png", Array(whole[..<(whole.count / 2)]))
    try scratch.write("faces/text.jpg", Array("this is no picture\n".utf8))
    try scratch.write("faces/empty.png", [])
    try scratch.write("faces/sub/same.png", whole)
    try scratch.write("faces/notes.txt", Array("not looked at".utf8))
    try scratch.picture("faces/tiny.png", seed: 9, width: 40, height: 40)
    try scratch.picture("faces/wide.png", seed: 9, width: 300, height: 140)
    let result = try prepare(scratch)
    #expect(result.pictures == 3 && result.kept == 0)
    let reasons = Dictionary(uniqueKeysWithValues: result.skipped.map { ($0.name, $0.reason) })
    #expect(
      reasons.keys.sorted() == ["cut.png", "empty.png", "sub/same.png", "text.jpg", "tiny.png", "wide.png"])
    #expect(reasons["tiny.png"] == "is too small: 40×40, less than half of 128 pixels")
    #expect(reasons["wide.png"] == "is of an odd shape: 300×140, more than twice as long as wide")
    #expect(reasons["sub/same.png"] == "is the same file as 'good0.png'")
    let set = try TrainingSet(folder: scratch.file("set"))
    #expect(set.names == ["good0.png", "good1.png", "good2.png"])
    let index = String(decoding: try scratch.bytes("set/index.json"), as: UTF8.self)
    for name in reasons.keys { #expect(index.contains("\"\(name)\"")) }
  }

  @Test("a preparation that was stopped goes on where it was, and ends with the same bytes")
  func resumes() throws {
    let scratch = try Scratch()
    for i in 0..<Preparation.blockCount + 8 {
      try scratch.picture("faces/\(i).png", seed: UInt64(i), width: 64, height: 64)
    }
    _ = try prepare(scratch, to: "whole", size: 64)
    let counter = Counter()
    let stopped = try Preparation(
      faces: scratch.file("faces"), folder: scratch.file("set"), settings: settings(64), threads: 2
    ).run(isCancelled: { counter.value > Preparation.blockCount + 2 }, progress: { _, _, _ in counter.add() })
    #expect(stopped == nil)
    #expect(throws: TrainingDataError.self) { try TrainingSet(folder: scratch.file("set")) }
    let result = try prepare(scratch, size: 64)
    #expect(result.pictures == Preparation.blockCount + 8 && result.kept == Preparation.blockCount)
    #expect(try files(scratch, "set") == files(scratch, "whole"))
  }

  @Test("one thread and two make the same bytes")
  func threads() throws {
    let scratch = try Scratch()
    for i in 0..<6 { try scratch.picture("faces/\(i).png", seed: UInt64(i), width: 90, height: 80) }
    _ = try prepare(scratch, to: "one", size: 64, threads: 1)
    _ = try prepare(scratch, to: "two", size: 64, threads: 2)
    #expect(try files(scratch, "one") == files(scratch, "two"))
  }

  @Test("only a picture that has changed is made again, and a damaged shard")
  func changes() throws {
    let scratch = try Scratch()
    for i in 0..<4 { try scratch.picture("faces/\(i).png", seed: UInt64(i), width: 64, height: 64) }
    _ = try prepare(scratch, size: 64)
    try scratch.picture("faces/2.png", seed: 77, width: 64, height: 64)
    #expect(try prepare(scratch, size: 64).kept == 3)
    let good = try files(scratch, "set")
    var damaged = try scratch.bytes("set/shard-00000.safetensors")
    // Within the picture of the second face.
    damaged[damaged.count - 20_000] ^= 255
    try scratch.write("set/shard-00000.safetensors", damaged)
    #expect(try prepare(scratch, size: 64).kept == 3)
    #expect(try files(scratch, "set") == good)
  }

  @Test("a damaged picture of a set is named when it is used")
  func damage() throws {
    let scratch = try Scratch()
    for i in 0..<3 { try scratch.picture("faces/\(i).png", seed: UInt64(i), width: 64, height: 64) }
    _ = try prepare(scratch, size: 64)
    var damaged = try scratch.bytes("set/shard-00000.safetensors")
    for i in damaged.count - 200..<damaged.count { damaged[i] ^= 1 }
    try scratch.write("set/shard-00000.safetensors", damaged)
    let set = try TrainingSet(folder: scratch.file("set"))
    var messages: [String] = []
    for index in 0..<3 {
      do { _ = try set.sample(index: index, seed: 1, size: 128) } catch { messages.append(error.problem) }
    }
    #expect(messages.count == 1 && messages[0].hasPrefix("the bytes of '"))
  }

  @Test("an empty folder, one without pictures and one that is not there are clear errors")
  func folders() throws {
    let scratch = try Scratch()
    func message(_ folder: String) -> String {
      do {
        _ = try Preparation(
          faces: scratch.file(folder), folder: scratch.file("set"), settings: settings(), threads: 1
        ).run()
        return "no error"
      } catch {
        return error.description.replacingOccurrences(of: scratch.path + "/", with: "")
      }
    }
    try FileManager.default.createDirectory(
      atPath: scratch.file("empty"), withIntermediateDirectories: false)
    try scratch.write("texts/a.txt", [65])
    try scratch.write("texts/sub/b.md", [65])
    try scratch.write("broken/a.png", [65])
    #expect(message("empty") == "'empty': the folder is empty")
    #expect(
      message("texts")
        == "'texts': has no picture: none of its 2 files ends in .png, .jpg or another picture's ending")
    #expect(message("nowhere") == "'nowhere': there is no such folder")
    #expect(message("texts/a.txt") == "'texts/a.txt': is not a folder")
    #expect(message("broken") == "'broken': none of its 1 pictures can be used")
  }

  @Test("a sketch runs along the edges of what the picture shows, and the colour layer has its colours")
  func layers() throws {
    let scratch = try Scratch()
    let side = 128
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let isInside = (x - 64) * (x - 64) + (y - 64) * (y - 64) < 40 * 40
        pixels += isInside ? [220, 180, 160] : [40, 50, 70]
      }
    }
    try FileManager.default.createDirectory(
      atPath: scratch.file("faces"), withIntermediateDirectories: true)
    try PNGFile.write(
      Picture(width: side, height: side, samples: .eight(pixels)), to: scratch.file("faces/disc.png"))
    _ = try prepare(scratch)
    let picture = try TrainingSet(folder: scratch.file("set")).picture(0)
    #expect(picture.picture == pixels)
    for bits in picture.sketches {
      var drawn = 0
      for y in 0..<side {
        for x in 0..<side where bits[(y * side + x) / 8] >> UInt8(7 - x % 8) & 1 != 0 {
          let distance = (Double((x - 64) * (x - 64) + (y - 64) * (y - 64))).squareRoot()
          #expect(abs(distance - 40) < 4)
          drawn += 1
        }
      }
      // A circle of radius 40 has about 226 pixels in a line one pixel wide.
      #expect((150...300).contains(drawn))
    }
    let middle = (32 * 64 + 32) * 3
    #expect(Array(picture.color[middle..<middle + 3]) == [220, 180, 160])
    #expect(Array(picture.color[..<3]) == [40, 50, 70])
  }

  @Test("one in twenty is held out, the same ones whatever else is in the folder")
  func heldOut() {
    let names = (0..<4000).map { "folder/picture-\($0).png" }
    let held = names.filter(TrainingSet.isHeldOut)
    #expect((160...240).contains(held.count))
    #expect(held == names.reversed().filter(TrainingSet.isHeldOut).reversed())
  }

  @Test("with annotations, a picture has the parts of its face, and masks fall on its eyes")
  func annotations() throws {
    let scratch = try Scratch()
    try scratch.picture("faces/a.png", seed: 1, width: 256, height: 256)
    // An oval face of landmarks: all points on an ellipse, but for the eyes' corners and the lips.
    var landmarks = (0..<468).map { _ in (Float(128), Float(140)) }
    let outline = [
      10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
      149,
      150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
    for (i, point) in outline.enumerated() {
      let angle = Double(i) / Double(outline.count) * 2 * Double.pi
      landmarks[point] = (Float(128 + 70 * sin(angle)), Float(130 - 90 * cos(angle)))
    }
    for (i, x) in [(33, 70), (133, 110), (362, 146), (263, 186)] { landmarks[i] = (Float(x), 110) }
    try SafetensorsWriter.write(
      [
        .init(name: "landmarks", shape: [1, 468, 2], landmarks.flatMap { [$0.0, $0.1] }),
        .init(name: "hair", shape: [1, 32, 32], type: .uint8, bytes: (0..<1024).map { $0 < 128 ? 255 : 0 }),
        .init(name: "person", shape: [1, 32, 32], type: .uint8, bytes: [UInt8](repeating: 255, count: 1024)),
        .init(name: "score", shape: [1], [30]),
      ], to: scratch.file("known.safetensors"))
    try scratch.write("known.txt", Array("a.png\n".utf8))
    let known = try Annotations(path: scratch.file("known.safetensors"))
    let result = try #require(
      try Preparation(
        faces: scratch.file("faces"), folder: scratch.file("set"), settings: settings(256),
        annotations: known,
        threads: 1
      ).run())
    #expect(result.faces == 1)
    let set = try TrainingSet(folder: scratch.file("set"))
    let picture = try set.picture(0)
    func region(_ x: Int, _ y: Int) -> FaceRegion? {
      FaceRegion(rawValue: picture.regions[y / 2 * 128 + x / 2])
    }
    #expect(region(128, 200) == .skin && region(128, 8) == .hair && region(10, 250) == .body)
    var options = SampleOptions.plain
    options.eyes = 1
    options.minimumCrop = 1
    var covered = 0
    for seed in 0..<40 {
      let sample = try set.sample(index: 0, seed: UInt64(seed), size: 256, options: options)
      if sample.mask[110 * 256 + 90] > 0 || sample.mask[110 * 256 + 166] > 0 { covered += 1 }
    }
    #expect(covered == 40)
  }

  @Test("annotations whose list does not fit them are refused")
  func wrongAnnotations() throws {
    let scratch = try Scratch()
    let cells = [UInt8](repeating: 0, count: 1024)
    try SafetensorsWriter.write(
      [
        .init(name: "landmarks", shape: [1, 467, 2], [Float](repeating: 0, count: 934)),
        .init(name: "hair", shape: [1, 32, 32], type: .uint8, bytes: cells),
        .init(name: "person", shape: [1, 32, 32], type: .uint8, bytes: cells),
        .init(name: "score", shape: [1], [30]),
      ], to: scratch.file("known.safetensors"))
    do {
      _ = try Annotations(path: scratch.file("known.safetensors"))
      Issue.record("no error")
    } catch {
      #expect(error.problem == "tensor 'landmarks': has shape [1, 467, 2], expected [1, 468, 2]")
    }
  }
}

/// Counts from any thread.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  func add() { lock.withLock { count += 1 } }
  var value: Int { lock.withLock { count } }
}

@Suite struct SampleTests {
  @Test("guidance lies inside the mask only; without a colour it is −1 there")
  func insideOnly() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 4)
    var drawn = 0
    for seed in 0..<40 {
      let sample = try set.sample(index: seed % 4, seed: UInt64(seed), size: 128)
      for p in sample.mask.indices {
        let color = sample.color[3 * p..<3 * p + 3]
        if sample.mask[p] == 0 {
          #expect(sample.sketch[p] == 0 && sample.noise[p] == 0 && color.allSatisfy { $0 == 0 })
        } else if sample.colorSet[p] == 0 {
          #expect(color.allSatisfy { $0 == -1 })
        }
        if sample.sketch[p] > 0 { drawn += 1 }
      }
      #expect(sample.image.allSatisfy { $0 >= -1 && $0 <= 1 })
    }
    #expect(drawn > 100)
  }

  @Test("the same seed gives the same sample, another seed another")
  func seeds() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 3)
    #expect(try set.sample(index: 1, seed: 5, size: 128) == set.sample(index: 1, seed: 5, size: 128))
    #expect(try set.sample(index: 1, seed: 5, size: 128) != set.sample(index: 1, seed: 6, size: 128))
  }

  @Test("a quarter of the samples has no sketch and a third no colour")
  func shares() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 3)
    var options = SampleOptions.plain
    options.everything = 0
    let count = 600
    var (bare, plain) = (0, 0)
    for seed in 0..<count {
      let sample = try set.sample(index: 0, seed: UInt64(seed), size: 32, options: options)
      if sample.colorSet.allSatisfy({ $0 == 0 }) { plain += 1 }
      options.withoutSketch = 0.25
      let none = try set.sample(
        index: 0, seed: UInt64(seed), size: 32, options: Self.changed(options) { $0.withoutSketch = 0 })
      if sample.sketch.allSatisfy({ $0 == 0 }), none.sketch.contains(where: { $0 > 0 }) { bare += 1 }
    }
    #expect((0.27...0.42).contains(Double(plain) / Double(count)))
    #expect((0.12...0.3).contains(Double(bare) / Double(count)))
  }

  private static func changed(_ options: SampleOptions, _ change: (inout SampleOptions) -> Void)
    -> SampleOptions
  {
    var options = options
    change(&options)
    return options
  }

  @Test("a flipped sample is the mirror image of the other: picture, sketch and colours alike")
  func flips() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 1)
    var options = SampleOptions.plain
    options.minimumCrop = 1
    options.everything = 1
    options.withoutSketch = 0
    options.partOfSketch = 0
    options.withoutColor = 0
    options.allColor = 1
    let samples = try [Float(0), 1].map { flip in
      try set.sample(index: 0, seed: 3, size: 128, options: Self.changed(options) { $0.flip = flip })
    }
    #expect(samples[0].sketch.contains { $0 > 0 })
    for y in 0..<128 {
      for x in 0..<128 {
        let (p, q) = (y * 128 + x, y * 128 + 127 - x)
        #expect(samples[0].sketch[p] == samples[1].sketch[q])
        for c in 0..<3 {
          #expect(samples[0].image[3 * p + c] == samples[1].image[3 * q + c])
          #expect(samples[0].color[3 * p + c] == samples[1].color[3 * q + c])
        }
      }
    }
  }

  @Test("a task's mask is the same for all four kinds and leaves at least 30 % of the frame")
  func tasks() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 2)
    for seed in 0..<20 {
      let tasks = try TaskKind.allCases.map {
        try set.task(index: 0, kind: $0, seed: UInt64(seed), size: 128)
      }
      #expect(Set(tasks.map(\.mask)).count == 1)
      #expect(tasks[0].mask.reduce(0, +) <= 0.7 * 128 * 128)
      for (kind, task) in zip(TaskKind.allCases, tasks) {
        #expect(kind.hasColor == task.colorSet.contains { $0 > 0 })
        if !kind.hasSketch { #expect(task.sketch.allSatisfy { $0 == 0 }) }
      }
    }
  }
}
