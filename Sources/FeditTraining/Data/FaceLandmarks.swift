/// Points of MediaPipe's face mesh by what they outline.
///
/// Left and right are the person's own; in the picture the left eye is on the right.
enum FaceLandmarks {
  /// Points of the mesh.
  static let count = 468

  static let outline = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149,
    150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
  ]
  static let lips = [
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
  ]
  static let mouth = [
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
  ]
  static let leftEye = [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]
  static let rightEye = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
  static let leftBrow = [276, 283, 282, 295, 285, 336, 296, 334, 293, 300]
  static let rightBrow = [46, 53, 52, 65, 55, 107, 66, 105, 63, 70]
}

/// Where a face's parts are, in pixels.
struct FaceAnchors: Sendable, Hashable {
  struct Point: Sendable, Hashable {
    var x: Float
    var y: Float
  }
  /// Outer and inner corner of each eye, the picture's left eye first.
  var eyes: [(Point, Point)] {
    [(leftOuter, leftInner), (rightOuter, rightInner)]
  }
  var leftOuter: Point
  var leftInner: Point
  var rightInner: Point
  var rightOuter: Point
  var mouthLeft: Point
  var mouthRight: Point

  /// From the points of the face mesh.
  init(_ point: (Int) -> Point) {
    leftOuter = point(33)
    leftInner = point(133)
    rightInner = point(362)
    rightOuter = point(263)
    mouthLeft = point(61)
    mouthRight = point(291)
  }

  /// Where they are in pictures aligned the way FFHQ is: the medians of generated faces.
  init(alignedSide side: Float) {
    func point(_ x: Float, _ y: Float) -> Point { Point(x: x * side, y: y * side) }
    leftOuter = point(0.325, 0.477)
    leftInner = point(0.435, 0.477)
    rightInner = point(0.564, 0.478)
    rightOuter = point(0.674, 0.478)
    mouthLeft = point(0.405, 0.714)
    mouthRight = point(0.591, 0.714)
  }

  /// After a change of coordinates.
  func mapped(_ map: (Point) -> Point) -> FaceAnchors {
    var result = self
    result.leftOuter = map(leftOuter)
    result.leftInner = map(leftInner)
    result.rightInner = map(rightInner)
    result.rightOuter = map(rightOuter)
    result.mouthLeft = map(mouthLeft)
    result.mouthRight = map(mouthRight)
    return result
  }
}
