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
  /// What came of `PlanOptions.watch`: one entry each time the place was evaluated, at most 64.
  public var watched: [WatchedValue] = []
  /// The type of the expression that `PlanOptions.watch` asks about, by the checks alone.
  public var watchedType: ValueType?
  /// Whether `PlanOptions.isCancelled` ended the evaluation: there is no plan, and what it
  /// would have found is not among the diagnostics.
  public var isCancelled = false

  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// Whether the only errors are inputs that can't be read.
  public var onlyUnreadableInputs: Bool {
    let errors = diagnostics.filter { $0.severity == .error }
    return !errors.isEmpty && errors.allSatisfy { ["missing-file", "unreadable-file"].contains($0.code) }
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
  var watchedType: ValueType?
  func visit(_ module: Module) {
    guard !modules.contains(where: { $0 === module }) else { return }
    for (_, used) in module.imports { visit(used) }
    for name in module.aliases.keys.sorted() { if let used = module.aliases[name] { visit(used.module) } }
    let checker = Checker(module: module, isEntry: module === entry, world: world, options: options)
    checker.check()
    diagnostics += checker.diagnostics
    if module === entry { (symbols, watchedType) = (checker.uses, checker.watchedType) }
    modules.append(module)
    files.append(
      ProgramFile(
        path: module.path, script: module.script, tree: module.tree, symbols: checker.uses,
        imports: module.imports.map { $0.module.path },
        aliases: module.aliases.mapValues { $0.module.path }))
  }
  visit(entry)
  var result = ProgramResult(
    plan: nil, diagnostics: diagnostics, usageErrors: [], symbols: symbols,
    sources: modules.reversed().map { ($0.path, $0.source) })
  result.files = files.reversed()
  result.watchedType = watchedType
  result.settableNames = SettableNames(entry: entry).all
  if !result.hasErrors, !options.checksOnly {
    let evaluator = Evaluator(entry: entry, world: world, options: options)
    result.plan = evaluator.run()
    result.diagnostics += evaluator.diagnostics
    result.usageErrors = evaluator.usageErrors
    result.watched = evaluator.watched
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
