import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Testing

private func run(_ text: String, _ files: [String: String] = [:]) -> ProgramResult {
  var world = MapWorld()
  for (name, content) in files { world.scripts["/" + name] = content }
  return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world)
}

private func codes(_ text: String, _ files: [String: String] = [:]) -> [String] {
  run(text, files).diagnostics.map(\.code)
}

/// Whether an expression is true, evaluated for real.
private func isTrue(_ expression: String) -> Bool { codes("assert \(expression)") == [] }

@Suite struct LanguageTests {
  @Test(
    "values are what the language says",
    arguments: [
      "1 + 2 * 3 == 7", "-7 % 3 == 2", "7 / 2 == 3.5", "(1, 2) + (3, 4) == (4, 6)", "2 * (1, 2) == (2, 4)",
      "(3, 4).x == 3 && (3, 4).y == 4", "length((3, 4)) == 5", "length([1, 2, 3]) == 3", "length(0...8) == 9",
      "(0..<8)[3] == 3", "[4, 5][1] == 5", "min(3, 1, 2) == 1", "max([3, 1, 2]) == 3", "abs(-2) == 2",
      "floor(-1.5) == -2", "round(2.5) == 3", "sqrt(9) == 3", "sin(30deg) > 0.4999 && sin(30deg) < 0.5001",
      "cos(90deg) == 0", "atan2(1, 0) == 90deg", "lerp(1, 3, 0.5) == 2",
      "lerp((0, 0), (2, 4), 0.5) == (1, 2)",
      "clamp(5, 0, 3) == 3", "mix(#000, #fff, 0) == black", "rgb(255, 0, 0) == red",
      "hsl(120deg, 1, 0.5) == lime",
      "oklch(0.62796, 0.25768, 29.2339deg) == #ff0000", "hsl(30deg, 0, 1) == white", "random(1) == random(1)",
      "random(1) != random(2)", "random(\"a\") < 1", "(if 1 < 2 then 3 else 4) == 3",
      "!(1 > 2) || 1 / 1 == 2",
      "\"a\\(1 + 1)b\" == \"a2b\"", "\"\\([1, \"x\"])\" == \"[1, \\\"x\\\"]\"", "30deg + 60deg == 90deg",
      "90deg / 30deg == 3", "length(\"größe\") == 5",
    ])
  func values(_ expression: String) {
    #expect(isTrue(expression))
  }

  @Test("named, default and earlier arguments")
  func arguments() {
    let text = """
      def f(a: number, b: number = a * 2, c: angle = 30deg) = a + b + c / 1deg
      assert f(1) == 33 && f(1, 1) == 32 && f(b: 5, a: 1) == 36 && f(1, c: 0deg) == 3
      """
    #expect(codes(text) == [])
    #expect(codes("def f(a: number) = a\nlet x = f(b: 1)") == ["wrong-arguments"])
    #expect(codes("def f(a: number) = a\nlet x = f(1, 2)") == ["wrong-arguments"])
    #expect(codes("def f(a: number) = a\nlet x = f(1, a: 2)") == ["wrong-arguments"])
    #expect(codes("def f(a: number) = a\nlet x = f(red)") == ["wrong-type"])
  }

  @Test("a used file gives its own names, with their types, and no more")
  func uses() {
    let files = [
      "a.fedit": "use \"b.fedit\"\nlet one = two / 2\ndef half(x: number) = x / 2", "b.fedit": "let two = 2",
      "c.fedit": "let one = 1",
    ]
    #expect(codes("use \"a.fedit\" as a\nassert a.half(a.one) == 0.5", files) == [])
    #expect(codes("use \"a.fedit\"\nassert half(one) == 0.5", files) == [])
    #expect(codes("use \"a.fedit\"\nlet x = two", files) == ["unknown-name"])
    #expect(codes("use \"a.fedit\" as a\nlet x = a.two", files) == ["unknown-name"])
    #expect(codes("use \"a.fedit\"\nuse \"c.fedit\"", files) == ["duplicate-name"])
    #expect(codes("use \"a.fedit\"\nlet one = 1", files) == ["duplicate-name"])
    #expect(codes("use \"a.fedit\" as a\nlet a = 1", files).contains("duplicate-name"))
    #expect(codes("use \"a.fedit\" as a\nlet p = circle(a.half(1), 2)", files) == ["wrong-type"])
    #expect(codes("if true { use \"a.fedit\" }", files) == ["misplaced-statement"])
  }

  @Test("names are in sight from their line to the end of their block and never hidden")
  func scopes() {
    #expect(codes("if true { let a = 1 }\nlet b = a") == ["unknown-name"])
    #expect(codes("let a = 1\nif true { let a = 2 }") == ["duplicate-name"])
    #expect(codes("let b = a\nlet a = 1") == ["used-too-early"])
    #expect(codes("let a = 1\ndef f(a: number) = a") == ["duplicate-name"])
    #expect(codes("def f() = a\nlet a = 1\nassert f() == 1") == [])
    #expect(codes("let line = 3") == ["duplicate-name"])
    #expect(
      codes(
        "photo \"p.png\"\nface eyes (1, 2), (3, 2) mouth (2, 4)\nlet mouth = 1\nedit \"a\" { in face { mask circle((0, 0), 1) } }"
      ) == ["duplicate-name"])
  }

  @Test("a seed may stand in a branch or a definition, but only one is carried out")
  func seeds() throws {
    let head = "photo \"p.png\"\n"
    let both = head + "edit \"a\" { if true { seed 1 } else { seed 2 }\nmask circle((9, 9), 3) }"
    #expect(try #require(run(both).plan).edits[0].seed == 1)
    let called = head + "def s() { seed 5 }\nedit \"a\" { s()\nmask circle((9, 9), 3) }"
    #expect(try #require(run(called).plan).edits[0].seed == 5)
    #expect(
      codes(head + "edit \"a\" { for i in 0..<2 { seed i }\nmask circle((9, 9), 3) }") == ["repeated-setting"]
    )
    let large = head + "edit \"a\" { seed 18446744073709551615\nmask circle((9, 9), 3) }"
    #expect(codes(large) == ["number-too-large"])
  }

  @Test("work is bounded, however it is written")
  func bounds() {
    let doubling =
      "let s0 = circle((1, 2), 3)\n"
      + (1..<60).map { "let s\($0) = s\($0 - 1) + s\($0 - 1)" }.joined(separator: "\n")
    #expect(codes(doubling) == ["too-many-elements"])
    let lists =
      "let l0 = [1]\n" + (1..<60).map { "let l\($0) = [l\($0 - 1), l\($0 - 1)]" }.joined(separator: "\n")
    #expect(codes(lists + "\nlet t = \"\\(l59)\"") == ["text-too-long"])
    let chain =
      "def f0(x: number) = x\n"
      + (1..<3_000).map { "def f\($0)(x: number) = f\($0 - 1)(x)" }.joined(separator: "\n")
    #expect(codes(chain + "\nlet y = f2999(1)") == ["nesting-too-deep"])
    let nested = "for a in 0..<1000 { for b in 0..<1000 { for c in 0..<1000 { let d = a } } }"
    #expect(codes(nested) == ["too-many-steps"])
    let deep = String(repeating: "(", count: 150) + "x" + String(repeating: ")", count: 150)
    let calls =
      "def g0(x: number) = x\n"
      + (1..<120).map { "def g\($0)(x: number) = " + deep.replacing("x", with: "g\($0 - 1)(x)") }.joined(
        separator: "\n")
    #expect(codes(calls + "\nlet y = g119(1)") == ["nesting-too-deep"])
  }

  @Test("arcs of path data with tiny radii or lengths are straight lines")
  func tinyArcs() {
    let arcs = [
      "A 1e-200 1e-200 0 0 1 50 50", "A 1e-200 50 30 1 1 50 50", "A 1e-320 1 0 0 0 50 50",
      "A 50 1e-12 0 0 1 50 50",
      "a 5 5 0 0 1 1e-200 0", "a 5 5 0 1 1 1e-170 1e-170",
    ]
    for arc in arcs { #expect(codes("let x = path(\"M 10 10 \(arc) Z\")") == [], "\(arc)") }
  }

  @Test("path data is closed with or without Z")
  func openPaths() throws {
    let text = "photo \"p.png\"\nedit \"a\" { mask path(\"M 10 10 L 90 10 L 50 80\") }"
    let stroke = try #require(run(text).plan).edits[0].strokes[0]
    guard case .shape(let shape) = stroke.content else {
      Issue.record("a shape is drawn")
      return
    }
    #expect(shape.isClosed)
  }

  @Test(
    "commas of path data stand between numbers",
    arguments: ["M ,10 10", "M 10 10 L 20,,20", "M 10 10 L 20 20,", "M 10,10, L 20 20", "M 10 10 L 20 20 Z,"])
  func commas(_ data: String) {
    #expect(codes("let x = path(\"\(data)\")") == ["bad-path-data"])
    #expect(codes("let x = path(\"M 10,10 L 20,20 , 30 , 30 a5,5,0,0,1,7,7Z\")") == [])
  }

  @Test("lists in lists are bounded, however they are made")
  func deepLists() {
    let wrap = String(repeating: "[", count: 90) + "x" + String(repeating: "]", count: 90)
    let text =
      "def w(x: list) = \(wrap)\n" + "let b0 = w([1])\n"
      + (1..<20).map { "let b\($0) = w(b\($0 - 1))" }.joined(separator: "\n")
    #expect(codes(text) == ["nesting-too-deep"])
    #expect(codes("def w(x: list) = \(wrap)\nlet b = w(w([1]))") == [])
  }

  @Test("looking at a large thing takes as many steps as it is large")
  func sizes() {
    let list = "let l = [\(Array(repeating: "1", count: 4_000).joined(separator: ", "))]\n"
    #expect(codes(list + "for i in 0..<5000 { let x = max(l) }") == ["too-many-steps"])
    let doubled =
      "let s0 = \"" + String(repeating: "ab", count: 500) + "\"\n"
      + (1..<7).map { "let s\($0) = \"\\(s\($0 - 1))\\(s\($0 - 1))\"" }.joined(separator: "\n")
    for call in ["length(s6)", "random(s6)", "s6 == s6"] {
      #expect(codes(doubled + "\nfor i in 0..<5000 { let x = \(call) }") == ["too-many-steps"], "\(call)")
    }
    #expect(codes("assert max(0..<900000) == 899999 && min(3...900000) == 3") == [])
    #expect(codes("let x = min(3..<3)") == ["wrong-arguments"])
    let points = "let ps = [\((0..<20_000).map { "(\($0 % 97), \($0 % 89))" }.joined(separator: ", "))]\n"
    let drawn = "photo \"p.png\"\n" + points + "edit \"a\" { for i in 0..<40 { mask polygon(ps) } }"
    #expect(codes(drawn) == ["too-many-steps"])
  }

  @Test("a sum may have two thousand terms")
  func longSums() {
    let sum = Array(repeating: "1", count: 1_900).joined(separator: " + ")
    #expect(codes("assert \(sum) == 1900") == [])
    #expect(codes("let x = circle((1, 2), \(sum) + )") == ["expected"])
    #expect(
      codes("let x = \(Array(repeating: "1", count: 3_000).joined(separator: " + "))") == ["nesting-too-deep"]
    )
  }

  @Test("thousands of misspelt names are all reported, the first with suggestions")
  func misspelt() {
    let text = (0..<6_000).map { "let n\($0) = m\($0)" }.joined(separator: "\n")
    let found = run(text).diagnostics
    #expect(found.count == 6_000 && found.allSatisfy { $0.code == "unknown-name" && !$0.hints.isEmpty })
    #expect(
      found[0].hints[0].message.hasPrefix("did you mean") && !found[5_999].hints[0].message.hasPrefix("did"))
  }

  @Test("names that look alike and characters that hide are warned of")
  func spoofing() {
    #expect(codes("let m\u{430}sk = 1") == ["look-alike-name"])
    #expect(codes("let a = 1\nlet \u{430} = 2") == ["look-alike-name"])
    #expect(codes("let größe = 1\nlet радиус = 2\n// größer, שלום") == [])
    #expect(
      codes("let a = \"x\u{202E}y\u{2066}\" // \u{200B}\nlet b = \"\u{200B}\"") == [
        "hidden-character", "hidden-character",
      ])
    #expect(codes("\u{FEFF}let a = 1") == [])
  }

  @Test("every diagnostic has a way out")
  func hints() {
    for entry in DiagnosticCode.all where entry.isShown {
      for diagnostic in run(entry.failing, entry.files).diagnostics {
        #expect(!diagnostic.hints.isEmpty, "\(entry.code)")
      }
    }
  }

  @Test("strokes that are off are checked and counted, entries of paint, too")
  func off() throws {
    let text = """
      photo "p.png"
      edit "a" {
          off mask circle((1, 2), 3)
          paint circle((50, 50), 9) as "spot" { mask grown 4; off sketch; color red }
      }
      """
    let edit = try #require(run(text).plan).edits[0]
    #expect(edit.offCount == 2 && edit.strokes.map(\.layer) == [.mask, .color])
    #expect(edit.strokes.allSatisfy { $0.label == "spot" })
    #expect(
      codes("photo \"p.png\"\nedit \"a\" { mask circle((1, 2), 3); off mask circle(1, 2) }") == ["wrong-type"]
    )
  }

  @Test("symbols tell what every name is, across files")
  func symbols() throws {
    let result = run(
      "use \"a.fedit\" as a\nlet x = a.half(value: a.one)",
      ["a.fedit": "let one = 1\ndef half(value: number) = value / 2"])
    let entry = try #require(result.files.first)
    let uses = entry.symbols.filter { !$0.isDefinition }.map {
      "\($0.name) \($0.kind) \($0.definition?.source.name ?? "")"
    }
    #expect(uses.contains("half definition a.fedit"))
    #expect(uses.contains("value parameter a.fedit"))
    #expect(uses.contains("one value a.fedit"))
    #expect(uses.filter { $0 == "a module t.fedit" }.count == 2)
    #expect(entry.symbols.first { $0.isDefinition && $0.name == "x" }?.type == .number)
  }

  @Test("mutated programs are checked without crash, and soon")
  func mutations() {
    var numbers = Numbers(7)
    for seed in 0..<UInt64(400) {
      var generator = ProgramGenerator(seed: seed)
      let bytes = mutated(generator.program(), junk: "(){}[]\"\\;,.#\n0123456789-+*/ xyface", &numbers)
      let result = run(String(decoding: bytes, as: UTF8.self))
      #expect(result.plan != nil || result.hasErrors || result.diagnostics.isEmpty)
    }
  }
}
