import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

@Suite("Warp") struct WarpTests {
  /// A field as smooth as a slope, so that what moves can be told from its levels: 2 a column, 1 a row.
  private static func slope(_ side: Int = 100) -> Picture {
    var values: [UInt8] = []
    for y in 0..<side { for x in 0..<side { values += [UInt8(2 * x), UInt8(y), 128] } }
    return Picture(width: side, height: side, hasAlpha: false, samples: .eight(values))
  }

  private static func square(_ from: Double, _ to: Double, _ shift: Point = Point(0, 0)) -> PlanShape {
    let corners = [Point(from, from), Point(to, from), Point(to, to), Point(from, to)]
    return .path(
      Path(
        elements: corners.enumerated().map { index, corner in
          let p = Point(corner.x + shift.x, corner.y + shift.y)
          return index == 0 ? .move(p) : .line(p)
        } + [.close], isClosed: true))
  }

  private static func edit(_ warps: [(from: PlanShape, to: PlanShape, reach: Double)]) -> PlanEdit {
    PlanEdit(
      name: "e", index: 0,
      strokes: warps.map { warp in
        PlanStroke(
          layer: .warp, isErase: false, content: .shape(warp.from), color: nil, brush: nil, label: nil,
          file: "t.fedit", line: 1, column: 1, warp: PlanWarp(target: warp.to, reach: warp.reach))
      })
  }

  private static func warped(
    _ from: PlanShape, _ to: PlanShape, reach: Double, _ picture: Picture = slope()
  ) throws -> (picture: Picture, area: PhotoMask) {
    var picture = picture
    let field = try #require(try Rasterizer.warpField(of: edit([(from, to, reach)])))
    let area = field.apply(to: &picture)
    return (picture, area)
  }

  private static func level(_ picture: Picture, _ x: Int, _ y: Int, _ channel: Int = 0) -> Int {
    guard case .eight(let values) = picture.samples else { return -1 }
    return Int(values[(y * picture.width + x) * 3 + channel])
  }

  @Test("what lies inside an outline that is moved is moved along")
  func move() throws {
    let (picture, _) = try Self.warped(
      Self.square(40, 60), Self.square(40, 60, Point(4, -3)), reach: 24)
    for (x, y) in [(50, 44), (54, 47), (58, 50)] {
      #expect(abs(Self.level(picture, x, y) - 2 * (x - 4)) <= 1)
      #expect(abs(Self.level(picture, x, y, 1) - (y + 3)) <= 1)
    }
  }

  @Test("what lies inside an outline that is scaled is scaled about the same point")
  func scale() throws {
    let (picture, _) = try Self.warped(Self.square(40, 60), Self.square(38, 62), reach: 24)
    for x in [42, 46, 50, 54, 58] {
      let source = 50 + (Double(x) + 0.5 - 50) / 1.2 - 0.5
      #expect(abs(Double(Self.level(picture, x, 50)) - 2 * source) <= 1.5)
    }
  }

  @Test("beyond the reach no byte changes, and what is said to have changed holds all that did")
  func reach() throws {
    let photo = Self.slope()
    let (picture, area) = try Self.warped(Self.square(40, 60), Self.square(38, 62), reach: 15, photo)
    for y in 0..<100 {
      for x in 0..<100 {
        let distance = max(38 - x - 1, x - 62, 38 - y - 1, y - 62, 0)
        let same = (0..<3).allSatisfy { Self.level(picture, x, y, $0) == Self.level(photo, x, y, $0) }
        if distance > 17 { #expect(same) }
        if !same { #expect(area.contains(x, y)) }
      }
    }
  }

  @Test("a reach far smaller than what is warped is kept to within a node of the grid")
  func smallReach() throws {
    let plain = Picture(
      width: 500, height: 500, hasAlpha: false, samples: .eight([UInt8](repeating: 9, count: 750_000)))
    let area = try Self.warped(Self.square(50, 450), Self.square(50, 450, Point(2, 0)), reach: 3, plain).area
    #expect(area.contains(250, 250))
    for distance in 7..<40 {
      #expect(!area.contains(52 - distance, 250) && !area.contains(451 + distance, 250))
      #expect(!area.contains(250, 50 - distance) && !area.contains(250, 449 + distance))
    }
  }

  @Test("between outline and reach nothing moves farther than the outline does, but for a twentieth")
  func bounded() throws {
    let (picture, _) = try Self.warped(
      Self.square(40, 60), Self.square(40, 60, Point(5, 0)), reach: 30)
    for y in 5..<95 {
      for x in 5..<95 { #expect(abs(Self.level(picture, x, y) - 2 * x) <= 11) }
    }
  }

  @Test("an outline that goes where it is holds the picture there")
  func hold() throws {
    let still = try Self.warped(Self.square(40, 60), Self.square(40, 60), reach: 20)
    #expect(still.picture == Self.slope() && still.area.isEmpty)
    var picture = Self.slope()
    let moved = (from: Self.square(50, 60), to: Self.square(50, 60, Point(3, 0)), reach: 30.0)
    let field = try #require(
      try Rasterizer.warpField(of: Self.edit([moved, (Self.square(30, 42), Self.square(30, 42), 30)])))
    _ = field.apply(to: &picture)
    #expect(abs(Self.level(picture, 42, 36) - 84) <= 1)
    #expect(abs(Self.level(picture, 58, 55) - 110) <= 1)
  }

  @Test("what would fold the picture over itself is an error with the place")
  func fold() throws {
    do {
      _ = try Self.warped(Self.square(40, 60), Self.square(40, 60, Point(30, 0)), reach: 8)
      Issue.record("no error")
    } catch let error as RasterError {
      guard case .foldedWarp(let x, let y) = error else { throw error }
      #expect((30...100).contains(x) && (30...70).contains(y))
      #expect(error.exitStatus == .data)
    }
  }

  @Test("beyond the photo's border nothing is moved, and a warp across it moves what is there")
  func border() throws {
    #expect(try Self.warped(Self.square(-60, -40), Self.square(-60, -42), reach: 10).area.isEmpty)
    let (picture, area) = try Self.warped(Self.square(-10, 10), Self.square(-10, 10, Point(3, 0)), reach: 20)
    #expect(area.x == 0 && area.y == 0 && abs(Self.level(picture, 9, 2) - 12) <= 1)
  }

  @Test("16-bit pictures move as 8-bit ones do")
  func sixteen() throws {
    guard case .eight(let values) = Self.slope().samples else { return }
    let deep = Picture(
      width: 100, height: 100, hasAlpha: false, samples: .sixteen(values.map { UInt16($0) * 257 }))
    let (from, to) = (Self.square(40, 60), Self.square(37, 62))
    let (picture, _) = try Self.warped(from, to, reach: 20)
    guard case .sixteen(let found) = try Self.warped(from, to, reach: 20, deep).picture.samples,
      case .eight(let expected) = picture.samples
    else {
      Issue.record("another depth")
      return
    }
    #expect(zip(found, expected).allSatisfy { abs(Double($0) / 257 - Double($1)) <= 0.51 })
  }

  @Test("lines of the same steps go point for point, others by the share of their length")
  func pairs() throws {
    let own = try #require(try WarpOutline.pairs(from: Self.square(0, 10), to: Self.square(0, 20)).first)
    #expect(own.from == [Point(0, 0), Point(10, 0), Point(10, 10), Point(0, 10)] && own.isClosed)
    #expect(own.to == [Point(0, 0), Point(20, 0), Point(20, 20), Point(0, 20)])
    let line = PlanShape.path(Path(elements: [.move(Point(0, 0)), .line(Point(30, 0))], isClosed: false))
    let bent = PlanShape.path(
      Path(elements: [.move(Point(0, 9)), .line(Point(10, 9)), .line(Point(10, 19))], isClosed: false))
    let other = try #require(try WarpOutline.pairs(from: line, to: bent).first)
    #expect(other.from.count == other.to.count && other.to.last == Point(10, 19))
    let index = other.from.count / 3
    #expect(abs(other.from[index].x / 30 - other.to[index].x / 20) < 1e-9)
  }

  @Test("shapes that are no warp say why")
  func problems() {
    func problem(_ from: PlanShape, _ to: PlanShape) -> WarpOutline.Problem? {
      do throws(WarpOutline.Problem) {
        _ = try WarpOutline.pairs(from: from, to: to)
        return nil
      } catch { return error }
    }
    let (one, two) = (Self.square(0, 10), PlanShape.union(Self.square(0, 5), Self.square(6, 9)))
    let line = PlanShape.path(Path(elements: [.move(Point(0, 0)), .line(Point(9, 0))], isClosed: false))
    #expect(problem(one, two) == .parts(1, 2))
    #expect(problem(one, line) == .openAndClosed)
    #expect(problem(one, .grown(one, radius: 2, pen: .identity)) == .grown)
    #expect(problem(two, two.transformed(by: .translation(1, 1))) == nil)
  }
}
