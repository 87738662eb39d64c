import FeditPlan

/// Measures of lines given by their points.
enum Polyline {
  static func length(_ points: [Point]) -> Double {
    zip(points, points.dropFirst()).reduce(0) { $0 + $1.0.distance(to: $1.1) }
  }

  /// The area inside the closed line, negative where it runs the other way.
  static func area(_ points: [Point]) -> Double {
    guard let first = points.first else { return 0 }
    return zip(points, points.dropFirst() + [first]).reduce(0) { $0 + ($1.0 - first).cross($1.1 - first) } / 2
  }

  /// Points in equal steps along a line, its ends kept; the last step of an open line is as long as the others, nearly.
  static func even(_ points: [Point], step: Double, isClosed: Bool) -> [Point] {
    guard points.count > 1 else { return points }
    let line = isClosed ? points + [points[0]] : points
    let total = length(line)
    guard total > 0 else { return [points[0]] }
    let count = max(isClosed ? 3 : 1, Int((total / step).rounded()))
    var result: [Point] = []
    var index = 0
    var passed = 0.0
    for k in 0..<(isClosed ? count : count + 1) {
      let wanted = total * Double(k) / Double(count)
      while index < line.count - 2, passed + line[index].distance(to: line[index + 1]) < wanted {
        passed += line[index].distance(to: line[index + 1])
        index += 1
      }
      let span = line[index].distance(to: line[index + 1])
      let share = span > 0 ? max(0, min(1, (wanted - passed) / span)) : 0
      result.append(line[index] + (line[index + 1] - line[index]) * share)
    }
    return result
  }

  /// A point's distance from the nearest place of a line.
  static func distance(_ p: Point, to line: [Point]) -> Double { nearest(p, on: line).distance }

  /// The nearest place of a line: its distance, the number of its segment, and how far along that it is (0…1).
  static func nearest(_ p: Point, on line: [Point]) -> (distance: Double, segment: Int, share: Double) {
    guard line.count > 1 else { return (line.first.map { p.distance(to: $0) } ?? .infinity, 0, 0) }
    var best = (distance: Double.infinity, segment: 0, share: 0.0)
    for index in 0..<(line.count - 1) {
      let along = line[index + 1] - line[index]
      let square = along.dot(along)
      let share = square > 0 ? max(0, min(1, (p - line[index]).dot(along) / square)) : 0
      let away = line[index] + along * share - p
      let distance = away.dot(away)
      if distance < best.distance { best = (distance, index, share) }
    }
    best.distance = best.distance.squareRoot()
    return best
  }

  /// The farthest that a point of one line is from another.
  static func deviation(of points: [Point], from line: [Point]) -> Double {
    points.reduce(0) { max($0, distance($1, to: line)) }
  }

  /// The points that keep all others within a distance of the line, by their numbers (Douglas and Peucker 1973).
  static func simplified(_ points: [Point], tolerance: Double) -> [Int] {
    guard points.count > 2 else { return Array(points.indices) }
    var kept: Set<Int> = [0, points.count - 1]
    var pending = [(0, points.count - 1)]
    while let (first, last) = pending.popLast() {
      var worst = (index: first, distance: tolerance)
      for index in (first + 1)..<max(first + 1, last) {
        let away = distance(points[index], to: [points[first], points[last]])
        if away > worst.distance { worst = (index, away) }
      }
      guard worst.index != first else { continue }
      kept.insert(worst.index)
      pending += [(first, worst.index), (worst.index, last)]
    }
    return kept.sorted()
  }
}
