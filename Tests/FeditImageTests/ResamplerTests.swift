import FeditFiles
import FeditImage
import FeditPlan
import FeditTestSupport
import Testing

private func difference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// The pixel that mirroring about the border puts at a place.
private func mirror(_ index: Int, _ count: Int) -> Int {
  var index = index
  while index < 0 || index >= count { index = index < 0 ? -1 - index : 2 * count - 1 - index }
  return index
}

/// A picture with `margin` mirrored pixels around it.
private func padded(_ picture: Picture, _ margin: Int) -> Picture {
  var samples: [UInt8] = []
  for y in -margin..<picture.height + margin {
    for x in -margin..<picture.width + margin {
      let pixel = picture.rgb8(mirror(x, picture.width), mirror(y, picture.height))
      samples += [pixel.red, pixel.green, pixel.blue]
    }
  }
  return Picture(
    width: picture.width + 2 * margin, height: picture.height + 2 * margin, samples: .eight(samples))
}

private func similarity(scale: Double, degrees: Double, tx: Double, ty: Double) -> Affine {
  let c = scale * cosine(degrees)
  let s = scale * sine(degrees)
  return Affine(a: c, b: s, c: -s, d: c, tx: tx, ty: ty)
}

/// A random map whose region lies about the picture.
private func randomMap(_ numbers: inout Numbers, isTurned: Bool) -> Affine {
  let scale = [0.3, 0.7, 1, 1.4, 2.5, 4.7, 9][numbers.below(7)] * (1 + 0.1 * numbers.signed())
  return similarity(
    scale: scale, degrees: isTurned ? numbers.signed() * 180 : 0, tx: 20 + 30 * numbers.signed(),
    ty: 20 + 30 * numbers.signed())
}

@Suite("Resampling")
struct ResamplerTests {
  @Test("A whole-pixel shift at scale 1 copies, mirrored beyond the border, in 8 and 16 bits")
  func copies() {
    for alpha in [false, true] {
      let picture = waves(40, 30, hasAlpha: alpha)
      let deep = deepWaves(40, 30, hasAlpha: alpha)
      guard case .sixteen(let samples) = deep.samples else {
        Issue.record("the picture has another depth")
        return
      }
      for (x, y) in [(0, 0), (5, 9), (-7, 3), (30, 25), (-100, 77)] {
        let map = Affine.translation(Double(x), Double(y))
        let result = Resampler.sampleRegion(picture, toPhoto: map, size: 32)
        let deepResult = Resampler.sampleRegion(deep, toPhoto: map, size: 32)
        var expected: [Float] = []
        var deepExpected: [Float] = []
        for v in 0..<32 {
          for u in 0..<32 {
            let column = mirror(x + u, 40)
            let row = mirror(y + v, 30)
            let pixel = picture.rgb8(column, row)
            expected += [Float(pixel.red), Float(pixel.green), Float(pixel.blue)]
            let at = (row * 40 + column) * deep.channels
            deepExpected += (0..<3).map { Float(samples[at + $0]) / 257 }
          }
        }
        #expect(result == expected)
        #expect(deepResult == deepExpected)
      }
    }
  }

  @Test("A shift back copies too")
  func copiesBack() {
    let pixels: [Float] = (0..<3072).map { (i: Int) -> Float in Float(i * 37 % 256) + 0.25 }
    let back = Resampler.sampleBack(
      pixels, size: 32, toPhoto: .translation(100, 50), x: 104, y: 51, width: 10, height: 20)
    var expected: [Float] = []
    for y in 1..<21 {
      let first = (y * 32 + 4) * 3
      expected += pixels[first..<first + 30]
    }
    #expect(back == expected)
  }

  @Test("A constant stays one under every map")
  func constants() {
    var numbers = Numbers(5)
    let eight = Picture(width: 50, height: 41, samples: .eight([UInt8](repeating: 200, count: 50 * 41 * 3)))
    let sixteen = Picture(
      width: 50, height: 41, samples: .sixteen([UInt16](repeating: 51_399, count: 50 * 41 * 3)))
    for round in 0..<(runsLongTests ? 2_000 : 200) {
      let map = randomMap(&numbers, isTurned: round % 2 == 0)
      for level in Resampler.sampleRegion(eight, toPhoto: map, size: 24) {
        if abs(level - 200) > 1e-3 { Issue.record("\(level) under \(map)") }
      }
      for level in Resampler.sampleRegion(sixteen, toPhoto: map, size: 24) {
        if abs(level - 51_399 / 257) > 1e-3 { Issue.record("\(level) under \(map)") }
      }
      let back = Resampler.sampleBack(
        [Float](repeating: 200, count: 24 * 24 * 3), size: 24, toPhoto: map, x: 5, y: 9, width: 20, height: 13
      )
      for level in back where abs(level - 200) > 1e-3 { Issue.record("\(level) back under \(map)") }
    }
  }

  @Test("Beyond the border a picture goes on mirrored, under every map")
  func mirroredBorder() {
    var numbers = Numbers(6)
    let picture = waves(31, 27)
    let margin = 400
    let wide = padded(picture, margin)
    for round in 0..<(runsLongTests ? 1_000 : 100) {
      let map = randomMap(&numbers, isTurned: round % 2 == 0)
      let shifted = map.then(.translation(Double(margin), Double(margin)))
      let here = Resampler.sampleRegion(picture, toPhoto: map, size: 20)
      let there = Resampler.sampleRegion(wide, toPhoto: shifted, size: 20)
      // Another offset rounds otherwise; places between pixels go to the nearest 1024th.
      #expect(difference(here, there) < 0.5, "\(map)")
    }
  }

  @Test("A quarter or half turn at scale 1 is a transposed copy")
  func quarterTurns() {
    let picture = waves(24, 24)
    func at(_ x: Int, _ y: Int) -> [Float] {
      let pixel = picture.rgb8(x, y)
      return [Float(pixel.red), Float(pixel.green), Float(pixel.blue)]
    }
    func expected(_ place: (Int, Int) -> (Int, Int)) -> [Float] {
      (0..<24).flatMap { y in
        (0..<24).flatMap { x in
          let (u, v) = place(x, y)
          return at(u, v)
        }
      }
    }
    let quarter = similarity(scale: 1, degrees: 90, tx: 24, ty: 0)
    #expect(
      difference(
        Resampler.sampleRegion(picture, toPhoto: quarter, size: 24), expected { x, y in (23 - y, x) }) < 1e-3)
    let half = similarity(scale: 1, degrees: 180, tx: 24, ty: 24)
    #expect(
      difference(
        Resampler.sampleRegion(picture, toPhoto: half, size: 24), expected { x, y in (23 - x, 23 - y) })
        < 1e-3)
    let flipped = Affine(a: -1, b: 0, c: 0, d: 1, tx: 24, ty: 0)
    #expect(
      difference(
        Resampler.sampleRegion(picture, toPhoto: flipped, size: 24), expected { x, y in (23 - x, y) }) < 1e-3)
  }

  @Test(
    "A quarter turn of a reduced or enlarged region is the straight one, turned",
    arguments: [0.4, 1.7, 2.5, 6])
  func turnedScales(_ scale: Double) {
    let picture = waves(200, 200)
    let n = 24
    let side = scale * Double(n)
    let straight = Resampler.sampleRegion(
      picture, toPhoto: Affine(a: scale, b: 0, c: 0, d: scale, tx: 10, ty: 20), size: n)
    let turned = Resampler.sampleRegion(
      picture, toPhoto: Affine(a: 0, b: scale, c: -scale, d: 0, tx: 10 + side, ty: 20), size: n)
    var expected: [Float] = []
    for y in 0..<n {
      for x in 0..<n {
        let at = (x * n + (n - 1 - y)) * 3
        expected += straight[at..<at + 3]
      }
    }
    #expect(difference(turned, expected) < 0.5)
  }

  @Test("A region's result moves with it, bit for bit, and depends on nothing else of the photo")
  func translation() {
    let large = waves(300, 280)
    var samples: [UInt8] = []
    for y in 40..<240 {
      for x in 30..<250 {
        let pixel = large.rgb8(x, y)
        samples += [pixel.red, pixel.green, pixel.blue]
      }
    }
    let crop = Picture(width: 220, height: 200, samples: .eight(samples))
    for scale in [0.5, 1.25, 3, 4.5, 7] {
      for map in [
        Affine(a: scale, b: 0, c: 0, d: scale, tx: 100, ty: 90),
        Affine(a: scale, b: 0.25, c: -0.25, d: scale, tx: 100.5, ty: 90.25),
      ] {
        let here = Resampler.sampleRegion(large, toPhoto: map, size: 12)
        let there = Resampler.sampleRegion(crop, toPhoto: map.then(.translation(-30, -40)), size: 12)
        #expect(here == there, "\(map)")
      }
    }
  }

  @Test(
    "What the smaller picture cannot show is filtered out, not folded back", arguments: [2.0, 3, 4, 5.5, 8])
  func noAliasing(_ scale: Double) {
    var samples: [UInt8] = []
    for y in 0..<256 {
      for x in 0..<256 { samples += (x + y) % 2 == 0 ? [255, 255, 255] : [0, 0, 0] }
    }
    let board = Picture(width: 256, height: 256, samples: .eight(samples))
    for degrees in [0.0, 17] {
      let map = similarity(scale: scale, degrees: degrees, tx: 80, ty: 30)
      let levels = Resampler.sampleRegion(board, toPhoto: map, size: 20)
      #expect(levels.allSatisfy { abs($0 - 127.5) < 3 }, "\(scale), \(degrees)")
    }
  }

  @Test("Smooth pictures are met between the pixels and at every scale")
  func accuracy() {
    // A slow wave, well below what any of the scales can show.
    func value(_ x: Double, _ y: Double) -> Double { 128 + 100 * sine(x * 3 + y * 2) }
    var samples: [UInt16] = []
    for y in 0..<400 {
      for x in 0..<400 {
        let level = UInt16((value(Double(x) + 0.5, Double(y) + 0.5) * 257).rounded())
        samples += [level, level, level]
      }
    }
    let picture = Picture(width: 400, height: 400, samples: .sixteen(samples))
    for scale in [0.37, 0.9, 1, 1.3, 2.2, 4.1] {
      for degrees in [0.0, 31] {
        let map = similarity(scale: scale, degrees: degrees, tx: 150.3, ty: 90.7)
        let levels = Resampler.sampleRegion(picture, toPhoto: map, size: 30)
        var worst = 0.0
        for y in 0..<30 {
          for x in 0..<30 {
            let place = map(Point(Double(x) + 0.5, Double(y) + 0.5))
            worst = max(worst, abs(Double(levels[(y * 30 + x) * 3]) - value(place.x, place.y)))
          }
        }
        // Averaging over a wide pixel lowers the wave itself a little.
        #expect(worst < (scale > 4 ? 4 : 1.2), "\(scale), \(degrees): \(worst)")
      }
    }
  }

  @Test("There and back gives the picture again, where it has no finer detail than the region")
  func thereAndBack() {
    var samples: [UInt8] = []
    for y in 0..<120 {
      for x in 0..<120 {
        let level = UInt8((128 + 90 * sine(Double(x) * 4) * cosine(Double(y) * 5)).rounded())
        samples += [level, UInt8(x * 2), UInt8(y * 2)]
      }
    }
    let picture = Picture(width: 120, height: 120, samples: .eight(samples))
    for (scale, degrees) in [(0.5, 0.0), (1.6, 0), (0.8, 20), (1.7, -12)] {
      let size = Int(80 / scale)
      let map = similarity(scale: scale, degrees: degrees, tx: 25, ty: 25)
      let region = Resampler.sampleRegion(picture, toPhoto: map, size: size)
      let back = Resampler.sampleBack(region, size: size, toPhoto: map, x: 50, y: 50, width: 20, height: 20)
      var expected: [Float] = []
      for y in 50..<70 {
        for x in 50..<70 {
          let pixel = picture.rgb8(x, y)
          expected += [Float(pixel.red), Float(pixel.green), Float(pixel.blue)]
        }
      }
      #expect(difference(back, expected) < 1.5, "\(scale), \(degrees)")
    }
  }

  @Test("16 bits give what 8 bits give, and finer")
  func depths() {
    let picture = waves(90, 70)
    guard case .eight(let samples) = picture.samples else {
      Issue.record("the picture has another depth")
      return
    }
    let deep = Picture(width: 90, height: 70, samples: .sixteen(samples.map { UInt16($0) * 257 }))
    var numbers = Numbers(8)
    for round in 0..<40 {
      let map = randomMap(&numbers, isTurned: round % 2 == 0)
      #expect(
        difference(
          Resampler.sampleRegion(picture, toPhoto: map, size: 16),
          Resampler.sampleRegion(deep, toPhoto: map, size: 16)) < 1e-2)
    }
  }

  @Test("The result stays within 0...255 at hard edges")
  func bounded() {
    let edge = Picture(
      width: 40, height: 40, samples: .eight((0..<40 * 40 * 3).map { $0 / 3 % 40 < 20 ? 0 : 255 }))
    for scale in [0.3, 0.77, 1.5] {
      let levels = Resampler.sampleRegion(
        edge, toPhoto: similarity(scale: scale, degrees: 10, tx: 12, ty: 5), size: 32)
      #expect(levels.allSatisfy { (0...255).contains($0) })
    }
  }

  @Test("The same bits on every machine")
  func golden() {
    func digest(_ levels: [Float]) -> String {
      levels.withUnsafeBytes { String(SHA256.hex($0).prefix(16)) }
    }
    let picture = waves(300, 200)
    let region = { (map: Affine) in digest(Resampler.sampleRegion(picture, toPhoto: map, size: 64)) }
    let pixels = Resampler.sampleRegion(picture, toPhoto: .identity, size: 64)
    #expect(region(Affine(a: 2.7, b: 0, c: 0, d: 2.7, tx: 3.25, ty: 8.5)) == "51f4dae8f7455b6e")
    #expect(region(Affine(a: 4.3, b: 0, c: 0, d: 4.3, tx: 3.25, ty: -8.5)) == "0fe6d9859658855a")
    #expect(region(Affine(a: 1.1, b: 0.3, c: -0.3, d: 1.1, tx: 90, ty: 40)) == "4c132ce59d3bca49")
    #expect(region(Affine(a: 0.3, b: 0.7, c: -0.7, d: 0.3, tx: 90, ty: 40)) == "94393704c6d893fe")
    let back = Resampler.sampleBack(
      pixels, size: 64, toPhoto: Affine(a: 2.1, b: 0.4, c: -0.4, d: 2.1, tx: 9, ty: 4), x: 10, y: 20,
      width: 70,
      height: 50)
    #expect(digest(back) == "2bd44ade37e7ff3a")
  }

  @Test("A picture scaled down for a preview keeps its look")
  func resized() {
    let picture = waves(128, 96)
    let small = Resampler.resize(picture, width: 32, height: 24)
    #expect(small.width == 32 && small.height == 24)
    func mean(_ picture: Picture) -> Double {
      guard case .eight(let samples) = picture.samples else { return 0 }
      return samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
    }
    #expect(abs(mean(small) - mean(picture)) < 1)
  }
}
