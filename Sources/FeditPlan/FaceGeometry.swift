/// What a face's contours outline; the raw values are their names in scripts.
public enum FaceContour: String, Hashable, Sendable, Codable, CaseIterable {
  case lips
  /// The inner edge of the lips: where they open.
  case mouthOpening = "mouth_opening"
  case leftBrow = "left_brow"
  case rightBrow = "right_brow"
  case leftEyeShape = "left_eye_shape"
  case rightEyeShape = "right_eye_shape"
  /// From the hairline down to the chin.
  case faceShape = "face_shape"
}

/// Where a face and its parts are in a photo, in photo pixels; left means on the picture's left.
public struct FaceGeometry: Hashable, Sendable, Codable {
  /// Midway between the corners of each eye.
  public var leftEye: Point
  /// The same of the other eye.
  public var rightEye: Point
  /// Midway between the corners of the mouth.
  public var mouth: Point
  /// Closed outlines, each going round once; empty where nobody looked for them.
  public var contours: [FaceContour: [Point]]

  /// A face of three points, with or without outlines.
  public init(leftEye: Point, rightEye: Point, mouth: Point, contours: [FaceContour: [Point]] = [:]) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.mouth = mouth
    self.contours = contours
  }

  /// The upright box around the face: around its outlines, or, where it has none, around what lies between brows and
  /// chin at one and two eye distances from the eyes.
  public var box: Bounds {
    var points = contours.values.flatMap { $0 }
    if points.isEmpty {
      let middle = Point((leftEye.x + rightEye.x) / 2, (leftEye.y + rightEye.y) / 2)
      let (x, y) = (rightEye.x - leftEye.x, rightEye.y - leftEye.y)
      points = [(-1.1, -0.9), (1.1, -0.9), (1.1, 2), (-1.1, 2)].map { (across: Double, down: Double) in
        Point(middle.x + across * x - down * y, middle.y + across * y + down * x)
      }
    }
    var box = Bounds(from: leftEye, to: rightEye)
    for point in points + [mouth] { box.add(point) }
    return box
  }
}
