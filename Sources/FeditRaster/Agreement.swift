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
    size = region.size
    toGenerator = inverse
    let cover = MaskCover.layer(of: mask, inverse, size: size)
    var squares = [Float](repeating: 0, count: size * size)
    var weights = [Float](repeating: 0, count: size * size)
    var (left, right, top, bottom) = (size, -1, size, -1)
    for y in 0..<size {
      for x in 0..<size where cover[y * size + x] != 0 {
        let index = y * size + x
        let difference = max(
          abs(photo[3 * index] - fill[3 * index]), abs(photo[3 * index + 1] - fill[3 * index + 1]),
          abs(photo[3 * index + 2] - fill[3 * index + 2]))
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
    var scratch = [Float](repeating: 0, count: size * size)
    for _ in 0..<3 {
      Self.boxFilter(&squares, &scratch, size, radius, columns, rows)
      Self.boxFilter(&weights, &scratch, size, radius, columns, rows)
    }
    let limit = Self.half * Self.half
    var values = [Float](repeating: 1, count: size * size)
    for y in rows {
      for index in y * size + columns.lowerBound..<y * size + columns.upperBound where weights[index] > 0 {
        let ratio = max(squares[index], 0) / weights[index] / limit
        values[index] = 1 / (1 + ratio * ratio)
      }
    }
    self.values = values
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
    _ plane: inout [Float], _ scratch: inout [Float], _ size: Int, _ radius: Int, _ columns: Range<Int>,
    _ rows: Range<Int>
  ) {
    let scale = 1 / Float(2 * radius + 1)
    plane.withUnsafeMutableBufferPointer { plane in
      scratch.withUnsafeMutableBufferPointer { scratch in
        for y in rows {
          for x in columns {
            var sum: Float = 0
            for u in max(x - radius, 0)...min(x + radius, size - 1) { sum += plane[y * size + u] }
            scratch[y * size + x] = sum * scale
          }
        }
        for y in rows {
          let range = max(y - radius, rows.lowerBound)...min(y + radius, rows.upperBound - 1)
          for x in columns { plane[y * size + x] = 0 }
          for v in range {
            for x in columns { plane[y * size + x] += scratch[v * size + x] }
          }
          for x in columns { plane[y * size + x] *= scale }
        }
      }
    }
  }
}
