import FeditKernels
import FeditNN
import FeditText

/// A network of 3×3 convolutions with spectral normalisation, leaky ReLU (0.2) between them, whose last map holds
/// scores on patches of what it reads.
///
/// The first half of its batch is made, the second half is what that should look like.
package final class PatchNetwork {
  /// A table of its layers.
  static func table(inputs: Int, _ layers: [(stride: Int, channels: Int)]) -> LayerStack {
    LayerStack("conv", inputs: inputs, layers.map { (3, $0.stride, $0.channels) }, slope: 0.2)
  }

  /// Made maps of a step; there are as many true ones.
  let images: Int
  let table: LayerStack
  package let parameters: Parameters
  package let spectral: SpectralNormalization
  let stack: TrainableStack
  /// The gradient of the made maps' wanted channels, after ``generatorLoss(_:adversarial:matching:)``.
  let inputGradient: BatchMap
  /// Where a score on a made map counts as one on something made: 1 or 0 for each place of the last map; nil for
  /// everywhere.
  var made: [[Float]]?
  /// Whether the other places teach nothing, neither those of made maps nor the same ones of true maps, and means are
  /// over the made ones. Otherwise they count as true ones.
  var ignoresRest = false
  /// From scores to the input, for the generator: the gradient in each layer's output, and the way down.
  private let towards: [BatchMap]
  private let descents: [ConvolutionOperator]

  /// Makes a network with random weights.
  ///
  /// - Parameters:
  ///   - table: Its layers.
  ///   - wanted: The input's channels that the generator gets a gradient for.
  ///   - images: Made maps of a step.
  ///   - side: Their side.
  ///   - seed: Chooses the weights.
  ///   - streams: Of random numbers: for the weights and for the power iterations' first directions.
  /// - Throws: `OutOfMemory`.
  init(
    _ table: LayerStack, wanted: Range<Int>, images: Int, side: Int, seed: UInt64,
    streams: (weights: UInt64, directions: UInt64)
  ) throws {
    self.images = images
    self.table = table
    let stack = try TrainableStack(table, images: 2 * images, side: side)
    self.stack = stack
    parameters = try Parameters(count: table.parameters, keepsAverage: false)
    var random = SeededRandom(seed: seed, streams.weights)
    parameters.randomize(table, &random) { 1 / Float($0.shape.taps * $0.shape.fine).squareRoot() }
    spectral = try SpectralNormalization(
      stack.layers, parameters: parameters, seed: seed, stream: streams.directions)
    let inputGradient = try BatchMap(images: images, side: side, channels: wanted.count)
    self.inputGradient = inputGradient
    let towards = try stack.layers.map { layer in
      let side = layer.sums.side
      return try BatchMap(
        images: images, side: side, channels: layer.shape.coarse,
        border: layer.shape.coarseBorder(coarseSide: side))
    }
    self.towards = towards
    descents = try stack.layers.enumerated().map { index, layer in
      try ConvolutionOperator(
        transposing: layer.shape, from: MapSlice(towards[index]),
        to: MapSlice(index == 0 ? inputGradient : towards[index - 1]),
        channels: index == 0 ? wanted : nil)
    }
  }

  /// Bytes of maps and working memory, with the parameters.
  var byteCount: Int {
    stack.byteCount + parameters.byteCount + spectral.normalized.count * 4 + inputGradient.byteCount
      + towards.reduce(0) { $0 + $1.byteCount } + descents.reduce(0) { $0 + $1.byteCount }
  }

  /// The weights as files have them: names, shapes (HWIO) and values or gradients.
  package func tensors(gradients: Bool = false) -> [(name: String, shape: [Int], values: [Float])] {
    table.tensors(from: gradients ? parameters.gradient.start : parameters.values.start)
  }

  /// Prepares the weights: one power iteration, then all that the kernels read.
  func pack(_ pool: ThreadPool) {
    spectral.run(pool)
    let weights = spectral.normalized.start
    let work =
      stack.packing(weights)
      + zip(descents, stack.layers).flatMap { $0.packing(weights + $1.offset) }
    pool.run(work.count) { item, _ in work[item]() }
  }

  /// From the stack's input to scores.
  func forward(_ pool: ThreadPool) { stack.forward(pool, spectral.normalized.start) }

  // MARK: For the generator

  /// The losses that a generator gets from the last maps looked at; their gradient is in ``inputGradient``.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - adversarial: Weight of −mean score on made maps, those places that count as made.
  ///   - matching: Weight of the mean |features of made maps − those of true ones|, averaged over the layers between.
  /// - Returns: The values without weights.
  func generatorLoss(
    _ pool: ThreadPool, adversarial: Float, matching: Float
  ) -> (adversarial: Double, matching: Double) {
    let last = towards.count - 1
    let isa = fk_best_isa()
    var matched = 0.0
    var score = 0.0
    for index in towards.indices.reversed() {
      let (map, to) = (stack.outputs[index], towards[index])
      let count = map.side * map.channels
      let slope = table.layers[index].slope
      let isLast = index == last
      let all = isLast ? counted : Double(images * map.side * count)
      let onEach = isLast ? -adversarial / Float(all) : matching / Float(all * Double(last))
      let sum = rows(pool, map) { image, y in
        let f = map.row(y, image: image)
        let t = map.start(image: self.images + image) + y * map.rowStride
        let g = to.row(y, image: image)
        if isLast { return self.scores(image, y, f, g, onEach) }
        // Without it the gradient from above is all, which is there already.
        let sum = matching > 0 ? ft_l1(isa, f, t, g, onEach, count) : 0
        ft_leaky_mask(isa, f, g, slope, count)
        return sum
      }
      if isLast { score = sum / all } else { matched += sum / (all * Double(last)) }
      descents[index].run(pool)
    }
    return (-score, matched)
  }

  /// Scores that means are over, at least 1.
  private var counted: Double {
    let map = stack.output
    let places = ignoresRest ? made?.reduce(0) { $0 + $1.reduce(0, +) } : nil
    return max(1, Double(places ?? Float(images * map.side * map.side))) * Double(map.channels)
  }

  /// The sum of a row's scores that count as made, and their gradient.
  private func scores(
    _ image: Int, _ y: Int, _ f: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>, _ onEach: Float
  ) -> Double {
    let (side, channels) = (stack.output.side, stack.output.channels)
    var sum = 0.0
    for x in 0..<side {
      let counts = made.map { $0[image][y * side + x] > 0 } ?? true
      for i in x * channels..<(x + 1) * channels {
        g[i] = counts ? onEach : 0
        if counts { sum += Double(f[i]) }
      }
    }
    return sum
  }

  /// Runs over the rows of the first half of a batch; the sum of what `body` returns, in order.
  private func rows(_ pool: ThreadPool, _ map: BatchMap, _ body: (_ image: Int, _ y: Int) -> Double) -> Double
  {
    pool.map(images * map.side) { body($0 / map.side, $0 % map.side) }.reduce(0, +)
  }

  // MARK: Its own loss

  /// Computes the gradient of its divided weights on the last maps looked at; ``finish(_:)`` makes it that of the
  /// weights.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - hinge: Whether scores beyond ±1 count no more.
  ///   - groundTruth: Weight of the mean squared score on true maps.
  /// - Returns: The values without weights.
  func discriminatorLoss(_ pool: ThreadPool, hinge: Bool, groundTruth: Float = 0) -> (
    scores: Double, groundTruth: Double
  ) {
    let (map, to) = (stack.output, stack.outputGradient)
    let (side, channels) = (map.side, map.channels)
    let count = side * channels
    let all = counted
    let share = Float(1 / all)
    let sum = rows(pool, map) { image, y in
      let f = map.row(y, image: image)
      let t = map.start(image: self.images + image) + y * map.rowStride
      let gf = to.row(y, image: image)
      let gt = to.start(image: self.images + image) + y * to.rowStride
      var sum: Float = 0
      for x in 0..<side {
        let isMade = self.made.map { $0[image][y * side + x] > 0 } ?? true
        let sign: Float = isMade ? 1 : -1
        for i in x * channels..<(x + 1) * channels {
          if self.ignoresRest, !isMade {
            (gf[i], gt[i]) = (0, 0)
            continue
          }
          let (onMade, onTrue) = (1 + sign * f[i], 1 - t[i])
          let countsMade = !hinge || onMade > 0
          let countsTrue = !hinge || onTrue > 0
          sum += (countsMade ? onMade : 0) + (countsTrue ? onTrue : 0)
          gf[i] = countsMade ? sign * share : 0
          gt[i] = (countsTrue ? -share : 0) + 2 * groundTruth * share * t[i]
        }
      }
      return Double(sum)
    }
    let squares =
      groundTruth == 0
      ? 0
      : rows(pool, map) { image, y in
        let t = map.start(image: self.images + image) + y * map.rowStride
        var sum: Float = 0
        for i in 0..<count { sum += t[i] * t[i] }
        return Double(sum)
      }
    stack.backward(pool, parameters.gradient.start)
    return (sum / all, squares / Double(images * side * count))
  }

  /// Turns the divided weights' gradient into that of the weights.
  func finish(_ pool: ThreadPool) { spectral.backward(pool) }
}
