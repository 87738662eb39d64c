import FeditNN

/// A layer between maps of its own, to look at what it computes and at its gradients.
package final class LayerCheck {
  package let input: BatchMap
  package let inputGradient: BatchMap
  package let output: BatchMap
  package let parameters: Parameters
  package let layer: TrainableLayer
  private let outputGradient: BatchMap

  /// Lays out a layer and its maps.
  ///
  /// - Parameters:
  ///   - shape: Of the convolution.
  ///   - direction: Which way forward is.
  ///   - activation: The function of its sums.
  ///   - outputs: Channels of the output.
  ///   - slope: Of the leaky ReLU.
  ///   - images: Maps a batch.
  ///   - side: Of the input.
  /// - Throws: `OutOfMemory`.
  package init(
    _ shape: ConvolutionShape, _ direction: LayerDirection, _ activation: Activation.Kind, outputs: Int,
    slope: Float, images: Int, side: Int
  ) throws(OutOfMemory) {
    let isConvolution = direction == .convolution
    let outputSide = isConvolution ? side / shape.stride : side * shape.stride
    let inputs = isConvolution ? shape.fine : shape.coarse
    input = try BatchMap(
      images: images, side: side, channels: inputs,
      border: isConvolution
        ? shape.fineBorder(coarseSide: outputSide) : shape.coarseBorder(coarseSide: side))
    inputGradient = try BatchMap(images: images, side: side, channels: inputs)
    output = try BatchMap(images: images, side: outputSide, channels: outputs)
    outputGradient = try BatchMap(images: images, side: outputSide, channels: outputs)
    parameters = try Parameters(count: direction.parameters(shape), keepsAverage: false)
    layer = try TrainableLayer(
      name: "layer", shape: shape, direction: direction, activation: activation, channels: outputs,
      slope: slope, offset: 0, input: MapSlice(input), output: MapSlice(output),
      outputGradient: MapSlice(outputGradient),
      inputGradient: TrainableLayer.InputGradient(MapSlice(inputGradient)))
  }

  /// Weights, then biases.
  package var values: [Float] {
    get { Array(UnsafeBufferPointer(start: parameters.values.start, count: parameters.count)) }
    set { for (i, value) in newValue.enumerated() { parameters.values.start[i] = value } }
  }

  /// From ``input`` to ``output``.
  package func forward(_ pool: ThreadPool) {
    for work in layer.packing(parameters.values.start, backward: true) { work() }
    layer.forward(pool, parameters.values.start)
  }

  /// From the output's gradient to ``inputGradient`` and that of weights and biases, after a forward pass.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - gradient: As many values as ``output`` has.
  /// - Returns: The gradient of weights, then biases.
  package func backward(_ pool: ThreadPool, _ gradient: [Float]) -> [Float] {
    outputGradient.values = gradient
    layer.backward(pool, parameters.gradient.start)
    return Array(UnsafeBufferPointer(start: parameters.gradient.start, count: parameters.count))
  }
}
