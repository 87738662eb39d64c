import FeditPlan

extension PlanShape {
  /// How many levels of algebra lie on one another.
  var depth: Int {
    switch self {
    case .path: 1
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b):
      1 + max(a.depth, b.depth)
    case .grown(let shape, _, _): 1 + shape.depth
    }
  }
}

extension Affine {
  /// A turn by degrees, clockwise on the screen, about a point.
  static func rotation(_ degrees: Double, about center: Point) -> Affine {
    let c = cosine(degrees)
    let s = sine(degrees)
    return Affine.translation(-center.x, -center.y)
      .then(Affine(a: c, b: s, c: -s, d: c, tx: 0, ty: 0))
      .then(.translation(center.x, center.y))
  }

  static func scaling(_ x: Double, _ y: Double, about center: Point) -> Affine {
    Affine.translation(-center.x, -center.y).then(.scale(x, y)).then(.translation(center.x, center.y))
  }
}

/// The shapes that scripts construct, as paths of lines and cubic Béziers.
package enum Shapes {
  package static func line(_ points: [Point]) -> PlanShape {
    .path(Path(elements: polyline(points), isClosed: false))
  }

  package static func polygon(_ points: [Point]) -> PlanShape {
    .path(Path(elements: polyline(points) + [.close], isClosed: true))
  }

  private static func polyline(_ points: [Point]) -> [PathElement] {
    points.enumerated().map { $0.offset == 0 ? .move($0.element) : .line($0.element) }
  }

  /// A smooth line through its points: centripetal Catmull–Rom (Yuksel, Schaefer, Keyser 2011),
  /// which makes no loops or cusps between its points.
  package static func curve(_ points: [Point]) -> PlanShape {
    .path(Path(elements: smooth(points, closed: false), isClosed: false))
  }

  /// A closed smooth line through its points, by the same formula.
  package static func blob(_ points: [Point]) -> PlanShape {
    .path(Path(elements: smooth(points, closed: true) + [.close], isClosed: true))
  }

  private static func smooth(_ all: [Point], closed: Bool) -> [PathElement] {
    // Points that coincide with the one before would divide by zero and add nothing.
    var points: [Point] = []
    for point in all where points.last.map({ distance($0, point) > 0 }) ?? true { points.append(point) }
    if closed, points.count > 1, let last = points.last, distance(points[0], last) == 0 {
      points.removeLast()
    }
    guard let first = points.first else { return [] }
    guard points.count > 2 else { return polyline(points) }
    let count = points.count
    var elements: [PathElement] = [.move(first)]
    for index in 0..<(closed ? count : count - 1) {
      let p1 = points[index]
      let p2 = points[(index + 1) % count]
      let p0 = closed || index > 0 ? points[(index + count - 1) % count] : nil
      let p3 = closed || index + 2 < count ? points[(index + 2) % count] : nil
      elements.append(.curve(control(p1, from: p0, to: p2), control(p2, from: p3, to: p1), p2))
    }
    return elements
  }

  /// The control point beside a point of a curve, on the way to one neighbour; itself where it has no other one.
  private static func control(_ p: Point, from before: Point?, to after: Point) -> Point {
    guard let before else { return p }
    let d1 = distance(before, p).squareRoot()
    let d2 = distance(p, after).squareRoot()
    let scale = 3 * d1 * (d1 + d2)
    let a = 2 * d1 * d1 + 3 * d1 * d2 + d2 * d2
    return Point(
      (d1 * d1 * after.x - d2 * d2 * before.x + a * p.x) / scale,
      (d1 * d1 * after.y - d2 * d2 * before.y + a * p.y) / scale)
  }

  static func distance(_ a: Point, _ b: Point) -> Double {
    let x = a.x - b.x
    let y = a.y - b.y
    return (x * x + y * y).squareRoot()
  }

  /// `points.count` is 1 more than a multiple of 3.
  static func bezier(_ points: [Point]) -> PlanShape {
    var elements: [PathElement] = [.move(points[0])]
    for index in stride(from: 1, to: points.count - 2, by: 3) {
      elements.append(.curve(points[index], points[index + 1], points[index + 2]))
    }
    return .path(Path(elements: elements, isClosed: false))
  }

  /// Angles in degrees from the x axis, clockwise on the screen.
  static func arc(_ center: Point, _ radius: Double, from: Double, to: Double) -> PlanShape {
    let map = Affine.scale(radius, radius).then(.translation(center.x, center.y))
    return .path(Path(elements: unitArc(from: from, to: to).transformed(by: map).elements, isClosed: false))
  }

  /// An arc of the unit circle in pieces of at most 90°, each a cubic that is off by at most 2.7e-4.
  private static func unitArc(from: Double, to: Double) -> Path {
    let sweep = min(max(to - from, -360), 360)
    let pieces = max(1, Int((abs(sweep) / 90).rounded(.up)))
    let step = sweep / Double(pieces)
    let handle = 4.0 / 3.0 * sine(step / 4) / cosine(step / 4)
    func at(_ degrees: Double) -> Point { Point(cosine(degrees), sine(degrees)) }
    var elements: [PathElement] = [.move(at(from))]
    for piece in 0..<pieces {
      let p = at(from + step * Double(piece))
      let q = at(from + step * Double(piece + 1))
      elements.append(
        .curve(
          Point(p.x - handle * p.y, p.y + handle * p.x), Point(q.x + handle * q.y, q.y - handle * q.x), q))
    }
    return Path(elements: elements, isClosed: false)
  }

  static func ellipse(_ center: Point, _ radii: Point) -> PlanShape {
    let map = Affine.scale(radii.x, radii.y).then(.translation(center.x, center.y))
    let elements = unitArc(from: 0, to: 360).transformed(by: map).elements + [.close]
    return .path(Path(elements: elements, isClosed: true))
  }

  /// A rectangle; `round` is the corners' radius, at most half of the shorter side.
  static func rect(_ origin: Point, _ size: Point, round: Double) -> PlanShape {
    let left = min(origin.x, origin.x + size.x)
    let top = min(origin.y, origin.y + size.y)
    let width = abs(size.x)
    let height = abs(size.y)
    let r = min(round, width / 2, height / 2)
    guard r > 0 else {
      return polygon([
        Point(left, top), Point(left + width, top), Point(left + width, top + height),
        Point(left, top + height),
      ])
    }
    var elements: [PathElement] = []
    let corners = [
      (Point(left + width - r, top + r), -90.0), (Point(left + width - r, top + height - r), 0.0),
      (Point(left + r, top + height - r), 90.0), (Point(left + r, top + r), 180.0),
    ]
    for (center, start) in corners {
      let map = Affine.scale(r, r).then(.translation(center.x, center.y))
      let piece = unitArc(from: start, to: start + 90).transformed(by: map).elements
      if case .move(let p) = piece[0] { elements.append(elements.isEmpty ? .move(p) : .line(p)) }
      elements += piece.dropFirst()
    }
    return .path(Path(elements: elements + [.close], isClosed: true))
  }
}
