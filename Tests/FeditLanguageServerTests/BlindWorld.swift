import FeditPlan
import FeditProgram

/// A world in which sampled colours and mask images are what the language server takes them for.
struct BlindWorld: World {
  var base: MapWorld

  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    try base.resolve(path, from: script)
  }
  func exists(_ path: String) -> Bool { base.exists(path) }
  func script(at path: String) throws(WorldProblem) -> [UInt8] { try base.script(at: path) }
  func drawing(at path: String) throws(WorldProblem) -> [UInt8] { try base.drawing(at: path) }
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
