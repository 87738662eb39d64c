import FeditNN

/// Random weights of any width, made tensor by tensor when asked for: the same for a seed everywhere.
///
/// Uniform with the variance that keeps activations' size (He et al., ICCV 2015); for tests and benchmarks.
public struct RandomWeights: WeightSource {
  /// What a weight file of the same network would say of itself.
  public let metadata: [String: String]
  private let tensors: [String: LayerTensor]
  private let seed: UInt64

  /// Describes the weights; makes none yet.
  ///
  /// - Parameters:
  ///   - family: Which network.
  ///   - width: Channels of the first layer.
  ///   - size: The side that the metadata names.
  ///   - seed: Chooses the numbers.
  public init(_ family: Architecture.Family = .scFEGAN, width: Int, size: Int = 512, seed: UInt64 = 1) {
    metadata = [
      "architecture": family.rawValue, "width": String(width), "size": String(size), "channel_order": "rgb",
      "licence": "none (random numbers)", "training": "none",
    ]
    tensors = Dictionary(
      uniqueKeysWithValues: Architecture(family, width: width).layers.flatMap { layer in
        layer.tensors.map { (layer.fileName($0.name), $0) }
      })
    self.seed = seed
  }

  /// The network's tensors, in no order.
  public var names: [String] { Array(tensors.keys) }
  /// A tensor's dimensions; nil where the network has no such tensor.
  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// A tensor's values, row-major: the same for the same seed and name.
  ///
  /// - Throws: `GeneratorError.missingTensor` where the network has no such tensor.
  public func floats(named name: String) throws -> [Float] {
    guard let tensor = tensors[name] else { throw GeneratorError.missingTensor(name) }
    var state = seed
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let count = tensor.count
    let isBias = tensor.terms == 0
    let scale = isBias ? 0.05 : (6 / Float(tensor.terms)).squareRoot()
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      for i in 0..<count {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        values[i] = (Float(z >> 40) / Float(1 << 23) - 1) * scale
      }
      initialized = count
    }
  }
}
