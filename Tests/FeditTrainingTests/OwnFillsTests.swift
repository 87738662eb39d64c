import FeditGenerator
import FeditNN
import FeditTestSupport
import FeditTraining
import Testing

private let size = 256

/// Two samples of random pictures with a large mask, in a network's input and in the maps of a trainer.
private struct Batch {
  let generator: TrainableGenerator
  let photo: BatchMap
  let guides: BatchMap
  let mask: BatchMap

  init() throws {
    generator = try TrainableGenerator(Architecture(.gatedUNet, width: 4), images: 2, size: size)
    generator.initialize(seed: 3)
    photo = try randomMap(1, side: size, channels: 3, scale: 0.2)
    photo.values = photo.values.map { $0 + 0.3 }
    guides = try BatchMap(images: 2, side: size, channels: 4)
    mask = try BatchMap(images: 2, side: size, channels: 1)
    for image in 0..<2 {
      for y in 31..<240 { for x in 20..<233 { mask[image, y, x, 0] = 1 } }
      generator.put(sample(image), at: image)
    }
  }

  func sample(_ image: Int) -> TrainingSample {
    let count = size * size
    let masked = Array(UnsafeBufferPointer(start: mask.start(image: image), count: count))
    return TrainingSample(
      size: size, image: Array(UnsafeBufferPointer(start: photo.start(image: image), count: 3 * count)),
      sketch: [Float](repeating: 0, count: count), color: [Float](repeating: 0.5, count: 3 * count),
      mask: masked, noise: [Float](repeating: 0, count: count),
      colorSet: [UInt8](repeating: 1, count: count), octave: true)
  }

  func run(_ halvings: [Int]) throws -> [Bool] {
    try OwnFills(generator, precision: .float32).run(
      pool, halvings: halvings, of: generator, photo: photo, guides: guides, mask: mask)
  }

  /// The colour that the network sees at a pixel.
  func color(_ image: Int, _ x: Int, _ y: Int) -> [Float] {
    (4..<7).map { generator.input[image, y, x, $0] }
  }
}

/// A square's mean over 2×2 pixels of a picture of RGB.
private func halved(_ picture: [Float], side: Int) -> [Float] {
  (0..<side / 2 * (side / 2) * 3).map { i in
    let (c, x, y) = (i % 3, i / 3 % (side / 2), i / 3 / (side / 2))
    return [(0, 0), (1, 0), (0, 1), (1, 1)].reduce(0) {
      $0 + picture[3 * ((2 * y + $1.1) * side + 2 * x + $1.0) + c]
    } / 4
  }
}

@Suite struct OwnFillsTests {
  @Test("an octave's colours become what the generator makes of the task at half the size, in its mask alone")
  func half() throws {
    let batch = try Batch()
    let small = try TrainableGenerator(
      batch.generator.architecture, images: 1, size: size / 2, sharing: batch.generator.parameters)
    let picture = halved(batch.sample(0).image, side: size)
    var mask = [Float](repeating: 0, count: size / 2 * (size / 2))
    for y in 15..<120 { for x in 10..<117 { mask[y * size / 2 + x] = 1 } }
    small.put(
      TrainingSample(
        size: size / 2, image: picture, sketch: mask.map { _ in 0 }, color: picture.map { _ in -1 },
        mask: mask,
        noise: mask.map { _ in 0 }, colorSet: mask.map { _ in 0 }), at: 0)
    small.pack(pool, average: true, backward: false)
    small.forward(pool, average: true)

    #expect(try batch.run([1, 0]) == [true, false])
    // Between the middles of four pixels of the fill, three quarters of the nearer each way.
    let (x, y) = (100, 140)
    let from = small.output.start(image: 0)
    func level(_ x: Int, _ y: Int, _ c: Int) -> Float { from[3 * (y * size / 2 + x) + c] }
    for c in 0..<3 {
      let expected =
        (9 * level(50, 70, c) + 3 * level(49, 70, c) + 3 * level(50, 69, c) + level(49, 69, c)) / 16
      #expect(abs(batch.color(0, x, y)[c] - expected) < 1e-5)
      #expect(batch.guides[0, y, x, 1 + c] == batch.color(0, x, y)[c])
    }
    #expect(batch.color(0, 5, 5) == [0, 0, 0])
    #expect(batch.color(1, x, y) == [0.5, 0.5, 0.5])
  }

  @Test("the target takes the fill's tone in the middle of the mask and keeps its own outside")
  func tone() throws {
    let batch = try Batch()
    let before = batch.photo.values
    #expect(try batch.run([2, 1]) == [true, true])
    for image in 0..<2 {
      for c in 0..<3 {
        var (target, fill, own): (Float, Float, Float) = (0, 0, 0)
        for y in 64..<192 {
          for x in 64..<192 {
            target += batch.photo[image, y, x, c]
            own += before[3 * ((image * size + y) * size + x) + c]
            fill += batch.color(image, x, y)[c]
          }
        }
        let area: Float = 128 * 128
        #expect(abs(fill - own) / area > 0.02)
        #expect(abs(target - fill) / area < 0.1 * abs(fill - own) / area)
        #expect(batch.photo[image, 10, 100, c] == before[3 * ((image * size + 10) * size + 100) + c])
      }
    }
  }

  @Test("where no sample asks for a fill, nothing changes")
  func none() throws {
    let batch = try Batch()
    let before = batch.photo.values
    #expect(try batch.run([0, 0]) == [false, false])
    #expect(batch.photo.values == before && batch.color(0, 100, 140) == [0.5, 0.5, 0.5])
  }
}
