import FeditKernels

/// How the products of convolutions are computed; sums, weights and everything else are float32 either way.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  case float32
  /// Factors rounded to bfloat16, on processors with AVX512-BF16.
  case bf16

  /// Whether this processor can compute so.
  public var isSupported: Bool { self == .float32 || ft_has_bf16() != 0 }
}

/// A batch of maps of activations in memory: NHWC float32, each image with a border of zeros around it.
///
/// The border is what a kernel's window reads past the edge; nobody writes it.
package final class BatchMap: @unchecked Sendable {
  package let images: Int
  package let width: Int
  package let height: Int
  package let channels: Int
  package let border: Int
  /// How products with its values are computed.
  package let precision: TrainingPrecision
  /// Floats from one row to the next, and from one image to the next.
  package let rowStride: Int
  package let imageStride: Int
  /// The pixel (0, 0) of the first image.
  @usableFromInline package let origin: UnsafeMutablePointer<Float>
  private let buffer: FloatBuffer
  /// The values as bfloat16, in the same order, where that is the precision.
  private let rounded: FloatBuffer?

  /// Allocates zeros.
  ///
  /// - Parameters:
  ///   - images: Maps in the batch.
  ///   - width: Pixels a row.
  ///   - height: Rows of each map.
  ///   - channels: Values a pixel.
  ///   - border: Pixels of zeros around each map.
  ///   - precision: How products with its values are computed; one that the processor supports. With `bf16`, whoever
  ///     has written to the map calls ``round(_:)`` before products read it.
  /// - Throws: ``OutOfMemory``.
  package init(
    images: Int = 1, width: Int, height: Int, channels: Int, border: Int = 0,
    precision: TrainingPrecision = .float32
  ) throws(OutOfMemory) {
    self.precision = precision
    self.images = images
    self.width = width
    self.height = height
    self.channels = channels
    self.border = border
    rowStride = (width + 2 * border) * channels
    imageStride = (height + 2 * border) * rowStride
    // Kernels load whole registers: the last pixel's may reach past the end.
    buffer = try .zeros(images * imageStride + Self.slack, for: "activations")
    rounded = precision == .bf16 ? try .zeros(buffer.count / 2 + Self.slack, for: "activations") : nil
    origin = buffer.start + border * (rowStride + channels)
  }

  /// Allocates zeros for square maps.
  ///
  /// - Parameters: As of ``init(images:width:height:channels:border:precision:)``, with the side of each map.
  /// - Throws: ``OutOfMemory``.
  package convenience init(
    images: Int, side: Int, channels: Int, border: Int = 0, precision: TrainingPrecision = .float32
  ) throws(OutOfMemory) {
    try self.init(
      images: images, width: side, height: side, channels: channels, border: border, precision: precision)
  }

  private static let slack = 64

  /// Rows and columns of a square map.
  package var side: Int { width }

  /// Rounds all values to bfloat16 for the products that follow; does nothing where they are float32.
  package func round(_ pool: ThreadPool) {
    guard let rounded else { return }
    let (from, to) = (buffer.start, UnsafeMutableRawPointer(rounded.start))
    PixelRanges.run(pool, pixels: buffer.count - Self.slack, block: 1 << 15) { _, first, last in
      ft_to_bf16(from + first, (to + 2 * first).assumingMemoryBound(to: UInt16.self), last - first)
    }
  }

  /// The bfloat16 values from a channel on, for the kernels that take them; nil where there are none.
  func roundedView(channel: Int) -> ft_view? {
    guard let rounded else { return nil }
    let first = border * (rowStride + channels) + channel
    let data = (UnsafeMutableRawPointer(rounded.start) + 2 * first).assumingMemoryBound(to: Float.self)
    return ft_view(data: data, pixel: channels, row: rowStride, image: imageStride)
  }

  /// Pixels of all images, without borders.
  package var pixels: Int { images * width * height }
  package var byteCount: Int { (buffer.count + (rounded?.count ?? 0)) * 4 }
  var grid: ft_grid { ft_grid(images: Int32(images), height: Int32(height), width: Int32(width)) }

  /// The pixel (0, 0) of an image.
  @inlinable package func start(image: Int = 0, channel: Int = 0) -> UnsafeMutablePointer<Float> {
    origin + image * imageStride + channel
  }

  /// The first pixel of a row of an image; valid as long as the map.
  @inlinable package func row(_ y: Int, image: Int = 0) -> UnsafeMutablePointer<Float> {
    origin + image * imageStride + y * rowStride
  }

  /// The first channel of a pixel of the first image; valid as long as the map.
  @inlinable package func pixel(_ x: Int, _ y: Int) -> UnsafeMutablePointer<Float> {
    origin + y * rowStride + x * channels
  }

  /// The two rows that a row of a map of half the size is made of.
  package func rowPair(
    _ y: Int, image: Int
  ) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
    (row(2 * y, image: image), row(2 * y + 1, image: image))
  }

  /// The maps from a channel on, for the kernels.
  package func view(channel: Int = 0) -> ft_view {
    ft_view(data: start(channel: channel), pixel: channels, row: rowStride, image: imageStride)
  }

  /// A value; slow, for tests and single places.
  package subscript(image: Int, y: Int, x: Int, c: Int) -> Float {
    get { row(y, image: image)[x * channels + c] }
    set { row(y, image: image)[x * channels + c] = newValue }
  }

  /// All values without the borders; for tests and small maps.
  package var values: [Float] {
    get {
      var all: [Float] = []
      all.reserveCapacity(pixels * channels)
      for image in 0..<images {
        for y in 0..<height {
          all += UnsafeBufferPointer(start: row(y, image: image), count: width * channels)
        }
      }
      return all
    }
    set {
      precondition(newValue.count == pixels * channels)
      newValue.withUnsafeBufferPointer { from in
        guard let base = from.baseAddress else { return }
        for image in 0..<images {
          for y in 0..<height {
            row(y, image: image).update(
              from: base + (image * height + y) * width * channels, count: width * channels)
          }
        }
      }
    }
  }

  /// Sets all values to 0.
  package func clear(_ pool: ThreadPool) {
    pool.run(images * height) { item, _ in
      self.row(item % self.height, image: item / self.height).update(
        repeating: 0, count: self.width * self.channels)
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

/// Runs a pool over ranges of pixels; the ranges depend on the number of pixels alone.
package enum PixelRanges {
  package static func run(
    _ pool: ThreadPool, pixels: Int, block: Int, _ body: (_ item: Int, _ first: Int, _ last: Int) -> Void
  ) {
    let items = (pixels + block - 1) / block
    pool.run(items) { item, _ in body(item, item * block, min((item + 1) * block, pixels)) }
  }
}
