import FeditAssist
import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditREPL
import FeditSession
import Foundation
import Testing

private struct Nothing: CompletionEnvironment {
  func entries(ofFolder path: String) -> [FolderEntry] { [FolderEntry(name: "p.png", isFolder: false)] }
  func modelNames() -> [String] { ["portrait-256"] }
}

private final class Transcript: REPLOutput {
  var text = ""
  var errors = ""
  var sizes: [(Int, Int)] = []
  /// What came in which order.
  var order: [String] = []
  func write(_ text: String) {
    self.text += text
    order.append("text")
  }
  func writeDiagnostics(_ text: String) {
    errors += text
    order.append("diagnostics")
  }
  func show(_ picture: Picture) -> Bool {
    sizes.append((picture.width, picture.height))
    order.append("picture")
    return true
  }
}

/// A REPL in a folder of its own, with a photo of coloured noise.
private final class Bench {
  let folder: String
  let output = Transcript()
  let repl: REPL

  init() throws {
    folder = NSTemporaryDirectory() + "/fedit-repl-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var state: UInt32 = 7
    let pixels = (0..<128 * 128 * 3).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    try PNGFile.write(
      Picture(width: 128, height: 128, hasAlpha: false, samples: .eight(pixels)), to: folder + "/p.png")
    var options = SessionOptions(root: PathResolver.real(folder), threads: 1)
    options.keeping = .results(bytes: 1 << 28)
    repl = REPL(
      session: EditSession(options: options), folder: PathResolver.real(folder), options: PlanOptions(),
      settings: REPL.Settings(), output: output, services: REPLServices(surroundings: Nothing()))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @discardableResult
  func enter(_ lines: String...) -> REPL.Outcome {
    var last = REPL.Outcome.done
    for line in lines { last = repl.enter(line) }
    return last
  }
}

@Suite struct REPLTests {
  @Test("the saved script gives the picture that was on the screen")
  func savedScript() throws {
    let bench = try Bench()
    bench.enter(
      "photo \"p.png\"", "region (0, 0) size 128 at 128", "mask circle((40, 40), 12)",
      "color circle((40, 40), 8) with #c04040", "seed 5", "edit \"two\"", "mask rect((70, 70), (20, 12))",
      "go", ":save \(bench.folder)/s.fedit")
    #expect(bench.output.errors == "")
    let shown = try #require(bench.repl.picture)
    let script = try ScriptFile.read(bench.folder + "/s.fedit")
    let session = EditSession(options: SessionOptions(root: bench.folder, threads: 2))
    let plan = try #require(session.check(script, options: PlanOptions()).plan)
    #expect(plan.edits.map(\.name) == ["edit 1", "two"])
    #expect(try session.run(plan).picture.samples == shown.samples)
  }

  @Test("a script from another folder is loaded with its paths, those of drawings, too")
  func loadedPaths() throws {
    let bench = try Bench()
    let folder = bench.folder + "/below"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: bench.folder + "/p.png", toPath: folder + "/p.png")
    let drawing =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 128 128\"><circle cx=\"40\" cy=\"40\" r=\"9\"/></svg>"
    try drawing.write(toFile: folder + "/mark.svg", atomically: true, encoding: .utf8)
    let script = "photo \"p.png\"\ndef mark() { mask svg(\"mark.svg\") }\nedit \"a\" { mark() }\n"
    try script.write(toFile: folder + "/s.fedit", atomically: true, encoding: .utf8)
    #expect(bench.enter(":load \(folder)/s.fedit") == .done)
    #expect(bench.output.errors == "")
    #expect(bench.repl.document.text.contains("svg(\"below/mark.svg\")"))
    #expect(bench.repl.document.text.contains("photo \"below/p.png\""))
  }

  @Test("a wrong statement changes nothing")
  func wrongStatement() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"", "mask circle((40, 40), 12)")
    let before = bench.repl.document
    #expect(bench.enter("mask cirle((1, 2), 3)") == .failed)
    #expect(bench.enter("mask circle((1, 2), 3) with red") == .failed)
    #expect(bench.enter("maks circle((1, 2), 3)") == .failed)
    #expect(bench.repl.document == before)
    #expect(bench.output.errors.contains("did you mean 'circle'?"))
  }

  @Test("undo takes a statement back and redo does it again, the picture with them")
  func undo() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"", "region (0, 0) size 128 at 128", "mask circle((40, 40), 12)")
    let first = bench.repl.picture?.samples
    bench.enter("mask circle((90, 90), 9)")
    let second = bench.repl.picture?.samples
    #expect(first != second)
    bench.enter(":undo")
    #expect(bench.repl.picture?.samples == first)
    bench.enter(":redo")
    #expect(bench.repl.picture?.samples == second)
    #expect(bench.enter(":redo") == .failed)
  }

  @Test("open brackets go on to the next line")
  func continued() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"")
    #expect(bench.enter("mask polygon((10, 10),") == .incomplete)
    #expect(bench.repl.isContinuing)
    #expect(bench.enter("  (30, 10), (20, 30))") == .done)
    #expect(!bench.repl.isContinuing)
    #expect(bench.repl.document.text.contains("mask polygon((10, 10),\n"))
  }

  @Test("set gives a param another default, which the saved script has")
  func setting() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"", "param r: number = 5", "mask circle((40, 40), r)")
    #expect(bench.enter(":set r=9") == .done)
    #expect(bench.repl.document.text.contains("param r: number = 9"))
    #expect(bench.enter(":set q=9") == .failed)
    #expect(bench.enter(":set r=red") == .failed)
    #expect(bench.repl.document.text.contains("param r: number = 9"))
  }

  @Test("completion offers statements, names in scope and what fits the place")
  func completion() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"", "let lip_colour = #a3203a", "mask circle((40, 40), 8)")
    #expect(bench.repl.completions("ske").candidates.contains { $0.hasPrefix("sketch") })
    #expect(bench.repl.completions("color circle((40, 40), 8) with lip_").candidates == ["lip_colour"])
    #expect(bench.repl.completions("mask cir").start == 5)
  }

  @Test("an unknown command names the nearest")
  func unknownCommand() throws {
    let bench = try Bench()
    #expect(bench.enter(":shw") == .failed)
    #expect(bench.output.errors == "error: there is no command ':shw'\n  hint: did you mean ':show'?\n")
  }

  @Test("every command is in the help, and none of the help's is unknown")
  func help() throws {
    let bench = try Bench()
    bench.enter(":help")
    for command in REPLCommand.all {
      #expect(bench.output.text.contains(":\(command.name) "))
      bench.output.errors = ""
      if command.name != "quit", command.name != "edit" { _ = bench.enter(":\(command.name)") }
      #expect(!bench.output.errors.contains("there is no command"), "\(command.name)")
    }
    #expect(bench.enter(":quit") == .quit)
  }

  @Test("an expression alone shows its value and changes nothing")
  func values() throws {
    let bench = try Bench()
    bench.enter(
      "photo \"p.png\"", "canvas (256, 256)", "let middle = (100, 60)", "def twice(x: number) = 2 * x")
    let before = bench.repl.document
    bench.output.text = ""
    #expect(bench.enter("twice(4) + 0.5") == .done)
    #expect(bench.enter("middle") == .done)
    #expect(bench.enter("mix(black, white, 0.5)") == .done)
    #expect(bench.output.text == "8.5\n(100, 60), in the photo at (50, 30)\n#808080\n")
    #expect(bench.enter("nothing + 1") == .failed)
    #expect(bench.repl.document == before)
  }

  @Test("a command typed without its colon is named", arguments: ["undo", "help", "quit", "exit", "list"])
  func colon(_ word: String) throws {
    let bench = try Bench()
    #expect(bench.enter(word) == .failed)
    let name = word == "exit" ? "quit" : word
    #expect(bench.output.errors == "error: commands begin with a colon\n  hint: did you mean ':\(name)'?\n")
  }

  @Test("what the command line opened is not taken back, and needs no saving")
  func beginning() throws {
    let bench = try Bench()
    bench.enter("photo \"p.png\"")
    bench.repl.begin()
    #expect(!bench.repl.hasUnsavedChanges)
    #expect(bench.enter(":undo") == .failed)
    bench.enter("mask circle((40, 40), 12)")
    #expect(bench.repl.hasUnsavedChanges)
    #expect(bench.enter(":undo") == .done)
    #expect(bench.enter(":photo") == .done && bench.output.text.hasSuffix("photo \"p.png\"\n"))
  }

  @Test("the grid's labels are the session's own coordinates")
  func grid() throws {
    let bench = try Bench()
    bench.enter(
      "photo \"p.png\"", ":grid \(bench.folder)/a.png", "canvas (1000, 1000)", ":grid \(bench.folder)/b.png")
    let photo = try PictureFile.read(bench.folder + "/p.png")
    let own = try CoordinateGrid(photo, canvas: Point(1000, 1000)).render()
    let plain = try CoordinateGrid(photo).render()
    #expect(try PictureFile.read(bench.folder + "/a.png").samples == plain.samples)
    #expect(try PictureFile.read(bench.folder + "/b.png").samples == own.samples)
  }

  @Test("a face that was found is named, and shown where it is asked for; warnings come behind the picture")
  func face() throws {
    let bench = try Bench()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    try FileManager.default.copyItem(
      atPath: root + "/Examples/sunglasses/portrait.png", toPath: bench.folder + "/face.png")
    bench.enter("photo \"face.png\"", "face auto")
    #expect(bench.output.text.contains("found: face eyes ("))
    #expect(bench.enter(":face \(bench.folder)/marked.png") == .done)
    let marked = try PictureFile.read(bench.folder + "/marked.png")
    #expect(marked.width == 512)
    // A photo of noise has none.
    let other = try Bench()
    #expect(other.enter("photo \"p.png\"", ":face") == .failed)
    #expect(other.output.errors.contains("face eyes P, P mouth P"))
  }

  @Test("after a stroke the current edit is shown and not the whole photo, with the warnings behind it")
  func zoom() throws {
    let bench = try Bench()
    bench.repl.settings.showsAtOnce = true
    bench.enter("photo \"p.png\"", "mask circle((40, 40), 6)")
    #expect(bench.output.sizes.last.map { $0 == (512, 512) } == true)
    #expect(bench.output.sizes.first.map { $0 == (128, 128) } == true)
    bench.enter(":zoom off", "mask circle((44, 40), 6)")
    #expect(bench.output.sizes.last.map { $0 == (128, 128) } == true)
    bench.output.order = []
    bench.enter("sketch line((90, 90), (110, 110))")
    #expect(bench.output.order.suffix(2) == ["picture", "diagnostics"])
    #expect(bench.output.errors.contains("outside-mask"))
    bench.output.errors = ""
    #expect(bench.enter(":warnings") == .done && bench.output.errors.contains("outside-mask"))
    #expect(
      bench.enter("region (0, 0) size 128 at 128", ":undo", "sketch line((91, 90), (110, 110))", ":w")
        == .done)
  }
}
