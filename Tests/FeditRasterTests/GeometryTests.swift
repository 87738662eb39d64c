import FeditPixels
import FeditPlan
import FeditRaster
import FeditTestSupport
import Testing

/// Whether a point is inside a polygon by the non-zero rule.
private func winding(_ polygon: [Point], _ p: Point) -> Int {
  var winding = 0
  for (a, b) in zip(polygon, polygon.dropFirst() + polygon.prefix(1)) {
    let side = (b.x - a.x) * (p.y - a.y) - (p.x - a.x) * (b.y - a.y)
    if a.y <= p.y, b.y > p.y, side > 0 { winding += 1 }
    if a.y > p.y, b.y <= p.y, side < 0 { winding -= 1 }
  }
  return winding
}

private func distance(_ p: Point, _ a: Point, _ b: Point) -> Double {
  let (dx, dy) = (b.x - a.x, b.y - a.y)
  let length = dx * dx + dy * dy
  let t = length == 0 ? 0 : min(max(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0), 1)
  let (x, y) = (p.x - a.x - t * dx, p.y - a.y - t * dy)
  return (x * x + y * y).squareRoot()
}

@Suite("Shapes as pixels") struct GeometryTests {
  @Test("a filled polygon sets exactly the pixels whose centres it winds around")
  func fill() throws {
    var random = Numbers(1)
    for _ in 0..<(runsLongTests ? 2000 : 100) {
      // On Cairo's own grid, off the rows of pixel centres.
      let points = (0..<Int.random(in: 3...8, using: &random)).map { _ in
        Point(
          Double(Int.random(in: -2000...10_000, using: &random)) / 256,
          (Double(Int.random(in: -1000...5000, using: &random)) * 2 + 1) / 256)
      }
      let shape = PlanShape.path(
        Path(
          elements: points.enumerated().map { $0.offset == 0 ? .move($0.element) : .line($0.element) }
            + [.close], isClosed: true))
      let layers = try drawn(32, Make.stroke(.mask, shape))
      for y in 0..<32 {
        for x in 0..<32 {
          let center = Point(Double(x) + 0.5, Double(y) + 0.5)
          let edges = zip(points, points.dropFirst() + points.prefix(1))
          // Cairo follows an edge in steps of 1/256 pixel.
          if edges.contains(where: { distance(center, $0, $1) < 0.006 }) { continue }
          let isInside = winding(points, center) != 0
          // Cairo closes gaps of a single pixel in a row.
          let crossings = edges.compactMap { p, q -> Double? in
            (p.y <= center.y) == (q.y <= center.y)
              ? nil : p.x + (q.x - p.x) * (center.y - p.y) / (q.y - p.y) - center.x
          }
          let isGap =
            crossings.contains { (-2.5...0).contains($0) } && crossings.contains { (0...2.5).contains($0) }
          if !isInside, isGap { continue }
          #expect(layers.mask[y * 32 + x] == (isInside ? 1 : 0), "\(points) at \(x), \(y)")
        }
      }
    }
  }

  @Test("a stroked line sets the pixels within half the brush's width, an elliptic pen as the frame has it")
  func stroke() throws {
    var random = Numbers(2)
    for _ in 0..<(runsLongTests ? 1000 : 60) {
      let points = (0..<3).map { _ in Point(random.number(-8...48), random.number(-8...48)) }
      let width = random.number(2...12)
      let (sx, sy, shear) = (random.number(0.5...2), random.number(0.5...2), random.number(-0.5...0.5))
      let pen = Affine(a: sx, b: 0, c: shear, d: sy, tx: 5, ty: -3)
      let linear = Affine(a: sx, b: 0, c: shear, d: sy, tx: 0, ty: 0)
      let inverse = try #require(linear.inverse)
      let layers = try drawn(
        40,
        Make.stroke(
          .mask,
          Make.line((points[0].x, points[0].y), (points[1].x, points[1].y), (points[2].x, points[2].y)),
          brush: width, pen: pen))
      for y in 0..<40 {
        for x in 0..<40 {
          // In the pen's own units the pen is round.
          let p = inverse(Point(Double(x) + 0.5, Double(y) + 0.5))
          let d = min(
            distance(p, inverse(points[0]), inverse(points[1])),
            distance(p, inverse(points[1]), inverse(points[2])))
          let slack = 0.65 / min(sx, sy)
          if d < width / 2 - slack { #expect(layers.mask[y * 40 + x] == 1, "\(d) of \(width / 2)") }
          if d > width / 2 + slack { #expect(layers.mask[y * 40 + x] == 0, "\(d) of \(width / 2) \(slack)") }
        }
      }
    }
  }

  @Test("algebra is the algebra of the pixels")
  func algebra() throws {
    var random = Numbers(3)
    for _ in 0..<(runsLongTests ? 500 : 40) {
      func shape() -> PlanShape {
        Make.ellipse(&random, middle: 0...32, radii: 2...14)
      }
      let (a, b, c) = (shape(), shape(), shape())
      func mask(_ shape: PlanShape) throws -> [UInt8] { try drawn(32, Make.stroke(.mask, shape)).mask }
      let (pa, pb, pc) = (try mask(a), try mask(b), try mask(c))
      #expect(try mask(.union(a, b)) == zip(pa, pb).map { $0 | $1 })
      #expect(try mask(.subtraction(a, b)) == zip(pa, pb).map { $0 & ~$1 })
      #expect(try mask(.intersection(a, b)) == zip(pa, pb).map { $0 & $1 })
      let nested = zip(zip(pa, pb), pc).map { ($0.0 | $0.1) & ~$1 }
      #expect(try mask(.subtraction(.union(a, b), c)) == nested)
      let other = zip(zip(pa, pb), pc).map { ($0.0 & ~$0.1) & $1 }
      #expect(try mask(.intersection(.subtraction(a, b), c)) == other)
    }
  }

  @Test("growing reaches as far as the radius, also of what algebra left, and shrinking as far inside")
  func grown() throws {
    var random = Numbers(4)
    for _ in 0..<(runsLongTests ? 300 : 25) {
      let a = Make.ellipse(&random, middle: 16...32, radii: 8...14)
      let b = Make.ellipse(&random, middle: 10...38, radii: 3...8)
      for inner in [a, .subtraction(a, b), .intersection(a, b), .union(a, b)] {
        let radius = random.number(1...5)
        let area = try drawn(48, Make.stroke(.mask, inner)).mask
        let wider = try drawn(48, Make.stroke(.mask, .grown(inner, radius: radius, pen: .identity))).mask
        let smaller = try drawn(48, Make.stroke(.mask, .grown(inner, radius: -radius, pen: .identity))).mask
        for y in 0..<48 {
          for x in 0..<48 {
            var toArea = Double.infinity
            var toRest = Double.infinity
            for v in 0..<48 {
              for u in 0..<48 {
                let d = Double((u - x) * (u - x) + (v - y) * (v - y)).squareRoot()
                if area[v * 48 + u] != 0 { toArea = min(toArea, d) } else { toRest = min(toRest, d) }
              }
            }
            // The true edge is up to 0.71 pixels away from the centres on both sides.
            if toArea <= radius - 0.2 { #expect(wider[y * 48 + x] == 1) }
            if toArea > radius + 1.1 { #expect(wider[y * 48 + x] == 0) }
            if toRest <= radius - 0.2 { #expect(smaller[y * 48 + x] == 0) }
            if toRest > radius + 1.1 { #expect(smaller[y * 48 + x] == 1) }
          }
        }
      }
    }
  }

  @Test("growing by 0 changes nothing, and growing a line makes an area as wide as the pen")
  func grownEdges() throws {
    let circle = Make.circle(16, 16, 7)
    let plain = try drawn(32, Make.stroke(.mask, circle)).mask
    #expect(try drawn(32, Make.stroke(.mask, .grown(circle, radius: 0, pen: .identity))).mask == plain)
    let line = Make.line((6, 16), (26, 16))
    let grown = try drawn(32, Make.stroke(.mask, .grown(line, radius: 3, pen: .identity))).mask
    #expect(grown == (try drawn(32, Make.stroke(.mask, line, brush: 6)).mask))
    #expect(grown[16 * 32 + 16] == 1 && grown[19 * 32 + 16] == 0 && grown[18 * 32 + 16] == 1)
  }

  @Test("a pen far wider than the picture grows what algebra left without taking the memory for it")
  func wideGrown() throws {
    let ring = PlanShape.subtraction(Make.circle(-300_000, 16, 200_010), Make.circle(16, 16, 5))
    // The circle's edge is 99,990 pixels to the left.
    for (radius, count) in [(95_000.0, 0), (105_000, 1024)] {
      let layers = try drawn(32, Make.stroke(.mask, .grown(ring, radius: radius, pen: .identity)))
      #expect(layers.maskCount == count)
    }
  }

  @Test("brushes thinner than a pixel draw lines that hold together")
  func thinBrush() throws {
    for layer in [PlanLayer.mask, .color, .sketch] {
      let layers = try drawn(
        64,
        Make.stroke(layer, Make.line((3, 5), (60, 41)), color: .init(red: 1, green: 2, blue: 3), brush: 0.01))
      let pixels =
        switch layer {
        case .mask: layers.mask
        case .color: layers.colorSet
        case .sketch, .recolor, .heal, .warp: layers.sketch
        }
      #expect((3..<60).allSatisfy { x in (0..<64).contains { pixels[$0 * 64 + x] == 1 } })
    }
  }

  @Test("default brushes are 12/512 and 4/512 of the region's side")
  func defaultBrushes() throws {
    let line = Make.line((0, 256), (512, 256))
    let layers = try drawn(
      512, Make.stroke(.mask, line), Make.stroke(.color, line, color: .init(red: 9, green: 9, blue: 9)),
      Make.stroke(.sketch, line))
    func height(_ layer: [UInt8]) -> Int { (0..<512).filter { layer[$0 * 512 + 100] != 0 }.count }
    #expect(height(layers.mask) == 12)
    #expect(height(layers.colorSet) == 4)
    #expect(height(layers.sketch) == 1)
    // The same shares of a region that is shown smaller.
    let small = try Rasterizer.layers(
      of: Make.edit([
        Make.stroke(.mask, line), Make.stroke(.color, line, color: .init(red: 9, green: 9, blue: 9)),
      ]),
      in: Make.region(size: 128, side: 512, middle: (256, 256), cosine: 1, sine: 0),
      photo: Make.photo(512, 512), images: [:])
    #expect((0..<128).filter { small.colorSet[$0 * 128 + 40] != 0 }.count == 1)
    #expect((3...4).contains((0..<128).filter { small.mask[$0 * 128 + 40] != 0 }.count))
  }
}

@Suite("Huge coordinates") struct HugeCoordinateTests {
  @Test("shapes a billion pixels wide show their part in the frame")
  func fills() throws {
    for far in [1e4, 9e5, 5e6, 1e9] {
      let half = try drawn(
        32, Make.stroke(.mask, Make.polygon((-far, 16), (far, 16), (far, far), (-far, far))))
      #expect((0..<1024).allSatisfy { half.mask[$0] == ($0 / 32 >= 16 ? 1 : 0) }, "\(far)")
      let circle = try drawn(32, Make.stroke(.mask, Make.circle(16 - far, 16, far)))
      // Beside the middle row the circle's edge is straight here.
      #expect(
        (12..<20).allSatisfy { circle.mask[$0 * 32 + 14] == 1 && circle.mask[$0 * 32 + 17] == 0 }, "\(far)")
      let around = try drawn(32, Make.stroke(.mask, Make.circle(16, 16, far)))
      #expect(around.maskCount == 1024)
    }
  }

  @Test("lines that pass by from far away are where they should be")
  func lines() throws {
    for far in [1e4, 9e5, 5e6, 1e9] {
      let sketch = try drawn(32, Make.stroke(.sketch, Make.line((-far, 10.5), (far, 10.5)))).sketch
      #expect((0..<1024).allSatisfy { sketch[$0] == ($0 / 32 == 10 ? 1 : 0) }, "\(far)")
      let diagonal = try drawn(32, Make.stroke(.sketch, Make.line((-far, -far), (far, far)))).sketch
      #expect((0..<1024).allSatisfy { diagonal[$0] == ($0 / 32 == $0 % 32 ? 1 : 0) }, "\(far)")
      let mask = try drawn(32, Make.stroke(.mask, Make.line((-far, 10), (far, 10)), brush: 6)).mask
      #expect((0..<1024).allSatisfy { mask[$0] == ((7..<13).contains($0 / 32) ? 1 : 0) }, "\(far)")
      let outline = try drawn(32, Make.stroke(.sketch, Make.rect(-far, 8, far + 20, far))).sketch
      #expect(
        (0..<1024).allSatisfy {
          outline[$0] == (($0 / 32 == 8 && $0 % 32 < 20) || ($0 / 32 > 8 && $0 % 32 == 19) ? 1 : 0)
        }, "\(far)")
    }
  }

  @Test("brushes, frames and radii of any size draw something and end")
  func pens() throws {
    for width in [1e-12, 1e3, 1e6, 1e12, 1e300] {
      let layers = try drawn(
        32, Make.stroke(.mask, Make.line((4, 4), (28, 20)), brush: width),
        Make.stroke(.sketch, .grown(Make.circle(16, 16, 3), radius: width, pen: .scale(1, 1e-3))),
        Make.stroke(
          .color, .grown(Make.circle(16, 16, 3), radius: -width, pen: .scale(1e-3, 1)),
          color: .init(red: 0, green: 0, blue: 0)))
      #expect(layers.maskCount > 0)
    }
    // A pen squeezed flat.
    let flat = Affine(a: 1, b: 1, c: 1, d: 1, tx: 0, ty: 0)
    #expect(
      try drawn(32, Make.stroke(.mask, Make.line((4, 4), (28, 20)), brush: 8, pen: flat)).maskCount > 30)
    #expect(
      try drawn(32, Make.stroke(.mask, Make.line((4, 4), (28, 20)), brush: 8, pen: .scale(0, 0))).maskCount
        > 20)
  }

  @Test("curves with far control points agree with the same curve cut short")
  func curves() throws {
    let far = 4e6
    // A straight line written as a curve.
    let curve = PlanShape.path(
      Path(
        elements: [
          .move(Point(-far, 7.5)), .curve(Point(-far / 3, 7.5), Point(far / 3, 7.5), Point(far, 7.5)),
        ], isClosed: false))
    let sketch = try drawn(16, Make.stroke(.sketch, curve)).sketch
    #expect((0..<256).allSatisfy { sketch[$0] == ($0 / 16 == 7 ? 1 : 0) })
  }

  @Test("random geometry of any size never fails")
  func fuzz() throws {
    var random = Numbers(5)
    for _ in 0..<(runsLongTests ? 5000 : 200) {
      func size() -> Double {
        [1.0, 10, 100, 1e4, 1e6, 1e7, 1e9].randomElement(using: &random).map { random.number(-$0...$0) } ?? 0
      }
      func p() -> Point { Point(size(), size()) }
      func path() -> PlanShape {
        var elements: [PathElement] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) {
          switch Int.random(in: 0...3, using: &random) {
          case 0: elements.append(.move(p()))
          case 1: elements.append(.line(p()))
          case 2: elements.append(.curve(p(), p(), p()))
          default: elements.append(.close)
          }
        }
        return .path(Path(elements: elements, isClosed: Bool.random(using: &random)))
      }
      func shape(_ depth: Int) -> PlanShape {
        guard depth > 0 else { return path() }
        switch Int.random(in: 0...5, using: &random) {
        case 0: return .union(shape(depth - 1), shape(depth - 1))
        case 1: return .subtraction(shape(depth - 1), shape(depth - 1))
        case 2: return .intersection(shape(depth - 1), shape(depth - 1))
        case 3:
          return .grown(
            shape(depth - 1), radius: size() / 100,
            pen: Affine(a: random.number(-2...2), b: random.number(-2...2), c: 0, d: 1, tx: 0, ty: 0))
        default: return path()
        }
      }
      let brush = Bool.random(using: &random) ? abs(size()) / 100 + 1e-6 : nil
      let strokes = [PlanLayer.mask, .sketch, .color].map { layer in
        Make.stroke(
          layer, shape(2), color: RGB8(red: 5, green: 6, blue: 7), brush: brush,
          erase: Int.random(in: 0...4, using: &random) == 0)
      }
      let layers = try Rasterizer.layers(
        of: Make.edit(strokes), in: Make.region(32), photo: Make.photo(32, 32), images: [:])
      #expect(layers.sketch.allSatisfy { $0 <= 1 } && layers.mask.allSatisfy { $0 <= 1 })
    }
  }
}
