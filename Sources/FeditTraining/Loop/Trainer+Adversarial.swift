import FeditNN
import FeditRaster

extension TrainingConfiguration {
  /// How the discriminator is made.
  var discriminator: Discriminator.Options {
    var options = Discriminator.Options()
    options.width = discriminatorWidth
    options.layers = discriminatorLayers
    options.seesMask = maskTargets
    options.penalizes = gradientPenalty + realPenalty > 0
    return options
  }
}

extension Trainer {
  /// Asks the discriminator about the composites, and computes its own gradient on the same pictures.
  func discriminate(_ step: Int, _ pictures: Int, _ losses: inout Losses) {
    guard let discriminator else { return }
    let configuration = configuration
    var batch = Discriminator.Batch(composite: composite, photo: photo, guides: guides, mask: mask)
    let side = configuration.discriminatorCrop
    if side > 0 {
      batch.origins = (0..<generator.images).map { crop(pictures, image: $0, side: side, stream: 15) }
    }
    discriminator.forward(
      pool, batch, augmentations: augmentations(pictures, size: side > 0 ? side : generator.size))
    let score = discriminator.generatorLoss(
      pool, adversarial: configuration.adversarial, matching: configuration.featureMatching,
      into: compositeGradient)
    losses["adversarial"] = score.adversarial
    losses["feature_matching"] = score.matching
    losses["total"] +=
      Double(configuration.adversarial) * score.adversarial
      + Double(configuration.featureMatching) * score.matching
    // R1 is dear, and every few steps with as many times the weight do as well (Karras et al., CVPR 2020).
    let isPenalized = step % configuration.realPenaltySteps == 0
    var lossOptions = Discriminator.LossOptions()
    lossOptions.hinge = configuration.hinge
    lossOptions.groundTruth = configuration.groundTruth
    lossOptions.gradientPenalty = configuration.gradientPenalty
    lossOptions.shares = (0..<generator.images).map { image in
      var random = SeededRandom(seed: configuration.seed, 3, UInt64(pictures + image))
      return random.unit()
    }
    lossOptions.realPenalty =
      isPenalized ? configuration.realPenalty * Float(configuration.realPenaltySteps) : 0
    let own = discriminator.discriminatorLoss(pool, batch, lossOptions)
    losses["discriminator"] = own.scores
    losses["ground_truth"] = own.groundTruth
    losses["gradient_penalty"] = own.gradientPenalty
    // So that the average over steps is that over penalised ones.
    losses["real_penalty"] = own.realPenalty * Double(configuration.realPenaltySteps)
  }

  /// How the discriminator's pictures are changed: each composite as its photo.
  private func augmentations(_ pictures: Int, size: Int) -> [Augmentation]? {
    guard configuration.augment else { return nil }
    return (0..<generator.images).map { image in
      var random = SeededRandom(seed: configuration.seed, 8, UInt64(pictures + image))
      return Augmentation(size: size, random: &random)
    }
  }
}

extension TrainingSample {
  /// Other noise in the same mask.
  mutating func renewNoise(seed: UInt64, _ position: UInt64) {
    var random = SeededRandom(seed: seed, 9, position)
    let layer = Noise.layer(seed: random.bits(), edit: 0, size: size)
    for p in noise.indices { noise[p] = Float(layer[p]) * mask[p] }
  }
}
