import FeditPixels
import FeditPlan

/// Moves the outlines of a face's brows to where the photo shows brows.
///
/// The network's outlines have the points' places that it learned from, which lie high on many faces and end where no
/// hair is. A brow is darker than the skin above it and below it: as for lips (``LipsFit``) each outline gets a few degrees
/// of freedom (both ends of both lines up and down, their middles and their lean, and the ends along the brow). Above and
/// below are told apart by thresholds of their own, as the lid is in the shade. A brow that is as light as the skin stays.
package enum BrowFit {
  /// The least difference of OKLab's lightness that tells anything, and the one that tells all.
  private static let least: Float = 0.04
  private static let clear: Float = 0.14
  /// Columns and rows on either side that a pixel is compared with.
  private static let surroundings = 24
  /// Outlines may move by so many columns, of the 96 that the brow is long.
  private static let most = 12.0
  /// How unlikely movements are: the ends along the brow; both ends, middle and lean of the upper line, of the lower one.
  private static let stiffness = [0.6, 0.6, 0.3, 0.3, 0.3, 0.6, 0.3, 0.3, 0.3, 0.6]
  /// How unlikely it is that a brow is twice as thick as the network takes it to be, or half.
  private static let firmness = 60.0
  /// Single parameters; both lines at an end, in their middle, as a whole.
  private static let moves: [[Int]] =
    (0..<stiffness.count).map { [$0] } + [[2, 6], [3, 7], [4, 8], [2, 3, 6, 7], [2, 3], [6, 7]]

  /// The outlines where the photo has them.
  ///
  /// - Parameters:
  ///   - geometry: A face; its brows have ten points each, five a line.
  ///   - pyramid: The photo.
  /// - Returns: The face with its brows moved.
  package static func fitted(_ geometry: FaceGeometry, _ pyramid: PixelPyramid) -> FaceGeometry {
    var result = geometry
    for brow in [FaceContour.leftBrow, .rightBrow] {
      guard let outline = geometry.contours[brow], outline.count == 10 else { continue }
      result.contours[brow] = fitted(outline, geometry, pyramid)
    }
    return result
  }

  private static func fitted(_ outline: [Point], _ face: FaceGeometry, _ pyramid: PixelPyramid) -> [Point] {
    // Along the eyes' line, whichever way the outline is drawn.
    let eyes = Point(face.rightEye.x - face.leftEye.x, face.rightEye.y - face.leftEye.y)
    func along(_ p: Point) -> Double { p.x * eyes.x + p.y * eyes.y }
    func across(_ p: Point) -> Double { p.y * eyes.x - p.x * eyes.y }
    let halves = [Array(outline[..<5]), Array(outline[5...])]
    func mean(_ line: [Point], _ value: (Point) -> Double) -> Double { line.map(value).reduce(0, +) / 5 }
    let upperHalf = mean(halves[0], across) < mean(halves[1], across) ? 0 : 1
    let isReversed = [upperHalf, 1 - upperHalf].map { along(halves[$0][0]) > along(halves[$0][4]) }
    let ordered = [upperHalf, 1 - upperHalf].enumerated().map { index, half in
      isReversed[index] ? halves[half].reversed() : halves[half]
    }
    func middle(_ a: Point, _ b: Point) -> Point { Point((a.x + b.x) / 2, (a.y + b.y) / 2) }
    guard
      let plane = FitPlane(
        from: middle(ordered[0][0], ordered[1][0]), to: middle(ordered[0][4], ordered[1][4])),
      let inverse = plane.toPhoto.inverse
    else { return outline }
    let lines = ordered.map { $0.map { inverse($0) } }
    guard lines.allSatisfy(FitPlane.isRising) else { return outline }
    let before = thicknesses(lines.map(FitPlane.rows))
    let darkness = darkness(plane.colors(pyramid))
    var values = [Double](repeating: 0, count: stiffness.count)
    for (steps, quantile) in [([4, 2, 1], 0.7), ([2, 1], 0.6), ([1, 0.5], 0.6)] {
      guard let sums = sums(moved(lines, values), darkness, quantile) else { return outline }
      FitPlane.climb(&values, moves: moves, steps: steps, most: most) {
        score(lines, $0, sums, thicknesses: before)
      }
    }
    let found = moved(lines, values).enumerated().map { index, line in
      let points = line.map { FitPlane.rounded(plane.toPhoto($0)) }
      return isReversed[index] ? points.reversed() : points
    }
    return upperHalf == 0 ? found[0] + found[1] : found[1] + found[0]
  }

  /// How much darker pixels are than what lies around them, so that the shade over the lid and that of a lock count little.
  private static func darkness(_ colors: [OKLab]) -> [Float] {
    let side = FitPlane.side
    var means = colors.map { SIMD4($0.lightness, 1, 0, 0) }
    BoxFilter.sum(&means, width: side, height: side, radius: surroundings)
    return zip(means, colors).map { $0.x / $0.y - $1.lightness }
  }

  /// The upper and the lower line for some values of the parameters.
  private static func moved(_ lines: [[Point]], _ values: [Double]) -> [[Point]] {
    lines.enumerated().map { index, line in
      let own = 2 + 4 * index
      let (first, last, middle, lean) = (values[own], values[own + 1], values[own + 2], values[own + 3])
      return line.map { point in
        let t = FitPlane.along(point)
        let (left, right) = ((1 - t) / 2, (1 + t) / 2)
        return Point(
          point.x + values[0] * left + values[1] * right,
          point.y + first * left + last * right + (1 - t * t) * (middle + lean * t))
      }
    }
  }

  /// Whether pixels are a brow's, as what lies above tells it, and as what lies below does.
  ///
  /// - Returns: Nil where the brow is hardly darker than what lies around it.
  private static func sums(_ lines: [[Point]], _ darkness: [Float], _ quantile: Double) -> FitPlane.Sums? {
    let side = FitPlane.side
    let rows = lines.map(FitPlane.rows)
    var (upper, lower) = (FitPlane.Samples(), FitPlane.Samples())
    for column in rows[0].columns.clamped(to: rows[1].columns) {
      let (top, bottom) = (rows[0].rows[column], rows[1].rows[column])
      for row in 0..<side {
        let at = Double(row) + 0.5 - Double(side) / 2
        let value = darkness[row * side + column]
        if at > top && at < bottom {
          upper.inside.append(value)
          lower.inside.append(value)
        }
        if at > top - 16 && at < top - 4 { upper.beside.append(value) }
        if at > bottom + 3 && at < bottom + 12 { lower.beside.append(value) }
      }
    }
    guard let above = upper.scale(quantile, least: least, clear: clear) else { return nil }
    // In a deep shade the lid is as dark as the brow: then what lies above tells both.
    let below = lower.scale(quantile, least: least, clear: clear) ?? above
    return FitPlane.Sums(upper: above.sums(darkness), lower: below.sums(darkness))
  }

  /// How thick the brow is near both ends and in the middle, in rows; at least 2.
  private static func thicknesses(_ rows: [FitPlane.Rows]) -> [Double] {
    [-0.9, 0, 0.9].map { place in
      let column = FitPlane.side / 2 + Int(place * FitPlane.width / 2)
      return max(2, rows[1].rows[column] - rows[0].rows[column])
    }
  }

  /// How dark it is between the lines, less what movements cost.
  private static func score(
    _ lines: [[Point]], _ values: [Double], _ sums: FitPlane.Sums, thicknesses: [Double]
  )
    -> Double
  {
    let moved = moved(lines, values)
    guard moved.allSatisfy(FitPlane.isRising) else { return -.infinity }
    let rows = moved.map(FitPlane.rows)
    var total = 0.0
    for column in rows[0].columns.clamped(to: rows[1].columns) {
      let (top, bottom) = (rows[0].rows[column], rows[1].rows[column])
      guard bottom > top else { return -.infinity }
      let middle = (top + bottom) / 2
      total += FitPlane.sum(sums.upper, column, middle) - FitPlane.sum(sums.upper, column, top)
      total += FitPlane.sum(sums.lower, column, bottom) - FitPlane.sum(sums.lower, column, middle)
    }
    for (thickness, was) in zip(Self.thicknesses(rows), thicknesses) {
      total -= firmness * FitPlane.excess(thickness, over: was)
    }
    return total - zip(values, stiffness).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
  }
}
