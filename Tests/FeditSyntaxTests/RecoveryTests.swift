import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

/// A source with the marks `1️⃣` … taken out, and where they stood.
private func marked(_ text: String) -> (source: SourceText, places: [Int]) {
  var result = ""
  var places: [Int] = []
  for character in text {
    if "1️⃣2️⃣3️⃣4️⃣".contains(character) { places.append(result.utf8.count) } else { result.append(character) }
  }
  return (SourceText(name: "t.fedit", result), places)
}

/// Expects exactly these syntax errors, one at each mark.
private func expect(
  _ text: String, _ codes: String..., sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let (source, places) = marked(text)
  let result = parse(source)
  #expect(result.diagnostics.map(\.code) == codes, sourceLocation: sourceLocation)
  #expect(result.diagnostics.map(\.range.span.start) == places, sourceLocation: sourceLocation)
  #expect(result.script.text == String(decoding: source.utf8, as: UTF8.self), sourceLocation: sourceLocation)
  for diagnostic in result.diagnostics {
    #expect(!diagnostic.hints.isEmpty, "\(diagnostic.code)", sourceLocation: sourceLocation)
  }
}

@Suite struct RecoveryTests {
  @Test("an unclosed bracket is told once, where it was opened")
  func brackets() {
    expect("mask line1️⃣((1, 2), (3, 4)\nsketch s", "unclosed-bracket")
    expect("mask line((1, 2), 1️⃣(3, 4, (5, 6)) brush 2\nsketch s", "unclosed-bracket")
    expect("let l = 1️⃣[\n  (1, 2),\n  (3, 4),\nmask s", "unclosed-bracket")
    expect("let l = 1️⃣[1, 2\ndot((1, 2))\nsave \"x\"", "unclosed-bracket")
    expect("face eyes 1️⃣(98, 122, (158, 122) mouth (1, 2)\nlet a = 1", "unclosed-bracket")
    expect("def f1️⃣(a: point = circle(a, 3)\nlet a = 1", "unclosed-bracket")
    expect("let x = (l1️⃣[0.x, 3)\nlet a = 1", "unclosed-bracket")
    expect("if 1️⃣(a < 3 { mask s }\nlet a = 1", "unclosed-bracket")
  }

  @Test("a missing brace is found by the lines' indentation")
  func braces() {
    expect("edit \"a\" 1️⃣{\n    mask s\n\nedit \"b\" {\n    mask s\n}", "unclosed-bracket")
    expect("edit \"a\" {\n    in face 1️⃣{\n        mask s\n}\nsave \"x\"", "unclosed-bracket")
    expect("def f() {\n    if a 1️⃣{ mask s else { mask t }\n}\nlet b = 1", "unclosed-bracket")
    expect("edit \"a\"1️⃣\n    mask s\n}\nsave \"x\"", "expected")
    expect("edit \"a\"\n1️⃣{\n    mask s\n}", "expected")
    expect("let a = 1\n1️⃣}\nlet b = 2", "unexpected-bracket")
  }

  @Test("an edit without a name is told what to write, and its block is read all the same")
  func namelessEdit() {
    expect("edit 1️⃣{\n    mask circle((1, 2) 2️⃣3)\n}\nlet 3️⃣= 4", "expected", "expected", "expected")
    let hint = parse(SourceText(name: "t.fedit", "edit { mask s }")).diagnostics.first?.hints.first
    #expect(hint?.edits.first?.replacement == "\"edit\" ")
  }

  @Test("one mistake in a statement is one message, and the next statement is read")
  func statements() {
    expect("let 1️⃣= 3\nlet 2️⃣= 4", "expected", "expected")
    expect("mask circle((1, 2) 1️⃣3)\nlet a 2️⃣3", "expected", "expected")
    expect("photo 1️⃣'p.png'\nlet a = 1", "unexpected-character")
    expect("photo 1️⃣\"p.png\nlet a = 1", "unclosed-string")
    expect("let a = 1\n1️⃣/* never\nlet b = {", "unclosed-comment")
    expect("1️⃣maks circle((1, 2), 3)\nlet a = 1", "unknown-statement")
    expect("1️⃣edti \"a\" {\n  mask s\n  2️⃣foo 3\n}", "unknown-statement", "unknown-statement")
    expect("let 1️⃣mask = 3", "reserved-word")
    expect("assert 1 < x 1️⃣< 3", "chained-operator")
    expect("mask s brush 2 1️⃣brush 3", "repeated-modifier")
    expect("let a = 1️⃣12px", "invalid-number")
    expect("let a = 1️⃣#12345", "invalid-color")
    expect("let a = \"a1️⃣\\q\"", "invalid-escape")
    expect("edit \"a\" {\n  1️⃣circle((1, 2), 3) + s\n}", "unused-value")
  }

  @Test("a procedure is called on a line of its own")
  func calls() {
    expect("edit \"a\" {\n    dot((1, 2), r: 3)\n    lib.dot((1, 2))\n}\ndot(3)")
  }

  @Test("every closing bracket of a script can be left out: one message, of that kind")
  func everyCloser() {
    for seed in 0..<UInt64(40) {
      var generator = ProgramGenerator(seed: seed)
      let base = SourceText(name: "t", generator.program())
      let (tokens, _) = Lexer.tokenize(base)
      for token in tokens where token.kind == .punctuation && [")", "]"].contains(base.text(token.span)) {
        var bytes = base.utf8
        bytes.removeSubrange(token.span.start..<token.span.end)
        let source = SourceText(name: "t", utf8: bytes)
        let found = parse(source).diagnostics.map(\.code)
        #expect(found == ["unclosed-bracket"], "seed \(seed), at \(base.location(of: token.span.start))")
      }
    }
  }

  @Test("columns count scalars in lines of any length, and all three line ends count")
  func places() {
    let long = String(repeating: "é😀", count: 2_000)
    let source = SourceText(name: "t", "a\r\nb\rc\n\(long)x")
    #expect(source.lineStarts.count == 4)
    #expect(source.location(of: source.utf8.count) == SourceLocation(line: 4, column: 4_002))
    #expect(source.line(2) == "b" && source.line(1) == "a")
  }

  @Test("mutated programs are read to the end, and print back as they are")
  func mutations() {
    var numbers = Numbers(1)
    for seed in 0..<UInt64(runsLongTests ? 10_000 : 500) {
      var generator = ProgramGenerator(seed: seed)
      let bytes = mutated(generator.program(), junk: "(){}[]\"\\;,.#\n\r /*é\u{301}漢😀<>=|&'", &numbers)
      let text = String(decoding: bytes, as: UTF8.self)
      let result = parse(SourceText(name: "t", text))
      #expect(result.script.text == text)
    }
  }
}
