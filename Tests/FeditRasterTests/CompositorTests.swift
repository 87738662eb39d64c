import FeditImage
import FeditPlan
import FeditRaster
import FeditTestSupport
import Testing

private func randomPicture(_ random: inout Numbers, _ width: Int, _ height: Int) -> Picture {
  let hasAlpha = Bool.random(using: &random)
  let count = width * height * (hasAlpha ? 4 : 3)
  let samples: Picture.Samples =
    Bool.random(using: &random)
    ? .eight((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    : .sixteen((0..<count).map { _ in UInt16.random(in: 0...65_535, using: &random) })
  return Picture(width: width, height: height, hasAlpha: hasAlpha, samples: samples)
}

/// All samples as whole numbers.
private func values(_ picture: Picture) -> [Int] {
  switch picture.samples {
  case .eight(let samples): samples.map { Int($0) }
  case .sixteen(let samples): samples.map { Int($0) }
  }
}

private func plain(_ width: Int, _ height: Int, _ level: UInt8) -> Picture {
  Picture(
    width: width, height: height, hasAlpha: false,
    samples: .eight([UInt8](repeating: level, count: width * height * 3)))
}

@Suite("Compositing") struct CompositorTests {
  @Test("pixels outside the mask, and alpha everywhere, keep their bits")
  func outside() throws {
    var random = Numbers(40)
    for _ in 0..<(runsLongTests ? 1000 : 80) {
      let (width, height) = (Int.random(in: 20...70, using: &random), Int.random(in: 20...70, using: &random))
      let picture = randomPicture(&random, width, height)
      let size = [16, 32, 64].randomElement(using: &random) ?? 32
      let turns: [(Double, Double)] = [(1, 0), (1, 0), (0.8, 0.6), (0.96, -0.28)]
      let (cosine, sine) = turns.randomElement(using: &random) ?? (1, 0)
      let region =
        Bool.random(using: &random)
        ? Make.region(size, x: Double(Int.random(in: -10...20, using: &random)), y: 3)
        : Make.region(
          size: size, side: random.number(10...80), middle: (random.number(0...60), random.number(0...60)),
          cosine: cosine, sine: sine)
      let edit = Make.edit([
        Make.stroke(
          .mask,
          Make.ellipse(
            random.number(0...60), random.number(0...60), random.number(1...30), random.number(1...30))),
        Make.stroke(.mask, Make.rect(random.number(0...60), random.number(0...60), 9, 4), erase: true),
      ])
      let mask = try Rasterizer.compositingMask(
        of: edit, in: region, photo: Make.photo(width, height), images: [:])
      let generated = (0..<size * size * 3).map { _ in Float(random.number(-3...258)) }
      let blend: PlanBlend =
        [.none, .automatic, .feather(0), .feather(random.number(0...40))].randomElement(using: &random)
        ?? .none
      var result = picture
      let report = Compositor.composite(generated, into: &result, mask: mask, region: region, edge: blend)
      let (before, after) = (values(picture), values(result))
      #expect(before.count == after.count && result.hasAlpha == picture.hasAlpha)
      let channels = picture.channels
      var changed = 0
      for y in 0..<height {
        for x in 0..<width {
          let start = (y * width + x) * channels
          if !mask.contains(x, y) {
            #expect(before[start..<start + channels] == after[start..<start + channels])
          } else if before[start..<start + channels] != after[start..<start + channels] {
            changed += 1
          }
          if channels == 4 { #expect(before[start + 3] == after[start + 3]) }
        }
      }
      #expect(report.changedPixels == changed && report.maskedPixels == mask.count)
    }
  }

  @Test("blend none is the published hard composite: rounded levels, 257 times as many in 16 bits")
  func hard() throws {
    var random = Numbers(41)
    let generated = (0..<32 * 32 * 3).map { _ in Float(random.number(-3...258)) }
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.circle(20, 22, 9))]), in: Make.region(32, x: 4, y: 5),
      photo: Make.photo(50, 40), images: [:])
    for sixteen in [false, true] {
      let zeros = 50 * 40 * 3
      var picture = Picture(
        width: 50, height: 40, hasAlpha: false,
        samples: sixteen
          ? .sixteen([UInt16](repeating: 0, count: zeros)) : .eight([UInt8](repeating: 0, count: zeros)))
      Compositor.composite(
        generated, into: &picture, mask: mask, region: Make.region(32, x: 4, y: 5), edge: .none)
      let result = values(picture)
      for y in 0..<40 {
        for x in 0..<50 where mask.contains(x, y) {
          for channel in 0..<3 {
            let level = min(max(generated[((y - 5) * 32 + x - 4) * 3 + channel], 0), 255)
            let expected = sixteen ? Int((level * 257).rounded()) : Int((level + 0.5).rounded(.down))
            #expect(abs(result[(y * 50 + x) * 3 + channel] - expected) <= (sixteen ? 1 : 0))
          }
        }
      }
    }
  }

  @Test("a feather goes from the photo at the mask's edge to the fill, as the distance says")
  func feather() throws {
    let region = Make.region(128)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.circle(64, 64, 40))]), in: region, photo: Make.photo(128, 128),
      images: [:])
    let white = [Float](repeating: 255, count: 128 * 128 * 3)
    var previous = values(plain(128, 128, 0))
    // Wider feathers let more of the photo through.
    for width in [40.0, 20, 10, 4, 1, 0] {
      var picture = plain(128, 128, 0)
      Compositor.composite(
        white, into: &picture, mask: mask, region: region, edge: width == 0 ? .none : .feather(width))
      let result = values(picture)
      #expect(zip(previous, result).allSatisfy { $0 <= $1 })
      previous = result
      guard width > 0 else { continue }
      for y in stride(from: 0, to: 128, by: 5) {
        for x in stride(from: 0, to: 128, by: 5) where mask.contains(x, y) {
          var nearest = Int.max
          for v in 0..<128 {
            for u in 0..<128 where !mask.contains(u, v) {
              nearest = min(nearest, (u - x) * (u - x) + (v - y) * (v - y))
            }
          }
          let t = min((Double(nearest).squareRoot() - 0.5) / width, 1)
          #expect(abs(Double(result[(y * 128 + x) * 3]) - 255 * t * t * (3 - 2 * t)) <= 1)
        }
      }
    }
  }

  @Test("there is no seam, so no feather, at the photo's own border")
  func border() throws {
    let region = Make.region(64)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.rect(-5, -5, 40, 80))]), in: region, photo: Make.photo(64, 64),
      images: [:])
    var picture = plain(64, 64, 0)
    Compositor.composite(
      [Float](repeating: 255, count: 64 * 64 * 3), into: &picture, mask: mask, region: region,
      edge: .feather(8))
    let result = values(picture)
    for y in 0..<64 {
      #expect(result[y * 64 * 3] == 255 && result[(y * 64 + 34) * 3] < 20)
    }
    var all = plain(64, 64, 0)
    Compositor.composite(
      [Float](repeating: 255, count: 64 * 64 * 3), into: &all,
      mask: PhotoMask(x: 0, y: 0, width: 64, height: 64, pixels: [UInt8](repeating: 1, count: 4096)),
      region: region, edge: .feather(8))
    #expect(values(all).allSatisfy { $0 == 255 })
  }

  @Test(
    "the default lets the photo through at the edge where it agrees with the fill, and not where it does not")
  func automatic() throws {
    let region = Make.region(512)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.rect(128, 128, 256, 256))]), in: region,
      photo: Make.photo(512, 512),
      images: [:])
    // The left half of the photo is 3 levels from the fill, the right half 120.
    let photo = Picture(
      width: 512, height: 512, hasAlpha: false,
      samples: .eight((0..<512 * 512).flatMap { [UInt8](repeating: $0 % 512 < 256 ? 103 : 220, count: 3) }))
    let fill = [Float](repeating: 100, count: 512 * 512 * 3)
    var automatic = photo
    Compositor.composite(fill, into: &automatic, mask: mask, region: region, edge: .automatic)
    var feathered = photo
    Compositor.composite(fill, into: &feathered, mask: mask, region: region, edge: .feather(12))
    let (result, reference) = (values(automatic), values(feathered))
    for y in stride(from: 200, to: 310, by: 10) {
      func at(_ picture: [Int], _ x: Int) -> Int { picture[(y * 512 + x) * 3] }
      for x in 128..<150 { #expect(abs(at(result, x) - at(reference, x)) <= 1) }
      // Beyond the seam of two pixels.
      for x in 340..<382 { #expect(at(result, x) <= 101) }
      #expect(at(result, 381) < at(reference, 381))
    }
  }

  @Test("what is masked three pixels wider than it is has gone, however thin", arguments: [5.0, 12, 24])
  func nothingComesBack(width: Double) throws {
    let region = Make.region(1024)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.line((300, 280), (420, 400)), brush: width + 6)]), in: region,
      photo: Make.photo(1024, 1024), images: [:])
    let scratch = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.line((300, 280), (420, 400)), brush: width)]), in: region,
      photo: Make.photo(1024, 1024), images: [:])
    // A faint one: agreement alone would let some of it through.
    var samples = [UInt8](repeating: 120, count: 1024 * 1024 * 3)
    for y in 0..<1024 {
      for x in 0..<1024 where scratch.contains(x, y) {
        for c in 0..<3 { samples[(y * 1024 + x) * 3 + c] = 132 }
      }
    }
    var picture = Picture(width: 1024, height: 1024, samples: .eight(samples))
    Compositor.composite(
      [Float](repeating: 120, count: 1024 * 1024 * 3), into: &picture, mask: mask, region: region,
      edge: .automatic)
    let result = values(picture)
    var (left, count) = (0, 0)
    for y in 0..<1024 {
      for x in 0..<1024 where scratch.contains(x, y) {
        left += result[(y * 1024 + x) * 3] - 120
        count += 12
      }
    }
    #expect(Double(left) / Double(count) <= 0.1)
  }
}
