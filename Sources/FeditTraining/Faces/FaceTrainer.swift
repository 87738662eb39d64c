import FeditFaces
import FeditKernels
import FeditNN
import FeditPlan
import FeditText

/// The face finder's two networks with what changes their weights.
final class FaceTrainer {
  /// What a step measured.
  struct Losses: Sendable, Equatable {
    static let names = [
      "finder_faces", "finder_points", "points", "points_faces", "finder_gradient", "points_gradient",
    ]
    var values = [Double](repeating: 0, count: names.count)
  }

  /// The side of the finder's training pictures.
  private static let sceneSide = 128
  private static let beta: Float = 0.02

  let configuration: TrainingConfiguration
  let samples: FaceSamples
  let finder: TrainableFaceNetwork
  let points: TrainableFaceNetwork
  private let pool: ThreadPool
  private let averageDecay: Float

  init(_ configuration: TrainingConfiguration, samples: FaceSamples, pool: ThreadPool) throws {
    self.configuration = configuration
    self.samples = samples
    self.pool = pool
    let precision = configuration.precision.isSupported ? configuration.precision : .float32
    finder = try TrainableFaceNetwork(
      FaceNetwork.finder, images: configuration.batch, side: Self.sceneSide, precision: precision,
      seed: configuration.seed)
    points = try TrainableFaceNetwork(
      FaceNetwork.points, images: configuration.batch, side: FaceNetwork.squareSide, precision: precision,
      seed: configuration.seed &+ 1)
    // Most places show no face.
    finder.start(bias: -3, channel: 0)
    points.start(bias: 0, channel: FaceNetwork.faceLogit)
    averageDecay =
      configuration.average > 0
      ? configuration.average
      : Float(Trainer.halving(Double(configuration.batch) / configuration.averagePictures))
  }

  var byteCount: Int { finder.byteCount + points.byteCount }

  /// The weights as files have them.
  var tensors: [(name: String, shape: [Int], values: [Float])] { finder.tensors() + points.tensors() }

  /// One step of both networks.
  ///
  /// - Parameters:
  ///   - step: Its number, from 0, for messages.
  ///   - pictures: How many each network has seen; decides the samples.
  ///   - rate: What the learning rate is multiplied by.
  /// - Returns: What the step measured, before the weights changed.
  /// - Throws: ``TrainingDataError`` where the set is damaged, `UserError` if a gradient is not finite.
  func step(_ step: Int, pictures: Int, rate: Float) throws -> Losses {
    var losses = Losses()
    let scenes = try made { [samples, configuration] image in
      var random = SeededRandom(seed: configuration.seed, 21, UInt64(pictures + image))
      return try samples.scene(
        side: Self.sceneSide, sizes: FaceNetwork.foundSizes, empty: 0.3, &random)
    }
    for (image, scene) in scenes.enumerated() { scene.picture.put(finder.input, at: image) }
    finder.forward(pool)
    let mistakes = scenes.indices.map { mistake(in: scenes[$0], image: $0) }
    (losses.values[0], losses.values[1]) = finderLoss(scenes)
    finder.backward(pool)
    losses.values[4] = try improve(finder, step, rate)

    let squares = try made { [samples, configuration] image in
      var random = SeededRandom(seed: configuration.seed, 22, UInt64(pictures + image))
      return try samples.square(mistake: random.chance(0.8) ? mistakes[image] : nil, &random)
    }
    for (image, square) in squares.enumerated() { square.picture.put(points.input, at: image) }
    points.forward(pool)
    (losses.values[2], losses.values[3]) = pointLoss(squares)
    points.backward(pool)
    losses.values[5] = try improve(points, step, rate)
    return losses
  }

  /// Makes samples on all threads.
  private func made<Sample: Sendable>(_ make: @Sendable (Int) throws -> Sample) throws -> [Sample] {
    try pool.map(configuration.batch) { image in Result { try make(image) } }.map { try $0.get() }
  }

  /// Where in a scene without a face the finder is surest of one.
  private func mistake(
    in scene: FaceSamples.Scene, image: Int
  ) -> (picture: PixelPyramid, alignment: FaceAlignment)? {
    guard scene.faces.isEmpty, let background = scene.picture.background else { return nil }
    let output = finder.output
    var best: (logit: Float, x: Int, y: Int) = (-.infinity, 0, 0)
    for y in 0..<output.side {
      for x in 0..<output.side {
        let logit = output.start(image: image)[y * output.rowStride + x * output.channels]
        if logit > best.logit { best = (logit, x, y) }
      }
    }
    let start = output.start(image: image) + best.y * output.rowStride + best.x * output.channels
    let values = Array(UnsafeBufferPointer(start: start, count: output.channels))
    guard best.logit > -4, let found = FaceFinder.alignment(values, x: best.x, y: best.y) else { return nil }
    return (background.picture, found.mapped(background.map))
  }

  private func improve(_ network: TrainableFaceNetwork, _ step: Int, _ rate: Float) throws -> Double {
    let norm = network.parameters.gradientNorm(pool)
    guard norm.isFinite else {
      throw UserError(
        .data, "the gradient is no longer finite at step \(step)", hints: ["take a smaller learning rate"])
    }
    let clip = configuration.clip
    let decay = min(averageDecay, Float(network.parameters.steps + 1) / Float(network.parameters.steps + 10))
    network.parameters.step(
      pool, rate: configuration.learningRate * rate, betas: (configuration.beta1, configuration.beta2),
      scale: clip > 0 && norm > Double(clip) ? clip / Float(norm) : 1, decay: decay)
    return norm
  }

  // MARK: Losses

  /// σ(x), the same bits everywhere.
  private func sigmoid(_ x: Float) -> Float {
    var (x, y) = (x, Float(0))
    fk_sigmoid(fk_best_isa(), &x, &y, 1)
    return y
  }

  /// A distance that grows linearly from `beta` on: its value and its slope.
  private static func smooth(_ difference: Float, beta: Float) -> (value: Float, slope: Float) {
    let size = abs(difference)
    return size < beta
      ? (difference * difference / (2 * beta), difference / beta) : (size - beta / 2, difference < 0 ? -1 : 1)
  }

  /// What a place of the finder's map should say.
  private enum Wanted {
    case nothing
    /// Too near to a face, or a face of a size that may be found or not.
    case anything
    case face(Int)
  }

  private func wanted(_ scene: FaceSamples.Scene, x: Double, y: Double) -> Wanted {
    var result = Wanted.nothing
    for (index, face) in scene.faces.enumerated() {
      let size = face.alignment.size
      let (dx, dy) = (x - face.alignment.center.x, y - face.alignment.center.y)
      let distance = (dx * dx + dy * dy).squareRoot()
      let sizes = FaceNetwork.foundSizes
      if sizes.contains(size), distance < max(5.7, 0.35 * size) { return .face(index) }
      let isNear = size > 0.75 * sizes.lowerBound && size < 1.3 * sizes.upperBound
      if isNear, distance < max(9, 0.8 * size) { result = .anything }
    }
    return result
  }

  /// The finder's losses, their gradient in its output's.
  private func finderLoss(_ scenes: [FaceSamples.Scene]) -> (faces: Double, points: Double) {
    let (output, gradient) = (finder.output, finder.outputGradient)
    let stride = Double(finder.table.stride)
    var (faces, offsets, positives) = (0.0, 0.0, 0)
    for (image, scene) in scenes.enumerated() {
      for y in 0..<output.side {
        for x in 0..<output.side {
          let values = output.row(y, image: image) + x * output.channels
          let to = gradient.row(y, image: image) + x * gradient.channels
          to.update(repeating: 0, count: gradient.channels)
          let (px, py) = ((Double(x) + 0.5) * stride, (Double(y) + 0.5) * stride)
          let wanted = wanted(scene, x: px, y: py)
          if case .anything = wanted { continue }
          let p = sigmoid(values[0])
          guard case .face(let index) = wanted else {
            // Places that are right already count little (Lin et al., ICCV 2017).
            to[0] = p * p
            faces += Double(p * p)
            continue
          }
          positives += 1
          to[0] = (p - 1) * (1 - p)
          faces += Double((1 - p) * (1 - p))
          let face = scene.faces[index]
          for (i, point) in [face.leftEye, face.rightEye, face.mouth].enumerated() {
            for (c, target) in [(1 + 2 * i, point.x - px), (2 + 2 * i, point.y - py)] {
              let (value, slope) = Self.smooth(values[c] - Float(target / FaceNetwork.offsetUnit), beta: 0.05)
              to[c] = slope
              offsets += Double(value)
            }
          }
        }
      }
    }
    let share = 1 / Float(max(positives, 8))
    for image in scenes.indices {
      for y in 0..<gradient.side {
        let row = gradient.row(y, image: image)
        for i in 0..<gradient.side * gradient.channels { row[i] *= share }
      }
    }
    return (faces * Double(share), offsets * Double(share))
  }

  /// The losses of the network for points, their gradient in its output's.
  private func pointLoss(_ squares: [FaceSamples.Square]) -> (points: Double, faces: Double) {
    let (output, gradient) = (points.output, points.outputGradient)
    let count = squares.count { $0.points != nil }
    let share = 1 / Float(max(count, 1))
    let half = Float(FaceNetwork.squareSide) / 2
    // The corners that eyes and mouth are measured by.
    let eyes = 0..<FacePoints.first(.leftBrow)
    var (sum, faces) = (0.0, 0.0)
    for (image, square) in squares.enumerated() {
      let (values, to) = (output.start(image: image), gradient.start(image: image))
      to.update(repeating: 0, count: gradient.channels)
      let p = sigmoid(values[FaceNetwork.faceLogit])
      let wanted: Float = square.points == nil ? 0 : 1
      to[FaceNetwork.faceLogit] = (p - wanted) * abs(p - wanted) * 2 / Float(squares.count)
      faces += Double((p - wanted) * (p - wanted)) / Double(squares.count)
      guard let places = square.points else { continue }
      for (i, place) in places.enumerated() {
        let weight: Float = (eyes.contains(i) ? 2 : 1) / Float(FacePoints.count)
        for (c, target) in [(2 * i, place.x), (2 * i + 1, place.y)] {
          let (value, slope) = Self.smooth(values[c] - (Float(target) / half - 1), beta: Self.beta)
          to[c] = slope * weight * share
          sum += Double(value * weight * share)
        }
      }
    }
    return (sum, faces)
  }
}

extension FaceTrainer {
  func save(to checkpoint: inout Checkpoint) {
    checkpoint.add("finder", finder.parameters)
    checkpoint.add("points", points.parameters)
  }

  func restore(_ checkpoint: Checkpoint, file: String) throws {
    for (name, network) in [("finder", finder), ("points", points)] {
      guard try checkpoint.restore(name, network.parameters, file: file) else {
        throw UserError(
          .data, "'\(file)' is no checkpoint of a face finder",
          hints: ["leave out --task landmarks to go on with it"])
      }
    }
  }
}
