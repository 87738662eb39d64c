import FeditKernels
import FeditNN

/// A map of activations, NHWC, with a border of one pixel of zeros.
struct PaddedMap {
  let width: Int
  let height: Int
  let channels: Int
  private let buffer: FloatBuffer

  init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    self.channels = channels
    guard let buffer = FloatBuffer(count: (width + 2) * (height + 2) * channels) else {
      fatalError("no memory for a map of activations")
    }
    self.buffer = buffer
  }

  /// Pixels from one row to the next.
  var stride: Int { width + 2 }
  /// The first float of the border.
  var start: UnsafeMutablePointer<Float> { buffer.start }
  /// The first channel of a pixel.
  func pixel(_ x: Int, _ y: Int) -> UnsafeMutablePointer<Float> {
    buffer.start + ((y + 1) * stride + x + 1) * channels
  }
}

/// VGG-16's convolutions, forward: features of a picture.
///
/// A 3×3 convolution is three products: the three pixels that a kernel's row covers lie side by side in
/// memory, so the map itself, read with overlapping rows, is the matrix.
struct VGGTrunk: Sendable {
  let weights: VGGWeights

  /// Computes the activations (after ReLU) of the layers asked for.
  ///
  /// - Parameters:
  ///   - image: RGB −1…1, NHWC.
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - names: of layers, such as `conv3_3`; nothing after the last of them is computed.
  ///   - run: shares items among threads.
  /// - Returns: the maps in the order of `names`.
  func features(
    _ image: [Float], width: Int, height: Int, of names: [String],
    run: (_ items: Int, _ body: (Int) -> Void) -> Void = { items, body in (0..<items).forEach(body) }
  ) -> [PaddedMap] {
    var map = PaddedMap(width: width, height: height, channels: 3)
    for y in 0..<height {
      let row = map.pixel(0, y)
      for i in 0..<width * 3 {
        row[i] = image[y * width * 3 + i] * weights.scale[i % 3] + weights.offset[i % 3]
      }
    }
    var found: [String: PaddedMap] = [:]
    for layer in weights.layers {
      if found.count == Set(names).count { break }
      if layer.poolsBefore { map = Self.pooled(map) }
      map = Self.convolved(map, layer, run: run)
      if names.contains(layer.name) { found[layer.name] = map }
    }
    return names.map { name in
      guard let map = found[name] else { preconditionFailure("no layer \(name) in these weights") }
      return map
    }
  }

  /// The maximum of each 2×2; an odd last row or column counts alone.
  static func pooled(_ map: PaddedMap) -> PaddedMap {
    let result = PaddedMap(width: (map.width + 1) / 2, height: (map.height + 1) / 2, channels: map.channels)
    for y in 0..<result.height {
      for x in 0..<result.width {
        let to = result.pixel(x, y)
        let right = min(2 * x + 1, map.width - 1)
        let below = min(2 * y + 1, map.height - 1)
        let a = map.pixel(2 * x, 2 * y)
        let b = map.pixel(right, 2 * y)
        let c = map.pixel(2 * x, below)
        let d = map.pixel(right, below)
        for k in 0..<map.channels { to[k] = max(max(a[k], b[k]), max(c[k], d[k])) }
      }
    }
    return result
  }

  static func convolved(
    _ map: PaddedMap, _ layer: VGGWeights.Layer, run: (_ items: Int, _ body: (Int) -> Void) -> Void
  ) -> PaddedMap {
    let result = PaddedMap(width: map.width, height: map.height, channels: layer.outputs)
    let inputs = layer.inputs
    // Rows of a strip are one product; the border's pixels between them are computed for nothing.
    let rows = max(1, 2048 / map.stride)
    run((map.height + rows - 1) / rows) { item in
      let first = item * rows
      let count = min(rows, map.height - first)
      let pixels = count * map.stride - 2
      layer.kernel.withUnsafeBufferPointer { kernel in
        guard let kernel = kernel.baseAddress else { return }
        for ky in 0..<3 {
          fk_sgemm(
            false, false, pixels, layer.outputs, 3 * inputs,
            map.start + (first + ky) * map.stride * inputs, inputs,
            kernel + ky * 3 * inputs * layer.outputs, layer.outputs, result.pixel(0, first), layer.outputs,
            ky > 0)
        }
      }
      layer.bias.withUnsafeBufferPointer { bias in
        for y in first..<first + count {
          let row = result.pixel(0, y)
          for x in 0..<map.width {
            for k in 0..<layer.outputs {
              row[x * layer.outputs + k] = max(row[x * layer.outputs + k] + bias[k], 0)
            }
          }
          // The border again: to the right of this row, to the left of the next.
          if y + 1 < first + count {
            let border = result.pixel(map.width, y)
            for k in 0..<2 * layer.outputs { border[k] = 0 }
          }
        }
      }
    }
    return result
  }
}
