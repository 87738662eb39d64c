import FeditImage
import FeditPixels
import FeditPlan

/// A face over a picture: a box around it, crosses at eyes and mouth, its outlines.
public enum FaceMarks {
  private static let red: PixelSheet.Color = (235, 30, 45)
  private static let yellow: PixelSheet.Color = (255, 214, 60)

  /// Draws a face's marks.
  ///
  /// - Parameters:
  ///   - face: In photo pixels.
  ///   - base: A part of the photo, in the view's size.
  ///   - view: What part that is.
  /// - Returns: 8-bit RGB in the view's size.
  public static func draw(_ face: FaceGeometry, onto base: Picture, view: Overlay.View) -> Picture {
    guard let toView = view.toPhoto.inverse else { return base }
    var sheet = PixelSheet(base)
    let longest = max(sheet.width, sheet.height)
    let thick = max(1, longest / 450)
    let tracer = LineTracer(rect: PixelRect(x: 0, y: 0, width: sheet.width, height: sheet.height))
    func trace(_ points: [Point], width: Int, share: Int) {
      tracer.trace(Polyline(points: points.map { toView($0) }, isClosed: true)) { x, y in
        for row in 0..<width {
          for column in 0..<width { sheet.mix(x + column - width / 2, y + row - width / 2, yellow, share) }
        }
      }
    }
    for contour in FaceContour.allCases where contour != .faceShape {
      if let points = face.contours[contour], points.count > 2 { trace(points, width: 1, share: 170) }
    }
    let box = face.box
    trace(
      [box.low, Point(box.high.x, box.low.y), box.high, Point(box.low.x, box.high.y)], width: thick,
      share: 255)
    // A gap in the middle of each cross shows the place itself.
    let reach = max(4, longest / 60)
    for place in [face.leftEye, face.rightEye, face.mouth].map({ toView($0) }) {
      guard (-1e6...1e6).contains(place.x), (-1e6...1e6).contains(place.y) else { continue }
      let (x, y) = (Int(place.x.rounded(.down)), Int(place.y.rounded(.down)))
      for step in max(1, reach / 4)...reach {
        for side in -thick / 2...thick / 2 {
          for (u, v) in [(step, side), (-step, side), (side, step), (side, -step)] {
            sheet.mix(x + u, y + v, red, 255)
          }
        }
      }
    }
    return sheet.picture
  }
}
