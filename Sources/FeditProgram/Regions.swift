import FeditPlan

/// The least rectangle around something, in photo pixels.
struct Bounds: Hashable {
  var low: Point
  var high: Point

  init(from a: Point, to b: Point) {
    low = Point(min(a.x, b.x), min(a.y, b.y))
    high = Point(max(a.x, b.x), max(a.y, b.y))
  }

  static func union(_ a: Bounds?, _ b: Bounds?) -> Bounds? {
    guard let a else { return b }
    guard let b else { return a }
    var result = a
    result.add(b.low)
    result.add(b.high)
    return result
  }

  mutating func add(_ p: Point) {
    low = Point(min(low.x, p.x), min(low.y, p.y))
    high = Point(max(high.x, p.x), max(high.y, p.y))
  }

  /// Of a shape's outline without its brush; nil where it has no points.
  init?(of shape: PlanShape) {
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
          // Sixteen points on the curve: less than 1 % of its size off.
          for step in 1...16 {
            let t = Double(step) / 16
            let u = 1 - t
            func bezier(_ p: Double, _ q: Double, _ r: Double, _ s: Double) -> Double {
              u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s
            }
            add(Point(bezier(current.x, a.x, b.x, c.x), bezier(current.y, a.y, b.y, c.y)))
          }
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
  func grown(by radius: Double, _ pen: Affine) -> Bounds {
    let x = radius * (pen.a * pen.a + pen.c * pen.c).squareRoot()
    let y = radius * (pen.b * pen.b + pen.d * pen.d).squareRoot()
    return Bounds(from: Point(low.x - x, low.y - y), to: Point(high.x + x, high.y + y))
  }

  /// With what the stroke's brush adds to an open shape.
  func grown(by stroke: PlanStroke, _ photo: PlanPhoto) -> Bounds {
    guard case .shape(let shape) = stroke.content, !shape.isClosed else { return self }
    if let brush = stroke.brush { return grown(by: brush.width / 2, brush.pen) }
    // The default brush depends on the region, which is not known yet; the photo's side stands in.
    return grown(by: Double(min(photo.width, photo.height)) * 6 / 512, .identity)
  }
}

enum Regions {
  /// The square in which a face lies as in the training portraits: the side is 4.2 eye distances, the
  /// eyes are level and their middle is at (0.5, 0.475).
  static func aligned(left: Point, right: Point, size: Int) -> PlanRegion {
    let x = right.x - left.x
    let y = right.y - left.y
    let distance = (x * x + y * y).squareRoot()
    let side = 4.2 * distance
    let scale = side / Double(size)
    let turn = Affine(
      a: x / distance * scale, b: y / distance * scale, c: -y / distance * scale, d: x / distance * scale,
      tx: 0,
      ty: 0)
    let anchor = turn(Point(0.5 * Double(size), 0.475 * Double(size)))
    let toPhoto = turn.then(
      .translation((left.x + right.x) / 2 - anchor.x, (left.y + right.y) / 2 - anchor.y))
    return PlanRegion(toPhoto: toPhoto, side: side, size: size, origin: .face)
  }

  /// The square around the masks with as much again on each side, in whole pixels; sides and corners
  /// are snapped to eighths, so that a small change does not move it. At least as large as the
  /// generator's frame where the photo allows, and inside the photo where it fits.
  static func around(_ bounds: Bounds?, photo: PlanPhoto, size: Int) -> PlanRegion {
    let width = Double(photo.width)
    let height = Double(photo.height)
    let shorter = min(width, height)
    let longer = max(width, height)
    let box = bounds ?? Bounds(from: Point(0, 0), to: Point(width, height))
    let extent = max(box.high.x - box.low.x, box.high.y - box.low.y, 1)
    let wanted = min(max(3 * extent, min(Double(size), shorter)), longer)
    // Eighths of the power of two at or below the side.
    var power = 8.0
    while power * 2 <= wanted { power *= 2 }
    let grain = power / 8
    var side = (wanted / grain).rounded(.up) * grain
    if side > longer { side = longer.rounded() }
    let eighth = max(1, (side / 8).rounded(.down))
    func corner(_ low: Double, _ high: Double, _ length: Double) -> Double {
      let free = (((low + high) / 2 - side / 2) / eighth).rounded() * eighth
      // Inside the photo where it fits, else centred over it.
      return side <= length ? min(max(free, 0), length - side) : ((length - side) / 2).rounded()
    }
    let scale = side / Double(size)
    let origin = Point(corner(box.low.x, box.high.x, width), corner(box.low.y, box.high.y, height))
    return PlanRegion(
      toPhoto: Affine.scale(scale, scale).then(.translation(origin.x, origin.y)), side: side, size: size,
      origin: .aroundMasks)
  }
}
