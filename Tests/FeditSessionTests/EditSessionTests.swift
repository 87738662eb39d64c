import FeditGenerator
import FeditImage
import FeditProgram
import FeditSession
import FeditSyntax
import FeditTestSupport
import FeditText
import Foundation
import Synchronization
import Testing

/// A test's own script has errors.
private struct Faulty: Error {
  var messages: [String]
}

/// A folder with a photo `p.png`, in which scripts are run.
private final class Studio {
  let folder: String

  init() throws {
    folder = PathResolver.real(NSTemporaryDirectory() + "fedit-session-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try photo(grain: 3)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func photo(_ name: String = "p.png", grain: UInt32) throws {
    var state = grain
    let values: [UInt8] = (0..<128 * 128 * 3).map { i in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: i / 640 + Int(state >> 27))
    }
    try PNGFile.write(
      Picture(width: 128, height: 128, hasAlpha: false, samples: .eight(values)), to: folder + "/" + name)
  }

  func session(keeping: SessionOptions.Keeping = .nothing) -> EditSession {
    var options = SessionOptions(root: folder, threads: 2)
    options.keeping = keeping
    return EditSession(options: options)
  }

  func check(_ edits: String, in session: EditSession) -> ProgramResult {
    session.check(
      source: SourceText(name: "t.fedit", "photo \"p.png\"\nregion (0, 0) size 128 at 128\n" + edits),
      path: folder + "/t.fedit", options: PlanOptions())
  }

  func run(
    _ edits: String, in session: EditSession? = nil, control: RunControl = RunControl()
  ) throws -> RunResult {
    let session = session ?? self.session()
    let result = check(edits, in: session)
    guard let plan = result.plan else { throw Faulty(messages: result.diagnostics.map(\.message)) }
    return try session.run(plan, control: control)
  }
}

/// Edits as a user's hand would change them: one thing at a time.
private struct ChangingEdits {
  private var state: UInt64
  private var strokes: [[String]] = [["mask rect((30, 30), (50, 40))"], ["mask circle((80, 84), 20)"]]
  private var seeds = [1, 2]

  init(seed: UInt64) { state = seed }

  private mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % sides
  }

  mutating func change() {
    let edit = roll(2)
    let (x, y) = (roll(128), roll(128))
    switch roll(6) {
    case 0: seeds[edit] += 1
    case 1 where strokes[edit].count > 1: strokes[edit].removeLast()
    case 2: strokes[edit].append("color circle((\(x), \(y)), \(3 + roll(12))) with #40\(10 + roll(80))c0")
    case 3: strokes[edit].append("mask circle((\(x), \(y)), \(2 + roll(9)))")
    case 4: strokes[edit].append("erase sketch circle((\(x), \(y)), \(2 + roll(20)))")
    default: strokes[edit].append("sketch line((\(x), \(y)), (\(roll(128)), \(roll(128))))")
    }
  }

  var text: String {
    (0..<2).map { "edit \"\($0)\" {\n  seed \(seeds[$0])\n  \(strokes[$0].joined(separator: "\n  "))\n}\n" }
      .joined()
  }
}

@Suite("Sessions") struct EditSessionTests {
  @Test("after any change a session gives what a new one gives", arguments: [1, 2, 3])
  func incremental(seed: UInt64) throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    var edits = ChangingEdits(seed: seed)
    for _ in 0..<12 {
      let kept = try studio.run(edits.text, in: session)
      let fresh = try studio.run(edits.text)
      #expect(kept.picture == fresh.picture, "\(edits.text)")
      #expect(kept.warnings == fresh.warnings)
      edits.change()
    }
  }

  @Test("what is warped is warped before masks are filled, and after a change as in a new session")
  func warps() throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    let mask = "mask rect((60, 60), (30, 30))"
    func edit(_ warp: String) -> String { "edit \"a\" { \(warp); \(mask) }" }
    let moved = edit("warp circle((60, 60), 12) to circle((62, 60), 13)")
    for text in [
      edit("seed 0"), moved, edit("warp circle((60, 60), 12) to circle((58, 60), 13)"), moved, edit("seed 0"),
    ] {
      let kept = try studio.run(text, in: session)
      #expect(kept.picture == (try studio.run(text)).picture, "\(text)")
    }
    let apart = "edit \"w\" { warp circle((60, 60), 12) to circle((62, 60), 13) }\nedit \"a\" { \(mask) }"
    // The noise of the second edit is another one, so what is not masked is compared.
    let (one, two) = (try studio.run(moved).picture, try studio.run(apart).picture)
    guard case .eight(let left) = one.samples, case .eight(let right) = two.samples else { return }
    let outside = (0..<128 * 128).filter { !(60..<90).contains($0 % 128) || !(60..<90).contains($0 / 128) }
    #expect(outside.allSatisfy { left[3 * $0] == right[3 * $0] })
  }

  @Test("results that do not fit into the memory they may take are made again, the same")
  func littleMemory() throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1))
    var edits = ChangingEdits(seed: 9)
    for _ in 0..<3 {
      #expect(try studio.run(edits.text, in: session).picture == studio.run(edits.text).picture)
      edits.change()
    }
  }

  @Test("edits before the first change are not run again, those after it are")
  func reuse() throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    let first = "edit \"a\" { mask rect((20, 20), (30, 30)) }\n"
    _ = try studio.run(first + "edit \"b\" { mask rect((60, 60), (30, 30)) }\n", in: session)
    let later = try studio.run(
      first + "edit \"b\" { mask rect((60, 60), (30, 30)); seed 3 }\n", in: session)
    #expect(later.edits.map(\.isReused) == [true, false])
    let both = try studio.run(
      "edit \"a\" { mask rect((20, 20), (30, 31)) }\nedit \"b\" { mask rect((60, 60), (30, 30)); seed 3 }\n",
      in: session)
    #expect(both.edits.map(\.isReused) == [false, false])
  }

  @Test("comments, names and layout change nothing")
  func layout() throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    _ = try studio.run("edit \"a\" { mask rect((20, 20), (30, 30)) }", in: session)
    let again = try studio.run(
      "// why\nlet corner = (20, 20)\nedit \"a\" {\n\n  mask rect(corner, (30, 30))\n}\n", in: session)
    #expect(again.edits.map(\.isReused) == [true])
  }

  @Test("a photo that was replaced on the disk is read again")
  func changedPhoto() throws {
    let studio = try Studio()
    let edits = "edit \"a\" { mask rect((20, 20), (30, 30)) }"
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    let before = try studio.run(edits, in: session)
    try FileManager.default.removeItem(atPath: studio.folder + "/p.png")
    try studio.photo(grain: 99)
    let after = try studio.run(edits, in: session)
    #expect(after.picture != before.picture)
    #expect(after.picture == (try studio.run(edits)).picture)
  }

  @Test("a run that was stopped leaves a session that gives the right result")
  func cancelled() throws {
    let studio = try Studio()
    let session = studio.session(keeping: .results(bytes: 1 << 30))
    var edits = ChangingEdits(seed: 4)
    _ = try studio.run(edits.text, in: session)
    for limit in [1, 2, 3, 5] {
      edits.change()
      let asked = Mutex(0)
      let control = RunControl(isCancelled: {
        asked.withLock {
          $0 += 1
          return $0 >= limit
        }
      })
      #expect(throws: UserError.self) { try studio.run(edits.text, in: session, control: control) }
    }
    #expect(try studio.run(edits.text, in: session).picture == studio.run(edits.text).picture)
  }

  @Test("a save in the middle holds the edits before it")
  func saves() throws {
    let studio = try Studio()
    let first = "edit \"a\" { mask rect((20, 20), (30, 30)) }\n"
    let result = try studio.run(
      first + "save \"one.png\"\nedit \"b\" { mask rect((60, 60), (30, 30)) }\nsave \"two.png\"\n")
    let pictures = result.saves.map { save -> Picture? in
      if case .picture(let picture) = save.content { picture } else { nil }
    }
    #expect(pictures == [try studio.run(first).picture, result.picture])
  }

  @Test("seeds change the mask's pixels only")
  func seeds() throws {
    let studio = try Studio()
    let pictures = try [1, 2].map {
      try studio.run("edit \"a\" { mask rect((20, 30), (40, 50)); seed \($0); blend none }").picture
    }
    guard case .eight(let a) = pictures[0].samples, case .eight(let b) = pictures[1].samples else {
      Issue.record("8-bit photos stay 8-bit")
      return
    }
    let changed = a.indices.filter { a[$0] != b[$0] }.map { (x: $0 / 3 % 128, y: $0 / 3 / 128) }
    #expect(!changed.isEmpty)
    #expect(changed.allSatisfy { (20..<60).contains($0.x) && (30..<80).contains($0.y) })
  }

  @Test("what is in no mask is a warning, with the stroke that loses most")
  func warnings() throws {
    let studio = try Studio()
    let result = try studio.run(
      "edit \"a\" {\n  mask rect((20, 20), (30, 30))\n  sketch line((10, 80), (100, 80))\n}\n")
    #expect(result.warnings.map(\.code) == ["outside-mask"])
    #expect(result.warnings.map(\.line) == [5])
  }

  @Test("the memory of a plan's networks is that of those that its edits name, each counted once")
  func networkMemory() throws {
    let studio = try Studio()
    let session = studio.session()
    func memory(_ edits: String) throws -> NetworkMemory {
      let result = studio.check(edits, in: session)
      return try session.networkMemory(of: try #require(result.plan, "\(result.diagnostics.map(\.message))"))
    }
    let mask = "mask circle((60, 60), 9)"
    let other = try memory("model \"portrait-256\"\nedit \"a\" { \(mask) }")
    #expect(other.weights > 1_000_000 && other.activations > 0 && other.layers > 0)
    #expect(try memory("edit \"a\" { model \"portrait-256\"; \(mask) }") == other)
    let usual = try memory("edit \"a\" { \(mask) }")
    let both = try memory("edit \"a\" { \(mask) }\nedit \"b\" { model \"portrait-256\"; \(mask) }")
    #expect(both.weights == usual.weights + other.weights)
    let twice = try memory("edit \"a\" { \(mask) }\nedit \"b\" { \(mask) }")
    #expect(twice.weights == usual.weights && twice.activations <= both.activations)
    #expect(try memory("edit \"a\" { heal circle((60, 60), 9) }").total == 0)
  }
}

/// Scripts that people might have in front of them while they type: the examples, mutated.
@Suite("Mutated scripts") struct MutatedScriptTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  private static func examples() throws -> [String] {
    let folder = repository + "/Examples"
    return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".fedit") }
      .sorted()
      .map { folder + "/" + $0 }
  }

  @Test("checking a mutated example ends, with a plan or with errors at places of the script")
  func check() throws {
    let scripts = try Self.examples()
    #expect(scripts.count >= 8)
    let texts = try scripts.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
    let junk = Array("(){}[]\"\\;,.#\n\r /*é\u{301}漢😀<>=|&'%0123456789-+".utf8) + [0, 0xff]
    var state: UInt64 = 7
    func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(sides, 1)
    }
    var (plans, failures) = (0, 0)
    for round in 0..<(runsLongTests ? 10_000 : 400) {
      let which = round % scripts.count
      var bytes = texts[which]
      for _ in 0..<(1 + roll(4)) {
        let place = roll(bytes.count)
        let other = texts[roll(texts.count)]
        switch roll(5) {
        case 0: bytes.removeSubrange(place..<min(bytes.count, place + 1 + roll(40)))
        case 1: bytes.insert(junk[roll(junk.count)], at: place)
        case 2:
          let from = roll(other.count)
          bytes.insert(contentsOf: other[from..<min(other.count, from + roll(120))], at: place)
        case 3: bytes.insert(UInt8(ascii: "0") + UInt8(roll(10)), at: place)
        default: if !bytes.isEmpty { bytes[place] = junk[roll(junk.count)] }
        }
      }
      let session = EditSession(options: SessionOptions(root: Self.repository + "/Examples", threads: 1))
      let (source, problems) = SourceText.decoding(name: "t.fedit", bytes: bytes)
      let result = session.check(
        source: source, path: scripts[which], problems: problems, options: PlanOptions())
      let errors = result.diagnostics.filter { $0.severity == .error }
      // A file that only defines things has nothing to plan.
      let hasPlan = errors.isEmpty && !parse(source).script.onlyDefines
      #expect((result.plan != nil) == hasPlan, "\(String(decoding: bytes, as: UTF8.self))")
      if result.plan == nil { failures += 1 } else { plans += 1 }
    }
    // Both outcomes are seen, or the mutations test little.
    #expect(plans > 10 && failures > 10)
  }
}
