import FeditImage
import FeditPlan

/// Where photo and fill say the same near the mask's edge: what `blend` goes by where nothing is written.
///
/// A feather hides the seam by letting the photo through, and with it what the edit is to remove. So the
/// default feather is wide and lets the photo through only where it and the fill agree. On held-back portraits
/// whose masks were filled again, the mean step across the mask's edge beyond the original's own was 7.2 levels
/// with a hard composite, 0.5 with a feather of 3 pixels and 3.0 so; where other content stood in the mask up
/// to its edge, 7.2, 44 and 8.0.
struct Agreement {
  /// The feather's width as a share of the region's side: 6 pixels of 256.
  static let width = 6.0 / 256
  /// The difference in levels at which half is let through.
  private static let half: Float = 22

  private let size: Int
  private let toGenerator: Affine
  /// 0…1 for each generator pixel.
  private let values: [Float]

  /// Compares the photo, brought to the generator's size, with the fill.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels.
  ///   - photo: The photo in the region before it is changed, `size`×`size`×3 levels.
  ///   - mask: Only what lies in it counts.
  ///   - region: Where the fill lies; nil is returned where its map has no inverse.
  init?(_ fill: [Float], _ photo: [Float], mask: PhotoMask, region: PlanRegion) {
    guard let inverse = region.toPhoto.inverse else { return nil }
    let size = region.size
    self.size = size
    toGenerator = inverse
    let cover = MaskCover.layer(of: mask, inverse, size: size)
    values = [Float](unsafeUninitializedCapacity: size * size) { values, count in
      count = size * size
      values.initialize(repeating: 1)
      cover.withUnsafeBufferPointer { cover in
        photo.withUnsafeBufferPointer { photo in
          fill.withUnsafeBufferPointer { fill in Self.compare(fill, photo, cover, size: size, values) }
        }
      }
    }
  }

  /// Sets the values near the mask; the others are 1 before and after.
  private static func compare(
    _ fill: UnsafeBufferPointer<Float>, _ photo: UnsafeBufferPointer<Float>,
    _ cover: UnsafeBufferPointer<UInt8>,
    size: Int, _ values: UnsafeMutableBufferPointer<Float>
  ) {
    // Planes of differences squared and of weights, and one for the filters.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * size * size) { planes in
      planes.initialize(repeating: 0)
      let count = size * size
      guard let squares = planes.baseAddress, let values = values.baseAddress else { return }
      let weights = squares + count
      let scratch = weights + count
      var (left, right, top, bottom) = (size, -1, size, -1)
      for y in 0..<size {
        for x in 0..<size where cover[y * size + x] != 0 {
          let index = y * size + x
          let red = abs(photo[3 * index] - fill[3 * index])
          let green = abs(photo[3 * index + 1] - fill[3 * index + 1])
          let difference = max(red, green, abs(photo[3 * index + 2] - fill[3 * index + 2]))
          squares[index] = difference * difference
          weights[index] = 1
          (left, right) = (min(left, x), max(right, x))
          (top, bottom) = (min(top, y), max(bottom, y))
        }
      }
      // Single pixels may agree by chance: three box filters come close to a Gaussian of 1.4 pixels of 256.
      let radius = max(1, (size + 128) / 256)
      // What the filters can reach from the mask; beyond, there is nothing.
      let reach = 3 * radius
      let columns = max(left - reach, 0)..<max(min(right + reach + 1, size), max(left - reach, 0))
      let rows = max(top - reach, 0)..<max(min(bottom + reach + 1, size), max(top - reach, 0))
      for _ in 0..<3 {
        boxFilter(squares, scratch, size, radius, columns, rows)
        boxFilter(weights, scratch, size, radius, columns, rows)
      }
      let limit = half * half
      for y in rows {
        let (squares, weights, values) = (squares + y * size, weights + y * size, values + y * size)
        for x in columns {
          let ratio = max(squares[x], 0) / weights[x] / limit
          values[x] = weights[x] > 0 ? 1 / (1 + ratio * ratio) : 1
        }
      }
    }
  }

  /// How much of the photo may show at a photo pixel, 0…1.
  func value(_ x: Int, _ y: Int) -> Float {
    let p = toGenerator(Point(Double(x) + 0.5, Double(y) + 0.5))
    let limit = Double(size) - 1
    let u = min(max(p.x - 0.5, 0), limit)
    let v = min(max(p.y - 0.5, 0), limit)
    let (column, row) = (Int(u), Int(v))
    let (right, below) = (min(column + 1, size - 1), min(row + 1, size - 1))
    let (s, t) = (Float(u - Double(column)), Float(v - Double(row)))
    let top = values[row * size + column] * (1 - s) + values[row * size + right] * s
    let bottom = values[below * size + column] * (1 - s) + values[below * size + right] * s
    return top * (1 - t) + bottom * t
  }

  /// Means over squares of `2 radius + 1` pixels, with nothing beyond the edges. Summed anew for each pixel, so
  /// that no rounding runs along.
  ///
  /// The plane is `size`×`size` and 0 outside the columns and rows, which are all that is filtered; the scratch
  /// is as large.
  private static func boxFilter(
    _ plane: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ size: Int, _ radius: Int,
    _ columns: Range<Int>, _ rows: Range<Int>
  ) {
    let scale = 1 / Float(2 * radius + 1)
    for y in rows {
      let target = scratch + y * size
      for x in columns { target[x] = 0 }
      // Offset by offset, so that the loop over the pixels is vectorized.
      for offset in -radius...radius {
        let source = plane + (y * size + offset)
        let from = max(columns.lowerBound, -offset)
        let to = min(columns.upperBound, size - offset)
        guard from < to else { continue }
        for x in from..<to { target[x] += source[x] }
      }
      for x in columns { target[x] *= scale }
    }
    for y in rows {
      let target = plane + y * size
      for x in columns { target[x] = 0 }
      for v in max(y - radius, rows.lowerBound)...min(y + radius, rows.upperBound - 1) {
        let source = scratch + v * size
        for x in columns { target[x] += source[x] }
      }
      for x in columns { target[x] *= scale }
    }
  }
}
