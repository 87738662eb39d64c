import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

/// What the words for the way from the fill to the photo come to in a plan.
@Suite("Tone, grain, octaves, recolor, placed images") struct FinishWordsTests {
  private func result(_ text: String) -> ProgramResult {
    var world = MapWorld()
    world.pictures["/p.png"] = (1024, 1024)
    world.hasFaces = true
    world.pictures["/m.png"] = (64, 64)
    return plan(
      SourceText(name: "t.fedit", "photo \"p.png\"\n" + text), path: "/t.fedit", world: world,
      options: PlanOptions())
  }

  private func edit(_ body: String, _ head: String = "") throws -> PlanEdit {
    let result = result("\(head)\nedit \"e\" { mask circle((500, 500), 20)\n\(body) }")
    return try #require(result.plan?.edits.first, "\(result.diagnostics.map(\.message))")
  }

  @Test("each setting is what is written, and automatic where nothing is")
  func settings() throws {
    #expect(try edit("").finish == PlanFinish())
    #expect(
      try edit("tone none; grain none; octaves off").finish
        == PlanFinish(tone: .off, grain: .off, octaves: .off))
    #expect(
      try edit("tone within 12; grain strength 0.5").finish
        == PlanFinish(tone: .amount(12), grain: .amount(0.5)))
    #expect(try edit("").toneLimit == 24 && edit("").grainAmount == 1 && edit("").mostOctaves > 20)
    let hard = try edit("blend none")
    #expect(hard.toneLimit == nil && hard.grainAmount == nil && hard.mostOctaves > 20)
    #expect(try edit("blend none; tone within 5").toneLimit == 5)
    #expect(try edit("octaves off").mostOctaves == 0)
  }

  @Test("a generator that sees the face's other half gets its axis, unless the edit says 'mirror off'")
  func mirror() throws {
    #expect(try edit("").axis == nil)
    let found = try #require(try edit("", "model \"mirror\"").axis)
    #expect(found.middle == Point(128, 122) && found.across == Point(1, 0))
    let written = try edit("", "model \"mirror\"\nface eyes (100, 200), (130, 240)").axis
    #expect(written?.middle == Point(115, 220) && written?.across == Point(0.6, 0.8))
    let off = try edit("mirror off", "model \"mirror\"")
    #expect(off.axis == nil && off.finish.mirror == .off)
    #expect(try edit("model \"mirror\"").axis == found)
    #expect(try edit("model \"heal\"", "model \"mirror\"").axis == nil)
  }

  @Test(
    "what is out of range, twice there or outside an edit is an error",
    arguments: [
      ("edit \"e\" { mask circle((9, 9), 3); tone within 300 }", "bad-blend"),
      ("edit \"e\" { mask circle((9, 9), 3); grain strength -1 }", "bad-blend"),
      ("edit \"e\" { mask circle((9, 9), 3); tone none; tone within 3 }", "repeated-setting"),
      (
        "edit \"e\" { mask circle((9, 9), 3); region (0, 0) size 256; region (1, 0) size 256 }",
        "repeated-setting"
      ),
      ("octaves off", "misplaced-statement"),
      ("mirror off", "misplaced-statement"),
      ("edit \"e\" { mask circle((9, 9), 3); mirror on }", "expected"),
      ("edit \"e\" { recolor circle((9, 9), 3) }", "missing-color"),
      ("edit \"e\" { heal circle((9, 9), 3) with red }", "unused-color"),
      ("edit \"e\" { erase heal circle((9, 9), 3) }", "expected"),
      ("edit \"e\" { erase recolor circle((9, 9), 3) with red }", "expected"),
      ("edit \"e\" { mask circle((9, 9), 3) at (1, 2) size (3, 4) }", "wrong-type"),
      ("edit \"e\" { mask image(\"m.png\") at (1, 2) }", "expected"),
      ("edit \"e\" { mask image(\"m.png\") at (1, 2) size (0, 4) }", "out-of-range"),
    ])
  func errors(_ text: String, _ code: String) {
    #expect(result(text).diagnostics.first?.code == code, "\(result(text).diagnostics.map(\.message))")
  }

  @Test("a region in an edit is that edit's square alone")
  func region() throws {
    let result = result(
      "edit \"a\" { region (100, 200) size 512 at 384; mask circle((300, 400), 9) }\nedit \"b\" { mask circle((300, 400), 9) }"
    )
    let plan = try #require(result.plan)
    let square = try #require(plan.edits[0].squares.first)
    #expect(square.side == 512 && square.size == 384 && square.origin == .written)
    #expect(square.toPhoto.tx == 100 && square.toPhoto.ty == 200)
    #expect(plan.edits[1].squares(in: plan).first?.side == 256 && plan.region.origin == .wholePhoto)
  }

  @Test("recolor is a stroke with a colour, and needs no mask")
  func recolor() throws {
    let result = result("edit \"e\" { recolor ellipse((500, 600), (40, 12)) with crimson as \"lips\" }")
    #expect(result.diagnostics.isEmpty)
    let stroke = try #require(result.plan?.edits.first?.strokes.first)
    #expect(stroke.layer == .recolor && stroke.color == RGB8(red: 220, green: 20, blue: 60))
    #expect(stroke.label == "lips")
  }

  @Test("heal is a stroke without a colour, and needs no mask")
  func heal() throws {
    let result = result("edit \"e\" { heal line((500, 600), (560, 640)) brush 5 as \"scratch\" }")
    #expect(result.diagnostics.isEmpty)
    let stroke = try #require(result.plan?.edits.first?.strokes.first)
    #expect(
      stroke.layer == .heal && stroke.color == nil && stroke.brush?.width == 5 && stroke.label == "scratch")
  }

  @Test("warp is a stroke with a target and a reach that scales with its frame, and needs no mask")
  func warp() throws {
    let result = result(
      """
      face eyes (400, 500), (600, 500)
      edit "e" {
          warp circle((500, 600), 50) to circle((500, 600), 60) as "nose"
          in face { warp circle((0, 0), 0.1) to circle((0, 0), 0.12) reach 0.2 }
      }
      """)
    #expect(result.diagnostics.isEmpty)
    let strokes = try #require(result.plan?.edits.first?.strokes)
    #expect(strokes.map(\.layer) == [.warp, .warp] && strokes[0].label == "nose")
    // Two fifths of the longer side of all that moves; a fifth of the eyes' distance.
    #expect(abs((strokes[0].warp?.reach ?? 0) - 48) < 0.5)
    #expect(strokes[1].warp?.reach == 40)
    let target = try #require(strokes[1].warp.flatMap { Bounds(of: $0.target) })
    #expect(abs(target.high.x - 524) < 0.1 && abs(target.low.y - 476) < 0.1)
  }

  @Test(
    "a warp that cannot be says why",
    arguments: [
      ("warp circle((500, 500), 9)", "a warp says where its shape goes"),
      ("warp circle((500, 500), 9) to circle((500, 500), 9) reach 0", "a warp's reach must be more than 0"),
      (
        "warp circle((500, 500), 9) to line((500, 500), (520, 500))",
        "a closed outline cannot go to an open line, nor the other way round"
      ),
      (
        "warp circle((500, 500), 9) to circle((500, 500), 9).grown(2)",
        "a warp follows outlines as they are drawn, and one of these is grown"
      ),
      (
        "warp circle((500, 500), 9) to circle((500, 500), 9) + circle((600, 500), 9)",
        "a warp needs as many outlines as it moves: 1 cannot go to 2"
      ),
      ("mask circle((500, 500), 9) to circle((500, 500), 10)", "only 'warp' takes 'to' and 'reach'"),
      ("mask circle((500, 500), 9) reach 3", "only 'warp' takes 'to' and 'reach'"),
    ])
  func badWarps(text: String, message: String) {
    let found = result("edit \"e\" { \(text) }").diagnostics
    #expect(found.map(\.message) == [message] && found.first?.id == .badWarp)
  }

  @Test("an image is placed in the frame it stands in, or stretched over the photo")
  func images() throws {
    func map(_ text: String, _ head: String = "") throws -> Affine {
      let strokes = try edit(text, head).strokes
      guard case .image(_, let map)? = strokes.last?.content else { throw Misfit() }
      return map
    }
    #expect(try map("mask image(\"m.png\")") == .scale(1024, 1024))
    #expect(
      try map("mask image(\"m.png\") at (40, 60) size (120, 80)")
        == Affine(a: 120, b: 0, c: 0, d: 80, tx: 40, ty: 60))
    let face = try map(
      "in face { sketch image(\"m.png\") at (-0.5, -0.5) size (1, 1) }", "face eyes (400, 500), (600, 500)")
    #expect(face == Affine(a: 200, b: 0, c: 0, d: 200, tx: 400, ty: 400))
  }

  @Test("procedures that have these names still are procedures")
  func oldNames() throws {
    let result = result(
      """
      def grain(at: point) { mask circle(at, 9) }
      def recolor() { mask circle((500, 500), 9) }
      def heal() { mask circle((600, 600), 9) }
      def warp(r: number) { mask circle((700, 700), r) }
      edit "e" {
          heal()
          grain((300, 300))
          recolor()
          warp(9)
      }
      """)
    #expect(result.diagnostics.map(\.message) == [] && result.plan?.edits.first?.strokes.count == 4)
  }

  private struct Misfit: Error {}
}
