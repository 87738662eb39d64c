import FeditKernels
import FeditNN
import FeditWeights

/// A map of any size in memory, NHWC float32, with a border of zeros around it.
package final class NetworkMap: @unchecked Sendable {
  package let width: Int
  package let height: Int
  package let channels: Int
  private let buffer: FloatBuffer

  /// Allocates zeros.
  ///
  /// - Throws: ``FaceError/noMemory``.
  package init(width: Int, height: Int, channels: Int) throws(FaceError) {
    self.width = width
    self.height = height
    self.channels = channels
    // Kernels load whole registers: the last pixel's may reach past the end.
    guard let buffer = FloatBuffer(count: (width + 2) * (height + 2) * channels + 64) else { throw .noMemory }
    self.buffer = buffer
  }

  private var rowStride: Int { (width + 2) * channels }

  /// A value.
  package subscript(x: Int, y: Int, channel: Int) -> Float { row(y)[x * channels + channel] }

  /// The first value of a row; valid as long as the map.
  package func row(_ y: Int) -> UnsafeMutablePointer<Float> { buffer.start + (y + 1) * rowStride + channels }

  var grid: ft_grid { ft_grid(images: 1, height: Int32(height), width: Int32(width)) }
  var view: ft_view {
    ft_view(data: row(0), pixel: channels, row: rowStride, image: rowStride * (height + 2))
  }
  var step: Int { rowStride }
}

/// A network ready to run: weights packed for the kernels. The native kernels give the same bits on every processor and
/// with any number of threads: each value is summed in a fixed order.
package final class PlainNetwork: @unchecked Sendable {
  private struct Layer {
    let shape: ConvolutionShape
    let slope: Float
    let weights: FloatBuffer
    let bias: FloatBuffer
    /// Whether a row of the kernel is one run of memory.
    let merges: Bool
  }
  package let table: FaceNetwork
  private let isa: Int32
  private var layers: [Layer] = []

  /// Takes weights under the names of the table.
  ///
  /// - Throws: ``FaceError`` where a tensor is missing or has another shape.
  package init(_ table: FaceNetwork, weights: SafetensorsFile) throws(FaceError) {
    self.table = table
    isa = fk_best_isa()
    for layer in table.layers {
      let s = layer.shape
      let kernel = try Self.values(weights, layer.name + "/kernel", [s.kernel, s.kernel, s.fine, s.coarse])
      let bias = try Self.values(weights, layer.name + "/bias", [s.coarse])
      layers.append(try pack(s, layer.slope, kernel, bias))
    }
  }

  private static func values(
    _ file: SafetensorsFile, _ name: String, _ shape: [Int]
  ) throws(FaceError) -> [Float] {
    guard file.shape(of: name) == shape else { throw .wrongWeights(tensor: name) }
    do throws(WeightError) {
      return try file.floats(named: name)
    } catch {
      throw .wrongWeights(tensor: name)
    }
  }

  private func pack(
    _ s: ConvolutionShape, _ slope: Float, _ kernel: [Float], _ bias: [Float]
  ) throws(FaceError) -> Layer {
    let merges = s.fine < 16
    let taps = merges ? s.kernel : s.taps
    let rows = merges ? s.kernel * s.fine : s.fine
    guard let packed = FloatBuffer(count: Int(ft_packed_floats(isa, taps * rows, s.coarse)) + 64),
      let biases = FloatBuffer(count: s.coarse + 64)
    else { throw .noMemory }
    kernel.withUnsafeBufferPointer { kernel in
      guard let base = kernel.baseAddress else { return }
      for tap in 0..<taps {
        ft_pack(
          isa, base + tap * rows * s.coarse, s.coarse, 1, rows, s.coarse, tap * rows, taps * rows,
          packed.start)
      }
    }
    for (i, value) in bias.enumerated() { biases.start[i] = value }
    return Layer(shape: s, slope: slope, weights: packed, bias: biases, merges: merges)
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - input: A map whose sides are multiples of the table's stride.
  ///   - pool: Threads.
  /// - Returns: The last layer's map.
  /// - Throws: ``FaceError/noMemory``.
  package func run(_ input: NetworkMap, pool: ThreadPool) throws(FaceError) -> NetworkMap {
    var map = input
    for layer in layers { map = try run(layer, map, pool) }
    return map
  }

  private func run(_ layer: Layer, _ input: NetworkMap, _ pool: ThreadPool) throws(FaceError) -> NetworkMap {
    let s = layer.shape
    let output = try NetworkMap(
      width: input.width / s.stride, height: input.height / s.stride, channels: s.coarse)
    var offsets: [Int] = []
    for y in 0..<s.kernel {
      let row = s.shift(y) * input.step
      if layer.merges {
        offsets.append(row + s.shift(0) * s.fine)
      } else {
        for x in 0..<s.kernel { offsets.append(row + s.shift(x) * s.fine) }
      }
    }
    var sum = ft_convolution()
    sum.isa = isa
    sum.grid = output.grid
    sum.in = input.view
    sum.in.row *= s.stride
    sum.in.pixel *= s.stride
    sum.out = output.view
    sum.taps = Int32(offsets.count)
    sum.channels = Int32(layer.merges ? s.kernel * s.fine : s.fine)
    sum.n = Int32(s.coarse)
    sum.weights = UnsafePointer(layer.weights.start)
    sum.start = Int32(FT_BIAS.rawValue)
    sum.bias = UnsafePointer(layer.bias.start)
    var activation = ft_activation()
    activation.isa = isa
    activation.grid = output.grid
    activation.pre = output.view
    activation.out = output.view
    activation.channels = Int32(s.coarse)
    activation.slope = layer.slope
    let pixels = output.width * output.height
    let block = max(8, min(192, (pixels + 2 * pool.threads - 1) / (2 * pool.threads)))
    let (convolution, finish) = (sum, activation)
    offsets.withUnsafeBufferPointer { offsets in
      let taps = offsets.baseAddress
      pool.run((pixels + block - 1) / block) { item, _ in
        let (first, last) = (item * block, min(pixels, (item + 1) * block))
        var convolution = convolution
        convolution.offsets = taps
        ft_convolve(&convolution, first, last)
        if layer.slope != 1 { withUnsafePointer(to: finish) { ft_leaky_forward($0, first, last) } }
      }
    }
    return output
  }
}
