import FeditPixels
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

  public func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    RGB8(red: UInt8(clamping: Int(point.x)), green: UInt8(clamping: Int(point.y)), blue: 7)
  }

  public func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    (Point(0.25, 0.25), Point(0.5, 0.5))
  }

  /// Whether `face auto` finds a face in every picture.
  public var hasFaces = false

  /// Where aligned portraits have it.
  public func face(in path: String) throws(WorldProblem) -> FaceGeometry? {
    guard hasEverything || hasFaces else { return nil }
    var face = FaceGeometry(leftEye: Point(98, 122), rightEye: Point(158, 122), mouth: Point(128, 182))
    face.contours = try outlines(of: face, in: path)
    return face
  }

  /// Diamonds: the mouth's around the mouth, the eyes' around the eyes, all others around the middle of the face.
  public func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  {
    func diamond(_ p: Point, _ x: Double, _ y: Double) -> [Point] {
      [Point(p.x - x, p.y), Point(p.x, p.y + y), Point(p.x + x, p.y), Point(p.x, p.y - y)]
    }
    return [
      .lips: diamond(face.mouth, 25, 10), .mouthOpening: diamond(face.mouth, 18, 3),
      .leftEyeShape: diamond(face.leftEye, 14, 5), .rightEyeShape: diamond(face.rightEye, 14, 5),
      .leftBrow: diamond(Point(face.leftEye.x, face.leftEye.y - 18), 18, 4),
      .rightBrow: diamond(Point(face.rightEye.x, face.rightEye.y - 18), 18, 4),
      .faceShape: diamond(Point(128, 140), 70, 90),
    ]
  }

  /// By the name that a script gives; their models are all there.
  public var rankings: [String: ExpertRanking] = [:]
  /// Where the masks of edits lie, by the edits' names.
  public var maskPlaces: [String: MaskPlace] = [:]

  public func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    guard let ranking = rankings[file] else {
      throw WorldProblem(.missing, "there is no ranking '\(file)'")
    }
    let names = ranking.experts.map(\.name).filter { $0 != PlanExpert.heal }
    return PlanRanking(
      file: PlanFile(name: file, path: "/" + file), ranking: ranking,
      models: Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, PlanModel(source: .builtIn($0), size: $0 == "big" ? 512 : 256))
        }))
  }

  public func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? { maskPlaces[edit.name] }

  public func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    if name == "mirror" { return PlanModel(source: .builtIn("mirror"), size: 256, seesMirror: true) }
    guard name == nil || name == "portrait-256" || hasEverything else {
      throw WorldProblem(.missing, "there is no model '\(name ?? "")'")
    }
    return PlanModel(source: .builtIn("portrait-256"), size: 256)
  }
}
