import FeditPlan
import FeditSyntax

/// What a script comes to.
public struct ProgramResult: Sendable {
  /// nil where there are errors, or no photo.
  public var plan: Plan?
  /// Errors and warnings, in the order of files and places.
  public var diagnostics: [Diagnostic]
  /// What is wrong with the command line: a bad `--set` or `--only`.
  public var usageErrors: [String]
  /// What `--set` may set: the program's parameters, and `face.left_eye`, `face.right_eye` and `face.mouth`
  /// where the script says where the face is.
  public var settableNames: [String] = []
  /// Every name that is introduced or used in the entry script.
  public var symbols: [SymbolUse]
  /// All files of the program, the entry first, with their absolute paths.
  public var sources: [(path: String, source: SourceText)]
  /// The same files with what was read and found in them.
  public var files: [ProgramFile] = []
  /// Whether `PlanOptions.isCancelled` ended the evaluation: there is no plan, and what it
  /// would have found is not among the diagnostics.
  public var isCancelled = false
  /// The entry script with all that it uses, bound.
  var entry: Module?

  /// Whether something keeps the script from running.
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// Whether the only errors are inputs that can't be read.
  public var onlyUnreadableInputs: Bool {
    let errors = diagnostics.filter { $0.severity == .error }
    return !errors.isEmpty && errors.allSatisfy { [.missingFile, .unreadableFile].contains($0.id) }
  }
}

extension ProgramResult {
  /// The type of an expression of the entry script, as far as it is known before the script runs.
  ///
  /// - Parameter span: all of the expression; a group's parentheses belong to it.
  /// - Returns: `unknown` where only running tells; nil where no expression stands at the place.
  public func type(of span: Span) -> ValueType? {
    guard let entry else { return nil }
    for definition in entry.definitions.values {
      if let found = definition.parameters.lazy.compactMap(\.standard).compactMap({ $0.type(of: span) }).first
      {
        return found
      }
      switch definition.body {
      case .value(let value): if let found = value.type(of: span) { return found }
      case .block(let block): if let found = block.type(of: span) { return found }
      case nil: break
      }
    }
    return entry.statements.type(of: span)
  }

  /// What an expression of the entry script comes to when the script is carried out: one value each time, at
  /// most 64; none where the script has errors or does not come there.
  public func values(of span: Span, world: any World, options: PlanOptions) -> [WatchedValue] {
    guard !hasErrors, let entry else { return [] }
    let evaluator = Evaluator(entry: entry, world: world, options: options, watch: span)
    _ = evaluator.run()
    return evaluator.watched
  }
}

extension ProgramResult {
  /// What an expression comes to behind the entry script's last line, outside edits.
  ///
  /// - Parameters:
  ///   - text: the expression, which may use all names of the script's top level.
  ///   - world: what is outside the script.
  ///   - options: what it was checked with.
  /// - Returns: its value; nil where it has none, or the script or the text has errors.
  public func value(of text: String, world: any World, options: PlanOptions) -> WatchedValue? {
    guard !hasErrors, let entry else { return nil }
    let (expression, problems) = parseExpression(SourceText(name: "", text))
    let binder = Binder(module: entry, isEntry: true, world: world, options: options)
    let bound = binder.bind(behind: expression)
    guard problems.isEmpty, binder.diagnostics.isEmpty else { return nil }
    return Evaluator(entry: entry, world: world, options: options).value(behind: bound)
  }
}

extension BoundExpression {
  /// The type of the expression inside that has a span.
  fileprivate func type(of wanted: Span) -> ValueType? {
    if span == wanted { return type }
    guard span.start <= wanted.start, wanted.end <= span.end else { return nil }
    if case .chain(let first, let links) = kind {
      if let link = links.first(where: { $0.span == wanted }) { return link.type }
      return first.type(of: wanted) ?? links.lazy.compactMap { $0.operand.type(of: wanted) }.first
    }
    return children.lazy.compactMap { $0.type(of: wanted) }.first
  }
}

extension [BoundStatement] {
  /// The type of the expression inside that has a span.
  fileprivate func type(of wanted: Span) -> ValueType? {
    for statement in self where statement.span.start <= wanted.start && wanted.end <= statement.span.end {
      let found = statement.expressions.lazy.compactMap { $0.type(of: wanted) }.first
      if let type = found ?? statement.statements.type(of: wanted) { return type }
    }
    return nil
  }
}

/// Checks a script and, where it has no errors, evaluates it into a plan.
///
/// - Parameters:
///   - source: the script.
///   - path: its absolute path, from which relative paths start (need not exist, for standard input).
///   - problems: what reading it found already, such as invalid UTF-8.
///   - world: files, pictures and models.
///   - options: what the command line adds.
/// - Returns: the plan or what keeps the script from having one.
public func plan(
  _ source: SourceText, path: String, problems: [Diagnostic] = [], world: any World,
  options: PlanOptions = PlanOptions()
) -> ProgramResult {
  var loader = Loader(world: world)
  let entry = loader.load(source, path: path)
  var diagnostics = problems + loader.diagnostics
  var symbols: [SymbolUse] = []
  var modules: [Module] = []
  var files: [ProgramFile] = []
  func visit(_ module: Module) {
    guard !modules.contains(where: { $0 === module }) else { return }
    for (_, used) in module.imports { visit(used) }
    for name in module.aliases.keys.sorted() { if let used = module.aliases[name] { visit(used.module) } }
    let binder = Binder(module: module, isEntry: module === entry, world: world, options: options)
    binder.bind()
    diagnostics += binder.diagnostics
    if module === entry { symbols = binder.uses }
    modules.append(module)
    files.append(
      ProgramFile(
        path: module.path, script: module.script, symbols: binder.uses,
        imports: module.imports.map { $0.module.path },
        aliases: module.aliases.mapValues { $0.module.path }))
  }
  visit(entry)
  var result = ProgramResult(
    plan: nil, diagnostics: diagnostics, usageErrors: [], symbols: symbols,
    sources: modules.reversed().map { ($0.path, $0.source) })
  result.files = files.reversed()
  result.entry = entry
  result.settableNames = SettableNames(entry: entry).all
  if !result.hasErrors, !options.checksOnly {
    let evaluator = Evaluator(entry: entry, world: world, options: options)
    result.plan = evaluator.run()
    result.diagnostics += evaluator.diagnostics
    result.usageErrors = evaluator.usageErrors
    result.isCancelled = evaluator.isCancelled
    if result.hasErrors { result.plan = nil }
  }
  let order = Dictionary(
    modules.reversed().enumerated().map { (ObjectIdentifier($0.element.source), $0.offset) },
    uniquingKeysWith: { first, _ in first })
  func key(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
    (
      order[ObjectIdentifier(diagnostic.range.source)] ?? 0, diagnostic.range.span.start,
      diagnostic.range.span.end
    )
  }
  result.diagnostics = result.diagnostics.map(\.withRemedy).sorted { key($0) < key($1) }
  return result
}
