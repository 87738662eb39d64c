/// A rectangle of whole pixels, half open.
package struct PixelRect: Hashable, Sendable {
  /// The first column.
  package var x: Int
  /// The first row.
  package var y: Int
  /// Columns, 0 or more.
  package var width: Int
  /// Rows, 0 or more.
  package var height: Int

  /// Where one of the rectangle's pixels lies in a frame around it.
  ///
  /// - Parameters:
  ///   - k: The pixel, row by row, from 0 to less than `area`.
  ///   - size: The frame's columns.
  /// - Returns: Its index in the frame, row by row.
  @inlinable
  package func index(_ k: Int, inFrameOf size: Int) -> Int { (y + k / width) * size + x + k % width }

  /// A rectangle by its first pixel and its size; what would be negative becomes 0.
  @inlinable
  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The column after the last.
  @inlinable package var maxX: Int { x + width }
  /// The row after the last.
  @inlinable package var maxY: Int { y + height }
  /// Whether it has no pixel.
  @inlinable package var isEmpty: Bool { width == 0 || height == 0 }
  /// How many pixels it has.
  @inlinable package var area: Int { width * height }

  /// With a margin on all four sides.
  @inlinable
  package func expanded(by margin: Int) -> PixelRect {
    PixelRect(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }

  /// The pixels of both; empty where there are none.
  @inlinable
  package func intersection(_ other: PixelRect) -> PixelRect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return PixelRect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }

  /// The least rectangle around both.
  @inlinable
  package func union(_ other: PixelRect) -> PixelRect {
    let (left, top) = (min(x, other.x), min(y, other.y))
    return PixelRect(
      x: left, y: top, width: max(maxX, other.maxX) - left, height: max(maxY, other.maxY) - top)
  }

  /// Whether a pixel is in it.
  @inlinable
  package func contains(_ column: Int, _ row: Int) -> Bool {
    column >= x && column < maxX && row >= y && row < maxY
  }
}
