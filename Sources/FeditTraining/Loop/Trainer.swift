import FeditGenerator
import FeditNN
import FeditText
import FeditWeights

/// The training step: samples in, losses and their gradients, the optimisers' steps. No files, no clock.
package final class Trainer {
  /// What a step measured, by name; averages over the steps of a report go to metrics.csv.
  package struct Losses: Sendable {
    /// Names in the order of the columns.
    package static let names = [
      "total", "inside", "outside", "pyramid", "chroma", "edges", "variation", "checkerboard",
      "perceptual",
      "unit_features", "style", "adversarial", "feature_matching", "discriminator", "ground_truth",
      "gradient_penalty", "real_penalty", "feature_adversarial", "feature_discriminator", "seeds",
      "gradient_norm",
    ]
    package var values = [Double](repeating: 0, count: names.count)
    subscript(name: String) -> Double {
      get { Self.names.firstIndex(of: name).map { values[$0] } ?? 0 }
      set { if let index = Self.names.firstIndex(of: name) { values[index] = newValue } }
    }
  }

  package let configuration: TrainingConfiguration
  package let generator: TrainableGenerator
  package let pool: ThreadPool
  /// The processes that share the batch.
  private let workers: any TrainingWorkers
  let data: TrainingData
  let photo: BatchMap
  let guides: BatchMap
  let mask: BatchMap
  let composite: BatchMap
  let compositeGradient: BatchMap
  /// 1 where pixels are generated without guidance; nil where no loss asks.
  private let free: BatchMap?
  /// Makes the fills that samples sharpen; nil where none does.
  private let ownFills: OwnFills?
  /// For each of the batch's samples, whether the discriminators on features judge it.
  private var isJudged: [Bool] = []
  private let features: FeatureLosses?
  let discriminator: Discriminator?
  let featureDiscriminator: FeatureDiscriminator?
  /// Measures validations; nil without VGG-16.
  let judge: FeatureLosses?
  private let pixelLosses: PixelLosses
  private var sequence: SampleSequence
  /// Decay of the moving average a step.
  private let averageDecay: Float
  /// State of networks that this stage has not, kept for a later one.
  private var idle = Checkpoint()

  /// Makes the networks; weights are random until ``load(_:)`` or a checkpoint gives others.
  ///
  /// - Parameters:
  ///   - configuration: Checked options.
  ///   - data: Where samples come from.
  ///   - pool: Threads; the result does not depend on how many.
  ///   - vgg: VGG-16 up to conv3_3: for the losses on features and for validations.
  ///   - workers: The processes that share the batch; the result does not depend on how many.
  /// - Throws: `OutOfMemory`.
  package init(
    _ configuration: TrainingConfiguration, data: TrainingData, pool: ThreadPool, vgg: VGGWeights?,
    workers: any TrainingWorkers = LoneWorker()
  ) throws {
    self.configuration = configuration
    self.data = data
    self.pool = pool
    self.workers = workers
    averageDecay =
      configuration.average > 0
      ? configuration.average
      : Float(Self.halving(Double(configuration.batch) / configuration.averagePictures))
    sequence = SampleSequence(
      data: data, seed: configuration.seed, size: configuration.size, options: configuration.samples)
    let (images, size) = (configuration.slotPictures, configuration.size)
    let precision = configuration.precision.isSupported ? configuration.precision : .float32
    generator = try TrainableGenerator(
      Architecture(configuration.architecture, width: configuration.width), images: images, size: size,
      precision: precision)
    generator.initialize(seed: configuration.seed)
    let samples = configuration.samples
    ownFills =
      samples.octave > 0 && samples.ownFills > 0 && generator.architecture.seesColorSet
      ? try OwnFills(generator, precision: precision) : nil
    photo = try BatchMap(images: images, side: size, channels: 3)
    guides = try BatchMap(images: images, side: size, channels: 4)
    mask = try BatchMap(images: images, side: size, channels: 1)
    composite = try BatchMap(images: images, side: size, channels: 3)
    compositeGradient = try BatchMap(images: images, side: size, channels: 3)
    var pixelLosses = PixelLosses()
    pixelLosses.inside = configuration.inside
    pixelLosses.outside = configuration.outside
    pixelLosses.pyramid = configuration.pyramid
    pixelLosses.chroma = configuration.chroma
    pixelLosses.edges = configuration.edges
    pixelLosses.variation = configuration.variation
    pixelLosses.checkerboard = configuration.checkerboard
    self.pixelLosses = pixelLosses
    if configuration.usesFeatures, let weights = vgg {
      let side = configuration.featureCrop == 0 ? size : configuration.featureCrop
      let crops = Self.crops(configuration)
      let trunk = try FeatureTrunk(
        weights: weights, images: configuration.judgesGenerated ? 2 * crops : crops, side: side,
        precision: precision)
      var features = FeatureLosses.Weights()
      features.relative = configuration.perceptual
      features.unit = configuration.unitFeatures
      features.style = configuration.style
      self.features = FeatureLosses(trunk: trunk, weights: features)
      featureDiscriminator =
        configuration.featureAdversarial > 0
        ? try FeatureDiscriminator(trunk: trunk, seed: configuration.seed) : nil
    } else {
      features = nil
      featureDiscriminator = nil
    }
    discriminator =
      configuration.usesDiscriminator
      ? try Discriminator(
        configuration.discriminator, images: images,
        size: configuration.discriminatorCrop == 0 ? size : configuration.discriminatorCrop,
        seed: configuration.seed) : nil
    judge = try vgg.map {
      FeatureLosses(
        trunk: try FeatureTrunk(weights: $0, images: 1, side: Self.judgedSide, differentiates: false),
        weights: FeatureLosses.Weights())
    }
    free = configuration.seeds > 0 ? try BatchMap(images: images, side: size, channels: 1) : nil
  }

  /// Pictures of a slot that have a crop for the losses on features.
  private static func crops(_ configuration: TrainingConfiguration) -> Int {
    max(1, Int((Float(configuration.slotPictures) * configuration.featureShare).rounded()))
  }

  /// Bytes of everything that is allocated.
  package var byteCount: Int {
    generator.byteCount + generator.parameters.byteCount + (ownFills?.byteCount ?? 0)
      + (features?.trunk.byteCount ?? 0)
      + (judge?.trunk.byteCount ?? 0)
      + (discriminator?.byteCount ?? 0) + (featureDiscriminator?.byteCount ?? 0) + photo.byteCount * 3
      + guides.byteCount + mask.byteCount
  }

  /// Puts samples into the networks' inputs.
  func fill(_ make: @Sendable (Int) throws -> TrainingSample) throws {
    let images = generator.images
    let made = pool.map(images) { image in
      Result {
        let sample = try make(image)
        put(sample, at: image)
        return sample
      }
    }
    let samples = try made.map { try $0.get() }
    let filled = ownFills?.run(
      pool, halvings: samples.map(\.halvings), of: generator, photo: photo, guides: guides, mask: mask)
    // A shrunk photo tells too little from a fill for what sharpens it to be judged; and colours that no photo has
    // would teach that vivid is real.
    isJudged = samples.enumerated().map { $1.isNatural && (!$1.octave || filled?[$0] == true) }
  }

  private func put(_ sample: TrainingSample, at image: Int) {
    generator.put(sample, at: image)
    let (photo, guides, mask) = (
      photo.start(image: image), guides.start(image: image), mask.start(image: image)
    )
    let free = free?.start(image: image)
    for p in 0..<generator.size * generator.size {
      let m = sample.mask[p]
      free?[p] = m > 0 && sample.sketch[p] == 0 && sample.colorSet[p] == 0 ? 1 : 0
      mask[p] = m
      guides[4 * p] = sample.sketch[p] * m
      for c in 0..<3 {
        photo[3 * p + c] = sample.image[3 * p + c]
        guides[4 * p + 1 + c] = sample.color[3 * p + c] * m
      }
    }
  }

  /// One step.
  ///
  /// - Parameters:
  ///   - step: Its number, from 0, for messages.
  ///   - pictures: How many the run has seen; decides the samples and all random numbers.
  ///   - rate: What the learning rates are multiplied by.
  /// - Returns: What the step measured, before the weights changed.
  /// - Throws: ``TrainingDataError`` where the set is damaged, `UserError` if the gradient is not finite.
  package func step(_ step: Int, pictures: Int, rate: Float) throws -> Losses {
    let losses = try gradients(step, pictures: pictures)
    return try follow(losses, step, rate: rate)
  }

  /// Computes the batch's gradient and losses, in slots if there are several.
  private func gradients(_ step: Int, pictures: Int) throws -> Losses {
    guard configuration.slots > 1 else { return try slot(step, pictures: pictures, isFirst: true) }
    var tree = SlotTree()
    let own = workers.share(of: configuration.slots)
    for slot in own {
      let losses = try self.slot(
        step, pictures: pictures + slot * generator.images, isFirst: slot == own.lowerBound)
      tree.add(gradient, losses.values)
    }
    let (mean, values) = try tree.mean(over: configuration.slots, workers)
    mean.withUnsafeBufferPointer { mean in
      guard var from = mean.baseAddress else { return }
      for parameters in trained {
        parameters.gradient.start.update(from: from, count: parameters.count)
        from += parameters.count
      }
    }
    var losses = Losses()
    losses.values = values
    return losses
  }

  /// The gradients of all that is trained, one after another.
  private var gradient: [Float] {
    let trained = trained
    let count = trained.reduce(0) { $0 + $1.count }
    return [Float](unsafeUninitializedCapacity: count) { to, filled in
      guard let base = to.baseAddress else { return }
      for parameters in trained {
        (base + filled).initialize(from: parameters.gradient.start, count: parameters.count)
        filled += parameters.count
      }
    }
  }

  /// All that gradients are computed for.
  private var trained: [Parameters] { [generator.parameters] + critics.map(\.network.parameters) }

  /// Computes the gradient and losses of a batch, or of one slot of it.
  ///
  /// - Parameters:
  ///   - step: The step's number.
  ///   - pictures: The number of the first picture; decides the samples and all random numbers.
  ///   - isFirst: Whether the weights changed since the last call.
  /// - Returns: What was measured; the gradient is in the networks' parameters.
  /// - Throws: ``TrainingDataError`` where the set is damaged.
  private func slot(_ step: Int, pictures: Int, isFirst: Bool) throws -> Losses {
    let configuration = configuration
    let images = generator.images
    // Where seeds are to matter, two pictures are the same task with different noise.
    let isPaired = configuration.seeds > 0
    let makers = (0..<images).map { sequence.maker(at: pictures + (isPaired ? $0 & ~1 : $0)) }
    try fill { image in
      var sample = try makers[image]()
      if isPaired, image & 1 == 1 { sample.renewNoise(seed: configuration.seed, UInt64(pictures + image)) }
      return sample
    }
    var losses = Losses()
    if isFirst { generator.pack(pool) }
    discriminator?.isPacked = !isFirst
    featureDiscriminator?.isPacked = !isFirst
    generator.forward(pool)
    pixels(&losses)
    if let free {
      losses["seeds"] = SeedLoss.run(
        pool, generated: generator.output, free: free, noise: MapSlice(generator.input, channel: 8),
        weight: configuration.seeds, into: generator.outputGradient)
      losses["total"] += Double(configuration.seeds) * losses["seeds"]
    }
    judgeFeatures(pictures, &losses)
    discriminate(step, pictures, &losses)
    PixelLosses.join(pool, compositeGradient, mask: mask, into: generator.outputGradient)
    generator.backward(pool)
    return losses
  }

  /// The optimisers' steps.
  private func follow(_ measured: Losses, _ step: Int, rate: Float) throws -> Losses {
    let configuration = configuration
    var losses = measured
    let norm = try finiteNorm(generator.parameters, step)
    losses["gradient_norm"] = norm
    for (_, network) in critics {
      _ = try finiteNorm(network.parameters, step)
      network.parameters.step(
        pool, rate: configuration.discriminatorRate * rate, betas: (configuration.beta1, configuration.beta2),
        scale: 1, decay: 0)
    }
    let scale =
      configuration.clip > 0 && norm > Double(configuration.clip) ? configuration.clip / Float(norm) : 1
    // The average follows faster at first, or it would keep random weights for long.
    let decay = min(
      averageDecay, Float(generator.parameters.steps + 1) / Float(generator.parameters.steps + 10))
    generator.parameters.step(
      pool, rate: configuration.learningRate * rate, betas: (configuration.beta1, configuration.beta2),
      scale: scale,
      decay: decay)
    return losses
  }

  /// 2⁻ˣ for x from 0, by a series: libm's bits differ between processors.
  static func halving(_ x: Double) -> Double {
    guard x < 1000 else { return 0 }
    let whole = x.rounded(.down)
    let exponent = (x - whole) * 0.693_147_180_559_945_3
    var (term, sum) = (1.0, 1.0)
    for k in 1...20 {
      term *= -exponent / Double(k)
      sum += term
    }
    return Double(sign: .plus, exponent: -Int(whole), significand: sum)
  }

  private func finiteNorm(_ parameters: Parameters, _ step: Int) throws -> Double {
    let norm = parameters.gradientNorm(pool)
    guard norm.isFinite else {
      throw UserError(
        .data, "the gradient is no longer finite at step \(step)", hints: ["take a smaller learning rate"])
    }
    return norm
  }

  private func pixels(_ losses: inout Losses) {
    let sum = pixelLosses.run(
      pool, generated: generator.output, photo: photo, mask: mask, composite: composite,
      toGenerated: generator.outputGradient, toComposite: compositeGradient)
    losses["inside"] = sum.inside
    losses["outside"] = sum.outside
    losses["pyramid"] = sum.pyramid
    losses["chroma"] = sum.chroma
    losses["edges"] = sum.edges
    losses["variation"] = sum.variation
    losses["checkerboard"] = sum.checkerboard
    losses["total"] = pixelLosses.total(sum)
  }

  private func judgeFeatures(_ pictures: Int, _ losses: inout Losses) {
    guard let features else { return }
    let size = generator.size
    let side = features.trunk.side
    var crops: [(judged: UnsafePointer<Float>, target: UnsafePointer<Float>)] = []
    var masks: [UnsafePointer<Float>] = []
    var gradients: [UnsafeMutablePointer<Float>] = []
    let origins = (0..<Self.crops(configuration)).map { image in
      // The first one is the one that there is without a choice.
      let drawn = (0..<UInt64(configuration.featureFocus)).map { draw in
        crop(pictures, image: image, side: side, stream: draw == 0 ? 2 : 100 + draw)
      }
      guard drawn.count > 1 else { return drawn[0] }
      let details = drawn.map { detail(image, at: $0, side: side) }
      return drawn[details.indices.max { details[$0] < details[$1] } ?? 0]
    }
    for isComposite in configuration.judgesGenerated ? [true, false] : [true] {
      for (image, origin) in origins.enumerated() {
        let at = origin.y * size + origin.x
        let judged = isComposite ? composite : generator.output
        crops.append(
          (
            UnsafePointer(judged.start(image: image) + 3 * at),
            UnsafePointer(photo.start(image: image) + 3 * at)
          ))
        masks.append(UnsafePointer(mask.start(image: image) + at))
        gradients.append(
          (isComposite ? compositeGradient : generator.outputGradient).start(image: image) + 3 * at)
      }
    }
    let values = features.run(
      pool, pictures: crops, rowStride: 3 * size, masks: masks, maskRowStride: size, gradients: gradients,
      look: {
        featureDiscriminator?.forward(
          pool, masks: masks, maskRowStride: size, isJudged: Array(isJudged.prefix(origins.count)))
      },
      add: { layer, gradient in
        losses["feature_adversarial"] +=
          featureDiscriminator?.generatorLoss(
            pool, layer: layer, weight: configuration.featureAdversarial, into: gradient) ?? 0
      })
    if let featureDiscriminator {
      losses["feature_discriminator"] = featureDiscriminator.discriminatorLoss(pool)
      losses["total"] += Double(configuration.featureAdversarial) * losses["feature_adversarial"]
    }
    losses["perceptual"] = values.relative
    losses["unit_features"] = values.unit
    losses["style"] = values.style
    losses["total"] +=
      Double(configuration.perceptual) * values.relative + Double(configuration.unitFeatures) * values.unit
      + Double(configuration.style) * values.style
  }

  /// A crop's first pixel: around a random masked pixel.
  func crop(_ pictures: Int, image: Int, side: Int, stream: UInt64) -> (x: Int, y: Int) {
    let size = generator.size
    guard side < size else { return (0, 0) }
    var random = SeededRandom(seed: configuration.seed, stream, UInt64(pictures + image))
    let mask = mask.start(image: image)
    var (x, y) = (random.integer(0...size - 1), random.integer(0...size - 1))
    for _ in 0..<64 where mask[y * size + x] == 0 {
      (x, y) = (random.integer(0...size - 1), random.integer(0...size - 1))
    }
    let place = { (at: Int, random: inout SeededRandom) in
      max(0, min(size - side, at - side / 4 - random.integer(0...side / 2)))
    }
    return (place(x, &random), place(y, &random))
  }

  /// The sum of |differences of neighbours| of the photo's green, in levels of −1…1, under the mask of a crop.
  private func detail(_ image: Int, at origin: (x: Int, y: Int), side: Int) -> Float {
    let size = generator.size
    let (photo, mask) = (photo.start(image: image), mask.start(image: image))
    var sum: Float = 0
    for y in origin.y..<min(origin.y + side, size - 1) {
      for x in origin.x..<min(origin.x + side, size - 1) where mask[y * size + x] > 0 {
        let green = photo[3 * (y * size + x) + 1]
        sum +=
          abs(photo[3 * (y * size + x + 1) + 1] - green) + abs(photo[3 * ((y + 1) * size + x) + 1] - green)
      }
    }
    return sum
  }

  // MARK: State

  /// The networks that judge, with their names in checkpoints.
  private var critics: [(name: String, network: (parameters: Parameters, spectral: SpectralNormalization))] {
    (discriminator.map { [("discriminator", ($0.parameters, $0.spectral))] } ?? [])
      + (featureDiscriminator?.heads ?? []).map {
        ("feature-discriminator-\($0.layer)", ($0.network.parameters, $0.network.spectral))
      }
  }

  /// Adds everything that training changes.
  func save(to checkpoint: inout Checkpoint) {
    checkpoint.add("generator", generator.parameters)
    for (name, network) in critics {
      checkpoint.add(name, network.parameters)
      checkpoint.tensors.append((name + ".directions", network.spectral.directions))
    }
    checkpoint.tensors += idle.tensors
    checkpoint.optimizerSteps.merge(idle.optimizerSteps) { own, _ in own }
  }

  /// Takes it back; what this stage has no network for is kept.
  func restore(_ checkpoint: Checkpoint, file: String) throws {
    guard try checkpoint.restore("generator", generator.parameters, file: file) else {
      throw UserError(.data, "'\(file)' holds no generator")
    }
    // A run may go on with a discriminator that it began without.
    for (name, network) in critics
    where try checkpoint.restore(name, network.parameters, file: file) {
      let directions = checkpoint.tensors.first { $0.name == name + ".directions" }?.values ?? []
      guard network.spectral.restore(directions) else {
        throw UserError(.data, "'\(file)' does not fit: its \(name) is of another width")
      }
    }
    let own = Set(["generator"] + critics.map(\.name))
    idle.tensors = checkpoint.tensors.filter { !own.contains(String($0.name.prefix { $0 != "." })) }
    idle.optimizerSteps = checkpoint.optimizerSteps.filter { !own.contains($0.key) }
  }
}
