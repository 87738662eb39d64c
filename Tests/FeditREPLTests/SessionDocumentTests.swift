import FeditREPL
import FeditSyntax
import Foundation
import Testing

private func typed(_ lines: [String]) -> SessionDocument {
  var document = SessionDocument()
  for line in lines { document.add(line) }
  return document
}

@Suite struct SessionDocumentTests {
  @Test("strokes collect in an edit that is named by itself")
  func strokesCollect() {
    let document = typed(["photo \"a.png\"", "mask circle((1, 2), 3)", "sketch line((0, 0), (1, 1))"])
    #expect(
      document.text == """
        fedit 1

        photo "a.png"

        edit "edit 1" {
            mask circle((1, 2), 3)
            sketch line((0, 0), (1, 1))
        }

        """)
  }

  @Test("a photo that is typed again takes the place of the one before")
  func headerIsReplaced() {
    let document = typed([
      "photo \"a.png\"", "mask circle((1, 2), 3)", "photo \"b.png\"", "face eyes (1, 2), (3, 4)",
    ])
    #expect(document.text.contains("photo \"b.png\"\nface eyes (1, 2), (3, 4)\n"))
    #expect(!document.text.contains("a.png"))
  }

  @Test("a name that is typed while an edit is open stands before the edit")
  func namesStandBefore() {
    let document = typed(["mask circle((1, 2), 3)", "let r = 4", "mask circle((9, 9), r)"])
    #expect(
      document.text.hasSuffix(
        "let r = 4\n\nedit \"edit 1\" {\n    mask circle((1, 2), 3)\n    mask circle((9, 9), r)\n}\n"))
  }

  @Test("a save closes the edit, and the next stroke begins another")
  func savesClose() {
    let document = typed(["mask circle((1, 2), 3)", "save \"x.png\"", "mask circle((4, 5), 6)"])
    #expect(document.text.contains("}\n\nsave \"x.png\"\n\nedit \"edit 2\" {\n"))
  }

  @Test("the later seed counts")
  func seeds() {
    let document = typed(["mask circle((1, 2), 3)", "seed 4", "seed 5"])
    #expect(document.text.contains("{\n    seed 5\n    mask"))
    #expect(!document.text.contains("seed 4"))
  }

  @Test("a loaded script keeps its comments, and strokes go on in its last edit")
  func loading() {
    let text = """
      fedit 1

      // Takes a spot away.
      photo "a.png"

      let spot = (4, 5) // where it is

      // First pass.
      edit "spot" {
          // round
          mask circle(spot, 3)   // small
          seed 2
      }

      """
    var document = SessionDocument(script: parse(SourceText(name: "t", text)).script)
    document.add("sketch line((0, 0), (1, 1))")
    let result = document.text
    for comment in ["// Takes a spot away.", "// where it is", "// First pass.", "// round", "// small"] {
      #expect(result.components(separatedBy: comment).count == 2, "\(comment) in \(result)")
    }
    #expect(result.contains("    sketch line((0, 0), (1, 1))\n}\n"))
    #expect(parse(SourceText(name: "t", result)).diagnostics.isEmpty)
  }

  @Test(
    "open brackets and comments go on in the next line",
    arguments: [
      ("mask circle((1, 2), 3)", false), ("mask polygon((1, 2),", true), ("edit \"a\" {", true),
      ("edit \"a\" { mask circle((1, 2), 3) }", false), ("/* a", true), ("/* a */", false),
      ("let s = \"(\"", false), ("// (", false), (")", false),
    ])
  func incomplete(text: String, expected: Bool) {
    #expect(StatementInput.isIncomplete(text) == expected)
  }
}
