import FeditImage
import FeditNN
import FeditTestSupport
import FeditText
import FeditTraining
import FeditWeights
import Foundation

/// Shared by all tests; two threads, so that sharing is tested too.
let pool = ThreadPool(threads: 2)

extension Scratch {
  /// A picture of some ellipses on a slope of colour, another one for each seed.
  func picture(_ name: String, seed: UInt64, width: Int = 128, height: Int = 128) throws {
    var random = SeededRandom(seed: seed)
    let shapes = (0..<6).map { _ in
      (
        x: random.number(0...Float(width)), y: random.number(0...Float(height)), a: random.number(10...40),
        b: random.number(10...40), color: (0..<3).map { _ in random.number(20...235) }
      )
    }
    let slope = (0..<3).map { _ in (random.number(60...180), random.number(-0.3...0.3)) }
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        var color = slope.map { $0.0 + $0.1 * Float(x + y) }
        for s in shapes {
          let (u, v) = ((Float(x) - s.x) / s.a, (Float(y) - s.y) / s.b)
          if u * u + v * v < 1 { color = s.color }
        }
        pixels += color.map { UInt8(max(0, min(255, $0))) }
      }
    }
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: file(name)).deletingLastPathComponent(), withIntermediateDirectories: true)
    try PNGFile.write(Picture(width: width, height: height, samples: .eight(pixels)), to: file(name))
  }

  /// A folder with a prepared set.
  static func withTrainingSet() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.trainingSet()
    return scratch
  }

  /// A prepared set of such pictures in `set`, 128 pixels a side; some of them are held out.
  @discardableResult
  func trainingSet(pictures: Int = 24) throws -> TrainingSet {
    for i in 0..<pictures { try picture("faces/\(i).png", seed: UInt64(i + 1)) }
    var settings = PrepareSettings()
    settings.size = 128
    _ = try Preparation(faces: file("faces"), folder: file("set"), settings: settings, threads: 2).run()
    return try TrainingSet(folder: file("set"))
  }
}

/// A batch of random values of −1…1.
func randomMap(
  _ seed: UInt64, images: Int = 2, side: Int, channels: Int, border: Int = 0, scale: Float = 1
) throws -> BatchMap {
  let map = try BatchMap(images: images, side: side, channels: channels, border: border)
  map.values = randomValues(seed, map.pixels * channels, scale: scale)
  return map
}

func randomValues(_ seed: UInt64, _ count: Int, scale: Float = 1) -> [Float] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { _ in random.number(-scale...scale) }
}

/// Masks of rectangles, another one for each image.
func rectangleMasks(images: Int, side: Int) throws -> BatchMap {
  let mask = try BatchMap(images: images, side: side, channels: 1)
  for image in 0..<images {
    for y in side / 5..<side / 2 + 3 * image {
      for x in side / 7..<side - side / 3 { mask[image, y, x, 0] = 1 }
    }
  }
  return mask
}

func dot(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// How far a gradient is from the numeric one along some directions, as a share of the latter's largest value.
///
/// A difference over a long way errs by the function's curvature and kinks, over a short way by rounding: the best of
/// some steps counts. A gradient that is wrong is wrong for all.
///
/// - Parameters:
///   - gradient: At `point`.
///   - point: Where the gradient is.
///   - step: The longest of the steps.
///   - function: Of a point.
/// - Returns: The largest error over two random directions, and one of the gradient's own.
func numericError(
  _ gradient: [Float], at point: [Float], step: Float, _ function: ([Float]) throws -> Double
) rethrows -> Double {
  let length = dot(gradient, gradient).squareRoot()
  var directions = (0..<2).map { randomValues(UInt64(100 + $0), point.count) }
  directions.append(gradient.map { $0 / Float(max(length, 1e-20)) * Float(point.count).squareRoot() })
  var best = Double.infinity
  for step in [step, step / 4, step / 16] where best > 2e-3 {
    let pairs = try directions.map { v in
      let after = try function(zip(point, v).map { $0 + step * $1 })
      let before = try function(zip(point, v).map { $0 - step * $1 })
      return ((after - before) / Double(2 * step), dot(gradient, v))
    }
    let largest = pairs.map { abs($0.0) }.max() ?? 0
    best = min(best, pairs.map { abs($0.0 - $0.1) / max(largest, 1e-20) }.max() ?? .infinity)
  }
  return best
}

func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// A file with random weights under torchvision's names, up to conv3_3; or with a tensor of another shape.
func writeVGG(to path: String, wrongShape: Bool = false) throws {
  var tensors: [SafetensorsWriter.Tensor] = []
  let layers = [
    (0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128), (10, 128, 256), (12, 256, 256), (14, 256, 256),
  ]
  for (number, inputs, outputs) in layers {
    let inputs = wrongShape && number == 7 ? 64 : inputs
    let scale = (6 / Float(9 * inputs)).squareRoot()
    tensors.append(
      SafetensorsWriter.Tensor(
        name: "features.\(number).weight", shape: [outputs, inputs, 3, 3],
        randomValues(UInt64(number + 1), outputs * inputs * 9, scale: scale)))
    tensors.append(
      SafetensorsWriter.Tensor(
        name: "features.\(number).bias", shape: [outputs],
        randomValues(UInt64(number + 50), outputs, scale: 0.1)))
  }
  try SafetensorsWriter.write(tensors, to: path)
}

/// How far the gradient that is left in parameters is from the numeric one of a function, which gives a value for the
/// parameters as they are; `backward` computes the gradient where the function alone does not.
func parameterError(
  _ parameters: Parameters, step: Float, backward: () -> Void = {}, _ function: () throws -> Double
) rethrows -> Double {
  func array(_ start: UnsafeMutablePointer<Float>) -> [Float] {
    Array(UnsafeBufferPointer(start: start, count: parameters.count))
  }
  _ = try function()
  backward()
  return try numericError(
    array(parameters.gradient.start), at: array(parameters.values.start), step: step
  ) { values in
    for (i, value) in values.enumerated() { parameters.values.start[i] = value }
    return try function()
  }
}

/// What is wrong, as a user reads it.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as UserError {
    return ([error.message] + error.hints).joined(separator: " | ")
  } catch {
    return "\(error)"
  }
}
