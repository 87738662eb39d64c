import FeditGenerator
import FeditTensor
import FeditWeights
import Foundation

/// The training step: samples in, losses and their gradients, the optimisers' steps. No files, no clock.
package final class Trainer {
  /// What a step measured, by name; averages over the steps of a report go to metrics.csv.
  package struct Losses: Sendable {
    /// Names in the order of the columns.
    package static let names = [
      "total", "inside", "outside", "pyramid", "edges", "variation", "checkerboard", "perceptual",
      "unit_features", "style", "adversarial", "feature_matching", "discriminator", "ground_truth",
      "gradient_penalty", "gradient_norm",
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
  private let data: TrainingData
  private let photo: BatchMap
  private let guides: BatchMap
  private let mask: BatchMap
  private let composite: BatchMap
  private let compositeGradient: BatchMap
  private let features: FeatureLosses?
  private let discriminator: Discriminator?
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
  ///   - vgg: VGG-16 up to conv3_3, where losses on features are asked for.
  /// - Throws: ``TrainingError`` if there is no memory.
  package init(
    _ configuration: TrainingConfiguration, data: TrainingData, pool: ThreadPool, vgg: VGGWeights?
  ) throws {
    self.configuration = configuration
    self.data = data
    self.pool = pool
    averageDecay =
      configuration.average > 0
      ? configuration.average
      : Float(Self.halving(Double(configuration.batch) / configuration.averagePictures))
    sequence = SampleSequence(
      data: data, seed: configuration.seed, size: configuration.size, options: configuration.samples)
    let (images, size) = (configuration.batch, configuration.size)
    let precision = configuration.precision.isSupported ? configuration.precision : .float32
    generator = try TrainableGenerator(
      Architecture(configuration.architecture, width: configuration.width), images: images, size: size,
      precision: precision)
    generator.initialize(seed: configuration.seed)
    photo = try BatchMap(images: images, side: size, channels: 3)
    guides = try BatchMap(images: images, side: size, channels: 4)
    mask = try BatchMap(images: images, side: size, channels: 1)
    composite = try BatchMap(images: images, side: size, channels: 3)
    compositeGradient = try BatchMap(images: images, side: size, channels: 3)
    var pixelLosses = PixelLosses()
    pixelLosses.inside = configuration.inside
    pixelLosses.outside = configuration.outside
    pixelLosses.pyramid = configuration.pyramid
    pixelLosses.edges = configuration.edges
    pixelLosses.variation = configuration.variation
    pixelLosses.checkerboard = configuration.checkerboard
    self.pixelLosses = pixelLosses
    if configuration.usesFeatures, let weights = vgg {
      let side = configuration.featureCrop == 0 ? size : configuration.featureCrop
      let trunk = try FeatureTrunk(
        weights: weights, images: configuration.judgesGenerated ? 2 * images : images, side: side,
        precision: precision)
      var features = FeatureLosses.Weights()
      features.relative = configuration.perceptual
      features.unit = configuration.unitFeatures
      features.style = configuration.style
      self.features = FeatureLosses(trunk: trunk, weights: features)
    } else {
      features = nil
    }
    discriminator =
      configuration.usesDiscriminator
      ? try Discriminator(
        width: configuration.discriminatorWidth, images: images, size: size, seed: configuration.seed,
        penalizes: configuration.gradientPenalty > 0) : nil
  }

  private var scene: Discriminator.Scene {
    Discriminator.Scene(composite: composite, photo: photo, guides: guides, mask: mask)
  }

  /// Bytes of everything that is allocated.
  package var byteCount: Int {
    generator.byteCount + generator.parameters.byteCount + (features?.trunk.byteCount ?? 0)
      + (discriminator?.byteCount ?? 0) + photo.byteCount * 3 + guides.byteCount + mask.byteCount
  }

  /// Puts samples into the networks' inputs.
  private func fill(_ make: @Sendable (Int) throws -> TrainingSample) throws {
    let images = generator.images
    var failures = [(any Error)?](repeating: nil, count: images)
    failures.withUnsafeMutableBufferPointer { failures in
      let base = SendablePointer(failures.baseAddress)
      pool.run(images) { image, _ in
        do {
          put(try make(image), at: image)
        } catch {
          base.pointer?[image] = error
        }
      }
    }
    if let failure = failures.compactMap({ $0 }).first { throw failure }
  }

  private func put(_ sample: TrainingSample, at image: Int) {
    generator.put(sample, at: image)
    let (photo, guides, mask) = (
      photo.start(image: image), guides.start(image: image), mask.start(image: image)
    )
    for p in 0..<generator.size * generator.size {
      let m = sample.mask[p]
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
  /// - Throws: ``TrainingDataError`` where the set is damaged, ``TrainingError`` if the gradient is not finite.
  package func step(_ step: Int, pictures: Int, rate: Float) throws -> Losses {
    let configuration = configuration
    let images = generator.images
    let makers = (0..<images).map { sequence.maker(at: pictures + $0) }
    try fill { image in try makers[image]() }
    var losses = Losses()
    generator.pack(pool)
    generator.forward(pool)
    pixels(&losses)
    judgeFeatures(pictures, &losses)
    discriminate(pictures, &losses)
    PixelLosses.join(pool, compositeGradient, mask: mask, into: generator.outputGradient)
    generator.backward(pool)
    let norm = try finiteNorm(generator.parameters, step)
    losses["gradient_norm"] = norm
    if let discriminator {
      _ = try finiteNorm(discriminator.parameters, step)
      discriminator.parameters.step(
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
      throw TrainingError(
        .data, "the gradient is no longer finite at step \(step)", hints: ["take a smaller learning rate"])
    }
    return norm
  }

  /// Asks the discriminator about the composites, and computes its own gradient on the same pictures.
  private func discriminate(_ pictures: Int, _ losses: inout Losses) {
    guard let discriminator else { return }
    let configuration = configuration
    discriminator.forward(pool, scene)
    let verdict = discriminator.judge(
      pool, adversarial: configuration.adversarial, matching: configuration.featureMatching,
      into: compositeGradient)
    losses["adversarial"] = verdict.adversarial
    losses["feature_matching"] = verdict.matching
    losses["total"] +=
      Double(configuration.adversarial) * verdict.adversarial
      + Double(configuration.featureMatching) * verdict.matching
    var lesson = Discriminator.Lesson()
    lesson.hinge = configuration.hinge
    lesson.groundTruth = configuration.groundTruth
    lesson.gradientPenalty = configuration.gradientPenalty
    lesson.shares = (0..<generator.images).map { image in
      var random = SeededRandom(seed: configuration.seed, 3, UInt64(pictures + image))
      return random.unit()
    }
    let learned = discriminator.learn(pool, scene, lesson)
    losses["discriminator"] = learned.verdicts
    losses["ground_truth"] = learned.groundTruth
    losses["gradient_penalty"] = learned.gradientPenalty
  }

  private func pixels(_ losses: inout Losses) {
    let sum = pixelLosses.run(
      pool, generated: generator.output, photo: photo, mask: mask, composite: composite,
      toGenerated: generator.outputGradient, toComposite: compositeGradient)
    losses["inside"] = sum.inside
    losses["outside"] = sum.outside
    losses["pyramid"] = sum.pyramid
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
    let origins = (0..<generator.images).map { crop(pictures, image: $0, side: side) }
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
      pool, pictures: crops, rowStride: 3 * size, masks: masks, maskRowStride: size, gradients: gradients)
    losses["perceptual"] = values.relative
    losses["unit_features"] = values.unit
    losses["style"] = values.style
    losses["total"] +=
      Double(configuration.perceptual) * values.relative + Double(configuration.unitFeatures) * values.unit
      + Double(configuration.style) * values.style
  }

  /// A crop's first pixel: around a random masked pixel.
  private func crop(_ pictures: Int, image: Int, side: Int) -> (x: Int, y: Int) {
    let size = generator.size
    guard side < size else { return (0, 0) }
    var random = SeededRandom(seed: configuration.seed, 2, UInt64(pictures + image))
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

  // MARK: State

  /// Adds everything that training changes.
  func save(to checkpoint: inout Checkpoint) {
    checkpoint.add("generator", generator.parameters)
    if let discriminator {
      checkpoint.add("discriminator", discriminator.parameters)
      checkpoint.tensors.append(("discriminator.directions", discriminator.spectral.directions))
    }
    checkpoint.tensors += idle.tensors
    checkpoint.optimizerSteps.merge(idle.optimizerSteps) { own, _ in own }
  }

  /// Takes it back; what this stage has no network for is kept.
  func restore(_ checkpoint: Checkpoint, file: String) throws {
    guard try checkpoint.restore("generator", generator.parameters, file: file) else {
      throw TrainingError(.data, "'\(file)' holds no generator")
    }
    // A run may go on with a discriminator that it began without.
    if let discriminator {
      if try checkpoint.restore("discriminator", discriminator.parameters, file: file) {
        let directions = checkpoint.tensors.first { $0.name == "discriminator.directions" }?.values ?? []
        guard discriminator.spectral.restore(directions) else {
          throw TrainingError(.data, "'\(file)' does not fit: its discriminator is of another width")
        }
      }
    } else {
      idle.tensors = checkpoint.tensors.filter { $0.name.hasPrefix("discriminator.") }
      idle.optimizerSteps["discriminator"] = checkpoint.optimizerSteps["discriminator"]
    }
  }

  // MARK: Validation

  /// A task of the fixed validation: what went in and what came out, at full size.
  package struct Outcome: Sendable {
    package var sample: TrainingSample
    package var generated: [Float]
  }

  /// Runs the average model on fixed tasks of pictures that are not trained on.
  ///
  /// - Parameters:
  ///   - count: How many tasks there are.
  ///   - limit: How many of them are run; nil for all.
  ///   - keep: How many outcomes are returned.
  /// - Returns: Mean PSNR inside the mask in dB, and outcomes.
  /// - Throws: ``TrainingDataError`` where the set is damaged.
  package func validate(count: Int, limit: Int? = nil, keep: Int = 0) throws -> (
    psnr: Double, outcomes: [Outcome]
  ) {
    guard !data.validation.isEmpty else { return (0, []) }
    let (images, size) = (generator.images, generator.size)
    generator.pack(pool, average: true, backward: false)
    var sum = 0.0
    var outcomes: [Outcome] = []
    let data = data
    var first = 0
    let limit = limit ?? count
    while first < limit {
      let base = first
      let tasks: @Sendable (Int) throws -> TrainingSample = { image in
        try data.validationTask((base + image) % count, of: count, size: size)
      }
      try fill(tasks)
      generator.forward(pool, average: true)
      for image in 0..<min(images, limit - first) {
        let (generated, photo, mask) = (
          generator.output.start(image: image), photo.start(image: image), mask.start(image: image)
        )
        var error = 0.0
        var pixels = 0.0
        for p in 0..<size * size where mask[p] > 0 {
          for i in 3 * p..<3 * p + 3 {
            let d = Double(generated[i] - photo[i])
            error += d * d
          }
          pixels += 3
        }
        if pixels > 0 { sum += Self.decibels(error / pixels) }
        if outcomes.count < keep {
          outcomes.append(
            Outcome(
              sample: try tasks(image),
              generated: Array(UnsafeBufferPointer(start: generated, count: size * size * 3))))
        }
      }
      first += images
    }
    return (sum / Double(limit), outcomes)
  }

  /// Peak signal-to-noise ratio of values that span 2.
  private static func decibels(_ meanSquare: Double) -> Double { 10 * log10(4 / max(meanSquare, 1e-10)) }
}
