import FeditTestSupport
import Foundation
import Testing

/// `fedit edit` from outside: its options, files and exit codes. What gestures do is tested beside the library.
@Suite struct EditTests {
  private let script = """
    photo "p.png"
    edit "a" {
        mask circle((60, 60), 20) // the cheek
        sketch line((50, 50), (70, 70))
    }

    """

  private func scratch() throws -> Scratch {
    let scratch = try Scratch.with(script)
    try scratch.write("line.json", "[[40, 80], [50, 84.5], [60, 86], [70, 84], [80, 79]]")
    return scratch
  }

  @Test("the new script is printed, and the file stays")
  func printed() throws {
    let scratch = try scratch()
    let outcome = try scratch.fedit("edit", "s.fedit", "--move", "3:5:1", "-4,2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == script.replacing("(60, 60)", with: "(56, 62)"))
    #expect(String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self) == script)
  }

  @Test("with -i the file is written, wherever the flag stands", arguments: [0, 1])
  func written(_ order: Int) throws {
    let scratch = try scratch()
    let arguments =
      order == 0
      ? ["edit", "-i", "s.fedit", "--set", "4:5:brush", "3"]
      : ["edit", "--set", "4:5:brush", "3", "s.fedit", "-i"]
    let outcome = try scratch.fedit(arguments)
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(
      String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self)
        == script.replacing("(70, 70))", with: "(70, 70)) brush 3"))
  }

  @Test("a script from standard input is printed")
  func input() throws {
    let scratch = try scratch()
    let outcome = try scratch.fedit("edit", "-", "--delete", "4:5", input: script)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == script.replacing("    sketch line((50, 50), (70, 70))\n", with: ""))
    #expect(try scratch.fedit("edit", "-", "-i", "--delete", "4:5", input: script).status == 64)
  }

  @Test(
    "points are pairs or objects, alone or in an object",
    arguments: [
      "[[40, 80], [60, 86], [80, 79]]",
      "[{\"x\": 40, \"y\": 80}, {\"x\": 60, \"y\": 86}, {\"x\": 80, \"y\": 79}]",
      "{\"points\": [[40, 80], [60, 86], [80, 79]]}",
    ])
  func points(_ text: String) throws {
    let scratch = try scratch()
    try scratch.write("p.json", text)
    let outcome = try scratch.fedit("edit", "s.fedit", "--draw", "p.json", "--tool", "sketch")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains("    sketch curve((40, 80), (60, 86), (80, 79))\n}\n"), "\(outcome.output)")
  }

  @Test("what is drawn runs, and the picture changes inside the mask alone")
  func runs() throws {
    let scratch = try scratch()
    for arguments in [
      ["--draw", "line.json", "--tool", "mask", "--brush", "6"],
      ["--draw", "line.json", "--tool", "color", "--color", "#a3203a", "--brush", "3"],
      ["--redraw", "4:5", "line.json"],
    ] {
      let outcome = try scratch.fedit(["edit", "s.fedit", "-i"] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let text = String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self)
    #expect(text.split(separator: "\n").count == script.split(separator: "\n").count + 2)
    #expect(try scratch.fedit("run", "s.fedit", "-o", "o.png", "--quiet").status == 0)
  }

  @Test(
    "bad input ends with the documented status, says what is wrong, and changes nothing",
    arguments: [
      (["--move", "3:5:1"], 64, "--move"), (["--move", "3:5", "1,2"], 64, "LINE:COLUMN:HANDLE"),
      (["--move", "3:5:1", "1"], 64, "DX,DY"), ([], 64, "give one of"),
      (["--delete", "3:5", "--set", "3:5:brush", "2"], 64, "only one"),
      (["--delete", "x"], 64, "LINE:COLUMN"), (["--delete", "3:5", "--zoom", "0"], 64, "--zoom"),
      (["--draw", "line.json", "--tool", "pen"], 64, "pen"), (["--move", "99:1:1", "1,2"], 65, "no line 99"),
      (["--move", "3:99:1", "1,2"], 65, "no column 99"), (["--move", "3:5:7", "1,2"], 65, "no handle 7"),
      (["--draw", "none.json"], 66, "none.json"), (["--draw", "s.fedit"], 65, "holds no points"),
      (["--draw", "two.json"], 65, "at least two points"),
      (["--set", "3:5:colour", "red"], 65, "no modifier"),
      (["--set", "4:5:brush", "red"], 65, "break the script"),
      (["--redraw", "3:5", "empty.json"], 65, "two points"),
    ] as [([String], Int32, String)])
  func bad(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let scratch = try scratch()
    try scratch.write("two.json", "[[1, 2]]")
    try scratch.write("empty.json", "[]")
    let outcome = try scratch.fedit(["edit", "s.fedit", "-i"] + arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(String(decoding: try scratch.bytes("s.fedit"), as: UTF8.self) == script)
  }

  @Test("a script with errors is shown with them, and one that is not there is named")
  func broken() throws {
    let scratch = try scratch()
    try scratch.write("b.fedit", script.replacing("20)", with: "r)"))
    let outcome = try scratch.fedit("edit", "b.fedit", "--delete", "4:5")
    #expect(outcome.status == 65 && outcome.errors.contains("there is no 'r' here"), "\(outcome.errors)")
    #expect(try scratch.fedit("edit", "none.fedit", "--delete", "4:5").status == 66)
    try scratch.write("l.fedit", "def mole(at: point) {\n    mask polygon((3, 3), (9, 3), (3, 9))\n}\n")
    try scratch.write(
      "u.fedit",
      "use \"l.fedit\"\n" + script.replacing("sketch line((50, 50), (70, 70))", with: "mole((1, 1))"))
    let locked = try scratch.fedit("edit", "u.fedit", "--redraw", "5:5", "line.json")
    #expect(locked.status == 65 && locked.errors.contains("l.fedit"), "\(locked.errors)")
  }

  @Test("what moves along is said")
  func announced() throws {
    let scratch = try scratch()
    try scratch.write(
      "m.fedit",
      "photo \"p.png\"\nedit \"a\" {\n    let c = circle((60, 60), 9)\n    mask c\n    sketch c\n}\n")
    let outcome = try scratch.fedit("edit", "m.fedit", "--move", "4:5:1", "5,0")
    #expect(outcome.output.contains("circle((65, 60), 9)"))
    #expect(outcome.errors.contains("1 other stroke changes along"))
  }
}
