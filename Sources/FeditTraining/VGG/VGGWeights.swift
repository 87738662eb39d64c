import FeditNN
import FeditWeights

/// The weights of VGG-16's convolutions (Simonyan and Zisserman 2015), from whichever names a file has.
///
/// Two kinds of files are read: torchvision's (`features.0.weight`, OIHW, input RGB with ImageNet's mean and
/// deviation) and HED's (`hed/conv1_1/kernel`, HWIO, input BGR in levels less a mean). Either way the
/// kernels here are HWIO and take RGB: ``scale`` and ``offset`` make the network's input of −1…1.
public struct VGGWeights: Sendable {
  /// All thirteen convolutions in order.
  package static let table = LayerStack(
    inputs: 3,
    blocks.enumerated().flatMap { block, row in
      (0..<row.count).map { i in
        LayerStack.Row(
          "conv\(block + 1)_\(i + 1)", outputs: row.outputs, slope: 0, poolsBefore: block > 0 && i == 0)
      }
    })
  /// For each block its convolutions, their channels, and the first one's number among torchvision's `features`.
  private static let blocks: [(count: Int, outputs: Int, feature: Int)] = [
    (2, 64, 0), (2, 128, 5), (3, 256, 10), (3, 512, 17), (3, 512, 24),
  ]
  private static let features = blocks.flatMap { row in (0..<row.count).map { row.feature + 2 * $0 } }

  /// The file they come from.
  public let file: String
  /// The layers, up to the last that was asked for.
  package let table: LayerStack
  /// Kernel (HWIO) and bias of each.
  package let values: [PreparedStack.Weights]
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
    table = Self.table.through(last)
    values = try zip(table.layers, Self.features).map { layer, feature throws(WeightError) in
      let shape = layer.shape
      let base = isHED ? "hed/\(layer.name)/" : "features.\(feature)."
      var kernel = try file.floats(
        named: base + (isHED ? "kernel" : "weight"),
        shape: isHED ? [3, 3, shape.fine, shape.coarse] : [shape.coarse, shape.fine, 3, 3], of: layer.name)
      let bias = try file.floats(named: base + "bias", shape: [shape.coarse], of: layer.name)
      if !isHED { kernel = Self.transposed(kernel, inputs: shape.fine, outputs: shape.coarse) }
      if isHED, shape.fine == 3 { kernel = Self.reversed(kernel, outputs: shape.coarse) }
      return (kernel, bias)
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
