import FeditGenerator
import FeditTestSupport
import Testing

/// A message of Protocol Buffers, read back field by field.
private struct Message {
  var fields: [(number: Int, value: UInt64, data: ArraySlice<UInt8>)] = []

  init?(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard let byte = rest.popFirst() else { return nil }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }
    while !rest.isEmpty {
      guard let key = varint() else { return nil }
      switch key & 7 {
      case 0:
        guard let value = varint() else { return nil }
        fields.append((Int(key >> 3), value, []))
      case 2:
        guard let count = varint(), count <= rest.count else { return nil }
        fields.append((Int(key >> 3), 0, rest.prefix(Int(count))))
        rest = rest.dropFirst(Int(count))
      case 5:
        guard rest.count >= 4 else { return nil }
        fields.append((Int(key >> 3), 0, rest.prefix(4)))
        rest = rest.dropFirst(4)
      default: return nil
      }
    }
  }

  func messages(_ number: Int) -> [Message] {
    fields.filter { $0.number == number }.compactMap { Message($0.data) }
  }
  func texts(_ number: Int) -> [String] {
    fields.filter { $0.number == number }.map { String(decoding: $0.data, as: UTF8.self) }
  }
  func integers(_ number: Int) -> [Int] { fields.filter { $0.number == number }.map { Int($0.value) } }
}

@Suite struct ONNXTests {
  @Test(
    "the exported graph is in order: each tensor is made once before it is read, and all weights are there",
    arguments: Architecture.Family.allCases)
  func graph(family: Architecture.Family) throws {
    let model = try GeneratorModel(weights: RandomWeights(family, width: 2))
    let file = try #require(Message(ArraySlice(try model.onnx())))
    let graph = try #require(file.messages(7).first)
    var known: Set<String> = [""]
    for name in graph.messages(11).flatMap({ $0.texts(1) }) + graph.messages(5).flatMap({ $0.texts(8) }) {
      #expect(known.insert(name).inserted, "\(name) is there twice")
    }
    for node in graph.messages(1) {
      #expect(node.texts(1).allSatisfy(known.contains))
      for output in node.texts(2) { #expect(known.insert(output).inserted) }
    }
    #expect(known.contains("generated"))
    for (name, shape) in model.architecture.tensorShapes {
      let constant = try #require(graph.messages(5).first { $0.texts(8) == [name] }, "\(name)")
      #expect(constant.integers(1).sorted() == shape.sorted())
      let bytes = constant.fields.first { $0.number == 9 }?.data.count
      #expect(bytes == shape.reduce(4, *))
    }
  }

  @Test("an exported kernel has its dimensions in ONNX's order")
  func kernels() throws {
    let model = try GeneratorModel(weights: RandomWeights(width: 2))
    let graph = try #require(Message(ArraySlice(try model.onnx()))?.messages(7).first)
    for (name, order) in [
      ("generator/gconv2_ds/kernel", [3, 2, 0, 1]), ("generator/deconv7/w", [3, 2, 0, 1]),
    ] {
      let shape = try #require(model.architecture.tensorShapes.first { $0.name == name }?.shape)
      let values = try RandomWeights(width: 2).floats(named: name)
      let constant = try #require(graph.messages(5).first { $0.texts(8) == [name] })
      #expect(constant.integers(1) == order.map { shape[$0] })
      let raw = Array(try #require(constant.fields.first { $0.number == 9 }?.data))
      func exported(_ index: [Int]) -> UInt32 {
        let dimensions = order.map { shape[$0] }
        let at = 4 * zip(dimensions, index).reduce(0) { $0 * $1.0 + $1.1 }
        return (0..<4).reduce(0) { $0 | UInt32(raw[at + $1]) << (8 * $1) }
      }
      for index in [[0, 0, 0, 0], [1, 1, 2, 3], [1, 0, 4, 1]] {
        // In the tensor's own order.
        var own = [0, 0, 0, 0]
        for (i, dimension) in order.enumerated() { own[dimension] = index[i] }
        let at = zip(shape, own).reduce(0) { $0 * $1.0 + $1.1 }
        #expect(exported(index) == values[at].bitPattern)
      }
    }
  }
}
