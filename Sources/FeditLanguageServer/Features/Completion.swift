import FeditAssist
import FeditSyntax

extension LanguageServer {
  /// The most completions that are told at once.
  private static let completionLimit = 1_000

  func completion(_ parameters: PositionParams) throws -> CompletionList {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    let offset = converter.offset(of: parameters.position)
    let found = try analysis(document.uri).assistant.completions(at: offset)
    var items = found.items
    // So many that the client would search long: those that begin as what is there, for now.
    if items.count > Self.completionLimit {
      let typed = String(decoding: document.text[found.replaced.start..<offset], as: UTF8.self).lowercased()
      items = Array(
        items.filter { $0.label.lowercased().hasPrefix(typed) }.prefix(Self.completionLimit))
    }
    let range = converter.range(found.replaced)
    let takesSnippets = capabilities?.textDocument?.completion?.completionItem?.snippetSupport == true
    return CompletionList(
      isIncomplete: items.count < found.items.count,
      items: items.enumerated().map { index, item in
        let snippet = takesSnippets ? item.snippet : nil
        return CompletionItem(
          label: item.label, kind: Self.kind(item.kind), detail: item.detail,
          documentation: item.documentation.map { MarkupContent(kind: "plaintext", value: $0) },
          sortText: Self.sortText(index), filterText: item.text.hasPrefix("\"") ? item.text : nil,
          insertTextFormat: snippet == nil ? 1 : 2,
          textEdit: TextEdit(range: range, newText: snippet ?? item.text))
      })
  }

  /// Keeps the order: clients sort by text.
  private static func sortText(_ index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  private static func kind(_ kind: FeditAssist.Completion.Kind) -> Int {
    switch kind {
    case .method: 2
    case .function: 3
    case .label, .property: 5
    case .value, .parameter: 6
    case .module: 9
    case .model: 12
    case .statement, .word: 14
    case .color: 16
    case .file: 17
    case .folder: 19
    case .type: 25
    }
  }

  func signatureHelp(_ parameters: PositionParams) throws -> SignatureHelp? {
    let document = try document(parameters.textDocument.uri)
    let offset = document.converter(encoding).offset(of: parameters.position)
    guard let help = try analysis(document.uri).assistant.callHelp(at: offset) else { return nil }
    let takesOffsets =
      capabilities?.textDocument?.signatureHelp?.signatureInformation?.parameterInformation?
      .labelOffsetSupport == true
    let units = Array(help.label.utf16)
    return SignatureHelp(
      signatures: [
        .init(
          label: help.label,
          documentation: help.documentation.map { MarkupContent(kind: "plaintext", value: $0) },
          parameters: help.parameters.map {
            .init(
              label: takesOffsets
                ? .offsets($0.lowerBound, $0.upperBound) : .text(String(decoding: units[$0], as: UTF16.self)))
          })
      ],
      // Out of range where there is one too many, so that none is marked.
      activeParameter: help.active ?? help.parameters.count)
  }
}
