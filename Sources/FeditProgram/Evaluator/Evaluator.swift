import FeditPlan
import FeditSyntax

/// Why an evaluation ends early: one diagnostic.
struct Failure: Error {
  var diagnostic: Diagnostic
}

/// Carries out a checked program and collects its plan.
final class Evaluator {
  let world: any World
  let options: PlanOptions
  let entry: Module
  var diagnostics: [Diagnostic] = []
  var usageErrors: [String] = []
  /// The expression of the entry whose values are asked for, and its values.
  let watch: Span?
  private(set) var watched: [WatchedValue] = []
  private(set) var isCancelled = false

  /// The module of what is being carried out.
  var module: Module
  /// Values of blocks, loops and parameters, the innermost last; those from `localsBase` on are in sight.
  /// nil is a name of the face that the script does not give a place.
  var locals: [Value?] = []
  var localsBase = 0
  /// The values of the files' top levels, as far as they are carried out, by the files' numbers.
  var globals: [[Value?]] = []
  /// The calls that are being carried out, the outermost first.
  var calls: [PlanOrigin.Site] = []
  /// What the parameters of the program's files are called on the command line.
  let settable: SettableNames
  private var steps = 0
  /// The number of steps at which to ask whether to go on.
  private var nextQuestion = 4096
  /// How deep expressions and calls lie on one another.
  private var depth = 0
  var strokes = 0
  private var nesting = 0

  var photo: PlanPhoto?
  var photoPath: String?
  var canvas: Point?
  var faceStatement: (left: Point, right: Point, mouth: Point?)?
  /// The face as it was found in the photo, if it was looked for; photo pixels.
  var foundFace: FaceGeometry?
  /// The face whose other half generators see, where the script says nothing of one; photo pixels.
  var mirroredFace: FaceGeometry?
  /// How many frames of the face lie around what is being carried out.
  var faceFrames = 0
  var region: (origin: Point, side: Double, size: Int?)?
  var model: PlanModel?
  /// The ranking that edits have their experts from.
  var ranking: PlanRanking?
  var parameters: [PlanParameter] = []
  var planSteps: [PlanStep] = []
  var inputs: [String: PlanFile] = [:]
  /// SVG files that were read, by path.
  var drawings: [String: SVGDrawing] = [:]
  /// The edit that is being carried out.
  var edit: PlanEdit?
  var editCount = 0
  /// The statements of the edit that may be carried out once, as far as they were.
  var settings: Set<StatementID> = []
  /// Places that were warned of: brushes that do nothing, photo pixels in a face.
  var warnedPlaces: Set<Int> = []
  var editNames: Set<String> = []
  var pendingSettings: [String: String]
  /// From the units of the place that is being carried out to photo pixels.
  var frame = Affine.identity

  init(entry: Module, world: any World, options: PlanOptions, watch: Span? = nil) {
    self.watch = watch
    self.entry = entry
    self.world = world
    self.options = options
    module = entry
    pendingSettings = Dictionary(options.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    settable = SettableNames(entry: entry)
  }

  // MARK: Failing

  func failure(
    _ id: DiagnosticID, _ message: String, _ span: Span, labels: [Diagnostic.Label] = [], hints: [String] = []
  ) -> Failure {
    Failure(
      diagnostic: Diagnostic(
        id, message, at: module.range(span), labels: labels, hints: hints.map { .init($0) }))
  }

  func problem(_ problem: WorldProblem, _ span: Span, _ what: String) -> Failure {
    Failure(diagnostic: diagnostic(problem, at: module.range(span), what: what))
  }

  func step(_ span: Span) throws(Failure) { try charge(1, span) }

  /// Counts work, so that every script ends soon: a step for a statement or call, and for larger
  /// things by their size.
  func charge(_ work: Int, _ span: Span) throws(Failure) {
    steps += work
    if steps >= nextQuestion {
      nextQuestion = steps + 4096
      if let ask = options.isCancelled, ask() {
        isCancelled = true
        throw failure(.cancelled, "the evaluation was cancelled", span)
      }
      if steps > options.limits.steps {
        throw failure(
          .tooManySteps, "the script takes more than \(options.limits.steps) steps", span,
          hints: ["shorten its loops, or raise the limit with --max-steps"])
      }
    }
  }

  /// Counts the work of looking at a whole text.
  func charge(text: String, _ span: Span) throws(Failure) { try charge(text.utf8.count / 64, span) }

  /// How deep expressions inside calls inside expressions may lie: what a thread's stack can hold.
  static let depthLimit = 2_000

  func enterExpression(_ span: Span) throws(Failure) {
    depth += 1
    if depth > Self.depthLimit {
      throw failure(
        .nestingTooDeep, "expressions and calls lie more than \(Self.depthLimit) levels deep", span,
        hints: ["give parts of it names with 'let'"])
    }
  }

  func leaveExpression() { depth -= 1 }

  func nested<T>(_ span: Span, _ body: () throws(Failure) -> T) throws(Failure) -> T {
    nesting += 1
    defer { nesting -= 1 }
    if nesting > options.limits.nesting {
      throw failure(
        .nestingTooDeep, "calls and blocks nest more than \(options.limits.nesting) levels deep", span,
        hints: ["repeat with 'for' instead of definitions that call one another"])
    }
    return try body()
  }

  // MARK: The program

  /// Carries out the entry's statements; nil where something is wrong.
  func run() -> Plan? {
    do throws(Failure) {
      let files = settable.modules
      globals = Array(repeating: [], count: 1 + (files.map(\.number).max() ?? 0))
      for file in files { globals[file.number] = Array(repeating: nil, count: file.values.count) }
      for file in files { try topLevel(of: file) }
      if let unknown = pendingSettings.keys.sorted().first {
        let known = settable.all
        let near = nearestName(to: unknown, among: known)
        usageErrors.append(
          "--set \(unknown): the script has no parameter '\(unknown)'"
            + (near.map { "; did you mean '\($0)'?" }
              ?? (known.isEmpty ? "; it has none" : "; it has \(known.joined(separator: ", "))")))
      }
      let missing = options.only.subtracting(editNames)
      if let name = missing.sorted().first {
        let near = nearestName(to: name, among: editNames)
        usageErrors.append(
          "--only \(name): the script has no edit \"\(name)\""
            + (near.map { "; did you mean \"\($0)\"?" } ?? ""))
      }
      guard let photo, let model, usageErrors.isEmpty else { return nil }
      let region = try resolveRegion(photo, model)
      try choosingExperts(in: region, photo)
      try findingAxes(photo, model)
      let steps = try choosingSquares(in: region, photo)
      return Plan(
        photo: photo, model: model, region: region, steps: steps, parameters: parameters,
        inputs: inputs.values.sorted { $0.path < $1.path }, face: foundFace, mirroredFace: mirroredFace,
        ranking: ranking?.file)
    } catch {
      if !isCancelled { diagnostics.append(error.diagnostic) }
      return nil
    }
  }

  /// Notes the value of the place that is asked about.
  func note(_ value: Value) {
    if module === entry, watched.count < 64 { watched.append(shown(value)) }
  }

  private func shown(_ value: Value) -> WatchedValue {
    var result = WatchedValue(type: value.type, text: value.sourceText)
    switch value {
    case .color(let color): result.color = color
    case .point(let point): result.place = frame(point)
    default: break
    }
    return result
  }

  /// Carries out all of the program, then an expression; nil where something fails.
  func value(behind expression: BoundExpression) -> WatchedValue? {
    _ = run()
    guard diagnostics.allSatisfy({ $0.severity == .warning }), !isCancelled else { return nil }
    module = entry
    return (try? evaluate(expression)).map(shown)
  }

  private func topLevel(of target: Module) throws(Failure) {
    module = target
    if target !== entry { inputs[target.path] = PlanFile(name: target.source.name, path: target.path) }
    if target === entry, let override = options.photo,
      !entry.script.statements.contains(where: { $0.id == .photo })
    {
      try open(photo: override, Span(0, 0))
    }
    for statement in target.statements {
      if target !== entry {
        switch statement.kind {
        case .param, .letGlobal: break
        default: continue
        }
      }
      try execute(statement)
    }
  }
}
