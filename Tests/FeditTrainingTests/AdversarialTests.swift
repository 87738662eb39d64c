import FeditNN
import FeditTestSupport
import FeditTraining
import FeditWeights
import Testing

private let size = 64

private func batch() throws -> Discriminator.Batch {
  let photo = try randomMap(1, side: size, channels: 3)
  let composite = try randomMap(2, side: size, channels: 3)
  composite.values = composite.values.map { 0.3 * $0 + 0.6 }
  // Small, so that scores of some places see nothing of it.
  let mask = try BatchMap(images: 2, side: size, channels: 1)
  for image in 0..<2 { for y in 40..<52 { for x in 44..<60 { mask[image, y, x - 30 * image, 0] = 1 } } }
  return Discriminator.Batch(
    composite: composite, photo: photo, guides: try randomMap(3, side: size, channels: 4), mask: mask)
}

private func augmentations() -> [Augmentation] {
  (0..<2).map { image in
    var random = SeededRandom(seed: 4, UInt64(image))
    return Augmentation(size: size, random: &random)
  }
}

/// With singular vectors that power iterations no longer change, and biases that are not zero.
private func settle(_ parameters: Parameters, _ spectral: SpectralNormalization, last: Int) {
  for (i, value) in randomValues(9, parameters.count, scale: 0.05).enumerated() {
    parameters.values.start[i] += value + 0.05
  }
  for (i, value) in randomValues(10, last, scale: 2).enumerated() {
    parameters.values.start[parameters.count - last + i] = value
  }
  for _ in 0..<400 { spectral.run(pool) }
}

@Suite struct AdversarialTests {
  private func discriminator(layers: Int = 4, penalizes: Bool = false) throws -> Discriminator {
    var options = Discriminator.Options()
    (options.width, options.layers, options.seesMask) = (4, layers, true)
    options.penalizes = penalizes
    let discriminator = try Discriminator(options, images: 2, size: size, seed: 5)
    settle(discriminator.parameters, discriminator.spectral, last: 16)
    return discriminator
  }

  @Test(
    "with the mask's targets and changed pictures, what the generator gets has the gradient of numeric differences",
    arguments: [3, 5])
  func composite(_ layers: Int) throws {
    let batch = try batch()
    let discriminator = try discriminator(layers: layers)
    let point = batch.composite.values
    func run(_ at: [Float]) throws -> (value: Double, gradient: [Float]) {
      batch.composite.values = at
      let gradient = try BatchMap(images: 2, side: size, channels: 3)
      discriminator.forward(pool, batch, augmentations: augmentations())
      let values = discriminator.generatorLoss(pool, adversarial: 0.7, matching: 2, into: gradient)
      return (0.7 * values.adversarial + 2 * values.matching, gradient.values)
    }
    let gradient = try run(point).gradient
    #expect(try numericError(gradient, at: point, step: 1e-2) { try run($0).value } < 1e-2)
  }

  @Test(
    "with the mask's targets and R1, what the discriminator learns has the gradient of numeric differences",
    arguments: [Float(0), 0.1])
  func parameters(_ realPenalty: Float) throws {
    var lossOptions = Discriminator.LossOptions()
    lossOptions.realPenalty = realPenalty
    let batch = try batch()
    let discriminator = try discriminator(penalizes: true)
    let error = parameterError(discriminator.parameters, step: 4e-3) {
      for _ in 0..<400 { discriminator.spectral.run(pool) }
      discriminator.forward(pool, batch, augmentations: augmentations())
      let own = discriminator.discriminatorLoss(pool, batch, lossOptions)
      return own.scores + Double(realPenalty) * own.realPenalty
    }
    // Numeric differences step over kinks of leaky ReLU here and there; against PyTorch the gradient is right to 2e-6.
    #expect(error < 3e-2)
  }

  @Test("of crops it learns what it learns of pictures that are no more than the crops")
  func crops() throws {
    let small = try batch()
    func large(_ map: BatchMap, _ fill: Float) throws -> BatchMap {
      let result = try BatchMap(images: 2, side: 128, channels: map.channels)
      result.values = [Float](repeating: fill, count: result.pixels * map.channels)
      for image in 0..<2 {
        for y in 0..<size {
          for x in 0..<size {
            for c in 0..<map.channels {
              result[image, y + 10 + image, x + 20, c] = map[image, y, x, c]
            }
          }
        }
      }
      return result
    }
    var whole = Discriminator.Batch(
      composite: try large(small.composite, 0.3), photo: try large(small.photo, -0.2),
      guides: try large(small.guides, 0.1), mask: try large(small.mask, 1))
    whole.origins = [(20, 10), (20, 11)]
    for augmentations in [nil, augmentations()] {
      var results: [(values: [Double], gradient: [Float], parameters: [Float])] = []
      for batch in [small, whole] {
        let discriminator = try discriminator(penalizes: true)
        let gradient = try BatchMap(images: 2, side: batch.photo.side, channels: 3)
        discriminator.forward(pool, batch, augmentations: augmentations)
        let score = discriminator.generatorLoss(pool, adversarial: 1, matching: 1, into: gradient)
        var lossOptions = Discriminator.LossOptions()
        (lossOptions.realPenalty, lossOptions.gradientPenalty, lossOptions.shares) = (1, 1, [0.3, 0.8])
        let own = discriminator.discriminatorLoss(pool, batch, lossOptions)
        var seen: [Float] = []
        for image in 0..<2 {
          let origin = batch.origins?[image] ?? (x: 0, y: 0)
          for y in 0..<size {
            for x in 0..<size {
              for c in 0..<3 {
                seen.append(gradient[image, y + origin.y, x + origin.x, c])
              }
            }
          }
        }
        results.append(
          (
            [
              score.adversarial, score.matching, own.scores, own.realPenalty,
              own.gradientPenalty,
            ], seen, discriminator.tensors(gradients: true).flatMap(\.values)
          ))
      }
      #expect(results[0].values == results[1].values)
      #expect(sameBits(results[0].gradient, results[1].gradient))
      #expect(sameBits(results[0].parameters, results[1].parameters))
    }
  }

  @Test("places that the mask does not reach are a photo's: they teach the same, and the generator nothing")
  func targets() throws {
    let batch = try batch()
    batch.composite.values = batch.photo.values
    batch.mask.values = [Float](repeating: 0, count: 2 * size * size)
    let discriminator = try discriminator()
    discriminator.forward(pool, batch)
    let gradient = try BatchMap(images: 2, side: size, channels: 3)
    let score = discriminator.generatorLoss(pool, adversarial: 1, matching: 0, into: gradient)
    #expect(score.adversarial == 0 && gradient.values.allSatisfy { $0 == 0 })
    let unmasked = discriminator.discriminatorLoss(pool, batch, Discriminator.LossOptions()).scores
    // Under a mask everywhere the same pictures are told apart by nothing: max(0, 1 − D) + max(0, 1 + D) is 2 at least.
    batch.mask.values = [Float](repeating: 1, count: 2 * size * size)
    discriminator.forward(pool, batch)
    let masked = discriminator.discriminatorLoss(pool, batch, Discriminator.LossOptions()).scores
    #expect(masked >= 2 && abs(unmasked - masked) > 1e-3)
  }

  @Test(
    "R1 is the squared length of the gradient on photos: zero for scores that do not change, never negative"
  )
  func realPenalty() throws {
    var lossOptions = Discriminator.LossOptions()
    lossOptions.realPenalty = 1
    let batch = try batch()
    let discriminator = try discriminator(penalizes: true)
    discriminator.forward(pool, batch)
    #expect(discriminator.discriminatorLoss(pool, batch, lossOptions).realPenalty > 1e-9)
    // Weights of the last layer and biases of all say nothing about the photo.
    let tensors = discriminator.tensors()
    var offset = 0
    for tensor in tensors {
      if tensor.name == "conv1/kernel" {
        for i in 0..<tensor.values.count where i / 4 % 8 < 3 {
          discriminator.parameters.values.start[offset + i] = 0
        }
      }
      offset += tensor.values.count
    }
    discriminator.forward(pool, batch)
    #expect(discriminator.discriminatorLoss(pool, batch, lossOptions).realPenalty == 0)
  }

  @Test("a changed picture is linear in the picture, and its gradient goes back by the transpose")
  func augmentation() throws {
    let batch = try batch()
    var options = Discriminator.Options()
    (options.width, options.layers) = (4, 3)
    for augmentation in augmentations() {
      #expect(augmentation != Augmentation())
      let (x, d) = (randomValues(6, size * size * 3), randomValues(7, size * size * 3))
      func changed(_ picture: [Float]) -> [Float] {
        augmentation.changed(
          picture, guides: Array(batch.guides.values[..<(size * size * 4)]),
          mask: Array(batch.mask.values[..<(size * size)]), size: size)
      }
      let difference = zip(changed(zip(x, d).map { $0 + $1 }), changed(x)).map { $0 - $1 }
      let picture = difference.indices.filter { $0 % 8 < 3 }.map { difference[$0] }
      #expect(difference.indices.allSatisfy { $0 % 8 < 3 || difference[$0] == 0 })
      let g = randomValues(8, size * size * 3)
      let back = augmentation.gradient(g, size: size)
      #expect(abs(dot(picture, g) - dot(d, back)) < 1e-3 * abs(dot(d, back)) + 1e-2)
    }
  }
}

@Suite struct FeatureDiscriminatorTests {
  private static let side = 32
  private let losses: FeatureLosses
  private let heads: FeatureDiscriminator
  private let target: BatchMap
  private let mask: BatchMap
  private let point: [Float]

  init() throws {
    let scratch = try Scratch()
    try writeVGG(to: scratch.file("vgg.safetensors"))
    let vgg = try VGGWeights(path: scratch.file("vgg.safetensors"), through: "conv3_3")
    let trunk = try FeatureTrunk(weights: vgg, images: 1, side: Self.side)
    heads = try FeatureDiscriminator(trunk: trunk, width: 8, seed: 3)
    for head in heads.heads { settle(head.network.parameters, head.network.spectral, last: 16) }
    losses = FeatureLosses(trunk: trunk, weights: FeatureLosses.Weights())
    target = try randomMap(1, images: 1, side: Self.side, channels: 3)
    mask = try rectangleMasks(images: 1, side: Self.side)
    point = randomValues(2, target.pixels * 3)
  }

  private func run(_ judged: [Float]) throws -> (value: Double, gradient: [Float]) {
    let picture = try BatchMap(images: 1, side: Self.side, channels: 3)
    picture.values = judged
    let gradient = try BatchMap(images: 1, side: Self.side, channels: 3)
    var value = 0.0
    let masks = [UnsafePointer(mask.start())]
    _ = losses.run(
      pool, pictures: [(UnsafePointer(picture.start()), UnsafePointer(target.start()))],
      rowStride: 3 * Self.side, masks: masks, maskRowStride: Self.side, gradients: [gradient.start()],
      look: { heads.forward(pool, masks: masks, maskRowStride: Self.side) },
      add: { value += heads.generatorLoss(pool, layer: $0, weight: 1.5, into: $1) })
    return (1.5 * value, gradient.values)
  }

  @Test("what the generator gets from discriminators on features has the gradient of numeric differences")
  func judged() throws {
    let gradient = try run(point).gradient
    #expect(gradient.contains { $0 != 0 })
    let error = try numericError(gradient, at: point, step: 1e-3) {
      try run($0).value
    }
    #expect(error < 2e-2)
  }

  @Test("what they learn has the gradient of numeric differences")
  func ownLoss() throws {
    for head in heads.heads {
      let error = try parameterError(head.network.parameters, step: 2e-3) {
        for _ in 0..<400 { head.network.spectral.run(pool) }
        _ = try run(point)
        return heads.discriminatorLoss(pool) * Double(heads.heads.count)
      }
      #expect(error < 2e-2)
    }
  }
}

@Suite struct SeedLossTests {
  private let side = 32

  private func run(_ generated: [Float], free: BatchMap, noise: BatchMap) throws -> (
    value: Double, gradient: [Float]
  ) {
    let map = try BatchMap(images: 2, side: side, channels: 3)
    map.values = generated
    let gradient = try BatchMap(images: 2, side: side, channels: 3)
    let value = SeedLoss.run(
      pool, generated: map, free: free, noise: MapSlice(noise), weight: 1.5, into: gradient)
    return (value, gradient.values)
  }

  private func inputs() throws -> (free: BatchMap, noise: BatchMap) {
    let free = try BatchMap(images: 2, side: side, channels: 1)
    for image in 0..<2 { for y in 5..<30 { for x in 3..<27 { free[image, y, x, 0] = 1 } } }
    let noise = try BatchMap(images: 2, side: side, channels: 1)
    noise.values = randomValues(5, 2 * side * side).map { $0 > 0 ? 1 : 0 }
    return (free, noise)
  }

  @Test("the loss on seeds has the gradient that numeric differences give, and only where nothing guides")
  func numeric() throws {
    let (free, noise) = try inputs()
    // Squares' means that are far from equal, where the loss has a kink.
    let count = side * side * 3
    let point = randomValues(6, 2 * count, scale: 0.02).enumerated().map { $1 + ($0 < count ? 0.02 : -0.02) }
    let result = try run(point, free: free, noise: noise)
    #expect(result.value > 0)
    let error = try numericError(result.gradient, at: point, step: 1e-3) {
      1.5 * (try run($0, free: free, noise: noise).value)
    }
    #expect(error < 1e-2)
    let flags = free.values
    for i in result.gradient.indices where flags[i / 3] == 0 { #expect(result.gradient[i] == 0) }
  }

  @Test("equal fills are pushed apart, grain does not count, and fills that differ enough are left alone")
  func behaviour() throws {
    let (free, noise) = try inputs()
    let count = side * side * 3
    let same = [Float](repeating: 0.1, count: 2 * count)
    let equal = try run(same, free: free, noise: noise)
    #expect(abs(equal.value - 0.125) < 1e-6)
    // Down for the gradient is apart.
    #expect(
      equal.gradient[..<count].allSatisfy { $0 <= 0 } && equal.gradient[count...].allSatisfy { $0 >= 0 })
    #expect(equal.gradient.contains { $0 != 0 })
    let grain = (0..<2 * count).map {
      0.1 + ($0 < count ? 0 : ($0 / 3 + $0 / (3 * side)) % 2 == 0 ? 0.5 : -0.5) as Float
    }
    #expect(abs(try run(grain, free: free, noise: noise).value - 0.125) < 1e-5)
    let apart = (0..<2 * count).map { $0 < count ? 0.1 : 0.3 as Float }
    let far = try run(apart, free: free, noise: noise)
    #expect(far.value == 0 && far.gradient.allSatisfy { $0 == 0 })
  }
}
