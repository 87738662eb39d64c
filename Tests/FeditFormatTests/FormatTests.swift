import FeditFormat
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

private func format(_ text: String) throws -> String { try formatted(SourceText(name: "t.fedit", text)) }

/// A plan without the places in the source, which formatting moves.
private func comparablePlan(_ text: String) -> Plan? {
  let result = plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: MapWorld())
  guard var plan = result.plan else { return nil }
  plan.steps = plan.steps.map { step in
    guard case .edit(var edit) = step else { return step }
    edit.strokes = edit.strokes.map { stroke in
      var stroke = stroke
      (stroke.line, stroke.column) = (0, 0)
      return stroke
    }
    return .edit(edit)
  }
  return plan
}

/// The comments of a text, in order of their words.
private func comments(_ text: String) -> [String] {
  let source = SourceText(name: "t", text)
  return Lexer.tokenize(source).tokens.filter { $0.kind == .lineComment || $0.kind == .blockComment }
    .map { source.text($0.span) }.sorted()
}

@Suite struct FormatTests {
  @Test("a stroke's modifiers stay in one piece behind a shape that is broken")
  func modifiers() throws {
    let points = "(100, 200), (200, 200), (300, 210), (300, 400), (100, 400)"
    let text = "edit \"a\" {\n    color  polygon(\(points)) with sample((230, 500)) as \"neck\"\n}\n"
    let shown = points.replacing("), (", with: "),\n        (")
    let expected =
      "edit \"a\" {\n    color  polygon(\n        \(shown),\n    ) with sample((230, 500)) as \"neck\"\n}\n"
    #expect(try format(text) == expected)
    #expect(try format(expected) == expected)
  }

  @Test("the target of a warp is broken as the shape is")
  func warp() throws {
    let points =
      "(100.25, 200.25), (200.25, 200.25), (300.25, 210.25), (300.25, 400.25), (100.25, 400.25), (90.25, 300.25)"
    let text = "edit \"a\" {\n    warp polygon(\(points)) to polygon(\(points)) reach 40 as \"chin\"\n}\n"
    let shown = points.replacing("), (", with: "),\n        (")
    let shape = "polygon(\n        \(shown),\n    )"
    let expected = "edit \"a\" {\n    warp   \(shape) to \(shape) reach 40 as \"chin\"\n}\n"
    #expect(try format(text) == expected)
    #expect(try format(expected) == expected)
  }

  @Test("the language's own example is formatted as it stands")
  func example() throws {
    #expect(try format(sunglasses) == sunglasses)
  }

  @Test(
    "each construct has one form",
    arguments: [
      ("let a=1;let b = 2 // c\n\n\n\nlet c= -a", "let a = 1\nlet b = 2 // c\n\nlet c = -a\n"),
      ("mask circle( (1,2),3 ) as \"x\" brush 2", "mask   circle((1, 2), 3) brush 2 as \"x\"\n"),
      ("color s brush 2 with #FFF", "color  s with #fff brush 2\n"),
      ("off  mask s;erase   sketch s", "off mask s\nerase sketch s\n"),
      ("if a{mask s}else if b{sketch s}else{ }", "if a { mask s } else if b { sketch s } else { }\n"),
      (
        "paint s { color with red; mask brush 2 grown 1 } as \"p\"",
        "paint s as \"p\" { color red; mask grown 1 brush 2 }\n"
      ),
      (
        "for i in 0 ..< 8 { dot( at : (i,i) ) ; dot((1,2)) }",
        "for i in 0..<8 {\n    dot(at: (i, i))\n    dot((1, 2))\n}\n"
      ),
      ("let l = [1, // one\n2 /* two */]", "let l = [\n    1, // one\n    2, /* two */\n]\n"),
      ("let x = a . x+b [ 0 ]*- 3", "let x = a.x + b[0] * -3\n"),
      (
        "edit \"a\" {\n\n// first\n\n\nmask s\n// last\n\n}",
        "edit \"a\" {\n    // first\n\n    mask   s\n    // last\n}\n"
      ),
      ("assert(a)&&!b,\"m\"", "assert (a) && !b, \"m\"\n"),
      (
        "edit \"a\"/*b*/{ if x /* c */ { } /* d */ else /* e */ if y { } }",
        "edit \"a\" /*b*/ {\n    if x /* c */ { } /* d */ else /* e */ if y { }\n}\n"
      ),
      (
        "paint s { off color grown 2 #FFF; color /* c */ with red }",
        "paint s {\n    off color #fff grown 2\n    color  /* c */ red\n}\n"
      ),
      ("def heal() { }\nheal( )\ngrain((1,2))", "def heal() { }\nheal()\ngrain((1, 2))\n"),
      ("let a = \"x \\( f( 1,2 ) ) y\"", "let a = \"x \\( f( 1,2 ) ) y\"\n"),
      ("", ""), ("\n\n// only\n\n", "// only\n"),
      ("let a = 1\r\nlet b = 2\r\n", "let a = 1\nlet b = 2\n"),
    ])
  func form(_ text: String, _ wanted: String) throws {
    #expect(try format(text) == wanted)
    #expect(try format(wanted) == wanted)
  }

  @Test("comments strewn anywhere: none is lost, and formatting what is formatted changes nothing")
  func strewnComments() throws {
    let pieces = [
      "/* a\n   b */", "// c\n", "// d\n// e\n", "/* f */", "\n/* g */\n", "\n// h\n",
      "/* i */ /* j\nk */", "/* l */\n", "\n\n/* m */", "\n", "/* n\no */ // p\n",
    ]
    let lists = """
      let list = [1, (2, 3), [4], dot(at: (5, 6), r: [7][0])]
      let group = (1 + (2 * list[0]).x) - f() - g(h((8)))
      def dot(at: point, r: number = 3) = circle(at, r)
      """
    var numbers = Numbers(7)
    var count = 0
    for seed in 0..<UInt64(runsLongTests ? 20_000 : 1_500) {
      var generator = ProgramGenerator(seed: seed)
      let source = SourceText(name: "t.fedit", (seed % 3 == 0 ? generator.program() : "") + lists)
      var texts = Lexer.tokenize(source).tokens.map { source.text($0.span) }
      for _ in 0...numbers.below(4) {
        texts.insert(pieces[numbers.below(pieces.count)], at: numbers.below(texts.count))
      }
      let text = texts.joined()
      // A comment that ends its line may end a statement in its middle.
      guard let once = try? format(text) else { continue }
      count += 1
      let twice = try format(once)
      #expect(twice == once, "seed \(seed) is not idempotent:\n\(text)\n\(once)\n\(twice)")
      #expect(comments(once) == comments(text), "seed \(seed) loses comments:\n\(text)\n\(once)")
    }
    #expect(count > 400)
  }

  @Test(
    "a comment of several lines, or behind a comma on a line of its own, stays between its elements",
    arguments: [
      ("let l = [1,\n/* a\n   b */ 2]", "let l = [\n    1,\n    /* a\n   b */\n    2,\n]\n"),
      ("let l = [1 /* a\n   b */, 2]", "let l = [\n    1,\n    /* a\n   b */\n    2,\n]\n"),
      ("let l = [1 // c\n, /* n */\n2]", "let l = [\n    1, // c\n    /* n */\n    2,\n]\n"),
      ("let l = [1 // c\n, // d\n2]", "let l = [\n    1, // c\n    // d\n    2,\n]\n"),
      ("let l = [1, /* k */ /* a\nb */\n2]", "let l = [\n    1, /* k */\n    /* a\nb */\n    2,\n]\n"),
      ("let l = [1 /* a\nb */ // c\n]", "let l = [\n    1, /* a\nb */ // c\n]\n"),
    ])
  func commentsBetween(_ text: String, _ wanted: String) throws {
    #expect(try format(text) == wanted)
    #expect(try format(wanted) == wanted)
  }

  @Test("a list of more than eight points has one point a line")
  func points() throws {
    let text = "let a = curve(" + (0..<9).map { "(\($0), 1)" }.joined(separator: ", ") + ")"
    #expect(try format(text).split(separator: "\n").count == 11)
  }

  @Test("a script with syntax errors is refused")
  func refused() {
    #expect(throws: SyntaxErrors.self) { try format("mask circle((1, 2), 3") }
  }

  @Test("random programs: formatting keeps plan and comments and is idempotent")
  func random() throws {
    for seed in 0..<UInt64(runsLongTests ? 10_000 : 400) {
      var generator = ProgramGenerator(seed: seed)
      let text = generator.program()
      let result = plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: MapWorld())
      #expect(!result.hasErrors, "seed \(seed): \(result.diagnostics.first?.message ?? "")\n\(text)")
      let once = try format(text)
      #expect(try format(once) == once, "seed \(seed) is not idempotent:\n\(text)")
      #expect(comments(once) == comments(text), "seed \(seed) loses comments:\n\(text)\n\(once)")
      #expect(comparablePlan(once) == comparablePlan(text), "seed \(seed) changes meaning:\n\(text)\n\(once)")
      if result.hasErrors { break }
    }
  }
}

@Suite struct ExampleTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func scripts(_ folder: String) -> [URL] {
    let url = root.appendingPathComponent(folder).resolvingSymlinksInPath()
    guard let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil) else {
      return []
    }
    return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "fedit" }.sorted { $0.path < $1.path }
  }

  @Test("every example stands in the one style", arguments: scripts("Examples"))
  func style(_ file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(try format(text) == text, "run: fedit fmt \(file.lastPathComponent)")
  }

  @Test("what fuzzing found stays found", arguments: scripts("Tests/Fuzz/corpus"))
  func corpus(_ file: URL) throws {
    let source = SourceText(name: "t.fedit", utf8: Array(try Data(contentsOf: file)))
    let result = plan(source, path: "/t.fedit", world: MapWorld())
    #expect(result.hasErrors)
    // One with syntax errors is refused, every other one formatted.
    let isScript = parse(source).diagnostics.allSatisfy { $0.severity != .error }
    let once = try? formatted(source)
    #expect((once != nil) == isScript)
    if let once { #expect(try format(once) == once) }
  }
}
