import FeditFiles
import FeditTestSupport
import FeditWeights
import Foundation
import Testing

@Suite struct SafetensorsTests {
  private func error(_ header: String, data: Int = 0) throws -> WeightError {
    try weightError { _ = try SafetensorsFile(bytes: safetensors(header, data: data), name: "w.st") }
  }

  @Test func everyHalfPrecisionValueIsReadExactly() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfPrecision.float(fromHalf: bits)
      let expected = Float(Float16(bitPattern: bits))
      #expect(value.isNaN && expected.isNaN || value.bitPattern == expected.bitPattern)
    }
  }

  @Test func halfPrecisionIsRoundedToNearestTiesToEven() {
    // 1 + 2⁻¹¹ lies midway between 1 and 1 + 2⁻¹⁰; 1 + 3·2⁻¹¹ between that and 1 + 2⁻⁹.
    #expect(HalfPrecision.half(from: 1 + 0x1p-11) == 0x3C00)
    #expect(HalfPrecision.half(from: 1 + 3 * 0x1p-11) == 0x3C02)
    #expect(HalfPrecision.half(from: 1 + 0x1p-11 + 0x1p-20) == 0x3C01)
    #expect(HalfPrecision.half(from: 0x1p-25) == 0)
    #expect(HalfPrecision.half(from: 0x1.8p-25) == 1)
  }

  @Test func everyBrainValueSurvivesAndOthersAreRoundedToEven() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfPrecision.float(fromBrain: bits)
      let back = HalfPrecision.brain(from: value)
      #expect(value.isNaN ? HalfPrecision.float(fromBrain: back).isNaN : back == bits)
    }
    #expect(HalfPrecision.brain(from: 1 + 0x1p-8) == 0x3F80)
    #expect(HalfPrecision.brain(from: 1 + 3 * 0x1p-8) == 0x3F82)
  }

  @Test(arguments: [ElementType.float32, .float16, .bfloat16])
  func whatIsWrittenIsReadBack(type: ElementType) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      let values: [Float] = [0, -1, 0.5, 1.25, -0.0, 96]
      try SafetensorsWriter.write(
        [
          .init(name: "b", shape: [2, 3], type: type, values),
          .init(name: "a", shape: [], type: type, [7]),
          .init(name: "empty", shape: [0, 4], type: type, []),
        ], metadata: ["k": "v \"quoted\" \\ \n é"], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.names == ["a", "b", "empty"])
      #expect(file.metadata == ["k": "v \"quoted\" \\ \n é"])
      #expect(file.shape(of: "b") == [2, 3] && file.type(of: "b") == type)
      #expect(try file.floats(named: "b").map(\.bitPattern) == values.map(\.bitPattern))
      #expect(try file.floats(named: "a") == [7])
      #expect(try file.floats(named: "empty") == [])
      #expect(file.shape(of: "c") == nil)
    }
  }

  @Test func theSameTensorsGiveTheSameBytesInAnyOrder() throws {
    let tensors: [SafetensorsWriter.Tensor] = [
      .init(name: "x", shape: [3], type: .float16, [1, 2, 3]),
      .init(name: "y", shape: [2], [4, 5]),
      .init(name: "z", shape: [1], type: .bfloat16, [6]),
    ]
    let metadata = ["b": "2", "a": "1"]
    let bytes = try SafetensorsWriter.bytes(tensors, metadata: metadata)
    #expect(try SafetensorsWriter.bytes(tensors.reversed(), metadata: metadata) == bytes)
    try withTemporaryFolder { folder in
      try SafetensorsWriter.write(tensors, metadata: metadata, to: folder + "/f")
      #expect(try readFile(folder + "/f") == bytes)
    }
    // float32 first, so that it is aligned.
    #expect(try SafetensorsFile(bytes: bytes, name: "f").floats(named: "y") == [4, 5])
  }

  @Test func aValueTooLargeForHalfPrecisionIsRefusedAndNothingIsWritten() throws {
    try withTemporaryFolder { folder in
      let error = try weightError {
        try SafetensorsWriter.write(
          [.init(name: "big", shape: [1], type: .float16, [70000])], to: folder + "/f")
      }
      #expect(error.tensor == "big" && error.problem.contains("too large for F16"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test(arguments: [
    ("portrait-2", "gated-unet-deep", 104, "down1", 15), ("portrait-256", "sc-fegan", 93, "gconv1_ds", 9),
  ])
  func builtInModelsAreSafetensorsFilesOfGenerators(
    name: String, architecture: String, tensors: Int, first: String, channels: Int
  ) throws {
    let weights = try #require(try BuiltInModel.weights(name))
    #expect(weights.metadata["architecture"] == architecture)
    #expect(weights.names.count == tensors)
    let kernel = try weights.floats(named: "generator/\(first)/kernel")
    #expect(kernel.count == 7 * 7 * channels * 16 && kernel.allSatisfy(\.isFinite))
  }

  @Test func theDefaultModelIsTheFirst() throws {
    #expect(BuiltInModel.names == ["portrait-2", "portrait-256"])
    #expect(BuiltInModel.defaultName == "portrait-2")
    #expect(try BuiltInModel.weights("none-such") == nil)
  }

  // MARK: Bad files

  @Test func overlappingTensorsAreNamed() throws {
    let error = try error(
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, data: 12)
    #expect(error.file == "w.st" && error.tensor == "b" && error.problem.contains("overlaps tensor 'a'"))
  }

  @Test func aTensorBeyondTheFileIsNamed() throws {
    let error = try error(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, data: 12)
    #expect(error.tensor == "a" && error.problem.contains("cut short"))
  }

  @Test func aShapeOfAnotherSizeIsNamed() throws {
    let error = try error(#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,12]}}"#, data: 12)
    #expect(error.tensor == "a" && error.problem.contains("[2, 2]"))
  }

  @Test func aShapeWhoseSizeOverflowsIsNamed() throws {
    let error = try error(
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#)
    #expect(error.tensor == "a" && error.problem.contains("does not fill"))
  }

  @Test func gapsAndBytesBehindTheLastTensorAreRefused() throws {
    let gap = try error(#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, data: 3)
    #expect(gap.tensor == "a" && gap.problem.contains("belong to no tensor"))
    let rest = try error(#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, data: 3)
    #expect(rest.problem.contains("last 1 bytes belong to no tensor"))
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
      "twice"
    ),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, "twice"),
    (#"{"__metadata__":{"k":"1","k":"2"}}"#, "twice"),
    (#"{"a":{"dtype":"C64","shape":[0],"data_offsets":[0,0]}}"#, "'C64' is not known"),
    (#"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, "no 'dtype'"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,0]}}"#, "no 'shape'"),
    (#"{"a":{"dtype":"F32","shape":[0]}}"#, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#, "whole number"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}"#, "below 2^63"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}}"#, "before its start"),
    (#"{"__metadata__":{"k":1}}"#, "expected"),
    (#"{"a":[[[[[[[["#, "expected"),
    (#"{"a"#, "end of a string"),
    (#"{"\ud800x":{}}"#, "surrogate"),
    (#"{} x"#, "nothing more"),
  ])
  func aMalformedHeaderSaysWhatIsWrong(header: String, expected: String) throws {
    #expect(try error(header).description.contains(expected))
  }

  @Test func whatIsNoSafetensorsFileSaysSo() throws {
    for bytes in [
      [], Array("hello".utf8), Array("A text file, named wrongly.".utf8), [UInt8](repeating: 255, count: 64),
    ] {
      let error = try weightError { _ = try SafetensorsFile(bytes: bytes, name: "x") }
      #expect(error.problem.contains("safetensors file"))
    }
  }

  @Test func anEndlessHeaderIsRefusedBeforeItIsRead() throws {
    let bytes = safetensors("{" + String(repeating: " ", count: SafetensorsFile.headerLimit) + "}")
    let error = try weightError { _ = try SafetensorsFile(bytes: bytes, name: "x") }
    #expect(error.problem.contains("more than the limit"))
  }

  @Test func everyTruncationIsAnErrorThatNamesTheFile() throws {
    let bytes = try SafetensorsWriter.bytes(
      [.init(name: "a", shape: [3], [1, 2, 3]), .init(name: "b", shape: [2], type: .float16, [1, 2])])
    for count in 0..<bytes.count {
      let error = try weightError { _ = try SafetensorsFile(bytes: Array(bytes[..<count]), name: "cut.st") }
      #expect(error.description.contains("cut.st"))
    }
  }

  @Test func mutatedFilesAreReadOrRefusedButNeverCrash() throws {
    let bytes = try SafetensorsWriter.bytes(
      [.init(name: "a", shape: [3], [1, 2, 3]), .init(name: "b", shape: [2], type: .float16, [1, 2])],
      metadata: ["size": "256"])
    var random = Numbers(1)
    var refused = 0
    for _ in 0..<(runsLongTests ? 100_000 : 5_000) {
      var mutated = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        mutated[Int.random(in: 0..<mutated.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      do {
        let file = try SafetensorsFile(bytes: mutated, name: "m")
        for name in file.names { _ = try? file.floats(named: name) }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1_000)
  }

  @Test func aTensorOfIntegersIsNotReadAsWeights() throws {
    let file = try SafetensorsFile(
      bytes: safetensors(#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, data: 8), name: "x")
    let error = try weightError { _ = try file.floats(named: "a") }
    #expect(error.tensor == "a" && error.problem.contains("I64"))
    let missing = try weightError { _ = try file.floats(named: "b") }
    #expect(missing.tensor == "b" && missing.problem.contains("no such tensor"))
  }

  @Test func foldersPipesAndMissingFilesAreUnreadable() throws {
    try withTemporaryFolder { folder in
      mkfifo(folder + "/pipe", 0o600)
      for path in [folder, folder + "/pipe", folder + "/none"] {
        let error = try weightError { _ = try SafetensorsFile(path: path) }
        #expect(error.kind == .unreadable && error.file == path)
      }
    }
  }
}
