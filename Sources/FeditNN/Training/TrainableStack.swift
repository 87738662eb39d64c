/// A chain of convolutions for a batch of square maps, with the maps between its layers: forward and backward.
package struct TrainableStack {
  package let table: LayerStack
  package let input: BatchMap
  package let outputs: [BatchMap]
  package let outputGradients: [BatchMap]
  package let layers: [TrainableLayer]

  /// What the last layer writes.
  package var output: BatchMap { outputs[outputs.count - 1] }
  /// The gradient of ``output``.
  package var outputGradient: BatchMap { outputGradients[outputGradients.count - 1] }

  /// Lays out maps and layers.
  ///
  /// - Parameters:
  ///   - table: The layers; none of them halves its input.
  ///   - images: Maps a batch.
  ///   - side: Their side, a multiple of the table's stride.
  ///   - precision: How products are computed.
  ///   - inputGradient: Where the gradient of the input goes; nil if nobody wants it.
  /// - Throws: ``OutOfMemory``.
  package init(
    _ table: LayerStack, images: Int, side: Int, precision: TrainingPrecision = .float32,
    inputGradient: TrainableLayer.InputGradient? = nil
  ) throws(OutOfMemory) {
    self.table = table
    func border(_ index: Int, of side: Int) -> Int {
      guard index < table.layers.count else { return 0 }
      let shape = table.layers[index].shape
      return shape.fineBorder(coarseSide: side / shape.stride)
    }
    input = try BatchMap(
      images: images, side: side, channels: table.inputs, border: border(0, of: side), precision: precision)
    var (from, gradient, side) = (input, inputGradient, side)
    var (outputs, outputGradients): ([BatchMap], [BatchMap]) = ([], [])
    var layers: [TrainableLayer] = []
    for (index, layer) in table.layers.enumerated() {
      precondition(!layer.poolsBefore)
      let shape = layer.shape
      side /= shape.stride
      let isLast = index == table.layers.count - 1
      let output = try BatchMap(
        images: images, side: side, channels: shape.coarse, border: border(index + 1, of: side),
        precision: isLast ? .float32 : precision)
      let outputGradient = try BatchMap(images: images, side: side, channels: shape.coarse)
      layers.append(
        try TrainableLayer(
          name: layer.name, shape: shape, activation: .leaky, channels: shape.coarse, slope: layer.slope,
          offset: layer.offset, input: MapSlice(from), output: MapSlice(output),
          outputGradient: MapSlice(outputGradient), inputGradient: gradient))
      outputs.append(output)
      outputGradients.append(outputGradient)
      (from, gradient) = (output, TrainableLayer.InputGradient(MapSlice(outputGradient)))
    }
    self.outputs = outputs
    self.outputGradients = outputGradients
    self.layers = layers
  }

  /// Bytes of maps and working memory, without the parameters.
  package var byteCount: Int {
    zip(outputs, outputGradients).reduce(input.byteCount) { $0 + $1.0.byteCount + $1.1.byteCount }
      + layers.reduce(0) { $0 + $1.byteCount }
  }

  /// Work that prepares the weights for the kernels, to be done after every change of them; its items may run at the
  /// same time.
  package func packing(_ values: UnsafePointer<Float>) -> [() -> Void] {
    layers.flatMap { $0.packing(values, backward: true) }
  }

  /// From ``input`` to ``output``.
  package func forward(_ pool: ThreadPool, _ values: UnsafePointer<Float>) {
    for layer in layers { layer.forward(pool, values) }
  }

  /// From ``outputGradient`` to the parameters' gradient, and to the input's where that is wanted.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - gradient: The parameters' gradient; nil if only the input's is wanted.
  package func backward(_ pool: ThreadPool, _ gradient: UnsafeMutablePointer<Float>?) {
    for layer in layers.reversed() { layer.backward(pool, gradient) }
  }
}
