import FeditKernels

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
      c.kind.packed(branch.kernel).withUnsafeBufferPointer { kernel in
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
    switch c.kind.geometry {
    case .strided:
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
    case .doubling:
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
    layer.epilogue = Int32(c.kind.epilogue.rawValue)
    layer.normalizes = c.normalizes ? 1 : 0
    layer.leaky = c.leaky ? 1 : 0
    layer.outputs = Int32(c.outputs)
    layer.offset = Int32(c.offset)
    return layer
  }
}
