import FeditNN
import FeditTestSupport
import FeditTraining
import FeditWeights
import Testing

@Suite struct PixelLossTests {
  /// Values and gradient with respect to the generated pictures.
  private func run(_ losses: PixelLosses, _ generated: [Float], _ photo: BatchMap, _ mask: BatchMap) throws
    -> (
      values: PixelLosses.Values, gradient: [Float]
    )
  {
    func map() throws -> BatchMap { try BatchMap(images: photo.images, side: photo.side, channels: 3) }
    let (judged, composite, gradient, ofComposite) = (try map(), try map(), try map(), try map())
    judged.values = generated
    let values = losses.run(
      pool, generated: judged, photo: photo, mask: mask, composite: composite, toGenerated: gradient,
      toComposite: ofComposite)
    PixelLosses.join(pool, ofComposite, mask: mask, into: gradient)
    return (values, gradient.values)
  }

  private func losses(_ name: String) -> PixelLosses {
    var losses = PixelLosses()
    (losses.inside, losses.outside, losses.pyramid, losses.edges, losses.variation) = (0, 0, 0, 0, 0)
    (losses.checkerboard, losses.chroma) = (0, 0)
    switch name {
    case "inside": losses.inside = 1.5
    case "outside": losses.outside = 1.5
    case "pyramid": losses.pyramid = 1.5
    case "chroma": losses.chroma = 1.5
    case "edges": losses.edges = 1.5
    case "variation": losses.variation = 1.5
    case "checkerboard": losses.checkerboard = 1.5
    default:
      (losses.inside, losses.outside, losses.pyramid, losses.edges, losses.variation) = (5, 1, 4, 2, 0.1)
      (losses.checkerboard, losses.chroma) = (3, 2)
    }
    return losses
  }

  @Test(
    "a loss on pixels has the gradient that numeric differences give",
    arguments: ["inside", "outside", "pyramid", "chroma", "edges", "variation", "checkerboard", "all"])
  func numeric(_ name: String) throws {
    let losses = losses(name)
    let photo = try randomMap(1, side: 16, channels: 3)
    let mask = try rectangleMasks(images: 2, side: 16)
    let generated = randomValues(2, photo.pixels * 3)
    let result = try run(losses, generated, photo, mask)
    let error = try numericError(result.gradient, at: generated, step: 1e-4) {
      losses.total(try run(losses, $0, photo, mask).values)
    }
    #expect(losses.total(result.values) > 0.01)
    #expect(error < 1e-2)
  }

  @Test("the values are the means that their definitions say, on a picture that can be reckoned by hand")
  func byHand() throws {
    let photo = try BatchMap(images: 1, side: 8, channels: 3)
    let mask = try BatchMap(images: 1, side: 8, channels: 1)
    // A masked square of 4×4 pixels in which the generated picture is off by ½; outside it is off by ¼.
    for y in 2..<6 { for x in 2..<6 { mask[0, y, x, 0] = 1 } }
    let generated = (0..<192).map { i -> Float in
      let (x, y) = (i / 3 % 8, i / 24)
      return (2..<6).contains(x) && (2..<6).contains(y) ? 0.5 : -0.25
    }
    let values = try run(losses("all"), generated, photo, mask).values
    #expect(abs(values.inside - 0.5 * 16 / 64) < 1e-6)
    #expect(abs(values.outside - 0.25 * 48 / 64) < 1e-6)
    // At half size a square of 2×2 of 4×4 is off by ½; at quarter size each of the four pixels by ⅛; then the only one.
    #expect(abs(values.pyramid - (0.5 * 4 / 16 + 0.125 + 0.125)) < 1e-6)
    // The composite steps by ½ along four edges of 4 pixels: 8 of 56 differences across, 8 of 56 down.
    #expect(abs(values.edges - 2 * 0.5 * 8 / 56) < 1e-6)
    #expect(abs(values.variation - 2 * 0.5 * 8 / 64) < 1e-6)
    // A square of 4×4 has one pixel on each place of the grid.
    #expect(values.checkerboard < 1e-6)
  }

  @Test("chroma is how far red and blue are from green, and grey that is too light has none of it")
  func chroma() throws {
    let photo = try BatchMap(images: 1, side: 16, channels: 3)
    let mask = try BatchMap(images: 1, side: 16, channels: 1)
    mask.values = [Float](repeating: 1, count: 256)
    func value(_ color: [Float]) throws -> Double {
      let picture = (0..<16 * 16 * 3).map { color[$0 % 3] }
      return try run(losses("chroma"), picture, photo, mask).values.chroma
    }
    #expect(abs(try value([0.5, 0.1, 0.2]) - 0.25) < 1e-6)
    #expect(try value([0.3, 0.3, 0.3]) < 1e-6)
  }

  @Test("the checkerboard is what every fourth column has of its own, and a smooth change has none of it")
  func checkerboard() throws {
    let photo = try BatchMap(images: 1, side: 64, channels: 3)
    let mask = try BatchMap(images: 1, side: 64, channels: 1)
    mask.values = [Float](repeating: 1, count: 64 * 64)
    let stripes = (0..<64 * 64 * 3).map { $0 / 3 % 4 == 1 ? 0.5 as Float : 0 }
    // A quarter of the places is off by ½ and all by ⅛ on average.
    let ofStripes = try run(losses("checkerboard"), stripes, photo, mask).values.checkerboard
    #expect(abs(ofStripes - (0.375 + 3 * 0.125) / 4) < 1e-6)
    let even = try run(losses("checkerboard"), [Float](repeating: 0.5, count: 64 * 64 * 3), photo, mask)
    #expect(even.values.checkerboard < 1e-6)
  }

  @Test("outside the mask the composite is the photo, bit for bit, and its losses have no gradient there")
  func outside() throws {
    var losses = losses("all")
    losses.outside = 0
    let photo = try randomMap(3, side: 16, channels: 3)
    let mask = try rectangleMasks(images: 2, side: 16)
    let gradient = try run(losses, randomValues(4, photo.pixels * 3), photo, mask).gradient
    let flags = mask.values
    for i in gradient.indices where flags[i / 3] == 0 { #expect(gradient[i] == 0) }
  }
}

@Suite struct FeatureLossTests {
  private static let side = 28

  private func losses(_ weights: FeatureLosses.Weights, _ scratch: Scratch) throws -> FeatureLosses {
    try writeVGG(to: scratch.file("vgg.safetensors"))
    let vgg = try VGGWeights(path: scratch.file("vgg.safetensors"), through: "conv3_3")
    return FeatureLosses(
      trunk: try FeatureTrunk(weights: vgg, images: 1, side: Self.side), weights: weights)
  }

  private func run(_ losses: FeatureLosses, _ judged: [Float], _ target: BatchMap, _ mask: BatchMap) throws
    -> (
      values: FeatureLosses.Values, gradient: [Float]
    )
  {
    let side = Self.side
    let picture = try BatchMap(images: 1, side: side, channels: 3)
    picture.values = judged
    let gradient = try BatchMap(images: 1, side: side, channels: 3)
    let values = losses.run(
      pool, pictures: [(UnsafePointer(picture.start()), UnsafePointer(target.start()))], rowStride: 3 * side,
      masks: [UnsafePointer(mask.start())], maskRowStride: side, gradients: [gradient.start()])
    return (values, gradient.values)
  }

  @Test(
    "a loss on features has the gradient that numeric differences give",
    arguments: ["relative", "unit", "style"])
  func numeric(_ name: String) throws {
    var weights = FeatureLosses.Weights()
    switch name {
    case "relative": weights.relative = 2
    case "unit": weights.unit = 2
    default: weights.style = 100
    }
    let scratch = try Scratch()
    let losses = try losses(weights, scratch)
    let target = try randomMap(1, images: 1, side: Self.side, channels: 3)
    let mask = try rectangleMasks(images: 1, side: Self.side)
    let judged = randomValues(2, target.pixels * 3)
    let result = try run(losses, judged, target, mask)
    let error = try numericError(result.gradient, at: judged, step: 1e-3) {
      let values = try run(losses, $0, target, mask).values
      return Double(weights.relative) * values.relative + Double(weights.unit) * values.unit
        + Double(weights.style) * values.style
    }
    #expect(error < 2e-2)
  }

  @Test("a picture that is its own target has no loss on features and no gradient")
  func same() throws {
    var weights = FeatureLosses.Weights()
    (weights.relative, weights.unit, weights.style) = (1, 1, 1)
    let scratch = try Scratch()
    let target = try randomMap(1, images: 1, side: Self.side, channels: 3)
    let mask = try rectangleMasks(images: 1, side: Self.side)
    let result = try run(try losses(weights, scratch), target.values, target, mask)
    #expect(result.values.relative == 0 && result.values.style == 0 && result.values.unit < 1e-6)
    #expect(result.gradient.allSatisfy { abs($0) < 1e-6 })
  }
}

@Suite struct DiscriminatorTests {
  private let size = 64

  private func batch() throws -> Discriminator.Batch {
    let photo = try randomMap(1, side: size, channels: 3)
    let composite = try randomMap(2, side: size, channels: 3)
    // Brighter than the photo, so that the discriminator has something to go by.
    composite.values = composite.values.map { 0.3 * $0 + 0.6 }
    return Discriminator.Batch(
      composite: composite, photo: photo, guides: try randomMap(3, side: size, channels: 4),
      mask: try rectangleMasks(images: 2, side: size))
  }

  /// With singular vectors that power iterations no longer change, and biases that are not zero.
  private func discriminator(_ batch: Discriminator.Batch, penalizes: Bool = false) throws -> Discriminator {
    let discriminator = try Discriminator(width: 4, images: 2, size: size, seed: 5, penalizes: penalizes)
    let parameters = discriminator.parameters
    // Their mean makes the largest singular value stand out: where two are near each other, it has a kink.
    for (i, value) in randomValues(9, parameters.count, scale: 0.05).enumerated() {
      parameters.values.start[i] += value + 0.05
    }
    // So that some scores lie beyond the hinge.
    let last = 16
    for (i, value) in randomValues(10, last, scale: 2).enumerated() {
      parameters.values.start[parameters.count - last + i] = value
    }
    for _ in 0..<400 { discriminator.spectral.run(pool) }
    return discriminator
  }

  @Test(
    "what the generator gets from the discriminator has the gradient that numeric differences give",
    arguments: [(Float(1), Float(0)), (0, 1), (0.7, 2)])
  func composite(_ weights: (adversarial: Float, matching: Float)) throws {
    let batch = try batch()
    let discriminator = try discriminator(batch)
    let point = batch.composite.values
    func run(_ at: [Float]) throws -> (value: Double, gradient: [Float]) {
      batch.composite.values = at
      let gradient = try BatchMap(images: 2, side: size, channels: 3)
      discriminator.forward(pool, batch)
      let values = discriminator.generatorLoss(
        pool, adversarial: weights.adversarial, matching: weights.matching, into: gradient)
      return (
        Double(weights.adversarial) * values.adversarial + Double(weights.matching) * values.matching,
        gradient.values
      )
    }
    let gradient = try run(point).gradient
    #expect(try numericError(gradient, at: point, step: 1e-2) { try run($0).value } < 1e-2)
  }

  @Test(
    "what the discriminator learns has the gradient that numeric differences give, spectral norms included",
    arguments: ["hinge", "linear", "ground truth", "gradient penalty"])
  func parameters(_ name: String) throws {
    var lossOptions = Discriminator.LossOptions()
    lossOptions.hinge = name == "hinge"
    lossOptions.groundTruth = name == "ground truth" ? 20 : 0
    lossOptions.gradientPenalty = name == "gradient penalty" ? 10 : 0
    lossOptions.shares = [0.3, 0.8]
    let batch = try batch()
    let discriminator = try discriminator(batch, penalizes: true)
    let error = parameterError(discriminator.parameters, step: 4e-3) {
      // The singular vectors follow the weights; where the first two values are near each other, slowly.
      for _ in 0..<400 { discriminator.spectral.run(pool) }
      discriminator.forward(pool, batch)
      let values = discriminator.discriminatorLoss(pool, batch, lossOptions)
      return values.scores + Double(lossOptions.groundTruth) * values.groundTruth
        + Double(lossOptions.gradientPenalty) * values.gradientPenalty
    }
    #expect(error < 2e-2)
  }

  @Test("no layer's weights, divided, lengthen a vector")
  func spectralNorm() throws {
    let batch = try batch()
    let discriminator = try discriminator(batch)
    for tensor in discriminator.tensors() where tensor.name.hasSuffix("kernel") {
      let columns = tensor.shape[3]
      let rows = tensor.values.count / columns
      let sigma = try #require(discriminator.spectralNorm(of: tensor.name))
      // A power iteration of its own, from another start.
      var u = [Double](repeating: 1, count: columns)
      var longest = 0.0
      for _ in 0..<2000 {
        var v = [Double](repeating: 0, count: rows)
        for r in 0..<rows { for c in 0..<columns { v[r] += Double(tensor.values[r * columns + c]) * u[c] } }
        u = [Double](repeating: 0, count: columns)
        for r in 0..<rows { for c in 0..<columns { u[c] += Double(tensor.values[r * columns + c]) * v[r] } }
        longest = u.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for c in 0..<columns { u[c] /= longest }
      }
      #expect(abs(Double(sigma) / longest.squareRoot() - 1) < 1e-3)
    }
  }

  @Test("it learns to tell photos from noise, and its scores stay where the hinge ends")
  func learns() throws {
    let batch = try batch()
    let discriminator = try Discriminator(width: 4, images: 2, size: size, seed: 5)
    var losses: [Double] = []
    for _ in 0..<120 {
      discriminator.forward(pool, batch)
      losses.append(discriminator.discriminatorLoss(pool, batch, Discriminator.LossOptions()).scores)
      discriminator.parameters.step(pool, rate: 4e-3, betas: (0.5, 0.99), scale: 1, decay: 0)
    }
    #expect(abs(losses[0] - 2) < 0.5)
    #expect((losses.last ?? 2) < 0.5)
  }
}
