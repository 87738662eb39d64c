import FeditKernels
import FeditNN
import FeditText

/// VGG-16's convolutions as a fixed function of a batch of pictures, with the gradient of its input.
///
/// The first half of the batch are pictures whose gradient is wanted, the second half what they should look like.
package final class FeatureTrunk {
  /// A convolution with its ReLU: the map it writes and what it does to gradients.
  private struct Layer {
    var name: String
    var forward: ConvolutionOperator
    /// Nil where nobody wants gradients.
    var backward: ConvolutionOperator?
    var relu: Activation
    var bias: [Float]
    var map: BatchMap
    var gradient: BatchMap
    /// The halved map that this layer reads, and its gradient, where there is one.
    var pooled: BatchMap?
    var pooledGradient: BatchMap?
  }

  package let images: Int
  package let side: Int
  /// Pictures, RGB −1…1, scaled for the network: `images` generated ones, then `images` targets.
  package let input: BatchMap
  /// The gradient of the first half of `input`.
  package let inputGradient: BatchMap
  private let scale: [Float]
  private let offset: [Float]
  private let layers: [Layer]

  /// Lays out the trunk.
  ///
  /// - Parameters:
  ///   - weights: Up to the last layer that is needed.
  ///   - images: Pictures with a gradient.
  ///   - side: Their side, a multiple of 4.
  ///   - differentiates: Whether gradients will be asked for.
  ///   - precision: How the products of all but the first layer are computed.
  /// - Throws: `OutOfMemory`.
  package init(
    weights: VGGWeights, images: Int, side: Int, differentiates: Bool = true,
    precision: TrainingPrecision = .float32
  ) throws {
    self.images = images
    self.side = side
    scale = weights.scale
    offset = weights.offset
    input = try BatchMap(images: 2 * images, side: side, channels: 3, border: 1)
    inputGradient = try BatchMap(images: images, side: side, channels: 3)
    var layers: [Layer] = []
    var map = input
    var gradient = inputGradient
    for (layer, values) in zip(weights.table.layers, weights.values) {
      var pooled: BatchMap?
      var pooledGradient: BatchMap?
      if layer.poolsBefore {
        let half = try BatchMap(images: 2 * images, side: map.side / 2, channels: map.channels, border: 1)
        let halfGradient = try BatchMap(images: images, side: map.side / 2, channels: map.channels)
        (pooled, pooledGradient) = (half, halfGradient)
        (map, gradient) = (half, halfGradient)
      }
      let shape = layer.shape
      let output = try BatchMap(images: 2 * images, side: map.side, channels: shape.coarse, border: 1)
      let outputGradient = try BatchMap(images: images, side: map.side, channels: shape.coarse, border: 1)
      let forward = try ConvolutionOperator(
        correlating: shape, from: MapSlice(map), to: MapSlice(output), precision: precision)
      let backward =
        differentiates
        ? try ConvolutionOperator(
          transposing: shape, from: MapSlice(outputGradient), to: MapSlice(gradient), precision: precision)
        : nil
      values.kernel.withUnsafeBufferPointer { kernel in
        guard let base = kernel.baseAddress else { return }
        for work in forward.packing(base) + (backward?.packing(base) ?? []) { work() }
      }
      layers.append(
        Layer(
          name: layer.name, forward: forward, backward: backward,
          relu: Activation(
            .leaky, sums: output, output: MapSlice(output), channels: shape.coarse, slope: layer.slope),
          bias: values.bias + [Float](repeating: 0, count: 32), map: output, gradient: outputGradient,
          pooled: pooled, pooledGradient: pooledGradient))
      (map, gradient) = (output, outputGradient)
    }
    self.layers = layers
  }

  package var byteCount: Int {
    layers.reduce(input.byteCount + inputGradient.byteCount) {
      $0 + $1.map.byteCount + $1.gradient.byteCount + $1.forward.byteCount + ($1.backward?.byteCount ?? 0)
        + ($1.pooled?.byteCount ?? 0) + ($1.pooledGradient?.byteCount ?? 0)
    }
  }

  /// A layer's activations after ReLU and their gradient, by name; nil if the trunk does not reach it.
  package func maps(_ name: String) -> (map: BatchMap, gradient: BatchMap)? {
    layers.first { $0.name == name }.map { ($0.map, $0.gradient) }
  }

  /// Writes a square of a picture into the batch.
  ///
  /// - Parameters:
  ///   - picture: RGB −1…1.
  ///   - rowStride: Floats from one of its rows to the next.
  ///   - slot: 0 ..< 2·images.
  package func set(_ picture: UnsafePointer<Float>, rowStride: Int, slot: Int) {
    let to = input.start(image: slot)
    for y in 0..<side {
      let from = picture + y * rowStride
      let row = to + y * input.rowStride
      for x in 0..<side {
        for c in 0..<3 { row[x * 3 + c] = from[x * 3 + c] * scale[c] + offset[c] }
      }
    }
  }

  /// Adds the gradient of a picture of the first half to a square of a larger gradient.
  package func addGradient(slot: Int, to target: UnsafeMutablePointer<Float>, rowStride: Int) {
    let from = inputGradient.start(image: slot)
    for y in 0..<side {
      for x in 0..<side {
        for c in 0..<3 {
          target[y * rowStride + x * 3 + c] += from[y * inputGradient.rowStride + x * 3 + c] * scale[c]
        }
      }
    }
  }

  package func forward(_ pool: ThreadPool) {
    var map = input
    for layer in layers {
      if let pooled = layer.pooled { Self.pool(pool, from: map, to: pooled) }
      layer.bias.withUnsafeBufferPointer { bias in
        layer.forward.run(pool, bias: bias.baseAddress) { first, last in
          layer.relu.forward(first: first, last: last)
        }
      }
      map = layer.map
    }
  }

  /// From the gradients in the layers' maps to that of the input.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - wanted: The layers whose gradient is set, in any order; the others' is 0.
  ///   - add: Adds the gradient of a wanted layer that is not the last to what came from above.
  package func backward(_ pool: ThreadPool, wanted: Set<String>, add: (_ name: String) -> Void) {
    var isAlive = false
    for index in layers.indices.reversed() {
      let layer = layers[index]
      if wanted.contains(layer.name) {
        if !isAlive { layer.gradient.clear(pool) }
        add(layer.name)
        isAlive = true
      }
      guard isAlive else { continue }
      Self.maskByReLU(pool, map: layer.map, gradient: layer.gradient)
      layer.backward?.run(pool)
      if let halved = layer.pooled, let gradient = layer.pooledGradient, index > 0 {
        Self.unpool(
          pool, pooled: halved, pooledGradient: gradient, from: layers[index - 1].map,
          to: layers[index - 1].gradient)
      }
    }
  }

  private static func maskByReLU(_ pool: ThreadPool, map: BatchMap, gradient: BatchMap) {
    let row = map.side * map.channels
    let isa = fk_best_isa()
    pool.run(gradient.images * map.side) { item, _ in
      let (image, y) = (item / map.side, item % map.side)
      ft_leaky_mask(isa, map.row(y, image: image), gradient.row(y, image: image), 0, row)
    }
  }

  private static func pool(_ pool: ThreadPool, from: BatchMap, to: BatchMap) {
    let channels = from.channels
    let isa = fk_best_isa()
    pool.run(to.images * to.side) { item, _ in
      let (image, y) = (item / to.side, item % to.side)
      let (a, b) = from.rowPair(y, image: image)
      ft_pool(isa, a, b, to.row(y, image: image), to.side, channels)
    }
  }

  /// The gradient goes to the first of the four that is the largest.
  private static func unpool(
    _ pool: ThreadPool, pooled: BatchMap, pooledGradient: BatchMap, from: BatchMap, to: BatchMap
  ) {
    let channels = from.channels
    let isa = fk_best_isa()
    pool.run(pooledGradient.images * pooled.side) { item, _ in
      let (image, y) = (item / pooled.side, item % pooled.side)
      let (a, b) = from.rowPair(y, image: image)
      let (top, bottom) = to.rowPair(y, image: image)
      ft_unpool(
        isa, a, b, pooled.row(y, image: image), pooledGradient.row(y, image: image), top, bottom, pooled.side,
        channels)
    }
  }
}
