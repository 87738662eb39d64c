import FeditNN

/// One of the face finder's networks for a batch, with its parameters.
final class TrainableFaceNetwork {
  let table: LayerStack
  let parameters: Parameters
  private let stack: TrainableStack

  var input: BatchMap { stack.input }
  var output: BatchMap { stack.output }
  var outputGradient: BatchMap { stack.outputGradient }

  /// Makes a network with random weights: uniform, as wide as keeps the activations' size (He et al., ICCV 2015).
  ///
  /// - Parameters:
  ///   - table: Its layers.
  ///   - images: Pictures a step.
  ///   - side: Their side, a multiple of the table's stride.
  ///   - precision: How products are computed.
  ///   - seed: Chooses the weights.
  /// - Throws: `OutOfMemory`.
  init(
    _ table: LayerStack, images: Int, side: Int, precision: TrainingPrecision, seed: UInt64
  ) throws(OutOfMemory) {
    self.table = table
    stack = try TrainableStack(table, images: images, side: side, precision: precision)
    parameters = try Parameters(count: table.parameters, keepsAverage: true)
    var random = SeededRandom(seed: seed)
    parameters.randomize(table, &random) { layer in
      let gain = 6 / (1 + layer.slope * layer.slope)
      return (gain / Float(layer.shape.taps * layer.shape.fine)).squareRoot()
    }
  }

  /// Bytes of maps and working memory, with the parameters.
  var byteCount: Int { stack.byteCount + parameters.byteCount }

  /// The average starts from what the values are now; the bias of a channel of the output is set before.
  func start(bias: Float, channel: Int) {
    let last = table.layers[table.layers.count - 1]
    parameters.values.start[last.offset + last.shape.weights + channel] = bias
    parameters.average?.start.update(from: parameters.values.start, count: parameters.count)
  }

  func forward(_ pool: ThreadPool) {
    let work = stack.packing(parameters.values.start)
    pool.run(work.count) { item, _ in work[item]() }
    stack.forward(pool, parameters.values.start)
  }

  /// From ``outputGradient`` to the parameters' gradient.
  func backward(_ pool: ThreadPool) { stack.backward(pool, parameters.gradient.start) }

  /// The averaged weights as files have them.
  func tensors() -> [(name: String, shape: [Int], values: [Float])] {
    table.tensors(from: parameters.average?.start ?? parameters.values.start)
  }
}
