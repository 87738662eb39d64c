import FeditGenerator
import FeditPlan
import FeditProgram
import FeditRaster

/// What one square of an edit takes: passes of the generator, time, memory.
struct SquareReport: Sendable {
  /// Frames of one octave.
  struct Pass: Sendable {
    /// Pixels that the square has at this octave.
    var side: Int
    /// Frames of the generator's size.
    var frames: Int
  }

  let square: PlanRegion
  /// Photo pixels that are filled here.
  let maskedPixels: Int
  let passes: [Pass]
  /// Bytes of the octaves' fills and the mask.
  let bytes: Int

  init(_ square: PlanRegion, mask: PhotoMask, edit: PlanEdit) {
    self.square = square
    maskedPixels = mask.count
    let octaves = Octaves(square, most: edit.mostOctaves)
    passes = octaves.levels.map { level in
      Pass(
        side: Int((square.side / level.scale).rounded()),
        frames: level.index == 0 ? 1 : octaves.tiles(of: level, for: mask).count)
    }
    let area = mask.width * mask.height
    // A byte of the mask, four of distances and one of the feather a pixel; six of each octave's fill, of which two
    // are held at a time.
    let fills = octaves.levels.dropFirst().suffix(2).reduce(0.0) {
      $0 + 6 * Double(area) / ($1.scale * $1.scale)
    }
    bytes = 6 * area + Int(fills)
  }

  /// All frames.
  var frames: Int { passes.reduce(0) { $0 + $1.frames } }

  /// In words: `1 pass`, or `6 passes: 1 at 256, 2 at 512, 3 at 1024`.
  var passesText: String {
    guard passes.count > 1 else { return "1 pass at \(square.size)" }
    return "\(frames) passes: " + passes.map { "\($0.frames) at \($0.side)" }.joined(separator: ", ")
  }

  /// The `region` line that fixes the square, as near as whole pixels allow.
  func line(modelSize: Int) -> String { square.line(modelSize: modelSize) }
}

extension PlanRegion {
  /// The `region` line that fixes the square as it is, as near as whole pixels allow.
  func line(modelSize: Int) -> String {
    let side = side.rounded()
    // The square with the same middle.
    let middle = toPhoto(Point(Double(size) / 2, Double(size) / 2))
    let x = (middle.x - side / 2).rounded()
    let y = (middle.y - side / 2).rounded()
    let at = size == modelSize ? "" : " at \(size)"
    return "region (\(numberText(x)), \(numberText(y))) size \(numberText(side))\(at)"
  }

  /// Whether the line says the square exactly.
  var isLineExact: Bool {
    toPhoto.b == 0 && toPhoto.c == 0 && [side, toPhoto.tx, toPhoto.ty].allSatisfy { $0 == $0.rounded() }
  }
}
