import FeditKernels

/// A gated layer's shape and how it is computed: everything about it but the weights' values.
///
/// A convolution with stride 2 is a convolution with stride 1 of the input's four phases (its pixels with
/// even or odd coordinates), each with the kernel's taps that fall on it; a transposed convolution with
/// stride 2 makes the output's four phases, each a convolution with stride 1. Either way no kernel is larger
/// than 3×3 (for 3×3 and 5×5), and one Winograd transform serves all four phases. Where a phase has only two
/// taps a dimension, one of the six points has weight zero, and its product is left out: 121 instead of 144
/// products for 16 outputs of a 5×5 stride-2 convolution, which directly takes 400.
public struct Convolution: Sendable {
  /// What the layer does.
  public enum Kind: Sendable, Equatable {
    /// Feature and gate: `k`×`k`, TensorFlow's "SAME" padding.
    case gated(kernel: Int, stride: Int, dilation: Int)
    /// 5×5 transposed with stride 2, "SAME", gated by the sigmoid of its own activation.
    case upsampling
  }
  /// How the sums are computed.
  public enum Method: Sendable, Equatable {
    /// Winograd's F(4×4, 3×3), through phases where the stride is 2.
    case winograd
    /// One product a tap.
    case direct
    /// One product a kernel row: a row's pixels lie side by side in memory and the inputs have borders of zeros.
    case rows
  }
  /// One of the concatenated inputs.
  public struct Input: Sendable, Equatable {
    public var channels: Int
    /// Floats from one pixel to the next.
    public var stride: Int
    /// Describes an input.
    public init(channels: Int, stride: Int) {
      self.channels = channels
      self.stride = stride
    }
    var padded: Int { (channels + 15) / 16 * 16 }
  }

  public let kind: Kind
  public let method: Method
  public let inputs: [Input]
  public let outputs: Int
  public let normalizes: Bool
  public let leaky: Bool
  /// Whether the output has just as many floats a pixel as channels, with no padding to 16.
  public let compactOutput: Bool

  /// Sums a pixel, and where gates or phases begin among them.
  let sums: Int
  let offset: Int
  /// Transformed channels a tile.
  let transformed: Int
  var planes: [fk_plane] = []
  var groups: [fk_group] = []
  var segments: [Segment] = []
  /// Floats of all packed weights.
  public private(set) var packedFloats = 0

  /// A segment with its weights as an offset into the packed buffer, and where they come from.
  struct Segment {
    var source = 0
    var dy = 0
    var dx = 0
    var k0 = 0
    var kn = 0
    var offset = 0
    var plane = 0
    /// The kernel's taps of a direct segment: one, or a row's.
    var taps: [Int] = []
  }

  /// Describes a layer and lays out its weights.
  ///
  /// - Parameters:
  ///   - kind: What it does.
  ///   - method: How; `winograd` needs 3×3 stride 1 without dilation, stride 2 up to 5×5, or upsampling.
  ///   - inputs: One or two concatenated inputs.
  ///   - outputs: Channels after gating.
  ///   - normalizes: Whether the feature goes through LRN.
  ///   - leaky: Whether it goes through leaky ReLU.
  ///   - compactOutput: No padding of the output's pixels; for fewer than 16 channels without LRN.
  public init(
    kind: Kind, method: Method, inputs: [Input], outputs: Int, normalizes: Bool, leaky: Bool,
    compactOutput: Bool = false
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
    let padded = (outputs + 15) / 16 * 16
    switch kind {
    case .gated:
      offset = compactOutput ? 8 : padded
      sums = compactOutput ? 16 : 2 * padded
    case .upsampling:
      offset = compactOutput ? 4 : padded
      sums = compactOutput ? 16 : 4 * padded
    }
    if method == .winograd {
      var k0 = 0
      let phases = Self.stride(of: kind)
      for (source, input) in inputs.enumerated() {
        for phase in 0..<phases * phases {
          planes.append(
            fk_plane(
              source: Int32(source), phase_y: Int32(phase / phases), phase_x: Int32(phase % phases),
              k0: Int32(k0), channels: Int32(input.padded)))
          k0 += input.padded
        }
      }
      transformed = k0
      layOutWinograd()
    } else {
      transformed = 0
      layOutDirect()
    }
  }

  /// The layer without maps and weights, to ask the kernels for its working memory.
  public var shape: fk_layer {
    var layer = fk_layer()
    layer.isa = fk_best_isa()
    layer.winograd = method == .winograd ? 1 : 0
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

  /// Rows (or columns) of the input that rows `first...last` of the layer's grid read; may reach outside.
  public func inputRange(first: Int, last: Int) -> ClosedRange<Int> {
    guard case .gated(let kernel, let stride, let dilation) = kind else { return first - 1...last + 1 }
    return first * stride - padding...last * stride - padding + (kernel - 1) * dilation
  }

  /// The tap of a phase at a slot 0…2 of the 3-wide window, or nil if it has none.
  private func tap(phase: Int, slot: Int) -> Int? {
    switch kind {
    case .gated(let kernel, let stride, _):
      let tap = stride == 1 ? slot - 1 + padding : stride * (slot - 1) + phase + padding
      return (0..<kernel).contains(tap) ? tap : nil
    case .upsampling:
      let tap = phase + 3 - 2 * slot
      return (0..<5).contains(tap) ? tap : nil
    }
  }

  /// Whether a phase has weight at a point: the outermost two are the window's first and last tap alone.
  private func reaches(phase: Int, point: Int) -> Bool {
    point == 0 ? tap(phase: phase, slot: 0) != nil : point == 5 ? tap(phase: phase, slot: 2) != nil : true
  }

  private mutating func layOutWinograd() {
    for point in 0..<36 {
      let (py, px) = (point / 6, point % 6)
      switch kind {
      case .gated:
        let first = segments.count
        for (index, plane) in planes.enumerated()
        where reaches(phase: Int(plane.phase_y), point: py) && reaches(phase: Int(plane.phase_x), point: px) {
          segments.append(
            Segment(k0: Int(plane.k0), kn: Int(plane.channels), offset: packedFloats, plane: index))
          packedFloats += Int(plane.channels) * sums
        }
        appendGroup(point: point, first: first, n0: 0, nn: sums)
      case .upsampling where compactOutput:
        let first = segments.count
        segments.append(Segment(kn: transformed, offset: packedFloats))
        packedFloats += transformed * sums
        appendGroup(point: point, first: first, n0: 0, nn: sums)
      case .upsampling:
        var phase = 0
        while phase < 4 {
          guard reaches(phase: phase / 2, point: py), reaches(phase: phase % 2, point: px) else {
            phase += 1
            continue
          }
          var end = phase + 1
          while end < 4, reaches(phase: end / 2, point: py), reaches(phase: end % 2, point: px) { end += 1 }
          let first = segments.count
          segments.append(Segment(kn: transformed, offset: packedFloats))
          packedFloats += transformed * offset * (end - phase)
          appendGroup(point: point, first: first, n0: phase * offset, nn: (end - phase) * offset)
          phase = end
        }
      }
    }
  }

  private mutating func appendGroup(point: Int, first: Int, n0: Int, nn: Int) {
    guard segments.count > first else { return }
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
    case .upsampling:
      precondition(method == .direct && !compactOutput && inputs.count == 1)
      for phase in 0..<4 {
        let first = segments.count
        for slot in 0..<9 {
          guard let ty = tap(phase: phase / 2, slot: slot / 3), let tx = tap(phase: phase % 2, slot: slot % 3)
          else { continue }
          segments.append(
            Segment(
              dy: slot / 3 - 1, dx: slot % 3 - 1, kn: inputs[0].channels, offset: packedFloats,
              taps: [ty * 5 + tx]))
          packedFloats += inputs[0].channels * offset
        }
        appendGroup(point: 0, first: first, n0: phase * offset, nn: offset)
      }
    }
  }

  /// The nine taps of a window for phases of the input or output, -1 where there is none.
  func window(phaseY: Int, phaseX: Int) -> [Int] {
    let kernel = kernelSide
    return (0..<9).map { slot in
      guard let ty = tap(phase: phaseY, slot: slot / 3), let tx = tap(phase: phaseX, slot: slot % 3) else {
        return -1
      }
      return ty * kernel + tx
    }
  }

  var kernelSide: Int {
    if case .gated(let kernel, _, _) = kind { return kernel }
    return 5
  }
}

/// A layer with its weights packed for the kernels.
public final class PreparedConvolution: @unchecked Sendable {
  public let convolution: Convolution
  private let isa: Int32
  private let weights: FloatBuffer
  private let bias: FloatBuffer
  private let segments: UnsafeMutablePointer<fk_segment>
  private let groups: UnsafeMutablePointer<fk_group>
  private let planes: UnsafeMutablePointer<fk_plane>

  /// Packs weights, on all threads of a pool.
  ///
  /// - Parameters:
  ///   - convolution: The layer.
  ///   - branches: Kernel and bias of feature and gate (each kernel height, width, inputs, outputs), or of a
  ///     transposed convolution (height, width, outputs, inputs).
  ///   - pool: Threads.
  ///   - instructionSet: `FK_AVX2` or `FK_AVX512`; nil for the processor's best.
  /// - Returns: nil if there is no memory.
  public init?(
    _ convolution: Convolution, branches: [(kernel: [Float], bias: [Float])], pool: ThreadPool,
    instructionSet: Int32? = nil
  ) {
    let c = convolution
    let isa = instructionSet ?? fk_best_isa()
    guard let weights = FloatBuffer(count: c.packedFloats), let bias = FloatBuffer(count: c.sums + 32) else {
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

    let runs: Int
    if case .upsampling = c.kind { runs = 4 } else { runs = 1 }
    for (b, branch) in branches.enumerated() {
      for run in 0..<runs {
        for (i, value) in branch.bias.enumerated() { bias.start[(b + run) * c.offset + i] = value }
      }
    }
    for (b, branch) in branches.enumerated() {
      branch.kernel.withUnsafeBufferPointer { kernel in
        guard let base = kernel.baseAddress else { return }
        if c.method == .winograd {
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

  /// Bytes of the packed weights.
  public var byteCount: Int { (weights.count + bias.count) * 4 }

  private var totalInputs: Int { convolution.inputs.reduce(0) { $0 + $1.channels } }
  private func firstChannel(of source: Int) -> Int {
    convolution.inputs[..<source].reduce(0) { $0 + $1.channels }
  }

  private func packDirect(_ kernel: UnsafePointer<Float>, branch: Int, _ pool: ThreadPool) {
    let c = convolution
    let all = totalInputs
    for group in c.groups {
      let first = Int(group.first_segment)
      pool.run(Int(group.segments)) { item, _ in
        let s = c.segments[first + item]
        let to = weights.start + s.offset
        let channels = s.kn / s.taps.count
        for (i, tap) in s.taps.enumerated() {
          if case .upsampling = c.kind {
            fk_pack(
              isa, kernel + tap * c.outputs * all, 1, all, channels, c.outputs, 0, 0, s.kn, Int(group.nn), to)
          } else {
            fk_pack(
              isa, kernel + (tap * all + firstChannel(of: s.source)) * c.outputs, c.outputs, 1, channels,
              c.outputs, branch * c.offset, i * channels, s.kn, Int(group.nn), to)
          }
        }
      }
    }
  }

  private func packWinograd(_ kernel: UnsafePointer<Float>, branch: Int, _ pool: ThreadPool) {
    let c = convolution
    let all = totalInputs
    let block = 16
    // Segments by point and, for a convolution, plane; or by output phase for a transposed one.
    func pack(
      window: [Int], source: Int, channels: Int, columnStride: Int, column: (fk_group) -> Int,
      at: (Int) -> (UnsafePointer<Float>), tapStride: Int,
      chosen: [(group: fk_group, segment: Convolution.Segment)],
      row: (Int) -> Int
    ) {
      withoutActuallyEscaping(at) { at in
        pool.run((channels + block - 1) / block) { item, _ in
          var blocks = [UnsafeMutablePointer<Float>?](repeating: nil, count: 36)
          var totals = [Int](repeating: 0, count: 36)
          var columns = Int.max
          var nn = 0
          for (group, segment) in chosen {
            blocks[Int(group.point)] = weights.start + segment.offset
            totals[Int(group.point)] = segment.kn
            columns = min(columns, column(group))
            nn = Int(group.nn)
          }
          for k in item * block..<min(channels, (item + 1) * block) {
            let base = at(k)
            let taps = window.map { $0 < 0 ? nil : base + $0 * tapStride }
            let rows = [Int](repeating: row(k), count: 36)
            fk_pack_winograd(isa, taps, columnStride, c.outputs, columns, nn, blocks, rows, totals)
          }
        }
      }
    }
    let pairs = c.groups.flatMap { group in
      (0..<Int(group.segments)).map { (group: group, segment: c.segments[Int(group.first_segment) + $0]) }
    }
    switch c.kind {
    case .gated:
      for (index, plane) in c.planes.enumerated() {
        let source = Int(plane.source)
        let first = firstChannel(of: source)
        pack(
          window: c.window(phaseY: Int(plane.phase_y), phaseX: Int(plane.phase_x)), source: source,
          channels: c.inputs[source].channels, columnStride: 1, column: { _ in branch * c.offset },
          at: { kernel + (first + $0) * c.outputs }, tapStride: all * c.outputs,
          chosen: pairs.filter { $0.segment.plane == index }, row: { $0 })
      }
    case .upsampling:
      for phase in 0..<4 {
        let column = phase * c.offset
        let mine = pairs.filter {
          Int($0.group.n0) <= column && column < Int($0.group.n0) + Int($0.group.nn)
        }
        // Groups of the same width and start share a call.
        for key in Set(mine.map { [Int($0.group.n0), Int($0.group.nn)] }) {
          pack(
            window: c.window(phaseY: phase / 2, phaseX: phase % 2), source: 0, channels: all,
            columnStride: all,
            column: { column - Int($0.n0) }, at: { kernel + $0 }, tapStride: c.outputs * all,
            chosen: mine.filter { [Int($0.group.n0), Int($0.group.nn)] == key }, row: { $0 })
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
  public func layer(inputs: [fk_map], output: fk_map, side: Int) -> fk_layer {
    let c = convolution
    var layer = fk_layer()
    layer.isa = isa
    layer.in = (inputs[0], inputs.count > 1 ? inputs[1] : inputs[0])
    layer.out = output
    layer.side = Int32(side)
    layer.stride = Int32(c.stride)
    layer.winograd = c.method == .winograd ? 1 : 0
    layer.n = Int32(c.sums)
    layer.k = Int32(c.transformed)
    layer.groups = UnsafePointer(groups)
    layer.group_count = Int32(c.groups.count)
    layer.segments = UnsafePointer(segments)
    layer.planes = UnsafePointer(planes)
    layer.plane_count = Int32(c.planes.count)
    layer.bias = UnsafePointer(bias.start)
    if case .upsampling = c.kind { layer.epilogue = Int32(FK_UPSAMPLED.rawValue) }
    layer.normalizes = c.normalizes ? 1 : 0
    layer.leaky = c.leaky ? 1 : 0
    layer.outputs = Int32(c.outputs)
    layer.offset = Int32(c.offset)
    let covered = c.groups.reduce(0) { $0 + Int($1.nn) }
    layer.sparse = c.method == .winograd && covered < 36 * c.sums ? 1 : 0
    return layer
  }
}
