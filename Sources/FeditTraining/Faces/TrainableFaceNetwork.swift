import FeditFaces
import FeditNN
import FeditText

/// One of the face finder's networks for a batch, with its parameters.
final class TrainableFaceNetwork {
  let table: FaceNetwork
  let parameters: Parameters
  let input: BatchMap
  let output: BatchMap
  let outputGradient: BatchMap
  private let layers: [TrainableLayer]
  private let maps: [BatchMap]

  /// Makes a network with random weights: uniform, as wide as keeps the activations' size (He et al., ICCV 2015).
  ///
  /// - Parameters:
  ///   - table: Its layers.
  ///   - images: Pictures a step.
  ///   - side: Their side, a multiple of the table's stride.
  ///   - precision: How products are computed.
  ///   - seed: Chooses the weights.
  /// - Throws: `UserError` if there is no memory.
  init(
    _ table: FaceNetwork, images: Int, side: Int, precision: TrainingPrecision, seed: UInt64
  ) throws {
    self.table = table
    var side = side
    func border(_ index: Int, of side: Int) -> Int {
      guard index < table.layers.count else { return 0 }
      let shape = table.layers[index].shape
      return shape.fineBorder(coarseSide: side / shape.stride)
    }
    input = try BatchMap(
      images: images, side: side, channels: FaceNetwork.inputs, border: border(0, of: side),
      precision: precision)
    var (from, gradient): (BatchMap, BatchMap?) = (input, nil)
    var offset = 0
    var layers: [TrainableLayer] = []
    var maps: [BatchMap] = []
    for (index, layer) in table.layers.enumerated() {
      let shape = layer.shape
      side /= shape.stride
      let isLast = index == table.layers.count - 1
      let to = try BatchMap(
        images: images, side: side, channels: shape.coarse, border: border(index + 1, of: side),
        precision: isLast ? .float32 : precision)
      let toGradient = try BatchMap(images: images, side: side, channels: shape.coarse)
      layers.append(
        try TrainableLayer(
          name: layer.name, shape: shape, activation: .leaky, channels: shape.coarse, slope: layer.slope,
          offset: offset, input: MapSlice(from), output: MapSlice(to), outputGradient: MapSlice(toGradient),
          inputGradient: gradient.map { TrainableLayer.InputGradient(MapSlice($0)) }))
      offset += TrainableLayer.parameters(shape, .convolution)
      maps += [to, toGradient]
      (from, gradient) = (to, toGradient)
    }
    self.layers = layers
    self.maps = maps
    output = from
    outputGradient = maps[maps.count - 1]
    parameters = try Parameters(count: offset, keepsAverage: true)
    var random = SeededRandom(seed: seed)
    for layer in layers {
      let gain = 6 / (1 + layer.slope * layer.slope)
      let bound = (gain / Float(layer.shape.taps * layer.shape.fine)).squareRoot()
      for i in 0..<layer.weights { parameters.values.start[layer.offset + i] = random.number(-bound...bound) }
    }
  }

  /// Bytes of maps and working memory, with the parameters.
  var byteCount: Int {
    maps.reduce(input.byteCount) { $0 + $1.byteCount } + layers.reduce(0) { $0 + $1.byteCount }
      + parameters.byteCount
  }

  /// The average starts from what the values are now; the bias of a channel of the output is set before.
  func start(bias: Float, channel: Int) {
    guard let last = layers.last else { return }
    parameters.values.start[last.offset + last.weights + channel] = bias
    parameters.average?.start.update(from: parameters.values.start, count: parameters.count)
  }

  func forward(_ pool: ThreadPool) {
    let work = layers.flatMap { $0.packing(parameters.values.start, backward: true) }
    pool.run(work.count) { item, _ in work[item]() }
    for layer in layers { layer.forward(pool, parameters.values.start) }
  }

  /// From ``outputGradient`` to the parameters' gradient.
  func backward(_ pool: ThreadPool) {
    for layer in layers.reversed() { layer.backward(pool, parameters.gradient.start) }
  }

  /// The averaged weights as files have them.
  func tensors() -> [(name: String, shape: [Int], values: [Float])] {
    let from = parameters.average?.start ?? parameters.values.start
    return layers.flatMap { layer in
      let s = layer.shape
      func values(_ first: Int, _ count: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: from + first, count: count))
      }
      return [
        (
          layer.name + "/kernel", [s.kernel, s.kernel, s.fine, s.coarse], values(layer.offset, layer.weights)
        ),
        (layer.name + "/bias", [s.coarse], values(layer.offset + layer.weights, layer.biases)),
      ]
    }
  }
}
