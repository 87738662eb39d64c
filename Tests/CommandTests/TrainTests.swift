import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// What a run needs besides a set: small networks, a checkpoint every other step.
private let options = [
  "--width", "2", "--size", "128", "--batch", "2", "--set", "warmup=2", "--set", "adversarial=0.01", "--set",
  "feature-matching=0.1", "--set", "discriminator-width=4", "--set", "report-steps=2", "--set",
  "validation-steps=50", "--set", "validation-pictures=2", "--set", "checkpoint-steps=2", "--quiet",
]

extension Scratch {
  /// A prepared set in `set`.
  fileprivate func trainingSet(pictures: Int = 24) throws {
    for i in 0..<pictures { try photo("faces/\(i).png", width: 128 + i, height: 128) }
    let outcome = try fedit("prepare", "faces", "-o", "set", "--size", "128")
    #expect(outcome.status == 0)
  }
}

@Suite struct TrainTests {
  @Test("killed at random and resumed again and again, a run ends with the bytes of one that was not")
  func killed() throws {
    let scratch = try Scratch()
    try scratch.trainingSet()
    let kills = runsLongTests ? 20 : 4
    let steps = runsLongTests ? 80 : 16
    let common = options + ["--steps", String(steps)]
    let start = ContinuousClock.now
    #expect(try scratch.fedit(["train", "set", "-o", "whole"] + common).status == 0)
    let whole = (ContinuousClock.now - start) / .seconds(1)
    var numbers = Numbers(5)
    var done = 0
    while done < kills {
      let resume = scratch.exists("killed/checkpoint.safetensors") ? ["--resume"] : []
      let process = try scratch.started(["train", "set", "-o", "killed"] + common + resume)
      usleep(useconds_t(Double.random(in: 0.02...1, using: &numbers) * whole / 4 * 1e6))
      // One that is finished is begun anew: its end is the same.
      if !process.isRunning {
        try FileManager.default.removeItem(atPath: scratch.path + "/killed")
        continue
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      done += 1
    }
    let resume = scratch.exists("killed/checkpoint.safetensors") ? ["--resume"] : []
    #expect(try scratch.fedit(["train", "set", "-o", "killed"] + common + resume).status == 0)
    let manager = FileManager.default
    let samples = try manager.contentsOfDirectory(atPath: scratch.path + "/whole/samples").map {
      "samples/" + $0
    }
    #expect(samples.count == steps / 2)
    for name in ["model.safetensors", "samples.png", "config.txt"] + samples {
      #expect(try scratch.bytes("killed/" + name) == scratch.bytes("whole/" + name))
    }
    // Nothing is left of files that were being written.
    #expect(
      try Set(manager.subpathsOfDirectory(atPath: scratch.path + "/killed"))
        == Set(manager.subpathsOfDirectory(atPath: scratch.path + "/whole")))
  }

  @Test(
    "Ctrl-C, SIGTERM or a closed terminal writes a checkpoint and stops with 130; --resume goes on",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupted(_ signal: Int32) throws {
    let scratch = try Scratch()
    try scratch.trainingSet()
    let common = options + ["--set", "checkpoint-steps=0", "--steps", "100000"]
    let process = try scratch.started(["train", "set", "-o", "run"] + common)
    // The run's folder is there once training begins.
    for _ in 0..<200 where !scratch.exists("run/config.txt") { usleep(20_000) }
    usleep(300_000)
    kill(process.processIdentifier, signal)
    // One that does not heed the signal fails the test and does not hang it.
    for _ in 0..<600 where process.isRunning { usleep(50_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    #expect(scratch.exists("run/checkpoint.safetensors") && scratch.exists("run/model.safetensors"))
    #expect(try scratch.fedit("train", "set", "-o", "run", "--resume", "--steps", "1", "--quiet").status == 0)
  }

  @Test("a disk that is full is a clear error, and the last checkpoint is kept")
  func fullDisk() throws {
    let scratch = try Scratch()
    try scratch.trainingSet()
    #expect(try scratch.fedit(["train", "set", "-o", "run"] + options + ["--steps", "2"]).status == 0)
    let before = try scratch.bytes("run/checkpoint.safetensors")
    // A file that may not grow past 8 kB stands for a disk without room.
    let outcome = try scratch.shell(
      "trap '' XFSZ; ulimit -f 16; exec fedit train set -o run --resume --steps 6 --quiet")
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("checkpoint.safetensors"))
    #expect(try scratch.bytes("run/checkpoint.safetensors") == before)
    #expect(try scratch.fedit("train", "set", "-o", "run", "--resume", "--steps", "6", "--quiet").status == 0)
  }

  @Test("prepare and train say what is wrong, with the status for it")
  func faults() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/empty", withIntermediateDirectories: false)
    try scratch.write("texts/a.txt", "no picture")
    func check(_ arguments: String..., status: Int32, errors: String) throws {
      let outcome = try scratch.fedit(arguments)
      #expect(outcome.status == status)
      #expect(outcome.errors == errors)
    }
    let hint =
      "  hint: give a folder of portraits: PNG, JPEG, WebP, TIFF or HEIC; folders in it are searched too\n"
    try check(
      "prepare", "empty", "-o", "set", status: 65, errors: "error: 'empty': the folder is empty\n" + hint)
    try check(
      "prepare", "texts", "-o", "set", status: 65,
      errors: "error: 'texts': has no picture: none of its 1 files ends in .png, .jpg or another "
        + "picture's ending\n" + hint)
    try check(
      "train", "empty", "-o", "run", "--steps", "1", status: 66,
      errors: "error: 'empty': is not a finished training set: cannot read 'empty/index.json': "
        + "no such file or directory\n"
        + "  hint: 'fedit prepare FACES -o empty' makes a set, and goes on with an unfinished one\n")
    try check(
      "train", "empty", "-o", "run", "--steps", "1", "--resume", status: 66,
      errors: "error: 'run' has no checkpoint to resume from\n  hint: leave out --resume to begin a new run\n"
    )
    try check(
      "train", "empty", "-o", "run", "--config", "none.txt", status: 66,
      errors: "error: cannot read 'none.txt': no such file or directory\n")
    #expect(!scratch.exists("run") && !scratch.exists("set"))
  }

  @Test("--bench --json prints one object of just two figures")
  func bench() throws {
    let scratch = try Scratch()
    let outcome = try scratch.fedit(
      "train", "--bench", "--width", "2", "--size", "128", "--batch", "1", "--json")
    #expect(outcome.status == 0)
    let pattern =
      /\{"pictures_per_second":\{"generator":(\d+(\.\d+)?),"with_discriminator":(\d+(\.\d+)?)\}\}\n/
    let match = try #require(outcome.output.wholeMatch(of: pattern))
    #expect((Double(match.1) ?? 0) > (Double(match.3) ?? 1e9))
    #expect((Double(match.3) ?? 0) > 0)
  }

  @Test("a plot's file that is missing, cut off or wrong is an error that names it and what is wrong")
  func plotFaults() throws {
    let scratch = try Scratch()
    func check(_ text: String?, status: Int32, says: String) throws {
      if let text { try scratch.write("p.json", text) }
      let outcome = try scratch.fedit("train", "--plot", text == nil ? "none.json" : "p.json", "-o", "p.png")
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains(says), "\(outcome.errors)")
      #expect(!outcome.errors.contains("bug") && !scratch.exists("p.png"))
    }
    func plot(_ right: String = "8", _ columns: String = "1", points: String = "[[0, 1], [1, 0.9]]") -> String
    {
      "{\"unit\": \"workers\", \"right\": \(right), \"columns\": \(columns), \"panels\": [{\"title\": \"t\", "
        + "\"lines\": [{\"name\": \"ring\", \"points\": \(points)}]}]}"
    }
    let fault = "error: 'p.json' is not the description of a plot: "
    try check(nil, status: 66, says: "error: cannot read 'none.json': no such file or directory\n")
    try check("", status: 65, says: fault + "it is not valid JSON\n")
    try check(String(plot().dropLast(20)), status: 65, says: fault + "it is not valid JSON\n")
    try check("{\"unit\": \"workers\"}", status: 65, says: fault + "'right' is missing\n")
    try check(
      plot(points: "[[0, \"a\"]]"), status: 65,
      says: fault + "'panels.0.lines.0.points.0.1' is of another type\n")
    try check(
      plot(points: "[[0, 1], [2]]"), status: 65,
      says: fault + "'panels.0.lines.0.points.1' has to be two numbers up to 1e+30\n")
    try check(plot("-8"), status: 65, says: fault + "'right' has to be above 0, found -8.0\n")
    try check(
      plot("8", "100000000"), status: 65, says: fault + "'columns' has to be from 1 to 50, found 100000000\n")
    try scratch.write("p.json", plot())
    #expect(try scratch.fedit("train", "--plot", "p.json", "-o", "p.png").status == 0)
    #expect(try scratch.picture("p.png").width == 560)
  }

  @Test("--init takes the names of built-in and added models, as run --model does")
  func startNames() throws {
    let scratch = try Scratch()
    try scratch.trainingSet()
    let store = ["XDG_DATA_HOME": scratch.path + "/data"]
    func train(_ folder: String, _ rest: String...) throws -> Scratch.Outcome {
      try scratch.fedit(["train", "set", "-o", folder] + options + rest, environment: store)
    }
    #expect(try train("first", "--steps", "1").status == 0)
    let added = try scratch.fedit("model", "add", "mine", "first/model.safetensors", environment: store)
    #expect(added.status == 0, "\(added.errors)")
    #expect(try train("named", "--steps", "1", "--init", "mine").status == 0)
    #expect(try train("filed", "--steps", "1", "--init", "first/model.safetensors").status == 0)
    #expect(try scratch.bytes("named/model.safetensors") == scratch.bytes("filed/model.safetensors"))
    // It is found, and is wider than this run's.
    let wide = try train("wide", "--steps", "1", "--init", "portrait-256")
    #expect(wide.status == 65 && wide.errors.contains("have width 16, not 2"), "\(wide.errors)")
    let unknown = try train("unknown", "--steps", "1", "--init", "mime")
    #expect(unknown.errors.contains("did you mean 'mine'?"), "\(unknown.errors)")
    #expect(unknown.status == 66 && !scratch.exists("unknown/config.txt"))
  }

  @Test("the help lists every option that the page on training has, and says where the table is")
  func helpNames() throws {
    let help = try Scratch().fedit("train", "--help").output
    let page = try String(contentsOfFile: repository + "/Docs/training.md", encoding: .utf8)
    let table = page.components(separatedBy: "\n## Options\n").last?.components(separatedBy: "\n## ").first
    let names = try #require(table).split(separator: "\n").compactMap {
      $0.firstMatch(of: /^\| `([a-z0-9-]+)` \|/)?.1
    }
    #expect(names.count > 70 && names.contains("own-fills"))
    let words = Set(help.split { $0 == " " || $0 == "\n" || $0 == "," || $0 == "." })
    #expect(names.filter { !words.contains($0) } == [])
    #expect(help.contains("Docs/training.md"))
  }
}
