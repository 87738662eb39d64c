import FeditNN
import FeditPixels
import FeditPlan
import FeditVision
import FeditVisionKernels

/// A picture at its own size and at halves of it, each the mean of 2×2 pixels of the one before.
///
/// A place (x, y) of the picture is (x / 2ⁿ, y / 2ⁿ) at level n; a last odd row or column is not in the next level.
package struct PixelPyramid: Sendable {
  package let levels: [ColorPlane]

  /// - Parameters:
  ///   - picture: The first level.
  ///   - least: No level is made whose longer side is below this.
  ///   - pool: Threads.
  package init(_ picture: ColorPlane, least: Int, pool: ThreadPool? = nil) {
    var levels = [picture]
    while let last = levels.last, min(last.width, last.height) >= 2,
      max(last.width, last.height) / 2 >= least
    {
      levels.append(Self.halved(last, pool))
    }
    self.levels = levels
  }

  private static func halved(_ plane: ColorPlane, _ pool: ThreadPool?) -> ColorPlane {
    let (width, height) = (plane.width / 2, plane.height / 2)
    guard let pool, height > 64 else { return plane.halved }
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { to, count in
      plane.pixels.withUnsafeBufferPointer { from in
        guard let source = from.baseAddress, let target = to.baseAddress else { return }
        // Strips of 16 rows.
        pool.run((height + 15) / 16) { item, _ in
          let top = item * 16
          fv_halve(
            source + 2 * top * plane.width * 3, Int32(plane.width), Int32(2 * min(height - top, 16)),
            target + top * width * 3)
        }
      }
      count = width * height * 3
    }
    return ColorPlane(width: width, height: height, pixels: pixels)
  }

  /// Draws a square of the picture, linearly between pixels of the level that fits; what lies outside the picture stays
  /// as it is.
  ///
  /// - Parameters:
  ///   - map: From the square's pixels to the picture's.
  ///   - side: The square's side.
  ///   - target: `side * side * 3` values, levels 0…255.
  package func draw(_ map: Affine, side: Int, into target: UnsafeMutablePointer<Float>) {
    let scale = map.scaleFactor
    var index = 0
    while index + 1 < levels.count, Double(1 << index) * 1.4 < scale { index += 1 }
    let level = levels[index]
    level.pixels.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      PixelSource(pixels: base, width: level.width, height: level.height).draw(
        map.then(.scale(1 / Double(1 << index), 1 / Double(1 << index))), side: side, into: target)
    }
  }
}

/// Pixels in memory that squares are drawn from.
package struct PixelSource {
  package var pixels: UnsafePointer<UInt8>
  package var width: Int
  package var height: Int
  /// Where the pixels count, 0 or not, at half of the size; nil for everywhere.
  package var cover: UnsafePointer<UInt8>?
  /// Pixels over which they fade in from the border.
  package var feather = 0.0
  /// Whether the border's pixels go on beyond it.
  package var extends = false

  package init(pixels: UnsafePointer<UInt8>, width: Int, height: Int) {
    self.pixels = pixels
    self.width = width
    self.height = height
  }

  /// Draws over what is there, linearly between pixels.
  package func draw(_ map: Affine, side: Int, into target: UnsafeMutablePointer<Float>) {
    let (w, h) = (Double(width), Double(height))
    for row in 0..<side {
      for column in 0..<side {
        let p = map(Point(Double(column) + 0.5, Double(row) + 0.5))
        var weight: Float = 1
        if !extends {
          let inside = min(min(p.x, w - p.x), min(p.y, h - p.y))
          if inside < 0 { continue }
          if inside < feather { weight = Float(inside / feather) }
        }
        let x = min(max(p.x - 0.5, 0), w - 1)
        let y = min(max(p.y - 0.5, 0), h - 1)
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
        if let cover {
          let (cw, ch) = (width / 2, height / 2)
          if cover[min(top / 2, ch - 1) * cw + min(left / 2, cw - 1)] == 0 { continue }
        }
        let (u, v) = (Float(x - Double(left)), Float(y - Double(top)))
        let a = pixels + (top * width + left) * 3
        let b = pixels + (top * width + right) * 3
        let c = pixels + (bottom * width + left) * 3
        let d = pixels + (bottom * width + right) * 3
        let out = target + (row * side + column) * 3
        for i in 0..<3 {
          let above = Float(a[i]) * (1 - u) + Float(b[i]) * u
          let below = Float(c[i]) * (1 - u) + Float(d[i]) * u
          let value = above * (1 - v) + below * v
          out[i] += (value - out[i]) * weight
        }
      }
    }
  }
}
