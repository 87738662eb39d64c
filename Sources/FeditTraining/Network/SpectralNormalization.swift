import FeditNN

/// Divides a network's weights by their largest singular values (Miyato et al., ICLR 2018).
///
/// A layer's weights are the matrix of kernel rows, columns and inputs times outputs. Each step improves the estimate
/// of its first singular vectors by one power iteration, and takes them as constant in the backward pass.
package final class SpectralNormalization: @unchecked Sendable {
  private struct Matrix {
    var offset: Int
    var rows: Int
    var columns: Int
    /// Where its direction begins.
    var direction: Int
  }

  /// The weights over their largest singular values, and the biases as they are.
  let normalized: FloatBuffer
  /// For each matrix a unit vector of its columns' space: what the next power iteration starts from.
  private(set) var directions: [Float]
  private let matrices: [Matrix]
  private let parameters: Parameters
  private var left: [[Float]]
  private(set) var largest: [Float]

  /// Starts from random directions.
  ///
  /// - Parameters:
  ///   - layers: Of the network.
  ///   - parameters: Its weights and biases.
  ///   - seed: Chooses the directions.
  ///   - stream: Of random numbers.
  /// - Throws: `OutOfMemory`.
  init(
    _ layers: [TrainableLayer], parameters: Parameters, seed: UInt64, stream: UInt64
  ) throws(OutOfMemory) {
    var matrices: [Matrix] = []
    var count = 0
    for layer in layers {
      matrices.append(
        Matrix(
          offset: layer.offset, rows: layer.shape.taps * layer.shape.fine, columns: layer.shape.coarse,
          direction: count))
      count += layer.shape.coarse
    }
    var random = SeededRandom(seed: seed, stream)
    directions = (0..<count).map { _ in random.number(-1...1) }
    self.matrices = matrices
    self.parameters = parameters
    normalized = try .zeros(parameters.count + 64, for: "parameters")
    left = matrices.map { [Float](repeating: 0, count: $0.rows) }
    largest = [Float](repeating: 1, count: matrices.count)
    for matrix in matrices {
      let range = matrix.direction..<matrix.direction + matrix.columns
      let length = Self.length(directions[range])
      for i in range { directions[i] /= length }
    }
  }

  /// Takes directions from a checkpoint.
  ///
  /// - Returns: Whether they fit.
  func restore(_ values: [Float]) -> Bool {
    guard values.count == directions.count else { return false }
    directions = values
    return true
  }

  private static func length(_ values: some Sequence<Float>) -> Float {
    var sum: Float = 0
    for value in values { sum += value * value }
    return max(sum.squareRoot(), 1e-12)
  }

  /// One power iteration; then the weights, divided.
  package func run(_ pool: ThreadPool) {
    let values = parameters.values.start
    normalized.start.update(from: values, count: parameters.count)
    let results = pool.map(matrices.count) { item in
      let matrix = self.matrices[item]
      let w = values + matrix.offset
      let (rows, columns) = (matrix.rows, matrix.columns)
      var direction = Array(self.directions[matrix.direction..<matrix.direction + columns])
      var left = [Float](repeating: 0, count: rows)
      for r in 0..<rows {
        var sum: Float = 0
        for c in 0..<columns { sum += w[r * columns + c] * direction[c] }
        left[r] = sum
      }
      let leftLength = Self.length(left)
      for r in 0..<rows { left[r] /= leftLength }
      for c in 0..<columns { direction[c] = 0 }
      for r in 0..<rows {
        for c in 0..<columns { direction[c] += w[r * columns + c] * left[r] }
      }
      let largest = Self.length(direction)
      for c in 0..<columns { direction[c] /= largest }
      let to = self.normalized.start + matrix.offset
      for i in 0..<rows * columns { to[i] = w[i] / largest }
      return (left: left, direction: direction, largest: largest)
    }
    for (item, result) in results.enumerated() {
      left[item] = result.left
      largest[item] = result.largest
      let start = matrices[item].direction
      directions.replaceSubrange(start..<start + matrices[item].columns, with: result.direction)
    }
  }

  /// Turns the gradient of the divided weights G into that of the weights W, in place:
  /// (G − ⟨G, W/σ⟩ v uᵀ) / σ.
  func backward(_ pool: ThreadPool) {
    pool.run(matrices.count) { item, _ in
      let matrix = self.matrices[item]
      let gradient = self.parameters.gradient.start + matrix.offset
      let weights = self.normalized.start + matrix.offset
      var along = 0.0
      for i in 0..<matrix.rows * matrix.columns { along += Double(gradient[i]) * Double(weights[i]) }
      let share = Float(along)
      let scale = 1 / self.largest[item]
      for r in 0..<matrix.rows {
        let onRow = share * self.left[item][r]
        for c in 0..<matrix.columns {
          let i = r * matrix.columns + c
          gradient[i] = (gradient[i] - onRow * self.directions[matrix.direction + c]) * scale
        }
      }
    }
  }
}
