import FeditGenerator
import FeditNN
import FeditPixels
import FeditText

/// Fills of the octave below by the generator that is trained, as the colours of samples that sharpen such a fill.
///
/// A shrunk photo, however softened, has its details where the photo has them; a fill has others, or none. So the
/// sample's task is run at half its size (or at a quarter, and that as an octave at half), by the weights' moving
/// average, and the result doubled. The target gets the fill's tone: what lies in its low frequencies is for the
/// octave to keep.
package final class OwnFills {
  /// At half and at a quarter of the size, as far as the network takes such sizes.
  private let smaller: [TrainableGenerator]

  /// Lays out the smaller networks.
  ///
  /// - Parameters:
  ///   - generator: The one that is trained; its weights are shared.
  ///   - precision: How products are computed.
  /// - Throws: `OutOfMemory`.
  package init(_ generator: TrainableGenerator, precision: TrainingPrecision) throws {
    smaller = try [2, 4].map { generator.size / $0 }.filter(generator.architecture.accepts).map {
      try TrainableGenerator(
        generator.architecture, images: generator.images, size: $0, precision: precision,
        sharing: generator.parameters)
    }
  }

  /// Bytes of everything that is allocated.
  package var byteCount: Int { smaller.reduce(0) { $0 + $1.byteCount } }

  /// Replaces the colours of samples.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - halvings: For each image of the batch, how often its size is halved; 0 leaves it as it is.
  ///   - generator: With the batch in its input.
  ///   - photo: The batch's targets, whose tone is changed where fills come in.
  ///   - guides: Sketch and colours, as the discriminators see them.
  ///   - mask: The batch's masks.
  /// - Returns: For each image, whether its colours are now a fill.
  package func run(
    _ pool: ThreadPool, halvings: [Int], of generator: TrainableGenerator, photo: BatchMap, guides: BatchMap,
    mask: BatchMap
  ) -> [Bool] {
    let depths = halvings.map { min($0, smaller.count) }
    guard let deepest = depths.max(), deepest > 0 else { return depths.map { _ in false } }
    let tasks = pool.map(depths.count) { image -> [SmallTask] in
      guard depths[image] > 0 else { return [] }
      var levels = [SmallTask(generator, image, photo: photo, mask: mask)]
      for _ in 0..<depths[image] { levels.append(levels[levels.count - 1].halved) }
      return levels
    }
    var fills = [[Float]?](repeating: nil, count: depths.count)
    for depth in stride(from: deepest, through: 1, by: -1) {
      let small = smaller[depth - 1]
      let below = fills
      pool.run(depths.count) { image, _ in
        let levels = tasks[image]
        guard depth < levels.count else { return }
        levels[depth].put(into: small, at: image, below: below[image])
      }
      small.pack(pool, average: true, backward: false)
      small.forward(pool, average: true)
      fills = pool.map(depths.count) { image in
        let levels = tasks[image]
        guard depth < levels.count else { return below[image] }
        let fill = levels[depth].composite(small.output.start(image: image))
        if depth == 1 {
          levels[1].shiftTone(of: photo.start(image: image), to: fill)
        }
        return SmallTask.doubled(fill, side: small.size)
      }
    }
    let made = fills
    pool.run(depths.count) { image, _ in
      guard let fill = made[image] else { return }
      let (guides, mask) = (guides.start(image: image), mask.start(image: image))
      for y in 0..<generator.size {
        var to = generator.input.start(image: image) + y * generator.input.rowStride
        for x in 0..<generator.size {
          let p = y * generator.size + x
          for c in 0..<3 {
            guides[4 * p + 1 + c] = fill[3 * p + c] * mask[p]
            to[4 + c] = fill[3 * p + c] * mask[p]
          }
          to += generator.input.channels
        }
      }
    }
    return made.map { $0 != nil }
  }
}

/// A sample's layers at a smaller size; values as the network takes them.
private struct SmallTask {
  var side: Int
  /// The picture, erased nowhere.
  var image: [Float]
  var sketch: [Float]
  var mask: [Float]
  var noise: [Float]
  var mirror: MirrorLayer

  /// What lies in a generator's input, with the picture beside it.
  init(_ generator: TrainableGenerator, _ image: Int, photo: BatchMap, mask: BatchMap) {
    side = generator.size
    let count = side * side
    self.image = Array(UnsafeBufferPointer(start: photo.start(image: image), count: 3 * count))
    self.mask = Array(UnsafeBufferPointer(start: mask.start(image: image), count: count))
    sketch = [Float](repeating: 0, count: count)
    noise = sketch
    mirror = MirrorLayer(
      values: [Float](repeating: 0, count: 3 * count), set: [Float](repeating: 0, count: count))
    let seesMirror = generator.architecture.seesMirror
    for y in 0..<side {
      let from = generator.input.start(image: image) + y * generator.input.rowStride
      for x in 0..<side {
        sketch[y * side + x] = from[x * generator.input.channels + 3]
        noise[y * side + x] = from[x * generator.input.channels + 8]
        guard seesMirror, from[x * generator.input.channels + 14] != 0 else { continue }
        mirror.set[y * side + x] = 1
        for c in 0..<3 {
          mirror.values[3 * (y * side + x) + c] = from[x * generator.input.channels + 11 + c]
        }
      }
    }
  }

  private init(side: Int) {
    self.side = side
    image = [Float](repeating: 0, count: 3 * side * side)
    sketch = [Float](repeating: 0, count: side * side)
    mask = sketch
    noise = sketch
    mirror = MirrorLayer(values: image, set: sketch)
  }

  /// Half the size: means of colours; lines and masks wherever one of four pixels has them.
  var halved: SmallTask {
    var result = SmallTask(side: side / 2)
    for y in 0..<side / 2 {
      for x in 0..<side / 2 {
        let p = y * (side / 2) + x
        let from = [
          2 * y * side + 2 * x, 2 * y * side + 2 * x + 1, (2 * y + 1) * side + 2 * x,
          (2 * y + 1) * side + 2 * x + 1,
        ]
        for c in 0..<3 { result.image[3 * p + c] = from.reduce(0) { $0 + image[3 * $1 + c] } / 4 }
        result.mask[p] = from.map { mask[$0] }.max() ?? 0
        result.sketch[p] = from.map { sketch[$0] }.max() ?? 0
        result.noise[p] = noise[from[0]]
        let known = from.filter { mirror.set[$0] != 0 }
        guard !known.isEmpty else { continue }
        result.mirror.set[p] = 1
        for c in 0..<3 {
          result.mirror.values[3 * p + c] =
            known.reduce(0) { $0 + mirror.values[3 * $1 + c] } / Float(known.count)
        }
      }
    }
    return result
  }

  /// Writes the task into a network's input: without colours, or as an octave with the fill below.
  func put(into generator: TrainableGenerator, at image: Int, below: [Float]?) {
    let count = side * side
    var sample = TrainingSample(
      size: side, image: self.image, sketch: sketch,
      color: below ?? [Float](repeating: -1, count: 3 * count), mask: mask, noise: noise,
      colorSet: [UInt8](repeating: below == nil ? 0 : 1, count: count), octave: below != nil)
    sample.mirror = mirror
    generator.put(sample, at: image)
  }

  /// The picture with a network's output inside the mask.
  func composite(_ output: UnsafePointer<Float>) -> [Float] {
    var result = image
    for p in mask.indices where mask[p] > 0 {
      for c in 3 * p..<3 * p + 3 { result[c] = output[c] }
    }
    return result
  }

  /// Adds what a fill's low frequencies differ by to a target of twice the size, fading out to the mask's border.
  ///
  /// - Parameters:
  ///   - target: −1…1, RGB.
  ///   - fill: Of this size.
  func shiftTone(of target: UnsafeMutablePointer<Float>, to fill: [Float]) {
    let radius = max(1, side / 32)
    func blurred(_ value: (Int) -> Float) -> [Float] {
      var plane = FloatPlane(width: side, height: side)
      for p in mask.indices { plane.pixels[p] = value(p) }
      return plane.boxed(radius: radius).boxed(radius: radius).pixels
    }
    let share = blurred { mask[$0] }.map { max(0, min(1, 2 * $0 - 1)) }
    var shift = fill
    for c in 0..<3 {
      let plane = blurred { fill[3 * $0 + c] - image[3 * $0 + c] }
      for p in share.indices { shift[3 * p + c] = plane[p] * share[p] }
    }
    let whole = Self.doubled(shift, side: side)
    for i in whole.indices { target[i] = max(-1, min(1, target[i] + whole[i])) }
  }

  /// Twice the size, linear between the pixels' middles.
  static func doubled(_ picture: [Float], side: Int) -> [Float] {
    OctaveBelow.doubled(picture, width: side, height: side) { near, across, down, far in
      (9 * near + 3 * (across + down) + far) / 16
    }
  }
}
