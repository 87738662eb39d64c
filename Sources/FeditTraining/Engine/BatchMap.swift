import FeditKernels
import FeditNN
import FeditText

/// How the products of convolutions are computed; sums, weights and everything else are float32 either way.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  case float32
  /// Factors rounded to bfloat16, on processors with AVX512-BF16.
  case bf16

  /// Whether this processor can compute so.
  public var isSupported: Bool { self == .float32 || ft_has_bf16() != 0 }
}

/// A batch of square maps in memory: NHWC float32, each image with a border of zeros around it.
///
/// The border is what a kernel window reads past the edge; nobody writes it.
package final class BatchMap: @unchecked Sendable {
  package let images: Int
  package let side: Int
  package let channels: Int
  package let border: Int
  /// How products with its values are computed.
  package let precision: TrainingPrecision
  private let buffer: FloatBuffer
  /// The values as bfloat16, in the same order, where that is the precision.
  private let rounded: FloatBuffer?

  /// Allocates zeros.
  ///
  /// - Parameters:
  ///   - images: Maps in the batch.
  ///   - side: Rows and columns of each.
  ///   - channels: Values a pixel.
  ///   - border: Pixels of zeros around each map.
  ///   - precision: How products with its values are computed; one that the processor supports. With `bf16`, whoever
  ///     has written to the map calls ``round(_:)`` before products read it.
  /// - Throws: `UserError` if there is no memory.
  package init(
    images: Int, side: Int, channels: Int, border: Int = 0, precision: TrainingPrecision = .float32
  ) throws {
    self.precision = precision
    self.images = images
    self.side = side
    self.channels = channels
    self.border = border
    let whole = side + 2 * border
    let count = images * whole * whole * channels
    // Kernels load whole registers: the last pixel's may reach past the end.
    guard let buffer = FloatBuffer(count: count + 64) else {
      throw UserError(.software, "there is no memory for \(count * 4) bytes of activations")
    }
    self.buffer = buffer
    guard precision == .bf16 else {
      rounded = nil
      return
    }
    guard let rounded = FloatBuffer(count: buffer.count / 2 + 64) else {
      throw UserError(.software, "there is no memory for \(count * 2) bytes of activations")
    }
    self.rounded = rounded
  }

  /// Rounds all values to bfloat16 for the products that follow; does nothing where they are float32.
  package func round(_ pool: ThreadPool) {
    guard let rounded else { return }
    let (from, to) = (buffer.start, UnsafeMutableRawPointer(rounded.start))
    let (count, chunk) = (buffer.count - 64, 1 << 15)
    pool.run((count + chunk - 1) / chunk) { item, _ in
      let first = item * chunk
      ft_to_bf16(
        from + first, (to + 2 * first).assumingMemoryBound(to: UInt16.self), min(chunk, count - first))
    }
  }

  /// The bfloat16 values from a channel on, for the kernels that take them; nil where there are none.
  func roundedView(channel: Int) -> ft_view? {
    guard let rounded else { return nil }
    let first = border * (rowStride + channels) + channel
    let data = (UnsafeMutableRawPointer(rounded.start) + 2 * first).assumingMemoryBound(to: Float.self)
    return ft_view(data: data, pixel: channels, row: rowStride, image: imageStride)
  }

  var rowStride: Int { (side + 2 * border) * channels }
  var imageStride: Int { (side + 2 * border) * rowStride }
  /// Pixels of all images, without borders.
  package var pixels: Int { images * side * side }
  package var byteCount: Int { (buffer.count + (rounded?.count ?? 0)) * 4 }
  var grid: ft_grid { ft_grid(images: Int32(images), height: Int32(side), width: Int32(side)) }

  /// The pixel (0, 0) of an image.
  package func start(image: Int = 0, channel: Int = 0) -> UnsafeMutablePointer<Float> {
    buffer.start + image * imageStride + border * (rowStride + channels) + channel
  }

  /// The first pixel of a row of an image.
  func row(_ y: Int, image: Int) -> UnsafeMutablePointer<Float> { start(image: image) + y * rowStride }

  /// The two rows that a row of a map of half the size is made of.
  func rowPair(
    _ y: Int, image: Int
  ) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
    (row(2 * y, image: image), row(2 * y + 1, image: image))
  }

  /// The maps from a channel on, for the kernels.
  func view(channel: Int = 0) -> ft_view {
    ft_view(data: start(channel: channel), pixel: channels, row: rowStride, image: imageStride)
  }

  /// A value; slow, for tests.
  package subscript(image: Int, y: Int, x: Int, c: Int) -> Float {
    get { start(image: image)[y * rowStride + x * channels + c] }
    set { start(image: image)[y * rowStride + x * channels + c] = newValue }
  }

  /// All values without the borders; for tests and small maps.
  package var values: [Float] {
    get {
      var all: [Float] = []
      all.reserveCapacity(pixels * channels)
      for image in 0..<images {
        for y in 0..<side {
          all += UnsafeBufferPointer(start: row(y, image: image), count: side * channels)
        }
      }
      return all
    }
    set {
      precondition(newValue.count == pixels * channels)
      newValue.withUnsafeBufferPointer { from in
        guard let base = from.baseAddress else { return }
        for image in 0..<images {
          for y in 0..<side {
            row(y, image: image).update(
              from: base + (image * side + y) * side * channels, count: side * channels)
          }
        }
      }
    }
  }
}

/// Some channels of a batch of maps.
package struct MapSlice {
  package let map: BatchMap
  package let channel: Int
  package init(_ map: BatchMap, channel: Int = 0) {
    self.map = map
    self.channel = channel
  }
}
