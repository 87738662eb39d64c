import FeditPixels

/// A place or a vector; in a plan always in photo pixels, x right, y down, pixel centres at .5.
public struct Point: Hashable, Sendable, Codable {
  /// To the right.
  public var x: Double
  /// Downwards.
  public var y: Double

  /// A place or a vector by its coordinates.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An affine map: `x' = a x + c y + tx`, `y' = b x + d y + ty` (Cairo's order).
public struct Affine: Hashable, Sendable, Codable {
  /// What x adds to x'.
  public var a: Double
  /// What x adds to y'.
  public var b: Double
  /// What y adds to x'.
  public var c: Double
  /// What y adds to y'.
  public var d: Double
  /// Added to x'.
  public var tx: Double
  /// Added to y'.
  public var ty: Double

  /// A map by its six numbers.
  public init(a: Double, b: Double, c: Double, d: Double, tx: Double, ty: Double) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.tx = tx
    self.ty = ty
  }

  /// The map that changes nothing.
  public static let identity = Affine(a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0)

  /// The map that moves everything by a vector.
  public static func translation(_ x: Double, _ y: Double) -> Affine {
    Affine(a: 1, b: 0, c: 0, d: 1, tx: x, ty: y)
  }

  /// The map that stretches about the origin.
  public static func scale(_ x: Double, _ y: Double) -> Affine {
    Affine(a: x, b: 0, c: 0, d: y, tx: 0, ty: 0)
  }

  /// The image of a point.
  public func callAsFunction(_ p: Point) -> Point {
    Point(a * p.x + c * p.y + tx, b * p.x + d * p.y + ty)
  }

  /// The map that does `self` first, then `next`.
  public func then(_ next: Affine) -> Affine {
    Affine(
      a: next.a * a + next.c * b, b: next.b * a + next.d * b,
      c: next.a * c + next.c * d, d: next.b * c + next.d * d,
      tx: next.a * tx + next.c * ty + next.tx, ty: next.b * tx + next.d * ty + next.ty)
  }

  /// The map without its translation.
  public var linear: Affine { Affine(a: a, b: b, c: c, d: d, tx: 0, ty: 0) }

  /// The factor by which areas grow; negative where the map mirrors.
  public var determinant: Double { a * d - b * c }

  /// The factor by which lengths grow: of a similarity in every direction, of other maps on average.
  public var scaleFactor: Double { abs(determinant).squareRoot() }

  /// The inverse, or nil where the determinant is zero or not finite.
  public var inverse: Affine? {
    let det = determinant
    guard det != 0, det.isFinite else { return nil }
    return Affine(
      a: d / det, b: -b / det, c: -c / det, d: a / det,
      tx: (c * ty - d * tx) / det, ty: (b * tx - a * ty) / det)
  }
}

/// One step of a path; curves are cubic Béziers.
public enum PathElement: Hashable, Sendable, Codable {
  case move(Point)
  case line(Point)
  case curve(Point, Point, Point)
  case close
}

extension PathElement {
  /// Its letter in SVG path data.
  public var letter: String {
    switch self {
    case .move: "M"
    case .line: "L"
    case .curve: "C"
    case .close: "Z"
    }
  }

  /// The points that stand behind its letter: a curve's controls before its end.
  public var points: [Point] {
    switch self {
    case .move(let p), .line(let p): [p]
    case .curve(let a, let b, let c): [a, b, c]
    case .close: []
    }
  }
}

extension Point {
  /// Sixteen points at equal steps along a cubic Bézier, its end the last one; between them less than 1 % of its size off.
  static func onCurve(from start: Point, _ a: Point, _ b: Point, to end: Point) -> [Point] {
    (1...16).map { step in
      let t = Double(step) / 16
      let u = 1 - t
      func bezier(_ p: Double, _ q: Double, _ r: Double, _ s: Double) -> Double {
        u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s
      }
      return Point(bezier(start.x, a.x, b.x, end.x), bezier(start.y, a.y, b.y, end.y))
    }
  }
}

/// A path in photo pixels. Arcs and smooth curves are already cubic Béziers.
public struct Path: Hashable, Sendable, Codable {
  /// In the order of drawing; every part begins with a `move`.
  public var elements: [PathElement]
  /// Whether the shape encloses an area: filled by `mask` and `color`, outlined by `sketch`.
  /// An open one is stroked with the brush by all three.
  public var isClosed: Bool

  /// A path of these steps.
  public init(elements: [PathElement], isClosed: Bool) {
    self.elements = elements
    self.isClosed = isClosed
  }

  /// The path under an affine map.
  public func transformed(by map: Affine) -> Path {
    Path(
      elements: elements.map { element in
        switch element {
        case .move(let p): .move(map(p))
        case .line(let p): .line(map(p))
        case .curve(let a, let b, let c): .curve(map(a), map(b), map(c))
        case .close: .close
        }
      }, isClosed: isClosed)
  }
}

/// A shape resolved to photo pixels; filled by the non-zero rule.
public indirect enum PlanShape: Hashable, Sendable, Codable {
  case path(Path)
  case union(PlanShape, PlanShape)
  case subtraction(PlanShape, PlanShape)
  case intersection(PlanShape, PlanShape)
  /// The shape united with its own outline drawn `2 * radius` wide with round joins;
  /// a negative radius takes the outline away. `pen` maps the script units of the place
  /// where it was written to photo pixels (translation unused), so that the pen is scaled with its frame.
  case grown(PlanShape, radius: Double, pen: Affine)

  /// The outlines of all parts, in the order in which they are combined.
  public var paths: [Path] {
    switch self {
    case .path(let path): [path]
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b): a.paths + b.paths
    case .grown(let shape, _, _): shape.paths
    }
  }

  /// Whether every part is closed, so that it has an inside.
  public var isClosed: Bool {
    switch self {
    case .path(let path): path.isClosed
    case .union(let a, let b): a.isClosed && b.isClosed
    case .subtraction, .intersection: true
    case .grown: true
    }
  }

  /// The shape under an affine map; pens are mapped along.
  public func transformed(by map: Affine) -> PlanShape {
    switch self {
    case .path(let path): .path(path.transformed(by: map))
    case .union(let a, let b): .union(a.transformed(by: map), b.transformed(by: map))
    case .subtraction(let a, let b): .subtraction(a.transformed(by: map), b.transformed(by: map))
    case .intersection(let a, let b): .intersection(a.transformed(by: map), b.transformed(by: map))
    case .grown(let shape, let radius, let pen):
      .grown(shape.transformed(by: map), radius: radius, pen: pen.then(map).linear)
    }
  }
}

extension PlanRegion {
  /// The region in a photo that is enlarged or made smaller; the generator's size stays.
  public func scaled(by factor: Double) -> PlanRegion {
    PlanRegion(
      toPhoto: toPhoto.then(.scale(factor, factor)), side: side * factor, size: size, origin: origin)
  }
}

extension PlanStroke {
  /// The stroke under an affine map; its pen is mapped along.
  public func transformed(by map: Affine) -> PlanStroke {
    var stroke = self
    switch content {
    case .shape(let shape): stroke.content = .shape(shape.transformed(by: map))
    case .image(let file, let toPhoto): stroke.content = .image(file, toPhoto: toPhoto.then(map))
    }
    if let pen = brush?.pen { stroke.brush?.pen = pen.then(map).linear }
    if let target = warp?.target { stroke.warp?.target = target.transformed(by: map) }
    stroke.warp?.reach *= map.scaleFactor
    return stroke
  }
}

// MARK: Text

/// The shortest text that reads back as the same number, without a needless `.0`.
public func numberText(_ value: Double) -> String {
  if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
  return "\(value)"
}

/// The shortest text of a number that is rounded to some decimal places.
public func numberText(_ value: Double, decimals: Int) -> String {
  let unit = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
  return numberText((value * unit).rounded() / unit)
}

/// `#rrggbb`.
public func colorText(_ color: RGB8) -> String {
  let digits = Array("0123456789abcdef")
  return "#"
    + String([color.red, color.green, color.blue].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
