import FeditGenerator
import FeditKernels
import FeditNN
import FeditText

/// The discriminator SN-PatchGAN (Yu et al., ICCV 2019), as SC-FEGAN has it: 3×3 convolutions of stride 2, six as
/// published, with spectral normalisation, leaky ReLU (0.2) between them. Each value of the last map is a score on a
/// part of the picture.
///
/// It sees a picture with its guidance: composite or photo (3 channels), sketch (1), colour (3), mask (1). The first
/// half of its batch are composites, the second half the photos they should look like.
package final class Discriminator {
  /// The layers' outputs, as multiples of the width.
  private static let widths = [1, 2, 4, 4, 4, 4]
  /// Channels of its input.
  static let inputs = 8

  /// How it is made.
  package struct Options: Sendable {
    /// Channels of its first layer.
    package var width = 32
    /// Its layers, 3…6: with fewer, each score is on a smaller part.
    package var layers = 6
    /// Whether places of a composite that the mask does not reach count as true (LaMa, Suvorov et al., WACV 2022).
    package var seesMask = false
    /// Whether a penalty on its gradient will be asked for.
    package var penalizes = false
    package init() {}
  }

  /// What it is shown.
  package struct Batch {
    /// Generated inside the mask, the photo outside.
    package var composite: BatchMap
    package var photo: BatchMap
    /// Sketch, then colour.
    package var guides: BatchMap
    package var mask: BatchMap
    /// The first pixel of what is seen of each picture; nil for the pictures' own.
    package var origins: [(x: Int, y: Int)]?

    /// All four with as many images and the same side.
    package init(composite: BatchMap, photo: BatchMap, guides: BatchMap, mask: BatchMap) {
      self.composite = composite
      self.photo = photo
      self.guides = guides
      self.mask = mask
    }

    /// Where on a picture what is seen begins, in pixels.
    func first(_ image: Int) -> Int { origins.map { $0[image].y * photo.side + $0[image].x } ?? 0 }
  }

  private let network: PatchNetwork
  private let options: Options
  private let penalty: GradientPenalty?
  /// How the last pictures looked at were changed.
  private var augmentations: [Augmentation]?
  /// Where on each picture what was looked at last begins.
  private var firsts: [Int] = []

  /// Whether the weights are normalised and packed already, as for a step's second slot.
  var isPacked = false
  package var parameters: Parameters { network.parameters }
  package var spectral: SpectralNormalization { network.spectral }
  private var images: Int { network.images }

  /// Makes a discriminator with random weights.
  ///
  /// - Parameters:
  ///   - options: How it is made.
  ///   - images: Pictures of a step.
  ///   - size: The side of what it sees of them, a multiple of 64.
  ///   - seed: Chooses the weights.
  /// - Throws: `OutOfMemory`.
  package init(_ options: Options, images: Int, size: Int, seed: UInt64) throws {
    let table = PatchNetwork.table(
      inputs: Self.inputs, Self.widths[..<options.layers].map { (stride: 2, channels: $0 * options.width) })
    self.options = options
    network = try PatchNetwork(
      table, wanted: 0..<3, images: images, side: size, seed: seed, streams: (6, 7))
    penalty = options.penalizes ? try GradientPenalty(table, images: images, size: size) : nil
  }

  /// Makes one of six layers.
  package convenience init(width: Int, images: Int, size: Int, seed: UInt64, penalizes: Bool = false) throws {
    var options = Options()
    options.width = width
    options.penalizes = penalizes
    try self.init(options, images: images, size: size, seed: seed)
  }

  /// Bytes of maps and working memory, with the parameters.
  package var byteCount: Int { network.byteCount + (penalty?.byteCount ?? 0) }

  /// The weights as files have them: names, shapes (HWIO) and values or gradients.
  package func tensors(gradients: Bool = false) -> [(name: String, shape: [Int], values: [Float])] {
    network.tensors(gradients: gradients)
  }

  /// Takes weights under the names that ``tensors(gradients:)`` gives them.
  package func load(_ source: some WeightSource) throws { try network.load(source) }

  /// The largest singular value of a kernel, as the last power iteration estimated it; nil if there is no
  /// such kernel.
  package func spectralNorm(of kernel: String) -> Float? { network.spectralNorm(of: kernel) }

  // MARK: Forward

  /// Looks at pictures.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - batch: The pictures.
  ///   - augmentations: What is done to each composite and its photo before; nil for nothing.
  package func forward(_ pool: ThreadPool, _ batch: Batch, augmentations: [Augmentation]? = nil) {
    self.augmentations = augmentations
    firsts = (0..<images).map(batch.first)
    if !isPacked { network.pack(pool) }
    let input = network.stack.input
    Self.fill(pool, input, batch, from: 0, batch.composite, augmentations: augmentations)
    Self.fill(pool, input, batch, from: images, batch.photo, augmentations: augmentations)
    if options.seesMask { network.made = made(pool) }
    network.forward(pool)
  }

  /// For each composite, where on the map of scores the mask reaches into what a score sees.
  private func made(_ pool: ThreadPool) -> [[Float]] {
    let input = network.stack.input
    let stride = network.table.stride
    let side = input.side / stride
    return pool.map(images) { image in
      let start = input.start(image: image) + Self.inputs - 1
      var map = [Float](repeating: 0, count: side * side)
      for y in 0..<input.side {
        for x in 0..<input.side where start[y * input.rowStride + x * Self.inputs] > 0 {
          // Score v sees the pixels from v · stride to v · stride + 2 · stride − 2.
          for v in max(0, (y + 1) / stride - 1)...y / stride {
            for u in max(0, (x + 1) / stride - 1)...x / stride { map[v * side + u] = 1 }
          }
        }
      }
      return map
    }
  }

  /// Writes pictures with their guidance into a batch.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - input: The batch.
  ///   - batch: The guidance.
  ///   - first: Where the pictures begin among the batch's.
  ///   - pictures: Composites or photos.
  ///   - shares: How far each is moved towards its photo; nil for not at all.
  ///   - augmentations: What is done to each; nil for nothing.
  static func fill(
    _ pool: ThreadPool, _ input: BatchMap, _ batch: Batch, from first: Int, _ pictures: BatchMap,
    shares: [Float]? = nil, augmentations: [Augmentation]? = nil
  ) {
    let (size, pitch) = (input.side, pictures.side)
    if let augmentations {
      pool.run(pictures.images) { image, _ in
        let at = batch.first(image)
        augmentations[image].apply(
          picture: pictures.start(image: image) + 3 * at, guides: batch.guides.start(image: image) + 4 * at,
          mask: batch.mask.start(image: image) + at, pitch: pitch, size: size,
          to: input.start(image: first + image), rowStride: input.rowStride)
      }
      return
    }
    pool.run(pictures.images * size) { item, _ in
      let (image, y) = (item / size, item % size)
      let share = shares?[image] ?? 0
      let at = batch.first(image) + y * pitch
      var to = input.start(image: first + image) + y * input.rowStride
      var from = pictures.start(image: image) + at * 3
      var photo = batch.photo.start(image: image) + at * 3
      var guides = batch.guides.start(image: image) + at * 4
      let mask = batch.mask.start(image: image) + at
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
  ///   - adversarial: Weight of −mean score on composites.
  ///   - matching: Weight of the mean |features of composites − those of photos|, averaged over the layers between.
  ///   - gradient: What the composites' gradient is added to.
  /// - Returns: The values without weights.
  package func generatorLoss(
    _ pool: ThreadPool, adversarial: Float, matching: Float, into gradient: BatchMap
  ) -> (adversarial: Double, matching: Double) {
    let values = network.generatorLoss(pool, adversarial: adversarial, matching: matching)
    let from = network.inputGradient
    let (size, pitch) = (from.side, gradient.side)
    let isa = fk_best_isa()
    pool.run(images) { image, _ in
      let from = from.start(image: image)
      let to = gradient.start(image: image) + 3 * self.firsts[image]
      if let augmentation = self.augmentations?[image] {
        augmentation.addGradient(from, size: size, to: to, pitch: pitch)
      } else {
        for y in 0..<size { ft_add(isa, to + y * pitch * 3, from + y * size * 3, size * 3) }
      }
    }
    return values
  }

  // MARK: Its own loss

  /// What its own loss is made of.
  package struct LossOptions {
    /// Whether scores beyond ±1 count no more: mean max(0, 1 − D(photo)) + mean max(0, 1 + D(composite)). Without,
    /// as published, the same without the maxima.
    package var hinge = true
    /// Weight of the mean squared score on photos.
    package var groundTruth: Float = 0
    /// Weight of the mean of (length of the masked gradient of the scores' sum − 1)², between photo and
    /// composite.
    package var gradientPenalty: Float = 0
    /// For the gradient penalty: how far towards the photo each picture lies.
    package var shares: [Float] = []
    /// Weight of the mean squared length of the gradient of the scores' sum on photos (R1, Mescheder, Geiger and
    /// Nowozin, ICML 2018).
    package var realPenalty: Float = 0
    package init() {}
  }

  /// The parts of its own loss, without weights.
  package struct Losses: Sendable {
    package var scores = 0.0
    package var groundTruth = 0.0
    package var gradientPenalty = 0.0
    package var realPenalty = 0.0
  }

  /// Computes the gradient of its parameters on the last pictures looked at.
  ///
  /// - Returns: The values without weights.
  package func discriminatorLoss(_ pool: ThreadPool, _ batch: Batch, _ lossOptions: LossOptions) -> Losses {
    var own = Losses()
    (own.scores, own.groundTruth) = network.discriminatorLoss(
      pool, hinge: lossOptions.hinge, groundTruth: lossOptions.groundTruth)
    let weights = spectral.normalized.start
    let gradient = parameters.gradient.start
    if lossOptions.gradientPenalty > 0, let penalty {
      own.gradientPenalty = penalty.run(
        pool, batch, weights: weights, kind: .unitLength(shares: lossOptions.shares),
        weight: lossOptions.gradientPenalty, adding: gradient)
    }
    if lossOptions.realPenalty > 0, let penalty {
      own.realPenalty = penalty.run(
        pool, batch, weights: weights, kind: .real(augmentations), weight: lossOptions.realPenalty,
        adding: gradient)
    }
    network.finish(pool)
    return own
  }
}

extension PatchNetwork {
  /// Takes weights under the names that ``tensors(gradients:)`` gives them.
  package func load(_ source: some WeightSource) throws {
    var offset = 0
    for tensor in table.tensors {
      let values = try source.checkedFloats(named: tensor.name, shape: tensor.shape)
      for (i, value) in values.enumerated() { parameters.values.start[offset + i] = value }
      offset += values.count
    }
  }

  /// The largest singular value of a kernel, as the last power iteration estimated it; nil if there is no
  /// such kernel.
  func spectralNorm(of kernel: String) -> Float? {
    stack.layers.firstIndex { "\($0.name)/kernel" == kernel }.map { spectral.largest[$0] }
  }
}
