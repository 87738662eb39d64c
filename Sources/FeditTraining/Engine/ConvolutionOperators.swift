import FeditGenerator
import FeditKernels
import FeditNN
import FeditText

/// Runs a pool over ranges of pixels; the ranges depend on the number of pixels alone.
enum PixelRanges {
  static func run(
    _ pool: ThreadPool, pixels: Int, block: Int, _ body: (_ item: Int, _ first: Int, _ last: Int) -> Void
  ) {
    let items = (pixels + block - 1) / block
    pool.run(items) { item, _ in body(item, item * block, min((item + 1) * block, pixels)) }
  }
}

/// Sums over taps from one map onto another: correlating or transposing.
package final class ConvolutionOperator: @unchecked Sendable {
  /// What one phase of the output takes: its taps, and where its packed weights begin.
  private struct Phase {
    var sum: ft_convolution
    var taps: [Int]
    var packedOffset: Int
  }
  private let shape: ConvolutionShape
  private let isTransposing: Bool
  private let firstChannel: Int
  private var phases: [Phase] = []
  private let packed: FloatBuffer
  private let offsets: UnsafeMutablePointer<Int>
  private let isa: Int32
  /// Set where Winograd's algorithm takes the place of the phases.
  private var winograd: ft_winograd?
  /// Whether factors are bfloat16.
  private let isRounded: Bool
  /// Winograd's weights as bfloat16, where factors are.
  private let pairs: FloatBuffer?

  /// From fine to coarse.
  ///
  /// - Parameters:
  ///   - shape: The convolution.
  ///   - from: The fine map, with the border the shape needs.
  ///   - to: The coarse map.
  ///   - start: Whether sums begin with the bias, zero, or what the map holds.
  ///   - precision: How products are computed; nil: as the map says. With `bf16`, all but Winograd's are of the map's
  ///     rounded values, where it has them.
  /// - Throws: `UserError` if there is no memory.
  package convenience init(
    correlating shape: ConvolutionShape, from: MapSlice, to: MapSlice, start: ft_start = FT_BIAS,
    precision: TrainingPrecision? = nil
  ) throws {
    try self.init(shape, from, to, start, precision ?? from.map.precision, transposing: nil)
  }

  /// From coarse to fine.
  ///
  /// - Parameters:
  ///   - shape: The convolution.
  ///   - from: The coarse map, with the border the shape needs.
  ///   - to: The fine map.
  ///   - channels: The fine channels that are wanted; nil for all.
  ///   - start: How sums begin.
  ///   - precision: As for correlating.
  /// - Throws: `UserError` if there is no memory.
  package convenience init(
    transposing shape: ConvolutionShape, from: MapSlice, to: MapSlice, channels: Range<Int>? = nil,
    start: ft_start = FT_ZERO, precision: TrainingPrecision? = nil
  ) throws {
    try self.init(
      shape, from, to, start, precision ?? from.map.precision, transposing: channels ?? 0..<shape.fine)
  }

  private init(
    _ shape: ConvolutionShape, _ from: MapSlice, _ to: MapSlice, _ start: ft_start,
    _ precision: TrainingPrecision, transposing wanted: Range<Int>?
  ) throws {
    self.shape = shape
    let isTransposing = wanted != nil
    self.isTransposing = isTransposing
    firstChannel = wanted?.lowerBound ?? 0
    let isa = fk_best_isa()
    self.isa = isa
    let (input, output) = (from.map, to.map)
    let coarseSide = isTransposing ? input.side : output.side
    precondition(input.images == output.images)
    precondition((isTransposing ? output.side : input.side) == coarseSide * shape.stride)
    let kernel = shape.kernel
    let n = wanted?.count ?? shape.coarse
    let rows = isTransposing ? shape.coarse : shape.fine
    // A row of the kernel is one run of memory where the map holds nothing but these channels.
    let merges =
      !isTransposing && shape.dilation == 1 && shape.fine < 16 && input.channels == shape.fine
      && from.channel == 0
    var plans: [(phaseY: Int, phaseX: Int, taps: [Int], offsets: [Int])] = []
    func reached(phase: Int) -> [(tap: Int, shift: Int)] {
      (0..<kernel).compactMap { tap in
        guard shape.reaches(tap, coarseSide: coarseSide) else { return nil }
        if !isTransposing { return (tap, shape.shift(tap)) }
        let distance = phase + shape.padding - tap * shape.dilation
        return distance % shape.stride == 0 ? (tap, distance / shape.stride) : nil
      }
    }
    let usesWinograd = Self.usesWinograd(shape, n: n, side: coarseSide)
    let strides = isTransposing ? shape.stride : 1
    for phaseY in 0..<strides {
      for phaseX in 0..<strides {
        var taps: [Int] = []
        var shifts: [Int] = []
        for y in reached(phase: phaseY) {
          let columns = reached(phase: phaseX)
          precondition(
            columns.allSatisfy { abs($0.shift) <= input.border + shape.stride }
              && y.shift >= -input.border, "a map's border is too small")
          if merges {
            taps.append(y.tap * kernel)
            shifts.append(y.shift * input.rowStride + shape.shift(0) * input.channels)
          } else {
            for x in columns {
              taps.append(y.tap * kernel + x.tap)
              shifts.append(y.shift * input.rowStride + x.shift * input.channels)
            }
          }
        }
        plans.append((phaseY, phaseX, taps, shifts))
      }
    }
    let channels = merges ? rows * kernel : rows
    offsets = .allocate(capacity: max(1, plans.reduce(0) { $0 + $1.offsets.count }))
    let rounds = precision == .bf16
    let rounded = usesWinograd || !rounds ? nil : input.roundedView(channel: from.channel)
    isRounded = usesWinograd ? rounds : rounded != nil
    let floats =
      usesWinograd
      ? [36 * rows * n]
      : plans.map { plan in
        rounded != nil
          ? Int(ft_packed_pairs(plan.taps.count * ((channels + 1) / 2), n))
          : Int(ft_packed_floats(isa, plan.taps.count * channels, n))
      }
    guard let packed = FloatBuffer(count: floats.reduce(0, +) + 64) else {
      throw UserError(.software, "there is no memory for packed weights")
    }
    self.packed = packed
    pairs = usesWinograd && rounds ? FloatBuffer(count: packed.count / 2 + 64) : nil
    if usesWinograd, rounds, pairs == nil {
      throw UserError(.software, "there is no memory for packed weights")
    }
    var packedOffset = 0
    var offset = 0
    for (index, plan) in plans.enumerated() {
      for (i, value) in plan.offsets.enumerated() { offsets[offset + i] = value }
      var sum = ft_convolution()
      sum.isa = isa
      sum.in = rounded ?? from.map.view(channel: from.channel)
      sum.out = to.map.view(channel: to.channel)
      if isTransposing {
        sum.grid = input.grid
        sum.out.data += plan.phaseY * sum.out.row + plan.phaseX * sum.out.pixel
        sum.out.row *= shape.stride
        sum.out.pixel *= shape.stride
      } else {
        sum.grid = output.grid
        sum.in.row *= shape.stride
        sum.in.pixel *= shape.stride
      }
      sum.offsets = UnsafePointer(offsets + offset)
      sum.taps = Int32(plan.taps.count)
      sum.channels = Int32(channels)
      sum.n = Int32(n)
      sum.weights = UnsafePointer(packed.start + packedOffset)
      sum.start = Int32(start.rawValue)
      phases.append(Phase(sum: sum, taps: plan.taps, packedOffset: packedOffset))
      packedOffset += floats[index]
      offset += plan.offsets.count
    }
    if usesWinograd {
      let tiles = Int32(coarseSide / 4)
      winograd = ft_winograd(
        isa: isa, tiles: ft_grid(images: Int32(input.images), height: tiles, width: tiles),
        in: from.map.view(channel: from.channel), out: to.map.view(channel: to.channel),
        channels: Int32(rows),
        n: Int32(n), weights: UnsafePointer((pairs ?? packed).start), start: Int32(start.rawValue), bias: nil,
        rounded: pairs == nil ? 0 : 1)
    }
  }

  /// Where Winograd is faster than a product a tap: large maps, and channels enough to pay for the transforms.
  private static func usesWinograd(_ shape: ConvolutionShape, n: Int, side: Int) -> Bool {
    let fine = n == shape.coarse ? shape.fine : n
    return Engine.current == .native
      && shape.kernel == 3 && shape.stride == 1 && shape.dilation == 1 && side % 4 == 0 && side >= 28
      && shape.fine % 16 == 0 && shape.coarse % 16 == 0 && min(shape.fine, shape.coarse) >= 64
      && (fine == shape.fine || n == shape.coarse)
  }

  /// Packs a band of input channels.
  private func packWinograd(_ weights: UnsafePointer<Float>, _ winograd: ft_winograd, band: Range<Int>) {
    let (rows, n) = (Int(winograd.channels), Int(winograd.n))
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

  deinit { offsets.deallocate() }

  package var byteCount: Int { (packed.count + (pairs?.count ?? 0)) * 4 }

  /// Packs weights [row][column][fine][coarse] for the kernels; as items of work that may run at the same time.
  package func packing(_ weights: UnsafePointer<Float>) -> [() -> Void] {
    if let winograd {
      let rows = Int(winograd.channels)
      return stride(from: 0, to: rows, by: 16).map { first in
        { [self] in packWinograd(weights, winograd, band: first..<min(first + 16, rows)) }
      }
    }
    return phases.map { phase in
      { [self] in
        let n = Int(phase.sum.n)
        let channels = Int(phase.sum.channels)
        let (rowStride, columnStride) = isTransposing ? (1, shape.coarse) : (shape.coarse, 1)
        let to = packed.start + phase.packedOffset
        let rows = isRounded ? (channels + 1) / 2 : channels
        for (index, tap) in phase.taps.enumerated() {
          let source = weights + tap * shape.fine * shape.coarse + firstChannel * shape.coarse
          if isRounded {
            ft_pack_bf16(
              source, rowStride, columnStride, channels, n, index * rows, phase.taps.count * rows,
              UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt32.self))
          } else {
            ft_pack(
              isa, source, rowStride, columnStride, channels, n, index * rows, phase.taps.count * rows, to)
          }
        }
      }
    }
  }

  /// Computes the sums.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - bias: Values that sums begin with, where they begin with a bias.
  ///   - finish: Called for ranges of flattened output pixels that are complete; only when correlating.
  package func run(
    _ pool: ThreadPool, bias: UnsafePointer<Float>? = nil,
    finish: ((_ first: Int, _ last: Int) -> Void)? = nil
  ) {
    if let winograd {
      run(pool, winograd, bias: bias, finish: finish)
      return
    }
    guard let grid = phases.first?.sum.grid else { return }
    let pixels = Int(grid.images * grid.height * grid.width)
    let n = Int(phases[0].sum.n)
    let block = 192
    let blocks = (pixels + block - 1) / block
    // Few pixels: outputs are shared out too, where weights lie in panels of 32.
    let isSplit = blocks * phases.count < 8 && isa != Int32(FK_OPENBLAS.rawValue)
    let columns = isSplit ? max(1, min(n / 32, 8)) : 1
    let all = phases
    let isRounded = isRounded
    pool.run(blocks * all.count * columns) { item, _ in
      let range = item / all.count / columns
      let first = range * block
      let last = min(first + block, pixels)
      var sum = all[item / columns % all.count].sum
      sum.bias = bias
      if columns > 1 {
        let part = item % columns
        let n0 = n / 32 * part / columns * 32
        let n1 = part == columns - 1 ? n : n / 32 * (part + 1) / columns * 32
        sum.n = Int32(n1 - n0)
        let rows = isRounded ? (Int(sum.channels) + 1) / 2 : Int(sum.channels)
        sum.weights += Int(sum.taps) * rows * n0
        sum.out.data += n0
        if let start = sum.bias { sum.bias = start + n0 }
      }
      if isRounded { ft_convolve_bf16(&sum, first, last) } else { ft_convolve(&sum, first, last) }
      if columns == 1 { finish?(first, last) }
    }
    if columns > 1, let finish {
      PixelRanges.run(pool, pixels: pixels, block: 16) { _, first, last in finish(first, last) }
    }
  }
}

extension ConvolutionOperator {
  /// Whole rows of tiles are an item, so that complete pixels lie side by side.
  private func run(
    _ pool: ThreadPool, _ winograd: ft_winograd, bias: UnsafePointer<Float>?,
    finish: ((_ first: Int, _ last: Int) -> Void)?
  ) {
    let (images, side) = (Int(winograd.tiles.images), Int(winograd.tiles.width))
    let rows = images * side
    // So many tiles at a time that their transforms take about the memory of the weights': with fewer the
    // weights, with more the transforms would come from further away more often. All threads get as many.
    let (channels, n) = (Int(winograd.channels), Int(winograd.n))
    let wanted = max(1, channels * n / (channels + n) / side)
    let items = (rows + wanted * pool.threads - 1) / (wanted * pool.threads) * pool.threads
    let block = (rows + items - 1) / items
    pool.run((rows + block - 1) / block) { item, _ in
      var winograd = winograd
      winograd.bias = bias
      let first = item * block
      let last = min(first + block, rows)
      let floats = ft_winograd_floats(&winograd, (last - first) * side)
      withUnsafeTemporaryAllocation(byteCount: floats * 4, alignment: 64) { scratch in
        ft_winograd_run(
          &winograd, first * side, last * side,
          scratch.baseAddress?.assumingMemoryBound(to: Float.self))
      }
      finish?(first * side * 16, last * side * 16)
    }
  }
}

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
  /// - Throws: `UserError` if there is no memory.
  package init(_ shape: ConvolutionShape, fine: MapSlice, coarse: MapSlice) throws {
    self.shape = shape
    let side = coarse.map.side
    let kernel = shape.kernel
    let merges =
      shape.dilation == 1 && shape.fine < 16 && fine.map.channels == shape.fine && fine.channel == 0
    isMerged = merges
    var taps: [Int] = []
    var shifts: [Int] = []
    for y in 0..<kernel where shape.reaches(y, coarseSide: side) {
      if merges {
        taps.append(y)
        shifts.append(shape.shift(y) * fine.map.rowStride + shape.shift(0) * fine.map.channels)
        continue
      }
      for x in 0..<kernel where shape.reaches(x, coarseSide: side) {
        taps.append(y * kernel + x)
        shifts.append(shape.shift(y) * fine.map.rowStride + shape.shift(x) * fine.map.channels)
      }
    }
    self.taps = taps
    columns = merges ? 1 : (0..<kernel).filter { shape.reaches($0, coarseSide: side) }.count
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
    if chunks > 1 {
      guard let partial = FloatBuffer(count: chunks * shape.weights) else {
        throw UserError(.software, "there is no memory for weight gradients")
      }
      self.partial = partial
    } else {
      partial = nil
    }
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
