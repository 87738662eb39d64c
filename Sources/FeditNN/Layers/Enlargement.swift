/// Doubling a map by its nearest pixels and then convolving it 3×3, as one transposed convolution of stride 2.
///
/// Of a 3×3 window on the doubled map, two columns (or rows) fall onto the same pixel of the small one: for an even
/// output pixel the second and third, for an odd one the first and second. So each phase has two taps a dimension:
///
///     even output   left neighbour: k0     own pixel: k1 + k2
///     odd output    own pixel: k0 + k1     right neighbour: k2
///
/// Ordered as a transposed convolution's taps (output pixel `o` takes input `i` through tap `o + 1 − 2i`), that is
/// the 4×4 kernel with rows and columns k2, k1 + k2, k0 + k1, k0. Every phase's taps add up to the whole kernel, so
/// that a constant map stays constant.
public enum Enlargement {
  /// Side of the expanded kernel.
  public static let side = 4

  /// Which rows (or columns) of the 3×3 kernel each of the four adds up.
  private static let parts: [[Int]] = [[2], [1, 2], [0, 1], [0]]

  /// The 3×3 taps that each of the sixteen adds up, in the order of their sums.
  private static let sources: [[Int]] = (0..<16).map { tap in
    parts[tap / 4].flatMap { y in parts[tap % 4].map { x in 3 * y + x } }
  }

  /// Expands a kernel.
  ///
  /// - Parameters:
  ///   - kernel: Nine blocks of `count` values, one a tap.
  ///   - count: Values a tap: inputs times outputs, in any order.
  ///   - expanded: Sixteen blocks, which are overwritten.
  public static func expand(
    _ kernel: UnsafePointer<Float>, count: Int, into expanded: UnsafeMutablePointer<Float>
  ) {
    for (tap, sources) in sources.enumerated() {
      sum(sources.map { kernel + $0 * count }, count: count, into: expanded + tap * count)
    }
  }

  /// Expands a kernel of nine taps.
  public static func expand(_ kernel: [Float]) -> [Float] {
    let count = kernel.count / 9
    return [Float](unsafeUninitializedCapacity: 16 * count) { expanded, initialized in
      kernel.withUnsafeBufferPointer { kernel in
        guard let from = kernel.baseAddress, let to = expanded.baseAddress else { return }
        expand(from, count: count, into: to)
      }
      initialized = 16 * count
    }
  }

  /// The gradient of a kernel from that of its expansion: each tap gets those of all that it was added to.
  ///
  /// - Parameters:
  ///   - expanded: Sixteen blocks of `count` values.
  ///   - count: Values a tap.
  ///   - kernel: Nine blocks, which are overwritten.
  public static func fold(
    _ expanded: UnsafePointer<Float>, count: Int, into kernel: UnsafeMutablePointer<Float>
  ) {
    for tap in 0..<9 {
      let readers = sources.indices.filter { sources[$0].contains(tap) }
      sum(readers.map { expanded + $0 * count }, count: count, into: kernel + tap * count)
    }
  }

  /// Adds one or four or two blocks up, pair by pair.
  private static func sum(
    _ blocks: [UnsafePointer<Float>], count: Int, into total: UnsafeMutablePointer<Float>
  ) {
    switch blocks.count {
    case 1: total.update(from: blocks[0], count: count)
    case 2:
      let (a, b) = (blocks[0], blocks[1])
      for i in 0..<count { total[i] = a[i] + b[i] }
    default:
      let (a, b, c, d) = (blocks[0], blocks[1], blocks[2], blocks[3])
      for i in 0..<count { total[i] = (a[i] + b[i]) + (c[i] + d[i]) }
    }
  }
}
