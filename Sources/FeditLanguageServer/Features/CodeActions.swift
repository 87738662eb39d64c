import FeditProgram
import FeditSyntax

extension LanguageServer {
  /// Quick fixes: the hints of diagnostics that carry edits.
  func codeActions(_ parameters: CodeActionParams) throws -> [CodeAction] {
    if let only = parameters.context?.only, !only.isEmpty,
      !only.contains(where: { "quickfix" == $0 || "quickfix".hasPrefix($0 + ".") || $0.isEmpty })
    {
      return []
    }
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    var converter = document.converter(encoding)
    let wanted = converter.span(parameters.range)
    var places = Places(analysis.program, self)
    var result: [CodeAction] = []
    for diagnostic in analysis.program.diagnostics {
      let span = diagnostic.range.span
      guard diagnostic.range.source === analysis.file.source, span.start <= wanted.end,
        wanted.start <= span.end
      else { continue }
      let fixes = diagnostic.hints.filter { !$0.edits.isEmpty }
      guard !fixes.isEmpty, let told = lspDiagnostic(diagnostic, &places) else { continue }
      for fix in fixes {
        let edits = fix.edits.map { TextEdit(range: converter.range($0.span), newText: $0.replacement) }
        result.append(
          CodeAction(
            title: title(fix, document), kind: "quickfix", diagnostics: [told], isPreferred: fixes.count == 1,
            edit: workspaceEdit([(document.uri, document.version, edits)])))
      }
    }
    return result
  }

  /// What the edit does, in words; a hint may be a question.
  private func title(_ fix: Diagnostic.Hint, _ document: TextDocument) -> String {
    guard fix.edits.count == 1, let edit = fix.edits.first else { return fix.message }
    let old = String(decoding: document.text[edit.span.start..<edit.span.end], as: UTF8.self)
    if edit.replacement.isEmpty { return "Remove '\(old)'" }
    return old.isEmpty ? "Insert '\(edit.replacement)'" : "Change '\(old)' to '\(edit.replacement)'"
  }
}
