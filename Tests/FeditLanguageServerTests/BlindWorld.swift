import FeditPixels
import FeditPlan
import FeditProgram

/// A world in which sampled colours and mask images are what the language server takes them for.
struct BlindWorld: WorldLayer {
  let base: any World

  func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    RGB8(red: 128, green: 128, blue: 128)
  }
  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    (Point(0, 0), Point(1, 1))
  }
}
