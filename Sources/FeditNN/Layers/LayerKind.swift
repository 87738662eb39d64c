import FeditKernels

/// Which way the sums of a layer go, and how its weights lie in training: [row][column][fine][coarse].
package enum LayerDirection: Sendable {
  /// From fine to coarse.
  case convolution
  /// From coarse to fine.
  case transposed
  /// Doubled by nearest pixels, then 3×3: a 4×4 transposed convolution of stride 2, whose weights are made from the
  /// nine taps that are learned (see ``Enlargement``).
  case enlarging

  /// How many weights are learned.
  package func weights(_ shape: ConvolutionShape) -> Int {
    self == .enlarging ? 9 * shape.fine * shape.coarse : shape.weights
  }
  /// How many biases: one a sum.
  package func biases(_ shape: ConvolutionShape) -> Int { self == .convolution ? shape.coarse : shape.fine }
  /// Weights and biases.
  package func parameters(_ shape: ConvolutionShape) -> Int { weights(shape) + biases(shape) }
}

extension Convolution {
  /// What a layer with a gate does. All that inference, training and weight files need to know of a kind stands in this
  /// file.
  public enum Kind: Sendable, Equatable {
    /// Feature and gate: `k`×`k`, TensorFlow's "SAME" padding.
    case gated(kernel: Int, stride: Int, dilation: Int)
    /// 5×5 transposed with stride 2, "SAME", gated by the sigmoid of its own activation.
    case upsampling
    /// Each pixel becomes 2×2, then 3×3, "SAME", gated by the sigmoid of its own activation: all four phases of a
    /// constant input are alike, so that no grid shows. Computed as a 4×4 transposed convolution with stride 2
    /// (see ``Enlargement``).
    case enlarging

    /// Pixels of the output that one pixel of the layer's grid makes, a side.
    public var scale: Int {
      if case .doubling = geometry { return 2 }
      return 1
    }
  }
}

// MARK: Inference

extension Convolution.Kind {
  /// Which pixels sums are of.
  enum Geometry {
    /// `k`×`k` pixels around one of each `stride`·`stride`, TensorFlow's "SAME" padding.
    case strided(kernel: Int, stride: Int, dilation: Int)
    /// A transposed convolution of stride 2: each pixel becomes 2×2.
    case doubling(kernel: Int)
  }

  var geometry: Geometry {
    switch self {
    case .gated(let kernel, let stride, let dilation):
      .strided(kernel: kernel, stride: stride, dilation: dilation)
    case .upsampling: .doubling(kernel: 5)
    case .enlarging: .doubling(kernel: Enlargement.side)
    }
  }

  /// From a pixel of the layer's grid to the next, in pixels of the input.
  var inputStride: Int {
    if case .strided(_, let stride, _) = geometry { return stride }
    return 1
  }

  /// How many kernels there are, whose sums lie side by side: feature and gate, or one.
  package var branches: Int {
    if case .gated = self { return 2 }
    return 1
  }

  /// What becomes of its sums on a tile.
  var epilogue: fk_epilogue {
    switch self {
    case .gated: FK_GATED
    case .upsampling, .enlarging: FK_UPSAMPLED
    }
  }

  /// Whether weight files have a kernel's outputs before its inputs.
  var hasOutputsFirst: Bool { self == .upsampling }

  /// A branch's kernel as it is computed with.
  func packed(_ kernel: [Float]) -> [Float] { self == .enlarging ? Enlargement.expand(kernel) : kernel }
}

// MARK: Training and weight files

extension Convolution.Kind {
  /// Which way its sums go in training.
  package var direction: LayerDirection {
    switch self {
    case .gated: .convolution
    case .upsampling: .transposed
    case .enlarging: .enlarging
    }
  }

  /// The convolution that it is in training; the gate's sums follow the feature's.
  package func shape(inputs: Int, outputs: Int) -> ConvolutionShape {
    switch self {
    case .gated(let kernel, let stride, let dilation):
      ConvolutionShape(kernel: kernel, stride: stride, dilation: dilation, fine: inputs, coarse: 2 * outputs)
    case .upsampling: ConvolutionShape(kernel: 5, stride: 2, fine: outputs, coarse: inputs)
    case .enlarging: ConvolutionShape(kernel: Enlargement.side, stride: 2, fine: outputs, coarse: inputs)
    }
  }

  /// What it does to its sums.
  ///
  /// - Parameter normalizes: Whether the feature goes through local response normalization.
  /// - Returns: The function from sums to output.
  package func activation(normalizes: Bool) -> Activation.Kind {
    switch self {
    case .gated: .gated(normalizes: normalizes)
    case .upsampling, .enlarging: .selfGated
    }
  }

  /// Floating-point operations, computed directly, for one pixel of the layer's grid of sums.
  package func operationsPerGridPixel(inputs: Int, outputs: Int) -> Double {
    let channels = Double(inputs) * Double(outputs)
    switch self {
    case .gated(let kernel, _, _): return 4 * Double(kernel * kernel) * channels
    case .upsampling: return 2 * 25 * channels
    case .enlarging: return 2 * 36 * channels
    }
  }

  /// Its tensors in weight files: for each of its branches (feature, then gate) a kernel and a bias.
  package func tensors(inputs: Int, outputs: Int) -> [LayerTensor] {
    let s = shape(inputs: inputs, outputs: outputs)
    let weights = direction.weights(s)
    func bias(_ name: String, branch: Int = 0) -> LayerTensor {
      LayerTensor(name: name, shape: [outputs], terms: 0, offset: weights + branch * outputs, strides: [1])
    }
    func kernel(
      _ name: String, _ side: Int, _ inner: [Int], _ strides: [Int], terms: Int, branch: Int = 0
    ) -> LayerTensor {
      let column = s.fine * s.coarse
      return LayerTensor(
        name: name, shape: [side, side] + inner, terms: terms, offset: branch * outputs,
        strides: [side * column, column] + strides)
    }
    switch self {
    case .gated(let side, _, _):
      return ["", "_g"].enumerated().flatMap { branch, suffix in
        [
          kernel(
            suffix + "/kernel", side, [inputs, outputs], [s.coarse, 1], terms: side * side * inputs,
            branch: branch),
          bias(suffix + "/bias", branch: branch),
        ]
      }
    case .upsampling:
      // A pixel of a transposed convolution with stride 2 sees a quarter of the kernel.
      return [
        kernel("/w", 5, [outputs, inputs], [s.coarse, 1], terms: 25 * inputs / 4), bias("/biases1"),
      ]
    case .enlarging:
      // Inputs before outputs in the file, the other way round among the parameters.
      return [kernel("/kernel", 3, [inputs, outputs], [1, s.coarse], terms: 9 * inputs), bias("/bias")]
    }
  }

  /// Tensors that the published code saved and never reads: other programs expect them, and files may lack them.
  package func unusedTensors(outputs: Int) -> [(name: String, shape: [Int])] {
    self == .upsampling ? [("/biases2", [outputs])] : []
  }
}

/// A tensor of a layer in weight files, and where its values lie among the layer's parameters in training.
package struct LayerTensor: Sendable {
  /// What its name ends with, after the layer's own: `/kernel`, `_g/bias`.
  package let name: String
  /// Dimensions, the slowest first.
  package let shape: [Int]
  /// How many products each sum adds up, which random weights are scaled by; 0 for a bias.
  package let terms: Int
  /// The first value's place among the parameters, and how far it is from one index of each dimension to the next.
  package let offset: Int
  package let strides: [Int]

  package var count: Int { shape.reduce(1, *) }

  /// Calls `body` with each value's place in the file and among the layer's parameters.
  package func forEach(_ body: (_ inFile: Int, _ among: Int) -> Void) {
    var index = [Int](repeating: 0, count: shape.count - 1)
    let (row, step) = (shape[shape.count - 1], strides[strides.count - 1])
    for first in stride(from: 0, to: count, by: row) {
      let start = zip(index, strides).reduce(offset) { $0 + $1.0 * $1.1 }
      for i in 0..<row { body(first + i, start + i * step) }
      for dimension in index.indices.reversed() {
        index[dimension] += 1
        guard index[dimension] == shape[dimension] else { break }
        index[dimension] = 0
      }
    }
  }
}
