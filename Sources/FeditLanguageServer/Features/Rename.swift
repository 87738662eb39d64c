import FeditAssist
import FeditProgram
import FeditSyntax

extension LanguageServer {
  func prepareRename(_ parameters: PositionParams) throws -> PrepareRenameResult {
    let document = try document(parameters.textDocument.uri)
    var converter = document.converter(encoding)
    let symbol = try renamable(
      document, try analysis(document.uri), at: converter.offset(of: parameters.position))
    return PrepareRenameResult(range: converter.range(symbol.range.span), placeholder: symbol.name)
  }

  private func renamable(_ document: TextDocument, _ analysis: Analysis, at offset: Int) throws -> SymbolUse {
    guard let symbol = analysis.assistant.symbol(at: offset) else {
      throw ResponseError(.requestFailed, "there is no name here that could be changed")
    }
    guard symbol.definition != nil else {
      throw ResponseError(.requestFailed, "'\(symbol.name)' belongs to the language and keeps its name")
    }
    return symbol
  }

  func rename(_ parameters: RenameParams) throws -> WorkspaceEdit {
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    let offset = document.converter(encoding).offset(of: parameters.position)
    let symbol = try renamable(document, analysis, at: offset)
    let new = parameters.newName
    try checkName(new)
    guard let key = analysis.program.key(of: symbol) else {
      throw ResponseError(.requestFailed, "there is no name here that could be changed")
    }
    let references = references(to: key, name: symbol.name, seenFrom: analysis)
    if new == symbol.name { return WorkspaceEdit() }
    let byFile = Dictionary(grouping: references, by: \.path)
    try checkMeaning(byFile, key: key, from: symbol.name, to: new, analysis)

    var places = Places(analysis.program, self)
    var files: [(uri: String, version: Int?, edits: [TextEdit])] = []
    for path in byFile.keys.sorted() {
      let uri = uri(ofPath: path)
      let edits = (byFile[path] ?? []).map {
        TextEdit(range: places.range($0.path, $0.source, $0.span), newText: new)
      }
      files.append((uri, documents[uri]?.version, edits))
    }
    return workspaceEdit(files)
  }

  /// Edits in the form that the client takes.
  func workspaceEdit(_ files: [(uri: String, version: Int?, edits: [TextEdit])]) -> WorkspaceEdit {
    if capabilities?.workspace?.workspaceEdit?.documentChanges == true {
      return WorkspaceEdit(
        documentChanges: files.map {
          .init(textDocument: .init(uri: $0.uri, version: $0.version), edits: $0.edits)
        })
    }
    return WorkspaceEdit(
      changes: Dictionary(files.map { ($0.uri, $0.edits) }, uniquingKeysWith: { $0 + $1 }))
  }

  private func checkName(_ name: String) throws {
    let source = SourceText(name: "", name)
    let (tokens, problems) = Lexer.tokenize(source)
    guard problems.isEmpty, tokens.count == 2, tokens[0].kind == .identifier else {
      throw ResponseError(
        .invalidParams,
        "'\(escapingControlCharacters(name))' is no name: letters, digits and '_', the first no digit")
    }
    if Keyword.reserved.contains(name) || Keyword.statements.contains(name) {
      throw ResponseError(.invalidParams, "'\(name)' is a word of the language and cannot be a name")
    }
    if Builtins.functions[name] != nil {
      throw ResponseError(.invalidParams, "'\(name)' is a function of the language")
    }
  }

  /// Refuses a name that would change what the programs mean: one that is taken, or that hides another.
  ///
  /// The renamed programs are checked: they have the problems they had before, and every name means
  /// what it meant.
  private func checkMeaning(
    _ references: [String: [Reference]], key: SymbolKey, from old: String, to new: String,
    _ analysis: Analysis
  ) throws {
    var texts: [String: [UInt8]] = [:]
    var edits: [String: [Int]] = [:]
    for (path, places) in references {
      guard var text = places.first?.source.utf8 else { continue }
      for place in places.sorted(by: { $0.span.start > $1.span.start }) {
        text.replaceSubrange(place.span.start..<place.span.end, with: new.utf8)
      }
      texts[path] = text
      edits[path] = places.map(\.span.start).sorted()
    }
    let shift = new.utf8.count - old.utf8.count
    func moved(_ path: String, _ offset: Int) -> Int {
      offset + shift * (edits[path] ?? []).prefix { $0 < offset }.count
    }
    for before in programs(with: key.path, name: old, besides: analysis) {
      guard let entry = before.files.first else { continue }
      var world = self.world(for: entry.path)
      for (path, text) in texts { world.texts[path] = text }
      guard
        let after = check(entry.path, texts[entry.path] ?? entry.source.utf8, name: entry.path, world: world)
      else { continue }
      let newProblems = problems(after.program, { $1 }).subtracting(problems(before, moved))
      if let problem = after.program.diagnostics.first(where: {
        newProblems.contains(Problem($0, after.program, { $1 }))
      }) {
        let place = problem.range.source.location(of: problem.range.span.start)
        let file = problem.range.source.name.split(separator: "/").last.map(String.init) ?? ""
        throw ResponseError(
          .requestFailed,
          "'\(new)' cannot be the name: \(problem.message) (\(file):\(place.line):\(place.column))")
      }
      guard bindings(after.program, { $1 }) == bindings(before, moved) else {
        throw ResponseError(
          .requestFailed, "'\(new)' is the name of something else where '\(old)' is used or introduced")
      }
    }
  }

  private struct Problem: Hashable {
    var path: String
    var start: Int
    var code: String

    init(_ diagnostic: Diagnostic, _ program: ProgramResult, _ moved: (String, Int) -> Int) {
      path = program.files.first { $0.source === diagnostic.range.source }?.path ?? ""
      start = moved(path, diagnostic.range.span.start)
      code = diagnostic.code
    }
  }

  private func problems(_ program: ProgramResult, _ moved: (String, Int) -> Int) -> Set<Problem> {
    Set(program.diagnostics.map { Problem($0, program, moved) })
  }

  private struct Bond: Hashable {
    var use: SymbolKey
    var definition: SymbolKey?
  }

  /// Which name means what.
  private func bindings(_ program: ProgramResult, _ moved: (String, Int) -> Int) -> Set<Bond> {
    var result: Set<Bond> = []
    for file in program.files {
      for symbol in file.symbols {
        let definition = program.key(of: symbol).map {
          SymbolKey(path: $0.path, start: moved($0.path, $0.start))
        }
        let start = moved(file.path, symbol.range.span.start)
        result.insert(Bond(use: SymbolKey(path: file.path, start: start), definition: definition))
      }
    }
    return result
  }
}
