import FeditKernels

/// What lies between a layer's sums and the map it writes.
package struct Activation {
  package enum Kind: Sendable, Equatable {
    /// leaky(lrn(f)) · sigmoid(g), the feature's channels before the gate's.
    case gated(normalizes: Bool)
    /// h · sigmoid(h), h = leaky(x).
    case selfGated
    /// leaky(x).
    case leaky
  }
  package let kind: Kind
  private var kernel = ft_activation()
  private let biases: Int

  /// Connects sums and output.
  ///
  /// - Parameters:
  ///   - kind: The function.
  ///   - sums: The sums with their biases; backward they become their gradient.
  ///   - output: Where the result goes, or where its gradient is.
  ///   - channels: Channels of the output.
  ///   - slope: Of the leaky ReLU for negative values; 1 for none, 0 for a plain ReLU.
  package init(_ kind: Kind, sums: BatchMap, output: MapSlice, channels: Int, slope: Float) {
    self.kind = kind
    kernel.isa = fk_best_isa()
    kernel.grid = sums.grid
    kernel.pre = sums.view()
    kernel.out = output.map.view(channel: output.channel)
    kernel.channels = Int32(channels)
    kernel.slope = slope
    if case .gated(let normalizes) = kind { kernel.normalizes = normalizes ? 1 : 0 }
    if case .gated = kind { biases = 2 * channels } else { biases = channels }
  }

  private var pixels: Int { Int(kernel.grid.images * kernel.grid.height * kernel.grid.width) }

  /// Computes a range of flattened pixels.
  package func forward(first: Int, last: Int) {
    withUnsafePointer(to: kernel) {
      switch kind {
      case .gated: ft_gated_forward($0, first, last)
      case .selfGated: ft_self_gated_forward($0, first, last)
      case .leaky: ft_leaky_forward($0, first, last)
      }
    }
  }

  /// Computes everything.
  package func forward(_ pool: ThreadPool) {
    PixelRanges.run(pool, pixels: pixels, block: 512) { _, first, last in forward(first: first, last: last) }
  }

  /// Turns the sums into their gradient.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - bias: Where the biases' gradient is written; nil if nobody wants it.
  package func backward(_ pool: ThreadPool, bias: UnsafeMutablePointer<Float>?) {
    let block = max(256, (pixels + 63) / 64)
    let items = (pixels + block - 1) / block
    let (kernel, kind, stride) = (kernel, kind, biases + 64)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: items * stride) { partial in
      guard let start = partial.baseAddress else { return }
      start.initialize(repeating: 0, count: items * stride)
      PixelRanges.run(pool, pixels: pixels, block: block) { item, first, last in
        withUnsafePointer(to: kernel) {
          switch kind {
          case .gated: ft_gated_backward($0, first, last, start + item * stride)
          case .selfGated: ft_self_gated_backward($0, first, last, start + item * stride)
          case .leaky: ft_leaky_backward($0, first, last, bias == nil ? nil : start + item * stride)
          }
        }
      }
      guard let bias else { return }
      bias.update(from: start, count: biases)
      for item in 1..<max(items, 1) { ft_add(kernel.isa, bias, start + item * stride, biases) }
    }
  }
}
