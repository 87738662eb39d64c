import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

@Suite("Octaves")
struct OctaveTests {
  private static func region(_ side: Double, size: Int = 256, at corner: Point = Point(0, 0)) -> PlanRegion {
    let scale = side / Double(size)
    return PlanRegion(
      toPhoto: Affine.scale(scale, scale).then(.translation(corner.x, corner.y)), side: side, size: size,
      origin: .written)
  }

  @Test("they halve the scale down to the photo's own pixels")
  func scales() {
    #expect(Octaves(Self.region(256)).levels.map(\.scale) == [1])
    #expect(Octaves(Self.region(300)).levels.map(\.scale) == [300.0 / 256])
    #expect(Octaves(Self.region(1024)).levels.map(\.scale) == [4, 2, 1])
    #expect(Octaves(Self.region(1000)).levels.map(\.scale) == [1000.0 / 256, 1000.0 / 512, 1])
    #expect(Octaves(Self.region(1024), most: 1).levels.map(\.scale) == [4, 2])
    #expect(Octaves(Self.region(1024), most: 0).levels.map(\.scale) == [4])
  }

  @Test("neighbouring tiles' weights add up to one", arguments: [128, 256, 512])
  func weights(size: Int) {
    let octaves = Octaves(Self.region(4 * Double(size), size: size))
    for place in 0..<octaves.step {
      // The tiles whose frames hold the place.
      let sum = (-1...1).reduce(Float(0)) { sum, tile in
        let index = place - tile * octaves.step + octaves.margin + octaves.ramp / 2
        return (0..<size).contains(index) ? sum + octaves.weight(index) : sum
      }
      #expect(abs(sum - 1) < 1e-6)
    }
  }

  @Test("tiles lie on one grid whatever the mask, and all that it touches are taken")
  func grid() throws {
    let octaves = Octaves(Self.region(2048, at: Point(100, 60)))
    let level = try #require(octaves.levels.last)
    func mask(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> PhotoMask {
      PhotoMask(
        x: x, y: y, width: width, height: height, pixels: [UInt8](repeating: 1, count: width * height))
    }
    let all = octaves.tiles(of: level, for: mask(300, 300, 700, 500))
    let small = octaves.tiles(of: level, for: mask(640, 500, 20, 20))
    #expect(!small.isEmpty && small.count < all.count)
    #expect(small.allSatisfy(all.contains))
    // Every pixel of the mask has its full weight.
    for (x, y) in [(300, 300), (999, 799), (640, 510), (300, 799)] {
      let weight = all.reduce(Float(0)) { sum, tile in
        let (u, v) = (x - 100 - tile.x, y - 60 - tile.y)
        guard (0..<256).contains(u), (0..<256).contains(v) else { return sum }
        return sum + octaves.weight(u) * octaves.weight(v)
      }
      #expect(abs(weight - 1) < 1e-5)
    }
  }

  @Test("a level is the tiles' output inside the mask and the photo outside, and tiles fade without a step")
  func assembling() throws {
    let octaves = Octaves(Self.region(512, size: 128))
    let level = try #require(octaves.levels.last)
    let photo = Picture(
      width: 512, height: 512, samples: .eight([UInt8](repeating: 40, count: 512 * 512 * 3)))
    let mask = PhotoMask(
      x: 90, y: 100, width: 260, height: 200, pixels: [UInt8](repeating: 1, count: 260 * 200))
    var fill = try #require(OctaveFill(octaves, level: level, mask: mask, photo: photo))
    for tile in octaves.tiles(of: level, for: mask) {
      let inside = (0..<128 * 128).map { i -> UInt8 in
        mask.contains(tile.x + i % 128, tile.y + i / 128) ? 1 : 0
      }
      // A picture that all tiles agree on: a slope.
      let levels = (0..<128 * 128).flatMap { i -> [Float] in
        let value = Float(tile.x + i % 128) / 4 + Float(tile.y + i / 128) / 8
        return [value, value, value]
      }
      fill.add(levels, mask: octaves.counted(inside), of: tile)
    }
    let made = fill.fill().sample(x: 88, y: 98, width: 264, height: 204)
    for (x, y) in [(90, 100), (200, 150), (255, 255), (349, 299), (260, 128)] {
      let found = made[((y - 98) * 264 + x - 88) * 3]
      #expect(abs(found - (Float(x) / 4 + Float(y) / 8)) < 0.02)
    }
    #expect(made[0] == 40)
  }
}

@Suite("Tone")
struct ToneTests {
  private func layers(_ mask: [UInt8], colorSet: [UInt8]? = nil) -> Layers {
    Layers(
      size: 64, mask: mask, sketch: [UInt8](repeating: 0, count: 4096),
      color: [UInt8](repeating: 0, count: 3 * 4096), colorSet: colorSet ?? [UInt8](repeating: 0, count: 4096),
      noise: [UInt8](repeating: 0, count: 4096), clippedSketch: 0, clippedColor: 0)
  }

  private let hole: [UInt8] = (0..<4096).map {
    (16..<48).contains($0 % 64) && (16..<48).contains($0 / 64) ? 1 : 0
  }

  @Test("an offset of the whole fill is taken away, to a fifth of a level")
  func offset() {
    let photo = (0..<4096).flatMap { i -> [Float] in [150, 110, 90] }
    var fill = photo
    for i in hole.indices where hole[i] != 0 {
      fill[3 * i] += 12
      fill[3 * i + 1] -= 9
    }
    Tone.match(&fill, photo: photo, layers: layers(hole), limit: 24)
    #expect(zip(fill, photo).allSatisfy { abs($0 - $1) < 0.2 })
  }

  @Test("what is dark is changed in proportion, so that a pupil on skin of another tone keeps its hue")
  func proportion() {
    let photo = (0..<4096).flatMap { i -> [Float] in [150, 110, 110] }
    var fill = photo
    for i in hole.indices where hole[i] != 0 { fill[3 * i + 2] -= 20 }
    let pupil = 32 * 64 + 32
    for c in 0..<3 { fill[3 * pupil + c] = 24 }
    Tone.match(&fill, photo: photo, layers: layers(hole), limit: 24)
    #expect((24...29).contains(fill[3 * pupil + 2]))
    #expect(abs(fill[3 * (20 * 64 + 20) + 2] - 110) < 1)
  }

  @Test("no pixel is changed by more than the limit, and none outside the mask")
  func limit() {
    let photo = [Float](repeating: 100, count: 3 * 4096)
    var fill = photo
    for i in hole.indices where hole[i] != 0 { for c in 0..<3 { fill[3 * i + c] = 118 } }
    let before = fill
    Tone.match(&fill, photo: photo, layers: layers(hole), limit: 5)
    for i in hole.indices {
      let change = fill[3 * i] - before[3 * i]
      #expect(hole[i] == 0 ? change == 0 : (-5...0).contains(change))
    }
    #expect(fill[3 * (32 * 64 + 32)] < 114)
  }

  @Test("where the script gives a colour it stays")
  func given() {
    let photo = [Float](repeating: 100, count: 3 * 4096)
    var fill = photo
    for i in hole.indices where hole[i] != 0 { for c in 0..<3 { fill[3 * i + c] = 115 } }
    let set: [UInt8] = hole.indices.map { hole[$0] != 0 && $0 % 64 >= 32 ? 1 : 0 }
    let before = fill
    Tone.match(&fill, photo: photo, layers: layers(hole, colorSet: set), limit: 24)
    for i in hole.indices where set[i] != 0 { #expect(fill[3 * i] == before[3 * i]) }
    #expect(fill[3 * (32 * 64 + 18)] < 103)
  }

  @Test("a finer fill gets the coarser one's tone and keeps its own detail")
  func keep() {
    let coarse = [Float](repeating: 80, count: 3 * 4096)
    var fill = (0..<4096).flatMap { i -> [Float] in
      [Float](repeating: (i + i / 64) % 2 == 0 ? 95 : 85, count: 3)
    }
    Tone.keep(&fill, of: coarse, mask: hole, size: 64, limit: 24)
    let middle = 32 * 64 + 32
    #expect(abs((fill[3 * middle] + fill[3 * (middle + 1)]) / 2 - 80) < 1)
    #expect(abs(abs(fill[3 * middle] - fill[3 * (middle + 1)]) - 10) < 1)
  }

  @Test("the membrane keeps a constant, and lies between its borders' values")
  func membrane() {
    var plane = ConvolutionPyramid.Plane(
      width: 70, height: 50, pixels: [SIMD4<Float>](repeating: .zero, count: 3500))
    for y in 0..<50 {
      for (x, value) in [(0, Float(10)), (69, 30)] { plane.pixels[y * 70 + x] = SIMD4(value, 7, 0, 1) }
    }
    let result = ConvolutionPyramid.spread(plane)
    for pixel in result.pixels { #expect(pixel.x >= 9.9 && pixel.x <= 30.1 && abs(pixel.y - 7) < 0.001) }
    #expect(result.pixels[25 * 70 + 3].x < 14 && result.pixels[25 * 70 + 66].x > 26)
    #expect(abs(result.pixels[25 * 70 + 34].x - 20) < 1.5)
  }
}

@Suite("Grain")
struct GrainTests {
  /// Noise of a variance, smoothed or not, on a flat ground.
  private func photo(_ level: Float, sigma: Float, smooth: Bool) -> Picture {
    let side = 256
    var noise = [Float](repeating: 0, count: side * side)
    for i in noise.indices {
      let words = Noise.philox4x32_10(
        key: SIMD2(7, 9), counter: SIMD4(UInt32(i), 0, 0, 1))
      var sum: Float = 0
      for k in 0..<4 { sum += Float(words[k] >> 8) / Float(1 << 24) - 0.5 }
      noise[i] = sum * Float(3).squareRoot()
    }
    if smooth {
      let source = noise
      for y in 1..<side - 1 {
        for x in 1..<side - 1 {
          noise[y * side + x] =
            (source[y * side + x] + source[y * side + x - 1] + source[y * side + x + 1]
              + source[(y - 1) * side + x] + source[(y + 1) * side + x]) / Float(5).squareRoot()
        }
      }
    }
    let samples = noise.flatMap { value -> [UInt8] in
      [UInt8](repeating: UInt8(min(max(level + sigma * value, 0), 255).rounded()), count: 3)
    }
    return Picture(width: side, height: side, samples: .eight(samples))
  }

  private let mask = PhotoMask(
    x: 96, y: 96, width: 64, height: 64, pixels: [UInt8](repeating: 1, count: 4096))

  @Test("its strength is measured to a fifth", arguments: [(2.0, false), (4.0, true), (6.0, false)])
  func strength(sigma: Double, smooth: Bool) throws {
    let grain = try #require(Grain(around: mask, in: photo(120, sigma: Float(sigma), smooth: smooth)))
    #expect(abs(Double(grain.strength) - sigma) < 0.2 * sigma)
  }

  @Test("a smooth fill gets as much as the photo has, as fine or as coarse", arguments: [false, true])
  func synthesis(smooth: Bool) throws {
    var picture = photo(120, sigma: 5, smooth: smooth)
    let before = picture
    let grain = try #require(Grain(around: mask, in: picture))
    let region = PlanRegion(toPhoto: .identity, side: 256, size: 256, origin: .wholePhoto)
    Compositor.composite(
      Fill([Float](repeating: 120, count: 3 * 65_536), region: region), into: &picture, mask: mask, side: 256,
      finish: .init(edge: .none, grain: (grain, 3, 0, 1)))
    func statistics(_ picture: Picture) -> (deviation: Double, neighbour: Double) {
      var (square, product, count) = (0.0, 0.0, 0.0)
      for y in 100..<156 {
        for x in 100..<155 {
          let a = Double(picture.luma(x, y)) - 120
          let b = Double(picture.luma(x + 1, y)) - 120
          square += a * a
          product += a * b
          count += 1
        }
      }
      return ((square / count).squareRoot(), product / square)
    }
    let (made, own) = (statistics(picture), statistics(before))
    #expect(abs(made.deviation - own.deviation) < 0.2 * own.deviation)
    #expect(abs(made.neighbour - own.neighbour) < 0.15)
    // The same seed gives the same grain, another seed another.
    func again(_ seed: UInt64) -> Picture {
      var copy = before
      Compositor.composite(
        Fill([Float](repeating: 120, count: 3 * 65_536), region: region), into: &copy, mask: mask, side: 256,
        finish: .init(edge: .none, grain: (grain, seed, 0, 1)))
      return copy
    }
    #expect(again(3) == picture && again(4) != picture)
  }

  @Test("a fill with grain of its own gets none")
  func enough() throws {
    let source = photo(120, sigma: 5, smooth: false)
    let grain = try #require(Grain(around: mask, in: source))
    var copy = source
    let levels = (0..<65_536).flatMap { i -> [Float] in
      [Float](repeating: source.luma(255 - i % 256, i / 256), count: 3)
    }
    let region = PlanRegion(toPhoto: .identity, side: 256, size: 256, origin: .wholePhoto)
    var plain = source
    Compositor.composite(
      Fill(levels, region: region), into: &copy, mask: mask, side: 256,
      finish: .init(edge: .none, grain: (grain, 3, 0, 1)))
    Compositor.composite(
      Fill(levels, region: region), into: &plain, mask: mask, side: 256, finish: .init(edge: .none))
    var change: Double = 0
    for y in 96..<160 { for x in 96..<160 { change += abs(Double(copy.luma(x, y) - plain.luma(x, y))) } }
    #expect(change / 4096 < 1)
  }
}

@Suite("Recolour")
struct RecolorTests {
  @Test(
    "a grey wedge keeps its order and nearly its contrast, goes half the way to the colour, and takes its hue"
  )
  func wedge() throws {
    let samples = (0..<128 * 64).flatMap { i -> [UInt8] in [UInt8](repeating: UInt8(40 + i % 128), count: 3) }
    var picture = Picture(width: 128, height: 64, samples: .eight(samples))
    let before = picture
    let mask = PhotoMask(x: 8, y: 8, width: 112, height: 48, pixels: [UInt8](repeating: 1, count: 112 * 48))
    let color = RGB8(red: 170, green: 40, blue: 40)
    Recolor.apply(to: &picture, mask: mask, color: color)
    func lab(_ picture: Picture, _ x: Int, _ y: Int) -> OKLab {
      let (r, g, b) = picture.rgb8(x, y)
      return OKLab(
        red: Transfer.levels[Int(r)], green: Transfer.levels[Int(g)], blue: Transfer.levels[Int(b)])
    }
    let wanted = OKLab(red: Transfer.levels[170], green: Transfer.levels[40], blue: Transfer.levels[40])
    let middles = (lab(before, 64, 32).lightness, lab(picture, 64, 32).lightness)
    #expect(abs(middles.1 - (middles.0 + wanted.lightness) / 2) < 0.01)
    for x in stride(from: 16, to: 112, by: 8) {
      let (old, new) = (lab(before, x, 32), lab(picture, x, 32))
      let (step, newStep) = (
        lab(before, x + 4, 32).lightness - old.lightness, lab(picture, x + 4, 32).lightness - new.lightness
      )
      #expect(newStep > 0.6 * step && newStep < 1.7 * step)
      // The hue: the same direction.
      let cross = new.a * wanted.b - new.b * wanted.a
      #expect(abs(cross) < 0.01 && new.a > 0)
    }
    #expect(picture.rgb8(4, 4) == before.rgb8(4, 4))
    // Soft at the edge.
    let (edge, middle) = (lab(picture, 60, 8), lab(picture, 60, 32))
    #expect(edge.a < middle.a / 2)
  }

  @Test(
    "a grey area of one lightness goes half the way to the colour's and takes its chroma, less in proportion where it is darker, and more by the root of how much lighter it is"
  )
  func light() throws {
    let levels: [UInt8] = [60, 110, 160, 200, 235]
    let size = 32
    let color = RGB8(red: 150, green: 60, blue: 70)
    func lab(_ rgb: (red: UInt8, green: UInt8, blue: UInt8)) -> OKLab {
      OKLab(
        red: Transfer.levels[Int(rgb.red)], green: Transfer.levels[Int(rgb.green)],
        blue: Transfer.levels[Int(rgb.blue)])
    }
    func chroma(_ c: OKLab) -> Float { (c.a * c.a + c.b * c.b).squareRoot() }
    let wanted = lab((color.red, color.green, color.blue))
    for level in levels {
      var picture = Picture(
        width: size, height: size, samples: .eight([UInt8](repeating: level, count: 3 * size * size)))
      let lightness = lab((level, level, level)).lightness
      Recolor.apply(
        to: &picture,
        mask: PhotoMask(
          x: 0, y: 0, width: size, height: size, pixels: [UInt8](repeating: 1, count: size * size)),
        color: color)
      let new = lab(picture.rgb8(16, 16))
      #expect(abs(new.lightness - (lightness + wanted.lightness) / 2) < 0.006, "\(level)")
      let light = new.lightness / wanted.lightness
      let share = light > 1 ? light.squareRoot() : light
      #expect(abs(chroma(new) - share * chroma(wanted)) < 0.006, "\(level)")
    }
  }

  @Test(
    "what is lighter than the area's median takes less of the chroma, in proportion to what is left to white")
  func glint() throws {
    let size = 32
    var picture = Picture(
      width: size, height: size,
      samples: .eight(
        (0..<size * size).flatMap { i in [UInt8](repeating: i < 10 * size ? 225 : 120, count: 3) }))
    let mask = PhotoMask(
      x: 0, y: 0, width: size, height: size, pixels: [UInt8](repeating: 1, count: size * size))
    Recolor.apply(to: &picture, mask: mask, color: RGB8(red: 150, green: 60, blue: 70))
    func chroma(_ y: Int) -> (lightness: Float, chroma: Float) {
      let (r, g, b) = picture.rgb8(16, y)
      let c = OKLab(
        red: Transfer.levels[Int(r)], green: Transfer.levels[Int(g)], blue: Transfer.levels[Int(b)])
      return (c.lightness, (c.a * c.a + c.b * c.b).squareRoot())
    }
    let (glint, middle) = (chroma(5), chroma(24))
    let share = (1 - glint.lightness) / (1 - middle.lightness)
    #expect(share < 0.7 && abs(glint.chroma - share * middle.chroma) < 0.01)
  }

  @Test("strands of other hue and chroma than the area stay so around the colour; a white gleam stays white")
  func strands() {
    let size = 48
    // Brown, a golden strand, a gleam.
    let colors: [[UInt8]] = [[120, 82, 58], [150, 112, 62], [190, 188, 186]]
    var picture = Picture(
      width: size, height: size,
      samples: .eight((0..<size * size).flatMap { i in colors[[0, 0, 0, 1, 0, 2][i / size / 8]] }))
    let mask = PhotoMask(
      x: 0, y: 0, width: size, height: size, pixels: [UInt8](repeating: 1, count: size * size))
    Recolor.apply(to: &picture, mask: mask, color: RGB8(red: 122, green: 47, blue: 28))
    func lab(_ y: Int) -> OKLab {
      let (r, g, b) = picture.rgb8(24, y)
      return OKLab(
        red: Transfer.levels[Int(r)], green: Transfer.levels[Int(g)], blue: Transfer.levels[Int(b)])
    }
    func chroma(_ c: OKLab) -> Float { (c.a * c.a + c.b * c.b).squareRoot() }
    let (brown, golden, gleam) = (lab(12), lab(28), lab(44))
    #expect(golden.b / golden.a > 1.1 * brown.b / brown.a)
    #expect(chroma(golden) > chroma(brown))
    #expect(chroma(gleam) < 0.35 * chroma(brown))
    #expect(brown.a > 0.06)
  }

  @Test("a shape drawn wider than a thing recolours the thing to its own border, and little beside it")
  func matte() {
    let size = 160
    func isThing(_ x: Int, _ y: Int) -> Bool {
      (x - 80) * (x - 80) + (y - 80) * (y - 80) < 56 * 56
    }
    let samples = (0..<size * size).flatMap { i -> [UInt8] in
      let noise = UInt8(i * 7919 % 13)
      return isThing(i % size, i / size)
        ? [150 + noise, 110 + noise, 60 + noise] : [200 + noise, 205 + noise, 215 + noise]
    }
    var picture = Picture(width: size, height: size, samples: .eight(samples))
    let before = picture
    let mask = PhotoMask(
      x: 20, y: 20, width: 120, height: 120,
      pixels: (0..<120 * 120).map { i in
        let (x, y) = (i % 120 - 60, i / 120 - 60)
        return x * x + y * y < 60 * 60 ? 1 : 0
      })
    Recolor.apply(to: &picture, mask: mask, color: RGB8(red: 150, green: 30, blue: 40))
    func change(from inner: Int, to outer: Int) -> Double {
      var (sum, count) = (0, 0)
      for y in 0..<size {
        for x in 0..<size {
          let square = (x - 80) * (x - 80) + (y - 80) * (y - 80)
          guard square >= inner * inner, square < outer * outer else { continue }
          sum += abs(Int(picture.rgb8(x, y).green) - Int(before.rgb8(x, y).green))
          count += 1
        }
      }
      return Double(sum) / Double(count)
    }
    let middle = change(from: 0, to: 40)
    #expect(change(from: 53, to: 55) > 0.8 * middle)
    #expect(change(from: 57, to: 60) < 0.15 * middle)
  }

  @Test("its own colour leaves a picture as it is, to a level")
  func same() {
    let color = RGB8(red: 150, green: 90, blue: 70)
    var picture = Picture(
      width: 64, height: 64, samples: .eight((0..<4096).flatMap { _ -> [UInt8] in [150, 90, 70] }))
    Recolor.apply(
      to: &picture,
      mask: PhotoMask(x: 0, y: 0, width: 64, height: 64, pixels: [UInt8](repeating: 1, count: 4096)),
      color: color)
    let (r, g, b) = picture.rgb8(30, 30)
    #expect(abs(Int(r) - 150) <= 1 && abs(Int(g) - 90) <= 1 && abs(Int(b) - 70) <= 1)
  }
}
