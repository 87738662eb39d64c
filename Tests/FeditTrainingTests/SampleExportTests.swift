import FeditImage
import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

@Suite struct SampleExportTests {
  private func configuration(size: Int = 128, batch: Int = 2, steps: Int = 5) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.size = size
    configuration.batch = batch
    configuration.steps = steps
    return configuration
  }

  @discardableResult
  private func export(
    _ scratch: Scratch, _ configuration: TrainingConfiguration, sets: [String] = ["set"], to file: String,
    threads: Int = 2
  ) throws -> Bool {
    let data = try TrainingData(folders: sets.map(scratch.file))
    return try SampleExport(data: data, configuration: configuration, threads: threads)
      .write(to: scratch.file(file))
  }

  @Test("an export holds the samples of a run in their order, bit for bit")
  func samples() throws {
    let scratch = try Scratch()
    try scratch.trainingSet(pictures: 4)
    let configuration = configuration()
    #expect(try export(scratch, configuration, to: "samples.safetensors"))
    let file = try SafetensorsFile(path: scratch.file("samples.safetensors"))
    #expect(file.metadata["format"] == SampleExport.format)
    #expect(file.shape(of: "picture") == [10, 128, 128, 3] && file.shape(of: "mask") == [10, 128, 16])
    func bytes(_ name: String) throws -> [UInt8] { try file.withBytes(of: name) { Array($0) } }
    let (picture, color) = (try bytes("picture"), try bytes("color"))
    let masks = try ["mask", "sketch", "noise", "colorSet"].map(bytes)
    let (halvings, natural) = (try bytes("halvings"), try bytes("natural"))
    let data = try TrainingData(folders: [scratch.file("set")])
    let pixels = 128 * 128
    for i in 0..<10 {
      let sample = try data.sample(position: i, configuration: configuration)
      #expect(Int(halvings[i]) == sample.halvings && (natural[i] == 1) == sample.isNatural)
      for p in 0..<pixels {
        for (bits, value) in zip(
          masks, [sample.mask[p] > 0, sample.sketch[p] > 0, sample.noise[p] > 0, sample.colorSet[p] > 0])
        {
          #expect((bits[(i * pixels + p) / 8] >> UInt8(7 - p % 8) & 1 == 1) == value)
        }
        for c in 0..<3 {
          let at = 3 * (i * pixels + p) + c
          #expect(Float(picture[at]) / 127.5 - 1 == sample.image[3 * p + c])
          #expect(
            sample.colorSet[p] > 0
              ? Float(color[at]) / 127.5 - 1 == sample.color[3 * p + c] : color[at] == 0)
        }
      }
    }
  }

  @Test("one thread and two write the same export; another seed another")
  func threads() throws {
    let scratch = try Scratch()
    try scratch.trainingSet(pictures: 4)
    var configuration = configuration(steps: 40)
    try export(scratch, configuration, to: "one", threads: 1)
    try export(scratch, configuration, to: "two", threads: 2)
    #expect(try scratch.bytes("one") == scratch.bytes("two"))
    configuration.seed = 2
    try export(scratch, configuration, to: "other")
    #expect(try scratch.bytes("one") != scratch.bytes("other"))
  }

  @Test("an export that is stopped leaves what was there before")
  func stopped() throws {
    let scratch = try Scratch()
    try scratch.trainingSet(pictures: 4)
    try scratch.write("samples", [1, 2, 3])
    let data = try TrainingData(folders: [scratch.file("set")])
    let isWritten = try SampleExport(data: data, configuration: configuration(steps: 50), threads: 2)
      .write(to: scratch.file("samples"), isCancelled: { true })
    #expect(!isWritten)
    #expect(try scratch.bytes("samples") == [1, 2, 3])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == [
        "faces", "samples", "set",
      ])
  }

  @Test("several sets are trained on together, each picture once in a pass, whatever their sizes")
  func severalSets() throws {
    let scratch = try Scratch()
    for (folder, side) in [("small", 128), ("large", 512)] {
      for i in 0..<6 {
        try scratch.picture("\(folder)/\(i).png", seed: UInt64(i + side), width: side, height: side)
      }
      var settings = PrepareSettings()
      settings.size = side
      _ = try Preparation(
        faces: scratch.file(folder), folder: scratch.file("set-\(folder)"), settings: settings, threads: 2
      ).run()
    }
    let data = try TrainingData(folders: [scratch.file("set-small"), scratch.file("set-large")])
    #expect(data.counts.training + data.counts.validation == 12)
    #expect(data.counts.training == data.sets.reduce(0) { $0 + $1.training.count })
    var configuration = configuration()
    configuration.samples.flip = 0
    configuration.samples.minimumCrop = 1
    var seen: Set<[Float]> = []
    for i in 0..<data.counts.training {
      seen.insert(try data.sample(position: i, configuration: configuration).image)
    }
    #expect(seen.count == data.counts.training)
    #expect(throws: TrainingDataError.self) {
      try TrainingData(folders: [scratch.file("set-small"), scratch.file("set-large/../set-small")])
    }
  }
}
