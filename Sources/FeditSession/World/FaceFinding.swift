import FeditFaces
import FeditImage
import FeditNN
import FeditPlan
import FeditProgram
import FeditWeights
import Synchronization

/// Finds faces in pictures; its weights are prepared when they are first needed.
public final class FaceFinding: Sendable {
  private let threads: Int
  private let finder = Mutex<FaceFinder?>(nil)

  /// - Parameter threads: Threads; what is found does not depend on them.
  public init(threads: Int) { self.threads = threads }

  private func prepared() throws(FaceError) -> FaceFinder {
    if let ready = finder.withLock({ $0 }) { return ready }
    let made = try FaceFinder.builtIn(pool: ThreadPool(threads: threads))
    finder.withLock { $0 = made }
    return made
  }

  /// The faces of a picture, the largest first.
  ///
  /// - Parameters:
  ///   - picture: A photo, upright.
  ///   - all: Whether small faces are looked for where there are larger ones.
  /// - Returns: None where none was found.
  /// - Throws: `FaceError`.
  public func faces(in picture: Picture, all: Bool) throws(FaceError) -> [FoundFace] {
    try prepared().faces(in: picture, all: all)
  }

  /// The outlines of a face whose eyes and mouth are known.
  public func outlines(of face: FaceGeometry, in picture: Picture) throws(FaceError) -> [FaceContour: [Point]]
  {
    try prepared().outlines(of: face, in: picture)
  }
}

/// What is known of the faces of photos: found before, or recorded in a lock.
final class KnownFaces: Sendable {
  private struct Entry {
    var stamp: FileStamp?
    /// nil is a photo without a face.
    var face: FaceGeometry?
  }
  private let found = Mutex<[String: Entry]>([:])
  /// By the SHA-256 of the photo.
  private let recorded = Mutex<[String: FaceGeometry]>([:])

  func record(_ face: FaceGeometry, photo sha256: String) { recorded.withLock { $0[sha256] = face } }
  var hasRecords: Bool { recorded.withLock { !$0.isEmpty } }
  func recorded(photo sha256: String) -> FaceGeometry? { recorded.withLock { $0[sha256] } }

  /// What was found in a file as it is now; the outer nil: nobody looked yet.
  func face(_ path: String) -> FaceGeometry?? {
    guard let stamp = FileStamp(path) else { return nil }
    return found.withLock { entries in
      guard let entry = entries[path], entry.stamp == stamp else { return nil }
      return .some(entry.face)
    }
  }

  func keep(_ face: FaceGeometry?, _ path: String) {
    let stamp = FileStamp(path)
    found.withLock { $0[path] = Entry(stamp: stamp, face: face) }
  }
}

extension DiskWorld {
  /// Takes a face that a lock recorded for what is in a photo, so that it does not move because the finder has changed.
  ///
  /// - Parameters:
  ///   - face: As it was found.
  ///   - sha256: Of the photo.
  public func record(_ face: FaceGeometry, photo sha256: String) { knownFaces.record(face, photo: sha256) }

  private func recordedFace(_ path: String) -> FaceGeometry? {
    guard knownFaces.hasRecords, let sha256 = try? sha256(of: path) else { return nil }
    return knownFaces.recorded(photo: sha256)
  }

  /// The largest face of a picture; one that a lock recorded goes before what is found.
  public func face(in path: String) throws(WorldProblem) -> FaceGeometry? {
    if let recorded = recordedFace(path) { return recorded }
    if let known = knownFaces.face(path) { return known }
    let found = try looking(at: path) { (picture) throws(FaceError) in
      try faceFinding.faces(in: picture, all: false).first?.geometry
    }
    knownFaces.keep(found, path)
    return found
  }

  /// The outlines of a face of a picture.
  public func outlines(of face: FaceGeometry, in path: String) throws(WorldProblem) -> [FaceContour: [Point]]
  {
    if let recorded = recordedFace(path), !recorded.contours.isEmpty, recorded.leftEye == face.leftEye,
      recorded.rightEye == face.rightEye
    {
      return recorded.contours
    }
    return try looking(at: path) { (picture) throws(FaceError) in
      try faceFinding.outlines(of: face, in: picture)
    }
  }

  private func looking<Result>(
    at path: String, _ look: (Picture) throws(FaceError) -> Result
  ) throws(WorldProblem) -> Result {
    let picture: Picture
    do { picture = try pictures.picture(path) } catch { throw Self.problem(error) }
    do { return try look(picture) } catch {
      throw WorldProblem(.unreadable, error.description, hints: error.hints)
    }
  }
}
