import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

/// The diagnostics of a script as `line:column code`.
private func problems(_ text: String) -> [String] {
  parse(SourceText(name: "test.fedit", text)).diagnostics.map {
    let place = $0.range.source.location(of: $0.range.span.start)
    return "\(place.line):\(place.column) \($0.code)"
  }
}

@Suite struct ParserTests {
  @Test func theSunglassesExampleParses() {
    #expect(problems(sunglasses) == [])
    let script = parse(SourceText(name: "s", sunglasses)).script
    #expect(script.statements.count == 7)
  }

  @Test(arguments: [
    "let a = [1, 2,\n 3,]", "let p = (1, 2).x + list[0] * -3", "let c = if a > 1 && !b then 2 else 3",
    "for x in 0..<8 { mask circle((x, x), 2) }", "if a { save \"x\" }\nelse if b { } else { }",
    "def f(a: number = 1, b: list) { mask line(a, b) brush 2 as \"x\" }",
    "in moved(by: (1, 2)).scaled(by: 2, about: (0, 0)) { off erase color blob(p) }",
    "paint rect((1, 2), (3, 4), round: 2) { mask grown 4; sketch; color tint; erase color with #fff brush 2 }",
    "use \"a.fedit\" as lib; lib.draw(3); assert 1 < 2, \"no \\(1 + f(\")\"))\"",
    "save layers \"x\"; blend none; blend feather 3; seed 1; region (1, 2) size 256 at 512",
    "/* a /* b */ c */ let größe = 30deg // end", "let r = 0...8; let x = rotated(by: 30deg)",
  ])
  func everyStatementParses(_ text: String) {
    #expect(problems(text) == [])
  }

  @Test func anUnclosedParenthesisIsReportedOnceWhereItWasOpenedAndSpoilsNothingElse() {
    let text = "edit \"a\" {\n  mask line((1, 2), (3, 4)\n  sketch circle((1, 2), 3)\n}\nsave 1 2"
    #expect(problems(text) == ["2:12 unclosed-bracket", "5:8 expected"])
  }

  @Test func anUnclosedParenthesisBeforeAModifierIsReportedAtTheParenthesis() {
    #expect(problems("mask line((1, 2), (3, 4) brush 3\nsave \"x\"") == ["1:10 unclosed-bracket"])
  }

  @Test func anUnclosedListIsReportedOnce() {
    #expect(
      problems("let a = [1, 2\nlet b = 3\nlet c = (1, 2") == ["1:9 unclosed-bracket", "3:9 unclosed-bracket"])
  }

  @Test func anUnclosedBraceIsReportedOnceAndTheNextEditIsAnEdit() {
    let source = SourceText(name: "t", "edit \"a\" {\n  mask p\n\nedit \"b\" {\n  mask q\n}\nsave \"x\"")
    let result = parse(source)
    #expect(result.diagnostics.map(\.code) == ["unclosed-bracket"])
    #expect(result.diagnostics.map { source.location(of: $0.range.span.start).line } == [1])
    #expect(result.script.statements.count == 3)
  }

  @Test func aMisspeltStatementIsNamedWithTheNearestOne() {
    let found = parse(SourceText(name: "t", "maks line((1, 2), (3, 4))")).diagnostics
    #expect(found.map(\.code) == ["unknown-statement"])
    #expect(found.first?.hints.first?.message == "did you mean 'mask'?")
  }

  @Test(arguments: [
    "(", "[", "f(", "-", "!", "1 + ", "{", "if a { ", "a.b.", "\"\\(", "/*", "a[", "if a { } else ",
    "in face {",
  ])
  func deepNestingIsAnErrorAndNotACrash(_ piece: String) {
    let text = "let x = " + String(repeating: piece, count: 100_000)
    let codes = parse(SourceText(name: "t", text)).diagnostics.map(\.code)
    #expect(!codes.isEmpty)
    #expect(codes.count < 5_000)
    let blocks = String(repeating: piece, count: 100_000)
    _ = parse(SourceText(name: "t", blocks))
  }

  @Test func theTreePrintsBackTheSourceWhateverIsWrongWithIt() {
    var random = Numbers(11)
    let pieces = Array(sunglasses.utf8)
    let count = ProcessInfo.processInfo.environment["FEDIT_LONG_TESTS"] == "1" ? 10_000 : 1_000
    let junk = Array("(){}[]\"\\;,.#\n /*é\u{301}漢😀".utf8)
    for _ in 0..<count {
      var bytes = pieces
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(junk[Int.random(in: 0..<junk.count, using: &random)], at: place)
        default:
          let end = min(bytes.count, place + Int.random(in: 1..<40, using: &random))
          bytes.removeSubrange(place..<end)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let result = parse(SourceText(name: "t", text))
      #expect(result.script.text == text)
      for node in result.script.statements { #expect(node.tokens.upperBound <= result.script.tokens.count) }
    }
  }

  @Test func columnsCountUnicodeScalars() {
    #expect(problems("let größe = 1 ?") == ["1:15 unexpected-character"])
  }
}
