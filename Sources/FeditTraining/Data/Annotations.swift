import FeditFiles
import FeditWeights
import Foundation

/// What is known about the faces of a folder: landmarks, and hair and person on a grid.
///
/// A safetensors file with `landmarks` F16 or F32 [n, 468, 2] (MediaPipe's face mesh, x and y in pixels of a
/// picture of 256), `hair` and `person` U8 [n, 32, 32] (probability 0…255) and `score` F32 [n] (a row below 10 is
/// not trusted), and beside it a text file of the same name with the ending `.txt`: for each row the
/// picture's path, relative to the folder.
public struct Annotations: Sendable {
  /// A picture's row.
  struct Face: Sendable, Hashable {
    /// x and y of each point in turns, as shares of the side.
    var landmarks: [Float]
    /// 32×32, 0…255.
    var hair: [UInt8]
    var person: [UInt8]
  }

  /// The least score that is trusted.
  static let leastScore: Float = 10
  private static let side: Float = 256

  /// SHA-256 of the file.
  public let digest: String
  private let file: SafetensorsFile
  private let rows: [String: Int]
  private let landmarks: [Float]
  private let scores: [Float]

  /// How many pictures it describes.
  public var count: Int { scores.count }

  /// Reads annotations and their list of pictures.
  ///
  /// - Throws: ``TrainingDataError`` naming the file and the tensor that is wrong.
  public init(path: String) throws(TrainingDataError) {
    do throws(WeightError) {
      file = try SafetensorsFile(path: path)
      guard let shape = file.shape(of: "score"), shape.count == 1 else {
        throw WeightError(file: path, tensor: "score", "is missing or has not one dimension")
      }
      let count = shape[0]
      for (name, expected) in [
        ("landmarks", [count, FaceLandmarks.count, 2]),
        ("hair", [count, TrainingShard.gridSide, TrainingShard.gridSide]),
        ("person", [count, TrainingShard.gridSide, TrainingShard.gridSide]),
      ] {
        guard let found = file.shape(of: name), found == expected else {
          throw WeightError(
            file: path, tensor: name,
            file.shape(of: name).map { "has shape \($0), expected \(expected)" }
              ?? "the file has no such tensor")
        }
        guard name == "landmarks" || file.type(of: name) == .uint8 else {
          throw WeightError(file: path, tensor: name, "is not U8")
        }
      }
      landmarks = try file.floats(named: "landmarks")
      scores = try file.floats(named: "score")
    } catch {
      throw TrainingDataError(error)
    }
    digest = file.sha256()
    let list = (path as NSString).deletingPathExtension + ".txt"
    let text: [UInt8]
    do throws(FileError) {
      text = try readFile(list, limit: 1 << 28)
    } catch {
      throw TrainingDataError(error)
    }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == scores.count else {
      throw TrainingDataError(
        file: list, "has \(lines.count) lines; '\(path)' has \(scores.count) rows",
        hints: ["it lists one picture's path a line, in the order of the rows"])
    }
    rows = Dictionary(lines.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// The face of a picture, or nil where there is none that is trusted.
  func face(_ name: String) throws(TrainingDataError) -> Face? {
    guard let row = rows[name], scores[row] >= Self.leastScore else { return nil }
    let points = FaceLandmarks.count * 2
    let own = landmarks[row * points..<(row + 1) * points].map { $0 / Self.side }
    guard own.allSatisfy({ $0.isFinite && abs($0) < 4 }) else { return nil }
    let cells = TrainingShard.gridSide * TrainingShard.gridSide
    func grid(_ name: String) throws(TrainingDataError) -> [UInt8] {
      do throws(WeightError) {
        return try file.withBytes(of: name) { Array($0[row * cells..<(row + 1) * cells]) }
      } catch {
        throw TrainingDataError(error)
      }
    }
    return Face(landmarks: own, hair: try grid("hair"), person: try grid("person"))
  }
}
