import FeditPlan

/// The generator's mask from the photo's.
enum MaskCover {
  /// Overlaps thinner than this, in generator pixels, are rounding.
  private static let tolerance = 1e-9

  /// Every generator pixel that a set pixel of the photo's mask overlaps.
  ///
  /// A run of set pixels in a row is a rectangle; under the region's map it is a rectangle again, perhaps
  /// turned, and the pixels it overlaps are found row by row, exactly.
  ///
  /// - Parameters:
  ///   - mask: The photo's mask.
  ///   - toGenerator: From photo to generator pixels.
  ///   - size: The generator's side.
  /// - Returns: 0 or 1, `size`×`size`.
  static func layer(of mask: PhotoMask, _ toGenerator: Affine, size: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: size * size)
    result.withUnsafeMutableBufferPointer { result in
      mask.pixels.withUnsafeBufferPointer { pixels in
        for row in 0..<mask.height {
          var column = 0
          while column < mask.width {
            guard pixels[row * mask.width + column] != 0 else {
              column += 1
              continue
            }
            let start = column
            while column < mask.width, pixels[row * mask.width + column] != 0 { column += 1 }
            let (left, right) = (Double(mask.x + start), Double(mask.x + column))
            let (top, bottom) = (Double(mask.y + row), Double(mask.y + row + 1))
            cover(
              (
                toGenerator(Point(left, top)), toGenerator(Point(right, top)),
                toGenerator(Point(right, bottom)), toGenerator(Point(left, bottom))
              ), size, result)
          }
        }
      }
    }
    return result
  }

  private static func cover(
    _ quad: (Point, Point, Point, Point), _ size: Int, _ result: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (a, b, c, d) = quad
    let low = min(a.y, b.y, c.y, d.y)
    let high = max(a.y, b.y, c.y, d.y)
    let first = index((low + tolerance).rounded(.down), size)
    let last = index((high - tolerance).rounded(.up) - 1, size)
    guard first <= last else { return }
    for row in first...last {
      guard row >= 0, row < size else { continue }
      let top = Double(row)
      let bottom = top + 1
      // The part of the quadrilateral between the row's edges: its corners and where its sides cross them.
      var from = Double.infinity
      var to = -Double.infinity
      func side(_ p: Point, _ q: Point) {
        if p.y >= top, p.y <= bottom {
          from = min(from, p.x)
          to = max(to, p.x)
        }
        guard p.y != q.y else { return }
        for edge in [top, bottom] where (p.y < edge) != (q.y < edge) {
          let x = p.x + (q.x - p.x) * ((edge - p.y) / (q.y - p.y))
          from = min(from, x)
          to = max(to, x)
        }
      }
      side(a, b)
      side(b, c)
      side(c, d)
      side(d, a)
      guard from <= to else { continue }
      let left = max(index((from + tolerance).rounded(.down), size), 0)
      let right = min(index((to - tolerance).rounded(.up) - 1, size), size - 1)
      guard left <= right else { continue }
      for column in left...right { result[row * size + column] = 1 }
    }
  }

  /// A coordinate as an index, held near the frame so that it cannot overflow.
  private static func index(_ value: Double, _ size: Int) -> Int {
    Int(min(max(value, -1), Double(size)))
  }
}
