import FeditGenerator
import FeditNN
import Foundation

/// Times training steps on random numbers.
public struct TrainingBenchmark: Sendable {
  /// Pictures a second.
  public struct Result: Sendable {
    /// The generator's forward and backward pass alone.
    public var generator: Double
    /// A whole adversarial step.
    public var withDiscriminator: Double
  }
  /// The generator that is trained.
  public var architecture: Architecture
  /// How its products are computed.
  public var precision: TrainingPrecision
  /// Side of the pictures in pixels.
  public var size: Int
  /// Pictures a step.
  public var batch: Int
  /// Threads that are used.
  public var threads: Int
  /// How long each of the two is timed, in seconds.
  public var seconds: Double

  /// Describes a benchmark.
  public init(
    _ architecture: Architecture, size: Int, batch: Int, precision: TrainingPrecision = .float32,
    threads: Int, seconds: Double = 4
  ) {
    self.architecture = architecture
    self.precision = precision
    self.size = size
    self.batch = batch
    self.threads = threads
    self.seconds = seconds
  }

  /// Runs it; figures are medians over steps.
  public func run() throws -> Result {
    let pool = ThreadPool(threads: threads)
    let generator = try TrainableGenerator(
      architecture, images: batch, size: size, precision: precision)
    generator.initialize(seed: 1)
    var random = SeededRandom(seed: 1)
    generator.input.values = (0..<generator.input.pixels * generator.input.channels).map { _ in random.unit()
    }
    let rate = Self.picturesPerSecond(batch, seconds: seconds) {
      generator.pack(pool)
      generator.forward(pool)
      generator.outputGradient.values = [Float](repeating: 1e-3, count: generator.output.pixels * 3)
      generator.backward(pool)
    }
    func map(_ channels: Int) throws -> BatchMap {
      let map = try BatchMap(images: batch, side: size, channels: channels)
      map.values = (0..<map.pixels * channels).map { _ in random.number(-1...1) }
      return map
    }
    let pictures = Discriminator.Batch(
      composite: try map(3), photo: try map(3), guides: try map(4), mask: try map(1))
    let discriminator = try Discriminator(width: 32, images: batch, size: size, seed: 1)
    let adversarial = Self.picturesPerSecond(batch, seconds: seconds) {
      generator.pack(pool)
      generator.forward(pool)
      discriminator.forward(pool, pictures)
      _ = discriminator.generatorLoss(pool, adversarial: 0.01, matching: 0.1, into: generator.outputGradient)
      _ = discriminator.discriminatorLoss(pool, pictures, Discriminator.LossOptions())
      generator.backward(pool)
      discriminator.parameters.step(pool, rate: 1e-4, betas: (0.5, 0.99), scale: 1, decay: 0)
      generator.parameters.step(pool, rate: 1e-4, betas: (0.5, 0.99), scale: 1, decay: 0.999)
    }
    return Result(generator: rate, withDiscriminator: adversarial)
  }

  // Not inlined: inlined, Swift 6.3 loses the error register across the sort.
  @inline(never)
  static func picturesPerSecond(_ batch: Int, seconds: Double, _ step: () -> Void) -> Double {
    step()
    step()
    var times: [Double] = []
    let clock = ContinuousClock()
    let start = clock.now
    while times.count < 3 || clock.now - start < .seconds(seconds) {
      let before = clock.now
      step()
      let time = clock.now - before
      times.append(Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18)
    }
    times.sort()
    return Double(batch) / times[times.count / 2]
  }
}
