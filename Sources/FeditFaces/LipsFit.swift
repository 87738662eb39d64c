import FeditPixels
import FeditPlan

/// Moves a face's outlines of the lips to where the photo shows lips.
///
/// The network's outlines are as good as the points it learned from, and those are off by a tenth of the mouth's
/// width on open smiles. Lips are redder than skin, beard and teeth: in the plane along the mouth each outline gets a
/// few degrees of freedom (its ends up and down, its middle, its lean), chosen so that what lies between the outlines
/// is red and what lies beside them is not, in the manner of region-based active contours (Chan and Vese, 2001).
/// "Red" is the cosine of OKLab's hue, a ÷ C, against a threshold for each lip that the outlines themselves give: a
/// lower lip has light on it, and against its pale pink R ÷ (R + G), which others take, tells little. A lip whose hue is
/// that of the skin around it stays.
package struct LipsFit {
  /// Added to chroma, so that grey pixels have no hue.
  private static let floor: Float = 0.02
  /// The least difference of redness of lips and surroundings that tells anything, and the one that tells all.
  private static let least: Float = 0.03
  private static let clear: Float = 0.12
  /// Outlines may move by so many columns.
  private static let most = 14.0
  private static let side = FitPlane.side

  /// What moves: the ends along and across the mouth, then middle and lean of each of the four lines.
  private static let parameters = 12
  /// How unlikely movements are, in redness of columns for each square of a column.
  private static let stiffness = [2, 0.15, 2, 0.15, 0.08, 0.6, 0.08, 0.6, 0.08, 0.6, 0.08, 0.6]
  /// How unlikely it is that a lip is twice as thick as the network takes it to be, or half, in the same measure: it
  /// knows thickness better than place.
  private static let firmness = 200.0
  /// Single parameters; both ends; both lines of the upper lip; of the lower; all four.
  private static let moves: [[Int]] =
    (0..<parameters).map { [$0] } + [[1, 3], [4, 6], [8, 10], [4, 6, 8, 10]]

  /// The four lines from left to right, in columns and rows from the middle of the mouth: outer upper, inner upper,
  /// inner lower, outer lower.
  private var lines: [[Point]]
  private let toPhoto: Affine
  /// Redness, row by row.
  private let hue: [Float]
  /// How thick the network takes both lips to be.
  private var thickness = [2.0, 2.0]
  private var values = [Double](repeating: 0, count: parameters)

  /// The outlines where the photo has them.
  ///
  /// - Parameters:
  ///   - geometry: A face with outlines of lips and mouth, of 20 points each, from the left corner over the lower lip.
  ///   - pyramid: The photo.
  /// - Returns: The face, with these two outlines moved; eyes and mouth, from which its place is reckoned, stay.
  package static func fitted(_ geometry: FaceGeometry, _ pyramid: PixelPyramid) -> FaceGeometry {
    guard let lips = geometry.contours[.lips], let mouth = geometry.contours[.mouthOpening],
      lips.count == 20, mouth.count == 20, var fit = LipsFit(lips, mouth, pyramid)
    else { return geometry }
    // At first most of what lies between the lines may be none of the lips.
    for (steps, quantile) in [([6, 3, 1.5], 0.8), ([3, 1.5], 0.65), ([1.5, 0.75, 0.4], 0.65)] {
      guard fit.improve(steps, quantile) else { return geometry }
    }
    var result = geometry
    func outline(_ lower: [Point], _ upper: [Point]) -> [Point] {
      (lower + upper.dropFirst().dropLast().reversed()).map { FitPlane.rounded(fit.toPhoto($0)) }
    }
    let moved = fit.moved(fit.values)
    result.contours[.lips] = outline(moved[3], moved[0])
    result.contours[.mouthOpening] = outline(moved[2], moved[1])
    return result
  }

  private init?(_ lips: [Point], _ mouth: [Point], _ pyramid: PixelPyramid) {
    guard let plane = FitPlane(from: lips[0], to: lips[10]), let inverse = plane.toPhoto.inverse else {
      return nil
    }
    toPhoto = plane.toPhoto
    func upper(_ outline: [Point]) -> [Point] { [outline[0]] + outline[10...].reversed() }
    let outlines = [upper(lips), upper(mouth), Array(mouth[...10]), Array(lips[...10])]
    lines = outlines.map { $0.map { inverse($0) } }
    guard lines.allSatisfy(FitPlane.isRising) else { return nil }
    thickness = Self.thickness(lines.map(FitPlane.rows))
    hue = plane.colors(pyramid).map { color in
      color.a / ((color.a * color.a + color.b * color.b).squareRoot() + Self.floor)
    }
  }

  // MARK: Lines

  /// The lines for some values of the parameters.
  private func moved(_ values: [Double]) -> [[Point]] {
    lines.enumerated().map { index, line in
      let (middle, lean) = (values[4 + 2 * index], values[5 + 2 * index])
      return line.map { point in
        let t = FitPlane.along(point)
        let (left, right) = ((1 - t) / 2, (1 + t) / 2)
        return Point(
          point.x + values[0] * left + values[2] * right,
          point.y + values[1] * left + values[3] * right + (1 - t * t) * (middle + lean * t))
      }
    }
  }

  /// How thick the upper and the lower lip are in their middle, in rows; at least 2.
  private static func thickness(_ lines: [FitPlane.Rows]) -> [Double] {
    let column = side / 2
    return [(0, 1), (2, 3)].map { max(2, lines[$0.1].rows[column] - lines[$0.0].rows[column]) }
  }

  // MARK: Fitting

  /// One round: a threshold from where the lines are, then the best movements by smaller and smaller steps.
  ///
  /// - Returns: False where the photo tells nothing.
  private mutating func improve(_ steps: [Double], _ quantile: Double) -> Bool {
    guard let sums = redness(quantile) else { return false }
    var found = values
    FitPlane.climb(&found, moves: Self.moves, steps: steps, most: Self.most) { score($0, sums) }
    values = found
    return true
  }

  /// How red the pixels are for where the lines are: as the upper lip tells it, and as the lower one does, which has more
  /// light on it and is often paler.
  ///
  /// - Parameter quantile: Which of the pixels between the lines, by hue, is surely one of lips.
  /// - Returns: Nil where lips and surroundings are alike.
  private func redness(_ quantile: Double) -> FitPlane.Sums? {
    let side = Self.side
    let half = Double(side) / 2
    let lines = moved(values).map(FitPlane.rows)
    var (upper, lower) = (FitPlane.Samples(), FitPlane.Samples())
    for column in lines[0].columns {
      let y = lines.map { $0.rows[column] }
      let middle = (y[1] + y[2]) / 2
      for row in 0..<side {
        let at = Double(row) + 0.5 - half
        let value = hue[row * side + column]
        if at > y[0] && at < y[1] { upper.inside.append(value) }
        if at > y[2] && at < y[3] { lower.inside.append(value) }
        // Not what touches the lines: there both are mixed.
        let isBetween = at > y[1] + 2 && at < y[2] - 2
        if at > y[0] - 14 && at < y[0] - 3 || isBetween && at < middle { upper.beside.append(value) }
        if at > y[3] + 3 && at < y[3] + 14 || isBetween && at >= middle { lower.beside.append(value) }
      }
    }
    let (above, below) = (
      upper.scale(quantile, least: Self.least, clear: Self.clear),
      lower.scale(quantile, least: Self.least, clear: Self.clear)
    )
    // A lip that the lines do not meet yet goes by the other one.
    guard let first = above ?? below, let second = below ?? above else { return nil }
    return FitPlane.Sums(upper: first.sums(hue), lower: second.sums(hue))
  }

  /// How red it is between the lines, less what movements cost.
  private func score(_ values: [Double], _ sums: FitPlane.Sums) -> Double {
    let moved = moved(values)
    guard moved.allSatisfy(FitPlane.isRising) else { return -.infinity }
    let lines = moved.map(FitPlane.rows)
    var total = 0.0
    for column in lines[0].columns {
      func sum(_ sums: [Float], _ row: Double) -> Double { FitPlane.sum(sums, column, row) }
      let (top, bottom) = (lines[0].rows[column], lines[3].rows[column])
      guard bottom >= top else { return -.infinity }
      var (upper, lower) = ((top + bottom) / 2, (top + bottom) / 2)
      if lines[1].columns.contains(column), lines[2].columns.contains(column) {
        (upper, lower) = (lines[1].rows[column], lines[2].rows[column])
        // Lines that cross.
        total -= 3 * (max(0, upper - lower) + max(0, top - upper) + max(0, lower - bottom))
      }
      total +=
        sum(sums.upper, upper) - sum(sums.upper, top) + sum(sums.lower, bottom) - sum(sums.lower, lower)
    }
    for (lip, was) in zip(Self.thickness(lines), thickness) {
      total -= Self.firmness * FitPlane.excess(lip, over: was)
    }
    return total - zip(values, Self.stiffness).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
  }
}
