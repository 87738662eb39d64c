import FeditGenerator
import FeditNN
import FeditText
import FeditWeights

/// What judges pictures, on tensors from a file.
extension GradientCheck.Probe {
  /// The discriminator (`width`, `layers`, `mask-targets`) on `composite`, `photo`, `guides` and `mask`, its weights
  /// under their own names (`conv1/kernel`, …) and one `directions` for the power iterations: the generator's losses
  /// with the metadata's weights and the composite's gradient; its own loss and every weight's gradient. `augment` has a
  /// line for each picture: brightness, saturation, contrast, shift (x, y), hole (from x, to x, from y, to y).
  func discriminator() throws -> [SafetensorsWriter.Tensor] {
    let batch = Discriminator.Batch(
      composite: try map("composite", channels: 3), photo: try map("photo", channels: 3),
      guides: try map("guides", channels: 4), mask: try map("mask", channels: 1))
    let images = batch.mask.images
    var lossOptions = Discriminator.LossOptions()
    lossOptions.hinge = try number("hinge") != 0
    lossOptions.groundTruth = try number("ground-truth")
    lossOptions.gradientPenalty = try number("gradient-penalty")
    lossOptions.realPenalty = try number("real-penalty", default: 0)
    lossOptions.shares = try file.floats(named: "shares")
    guard lossOptions.shares.count == images else {
      throw UserError(.data, "'\(file.name)' has not one of 'shares' for each picture")
    }
    var options = Discriminator.Options()
    options.width = try integer("width")
    options.layers = Int(try number("layers", default: 6))
    options.seesMask = try number("mask-targets", default: 0) != 0
    options.penalizes = lossOptions.gradientPenalty + lossOptions.realPenalty > 0
    guard 3...6 ~= options.layers else {
      throw UserError(.data, "'\(file.name)': a discriminator has 3 to 6 layers")
    }
    let discriminator = try Discriminator(options, images: images, size: batch.mask.side, seed: 1)
    try discriminator.load(file)
    guard discriminator.spectral.restore(try file.floats(named: "directions")) else {
      throw UserError(.data, "'\(file.name)': 'directions' do not fit")
    }
    let gradient = try BatchMap(images: images, side: batch.mask.side, channels: 3)
    discriminator.forward(pool, batch, augmentations: try augmentations(images))
    let score = discriminator.generatorLoss(
      pool, adversarial: try number("adversarial"), matching: try number("feature-matching"), into: gradient)
    let own = discriminator.discriminatorLoss(pool, batch, lossOptions)
    return result([
      ("adversarial", score.adversarial), ("feature-matching", score.matching),
      ("scores", own.scores), ("ground-truth", own.groundTruth),
      ("gradient-penalty", own.gradientPenalty), ("real-penalty", own.realPenalty),
    ]) + [result("composite", gradient)]
      + discriminator.tensors(gradients: true).map {
        SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, $0.values)
      }
  }

  private func augmentations(_ images: Int) throws -> [Augmentation]? {
    guard file.shape(of: "augment") == [images, 9] else { return nil }
    let values = try file.floats(named: "augment")
    return (0..<images).map { image in
      let v = Array(values[9 * image..<9 * image + 9])
      func range(_ i: Int) -> Range<Int> { Int(v[i])..<max(Int(v[i]), Int(v[i + 1])) }
      var augmentation = Augmentation()
      (augmentation.brightness, augmentation.saturation, augmentation.contrast) = (v[0], v[1], v[2])
      augmentation.shift = (Int(v[3]), Int(v[4]))
      augmentation.hole = (range(5), range(7))
      return augmentation
    }
  }

  /// The discriminators on the features of VGG-16 (in the file `vgg16`) of `judged` against `target`, each with the
  /// weights `LAYER/conv1/kernel`, … and `LAYER/directions`: the generator's loss, the gradient of `judged`, their own
  /// loss and every weight's gradient.
  func heads() throws -> [SafetensorsWriter.Tensor] {
    let judged = try map("judged", channels: 3)
    let target = try map("target", channels: 3)
    let mask = try map("mask", channels: 1)
    let (images, side) = (judged.images, judged.side)
    let vgg = try VGGWeights(path: file.metadata["vgg16"] ?? "", through: "conv3_3")
    let trunk = try FeatureTrunk(weights: vgg, images: images, side: side)
    let heads = try FeatureDiscriminator(trunk: trunk, width: try integer("width"), seed: 1)
    for head in heads.heads {
      try head.network.load(Prefixed(prefix: head.layer + "/", source: file))
      guard head.network.spectral.restore(try file.floats(named: head.layer + "/directions")) else {
        throw UserError(.data, "'\(file.name)': 'directions' do not fit")
      }
    }
    let masks = (0..<images).map { UnsafePointer(mask.start(image: $0)) }
    let gradient = try BatchMap(images: images, side: side, channels: 3)
    let weight = try number("feature-adversarial")
    var score = 0.0
    _ = FeatureLosses(trunk: trunk, weights: FeatureLosses.Weights()).run(
      pool,
      pictures: (0..<images).map {
        (UnsafePointer(judged.start(image: $0)), UnsafePointer(target.start(image: $0)))
      }, rowStride: 3 * side, masks: masks, maskRowStride: side,
      gradients: (0..<images).map { gradient.start(image: $0) },
      look: { heads.forward(pool, masks: masks, maskRowStride: side) },
      add: { score += heads.generatorLoss(pool, layer: $0, weight: weight, into: $1) })
    let own = heads.discriminatorLoss(pool)
    return result([("feature-adversarial", score), ("scores", own)]) + [result("judged", gradient)]
      + heads.heads.flatMap { head in
        head.network.tensors(gradients: true).map {
          SafetensorsWriter.Tensor(name: "\(head.layer)/\($0.name)", shape: $0.shape, $0.values)
        }
      }
  }

  /// A file's tensors whose names begin so.
  private struct Prefixed: WeightSource {
    let prefix: String
    let source: SafetensorsFile
    var metadata: [String: String] { source.metadata }
    var names: [String] {
      source.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
    func shape(of name: String) -> [Int]? { source.shape(of: prefix + name) }
    func floats(named name: String) throws -> [Float] { try source.floats(named: prefix + name) }
  }

  /// The loss that makes seeds matter, of pairs in `generated` with `free` and `noise`: its value and gradient.
  func seeds() throws -> [SafetensorsWriter.Tensor] {
    let generated = try map("generated", channels: 3)
    let gradient = try BatchMap(images: generated.images, side: generated.side, channels: 3)
    let value = SeedLoss.run(
      pool, generated: generated, free: try map("free", channels: 1),
      noise: MapSlice(try map("noise", channels: 1)), weight: try number("seeds"), into: gradient)
    return result([("seeds", value)]) + [result("generated", gradient)]
  }
}
