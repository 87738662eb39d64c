import FeditImage
import FeditTestSupport
import Foundation
import Testing

extension Scratch {
  /// A repository with what lies in this folder as its first commit.
  func commitAll(_ message: String = "one") throws {
    let outcome = try shell("[ -d .git ] || git init -q -b main; git add -A; git commit -qm '\(message)'")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}

/// Whether this machine has git.
let hasGit = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

private let edit = "edit \"a\" {\n  seed 1\n  mask circle((60, 60), 20)\n}\n"

@Suite struct DiffTests {
  @Test("spacing, comments and names are no difference: exit status 0")
  func spacing() throws {
    let scratch = try Scratch.with("a.fedit", head + edit)
    try scratch.write(
      "b.fedit",
      head + "// the same\nlet middle = (60, 60)\nedit \"a\" { mask circle(middle,  20); seed 1 }\n")
    let outcome = try scratch.fedit("diff", "a.fedit", "b.fedit")
    #expect(outcome.status == 0)
    #expect(outcome.output == "no difference in meaning\n")
    #expect(outcome.errors == "")
    #expect(try scratch.fedit("diff", "a.fedit", "a.fedit").output == "")
  }

  @Test("a moved stroke, a colour and a seed are told edit by edit: exit status 1")
  func meaning() throws {
    let scratch = try Scratch.with(
      "a.fedit",
      head + "param tint: color = #102030\n"
        + "edit \"a\" {\n  mask circle((60, 60), 20)\n  color circle((60, 60), 9) with tint as \"dot\"\n}\n")
    try scratch.write(
      "b.fedit",
      head + "param tint: color = #ff2030\n"
        + "edit \"a\" {\n  seed 4\n  mask circle((63, 58), 20)\n  color circle((60, 60), 18) with tint as \"dot\"\n}\n"
    )
    let outcome = try scratch.fedit("diff", "a.fedit", "b.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.errors == "")
    #expect(
      outcome.output == """
        --- a.fedit
        +++ b.fedit
        ~ param tint: #102030 → #ff2030
        edit "a"
          ~ seed: 0 → 4
          ~ mask (line 7): moved by (3, -2) px
          ~ color "dot": resized to 200 %; color #102030 → #ff2030

        """)
    #expect(try scratch.fedit("diff", "a.fedit", "b.fedit", "--quiet").output == "")
    // --set reaches both sides.
    let set = try scratch.fedit("diff", "a.fedit", "b.fedit", "--set", "tint=#010203")
    #expect(!set.output.contains("param") && set.output.contains("resized to 200 %\n"))
  }

  @Test("--json says the same to programs, and with --picture how far the results differ")
  func json() throws {
    let scratch = try Scratch.with("a.fedit", head + edit)
    try scratch.write("b.fedit", head + edit.replacing("seed 1", with: "seed 2"))
    let outcome = try scratch.fedit("diff", "a.fedit", "b.fedit", "--json", "--picture", "d.png")
    #expect(outcome.status == 1)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(report["equal"] as? Bool == false)
    let differences = try #require(report["differences"] as? [[String: Any]])
    #expect(differences.count == 1)
    #expect(
      differences.first?["edit"] as? String == "a" && differences.first?["detail"] as? String == "1 → 2")
    let result = try #require(report["result"] as? [String: Int])
    #expect((1...1264).contains(result["pixels"] ?? 0) && (result["largest"] ?? 0) > 0)
    #expect(scratch.exists("d.png"))
  }

  @Test("the picture shows before, after and difference, and is the same each time")
  func picture() throws {
    let scratch = try Scratch.with("a.fedit", head + edit)
    try scratch.write("b.fedit", head + edit.replacing("(60, 60)", with: "(80, 60)"))
    let outcome = try scratch.fedit("diff", "a.fedit", "b.fedit", "--picture", "d.png")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("  ~ mask (line 6): moved by (20, 0) px\nwrote d.png: "))
    let page = try scratch.picture("d.png")
    // Three columns of 512 with gaps, two rows.
    #expect(page.width == 3 * 512 + 4 * 20 && page.height > 2 * 512)
    let bytes = try scratch.bytes("d.png")
    _ = try scratch.fedit("diff", "a.fedit", "b.fedit", "--picture", "d.png", "--threads", "1")
    #expect(try scratch.bytes("d.png") == bytes)
    // Without a difference the results are said to be the same.
    let same = try scratch.fedit("diff", "a.fedit", "a.fedit", "--picture", "e.png")
    #expect(same.status == 0 && same.output == "wrote e.png: the results are the same\n")
  }

  @Test("an input with other contents is a difference, another name for the same bytes is none")
  func contents() throws {
    let scratch = try Scratch()
    try scratch.photo("p.png")
    try scratch.photo("q.png")
    try scratch.photo("sub/p.png", isDeep: true)
    try scratch.write("a.fedit", head + edit)
    try scratch.write("b.fedit", head.replacing("p.png", with: "q.png") + edit)
    try scratch.write("sub/a.fedit", head + edit)
    #expect(try scratch.fedit("diff", "a.fedit", "b.fedit").status == 0)
    let outcome = try scratch.fedit("diff", "a.fedit", "sub/a.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.output.hasSuffix("~ photo: the contents of 'p.png' (128×128) changed\n"))
  }

  @Test("scripts with errors end with 65 and show them; missing sides end with 66")
  func errors() throws {
    let scratch = try Scratch.with("a.fedit", head + edit)
    try scratch.write("bad.fedit", head + "edit \"a\" { mask cirle((60, 60), 20) }\n")
    let bad = try scratch.fedit("diff", "a.fedit", "bad.fedit")
    #expect(bad.status == 65)
    #expect(bad.errors.contains("error[unknown-name]: there is no function 'cirle'"))
    #expect(bad.errors.contains("--> bad.fedit:4:17"))
    let missing = try scratch.fedit("diff", "nowhere.fedit", "a.fedit")
    #expect(missing.status == 66)
    #expect(
      missing.errors
        == "error: cannot read 'nowhere.fedit': there is no such file, and no such git revision\n")
    #expect(try scratch.fedit("diff", "a.fedit").status == 64)
    let plain = try scratch.fedit("diff", "a.fedit", "p.png")
    #expect(plain.status == 65)
    #expect(plain.errors.hasPrefix("error: 'p.png': it carries no script\n"))
    // The page is never written over what it is made of.
    let over = try scratch.fedit("diff", "a.fedit", "a.fedit", "--picture", "p.png")
    #expect(over.status == 73 && over.errors.contains("inputs are never overwritten"))
  }

  @Test("a git revision is compared with its own scripts and photos", .enabled(if: hasGit))
  func revision() throws {
    let scratch = try Scratch()
    try scratch.photo("in/p.png")
    try scratch.write("in/dots.fedit", "let size = 20\n")
    let script = head + "use \"dots.fedit\"\nedit \"a\" { mask circle((60, 60), size) }\n"
    try scratch.write("in/a.fedit", script)
    try scratch.commitAll()
    #expect(try scratch.fedit("diff", "HEAD", "in/a.fedit").status == 0)
    try scratch.write("in/dots.fedit", "let size = 30\n")
    try scratch.commitAll("two")
    try scratch.photo("in/p.png", isDeep: true)
    try scratch.write("in/a.fedit", script.replacing("(60, 60)", with: "(61, 60)"))
    let outcome = try scratch.fedit("diff", "HEAD~1", "in/a.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.errors == "")
    #expect(
      outcome.output == """
        --- HEAD~1:in/a.fedit
        +++ in/a.fedit
        ~ photo: the contents of 'p.png' (128×128) changed
        edit "a"
          ~ mask (line 5): resized to 150 %, middle moved by (1, 0) px

        """)
    // Between two revisions; the work tree does not count.
    let both = try scratch.fedit("diff", "HEAD~1", "HEAD", "in/a.fedit")
    #expect(both.status == 1)
    #expect(both.output.hasSuffix("edit \"a\"\n  ~ mask (line 5): resized to 150 %\n"))
    #expect(!both.output.contains("photo"))
    #expect(try scratch.fedit("diff", "HEAD:in/a.fedit", "HEAD~0:in/a.fedit").status == 0)
    // A picture of a revision and the work tree can be drawn.
    let drawn = try scratch.fedit("diff", "HEAD~1", "in/a.fedit", "--picture", "d.png")
    #expect(drawn.status == 1 && scratch.exists("d.png"))
    let unknown = try scratch.fedit("diff", "HEAD~7", "in/a.fedit")
    #expect(unknown.status == 66 && unknown.errors.contains("no such git revision"))
  }

  @Test("a picture is compared by the script that it carries, up to the save that wrote it")
  func embedded() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let script =
      head + edit + "save \"one.png\"\nedit \"b\" { mask circle((90, 90), 20) }\nsave \"out/two.png\"\n"
    try scratch.write("s.fedit", script)
    #expect(try scratch.fedit("run", "s.fedit").status == 0)
    #expect(try scratch.fedit("run", "s.fedit", "-o", "all.png").status == 0)
    for picture in ["one.png", "out/two.png", "all.png"] {
      let same = try scratch.fedit("diff", "s.fedit", picture)
      #expect(same.status == 0 && same.output == "no difference in meaning\n" && same.errors == "")
    }
    try scratch.write("t.fedit", script.replacing("seed 1", with: "seed 2"))
    let changed = try scratch.fedit("diff", "one.png", "t.fedit")
    #expect(changed.status == 1)
    #expect(changed.output == "--- one.png\n+++ t.fedit\nedit \"a\"\n  ~ seed: 1 → 2\n")
    // Two pictures, each with what it was made by.
    let both = try scratch.fedit("diff", "one.png", "all.png")
    #expect(both.status == 1)
    #expect(both.output == "--- one.png\n+++ all.png\n+ edit \"b\": 1 stroke, seed 0\n")
  }

  @Test(
    "a comparison runs nothing of the clone's configuration: no filter, textconv or external program",
    .enabled(if: hasGit))
  func configuredPrograms() throws {
    let scratch = try Scratch.with("photo \"p.png\"\nedit \"e\" { mask circle((60, 60), 9) }\n")
    try scratch.commitAll()
    try scratch.write("s.fedit", "photo \"p.png\"\nedit \"e\" { mask circle((60, 60), 11) }\n")
    try scratch.write(".gitattributes", "* filter=evil diff=evil\n")
    try scratch.shell(
      """
      for key in filter.evil.smudge filter.evil.clean filter.evil.process diff.evil.textconv diff.evil.command diff.external \\
        core.fsmonitor core.pager; do
        git config $key "touch $PWD/ran; cat"
      done
      """)
    let outcome = try scratch.fedit("diff", "HEAD", "s.fedit")
    #expect(outcome.status == 1, "\(outcome.errors)")
    #expect(try scratch.fedit("diff", "HEAD", "s.fedit", "--picture", "d.png").status == 1)
    #expect(!scratch.exists("ran"))
  }

  @Test(
    "what git-lfs keeps elsewhere is read from the clone by its hash, or missed by name", .enabled(if: hasGit)
  )
  func largeFiles() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let hash = String(try scratch.shell("sha256sum p.png").output.prefix(64))
    let size = try scratch.bytes("p.png").count
    try scratch.shell("cp p.png kept.png")
    try scratch.write(
      "p.png", "version https://git-lfs.github.com/spec/v1\noid sha256:\(hash)\nsize \(size)\n")
    try scratch.write("s.fedit", "photo \"p.png\"\nedit \"e\" { mask circle((60, 60), 9) }\n")
    try scratch.commitAll()
    try scratch.shell("mv kept.png p.png")
    try scratch.write("s.fedit", "photo \"p.png\"\nedit \"e\" { mask circle((60, 60), 11) }\n")
    let missing = try scratch.fedit("diff", "HEAD", "s.fedit", "--picture", "d.png")
    #expect(missing.status == 66)
    #expect(missing.errors.contains("git lfs fetch"))
    let folder = ".git/lfs/objects/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))"
    try scratch.shell("mkdir -p \(folder) && cp p.png \(folder)/\(hash)")
    let found = try scratch.fedit("diff", "HEAD", "s.fedit", "--picture", "d.png")
    #expect(found.status == 1, "\(found.errors)")
    #expect(scratch.exists("d.png"))
  }

  @Test("--at names the place of texts in temporary files, as git's diff drivers hand them out")
  func place() throws {
    let scratch = try Scratch()
    try scratch.photo("in/p.png")
    try scratch.write("tmp/old", head + edit)
    try scratch.write("tmp/new", head + edit.replacing("seed 1", with: "seed 5"))
    let outcome = try scratch.fedit("diff", "tmp/old", "tmp/new", "--at", "in/a.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.output.hasSuffix("edit \"a\"\n  ~ seed: 1 → 5\n"))
  }
}

@Suite struct SheetTests {
  @Test("a sheet holds photo, strokes, result and layers, and is the same each time")
  func sheet() throws {
    let scratch = try Scratch.with(
      head
        + "param tint: color = #20c040\nedit \"a\" { mask circle((64, 64), 40)\ncolor circle((64, 64), 30) with tint }\n"
    )
    let outcome = try scratch.fedit("sheet", "s.fedit", "-o", "o.png")
    #expect(outcome.status == 0)
    #expect(outcome.output == "wrote o.png\n")
    #expect(outcome.errors == "")
    #expect(scratch.files == ["o.png", "p.png", "s.fedit"])
    let page = try scratch.picture("o.png")
    #expect(page.width == 3 * 512 + 4 * 20)
    // The first row: photo, strokes with the colour in the middle, result. A title of letters 4 pixels a pixel.
    let top = 20 + 40 + 20
    let photo = page.rgb8(20 + 256, top + 256)
    let strokes = page.rgb8(2 * 20 + 512 + 256, top + 256)
    #expect(photo != strokes)
    #expect(Int(strokes.green) > Int(strokes.red) + 60)
    // The second row: the mask, white in the middle and black in the corner.
    let second = top + 512 + 12 + 30 + 20
    #expect(page.rgb8(20 + 256, second + 256) == (255, 255, 255))
    #expect(page.rgb8(20 + 2, second + 2) == (0, 0, 0))
    #expect(page.rgb8(2 * 20 + 512 + 256, second + 256) == (0x20, 0xC0, 0x40))
    let bytes = try scratch.bytes("o.png")
    _ = try scratch.fedit("sheet", "s.fedit", "-o", "o.png", "--threads", "1")
    #expect(try scratch.bytes("o.png") == bytes)
  }

  @Test("every edit has its row, and inputs are not written over")
  func rows() throws {
    let scratch = try Scratch.with(
      head + edit + edit.replacing("\"a\"", with: "\"b\"") + "save \"never.png\"\n")
    #expect(try scratch.fedit("sheet", "s.fedit", "-o", "o.png").status == 0)
    #expect(try scratch.picture("o.png").height > 3 * 512)
    #expect(!scratch.exists("never.png"))
    #expect(try scratch.fedit("sheet", "s.fedit", "-o", "p.png").status == 73)
    #expect(try scratch.fedit("sheet", "s.fedit", "-o", "o.gif").status == 64)
  }
}

@Suite struct SeedsTests {
  @Test("--seeds draws one picture with each seed's result, and writes nothing else")
  func seeds() throws {
    let scratch = try Scratch.with(head + edit + "save \"never.png\"\n")
    let outcome = try scratch.fedit("run", "s.fedit", "--seeds", "1..5,9", "--sheet", "o.png")
    #expect(outcome.status == 0)
    let lines = outcome.output.split(separator: "\n").map { $0.replacing(/[0-9.]+ s$/, with: "T s") }
    #expect(
      lines == [1, 2, 3, 4, 5, 9].map { "seed \($0): T s" }
        + ["wrote o.png; 'seed N' in the edit keeps the one you like"])
    #expect(scratch.files == ["o.png", "p.png", "s.fedit"])
    // What the incremental runs show is what one run with the seed gives.
    let bytes = try scratch.bytes("o.png")
    let reversed = try scratch.fedit(
      "run", "s.fedit", "--seeds", "1...5,9,1", "--sheet", "o.png", "--threads", "1")
    #expect(reversed.status == 0)
    #expect(try scratch.bytes("o.png") == bytes)
  }

  @Test("each cell is what a run with that seed gives")
  func cells() throws {
    let scratch = try Scratch()
    try scratch.photo(width: 384, height: 384)
    // The mask takes up the whole photo, so that a cell is the picture, pixel for pixel.
    let script = "photo \"p.png\"\nedit \"a\" { seed 3\nmask rect((0, 0), (384, 384)) }\n"
    try scratch.write("s.fedit", script)
    #expect(try scratch.fedit("run", "s.fedit", "--seeds", "2,3", "--sheet", "o.png").status == 0)
    #expect(try scratch.fedit("run", "s.fedit", "-o", "three.png").status == 0)
    let page = try scratch.picture("o.png")
    let single = try scratch.picture("three.png")
    #expect(page.width == 2 * 384 + 3 * 20)
    let top = 20 + 40 + 20
    var same = 0
    for y in 0..<384 {
      for x in 0..<384 where page.rgb8(2 * 20 + 384 + x, top + y) == single.rgb8(x, y) { same += 1 }
    }
    #expect(same == 384 * 384)
    // Another seed gives another fill.
    let other = (0..<384).count { page.rgb8(20 + $0, top + $0) != single.rgb8($0, $0) }
    #expect(other > 0)
  }

  @Test("what is no list of seeds is refused", arguments: ["a", "5..1", "1..1000", "1,,2", "-1", "1.5"])
  func bad(_ seeds: String) throws {
    let scratch = try Scratch.with(head + edit)
    let outcome = try scratch.fedit("run", "s.fedit", "--seeds=\(seeds)", "--sheet", "o.png")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--seeds takes up to 400 whole numbers"))
    #expect(!scratch.exists("o.png"))
  }

  @Test("--seeds and --sheet go together and exclude other outputs")
  func together() throws {
    let scratch = try Scratch.with(head + edit)
    #expect(try scratch.fedit("run", "s.fedit", "--seeds", "1..3").status == 64)
    #expect(try scratch.fedit("run", "s.fedit", "--sheet", "o.png").status == 64)
    #expect(
      try scratch.fedit("run", "s.fedit", "--seeds", "1..3", "--sheet", "o.png", "-o", "x.png").status == 64)
  }
}

@Suite(.enabled(if: hasGit)) struct HostileNameTests {
  private static let checkEdits = "sh '\(repository)/Examples/review/check-edits.sh'"
  private static let script = head + "\nedit \"a\" {\n    seed 1\n    mask circle((60, 60), 20)\n}\n"

  /// A repository with one formatted script on its branch `main`; the work tree is on the branch `pr`.
  private func pullRequest() throws -> Scratch {
    let scratch = try Scratch.with(Self.script)
    #expect(try scratch.fedit("fmt", "s.fedit").status == 0)
    try scratch.commitAll()
    #expect(try scratch.shell("git checkout -qb pr").status == 0)
    return scratch
  }

  @Test(
    "a file named like a revision is not taken for it: diff refuses the name",
    arguments: ["main", "HEAD", "HEAD:s.fedit"])
  func bothFileAndRevision(_ name: String) throws {
    let scratch = try pullRequest()
    let after = try String(decoding: scratch.bytes("s.fedit"), as: UTF8.self).replacing(
      ", 20)", with: ", 60)")
    try scratch.write("s.fedit", after)
    try scratch.write(name, after)
    let outcome = try scratch.fedit("diff", name, "s.fedit")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.hasPrefix(
        "error: '\(name)' is the name of a file and of a git revision\n  hint: write './"))
    // Each meaning can be had.
    #expect(try scratch.fedit("diff", "./\(name)", "s.fedit").status == 0)
    if !name.contains(":") {
      #expect(try scratch.fedit("diff", name, "HEAD", "s.fedit").status == 0)
      try scratch.commitAll("two")
      #expect(try scratch.fedit("diff", "HEAD~1", "HEAD", "s.fedit").status == 1)
    }
  }

  @Test("a folder named like a revision is no script, so the revision is meant")
  func folder() throws {
    let scratch = try pullRequest()
    try scratch.write("main/x", "")
    #expect(try scratch.fedit("diff", "main", "s.fedit").status == 0)
  }

  @Test(
    "check-edits.sh shows a change though a file has the name of the base's hash", arguments: [true, false])
  func hashName(isShort: Bool) throws {
    let scratch = try pullRequest()
    let hash = try scratch.shell("git rev-parse \(isShort ? "--short" : "") main").output.dropLast()
    try scratch.shell("sed -i 's/20)/60)/' s.fedit && cp s.fedit \(hash) && cp s.fedit \(hash):s.fedit")
    try scratch.commitAll("two")
    let outcome = try scratch.shell("\(Self.checkEdits) main out 2>&1 || echo failed; cat out/review.md")
    // Either the change is there, or the check fails.
    #expect(
      outcome.output.contains("resized to 300 %") || outcome.output.contains("failed"), "\(outcome.output)")
    #expect(isShort || outcome.output.contains("is the name of a file and of a git revision"))
  }

  @Test("check-edits.sh is not led astray by a tag named like the base's short hash")
  func hashTag() throws {
    let scratch = try pullRequest()
    try scratch.shell("sed -i 's/20)/60)/' s.fedit")
    try scratch.commitAll("two")
    try scratch.shell("git tag \"$(git rev-parse --short main)\" HEAD")
    let outcome = try scratch.shell("\(Self.checkEdits) main out 2>&1; cat out/review.md")
    #expect(outcome.output.contains("resized to 300 %"), "\(outcome.output)")
  }

  @Test("check-edits.sh and the pre-commit hook read a script named like an option")
  func optionName() throws {
    let scratch = try pullRequest()
    try scratch.write("-h.fedit", "this is no script\n")
    let hook = "'\(repository)/Examples/review/pre-commit'"
    let staged = try scratch.shell("git add -A; sh \(hook) 2>&1 || echo failed")
    #expect(staged.output.contains("-h.fedit:1:1: ") && staged.output.contains("failed"), "\(staged.output)")
    try scratch.commitAll("two")
    let outcome = try scratch.shell("\(Self.checkEdits) main out 2>&1 || echo failed")
    #expect(
      outcome.output.contains("-h.fedit:1:1: ") && outcome.output.contains("failed"), "\(outcome.output)")
  }
}
