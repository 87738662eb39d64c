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
    let width = columns * side
    var pixels = [UInt8](repeating: 0, count: width * 4 * side * 3)
    func put(_ scene: FaceScene, _ points: [Point], column: Int, row: Int) {
      func set(_ x: Int, _ y: Int, _ color: (UInt8, UInt8, UInt8)) {
        let i = ((row * side + y) * width + column * side + x) * 3
        (pixels[i], pixels[i + 1], pixels[i + 2]) = color
      }
      for y in 0..<side {
        for x in 0..<side {
          let i = (y * side + x) * 3
          let level = { (c: Int) in Levels.byte(scene.pixels[i + c]) }
          set(x, y, (level(0), level(1), level(2)))
        }
      }
      for p in points where p.x >= 0 && p.y >= 0 && p.x < Double(side) && p.y < Double(side) {
        set(Int(p.x), Int(p.y), (0, 255, 0))
      }
    }
    for column in 0..<columns {
      for row in 0..<2 {
        var random = SeededRandom(seed: seed, 21, UInt64(row * columns + column))
        let scene = try samples.scene(side: side, sizes: FaceNetwork.foundSizes, empty: 0.3, &random)
        put(
          scene.picture, scene.faces.flatMap { [$0.leftEye, $0.rightEye, $0.mouth] }, column: column, row: row
        )
        random = SeededRandom(seed: seed, 22, UInt64(row * columns + column))
        let square = try samples.square(mistake: nil, &random)
        put(square.picture, square.points ?? [], column: column, row: row + 2)
      }
    }
    return Picture(width: width, height: 4 * side, samples: .eight(pixels))
  }
}
