import FeditAssist
import FeditProgram
import FeditSyntax

extension LanguageServer {
  /// A symbol of the outline, before its places are turned into the protocol's.
  private struct Item {
    var name: String
    var detail: String?
    var kind: SymbolKind
    var span: Span
    var selection: Span
    var children: [Item] = []
  }

  func documentSymbols(_ parameters: DocumentParams) throws -> [DocumentSymbol] {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    func convert(_ item: Item) -> DocumentSymbol {
      let range = converter.range(item.span)
      let selection = converter.range(item.selection)
      let children = item.children.map(convert)
      return DocumentSymbol(
        name: item.name, detail: item.detail, kind: item.kind, range: range, selectionRange: selection,
        children: children.isEmpty ? nil : children)
    }
    return items(try analysis(document.uri).file.script).map(convert)
  }

  func flatDocumentSymbols(_ parameters: DocumentParams) throws -> [SymbolInformation] {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    return flat(items(try analysis(document.uri).file.script), uri: document.uri, &converter)
  }

  private func flat(_ items: [Item], uri: String, _ converter: inout PositionConverter) -> [SymbolInformation]
  {
    var result: [SymbolInformation] = []
    func add(_ items: [Item], in container: String?) {
      for item in items {
        result.append(
          SymbolInformation(
            name: item.name, kind: item.kind, location: Location(uri: uri, range: converter.range(item.span)),
            containerName: container))
        add(item.children, in: item.name)
      }
    }
    add(items, in: nil)
    return result
  }

  func workspaceSymbols(_ parameters: WorkspaceSymbolParams) -> [SymbolInformation] {
    let query = parameters.query.lowercased()
    var result: [SymbolInformation] = []
    let open = documents.values.map(\.path).sorted()
    var seen = Set(open)
    let paths =
      open + folders.flatMap { host.scripts(below: $0, limit: 1_000) }.filter { seen.insert($0).inserted }
    for path in paths {
      guard result.count < 500, let text = try? world(for: path).script(at: path) else { continue }
      let source = SourceText.decoding(name: path, bytes: text).0
      let script = parse(source).script
      var converter = PositionConverter(source.utf8, LineTable(source.utf8), encoding)
      result += flat(items(script), uri: uri(ofPath: path), &converter).filter {
        query.isEmpty || $0.name.lowercased().contains(query)
      }
    }
    return Array(result.prefix(500))
  }

  private func items(_ script: Script) -> [Item] {
    script.statements.compactMap { item($0, script) }
  }

  private func item(_ statement: Statement, _ script: Script) -> Item? {
    let span = statement.span
    func string(_ expression: Expression) -> String? {
      guard case .string = expression.kind, expression.span.end - expression.span.start > 2 else {
        return nil
      }
      return script.source.text(Span(expression.span.start + 1, expression.span.end - 1))
    }
    func code(_ expression: Expression) -> String {
      let text = script.source.text(
        Span(expression.span.start, min(expression.span.end, expression.span.start + 60)))
      return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    func named(_ name: Identifier, _ kind: SymbolKind, _ detail: String?, _ children: [Item] = []) -> Item? {
      guard !name.text.isEmpty else { return nil }
      return Item(
        name: name.text, detail: detail, kind: kind, span: span, selection: name.span, children: children)
    }
    switch statement.kind {
    case .plain(let plain):
      let kinds: [StatementID: SymbolKind] = [.photo: .file, .model: .file, .use: .module, .save: .string]
      guard let kind = kinds[plain.id], let name = plain.name?.text ?? string(plain.value) else { return nil }
      return Item(
        name: name, detail: plain.id.rawValue, kind: kind, span: span, selection: plain.value.span)
    case .param(let name, let type, let value, _):
      return named(name, .property, "param \(type.text) = \(code(value))")
    case .letValue(let name, let value): return named(name, .variable, code(value))
    case .def(let definition):
      let parameters = definition.parameters.map { "\($0.name.text): \($0.type.text)" }.joined(
        separator: ", ")
      return named(definition.name, .function, "(\(parameters))", children(statement, script))
    case .edit(let name, _):
      return Item(
        name: string(name) ?? "edit", detail: "edit", kind: .event, span: span, selection: name.span,
        children: children(statement, script))
    case .stroke(let stroke):
      guard let label = stroke.modifiers[.label], let text = string(label) else { return nil }
      return Item(
        name: text, detail: stroke.layer.rawValue, kind: .field, span: span, selection: label.span)
    case .paint(let paint):
      guard let label = paint.modifiers[.label], let text = string(label) else { return nil }
      return Item(name: text, detail: "paint", kind: .field, span: span, selection: label.span)
    default: return nil
    }
  }

  /// The outline inside a statement's blocks; frames, loops and branches are passed through.
  private func children(_ statement: Statement, _ script: Script) -> [Item] {
    statement.blocks.flatMap { block in
      block.statements.flatMap { inner in
        if let item = item(inner, script) { return [item] }
        return children(inner, script)
      }
    }
  }

  // MARK: Folding

  func foldingRanges(_ parameters: DocumentParams) throws -> [FoldingRange] {
    let document = try document(parameters.textDocument.uri)
    let file = try analysis(document.uri).file
    let source = file.source
    var result: [FoldingRange] = []
    func line(_ offset: Int) -> Int { document.lines.line(at: offset) }
    func add(_ start: Int, _ end: Int, _ kind: String? = nil) {
      if end > start { result.append(FoldingRange(startLine: start, endLine: end, kind: kind)) }
    }
    var open: [Token] = []
    var comments: (first: Int, last: Int)?
    for (index, token) in file.script.tokens.enumerated() {
      switch token.kind {
      case .lineComment:
        let place = line(token.span.start)
        // Only comments that have their lines for themselves.
        guard file.script.beginsLine(index) else { continue }
        if let run = comments, run.last + 1 == place {
          comments = (run.first, place)
        } else {
          if let run = comments { add(run.first, run.last, "comment") }
          comments = (place, place)
        }
      case .blockComment: add(line(token.span.start), line(token.span.end - 1), "comment")
      case .punctuation:
        switch source.text(token.span) {
        case "{", "(", "[": open.append(token)
        case "}", ")", "]":
          // The line of the closing bracket stays in sight.
          if let start = open.popLast() { add(line(start.span.start), line(token.span.start) - 1) }
        default: break
        }
      default: break
      }
    }
    if let run = comments { add(run.first, run.last, "comment") }
    var uses: (first: Int, last: Int)?
    for statement in file.script.statements {
      guard statement.id == .use else { continue }
      let place = line(statement.span.start)
      if let run = uses, run.last + 1 == place {
        uses = (run.first, place)
      } else {
        if let run = uses { add(run.first, run.last, "imports") }
        uses = (place, place)
      }
    }
    if let run = uses { add(run.first, run.last, "imports") }
    return result.sorted { ($0.startLine, $0.endLine) < ($1.startLine, $1.endLine) }
  }

  // MARK: Selection

  func selectionRanges(_ parameters: SelectionRangeParams) throws -> [SelectionRange] {
    let document = try document(parameters.textDocument.uri)
    let file = try analysis(document.uri).file
    var converter = document.converter(encoding)
    return parameters.positions.map { position in
      let offset = converter.offset(of: position)
      var spans = [Span(0, document.text.count)] + file.script.spans(around: offset)
      let token = file.script.tokens[file.script.tokenIndex(at: offset)]
      if !token.kind.isTrivia { spans.append(token.span) }
      var result: SelectionRange?
      var last: Span?
      for span in spans {
        // Each lies in the one before, or clients refuse them.
        if let outer = last, span == outer || span.start < outer.start || span.end > outer.end { continue }
        result = SelectionRange(converter.range(span), parent: result)
        last = span
      }
      return result ?? SelectionRange(converter.range(Span(offset, offset)), parent: nil)
    }
  }
}
