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
}
