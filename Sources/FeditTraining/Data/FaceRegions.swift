import FeditPixels
import FeditVision

/// Divides a portrait into its parts from landmarks and the coarse grids of hair and person.
enum FaceRegions {
  /// A ``FaceRegion`` for each pixel of a square.
  static func map(_ face: Annotations.Face, side: Int) -> Plane {
    let hair = enlarged(face.hair, side: side)
    let person = enlarged(face.person, side: side)
    var map = Plane(width: side, height: side, repeating: FaceRegion.background.rawValue)
    for i in map.pixels.indices where person[i] >= 128 { map.pixels[i] = FaceRegion.body.rawValue }
    func fill(_ points: [Int], _ region: FaceRegion) {
      let outline = points.flatMap { i -> [Float] in
        [face.landmarks[2 * i] * Float(side), face.landmarks[2 * i + 1] * Float(side)]
      }
      map.fillPolygon(outline, value: region.rawValue)
    }
    fill(FaceLandmarks.outline, .skin)
    for i in map.pixels.indices where hair[i] >= 128 { map.pixels[i] = FaceRegion.hair.rawValue }
    fill(FaceLandmarks.rightBrow, .brows)
    fill(FaceLandmarks.leftBrow, .brows)
    fill(FaceLandmarks.rightEye, .eyes)
    fill(FaceLandmarks.leftEye, .eyes)
    fill(FaceLandmarks.lips, .lips)
    fill(FaceLandmarks.mouth, .mouth)
    return map
  }

  /// The median of each region's red, green and blue; black where it has no pixel.
  static func palette(_ map: Plane, _ colors: ColorPlane) -> [UInt8] {
    precondition(map.pixels.count * 3 == colors.pixels.count)
    let regions = FaceRegion.allCases.count
    var counts = [Int](repeating: 0, count: regions * 3 * 256)
    for (i, region) in map.pixels.enumerated() {
      for c in 0..<3 { counts[(Int(region) * 3 + c) * 256 + Int(colors.pixels[i * 3 + c])] += 1 }
    }
    return (0..<regions * 3).map { k in
      let levels = counts[k * 256..<(k + 1) * 256]
      let half = (levels.reduce(0, +) + 1) / 2
      var sum = 0
      for (level, count) in levels.enumerated() where count > 0 {
        sum += count
        if sum >= half { return UInt8(level) }
      }
      return 0
    }
  }

  /// A 32×32 grid, its cells' middles interpolated linearly, in integers.
  private static func enlarged(_ grid: [UInt8], side: Int) -> [UInt8] {
    let cells = TrainingShard.gridSide
    // Positions in 1/1024 of a cell.
    let places = (0..<side).map { i -> (Int, Int, Int) in
      let at = max(0, min((cells - 1) * 1024, (2 * i + 1) * cells * 512 / side - 512))
      return (at >> 10, min(cells - 1, at >> 10 + 1), at & 1023)
    }
    var result = [UInt8](repeating: 0, count: side * side)
    for y in 0..<side {
      let (top, bottom, v) = places[y]
      for x in 0..<side {
        let (left, right, u) = places[x]
        let above = Int(grid[top * cells + left]) * (1024 - u) + Int(grid[top * cells + right]) * u
        let below = Int(grid[bottom * cells + left]) * (1024 - u) + Int(grid[bottom * cells + right]) * u
        result[y * side + x] = UInt8((above * (1024 - v) + below * v + (1 << 19)) >> 20)
      }
    }
    return result
  }
}
