import FeditGenerator
import FeditText
import FeditWeights

/// What a network took from a weight file to start from.
public struct WeightTakeover: Sendable, Equatable {
  /// The file's architecture.
  public var family: Architecture.Family
  /// Layers whose weights are the file's, as `ours ← theirs` where names differ.
  public var taken: [String] = []
  /// Layers whose weights were approximated, by least squares.
  public var projected: [String] = []
  /// Layers that begin anew.
  public var new: [String] = []
}

extension TrainableGenerator {
  /// Starts from the weights of a model of the same width, of this architecture or another; the average starts from
  /// them too. Layers that the model does not have keep the weights they have.
  ///
  /// - Parameter source: The model; where it says nothing, the published network's values hold (blue first).
  /// - Returns: What was taken over.
  /// - Throws: `UserError` where the weights do not fit.
  package func takeOver(_ source: some WeightSource) throws -> WeightTakeover {
    let found: Architecture
    do {
      found = try GeneratorModel.architecture(of: source)
    } catch let error as GeneratorError {
      throw UserError(.data, "the weights to start from do not fit: \(error)")
    }
    guard found.width == architecture.width else {
      throw UserError(
        .data, "the weights to start from have width \(found.width), not \(architecture.width)",
        hints: ["give --width \(found.width)"])
    }
    let weights = RedFirstWeights(source, architecture: found)
    var result = WeightTakeover(family: found.family)
    if found.family == architecture.family {
      try load(weights)
      result.taken = architecture.layers.map(\.name)
      return result
    }
    let isPublished = found.family == .scFEGAN
    guard isPublished || (found.family, architecture.family) == (.gatedUNet, .deepGatedUNet) else {
      throw UserError(
        .data, "a \(architecture.family.rawValue) network can't start from \(found.family.rawValue) weights",
        hints: ["give --architecture \(found.family.rawValue)"])
    }
    let missing: [String]
    if isPublished {
      missing = try loadAvailable(PublishedConversion(weights: weights).gatedUNet())
    } else {
      missing = try loadAvailable(
        WidenedWeights(weights, architecture: found, by: architecture.inputChannels))
    }
    for layer in architecture.layers {
      if missing.contains(where: { $0.hasPrefix("generator/\(layer.name)/") }) {
        result.new.append(layer.beginsAsIdentity ? "\(layer.name) (identity)" : layer.name)
      } else if !isPublished {
        result.taken.append(layer.name)
      } else if let theirs = PublishedConversion.names[layer.name] {
        let line = "\(layer.name) ← \(theirs)"
        if layer.kind == .enlarging { result.projected.append(line) } else { result.taken.append(line) }
      }
    }
    return result
  }
}

/// Weights of the published network as those of a `gated-unet` of the same width.
private struct PublishedConversion {
  let weights: any WeightSource

  /// Which of the published layers does each one's work.
  static var names: [String: String] {
    var names: [String: String] = [:]
    for i in 1...6 { names["down\(i)"] = "gconv\(i)_ds" }
    for i in 1...2 { names["middle\(i)"] = "co_conv\(i)_dlt" }
    for i in 1...5 {
      names["up\(i)"] = "deconv\(i + 1)"
      names["fuse\(i)"] = "gconv\(i + 8)"
    }
    return names
  }

  /// Everything that can be converted.
  func gatedUNet() throws -> InMemoryWeights {
    var tensors: [String: InMemoryWeights.Tensor] = [:]
    func put(_ name: String, _ shape: [Int], _ values: [Float]) {
      tensors["generator/" + name] = InMemoryWeights.Tensor(shape: shape, values: values)
    }
    for (ours, theirs) in Self.names {
      if ours.hasPrefix("up") {
        let (shape, kernel) = try get(theirs + "/w")
        let (inputs, outputs) = (shape[3], shape[2])
        put(
          ours + "/kernel", [3, 3, inputs, outputs], Self.project(kernel, inputs: inputs, outputs: outputs))
        let bias = try get(theirs + "/biases1")
        put(ours + "/bias", bias.shape, bias.values)
        continue
      }
      for gate in ["", "_g"] {
        var (shape, kernel) = try get("\(theirs)\(gate)/kernel")
        if ours == "down1" {
          kernel = Self.withColorSet(kernel, outputs: shape[3])
          shape[2] = 11
        }
        put("\(ours)\(gate)/kernel", shape, kernel)
        let bias = try get("\(theirs)\(gate)/bias")
        put("\(ours)\(gate)/bias", bias.shape, bias.values)
      }
    }
    return InMemoryWeights(tensors: tensors, metadata: weights.metadata)
  }

  private func get(_ name: String) throws -> (shape: [Int], values: [Float]) {
    let name = "generator/" + name
    guard let shape = weights.shape(of: name) else {
      throw UserError(.data, "the weights to start from have no tensor '\(name)'")
    }
    return (shape, try weights.floats(named: name))
  }

  /// The first layer's kernel for eleven channels instead of nine. Where no colour is set, it saw −1 in three
  /// channels and now sees 0; so what the colours' weights add up to comes off the mask's and goes to the channel
  /// that says that a colour is set: the sums inside the mask are the same, with a colour and without.
  private static func withColorSet(_ kernel: [Float], outputs: Int) -> [Float] {
    let taps = kernel.count / (9 * outputs)
    var result = [Float](repeating: 0, count: taps * 11 * outputs)
    for tap in 0..<taps {
      let (from, to) = (tap * 9 * outputs, tap * 11 * outputs)
      for i in 0..<9 * outputs { result[to + i] = kernel[from + i] }
      for o in 0..<outputs {
        let colors = (4..<7).reduce(Float(0)) { $0 + kernel[from + $1 * outputs + o] }
        result[to + 7 * outputs + o] -= colors
        result[to + 9 * outputs + o] = colors
      }
    }
    return result
  }

  /// From a transposed 5×5 kernel (rows, columns, outputs, inputs) to the 3×3 one after doubling (rows, columns,
  /// inputs, outputs) whose sums come closest, by least squares: k = (EᵀE)⁻¹Eᵀ w in both dimensions, where E's rows
  /// are those of ``Enlargement`` and a fifth of zeros.
  private static func project(_ kernel: [Float], inputs: Int, outputs: Int) -> [Float] {
    // (EᵀE)⁻¹Eᵀ for E = [k2; k1+k2; k0+k1; k0; 0].
    let inverse: [[Double]] = [
      [0.25, -0.25, 0.25, 0.75, 0], [-0.5, 0.5, 0.5, -0.5, 0], [0.75, 0.25, -0.25, 0.25, 0],
    ]
    var result = [Float](repeating: 0, count: 9 * inputs * outputs)
    for y in 0..<3 {
      for x in 0..<3 {
        for o in 0..<outputs {
          for i in 0..<inputs {
            var sum = 0.0
            for ty in 0..<4 {
              for tx in 0..<4 {
                sum +=
                  inverse[y][ty] * inverse[x][tx]
                  * Double(kernel[((ty * 5 + tx) * outputs + o) * inputs + i])
              }
            }
            result[((y * 3 + x) * inputs + i) * outputs + o] = Float(sum)
          }
        }
      }
    }
    return result
  }
}

/// Weights of a network that sees fewer channels: those it does not know weigh nothing.
private struct WidenedWeights: WeightSource {
  private let source: any WeightSource
  /// Kernels that read the frame.
  private let widened: Set<String>
  private let channels: (old: Int, new: Int)

  init(_ source: some WeightSource, architecture: Architecture, by channels: Int) {
    self.source = source
    widened = Set(
      architecture.layers.filter { $0.sources[0] == .frame }.flatMap { layer in
        layer.tensors.map { layer.fileName($0.name) }.filter { $0.hasSuffix("/kernel") }
      })
    self.channels = (architecture.inputChannels, channels)
  }

  var metadata: [String: String] { source.metadata }
  var names: [String] { source.names }

  func shape(of name: String) -> [Int]? {
    guard var shape = source.shape(of: name) else { return nil }
    if widened.contains(name) { shape[2] += channels.new - channels.old }
    return shape
  }

  func floats(named name: String) throws -> [Float] {
    let values = try source.floats(named: name)
    guard widened.contains(name), let shape = source.shape(of: name) else { return values }
    let zeros = [Float](repeating: 0, count: (channels.new - channels.old) * shape[3])
    var result: [Float] = []
    for tap in 0..<shape[0] * shape[1] {
      let start = tap * shape[2] * shape[3]
      let seen = start + channels.old * shape[3]
      result += values[start..<seen] + zeros + values[seen..<start + shape[2] * shape[3]]
    }
    return result
  }
}

/// Weights with red first in photo, colours and output, as training has them, from a source of either order.
struct RedFirstWeights: WeightSource {
  private let source: any WeightSource
  private let architecture: Architecture
  private let swaps: Bool

  init(_ source: some WeightSource, architecture: Architecture) {
    self.source = source
    self.architecture = architecture
    swaps = (source.metadata["channel_order"] ?? "bgr") == "bgr"
  }

  var metadata: [String: String] { source.metadata }
  var names: [String] { source.names }
  func shape(of name: String) -> [Int]? { source.shape(of: name) }

  func floats(named name: String) throws -> [Float] {
    var values = try source.floats(named: name)
    guard swaps, let shape = shape(of: name), let outputs = shape.last,
      let index = architecture.layers.firstIndex(where: {
        name.hasPrefix("generator/\($0.name)/") || name.hasPrefix("generator/\($0.name)_g/")
      })
    else { return values }
    if shape.count == 4, architecture.layers[index].sources[0] == .frame {
      for tap in 0..<shape[0] * shape[1] {
        for (a, b) in [(0, 2), (4, 6)] + (architecture.seesMirror ? [(11, 13)] : []) {
          for o in 0..<outputs {
            values.swapAt((tap * shape[2] + a) * outputs + o, (tap * shape[2] + b) * outputs + o)
          }
        }
      }
    }
    if index == architecture.layers.count - 1 {
      for first in stride(from: 0, to: values.count, by: outputs) { values.swapAt(first, first + 2) }
    }
    return values
  }
}
