import FeditNN

/// A generator as data: every layer's kind, its shape, and where its inputs come from.
///
/// Everything that runs, trains, stores or measures a network goes over this table; what is particular to one
/// architecture stands in its table and nowhere else.
public struct Architecture: Sendable, Equatable {
  /// The networks that are known, under the names that weight files have in their metadata.
  public enum Family: String, Sendable, CaseIterable {
    /// The published network of Jo and Park (ICCV 2019).
    case scFEGAN = "sc-fegan"
    /// A U-Net of gated convolutions that enlarges by neighbours and sees whether a colour is set.
    case gatedUNet = "gated-unet"
    /// The same with a body of four more layers at a thirty-second and a sixteenth of the size, which sees in the mask
    /// what lies opposite in the face.
    case deepGatedUNet = "gated-unet-deep"
  }

  /// Which network it is.
  public let family: Family
  /// The number of channels of the first layer (published: 64).
  public let width: Int
  /// The layers in order; each reads the frame or layers before it.
  public let layers: [Layer]

  /// Describes the network of a width.
  public init(_ family: Family = .scFEGAN, width: Int) {
    self.family = family
    self.width = width
    switch family {
    case .scFEGAN: layers = Self.publishedLayers(width)
    case .gatedUNet: layers = Self.gatedUNetLayers(width, isDeep: false)
    case .deepGatedUNet: layers = Self.gatedUNetLayers(width, isDeep: true)
    }
  }

  /// How a layer reads its input.
  public typealias Kind = Convolution.Kind

  /// Where an input comes from.
  public enum Source: Sendable, Equatable {
    /// The network's own input.
    case frame
    /// The layer of this index.
    case layer(Int)
  }

  /// A layer of the network.
  public struct Layer: Sendable, Equatable {
    /// The name in weight files, such as `gconv1_ds` or `deconv3`.
    public let name: String
    /// What the layer computes.
    public let kind: Kind
    /// One input, or two that are concatenated in this order.
    public let sources: [Source]
    /// Channels of each of ``sources``.
    public let inputChannels: [Int]
    /// Output channels, after gating.
    public let outputs: Int
    /// Whether the feature is normalised across channels (LRN).
    public let normalizes: Bool
    /// Whether the feature goes through leaky ReLU.
    public let leaky: Bool
    /// Side of the output as a fraction of the frame: the frame's side shifted right by this.
    public let shift: Int
    /// All input channels.
    public var inputs: Int { inputChannels.reduce(0, +) }
  }

  /// Channels of the network's input: 9, 11 with "a colour is set" and "octave", or 15 with the mirror.
  public var inputChannels: Int { Self.inputChannels(family) }

  /// Whether the network is told where a colour is set, and sees 0 where none is; otherwise it sees −1 there.
  public var seesColorSet: Bool { family != .scFEGAN }

  /// Whether the network sees in the mask what lies opposite in the face, where that is known.
  public var seesMirror: Bool { family == .deepGatedUNet }

  /// The frame's side is a multiple of this: 128, or 64 for those of our own.
  public var sizeMultiple: Int { 1 << (layers.map(\.shift).max() ?? 0) }

  /// The largest side of a frame, in pixels.
  public static let largestSize = 8192

  /// Whether the network can run at this side.
  public func accepts(size: Int) -> Bool {
    size > 0 && size <= Self.largestSize && size % sizeMultiple == 0
  }

  /// Every tensor of a weight file and its shape; the published network's `biases2` is never read.
  public var tensorShapes: [(name: String, shape: [Int])] {
    layers.flatMap { layer in layer.tensors.map { (layer.fileName($0.name), $0.shape) } }
  }

  /// Multiplications and additions of one run at a size, in floating-point operations, computed directly.
  ///
  /// - Parameter size: The frame's side in pixels, a multiple of ``sizeMultiple``.
  /// - Returns: The number of them, of the whole frame.
  public func floatingPointOperations(size: Int) -> Double {
    layers.reduce(0) { $0 + floatingPointOperations(of: $1, size: size) }
  }

  /// The same for one layer.
  ///
  /// - Parameters:
  ///   - layer: One of ``layers``.
  ///   - size: The frame's side in pixels, a multiple of ``sizeMultiple``.
  /// - Returns: The number of them, of the whole frame.
  public func floatingPointOperations(of layer: Layer, size: Int) -> Double {
    let side = Double(size >> layer.shift) / Double(layer.kind.scale)
    return side * side * layer.operationsPerGridPixel
  }
}

extension Architecture.Layer {
  /// Whether training begins with what goes in coming out: gated layers without normalisation or slope between as many
  /// channels.
  package var beginsAsIdentity: Bool {
    guard case .gated(_, 1, _) = kind else { return false }
    return !normalizes && !leaky && inputs == outputs
  }

  /// Its tensors in weight files, in the order of its branches: a kernel and a bias each.
  package var tensors: [LayerTensor] { kind.tensors(inputs: inputs, outputs: outputs) }

  /// A tensor's whole name in weight files.
  package func fileName(_ tensor: String) -> String { "generator/" + name + tensor }

  /// Floating-point operations, computed directly, for one pixel of the layer's grid of sums.
  var operationsPerGridPixel: Double { kind.operationsPerGridPixel(inputs: inputs, outputs: outputs) }
}

// MARK: The tables

extension Architecture {
  private static func inputChannels(_ family: Family) -> Int {
    switch family {
    case .scFEGAN: 9
    case .gatedUNet: 11
    case .deepGatedUNet: 15
    }
  }

  /// Adds layers one after another; each reads by name what came before.
  private struct Builder {
    let frameChannels: Int
    private(set) var layers: [Layer] = []

    init(frameChannels: Int) { self.frameChannels = frameChannels }

    /// Appends a layer that reads the layers named (`frame` for the network's input), or the last one.
    mutating func add(
      _ name: String, _ kind: Kind, from names: [String]? = nil, outputs: Int, shift: Int,
      normalizes: Bool = false, leaky: Bool = true
    ) {
      let last = layers.last?.name ?? "frame"
      let sources = (names ?? [last]).map { name -> Source in
        layers.firstIndex { $0.name == name }.map(Source.layer) ?? .frame
      }
      let channels = sources.map { source -> Int in
        switch source {
        case .frame: frameChannels
        case .layer(let index): layers[index].outputs
        }
      }
      layers.append(
        Layer(
          name: name, kind: kind, sources: sources, inputChannels: channels, outputs: outputs,
          normalizes: normalizes, leaky: leaky, shift: shift))
    }
  }

  /// Seven layers down, four dilated, then seven pairs of upsampling and convolution. Formula and names are those
  /// of SC-FEGAN and its published code.
  private static func publishedLayers(_ w: Int) -> [Layer] {
    var table = Builder(frameChannels: inputChannels(.scFEGAN))
    let kernels = [7, 5, 5, 3, 3, 3, 3]
    for (i, outputs) in [w, 2 * w, 4 * w, 8 * w, 8 * w, 8 * w, 8 * w].enumerated() {
      table.add(
        "gconv\(i + 1)_ds", .gated(kernel: kernels[i], stride: 2, dilation: 1), outputs: outputs,
        shift: i + 1, normalizes: i > 0)
    }
    for i in 1...4 {
      table.add(
        "co_conv\(i)_dlt", .gated(kernel: 3, stride: 1, dilation: 1 << i), outputs: 8 * w, shift: 7,
        normalizes: true)
    }
    for (i, outputs) in [8 * w, 8 * w, 8 * w, 4 * w, 2 * w, w, 3].enumerated() {
      table.add("deconv\(i + 1)", .upsampling, outputs: outputs, shift: 6 - i)
      table.add(
        "gconv\(i + 8)", .gated(kernel: 3, stride: 1, dilation: 1),
        from: [i < 6 ? "gconv\(6 - i)_ds" : "frame", "deconv\(i + 1)"], outputs: outputs, shift: 6 - i,
        normalizes: i < 6, leaky: i < 6)
    }
    return table.layers
  }

  /// Six layers down, two in the middle, five times enlarging and joining with the way down, a dilated context at an
  /// eighth of the size, and `w` channels at full size. The deep one has a body where a pixel sees most of a face:
  /// what goes with what, such as one eye with the other, is decided there, at a few hundredths of the work.
  private static func gatedUNetLayers(_ w: Int, isDeep: Bool) -> [Layer] {
    var table = Builder(frameChannels: inputChannels(isDeep ? .deepGatedUNet : .gatedUNet))
    let plain = Kind.gated(kernel: 3, stride: 1, dilation: 1)
    let kernels = [7, 5, 5, 3, 3, 3]
    for (i, outputs) in [w, 2 * w, 4 * w, 8 * w, 8 * w, 8 * w].enumerated() {
      table.add(
        "down\(i + 1)", .gated(kernel: kernels[i], stride: 2, dilation: 1), outputs: outputs, shift: i + 1,
        normalizes: i > 0)
    }
    for i in 1...2 { table.add("middle\(i)", plain, outputs: 8 * w, shift: 6, normalizes: true) }
    for (i, outputs) in [8 * w, 8 * w, 4 * w, 2 * w, w].enumerated() {
      table.add("up\(i + 1)", .enlarging, outputs: outputs, shift: 5 - i)
      table.add(
        "fuse\(i + 1)", plain, from: ["down\(5 - i)", "up\(i + 1)"], outputs: outputs, shift: 5 - i,
        normalizes: true)
      if isDeep, i < 2 {
        for b in 1...2 {
          table.add(
            "body\(2 * i + b)", .gated(kernel: 3, stride: 1, dilation: i == 0 ? b : 1), outputs: outputs,
            shift: 5 - i, leaky: false)
        }
      }
      guard i == 2 else { continue }
      for c in 1...3 {
        table.add(
          "context\(c)", .gated(kernel: 3, stride: 1, dilation: 1 << c), outputs: outputs, shift: 5 - i,
          leaky: false)
      }
    }
    table.add("up6", .enlarging, outputs: w, shift: 0)
    table.add("full1", plain, from: ["frame", "up6"], outputs: w, shift: 0)
    table.add("full2", plain, outputs: w, shift: 0)
    table.add("output", plain, outputs: 3, shift: 0, leaky: false)
    return table.layers
  }
}
