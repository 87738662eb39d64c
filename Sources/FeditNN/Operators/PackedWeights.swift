import FeditKernels

/// A convolution's weights as the kernels read them, for one way through it; operators between maps of any size can
/// share them.
package final class PackedWeights: @unchecked Sendable {
  /// Which way sums go.
  enum Way {
    /// From fine to coarse.
    case correlating
    /// From coarse to these of the fine channels.
    case transposing(Range<Int>)
  }
  /// A row or column of the kernel, and where it reads, in steps of the map that is read.
  struct Tap {
    var index: Int
    var shift: Int
  }
  /// What one phase of the output takes, and where its weights begin.
  struct Phase {
    var y: Int
    var x: Int
    var rows: [Tap]
    var columns: [Tap]
    var taps: [Int]
    var offset = 0
  }
  /// Which taps fall on a map, how weights lie in memory, and how products are computed.
  struct Layout {
    /// The coarse map's sides; taps that never reach a map of these are left out. Nil: none is.
    var coarse: (width: Int, height: Int)?
    /// Whether a row of the kernel is one run of memory.
    var merges = false
    /// Whether factors are bfloat16.
    var rounds = false
    /// Whether Winograd's algorithm takes the place of the phases.
    var usesWinograd = false
  }

  let shape: ConvolutionShape
  let layout: Layout
  let phases: [Phase]
  let isa = fk_best_isa()
  /// The first of the fine channels that are wanted.
  private let firstChannel: Int
  let isTransposing: Bool
  /// Outputs of a sum.
  let outputs: Int
  /// Values that each tap takes.
  let channels: Int
  private let packed: FloatBuffer
  /// Winograd's weights as bfloat16, where factors are.
  private let pairs: FloatBuffer?

  init(_ shape: ConvolutionShape, _ way: Way, _ layout: Layout) throws(OutOfMemory) {
    self.shape = shape
    self.layout = layout
    let wanted: Range<Int>? = if case .transposing(let channels) = way { channels } else { nil }
    isTransposing = wanted != nil
    firstChannel = wanted?.lowerBound ?? 0
    let n = wanted?.count ?? shape.coarse
    outputs = n
    let inputs = isTransposing ? shape.coarse : shape.fine
    let channels = layout.merges ? inputs * shape.kernel : inputs
    self.channels = channels
    var phases = Self.phases(shape, isTransposing: isTransposing, layout)
    var floats = 0
    for index in phases.indices where !layout.usesWinograd {
      phases[index].offset = floats
      let taps = phases[index].taps.count
      floats +=
        layout.rounds
        ? Int(ft_packed_pairs(taps * ((channels + 1) / 2), n))
        : Int(ft_packed_floats(isa, taps * channels, n))
    }
    if layout.usesWinograd { floats = 36 * inputs * n }
    self.phases = phases
    packed = try .zeros(floats + 64, for: "packed weights")
    pairs =
      layout.usesWinograd && layout.rounds ? try .zeros(packed.count / 2 + 64, for: "packed weights") : nil
  }

  private static func phases(_ shape: ConvolutionShape, isTransposing: Bool, _ layout: Layout) -> [Phase] {
    func reached(phase: Int, _ coarseSide: Int?) -> [Tap] {
      (0..<shape.kernel).compactMap { tap in
        if let coarseSide, !shape.reaches(tap, coarseSide: coarseSide) { return nil }
        if !isTransposing { return Tap(index: tap, shift: shape.shift(tap)) }
        let distance = phase + shape.padding - tap * shape.dilation
        return distance % shape.stride == 0 ? Tap(index: tap, shift: distance / shape.stride) : nil
      }
    }
    let strides = isTransposing ? shape.stride : 1
    return (0..<strides * strides).map { phase in
      let (y, x) = (phase / strides, phase % strides)
      let rows = reached(phase: y, layout.coarse?.height)
      let columns = reached(phase: x, layout.coarse?.width)
      let taps = rows.flatMap { row in
        layout.merges ? [row.index * shape.kernel] : columns.map { row.index * shape.kernel + $0.index }
      }
      return Phase(y: y, x: x, rows: rows, columns: columns, taps: taps)
    }
  }

  var byteCount: Int { (packed.count + (pairs?.count ?? 0)) * 4 }

  /// The weights of a phase.
  func start(_ phase: Phase) -> UnsafePointer<Float> { UnsafePointer(packed.start + phase.offset) }

  /// Winograd's weights.
  var winogradStart: UnsafePointer<Float> { UnsafePointer((pairs ?? packed).start) }

  /// Where a phase's taps read on a map, in floats from a pixel's first channel.
  func offsets(_ phase: Phase, on map: BatchMap) -> [Int] {
    precondition(
      phase.columns.allSatisfy { abs($0.shift) <= map.border + shape.stride }
        && phase.rows.allSatisfy { $0.shift >= -map.border }, "a map's border is too small")
    return phase.rows.flatMap { row in
      layout.merges
        ? [row.shift * map.rowStride + shape.shift(0) * map.channels]
        : phase.columns.map { row.shift * map.rowStride + $0.shift * map.channels }
    }
  }

  /// Packs weights [row][column][fine][coarse] for the kernels; as items of work that may run at the same time.
  package func packing(_ weights: UnsafePointer<Float>) -> [() -> Void] {
    if layout.usesWinograd {
      return stride(from: 0, to: channels, by: 16).map { first in
        { [self] in packWinograd(weights, band: first..<min(first + 16, channels)) }
      }
    }
    return phases.map { phase in { [self] in pack(weights, phase) } }
  }

  private func pack(_ weights: UnsafePointer<Float>, _ phase: Phase) {
    let (rowStride, columnStride) = isTransposing ? (1, shape.coarse) : (shape.coarse, 1)
    let to = packed.start + phase.offset
    let rows = layout.rounds ? (channels + 1) / 2 : channels
    let all = phase.taps.count * rows
    for (index, tap) in phase.taps.enumerated() {
      let source = weights + tap * shape.fine * shape.coarse + firstChannel * shape.coarse
      if layout.rounds {
        ft_pack_bf16(
          source, rowStride, columnStride, channels, outputs, index * rows, all,
          UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt32.self))
      } else {
        ft_pack(isa, source, rowStride, columnStride, channels, outputs, index * rows, all, to)
      }
    }
  }

  /// Packs a band of input channels.
  private func packWinograd(_ weights: UnsafePointer<Float>, band: Range<Int>) {
    let (rows, n) = (channels, outputs)
    let blocks: [UnsafeMutablePointer<Float>?] = (0..<36).map { packed.start + $0 * rows * n }
    let totals = [Int](repeating: rows, count: 36)
    let rowsBefore = [Int](repeating: 0, count: 36)
    let tap = shape.fine * shape.coarse
    for row in band {
      let taps: [UnsafePointer<Float>?] = (0..<9).map {
        isTransposing
          ? weights + (8 - $0) * tap + firstChannel * shape.coarse + row
          : weights + $0 * tap + row * shape.coarse
      }
      fk_pack_winograd(
        isa, 4, 3, taps, isTransposing ? shape.coarse : 1, n, 0, n, blocks, rowsBefore, totals, row)
    }
    guard let pairs else { return }
    // Panels of 32 outputs, the last of 16 where no more are left, as they were packed.
    for block in 0..<36 {
      for first in stride(from: 0, to: n, by: 32) {
        let width = min(32, n - first)
        let from = packed.start + (block * n + first) * rows + band.lowerBound * width
        let to = pairs.start + (block * n + first) * rows / 2 + band.lowerBound / 2 * width
        ft_pair_rows(
          from, UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt32.self), band.count / 2, width)
      }
    }
  }
}

extension PackedWeights {
  /// Whether a row of a kernel may be one run of memory: on maps that hold nothing but its few channels.
  static func merges(_ shape: ConvolutionShape) -> Bool { shape.dilation == 1 && shape.fine < 16 }

  /// Weights for correlating maps of any size that hold nothing but the fine channels, packed.
  ///
  /// - Parameters:
  ///   - shape: The convolution.
  ///   - values: Its weights, [row][column][fine][coarse].
  /// - Throws: ``OutOfMemory``.
  package convenience init(
    correlating shape: ConvolutionShape, _ values: [Float]
  ) throws(OutOfMemory) {
    try self.init(shape, .correlating, Layout(merges: Self.merges(shape)))
    values.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      for work in packing(base) { work() }
    }
  }
}
