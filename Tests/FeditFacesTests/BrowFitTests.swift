import FeditFaces
import FeditPixels
import FeditPlan
import Testing

/// Two brows on a plain skin, with shaded lids below, and their outlines.
private struct Brows {
  var skin = 200.0
  var hair = 90.0
  /// How much darker the lids are.
  var shade = 30.0

  /// The middles of both brows, and half of their length and thickness.
  private static let middles = [Point(90, 80), Point(230, 80)]
  private static let half = Point(50, 9)

  private static func rows(_ t: Double) -> (top: Double, bottom: Double) {
    (-half.y * (1.1 - 0.5 * t * t) - 8 * (1 - t * t), half.y * (0.9 - 0.4 * t * t) - 8 * (1 - t * t))
  }

  func picture() -> ColorPlane {
    var plane = ColorPlane(width: 320, height: 200)
    for y in 0..<200 {
      for x in 0..<320 {
        var level = skin
        for middle in Self.middles {
          let t = (Double(x) + 0.5 - middle.x) / Self.half.x
          guard abs(t) < 1 else { continue }
          let (row, lines) = (Double(y) + 0.5 - middle.y, Self.rows(t))
          if row > lines.top && row < lines.bottom { level = hair }
          // The shade fades in below the brow.
          if row >= lines.bottom { level -= shade * min(1, (row - lines.bottom) / 30) }
        }
        for (c, share) in [1, 0.85, 0.75].enumerated() {
          plane.pixels[3 * (y * 320 + x) + c] = UInt8(level * share)
        }
      }
    }
    return plane
  }

  /// The outlines, each five points over and five under a brow, moved up.
  func face(up: Double, longer: Double = 0) -> FaceGeometry {
    func outline(_ middle: Point) -> [Point] {
      func line(_ isTop: Bool) -> [Point] {
        (0..<5).map { i in
          let t = -0.96 + 0.48 * Double(i)
          let rows = Self.rows(t)
          return Point(
            middle.x + t * (Self.half.x + longer), middle.y + (isTop ? rows.top : rows.bottom) - up)
        }
      }
      return line(true) + line(false).reversed()
    }
    return FaceGeometry(
      leftEye: Point(90, 130), rightEye: Point(230, 130), mouth: Point(160, 190),
      contours: [.leftBrow: outline(Self.middles[0]), .rightBrow: outline(Self.middles[1])])
  }
}

@Suite struct BrowFitTests {
  private func distance(_ a: FaceGeometry, _ b: FaceGeometry, _ contour: FaceContour) -> Double {
    zip(a.contours[contour] ?? [], b.contours[contour] ?? []).map { abs($0.y - $1.y) }.max() ?? .infinity
  }

  @Test(
    "outlines that lie too high, too low or too long come to the brows",
    arguments: [(8.0, 0.0), (-6, 0), (5, 6)])
  func fits(_ up: Double, _ longer: Double) {
    let brows = Brows()
    let pyramid = PixelPyramid(brows.picture(), least: 40)
    let fitted = BrowFit.fitted(brows.face(up: up, longer: longer), pyramid)
    for contour in [FaceContour.leftBrow, .rightBrow] {
      #expect(distance(brows.face(up: up, longer: longer), brows.face(up: 0), contour) >= 4)
      #expect(distance(fitted, brows.face(up: 0), contour) < 3)
    }
  }

  @Test("the points keep their order, whichever line comes first and whichever way it goes")
  func order() {
    let brows = Brows()
    let pyramid = PixelPyramid(brows.picture(), least: 40)
    var turned = brows.face(up: 6)
    turned.contours[.leftBrow]?.reverse()
    let (plain, back) = (BrowFit.fitted(brows.face(up: 6), pyramid), BrowFit.fitted(turned, pyramid))
    #expect(plain.contours[.leftBrow]?.reversed() == back.contours[.leftBrow])
    #expect(plain.contours[.rightBrow] == back.contours[.rightBrow])
  }

  @Test("brows as light as the skin stay")
  func light() {
    var brows = Brows()
    (brows.hair, brows.shade) = (brows.skin, 0)
    let face = brows.face(up: 5)
    #expect(BrowFit.fitted(face, PixelPyramid(brows.picture(), least: 40)) == face)
  }

  @Test("brows beyond the photo's border or without length stay")
  func degenerate() {
    let pyramid = PixelPyramid(Brows().picture(), least: 40)
    var outside = Brows().face(up: 0)
    outside.contours[.leftBrow] = outside.contours[.leftBrow]?.map { Point($0.x - 900, $0.y) }
    outside.contours[.rightBrow] = Array(repeating: Point(230, 80), count: 10)
    #expect(BrowFit.fitted(outside, pyramid) == outside)
  }
}
