import FeditPlan
import FeditRaster
import FeditTestSupport
import Testing

@Suite("Sketch lines") struct SketchLineTests {
  private static let size = 128

  private func curve(_ p: [Point]) -> PlanShape {
    .path(Path(elements: [.move(p[0]), .curve(p[1], p[2], p[3])], isClosed: false))
  }

  private func at(_ p: [Point], _ t: Double) -> Point {
    let u = 1 - t
    func blend(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
      u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
    }
    return Point(blend(p[0].x, p[1].x, p[2].x, p[3].x), blend(p[0].y, p[1].y, p[2].y, p[3].y))
  }

  private func pixels(_ layer: [UInt8]) -> [(x: Int, y: Int)] {
    layer.indices.filter { layer[$0] != 0 }.map { ($0 % Self.size, $0 / Self.size) }
  }

  /// The number of 8-connected parts.
  private func parts(_ layer: [UInt8]) -> Int {
    var seen = layer
    var count = 0
    for start in seen.indices where seen[start] != 0 {
      count += 1
      var stack = [start]
      seen[start] = 0
      while let index = stack.popLast() {
        let (x, y) = (index % Self.size, index / Self.size)
        for v in max(y - 1, 0)...min(y + 1, Self.size - 1) {
          for u in max(x - 1, 0)...min(x + 1, Self.size - 1) where seen[v * Self.size + u] != 0 {
            seen[v * Self.size + u] = 0
            stack.append(v * Self.size + u)
          }
        }
      }
    }
    return count
  }

  @Test("curves are 8-connected, one piece, and never off by more than a pixel")
  func connected() throws {
    var random = Numbers(10)
    for _ in 0..<(runsLongTests ? 3000 : 200) {
      let points = (0..<4).map { _ in Point(random.number(0...127), random.number(0...127)) }
      let layer = try drawn(Self.size, Make.stroke(.sketch, curve(points))).sketch
      #expect(parts(layer) == 1)
      let samples = (0...2000).map { at(points, Double($0) / 2000) }
      for (x, y) in pixels(layer) {
        let nearest = samples.map {
          max(abs($0.x - Double(x) - 0.5), abs($0.y - Double(y) - 0.5))
        }.min()
        #expect((nearest ?? 9) < 1.05)
      }
      for sample in samples {
        let (x, y) = (Int(sample.x), Int(sample.y))
        let isNear = (max(y - 1, 0)...min(y + 1, 127)).contains { v in
          (max(x - 1, 0)...min(x + 1, 127)).contains { layer[v * Self.size + $0] != 0 }
        }
        #expect(isNear)
      }
    }
  }

  @Test("curves that do not turn back are exactly one pixel wide")
  func width() throws {
    var random = Numbers(11)
    for _ in 0..<(runsLongTests ? 3000 : 200) {
      // Control points go to the right, so no part comes near another.
      let xs = [
        random.number(1...10), random.number(30...50), random.number(70...90), random.number(110...126),
      ]
      let points = xs.map { Point($0, random.number(20...100)) }
      let layer = try drawn(Self.size, Make.stroke(.sketch, curve(points))).sketch
      for (x, y) in pixels(layer) {
        // No pixel in a corner between two others: an 8-connected line has no need of it.
        func isSet(_ u: Int, _ v: Int) -> Bool {
          u >= 0 && v >= 0 && u < Self.size && v < Self.size && layer[v * Self.size + u] != 0
        }
        for (dx, dy) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
          #expect(!(isSet(x + dx, y) && isSet(x, y + dy)), "a corner at \(x), \(y)")
        }
      }
    }
  }

  @Test("straight lines take one pixel a column or row")
  func straight() throws {
    var random = Numbers(12)
    for _ in 0..<(runsLongTests ? 3000 : 300) {
      let (a, b) = (
        (random.number(0...127), random.number(0...127)), (random.number(0...127), random.number(0...127))
      )
      let layer = try drawn(Self.size, Make.stroke(.sketch, Make.line(a, b))).sketch
      let columns = abs(Int(a.0) - Int(b.0)) + 1
      let rows = abs(Int(a.1) - Int(b.1)) + 1
      let count = pixels(layer).count
      // An end may add a pixel beside the line.
      #expect(count >= max(columns, rows) && count <= max(columns, rows) + 2)
      #expect(layer[Int(a.1) * Self.size + Int(a.0)] == 1)
      #expect(layer[Int(b.1) * Self.size + Int(b.0)] == 1)
      #expect(parts(layer) == 1)
    }
  }

  @Test("an outline lies in the area that the same shape fills, and closes around it")
  func outline() throws {
    var random = Numbers(13)
    for _ in 0..<(runsLongTests ? 2000 : 150) {
      let shape = Make.ellipse(&random, middle: 30...98, radii: 3...28)
      let layers = try drawn(Self.size, Make.stroke(.mask, shape), Make.stroke(.sketch, shape))
      #expect(layers.clippedSketch == 0)
      #expect(parts(layers.sketch) == 1)
      // Every pixel inside with one outside beside it is on the outline, or the corner that it cuts.
      for y in 1..<127 {
        for x in 1..<127 where layers.mask[y * Self.size + x] != 0 {
          let isEdge = [(1, 0), (-1, 0), (0, 1), (0, -1)].contains {
            layers.mask[(y + $0.1) * Self.size + x + $0.0] == 0
          }
          let isNear = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)].contains {
            layers.sketch[(y + $0.1) * Self.size + x + $0.0] == 1
          }
          if isEdge { #expect(isNear) }
        }
      }
    }
  }

  @Test("corners of a polygon stay")
  func corners() throws {
    let layer = try drawn(Self.size, Make.stroke(.sketch, Make.rect(10, 20, 30, 40))).sketch
    #expect(pixels(layer).count == 2 * (30 + 40) - 4)
    for (x, y) in [(10, 20), (39, 20), (39, 59), (10, 59)] { #expect(layer[y * Self.size + x] == 1) }
  }

  @Test("a point is a dot, a shape too small for any pixel too, and nothing is nothing")
  func dots() throws {
    let dot = try drawn(Self.size, Make.stroke(.sketch, Make.line((7.2, 9.9)))).sketch
    #expect(pixels(dot).map { [$0.x, $0.y] } == [[7, 9]])
    let twice = try drawn(Self.size, Make.stroke(.sketch, Make.line((7.2, 9.9), (7.2, 9.9)))).sketch
    #expect(twice == dot)
    let tiny = try drawn(Self.size, Make.stroke(.sketch, Make.circle(7.2, 9.9, 0.05))).sketch
    #expect(pixels(tiny).count == 1)
    let empty = PlanShape.path(Path(elements: [], isClosed: false))
    #expect(pixels(try drawn(Self.size, Make.stroke(.sketch, empty)).sketch).isEmpty)
    #expect(try drawn(Self.size, Make.stroke(.mask, Make.line((7.2, 9.9)), brush: 4)).maskCount > 8)
  }

  @Test("an outline that leaves the frame is not drawn along the frame's edge")
  func cutOff() throws {
    for shape in [
      Make.circle(64, 64, 80), .union(Make.circle(64, 64, 80), Make.circle(70, 64, 80)),
      .grown(Make.circle(64, 64, 60), radius: 20, pen: .identity),
    ] {
      let layer = try drawn(Self.size, Make.stroke(.sketch, shape)).sketch
      #expect(layer[64] == 0 && layer[64 * Self.size] == 0 && layer[127 * Self.size + 64] == 0)
      #expect(pixels(layer).count > 40)
    }
  }
}
