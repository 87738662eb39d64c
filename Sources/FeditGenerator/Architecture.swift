/// The published network as data: every layer's kind, shape and where its input comes from.
///
/// Formula and names are those of SC-FEGAN (Jo and Park, ICCV 2019) and its published code.
public struct Architecture: Sendable, Equatable {
  /// The number of channels of the first layer (published: 64).
  public let width: Int

  /// Describes the network of a width.
  public init(width: Int) { self.width = width }

  /// How a convolution reads its input.
  public enum Kind: Sendable, Equatable {
    /// `k`×`k`, the given stride and dilation, TensorFlow's "SAME" padding; feature and gate.
    case gated(kernel: Int, stride: Int, dilation: Int)
    /// 5×5 transposed, stride 2, gated by the sigmoid of its own activation.
    case upsampling
  }

  /// A layer of the network.
  public struct Layer: Sendable, Equatable {
    /// The published name, such as `gconv1_ds` or `deconv3`.
    public let name: String
    public let kind: Kind
    /// Channels of the first input (for a decoder convolution: of the skip connection).
    public let skipChannels: Int
    /// Channels of the second, concatenated input; 0 where there is none.
    public let mainChannels: Int
    /// Output channels, after gating.
    public let outputs: Int
    public let normalizes: Bool
    public let leaky: Bool
    /// Side of the output as a fraction of the frame: the frame's side shifted right by this.
    public let shift: Int
    /// All input channels.
    public var inputs: Int { skipChannels + mainChannels }
  }

  /// The 25 layers in order: seven down, four dilated, then seven pairs of upsampling and convolution.
  public var layers: [Layer] {
    let w = width
    var layers: [Layer] = []
    let widths = [w, 2 * w, 4 * w, 8 * w, 8 * w, 8 * w, 8 * w]
    let kernels = [7, 5, 5, 3, 3, 3, 3]
    var inputs = 9
    for (i, (outputs, kernel)) in zip(widths, kernels).enumerated() {
      layers.append(
        Layer(
          name: "gconv\(i + 1)_ds", kind: .gated(kernel: kernel, stride: 2, dilation: 1),
          skipChannels: 0, mainChannels: inputs, outputs: outputs, normalizes: i > 0, leaky: true,
          shift: i + 1))
      inputs = outputs
    }
    for i in 1...4 {
      layers.append(
        Layer(
          name: "co_conv\(i)_dlt", kind: .gated(kernel: 3, stride: 1, dilation: 1 << i),
          skipChannels: 0, mainChannels: 8 * w, outputs: 8 * w, normalizes: true, leaky: true, shift: 7))
    }
    inputs = 8 * w
    let outputs = [8 * w, 8 * w, 8 * w, 4 * w, 2 * w, w, 3]
    let skips = [8 * w, 8 * w, 8 * w, 4 * w, 2 * w, w, 9]
    for i in 0..<7 {
      layers.append(
        Layer(
          name: "deconv\(i + 1)", kind: .upsampling, skipChannels: 0, mainChannels: inputs,
          outputs: outputs[i], normalizes: false, leaky: true, shift: 6 - i))
      layers.append(
        Layer(
          name: "gconv\(i + 8)", kind: .gated(kernel: 3, stride: 1, dilation: 1),
          skipChannels: skips[i], mainChannels: outputs[i], outputs: outputs[i],
          normalizes: i < 6, leaky: i < 6, shift: 6 - i))
      inputs = outputs[i]
    }
    return layers
  }

  /// Every tensor of a weight file and its shape, under the published names; `biases2` is never read.
  public var tensorShapes: [(name: String, shape: [Int])] {
    layers.flatMap { layer -> [(name: String, shape: [Int])] in
      let base = "generator/\(layer.name)"
      switch layer.kind {
      case .gated(let kernel, _, _):
        let shape = [kernel, kernel, layer.inputs, layer.outputs]
        return [
          (base + "/kernel", shape), (base + "/bias", [layer.outputs]),
          (base + "_g/kernel", shape), (base + "_g/bias", [layer.outputs]),
        ]
      case .upsampling:
        return [
          (base + "/w", [5, 5, layer.outputs, layer.inputs]), (base + "/biases1", [layer.outputs]),
        ]
      }
    }
  }

  /// Multiplications and additions of one run at a size, in floating-point operations, computed directly.
  ///
  /// - Parameter size: The frame's side in pixels, a multiple of 128.
  /// - Returns: The number of them, of the whole frame.
  public func floatingPointOperations(size: Int) -> Double {
    layers.reduce(0) { $0 + floatingPointOperations(of: $1, size: size) }
  }

  /// The same for one layer.
  ///
  /// - Parameters:
  ///   - layer: One of ``layers``.
  ///   - size: The frame's side in pixels, a multiple of 128.
  /// - Returns: The number of them, of the whole frame.
  public func floatingPointOperations(of layer: Layer, size: Int) -> Double {
    let side = Double(size >> layer.shift)
    let channels = Double(layer.inputs) * Double(layer.outputs)
    switch layer.kind {
    case .gated(let kernel, _, _): return 2 * side * side * Double(kernel * kernel) * channels * 2
    case .upsampling: return 2 * side * side / 4 * 25 * channels
    }
  }
}
