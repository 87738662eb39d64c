import FeditPixels
import FeditPlan
import FeditProgram

/// A world with the open documents laid over the files on disk.
///
/// Pictures are not decoded to check a script: colours sampled from a photo are taken for a middle
/// grey, and the bounds of a mask image for the whole image.
struct OverlayWorld: WorldLayer {
  let base: any World
  /// Texts of open documents by path.
  var texts: [String: [UInt8]]

  func exists(_ path: String) -> Bool { texts[path] != nil || base.exists(path) }

  func script(at path: String) throws(WorldProblem) -> [UInt8] {
    if let text = texts[path] { return text }
    return try base.script(at: path)
  }

  func drawing(at path: String) throws(WorldProblem) -> [UInt8] {
    if let text = texts[path] { return text }
    return try base.drawing(at: path)
  }

  func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    RGB8(red: 128, green: 128, blue: 128)
  }

  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    (Point(0, 0), Point(1, 1))
  }

  /// Where it is in an aligned portrait: enough to check what is drawn there.
  func face(in path: String) throws(WorldProblem) -> FaceGeometry? {
    let size = try base.pictureSize(at: path)
    func place(_ x: Double, _ y: Double) -> Point { Point(x * Double(size.width), y * Double(size.height)) }
    return FaceGeometry(leftEye: place(0.38, 0.475), rightEye: place(0.62, 0.475), mouth: place(0.5, 0.72))
  }

  /// Stand-ins, for the same.
  func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]] {
    Dictionary(
      uniqueKeysWithValues: FaceContour.allCases.map { ($0, [face.leftEye, face.rightEye, face.mouth]) })
  }

  /// Not known: nobody draws masks to check a script.
  func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? { nil }
}
