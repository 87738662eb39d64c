import FeditMemory
import FeditPixels
import FeditVisionKernels

extension Plane {
  /// Sets the pixels whose centres are within `radius` of a segment.
  public mutating func fillCapsule(
    from a: (x: Float, y: Float), to b: (x: Float, y: Float), radius: Float, value: UInt8 = 1
  ) {
    inPlace {
      fv_capsule($0, $1, $2, a.x, a.y, b.x, b.y, radius, value)
      return true
    }
  }

  /// Sets the pixels whose centres are inside an ellipse.
  public mutating func fillEllipse(
    center: (x: Float, y: Float), radii: (x: Float, y: Float), value: UInt8 = 1
  ) {
    inPlace {
      fv_ellipse($0, $1, $2, center.x, center.y, radii.x, radii.y, value)
      return true
    }
  }

  /// Sets the pixels whose centres are inside a polygon (even-odd).
  ///
  /// - Parameters:
  ///   - points: x and y in turns.
  ///   - value: what they are set to.
  public mutating func fillPolygon(_ points: [Float], value: UInt8 = 1) {
    inPlace {
      fv_polygon($0, $1, $2, points, Int32(points.count / 2), value)
      return true
    }
  }

  /// Sets the pixels of a rectangle, cut to the plane.
  public mutating func fillRectangle(x: Int, y: Int, width w: Int, height h: Int, value: UInt8 = 1) {
    for row in max(0, y)..<max(max(0, y), min(height, y + h)) {
      for column in max(0, x)..<max(max(0, x), min(width, x + w)) { pixels[row * width + column] = value }
    }
  }
}

/// Resamples a rectangle of a picture to a square with Catmull-Rom's cubic, widened where it shrinks.
///
/// - Parameters:
///   - picture: interleaved RGB, `width * height * 3` bytes.
///   - width: of the picture in pixels.
///   - height: of the picture in pixels.
///   - rectangle: in pixels, inside the picture.
///   - size: the square's side.
///   - flip: whether left and right are exchanged.
///   - output: `size * size * 3` values, 0…255, not rounded.
public func resample(
  _ picture: UnsafePointer<UInt8>, width: Int, height: Int,
  rectangle: (x: Double, y: Double, width: Double, height: Double), size: Int, flip: Bool,
  into output: UnsafeMutablePointer<Float>
) {
  let done = fv_resample(
    picture, Int32(width), Int32(height), rectangle.x, rectangle.y, rectangle.width, rectangle.height,
    Int32(size), flip, output)
  guard done else { fedit_out_of_memory(0) }
}

/// Fills the masked pixels with the solution of Laplace's equation: as smooth as the pixels around them allow.
///
/// - Parameters:
///   - picture: interleaved RGB, `width * height * 3` values.
///   - mask: what is filled.
/// - Returns: the picture, unchanged where the mask is 0.
public func harmonicFill(_ picture: [Float], mask: Plane) -> [Float] {
  precondition(picture.count == mask.pixels.count * 3)
  var result = picture
  let done = result.withUnsafeMutableBufferPointer { to in
    mask.pixels.withUnsafeBufferPointer {
      fv_harmonic_fill(to.baseAddress, $0.baseAddress, Int32(mask.width), Int32(mask.height))
    }
  }
  guard done else { fedit_out_of_memory(0) }
  return result
}
