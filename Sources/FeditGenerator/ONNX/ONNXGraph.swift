/// A graph of operators in ONNX, as it grows (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
///
/// Operators are those of opset 13; maps between layers are NCHW.
struct ONNXGraph {
  /// An operator's attribute.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case string(String)
  }

  private var nodes: [ProtobufMessage] = []
  private var initializers: [ProtobufMessage] = []
  private var inputs: [ProtobufMessage] = []
  private var constants: Set<String> = []
  private var count = 0

  /// An input of the whole graph; a dimension is a number or a name.
  mutating func input(_ name: String, _ shape: [String]) { inputs.append(Self.value(name, shape)) }

  /// A constant tensor of float32.
  mutating func constant(_ name: String, shape: [Int], _ values: [Float]) {
    constants.insert(name)
    var raw: [UInt8] = []
    raw.reserveCapacity(values.count * 4)
    for value in values {
      for shift in [0, 8, 16, 24] { raw.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
    }
    initializers.append(
      ProtobufMessage {
        for dimension in shape { $0.integer(1, dimension) }
        $0.integer(2, 1)
        $0.string(8, name)
        $0.data(9, raw)
      })
  }

  /// Whether there is a constant of this name.
  func hasConstant(_ name: String) -> Bool { constants.contains(name) }

  /// Appends an operator with one output.
  ///
  /// - Parameters:
  ///   - type: The operator's name.
  ///   - inputs: Names of tensors.
  ///   - output: The name of its output; a new one if nil.
  ///   - attributes: In the order in which they are written.
  /// - Returns: The name of its output.
  mutating func add(
    _ type: String, _ inputs: [String], output: String? = nil, _ attributes: [(String, Attribute)] = []
  ) -> String {
    count += 1
    let output = output ?? "t\(count)"
    nodes.append(
      ProtobufMessage { node in
        for input in inputs { node.string(1, input) }
        node.string(2, output)
        node.string(3, "\(type)_\(count)")
        node.string(4, type)
        for (name, attribute) in attributes { node.message(5, Self.message(name, attribute)) }
      })
    return output
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtobufMessage {
    ProtobufMessage {
      $0.string(1, name)
      switch attribute {
      case .float(let value):
        $0.float(2, value)
        $0.integer(20, 1)
      case .integer(let value):
        $0.integer(3, value)
        $0.integer(20, 2)
      case .string(let value):
        $0.string(4, value)
        $0.integer(20, 3)
      case .integers(let values):
        for value in values { $0.integer(8, value) }
        $0.integer(20, 7)
      }
    }
  }

  private static func value(_ name: String, _ shape: [String]) -> ProtobufMessage {
    let shape = ProtobufMessage { message in
      for dimension in shape {
        message.message(
          1,
          ProtobufMessage {
            if let size = Int(dimension) { $0.integer(1, size) } else { $0.string(2, dimension) }
          })
      }
    }
    let tensor = ProtobufMessage {
      $0.integer(1, 1)
      $0.message(2, shape)
    }
    return ProtobufMessage {
      $0.string(1, name)
      $0.message(2, ProtobufMessage { $0.message(1, tensor) })
    }
  }

  /// The graph as a model file.
  ///
  /// - Parameters:
  ///   - name: The graph's name.
  ///   - output: The graph's output, which an operator has made, and its shape.
  ///   - producer: What wrote the file, and its version.
  ///   - metadata: Keys and values, written in the order of the keys.
  /// - Returns: The file's bytes.
  func model(
    named name: String, output: (name: String, shape: [String]), producer: (name: String, version: String),
    metadata: [String: String]
  ) -> [UInt8] {
    let graph = ProtobufMessage {
      for node in nodes { $0.message(1, node) }
      $0.string(2, name)
      for initializer in initializers { $0.message(5, initializer) }
      for input in inputs { $0.message(11, input) }
      $0.message(12, Self.value(output.name, output.shape))
    }
    return ProtobufMessage {
      $0.integer(1, 8)
      $0.string(2, producer.name)
      $0.string(3, producer.version)
      $0.message(7, graph)
      $0.message(8, ProtobufMessage { $0.integer(2, 13) })
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        $0.message(
          14,
          ProtobufMessage {
            $0.string(1, key)
            $0.string(2, value)
          })
      }
    }.bytes
  }
}
