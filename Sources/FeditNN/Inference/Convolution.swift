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
    // A pixel of the grid has so many sums a channel: of each branch, or of each pixel that it becomes.
    let parts = kind.branches * kind.scale * kind.scale
    offset = compactOutput ? 16 / parts : padded
    sums = compactOutput ? 16 : parts * padded
    if case .winograd(let tile) = method {
      var k0 = 0
      let phases = kind.inputStride
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
    guard case .strided(let kernel, 2, _) = kind.geometry else { return 3 }
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

  var stride: Int { kind.inputStride }

  /// Rows above the first pixel that "SAME" adds, for sides that are multiples of the stride.
  var padding: Int {
    guard case .strided(let kernel, let stride, let dilation) = kind.geometry else { return 1 }
    return max((kernel - 1) * dilation + 1 - stride, 0) / 2
  }

  /// Rows (or columns) of the input that row `y` of the layer's grid reads: `y`·stride + these.
  public var reach: (low: Int, high: Int) {
    guard case .strided(let kernel, _, let dilation) = kind.geometry else { return (-1, 1) }
    return (-padding, (kernel - 1) * dilation - padding)
  }
  /// From a pixel of the layer's grid to the next, in pixels of the input.
  public var inputStride: Int { stride }

  /// The tap of a phase at a slot of the window, or nil if it has none.
  private func tap(phase: Int, slot: Int) -> Int? {
    let tap =
      switch kind.geometry {
      case .strided(_, 1, _): slot - 1 + padding
      case .strided(_, let stride, _): stride * (slot - 1) + phase + padding
      case .doubling: phase + 3 - 2 * slot
      }
    return (0..<kernelSide).contains(tap) ? tap : nil
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
      switch kind.geometry {
      case .strided:
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
      case .doubling where compactOutput:
        let first = segments.count
        segments.append(Segment(kn: inputs[0].read, offset: packedFloats, planes: 0..<1))
        packedFloats += inputs[0].read * sums
        appendGroup(point: point, first: first, n0: 0, nn: sums)
      case .doubling:
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
    switch kind.geometry {
    case .strided(let kernel, _, let dilation):
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
    case .doubling:
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
    switch kind.geometry {
    case .strided(let kernel, _, _), .doubling(let kernel): kernel
    }
  }

  /// From one input channel to the next, and from one output to the next, in the kernel that is packed.
  var kernelStrides: (channel: Int, output: Int) {
    kind.hasOutputsFirst ? (1, inputs.reduce(0) { $0 + $1.channels }) : (outputs, 1)
  }
}
