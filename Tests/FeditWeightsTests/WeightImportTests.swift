import FeditFiles
import FeditGenerator
import FeditTestSupport
import FeditWeights
import Foundation
import Testing

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("Fixtures").path

/// The network of the published code.
private func published(_ path: String, _ format: WeightImport.Format? = nil) throws -> WeightImport {
  try WeightImport(path: path, format: format) { Architecture(width: $0).importLayout }
}

/// A network of one layer, for tests of what the files may hold.
private func small(_ path: String, _ format: WeightImport.Format? = nil) throws -> WeightImport {
  try WeightImport(path: path, format: format, widths: 1...64) { width in
    WeightImport.Layout(
      required: [("generator/first/kernel", [3, width]), ("generator/first/bias", [width])],
      optional: [("generator/first/unused", [width])])
  }
}

private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0) / 8 } }

private func smallTensors(_ scope: String = "generator/") -> [CheckpointBuilder.Tensor] {
  [.init(scope + "first/bias", [4], values(4)), .init(scope + "first/kernel", [3, 4], values(12))]
}

/// What importing `tensors` fails with.
private func fault(
  _ tensors: [CheckpointBuilder.Tensor], _ change: (inout CheckpointBuilder) -> Void = { _ in }
) throws -> WeightError {
  try withTemporaryFolder { folder in
    var builder = CheckpointBuilder(tensors: tensors)
    change(&builder)
    let prefix = try builder.write(to: folder)
    return try weightError { _ = try small(prefix) }
  }
}

@Suite struct WeightImportTests {
  @Test func crc32cOfTheStandardsExamples() {
    // RFC 3720, B.4.
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(zeros.withUnsafeBytes { CRC32C.checksum($0) } == 0x8A91_36AA)
    #expect(Array<UInt8>(0..<32).withUnsafeBytes { CRC32C.checksum($0) } == 0x46DD_794E)
    #expect(Array("123456789".utf8).withUnsafeBytes { CRC32C.checksum($0) } == 0xE306_9283)
  }

  @Test(arguments: ["/SC-FEGAN.ckpt", "/SC-FEGAN.ckpt.index", "/SC-FEGAN.ckpt.data-00000-of-00001", ""])
  func theCheckpointOfTheOriginalGraphGivesItsTensors(ending: String) throws {
    try withTemporaryFolder { folder in
      let found = try published(fixtures + ending)
      #expect(found.report.width == 4 && found.report.tensorCount == 93)
      try found.write(to: folder + "/w.safetensors", metadata: ["size": "128"])
      let written = try SafetensorsFile(path: folder + "/w.safetensors")
      let expected = try SafetensorsFile(
        path: fixtures + "/../../FeditGeneratorTests/Fixtures/scfegan-w4.safetensors")
      #expect(written.names == expected.names && written.metadata == ["size": "128"])
      for name in expected.names {
        #expect(written.shape(of: name) == expected.shape(of: name))
        #expect(try written.floats(named: name) == expected.floats(named: name))
      }
    }
  }

  @Test func halfPrecisionOutputIsTheRoundedTensors() throws {
    try withTemporaryFolder { folder in
      let found = try published(fixtures)
      try found.write(to: folder + "/h.safetensors", metadata: [:], type: .float16)
      try found.write(to: folder + "/f.safetensors", metadata: [:])
      let half = try SafetensorsFile(path: folder + "/h.safetensors")
      let full = try SafetensorsFile(path: folder + "/f.safetensors")
      for name in full.names {
        #expect(half.type(of: name) == .float16)
        #expect(try half.floats(named: name) == full.floats(named: name).map { Float(Float16($0)) })
      }
    }
  }

  @Test(arguments: ["", "generator/", "model/", "a/b/generator/"])
  func namesAreFoundBelowAnyScope(scope: String) throws {
    try withTemporaryFolder { folder in
      let prefix = try CheckpointBuilder(tensors: smallTensors(scope)).write(to: folder)
      let found = try small(prefix)
      #expect(found.report.scope == scope && found.report.width == 4)
      try found.write(to: folder + "/w.safetensors", metadata: [:])
      let file = try SafetensorsFile(path: folder + "/w.safetensors")
      #expect(file.names == ["generator/first/bias", "generator/first/kernel"])
      #expect(try file.floats(named: "generator/first/kernel") == values(12))
    }
  }

  @Test func optimizerSlotsAndOtherTensorsAreLeftOutAndTold() throws {
    try withTemporaryFolder { folder in
      var tensors = smallTensors()
      tensors += [
        .init("generator/first/kernel/Adam", [3, 4], values(12)),
        .init("generator/first/kernel/Adam_1", [3, 4], values(12)),
        .init("beta1_power", [], [0.5]),
        .init("discriminator/first/kernel", [3, 9], values(27)),
        .init("generator/first/unused", [4], values(4)),
      ]
      let report = try small(CheckpointBuilder(tensors: tensors).write(to: folder)).report
      #expect(
        report.optimizerSlots == [
          "beta1_power", "generator/first/kernel/Adam", "generator/first/kernel/Adam_1",
        ])
      #expect(report.ignored == ["discriminator/first/kernel"])
      #expect(report.tensorCount == 3)
    }
  }

  @Test func severalShardsAreRead() throws {
    try withTemporaryFolder { folder in
      var builder = CheckpointBuilder(tensors: smallTensors())
      builder.shardCount = 2
      builder.tensors[1].shard = 1
      let found = try small(builder.write(to: folder))
      #expect(found.report.parameterCount == 16)
    }
  }

  @Test func aMissingShardIsNamedWithTheTensorThatLiesInIt() throws {
    try withTemporaryFolder { folder in
      var builder = CheckpointBuilder(tensors: smallTensors())
      builder.shardCount = 2
      builder.tensors[1].shard = 1
      let prefix = try builder.write(to: folder, leavingOut: [1])
      let error = try weightError { _ = try small(prefix) }
      #expect(error.file == prefix + ".data-00001-of-00002" && error.tensor == "generator/first/kernel")
      #expect(error.kind == .unreadable)
    }
  }

  @Test func allMissingAndMisshapenTensorsAreListed() throws {
    var tensors = smallTensors()
    tensors[0].name = "generator/first/other"
    tensors[1].shape = [4, 3]
    let error = try fault(tensors)
    #expect(error.problem.contains("generator/first/bias: missing"))
    #expect(error.problem.contains("generator/first/kernel: has shape [4, 3], expected [3,"))
  }

  @Test func anotherNetworksCheckpointIsRefused() throws {
    let error = try fault([.init("vgg/conv1/kernel", [1], [0])])
    #expect(error.problem.contains("none of the network's tensors"))
    #expect(error.hints.joined().contains("vgg/conv1/kernel"))
  }

  @Test func aWrongTypeIsNamed() throws {
    var tensors = smallTensors()
    tensors[1].type = 2
    tensors[1].bytes += tensors[1].bytes
    let error = try fault(tensors)
    #expect(error.tensor == "generator/first/kernel" && error.problem.contains("F64"))
  }

  @Test func claimsThatDoNotFitTheFileAreRefused() throws {
    func kernel(_ change: (inout CheckpointBuilder.Tensor) -> Void) throws -> WeightError {
      var tensors = smallTensors()
      change(&tensors[1])
      return try fault(tensors)
    }
    for error in [
      try kernel { $0.size = 1_000_000_000 * 4 },
      try kernel { $0.offset = UInt64(Int.max) },
      try kernel { $0.size = 44 },
    ] {
      #expect(error.tensor == "generator/first/kernel", "\(error)")
    }
    #expect(try kernel { $0.shape = [1_000_000_000, 4] }.problem.contains("1000000000"))
    #expect(try kernel { $0.isSliced = true }.problem.contains("slices"))
    let shards = try fault(smallTensors()) { $0.shardCount = 1_000_000_000 }
    #expect(shards.file.hasSuffix(".index") && shards.problem.contains("header"))
    let endian = try fault(smallTensors()) { $0.endianness = 1 }
    #expect(endian.problem.contains("little-endian"))
  }

  @Test func lengthsAndCountsOfABillionAreRefusedBeforeMemoryIsAskedFor() throws {
    try withTemporaryFolder { folder in
      let prefix = try CheckpointBuilder(tensors: smallTensors()).write(to: folder)
      let bytes = try readFile(prefix + ".index")
      let size = bytes.count
      // The first block is the only one with entries; its handle is the index block's only value.
      let blockSize = bytes.firstRange(of: CheckpointBuilder.word(0) + CheckpointBuilder.word(1))!.upperBound
      func seal(_ mutated: [UInt8]) -> [UInt8] {
        Array(mutated[..<(blockSize + 1)]) + CheckpointBuilder.checksum(Array(mutated[...blockSize]))
          + mutated[(blockSize + 5)...]
      }
      func fault(_ mutated: [UInt8]) throws -> WeightError {
        try Data(mutated).write(to: URL(fileURLWithPath: prefix + ".index"))
        return try weightError { _ = try small(prefix) }
      }
      let billion: UInt32 = 1_000_000_000
      var restarts = bytes
      restarts.replaceSubrange(blockSize - 4..<blockSize, with: CheckpointBuilder.word(billion))
      // The first entry's key of no bytes begins with three lengths; five bytes hold a varint of a billion.
      var lengths = bytes
      lengths.replaceSubrange(2..<7, with: CheckpointBuilder.varint(UInt64(billion)))
      var handles = bytes
      let footer = size - 48
      handles.replaceSubrange(
        footer..<footer + 10,
        with: CheckpointBuilder.varint(UInt64(billion)) + CheckpointBuilder.varint(UInt64(billion)))
      for mutated in [seal(restarts), seal(lengths), handles] {
        let error = try fault(mutated)
        #expect(error.file == prefix + ".index", "\(error)")
      }
    }
  }

  @Test func moreEntriesThanAnyNetworkHasAreRefused() throws {
    try withTemporaryFolder { folder in
      var builder = CheckpointBuilder(
        tensors: (0..<50_001).map { .init(String(format: "t%06d", $0), [], []) })
      builder.entriesPerBlock = 1_000
      let prefix = try builder.write(to: folder)
      let error = try weightError { _ = try small(prefix) }
      #expect(error.file == prefix + ".index" && error.problem.contains("50000 entries"))
    }
  }

  @Test func aSnappyBlockIsRefusedByName() throws {
    #expect(try fault(smallTensors()) { $0.compression = 1 }.problem.contains("Snappy"))
  }

  @Test func valuesThatAreNotFiniteAreNamed() throws {
    let tensors = [
      smallTensors()[1], CheckpointBuilder.Tensor("generator/first/bias", [4], [0, .nan, 0, 0]),
    ]
    let error = try fault(tensors)
    #expect(error.tensor == "generator/first/bias" && error.problem.contains("finite"))
  }

  @Test func aFaultyCheckpointLeavesNoOutput() throws {
    try withTemporaryFolder { folder in
      let prefix = try CheckpointBuilder(tensors: smallTensors()).write(to: folder)
      let found = try small(prefix)
      // Too large for half precision: found only while the output is written.
      var tensors = smallTensors()
      tensors[1] = .init("generator/first/kernel", [3, 4], [Float](repeating: 1e6, count: 12))
      try CheckpointBuilder(tensors: tensors).write(to: folder)
      let large = try small(prefix)
      #expect(throws: WeightError.self) {
        try large.write(to: folder + "/w.safetensors", metadata: [:], type: .float16)
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/w.safetensors"))
      withExtendedLifetime(found) {}
    }
  }

  // MARK: Damaged files

  /// Imports the original graph's checkpoint with other bytes in its index or data.
  private func importing(
    index: [UInt8]? = nil, data: [UInt8]? = nil, folder: String
  ) throws -> WeightImport {
    let prefix = folder + "/SC-FEGAN.ckpt"
    for (ending, bytes) in [(".index", index), (".data-00000-of-00001", data)] {
      let target = prefix + ending
      if let bytes {
        try? FileManager.default.removeItem(atPath: target)
        try Data(bytes).write(to: URL(fileURLWithPath: target))
      } else if !FileManager.default.fileExists(atPath: target) {
        try FileManager.default.createSymbolicLink(
          atPath: target, withDestinationPath: fixtures + "/SC-FEGAN.ckpt" + ending)
      }
    }
    return try published(prefix)
  }

  private func contents(_ ending: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: fixtures + "/SC-FEGAN.ckpt" + ending)))
  }

  @Test func anIndexTruncatedAtAnyByteIsAnErrorThatNamesIt() throws {
    let bytes = try contents(".index")
    try withTemporaryFolder { folder in
      for count in stride(from: 0, to: bytes.count, by: runsLongTests ? 1 : 7) {
        let error = try weightError { _ = try importing(index: Array(bytes[..<count]), folder: folder) }
        #expect(error.file == folder + "/SC-FEGAN.ckpt.index")
      }
    }
  }

  @Test func anyFlippedByteOfTheIndexIsFound() throws {
    let bytes = try contents(".index")
    var random = Numbers(2)
    try withTemporaryFolder { folder in
      for position in stride(from: 0, to: bytes.count, by: runsLongTests ? 1 : 5) {
        var flipped = bytes
        flipped[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        let error = try weightError { _ = try importing(index: flipped, folder: folder) }
        #expect(error.file == folder + "/SC-FEGAN.ckpt.index", "byte \(position)")
      }
    }
  }

  @Test func dataCutShortOrFlippedAreAnErrorThatNamesFileAndTensor() throws {
    let bytes = try contents(".data-00000-of-00001")
    var random = Numbers(3)
    try withTemporaryFolder { folder in
      for round in 0..<(runsLongTests ? 1_000 : 20) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        var damaged = bytes
        if round % 2 == 0 {
          damaged.removeLast(bytes.count - position)
        } else {
          damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        let error = try weightError { _ = try importing(data: damaged, folder: folder) }
        #expect(error.file == folder + "/SC-FEGAN.ckpt.data-00000-of-00001" && error.tensor != nil)
      }
    }
  }

  @Test func mutatedIndexesAreReadOrRefusedButNeverCrash() throws {
    let bytes = try contents(".index")
    var random = Numbers(4)
    var refused = 0
    try withTemporaryFolder { folder in
      for round in 0..<(runsLongTests ? 2_000 : 200) {
        let mutated = mutatedIndex(bytes, sealed: round % 4 != 0, &random)
        do {
          _ = try importing(index: mutated, folder: folder)
        } catch is WeightError {
          refused += 1
        }
      }
    }
    #expect(refused > 150)
  }

  // MARK: NumPy and safetensors

  @Test(arguments: ["deflated.npz", "fortran.npz"])
  func numPyArchivesAreRead(name: String) throws {
    try withTemporaryFolder { folder in
      let found = try small(fixtures + "/" + name)
      try found.write(to: folder + "/w.safetensors", metadata: [:])
      let file = try SafetensorsFile(path: folder + "/w.safetensors")
      #expect(try file.floats(named: "generator/first/kernel") == values(12))
      #expect(try file.floats(named: "generator/first/bias") == [0, 1, 2, 3])
      #expect(found.report.ignored == (name == "deflated.npz" ? ["step"] : []))
    }
  }

  @Test func numPyArraysOfDoublesAreNamed() throws {
    let error = try weightError { _ = try small(fixtures + "/double.npz") }
    #expect(error.tensor == "generator/first/kernel" && error.problem.contains("<f8"))
  }

  @Test("members of an archive that share bytes are refused: they could unpack to any size")
  func overlappingMembers() throws {
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: fixtures + "/deflated.npz")))
    // Where the entries of the central directory say that their members lie: 42 bytes on.
    let entries = bytes.indices.dropLast(4).filter { bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 1, 2]) }
    try #require(entries.count > 1)
    bytes.replaceSubrange(entries[1] + 42..<entries[1] + 46, with: bytes[entries[0] + 42..<entries[0] + 46])
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/w.npz"))
      let error = try weightError { _ = try small(folder + "/w.npz") }
      #expect(error.problem.hasPrefix("it shares bytes with '"))
    }
  }

  @Test("tensors of a checkpoint that share bytes are refused: they could be any amount of work")
  func overlappingTensors() throws {
    var tensors = smallTensors() + [.init("other", [12], values(12))]
    tensors[2].offset = 4
    let error = try fault(tensors)
    #expect(error.problem.hasPrefix("it shares bytes with '"))
  }

  @Test func damagedNumPyArchivesAreRefused() throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: fixtures + "/deflated.npz")))
    var random = Numbers(5)
    var refused = 0
    try withTemporaryFolder { folder in
      let path = folder + "/w.npz"
      for count in stride(from: 0, to: bytes.count, by: 3) {
        try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
        #expect(throws: WeightError.self) { try small(path) }
      }
      for _ in 0..<(runsLongTests ? 20_000 : 1_000) {
        var mutated = bytes
        mutated[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
        try Data(mutated).write(to: URL(fileURLWithPath: path))
        do { _ = try small(path) } catch is WeightError { refused += 1 }
      }
    }
    #expect(refused > 300)
  }

  @Test func aSafetensorsFileUnderAnotherScopeIsRead() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/in.safetensors"
      try SafetensorsWriter.write(
        [
          .init(name: "net/first/kernel", shape: [3, 4], type: .bfloat16, values(12)),
          .init(name: "net/first/bias", shape: [4], type: .float16, values(4)),
        ], metadata: ["channel_order": "rgb"], to: path)
      let found = try small(path)
      #expect(found.sourceMetadata == ["channel_order": "rgb"] && found.report.scope == "net/")
    }
  }

  @Test func aNetworkThatIsThereTwiceIsRefused() throws {
    let error = try fault(smallTensors("a/") + smallTensors("b/"))
    #expect(error.problem.contains("twice"))
  }
}
