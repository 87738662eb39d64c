import FeditKernels

/// A chain of convolutions ready to run on maps of any size: weights packed once. The native kernels give the same
/// bits on every processor and with any number of threads: each value is summed in a fixed order.
package final class PreparedStack: Sendable {
  /// A layer's weights.
  package typealias Weights = (kernel: [Float], bias: [Float])

  private struct Layer: Sendable {
    let description: LayerStack.Layer
    let weights: PackedWeights
    let bias: FloatBuffer
  }
  package let table: LayerStack
  private let layers: [Layer]

  /// Packs weights.
  ///
  /// - Parameters:
  ///   - table: The layers.
  ///   - weights: Each layer's kernel (HWIO) and bias, in order.
  /// - Throws: ``OutOfMemory``.
  package init(_ table: LayerStack, _ weights: [Weights]) throws(OutOfMemory) {
    self.table = table
    layers = try zip(table.layers, weights).map { layer, weights throws(OutOfMemory) in
      // Biases are read in whole registers.
      let bias = try FloatBuffer.zeros(weights.bias.count + 64, for: "biases")
      for (i, value) in weights.bias.enumerated() { bias.start[i] = value }
      return Layer(
        description: layer, weights: try PackedWeights(correlating: layer.shape, weights.kernel), bias: bias)
    }
  }

  /// A map for the network's input.
  ///
  /// - Parameters:
  ///   - width: Pixels a row, a multiple of the table's stride unless that is by halving.
  ///   - height: Rows, likewise.
  /// - Returns: Zeros with the border that the first layer needs.
  /// - Throws: ``OutOfMemory``.
  package func input(width: Int, height: Int) throws(OutOfMemory) -> BatchMap {
    try BatchMap(
      width: width, height: height, channels: table.inputs, border: table.layers[0].shape.fineBorder)
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - input: What ``input(width:height:)`` made, filled.
  ///   - pool: Threads.
  ///   - look: Shown each layer's name and map.
  /// - Returns: The last layer's map.
  /// - Throws: ``OutOfMemory``.
  @discardableResult
  package func run(
    _ input: BatchMap, pool: ThreadPool, look: (_ layer: String, _ map: BatchMap) -> Void = { _, _ in }
  ) throws(OutOfMemory) -> BatchMap {
    var map = input
    for (index, layer) in layers.enumerated() {
      if layer.description.poolsBefore {
        map = try map.pooled(border: layer.description.shape.fineBorder, pool)
      }
      let next = index + 1 < layers.count ? layers[index + 1].description : nil
      let border = next.map { $0.poolsBefore ? 0 : $0.shape.fineBorder } ?? 0
      map = try run(layer, map, border: border, pool)
      look(layer.description.name, map)
    }
    return map
  }

  private func run(
    _ layer: Layer, _ input: BatchMap, border: Int, _ pool: ThreadPool
  ) throws(OutOfMemory) -> BatchMap {
    let shape = layer.description.shape
    let output = try BatchMap(
      width: input.width / shape.stride, height: input.height / shape.stride, channels: shape.coarse,
      border: border)
    let sums = ConvolutionOperator(
      layer.weights, from: MapSlice(input), to: MapSlice(output), start: FT_BIAS)
    let activation = Activation(
      .leaky, sums: output, output: MapSlice(output), channels: shape.coarse, slope: layer.description.slope)
    let isLinear = layer.description.slope == 1
    // All threads get a part, also of small maps. OpenBLAS's bits depend on the size of a part.
    let share = (output.pixels + 2 * pool.threads - 1) / (2 * pool.threads)
    let block = fk_best_isa() == Int32(FK_OPENBLAS.rawValue) ? 192 : max(8, min(192, share))
    sums.run(pool, bias: layer.bias.start, block: block) { first, last in
      if !isLinear { activation.forward(first: first, last: last) }
    }
    return output
  }
}

extension BatchMap {
  /// The maximum of each 2×2; an odd last row or column counts alone.
  fileprivate func pooled(border: Int, _ pool: ThreadPool) throws(OutOfMemory) -> BatchMap {
    let result = try BatchMap(
      images: images, width: (width + 1) / 2, height: (height + 1) / 2, channels: channels, border: border)
    pool.run(images * result.height) { item, _ in
      let (image, y) = (item / result.height, item % result.height)
      let (above, below) = (
        self.row(2 * y, image: image), self.row(min(2 * y + 1, self.height - 1), image: image)
      )
      let to = result.row(y, image: image)
      for x in 0..<result.width {
        let (left, right) = (2 * x * self.channels, min(2 * x + 1, self.width - 1) * self.channels)
        for k in 0..<self.channels {
          to[x * self.channels + k] = max(
            max(above[left + k], above[right + k]), max(below[left + k], below[right + k]))
        }
      }
    }
    return result
  }
}
