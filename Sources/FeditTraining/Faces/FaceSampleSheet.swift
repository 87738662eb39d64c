import FeditFaces
import FeditImage
import FeditPixels
import FeditPlan

/// Two rows of what the face finder's networks learn from, what they are to say drawn in.
enum FaceSampleSheet {
  private static let columns = 12

  /// - Throws: ``TrainingDataError`` where the set is damaged.
  static func picture(_ samples: FaceSamples, seed: UInt64) throws -> Picture {
    let side = FaceNetwork.squareSide
    func cell(_ scene: FaceScene, _ points: [Point]) -> ColorPlane {
      var plane = scene.plane
      for p in points where p.x >= 0 && p.y >= 0 && p.x < Double(side) && p.y < Double(side) {
        plane[Int(p.x), Int(p.y)] = (0, 255, 0)
      }
      return plane
    }
    var lines = [[ColorPlane]](repeating: [], count: 4)
    for column in 0..<columns {
      for row in 0..<2 {
        var random = SeededRandom(seed: seed, 21, UInt64(row * columns + column))
        let scene = try samples.scene(side: side, sizes: FaceNetwork.foundSizes, empty: 0.3, &random)
        lines[row].append(cell(scene.picture, scene.faces.flatMap { [$0.leftEye, $0.rightEye, $0.mouth] }))
        random = SeededRandom(seed: seed, 22, UInt64(row * columns + column))
        let square = try samples.square(mistake: nil, &random)
        lines[row + 2].append(cell(square.picture, square.points ?? []))
      }
    }
    return ContactSheet.grid(lines)
  }
}
