import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import FeditTestSupport
import Testing

/// Whether two convex polygons overlap, by the separating axis theorem.
private func overlap(_ a: [Point], _ b: [Point]) -> Double {
  var least = Double.infinity
  for polygon in [a, b] {
    for (p, q) in zip(polygon, polygon.dropFirst() + polygon.prefix(1)) {
      let length = ((q.x - p.x) * (q.x - p.x) + (q.y - p.y) * (q.y - p.y)).squareRoot()
      let normal = Point((p.y - q.y) / length, (q.x - p.x) / length)
      func range(_ points: [Point]) -> (Double, Double) {
        let values = points.map { $0.x * normal.x + $0.y * normal.y }
        return (values.min() ?? 0, values.max() ?? 0)
      }
      let (first, second) = (range(a), range(b))
      least = min(least, min(first.1, second.1) - max(first.0, second.0))
    }
  }
  return least
}

@Suite("Masks") struct MaskTests {
  @Test("the generator's mask is every generator pixel that a pixel of the photo's mask overlaps")
  func cover() throws {
    var random = Numbers(20)
    for _ in 0..<(runsLongTests ? 600 : 60) {
      let size = 16
      let odd = random.number(6...60)
      let side: Double = [8.0, 16, 24, 40, odd].randomElement(using: &random) ?? 16
      let turns: [(Double, Double)] = [(1, 0), (0.8, 0.6), (0.96, -0.28), (0, 1)]
      let (cosine, sine) = turns.randomElement(using: &random) ?? (1, 0)
      let region = Make.region(
        size: size, side: side, middle: (random.number(10...50), random.number(10...40)), cosine: cosine,
        sine: sine)
      let shape = Make.ellipse(
        random.number(5...55), random.number(5...45), random.number(1...12), random.number(1...12))
      let edit = Make.edit([Make.stroke(.mask, shape)])
      let photo = Make.photo(60, 50)
      let mask = try Rasterizer.compositingMask(of: edit, in: region, photo: photo, images: [:])
      let layers = try Rasterizer.layers(of: edit, in: region, photo: photo, images: [:])
      #expect(layers == (try Rasterizer.layers(of: edit, in: region, photo: photo, images: [:], mask: mask)))
      func square(_ x: Int, _ y: Int) -> [Point] {
        let (x, y) = (Double(x), Double(y))
        return [Point(x, y), Point(x + 1, y), Point(x + 1, y + 1), Point(x, y + 1)]
      }
      for v in 0..<size {
        for u in 0..<size {
          let pixel = square(u, v).map { region.toPhoto($0) }
          var most = -Double.infinity
          for y in 0..<photo.height {
            for x in 0..<photo.width where mask.contains(x, y) {
              most = max(most, overlap(pixel, square(x, y)))
            }
          }
          if most > 1e-6 { #expect(layers.mask[v * size + u] == 1, "touched and not covered") }
          if most < -1e-6 { #expect(layers.mask[v * size + u] == 0, "covered and not touched") }
        }
      }
    }
  }

  @Test("where region and generator have the same pixels, both masks are the same")
  func sameScale() throws {
    let edit = Make.edit([Make.stroke(.mask, Make.circle(100, 90, 31.3))])
    let region = Make.region(128, x: 40, y: 20)
    let mask = try Rasterizer.compositingMask(of: edit, in: region, photo: Make.photo(300, 200), images: [:])
    let layers = try Rasterizer.layers(of: edit, in: region, photo: Make.photo(300, 200), images: [:])
    for y in 0..<128 {
      for x in 0..<128 { #expect((layers.mask[y * 128 + x] == 1) == mask.contains(x + 40, y + 20)) }
    }
    #expect(mask.count == layers.maskCount)
  }

  @Test("nothing is masked outside the region, the photo, or what a turned region shows")
  func clipped() throws {
    let everything = Make.edit([Make.stroke(.mask, Make.rect(-500, -500, 2000, 2000))])
    let photo = Make.photo(100, 80)
    let inside = try Rasterizer.compositingMask(
      of: everything, in: Make.region(32, x: 10, y: 20), photo: photo, images: [:])
    #expect(
      inside.x == 10 && inside.y == 20 && inside.width == 32 && inside.height == 32 && inside.count == 1024)
    let beyond = try Rasterizer.compositingMask(
      of: everything, in: Make.region(64, x: -20, y: 50), photo: photo, images: [:])
    #expect(beyond.x == 0 && beyond.y == 50 && beyond.width == 44 && beyond.height == 30)
    let turned = Make.region(size: 32, side: 40, middle: (50, 40), cosine: 0.8, sine: 0.6)
    let mask = try Rasterizer.compositingMask(of: everything, in: turned, photo: photo, images: [:])
    let inverse = try #require(turned.toPhoto.inverse)
    for y in 0..<80 {
      for x in 0..<100 {
        let p = inverse(Point(Double(x) + 0.5, Double(y) + 0.5))
        let distance = min(p.x, p.y, 32 - p.x, 32 - p.y)
        if distance > 1e-9 { #expect(mask.contains(x, y)) }
        if distance < -1e-9 { #expect(!mask.contains(x, y)) }
      }
    }
  }

  @Test("only the rectangle around the mask is held, and it does not depend on what else is drawn")
  func bounding() throws {
    let photo = Make.photo(6000, 4000)
    let region = Make.region(size: 256, side: 4000, middle: (3000, 2000), cosine: 1, sine: 0)
    let circle = Make.stroke(.mask, Make.circle(2500.3, 1800.7, 40))
    let mask = try Rasterizer.compositingMask(of: Make.edit([circle]), in: region, photo: photo, images: [:])
    #expect(mask.x == 2460 && mask.width == 80 && mask.height == 80)
    let more = try Rasterizer.compositingMask(
      of: Make.edit([circle, Make.stroke(.mask, Make.rect(4500, 1000, 10, 10))]), in: region, photo: photo,
      images: [:])
    for y in mask.y..<mask.y + mask.height {
      for x in mask.x..<mask.x + mask.width { #expect(mask.contains(x, y) == more.contains(x, y)) }
    }
  }

  @Test("masks wider than Cairo's surfaces are drawn")
  func wide() throws {
    let photo = Make.photo(60_000, 40)
    let region = Make.region(size: 128, side: 60_000, middle: (30_000, 20), cosine: 1, sine: 0)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.line((10, 20), (59_990, 20)), brush: 8)]), in: region,
      photo: photo, images: [:])
    #expect(mask.x == 6 && mask.width == 59_988)
    #expect((10..<59_990).allSatisfy { mask.contains($0, 17) && mask.contains($0, 23) })
  }

  @Test("an edit without a mask has an empty one, and everything drawn is lost")
  func empty() throws {
    let layers = try drawn(
      32, Make.stroke(.sketch, Make.line((2.5, 2.5), (20.5, 2.5))),
      Make.stroke(.color, Make.rect(4, 4, 3, 3), color: .init(red: 1, green: 1, blue: 1)))
    #expect(layers.maskCount == 0 && layers.clippedSketch == 19 && layers.clippedColor == 9)
    #expect(layers.noise.allSatisfy { $0 == 0 })
    let half = try drawn(
      32, Make.stroke(.mask, Make.rect(0, 0, 10, 32)),
      Make.stroke(.sketch, Make.line((2.5, 2.5), (20.5, 2.5))))
    #expect(half.clippedSketch == 11 && half.clippedColor == 0)
  }

  @Test("a region without an extent and a missing image are errors")
  func errors() throws {
    let edit = Make.edit([Make.stroke(.mask, Make.circle(4, 4, 3))])
    var region = Make.region(32)
    region.toPhoto = .scale(0, 1)
    #expect(throws: RasterError.badRegion) {
      try Rasterizer.layers(of: edit, in: region, photo: Make.photo(32, 32), images: [:])
    }
    #expect(throws: RasterError.missingImage("m.png")) {
      try drawn(32, Make.image(.mask, "m.png", .scale(32, 32)))
    }
  }

  @Test("ten thousand strokes of every kind are drawn")
  func manyStrokes() throws {
    var random = Numbers(21)
    let strokes = (0..<10_000).map { index -> PlanStroke in
      let layer = PlanLayer.allCases[index % 3]
      let (x, y) = (random.number(0...1000), random.number(0...1000))
      let shape =
        index % 2 == 0
        ? Make.circle(x, y, random.number(2...30)) : Make.line((x, y), (x + 30, y + 10), (x + 50, y - 20))
      return Make.stroke(layer, shape, color: RGB8(red: 3, green: UInt8(index % 256), blue: 9))
    }
    let layers = try Rasterizer.layers(
      of: Make.edit(strokes), in: Make.region(size: 256, side: 1000, middle: (500, 500), cosine: 1, sine: 0),
      photo: Make.photo(1000, 1000), images: [:])
    #expect(layers.maskCount > 50_000 && layers.sketchCount > 30_000 && layers.colorCount > 50_000)
  }
}

@Suite("Layers drawn elsewhere") struct ImageLayerTests {
  private func gray(_ width: Int, _ height: Int, _ value: (Int, Int) -> UInt8) -> Picture {
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width { samples += [UInt8](repeating: value(x, y), count: 3) }
    }
    return Picture(width: width, height: height, hasAlpha: false, samples: .eight(samples))
  }

  @Test("grey above 127 is set, in masks and sketches")
  func threshold() throws {
    let picture = gray(256, 1) { x, _ in UInt8(x) }
    let sixteen = Picture(
      width: 256, height: 1, hasAlpha: false,
      samples: .sixteen((0..<256).flatMap { [UInt16](repeating: UInt16($0) * 257, count: 3) }))
    for picture in [picture, sixteen] {
      let layers = try drawn(
        256, Make.image(.mask, "m", .scale(256, 256)), images: ["m": picture])
      #expect(
        (0..<256).allSatisfy { x in (0..<256).allSatisfy { layers.mask[$0 * 256 + x] == (x > 127 ? 1 : 0) } })
    }
    let line = gray(256, 256) { x, y in y == 128 ? UInt8(x) : 0 }
    let layers = try drawn(256, Make.image(.sketch, "m", .scale(256, 256)), images: ["m": line])
    for x in 0..<256 {
      #expect((0..<256).allSatisfy { layers.sketch[$0 * 256 + x] == (x > 127 && $0 == 128 ? 1 : 0) })
    }
  }

  @Test("a transparent pixel sets nothing; in a colour layer alpha above 127 sets the pixel's colour")
  func alpha() throws {
    let samples = (0..<256).flatMap { (level: Int) -> [UInt8] in [255, UInt8(level), 7, UInt8(level)] }
    let picture = Picture(width: 256, height: 1, hasAlpha: true, samples: .eight(samples))
    let white = Picture(
      width: 256, height: 1, hasAlpha: true,
      samples: .eight((0..<256).flatMap { (level: Int) -> [UInt8] in [255, 255, 255, UInt8(level)] }))
    let layers = try drawn(
      256, Make.image(.color, "c", .scale(256, 256)), Make.image(.mask, "w", .scale(256, 256)),
      images: ["c": picture, "w": white])
    for x in 0..<256 {
      #expect(layers.colorSet[x] == (x > 127 ? 1 : 0))
      #expect(layers.mask[x] == (x > 127 ? 1 : 0))
      if x > 127 { #expect(Array(layers.color[3 * x..<3 * x + 3]) == [255, UInt8(x), 7]) }
    }
  }

  @Test("at the same size pixels are copied, stretched ones are repeated, and erasing takes away")
  func placement() throws {
    var random = Numbers(30)
    let bits = (0..<32 * 32).map { _ in Bool.random(using: &random) }
    let picture = gray(32, 32) { x, y in bits[y * 32 + x] ? 255 : 0 }
    let same = try drawn(32, Make.image(.mask, "m", .scale(32, 32)), images: ["m": picture])
    #expect(same.mask == bits.map { $0 ? 1 : 0 })
    let twice = try drawn(64, Make.image(.mask, "m", .scale(64, 64)), images: ["m": picture])
    #expect((0..<64 * 64).allSatisfy { twice.mask[$0] == (bits[$0 / 128 * 32 + $0 % 64 / 2] ? 1 : 0) })
    let erased = try drawn(
      32, Make.stroke(.mask, Make.rect(0, 0, 32, 32)), Make.image(.mask, "m", .scale(32, 32), erase: true),
      images: ["m": picture])
    #expect(erased.mask == bits.map { $0 ? 0 : 1 })
  }

  @Test("a thin line in a larger image stays whole")
  func shrunk() throws {
    let picture = gray(512, 512) { x, y in x == y || x == 400 ? 255 : 0 }
    let layers = try drawn(64, Make.image(.sketch, "s", .scale(64, 64)), images: ["s": picture])
    for place in 0..<64 where abs(place - 50) > 1 {
      let row = (0..<64).filter { layers.sketch[place * 64 + $0] == 1 }
      // Both lines, each one pixel wide; their ends may be a pixel shorter.
      #expect(row == [min(place, 50), max(place, 50)] || place == 0 || place == 63)
    }
  }

  @Test("a thick line of a sketch picture becomes one of a pixel, along its middle")
  func thick() throws {
    let picture = gray(256, 256) { x, y in (98..<105).contains(y) && x > 20 && x < 230 ? 255 : 0 }
    let layers = try drawn(128, Make.image(.sketch, "s", .scale(128, 128)), images: ["s": picture])
    for x in 20..<108 {
      let column = (0..<128).filter { layers.sketch[$0 * 128 + x] == 1 }
      #expect(column == [50])
    }
  }
}
