import FeditFiles
import FeditImage
import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

/// Drawn portraits, each with landmarks: a face of ovals before a wall.
func portraits(_ scratch: Scratch, count: Int = 3, size: Int = 256, annotated: Bool = true) throws
  -> TrainingSet
{
  var landmarks: [Float] = []
  for i in 0..<count {
    var random = SeededRandom(seed: UInt64(i + 1))
    func color(_ range: ClosedRange<Float>) -> [Float] { (0..<3).map { _ in random.number(range) } }
    let (wall, hair, skin, lips, shirt) = (
      color(90...230), color(20...110), [random.number(170...230), Float(160), 130], [Float(180), 70, 80],
      color(30...220)
    )
    var pixels: [UInt8] = []
    for y in 0..<size {
      for x in 0..<size {
        let (u, v) = ((Float(x) + 0.5) * 256 / Float(size), (Float(y) + 0.5) * 256 / Float(size))
        func isIn(_ a: Float, _ b: Float, _ rx: Float, _ ry: Float) -> Bool {
          (u - a) * (u - a) / (rx * rx) + (v - b) * (v - b) / (ry * ry) < 1
        }
        var level = wall
        if isIn(128, 290, 120, 70) { level = shirt }
        if isIn(128, 110, 76, 96) { level = hair }
        if isIn(128, 135, 58, 78) { level = skin }
        for eye in [Float(98), 158] {
          if isIn(eye, 122, 14, 7) { level = [240, 240, 240] }
          if isIn(eye, 122, 6, 6) { level = [60, 80, 60] }
          if isIn(eye, 103, 16, 3) { level = hair }
        }
        if isIn(128, 184, 22, 9) { level = lips }
        // Some texture, that there are lines to draw.
        let texture = Float((x * 7 + y * 13) % 11) - 5
        pixels += level.map { UInt8(max(0, min(255, $0 + texture))) }
      }
    }
    try FileManager.default.createDirectory(
      atPath: scratch.file("faces"), withIntermediateDirectories: true)
    try PNGFile.write(
      Picture(width: size, height: size, samples: .eight(pixels)), to: scratch.file("faces/\(i).png"))
    landmarks += mesh()
  }
  if annotated { try annotate(scratch, count: count, landmarks) }
  var settings = PrepareSettings()
  settings.size = size
  _ = try Preparation(
    faces: scratch.file("faces"), folder: scratch.file("set"), settings: settings,
    annotations: annotated ? Annotations(path: scratch.file("known.safetensors")) : nil, threads: 2
  ).run()
  return try TrainingSet(folder: scratch.file("set"))
}

/// The mesh's points on the ovals of the drawn face.
private func mesh() -> [Float] {
  var points = [(Float, Float)](repeating: (128, 140), count: 468)
  func lay(_ indices: [Int], _ x: Float, _ y: Float, _ rx: Float, _ ry: Float) {
    for (i, index) in indices.enumerated() {
      // Around the oval from its right end.
      let t = Float(i) / Float(indices.count) * 4
      let (a, b): (Float, Float) =
        t < 1 ? (1 - t, t) : t < 2 ? (1 - t, 2 - t) : t < 3 ? (t - 3, 2 - t) : (t - 3, t - 4)
      let length = (a * a + b * b).squareRoot()
      points[index] = (x + rx * a / length, y + ry * b / length)
    }
  }
  lay(
    [
      454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234,
      127, 162,
      21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356,
    ], 128, 135, 58, 78)
  lay(
    [291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61, 185, 40, 39, 37, 0, 267, 269, 270, 409], 128, 184, 22,
    9)
  lay(
    [308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78, 191, 80, 81, 82, 13, 312, 311, 310, 415], 128, 184, 14,
    1)
  lay([263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466], 158, 122, 14, 7)
  lay([133, 155, 154, 153, 145, 144, 163, 7, 33, 246, 161, 160, 159, 158, 157, 173], 98, 122, 14, 7)
  return points.flatMap { [$0.0, $0.1] }
}

private func annotate(_ scratch: Scratch, count: Int, _ landmarks: [Float]) throws {
  func grid(_ isSet: (Float, Float) -> Bool) -> [UInt8] {
    (0..<1024).map { isSet(Float($0 % 32) * 8 + 4, Float($0 / 32) * 8 + 4) ? 255 : 0 }
  }
  func oval(_ x: Float, _ y: Float, _ b: Float, _ rx: Float, _ ry: Float) -> Bool {
    (x - 128) * (x - 128) / (rx * rx) + (y - b) * (y - b) / (ry * ry) < 1
  }
  let hair = grid { oval($0, $1, 110, 76, 96) && !oval($0, $1, 135, 58, 78) }
  let person = grid { oval($0, $1, 110, 76, 96) || oval($0, $1, 290, 120, 70) || oval($0, $1, 135, 58, 78) }
  try SafetensorsWriter.write(
    [
      .init(name: "landmarks", shape: [count, 468, 2], landmarks),
      .init(
        name: "hair", shape: [count, 32, 32], type: .uint8,
        bytes: Array(repeatElement(hair, count: count).joined())),
      .init(
        name: "person", shape: [count, 32, 32], type: .uint8,
        bytes: Array(repeatElement(person, count: count).joined())),
      .init(name: "score", shape: [count], [Float](repeating: 30, count: count)),
    ], to: scratch.file("known.safetensors"))
  try scratch.write("known.txt", Array((0..<count).map { "\($0).png\n" }.joined().utf8))
}

extension SampleOptions {
  /// The plain options with some shares set.
  fileprivate static func plain(_ change: (inout SampleOptions) -> Void) -> SampleOptions {
    var options = plain
    change(&options)
    return options
  }
}

/// The first digits of the SHA-256 of some samples' layers, in whole levels.
private func digest(_ set: TrainingSet, _ options: SampleOptions, count: Int = 6) throws -> String {
  var bytes: [UInt8] = []
  for i in 0..<count {
    let sample = try set.sample(index: i % set.count, seed: UInt64(i), size: 128, options: options)
    func levels(_ values: [Float]) -> [UInt8] {
      values.map { UInt8(max(0, min(255, ($0 + 1) * 127.5 + 0.5))) }
    }
    bytes += levels(sample.image) + levels(sample.color) + levels(sample.sketch) + levels(sample.mask)
    bytes += levels(sample.noise) + sample.colorSet + [sample.octave ? 1 : 0]
    if let mirror = sample.mirror { bytes += levels(mirror.values) + levels(mirror.set) }
  }
  return String(SHA256.hex(bytes).prefix(16))
}

@Suite struct SampleKindTests {
  @Test("each kind of sample draws the golden layers")
  func golden() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/sample-digests.txt")
    let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    let found = try (SampleOptions.kinds + [("all", SampleOptions())]).map { kind in
      "\(kind.name) \(try digest(set, kind.options))"
    }
    // FEDIT_RECORD=1 writes what is drawn now, to be looked at and committed.
    if ProcessInfo.processInfo.environment["FEDIT_RECORD"] == "1" {
      try Data((found.joined(separator: "\n") + "\n").utf8).write(to: file)
    }
    #expect(found == expected)
  }

  @Test("a curve through few points is one pixel wide; a thick line is not")
  func widths() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    // The share of drawn 2×2 squares, which a line of one pixel hardly has.
    func squares(_ options: SampleOptions) throws -> Double {
      var (squares, drawn) = (0, 0)
      for seed in 0..<12 {
        let sample = try set.sample(index: seed % set.count, seed: UInt64(seed), size: 256, options: options)
        for y in 0..<255 {
          for x in 0..<255 where sample.sketch[y * 256 + x] > 0 {
            drawn += 1
            let p = y * 256 + x
            if sample.sketch[p + 1] > 0, sample.sketch[p + 256] > 0, sample.sketch[p + 257] > 0 {
              squares += 1
            }
          }
        }
      }
      #expect(drawn > 500)
      return Double(squares) / Double(drawn)
    }
    let base = SampleOptions.plain { ($0.withoutSketch, $0.partOfSketch, $0.everything) = (0, 0, 1) }
    func with(_ change: (inout SampleOptions) -> Void) -> SampleOptions {
      var options = base
      change(&options)
      return options
    }
    #expect(try squares(base) < 0.02)
    #expect(try squares(with { $0.curvedSketch = 1 }) < 0.12)
    #expect(try squares(with { $0.thickSketch = 1 }) > 0.4)
  }

  @Test("a drawn patch has its colour in the target and in the colour layer, black and white among them")
  func patches() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    let options = SampleOptions.plain { ($0.patches, $0.withoutColor) = (1, 1) }
    var seen: Set<[Float]> = []
    for seed in 0..<60 {
      let sample = try set.sample(index: seed % set.count, seed: UInt64(seed), size: 256, options: options)
      var (same, all) = (0, 0)
      for p in sample.colorSet.indices where sample.colorSet[p] != 0 {
        all += 1
        let own = Array(sample.image[3 * p..<3 * p + 3])
        let given = Array(sample.color[3 * p..<3 * p + 3])
        if zip(own, given).allSatisfy({ abs($0 - $1) < 0.02 }) { same += 1 }
        seen.insert(given)
      }
      // All but the edges, which are smooth in the target; a small patch is mostly edge.
      if all > 400 { #expect(Double(same) > 0.8 * Double(all)) }
      #expect(all == 0 || same > 0)
    }
    #expect(seen.contains([-1, -1, -1]) && seen.contains([1, 1, 1]) && seen.count > 30)
  }

  @Test("a recoloured background has another hue and keeps the person")
  func recolor() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    var changed = 0
    for seed in 0..<40 {
      let plain = try set.sample(
        index: 0, seed: UInt64(seed), size: 128, options: .plain { ($0.flip, $0.withoutColor) = (0, 0) })
      let other = try set.sample(
        index: 0, seed: UInt64(seed), size: 128,
        options: .plain { ($0.recolor, $0.flip, $0.withoutColor) = (1, 0, 0) })
      #expect(plain.mask == other.mask && plain.sketch == other.sketch)
      func difference(_ p: Int) -> Float {
        (0..<3).map { abs(plain.image[3 * p + $0] - other.image[3 * p + $0]) }.max() ?? 0
      }
      // A corner of the wall, and the middle of the face.
      if difference(4 * 128 + 4) > 0.15 {
        changed += 1
        if changed == 1 { #expect(difference(70 * 128 + 64) < 0.3) }
      }
    }
    #expect(changed > 5)
  }

  @Test("without a colour given, no part of a face gets another one")
  func unguided() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    for seed in 0..<20 {
      let options = SampleOptions.plain { $0.withoutColor = 1 }
      let plain = try set.sample(index: 0, seed: UInt64(seed), size: 128, options: options)
      let other = try set.sample(
        index: 0, seed: UInt64(seed), size: 128,
        options: .plain { ($0.recolor, $0.withoutColor) = (1, 1) })
      // A mask over everything has colours everywhere.
      if plain.mask.contains(0) { #expect(plain.image == other.image) }
    }
  }

  @Test("noise and JPEG spoil what is seen around the mask, and leave the target in it clean")
  func faults() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    var spoiled = 0
    for seed in 0..<20 {
      let plain = try set.sample(index: 0, seed: UInt64(seed), size: 128, options: .plain)
      let other = try set.sample(index: 0, seed: UInt64(seed), size: 128, options: .plain { $0.faults = 1 })
      func energy(_ sample: TrainingSample, inside: Bool) -> Float {
        var sum: Float = 0
        for p in 0..<128 * 128 - 1 where (plain.mask[p] > 0) == inside && (plain.mask[p + 1] > 0) == inside {
          let step = sample.image[3 * p + 3] - sample.image[3 * p]
          sum += step * step
        }
        return sum
      }
      #expect(energy(other, inside: true) <= energy(plain, inside: true) * 1.0001)
      if energy(other, inside: false) > energy(plain, inside: false) { spoiled += 1 }
    }
    #expect(spoiled > 3)
  }

  @Test("samples of an octave have the enlarged target in the whole mask, others never say they are one")
  func octave() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch)
    for seed in 0..<12 {
      let sample = try set.sample(
        index: seed % set.count, seed: UInt64(seed), size: 128, options: .plain { $0.octave = 1 })
      #expect(sample.octave)
      var error: Float = 0
      for p in sample.mask.indices {
        #expect((sample.mask[p] > 0) == (sample.colorSet[p] != 0))
        if sample.mask[p] > 0 { error += abs(sample.image[3 * p] - sample.color[3 * p]) }
      }
      // Near the target, and softer.
      #expect(error / sample.mask.reduce(0, +) < 0.4 && error > 0)
      #expect(try !set.sample(index: 0, seed: UInt64(seed), size: 128, options: .plain).octave)
    }
  }

  @Test("a close-up shows a part of a large picture at its own resolution")
  func closeUps() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch, count: 1, size: 512)
    var details = 0
    for seed in 0..<30 {
      let whole = try set.sample(
        index: 0, seed: UInt64(seed), size: 128, options: .plain { ($0.flip, $0.withoutColor) = (0, 0) })
      let near = try set.sample(
        index: 0, seed: UInt64(seed), size: 128, options: .plain { ($0.closeUps, $0.flip) = (1, 0) })
      if whole.image != near.image { details += 1 }
    }
    #expect(details == 30)
  }

  @Test("without landmarks nothing is recoloured, and all else is drawn as well")
  func withoutLandmarks() throws {
    let scratch = try Scratch()
    let set = try portraits(scratch, annotated: false)
    for seed in 0..<20 {
      let options = SampleOptions.plain { ($0.flip, $0.recolor) = (0, 1) }
      let plain = try set.sample(
        index: 0, seed: UInt64(seed), size: 128, options: .plain { ($0.flip, $0.withoutColor) = (0, 0) })
      #expect(try set.sample(index: 0, seed: UInt64(seed), size: 128, options: options).image == plain.image)
      let all = SampleOptions.plain { ($0.objects, $0.patches, $0.recipeMasks) = (1, 1, 1) }
      let sample = try set.sample(index: 0, seed: UInt64(seed), size: 128, options: all)
      #expect(sample.mask.contains(1))
    }
    var configuration = TrainingConfiguration()
    (configuration.steps, configuration.size) = (1, 128)
    try configuration.set("recolor", to: "0.5")
    do {
      _ = try SampleExport(data: TrainingData([set]), configuration: configuration, threads: 1)
        .write(to: scratch.file("samples"))
      Issue.record("no error")
    } catch let error as TrainingDataError {
      #expect(error.problem == "recolor = 0.5 needs landmarks, and no picture has any")
    }
  }
}
