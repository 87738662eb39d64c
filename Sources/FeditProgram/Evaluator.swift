import FeditPlan
import FeditSyntax

/// Why an evaluation ends early: one diagnostic.
struct Failure: Error {
  var diagnostic: Diagnostic
}

/// Carries out a checked program and collects its plan.
final class Evaluator {
  typealias Local = (name: String, value: Value)

  let world: any World
  let options: PlanOptions
  let entry: Module
  var diagnostics: [Diagnostic] = []
  var usageErrors: [String] = []
  private(set) var watched: [WatchedValue] = []
  private(set) var isCancelled = false

  /// The module of what is being carried out.
  var module: Module
  /// Names of blocks, loops and parameters, the innermost last; those from `localsBase` on are in sight.
  private var locals: [Local] = []
  private var localsBase = 0
  /// Whether a `let` belongs to a module's top level.
  private var isTopLevel = false
  /// What the parameters of the program's files are called on the command line.
  private let settable: SettableNames
  private var steps = 0
  /// The number of steps at which to ask whether to go on.
  private var nextQuestion = 4096
  /// How deep expressions and calls lie on one another.
  private var depth = 0
  private var strokes = 0
  private var nesting = 0

  private var photo: PlanPhoto?
  private var photoPath: String?
  private var canvas: Point?
  private var faceStatement: (left: Point, right: Point, mouth: Point?)?
  private var region: (origin: Point, side: Double, size: Int?)?
  private var model: PlanModel?
  private var parameters: [PlanParameter] = []
  private var planSteps: [PlanStep] = []
  private var inputs: [String: PlanFile] = [:]
  private var edit: EditBuilder?
  private var editCount = 0
  private var hasSeed = false
  private var hasBlend = false
  /// Places of brushes that were reported to do nothing.
  private var idleBrushes: Set<Int> = []
  private var editNames: Set<String> = []
  private var seenSettings: Set<String> = []
  private var pendingSettings: [String: String]
  /// From the units of the place that is being carried out to photo pixels.
  var frame = Affine.identity

  private struct EditBuilder {
    var name: String
    var span: SourceRange
    var seed: UInt64 = 0
    var blend = PlanBlend.automatic
    var strokes: [PlanStroke] = []
    var offCount = 0
  }

  init(entry: Module, world: any World, options: PlanOptions) {
    self.entry = entry
    self.world = world
    self.options = options
    module = entry
    pendingSettings = Dictionary(options.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    settable = SettableNames(entry: entry)
  }

  // MARK: Failing

  func failure(
    _ code: String, _ message: String, _ span: Span, labels: [Diagnostic.Label] = [], hints: [String] = []
  ) -> Failure {
    Failure(
      diagnostic: Diagnostic(
        code, message, at: module.range(span), labels: labels, hints: hints.map { .init($0) }))
  }

  private func problem(_ problem: WorldProblem, _ span: Span, _ what: String) -> Failure {
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
        throw failure("cancelled", "the evaluation was cancelled", span)
      }
      if steps > options.limits.steps {
        throw failure(
          "too-many-steps", "the script takes more than \(options.limits.steps) steps", span,
          hints: ["shorten its loops, or raise the limit with --max-steps"])
      }
    }
  }

  /// How deep expressions inside calls inside expressions may lie: what a thread's stack can hold.
  static let depthLimit = 2_000

  func enterExpression(_ span: Span) throws(Failure) {
    depth += 1
    if depth > Self.depthLimit {
      throw failure(
        "nesting-too-deep", "expressions and calls lie more than \(Self.depthLimit) levels deep", span,
        hints: ["give parts of it names with 'let'"])
    }
  }

  func leaveExpression() { depth -= 1 }

  private func nested<T>(_ span: Span, _ body: () throws(Failure) -> T) throws(Failure) -> T {
    nesting += 1
    defer { nesting -= 1 }
    if nesting > options.limits.nesting {
      throw failure(
        "nesting-too-deep", "calls and blocks nest more than \(options.limits.nesting) levels deep", span,
        hints: ["repeat with 'for' instead of definitions that call one another"])
    }
    return try body()
  }

  // MARK: The program

  /// Carries out the entry's statements; nil where something is wrong.
  func run() -> Plan? {
    do throws(Failure) {
      for module in settable.modules { try topLevel(of: module) }
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
      return Plan(
        photo: photo, model: model, region: region, steps: planSteps, parameters: parameters,
        inputs: inputs.values.sorted { $0.path < $1.path })
    } catch {
      if !isCancelled { diagnostics.append(error.diagnostic) }
      return nil
    }
  }

  /// Notes the value of the place that `PlanOptions.watch` asks about.
  func watch(_ value: Value) {
    guard module === entry, watched.count < 64 else { return }
    var result = WatchedValue(type: value.type, text: value.sourceText)
    switch value {
    case .color(let color): result.color = color
    case .point(let point): result.place = frame(point)
    default: break
    }
    watched.append(result)
  }

  private func topLevel(of target: Module) throws(Failure) {
    module = target
    globals[ObjectIdentifier(target)] = Globals()
    if target !== entry { inputs[target.path] = PlanFile(name: target.source.name, path: target.path) }
    if target === entry, let override = options.photo,
      !entry.script.statements.contains(where: { statement in
        if case .photo = statement.kind { true } else { false }
      })
    {
      try open(photo: override, Span(0, 0))
    }
    for statement in target.script.statements {
      if target !== entry {
        switch statement.kind {
        case .param, .letValue: break
        default: continue
        }
      }
      isTopLevel = true
      try execute(statement)
    }
    isTopLevel = false
  }

  /// The values of a module's top level.
  private final class Globals { var values: [String: Value] = [:] }
  private var globals: [ObjectIdentifier: Globals] = [:]

  /// A value of a module's top level, of its imports too.
  private func global(_ name: String, of module: Module) -> Value? {
    if let found = globals[ObjectIdentifier(module)]?.values[name] { return found }
    for (_, used) in module.imports {
      if let found = globals[ObjectIdentifier(used)]?.values[name] { return found }
    }
    return nil
  }

  /// A local name's value.
  func local(_ name: String) -> Value? {
    var index = locals.count - 1
    while index >= localsBase {
      if locals[index].name == name { return locals[index].value }
      index -= 1
    }
    return nil
  }

  private func declare(_ name: String, _ value: Value) {
    if isTopLevel {
      globals[ObjectIdentifier(module)]?.values[name] = value
    } else {
      locals.append((name, value))
    }
  }

  func value(ofName name: String, _ span: Span) throws(Failure) -> Value {
    if let found = local(name) { return found }
    if let found = global(name, of: module) { return found }
    if module.values[name] == nil, let color = Colors.named[name] { return .color(color) }
    throw failure(
      "used-too-early", "'\(name)' has no value yet", span,
      hints: ["its 'let' or 'param' stands further down; move it up"])
  }

  func aliased(_ alias: String) -> Module? {
    local(alias) == nil ? module.aliases[alias]?.module : nil
  }

  func value(of name: Identifier, in used: Module) throws(Failure) -> Value {
    guard let found = globals[ObjectIdentifier(used)]?.values[name.text] else {
      throw failure("used-too-early", "'\(name.text)' has no value yet", name.span)
    }
    return found
  }

  // MARK: Statements

  private func execute(_ block: Block) throws(Failure) { try execute(block.statements) }

  /// Carries out a block's statements; the names that they give end with it.
  private func execute(_ statements: [Statement]) throws(Failure) {
    let count = locals.count
    let outer = isTopLevel
    isTopLevel = false
    defer {
      locals.removeLast(locals.count - count)
      isTopLevel = outer
    }
    for statement in statements { try execute(statement) }
  }

  private func execute(_ statement: Statement) throws(Failure) {
    try step(statement.span)
    switch statement.kind {
    case .missing, .use, .def, .version: return
    case .photo(let path):
      if let override = options.photo {
        try open(photo: override, path.span)
      } else {
        let name = try string(path)
        try open(photo: try file(name, path.span, what: "photo"), path.span)
      }
    case .model(let name):
      if options.model == nil {
        let text = try string(name)
        do {
          model = try world.model(text, from: module.path)
        } catch {
          throw problem(error, name.span, "model")
        }
      }
    case .canvas(let size):
      let value = try point(size)
      guard (1...65_536).contains(value.x), (1...65_536).contains(value.y) else {
        throw failure(
          "canvas-size",
          "a canvas' sides are 1 to 65536, found (\(numberText(value.x)), \(numberText(value.y)))",
          size.span)
      }
      canvas = value
      try setFrame()
    case .face(let left, let right, let mouth):
      var l = try point(left)
      var r = try point(right)
      var m = try mouth.map { (mouth) throws(Failure) in try point(mouth) }
      l = setting(.leftEye) ?? l
      r = setting(.rightEye) ?? r
      m = setting(.mouth) ?? m
      guard Shapes.distance(l, r) > 1e-6 else {
        throw failure("bad-face", "the eyes are in one place", right.span)
      }
      guard l.x <= r.x else {
        throw failure(
          "bad-face", "the first eye is the one on the picture's left side", left.span,
          hints: ["exchange the two points"])
      }
      faceStatement = (l, r, m)
    case .region(let origin, let size, let at): try setRegion(origin, size, at)
    case .param(let name, let type, let value, _): try setParameter(name, type, value)
    case .letValue(let name, let value): declare(name.text, try evaluate(value))
    case .forEach(let name, let sequence, let body): try loop(name, sequence, body)
    case .ifElse(let condition, let then, let otherwise):
      let isTrue = try bool(condition)
      try nested(statement.span) { () throws(Failure) in
        if isTrue { try execute(then) } else if let otherwise { try execute(otherwise) }
      }
    case .assert(let condition, let message):
      guard try !bool(condition) else { return }
      let text = try message.map { (message) throws(Failure) in try string(message) }
      throw failure(
        "assertion-failed", text.map(escapingControlCharacters) ?? "an assertion of the script does not hold",
        condition.span)
    case .edit(let name, let body): try run(edit: name, body)
    case .save(let path):
      let output = try self.output(path)
      if let problem = pictureNameProblem(output.name) { throw failure("bad-path", problem, path.span) }
      planSteps.append(.save(output))
    case .saveLayers(let path): planSteps.append(.saveLayers(try output(path)))
    case .stroke(let stroke): try draw(stroke, statement.span)
    case .paint(let paint): try draw(paint, statement.span)
    case .inFrame(let frameExpression, let body): try draw(in: frameExpression, body, statement.span)
    case .seed(let value):
      guard !hasSeed else { throw repeated("seed", statement.span) }
      hasSeed = true
      // A seed has 64 bits, more than numbers have.
      if let exact = wholeNumber(value) {
        edit?.seed = exact
        return
      }
      let number = try number(value)
      guard number == number.rounded(), number >= 0 else {
        throw failure("bad-seed", "a seed is a whole number from 0, found \(numberText(number))", value.span)
      }
      edit?.seed = UInt64(number)
    case .blend(let blend):
      guard !hasBlend else { throw repeated("blend", statement.span) }
      hasBlend = true
      switch blend {
      case .none: edit?.blend = .none
      case .feather(let radius):
        let value = try number(radius)
        guard value >= 0 else { throw failure("bad-blend", "a feather is 0 or wider", radius.span) }
        edit?.blend = .feather(value * pixelsPerUnit(frame))
      }
    case .call(let call): try callProcedure(call)
    }
  }

  private func repeated(_ word: String, _ span: Span) -> Failure {
    failure(
      "repeated-setting", "an edit has one '\(word)', and this is the second", span,
      hints: ["keep one of them"])
  }

  /// A whole number written out, of up to 64 bits.
  private func wholeNumber(_ value: Expression) -> UInt64? {
    guard case .number = value.kind else { return nil }
    return UInt64(module.source.text(value.span))
  }

  private func loop(_ name: Identifier, _ sequence: Expression, _ body: Block) throws(Failure) {
    try nested(sequence.span) { () throws(Failure) in
      let outer = isTopLevel
      isTopLevel = false
      let count = locals.count
      defer {
        locals.removeLast(locals.count - count)
        isTopLevel = outer
      }
      func turn(_ value: Value) throws(Failure) {
        try step(sequence.span)
        locals.append((name.text, value))
        for statement in body.statements { try execute(statement) }
        locals.removeLast(locals.count - count)
      }
      switch try evaluate(sequence) {
      case .range(let from, let to):
        var index = from
        while index < to {
          try turn(.number(Double(index)))
          index += 1
        }
      case .list(let values): for value in values { try turn(value) }
      case let other: throw wrongType(sequence, other, "a list or a range")
      }
    }
  }

  // MARK: Settings

  private func open(photo file: PlanFile, _ span: Span) throws(Failure) {
    do {
      let size = try world.pictureSize(at: file.path)
      photo = PlanPhoto(file: file, width: size.width, height: size.height)
      photoPath = file.path
      if model == nil { model = try world.model(options.model, from: nil) }
    } catch {
      throw problem(error, span, "photo")
    }
    try setFrame()
  }

  /// The outermost frame: the canvas stretched over the photo, or photo pixels.
  private func setFrame() throws(Failure) {
    guard let photo else { return }
    frame =
      canvas.map { .scale(Double(photo.width) / $0.x, Double(photo.height) / $0.y) } ?? .identity
  }

  private func setRegion(_ origin: Expression, _ size: Expression, _ at: Expression?) throws(Failure) {
    let corner = try point(origin)
    let side = try number(size)
    for (value, expression) in [(corner.x, origin), (corner.y, origin), (side, size)]
    where value != value.rounded() {
      throw failure(
        "region-size", "a region is given in whole photo pixels, found \(numberText(value))", expression.span)
    }
    guard side >= 8 else { throw failure("region-size", "a region's side is at least 8 pixels", size.span) }
    var generatorSize: Int?
    if let at {
      let value = try number(at)
      guard value > 0, value <= 8192, value.truncatingRemainder(dividingBy: 128) == 0 else {
        throw failure(
          "region-size", "the generator runs at a multiple of 128, up to 8192; found \(numberText(value))",
          at.span)
      }
      generatorSize = Int(value)
    }
    region = (corner, side, generatorSize)
  }

  private func setParameter(_ name: Identifier, _ type: Identifier, _ value: Expression) throws(Failure) {
    var result = try evaluate(value)
    let wanted = ValueType(rawValue: type.text) ?? .unknown
    guard result.type == wanted else { throw wrongType(value, result, wanted.described) }
    let shown = settable.name(of: name.text, in: module)
    let given = setting(shown, as: wanted)
    if let given { result = given }
    declare(name.text, result)
    parameters.append(
      PlanParameter(name: shown, type: type.text, value: result.sourceText, isSet: given != nil))
  }

  /// What the command line sets under a name; nil where it sets nothing, or something that does not fit.
  private func setting(_ name: String, as wanted: ValueType) -> Value? {
    guard let text = pendingSettings.removeValue(forKey: name) else { return nil }
    switch parse(setting: text, as: wanted) {
    case .success(let value): return value
    case .failure(let message):
      usageErrors.append("--set \(name)=\(text): \(message.text)")
      return nil
    }
  }

  /// A place of the face that the command line sets in place of the script's.
  private func setting(_ place: SettableNames.FacePlace) -> Point? {
    guard case .point(let point)? = setting(place.rawValue, as: .point) else { return nil }
    parameters.append(
      PlanParameter(
        name: place.rawValue, type: "point", value: Value.point(point).sourceText, isSet: true))
    return point
  }

  private struct Message: Error { var text: String }

  /// A value of the command line: strings stand without quotes, all else as in a script.
  private func parse(setting text: String, as wanted: ValueType) -> Result<Value, Message> {
    if wanted == .string { return .success(.string(text)) }
    let (expression, problems) = parseExpression(SourceText(name: "--set", text))
    if let first = problems.first { return .failure(Message(text: first.message)) }
    guard isConstant(expression) else {
      return .failure(Message(text: "a constant is needed, such as \(example(of: wanted))"))
    }
    do throws(Failure) {
      let value = try evaluate(expression)
      guard value.type == wanted else {
        return .failure(
          Message(
            text:
              "\(wanted.described) is needed, such as \(example(of: wanted)); found \(value.type.described)"))
      }
      return .success(value)
    } catch {
      return .failure(Message(text: error.diagnostic.message))
    }
  }

  private func example(of type: ValueType) -> String {
    switch type {
    case .number: "12.5"
    case .bool: "true"
    case .color: "#8b5a2b"
    case .point: "(98, 122)"
    default: "text"
    }
  }

  /// Whether an expression needs no names but colours' and no photo.
  private func isConstant(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .number, .angle, .bool, .color: true
    case .string(let parts): parts.allSatisfy { if case .text = $0 { true } else { false } }
    case .name(let name): Colors.named[name] != nil
    case .point(let a, let b), .binary(_, _, let a, let b): isConstant(a) && isConstant(b)
    case .group(let inner), .unary(_, let inner): isConstant(inner)
    case .call(let callee, let arguments):
      if case .name(let name) = callee.kind {
        ["rgb", "hsl", "oklch", "mix"].contains(name) && arguments.allSatisfy { isConstant($0.value) }
      } else {
        false
      }
    default: false
    }
  }

  // MARK: Files

  func file(_ name: String, _ span: Span, what: String) throws(Failure) -> PlanFile {
    do throws(WorldProblem) {
      let path = try world.resolve(name, from: module.path)
      guard world.exists(path) else {
        throw WorldProblem(
          .missing, "there is no file '\(escapingControlCharacters(name))'",
          hints: ["paths are relative to the script's folder; is the \(what) beside it?"])
      }
      return PlanFile(name: name, path: path)
    } catch {
      throw problem(error, span, what)
    }
  }

  private func output(_ path: Expression) throws(Failure) -> PlanFile {
    let name = try string(path)
    let target: String
    do throws(WorldProblem) {
      target = try world.resolve(name, from: module.path)
    } catch {
      throw problem(error, path.span, "output")
    }
    if !options.leavesOutSaves, target == photoPath || target == entry.path || inputs[target] != nil {
      throw failure(
        "overwrites-input",
        "'\(escapingControlCharacters(name))' is an input of the script and is not overwritten",
        path.span, hints: ["save under another name"])
    }
    return PlanFile(name: name, path: target)
  }

  // MARK: Edits

  private func run(edit nameExpression: Expression, _ body: Block) throws(Failure) {
    let name = try string(nameExpression)
    guard editNames.insert(name).inserted else {
      throw failure(
        "duplicate-edit", "there is an edit \"\(escapingControlCharacters(name))\" already",
        nameExpression.span,
        hints: ["names of edits are unique"])
    }
    let index = editCount
    editCount += 1
    edit = EditBuilder(name: name, span: module.range(nameExpression.span))
    (hasSeed, hasBlend) = (false, false)
    try nested(nameExpression.span) { () throws(Failure) in try execute(body) }
    guard let done = edit else { return }
    edit = nil
    guard options.only.isEmpty || options.only.contains(name) else { return }
    if !done.strokes.contains(where: { $0.layer == .mask && !$0.isErase }) {
      diagnostics.append(
        Diagnostic(
          "empty-mask", "edit \"\(escapingControlCharacters(name))\" masks nothing, so nothing is generated",
          severity: .warning, at: done.span,
          hints: [.init("say what to generate anew: mask circle((128, 128), 20)")]))
    }
    planSteps.append(
      .edit(
        PlanEdit(
          name: name, index: index, seed: done.seed, blend: done.blend, strokes: done.strokes,
          offCount: done.offCount)))
  }

  private func draw(in expression: Expression, _ body: Block, _ span: Span) throws(Failure) {
    guard case .frame(let inner) = try evaluateFrame(expression) else {
      throw failure("wrong-type", "'in' takes a frame", expression.span)
    }
    let outer = frame
    var names: [Local] = []
    if isFace(expression), let face = faceStatement {
      names.append(("left_eye", .point(Point(-0.5, 0))))
      names.append(("right_eye", .point(Point(0.5, 0))))
      // Places of the face in the frame's own units, before any chain of moves.
      if let mouth = face.mouth, let inverse = faceFrame(face).inverse {
        names.append(("mouth", .point(inverse(mouth))))
      }
    }
    frame = inner.then(outer)
    let determinant = frame.determinant
    guard determinant.isFinite, abs(determinant) > 1e-18 else {
      frame = outer
      throw failure(
        "bad-frame", "this frame is squeezed flat", expression.span, hints: ["scale by a number other than 0"]
      )
    }
    let count = locals.count
    locals += names
    defer {
      frame = outer
      locals.removeLast(locals.count - count)
    }
    try nested(span) { () throws(Failure) in try execute(body) }
  }

  private func isFace(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .name(let name): name == "face"
    case .call(let callee, _): if case .member(let base, _) = callee.kind { isFace(base) } else { false }
    default: false
    }
  }

  private func faceFrame(_ face: (left: Point, right: Point, mouth: Point?)) -> Affine {
    let x = face.right.x - face.left.x
    let y = face.right.y - face.left.y
    return Affine(
      a: x, b: y, c: -y, d: x, tx: (face.left.x + face.right.x) / 2, ty: (face.left.y + face.right.y) / 2)
  }

  /// `in face` as a frame in canvas units.
  func faceFrame(_ span: Span) throws(Failure) -> Affine {
    guard let faceStatement else {
      throw failure(
        "no-face", "the script does not say where the face is", span,
        hints: ["add 'face eyes (98, 122), (158, 122) mouth (128, 182)' before the first edit"])
    }
    return faceFrame(faceStatement)
  }

  // MARK: Strokes

  private func count(_ span: Span) throws(Failure) {
    strokes += 1
    if strokes > options.limits.strokes {
      throw failure(
        "too-many-strokes", "the script draws more than \(options.limits.strokes) strokes", span,
        hints: ["shorten its loops, or raise the limit with --max-strokes"])
    }
  }

  private func draw(_ stroke: Stroke, _ span: Span) throws(Failure) {
    guard edit != nil else { throw failure("outside-edit", "strokes stand inside an edit", span) }
    try count(span)
    let content = try evaluate(stroke.shape)
    let color = try stroke.color.map { (value) throws(Failure) in try self.color(value) }
    let brush = try stroke.brush.map { (value) throws(Failure) in try self.brush(value) }
    let label = try stroke.label.map { (value) throws(Failure) in try self.string(value) }
    let drawn: PlanStroke.Content
    switch content {
    case .shape(let shape): drawn = .shape(try placed(shape, span))
    case .image(let file):
      inputs[file.path] = file
      let size = photo.map { Point(Double($0.width), Double($0.height)) } ?? Point(1, 1)
      drawn = .image(file, toPhoto: .scale(size.x, size.y))
    case let other: throw wrongType(stroke.shape, other, "a shape")
    }
    if stroke.layer == .color, !stroke.isErase, color == nil, case .shape = drawn {
      throw failure(
        "missing-color", "a colour stroke needs a colour", stroke.layerSpan, hints: ["add 'with #8b5a2b'"])
    }
    if let brush = stroke.brush {
      switch drawn {
      case .shape(let shape) where shape.isClosed && stroke.layer != .sketch:
        idle(brush, "the shape is closed, so it is filled", "make it larger with .grown(R)")
      case .image: idle(brush, "an image is drawn as it is", "remove it")
      default: break
      }
    }
    guard !stroke.isOff else {
      edit?.offCount += 1
      return
    }
    append(
      PlanStroke(
        layer: PlanLayer(stroke.layer), isErase: stroke.isErase, content: drawn, color: color, brush: brush,
        label: label, file: module.source.name, line: 0, column: 0), span)
  }

  /// Warns, once a place, of a brush that has nothing to do.
  private func idle(_ brush: Expression, _ reason: String, _ hint: String) {
    guard idleBrushes.insert(brush.span.start).inserted, module === entry else { return }
    diagnostics.append(
      Diagnostic(
        "unused-brush", "this brush draws nothing: \(reason)", severity: .warning,
        at: module.range(brush.span), hints: [.init(hint)]))
  }

  private func append(_ stroke: PlanStroke, _ span: Span) {
    var stroke = stroke
    let place = module.source.location(of: span.start)
    stroke.line = place.line
    stroke.column = place.column
    edit?.strokes.append(stroke)
  }

  private func placed(_ shape: ShapeValue, _ span: Span) throws(Failure) -> PlanShape {
    try charge(shape.size / 2, span)
    let result = shape.shape.transformed(by: frame)
    guard result.isDrawable else {
      throw failure(
        "out-of-range", "this shape lies more than a million pixels away", span,
        hints: ["check its coordinates and frames"])
    }
    return result
  }

  private func brush(_ value: Expression) throws(Failure) -> PlanStroke.Brush {
    let width = try number(value)
    guard width > 0 else {
      throw failure("bad-brush", "a brush is wider than 0, found \(numberText(width))", value.span)
    }
    return PlanStroke.Brush(width: width, pen: frame.linear)
  }

  private func draw(_ paint: Paint, _ span: Span) throws(Failure) {
    guard edit != nil else { throw failure("outside-edit", "strokes stand inside an edit", span) }
    guard case .shape(let shape) = try evaluate(paint.shape) else {
      throw failure("wrong-type", "'paint' takes a shape", paint.shape.span)
    }
    let label = try paint.label.map { (value) throws(Failure) in try self.string(value) }
    for entry in paint.entries {
      try count(entry.span)
      var drawn = shape
      if let grown = entry.grown {
        drawn = try combined(
          .grown(shape.shape, radius: try number(grown), pen: .identity), [shape], entry.span)
      }
      let color = try entry.color.map { (value) throws(Failure) in try self.color(value) }
      let brush = try entry.brush.map { (value) throws(Failure) in try self.brush(value) }
      if entry.layer == .color, !entry.isErase, color == nil {
        throw failure(
          "missing-color", "a colour stroke needs a colour", entry.layerSpan, hints: ["write 'color #8b5a2b'"]
        )
      }
      guard !paint.isOff, !entry.isOff else {
        edit?.offCount += 1
        continue
      }
      append(
        PlanStroke(
          layer: PlanLayer(entry.layer), isErase: entry.isErase,
          content: .shape(try placed(drawn, entry.span)),
          color: color, brush: brush, label: label, file: module.source.name, line: 0, column: 0), entry.span)
    }
  }

  /// The original photo's colour under a point of the current frame.
  func sample(_ point: Point, _ span: Span) throws(Failure) -> PlanColor {
    guard let photo else { throw failure("no-photo", "'sample' needs a photo", span) }
    let place = frame(point)
    guard place.x >= 0, place.y >= 0, place.x <= Double(photo.width), place.y <= Double(photo.height) else {
      throw failure(
        "out-of-range", "(\(numberText(place.x)), \(numberText(place.y))) is outside the photo", span)
    }
    do {
      return try world.sample(photo.file.path, at: place)
    } catch {
      throw problem(error, span, "photo")
    }
  }

  // MARK: Calls

  func definition(of callee: Expression) -> (Definition, Module)? {
    switch callee.kind {
    case .name(let name): return module.definition(name)
    case .member(let base, let name):
      guard case .name(let alias) = base.kind, let used = aliased(alias) else { return nil }
      return used.definition(name.text)
    default: return nil
    }
  }

  private func callProcedure(_ call: Expression) throws(Failure) {
    guard case .call(let callee, let arguments) = call.kind, let (definition, owner) = definition(of: callee),
      case .block(let block) = definition.body
    else { throw failure("not-a-procedure", "this is no procedure", call.span) }
    try enter(definition, owner, arguments, call.span) { () throws(Failure) in
      try execute(block.statements)
    }
  }

  func callFunction(
    _ definition: Definition, _ owner: Module, _ arguments: [Argument], _ span: Span
  ) throws(Failure) -> Value {
    guard case .value(let body) = definition.body else {
      throw failure("not-a-value", "'\(definition.name.text)' draws and gives no value", span)
    }
    return try enter(definition, owner, arguments, span) { () throws(Failure) in try evaluate(body) }
  }

  /// Carries out a definition's body with its parameters bound.
  private func enter<T>(
    _ definition: Definition, _ owner: Module, _ arguments: [Argument], _ span: Span,
    _ body: () throws(Failure) -> T
  ) throws(Failure) -> T {
    try step(span)
    let parameters = definition.parameters
    guard
      case .bound(let places) = Binding.bind(
        arguments, to: parameters.map { ($0.name.text, $0.defaultValue != nil) }, of: definition.name.text)
    else { throw failure("wrong-arguments", "the arguments do not fit", span) }
    var given: [Value?] = []
    for (parameter, place) in zip(parameters, places) {
      guard let place else {
        given.append(nil)
        continue
      }
      let value = try evaluate(arguments[place].value)
      try check(value, is: parameter, arguments[place].value)
      given.append(value)
    }
    return try nested(span) { () throws(Failure) in
      let outer = (module, localsBase, locals.count, isTopLevel)
      (module, localsBase, isTopLevel) = (owner, locals.count, false)
      defer {
        (module, localsBase, isTopLevel) = (outer.0, outer.1, outer.3)
        locals.removeLast(locals.count - outer.2)
      }
      for (parameter, value) in zip(parameters, given) {
        if let value {
          locals.append((parameter.name.text, value))
        } else if let standard = parameter.defaultValue {
          let value = try evaluate(standard)
          try check(value, is: parameter, standard)
          locals.append((parameter.name.text, value))
        }
      }
      return try body()
    }
  }

  private func check(
    _ value: Value, is parameter: Definition.Parameter, _ expression: Expression
  ) throws(Failure) {
    let wanted = ValueType(rawValue: parameter.type.text) ?? .unknown
    if value.type == wanted || (wanted == .list && value.type == .range) || wanted == .unknown { return }
    throw wrongType(expression, value, wanted.described)
  }

  func wrongType(_ expression: Expression, _ found: Value, _ wanted: String) -> Failure {
    failure("wrong-type", "\(wanted) is needed here, found \(found.type.described)", expression.span)
  }

  // MARK: The region

  private func resolveRegion(_ photo: PlanPhoto, _ model: PlanModel) throws(Failure) -> PlanRegion {
    let size = region?.size ?? model.size
    if let region {
      let scale = region.side / Double(size)
      return PlanRegion(
        toPhoto: Affine.scale(scale, scale).then(.translation(region.origin.x, region.origin.y)),
        side: region.side, size: size, origin: .written)
    }
    if let face = faceStatement {
      return Regions.aligned(left: frame(face.left), right: frame(face.right), size: size)
    }
    if photo.width == photo.height {
      let side = Double(photo.width)
      let scale = side / Double(size)
      return PlanRegion(toPhoto: .scale(scale, scale), side: side, size: size, origin: .wholePhoto)
    }
    var bounds: Bounds?
    for case .edit(let edit) in planSteps {
      for stroke in edit.strokes where stroke.layer == .mask && !stroke.isErase {
        switch stroke.content {
        case .shape(let shape):
          bounds = Bounds.union(bounds, Bounds(of: shape)?.grown(by: stroke, photo))
        case .image(let file, let toPhoto):
          do {
            guard let found = try world.maskBounds(at: file.path) else { continue }
            bounds = Bounds.union(bounds, Bounds(from: toPhoto(found.from), to: toPhoto(found.to)))
          } catch {
            throw problem(error, Span(0, 0), "image")
          }
        }
      }
    }
    return Regions.around(bounds, photo: photo, size: size)
  }

  /// How many photo pixels a unit of a frame is long, on average.
  private func pixelsPerUnit(_ frame: Affine) -> Double { abs(frame.determinant).squareRoot() }
}

extension PlanLayer {
  init(_ keyword: LayerKeyword) {
    switch keyword {
    case .mask: self = .mask
    case .sketch: self = .sketch
    case .color: self = .color
    }
  }
}

extension PlanShape {
  /// Whether all coordinates are finite and within a few canvases of the picture.
  var isDrawable: Bool {
    switch self {
    case .path(let path):
      path.elements.allSatisfy { element in
        switch element {
        case .move(let p), .line(let p): p.isDrawable
        case .curve(let a, let b, let c): a.isDrawable && b.isDrawable && c.isDrawable
        case .close: true
        }
      }
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b):
      a.isDrawable && b.isDrawable
    case .grown(let shape, let radius, _): shape.isDrawable && radius.isFinite
    }
  }
}

extension Point {
  var isDrawable: Bool { abs(x) <= Limits.magnitude && abs(y) <= Limits.magnitude }
}
