import FeditFaces
import FeditPixels
import FeditPlan
import Testing

/// An open mouth on a plain skin, and its outlines.
private struct Mouth {
  var center = Point(150, 120)
  var half = 60.0
  var skin: [UInt8] = [205, 165, 145]
  var lips: [UInt8] = [190, 95, 100]
  /// Of the lower lip, if other.
  var lower: [UInt8]?

  /// Rows of the four lines, from outer upper to outer lower, at −1…1 along the mouth.
  private func rows(_ t: Double) -> [Double] {
    let bow = 1 - t * t
    return [-16 * bow, -5 * bow, 10 * bow, 26 * bow].map { center.y + $0 + 6 * t }
  }

  func picture() -> ColorPlane {
    var plane = ColorPlane(width: 300, height: 240)
    for y in 0..<240 {
      for x in 0..<300 {
        var color = skin
        let t = (Double(x) + 0.5 - center.x) / half
        if abs(t) < 1 {
          let (row, lines) = (Double(y) + 0.5, rows(t))
          if row > lines[1] && row < lines[2] {
            color = [225, 220, 205]
          } else if row > lines[0] && row < lines[3] {
            color = row < lines[1] ? lips : lower ?? lips
          }
        }
        for c in 0..<3 { plane.pixels[3 * (y * 300 + x) + c] = color[c] }
      }
    }
    return plane
  }

  /// The outlines, each point moved by how far it is from the mouth's ends.
  func face(up: Double, wider: Double = 0) -> FaceGeometry {
    func line(_ index: Int, _ side: Double) -> [Point] {
      (0...10).map { i in
        let t = -1 + Double(i) / 5
        return Point(center.x + 0.98 * half * t, rows(0.98 * t)[index] - up + side * wider * (1 - t * t))
      }
    }
    func outline(_ upper: [Point], _ lower: [Point]) -> [Point] {
      lower + upper.dropFirst().dropLast().reversed()
    }
    return FaceGeometry(
      leftEye: Point(90, 20), rightEye: Point(210, 20), mouth: Point(center.x, center.y),
      contours: [
        .lips: outline(line(0, -1), line(3, 1)), .mouthOpening: outline(line(1, -1), line(2, 1)),
      ])
  }
}

@Suite struct LipsFitTests {
  /// The largest distance of two outlines' points in y.
  private func distance(_ a: FaceGeometry, _ b: FaceGeometry, _ contour: FaceContour) -> Double {
    zip(a.contours[contour] ?? [], b.contours[contour] ?? []).map { abs($0.y - $1.y) }.max() ?? .infinity
  }

  @Test(
    "outlines that lie too high, too low, too wide or too narrow come to the lips",
    arguments: [
      (8.0, 0.0), (-7, 0), (4, 5), (0, -3),
    ])
  func fits(_ up: Double, _ wider: Double) {
    let mouth = Mouth()
    let pyramid = PixelPyramid(mouth.picture(), least: 40)
    let truth = mouth.face(up: 0)
    let fitted = LipsFit.fitted(mouth.face(up: up, wider: wider), pyramid)
    for contour in [FaceContour.lips, .mouthOpening] {
      #expect(distance(mouth.face(up: up, wider: wider), truth, contour) >= 3)
      #expect(distance(fitted, truth, contour) < 2)
    }
    #expect((fitted.leftEye, fitted.rightEye, fitted.mouth) == (truth.leftEye, truth.rightEye, truth.mouth))
  }

  @Test("a pale lower lip, of the skin's ratio of red to green but pinker, is found as well")
  func pale() {
    var mouth = Mouth()
    mouth.lower = [230, 185, 182]
    let pyramid = PixelPyramid(mouth.picture(), least: 40)
    let fitted = LipsFit.fitted(mouth.face(up: 7), pyramid)
    #expect(distance(fitted, mouth.face(up: 0), .lips) < 2)
  }

  @Test("where lips have the colour of the skin, everything stays")
  func alike() {
    var mouth = Mouth()
    mouth.lips = mouth.skin
    let face = mouth.face(up: 5)
    #expect(LipsFit.fitted(face, PixelPyramid(mouth.picture(), least: 40)) == face)
  }

  @Test("a mouth beyond the photo's border, of no width, or with outlines that run backwards stays")
  func degenerate() {
    let pyramid = PixelPyramid(Mouth().picture(), least: 40)
    var outside = Mouth()
    outside.center = Point(-400, 900)
    var flat = Mouth()
    flat.half = 0
    var backwards = Mouth()
    backwards.half = -60
    for face in [outside, flat].map({ $0.face(up: 0) }) {
      #expect(LipsFit.fitted(face, pyramid) == face)
    }
    // Turned by half a circle it is still a mouth.
    let turned = LipsFit.fitted(backwards.face(up: 0), pyramid)
    #expect(turned.contours[.lips]?.count == 20)
  }
}
