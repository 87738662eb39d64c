import FeditAssist
import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import Foundation

extension LanguageServer {
  func hover(_ parameters: PositionParams) throws -> Hover? {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    let offset = converter.offset(of: parameters.position)
    guard let explanation = try analysis(document.uri).assistant.explanation(at: offset) else { return nil }
    return Hover(contents: markup(explanation.parts), range: converter.range(explanation.span))
  }

  private var takesMarkdown: Bool {
    capabilities?.textDocument?.hover?.contentFormat?.contains("markdown") ?? true
  }

  func markup(_ parts: [Explanation.Part]) -> MarkupContent {
    let isMarkdown = takesMarkdown
    let texts = parts.map { part in
      switch part {
      case .code(let code): isMarkdown ? "```fedit\n\(code)\n```" : code
      case .text(let text): isMarkdown ? text : text.replacing("`", with: "")
      case .swatch(let color): swatch(color, isMarkdown: isMarkdown)
      }
    }
    return MarkupContent(kind: isMarkdown ? "markdown" : "plaintext", value: texts.joined(separator: "\n\n"))
  }

  /// A colour to see, where the client shows pictures, and to read.
  private func swatch(_ color: RGB8, isMarkdown: Bool) -> String {
    let hex = colorText(color)
    let names = Colors.named.filter { $0.value == color }.keys.sorted()
    let text = ([hex, "rgb(\(color.red), \(color.green), \(color.blue))"] + names)
    guard isMarkdown else { return text.joined(separator: "  ") }
    let words = text.map { "`\($0)`" }.joined(separator: " · ")
    // The parser of VS Code and its kin; others would show the address.
    guard capabilities?.general?.markdown?.parser == "marked" else { return words }
    let svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"48\" height=\"16\">"
      + "<rect width=\"48\" height=\"16\" rx=\"3\" fill=\"\(hex)\" stroke=\"#808080\"/></svg>"
    return "![\(hex)](data:image/svg+xml;base64,\(Data(svg.utf8).base64EncodedString()))  \n" + words
  }
}
