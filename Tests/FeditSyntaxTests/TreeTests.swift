import FeditSyntax
import FeditTestSupport
import Testing

/// What is wrong with the shape of a tree; nil where nothing is.
private func flaw(of script: Script) -> String? {
  if script.text != String(decoding: script.source.utf8, as: UTF8.self) { return "does not print back" }
  var seen: [Int] = []
  script.forEachToken { index, _ in seen.append(index) }
  if seen != Array(script.tokens.indices) { return "a token is missing, doubled or out of order" }
  var end = 0
  for statement in script.statements {
    if statement.tokens.lowerBound < end { return "statements overlap" }
    if let flaw = flaw(of: .statement(statement), in: script) { return flaw }
    end = statement.tokens.upperBound
  }
  return end <= script.tokens.count - 1 ? nil : "a statement reaches over the end"
}

/// The same for a node: its children follow one another inside it, and its span is that of its tokens.
private func flaw(of node: SyntaxNode, in script: Script) -> String? {
  var end = node.tokens.lowerBound
  var result: String?
  node.forEachChild { child in
    if child.tokens.lowerBound < end || child.tokens.upperBound > node.tokens.upperBound {
      result = result ?? "\(child.tokens) does not follow \(end) in \(node.tokens) of \(node)"
    }
    end = max(end, child.tokens.upperBound)
    result = result ?? flaw(of: child, in: script)
  }
  if let result { return result }
  guard case .expression(let value) = node, let first = value.tokens.first, let last = value.tokens.last
  else { return nil }
  let span = Span(script.tokens[first].span.start, script.tokens[last].span.end)
  if case .missing = value.kind { return nil }
  return value.span.end == span.end ? nil : "\(value.span) is not \(span)"
}

private func script(_ text: String) -> Script { parse(SourceText(name: "t.fedit", text)).script }

/// A token's text before each role that is not `syntax`.
private func roles(_ text: String) -> [String] {
  let script = script(text)
  var result: [String] = []
  script.forEachToken { index, role in
    if role != .syntax { result.append("\(role) \(script.text(ofToken: index))") }
  }
  return result
}

@Suite struct TreeTests {
  @Test("whatever the source, the tree prints it back, nodes nest, and each token belongs to one")
  func shape() {
    var numbers = Numbers(5)
    for seed in 0..<UInt64(runsLongTests ? 10_000 : 400) {
      var generator = ProgramGenerator(seed: seed)
      let program = generator.program()
      #expect(flaw(of: script(program)) == nil, "seed \(seed):\n\(program)")
      let bytes = mutated(program + sunglasses, junk: "(){}[]\"\\;,.#\n\r /*é\u{301}漢😀<>=|&'", &numbers)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(flaw(of: script(text)) == nil, "seed \(seed):\n\(text)")
    }
  }

  @Test("random pieces of the language make a tree, too")
  func pieces() {
    let pieces =
      Keyword.all + Keyword.punctuation + [
        ";", "\n", " ", "\"a\"", "\"\\(", "\"", "1", "2deg", "#fff", "x", "// c\n", "/* c */", "/*",
        "\"a\\(x)b\"",
      ]
    var numbers = Numbers(6)
    for round in 0..<(runsLongTests ? 20_000 : 1_000) {
      let text = (0..<numbers.below(60)).map { _ in pieces[numbers.below(pieces.count)] }.joined(
        separator: numbers.below(2) == 0 ? " " : "")
      #expect(flaw(of: script(text)) == nil, "round \(round):\n\(text)")
    }
  }

  @Test("the code in a string is tokens like any other, with nodes over them")
  func strings() {
    let text = "let a = \"x \\(f(\"y\\(b)\")) z\" + \"\\(c)\\(d)\""
    let tree = script(text)
    #expect(flaw(of: tree) == nil)
    let kinds = tree.tokens.filter { !$0.kind.isTrivia }.map(\.kind)
    #expect(
      kinds == [
        .identifier, .identifier, .punctuation, .stringHead, .identifier, .punctuation, .stringHead,
        .identifier,
        .stringTail, .punctuation, .stringTail, .punctuation, .stringHead, .identifier, .stringMiddle,
        .identifier, .stringTail, .endOfFile,
      ])
    #expect(roles(text) == ["name a", "name f", "name b", "name c", "name d"])
  }

  @Test("each name says what it is for; the language's words are none")
  func names() {
    #expect(
      roles(
        "def dot(at: point, size: number = 2) { mask circle(at, r: size).grown(1) brush size as \"size\" }")
        == [
          "name dot", "name at", "type point", "name size", "type number", "name circle", "name at",
          "label r",
          "name size", "member grown", "name size",
        ])
    #expect(roles("param brush: number = 3") == ["name brush", "type number"])
  }

  @Test("the nodes around a token lead from its statement to what it belongs to")
  func path() throws {
    let tree = script("edit \"a\" {\n    sketch line((1, 2), p.moved(by: q)) brush 3\n}")
    func path(_ word: String) throws -> [SyntaxNode] {
      let index = try #require(tree.tokens.indices.first { tree.text(ofToken: $0) == word })
      return tree.path(toToken: index)
    }
    let brush = try path("brush")
    guard case .modifier(let modifier)? = brush.last else {
      Issue.record("\(brush)")
      return
    }
    #expect(modifier.id == .brush)
    guard case .number(3) = modifier.value.kind else {
      Issue.record("\(modifier.value)")
      return
    }
    let label = try path("by")
    guard case .argument(let argument)? = label.dropLast().last, case .identifier? = label.last else {
      Issue.record("\(label)")
      return
    }
    #expect(tree.source.text(argument.value.span) == "q")
    #expect(try path("sketch").count == 3)
  }
}
