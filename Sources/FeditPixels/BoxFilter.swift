/// Sums over squares of pixels.
package enum BoxFilter {
  /// Sums over squares of `2 radius + 1` pixels, with nothing beyond the edges; summed anew for each pixel, so that
  /// no rounding runs along.
  package static func sum(_ plane: inout [SIMD4<Float>], width: Int, height: Int, radius: Int) {
    var rows = [SIMD4<Float>](repeating: .zero, count: plane.count)
    plane.withUnsafeMutableBufferPointer { plane in
      rows.withUnsafeMutableBufferPointer { rows in
        for y in 0..<height {
          for x in 0..<width {
            var sum = SIMD4<Float>.zero
            for u in max(x - radius, 0)...min(x + radius, width - 1) { sum += plane[y * width + u] }
            rows[y * width + x] = sum
          }
        }
        for y in 0..<height {
          for x in 0..<width { plane[y * width + x] = .zero }
          for v in max(y - radius, 0)...min(y + radius, height - 1) {
            for x in 0..<width { plane[y * width + x] += rows[v * width + x] }
          }
        }
      }
    }
  }
}
