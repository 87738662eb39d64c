/// A network's weights, checked: every tensor is there and has the shape the architecture gives it.
///
/// Values stay in their source, such as a mapped file, until a ``Generator`` prepares them.
public final class GeneratorModel: Sendable {
  /// The order of the three colour channels in photos, colours and the output.
  public enum ChannelOrder: String, Sendable {
    case rgb
    case bgr
  }

  /// The network that the weights are for, and its width.
  public let architecture: Architecture
  /// The side the network was trained at; 512 where the file does not say.
  public let size: Int
  /// Whether red or blue is the first channel of pictures and colours.
  public let channelOrder: ChannelOrder
  /// What the weight file says of itself: licence, training, description.
  public let metadata: [String: String]
  let source: any WeightSource

  /// Channels of the first layer.
  public var width: Int { architecture.width }

  /// Checks names, shapes and metadata of the weights.
  ///
  /// Without metadata the published network's values hold: `sc-fegan`, 512 pixels, blue first.
  ///
  /// - Parameter weights: A source with the architecture's tensor names and layouts.
  /// - Throws: ``GeneratorError`` naming the tensor or the metadata key that is wrong.
  public init(weights: some WeightSource) throws {
    metadata = weights.metadata
    architecture = try Self.architecture(of: weights)
    for (name, expected) in architecture.tensorShapes {
      guard let found = weights.shape(of: name) else {
        throw GeneratorError.missingTensor(name, family: architecture.family)
      }
      guard found == expected else {
        throw GeneratorError.wrongShape(tensor: name, found: found, expected: expected)
      }
    }
    if let text = metadata["width"], Int(text) != architecture.width {
      throw GeneratorError.wrongMetadata(
        key: "width", value: text, expected: "'\(architecture.width)', as the tensors have")
    }
    if let text = metadata["size"] {
      guard let size = Int(text), architecture.accepts(size: size) else {
        throw GeneratorError.wrongMetadata(
          key: "size", value: text, expected: "a multiple of \(architecture.sizeMultiple)")
      }
      self.size = size
    } else {
      size = 512
    }
    if let text = metadata["channel_order"] {
      guard let order = ChannelOrder(rawValue: text) else {
        throw GeneratorError.wrongMetadata(key: "channel_order", value: text, expected: "'rgb' or 'bgr'")
      }
      channelOrder = order
    } else {
      channelOrder = .bgr
    }
    source = weights
  }

  /// Reads which network weights are of, and its width.
  ///
  /// - Parameter weights: A source with the metadata entry `architecture`, or the published network's tensors.
  /// - Returns: The architecture; its other tensors are not looked at.
  /// - Throws: ``GeneratorError`` where the architecture is unknown or its first tensor is missing or misshapen.
  public static func architecture(of weights: some WeightSource) throws -> Architecture {
    var family = Architecture.Family.scFEGAN
    if let name = weights.metadata["architecture"] {
      guard let known = Architecture.Family(rawValue: name) else {
        let names = Architecture.Family.allCases.map { "'\($0.rawValue)'" }.joined(separator: " or ")
        throw GeneratorError.wrongMetadata(key: "architecture", value: name, expected: names)
      }
      family = known
    }
    let (first, expected) = Architecture(family, width: 64).tensorShapes[0]
    guard let shape = weights.shape(of: first) else {
      throw GeneratorError.missingTensor(first, family: family)
    }
    guard shape.count == 4, let width = shape.last, (1...1024).contains(width) else {
      throw GeneratorError.wrongShape(tensor: first, found: shape, expected: expected)
    }
    return Architecture(family, width: width)
  }

  /// Whether every known network runs at this side: a multiple of 128, at most 8192.
  public static func isValid(size: Int) -> Bool {
    Architecture.Family.allCases.allSatisfy { Architecture($0, width: 1).accepts(size: size) }
  }

  /// A tensor's values; throws if one is not finite.
  func floats(_ name: String) throws -> [Float] {
    let values = try source.floats(named: name)
    // The sum of v·0 is NaN exactly if some value is NaN or infinite.
    var sum: Float = 0
    for value in values { sum += value * 0 }
    guard sum == 0 else { throw GeneratorError.notFinite(tensor: name) }
    return values
  }
}
