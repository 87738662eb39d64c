import FeditPlan

/// Which outlines the network for points gives, and in which order.
package enum FacePoints {
  /// Points of each outline. In all of them the point `i` and the one that ``mirrored`` names lie on opposite sides of
  /// the face.
  package static let counts: [(contour: FaceContour, count: Int)] = [
    (.leftEyeShape, 16), (.rightEyeShape, 16), (.leftBrow, 10), (.rightBrow, 10), (.lips, 20),
    (.mouthOpening, 20),
    (.faceShape, 36),
  ]

  /// All points.
  package static let count = counts.reduce(0) { $0 + $1.count }

  /// Where an outline begins among all points.
  package static func first(_ contour: FaceContour) -> Int {
    counts.prefix { $0.contour != contour }.reduce(0) { $0 + $1.count }
  }

  /// For each point the one that it becomes where left and right are exchanged.
  package static let mirrored: [Int] = counts.flatMap { contour, count -> [Int] in
    let start = first(contour)
    switch contour {
    case .leftEyeShape: return (0..<count).map { first(.rightEyeShape) + $0 }
    case .rightEyeShape: return (0..<count).map { first(.leftEyeShape) + $0 }
    case .leftBrow: return (0..<count).map { first(.rightBrow) + $0 }
    case .rightBrow: return (0..<count).map { first(.leftBrow) + $0 }
    // These begin at a corner of the mouth: half of the way round is the other.
    case .lips, .mouthOpening: return (0..<count).map { start + (count / 2 - $0 + count) % count }
    case .faceShape: return (0..<count).map { start + (count - $0) % count }
    }
  }

  /// Eyes and mouth: midway between the corners.
  package static func anchors(_ points: [Point]) -> (leftEye: Point, rightEye: Point, mouth: Point) {
    func middle(_ contour: FaceContour, _ opposite: Int) -> Point {
      let (a, b) = (points[first(contour)], points[first(contour) + opposite])
      return Point((a.x + b.x) / 2, (a.y + b.y) / 2)
    }
    return (middle(.leftEyeShape, 8), middle(.rightEyeShape, 8), middle(.lips, 10))
  }

  /// The points as a face's outlines.
  package static func geometry(_ points: [Point]) -> FaceGeometry {
    let (left, right, mouth) = anchors(points)
    var contours: [FaceContour: [Point]] = [:]
    for (contour, count) in counts {
      let start = first(contour)
      contours[contour] = Array(points[start..<start + count])
    }
    return FaceGeometry(leftEye: left, rightEye: right, mouth: mouth, contours: contours)
  }
}

/// How a face lies: its middle, which way its eye line points, and how large it is.
package struct FaceAlignment: Sendable, Equatable {
  /// Midway between the eyes' middle and the mouth.
  package var center: Point
  /// Along the eye line to the right, a unit vector.
  package var axis: Point
  /// About the distance between the eyes, in pixels; that between them and the mouth where a turned head makes the former
  /// small.
  package var size: Double

  package init(center: Point, axis: Point, size: Double) {
    self.center = center
    self.axis = axis
    self.size = size
  }

  /// From eyes and mouth; nil where they lie on each other.
  package init?(leftEye: Point, rightEye: Point, mouth: Point) {
    let middle = Point((leftEye.x + rightEye.x) / 2, (leftEye.y + rightEye.y) / 2)
    let across = Point(rightEye.x - leftEye.x, rightEye.y - leftEye.y)
    let down = Point(mouth.x - middle.x, mouth.y - middle.y)
    // The way down, turned a quarter back, points along the eye line.
    let sum = Point(across.x + down.y, across.y - down.x)
    let length = (sum.x * sum.x + sum.y * sum.y).squareRoot()
    let eyes = (across.x * across.x + across.y * across.y).squareRoot()
    let height = (down.x * down.x + down.y * down.y).squareRoot()
    guard length.isFinite, length > 1e-6 else { return nil }
    center = Point((middle.x + mouth.x) / 2, (middle.y + mouth.y) / 2)
    axis = Point(sum.x / length, sum.y / length)
    size = max(eyes, 0.98 * height)
  }

  /// Sizes that the square looked at is wide.
  package static let squareSide = 3.0

  /// From the pixels of a square of a side around the face, upright in it, to those of the picture.
  package func square(side: Int) -> Affine {
    let k = Self.squareSide * size / Double(side)
    let (a, b) = (k * axis.x, k * axis.y)
    // A face reaches a little further up from its middle than down.
    let up = 0.08 * size
    let middle = Point(center.x + up * axis.y, center.y - up * axis.x)
    let half = Double(side) / 2
    return Affine(
      a: a, b: b, c: -b, d: a, tx: middle.x - a * half + b * half, ty: middle.y - b * half - a * half)
  }

  /// After a map that keeps angles and does not mirror.
  package func mapped(_ map: Affine) -> FaceAlignment {
    let scale = map.scaleFactor
    let x = (map.a * axis.x + map.c * axis.y) / scale
    let y = (map.b * axis.x + map.d * axis.y) / scale
    return FaceAlignment(center: map(center), axis: Point(x, y), size: size * scale)
  }
}
