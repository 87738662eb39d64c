import FeditSyntax
import Foundation
import Testing

private let grammar = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Grammar")

private func read(_ path: String) throws -> String {
  try String(contentsOf: grammar.appendingPathComponent(path), encoding: .utf8)
}

@Suite struct GrammarTests {
  @Test("the grammar's words and signs are the lexer's")
  func words() throws {
    var text = try read("fedit.ebnf")
    text = String(text.drop { $0 != "*" })
    while let start = text.range(of: "(*"),
      let end = text.range(of: "*)", range: start.upperBound..<text.endIndex)
    {
      text.removeSubrange(start.lowerBound..<end.upperBound)
    }
    let rules = text[..<(text.range(of: "NUMBER     =")?.lowerBound ?? text.endIndex)]
    let quoted = rules.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    let words = Set(quoted.filter { $0.allSatisfy(\.isLetter) })
    let signs = Set(quoted.filter { !$0.allSatisfy(\.isLetter) })
    #expect(words == Set(Keyword.all).union(Keyword.types).union(["true", "false"]))
    #expect(signs == Set(Keyword.punctuation).union([";"]))
  }

  @Test(
    "each editor's grammar knows every word",
    arguments: [
      "vscode/syntaxes/fedit.tmLanguage.json", "vim/syntax/fedit.vim",
    ])
  func editors(_ path: String) throws {
    // A word boundary of a regular expression is no letter of the word behind it.
    let text = try read(path).replacing(#"\\b"#, with: " ")
    let found = Set(text.split { !$0.isLetter && $0 != "_" }.map(String.init))
    for word in Keyword.all + Keyword.types { #expect(found.contains(word), "\(word) is missing in \(path)") }
  }

  @Test("tree-sitter's grammar and the words it reads are the language's")
  func treeSitter() throws {
    let text = try read("tree-sitter-fedit/grammar.js") + read("tree-sitter-fedit/language.json")
    let found = Set(text.split { !$0.isLetter && $0 != "_" }.map(String.init))
    for word in Keyword.all + Keyword.types { #expect(found.contains(word), "\(word)") }
  }

  @Test("the highlighting of tree-sitter knows every word")
  func highlights() throws {
    let text = try read("tree-sitter-fedit/queries/highlights.scm")
    for word in Keyword.all where word != "true" && word != "false" {
      #expect(text.contains("\"\(word)\""), "\(word)")
    }
  }

  @Test("the TextMate grammar and the extension's files are JSON")
  func json() throws {
    for path in [
      "vscode/syntaxes/fedit.tmLanguage.json", "vscode/package.json", "vscode/language-configuration.json",
    ] {
      _ = try JSONSerialization.jsonObject(with: Data(read(path).utf8))
    }
  }
}
