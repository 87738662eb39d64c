import FeditPlan
import FeditProgram
import FeditSyntax

/// Answers questions about a place in a checked script: what a name is, what could stand here.
///
/// All places are UTF-8 offsets of the entry script.
public struct Assistant: Sendable {
  /// The program as it was checked; it may have errors.
  public let program: ProgramResult
  /// The entry script.
  public let file: ProgramFile
  /// Where the program's files came from.
  public let world: any World
  /// What the program was checked with.
  public let options: PlanOptions
  /// Files and models that the script could name.
  public let surroundings: any CompletionEnvironment

  /// Looks at a checked program; nil where it has no file.
  ///
  /// - Parameters:
  ///   - program: the script as `plan` checked it.
  ///   - world: what it was checked in.
  ///   - options: what it was checked with.
  ///   - surroundings: what completion offers besides.
  public init?(
    _ program: ProgramResult, world: any World, options: PlanOptions, surroundings: any CompletionEnvironment
  ) {
    guard let file = program.files.first else { return nil }
    self.program = program
    self.file = file
    self.world = world
    self.options = options
    self.surroundings = surroundings
  }

  /// The entry script's text.
  public var source: SourceText { file.source }

  // MARK: Symbols

  /// The name that stands at a place, or right before it.
  public func symbol(at offset: Int) -> SymbolUse? {
    var best: SymbolUse?
    for symbol in file.symbols {
      let span = symbol.range.span
      guard span.start <= offset, offset <= span.end else { continue }
      if let known = best?.range.span, known.start > span.start { continue }
      // An introduction tells more than a use at the same place.
      if best?.range.span == span, best?.isDefinition == true { continue }
      best = symbol
    }
    return best
  }

  /// The file of the program that a range lies in.
  public func file(of range: SourceRange) -> ProgramFile? {
    program.files.first { $0.source === range.source }
  }

  /// The token at a place; of two that touch there the one that is a word or value.
  ///
  /// - Returns: its index.
  func token(at offset: Int) -> Int {
    let tokens = file.script.tokens
    let index = file.script.tokenIndex(at: offset)
    let token = tokens[index]
    if token.span.start == offset, index > 0,
      token.kind.isTrivia || token.kind == .endOfFile || isPunctuation(token)
    {
      let before = tokens[index - 1]
      if !before.kind.isTrivia, before.kind != .punctuation { return index - 1 }
    }
    return index
  }

  private func isPunctuation(_ token: Token) -> Bool {
    token.kind == .punctuation || token.kind == .semicolon
  }

  // MARK: Declarations

  /// How a name was introduced, for people.
  public struct Declaration: Hashable, Sendable {
    /// As it stands in the source, without its body.
    public var code: String
    /// A parameter's text, or the comment above.
    public var documentation: String?
  }

  /// The declaration that introduces the name at a range.
  public func declaration(at range: SourceRange) -> Declaration? {
    guard let file = file(of: range) else { return nil }
    var result: Declaration?
    for statement in file.script.statements where statement.span.contains(range.span) {
      statement.walk { statement in
        guard result == nil, statement.span.contains(range.span) else { return }
        result = declaration(of: range.span, by: statement, in: file)
      }
    }
    return result
  }

  /// The declaration of a name by a statement itself.
  private func declaration(of name: Span, by statement: Statement, in file: ProgramFile) -> Declaration? {
    switch statement.kind {
    case .param(let identifier, let type, let value, let doc) where identifier.span == name:
      return Declaration(
        code: "param \(identifier.text): \(type.text) = \(file.line(value.span))",
        documentation: doc.flatMap(literalString) ?? file.comment(above: statement))
    case .letValue(let identifier, let value) where identifier.span == name:
      return Declaration(
        code: "let \(identifier.text) = \(file.line(value.span))",
        documentation: file.comment(above: statement))
    case .def(let definition) where definition.name.span == name:
      return Declaration(
        code: "def " + usage(of: definition, in: file), documentation: file.comment(above: statement))
    case .def(let definition):
      return definition.parameters.first { $0.name.span == name }.map {
        Declaration(
          code: parameterText($0, in: file), documentation: "a parameter of '\(definition.name.text)'")
      }
    case .forEach(let identifier, let sequence, _) where identifier.span == name:
      return Declaration(code: "for \(identifier.text) in \(file.line(sequence.span))", documentation: nil)
    case .plain(let plain):
      guard let alias = plain.name, alias.span == name else { return nil }
      return Declaration(code: file.line(statement.span), documentation: nil)
    default: return nil
    }
  }

  /// `lens(at: point, wide: number = 2)`.
  func usage(of definition: Definition, in file: ProgramFile) -> String {
    let parameters = definition.parameters.map { parameterText($0, in: file) }
    return "\(definition.name.text)(\(parameters.joined(separator: ", ")))"
  }

  func parameterText(_ parameter: Definition.Parameter, in file: ProgramFile) -> String {
    "\(parameter.name.text): \(parameter.type.text)"
      + (parameter.defaultValue.map { " = " + file.line($0.span) } ?? "")
  }

  // MARK: Names in scope

  /// A name that can be used at a place.
  public struct VisibleName: Hashable, Sendable {
    /// As it is written, with its module where it has one.
    public var name: String
    /// What it names.
    public var kind: SymbolUse.Kind
    /// A value's type, or the type of what a function gives.
    public var type: ValueType
    /// Whether a call of it draws and gives no value.
    public var isProcedure: Bool
    /// As it was introduced.
    public var declaration: Declaration?
  }

  /// The names in scope at a place, the innermost first: those of the script and of what it uses.
  public func names(at offset: Int) -> [VisibleName] {
    var names: [VisibleName] = []
    var seen: Set<String> = []
    var types: [Int: ValueType] = [:]
    for symbol in file.symbols where symbol.isDefinition { types[symbol.range.span.start] = symbol.type }
    func add(_ name: VisibleName) {
      if !name.name.isEmpty, seen.insert(name.name).inserted { names.append(name) }
    }
    func add(_ identifier: Identifier, _ kind: SymbolUse.Kind, by statement: Statement) {
      add(
        VisibleName(
          name: identifier.text, kind: kind, type: types[identifier.span.start] ?? .unknown,
          isProcedure: false,
          declaration: declaration(of: identifier.span, by: statement, in: file)))
    }
    func addValue(of statement: Statement) {
      switch statement.kind {
      case .letValue(let name, _): add(name, .value, by: statement)
      case .param(let name, _, _, _): add(name, .param, by: statement)
      default: break
      }
    }
    var isInDefinition = false
    func visit(_ statements: [Statement]) {
      for statement in statements {
        let isAround = statement.span.start < offset && offset <= statement.span.end
        if isAround {
          switch statement.kind {
          case .forEach(let name, _, let body) where body.span.start < offset: add(name, .loop, by: statement)
          case .def(let definition):
            isInDefinition = true
            for parameter in definition.parameters where parameter.name.span.end < offset {
              add(parameter.name, .parameter, by: statement)
            }
          case .inFrame(let frame, let body) where body.span.start < offset && frame.isFaceFrame:
            let places = ["left_eye", "right_eye", "mouth"].map { ($0, ValueType.point) }
            for (name, type) in places + Language.outlines.keys.sorted().map({ ($0, .shape) }) {
              add(
                VisibleName(
                  name: name, kind: .builtin, type: type, isProcedure: false,
                  declaration: Declaration(code: name, documentation: Language.word(name)?.summary)))
            }
          default: break
          }
        }
        // The innermost first: what is around comes before what stands beside it.
        for block in statement.blocks where block.span.start < offset && offset <= block.span.end {
          visit(block.statements)
        }
        if statement.span.end < offset { addValue(of: statement) }
      }
    }
    visit(file.script.statements)
    if isInDefinition {
      for statement in file.script.statements { addValue(of: statement) }
    }
    for name in topLevelNames(of: file, isEntry: true) { add(name) }
    for alias in file.aliases.keys.sorted() {
      add(VisibleName(name: alias, kind: .module, type: .unknown, isProcedure: false, declaration: nil))
    }
    return names
  }

  /// What a used file offers: its definitions and values, and those of what it uses itself.
  ///
  /// The entry's own values are left out: where they are seen depends on the place.
  func topLevelNames(of start: ProgramFile, isEntry: Bool) -> [VisibleName] {
    var result: [VisibleName] = []
    var visited: Set<String> = []
    func visit(_ file: ProgramFile, takesValues: Bool) {
      guard visited.insert(file.path).inserted else { return }
      var types: [Int: ValueType] = [:]
      for symbol in file.symbols where symbol.isDefinition { types[symbol.range.span.start] = symbol.type }
      for statement in file.script.statements {
        let kind: SymbolUse.Kind
        let name: Identifier
        var isProcedure = false
        switch statement.kind {
        case .letValue(let identifier, _): (kind, name) = (.value, identifier)
        case .param(let identifier, _, _, _): (kind, name) = (.param, identifier)
        case .def(let definition):
          (kind, name) = (.definition, definition.name)
          if case .block = definition.body { isProcedure = true }
        default: continue
        }
        guard takesValues || kind == .definition else { continue }
        result.append(
          VisibleName(
            name: name.text, kind: kind, type: types[name.span.start] ?? .unknown, isProcedure: isProcedure,
            declaration: declaration(of: name.span, by: statement, in: file)))
      }
      for path in file.imports {
        if let used = program.files.first(where: { $0.path == path }) { visit(used, takesValues: true) }
      }
    }
    visit(start, takesValues: !isEntry)
    return result
  }

  /// A definition that a call's name means.
  func definition(named name: String, alias: String?) -> (Definition, ProgramFile)? {
    var visited: Set<String> = []
    func find(_ file: ProgramFile) -> (Definition, ProgramFile)? {
      guard visited.insert(file.path).inserted else { return nil }
      for statement in file.script.statements {
        if case .def(let definition) = statement.kind, definition.name.text == name {
          return (definition, file)
        }
      }
      for path in file.imports {
        if let used = program.files.first(where: { $0.path == path }), let found = find(used) { return found }
      }
      return nil
    }
    guard let alias else { return find(file) }
    guard let path = file.aliases[alias] else { return nil }
    return program.files.first { $0.path == path }.flatMap(find)
  }

  // MARK: Values

  /// What an expression comes to when the script is carried out; empty where the script has errors
  /// or does not come there.
  func values(of span: Span) -> [WatchedValue] {
    guard !program.hasErrors, span.start < span.end else { return [] }
    return program.values(of: span, world: world, options: options)
  }
}

extension Span {
  func contains(_ other: Span) -> Bool { start <= other.start && other.end <= end }
}

extension ProgramFile {
  /// A piece of the source on one line, shortened where it is long.
  func line(_ span: Span) -> String {
    let text = source.text(Span(span.start, min(span.end, span.start + 400)))
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count > 80 || span.end > span.start + 400 ? words.prefix(79) + "…" : words
  }

  /// The `//` comment that stands directly above a statement.
  func comment(above statement: Statement) -> String? {
    var index = statement.tokens.lowerBound
    var lines: [String] = []
    var newlines = 0
    scan: while index > 0 {
      index -= 1
      let token = script.tokens[index]
      switch token.kind {
      case .space: continue
      case .newline:
        newlines += 1
        if newlines > 1 { break scan }
      case .lineComment:
        // A comment behind other code belongs to that code.
        guard newlines == 1, script.beginsLine(index) else { break scan }
        let text = source.text(token.span).drop { $0 == "/" }
        lines.append(text.first == " " ? String(text.dropFirst()) : String(text))
        newlines = 0
      default: break scan
      }
    }
    return lines.isEmpty ? nil : lines.reversed().joined(separator: "\n")
  }
}
