import FeditPlan
import FeditSyntax

/// Binds a file: finds what its names mean, checks types, arity, places and literal paths, and makes what the
/// evaluator carries out.
///
/// Stays silent about what the parser has reported (`.missing`), and about the consequences of
/// what it has reported itself: a wrong value's type is `.unknown`, which fits everywhere.
final class Binder {
  /// What a name in sight stands for.
  struct Entry {
    var identifier: Identifier
    var type: ValueType
    var kind: SymbolUse.Kind
    var value: BoundExpression.Kind
  }

  let world: any World
  let options: PlanOptions
  /// Whether the file is the one that runs; a used one's photo and edits are not taken.
  let isEntry: Bool
  let module: Module
  private(set) var diagnostics: [Diagnostic] = []
  var uses: [SymbolUse] = []
  var scopes: [[String: Entry]] = []
  /// How many names of blocks, loops and parameters are in sight: the next one's place.
  private var localCount = 0
  /// While types are found before the checks: nothing is reported or noted.
  private(set) var isQuiet = false
  /// Where statements stand that may stand once in the script, and once in the edit.
  var once: [StatementID: Span] = [:]
  var firstEdit: Span?
  var editNames: [String: Span] = [:]
  var settings: [StatementID: Span] = [:]
  var hasFace = false
  var hasMouth = false
  /// How many frames of the face lie around what is being bound.
  var faceFrames = 0
  /// Whether the face is that of the scripts that use the file.
  lazy var hasForeignFace = !isEntry || module.script.onlyDefines
  var calls: [String: [(name: String, span: Span)]] = [:]
  /// The definition that is being bound; empty while the types of the top level are found.
  var currentDefinition: String?

  init(module: Module, isEntry: Bool, world: any World, options: PlanOptions) {
    self.module = module
    self.isEntry = isEntry
    self.world = world
    self.options = options
  }

  func report(
    _ id: DiagnosticID, _ message: String, _ span: Span, severity: Diagnostic.Severity = .error,
    labels: [Diagnostic.Label] = [], hints: [Diagnostic.Hint] = []
  ) {
    if isQuiet { return }
    diagnostics.append(
      Diagnostic(
        id, message, severity: severity, at: module.range(span), labels: labels, hints: hints))
  }

  func report(_ problem: WorldProblem, _ span: Span, what: String) {
    if isQuiet { return }
    diagnostics.append(diagnostic(problem, at: module.range(span), what: what))
  }

  // MARK: The file

  /// Binds all of the file; its statements and definitions are in the module then.
  func bind() {
    collect()
    findTypes()
    scopes = [[:]]
    for (index, statement) in module.script.statements.enumerated() {
      module.statements.append(bind(statement, place: .file, isFirst: index == 0))
    }
    for statement in module.script.statements {
      if case .def(let definition) = statement.kind { bind(definition) }
    }
    findRecursion()
    warnOfSpoofing()
    if isEntry { finish() }
  }

  /// Binds an expression that sees all names of the top level.
  func bind(behind expression: Expression) -> BoundExpression {
    (scopes, currentDefinition) = ([[:]], "")
    hasForeignFace = true
    return bind(expression)
  }

  /// Names of the top level, which definitions see wherever they stand.
  private func collect() {
    for statement in module.script.statements {
      switch statement.kind {
      case .def(let definition) where !definition.name.text.isEmpty:
        if let earlier = module.definitions[definition.name.text] {
          duplicate(definition.name, earlier.syntax.name)
        } else {
          refuseBuiltin(definition.name)
          module.definitions[definition.name.text] = BoundDefinition(definition, in: module)
        }
      case .param(let name, let type, _, _) where module.values[name.text] == nil && !name.text.isEmpty:
        module.add(name, ValueType(rawValue: type.text) ?? .unknown, isParam: true)
      case .letValue(let name, _) where module.values[name.text] == nil && !name.text.isEmpty:
        module.add(name, .unknown, isParam: false)
      case .plain(let face) where face.id == .face:
        hasFace = true
        hasMouth = face["mouth"] != nil || face.words.contains("auto")
      default: break
      }
    }
    // A name that comes from two files, or from one and this one.
    var origin: [String: Module] = [:]
    for (index, (span, used)) in module.imports.enumerated() {
      guard !module.imports[..<index].contains(where: { $0.module === used }) else { continue }
      for name in used.ownNames.sorted() {
        if let other = origin[name] {
          clash(name, span, "in '\(other.source.name)' and in '\(used.source.name)'", other.place(of: name))
        } else if let place = module.definitions[name].map({ module.range($0.syntax.name.span) }) {
          // A value is told where it stands.
          clash(name, span, "here and in '\(used.source.name)'", place)
        }
        origin[name] = used
      }
    }
    for name in module.aliases.keys.sorted() {
      guard let alias = module.aliases[name]?.identifier else { continue }
      refuseBuiltin(alias)
      if let place = module.place(of: name) {
        report(
          .duplicateName, "'\(name)' is defined already", alias.span,
          labels: [.init(place, "defined here")],
          hints: [.init("names are never given twice; choose another")])
      }
    }
    for (alias, earlier) in module.repeatedAliases { duplicate(alias, earlier) }
  }

  private func clash(_ name: String, _ span: Span, _ places: String, _ label: SourceRange?) {
    report(
      .duplicateName, "'\(name)' is defined \(places)", span,
      labels: label.map { [.init($0, "defined here, too")] } ?? [],
      hints: [.init("give the file a name of its own: use \"…\" as lib")])
  }

  /// Finds the types of the top level's `let`s and functions, each after those it is made of, so that
  /// the checks know them wherever they stand.
  private func findTypes() {
    var makers: [String: Expression] = [:]
    for statement in module.script.statements {
      switch statement.kind {
      case .letValue(let name, let value) where makers[name.text] == nil: makers[name.text] = value
      case .def(let definition):
        if case .value(let value) = definition.body, makers[definition.name.text] == nil {
          makers[definition.name.text] = value
        }
      default: break
      }
    }
    isQuiet = true
    defer { isQuiet = false }
    // Depth first without recursion: a chain of definitions may be long.
    var state: [String: Bool] = [:]
    for statement in module.script.statements {
      let name: String
      switch statement.kind {
      case .letValue(let identifier, _): name = identifier.text
      case .def(let definition): name = definition.name.text
      default: continue
      }
      var stack = [(name, false)]
      while let (current, isDone) = stack.popLast() {
        guard let value = makers[current] else { continue }
        if isDone {
          state[current] = true
          setType(of: current, value)
        } else if state[current] == nil {
          state[current] = false
          stack.append((current, true))
          for used in value.names where state[used] == nil { stack.append((used, false)) }
        }
      }
    }
  }

  func setType(of name: String, _ value: Expression) {
    if let definition = module.definitions[name] {
      let outer = (scopes, currentDefinition)
      defer { (scopes, currentDefinition) = outer }
      currentDefinition = name
      scopes = [[:]]
      for parameter in definition.syntax.parameters {
        scopes[0][parameter.name.text] = Entry(
          identifier: parameter.name, type: ValueType(rawValue: parameter.type.text) ?? .unknown,
          kind: .parameter, value: .missing)
      }
      module.resultTypes[name] = bind(value).type
    } else {
      // As in a definition, all of the top level is in sight.
      currentDefinition = ""
      let found = bind(value).type
      module.values[name]?.type = found
      currentDefinition = nil
    }
  }

  func duplicate(_ name: Identifier, _ earlier: Identifier) {
    report(
      .duplicateName, "'\(name.text)' is defined already", name.span,
      labels: [.init(module.range(earlier.span), "defined here")],
      hints: [.init("names are never given twice; choose another")])
  }

  func refuseBuiltin(_ name: Identifier) {
    if Builtins.functions[name.text] != nil {
      report(
        .duplicateName, "'\(name.text)' is a function of the language", name.span,
        hints: [.init("choose another name")])
    }
  }

  private func finish() {
    if once[.photo] == nil, options.photo == nil {
      // A library of definitions is checked alone, too.
      if firstEdit != nil || once[.save] != nil {
        report(
          .noPhoto, "the script names no photo", firstEdit ?? once[.save] ?? Span(0, 0),
          hints: [.init("begin with 'photo \"portrait.png\"', or give one with --photo")])
      }
    }
  }

  // MARK: Names

  func lookup(_ name: String) -> Entry? {
    for scope in scopes.reversed() { if let found = scope[name] { return found } }
    // Definitions see all of the top level.
    if currentDefinition != nil, let found = module.values[name] {
      return found
    }
    return nil
  }

  /// Introduces a name from here to the end of its block.
  func declare(_ name: Identifier, _ type: ValueType, _ kind: SymbolUse.Kind, isGlobal: Bool = false) {
    guard !name.text.isEmpty, !isQuiet else { return }
    uses.append(
      SymbolUse(
        name: name.text, kind: kind, range: module.range(name.span), definition: module.range(name.span),
        type: type, isDefinition: true))
    if let earlier = lookup(name.text) {
      if earlier.identifier.span.end > 0 {
        duplicate(name, earlier.identifier)
      } else {
        report(
          .duplicateName, "'\(name.text)' is a name that 'in face' gives", name.span,
          hints: [.init("names are never given twice; choose another")])
      }
      return
    }
    if let place = module.place(ofOther: name.text) {
      report(
        .duplicateName, "'\(name.text)' is defined already", name.span,
        labels: [.init(place, "defined here")],
        hints: [.init("names are never given twice; choose another")])
      return
    }
    refuseBuiltin(name)
    let value = isGlobal ? module.values[name.text]?.value ?? .missing : nextLocal()
    scopes[scopes.count - 1][name.text] = Entry(identifier: name, type: type, kind: kind, value: value)
  }

  func nextLocal() -> BoundExpression.Kind {
    localCount += 1
    return .local(localCount - 1)
  }

  func inScope<T>(_ body: () -> T) -> T {
    let count = localCount
    scopes.append([:])
    defer {
      scopes.removeLast()
      localCount = count
    }
    return body()
  }

  /// Binds what has names of its own and sees none of the places around.
  func inDefinition(_ name: String, _ body: () -> Void) {
    let outer = (scopes, currentDefinition, settings, localCount, faceFrames)
    (scopes, currentDefinition, settings, localCount, faceFrames) = ([[:]], name, [:], 0, 0)
    body()
    (scopes, currentDefinition, settings, localCount, faceFrames) = outer
  }

  /// Runs without reporting or noting anything again.
  func quietly<T>(_ body: () -> T) -> T {
    let outer = isQuiet
    isQuiet = true
    defer { isQuiet = outer }
    return body()
  }

  /// The names of the scopes; those of the outermost are among the module's, but for a definition's parameters.
  var localNames: some Sequence<String> {
    (currentDefinition == nil ? scopes.dropFirst() : scopes[...]).lazy.flatMap(\.keys)
  }

  /// What a misspelt value might have been meant to be, of the names that hold in the whole file.
  lazy var valueSuggestions = NameSuggestions(
    module.names.union(Colors.named.keys).union(Self.faceNames).union(FaceContour.allCases.map(\.rawValue)))
  /// The same for functions.
  lazy var functionSuggestions = NameSuggestions(module.names.union(Builtins.functions.keys))

  func use(
    _ name: String, _ span: Span, _ kind: SymbolUse.Kind, _ definition: SourceRange?, _ type: ValueType
  ) {
    if isQuiet { return }
    uses.append(
      SymbolUse(
        name: name, kind: kind, range: module.range(span), definition: definition, type: type,
        isDefinition: false))
  }

  func unknownName(_ name: String, _ span: Span) {
    if isQuiet { return }
    if module.definition(name) != nil || Builtins.functions[name] != nil {
      report(
        .notAValue, "'\(name)' is a function", span,
        hints: [.init("call it: \(Builtins.functions[name]?.usage ?? name + "(…)")")])
      return
    }
    if Self.faceNames.contains(name) || FaceContour(rawValue: name) != nil {
      let hint =
        name == "mouth" && hasFace
        ? "say where it is: face eyes P, P mouth P" : "it is defined inside 'in face { … }'"
      report(.unknownName, "there is no '\(name)' here", span, hints: [.init(hint)])
      return
    }
    if let later = module.values[name] {
      report(
        .usedTooEarly, "'\(name)' has no value yet", span,
        labels: [.init(module.range(later.identifier.span), "it gets one here")],
        hints: [.init("its 'let' or 'param' stands further down; move it up")])
      return
    }
    if let file = module.deepFile(of: name) {
      report(
        .unknownName, "there is no '\(name)' here", span,
        hints: [.init("'\(file)' defines it: use that file here, too")])
      return
    }
    var hints: [Diagnostic.Hint] = []
    var labels: [Diagnostic.Label] = []
    if let near = valueSuggestions.nearest(to: name, or: localNames) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(span, near)]))
      if let found = lookup(near), found.identifier.span.end > 0 {
        labels.append(.init(module.range(found.identifier.span), "'\(near)' is defined here"))
      }
    } else {
      hints.append(.init("names are introduced by 'let', 'param', 'for' and 'def'"))
    }
    report(.unknownName, "there is no '\(name)' here", span, labels: labels, hints: hints)
  }
}
