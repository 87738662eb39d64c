import FeditKernels

/// A convolution or transposed convolution with its activation, for a batch: forward and backward.
package final class TrainableLayer {
  package let name: String
  package let shape: ConvolutionShape
  package let direction: LayerDirection
  package let sums: BatchMap
  /// Of its leaky ReLU.
  package let slope: Float
  /// Where its weights and then its biases begin among the network's parameters.
  package let offset: Int
  /// Its biases.
  package let biases: Int
  /// Its weights.
  package let weights: Int
  /// The sixteen taps of an enlarging layer, and their gradient.
  private let expanded: (weights: FloatBuffer, gradient: FloatBuffer)?
  private let input: BatchMap
  private let forwardSums: ConvolutionOperator
  private let forwardActivation: Activation
  private let backwardActivation: Activation
  private let weightGradient: WeightGradientOperator
  private let dataGradient: ConvolutionOperator?

  /// Where a layer's input gradient goes.
  package struct InputGradient {
    package var slice: MapSlice
    /// The input channels that are wanted; nil for all.
    package var channels: Range<Int>?
    /// Whether it is added to what the map holds.
    package var accumulates: Bool
    package init(_ slice: MapSlice, channels: Range<Int>? = nil, accumulates: Bool = false) {
      self.slice = slice
      self.channels = channels
      self.accumulates = accumulates
    }
  }

  /// Connects a layer.
  ///
  /// - Parameters:
  ///   - name: Its name in weight files.
  ///   - shape: Of the convolution; a transposed one goes from coarse to fine.
  ///   - direction: Which way forward is.
  ///   - activation: The function of its sums.
  ///   - channels: Channels of the output.
  ///   - slope: Of the leaky ReLU.
  ///   - offset: Where its parameters begin.
  ///   - input: What it reads.
  ///   - output: What it writes.
  ///   - outputGradient: The gradient of what it writes.
  ///   - inputGradient: Where the gradient of what it reads goes; nil if nobody wants it.
  /// - Throws: ``OutOfMemory``.
  package init(
    name: String, shape: ConvolutionShape, direction: LayerDirection = .convolution,
    activation: Activation.Kind,
    channels: Int, slope: Float, offset: Int, input: MapSlice, output: MapSlice, outputGradient: MapSlice,
    inputGradient: InputGradient?
  ) throws(OutOfMemory) {
    self.name = name
    self.shape = shape
    self.direction = direction
    self.offset = offset
    self.slope = slope
    let isConvolution = direction == .convolution
    biases = direction.biases(shape)
    weights = direction.weights(shape)
    expanded = direction == .enlarging ? try Self.expansion(shape) : nil
    sums = try BatchMap(
      images: input.map.images, side: output.map.side, channels: biases,
      border: isConvolution
        ? shape.coarseBorder(coarseSide: output.map.side) : shape.fineBorder(coarseSide: input.map.side),
      precision: input.map.precision)
    self.input = input.map
    let slice = MapSlice(sums)
    forwardSums =
      isConvolution
      ? try ConvolutionOperator(correlating: shape, from: input, to: slice)
      : try ConvolutionOperator(transposing: shape, from: input, to: slice, start: FT_BIAS)
    forwardActivation = Activation(activation, sums: sums, output: output, channels: channels, slope: slope)
    backwardActivation = Activation(
      activation, sums: sums, output: outputGradient, channels: channels, slope: slope)
    weightGradient = try WeightGradientOperator(
      shape, fine: isConvolution ? input : slice, coarse: isConvolution ? slice : input)
    guard let inputGradient else {
      dataGradient = nil
      return
    }
    let start = inputGradient.accumulates ? FT_ACCUMULATE : FT_ZERO
    dataGradient =
      isConvolution
      ? try ConvolutionOperator(
        transposing: shape, from: slice, to: inputGradient.slice, channels: inputGradient.channels,
        start: start)
      : try ConvolutionOperator(correlating: shape, from: slice, to: inputGradient.slice, start: start)
  }

  private static func expansion(
    _ shape: ConvolutionShape
  ) throws(OutOfMemory) -> (weights: FloatBuffer, gradient: FloatBuffer) {
    precondition(shape.kernel == Enlargement.side && shape.stride == 2)
    return (try .zeros(shape.weights, for: "weights"), try .zeros(shape.weights, for: "weights"))
  }

  /// Bytes of sums, packed weights and partial gradients.
  package var byteCount: Int {
    sums.byteCount + forwardSums.byteCount + weightGradient.byteCount + (dataGradient?.byteCount ?? 0)
      + (expanded.map { ($0.weights.count + $0.gradient.count) * 4 } ?? 0)
  }

  /// Work that prepares the weights for the kernels; its items may run at the same time.
  package func packing(_ values: UnsafePointer<Float>, backward: Bool) -> [() -> Void] {
    var from = values + offset
    if let expanded {
      Enlargement.expand(from, count: shape.fine * shape.coarse, into: expanded.weights.start)
      from = UnsafePointer(expanded.weights.start)
    }
    return forwardSums.packing(from) + (backward ? dataGradient?.packing(from) ?? [] : [])
  }

  package func forward(_ pool: ThreadPool, _ values: UnsafePointer<Float>) {
    let bias = values + offset + weights
    input.round(pool)
    if direction == .convolution {
      forwardSums.run(pool, bias: bias) { [forwardActivation] first, last in
        forwardActivation.forward(first: first, last: last)
      }
    } else {
      forwardSums.run(pool, bias: bias)
      forwardActivation.forward(pool)
    }
  }

  /// From the output's gradient to those of weights, biases and input; the sums are overwritten.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - gradient: The network's gradient; nil if only the input's is wanted.
  package func backward(_ pool: ThreadPool, _ gradient: UnsafeMutablePointer<Float>?) {
    backwardActivation.backward(pool, bias: gradient.map { $0 + offset + weights })
    sums.round(pool)
    if let gradient {
      if let expanded {
        weightGradient.run(pool, into: expanded.gradient.start)
        Enlargement.fold(
          expanded.gradient.start, count: shape.fine * shape.coarse, into: gradient + offset)
      } else {
        weightGradient.run(pool, into: gradient + offset)
      }
    }
    dataGradient?.run(pool)
  }
}
