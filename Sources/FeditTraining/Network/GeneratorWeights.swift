import FeditGenerator
import FeditNN
import FeditText
import FeditWeights

// The generator's weights under the names of weight files.

extension TrainableGenerator {
  /// A tensor of a weight file and where its values lie among the parameters.
  private struct Place {
    var name: String
    var shape: [Int]
    var offset: Int
    /// Values that lie side by side in the file, from one such run to the next among the parameters, and from one
    /// value of a run to the next.
    var run: Int
    var stride: Int
    var step = 1
    /// Runs that follow each other with `stride`, and from one such group to the next; 0 for a single group.
    var group = 0
    var groupStride = 0

    /// Where a value of the file lies.
    func index(_ i: Int) -> Int {
      let run = i / self.run
      let start = group > 0 ? run / group * groupStride + run % group * stride : run * stride
      return offset + start + i % self.run * step
    }
  }

  private static func places(_ layer: TrainableLayer) -> [Place] {
    let s = layer.shape
    let base = "generator/\(layer.name)"
    let bias = layer.offset + layer.weights
    switch layer.direction {
    case .transposed:
      return [
        Place(
          name: base + "/w", shape: [5, 5, s.fine, s.coarse], offset: layer.offset, run: s.coarse,
          stride: s.coarse),
        Place(name: base + "/biases1", shape: [s.fine], offset: bias, run: s.fine, stride: s.fine),
      ]
    case .enlarging:
      // Inputs before outputs in the file, the other way round among the parameters.
      return [
        Place(
          name: base + "/kernel", shape: [3, 3, s.coarse, s.fine], offset: layer.offset, run: s.fine,
          stride: 1,
          step: s.coarse, group: s.coarse, groupStride: s.fine * s.coarse),
        Place(name: base + "/bias", shape: [s.fine], offset: bias, run: s.fine, stride: s.fine),
      ]
    case .convolution:
      let half = s.coarse / 2
      return ["", "_g"].enumerated().flatMap { index, suffix in
        [
          Place(
            name: base + suffix + "/kernel", shape: [s.kernel, s.kernel, s.fine, half],
            offset: layer.offset + index * half, run: half, stride: s.coarse),
          Place(
            name: base + suffix + "/bias", shape: [half], offset: bias + index * half, run: half,
            stride: half),
        ]
      }
    }
  }

  /// Random weights to start from: uniform up to ±1/√(values that a sum has), biases zero. Layers that add context
  /// begin as the identity.
  package func initialize(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (layer, entry) in zip(layers, architecture.layers) {
      let s = layer.shape
      let values = parameters.values.start + layer.offset
      for i in 0..<layer.weights + layer.biases { values[i] = 0 }
      if entry.beginsAsIdentity {
        setIdentity(layer)
        continue
      }
      let terms =
        switch layer.direction {
        case .convolution: s.taps * s.fine
        // A pixel of a transposed convolution with stride 2 sees a quarter of the kernel.
        case .transposed: s.taps * s.coarse / 4
        case .enlarging: 9 * s.coarse
        }
      let bound = 1 / Float(terms).squareRoot()
      for i in 0..<layer.weights { values[i] = (2 * random.unit() - 1) * bound }
    }
    startAverage()
  }

  /// Nearly open gates, and a feature that makes up for the rest: what goes in comes out.
  private func setIdentity(_ layer: TrainableLayer) {
    let s = layer.shape
    let half = s.coarse / 2
    let values = parameters.values.start + layer.offset
    let center = s.taps / 2 * s.fine * s.coarse
    for channel in 0..<half {
      values[center + channel * s.coarse + channel] = Self.identityScale
      values[layer.weights + half + channel] = Self.identityGate
    }
  }

  private static let identityGate: Float = 4
  /// 1 + e⁻⁴, one over the gate's sigmoid.
  private static let identityScale: Float = 1.018_315_6

  private func startAverage() {
    if let average = parameters.average {
      average.start.update(from: parameters.values.start, count: parameters.count)
    }
  }

  /// Takes the weights of a model of the same architecture and width; the average starts from them too.
  ///
  /// - Throws: `UserError` where a tensor has another shape or holds a value that is not finite; what the
  ///   source throws where one is missing.
  package func load(_ source: some WeightSource) throws {
    for place in layers.flatMap(Self.places) { try load(place, from: source) }
    startAverage()
  }

  /// Takes the tensors that a source has, leaves the others as they are.
  ///
  /// - Returns: The names of those that it does not have.
  /// - Throws: As ``load(_:)``.
  package func loadAvailable(_ source: some WeightSource) throws -> [String] {
    var missing: [String] = []
    for place in layers.flatMap(Self.places) {
      if source.shape(of: place.name) == nil {
        missing.append(place.name)
      } else {
        try load(place, from: source)
      }
    }
    startAverage()
    return missing
  }

  private func load(_ place: Place, from source: some WeightSource) throws {
    let values = try source.floats(named: place.name)
    guard values.count == place.shape.reduce(1, *), source.shape(of: place.name) == place.shape else {
      throw UserError(
        .data,
        "tensor '\(place.name)' has the shape \(source.shape(of: place.name) ?? []), not \(place.shape)")
    }
    for (i, value) in values.enumerated() {
      guard value.isFinite else {
        throw UserError(.data, "tensor '\(place.name)' holds a value that is not a number")
      }
      parameters.values.start[place.index(i)] = value
    }
  }

  /// The weights under their names in weight files, the published `biases2` included, which other programs expect.
  ///
  /// - Parameter average: Takes the moving average.
  /// - Returns: Names, shapes and values, row-major.
  package func tensors(average: Bool) -> [(name: String, shape: [Int], values: [Float])] {
    tensors(of: average ? parameters.average ?? parameters.values : parameters.values, unused: true)
  }

  /// The gradient under the weights' names.
  package func gradients() -> [(name: String, shape: [Int], values: [Float])] {
    tensors(of: parameters.gradient, unused: false)
  }

  private func tensors(of buffer: FloatBuffer, unused: Bool) -> [(
    name: String, shape: [Int], values: [Float]
  )] {
    layers.flatMap { layer in
      var tensors = Self.places(layer).map { place in
        let values = (0..<place.shape.reduce(1, *)).map { buffer.start[place.index($0)] }
        return (name: place.name, shape: place.shape, values: values)
      }
      if unused, layer.direction == .transposed {
        tensors.append(
          (
            name: "generator/\(layer.name)/biases2", shape: [layer.shape.fine],
            values: [Float](repeating: 0, count: layer.shape.fine)
          ))
      }
      return tensors
    }
  }
}
