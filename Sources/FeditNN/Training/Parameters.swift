import FeditKernels

/// A network's trainable numbers in one run of memory, with gradient and optimiser state beside them.
package final class Parameters: @unchecked Sendable {
  package let count: Int
  package let values: FloatBuffer
  package let gradient: FloatBuffer
  /// Adam's first and second moment.
  package let mean: FloatBuffer
  package let variance: FloatBuffer
  /// The exponential moving average of the values, if one is kept.
  package let average: FloatBuffer?
  /// Steps of Adam so far.
  package var steps = 0

  /// Allocates zeros.
  ///
  /// - Throws: ``OutOfMemory``.
  package init(count: Int, keepsAverage: Bool) throws(OutOfMemory) {
    self.count = count
    // Biases are read in whole registers.
    func buffer() throws(OutOfMemory) -> FloatBuffer { try .zeros(count + 64, for: "parameters") }
    values = try buffer()
    gradient = try buffer()
    mean = try buffer()
    variance = try buffer()
    average = keepsAverage ? try buffer() : nil
  }

  package var byteCount: Int { (count + 64) * 4 * (average == nil ? 4 : 5) }

  private static let chunk = 1 << 16

  /// The gradient's Euclidean norm.
  package func gradientNorm(_ pool: ThreadPool) -> Double {
    let items = (count + Self.chunk - 1) / Self.chunk
    let sums = pool.map(items) { item in
      let first = item * Self.chunk
      return ft_sum_of_squares(
        fk_best_isa(), self.gradient.start + first, min(Self.chunk, self.count - first))
    }
    return sums.reduce(0, +).squareRoot()
  }

  /// One step of Adam.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - rate: Learning rate.
  ///   - betas: Decay of the two moments.
  ///   - scale: What the gradient is multiplied by.
  ///   - decay: Decay of the average.
  package func step(_ pool: ThreadPool, rate: Float, betas: (Float, Float), scale: Float, decay: Float) {
    steps += 1
    var adam = ft_adam()
    adam.isa = fk_best_isa()
    adam.scale = scale
    adam.rate = rate
    adam.beta1 = betas.0
    adam.beta2 = betas.1
    adam.epsilon = 1e-8
    adam.correction1 = Float(1 - Self.power(Double(betas.0), steps))
    adam.correction2 = Float(1 - Self.power(Double(betas.1), steps))
    adam.decay = decay
    let items = (count + Self.chunk - 1) / Self.chunk
    let constants = adam
    pool.run(items) { item, _ in
      let first = item * Self.chunk
      withUnsafePointer(to: constants) {
        ft_adam_step(
          $0, self.values.start + first, self.gradient.start + first, self.mean.start + first,
          self.variance.start + first, self.average.map { $0.start + first },
          min(Self.chunk, self.count - first))
      }
    }
  }

  /// x to a whole power by repeated squaring: the same bits everywhere.
  private static func power(_ x: Double, _ exponent: Int) -> Double {
    var (result, base, rest) = (1.0, x, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= base }
      base *= base
      rest >>= 1
    }
    return result
  }
}
