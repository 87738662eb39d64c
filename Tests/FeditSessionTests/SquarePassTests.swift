import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditSyntax
import Foundation
import Testing

/// A folder with a photo of many octaves, larger than the generator.
private final class Wall {
  let folder: String
  static let side = 600

  init() throws {
    folder = PathResolver.real(NSTemporaryDirectory() + "fedit-squares-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var state: UInt32 = 11
    let values: [UInt8] = (0..<Self.side * Self.side * 3).map { i in
      state = state &* 1_664_525 &+ 1_013_904_223
      let (x, y) = (i / 3 % Self.side, i / 3 / Self.side)
      return UInt8(truncatingIfNeeded: 90 + x / 10 + y / 20 + Int(state >> 29))
    }
    try PNGFile.write(
      Picture(width: Self.side, height: Self.side, samples: .eight(values)), to: folder + "/p.png")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func session(threads: Int = 2, keeping: SessionOptions.Keeping = .nothing) -> EditSession {
    var options = SessionOptions(root: folder, threads: threads)
    options.keeping = keeping
    return EditSession(options: options)
  }

  func plan(_ text: String, in session: EditSession) throws -> Plan {
    let result = session.check(
      source: SourceText(name: "t.fedit", "photo \"p.png\"\n" + text), path: folder + "/t.fedit",
      options: PlanOptions())
    return try #require(result.plan, "\(result.diagnostics.map(\.message))")
  }

  func run(_ text: String, in session: EditSession? = nil) throws -> RunResult {
    let session = session ?? self.session()
    return try session.run(try plan(text, in: session))
  }
}

@Suite("Squares and octaves of a run") struct SquarePassTests {
  private static let large =
    "edit \"a\" { mask rect((120, 100), (330, 340)); sketch line((150, 150), (400, 400)) }\n"

  @Test("octaves give the same bytes with any number of threads, and change nothing outside the mask")
  func threads() throws {
    let wall = try Wall()
    let one = try wall.run(Self.large, in: wall.session(threads: 1))
    let three = try wall.run(Self.large, in: wall.session(threads: 3))
    #expect(one.picture == three.picture)
    let photo = try PictureFile.read(wall.folder + "/p.png")
    var changed = 0
    for y in stride(from: 0, to: Wall.side, by: 7) {
      for x in stride(from: 0, to: Wall.side, by: 7) {
        let isMasked = (120..<450).contains(x) && (100..<440).contains(y)
        if one.picture.rgb8(x, y) != photo.rgb8(x, y) {
          changed += 1
          #expect(isMasked)
        }
      }
    }
    #expect(changed > 1000)
  }

  @Test("a session that keeps tiles gives what a new one gives")
  func kept() throws {
    let wall = try Wall()
    let session = wall.session(keeping: .results(bytes: 1 << 30))
    let edits = [
      Self.large,
      Self.large + "edit \"b\" { mask circle((500, 520), 20) }\n",
      Self.large.replacing("(400, 400)", with: "(390, 400)") + "edit \"b\" { mask circle((500, 520), 20) }\n",
      "edit \"a\" { mask circle((90, 90), 20); mask circle((520, 520), 30); color circle((90, 90), 5) with red }\n",
    ]
    for text in edits {
      #expect(try wall.run(text, in: session).picture == wall.run(text).picture)
    }
  }

  @Test("octaves make a large fill finer")
  func finer() throws {
    let wall = try Wall()
    let session = wall.session()
    let fine = try wall.plan(Self.large, in: session)
    func energy(_ plan: Plan, octaves: PlanFinish.Setting) throws -> Double {
      var plan = plan
      plan.steps = plan.steps.map { step in
        guard case .edit(var edit) = step else { return step }
        edit.finish = PlanFinish(grain: .off, octaves: octaves)
        return .edit(edit)
      }
      let picture = try session.run(plan).picture
      var sum = 0.0
      for y in 150..<390 {
        for x in 170..<400 {
          let d = Double(picture.rgb8(x + 1, y).green) - Double(picture.rgb8(x, y).green)
          sum += d * d
        }
      }
      return sum
    }
    #expect(try energy(fine, octaves: .automatic) > 1.2 * energy(fine, octaves: .off))
  }

  @Test("a region that does not hold the mask fills what it holds and fails")
  func leftOut() throws {
    let wall = try Wall()
    let result = try wall.run(
      "region (0, 0) size 256\nedit \"a\" { mask rect((200, 100), (100, 50)) }\n")
    #expect(result.edits.first?.maskedPixels == 56 * 50 && result.edits.first?.leftOut == 44 * 50)
    #expect(result.warnings.map(\.code) == ["outside-region"] && result.isIncomplete)
    let nothing = try wall.run("region (0, 0) size 256\nedit \"a\" { mask circle((500, 500), 30) }\n")
    #expect(nothing.isIncomplete && nothing.edits.first?.isGenerated == false)
  }

  @Test("masks far from each other are all filled")
  func severalSquares() throws {
    let wall = try Wall()
    let text =
      "face eyes (60, 80), (110, 80)\nedit \"a\" { mask circle((80, 110), 12); mask rect((520, 540), (40, 30)) }\n"
    let session = wall.session()
    let plan = try wall.plan(text, in: session)
    #expect(plan.edits[0].squares(in: plan).count == 2)
    let result = try session.run(plan)
    #expect(!result.isIncomplete)
    let photo = try PictureFile.read(wall.folder + "/p.png")
    #expect(
      result.picture.rgb8(80, 110) != photo.rgb8(80, 110)
        || result.picture.rgb8(82, 112) != photo.rgb8(82, 112))
    var changed = 0
    for y in 540..<570 {
      for x in 520..<560 where result.picture.rgb8(x, y) != photo.rgb8(x, y) { changed += 1 }
    }
    #expect(changed > 600)
  }
}
