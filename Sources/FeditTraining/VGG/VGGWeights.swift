import FeditGenerator
import FeditWeights

/// The weights of VGG-16's convolutions (Simonyan and Zisserman 2015), from whichever names a file has.
///
/// Two kinds of files are read: torchvision's (`features.0.weight`, OIHW, input RGB with ImageNet's mean and
/// deviation) and HED's (`hed/conv1_1/kernel`, HWIO, input BGR in levels less a mean). Either way the
/// kernels here are HWIO and take RGB: ``scale`` and ``offset`` make the network's input of −1…1.
public struct VGGWeights: Sendable {
  /// A 3×3 convolution with "SAME" padding of zeros, followed by ReLU.
  public struct Layer: Sendable {
    /// `conv1_1` … `conv5_3`.
    public var name: String
    /// Channels that it takes.
    public var inputs: Int
    /// Channels that it gives.
    public var outputs: Int
    /// HWIO, `3 * 3 * inputs * outputs`.
    public var kernel: [Float]
    /// `outputs` values.
    public var bias: [Float]
    /// Whether the map is halved (maximum of 2×2) before this layer.
    public var poolsBefore: Bool
  }

  /// A layer of the architecture, without weights.
  public struct Shape: Sendable, Hashable {
    /// `conv1_1` … `conv5_3`.
    public var name: String
    /// Channels that it takes.
    public var inputs: Int
    /// Channels that it gives.
    public var outputs: Int
    /// Whether the map is halved (maximum of 2×2) before this layer.
    public var poolsBefore: Bool
    /// Its number among torchvision's `features`.
    var feature: Int
  }

  /// All thirteen convolutions in order.
  public static let shapes: [Shape] = {
    let blocks = [(2, 64, 0), (2, 128, 5), (3, 256, 10), (3, 512, 17), (3, 512, 24)]
    var shapes: [Shape] = []
    var inputs = 3
    for (block, (count, outputs, feature)) in blocks.enumerated() {
      for i in 0..<count {
        shapes.append(
          Shape(
            name: "conv\(block + 1)_\(i + 1)", inputs: inputs, outputs: outputs,
            poolsBefore: block > 0 && i == 0, feature: feature + 2 * i))
        inputs = outputs
      }
    }
    return shapes
  }()

  /// The file they come from.
  public let file: String
  /// In order, up to the last that was asked for.
  public let layers: [Layer]
  /// The network's input for each of R, G, B is `value * scale + offset`, the value −1…1.
  public let scale: [Float]
  /// What is added for each of R, G, B; see ``scale``.
  public let offset: [Float]

  /// Reads and checks the weights.
  ///
  /// - Parameters:
  ///   - file: an opened weight file with torchvision's or HED's names.
  ///   - last: the last convolution that is needed.
  /// - Throws: `WeightError` naming the tensor that is missing, of another shape or not finite.
  public init(file: SafetensorsFile, through last: String = "conv5_3") throws(WeightError) {
    let isHED = file.tensor("hed/conv1_1/kernel") != nil
    guard isHED || file.tensor("features.0.weight") != nil else {
      throw WeightError(
        file: file.name, "has neither 'features.0.weight' nor 'hed/conv1_1/kernel': it is no VGG-16",
        hints: [
          "save torchvision's vgg16: safetensors.torch.save_file(torchvision.models.vgg16("
            + "weights='IMAGENET1K_V1').state_dict(), 'vgg16.safetensors')"
        ])
    }
    let end = Self.shapes.firstIndex { $0.name == last }.map { $0 + 1 } ?? Self.shapes.count
    layers = try Self.shapes[..<end].map { shape throws(WeightError) in
      let base = isHED ? "hed/\(shape.name)/" : "features.\(shape.feature)."
      let kernelShape =
        isHED ? [3, 3, shape.inputs, shape.outputs] : [shape.outputs, shape.inputs, 3, 3]
      var kernel = try Self.read(
        file, base + (isHED ? "kernel" : "weight"), kernelShape, layer: shape.name)
      let bias = try Self.read(file, base + "bias", [shape.outputs], layer: shape.name)
      if !isHED { kernel = Self.transposed(kernel, inputs: shape.inputs, outputs: shape.outputs) }
      if isHED, shape.inputs == 3 { kernel = Self.reversed(kernel, outputs: shape.outputs) }
      return Layer(
        name: shape.name, inputs: shape.inputs, outputs: shape.outputs, kernel: kernel, bias: bias,
        poolsBefore: shape.poolsBefore)
    }
    self.file = file.name
    if isHED {
      // Levels less the mean, (v + 1) · 127.5 − mean, R, G, B.
      scale = [127.5, 127.5, 127.5]
      offset = [127.5 - 122.67892, 127.5 - 116.66877, 127.5 - 104.00699]
    } else {
      let mean: [Float] = [0.485, 0.456, 0.406]
      let deviation: [Float] = [0.229, 0.224, 0.225]
      scale = deviation.map { 0.5 / $0 }
      offset = zip(mean, deviation).map { (0.5 - $0) / $1 }
    }
  }

  /// Opens a file and reads the weights.
  ///
  /// - Parameters:
  ///   - path: the weight file.
  ///   - last: the last convolution that is needed.
  /// - Throws: `WeightError`.
  public init(path: String, through last: String = "conv5_3") throws(WeightError) {
    try self.init(file: try SafetensorsFile(path: path), through: last)
  }

  /// A tensor's values, its shape checked.
  static func read(
    _ file: SafetensorsFile, _ name: String, _ expected: [Int], layer: String
  ) throws(WeightError) -> [Float] {
    guard let shape = file.shape(of: name) else {
      throw WeightError(file: file.name, tensor: name, "the file has no such tensor; it is \(layer)'s")
    }
    guard shape == expected else {
      throw WeightError(file: file.name, tensor: name, "has shape \(shape), expected \(expected)")
    }
    let values = try file.floats(named: name)
    guard values.allSatisfy(\.isFinite) else {
      throw WeightError(file: file.name, tensor: name, "holds a value that is not a finite number")
    }
    return values
  }

  /// From OIHW to HWIO.
  private static func transposed(_ kernel: [Float], inputs: Int, outputs: Int) -> [Float] {
    var result = [Float](repeating: 0, count: kernel.count)
    for o in 0..<outputs {
      for i in 0..<inputs {
        for t in 0..<9 { result[(t * inputs + i) * outputs + o] = kernel[(o * inputs + i) * 9 + t] }
      }
    }
    return result
  }

  /// A first kernel that takes BGR, for RGB.
  private static func reversed(_ kernel: [Float], outputs: Int) -> [Float] {
    var result = kernel
    for t in 0..<9 {
      for i in 0..<3 {
        for o in 0..<outputs {
          result[(t * 3 + i) * outputs + o] = kernel[(t * 3 + 2 - i) * outputs + o]
        }
      }
    }
    return result
  }
}
