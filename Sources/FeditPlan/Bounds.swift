/// The least rectangle around something, in photo pixels.
public struct Bounds: Hashable, Sendable {
  /// The corner with the least coordinates.
  public var low: Point
  /// The corner with the greatest.
  public var high: Point

  /// The rectangle with two corners that lie opposite.
  public init(from a: Point, to b: Point) {
    low = Point(min(a.x, b.x), min(a.y, b.y))
    high = Point(max(a.x, b.x), max(a.y, b.y))
  }

  /// The least rectangle that holds two; nil where there is none.
  public static func union(_ a: Bounds?, _ b: Bounds?) -> Bounds? {
    guard let a else { return b }
    guard let b else { return a }
    var result = a
    result.add(b.low)
    result.add(b.high)
    return result
  }

  /// Grows to hold a point.
  public mutating func add(_ p: Point) {
    low = Point(min(low.x, p.x), min(low.y, p.y))
    high = Point(max(high.x, p.x), max(high.y, p.y))
  }

  /// Of a shape's outline without its brush; nil where it has no points.
  public init?(of shape: PlanShape) {
    switch shape {
    case .path(let path):
      var bounds: Bounds?
      var current = Point(0, 0)
      func add(_ p: Point) {
        if bounds == nil { bounds = Bounds(from: p, to: p) } else { bounds?.add(p) }
      }
      for element in path.elements {
        switch element {
        case .move(let p), .line(let p):
          add(p)
          current = p
        case .curve(let a, let b, let c):
          for point in Point.onCurve(from: current, a, b, to: c) { add(point) }
          current = c
        case .close: break
        }
      }
      guard let bounds else { return nil }
      self = bounds
    case .union(let a, let b):
      guard let both = Bounds.union(Bounds(of: a), Bounds(of: b)) else { return nil }
      self = both
    case .subtraction(let a, _):
      guard let bounds = Bounds(of: a) else { return nil }
      self = bounds
    case .intersection(let a, let b):
      guard let a = Bounds(of: a), let b = Bounds(of: b) else { return nil }
      self = Bounds(
        from: Point(max(a.low.x, b.low.x), max(a.low.y, b.low.y)),
        to: Point(
          max(min(a.high.x, b.high.x), max(a.low.x, b.low.x)),
          max(min(a.high.y, b.high.y), max(a.low.y, b.low.y))))
    case .grown(let inner, let radius, let pen):
      guard let bounds = Bounds(of: inner) else { return nil }
      self = bounds.grown(by: max(0, radius), pen)
    }
  }

  /// Wider on each side by a round pen of a radius in script units.
  public func grown(by radius: Double, _ pen: Affine) -> Bounds {
    let x = radius * (pen.a * pen.a + pen.c * pen.c).squareRoot()
    let y = radius * (pen.b * pen.b + pen.d * pen.d).squareRoot()
    return Bounds(from: Point(low.x - x, low.y - y), to: Point(high.x + x, high.y + y))
  }

  /// With what the stroke's brush adds to an open shape.
  public func grown(by stroke: PlanStroke, _ photo: PlanPhoto) -> Bounds {
    guard case .shape(let shape) = stroke.content, !shape.isClosed else { return self }
    if let brush = stroke.brush { return grown(by: brush.width / 2, brush.pen) }
    // The default brush depends on the region, which is not known yet; the photo's side stands in.
    return grown(by: Double(min(photo.width, photo.height)) * 6 / 512, .identity)
  }
}
