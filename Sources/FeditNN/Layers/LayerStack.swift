/// A chain of plain convolutions, each followed by a leaky ReLU, as data: the discriminators, VGG-16 and the face
/// finder's networks are such tables. ``PreparedStack`` runs one, ``TrainableStack`` trains one.
package struct LayerStack: Sendable, Equatable {
  /// A convolution with TensorFlow's "SAME" padding and its activation.
  package struct Layer: Sendable, Equatable {
    /// The name in weight files.
    package let name: String
    package let shape: ConvolutionShape
    /// What negative sums are multiplied by: 1 for no activation, 0 for a plain ReLU.
    package let slope: Float
    /// Whether the map is halved (maximum of 2×2) before this layer.
    package let poolsBefore: Bool
    /// Where its weights and then its biases begin among the network's parameters.
    package let offset: Int

    package var parameters: Int { LayerDirection.convolution.parameters(shape) }
  }

  /// What a layer of the table says, given the layers before it.
  package struct Row {
    var name: String
    var kernel: Int
    var stride: Int
    var outputs: Int
    var slope: Float
    var poolsBefore: Bool

    package init(
      _ name: String, kernel: Int = 3, stride: Int = 1, outputs: Int, slope: Float, poolsBefore: Bool = false
    ) {
      self.name = name
      self.kernel = kernel
      self.stride = stride
      self.outputs = outputs
      self.slope = slope
      self.poolsBefore = poolsBefore
    }
  }

  package private(set) var layers: [Layer]

  /// Describes a chain.
  ///
  /// - Parameters:
  ///   - inputs: Channels of what the first layer reads.
  ///   - rows: The layers, each reading the one before.
  package init(inputs: Int, _ rows: [Row]) {
    precondition(!rows.isEmpty)
    var (inputs, offset) = (inputs, 0)
    layers = rows.map { row in
      let layer = Layer(
        name: row.name,
        shape: ConvolutionShape(kernel: row.kernel, stride: row.stride, fine: inputs, coarse: row.outputs),
        slope: row.slope, poolsBefore: row.poolsBefore, offset: offset)
      inputs = row.outputs
      offset += layer.parameters
      return layer
    }
  }

  /// Describes a chain of layers `name1`, `name2`, …, with a leaky ReLU after all but the last.
  ///
  /// - Parameters:
  ///   - name: What the layers' names begin with.
  ///   - inputs: Channels of what the first layer reads.
  ///   - layers: Kernel's side, stride and outputs of each.
  ///   - slope: Of the leaky ReLU.
  package init(
    _ name: String, inputs: Int, _ layers: [(kernel: Int, stride: Int, outputs: Int)], slope: Float
  ) {
    self.init(
      inputs: inputs,
      layers.enumerated().map { index, layer in
        Row(
          name + String(index + 1), kernel: layer.kernel, stride: layer.stride, outputs: layer.outputs,
          slope: index == layers.count - 1 ? 1 : slope)
      })
  }

  /// The layers up to one of a name; all where there is none of it.
  package func through(_ name: String) -> LayerStack {
    var part = self
    if let last = layers.firstIndex(where: { $0.name == name }) { part.layers = Array(layers[...last]) }
    return part
  }

  /// Channels of what the first layer reads.
  package var inputs: Int { layers[0].shape.fine }
  /// Channels of the output.
  package var outputs: Int { layers[layers.count - 1].shape.coarse }
  /// Pixels of the input, a side, for one of the output.
  package var stride: Int { layers.reduce(1) { $0 * $1.shape.stride * ($1.poolsBefore ? 2 : 1) } }
  /// All weights and biases.
  package var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }

  /// The tensors of weight files, kernels HWIO, in the order of the parameters.
  package var tensors: [(name: String, shape: [Int])] {
    layers.flatMap { layer in
      let s = layer.shape
      return [
        ("\(layer.name)/kernel", [s.kernel, s.kernel, s.fine, s.coarse]), ("\(layer.name)/bias", [s.coarse]),
      ]
    }
  }

  /// The tensors with their values out of a run of parameters.
  package func tensors(
    from parameters: UnsafePointer<Float>
  ) -> [(name: String, shape: [Int], values: [Float])] {
    var next = parameters
    return tensors.map { tensor in
      let count = tensor.shape.reduce(1, *)
      defer { next += count }
      return (tensor.name, tensor.shape, Array(UnsafeBufferPointer(start: next, count: count)))
    }
  }
}
