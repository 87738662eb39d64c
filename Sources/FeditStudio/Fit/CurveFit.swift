import FeditPlan
import FeditProgram

/// Finds few points whose `curve` or `blob`, as fedit draws them, stays near a line.
///
/// First with few points, spread evenly over length and bends. Where those do not suffice, from the points that Douglas
/// and Peucker would keep: where the curve is farthest from the line a point is added, and points that are not needed are
/// taken away again. All are moved to where they fit best: Gauss–Newton on the distances from the curve.
struct CurveFit {
  /// The line in small steps, with the hand's points; the last point of a closed one is its first again.
  let piece: HandLine.Piece
  let isClosed: Bool
  /// Points, by their numbers in the line, that the curve keeps: ends and corners.
  let fixed: Set<Int>

  /// How many straight pieces a curve between two points is measured by.
  private static let samples = 12
  /// The most points that a fit has.
  private static let mostKnots = 60

  /// A point of the curve, and the point of the line that it stands for.
  struct Knot {
    var index: Int
    var place: Point
  }

  init(_ piece: HandLine.Piece, isClosed: Bool, corners: [Int] = []) {
    self.piece = piece
    self.isClosed = isClosed
    fixed = Set(isClosed ? corners : [0, piece.points.count - 1] + corners)
  }

  private var line: [Point] { piece.points }

  /// The points, without the repeated first of a closed line.
  ///
  /// - Parameter tolerances: how far the hand's points may be from the curve, the closest first; the others are for where
  ///   few points do not come as near.
  /// - Returns: at least 2, or 3 of a closed line.
  func points(tolerances: [Double]) -> [Point] {
    guard line.count > 3, let tightest = tolerances.first, let loosest = tolerances.last else {
      return isClosed ? Array(line.dropLast()) : line
    }
    var found: [(error: Double, knots: [Knot])] = []
    for count in least...(StrokeFit.fewPoints + (isClosed ? 1 : 0)) {
      guard let best = spread(count, tightest) else { continue }
      found.append(best)
      if best.error <= tightest { break }
    }
    for tolerance in tolerances {
      if let best = found.first(where: { $0.error <= tolerance }) { return places(best.knots) }
    }
    var knots = start(loosest)
    var error = refine(&knots)
    while error.distance > loosest, knots.count < Self.mostKnots, insert(error.index, into: &knots) {
      error = refine(&knots)
    }
    remove(from: &knots, loosest)
    return places(knots)
  }

  private func places(_ knots: [Knot]) -> [Point] { (isClosed ? knots.dropLast() : knots[...]).map(\.place) }

  private var least: Int { isClosed ? 4 : 2 }

  private func start(_ tolerance: Double) -> [Knot] {
    var indices = Set(Polyline.simplified(line, tolerance: 4 * tolerance)).union(fixed).sorted()
    if isClosed {
      indices = Set(indices).union([0, line.count / 3, 2 * line.count / 3, line.count - 1]).sorted()
    }
    if indices.count > Self.mostKnots { indices = indices.filter { fixed.contains($0) || $0 % 2 == 0 } }
    return indices.map { Knot(index: $0, place: line[$0]) }
  }

  /// Adds the worst point; where it lies next to one, the middle of the longer side.
  private func insert(_ worst: Int, into knots: inout [Knot]) -> Bool {
    var index = worst
    guard let next = knots.firstIndex(where: { $0.index >= index }), next > 0 else { return false }
    let (low, high) = (knots[next - 1].index, knots[next].index)
    if index - low < 2 || high - index < 2 { index = (low + high) / 2 }
    guard index - low >= 2, high - index >= 2 else { return false }
    knots.insert(Knot(index: index, place: line[index]), at: next)
    return true
  }

  /// Takes away what is not needed, the least needed first.
  private func remove(from knots: inout [Knot], _ tolerance: Double) {
    while knots.count > least, knots.count <= 24 {
      var best: (error: Double, knots: [Knot])?
      for index in knots.indices.dropFirst().dropLast() where !fixed.contains(knots[index].index) {
        var fewer = knots
        fewer.remove(at: index)
        let error = refine(&fewer).distance
        if error <= tolerance, best.map({ error < $0.error }) ?? true { best = (error, fewer) }
      }
      guard let best else { return }
      knots = best.knots
    }
  }

  /// So many points, spread evenly over length and bends and moved to where they fit best: a hand's line has no places that
  /// want more points than others, and a person would write it so.
  private func spread(_ count: Int, _ tolerance: Double) -> (error: Double, knots: [Knot])? {
    var best: (error: Double, knots: [Knot])?
    for bends in [0.5, 0.8, 0.2] {
      var knots = spread(count, bends: bends)
      guard knots.count == count else { continue }
      let error = refine(&knots).distance
      if best.map({ error < $0.error }) ?? true { best = (error, knots) }
      // Near enough, or so far that no other start will do.
      if error <= tolerance || error > 6 * tolerance { break }
    }
    return best
  }

  private func spread(_ count: Int, bends: Double) -> [Knot] {
    var turns = [0.0]
    for index in 1..<(line.count - 1) {
      let reach = min(4, index, line.count - 1 - index)
      let u = line[index] - line[index - reach]
      let v = line[index + reach] - line[index]
      turns.append(turns[index - 1] + abs(u.cross(v)) / max(u.length * v.length, 1e-12))
    }
    turns.append(turns[turns.count - 1])
    let all = turns[turns.count - 1]
    func measure(_ index: Int) -> Double {
      let along = Double(index) / Double(line.count - 1)
      return all > 0 ? (1 - bends) * along + bends * turns[index] / all : along
    }
    var indices: Set<Int> = fixed.union([0, line.count - 1])
    var index = 0
    for k in 1..<max(1, count - 1) {
      let wanted = Double(k) / Double(count - 1)
      while index < line.count - 1, measure(index) < wanted { index += 1 }
      // Corners stand for those next to them.
      if fixed.count > (isClosed ? 0 : 2),
        indices.contains(where: { abs($0 - index) < line.count / (2 * count) })
      {
        continue
      }
      indices.insert(index)
    }
    return indices.sorted().map { Knot(index: $0, place: line[$0]) }
  }

  // MARK: The curve

  /// The curve's pieces between its points.
  private func cubics(_ places: [Point]) -> [(Point, Point, Point, Point)]? {
    let shape = isClosed ? Shapes.blob(Array(places.dropLast())) : Shapes.curve(places)
    guard case .path(let path) = shape else { return nil }
    var result: [(Point, Point, Point, Point)] = []
    var here = places[0]
    for element in path.elements {
      switch element {
      case .move(let p): here = p
      case .line(let p):
        result.append((here, here + (p - here) * (1 / 3), here + (p - here) * (2 / 3), p))
        here = p
      case .curve(let a, let b, let p):
        result.append((here, a, b, p))
        here = p
      case .close: break
      }
    }
    return result.count == places.count - 1 ? result : nil
  }

  /// Where the curve is farthest from the hand's points, after its own have been moved to where they fit best.
  private func refine(_ knots: inout [Knot]) -> (distance: Double, index: Int) {
    var best = knots
    var worst = measure(knots)
    var failures = 0
    for _ in 0..<8 {
      guard let moved = step(knots) else { break }
      knots = moved
      let now = measure(moved)
      if now.distance < 0.99 * worst.distance {
        failures = 0
      } else {
        failures += 1
      }
      if now.distance < worst.distance { (best, worst) = (moved, now) }
      if failures == 2 { break }
    }
    knots = best
    return worst
  }

  private func measure(_ knots: [Knot]) -> (distance: Double, index: Int) {
    guard let cubics = cubics(knots.map(\.place)) else { return (.infinity, line.count / 2) }
    let lines = cubics.map { Cubic.points($0, Self.samples) }
    var worst = (distance: 0.0, index: 0)
    for k in lines.indices {
      let before = k > 0 ? lines[k - 1] : isClosed ? lines[lines.count - 1] : []
      let after = k + 1 < lines.count ? lines[k + 1] : isClosed ? lines[0] : []
      let near = before + lines[k] + after
      for index in knots[k].index...knots[k + 1].index {
        for point in piece.hand[index] {
          let distance = Polyline.distance(point, to: near)
          if distance > worst.distance { worst = (distance, index) }
        }
      }
      // A curve that leaves the line and comes back would be near all of its points.
      let (low, high) = (max(0, knots[k].index - 2), min(line.count - 1, knots[k + 1].index + 2))
      let part = Array(line[low...high])
      for (number, point) in lines[k].enumerated() {
        let distance = Polyline.distance(point, to: part)
        if distance > worst.distance {
          worst = (distance, low + (high - low) * number / Self.samples)
        }
      }
    }
    return worst
  }

  /// One step of Gauss and Newton, damped (Levenberg 1944): distances along the curve's normals, the large ones weighted
  /// more, so that the greatest becomes small.
  private func step(_ knots: [Knot]) -> [Knot]? {
    let free = knots.indices.filter {
      !fixed.contains(knots[$0].index) && !(isClosed && $0 == knots.count - 1)
    }
    guard !free.isEmpty, let base = cubics(knots.map(\.place)) else { return nil }
    let nudge = 1e-4 * max(1e-3, Polyline.length(line) / Double(line.count))
    var nudged: [[(Point, Point, Point, Point)]] = []
    var columns: [(Int, Int)] = []
    for index in free {
      for axis in 0..<2 {
        columns.append((nudged.count, index))
        var places = knots.map(\.place)
        places[index] = places[index] + (axis == 0 ? Point(nudge, 0) : Point(0, nudge))
        if isClosed, index == 0 { places[places.count - 1] = places[0] }
        guard let moved = cubics(places) else { return nil }
        nudged.append(moved)
      }
    }
    var rows: [(slopes: [(Int, Double)], off: Double)] = []
    for (k, cubic) in base.enumerated() {
      let piece = Cubic.points(cubic, Self.samples)
      for index in knots[k].index..<knots[k + 1].index {
        let near = Polyline.nearest(line[index], on: piece)
        let t = (Double(near.segment) + near.share) / Double(Self.samples)
        let direction = piece[near.segment + 1] - piece[near.segment]
        guard direction.length > 0 else { continue }
        let normal = Point(-direction.y, direction.x) * (1 / direction.length)
        let here = Cubic.point(cubic, t)
        var slopes: [(Int, Double)] = []
        for (column, knot) in columns where reaches(k, knot, base.count) {
          let slope = (Cubic.point(nudged[column][k], t) - here).dot(normal) / nudge
          if slope != 0 { slopes.append((column, slope)) }
        }
        rows.append((slopes, (line[index] - here).dot(normal)))
      }
    }
    guard let moves = LeastSquares.solve(rows, unknowns: nudged.count) else { return nil }
    var result = knots
    for (number, index) in free.enumerated() {
      result[index].place = result[index].place + Point(moves[2 * number], moves[2 * number + 1])
    }
    if isClosed { result[result.count - 1].place = result[0].place }
    guard result.allSatisfy(\.place.isFinite) else { return nil }
    associate(&result)
    return result
  }

  /// Whether a piece of the curve depends on a point: it does on its ends and those beside them.
  private func reaches(_ piece: Int, _ knot: Int, _ count: Int) -> Bool {
    let away = knot - piece
    return (-1...2).contains(away)
      || isClosed && ((-1...2).contains(away - count) || (-1...2).contains(away + count))
  }

  /// Lets each point stand for the part of the line that it has come to lie at.
  private func associate(_ knots: inout [Knot]) {
    for k in knots.indices.dropFirst().dropLast() where !fixed.contains(knots[k].index) {
      let low = knots[k - 1].index + 1
      let high = knots[k + 1].index - 1
      guard low <= high else { continue }
      let place = knots[k].place
      var best = (index: knots[k].index, distance: Double.infinity)
      for index in low...high {
        let distance = (line[index] - place).length
        if distance < best.distance { best = (index, distance) }
      }
      knots[k].index = best.index
    }
  }
}

/// Cubic Béziers.
enum Cubic {
  static func point(_ c: (Point, Point, Point, Point), _ t: Double) -> Point {
    let s = 1 - t
    return c.0 * (s * s * s) + c.1 * (3 * s * s * t) + c.2 * (3 * s * t * t) + c.3 * (t * t * t)
  }

  /// `count + 1` points in equal steps of the parameter.
  static func points(_ c: (Point, Point, Point, Point), _ count: Int) -> [Point] {
    (0...count).map { point(c, Double($0) / Double(count)) }
  }
}

/// Least squares of few unknowns.
enum LeastSquares {
  /// Solves the normal equations of weighted rows, slightly damped.
  ///
  /// - Parameters:
  ///   - rows: for each residual its slopes by the unknown's number, and what it should become.
  ///   - unknowns: how many there are.
  /// - Returns: nil where the equations have no solution.
  static func solve(_ rows: [(slopes: [(Int, Double)], off: Double)], unknowns: Int) -> [Double]? {
    let most = rows.reduce(1e-12) { max($0, abs($1.off)) }
    var matrix = [Double](repeating: 0, count: unknowns * unknowns)
    var right = [Double](repeating: 0, count: unknowns)
    for row in rows {
      let share = row.off / most
      let weight = 0.15 + share * share
      for (i, a) in row.slopes {
        right[i] += weight * a * row.off
        for (j, b) in row.slopes { matrix[i * unknowns + j] += weight * a * b }
      }
    }
    let mean = (0..<unknowns).reduce(0) { $0 + matrix[$1 * unknowns + $1] } / Double(max(1, unknowns))
    for i in 0..<unknowns { matrix[i * unknowns + i] += 1e-3 * mean + 1e-12 }
    return cholesky(&matrix, right)
  }

  private static func cholesky(_ a: inout [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    for i in 0..<n {
      for j in 0...i {
        var sum = a[i * n + j]
        for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
        if i == j {
          guard sum > 0 else { return nil }
          a[i * n + i] = sum.squareRoot()
        } else {
          a[i * n + j] = sum / a[j * n + j]
        }
      }
    }
    var x = right
    for i in 0..<n {
      for k in 0..<i { x[i] -= a[i * n + k] * x[k] }
      x[i] /= a[i * n + i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      for k in (i + 1)..<max(i + 1, n) { x[i] -= a[k * n + i] * x[k] }
      x[i] /= a[i * n + i]
    }
    return x
  }
}
