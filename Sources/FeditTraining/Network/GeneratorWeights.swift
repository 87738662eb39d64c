import FeditGenerator
import FeditNN
import FeditText
import FeditWeights

// The generator's weights under the names of weight files.

extension TrainableGenerator {
  /// The tensors of weight files, and where each one's layer begins among the parameters.
  private var places: [(name: String, tensor: LayerTensor, offset: Int)] {
    zip(layers, architecture.layers).flatMap { layer, entry in
      entry.tensors.map { (entry.fileName($0.name), $0, layer.offset) }
    }
  }

  /// Random weights to start from: uniform up to ±1/√(values that a sum has), biases zero. Layers that add context
  /// begin as the identity.
  package func initialize(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (layer, entry) in zip(layers, architecture.layers) {
      let values = parameters.values.start + layer.offset
      for i in 0..<layer.weights + layer.biases { values[i] = 0 }
      if entry.beginsAsIdentity {
        setIdentity(layer)
        continue
      }
      let terms = entry.tensors[0].terms
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
    for place in places { try load(place, from: source) }
    startAverage()
  }

  /// Takes the tensors that a source has, leaves the others as they are.
  ///
  /// - Returns: The names of those that it does not have.
  /// - Throws: As ``load(_:)``.
  package func loadAvailable(_ source: some WeightSource) throws -> [String] {
    var missing: [String] = []
    for place in places {
      if source.shape(of: place.name) == nil {
        missing.append(place.name)
      } else {
        try load(place, from: source)
      }
    }
    startAverage()
    return missing
  }

  private func load(
    _ place: (name: String, tensor: LayerTensor, offset: Int), from source: some WeightSource
  ) throws {
    let values = try source.checkedFloats(named: place.name, shape: place.tensor.shape)
    let to = parameters.values.start + place.offset
    place.tensor.forEach { to[$1] = values[$0] }
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
    zip(layers, architecture.layers).flatMap { layer, entry in
      let from = buffer.start + layer.offset
      let tensors = entry.tensors.map { tensor in
        var values = [Float](repeating: 0, count: tensor.count)
        tensor.forEach { values[$0] = from[$1] }
        return (name: entry.fileName(tensor.name), shape: tensor.shape, values: values)
      }
      guard unused else { return tensors }
      return tensors
        + entry.kind.unusedTensors(outputs: entry.outputs).map {
          (entry.fileName($0.name), $0.shape, [Float](repeating: 0, count: $0.shape.reduce(1, *)))
        }
    }
  }
}

extension WeightSource {
  /// A tensor's values, its shape and its numbers checked.
  ///
  /// - Throws: `UserError` where it has another shape or holds a value that is not finite; what the source throws
  ///   where it is missing.
  func checkedFloats(named name: String, shape: [Int]) throws -> [Float] {
    let values = try floats(named: name)
    guard self.shape(of: name) == shape, values.count == shape.reduce(1, *) else {
      throw UserError(.data, "tensor '\(name)' has the shape \(self.shape(of: name) ?? []), not \(shape)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw UserError(.data, "tensor '\(name)' holds a value that is not a number")
    }
    return values
  }
}

extension Parameters {
  /// Random weights to start from, uniform, layer by layer; biases stay zero.
  ///
  /// - Parameters:
  ///   - table: What the parameters are for.
  ///   - random: Where numbers come from.
  ///   - bound: The largest weight of a layer.
  func randomize(_ table: LayerStack, _ random: inout SeededRandom, bound: (LayerStack.Layer) -> Float) {
    for layer in table.layers {
      let bound = bound(layer)
      for i in 0..<layer.shape.weights { values.start[layer.offset + i] = random.number(-bound...bound) }
    }
  }
}
