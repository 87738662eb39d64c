import FeditKernels
import FeditNN

/// The gradient penalty (Gulrajani et al., NIPS 2017) inside the mask, as SC-FEGAN has it: the mean over pictures of
/// (‖M ⊙ ∇D(U)‖ − 1)², U between photo and composite, D the sum of all scores.
///
/// Where the signs of all sums stay, the discriminator is linear: ∇D is what a backward pass with ones gives. For the
/// penalty's own gradient, let v be its gradient with respect to ∇D. ⟨v, ∇D⟩ is how D changes along v, so v, sent
/// forward through the layers without biases, meets at each layer the gradient of the sums from that backward pass;
/// their correlation is the gradient of the layer's weights.
///
/// R1 (Mescheder, Geiger and Nowozin, ICML 2018) is the mean of ‖∇D(photo)‖², by the same way.
final class GradientPenalty {
  /// Which penalty.
  enum Kind {
    /// The first, at points that lie so far towards the photo: 0 is the composite, 1 the photo.
    case unitLength(shares: [Float])
    /// R1, on photos changed so.
    case real([Augmentation]?)
  }
  private let stack: TrainableStack
  private let pictureGradient: BatchMap
  /// What v becomes before each layer.
  private let tangents: [BatchMap]
  private let ascents: [ConvolutionOperator]
  private let weightGradients: [WeightGradientOperator]
  private let partial: FloatBuffer
  private let images: Int

  init(_ table: LayerStack, images: Int, size: Int) throws(OutOfMemory) {
    self.images = images
    pictureGradient = try BatchMap(images: images, side: size, channels: 3)
    let stack = try TrainableStack(
      table, images: images, side: size,
      inputGradient: TrainableLayer.InputGradient(MapSlice(pictureGradient), channels: 0..<3))
    self.stack = stack
    tangents = try ([stack.input] + stack.outputs).map { map throws(OutOfMemory) in
      try BatchMap(images: images, side: map.side, channels: map.channels, border: 1)
    }
    var ascents: [ConvolutionOperator] = []
    var weightGradients: [WeightGradientOperator] = []
    for (index, layer) in stack.layers.enumerated() {
      let from = MapSlice(tangents[index])
      ascents.append(
        try ConvolutionOperator(
          correlating: layer.shape, from: from, to: MapSlice(tangents[index + 1]), start: FT_ZERO))
      weightGradients.append(
        try WeightGradientOperator(layer.shape, fine: from, coarse: MapSlice(layer.sums)))
    }
    self.ascents = ascents
    self.weightGradients = weightGradients
    let most = stack.layers.map(\.shape.weights).max() ?? 0
    partial = try .zeros(most + 64, for: "the gradient penalty")
  }

  var byteCount: Int {
    stack.byteCount + pictureGradient.byteCount + partial.count * 4 + tangents.reduce(0) { $0 + $1.byteCount }
      + ascents.reduce(0) { $0 + $1.byteCount } + weightGradients.reduce(0) { $0 + $1.byteCount }
  }

  /// Computes the penalty and adds its gradient.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - batch: The pictures.
  ///   - weights: Of the discriminator, normalised.
  ///   - kind: Which penalty.
  ///   - weight: Of the penalty.
  ///   - gradient: The gradient of the weights.
  /// - Returns: The penalty without its weight.
  func run(
    _ pool: ThreadPool, _ batch: Discriminator.Batch, weights: UnsafePointer<Float>, kind: Kind,
    weight: Float,
    adding gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let work =
      stack.packing(weights)
      + zip(ascents, stack.layers).flatMap { $0.packing(weights + $1.offset) }
    pool.run(work.count) { item, _ in work[item]() }
    switch kind {
    case .unitLength(let shares):
      precondition(shares.count == images)
      Discriminator.fill(pool, stack.input, batch, from: 0, batch.composite, shares: shares)
    case .real(let augmentations):
      Discriminator.fill(pool, stack.input, batch, from: 0, batch.photo, augmentations: augmentations)
    }
    stack.forward(pool, weights)
    let scores = stack.outputGradient
    let places = scores.side * scores.side * scores.channels
    for image in 0..<images {
      scores.start(image: image).update(repeating: 1, count: places)
    }
    // Afterwards the layers' sums hold their gradients.
    stack.backward(pool, nil)

    let penalty = (0..<images).reduce(0.0) { $0 + tangent(image: $1, batch, kind, weight: weight) }
    let isa = fk_best_isa()
    for (index, layer) in stack.layers.enumerated() {
      weightGradients[index].run(pool, into: partial.start)
      ft_add(isa, gradient + layer.offset, partial.start, layer.shape.weights)
      guard index < stack.layers.count - 1 else { break }
      ascents[index].run(pool)
      let (map, tangent) = (stack.outputs[index], tangents[index + 1])
      let count = map.side * map.channels
      let slope = layer.slope
      pool.run(images * map.side) { item, _ in
        let (image, y) = (item / map.side, item % map.side)
        let f = map.row(y, image: image)
        let t = tangent.row(y, image: image)
        ft_leaky_mask(isa, f, t, slope, count)
      }
    }
    return penalty / Double(images)
  }

  /// A picture's penalty; the penalty's gradient with respect to the picture's gradient is written to the first
  /// tangent.
  private func tangent(
    image: Int, _ batch: Discriminator.Batch, _ kind: Kind, weight: Float
  ) -> Double {
    let (size, pitch) = (pictureGradient.side, batch.mask.side)
    let g = pictureGradient.start(image: image)
    let mask = batch.mask.start(image: image) + batch.first(image)
    var isMasked = false
    if case .unitLength = kind { isMasked = true }
    func share(_ p: Int) -> Float { isMasked ? mask[p / size * pitch + p % size] : 1 }
    var square = 0.0
    for p in 0..<size * size {
      for c in 0..<3 {
        let value = Double(g[3 * p + c] * share(p))
        square += value * value
      }
    }
    let length = square.squareRoot()
    let scale: Float
    switch kind {
    case .unitLength:
      scale = length > 0 ? Float(2 * (length - 1) / (length * Double(images))) * weight : 0
    case .real: scale = 2 * weight / Float(images)
    }
    let v = tangents[0].start(image: image)
    for y in 0..<size {
      for x in 0..<size {
        let p = y * size + x
        for c in 0..<3 {
          v[y * tangents[0].rowStride + x * Discriminator.inputs + c] =
            scale * g[3 * p + c] * share(p) * share(p)
        }
      }
    }
    return isMasked ? (length - 1) * (length - 1) : square
  }
}
