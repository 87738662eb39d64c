import FeditPlan
import FeditProgram

/// A world with the open documents laid over the files on disk.
///
/// Pictures are not decoded to check a script: colours sampled from a photo are taken for a middle
/// grey, and the bounds of a mask image for the whole image.
struct OverlayWorld: World {
  let base: any World
  /// Texts of open documents by path.
  var texts: [String: [UInt8]]

  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    try base.resolve(path, from: script)
  }

  func exists(_ path: String) -> Bool { texts[path] != nil || base.exists(path) }

  func script(at path: String) throws(WorldProblem) -> [UInt8] {
    if let text = texts[path] { return text }
    return try base.script(at: path)
  }

  func drawing(at path: String) throws(WorldProblem) -> [UInt8] {
    if let text = texts[path] { return text }
    return try base.drawing(at: path)
  }

  func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    try base.pictureSize(at: path)
  }

  func sample(_ path: String, at point: Point) throws(WorldProblem) -> PlanColor {
    PlanColor(red: 128, green: 128, blue: 128)
  }

  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    (Point(0, 0), Point(1, 1))
  }

  func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    try base.model(name, from: script)
  }
}
