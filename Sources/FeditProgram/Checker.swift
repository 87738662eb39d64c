import FeditPlan
import FeditSyntax

/// Checks names, types, arity, places and literal paths of a module before anything runs.
///
/// Stays silent about what the parser has reported (`.missing`), and about the consequences of
/// what it has reported itself: a wrong value's type is `.unknown`, which fits everywhere.
final class Checker {
  /// Where a statement stands.
  enum Place {
    case top, edit, procedure
  }

  let world: any World
  let options: PlanOptions
  /// Whether the module is the one that runs; a used one's photo and edits are not taken.
  let isEntry: Bool
  let module: Module
  var diagnostics: [Diagnostic] = []
  var uses: [SymbolUse] = []
  /// The type of the expression that `PlanOptions.watch` asks about.
  private(set) var watchedType: ValueType?
  private typealias Entry = (identifier: Identifier, type: ValueType, kind: SymbolUse.Kind)
  private var scopes: [[String: Entry]] = []
  /// While types are found before the checks: nothing is reported or noted.
  private var isQuiet = false
  private var once: [String: Span] = [:]
  private var firstEdit: Span?
  private var editNames: [String: Span] = [:]
  private var settings: [String: Span] = [:]
  private var hasFace = false
  private var hasMouth = false
  /// Whether the face is that of the scripts that use the file.
  private lazy var hasForeignFace = !isEntry || module.script.onlyDefines
  private var calls: [String: [(name: String, span: Span)]] = [:]
  private var currentDefinition: String?

  init(module: Module, isEntry: Bool, world: any World, options: PlanOptions) {
    self.module = module
    self.isEntry = isEntry
    self.world = world
    self.options = options
  }

  func report(
    _ code: String, _ message: String, _ span: Span, severity: Diagnostic.Severity = .error,
    labels: [Diagnostic.Label] = [], hints: [Diagnostic.Hint] = []
  ) {
    if isQuiet { return }
    diagnostics.append(
      Diagnostic(
        code, message, severity: severity, at: module.range(span), labels: labels, hints: hints))
  }

  // MARK: The module

  func check() {
    collect()
    findTypes()
    scopes = [[:]]
    for (index, statement) in module.script.statements.enumerated() {
      check(statement, place: .top, isNested: false, isFirst: index == 0)
    }
    for statement in module.script.statements {
      if case .def(let definition) = statement.kind { check(definition) }
    }
    findRecursion()
    if isEntry { finish() }
  }

  /// Names of the top level, which definitions see wherever they stand.
  private func collect() {
    for statement in module.script.statements {
      switch statement.kind {
      case .def(let definition) where !definition.name.text.isEmpty:
        if let earlier = module.definitions[definition.name.text] {
          duplicate(definition.name, earlier.name)
        } else {
          refuseBuiltin(definition.name)
          module.definitions[definition.name.text] = definition
        }
      case .param(let name, let type, _, _) where module.values[name.text] == nil:
        module.values[name.text] = (name, ValueType(rawValue: type.text) ?? .unknown, true)
      case .letValue(let name, _) where module.values[name.text] == nil:
        module.values[name.text] = (name, .unknown, false)
      case .face(_, _, let mouth):
        hasFace = true
        hasMouth = mouth != nil
      default: break
      }
    }
    module.values[""] = nil
    // A name that comes from two files, or from one and this one.
    var origin: [String: Module] = [:]
    for (index, (span, used)) in module.imports.enumerated() {
      guard !module.imports[..<index].contains(where: { $0.module === used }) else { continue }
      for name in used.ownNames.sorted() {
        if let other = origin[name] {
          clash(name, span, "in '\(other.source.name)' and in '\(used.source.name)'", other.place(of: name))
        } else if let place = module.definitions[name].map({ module.range($0.name.span) }) {
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
          "duplicate-name", "'\(name)' is defined already", alias.span,
          labels: [.init(place, "defined here")],
          hints: [.init("names are never given twice; choose another")])
      }
    }
    for (alias, earlier) in module.repeatedAliases { duplicate(alias, earlier) }
  }

  private func clash(_ name: String, _ span: Span, _ places: String, _ label: SourceRange?) {
    report(
      "duplicate-name", "'\(name)' is defined \(places)", span,
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

  private func setType(of name: String, _ value: Expression) {
    if let definition = module.definitions[name] {
      let outer = (scopes, currentDefinition)
      defer { (scopes, currentDefinition) = outer }
      currentDefinition = name
      scopes = [[:]]
      for parameter in definition.parameters {
        scopes[0][parameter.name.text] = (
          parameter.name, ValueType(rawValue: parameter.type.text) ?? .unknown, .parameter
        )
      }
      module.resultTypes[name] = type(of: value)
    } else {
      // As in a definition, all of the top level is in sight.
      currentDefinition = ""
      let found = type(of: value)
      module.values[name]?.type = found
      currentDefinition = nil
    }
  }

  private func duplicate(_ name: Identifier, _ earlier: Identifier) {
    report(
      "duplicate-name", "'\(name.text)' is defined already", name.span,
      labels: [.init(module.range(earlier.span), "defined here")],
      hints: [.init("names are never given twice; choose another")])
  }

  private func refuseBuiltin(_ name: Identifier) {
    if Builtins.functions[name.text] != nil {
      report(
        "duplicate-name", "'\(name.text)' is a function of the language", name.span,
        hints: [.init("choose another name")])
    }
  }

  private func finish() {
    if once["photo"] == nil, options.photo == nil {
      // A library of definitions is checked alone, too.
      if firstEdit != nil || once["save"] != nil {
        report(
          "no-photo", "the script names no photo", firstEdit ?? once["save"] ?? Span(0, 0),
          hints: [.init("begin with 'photo \"portrait.png\"', or give one with --photo")])
      }
    }
  }

  // MARK: Names

  private func lookup(_ name: String) -> Entry? {
    for scope in scopes.reversed() { if let found = scope[name] { return found } }
    // Definitions see all of the top level.
    if currentDefinition != nil, let found = module.values[name] {
      return (found.identifier, found.type, found.isParam ? .param : .value)
    }
    return nil
  }

  private func declare(_ name: Identifier, _ type: ValueType, _ kind: SymbolUse.Kind) {
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
          "duplicate-name", "'\(name.text)' is a name that 'in face' gives", name.span,
          hints: [.init("names are never given twice; choose another")])
      }
      return
    }
    if let place = module.place(ofOther: name.text) {
      report(
        "duplicate-name", "'\(name.text)' is defined already", name.span,
        labels: [.init(place, "defined here")],
        hints: [.init("names are never given twice; choose another")])
      return
    }
    refuseBuiltin(name)
    scopes[scopes.count - 1][name.text] = (name, type, kind)
  }

  private func inScope<T>(_ body: () -> T) -> T {
    scopes.append([:])
    defer { scopes.removeLast() }
    return body()
  }

  /// The names of the scopes; those of the outermost are among the module's, but for a definition's parameters.
  private var localNames: some Sequence<String> {
    (currentDefinition == nil ? scopes.dropFirst() : scopes[...]).lazy.flatMap(\.keys)
  }

  /// What a misspelt value might have been meant to be, of the names that hold in the whole file.
  private lazy var valueSuggestions = NameSuggestions(
    module.names.union(Colors.named.keys).union(["left_eye", "right_eye", "mouth"]))
  /// The same for functions.
  private lazy var functionSuggestions = NameSuggestions(module.names.union(Builtins.functions.keys))

  private func use(
    _ name: String, _ span: Span, _ kind: SymbolUse.Kind, _ definition: SourceRange?, _ type: ValueType
  ) {
    if isQuiet { return }
    uses.append(
      SymbolUse(
        name: name, kind: kind, range: module.range(span), definition: definition, type: type,
        isDefinition: false))
  }

  private func unknownName(_ name: String, _ span: Span) {
    if isQuiet { return }
    if module.definition(name) != nil || Builtins.functions[name] != nil {
      report(
        "not-a-value", "'\(name)' is a function", span,
        hints: [.init("call it: \(Builtins.functions[name]?.usage ?? name + "(…)")")])
      return
    }
    if ["left_eye", "right_eye", "mouth"].contains(name) {
      let hint =
        name == "mouth" && hasFace
        ? "say where it is: face eyes P, P mouth P" : "it is defined inside 'in face { … }'"
      report("unknown-name", "there is no '\(name)' here", span, hints: [.init(hint)])
      return
    }
    if let later = module.values[name] {
      report(
        "used-too-early", "'\(name)' has no value yet", span,
        labels: [.init(module.range(later.identifier.span), "it gets one here")],
        hints: [.init("its 'let' or 'param' stands further down; move it up")])
      return
    }
    if let file = module.deepFile(of: name) {
      report(
        "unknown-name", "there is no '\(name)' here", span,
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
    report("unknown-name", "there is no '\(name)' here", span, labels: labels, hints: hints)
  }

  // MARK: Statements

  func check(_ block: Block, place: Place) {
    inScope {
      for statement in block.statements { check(statement, place: place, isNested: true, isFirst: false) }
    }
  }

  private func check(_ statement: Statement, place: Place, isNested: Bool, isFirst: Bool) {
    let span = statement.span
    switch statement.kind {
    case .missing: return
    case .use(_, let alias):
      if place != .top || isNested { misplaced("use", "stands at the top level of a script", span) }
      if let alias, !alias.text.isEmpty {
        let range = module.range(alias.span)
        uses.append(
          SymbolUse(
            name: alias.text, kind: .module, range: range, definition: range, type: .unknown,
            isDefinition: true))
      }
    case .version(let value):
      if !isFirst || isNested { misplaced("fedit", "is the first line of a script", span) }
      if case .number(let number) = value.kind {
        if number != 1 {
          report(
            "unknown-version",
            "this is a script of version \(numberText(number)) of the language; this fedit knows version 1",
            value.span, hints: [.init("update fedit, or write 'fedit 1'")])
        }
      } else if case .missing = value.kind {
      } else {
        report("wrong-type", "the version is a number: fedit 1", value.span)
      }
    case .photo(let path):
      setting("photo", span, place, isNested)
      if options.photo == nil || !isEntry {
        checkFile(path, what: "photo", isChecked: isEntry && options.photo == nil)
      }
    case .model(let name):
      setting("model", span, place, isNested)
      checkModel(name)
    case .canvas(let size):
      setting("canvas", span, place, isNested)
      expect(size, .point, "the canvas' size")
      if case .point(let w, let h) = size.kind {
        for side in [w, h] {
          if case .number(let value) = side.kind, !(1...65_536).contains(value),
            abs(value) <= Limits.magnitude
          {
            report(
              "canvas-size", "a canvas' side is 1 to 65536, found \(numberText(value))", side.span)
          }
        }
      }
    case .face(let left, let right, let mouth):
      setting("face", span, place, isNested)
      expect(left, .point, "an eye's place")
      expect(right, .point, "an eye's place")
      if let mouth { expect(mouth, .point, "the mouth's place") }
    case .region(let origin, let size, let at):
      setting("region", span, place, isNested)
      expect(origin, .point, "the region's corner")
      expect(size, .number, "the region's side")
      if let at {
        expect(at, .number, "the generator's side")
        if case .number(let value) = at.kind,
          value <= 0 || value.truncatingRemainder(dividingBy: 128) != 0 || value > 8192
        {
          report(
            "region-size", "the generator runs at a multiple of 128, up to 8192; found \(numberText(value))",
            at.span)
        }
      }
    case .param(let name, let type, let value, let doc):
      if place != .top || isNested { misplaced("param", "stands at the top level of a script", span) }
      let wanted = checkedType(type, allowed: Array(Keyword.types.dropLast(2)))
      let found = self.type(of: value)
      if let wanted, !fits(found, wanted) { wrongType(value, found, wanted, "'\(name.text)'") }
      if let doc { expect(doc, .string, "what a parameter is") }
      declare(name, wanted ?? .unknown, .param)
    case .letValue(let name, let value):
      let type = self.type(of: value)
      if type == .frame || type == .image {
        report("wrong-type", "\(type.described) cannot be given a name", value.span)
      }
      declare(name, type, .value)
      if place == .top, !isNested, !isQuiet { module.values[name.text]?.type = type }
    case .def(let definition):
      if place != .top || isNested {
        misplaced("def", "stands at the top level of a script", definition.name.span)
      }
    case .forEach(let name, let sequence, let body):
      let type = self.type(of: sequence)
      if !fits(type, .list), type != .range {
        wrongType(sequence, type, .list, "'for'", hint: "write 'for x in 0..<8' or 'for x in [a, b]'")
      }
      inScope {
        declare(name, elementType(of: sequence, type), .loop)
        for statement in body.statements { check(statement, place: place, isNested: true, isFirst: false) }
      }
    case .ifElse(let condition, let then, let otherwise):
      expect(condition, .bool, "a condition")
      // Of two branches one is taken, so each may have a 'seed'.
      let before = settings
      check(then, place: place)
      let afterThen = settings
      settings = before
      if let otherwise { check(otherwise, place: place) }
      settings.merge(afterThen) { first, _ in first }
    case .assert(let condition, let message):
      expect(condition, .bool, "a condition")
      if let message { expect(message, .string, "a message") }
    case .edit(let name, let body):
      if place != .top {
        misplaced(
          "edit", place == .edit ? "cannot stand inside another edit" : "cannot stand inside a definition",
          name.span)
      }
      if firstEdit == nil { firstEdit = span }
      expect(name, .string, "an edit's name")
      if let text = literalString(name), !isNested {
        if let earlier = editNames[text] {
          report(
            "duplicate-edit", "there is an edit \"\(escapingControlCharacters(text))\" already", name.span,
            labels: [.init(module.range(earlier), "the first one")],
            hints: [.init("names of edits are unique")])
        } else {
          editNames[text] = name.span
        }
      }
      settings = [:]
      check(body, place: .edit)
    case .save(let path):
      if place != .top { misplaced("save", "stands at the top level of a script", span) }
      once["save"] = once["save"] ?? span
      checkOutput(path, isPicture: true)
    case .saveLayers(let path):
      if place != .top { misplaced("save", "stands at the top level of a script", span) }
      checkOutput(path, isPicture: false)
    case .stroke(let stroke):
      requireEdit(place, stroke.layer.rawValue, stroke.layerSpan)
      check(stroke)
    case .paint(let paint):
      requireEdit(place, "paint", span)
      check(paint)
    case .inFrame(let frame, let body):
      requireEdit(place, "in", Span(span.start, span.start + 2))
      checkFrame(frame)
      inScope {
        if isFaceFrame(frame) {
          let nowhere = Span(0, 0)
          for name in ["left_eye", "right_eye"] + (hasMouth || hasForeignFace ? ["mouth"] : []) {
            if let earlier = lookup(name), earlier.identifier.span.end > 0 {
              report(
                "duplicate-name", "'\(name)' is defined already, and 'in face' gives that name", frame.span,
                labels: [.init(module.range(earlier.identifier.span), "defined here")],
                hints: [.init("choose another name for the value")])
            }
            scopes[scopes.count - 1][name] = (Identifier(name, nowhere), .point, .builtin)
          }
        }
        for statement in body.statements { check(statement, place: place, isNested: true, isFirst: false) }
      }
    case .seed(let value):
      editSetting("seed", span, place)
      expect(value, .number, "a seed")
      if case .number(let number) = value.kind, number != number.rounded() || number < 0 {
        report("bad-seed", "a seed is a whole number from 0", value.span)
      }
    case .blend(let blend):
      editSetting("blend", span, place)
      if case .feather(let radius) = blend { expect(radius, .number, "a feather's width") }
    case .call(let call):
      checkProcedureCall(call, place: place)
    }
  }

  private func misplaced(_ word: String, _ rule: String, _ span: Span) {
    report("misplaced-statement", "'\(word)' \(rule)", span, hints: [.init("move it there")])
  }

  /// `photo` and its like: once, at the top level, before the first edit.
  private func setting(_ word: String, _ span: Span, _ place: Place, _ isNested: Bool) {
    if place != .top || isNested {
      misplaced(word, "stands at the top level of a script", span)
      return
    }
    if let earlier = once[word] {
      report(
        "repeated-setting", "'\(word)' is given twice", span,
        labels: [.init(module.range(earlier), "first given here")], hints: [.init("keep one of them")])
      return
    }
    once[word] = span
    if let firstEdit {
      report(
        "misplaced-statement", "'\(word)' stands before the first edit", span,
        labels: [.init(module.range(firstEdit), "the first edit")],
        hints: [.init("move it above the first edit")])
    }
  }

  private func editSetting(_ word: String, _ span: Span, _ place: Place) {
    guard place != .top else {
      misplaced(word, "stands inside an edit", span)
      return
    }
    if let earlier = settings[word] {
      report(
        "repeated-setting", "an edit has one '\(word)'", span,
        labels: [.init(module.range(earlier), "first given here")], hints: [.init("keep one of them")])
    }
    settings[word] = settings[word] ?? span
  }

  private func requireEdit(_ place: Place, _ word: String, _ span: Span) {
    if place == .top {
      report(
        "outside-edit", "'\(word)' stands inside an edit", span,
        hints: [.init("put it into 'edit \"name\" { … }', or into a 'def' that an edit calls")])
    }
  }

  // MARK: Strokes

  private func check(_ stroke: Stroke) {
    let type = self.type(of: stroke.shape, allowsImage: true)
    if !fits(type, .shape), type != .image {
      wrongType(stroke.shape, type, .shape, "'\(stroke.layer.rawValue)'")
    }
    if let brush = stroke.brush { checkBrush(brush) }
    if let label = stroke.label { expect(label, .string, "a label") }
    checkColor(
      stroke.color, layer: stroke.layer, span: stroke.layerSpan, isErase: stroke.isErase,
      isImage: type == .image)
  }

  private func checkBrush(_ brush: Expression) {
    expect(brush, .number, "a brush's width")
    if case .number(let value) = brush.kind, value <= 0 {
      report("bad-brush", "a brush is wider than 0", brush.span)
    }
  }

  private func checkColor(_ color: Expression?, layer: LayerKeyword, span: Span, isErase: Bool, isImage: Bool)
  {
    guard let color else {
      if layer == .color, !isErase, !isImage {
        report(
          "missing-color", "a colour stroke needs a colour", span,
          hints: [.init("add 'with #8b5a2b'")])
      }
      return
    }
    expect(color, .color, "'with'")
    if layer != .color || isErase || isImage {
      let what = isErase ? "'erase'" : isImage ? "an image" : "a \(layer.rawValue) stroke"
      report(
        "unused-color", "\(what) takes no colour", color.span,
        hints: [.init("colours go into the color layer: color SHAPE with COLOR")])
    }
  }

  private func check(_ paint: Paint) {
    let type = self.type(of: paint.shape)
    if !fits(type, .shape) { wrongType(paint.shape, type, .shape, "'paint'") }
    if let label = paint.label { expect(label, .string, "a label") }
    for entry in paint.entries {
      if let grown = entry.grown { expect(grown, .number, "'grown'") }
      if let brush = entry.brush { checkBrush(brush) }
      checkColor(
        entry.color, layer: entry.layer, span: entry.layerSpan, isErase: entry.isErase, isImage: false)
    }
  }

  // MARK: Frames

  private func isFaceFrame(_ frame: Expression) -> Bool {
    switch frame.kind {
    case .name(let name): name == "face"
    case .call(let callee, _):
      if case .member(let base, _) = callee.kind { isFaceFrame(base) } else { false }
    default: false
    }
  }

  private func checkFrame(_ frame: Expression) {
    let type = self.type(of: frame, allowsFrame: true)
    if type != .frame, type != .unknown {
      wrongType(
        frame, type, .frame, "'in'",
        hint: "frames are 'face', 'moved(by: P)', 'scaled(by: N, about: P)' and 'rotated(by: A, about: P)'")
    }
  }

  // MARK: Files

  private func checkFile(_ path: Expression, what: String, isChecked: Bool = true) {
    expect(path, .string, "a file")
    guard isChecked, let name = literalString(path) else { return }
    do {
      let found = try world.resolve(name, from: module.path)
      if !world.exists(found) {
        report(
          "missing-file", "there is no file '\(escapingControlCharacters(name))'", path.span,
          hints: [.init("paths are relative to the script's folder; is the \(what) beside it?")])
      }
    } catch {
      diagnostics.append(FeditProgram.diagnostic(error, at: module.range(path.span), what: what))
    }
  }

  private func checkModel(_ name: Expression) {
    expect(name, .string, "a model")
    guard isEntry, options.model == nil, let text = literalString(name) else { return }
    do {
      _ = try world.model(text, from: module.path)
    } catch {
      diagnostics.append(FeditProgram.diagnostic(error, at: module.range(name.span), what: "model"))
    }
  }

  private func checkOutput(_ path: Expression, isPicture: Bool) {
    expect(path, .string, "a file")
    guard let name = literalString(path) else { return }
    if isPicture { checkPictureName(name, path.span) }
    do {
      _ = try world.resolve(name, from: module.path)
    } catch {
      diagnostics.append(FeditProgram.diagnostic(error, at: module.range(path.span), what: "output"))
    }
  }

  private func checkPictureName(_ name: String, _ span: Span) {
    if let problem = pictureNameProblem(name) {
      report("bad-path", problem, span, hints: [.init("write a name such as \"result.png\"")])
    }
  }

  // MARK: Definitions

  private func check(_ definition: Definition) {
    let name = definition.name.text
    let outer = (scopes, currentDefinition, settings)
    defer { (scopes, currentDefinition, settings) = outer }
    currentDefinition = name
    scopes = [[:]]
    settings = [:]
    for parameter in definition.parameters {
      let type = checkedType(parameter.type, allowed: Keyword.types) ?? .unknown
      // A default sees the parameters before its own.
      if let value = parameter.defaultValue {
        let found = self.type(of: value)
        if !fits(found, type) { wrongType(value, found, type, "'\(parameter.name.text)'") }
      }
      declare(parameter.name, type, .parameter)
    }
    switch definition.body {
    case .block(let block): check(block, place: .procedure)
    case .value(let value): module.resultTypes[name] = self.type(of: value)
    }
    let range = module.range(definition.name.span)
    uses.append(
      SymbolUse(
        name: name, kind: .definition, range: range, definition: range,
        type: module.resultTypes[name] ?? .unknown, isDefinition: true))
  }

  private func checkedType(_ type: Identifier, allowed: [String]) -> ValueType? {
    if type.text.isEmpty { return nil }
    if allowed.contains(type.text) { return ValueType(rawValue: type.text) }
    var hints: [Diagnostic.Hint] = []
    if let near = nearestName(to: type.text, among: allowed) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(type.span, near)]))
    }
    hints.append(.init("types here are \(allowed.joined(separator: ", "))"))
    report("unknown-type", "there is no type '\(type.text)' here", type.span, hints: hints)
    return nil
  }

  /// A definition that calls itself, directly or through others, would never end.
  private func findRecursion() {
    var done: Set<String> = []
    for start in module.definitions.keys.sorted() where !done.contains(start) {
      // The way down from `start`, without recursion of our own: a chain of calls may be long.
      var path: [(name: String, next: Int)] = [(start, 0)]
      var place = [start: 0]
      while let (name, next) = path.last {
        let made = calls[name] ?? []
        guard next < made.count else {
          done.insert(name)
          place[name] = nil
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let call = made[next]
        if let first = place[call.name] {
          let names = path[first...].map(\.name) + [call.name]
          report(
            "recursion", "'\(call.name)' calls itself: \(names.joined(separator: " → "))", call.span,
            hints: [.init("repeat with 'for'; every script ends")])
          // Each cycle is told once.
          for (name, _) in path[first...] { done.insert(name) }
        } else if !done.contains(call.name), module.definitions[call.name] != nil {
          place[call.name] = path.count
          path.append((call.name, 0))
        }
      }
    }
  }

  private func checkProcedureCall(_ call: Expression, place: Place) {
    guard case .call(let callee, let arguments) = call.kind else { return }
    guard let (definition, owner) = definition(of: callee) else {
      _ = type(of: call)
      if case .name(let name) = callee.kind,
        Builtins.functions[name] != nil || Builtins.methods[.shape]?[name] != nil
      {
        report(
          "unused-value", "this value is not used for anything", call.span,
          hints: [.init("draw it with 'mask', 'sketch' or 'color', or name it with 'let'")])
      }
      return
    }
    if case .value = definition.body {
      report(
        "unused-value", "'\(definition.name.text)' gives a value, and it is not used for anything", call.span,
        hints: [.init("draw it with 'mask', 'sketch' or 'color', or name it with 'let'")])
    } else if place == .top {
      requireEdit(.top, definition.name.text, callee.span)
    }
    check(arguments, of: definition, in: owner, call: call, callee: callee)
  }

  private func definition(of callee: Expression) -> (Definition, Module)? {
    switch callee.kind {
    case .name(let name): return module.definition(name)
    case .member(let base, let name):
      guard case .name(let alias) = base.kind, lookup(alias) == nil, let used = module.aliases[alias] else {
        return nil
      }
      return used.module.definition(name.text)
    default: return nil
    }
  }

  private func check(
    _ arguments: [Argument], of definition: Definition, in owner: Module, call: Expression, callee: Expression
  ) {
    let name = definition.name.text
    switch callee.kind {
    case .member(let base, let member):
      if case .name(let alias) = base.kind, let used = module.aliases[alias] {
        use(alias, base.span, .module, module.range(used.identifier.span), .unknown)
      }
      use(name, member.span, .definition, owner.range(definition.name.span), .unknown)
    default: use(name, callee.span, .definition, owner.range(definition.name.span), .unknown)
    }
    for case let label? in arguments.map(\.label) {
      guard let parameter = definition.parameters.first(where: { $0.name.text == label.text }) else {
        continue
      }
      use(
        label.text, label.span, .parameter, owner.range(parameter.name.span),
        ValueType(rawValue: parameter.type.text) ?? .unknown)
    }
    if let current = currentDefinition, owner === module, !isQuiet {
      calls[current, default: []].append((name, callee.span))
    }
    let types = arguments.map { type(of: $0.value) }
    let parameters = definition.parameters.map { ($0.name.text, $0.defaultValue != nil) }
    switch Binding.bind(arguments, to: parameters, of: name) {
    case .failed(let message, let index):
      report(
        "wrong-arguments", message,
        index.map { arguments[$0].label?.span ?? arguments[$0].value.span } ?? call.span,
        labels: [.init(owner.range(definition.name.span), "defined here")],
        hints: [.init("it is defined as \(usage(of: definition))")])
    case .bound(let places):
      for (parameter, place) in zip(definition.parameters, places) {
        guard let place, let wanted = ValueType(rawValue: parameter.type.text) else { continue }
        if !fits(types[place], wanted) {
          wrongType(
            arguments[place].value, types[place], wanted, "'\(parameter.name.text)' of '\(name)'",
            label: .init(owner.range(parameter.name.span), "defined here"))
        }
      }
    }
  }

  private func usage(of definition: Definition) -> String {
    let parameters = definition.parameters.map {
      "\($0.name.text): \($0.type.text)" + ($0.defaultValue == nil ? "" : " = …")
    }
    return "\(definition.name.text)(\(parameters.joined(separator: ", ")))"
  }

  // MARK: Expressions

  private func fits(_ found: ValueType, _ wanted: ValueType) -> Bool {
    found == wanted || found == .unknown || wanted == .unknown || (wanted == .list && found == .range)
  }

  func expect(_ value: Expression, _ wanted: ValueType, _ what: String) {
    let found = type(of: value)
    if !fits(found, wanted) { wrongType(value, found, wanted, what) }
  }

  private func wrongType(
    _ value: Expression, _ found: ValueType, _ wanted: ValueType, _ what: String,
    label: Diagnostic.Label? = nil, hint: String? = nil
  ) {
    var hints: [Diagnostic.Hint] = []
    if let hint { hints.append(.init(hint)) }
    if wanted == .angle, found == .number {
      let text = module.source.text(value.span)
      if case .number = value.kind {
        hints.append(.init("angles have a unit: \(text)deg", edits: [.init(value.span, text + "deg")]))
      } else {
        hints.append(.init("angles have a unit: multiply by 1deg"))
      }
    } else if wanted == .color, found == .string {
      hints.append(.init("colours are written without quotes: #8b5a2b or a CSS name such as brown"))
    } else if wanted == .point {
      hints.append(.init("a point is written (x, y)"))
    } else if wanted == .shape, found == .point || found == .list {
      hints.append(.init("make a shape of points: line(…), curve(…), polygon(…)"))
    } else if hints.isEmpty, wanted == .number, found == .angle {
      hints.append(.init("a bare number has no unit"))
    } else if hints.isEmpty {
      hints.append(.init("give \(wanted.described) here"))
    }
    report(
      "wrong-type", "\(what) is \(wanted.described), found \(found.described)", value.span,
      labels: label.map { [$0] } ?? [], hints: hints)
  }

  func type(of value: Expression, allowsImage: Bool = false, allowsFrame: Bool = false) -> ValueType {
    let type = unwatchedType(of: value, allowsImage: allowsImage, allowsFrame: allowsFrame)
    if value.span == options.watch { watchedType = type }
    return type
  }

  private func unwatchedType(of value: Expression, allowsImage: Bool, allowsFrame: Bool) -> ValueType {
    switch value.kind {
    case .missing: return .unknown
    case .number(let number):
      if !number.isFinite || abs(number) > Limits.magnitude {
        report("number-too-large", "numbers are at most 1000000 in size", value.span)
      }
      return .number
    case .angle(let degrees):
      if !degrees.isFinite || abs(degrees) > Limits.magnitude {
        report("number-too-large", "angles are at most 1000000deg in size", value.span)
      }
      return .angle
    case .string(let parts):
      for case .interpolation(let inner) in parts {
        let type = self.type(of: inner)
        if type == .shape { wrongType(inner, .shape, .string, "a text's part", hint: "shapes have no text") }
      }
      return .string
    case .bool: return .bool
    case .color: return .color
    case .group(let inner): return type(of: inner)
    case .point(let x, let y):
      expect(x, .number, "a coordinate")
      expect(y, .number, "a coordinate")
      return .point
    case .list(let elements):
      for element in elements { _ = type(of: element) }
      return .list
    case .name(let name): return type(ofName: name, value.span, allowsFrame: allowsFrame)
    case .unary(let symbol, let operand):
      let found = type(of: operand)
      if symbol == .not {
        if !fits(found, .bool) { wrongType(operand, found, .bool, "'!'") }
        return .bool
      }
      guard [.number, .angle, .point, .unknown].contains(found) else {
        wrongType(operand, found, .number, "what '-' turns")
        return .unknown
      }
      return found
    case .conditional(let condition, let a, let b):
      expect(condition, .bool, "a condition")
      let first = type(of: a)
      let second = type(of: b)
      if first == .unknown { return second }
      if second != .unknown, first != second {
        wrongType(b, second, first, "the value after 'else'", hint: "both branches have one type")
        return .unknown
      }
      return first
    case .binary(let symbol, let span, let a, let b): return type(of: symbol, span, a, b)
    case .index(let list, let index):
      let found = type(of: list)
      if !fits(found, .list) { wrongType(list, found, .list, "what '[ ]' takes from") }
      expect(index, .number, "an index")
      return .unknown
    case .member(let base, let name): return type(ofMember: name, of: base, value)
    case .call(let callee, let arguments):
      return type(ofCall: callee, arguments, value, allowsImage: allowsImage, allowsFrame: allowsFrame)
    }
  }

  private func type(ofName name: String, _ span: Span, allowsFrame: Bool) -> ValueType {
    if allowsFrame, name == "face" {
      if !hasFace, !hasForeignFace {
        report(
          "no-face", "the script does not say where the face is", span,
          hints: [
            .init(
              "add 'face eyes (98, 122), (158, 122) mouth (128, 182)' before the first edit; 'fedit grid' helps to read the places off"
            )
          ])
      }
      return .frame
    }
    if let found = lookup(name) {
      use(
        name, span, found.kind, found.identifier.span.end > 0 ? module.range(found.identifier.span) : nil,
        found.type)
      return found.type
    }
    if let found = module.value(name), found.module !== module {
      let kind: SymbolUse.Kind = found.module.values[name]?.isParam == true ? .param : .value
      use(name, span, kind, found.module.range(found.identifier.span), found.type)
      return found.type
    }
    if Colors.named[name] != nil {
      use(name, span, .builtin, nil, .color)
      return .color
    }
    if module.aliases[name] != nil {
      report("not-a-value", "'\(name)' is a file's name", span, hints: [.init("write \(name).NAME")])
      return .unknown
    }
    unknownName(name, span)
    return .unknown
  }

  private func type(ofMember name: Identifier, of base: Expression, _ value: Expression) -> ValueType {
    if case .name(let alias) = base.kind, lookup(alias) == nil, let used = module.aliases[alias] {
      use(alias, base.span, .module, module.range(used.identifier.span), .unknown)
      if let found = used.module.values[name.text] {
        use(
          name.text, name.span, found.isParam ? .param : .value, used.module.range(found.identifier.span),
          found.type)
        return found.type
      }
      if used.module.definitions[name.text] != nil {
        report(
          "not-a-value", "'\(alias).\(name.text)' is a function", name.span,
          hints: [.init("call it: \(alias).\(name.text)(…)")])
        return .unknown
      }
      var hints: [Diagnostic.Hint] = []
      if let near = nearestName(to: name.text, among: used.module.ownNames) {
        hints.append(.init("did you mean '\(near)'?", edits: [.init(name.span, near)]))
      } else {
        hints.append(.init("it has \(used.module.ownNames.sorted().prefix(20).joined(separator: ", "))"))
      }
      report("unknown-name", "'\(alias)' has no '\(name.text)'", name.span, hints: hints)
      return .unknown
    }
    let type = self.type(of: base)
    if type == .point || type == .unknown, name.text == "x" || name.text == "y" { return .number }
    if type == .unknown { return .unknown }
    if Builtins.methods[type]?[name.text] != nil {
      report(
        "not-a-value", "'\(name.text)' is called with parentheses", name.span,
        hints: [.init(Builtins.methods[type]?[name.text]?.usage ?? "")])
      return .unknown
    }
    unknownMember(name, of: type)
    return .unknown
  }

  private func unknownMember(_ name: Identifier, of type: ValueType) {
    var known = Builtins.methods[type].map { Array($0.keys) } ?? []
    if type == .point { known += ["x", "y"] }
    var hints: [Diagnostic.Hint] = []
    if let near = nearestName(to: name.text, among: known) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(name.span, near)]))
    } else if !known.isEmpty {
      hints.append(.init("\(type.described) has \(known.sorted().joined(separator: ", "))"))
    }
    report("unknown-member", "\(type.described) has no '\(name.text)'", name.span, hints: hints)
  }

  private func type(
    ofCall callee: Expression, _ arguments: [Argument], _ value: Expression, allowsImage: Bool,
    allowsFrame: Bool
  ) -> ValueType {
    if let (definition, owner) = definition(of: callee) {
      check(arguments, of: definition, in: owner, call: value, callee: callee)
      guard case .value = definition.body else {
        report(
          "not-a-value", "'\(definition.name.text)' draws and gives no value", value.span,
          labels: [.init(owner.range(definition.name.span), "defined here")],
          hints: [.init("call it as a statement of its own")])
        return .unknown
      }
      return owner.resultTypes[definition.name.text] ?? .unknown
    }
    switch callee.kind {
    case .name(let name):
      guard let signature = Builtins.functions[name] else {
        for argument in arguments { _ = type(of: argument.value) }
        unknownFunction(name, callee.span)
        return .unknown
      }
      use(name, callee.span, .builtin, nil, signature.result)
      check(arguments, of: signature, name: name, value)
      if signature.result == .image {
        if !allowsImage {
          report(
            "wrong-type", "an image is drawn as it is: mask image(\"m.png\")", value.span,
            hints: [.init("only 'mask', 'sketch' and 'color' take an image")])
        }
        if let path = arguments.first?.value { checkFile(path, what: "image") }
      }
      if signature.result == .frame, !allowsFrame {
        report(
          "wrong-type", "a frame stands behind 'in' only", value.span,
          hints: [.init("shapes have methods of the same name: shape.\(name)(…)")])
        return .unknown
      }
      if name == "lerp" { return arguments.first.map { type(ofQuiet: $0.value) } ?? .unknown }
      return signature.result
    case .member(let base, let name):
      if case .name(let alias) = base.kind, lookup(alias) == nil, let used = module.aliases[alias] {
        for argument in arguments { _ = type(of: argument.value) }
        var hints: [Diagnostic.Hint] = []
        if let near = nearestName(to: name.text, among: used.module.ownNames) {
          hints.append(.init("did you mean '\(near)'?", edits: [.init(name.span, near)]))
        } else {
          hints.append(.init("it has \(used.module.ownNames.sorted().prefix(20).joined(separator: ", "))"))
        }
        report("unknown-name", "'\(alias)' has no '\(name.text)'", name.span, hints: hints)
        return .unknown
      }
      let type = self.type(of: base, allowsFrame: allowsFrame)
      guard type != .unknown else {
        for argument in arguments { _ = self.type(of: argument.value) }
        return .unknown
      }
      guard let signature = Builtins.methods[type]?[name.text] else {
        for argument in arguments { _ = self.type(of: argument.value) }
        unknownMember(name, of: type)
        return .unknown
      }
      use(name.text, name.span, .builtin, nil, signature.result)
      check(arguments, of: signature, name: name.text, value)
      return signature.result
    default: return .unknown
    }
  }

  /// A type without reporting again what has been reported.
  private func type(ofQuiet value: Expression) -> ValueType {
    let outer = isQuiet
    isQuiet = true
    defer { isQuiet = outer }
    return type(of: value)
  }

  /// The type of what a loop goes through.
  private func elementType(of sequence: Expression, _ type: ValueType) -> ValueType {
    if type == .range { return .number }
    guard case .list(let elements) = sequence.kind, let first = elements.first else { return .unknown }
    let wanted = self.type(ofQuiet: first)
    return elements.allSatisfy { self.type(ofQuiet: $0) == wanted } ? wanted : .unknown
  }

  private func unknownFunction(_ name: String, _ span: Span) {
    if isQuiet { return }
    var hints: [Diagnostic.Hint] = []
    var labels: [Diagnostic.Label] = []
    if lookup(name) != nil {
      report(
        "not-a-function", "'\(name)' is a value and cannot be called", span,
        hints: [.init("functions are introduced by 'def'; remove the parentheses to use the value")])
      return
    }
    if let near = functionSuggestions.nearest(to: name, or: localNames) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(span, near)]))
      if let (definition, owner) = module.definition(near) {
        labels.append(.init(owner.range(definition.name.span), "'\(near)' is defined here"))
      }
    } else {
      hints.append(.init("functions are introduced by 'def'"))
    }
    report("unknown-name", "there is no function '\(name)'", span, labels: labels, hints: hints)
  }

  private func check(_ arguments: [Argument], of signature: Signature, name: String, _ call: Expression) {
    switch signature.form {
    case .repeated(let wanted, let minimum):
      if let labelled = arguments.first(where: { $0.label != nil }), let label = labelled.label {
        report(
          "wrong-arguments", "'\(name)' takes no named arguments", label.span,
          hints: [.init("write \(signature.usage)")])
      }
      let types = arguments.map { type(of: $0.value) }
      if arguments.count == 1, fits(types[0], .list) {
        if case .list(let elements) = arguments[0].value.kind {
          checkCount(elements.count, minimum, wanted, name, signature, call)
          for element in elements {
            let found = type(ofQuiet: element)
            if !fits(found, wanted) { wrongType(element, found, wanted, "an element for '\(name)'") }
          }
        }
        return
      }
      for (argument, found) in zip(arguments, types) where !fits(found, wanted) {
        wrongType(argument.value, found, wanted, "an argument of '\(name)'")
      }
      checkCount(arguments.count, minimum, wanted, name, signature, call)
    case .parameters(let parameters):
      let types = arguments.map { type(of: $0.value) }
      switch Binding.bind(arguments, to: parameters.map { ($0.name, $0.isOptional) }, of: name) {
      case .failed(let message, let index):
        report(
          "wrong-arguments", message,
          index.map { arguments[$0].label?.span ?? arguments[$0].value.span } ?? call.span,
          hints: [.init("write \(signature.usage)")])
      case .bound(let places):
        for (parameter, place) in zip(parameters, places) {
          guard let place, types[place] != .unknown else { continue }
          if !parameter.types.contains(where: { fits(types[place], $0) }) {
            let wanted = ValueType.allCases.first { parameter.types.contains($0) } ?? .unknown
            wrongType(arguments[place].value, types[place], wanted, "'\(parameter.name)' of '\(name)'")
          }
        }
        if name == "rect" || name == "ellipse", places[1] == nil, let first = places[0],
          types[first] == .point
        {
          report(
            "wrong-arguments", "'\(name)' needs an argument for '\(parameters[1].name)'", call.span,
            hints: [.init("write \(signature.usage)")])
        }
        if name == "path", let first = places[0], let text = literalString(arguments[first].value) {
          checkPathData(text, arguments[first].value)
        }
      }
    }
  }

  private func checkPathData(_ text: String, _ value: Expression) {
    do {
      _ = try SVGPath.parse(text, limit: options.limits.elements)
    } catch {
      // A place in the data is a place in the source where no escape moves it.
      let isPlain = value.span.end - value.span.start == text.utf8.count + 2
      let start = isPlain ? value.span.start + 1 + error.offset : value.span.start
      report(
        "bad-path-data", error.message, isPlain ? Span(start, min(start + 1, value.span.end)) : value.span,
        hints: [.init("path data is SVG's, such as \"M 10 10 L 20 20 Z\"")])
    }
  }

  private func checkCount(
    _ count: Int, _ minimum: Int, _ wanted: ValueType, _ name: String, _ signature: Signature,
    _ call: Expression
  ) {
    if count < minimum {
      report(
        "wrong-arguments", "'\(name)' needs at least \(minimum) \(wanted.rawValue)s, found \(count)",
        call.span,
        hints: [.init("write \(signature.usage)")])
    } else if name == "bezier", (count - 1) % 3 != 0 {
      report(
        "wrong-arguments", "'bezier' takes a point and then three for each piece, found \(count)", call.span,
        hints: [.init("write bezier(P, C, C, P) or bezier(P, C, C, P, C, C, P)")])
    }
  }

  private func type(of symbol: Expression.BinaryOperator, _ span: Span, _ a: Expression, _ b: Expression)
    -> ValueType
  {
    let left = type(of: a)
    let right = type(of: b)
    switch operatorType(symbol, left, right) {
    case .some(let type): return type
    case .none:
      var hints: [Diagnostic.Hint] = []
      if (left == .angle && right == .number) || (left == .number && right == .angle) {
        hints.append(.init("angles have a unit: 30deg; a bare number is no angle"))
      } else if left == .string || right == .string, symbol == .add {
        hints.append(.init("texts are put together as \"\\(a)\\(b)\""))
      } else if symbol == .and || symbol == .or {
        hints.append(.init("'\(symbol.rawValue)' joins conditions"))
      } else {
        hints.append(
          .init("both sides have to fit: numbers with numbers, points with points, shapes with shapes"))
      }
      report(
        "wrong-type", "'\(symbol.rawValue)' does not go with \(left.described) and \(right.described)", span,
        labels: [
          .init(module.range(a.span), left.described), .init(module.range(b.span), right.described),
        ], hints: hints)
      return .unknown
    }
  }
}

/// The type of an operator's result; nil where it does not go with its operands.
func operatorType(_ symbol: Expression.BinaryOperator, _ left: ValueType, _ right: ValueType) -> ValueType? {
  switch symbol {
  case .and, .or:
    return [left, right].allSatisfy { $0 == .bool || $0 == .unknown } ? .bool : nil
  case .equal, .notEqual:
    let comparable: Set<ValueType> = [.number, .angle, .bool, .string, .color, .point, .unknown]
    guard comparable.contains(left), comparable.contains(right) else { return nil }
    return left == right || left == .unknown || right == .unknown ? .bool : nil
  case .less, .lessOrEqual, .greater, .greaterOrEqual:
    let ordered: Set<ValueType> = [.number, .angle, .unknown]
    guard ordered.contains(left), ordered.contains(right) else { return nil }
    return left == right || left == .unknown || right == .unknown ? .bool : nil
  case .rangeHalfOpen, .rangeClosed:
    return [left, right].allSatisfy { $0 == .number || $0 == .unknown } ? .range : nil
  case .intersect:
    return [left, right].allSatisfy { $0 == .shape || $0 == .unknown } ? .shape : nil
  case .add, .subtract:
    if left == .unknown {
      return right == .unknown ? .unknown : [.number, .angle, .point, .shape].contains(right) ? right : nil
    }
    guard [.number, .angle, .point, .shape].contains(left) else { return nil }
    return left == right || right == .unknown ? left : nil
  case .multiply:
    switch (left, right) {
    case (.number, .number): return .number
    case (.number, .angle), (.angle, .number): return .angle
    case (.number, .point), (.point, .number): return .point
    case (.unknown, .unknown), (.unknown, .number), (.number, .unknown): return .unknown
    case (.unknown, .angle), (.angle, .unknown): return .angle
    case (.unknown, .point), (.point, .unknown): return .point
    default: return nil
    }
  case .divide:
    switch (left, right) {
    case (.number, .number), (.angle, .angle): return .number
    case (.angle, .number): return .angle
    case (.point, .number): return .point
    case (.unknown, .number), (.unknown, .unknown), (.unknown, .angle), (.angle, .unknown): return .unknown
    case (.number, .unknown): return .number
    case (.point, .unknown): return .point
    default: return nil
    }
  case .remainder:
    switch (left, right) {
    case (.number, .number), (.number, .unknown), (.unknown, .number): return .number
    case (.angle, .angle): return .angle
    case (.unknown, .unknown), (.unknown, .angle), (.angle, .unknown): return .unknown
    default: return nil
    }
  }
}
