/// The line between a face's halves: through the middle between the eyes, across the line that they lie on.
public struct FaceAxis: Hashable, Sendable, Codable {
  /// Midway between the eyes, in photo pixels.
  public var middle: Point
  /// From the left eye towards the right one, of length 1.
  public var across: Point
  /// Between the eyes, in photo pixels.
  public var eyeDistance: Double

  /// The axis of a face; nil where its eyes lie in one place.
  public init?(_ face: FaceGeometry) {
    let (x, y) = (face.rightEye.x - face.leftEye.x, face.rightEye.y - face.leftEye.y)
    let length = (x * x + y * y).squareRoot()
    guard length > 0 else { return nil }
    middle = Point((face.leftEye.x + face.rightEye.x) / 2, (face.leftEye.y + face.rightEye.y) / 2)
    across = Point(x / length, y / length)
    eyeDistance = length
  }

  /// From each place of the photo to the one opposite.
  public var reflection: Affine {
    let (x, y) = (across.x, across.y)
    let linear = Affine(a: 1 - 2 * x * x, b: -2 * x * y, c: -2 * x * y, d: 1 - 2 * y * y, tx: 0, ty: 0)
    let moved = linear(middle)
    return linear.then(.translation(middle.x - moved.x, middle.y - moved.y))
  }

  /// Whether a place of the photo lies in the face: in an ellipse from the forehead to the chin and from cheek to cheek.
  ///
  /// Ears lie outside, and so does another face: an earring that goes is not to come back from the other ear.
  public func reaches(_ place: Point) -> Bool {
    let (x, y) = (place.x - middle.x, place.y - middle.y)
    let (u, v) = (
      (x * across.x + y * across.y) / eyeDistance, (y * across.x - x * across.y) / eyeDistance
    )
    let (over, down) = (u / 0.95, (v - 0.4) / 1.35)
    return over * over + down * down <= 1
  }

  /// The axis in a photo that is enlarged or made smaller.
  ///
  /// - Parameter factor: Pixels of the other photo per pixel of this one.
  /// - Returns: The same axis there.
  public func scaled(by factor: Double) -> FaceAxis {
    var result = self
    result.middle = Point(middle.x * factor, middle.y * factor)
    result.eyeDistance = eyeDistance * factor
    return result
  }
}
