import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// A `fedit` block of a page.
struct Snippet: CustomStringConvertible, Sendable {
  var page: String
  var line: Int
  /// What stands behind `fedit` on the fence: nothing, `fragment`, `failing` or `file`.
  var kind: String
  var text: String
  var description: String { "\(page):\(line)" }
}

private func files(_ folder: String, _ ending: String) -> [URL] {
  let url = root.appendingPathComponent(folder).resolvingSymlinksInPath()
  guard let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil) else { return [] }
  return all.compactMap { $0 as? URL }.filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
}

/// All pages for people: those at the top level and in the folders of documentation and examples.
private func pages() -> [URL] {
  let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map { root.appendingPathComponent($0) }
  return top + files("Docs", "md") + files("Examples", "md")
}

private func snippets() -> [Snippet] {
  var result: [Snippet] = []
  for page in pages() {
    guard let text = try? String(contentsOf: page, encoding: .utf8) else { continue }
    var open: Snippet?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if var snippet = open {
        if line.hasPrefix("```") {
          result.append(snippet)
          open = nil
        } else {
          snippet.text += line + "\n"
          open = snippet
        }
      } else if line.hasPrefix("```fedit") {
        let kind = line.dropFirst("```fedit".count).trimmingCharacters(in: .whitespaces)
        open = Snippet(page: page.lastPathComponent, line: index + 1, kind: kind, text: "")
      }
    }
  }
  return result
}

private func check(_ text: String) -> ProgramResult {
  var world = MapWorld()
  world.hasEverything = true
  world.scripts["/shapes.fedit"] = "def dot(at: point) = circle(at, 3)"
  let layers = ["mask", "sketch", "color"].map {
    "<g inkscape:groupmode=\"layer\" inkscape:label=\"\($0)\"><path d=\"M 1 1 H 9 V 9 Z\"/></g>"
  }
  for name in ["strokes", "star"] {
    world.scripts["/\(name).svg"] =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:inkscape=\"http://www.inkscape.org/namespaces/inkscape\""
      + " viewBox=\"0 0 10 10\">\(layers.joined())</svg>"
  }
  world.scripts["/brows.fedit"] = "let width = 12"
  return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world)
}

@Suite struct DocumentationTests {
  @Test("every snippet of the pages is right", arguments: snippets())
  func snippet(_ snippet: Snippet) {
    guard snippet.kind != "failing", snippet.kind != "file" else { return }
    var found = check(snippet.text).diagnostics
    let lacking: Set<String> = ["no-photo", "no-face", "outside-edit"]
    if snippet.kind == "fragment", !found.isEmpty {
      // What a fragment lacks is put around it.
      let codes = Set(found.map(\.code))
      var text = snippet.text
      if !codes.isDisjoint(with: lacking) || codes.contains("no-photo") {
        if codes.contains("outside-edit") { text = "edit \"a\" {\n\(text)\n}\n" }
        let head = "photo \"portrait.png\"\nface eyes (98, 122), (158, 122) mouth (128, 182)\n"
        text = (snippet.text.contains("photo ") ? "" : head) + text
      }
      found = check(text).diagnostics
    }
    #expect(found.map(\.message) == [])
  }

  @Test("there are snippets, and a page for each statement")
  func coverage() {
    #expect(snippets().count > 30)
    let names = Set(files("Docs/reference", "md").map { $0.deletingPathExtension().lastPathComponent })
    for word in Keyword.statements.subtracting(["fedit"]) { #expect(names.contains(word), "\(word)") }
  }

  @Test("what a page or picture is linked by is there", arguments: pages())
  func links(_ page: URL) throws {
    let text = try String(contentsOf: page, encoding: .utf8)
    for link in text.matches(of: /\]\(([^)\s#]+)(#[^)\s]*)?\)/) {
      let target = String(link.output.1)
      guard !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
      let path = page.deletingLastPathComponent().appendingPathComponent(target).path
      #expect(FileManager.default.fileExists(atPath: path), "\(page.lastPathComponent): \(target)")
    }
  }

  @Test("every example parses", arguments: files("Examples", "fedit"))
  func example(_ file: URL) throws {
    let source = SourceText(name: file.lastPathComponent, utf8: Array(try Data(contentsOf: file)))
    #expect(parse(source).diagnostics.map(\.message) == [])
  }
}
