import FeditPlan
import FeditProgram

/// A world in memory: scripts by path, and pictures that are there without bytes.
public struct MapWorld: World {
  public var scripts: [String: String] = [:]
  public var pictures: [String: (width: Int, height: Int)] = [
    "/p.png": (256, 256), "/portrait.png": (256, 256), "/m.png": (256, 256),
  ]

  /// Whether every picture and model that is asked for is there.
  public var hasEverything = false

  public init() {}

  public func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    if path.hasPrefix("/") || path.contains("..") {
      throw WorldProblem(.path, "'\(path)' leaves the root", hints: ["keep files beside the script"])
    }
    return "/" + path
  }

  public func exists(_ path: String) -> Bool {
    scripts[path] != nil || pictures[path] != nil || hasEverything
  }

  public func script(at path: String) throws(WorldProblem) -> [UInt8] {
    guard let text = scripts[path] else { throw WorldProblem(.missing, "there is no file '\(path)'") }
    return Array(text.utf8)
  }

  public func drawing(at path: String) throws(WorldProblem) -> [UInt8] { try script(at: path) }

  public func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    if pictures[path] == nil, hasEverything { return (256, 256) }
    guard let size = pictures[path] else { throw WorldProblem(.missing, "there is no file '\(path)'") }
    return size
  }

  public func sample(_ path: String, at point: Point) throws(WorldProblem) -> PlanColor {
    PlanColor(red: UInt8(clamping: Int(point.x)), green: UInt8(clamping: Int(point.y)), blue: 7)
  }

  public func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    (Point(0.25, 0.25), Point(0.5, 0.5))
  }

  public func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    guard name == nil || name == "portrait-256" || hasEverything else {
      throw WorldProblem(.missing, "there is no model '\(name ?? "")'")
    }
    return PlanModel(source: .builtIn("portrait-256"), size: 256)
  }
}
