import FeditPlan

/// A run of straight lines in device pixels.
struct Polyline: Hashable {
  var points: [Point]
  var isClosed: Bool
}

extension Path {
  /// The area between the control points, which holds the path.
  func box(_ map: Affine) -> Box {
    var box = Box.nothing
    func add(_ p: Point) {
      let q = map(p)
      box.add(q.x, q.y)
    }
    for element in elements {
      switch element {
      case .move(let p), .line(let p): add(p)
      case .curve(let a, let b, let c):
        add(a)
        add(b)
        add(c)
      case .close: break
      }
    }
    return box
  }

  /// Whether there is nothing but straight lines.
  var isStraight: Bool {
    elements.allSatisfy { if case .curve = $0 { false } else { true } }
  }

  /// The path with every part closed, as filling sees it.
  var closed: Path {
    var result = Path(elements: [], isClosed: true)
    result.elements.reserveCapacity(elements.count + 1)
    for element in elements {
      if case .move = element, let last = result.elements.last, last != .close {
        result.elements.append(.close)
      }
      result.elements.append(element)
    }
    if let last = result.elements.last, last != .close { result.elements.append(.close) }
    return result
  }

  /// The path's lines with the curves replaced by chords.
  ///
  /// - Parameters:
  ///   - map: From photo to device pixels.
  ///   - curve: Appends a curve's points without its first.
  /// - Returns: A line for each part.
  func polylines(
    _ map: Affine, curve: (Point, Point, Point, Point, inout [Point]) -> Void
  ) -> [Polyline] {
    var result: [Polyline] = []
    var points: [Point] = []
    func finish(closed: Bool) {
      if !points.isEmpty { result.append(Polyline(points: points, isClosed: closed)) }
      points = []
    }
    for element in elements {
      switch element {
      case .move(let p):
        finish(closed: false)
        points = [map(p)]
      case .line(let p): points.append(map(p))
      case .curve(let a, let b, let c):
        let from = points.last ?? map(a)
        if points.isEmpty { points.append(from) }
        curve(from, map(a), map(b), map(c), &points)
      case .close:
        let start = points.first
        finish(closed: true)
        // What follows goes on from the start.
        if let start { points = [start] }
      }
    }
    // A lone point left over by a close is no line.
    if points.count == 1, let last = elements.last, case .close = last { points = [] }
    finish(closed: false)
    return result
  }
}

/// Geometry of any size, cut down to what a canvas can show before Cairo sees it.
///
/// Cairo keeps coordinates in 24.8 fixed point and goes wrong above 8.3 million. Where a path reaches
/// farther than `Clipping.reach` its curves are flattened here, exactly where the canvas is and coarsely
/// elsewhere, and its lines are cut off outside the canvas.
enum Clipping {
  /// Up to here Cairo's own arithmetic is used.
  static let reach = 1_048_576.0

  /// The path's lines; a curve is subdivided only while it can come near the box.
  static func polylines(_ path: Path, _ map: Affine, near box: Box) -> [Polyline] {
    path.polylines(map) { p, a, b, q, points in
      subdivide(p, a, b, q, box, depth: 0, &points)
    }
  }

  private static func subdivide(
    _ p: Point, _ a: Point, _ b: Point, _ q: Point, _ box: Box, depth: Int, _ points: inout [Point]
  ) {
    var hull = Box.nothing
    for c in [p, a, b, q] { hull.add(c.x, c.y) }
    // The hull is convex: outside the box the chord winds around the box as the curve does.
    if depth >= 40 || !hull.touches(box) || isFlat(p, a, b, q) {
      points.append(q)
      return
    }
    func middle(_ s: Point, _ t: Point) -> Point { Point((s.x + t.x) / 2, (s.y + t.y) / 2) }
    let pa = middle(p, a)
    let ab = middle(a, b)
    let bq = middle(b, q)
    let left = middle(pa, ab)
    let right = middle(ab, bq)
    let center = middle(left, right)
    subdivide(p, pa, left, center, box, depth: depth + 1, &points)
    subdivide(center, right, bq, q, box, depth: depth + 1, &points)
  }

  /// Whether the control points lie within the tolerance of the chord's thirds.
  private static func isFlat(_ p: Point, _ a: Point, _ b: Point, _ q: Point) -> Bool {
    let tolerance = Canvas.tolerance
    let ax = a.x - (2 * p.x + q.x) / 3
    let ay = a.y - (2 * p.y + q.y) / 3
    let bx = b.x - (p.x + 2 * q.x) / 3
    let by = b.y - (p.y + 2 * q.y) / 3
    return max(ax * ax + ay * ay, bx * bx + by * by) <= tolerance * tolerance
  }

  /// A polygon's part in a box; around every point inside it winds as before (Sutherland, Hodgman 1974).
  static func polygon(_ points: [Point], in box: Box) -> [Point] {
    var current = points
    // How far a point is inside of each side.
    let sides: [(Point) -> Double] = [
      { $0.x - box.lowX }, { box.highX - $0.x }, { $0.y - box.lowY }, { box.highY - $0.y },
    ]
    for inside in sides {
      guard var previous = current.last else { return [] }
      var next: [Point] = []
      for point in current {
        let before = inside(previous)
        let now = inside(point)
        if (before < 0) != (now < 0) {
          let t = before / (before - now)
          next.append(
            Point(previous.x + (point.x - previous.x) * t, previous.y + (point.y - previous.y) * t))
        }
        if now >= 0 { next.append(point) }
        previous = point
      }
      current = next
    }
    return current
  }

  /// A polyline's parts in a box (Liang, Barsky 1984).
  static func pieces(of line: Polyline, in box: Box) -> [Polyline] {
    var points = line.points
    if line.isClosed, let first = points.first { points.append(first) }
    if points.count == 1 { points.append(points[0]) }
    var result: [Polyline] = []
    var current: [Point] = []
    for (p, q) in zip(points, points.dropFirst()) {
      guard let (from, to) = segment(p, q, in: box) else {
        if current.count > 1 { result.append(Polyline(points: current, isClosed: false)) }
        current = []
        continue
      }
      if current.last != from {
        if current.count > 1 { result.append(Polyline(points: current, isClosed: false)) }
        current = [from]
      }
      current.append(to)
    }
    if current.count > 1 { result.append(Polyline(points: current, isClosed: false)) }
    return result
  }

  private static func segment(_ p: Point, _ q: Point, in box: Box) -> (Point, Point)? {
    let dx = q.x - p.x
    let dy = q.y - p.y
    var from = 0.0
    var to = 1.0
    for (direction, distance) in [
      (-dx, p.x - box.lowX), (dx, box.highX - p.x), (-dy, p.y - box.lowY), (dy, box.highY - p.y),
    ] {
      if direction == 0 {
        if distance < 0 { return nil }
      } else {
        let t = distance / direction
        if direction < 0 { from = max(from, t) } else { to = min(to, t) }
      }
    }
    guard from <= to else { return nil }
    return (
      from == 0 ? p : Point(p.x + dx * from, p.y + dy * from),
      to == 1 ? q : Point(p.x + dx * to, p.y + dy * to)
    )
  }
}
