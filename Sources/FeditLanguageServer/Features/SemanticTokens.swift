import FeditAssist
import FeditProgram
import FeditSyntax

/// What a token means, in the protocol's words.
enum SemanticTokenType: String, CaseIterable {
  case comment, keyword, string, number, type, parameter, variable, property, function, method, namespace
  case enumMember

  var index: UInt32 { UInt32(Self.allCases.firstIndex(of: self) ?? 0) }
}

struct SemanticTokenModifiers: OptionSet {
  let rawValue: UInt32
  static let names = ["declaration", "readonly", "defaultLibrary"]
  static let declaration = SemanticTokenModifiers(rawValue: 1)
  static let readonly = SemanticTokenModifiers(rawValue: 2)
  static let defaultLibrary = SemanticTokenModifiers(rawValue: 4)
}

extension LanguageServer {
  func semanticTokens(_ parameters: DocumentParams) throws -> SemanticTokens {
    let document = try document(parameters.textDocument.uri)
    let data = encode(classify(try analysis(document.uri).file), in: document)
    tokenCount += 1
    tokenMemory[document.uri] = (String(tokenCount), data)
    return SemanticTokens(resultId: String(tokenCount), data: data)
  }

  func semanticTokens(in parameters: RangeParams) throws -> SemanticTokens {
    let document = try document(parameters.textDocument.uri)
    let span = document.converter(encoding).span(parameters.range)
    let tokens = classify(try analysis(document.uri).file, in: span)
    return SemanticTokens(resultId: nil, data: encode(tokens, in: document))
  }

  enum TokensOrDelta {
    case full(SemanticTokens)
    case delta(SemanticTokensDelta)
  }

  func semanticTokens(since parameters: SemanticTokensDeltaParams) throws -> TokensOrDelta {
    let uri = parameters.textDocument.uri
    let memory = tokenMemory[uri]
    let full = try semanticTokens(DocumentParams(textDocument: parameters.textDocument))
    guard let memory, memory.id == parameters.previousResultId, let id = full.resultId else {
      return .full(full)
    }
    let old = memory.data
    let new = full.data
    var start = 0
    let shorter = min(old.count, new.count)
    while start < shorter, old[start] == new[start] { start += 1 }
    var end = 0
    while end < shorter - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
    guard start + end < max(old.count, new.count) else {
      return .delta(SemanticTokensDelta(resultId: id, edits: []))
    }
    return .delta(
      SemanticTokensDelta(
        resultId: id,
        edits: [
          .init(
            start: start, deleteCount: old.count - start - end, data: Array(new[start..<(new.count - end)]))
        ]))
  }

  private struct Classified {
    var span: Span
    var type: SemanticTokenType
    var modifiers: SemanticTokenModifiers = []
  }

  private func classify(_ file: ProgramFile, in wanted: Span? = nil) -> [Classified] {
    var symbols: [Int: SymbolUse] = [:]
    symbols.reserveCapacity(file.symbols.count)
    for symbol in file.symbols where symbols[symbol.range.span.start].map({ !$0.isDefinition }) ?? true {
      symbols[symbol.range.span.start] = symbol
    }
    var result: [Classified] = []
    file.script.forEachToken { index, role in
      let token = file.script.tokens[index]
      if let wanted, token.span.end <= wanted.start || token.span.start >= wanted.end { return }
      func add(_ type: SemanticTokenType) { result.append(Classified(span: token.span, type: type)) }
      switch token.kind {
      case .lineComment, .blockComment: add(.comment)
      case .number, .angle, .color: add(.number)
      case .string, .stringHead, .stringMiddle, .stringTail: add(.string)
      case .identifier:
        if let symbol = symbols[token.span.start], symbol.range.span == token.span {
          result.append(classify(symbol, isMember: role == .member))
          return
        }
        switch role {
        case .member: add(.property)
        case .label: add(.parameter)
        case .type: if Keyword.types.contains(file.script.text(ofToken: index)) { add(.type) }
        // What could not be read may hold names, too.
        case .syntax: if Self.words.contains(file.script.text(ofToken: index)) { add(.keyword) }
        case .name: break
        }
      default: break
      }
    }
    return result
  }

  private static let words = Set(Keyword.all)

  private func classify(_ symbol: SymbolUse, isMember: Bool) -> Classified {
    var result: Classified
    let span = symbol.range.span
    switch symbol.kind {
    case .param, .value: result = Classified(span: span, type: .variable, modifiers: [.readonly])
    case .loop: result = Classified(span: span, type: .variable)
    case .parameter: result = Classified(span: span, type: .parameter)
    case .definition: result = Classified(span: span, type: .function)
    case .module: result = Classified(span: span, type: .namespace)
    case .builtin:
      if isMember {
        result = Classified(span: span, type: .method, modifiers: [.defaultLibrary])
      } else if Builtins.functions[symbol.name] != nil {
        result = Classified(span: span, type: .function, modifiers: [.defaultLibrary])
      } else if Colors.named[symbol.name] != nil {
        result = Classified(span: span, type: .enumMember, modifiers: [.defaultLibrary])
      } else {
        result = Classified(span: span, type: .variable, modifiers: [.readonly, .defaultLibrary])
      }
    }
    if symbol.isDefinition { result.modifiers.insert(.declaration) }
    return result
  }

  /// Tokens as the protocol wants them: five numbers each, places relative to the one before.
  private func encode(_ tokens: [Classified], in document: TextDocument) -> [UInt32] {
    var converter = document.converter(encoding)
    var data: [UInt32] = []
    data.reserveCapacity(tokens.count * 5)
    var last = Position(line: 0, character: 0)
    func add(_ span: Span, _ token: Classified) {
      guard span.end > span.start else { return }
      let start = converter.position(of: span.start)
      let end = converter.position(of: span.end)
      data.append(UInt32(start.line - last.line))
      data.append(UInt32(start.line == last.line ? start.character - last.character : start.character))
      data.append(UInt32(end.character - start.character))
      data.append(token.type.index)
      data.append(token.modifiers.rawValue)
      last = start
    }
    for token in tokens {
      // A token stays on its line; a comment over several becomes one a line.
      var line = document.lines.line(at: token.span.start)
      let lastLine =
        token.type == .comment ? document.lines.line(at: max(token.span.start, token.span.end - 1)) : line
      while line <= lastLine {
        let content = document.lines.content(of: line, in: document.text)
        add(
          Span(max(token.span.start, content.lowerBound), min(token.span.end, content.upperBound)), token)
        line += 1
      }
    }
    return data
  }
}
