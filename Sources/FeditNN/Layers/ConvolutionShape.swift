/// A convolution's shape, seen from both ends: `fine` channels on the larger map, `coarse` on the map that is
/// `stride` times smaller. Weights are [row][column][fine][coarse].
///
/// Correlating goes from fine to coarse: a convolution, and the data gradient of a transposed one. Transposing
/// goes back: a transposed convolution, and the data gradient of a convolution. The weight gradient takes both
/// maps. So three operators serve every layer forward and backward.
package struct ConvolutionShape: Sendable, Equatable {
  package var kernel: Int
  package var stride: Int
  package var dilation: Int
  /// Rows above the first that the window reaches.
  package var padding: Int
  package var fine: Int
  package var coarse: Int

  /// A shape with TensorFlow's "SAME" padding for sides that are multiples of the stride.
  package init(kernel: Int, stride: Int = 1, dilation: Int = 1, fine: Int, coarse: Int) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.fine = fine
    self.coarse = coarse
    padding = max((kernel - 1) * dilation + 1 - stride, 0) / 2
  }

  package var taps: Int { kernel * kernel }
  package var weights: Int { taps * fine * coarse }

  /// Where a tap reads, relative to the window's own pixel.
  package func shift(_ tap: Int) -> Int { tap * dilation - padding }

  /// Whether a tap falls on a map of a side at all.
  package func reaches(_ tap: Int, coarseSide: Int) -> Bool {
    let low = shift(tap)
    let high = (coarseSide - 1) * stride + low
    return high >= 0 && low < coarseSide * stride
  }

  /// Border that fine maps of any size need to be correlated.
  package var fineBorder: Int { max(padding, shift(kernel - 1) - (stride - 1), 0) }

  /// Border that the fine map needs to be correlated.
  package func fineBorder(coarseSide: Int) -> Int {
    let reached = (0..<kernel).filter { reaches($0, coarseSide: coarseSide) }
    let low = reached.map { -shift($0) }.max() ?? 0
    let high = reached.map { shift($0) - (stride - 1) }.max() ?? 0
    return max(low, high, 0)
  }

  /// Border that the coarse map needs to be transposed.
  package func coarseBorder(coarseSide: Int) -> Int {
    (0..<kernel).filter { reaches($0, coarseSide: coarseSide) }.map { tap in
      let phase = (tap * dilation - padding) & (stride - 1)
      return abs((phase + padding - tap * dilation) / stride)
    }.max() ?? 0
  }
}
