import FeditKernels

/// The gradient of a convolution's weights from its two maps.
package final class WeightGradientOperator: @unchecked Sendable {
  private let shape: ConvolutionShape
  private var correlation = ft_correlation()
  private let offsets: UnsafeMutablePointer<Int>
  private let taps: [Int]
  private let pixels: Int
  private let chunks: Int
  private let partial: FloatBuffer?
  private let isMerged: Bool
  /// Whether factors are bfloat16: where both maps have them.
  private let isRounded: Bool
  /// Taps in a row of ``taps``.
  private let columns: Int

  /// Connects the maps.
  ///
  /// - Parameters:
  ///   - shape: The convolution.
  ///   - fine: What the convolution reads, or the gradient of a transposed convolution's sums.
  ///   - coarse: The gradient of the convolution's sums, or what a transposed convolution reads.
  /// - Throws: ``OutOfMemory``.
  package init(_ shape: ConvolutionShape, fine: MapSlice, coarse: MapSlice) throws(OutOfMemory) {
    self.shape = shape
    let kernel = shape.kernel
    let merges = PackedWeights.merges(shape) && fine.map.channels == shape.fine && fine.channel == 0
    func reached(_ coarseSide: Int) -> [Int] {
      (0..<kernel).filter { shape.reaches($0, coarseSide: coarseSide) }
    }
    let reachedColumns = reached(coarse.map.width)
    isMerged = merges
    var taps: [Int] = []
    var shifts: [Int] = []
    for y in reached(coarse.map.height) {
      if merges {
        taps.append(y)
        shifts.append(shape.shift(y) * fine.map.rowStride + shape.shift(0) * fine.map.channels)
        continue
      }
      for x in reachedColumns {
        taps.append(y * kernel + x)
        shifts.append(shape.shift(y) * fine.map.rowStride + shape.shift(x) * fine.map.channels)
      }
    }
    self.taps = taps
    columns = merges ? 1 : reachedColumns.count
    offsets = .allocate(capacity: max(1, shifts.count))
    for (i, value) in shifts.enumerated() { offsets[i] = value }
    correlation.isa = fk_best_isa()
    correlation.grid = coarse.map.grid
    if let x = fine.map.roundedView(channel: fine.channel),
      let y = coarse.map.roundedView(channel: coarse.channel)
    {
      (correlation.x, correlation.y) = (x, y)
      isRounded = true
    } else {
      (correlation.x, correlation.y) = (
        fine.map.view(channel: fine.channel), coarse.map.view(channel: coarse.channel)
      )
      isRounded = false
    }
    correlation.x.pixel *= shape.stride
    correlation.x.row *= shape.stride
    correlation.offsets = UnsafePointer(offsets)
    correlation.m = Int32(merges ? kernel * shape.fine : shape.fine)
    correlation.n = Int32(shape.coarse)
    pixels = coarse.map.pixels
    // Sums over many pixels are cut, so that threads share them; the parts are added in order.
    chunks = max(1, min(8, pixels / 2048))
    partial = chunks > 1 ? try .zeros(chunks * shape.weights, for: "weight gradients") : nil
  }

  deinit { offsets.deallocate() }

  package var byteCount: Int { (partial?.count ?? 0) * 4 }

  /// Writes the gradient, [row][column][fine][coarse]; taps that never reach the map get zero.
  package func run(_ pool: ThreadPool, into gradient: UnsafeMutablePointer<Float>) {
    let size = Int(correlation.m) * Int(correlation.n)
    if taps.count * size < shape.weights { gradient.update(repeating: 0, count: shape.weights) }
    let (taps, chunks, pixels, weights) = (taps, chunks, pixels, shape.weights)
    // Taps of one row follow each other; what is prepared of a pixel serves all of them.
    let group = isRounded ? columns : 1
    let groups = taps.count / group
    pool.run(groups * chunks) { item, _ in
      let chunk = item / groups
      let index = item % groups * group
      let target = (self.partial.map { $0.start + chunk * weights } ?? gradient) + taps[index] * size
      let (first, last) = (pixels * chunk / chunks, pixels * (chunk + 1) / chunks)
      withUnsafePointer(to: self.correlation) { correlation in
        guard self.isRounded else {
          ft_correlate(correlation, Int32(index), first, last, target)
          return
        }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: ft_correlate_bf16_words(correlation)) {
          ft_correlate_bf16(correlation, Int32(index), Int32(group), first, last, target, $0.baseAddress)
        }
      }
    }
    guard let partial else { return }
    let isa = correlation.isa
    pool.run(taps.count) { item, _ in
      let at = taps[item] * size
      (gradient + at).update(from: partial.start + at, count: size)
      for chunk in 1..<chunks { ft_add(isa, gradient + at, partial.start + chunk * weights + at, size) }
    }
  }
}
