import FeditPlan
import FeditSession
import FeditText

// The face in a lock: a line of points "x y x y …" for each place and outline, photo pixels.

extension Lock {
  private static var places: [(name: String, path: WritableKeyPath<FaceGeometry, Point>)] {
    [("left_eye", \.leftEye), ("right_eye", \.rightEye), ("mouth", \.mouth)]
  }

  static func json(_ face: FaceGeometry) -> StableJSON {
    func line(_ points: [Point]) -> String { points.map { "\($0.x) \($0.y)" }.joined(separator: " ") }
    var members: [String: String] = [:]
    for (name, path) in places { members[name] = line([face[keyPath: path]]) }
    for (contour, points) in face.contours { members[contour.rawValue] = line(points) }
    return .strings(members)
  }

  static func face(_ stored: [String: String], file: String) throws(ProvenanceError) -> FaceGeometry {
    func points(_ name: String, _ text: String) throws(ProvenanceError) -> [Point] {
      let numbers = text.split(separator: " ").map { Double($0) ?? .nan }
      guard numbers.count % 2 == 0, !numbers.isEmpty, numbers.allSatisfy({ abs($0) < 1e7 }) else {
        throw ProvenanceError(
          file: file,
          "the lock has '\(terminalSafe(text, limit: 100))' where points of the face should stand",
          hints: ["make it anew: fedit lock SCRIPT"])
      }
      return stride(from: 0, to: numbers.count, by: 2).map { Point(numbers[$0], numbers[$0 + 1]) }
    }
    var face = FaceGeometry(leftEye: Point(0, 0), rightEye: Point(0, 0), mouth: Point(0, 0))
    for (name, path) in places { face[keyPath: path] = try points(name, stored[name] ?? "")[0] }
    for contour in FaceContour.allCases {
      if let text = stored[contour.rawValue] { face.contours[contour] = try points(contour.rawValue, text) }
    }
    return face
  }

  /// Lets a world know the face, so that it is not looked for again in the same photo.
  public func recordFace(in world: DiskWorld) {
    if let face { world.record(face, photo: photo.sha256) }
  }
}
