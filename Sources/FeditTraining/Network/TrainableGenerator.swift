import FeditGenerator
import FeditKernels
import FeditTensor

/// The SC-FEGAN generator for batches of one size: forward, backward, and its weights under the published names.
///
/// An encoder's output lies in the first channels of the map that its decoder layer reads, so that
/// concatenating copies nothing.
package final class TrainableGenerator {
  package let architecture: Architecture
  package let images: Int
  package let size: Int
  package let parameters: Parameters
  package let layers: [TrainableLayer]
  /// The nine input channels, then the three of the last upsampling.
  package let input: BatchMap
  /// The output after tanh.
  package let output: BatchMap
  /// The gradient of the output; `backward` overwrites it.
  package let outputGradient: BatchMap
  private let maps: [BatchMap]

  /// Lays out a network.
  ///
  /// - Parameters:
  ///   - width: Channels of the first layer.
  ///   - images: Pictures a batch.
  ///   - size: Their side, a multiple of 128.
  ///   - parameters: Shares the parameters of another one, for batches of another shape; nil makes new ones.
  /// - Throws: ``TrainingError`` if there is no memory.
  package init(width: Int, images: Int, size: Int, sharing parameters: Parameters? = nil) throws {
    let architecture = Architecture(width: width)
    self.architecture = architecture
    self.images = images
    self.size = size
    var count = 0
    let kinds: [(layer: Architecture.Layer, shape: ConvolutionShape, offset: Int)] =
      architecture.layers.map { layer in
        let shape: ConvolutionShape
        let offset = count
        switch layer.kind {
        case .gated(let kernel, let stride, let dilation):
          shape = ConvolutionShape(
            kernel: kernel, stride: stride, dilation: dilation, fine: layer.inputs, coarse: 2 * layer.outputs)
          count += TrainableLayer.parameters(shape, .convolution)
        case .upsampling:
          shape = ConvolutionShape(kernel: 5, stride: 2, fine: layer.outputs, coarse: layer.inputs)
          count += TrainableLayer.parameters(shape, .transposed)
        }
        return (layer, shape, offset)
      }
    self.parameters = try parameters ?? Parameters(count: count, keepsAverage: true)
    precondition(self.parameters.count == count)

    // Level l has maps of size >> l: what the encoder wrote, then what the decoder's upsampling adds.
    var maps: [BatchMap] = []
    func map(_ level: Int, _ channels: Int, border: Int = 0) throws -> BatchMap {
      let map = try BatchMap(images: images, side: size >> level, channels: channels, border: border)
      maps.append(map)
      return map
    }
    let encoded = [9] + architecture.layers[..<6].map(\.outputs)
    let upsampled = architecture.layers.filter { $0.kind == .upsampling }.map(\.outputs)
    var joined: [BatchMap] = []
    var joinedGradient: [BatchMap] = []
    for level in 0..<7 {
      joined.append(try map(level, encoded[level] + upsampled[6 - level], border: level == 0 ? 3 : 2))
      // Nobody wants the gradient of the network's own input.
      joinedGradient.append(
        try map(level, level == 0 ? upsampled[6] : encoded[level] + upsampled[6 - level]))
    }
    input = joined[0]
    output = try map(0, 3)
    outputGradient = try map(0, 3)

    var layers: [TrainableLayer] = []
    var current = MapSlice(joined[0])
    var currentGradient: TrainableLayer.InputGradient?
    for (index, (layer, shape, offset)) in kinds.enumerated() {
      let isLast = index == kinds.count - 1
      let level = layer.shift
      switch layer.kind {
      case .gated:
        let isEncoder = index < 6
        let output: MapSlice
        let gradient: MapSlice
        if isLast {
          output = MapSlice(self.output)
          gradient = MapSlice(outputGradient)
        } else if isEncoder {
          output = MapSlice(joined[level])
          gradient = MapSlice(joinedGradient[level])
        } else {
          // Read by a dilated convolution or an upsampling.
          let next = kinds[index + 1]
          let border =
            next.layer.kind == .upsampling
            ? next.shape.coarseBorder(coarseSide: size >> level)
            : next.shape.fineBorder(coarseSide: size >> level)
          output = MapSlice(try map(level, layer.outputs, border: border))
          gradient = MapSlice(try map(level, layer.outputs))
        }
        var wanted = currentGradient
        if isLast {
          wanted = TrainableLayer.InputGradient(MapSlice(joinedGradient[0]), channels: 9..<12)
        }
        layers.append(
          try TrainableLayer(
            name: layer.name, shape: shape, activation: .gated(normalizes: layer.normalizes),
            channels: layer.outputs, slope: layer.leaky ? 0.2 : 1, offset: offset, input: current,
            output: output, outputGradient: gradient, inputGradient: wanted))
        current = output
        // An encoder's map gets a gradient from its decoder layer first.
        currentGradient = TrainableLayer.InputGradient(gradient, accumulates: isEncoder)
      case .upsampling:
        let output = MapSlice(joined[level], channel: encoded[level])
        let gradient = MapSlice(joinedGradient[level], channel: level == 0 ? 0 : encoded[level])
        layers.append(
          try TrainableLayer(
            name: layer.name, shape: shape, direction: .transposed, activation: .selfGated,
            channels: layer.outputs, slope: 0.2, offset: offset, input: current, output: output,
            outputGradient: gradient, inputGradient: currentGradient))
        current = MapSlice(joined[level])
        currentGradient = TrainableLayer.InputGradient(MapSlice(joinedGradient[level]))
      }
    }
    self.layers = layers
    self.maps = maps
  }

  /// Bytes of activations, gradients and working memory, without the parameters.
  package var byteCount: Int {
    maps.reduce(0) { $0 + $1.byteCount } + layers.reduce(0) { $0 + $1.byteCount }
  }

  /// Prepares the weights for the kernels; needed after every change of them.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - average: Takes the moving average instead of the values themselves.
  ///   - backward: Whether a backward pass follows.
  package func pack(_ pool: ThreadPool, average: Bool = false, backward: Bool = true) {
    let values = average ? parameters.average ?? parameters.values : parameters.values
    let work = layers.flatMap { $0.packing(values.start, backward: backward) }
    pool.run(work.count) { item, _ in work[item]() }
  }

  /// From `input` to `output`.
  package func forward(_ pool: ThreadPool, average: Bool = false) {
    let values = average ? parameters.average ?? parameters.values : parameters.values
    for layer in layers { layer.forward(pool, values.start) }
    let isa = fk_best_isa()
    let values3 = size * size * 3
    pool.run(images) { image, _ in
      let start = self.output.start(image: image)
      fk_tanh(isa, start, start, values3)
    }
  }

  /// From `outputGradient` to the parameters' gradient.
  package func backward(_ pool: ThreadPool) {
    let count = size * size * 3
    pool.run(images) { image, _ in
      let values = self.output.start(image: image)
      let gradient = self.outputGradient.start(image: image)
      for i in 0..<count { gradient[i] *= 1 - values[i] * values[i] }
    }
    for layer in layers.reversed() { layer.backward(pool, parameters.gradient.start) }
  }
}

// MARK: Weights under their published names

extension TrainableGenerator {
  /// A tensor of a weight file and where its values lie among the parameters.
  private struct Place {
    var name: String
    var shape: [Int]
    var offset: Int
    /// Values that lie side by side, and from one such run to the next.
    var run: Int
    var stride: Int
  }

  private static func places(_ layer: TrainableLayer) -> [Place] {
    let s = layer.shape
    let base = "generator/\(layer.name)"
    let bias = layer.offset + s.weights
    if layer.direction == .transposed {
      return [
        Place(
          name: base + "/w", shape: [5, 5, s.fine, s.coarse], offset: layer.offset, run: s.coarse,
          stride: s.coarse),
        Place(name: base + "/biases1", shape: [s.fine], offset: bias, run: s.fine, stride: s.fine),
      ]
    }
    let half = s.coarse / 2
    return ["", "_g"].enumerated().flatMap { index, suffix in
      [
        Place(
          name: base + suffix + "/kernel", shape: [s.kernel, s.kernel, s.fine, half],
          offset: layer.offset + index * half, run: half, stride: s.coarse),
        Place(
          name: base + suffix + "/bias", shape: [half], offset: bias + index * half, run: half, stride: half),
      ]
    }
  }

  /// Random weights to start from: uniform up to ±1/√(values that a sum has), biases zero.
  package func initialize(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for layer in layers {
      let s = layer.shape
      // A pixel of a transposed convolution with stride 2 sees a quarter of the kernel.
      let terms = layer.direction == .convolution ? s.taps * s.fine : s.taps * s.coarse / 4
      let bound = 1 / Float(terms).squareRoot()
      for i in 0..<s.weights {
        parameters.values.start[layer.offset + i] = (2 * random.unit() - 1) * bound
      }
      for i in 0..<layer.biases { parameters.values.start[layer.offset + s.weights + i] = 0 }
    }
    if let average = parameters.average {
      average.start.update(from: parameters.values.start, count: parameters.count)
    }
  }

  /// Takes the weights of a model of the same width; the average starts from them too.
  package func load(_ source: some WeightSource) throws {
    for place in layers.flatMap(Self.places) {
      let values = try source.floats(named: place.name)
      let count = place.shape.reduce(1, *)
      guard values.count == count, source.shape(of: place.name) == place.shape else {
        throw TrainingError(
          .data,
          "tensor '\(place.name)' has the shape \(source.shape(of: place.name) ?? []), not \(place.shape)")
      }
      for run in 0..<count / place.run {
        for i in 0..<place.run {
          let value = values[run * place.run + i]
          guard value.isFinite else {
            throw TrainingError(.data, "tensor '\(place.name)' holds a value that is not a number")
          }
          parameters.values.start[place.offset + run * place.stride + i] = value
        }
      }
    }
    if let average = parameters.average {
      average.start.update(from: parameters.values.start, count: parameters.count)
    }
  }

  /// The weights under their published names, `biases2` included, which other programs expect.
  ///
  /// - Parameter average: Takes the moving average.
  /// - Returns: Names, shapes and values, row-major.
  package func tensors(average: Bool) -> [(name: String, shape: [Int], values: [Float])] {
    tensors(of: average ? parameters.average ?? parameters.values : parameters.values, unused: true)
  }

  /// The gradient under the weights' names.
  package func gradients() -> [(name: String, shape: [Int], values: [Float])] {
    tensors(of: parameters.gradient, unused: false)
  }

  private func tensors(of buffer: FloatBuffer, unused: Bool) -> [(
    name: String, shape: [Int], values: [Float]
  )] {
    layers.flatMap { layer in
      var tensors = Self.places(layer).map { place in
        let count = place.shape.reduce(1, *)
        let values = (0..<count).map { i in
          buffer.start[place.offset + i / place.run * place.stride + i % place.run]
        }
        return (name: place.name, shape: place.shape, values: values)
      }
      if unused, layer.direction == .transposed {
        tensors.append(
          (
            name: "generator/\(layer.name)/biases2", shape: [layer.shape.fine],
            values: [Float](repeating: 0, count: layer.shape.fine)
          ))
      }
      return tensors
    }
  }
}
