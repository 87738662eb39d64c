import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

/// Which squares edits get.
@Suite("Squares of edits") struct SquareTests {
  /// The plan of edits on a photo.
  private func plan(
    _ width: Int, _ height: Int, _ head: String = "", _ edits: String
  ) throws -> Plan {
    var world = MapWorld()
    world.pictures["/p.png"] = (width, height)
    let result = FeditProgram.plan(
      SourceText(name: "t.fedit", "photo \"p.png\"\n\(head)\n\(edits)"), path: "/t.fedit", world: world,
      options: PlanOptions())
    return try #require(result.plan, "\(result.diagnostics.map(\.message))")
  }

  private func squares(
    _ width: Int, _ height: Int, _ head: String = "", mask: String, isDrawn: Bool = false
  ) throws -> [PlanRegion] {
    let color = isDrawn ? "; color \(mask) with red" : ""
    let plan = try plan(width, height, head, "edit \"e\" { mask \(mask)\(color) }")
    return plan.edits[0].squares(in: plan)
  }

  /// Whether a box of photo pixels lies in a square with so much around it on each side.
  private func holds(_ square: PlanRegion, _ box: (Double, Double, Double, Double), margin: Double) -> Bool {
    guard let inverse = square.toPhoto.inverse else { return false }
    let slack = margin / (square.side / Double(square.size))
    return [(box.0, box.1), (box.2, box.1), (box.0, box.3), (box.2, box.3)].allSatisfy { x, y in
      let p = inverse(Point(x, y))
      return min(p.x, p.y) >= slack - 1e-6 && max(p.x, p.y) <= Double(square.size) - slack + 1e-6
    }
  }

  @Test("a small edit on a large portrait is generated at the photo's own pixels")
  func small() throws {
    let found = try squares(1024, 1024, mask: "circle((600, 700), 12)")
    #expect(found.count == 1 && found[0].side == 256 && found[0].origin == .scaled)
    #expect(found[0].toPhoto.a == 1 && found[0].toPhoto.tx == found[0].toPhoto.tx.rounded())
    #expect(holds(found[0], (588, 688, 612, 712), margin: 24))
  }

  @Test(
    "where something is drawn the square is the smallest rung that leaves as much again on each side",
    arguments: [20.0, 36, 60, 71, 140])
  func rungs(radius: Double) throws {
    let found = try squares(2048, 2048, mask: "circle((900, 1000), \(radius))", isDrawn: true)
    let square = try #require(found.first)
    #expect([256, 512, 1024, 2048].contains(square.side))
    #expect(
      holds(square, (900 - radius, 1000 - radius, 900 + radius, 1000 + radius), margin: min(2 * radius, 1e9)))
    if square.side > 256 { #expect(square.side / 2 * 7 / 8 < 6 * radius) }
  }

  @Test(
    "where nothing is drawn it has room for eight times the mask's thickness",
    arguments: [
      ("circle((900, 1000), 12)", 256.0), ("circle((900, 1000), 15)", 512), ("circle((900, 1000), 30)", 1024),
      ("line((880, 960), (920, 1000)) brush 10", 256), ("line((880, 960), (920, 1000)) brush 60", 1024),
      ("rect((900, 1000), (80, 20))", 512),
    ])
  func undrawn(mask: String, side: Double) throws {
    #expect(try squares(2048, 2048, mask: mask).map(\.side) == [side])
  }

  @Test("the square stays where it is while a mask changes a little, or is moved by whole eighths")
  func stays() throws {
    var places: Set<Double> = []
    for x in 0..<64 {
      let found = try squares(1024, 1024, mask: "circle((\(500 + x), 600), 10)")
      places.insert(found[0].toPhoto.tx)
    }
    #expect(places.count <= 3)
    #expect(places.allSatisfy { $0.truncatingRemainder(dividingBy: 32) == 0 })
  }

  @Test("on a small portrait it is the whole square, as the script's own")
  func portrait() throws {
    let plan = try plan(
      256, 256, "face eyes (98, 122), (158, 122)", "edit \"e\" { mask circle((120, 180), 9) }")
    #expect(plan.edits[0].squares.isEmpty && plan.edits[0].squares(in: plan) == [plan.region])
  }

  @Test("the face's rotation is kept")
  func turned() throws {
    let plan = try plan(
      2000, 2000, "face eyes (800, 900), (1180, 1000)", "edit \"e\" { mask circle((900, 930), 12) }")
    let square = try #require(plan.edits[0].squares.first)
    let (a, b) = (plan.region.toPhoto, square.toPhoto)
    #expect(abs(a.a * b.b - a.b * b.a) < 1e-9 && b.b > 0)
    #expect(square.side == 256)
    #expect(holds(square, (888, 918, 912, 942), margin: 20))
  }

  @Test("a mask beyond the portrait gets a square of its own, and one that straddles its border is held")
  func outside() throws {
    let head = "face eyes (1400, 800), (1600, 800)"
    let plan = try plan(
      4000, 3000, head, "edit \"e\" { mask circle((1500, 900), 30); mask rect((3300, 2200), (300, 100)) }")
    let found = plan.edits[0].squares(in: plan)
    #expect(found.count == 2)
    #expect(holds(found[0], (1470, 870, 1530, 930), margin: 30))
    #expect(holds(found[1], (3300, 2200, 3600, 2300), margin: 150))
    let straddling = try squares(4000, 3000, head, mask: "rect((1000, 500), (300, 700))")
    #expect(straddling.count == 1 && holds(straddling[0], (1000, 500, 1300, 1200), margin: 0))
  }

  @Test("every masked place lies in some square", arguments: 0..<60)
  func covered(seed: Int) throws {
    var numbers = Numbers(UInt64(seed))
    func roll(_ sides: Int) -> Double { Double(numbers.below(sides)) }
    let (width, height) = (Int(200 + roll(3000)), Int(200 + roll(3000)))
    let eye = (roll(width), roll(height))
    let distance = 40 + roll(400)
    let head =
      seed % 3 == 0
      ? "" : "face eyes (\(eye.0), \(eye.1)), (\(eye.0 + distance), \(eye.1 + roll(30) - 15))"
    var boxes: [(Double, Double, Double, Double)] = []
    var body = ""
    for _ in 0..<(1 + Int(roll(3))) {
      let (x, y) = (roll(width), roll(height))
      let (w, h) = (4 + roll(900), 4 + roll(900))
      body += "mask rect((\(x), \(y)), (\(w), \(h)))\n"
      boxes.append((x, y, min(x + w, Double(width)), min(y + h, Double(height))))
    }
    let plan = try plan(width, height, head, "edit \"e\" {\n\(body)}")
    let found = plan.edits[0].squares(in: plan)
    for box in boxes {
      for i in 0...6 {
        for j in 0...6 {
          let (s, t) = (Double(i) / 6, Double(j) / 6)
          let place = (box.0 + (box.2 - box.0) * s, box.1 + (box.3 - box.1) * t)
          #expect(
            found.contains { holds($0, (place.0, place.1, place.0, place.1), margin: 0) },
            "\(width)×\(height) \(head) \(body)")
        }
      }
    }
  }

  @Test("a written region is the one square")
  func written() throws {
    let plan = try plan(
      1024, 1024, "region (100, 200) size 512", "edit \"e\" { mask circle((300, 400), 9) }")
    #expect(plan.edits[0].squares(in: plan) == [plan.region] && plan.region.side == 512)
  }
}
