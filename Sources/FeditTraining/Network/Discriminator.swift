import FeditGenerator
import FeditKernels
import FeditTensor

/// The discriminator SN-PatchGAN (Yu et al., ICCV 2019), as SC-FEGAN has it: six 3×3 convolutions of stride 2 with
/// spectral normalisation, leaky ReLU (0.2) between them. Each value of the last map is a verdict on a part of the
/// picture.
///
/// It sees a picture with its guidance: composite or photo (3 channels), sketch (1), colour (3), mask (1). The first
/// half of its batch are composites, the second half the photos they should look like.
package final class Discriminator {
  /// Six layers' outputs, as multiples of the width.
  private static let widths = [1, 2, 4, 4, 4, 4]
  private static let slope: Float = 0.2
  /// Channels of its input.
  static let inputs = 8

  /// Its layers for a batch, with the maps between them.
  struct Stack {
    var input: BatchMap
    var outputs: [BatchMap] = []
    var outputGradients: [BatchMap] = []
    var layers: [TrainableLayer] = []
    var verdicts: BatchMap { outputs[outputs.count - 1] }
    var verdictGradient: BatchMap { outputGradients[outputGradients.count - 1] }

    /// - Parameters:
    ///   - width: Channels of the first layer.
    ///   - images: Pictures a batch.
    ///   - size: Their side.
    ///   - inputGradient: Where the gradient of the pictures goes (3 channels); nil if nobody wants it.
    /// - Throws: ``TrainingError`` if there is no memory.
    init(width: Int, images: Int, size: Int, inputGradient: BatchMap? = nil) throws {
      input = try BatchMap(images: images, side: size, channels: Discriminator.inputs, border: 1)
      var from = input
      var gradient = inputGradient.map { TrainableLayer.InputGradient(MapSlice($0), channels: 0..<3) }
      var offset = 0
      for (index, factor) in Discriminator.widths.enumerated() {
        let shape = ConvolutionShape(kernel: 3, stride: 2, fine: from.channels, coarse: factor * width)
        let side = from.side / 2
        let output = try BatchMap(images: images, side: side, channels: shape.coarse, border: 1)
        let outputGradient = try BatchMap(images: images, side: side, channels: shape.coarse)
        layers.append(
          try TrainableLayer(
            name: "conv\(index + 1)", shape: shape, activation: .leaky, channels: shape.coarse,
            slope: Discriminator.slope(index), offset: offset, input: MapSlice(from),
            output: MapSlice(output),
            outputGradient: MapSlice(outputGradient), inputGradient: gradient))
        offset += TrainableLayer.parameters(shape, .convolution)
        outputs.append(output)
        outputGradients.append(outputGradient)
        gradient = TrainableLayer.InputGradient(MapSlice(outputGradient))
        from = output
      }
    }

    var byteCount: Int {
      zip(outputs, outputGradients).reduce(input.byteCount) { $0 + $1.0.byteCount + $1.1.byteCount }
        + layers.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// What it is shown.
  package struct Scene {
    /// Generated inside the mask, the photo outside.
    package var composite: BatchMap
    package var photo: BatchMap
    /// Sketch, then colour.
    package var guides: BatchMap
    package var mask: BatchMap

    /// All four with as many images and the same side.
    package init(composite: BatchMap, photo: BatchMap, guides: BatchMap, mask: BatchMap) {
      self.composite = composite
      self.photo = photo
      self.guides = guides
      self.mask = mask
    }
  }

  /// Composites of a step; it has as many photos.
  package let images: Int
  package let parameters: Parameters
  package let spectral: SpectralNormalization
  private let stack: Stack
  /// From verdicts to the composite, for the generator: the gradient in each layer's output, and the way down.
  private let towards: [BatchMap]
  private let toComposite: BatchMap
  private let descents: [SumOperator]
  private let penalty: GradientPenalty?

  /// Makes a discriminator with random weights.
  ///
  /// - Parameters:
  ///   - width: Channels of its first layer.
  ///   - images: Pictures of a step.
  ///   - size: Their side, a multiple of 64.
  ///   - seed: Chooses the weights.
  ///   - penalizes: Whether the gradient penalty will be asked for.
  /// - Throws: ``TrainingError`` if there is no memory.
  package init(width: Int, images: Int, size: Int, seed: UInt64, penalizes: Bool = false) throws {
    self.images = images
    let stack = try Stack(width: width, images: 2 * images, size: size)
    self.stack = stack
    let count = stack.layers.reduce(0) { $0 + TrainableLayer.parameters($1.shape, .convolution) }
    parameters = try Parameters(count: count, keepsAverage: false)
    var random = SeededRandom(seed: seed, 6)
    for layer in stack.layers {
      let bound = 1 / Float(layer.shape.taps * layer.shape.fine).squareRoot()
      for i in 0..<layer.shape.weights {
        parameters.values.start[layer.offset + i] = random.number(-bound...bound)
      }
    }
    spectral = try SpectralNormalization(stack.layers, parameters: parameters, seed: seed)
    toComposite = try BatchMap(images: images, side: size, channels: 3)
    towards = try stack.layers.map { layer in
      let side = layer.sums.side
      return try BatchMap(
        images: images, side: side, channels: layer.shape.coarse,
        border: layer.shape.coarseBorder(coarseSide: side))
    }
    var descents: [SumOperator] = []
    for (index, layer) in stack.layers.enumerated() {
      descents.append(
        try SumOperator(
          transposing: layer.shape, from: MapSlice(towards[index]),
          to: MapSlice(index == 0 ? toComposite : towards[index - 1]), channels: index == 0 ? 0..<3 : nil))
    }
    self.descents = descents
    penalty = penalizes ? try GradientPenalty(width: width, images: images, size: size) : nil
  }

  fileprivate static func slope(_ layer: Int) -> Float { layer == widths.count - 1 ? 1 : slope }

  /// Bytes of maps and working memory, with the parameters.
  package var byteCount: Int {
    stack.byteCount + parameters.byteCount + spectral.normalized.count * 4 + toComposite.byteCount
      + towards.reduce(0) { $0 + $1.byteCount } + descents.reduce(0) { $0 + $1.byteCount }
      + (penalty?.byteCount ?? 0)
  }

  /// The weights as files have them: names, shapes (HWIO) and values or gradients.
  package func tensors(gradients: Bool = false) -> [(name: String, shape: [Int], values: [Float])] {
    let from = gradients ? parameters.gradient.start : parameters.values.start
    return stack.layers.flatMap { layer in
      let s = layer.shape
      return [
        (
          "\(layer.name)/kernel", [s.kernel, s.kernel, s.fine, s.coarse],
          Array(UnsafeBufferPointer(start: from + layer.offset, count: s.weights))
        ),
        (
          "\(layer.name)/bias", [s.coarse],
          Array(UnsafeBufferPointer(start: from + layer.offset + s.weights, count: s.coarse))
        ),
      ]
    }
  }

  /// Takes weights under the names that ``tensors(gradients:)`` gives them.
  package func load(_ source: some WeightSource) throws {
    var offset = 0
    for tensor in tensors() {
      let values = try source.floats(named: tensor.name)
      guard source.shape(of: tensor.name) == tensor.shape, values.count == tensor.values.count else {
        throw TrainingError(.data, "tensor '\(tensor.name)' has not the shape \(tensor.shape)")
      }
      for (i, value) in values.enumerated() { parameters.values.start[offset + i] = value }
      offset += values.count
    }
  }

  /// The largest singular value of a kernel, as the last power iteration estimated it; nil if there is no
  /// such kernel.
  package func spectralNorm(of kernel: String) -> Float? {
    stack.layers.firstIndex { "\($0.name)/kernel" == kernel }.map { spectral.largest[$0] }
  }

  // MARK: Forward

  /// Looks at pictures.
  package func forward(_ pool: ThreadPool, _ scene: Scene) {
    spectral.run(pool)
    let weights = spectral.normalized.start
    let work =
      stack.layers.flatMap { $0.packing(weights, backward: true) }
      + zip(descents, stack.layers).flatMap {
        $0.packing(weights + $1.offset)
      }
    pool.run(work.count) { item, _ in work[item]() }
    Self.fill(pool, stack.input, scene, from: 0, scene.composite)
    Self.fill(pool, stack.input, scene, from: images, scene.photo)
    for layer in stack.layers { layer.forward(pool, weights) }
  }

  /// Writes pictures with their guidance into a batch.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - input: The batch.
  ///   - scene: The guidance.
  ///   - first: Where the pictures begin among the batch's.
  ///   - pictures: Composites or photos.
  ///   - shares: How far each is moved towards its photo; nil for not at all.
  static func fill(
    _ pool: ThreadPool, _ input: BatchMap, _ scene: Scene, from first: Int, _ pictures: BatchMap,
    shares: [Float]? = nil
  ) {
    let size = input.side
    pool.run(pictures.images * size) { item, _ in
      let (image, y) = (item / size, item % size)
      let share = shares?[image] ?? 0
      var to = input.start(image: first + image) + y * input.rowStride
      var from = pictures.start(image: image) + y * size * 3
      var photo = scene.photo.start(image: image) + y * size * 3
      var guides = scene.guides.start(image: image) + y * size * 4
      let mask = scene.mask.start(image: image) + y * size
      for x in 0..<size {
        for c in 0..<3 { to[c] = from[c] + share * (photo[c] - from[c]) }
        for c in 0..<4 { to[3 + c] = guides[c] }
        to[7] = mask[x]
        to += Self.inputs
        from += 3
        photo += 3
        guides += 4
      }
    }
  }

  // MARK: For the generator

  /// The losses that a generator gets from the last pictures looked at, and their gradient.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - adversarial: Weight of −mean verdict on composites.
  ///   - matching: Weight of the mean |features of composites − those of photos|, averaged over the layers between.
  ///   - gradient: What the composites' gradient is added to.
  /// - Returns: The values without weights.
  package func judge(
    _ pool: ThreadPool, adversarial: Float, matching: Float, into gradient: BatchMap
  ) -> (adversarial: Double, matching: Double) {
    let last = towards.count - 1
    let isa = fk_best_isa()
    var matched = 0.0
    var verdict = 0.0
    for index in towards.indices.reversed() {
      let (map, to) = (stack.outputs[index], towards[index])
      let count = map.side * map.channels
      let all = Double(images * map.side * count)
      let slope = Self.slope(index)
      let isLast = index == last
      let onEach = isLast ? -adversarial / Float(all) : matching / Float(all * Double(last))
      let sum = rows(pool, map) { image, y in
        let f = map.start(image: image) + y * map.rowStride
        let t = map.start(image: images + image) + y * map.rowStride
        let g = to.start(image: image) + y * to.rowStride
        if isLast {
          g.update(repeating: onEach, count: count)
          var sum = 0.0
          for i in 0..<count { sum += Double(f[i]) }
          return sum
        }
        let sum = ft_l1(isa, f, t, g, onEach, count)
        ft_leaky_mask(isa, f, g, slope, count)
        return sum
      }
      if isLast { verdict = sum / all } else { matched += sum / (all * Double(last)) }
      descents[index].run(pool)
    }
    let count = toComposite.side * 3
    _ = rows(pool, toComposite) { image, y in
      let from = toComposite.start(image: image) + y * toComposite.rowStride
      let to = gradient.start(image: image) + y * gradient.rowStride
      ft_add(isa, to, from, count)
      return 0
    }
    return (-verdict, matched)
  }

  /// Runs over the rows of the first half of a batch; the sum of what `body` returns, in order.
  private func rows(_ pool: ThreadPool, _ map: BatchMap, _ body: (_ image: Int, _ y: Int) -> Double) -> Double
  {
    var sums = [Double](repeating: 0, count: images * map.side)
    sums.withUnsafeMutableBufferPointer { sums in
      let base = SendablePointer(sums.baseAddress)
      pool.run(images * map.side) { item, _ in base.pointer?[item] = body(item / map.side, item % map.side) }
    }
    return sums.reduce(0, +)
  }

  // MARK: Its own lesson

  /// What its own loss is made of.
  package struct Lesson {
    /// Whether verdicts beyond ±1 count no more: mean max(0, 1 − D(photo)) + mean max(0, 1 + D(composite)). Without,
    /// as published, the same without the maxima.
    package var hinge = true
    /// Weight of the mean squared verdict on photos.
    package var groundTruth: Float = 0
    /// Weight of the mean of (length of the masked gradient of the verdicts' sum − 1)², between photo and
    /// composite.
    package var gradientPenalty: Float = 0
    /// For the gradient penalty: how far towards the photo each picture lies.
    package var shares: [Float] = []
    package init() {}
  }

  /// Computes the gradient of its parameters on the last pictures looked at.
  ///
  /// - Returns: The values without weights.
  package func learn(
    _ pool: ThreadPool, _ scene: Scene, _ lesson: Lesson
  ) -> (verdicts: Double, groundTruth: Double, gradientPenalty: Double) {
    let (map, to) = (stack.verdicts, stack.verdictGradient)
    let count = map.side * map.channels
    let all = Double(images * map.side * count)
    let share = Float(1 / all)
    var squares = 0.0
    let sum = rows(pool, map) { image, y in
      let f = map.start(image: image) + y * map.rowStride
      let t = map.start(image: images + image) + y * map.rowStride
      let gf = to.start(image: image) + y * to.rowStride
      let gt = to.start(image: images + image) + y * to.rowStride
      var sum: Float = 0
      for i in 0..<count {
        let (onFake, onReal) = (1 + f[i], 1 - t[i])
        let countsFake = !lesson.hinge || onFake > 0
        let countsReal = !lesson.hinge || onReal > 0
        sum += (countsFake ? onFake : 0) + (countsReal ? onReal : 0)
        gf[i] = countsFake ? share : 0
        gt[i] = (countsReal ? -share : 0) + 2 * lesson.groundTruth * share * t[i]
      }
      return Double(sum)
    }
    if lesson.groundTruth > 0 {
      squares = rows(pool, map) { image, y in
        let t = map.start(image: images + image) + y * map.rowStride
        var sum: Float = 0
        for i in 0..<count { sum += t[i] * t[i] }
        return Double(sum)
      }
    }
    for layer in stack.layers.reversed() { layer.backward(pool, parameters.gradient.start) }
    var penalized = 0.0
    if lesson.gradientPenalty > 0, let penalty {
      penalized = penalty.run(
        pool, scene, weights: spectral.normalized.start, shares: lesson.shares,
        weight: lesson.gradientPenalty,
        adding: parameters.gradient.start)
    }
    spectral.backward(pool)
    return (sum / all, squares / all, penalized)
  }
}
