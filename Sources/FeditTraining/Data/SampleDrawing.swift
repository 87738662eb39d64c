import FeditPixels
import FeditPlan
import FeditProgram
import FeditRaster

/// What a person draws in a sample, as the strokes of an edit; drawn by the rasterizer that scripts are drawn by.
struct SampleDrawing {
  /// The sample's side in pixels.
  let size: Int
  private(set) var strokes: [PlanStroke] = []

  init(size: Int) { self.size = size }

  /// Adds a stroke.
  ///
  /// - Parameters:
  ///   - layer: what it is drawn into.
  ///   - shape: in sample pixels.
  ///   - brush: the width of an open shape's line in pixels; nil for the layer's default.
  ///   - label: what tells colour strokes apart, 0…65535.
  mutating func add(_ layer: PlanLayer, _ shape: PlanShape, brush: Double? = nil, label: Int = 0) {
    strokes.append(
      PlanStroke(
        layer: layer, isErase: false, content: .shape(shape),
        color: layer == .color
          ? RGB8(red: UInt8(label & 255), green: UInt8(label >> 8 & 255), blue: 0) : nil,
        brush: brush.map { PlanStroke.Brush(width: $0, pen: .identity) }, label: nil, file: "", line: 1,
        column: 1))
  }

  /// The strokes' layers; the colours are labels.
  var layers: Layers { Self.layers(strokes, map: .identity, side: Double(size), size: size) }

  private static func layers(_ strokes: [PlanStroke], map: Affine, side: Double, size: Int) -> Layers {
    let edit = PlanEdit(name: "", index: 0, strokes: strokes)
    do throws(RasterError) {
      return try Rasterizer.layers(
        of: edit, in: PlanRegion(toPhoto: map, side: side, size: size, origin: .written),
        photo: PlanPhoto(file: PlanFile(name: "", path: ""), width: size, height: size), images: [:])
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// How much of each pixel a shape covers, on the least square around it.
  struct Coverage {
    var x: Int
    var y: Int
    var side: Int
    /// 0…1, `side * side`.
    var values: [Float]
  }

  /// A shape's coverage from nine samples a pixel.
  static func coverage(_ shape: PlanShape, brush: Double?, box: (low: Point, high: Point), size: Int)
    -> Coverage?
  {
    let reach = (brush ?? 0) / 2 + 1
    let x = max(0, Int((box.low.x - reach).rounded(.down)))
    let y = max(0, Int((box.low.y - reach).rounded(.down)))
    let width = min(size, Int((box.high.x + reach).rounded(.up))) - x
    let height = min(size, Int((box.high.y + reach).rounded(.up))) - y
    guard width > 0, height > 0 else { return nil }
    let side = max(width, height)
    var drawing = SampleDrawing(size: size)
    drawing.add(.color, shape, brush: brush)
    let map = Affine.scale(1.0 / 3, 1.0 / 3).then(.translation(Double(x), Double(y)))
    let set = layers(drawing.strokes, map: map, side: Double(side), size: 3 * side).colorSet
    var values = [Float](repeating: 0, count: side * side)
    for row in 0..<3 * side {
      for column in 0..<3 * side where set[row * 3 * side + column] != 0 {
        values[row / 3 * side + column / 3] += 1.0 / 9
      }
    }
    return Coverage(x: x, y: y, side: side, values: values)
  }
}

extension SeededRandom {
  /// A number of a range.
  mutating func real(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(unit())
  }

  /// A number of a range from `low` above 0, each doubling of it as likely as another.
  mutating func logarithmic(_ range: ClosedRange<Double>) -> Double {
    // 2ˣ for x of 0…log₂(high / low), by halving steps: no logarithm, whose bits depend on the C library.
    let ratio = range.upperBound / range.lowerBound
    var value = range.lowerBound
    var step = ratio.squareRoot()
    for _ in 0..<12 {
      if chance(0.5) { value *= step }
      step = step.squareRoot()
    }
    return value
  }
}

/// Shapes in sample pixels.
enum SampleShapes {
  /// An ellipse, turned so that its first half axis points along a unit vector.
  static func ellipse(_ center: Point, _ rx: Double, _ ry: Double, along u: (x: Double, y: Double) = (1, 0))
    -> PlanShape
  {
    // A quarter of the unit circle as a cubic (off by 2.7e-4).
    let k = 0.5522847498
    let map = Affine(a: rx * u.x, b: rx * u.y, c: -ry * u.y, d: ry * u.x, tx: center.x, ty: center.y)
    func at(_ x: Double, _ y: Double) -> Point { map(Point(x, y)) }
    return .path(
      Path(
        elements: [
          .move(at(1, 0)), .curve(at(1, k), at(k, 1), at(0, 1)), .curve(at(-k, 1), at(-1, k), at(-1, 0)),
          .curve(at(-1, -k), at(-k, -1), at(0, -1)), .curve(at(k, -1), at(1, -k), at(1, 0)), .close,
        ], isClosed: true))
  }

  static func rectangle(x: Double, y: Double, width: Double, height: Double) -> PlanShape {
    Shapes.polygon([
      Point(x, y), Point(x + width, y), Point(x + width, y + height), Point(x, y + height),
    ])
  }

  /// A closed smooth line around a centre, as a hand draws an oval: some points at uneven distances.
  static func blob(
    _ center: Point, _ rx: Double, _ ry: Double, wobble: Double, _ random: inout SeededRandom
  ) -> PlanShape {
    let count = random.integer(7...11)
    let turn = random.real(0...360)
    return Shapes.blob(
      (0..<count).map { i in
        let angle = turn + 360 * Double(i) / Double(count)
        let r = 1 + random.real(-wobble...wobble)
        return Point(center.x + rx * r * cosine(angle), center.y + ry * r * sine(angle))
      })
  }

  /// A star-shaped polygon around a centre.
  static func polygon(_ center: Point, _ radii: ClosedRange<Double>, _ random: inout SeededRandom)
    -> PlanShape
  {
    let count = random.integer(3...8)
    let turn = random.real(0...360)
    return Shapes.polygon(
      (0..<count).map { i in
        let angle = turn + 360 * (Double(i) + random.real(-0.3...0.3)) / Double(count)
        let r = random.real(radii)
        return Point(center.x + r * cosine(angle), center.y + r * sine(angle))
      })
  }

  /// The box around a shape's control points.
  static func box(_ shape: PlanShape) -> (low: Point, high: Point) {
    switch shape {
    case .path(let path):
      var low = Point(.infinity, .infinity)
      var high = Point(-.infinity, -.infinity)
      for p in path.elements.lazy.flatMap(\.points) {
        low = Point(min(low.x, p.x), min(low.y, p.y))
        high = Point(max(high.x, p.x), max(high.y, p.y))
      }
      return (low, high)
    case .union(let a, let b):
      let (p, q) = (box(a), box(b))
      return (
        Point(min(p.low.x, q.low.x), min(p.low.y, q.low.y)),
        Point(max(p.high.x, q.high.x), max(p.high.y, q.high.y))
      )
    case .subtraction(let a, _), .intersection(let a, _): return box(a)
    case .grown(let inner, let radius, _):
      let b = box(inner)
      return (Point(b.low.x - radius, b.low.y - radius), Point(b.high.x + radius, b.high.y + radius))
    }
  }
}
