import FeditKernels

/// A gated layer's shape and how it is computed: everything about it but the weights' values.
///
/// A convolution with stride 2 is a convolution with stride 1 of the input's four phases (its pixels with
/// even or odd coordinates), each with the kernel's taps that fall on it; a transposed convolution with
/// stride 2 makes the output's four phases, each a convolution with stride 1. Either way no window is larger
/// than 3×3 (for 3×3 and 5×5) or 4×4 (for 7×7), and one Winograd transform serves all four phases. Where a
/// phase lacks the window's first or last tap, a point has weight zero, and its product is left out: 121
/// instead of 144 products for 16 outputs of a 5×5 stride-2 convolution, which directly takes 400.
public struct Convolution: Sendable {
  /// What the layer does.
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
      if case .gated = self { return 1 }
      return 2
    }
  }
  /// How the sums are computed.
  public enum Method: Sendable, Equatable {
    /// Winograd's F(tile×tile, window×window), through phases where the stride is 2. Tiles of 4 need the
    /// fewest products; those of 2 need fewer weights, and less around what is wanted.
    case winograd(tile: Int)
    /// One product a tap, pixel by pixel; tiles only group the work.
    case direct(tile: Int)
    /// One product a kernel row: a row's pixels lie side by side in memory and the inputs have borders of zeros.
    case rows
  }
  /// One of the concatenated inputs.
  public struct Input: Sendable, Equatable {
    /// How many values a pixel has, 1 or more.
    public var channels: Int
    /// Floats from one pixel to the next.
    public var stride: Int
    /// Describes an input.
    public init(channels: Int, stride: Int) {
      self.channels = channels
      self.stride = stride
    }
    var padded: Int { (channels + 15) / 16 * 16 }
    /// Channels that a product takes: with those that pad the pixel, unless pixels lie side by side.
    var read: Int { stride == channels ? channels : padded }
  }

  /// Kernel, stride and gates.
  public let kind: Kind
  /// Whether sums are computed directly or by Winograd's algorithm.
  public let method: Method
  /// The maps whose channels are concatenated, in their order.
  public let inputs: [Input]
  /// Channels of the output.
  public let outputs: Int
  /// Whether local response normalization follows the sums.
  public let normalizes: Bool
  /// Whether a leaky ReLU of slope 0.2 comes before the gate.
  public let leaky: Bool
  /// Whether the output has just as many floats a pixel as channels, with no padding to 16.
  public let compactOutput: Bool
  /// How many pixels of its grid before the map's first the first tile begins.
  public let origin: Int

  /// Sums a pixel, and where gates or phases begin among them.
  let sums: Int
  let offset: Int
  /// Transformed channels a tile.
  let transformed: Int
  var planes: [fk_plane] = []
  var groups: [fk_group] = []
  var segments: [Segment] = []
  /// Floats of all packed weights.
  private(set) var packedFloats = 0
  /// Bytes of the prepared layer: packed weights and biases.
  public var packedBytes: Int { (packedFloats + biasFloats) * 4 }
  /// Floats of the biases, with room for reading whole registers.
  var biasFloats: Int { sums + 32 }

  /// A segment with its weights as an offset into the packed buffer, and where they come from.
  struct Segment {
    var source = 0
    var dy = 0
    var dx = 0
    var k0 = 0
    var kn = 0
    var offset = 0
    /// Planes whose transformed channels a Winograd segment covers, one after the other.
    var planes: Range<Int> = 0..<0
    /// The kernel's taps of a direct segment: one, or a row's.
    var taps: [Int] = []
  }

  /// Describes a layer and lays out its weights.
  ///
  /// - Parameters:
  ///   - kind: What it does.
  ///   - method: How; `winograd` needs 3×3 stride 1 without dilation, stride 2 up to 7×7, or upsampling.
  ///   - inputs: One or two concatenated inputs.
  ///   - outputs: Channels after gating.
  ///   - normalizes: Whether the feature goes through LRN.
  ///   - leaky: Whether it goes through leaky ReLU.
  ///   - compactOutput: No padding of the output's pixels; for fewer than 16 channels without LRN.
  ///   - origin: How many pixels before the map's first the first tile begins, below the tile's side.
  public init(
    kind: Kind, method: Method, inputs: [Input], outputs: Int, normalizes: Bool, leaky: Bool,
    compactOutput: Bool = false, origin: Int = 0
  ) {
    precondition((1...2).contains(inputs.count) && outputs > 0)
    precondition(!compactOutput || (outputs <= 4 && !normalizes))
    self.kind = kind
    self.method = method
    self.inputs = inputs
    self.outputs = outputs
    self.normalizes = normalizes
    self.leaky = leaky
    self.compactOutput = compactOutput
    self.origin = origin
    let padded = (outputs + 15) / 16 * 16
    switch kind {
    case .gated:
      offset = compactOutput ? 8 : padded
      sums = compactOutput ? 16 : 2 * padded
    case .upsampling, .enlarging:
      offset = compactOutput ? 4 : padded
      sums = compactOutput ? 16 : 4 * padded
    }
    if case .winograd(let tile) = method {
      var k0 = 0
      let phases = Self.stride(of: kind)
      for (source, input) in inputs.enumerated() {
        for phase in 0..<phases * phases {
          planes.append(
            fk_plane(
              source: Int32(source), phase_y: Int32(phase / phases), phase_x: Int32(phase % phases),
              k0: Int32(k0), channels: Int32(input.padded)))
          k0 += input.read
        }
      }
      // The last plane is written to its padded end.
      transformed = k0 + 16
      precondition((tile == 4 && taps <= 4) || (tile == 2 && taps == 3))
      layOutWinograd(points: tile + taps - 1)
    } else {
      transformed = 0
      layOutDirect()
    }
  }

  /// Side of a tile.
  public var tile: Int {
    switch method {
    case .winograd(let tile), .direct(let tile): tile
    case .rows: 4
    }
  }
  /// Whether a tile's pixels are computed from all that any of them reads.
  public var isWinograd: Bool {
    if case .winograd = method { return true }
    return false
  }
  /// Side of Winograd's window of taps, which begins one pixel before the output's.
  var taps: Int {
    guard case .gated(let kernel, 2, _) = kind else { return 3 }
    return max(3, (kernel + 1) / 2)
  }

  /// The layer without maps and weights, to ask the kernels for its working memory.
  public func shape(isa: Int32) -> fk_layer {
    var layer = fk_layer()
    layer.isa = isa
    layer.taps = isWinograd ? Int32(taps) : 0
    layer.tile = Int32(tile)
    layer.origin = Int32(origin)
    layer.n = Int32(sums)
    layer.k = Int32(transformed)
    layer.outputs = Int32(outputs)
    return layer
  }

  static func stride(of kind: Kind) -> Int {
    if case .gated(_, let stride, _) = kind { return stride }
    return 1
  }
  var stride: Int { Self.stride(of: kind) }

  /// Rows above the first pixel that "SAME" adds, for sides that are multiples of the stride.
  var padding: Int {
    guard case .gated(let kernel, let stride, let dilation) = kind else { return 1 }
    return max((kernel - 1) * dilation + 1 - stride, 0) / 2
  }

  /// Rows (or columns) of the input that row `y` of the layer's grid reads: `y`·stride + these.
  public var reach: (low: Int, high: Int) {
    guard case .gated(let kernel, _, let dilation) = kind else { return (-1, 1) }
    return (-padding, (kernel - 1) * dilation - padding)
  }
  /// From a pixel of the layer's grid to the next, in pixels of the input.
  public var inputStride: Int { stride }

  /// The tap of a phase at a slot of the window, or nil if it has none.
  private func tap(phase: Int, slot: Int) -> Int? {
    switch kind {
    case .gated(let kernel, let stride, _):
      let tap = stride == 1 ? slot - 1 + padding : stride * (slot - 1) + phase + padding
      return (0..<kernel).contains(tap) ? tap : nil
    case .upsampling, .enlarging:
      let tap = phase + 3 - 2 * slot
      return (0..<kernelSide).contains(tap) ? tap : nil
    }
  }

  /// Whether a phase has weight at a point: the last one, ∞, is the window's last tap alone, and the first, 0
  /// where it is one, the window's first.
  private func reaches(phase: Int, point: Int, points: Int) -> Bool {
    if point == points - 1 { return tap(phase: phase, slot: taps - 1) != nil }
    return point > 0 || taps > 3 || tap(phase: phase, slot: 0) != nil
  }

  private mutating func layOutWinograd(points: Int) {
    for point in 0..<points * points {
      func reaches(_ phaseY: Int, _ phaseX: Int) -> Bool {
        self.reaches(phase: phaseY, point: point / points, points: points)
          && self.reaches(phase: phaseX, point: point % points, points: points)
      }
      switch kind {
      case .gated:
        let first = segments.count
        for (index, plane) in planes.enumerated() where reaches(Int(plane.phase_y), Int(plane.phase_x)) {
          let channels = inputs[Int(plane.source)].read
          if segments.count > first, segments[segments.count - 1].planes.upperBound == index {
            segments[segments.count - 1].planes = segments[segments.count - 1].planes.lowerBound..<index + 1
            segments[segments.count - 1].kn += channels
          } else {
            segments.append(
              Segment(k0: Int(plane.k0), kn: channels, offset: packedFloats, planes: index..<index + 1))
          }
          packedFloats += channels * sums
        }
        appendGroup(point: point, first: first, n0: 0, nn: sums)
      case .upsampling where compactOutput, .enlarging where compactOutput:
        let first = segments.count
        segments.append(Segment(kn: inputs[0].read, offset: packedFloats, planes: 0..<1))
        packedFloats += inputs[0].read * sums
        appendGroup(point: point, first: first, n0: 0, nn: sums)
      case .upsampling, .enlarging:
        // Neighbouring phases that both have weight, or both have none, share a product.
        var phase = 0
        while phase < 4 {
          let has = reaches(phase / 2, phase % 2)
          var end = phase + 1
          while end < 4, reaches(end / 2, end % 2) == has { end += 1 }
          let first = segments.count
          if has {
            segments.append(Segment(kn: inputs[0].read, offset: packedFloats, planes: 0..<1))
            packedFloats += inputs[0].read * offset * (end - phase)
          }
          appendGroup(point: point, first: first, n0: phase * offset, nn: (end - phase) * offset)
          phase = end
        }
      }
    }
  }

  private mutating func appendGroup(point: Int, first: Int, n0: Int, nn: Int) {
    groups.append(
      fk_group(
        point: Int32(point), first_segment: Int32(first), segments: Int32(segments.count - first),
        n0: Int32(n0), nn: Int32(nn)))
  }

  private mutating func layOutDirect() {
    switch kind {
    case .gated(let kernel, _, let dilation):
      let first = segments.count
      for ky in 0..<kernel {
        for (source, input) in inputs.enumerated() {
          if method == .rows {
            precondition(input.stride == input.channels && dilation == 1)
            segments.append(
              Segment(
                source: source, dy: ky - padding, dx: -padding, kn: kernel * input.channels,
                offset: packedFloats, taps: (0..<kernel).map { ky * kernel + $0 }))
            packedFloats += kernel * input.channels * sums
            continue
          }
          for kx in 0..<kernel {
            segments.append(
              Segment(
                source: source, dy: ky * dilation - padding, dx: kx * dilation - padding, kn: input.channels,
                offset: packedFloats, taps: [ky * kernel + kx]))
            packedFloats += input.channels * sums
          }
        }
      }
      appendGroup(point: 0, first: first, n0: 0, nn: sums)
    case .upsampling, .enlarging:
      // The native kernels multiply 16 outputs at a time; only OpenBLAS takes a compact output's four.
      precondition(method != .rows && inputs.count == 1)
      for phase in 0..<4 {
        let first = segments.count
        for slot in 0..<9 {
          guard let ty = tap(phase: phase / 2, slot: slot / 3), let tx = tap(phase: phase % 2, slot: slot % 3)
          else { continue }
          segments.append(
            Segment(
              dy: slot / 3 - 1, dx: slot % 3 - 1, kn: inputs[0].channels, offset: packedFloats,
              taps: [ty * kernelSide + tx]))
          packedFloats += inputs[0].channels * offset
        }
        appendGroup(point: 0, first: first, n0: phase * offset, nn: offset)
      }
    }
  }

  /// The taps of a window for phases of the input or output, -1 where there is none.
  func window(phaseY: Int, phaseX: Int) -> [Int] {
    let kernel = kernelSide
    return (0..<taps * taps).map { slot in
      guard let ty = tap(phase: phaseY, slot: slot / taps), let tx = tap(phase: phaseX, slot: slot % taps)
      else {
        return -1
      }
      return ty * kernel + tx
    }
  }

  /// Side of the kernel that is packed.
  var kernelSide: Int {
    switch kind {
    case .gated(let kernel, _, _): kernel
    case .upsampling: 5
    case .enlarging: Enlargement.side
    }
  }

  /// From one input channel to the next, and from one output to the next, in the kernel that is packed.
  var kernelStrides: (channel: Int, output: Int) {
    kind == .upsampling ? (1, inputs.reduce(0) { $0 + $1.channels }) : (outputs, 1)
  }
}

/// A layer with its weights packed for the kernels.
public final class PreparedConvolution: @unchecked Sendable {
  /// What is computed.
  public let convolution: Convolution
  /// What the weights are packed for (`fk_isa`).
  public let isa: Int32
  private let weights: FloatBuffer
  private let bias: FloatBuffer
  private let segments: UnsafeMutablePointer<fk_segment>
  private let groups: UnsafeMutablePointer<fk_group>
  private let planes: UnsafeMutablePointer<fk_plane>

  /// Packs weights, on all threads of a pool.
  ///
  /// - Parameters:
  ///   - convolution: The layer.
  ///   - branches: Kernel and bias of feature and gate (each kernel height, width, inputs, outputs), of an
  ///     enlarging layer (likewise), or of a transposed convolution (height, width, outputs, inputs).
  ///   - pool: Threads.
  ///   - instructionSet: `FK_AVX2` or `FK_AVX512`; nil for the processor's best.
  ///
  /// The result is nil if there is no memory.
  public init?(
    _ convolution: Convolution, branches: [(kernel: [Float], bias: [Float])], pool: ThreadPool,
    instructionSet: Int32? = nil
  ) {
    let c = convolution
    let isa = instructionSet ?? fk_best_isa()
    guard let weights = FloatBuffer(count: c.packedFloats), let bias = FloatBuffer(count: c.biasFloats) else {
      return nil
    }
    self.convolution = convolution
    self.isa = isa
    self.weights = weights
    self.bias = bias
    segments = .allocate(capacity: max(1, c.segments.count))
    for (i, s) in c.segments.enumerated() {
      segments[i] = fk_segment(
        source: Int32(s.source), dy: Int32(s.dy), dx: Int32(s.dx), k0: Int32(s.k0), kn: Int32(s.kn),
        weights: UnsafePointer(weights.start + s.offset))
    }
    groups = .allocate(capacity: max(1, c.groups.count))
    for (i, g) in c.groups.enumerated() { groups[i] = g }
    planes = .allocate(capacity: max(1, c.planes.count))
    for (i, p) in c.planes.enumerated() { planes[i] = p }

    let runs = c.kind.scale * c.kind.scale
    for (b, branch) in branches.enumerated() {
      for run in 0..<runs {
        for (i, value) in branch.bias.enumerated() { bias.start[(b + run) * c.offset + i] = value }
      }
    }
    for (b, branch) in branches.enumerated() {
      let kernel = c.kind == .enlarging ? Enlargement.expand(branch.kernel) : branch.kernel
      kernel.withUnsafeBufferPointer { kernel in
        guard let base = kernel.baseAddress else { return }
        if c.isWinograd {
          packWinograd(base, branch: b, pool)
        } else {
          packDirect(base, branch: b, pool)
        }
      }
    }
  }

  deinit {
    segments.deallocate()
    groups.deallocate()
    planes.deallocate()
  }

  /// Bytes that the weights and biases take; ``Convolution/packedBytes`` foretells them.
  public var byteCount: Int { (weights.count + bias.count) * 4 }

  private var totalInputs: Int { convolution.inputs.reduce(0) { $0 + $1.channels } }
  private func firstChannel(of source: Int) -> Int {
    convolution.inputs[..<source].reduce(0) { $0 + $1.channels }
  }

  private func packDirect(_ kernel: UnsafePointer<Float>, branch: Int, _ pool: ThreadPool) {
    let c = convolution
    let all = totalInputs
    let strides = c.kernelStrides
    for group in c.groups {
      let first = Int(group.first_segment)
      pool.run(Int(group.segments)) { item, _ in
        let s = c.segments[first + item]
        let to = weights.start + s.offset
        let channels = s.kn / s.taps.count
        for (i, tap) in s.taps.enumerated() {
          let first = tap * all * c.outputs + firstChannel(of: s.source) * strides.channel
          fk_pack(
            isa, kernel + first, strides.channel, strides.output, channels, c.outputs, branch * c.offset,
            i * channels, s.kn, Int(group.nn), to)
        }
      }
    }
  }

  /// Windows of taps that go to the segments of some points, all in the same way.
  private struct WindowJob {
    /// Taps, -1 where there is none, and the distance from one to the next in the kernel.
    var window: [Int]
    var tapStride: Int
    var channels: Int
    /// A channel's first value in the kernel is at base + channel · channelStride.
    var base: Int
    var channelStride: Int
    /// From one output to the next in the kernel.
    var outputStride: Int
    /// The first output's column among the nn of its group.
    var column: Int
    var nn = 0
    /// For each point the segment's weights, the row of the first channel, and how many rows there are.
    var blocks: [UnsafeMutablePointer<Float>?]
    var rows: [Int]
    var totals: [Int]
  }

  private func packWinograd(_ kernel: UnsafePointer<Float>, branch: Int, _ pool: ThreadPool) {
    let c = convolution
    let all = totalInputs
    let strides = c.kernelStrides
    let points = (c.tile + c.taps - 1) * (c.tile + c.taps - 1)
    let none = [Int](repeating: 0, count: points)
    var jobs: [WindowJob] = []
    switch c.kind {
    case .gated:
      for (index, plane) in c.planes.enumerated() {
        let source = Int(plane.source)
        var job = WindowJob(
          window: c.window(phaseY: Int(plane.phase_y), phaseX: Int(plane.phase_x)),
          tapStride: all * c.outputs,
          channels: c.inputs[source].channels, base: firstChannel(of: source) * strides.channel,
          channelStride: strides.channel, outputStride: strides.output, column: branch * c.offset,
          blocks: [UnsafeMutablePointer<Float>?](repeating: nil, count: points), rows: none, totals: none)
        for group in c.groups { aim(&job, at: group, plane: index) }
        jobs.append(job)
      }
    case .upsampling, .enlarging:
      for phase in 0..<4 {
        let column = phase * c.offset
        // Points whose groups have the same width and start share a job.
        var mine: [(n0: Int32, nn: Int32, job: WindowJob)] = []
        for group in c.groups
        where group.segments > 0 && Int(group.n0) <= column && column < Int(group.n0 + group.nn) {
          if !mine.contains(where: { $0.n0 == group.n0 && $0.nn == group.nn }) {
            let job = WindowJob(
              window: c.window(phaseY: phase / 2, phaseX: phase % 2), tapStride: c.outputs * all,
              channels: all,
              base: 0, channelStride: strides.channel, outputStride: strides.output,
              column: column - Int(group.n0),
              blocks: [UnsafeMutablePointer<Float>?](repeating: nil, count: points), rows: none, totals: none)
            mine.append((group.n0, group.nn, job))
          }
          for i in mine.indices where mine[i].n0 == group.n0 && mine[i].nn == group.nn {
            aim(&mine[i].job, at: group, plane: 0)
          }
        }
        jobs += mine.map(\.job)
      }
    }
    for job in jobs { pack(job, from: kernel, pool) }
  }

  /// Adds the segment of a group that covers a plane to a job's targets.
  private func aim(_ job: inout WindowJob, at group: fk_group, plane: Int) {
    let c = convolution
    for s in c.segments[Int(group.first_segment)..<Int(group.first_segment + group.segments)]
    where s.planes.contains(plane) {
      let point = Int(group.point)
      job.blocks[point] = weights.start + s.offset
      for before in s.planes.lowerBound..<plane {
        job.rows[point] += c.inputs[Int(c.planes[before].source)].read
      }
      job.totals[point] = s.kn
      job.nn = Int(group.nn)
    }
  }

  private func pack(_ job: WindowJob, from kernel: UnsafePointer<Float>, _ pool: ThreadPool) {
    let c = convolution
    let isa = self.isa
    let block = 16
    job.blocks.withUnsafeBufferPointer { blocks in
      job.rows.withUnsafeBufferPointer { rows in
        job.totals.withUnsafeBufferPointer { totals in
          pool.run((job.channels + block - 1) / block) { item, _ in
            withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: job.window.count) {
              taps in
              for channel in item * block..<min(job.channels, (item + 1) * block) {
                let base = kernel + job.base + channel * job.channelStride
                for (t, tap) in job.window.enumerated() {
                  taps[t] = tap < 0 ? nil : base + tap * job.tapStride
                }
                fk_pack_winograd(
                  isa, Int32(c.tile), Int32(c.taps), taps.baseAddress, job.outputStride, c.outputs,
                  job.column,
                  job.nn, blocks.baseAddress, rows.baseAddress, totals.baseAddress, channel)
              }
            }
          }
        }
      }
    }
  }

  /// The layer between its maps, for the kernels; valid as long as this object.
  ///
  /// - Parameters:
  ///   - inputs: One map for each input.
  ///   - output: Where the results go.
  ///   - side: The side of the layer's grid.
  /// - Returns: What the kernels take; it points into this object.
  public func layer(inputs: [fk_map], output: fk_map, side: Int) -> fk_layer {
    let c = convolution
    var layer = fk_layer()
    layer.isa = isa
    layer.in = (inputs[0], inputs.count > 1 ? inputs[1] : inputs[0])
    layer.out = output
    layer.side = Int32(side)
    layer.stride = Int32(c.stride)
    layer.tile = Int32(c.tile)
    layer.origin = Int32(c.origin)
    layer.taps = c.isWinograd ? Int32(c.taps) : 0
    layer.n = Int32(c.sums)
    layer.k = Int32(c.transformed)
    layer.groups = UnsafePointer(groups)
    layer.group_count = Int32(c.groups.count)
    layer.segments = UnsafePointer(segments)
    layer.planes = UnsafePointer(planes)
    layer.plane_count = Int32(c.planes.count)
    layer.bias = UnsafePointer(bias.start)
    if c.kind.scale == 2 { layer.epilogue = Int32(FK_UPSAMPLED.rawValue) }
    layer.normalizes = c.normalizes ? 1 : 0
    layer.leaky = c.leaky ? 1 : 0
    layer.outputs = Int32(c.outputs)
    layer.offset = Int32(c.offset)
    return layer
  }
}
