import FeditPixels
import FeditPlan

/// The plane along a part of a face, in which its outlines are moved to where the photo shows it: 160 columns and rows
/// around the middle of a line that is 96 columns long.
///
/// Points in it are in columns and rows from that middle; what is known of its pixels goes row by row.
struct FitPlane {
  /// Columns and rows that are looked at.
  static let side = 160
  /// How many of the columns the part is long.
  static let width = 96.0

  /// From the plane to photo pixels.
  let toPhoto: Affine

  /// The plane along a line of the photo; nil where the line has no length.
  init?(from left: Point, to right: Point) {
    let across = Point((right.x - left.x) / Self.width, (right.y - left.y) / Self.width)
    guard across.x * across.x + across.y * across.y > 1e-4 else { return nil }
    toPhoto = Affine(
      a: across.x, b: across.y, c: -across.y, d: across.x, tx: (left.x + right.x) / 2,
      ty: (left.y + right.y) / 2)
  }

  /// The photo's colours, row by row.
  func colors(_ pyramid: PixelPyramid) -> [OKLab] {
    let side = Self.side
    let half = Double(side) / 2
    let square = Affine.translation(-half, -half).then(toPhoto)
    var pixels = [Float](repeating: 127.5, count: side * side * 3)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      pyramid.draw(square, side: side, into: base)
    }
    let light = Transfer.levels
    /// Between the whole levels' light linearly, which is near enough and saves a power for each value.
    func linear(_ value: Float) -> Float {
      let level = min(max(value, 0), 254.999)
      let whole = Int(level)
      return light[whole] + (light[whole + 1] - light[whole]) * (level - Float(whole))
    }
    return (0..<side * side).map { p in
      OKLab(
        red: linear(pixels[3 * p]), green: linear(pixels[3 * p + 1]), blue: linear(pixels[3 * p + 2]))
    }
  }

  /// A place in hundredths of a photo pixel, as the network gives them.
  static func rounded(_ p: Point) -> Point {
    Point((p.x * 100).rounded() / 100, (p.y * 100).rounded() / 100)
  }

  // MARK: Lines

  /// How far along the part a point lies, −1 (left end) to 1.
  static func along(_ point: Point) -> Double { min(1, max(-1, point.x / (width / 2))) }

  /// Whether a line goes from left to right all the way.
  static func isRising(_ line: [Point]) -> Bool { zip(line, line.dropFirst()).allSatisfy { $0.x < $1.x } }

  /// A line's row in each column, and the columns in which it has one.
  typealias Rows = (rows: [Double], columns: Range<Int>)

  /// The rows of a line of at least two points that is rising.
  static func rows(_ line: [Point]) -> Rows {
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

  /// The square of how much thicker or thinner something is than it was, as a share; 0 where it is as thick.
  static func excess(_ thickness: Double, over other: Double) -> Double {
    let excess = max(thickness / other, other / thickness) - 1
    return excess * excess
  }

  // MARK: What pixels tell

  /// What pixels have inside an outline and beside it.
  struct Samples {
    var inside: [Float] = []
    var beside: [Float] = []

    /// What tells the part from what lies beside it.
    ///
    /// - Parameters:
    ///   - quantile: Which of the pixels inside, from the least on, is surely one of the part.
    ///   - least: The least difference that tells anything.
    ///   - clear: The one that tells all.
    /// - Returns: Nil where both are alike.
    mutating func scale(_ quantile: Double, least: Float, clear: Float) -> Scale? {
      guard inside.count > 50, beside.count > 50 else { return nil }
      inside.sort()
      beside.sort()
      let (own, other) = (inside[Int(quantile * Double(inside.count))], beside[beside.count / 2])
      guard own - other > least else { return nil }
      return Scale(
        threshold: (own + other) / 2, spread: max((own - other) / 2, 0.025),
        weight: min(1, (own - other) / clear))
    }
  }

  /// A threshold, how far from it is surely one or the other, and what that counts for.
  struct Scale {
    let threshold: Float
    let spread: Float
    let weight: Float

    /// How much pixels are the part's, −1 (beside) to 1, in sums over each column from its top on.
    func sums(_ values: [Float]) -> [Float] {
      var sums = [Float](repeating: 0, count: (side + 1) * side)
      for column in 0..<side {
        for row in 0..<side {
          let t = 1.2 * (values[row * side + column] - threshold) / spread
          sums[(row + 1) * side + column] = sums[row * side + column] + weight * t / (1 + t * t).squareRoot()
        }
      }
      return sums
    }
  }

  /// How much pixels are the part's, in sums over each column from its top on: as its upper half or piece tells it, and
  /// as the lower one does.
  struct Sums {
    var upper: [Float]
    var lower: [Float]
  }

  /// What a column's pixels above a row add up to.
  static func sum(_ sums: [Float], _ column: Int, _ row: Double) -> Double {
    let y = min(max(row + Double(side) / 2, 0), Double(side) - 1e-6)
    let (above, part) = (Int(y), y - y.rounded(.down))
    let (a, b) = (Double(sums[above * side + column]), Double(sums[(above + 1) * side + column]))
    return a + (b - a) * part
  }

  /// Moves parameters as long as a score gets better, by smaller and smaller steps.
  ///
  /// - Parameters:
  ///   - values: The parameters; changed.
  ///   - moves: Which of them go together.
  ///   - steps: In columns.
  ///   - most: How far each may go from 0.
  ///   - score: What is to be made as large as can be.
  static func climb(
    _ values: inout [Double], moves: [[Int]], steps: [Double], most: Double, score: ([Double]) -> Double
  ) {
    var best = score(values)
    for step in steps {
      for _ in 0..<6 {
        var isBetter = false
        for move in moves {
          for sign in [step, -step] {
            var next = values
            for index in move { next[index] += sign }
            guard move.allSatisfy({ abs(next[$0]) <= most }) else { continue }
            let value = score(next)
            if value > best { (values, best, isBetter) = (next, value, true) }
          }
        }
        if !isBetter { break }
      }
    }
  }
}
