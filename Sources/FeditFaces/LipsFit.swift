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
  /// Columns and rows that are looked at, along and across the mouth, and how many the mouth is wide.
  private static let side = 160
  private static let width = 96.0
  /// Added to chroma, so that grey pixels have no hue.
  private static let floor: Float = 0.02
  /// The least difference of redness of lips and surroundings that tells anything, and the one that tells all.
  private static let least: Float = 0.03
  private static let clear: Float = 0.12
  /// Outlines may move by so many columns.
  private static let most = 14.0

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
    // Hundredths of a pixel, as the network's.
    func outline(_ lower: [Point], _ upper: [Point]) -> [Point] {
      (lower + upper.dropFirst().dropLast().reversed()).map {
        let p = fit.toPhoto($0)
        return Point((p.x * 100).rounded() / 100, (p.y * 100).rounded() / 100)
      }
    }
    let moved = fit.moved(fit.values)
    result.contours[.lips] = outline(moved[3], moved[0])
    result.contours[.mouthOpening] = outline(moved[2], moved[1])
    return result
  }

  private init?(_ lips: [Point], _ mouth: [Point], _ pyramid: PixelPyramid) {
    let (left, right) = (lips[0], lips[10])
    let across = Point((right.x - left.x) / Self.width, (right.y - left.y) / Self.width)
    guard across.x * across.x + across.y * across.y > 1e-4 else { return nil }
    toPhoto = Affine(
      a: across.x, b: across.y, c: -across.y, d: across.x, tx: (left.x + right.x) / 2,
      ty: (left.y + right.y) / 2)
    guard let inverse = toPhoto.inverse else { return nil }
    func upper(_ outline: [Point]) -> [Point] { [outline[0]] + outline[10...].reversed() }
    let outlines = [upper(lips), upper(mouth), Array(mouth[...10]), Array(lips[...10])]
    lines = outlines.map { $0.map { inverse($0) } }
    guard lines.allSatisfy({ line in zip(line, line.dropFirst()).allSatisfy { $0.x < $1.x } }) else {
      return nil
    }
    thickness = Self.thickness(lines.map(Self.rows))
    let side = Self.side
    let half = Double(side) / 2
    let square = Affine.translation(-half, -half).then(toPhoto)
    var pixels = [Float](repeating: 127.5, count: side * side * 3)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      pyramid.draw(square, side: side, into: base)
    }
    hue = (0..<side * side).map { p in
      func linear(_ value: Float) -> Float { Transfer.decode(min(max(value / 255, 0), 1)) }
      let color = OKLab(
        red: linear(pixels[3 * p]), green: linear(pixels[3 * p + 1]), blue: linear(pixels[3 * p + 2]))
      return color.a / ((color.a * color.a + color.b * color.b).squareRoot() + Self.floor)
    }
  }

  // MARK: Lines

  /// The lines for some values of the parameters.
  private func moved(_ values: [Double]) -> [[Point]] {
    lines.enumerated().map { index, line in
      let (middle, lean) = (values[4 + 2 * index], values[5 + 2 * index])
      return line.map { point in
        let t = min(1, max(-1, point.x / (Self.width / 2)))
        let (left, right) = ((1 - t) / 2, (1 + t) / 2)
        return Point(
          point.x + values[0] * left + values[2] * right,
          point.y + values[1] * left + values[3] * right + (1 - t * t) * (middle + lean * t))
      }
    }
  }

  /// How thick the upper and the lower lip are in their middle, in rows; at least 2.
  private static func thickness(_ lines: [(rows: [Double], columns: Range<Int>)]) -> [Double] {
    let column = side / 2
    return [(0, 1), (2, 3)].map { max(2, lines[$0.1].rows[column] - lines[$0.0].rows[column]) }
  }

  /// A line's row in each column, and the columns in which it has one.
  private static func rows(_ line: [Point]) -> (rows: [Double], columns: Range<Int>) {
    let half = Double(side) / 2
    var rows = [Double](repeating: 0, count: side)
    var segment = 0
    var columns = 0..<0
    for column in 0..<side {
      let x = Double(column) + 0.5 - half
      guard x >= line[0].x, x <= line[line.count - 1].x else { continue }
      while segment + 2 < line.count, line[segment + 1].x < x { segment += 1 }
      let (a, b) = (line[segment], line[segment + 1])
      rows[column] = a.y + (b.y - a.y) * (x - a.x) / max(b.x - a.x, 1e-9)
      columns = (columns.isEmpty ? column : columns.lowerBound)..<column + 1
    }
    return (rows, columns)
  }

  // MARK: Fitting

  /// One round: a threshold from where the lines are, then the best movements by smaller and smaller steps.
  ///
  /// - Returns: False where the photo tells nothing.
  private mutating func improve(_ steps: [Double], _ quantile: Double) -> Bool {
    guard let sums = redness(quantile) else { return false }
    var best = score(values, sums)
    for step in steps {
      for _ in 0..<6 {
        var isBetter = false
        for move in Self.moves {
          for sign in [step, -step] {
            var next = values
            for index in move { next[index] += sign }
            guard move.allSatisfy({ abs(next[$0]) <= Self.most }) else { continue }
            let value = score(next, sums)
            if value > best { (values, best, isBetter) = (next, value, true) }
          }
        }
        if !isBetter { break }
      }
    }
    return true
  }

  /// How red the pixels are, −1 (beside) to 1 (lips), in sums over each column from its top on: as the upper lip tells
  /// it, and as the lower one does, which has more light on it and is often paler.
  private struct Redness {
    var upper: [Float]
    var lower: [Float]
  }

  /// How red the pixels are for where the lines are.
  ///
  /// - Parameter quantile: Which of the pixels between the lines, by hue, is surely one of lips.
  /// - Returns: Nil where lips and surroundings are alike.
  private func redness(_ quantile: Double) -> Redness? {
    let side = Self.side
    let half = Double(side) / 2
    let lines = moved(values).map(Self.rows)
    var (upper, lower) = (Samples(), Samples())
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
    let (above, below) = (upper.scale(quantile), lower.scale(quantile))
    // A lip that the lines do not meet yet goes by the other one.
    guard let first = above ?? below, let second = below ?? above else { return nil }
    return Redness(upper: sums(first), lower: sums(second))
  }

  /// Redness inside a lip's outlines and beside them.
  private struct Samples {
    var inside: [Float] = []
    var beside: [Float] = []

    /// What tells lips from what lies beside them; nil where both are alike.
    mutating func scale(_ quantile: Double) -> Scale? {
      guard inside.count > 50, beside.count > 50 else { return nil }
      inside.sort()
      beside.sort()
      let (lips, other) = (inside[Int(quantile * Double(inside.count))], beside[beside.count / 2])
      guard lips - other > least else { return nil }
      return Scale(
        threshold: (lips + other) / 2, spread: max((lips - other) / 2, 0.025),
        weight: min(1, (lips - other) / clear))
    }
  }

  /// A threshold of redness, how far from it is surely one or the other, and what that counts for.
  private struct Scale {
    let threshold: Float
    let spread: Float
    let weight: Float
  }

  /// Redness, summed over each column from its top on.
  private func sums(_ scale: Scale) -> [Float] {
    let side = Self.side
    var sums = [Float](repeating: 0, count: (side + 1) * side)
    for column in 0..<side {
      for row in 0..<side {
        let t = 1.2 * (hue[row * side + column] - scale.threshold) / scale.spread
        sums[(row + 1) * side + column] =
          sums[row * side + column] + scale.weight * t / (1 + t * t).squareRoot()
      }
    }
    return sums
  }

  /// How red it is between the lines, less what movements cost.
  private func score(_ values: [Double], _ sums: Redness) -> Double {
    let side = Self.side
    let moved = moved(values)
    guard moved.allSatisfy({ line in zip(line, line.dropFirst()).allSatisfy { $0.x < $1.x } }) else {
      return -.infinity
    }
    let lines = moved.map(Self.rows)
    var total = 0.0
    for column in lines[0].columns {
      func sum(_ sums: [Float], _ row: Double) -> Double {
        let y = min(max(row + Double(side) / 2, 0), Double(side) - 1e-6)
        let (above, part) = (Int(y), y - y.rounded(.down))
        let (a, b) = (Double(sums[above * side + column]), Double(sums[(above + 1) * side + column]))
        return a + (b - a) * part
      }
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
      let excess = max(lip / was, was / lip) - 1
      total -= Self.firmness * excess * excess
    }
    return total - zip(values, Self.stiffness).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
  }
}
