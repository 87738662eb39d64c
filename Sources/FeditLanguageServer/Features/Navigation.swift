import FeditAssist
import FeditProgram
import FeditSyntax

/// A name where it stands in some file.
struct Reference {
  var path: String
  var source: SourceText
  var span: Span
  var isDefinition: Bool
}

extension LanguageServer {
  func definition(_ parameters: PositionParams) throws -> [Location] {
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    let offset = document.converter(encoding).offset(of: parameters.position)
    if let range = analysis.assistant.symbol(at: offset)?.definition {
      var places = Places(analysis.program, self)
      return [places.location(range)].compactMap(\.self)
    }
    // A path leads to its file.
    for link in paths(in: analysis) where link.span.start <= offset && offset <= link.span.end {
      let start = Position(line: 0, character: 0)
      return [Location(uri: uri(ofPath: link.path), range: TextRange(start: start, end: start))]
    }
    return []
  }

  func references(_ parameters: ReferenceParams) throws -> [Location] {
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    let offset = document.converter(encoding).offset(of: parameters.position)
    guard let symbol = analysis.assistant.symbol(at: offset) else { return [] }
    var places = Places(analysis.program, self)
    guard let key = analysis.program.key(of: symbol) else {
      // What the language brings has no place of its own; its uses in this file do.
      return analysis.file.symbols.filter { $0.kind == .builtin && $0.name == symbol.name }.compactMap {
        places.location($0.range)
      }
    }
    let includesDeclaration = parameters.context?.includeDeclaration ?? true
    return references(to: key, name: symbol.name, seenFrom: analysis)
      .filter { includesDeclaration || !$0.isDefinition }
      .map { places.location($0.path, $0.source, $0.span) }
  }

  func highlights(_ parameters: PositionParams) throws -> [DocumentHighlight] {
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    var converter = document.converter(encoding)
    let offset = converter.offset(of: parameters.position)
    guard let symbol = analysis.assistant.symbol(at: offset) else { return [] }
    let key = analysis.program.key(of: symbol)
    let same = analysis.file.symbols.filter { other in
      guard other.name == symbol.name else { return false }
      return key == nil ? other.definition == nil : analysis.program.key(of: other) == key
    }
    return unique(same).map {
      DocumentHighlight(range: converter.range($0.range.span), kind: $0.isDefinition ? 3 : 2)
    }
  }

  /// Symbols in order, each place once.
  func unique(_ symbols: [SymbolUse]) -> [SymbolUse] {
    var result: [SymbolUse] = []
    let sorted = symbols.sorted {
      ($0.range.span.start, $0.isDefinition ? 0 : 1) < ($1.range.span.start, $1.isDefinition ? 0 : 1)
    }
    for symbol in sorted where symbol.range.span != result.last?.range.span { result.append(symbol) }
    return result
  }

  /// Where a name stands, in the files of the program and in those of the workspace that use it.
  func references(to key: SymbolKey, name: String, seenFrom analysis: Analysis) -> [Reference] {
    var result: [Reference] = []
    var seen: Set<SymbolKey> = []
    for program in programs(with: key.path, name: name, besides: analysis) {
      for file in program.files {
        for symbol in unique(file.symbols.filter { $0.name == name && program.key(of: $0) == key }) {
          let span = symbol.range.span
          guard seen.insert(SymbolKey(path: file.path, start: span.start)).inserted else { continue }
          result.append(
            Reference(path: file.path, source: file.source, span: span, isDefinition: symbol.isDefinition))
        }
      }
    }
    return result.sorted { ($0.path, $0.span.start) < ($1.path, $1.span.start) }
  }

  /// The programs that a file is part of: the one at hand, those of open documents, those of scripts
  /// in the workspace that hold the name.
  func programs(with path: String, name: String, besides analysis: Analysis) -> [ProgramResult] {
    var result = [analysis.program]
    var known = Set([analysis.file.path])
    for uri in documents.keys.sorted() {
      guard let other = try? self.analysis(uri), known.insert(other.file.path).inserted else { continue }
      if other.paths.contains(path) { result.append(other.program) }
    }
    for script in workspaceScripts(around: path) where known.insert(script).inserted {
      let world = self.world(for: script)
      guard let text = try? world.script(at: script), text.contains(Array(name.utf8)),
        let other = check(script, text, name: script, world: world)
      else { continue }
      if other.paths.contains(path) { result.append(other.program) }
    }
    return result
  }

  /// Scripts of the workspace folders; those of the script's own folder where it is in none.
  func workspaceScripts(around path: String) -> [String] {
    var around = folders
    if !around.contains(where: { path.hasPrefix($0 + "/") }) {
      around.append(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/")
    }
    return around.flatMap { host.scripts(below: $0, limit: 1_000) }
  }

  // MARK: Paths

  struct PathLink {
    var span: Span
    var path: String
    var name: String
  }

  /// The files that a script names and that are there.
  func paths(in analysis: Analysis) -> [PathLink] {
    let world = analysis.assistant.world
    return analysis.file.script.namedFiles.compactMap { statement, value in
      guard statement != .save, let name = literalString(value), !name.isEmpty,
        let path = try? world.resolve(name, from: analysis.file.path), world.exists(path)
      else { return nil }
      return PathLink(span: value.span, path: path, name: name)
    }
  }

  func documentLinks(_ parameters: DocumentParams) throws -> [DocumentLink] {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    return paths(in: try analysis(document.uri)).map {
      // Without the quotes.
      DocumentLink(
        range: converter.range(Span($0.span.start + 1, $0.span.end - 1)), target: uri(ofPath: $0.path),
        tooltip: nil)
    }
  }
}
