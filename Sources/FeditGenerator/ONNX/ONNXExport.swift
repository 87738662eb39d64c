import FeditText

extension GeneratorModel {
  /// The network with its weights as an ONNX model (opset 13), for frames of any size that the architecture accepts.
  ///
  /// Inputs and output are those of `fedit model apply`, NHWC float32 in the model's own channel order: `image` (not yet
  /// erased), `sketch`, `color`, `mask`, `noise`, for networks that see them `color_set`, `octave` (one number),
  /// `mirror` and `mirror_set`; `generated` is the output after tanh.
  ///
  /// - Returns: The file's bytes.
  /// - Throws: ``GeneratorError`` if a tensor holds a value that is not finite; what the weights' source throws.
  public func onnx() throws -> [UInt8] {
    var graph = ONNXGraph()
    let frame = Self.assemble(architecture, in: &graph)
    var maps: [String] = []
    for layer in architecture.layers {
      let inputs = layer.sources.map { source in
        if case .layer(let index) = source { return maps[index] }
        return frame
      }
      let input = inputs.count == 1 ? inputs[0] : graph.add("Concat", inputs, [("axis", .integer(1))])
      maps.append(try add(layer, to: input, in: &graph))
    }
    let last = graph.add("Tanh", [maps[maps.count - 1]])
    let output = graph.add("Transpose", [last], output: "generated", [("perm", .integers([0, 2, 3, 1]))])
    return graph.model(
      named: architecture.family.rawValue, output: (output, ["batch", "size", "size", "3"]),
      producer: ("fedit", feditVersion), metadata: metadata)
  }

  /// The network's input out of the layers, NCHW.
  private static func assemble(_ architecture: Architecture, in graph: inout ONNXGraph) -> String {
    func layer(_ name: String, _ channels: Int) -> String {
      graph.input(name, ["batch", "size", "size", String(channels)])
      return name
    }
    let (image, sketch, color) = (layer("image", 3), layer("sketch", 1), layer("color", 3))
    let (mask, noise) = (layer("mask", 1), layer("noise", 1))
    graph.constant("one", shape: [1], [1])
    func masked(_ name: String) -> String { graph.add("Mul", [name, mask]) }
    let erased = graph.add("Mul", [image, graph.add("Sub", ["one", mask])])
    var mirrored: [String] = []
    if architecture.seesMirror {
      let (mirror, set) = (layer("mirror", 3), masked(layer("mirror_set", 1)))
      mirrored = [graph.add("Mul", [mirror, set]), set]
    }
    var channels = [erased, masked(sketch)]
    if architecture.seesColorSet {
      let set = masked(layer("color_set", 1))
      graph.input("octave", ["1"])
      channels += [graph.add("Mul", [color, set]), mask, masked(noise), set, masked("octave")] + mirrored
    } else {
      channels += [masked(color), mask, masked(noise)]
    }
    let all = graph.add("Concat", channels, [("axis", .integer(3))])
    return graph.add("Transpose", [all], [("perm", .integers([0, 3, 1, 2]))])
  }

  private func add(_ layer: Architecture.Layer, to input: String, in graph: inout ONNXGraph) throws -> String
  {
    let base = "generator/\(layer.name)"
    func activated(_ name: String) -> String {
      let normalized =
        layer.normalizes
        ? graph.add(
          "LRN", [name],
          // alpha is divided by the size: a plain sum of eleven squares.
          [("size", .integer(11)), ("alpha", .float(11)), ("beta", .float(0.5)), ("bias", .float(5e-5))])
        : name
      return layer.leaky ? graph.add("LeakyRelu", [normalized], [("alpha", .float(0.2))]) : normalized
    }
    func gated(_ feature: String, by gate: String) -> String {
      graph.add("Mul", [feature, graph.add("Sigmoid", [gate])])
    }
    switch layer.kind {
    case .gated(let kernel, let stride, let dilation):
      let shape = (kernel, stride, dilation)
      let feature = try convolve(input, base, layer, shape, in: &graph)
      let gate = try convolve(input, base + "_g", layer, shape, in: &graph)
      return gated(activated(feature), by: gate)
    case .upsampling:
      try constant(
        base + "/w", permuting: [5, 5, layer.outputs, layer.inputs], to: [3, 2, 0, 1], in: &graph)
      graph.constant(base + "/biases1", shape: [layer.outputs], try floats(base + "/biases1"))
      // Output pixel o takes input i through tap o + 1 − 2i.
      let sum = graph.add(
        "ConvTranspose", [input, base + "/w", base + "/biases1"],
        [("strides", .integers([2, 2])), ("pads", .integers([1, 1, 2, 2]))])
      let value = activated(sum)
      return gated(value, by: value)
    case .enlarging:
      if !graph.hasConstant("doubled") { graph.constant("doubled", shape: [4], [1, 1, 2, 2]) }
      let doubled = graph.add(
        "Resize", [input, "", "doubled"],
        [
          ("mode", .string("nearest")), ("coordinate_transformation_mode", .string("asymmetric")),
          ("nearest_mode", .string("floor")),
        ])
      let value = activated(try convolve(doubled, base, layer, (3, 1, 1), in: &graph))
      return gated(value, by: value)
    }
  }

  /// A convolution with TensorFlow's "SAME" padding, for sides that are multiples of the stride.
  private func convolve(
    _ input: String, _ name: String, _ layer: Architecture.Layer,
    _ shape: (kernel: Int, stride: Int, dilation: Int), in graph: inout ONNXGraph
  ) throws -> String {
    let (kernel, stride, dilation) = shape
    try constant(
      name + "/kernel", permuting: [kernel, kernel, layer.inputs, layer.outputs], to: [3, 2, 0, 1], in: &graph
    )
    graph.constant(name + "/bias", shape: [layer.outputs], try floats(name + "/bias"))
    let padding = max((kernel - 1) * dilation + 1 - stride, 0)
    let (before, after) = (padding / 2, padding - padding / 2)
    return graph.add(
      "Conv", [input, name + "/kernel", name + "/bias"],
      [
        ("strides", .integers([stride, stride])), ("dilations", .integers([dilation, dilation])),
        ("pads", .integers([before, before, after, after])),
      ])
  }

  /// A kernel with its dimensions in another order: dimension i of the constant is dimension order[i] of the tensor.
  private func constant(
    _ name: String, permuting shape: [Int], to order: [Int], in graph: inout ONNXGraph
  ) throws {
    let values = try floats(name)
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    let (to, by) = (order.map { shape[$0] }, order.map { strides[$0] })
    var permuted: [Float] = []
    permuted.reserveCapacity(values.count)
    for a in 0..<to[0] {
      for b in 0..<to[1] {
        for c in 0..<to[2] {
          for d in 0..<to[3] { permuted.append(values[a * by[0] + b * by[1] + c * by[2] + d * by[3]]) }
        }
      }
    }
    graph.constant(name, shape: to, permuted)
  }
}
