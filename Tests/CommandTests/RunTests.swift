import FeditImage
import FeditTestSupport
import Foundation
import Testing

@Suite struct RunTests {
  @Test("run writes what the script saves, and says so")
  func saves() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 20) }\nsave \"out.png\"\n")
    let outcome = try scratch.fedit("run", "s.fedit")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.hasPrefix("edit \"a\": 1264 pixels generated in "))
    #expect(outcome.output.hasSuffix(" s\nwrote out.png\n"))
    #expect(scratch.files == ["out.png", "p.png", "s.fedit"])
  }

  @Test("pixels outside the mask keep the photo's values, and the mask's change")
  func outside() throws {
    let scratch = try Scratch()
    try scratch.photo(width: 200, height: 150)
    try scratch.write(
      "s.fedit", "photo \"p.png\"\nedit \"a\" { mask rect((70, 50), (30, 20)) }\n")
    #expect(try scratch.fedit("run", "s.fedit", "-o", "o.png", "--quiet").status == 0)
    let before = try scratch.picture("p.png")
    let after = try scratch.picture("o.png")
    var changed = 0
    for y in 0..<150 {
      for x in 0..<200 {
        let isInside = (70..<100).contains(x) && (50..<70).contains(y)
        let isSame = before.rgb8(x, y) == after.rgb8(x, y)
        if !isInside { #expect(isSame) } else if !isSame { changed += 1 }
      }
    }
    #expect(changed > 300)
  }

  @Test("16-bit photos stay 16-bit")
  func deep() throws {
    let scratch = try Scratch()
    try scratch.photo(isDeep: true)
    try scratch.write("s.fedit", head + "edit \"a\" { mask circle((60, 60), 9) }\n")
    #expect(try scratch.fedit("run", "s.fedit", "-o", "o.png").status == 0)
    guard case .sixteen(let before) = try scratch.picture("p.png").samples,
      case .sixteen(let after) = try scratch.picture("o.png").samples
    else {
      Issue.record("not 16-bit")
      return
    }
    #expect(before[..<300] == after[..<300] && before != after)
  }

  @Test("without -o and save the result is SCRIPTNAME-edited.png in the current folder")
  func defaultName() throws {
    let scratch = try Scratch()
    try scratch.photo("sub/p.png")
    try scratch.write("sub/s.fedit", head + "edit \"a\" { mask circle((60, 60), 9) }\n")
    let outcome = try scratch.fedit("run", "sub/s.fedit")
    #expect(outcome.status == 0)
    #expect(scratch.files == ["s-edited.png", "sub"])
  }

  @Test("-o gets the final picture and replaces every save")
  func outputReplaces() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 9) }\nsave \"x.png\"\n")
    #expect(try scratch.fedit("run", "s.fedit", "-o", "o.png").status == 0)
    #expect(scratch.files == ["o.png", "p.png", "s.fedit"])
  }

  @Test("a script comes from standard input")
  func standardInput() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let outcome = try scratch.fedit(
      "run", "-", "-o", "o.png", input: head + "edit \"a\" { mask circle((60, 60), 9) }\n")
    #expect(outcome.status == 0)
    #expect(scratch.exists("o.png"))
  }

  @Test("--set, --photo and --only change what is run")
  func options() throws {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.photo("q.png", width: 130, height: 140)
    try scratch.write(
      "s.fedit",
      head
        + "param r: number = 5\nedit \"a\" { mask circle((60, 60), r) }\nedit \"b\" { mask rect((9, 9), (4, 4)) }\n"
    )
    let all = try scratch.fedit("run", "s.fedit", "-o", "o.png", "--set", "r=9", "--photo", "q.png")
    #expect(
      all.status == 0 && all.output.contains("edit \"a\": 256 pixels")
        && all.output.contains("edit \"b\": 16"))
    #expect(try scratch.picture("o.png").height == 140)
    let one = try scratch.fedit("run", "s.fedit", "-o", "o.png", "--only", "b")
    #expect(one.status == 0 && !one.output.contains("edit \"a\""))
  }

  @Test(
    "a wrong command line ends with 64",
    arguments: [
      ["run"], ["run", "s.fedit", "--set", "r"], ["run", "s.fedit", "--set", "q=1"],
      ["run", "s.fedit", "--set", "r=red"], ["run", "s.fedit", "--only", "z"],
      ["run", "s.fedit", "--threads", "0"],
      ["run", "s.fedit", "-o", "o.gif"], ["nonsense"], ["run", "s.fedit", "--nonsense"],
    ])
  func usage(_ arguments: [String]) throws {
    let scratch = try Scratch.with(head + "param r: number = 5\nedit \"a\" { mask circle((60, 60), r) }\n")
    let outcome = try scratch.fedit(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.lowercased().contains("error"))
    #expect(scratch.files == ["p.png", "s.fedit"])
  }

  @Test("what can't be read ends with 66, and names it")
  func unreadable() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { mask circle((60, 60), 5) }\n")
    try scratch.write("m.fedit", "photo \"nowhere.png\"\nedit \"a\" { mask circle((60, 60), 5) }\n")
    for (arguments, name) in [
      (["run", "none.fedit"], "none.fedit"), (["run", "m.fedit"], "nowhere.png"),
      (["run", "s.fedit", "--photo", "gone.png"], "gone.png"),
      (["run", "s.fedit", "--model", "nomodel"], "nomodel"),
    ] {
      let outcome = try scratch.fedit(arguments)
      #expect(outcome.status == 66, "\(arguments)")
      #expect(outcome.errors.contains(name))
    }
  }

  @Test("an output that can't be written ends with 73, and nothing is left behind")
  func unwritable() throws {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.write("file", "x")
    try scratch.write("s.fedit", head + "edit \"a\" { mask circle((60, 60), 5) }\n")
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "file/o.png")
    #expect(outcome.status == 73)
    #expect(scratch.files == ["file", "p.png", "s.fedit"])
  }

  @Test("inputs are never overwritten, under whatever name")
  func inputsStay() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let before = try scratch.bytes("p.png")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/link.png", withDestinationPath: "p.png")
    try FileManager.default.linkItem(atPath: scratch.path + "/p.png", toPath: scratch.path + "/hard.png")
    for name in ["p.png", "link.png", "hard.png", "../\((scratch.path as NSString).lastPathComponent)/p.png"]
    {
      try scratch.write("s.fedit", head + "edit \"a\" { mask circle((60, 60), 5) }\n")
      #expect(try scratch.fedit("run", "s.fedit", "-o", name).status == 73, "\(name)")
      try scratch.write("t.fedit", head + "edit \"a\" { mask circle((60, 60), 5) }\nsave \"\(name)\"\n")
      #expect(try scratch.fedit("run", "t.fedit").status == 65, "\(name)")
    }
    #expect(try scratch.bytes("p.png") == before)
  }

  @Test("the same bytes for any number of threads and whatever OpenBLAS's variables say")
  func sameBytes() throws {
    let scratch = try Scratch()
    try scratch.photo(width: 300, height: 260)
    try scratch.write(
      "s.fedit",
      "photo \"p.png\"\nface eyes (110, 100), (180, 108)\nedit \"a\" { seed 4; mask ellipse((140, 120), (60, 30)); sketch line((100, 110), (190, 130)) }\nedit \"b\" { mask circle((140, 180), 20); color circle((140, 180), 10) with red }\n"
    )
    var results: Set<[UInt8]> = []
    for (threads, environment) in [
      ("1", [:]), ("2", [:]), ("3", [:]), ("2", ["OPENBLAS_CORETYPE": "Haswell"]),
      ("2", ["OPENBLAS_CORETYPE": "Zen"]),
      ("2", ["OPENBLAS_CORETYPE": "SkylakeX"]), ("2", ["OPENBLAS_NUM_THREADS": "7"]),
      ("2", ["FEDIT_KERNELS": "avx2"]),
    ] as [(String, [String: String])] {
      #expect(
        try scratch.fedit(["run", "s.fedit", "-o", "o.png", "--threads", threads], environment: environment)
          .status == 0)
      results.insert(try scratch.bytes("o.png"))
    }
    #expect(results.count == 1)
  }

  @Test("layers come as pictures of 0 and 255, colours with alpha")
  func layers() throws {
    let scratch = try Scratch.with(
      head
        + "edit \"a\" { seed 3; mask rect((10, 10), (40, 30)); sketch line((12, 20), (48, 20)); color rect((20, 22), (8, 8)) with #102030 }\n"
    )
    #expect(try scratch.fedit("layers", "s.fedit", "-o", "l").status == 0)
    let mask = try scratch.picture("l/1-mask.png")
    let sketch = try scratch.picture("l/1-sketch.png")
    let noise = try scratch.picture("l/1-noise.png")
    let color = try scratch.picture("l/1-color.png")
    var counts = [0, 0, 0]
    for y in 0..<128 {
      for x in 0..<128 {
        for (i, layer) in [mask, sketch, noise].enumerated() {
          let value = layer.rgb8(x, y).red
          #expect(value == 0 || value == 255)
          if value == 255 { counts[i] += 1 }
        }
      }
    }
    #expect(counts[0] == 1200)
    #expect((36...38).contains(counts[1]))
    // Noise is what the generator gets: inside the mask alone, at 15.9 %.
    #expect((130...250).contains(counts[2]))
    guard case .eight(let samples) = color.samples else {
      Issue.record("the picture has another depth")
      return
    }
    #expect(color.hasAlpha)
    #expect(stride(from: 3, to: samples.count, by: 4).filter { samples[$0] == 255 }.count == 64)
  }

  @Test("a warning says how much lies outside the mask, and where it was drawn")
  func outsideMask() throws {
    let scratch = try Scratch.with(
      head + "edit \"a\" {\n  mask rect((10, 10), (40, 30))\n  sketch line((80, 90), (120, 90))\n}\n")
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "o.png")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("warning[outside-mask]"))
    #expect(outcome.errors.contains("--> s.fedit:6:3"))
  }

  @Test("an empty mask is a warning and no pass")
  func emptyMask() throws {
    let scratch = try Scratch.with(head + "edit \"a\" { sketch line((80, 90), (120, 90)) }\n")
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "o.png")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("warning[empty-mask]"))
    #expect(try scratch.picture("o.png").samples == scratch.picture("p.png").samples)
  }

  @Test(
    "a warp says how much it moved; one that would fold the picture is an error with its place, and nothing is written"
  )
  func warps() throws {
    let scratch = try Scratch.with(
      "photo \"p.png\"\nedit \"a\" { warp circle((60, 60), 12) to circle((62, 60), 13) }\n")
    let outcome = try scratch.fedit("run", "s.fedit", "-o", "o.png")
    #expect(outcome.status == 0 && outcome.output.contains(" pixels warped\n"))
    let folding = try Scratch.with(
      "photo \"p.png\"\nedit \"a\" { warp circle((40, 60), 12) to circle((90, 60), 12) reach 5 }\n")
    for command in ["run", "check"] {
      let failed = try folding.fedit([command, "s.fedit"] + (command == "run" ? ["-o", "o.png"] : []))
      #expect(failed.status == 65)
      #expect(
        failed.errors.contains(
          "error: s.fedit:2:12: edit \"a\" cannot be warped: the picture would fold over itself near ("))
    }
    #expect(!FileManager.default.fileExists(atPath: folding.path + "/o.png"))
  }

  @Test("what is healed or recoloured outside the photo is said by name, with its place and how to mend it")
  func nothingRetouched() throws {
    func check(_ edit: String, says words: String, warning: String) throws {
      let scratch = try Scratch.with("photo \"p.png\"\nedit \"a\" { \(edit) }\n")
      let outcome = try scratch.fedit("run", "s.fedit", "-o", "o.png")
      #expect(outcome.status == 65)
      #expect(outcome.output.hasPrefix("edit \"a\": \(words)\n"), "\(outcome.output)")
      #expect(!(outcome.output + outcome.errors).contains("mask is empty"))
      #expect(
        outcome.errors.contains("warning[empty-mask]: \(warning) lies in the photo\n"), "\(outcome.errors)")
      #expect(outcome.errors.contains("--> s.fedit:2:"))
      #expect(
        outcome.errors.contains(
          "hint: it reaches from (296, 56) to (304, 64) in a photo of 128×128 pixels: move it into the photo")
      )
      #expect(try scratch.picture("o.png").samples == scratch.picture("p.png").samples)
      let checked = try scratch.fedit("check", "s.fedit")
      #expect(
        (checked.output + checked.errors).contains("warning[empty-mask]: \(warning) lies in the photo\n"))
    }
    let place = "circle((300, 60), 4)"
    try check(
      "heal \(place)", says: "nothing healed", warning: "nothing of this 'heal' of edit \"a\"")
    try check(
      "model \"heal\"; mask \(place)", says: "nothing healed",
      warning: "nothing of the mask that edit \"a\" heals")
    try check(
      "recolor \(place) with teal", says: "nothing recoloured",
      warning: "nothing of what edit \"a\" recolours")
    try check(
      "warp \(place) to circle((300, 60), 5)", says: "nothing warped",
      warning: "nothing of what edit \"a\" warps")
  }
}
