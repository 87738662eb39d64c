import FeditPixels

/// Exact Euclidean distances, in whole numbers (Meijster, Roerdink, Hesselink 2000).
enum DistanceTransform {
  /// Larger than any squared distance in a picture; still safe to add up.
  static let far: Int32 = 1 << 15

  /// For each pixel of a mask's rectangle the squared distance to the nearest pixel of the photo that is not
  /// in the mask; 0 where the pixel itself is not. Beyond the photo's border there is nothing to be near to.
  ///
  /// - Parameters:
  ///   - mask: The photo's mask.
  ///   - photo: The photo's rectangle.
  ///   - limit: Distances of this many pixels and more need not be told apart.
  /// - Returns: `mask.width`×`mask.height` squares; at least `limit²` where nothing is nearer.
  static func squares(_ mask: PhotoMask, in photo: PixelRect, limit: Int) -> [Int32] {
    let rect = mask.rect
    let cap = Int32(clamping: min(limit + 1, Int(far)))
    let width = rect.width
    let height = rect.height
    let hasTop = rect.y > photo.y
    let hasBottom = rect.maxY < photo.maxY
    let hasLeft = rect.x > photo.x
    let hasRight = rect.maxX < photo.maxX
    // Down and up the columns: how far the next unset pixel of the column is.
    var result = [Int32](repeating: 0, count: width * height)
    result.withUnsafeMutableBufferPointer { result in
      mask.pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          for x in 0..<width {
            let above = y > 0 ? result[(y - 1) * width + x] : hasTop ? 0 : cap
            result[y * width + x] = pixels[y * width + x] == 0 ? 0 : min(above + 1, cap)
          }
        }
        for y in stride(from: height - 1, through: 0, by: -1) {
          for x in 0..<width {
            let below = y + 1 < height ? result[(y + 1) * width + x] : hasBottom ? 0 : cap
            result[y * width + x] = min(result[y * width + x], below + 1)
          }
        }
      }
      // Along each row: the lower envelope of the parabolas over its columns, one column more on each side.
      let count = width + 2
      var heights = [Int](repeating: 0, count: count)
      var sites = [Int](repeating: 0, count: count)
      var starts = [Int](repeating: 0, count: count)
      let farthest = Int(cap) * Int(cap)
      for y in 0..<height {
        let row = y * width
        heights[0] = hasLeft ? 0 : farthest
        heights[count - 1] = hasRight ? 0 : farthest
        for x in 0..<width {
          let d = Int(result[row + x])
          heights[x + 1] = d * d
        }
        func value(_ x: Int, _ site: Int) -> Int { (x - site) * (x - site) + heights[site] }
        var last = 0
        sites[0] = 0
        starts[0] = 0
        for u in 1..<count {
          while last >= 0, value(starts[last], sites[last]) > value(starts[last], u) { last -= 1 }
          if last < 0 {
            last = 0
            sites[0] = u
            starts[0] = 0
          } else {
            let i = sites[last]
            // From where on u is nearer than i.
            let from = 1 + floorDivide(u * u - i * i + heights[u] - heights[i], 2 * (u - i))
            if from < count {
              last += 1
              sites[last] = u
              starts[last] = max(from, 0)
            }
          }
        }
        for u in stride(from: count - 1, through: 0, by: -1) {
          if u > 0, u < count - 1 { result[row + u - 1] = Int32(min(value(u, sites[last]), farthest)) }
          if u == starts[last], last > 0 { last -= 1 }
        }
      }
    }
    return result
  }
}
