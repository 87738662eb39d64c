import FeditKernels

/// Sums over taps from one map onto another: correlating or transposing.
package final class ConvolutionOperator: @unchecked Sendable {
  private let weights: PackedWeights
  private var phases: [ft_convolution] = []
  private let offsets: UnsafeMutablePointer<Int>
  /// Set where Winograd's algorithm takes the place of the phases.
  private var winograd: ft_winograd?
  /// Whether factors are bfloat16.
  private let isRounded: Bool

  /// From fine to coarse.
  ///
  /// - Parameters:
  ///   - shape: The convolution.
  ///   - from: The fine map, with the border the shape needs.
  ///   - to: The coarse map.
  ///   - start: Whether sums begin with the bias, zero, or what the map holds.
  ///   - precision: How products are computed; nil: as the map says. With `bf16`, all but Winograd's are of the map's
  ///     rounded values, where it has them.
  /// - Throws: ``OutOfMemory``.
  package convenience init(
    correlating shape: ConvolutionShape, from: MapSlice, to: MapSlice, start: ft_start = FT_BIAS,
    precision: TrainingPrecision? = nil
  ) throws(OutOfMemory) {
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
  /// - Throws: ``OutOfMemory``.
  package convenience init(
    transposing shape: ConvolutionShape, from: MapSlice, to: MapSlice, channels: Range<Int>? = nil,
    start: ft_start = FT_ZERO, precision: TrainingPrecision? = nil
  ) throws(OutOfMemory) {
    try self.init(
      shape, from, to, start, precision ?? from.map.precision, transposing: channels ?? 0..<shape.fine)
  }

  /// Packs weights of its own, in the way that suits the maps.
  private convenience init(
    _ shape: ConvolutionShape, _ from: MapSlice, _ to: MapSlice, _ start: ft_start,
    _ precision: TrainingPrecision, transposing wanted: Range<Int>?
  ) throws(OutOfMemory) {
    let coarse = wanted == nil ? to.map : from.map
    var layout = PackedWeights.Layout(coarse: (coarse.width, coarse.height))
    layout.merges =
      wanted == nil && PackedWeights.merges(shape) && from.map.channels == shape.fine && from.channel == 0
    layout.usesWinograd = Self.usesWinograd(shape, n: wanted?.count ?? shape.coarse, coarse)
    layout.rounds =
      precision == .bf16 && (layout.usesWinograd || from.map.roundedView(channel: from.channel) != nil)
    let weights = try PackedWeights(shape, wanted.map { .transposing($0) } ?? .correlating, layout)
    self.init(weights, from: from, to: to, start: start)
  }

  /// Connects maps to weights that lie packed already or will be.
  ///
  /// - Parameters:
  ///   - weights: For the way from the one to the other.
  ///   - from: What is read, with the border the shape needs.
  ///   - to: What is written.
  ///   - start: How sums begin.
  package init(_ weights: PackedWeights, from: MapSlice, to: MapSlice, start: ft_start) {
    self.weights = weights
    let shape = weights.shape
    let (input, output) = (from.map, to.map)
    let (fine, coarse) = weights.isTransposing ? (output, input) : (input, output)
    precondition(input.images == output.images)
    precondition(fine.width == coarse.width * shape.stride && fine.height == coarse.height * shape.stride)
    isRounded = weights.layout.rounds
    let all = weights.phases.map { weights.offsets($0, on: input) }
    offsets = .allocate(capacity: max(1, all.reduce(0) { $0 + $1.count }))
    var first = offsets
    for (phase, list) in zip(weights.phases, all) {
      for (i, value) in list.enumerated() { first[i] = value }
      var sum = ft_convolution()
      sum.isa = weights.isa
      let view = from.map.view(channel: from.channel)
      sum.in =
        isRounded && !weights.layout.usesWinograd ? input.roundedView(channel: from.channel) ?? view : view
      sum.out = output.view(channel: to.channel)
      sum.grid = coarse.grid
      if weights.isTransposing {
        sum.out.data += phase.y * sum.out.row + phase.x * sum.out.pixel
        sum.out.row *= shape.stride
        sum.out.pixel *= shape.stride
      } else {
        sum.in.row *= shape.stride
        sum.in.pixel *= shape.stride
      }
      sum.offsets = UnsafePointer(first)
      sum.taps = Int32(phase.taps.count)
      sum.channels = Int32(weights.channels)
      sum.n = Int32(weights.outputs)
      sum.weights = weights.start(phase)
      sum.start = Int32(start.rawValue)
      phases.append(sum)
      first += list.count
    }
    if weights.layout.usesWinograd {
      winograd = ft_winograd(
        isa: weights.isa,
        tiles: ft_grid(
          images: Int32(input.images), height: Int32(coarse.height / 4), width: Int32(coarse.width / 4)),
        in: input.view(channel: from.channel), out: output.view(channel: to.channel),
        channels: Int32(weights.channels), n: Int32(weights.outputs), weights: weights.winogradStart,
        start: Int32(start.rawValue), bias: nil, rounded: isRounded ? 1 : 0)
    }
  }

  /// Where Winograd is faster than a product a tap: large maps, and channels enough to pay for the transforms.
  private static func usesWinograd(_ shape: ConvolutionShape, n: Int, _ coarse: BatchMap) -> Bool {
    let fine = n == shape.coarse ? shape.fine : n
    return fk_best_isa() != Int32(FK_OPENBLAS.rawValue)
      && shape.kernel == 3 && shape.stride == 1 && shape.dilation == 1
      && [coarse.width, coarse.height].allSatisfy { $0 % 4 == 0 && $0 >= 28 }
      && shape.fine % 16 == 0 && shape.coarse % 16 == 0 && min(shape.fine, shape.coarse) >= 64
      && (fine == shape.fine || n == shape.coarse)
  }

  deinit { offsets.deallocate() }

  package var byteCount: Int { weights.byteCount }

  /// Packs weights [row][column][fine][coarse] for the kernels; as items of work that may run at the same time.
  package func packing(_ values: UnsafePointer<Float>) -> [() -> Void] { weights.packing(values) }

  /// Computes the sums.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - bias: Values that sums begin with, where they begin with a bias.
  ///   - block: Pixels of an item of work; the native kernels give the same bits with any.
  ///   - finish: Called for ranges of flattened output pixels that are complete; only when correlating.
  package func run(
    _ pool: ThreadPool, bias: UnsafePointer<Float>? = nil, block: Int = 192,
    finish: ((_ first: Int, _ last: Int) -> Void)? = nil
  ) {
    if let winograd {
      run(pool, winograd, bias: bias, finish: finish)
      return
    }
    guard let grid = phases.first?.grid else { return }
    let pixels = Int(grid.images * grid.height * grid.width)
    let n = weights.outputs
    let blocks = (pixels + block - 1) / block
    // Few pixels: outputs are shared out too, where weights lie in panels of 32.
    let isSplit = blocks * phases.count < 8 && weights.isa != Int32(FK_OPENBLAS.rawValue)
    let columns = isSplit ? max(1, min(n / 32, 8)) : 1
    let all = phases
    let isRounded = isRounded
    pool.run(blocks * all.count * columns) { item, _ in
      let range = item / all.count / columns
      let first = range * block
      let last = min(first + block, pixels)
      var sum = all[item / columns % all.count]
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

  /// Whole rows of tiles are an item, so that complete pixels lie side by side.
  private func run(
    _ pool: ThreadPool, _ winograd: ft_winograd, bias: UnsafePointer<Float>?,
    finish: ((_ first: Int, _ last: Int) -> Void)?
  ) {
    let (images, across) = (Int(winograd.tiles.images), Int(winograd.tiles.width))
    let rows = images * Int(winograd.tiles.height)
    // So many tiles at a time that their transforms take about the memory of the weights': with fewer the
    // weights, with more the transforms would come from further away more often. All threads get as many.
    let (channels, n) = (Int(winograd.channels), Int(winograd.n))
    let wanted = max(1, channels * n / (channels + n) / across)
    let items = (rows + wanted * pool.threads - 1) / (wanted * pool.threads) * pool.threads
    let block = (rows + items - 1) / items
    pool.run((rows + block - 1) / block) { item, _ in
      var winograd = winograd
      winograd.bias = bias
      let first = item * block
      let last = min(first + block, rows)
      let floats = ft_winograd_floats(&winograd, (last - first) * across)
      withUnsafeTemporaryAllocation(byteCount: floats * 4, alignment: 64) { scratch in
        ft_winograd_run(
          &winograd, first * across, last * across,
          scratch.baseAddress?.assumingMemoryBound(to: Float.self))
      }
      finish?(first * across * 16, last * across * 16)
    }
  }
}
