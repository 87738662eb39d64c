import FeditImage
import FeditPlan
import FeditRaster
import FeditTestSupport
import Testing

@Suite("heal") struct HealTests {
  /// A wall with a gradient and a pattern of stripes.
  private static func wall(_ side: Int = 160) -> Picture {
    var samples: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let stripe = (x + y) % 8 < 4 ? 30 : 0
        samples += [UInt8(90 + x / 4 + stripe), UInt8(100 + y / 4 + stripe), UInt8(110 + stripe)]
      }
    }
    return Picture(width: side, height: side, samples: .eight(samples))
  }

  /// The strokes' outcome on a picture.
  private static func heal(_ picture: inout Picture, _ shapes: [PlanShape], seed: UInt64 = 7) throws -> [Heal
    .Outcome]
  {
    let edit = Make.edit(shapes.map { Make.stroke(.heal, $0) }, seed: seed)
    let photo = Make.photo(picture.width, picture.height)
    return try Rasterizer.heal(edit, in: &picture, pens: Make.region(256), photo: photo, images: [:]).map(
      \.outcome)
  }

  private static func spoiled(_ picture: Picture, _ x: Int, _ y: Int, _ radius: Int) -> Picture {
    var picture = picture
    guard case .eight(var samples) = picture.samples else { return picture }
    for row in 0..<picture.height {
      for column in 0..<picture.width
      where (row - y) * (row - y) + (column - x) * (column - x) <= radius * radius {
        for c in 0..<3 { samples[(row * picture.width + column) * 3 + c] = 10 }
      }
    }
    picture.samples = .eight(samples)
    return picture
  }

  @Test("a spot on a striped wall with a gradient is gone to within a few levels")
  func spot() throws {
    let clean = Self.wall()
    var picture = Self.spoiled(clean, 80, 80, 8)
    #expect(try Self.heal(&picture, [Make.circle(80.5, 80.5, 10)]) == [.healed])
    guard case .eight(let now) = picture.samples, case .eight(let before) = clean.samples else { return }
    let worst = zip(now, before).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 6)
  }

  @Test("no pixel outside the shape changes, and the same seed gives the same bytes")
  func sameBytes() throws {
    let start = Self.spoiled(Self.wall(), 60, 90, 6)
    var (first, second) = (start, start)
    _ = try Self.heal(&first, [Make.circle(60, 90, 9)])
    _ = try Self.heal(&second, [Make.circle(60, 90, 9)])
    #expect(first == second)
    guard case .eight(let now) = first.samples, case .eight(let before) = start.samples else { return }
    for y in 0..<160 {
      for x in 0..<160 where (x - 60) * (x - 60) + (y - 90) * (y - 90) > 100 {
        #expect(now[(y * 160 + x) * 3] == before[(y * 160 + x) * 3])
      }
    }
  }

  @Test("16 bits a channel are healed at their full depth")
  func deep() throws {
    guard case .eight(let samples) = Self.spoiled(Self.wall(), 80, 80, 6).samples else { return }
    var picture = Picture(width: 160, height: 160, samples: .sixteen(samples.map { UInt16($0) * 257 + 100 }))
    #expect(try Self.heal(&picture, [Make.circle(80, 80, 8)]) == [.healed])
    guard case .sixteen(let now) = picture.samples, case .eight(let clean) = Self.wall().samples else {
      return
    }
    #expect(abs(Int(now[(80 * 160 + 80) * 3]) / 257 - Int(clean[(80 * 160 + 80) * 3])) <= 6)
    #expect(now.contains { $0 % 257 != 0 })
  }

  @Test("what another stroke is to heal is not copied")
  func others() throws {
    // Black spots all around: whatever was copied from them would be black.
    var picture = Self.wall()
    let places = [(80, 80), (60, 80), (100, 80), (80, 60), (80, 100)]
    for (x, y) in places { picture = Self.spoiled(picture, x, y, 5) }
    let outcomes = try Self.heal(&picture, places.map { Make.circle(Double($0.0), Double($0.1), 7) })
    #expect(outcomes == Array(repeating: .healed, count: 5))
    guard case .eight(let now) = picture.samples else { return }
    #expect(now.min() ?? 0 > 60)
  }

  @Test("outside the photo, without surroundings and too large: each is said")
  func problems() throws {
    var picture = Self.wall(40)
    #expect(try Self.heal(&picture, [Make.circle(300, 300, 5)]) == [.outsidePhoto])
    #expect(try Self.heal(&picture, [Make.circle(20, 20, 60)]) == [.nothingToCopy])
    #expect(picture == Self.wall(40))
    var wide = Picture(
      width: 1600, height: 8, samples: .eight([UInt8](repeating: 90, count: 1600 * 8 * 3)))
    #expect(
      try Self.heal(&wide, [Make.circle(800, 4, 790)]) == [.tooLarge(width: 1580, height: 8)])
  }
}
