import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// A recipe of one small edit on any photo of the tests.
private let recipe =
  head
    + """
    face eyes (40, 50), (80, 50) mouth (60, 90)
    param r: number = 12
    edit "a" { seed 3; mask circle((60, 60), r); color circle((60, 60), 6) with #804020 }
    edit "b" { in face { mask circle(mouth, 0.2) } }
    save "left-out.png"

    """

extension Scratch {
  /// A folder with photos and the recipe `r.fedit`.
  fileprivate static func batch(_ photos: [String]) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.photos(photos)
    try scratch.write("r.fedit", recipe)
    return scratch
  }

  /// Photos that differ, a few pixels larger each.
  fileprivate func photos(_ names: [String]) throws {
    for (index, name) in names.enumerated() { try photo(name, width: 128 + index % 7, height: 130) }
  }

  /// The bytes of all files below a folder, by their names.
  fileprivate func contents(_ folder: String) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: path + "/" + folder) ?? .init() {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(path)/\(folder)/\(name)", isDirectory: &isFolder)
      if !isFolder.boolValue { result[name] = try bytes(folder + "/" + name) }
    }
    return result
  }
}

private struct Manifest: Decodable {
  struct File: Decodable {
    var name: String
    var sha256: String?
  }
  struct Row: Decodable {
    var row: Int
    var status: String
    var photo: File
    var output: File?
    var settings: [String: String]
    var error: String?
  }
  var rows: [Row]

  init(_ scratch: Scratch, _ name: String) throws {
    self = try JSONDecoder().decode(Manifest.self, from: Data(try scratch.bytes(name)))
  }
}

@Suite struct BatchTests {
  @Test("each result is what 'fedit run' makes of the photo, and a second run does nothing")
  func sameAsRun() throws {
    let scratch = try Scratch.batch(["in/a.png", "in/b.png", "in/c.png"])
    let outcome = try scratch.fedit("batch", "r.fedit", "--photos", "in/*.png", "-o", "out")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.hasPrefix("3 made, 0 up to date, 0 failed; "))
    #expect(
      try scratch.contents("out").keys.sorted() == [
        "a.png", "b.png", "c.png", "manifest.csv", "manifest.json",
      ])
    for name in ["a", "b", "c"] {
      #expect(
        try scratch.fedit("run", "r.fedit", "--photo", "in/\(name).png", "-o", "one.png").status == 0)
      #expect(try scratch.bytes("one.png") == scratch.bytes("out/\(name).png"))
    }
    #expect(!scratch.exists("left-out.png"))
    let before = try scratch.contents("out")
    let again = try scratch.fedit("batch", "r.fedit", "--photos", "in/*.png", "-o", "out")
    #expect(again.status == 0)
    #expect(again.output.hasPrefix("0 made, 3 up to date, 0 failed; "))
    #expect(try scratch.contents("out") == before)
  }

  @Test("a table sets parameters and places of the face row by row, over --set")
  func table() throws {
    let scratch = try Scratch.batch(["in/a.png"])
    try scratch.write(
      "in/l.csv",
      "photo,output,r,face.mouth,face.left_eye\na.png,1.png,,,\na.png,2.png,20,,\na.png,3.png,,\"(66, 84)\",\"(38, 51)\"\n"
    )
    #expect(
      try scratch.fedit("batch", "r.fedit", "--list", "in/l.csv", "-o", "out", "--set", "r=9").status == 0)
    let settings = [
      ["r=9"], ["r=20"], ["r=9", "face.mouth=(66, 84)", "face.left_eye=(38, 51)"],
    ]
    for (index, settings) in settings.enumerated() {
      let flags = settings.flatMap { ["--set", $0] }
      #expect(
        try scratch.fedit(["run", "r.fedit", "--photo", "in/a.png", "-o", "one.png"] + flags).status == 0)
      #expect(try scratch.bytes("one.png") == scratch.bytes("out/\(index + 1).png"), "\(settings)")
    }
    #expect(Set(try scratch.contents("out").filter { $0.key.hasSuffix(".png") }.values).count == 3)
    let rows = try Manifest(scratch, "out/manifest.json").rows
    #expect(rows.map { $0.settings["r"] } == ["9", "20", "9"])
  }

  @Test("rows that can't be done are listed with their reasons, and never stop the others")
  func failures() throws {
    let scratch = try Scratch()
    try scratch.photos(["a.png", "b.png"])
    let jpeg = try Data(
      contentsOf: URL(fileURLWithPath: repository + "/Tests/FeditImageTests/Fixtures/" + "baseline-420.jpg"))
    try scratch.write("cut.jpg", Array(jpeg.prefix(jpeg.count / 2)))
    try scratch.write("text.png", "this is no picture")
    try scratch.write("r.fedit", recipe)
    try scratch.write(
      "l.csv",
      "photo,r\na.png,\ngone.png,\ntext.png,\ncut.jpg,\na.png,wide\nb.png,14\nb.png\n")
    let outcome = try scratch.fedit("batch", "r.fedit", "--list", "l.csv", "-o", "out")
    #expect(outcome.status == 65)
    #expect(outcome.output.hasPrefix("2 made, 0 up to date, 5 failed; "))
    #expect(
      outcome.errors == """
        error: l.csv:3: row 2, 'gone.png': cannot read the picture 'gone.png': no such file or directory
        error: l.csv:4: row 3, 'text.png': cannot read the picture 'text.png': it is a text file, not a picture
        error: l.csv:5: row 4, 'cut.jpg': cannot read the picture 'cut.jpg': it is cut short: the file ends before the picture does
        error: l.csv:6: row 5, 'a.png': --set r=wide: a constant is needed, such as 12.5
        error: l.csv:8: row 7, 'b.png': the row has 1 cells, and there are 2 columns
        error: 5 of 7 rows failed; the others are done

        """)
    let rows = try Manifest(scratch, "out/manifest.json").rows
    #expect(rows.map(\.status) == ["done", "failed", "failed", "failed", "failed", "done", "failed"])
    #expect(rows.allSatisfy { ($0.error != nil) == ($0.status == "failed") })
    let csv = String(decoding: try scratch.bytes("out/manifest.csv"), as: UTF8.self)
    #expect(csv.components(separatedBy: "\r\n").count == 9)
  }

  @Test("run again, only what is missing or has changed is done")
  func incremental() throws {
    let scratch = try Scratch.batch(["in/a.png", "in/b.png", "in/c.png"])
    func made(_ flags: String...) throws -> String {
      let outcome = try scratch.fedit(["batch", "r.fedit", "--photos", "in/*.png", "-o", "out"] + flags)
      #expect(outcome.status == 0)
      return String(outcome.output.prefix { $0 != "," })
    }
    #expect(try made() == "3 made")
    let first = try scratch.contents("out")
    // A result that is gone, and one that something else has changed.
    try FileManager.default.removeItem(atPath: scratch.path + "/out/a.png")
    try scratch.write("out/b.png", "not a picture")
    #expect(try made() == "2 made")
    #expect(try scratch.contents("out") == first)
    try scratch.photo("in/b.png", width: 140, height: 128)
    #expect(try made() == "1 made")
    #expect(try made("--set", "r=13") == "3 made")
    try scratch.photo("in/d.png")
    #expect(try made("--set", "r=13") == "1 made")
    try scratch.write("r.fedit", recipe + "// changed\n")
    #expect(try made("--set", "r=13") == "4 made")
    #expect(try made("--set", "r=13") == "0 made")
  }

  @Test("the shards' results together are those of one run, byte for byte, and so is the manifest after them")
  func shards() throws {
    let scratch = try Scratch.batch((0..<7).map { "in/\($0).png" } + ["in/s/0.png"])
    let batch = ["batch", "r.fedit", "--photos", "in/**/*.png", "-o"]
    #expect(try scratch.fedit(batch + ["one"]).status == 0)
    for shard in ["3/3", "1/3", "2/3"] {
      #expect(try scratch.fedit(batch + ["many", "--shard", shard]).status == 0)
    }
    let one = try scratch.contents("one")
    #expect(one.keys.contains("s/0.png") && one.count == 10)
    #expect(
      try scratch.contents("many").filter { $0.key.hasSuffix(".png") }
        == one.filter { $0.key.hasSuffix(".png") })
    let rows = try (1...3).flatMap { try Manifest(scratch, "many/manifest-\($0)-of-3.json").rows }
    #expect(rows.map(\.row).sorted() == Array(1...8))
    let all = try scratch.fedit(batch + ["many"])
    #expect(all.output.hasPrefix("0 made, 8 up to date, 0 failed; "))
    for name in ["manifest.json", "manifest.csv"] { #expect(try scratch.bytes("many/" + name) == one[name]) }
  }

  @Test("the same bytes for any number of jobs")
  func jobs() throws {
    let scratch = try Scratch.batch((0..<6).map { "in/\($0).png" })
    var results: [[String: [UInt8]]] = []
    for jobs in ["1", "2", "5"] {
      #expect(
        try scratch.fedit("batch", "r.fedit", "--photos", "in/*", "-o", "o" + jobs, "--jobs", jobs).status
          == 0)
      results.append(try scratch.contents("o" + jobs))
    }
    #expect(results[0].count == 8 && results[0] == results[1] && results[0] == results[2])
  }

  @Test("Ctrl-C finishes what is in hand and ends with 130; the next run does the rest")
  func interrupted() throws {
    let scratch = try Scratch.batch(["a.png"])
    func table(_ rows: Int) throws {
      try scratch.write("l.csv", "photo,output\n" + (1...rows).map { "a.png,\($0).png\n" }.joined())
    }
    // More than can be done before the signal comes, however slow the machine.
    try table(2000)
    let batch = ["batch", "r.fedit", "--list", "l.csv", "-o", "out", "--jobs", "1"]
    let process = try scratch.started(batch)
    while process.isRunning, !scratch.exists("out/1.png") { usleep(500) }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let made = try scratch.contents("out").filter { $0.key.hasSuffix(".png") }
    #expect(!made.isEmpty && made.count < 2000)
    #expect(!scratch.exists("out/manifest.journal"))
    let rows = try Manifest(scratch, "out/manifest.json").rows
    #expect(rows.map(\.status) == rows.map { $0.row <= made.count ? "done" : "pending" })
    try table(made.count + 3)
    let rest = try scratch.fedit(batch)
    #expect(rest.output.hasPrefix("3 made, \(made.count) up to date, 0 failed; "))
    for (name, bytes) in made { #expect(try scratch.bytes("out/" + name) == bytes) }
  }

  @Test("killed at any moment and run again: nothing is lost, nothing half written, the same bytes")
  func killed() throws {
    let scratch = try Scratch.batch((0..<40).map { "in/\($0).png" })
    let batch = ["batch", "r.fedit", "--photos", "in/*", "--jobs", "2", "-o"]
    #expect(try scratch.fedit(batch + ["whole"]).status == 0)
    let whole = try scratch.contents("whole")
    var had: [String: [UInt8]] = [:]
    for milliseconds in [60, 110, 90, 150, 130] as [UInt32] {
      let process = try scratch.started(batch + ["out"])
      usleep(milliseconds * 1000)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let now = try scratch.contents("out").filter { $0.key.hasSuffix(".png") }
      for (name, bytes) in now { #expect(bytes == whole[name], "\(name) is not whole") }
      for name in had.keys { #expect(now[name] != nil, "\(name) is lost") }
      had = now
    }
    let last = try scratch.fedit(batch + ["out"])
    #expect(last.status == 0)
    #expect(try scratch.contents("out") == whole)
  }

  @Test("a second run for the same results is refused while the first goes on, one for other shards is not")
  func locked() throws {
    let scratch = try Scratch.batch(["in/a.png", "in/b.png"])
    try scratch.write("out/manifest-1-of-2.journal", "")
    let held = open(scratch.path + "/out/manifest-1-of-2.journal", O_RDWR | O_CLOEXEC)
    #expect(flock(held, LOCK_EX) == 0)
    let batch = ["batch", "r.fedit", "--photos", "in/*", "-o", "out"]
    for shard in [[], ["--shard", "1/2"], ["--shard", "2/3"]] {
      let outcome = try scratch.fedit(batch + shard)
      #expect(outcome.status == 73)
      #expect(outcome.errors.hasPrefix("error: another run is writing the same results: "))
    }
    #expect(try scratch.fedit(batch + ["--shard", "2/2"]).status == 0)
    close(held)
    #expect(try scratch.fedit(batch).status == 0)
  }

  @Test("a manifest.json that is none of ours is never written over")
  func foreignManifest() throws {
    let scratch = try Scratch.batch(["a.png"])
    try scratch.write("out/manifest.json", "{\"mine\": true}")
    let outcome = try scratch.fedit("batch", "r.fedit", "--photos", "a.png", "-o", "out")
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("is no manifest that this fedit knows"))
    #expect(try scratch.bytes("out/manifest.json") == Array("{\"mine\": true}".utf8))
  }

  @Test("photos are never written over, whatever the folder")
  func inputs() throws {
    let scratch = try Scratch.batch(["in/a.png", "in/b.png"])
    try scratch.write("in/l.csv", "photo\na.png\nb.png\n")
    let before = try scratch.contents("in")
    let outcome = try scratch.fedit("batch", "r.fedit", "--list", "in/l.csv", "-o", "in")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("its result would lie where the photo of row 1 lies"))
    let after = try scratch.contents("in")
    for (name, bytes) in before { #expect(after[name] == bytes) }
  }

  @Test("--json prints an object a row and the totals, and nothing else")
  func json() throws {
    let scratch = try Scratch()
    try scratch.photos(["in/a.png", "in/b.png"])
    try scratch.write("in/c.png", "no picture")
    try scratch.write("r.fedit", recipe)
    let outcome = try scratch.fedit("batch", "r.fedit", "--photos", "in/*", "-o", "out", "--json")
    #expect(outcome.status == 65)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    for line in lines.dropLast() {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["status"] != nil && object?["photo"] != nil)
    }
    let totals = try JSONSerialization.jsonObject(with: Data((lines.last ?? "").utf8)) as? [String: Any]
    #expect(totals?["made"] as? Int == 2 && totals?["failed"] as? Int == 1 && totals?["rows"] as? Int == 3)
  }

  @Test(
    "a wrong command line ends with 64, a wrong recipe or table with 65, nothing to do with 66",
    arguments: [
      (["r.fedit", "-o", "o"], 64), (["r.fedit", "-o", "o", "--photos", "*.png", "--list", "l.csv"], 64),
      (["r.fedit", "--photos", "*.png"], 64),
      (["r.fedit", "-o", "o", "--photos", "*.png", "--shard", "3/2"], 64),
      (["r.fedit", "-o", "o", "--photos", "*.png", "--jobs", "0"], 64),
      (["r.fedit", "-o", "o", "--photos", "*.png", "--set", "q=1"], 64),
      (["r.fedit", "-o", "o", "--photos", "*.png", "--photo", "p.png"], 64),
      (["bad.fedit", "-o", "o", "--photos", "*.png"], 65), (["r.fedit", "-o", "o", "--list", "l.csv"], 65),
      (["r.fedit", "-o", "o", "--photos", "*.tif"], 66), (["r.fedit", "-o", "o", "--list", "gone.csv"], 66),
      (["gone.fedit", "-o", "o", "--photos", "*.png"], 66),
      (["r.fedit", "-o", "o", "--photos", "*.png", "--model", "nomodel"], 66),
      (["r.fedit", "-o", "r.fedit", "--photos", "*.png"], 73),
    ] as [([String], Int32)])
  func statuses(_ arguments: [String], _ status: Int32) throws {
    let scratch = try Scratch.with("r.fedit", recipe)
    try scratch.write("bad.fedit", recipe + "edit \"c\" { mask circel((1, 2), 3) }\n")
    try scratch.write("l.csv", "photo,colour\np.png,red\n")
    let outcome = try scratch.fedit(["batch"] + arguments)
    #expect(outcome.status == status)
    #expect(outcome.errors.lowercased().contains("error"))
    #expect(!scratch.exists("o"))
  }

  @Test("memory does not grow with the number of photos")
  func memory() throws {
    let scratch = try Scratch.batch((0..<60).map { "in/\($0).png" })
    let few = try scratch.fedit("batch", "r.fedit", "--photos", "in/1*", "-o", "few", "--jobs", "2")
    let many = try scratch.fedit("batch", "r.fedit", "--photos", "in/*", "-o", "many", "--jobs", "2")
    #expect(few.status == 0 && many.status == 0)
    #expect(many.memory < few.memory + 12 << 20)
  }

  @Test(
    "ten thousand rows, one in a hundred broken in one of four ways: the others are done",
    .enabled(if: ProcessInfo.processInfo.environment["FEDIT_LONG_TESTS"] == "1"))
  func tenThousand() throws {
    let scratch = try Scratch()
    try scratch.photos((0..<50).map { "in/\($0).png" })
    let jpeg = try Data(
      contentsOf: URL(fileURLWithPath: repository + "/Tests/FeditImageTests/Fixtures/" + "baseline-420.jpg"))
    try scratch.write("in/cut.jpg", Array(jpeg.prefix(jpeg.count / 2)))
    try scratch.write("in/text.png", "this is no picture")
    try scratch.write("r.fedit", recipe)
    let broken = ["gone.png,8", "text.png,8", "cut.jpg,8", "1.png,wide"]
    var text = "photo,r\n"
    for row in 1...10_000 {
      text += row % 100 == 0 ? broken[row / 100 % 4] + "\n" : "\(row % 50).png,\(6 + row % 9)\n"
    }
    try scratch.write("in/l.csv", text)
    let outcome = try scratch.fedit("batch", "r.fedit", "--list", "in/l.csv", "-o", "out")
    #expect(outcome.status == 65)
    #expect(outcome.output.hasPrefix("9900 made, 0 up to date, 100 failed; "))
    let rows = try Manifest(scratch, "out/manifest.json").rows
    for row in rows {
      #expect(row.status == (row.row % 100 == 0 ? "failed" : "done"))
      if row.row % 100 == 0 {
        #expect(outcome.errors.contains("in/l.csv:\(row.row + 1): row \(row.row), "))
      } else {
        #expect(scratch.exists("out/" + (row.output?.name ?? "")))
      }
    }
  }
}
