import FeditPlan
import FeditProgram
import FeditSyntax

/// A program as one script that needs no other script: what pictures carry as their provenance.
public struct SelfContainedScript: Hashable, Sendable {
  /// Formatted, with the definitions of used files put in.
  public var text: String
  /// Which `save` of the script gives the wanted picture, from 0 in the order of running; nil where none
  /// was asked for. 0 unless the save stands in a loop or branch, where all before it are kept.
  public var saveIndex: Int?
}

/// What a self-contained script says differently from the program's files.
public struct SelfContainedOptions: Sendable {
  /// The photo's name, relative to where the script will stand; nil keeps the entry's.
  public var photo: String?
  /// The model; nil keeps the entry's.
  public var model: String?
  /// `--only`: the other edits keep their number (which the noise depends on) and do nothing.
  public var only: Set<String> = []
  /// Stops behind this `save`, by its number among the plan's steps that are saves, from 0.
  public var throughSave: Int?
  /// Leaves out every `save`, wherever it stands: what is left gives the picture at the end.
  public var dropsSaves = false

  /// Keeps every `save`, and no settings.
  public init() {}
}

/// One script that has the same plan as a program of several files.
///
/// Names of used files that would clash are told apart by a number; values that `--set` gave become
/// the defaults of their `param`s; a region that was found around all masks is written out, since leaving out
/// edits could move it.
///
/// - Parameters:
///   - program: a result with a plan.
///   - options: what is different.
/// - Returns: nil where the program has no plan.
public func selfContainedScript(
  of program: ProgramResult, options: SelfContainedOptions = SelfContainedOptions()
) -> SelfContainedScript? {
  guard let plan = program.plan, let entry = program.files.first else { return nil }
  var writer = SelfContainedWriter(program: program, plan: plan, entry: entry, options: options)
  return writer.write()
}

private struct SelfContainedWriter {
  let program: ProgramResult
  let plan: Plan
  let entry: ProgramFile
  let options: SelfContainedOptions
  /// New names of top-level names of used files, by file and place of introduction.
  private var names: [String: [Int: String]] = [:]
  private var edits: [String: [Diagnostic.Edit]] = [:]

  init(program: ProgramResult, plan: Plan, entry: ProgramFile, options: SelfContainedOptions) {
    self.program = program
    self.plan = plan
    self.entry = entry
    self.options = options
  }

  mutating func write() -> SelfContainedScript {
    chooseNames()
    for file in program.files {
      rename(in: file)
      setParameters(of: file)
      if file.path != entry.path { movePaths(in: file) }
    }
    let (kept, saveIndex) = entryStatements()
    var text = ""
    // The version and what stands before the first use of anything come first; then what was used.
    for statement in kept where statement.id == .fedit {
      text += self.text(of: statement.span, in: entry) + "\n\n"
    }
    let declaresPhoto = kept.contains { $0.id == .photo }
    if !declaresPhoto { text += "photo \(quoted(options.photo ?? plan.photo.file.name))\n" }
    if let model = options.model, !kept.contains(where: { $0.id == .model }) {
      text += "model \(quoted(model))\n"
    }
    // Files in the order in which they are carried out: the used ones first.
    var body = ""
    for file in program.files.dropFirst().reversed() {
      var part = ""
      for statement in file.script.statements where statement.declaredName != nil {
        part += self.text(of: statement.span, in: file) + "\n"
      }
      if !part.isEmpty { body += "// From \(comment(file.source.name)):\n\(part)\n" }
    }
    let entryText = self.entryText(kept)
    if plan.region.origin == .aroundMasks { text += region() }
    let needsPhotoFirst = declaresPhoto && body.contains("sample")
    if needsPhotoFirst {
      // A used file's value may look at the photo, so the photo comes first.
      for statement in kept where statement.id == .photo || statement.id == .canvas {
        text += self.text(of: statement.span, in: entry) + "\n"
      }
      text += body + self.entryText(kept.filter { $0.id != .photo && $0.id != .canvas })
    } else {
      text += body + entryText
    }
    let source = SourceText(name: entry.source.name, text)
    let shaped = (try? formatted(source)) ?? text
    return SelfContainedScript(text: shaped, saveIndex: saveIndex)
  }

  private func comment(_ name: String) -> String {
    escapingControlCharacters(name.split(separator: "/").last.map(String.init) ?? name)
  }

  private func region() -> String {
    let map = plan.region.toPhoto
    let origin = "(\(numberText(map.tx)), \(numberText(map.ty)))"
    let at = plan.region.size == plan.model.size ? "" : " at \(plan.region.size)"
    return "region \(origin) size \(numberText(plan.region.side))\(at)\n"
  }

  // MARK: Names

  private mutating func chooseNames() {
    var taken: Set<String> = []
    for file in program.files {
      for symbol in file.symbols { taken.insert(symbol.name) }
      for token in file.script.tokens where token.kind == .identifier {
        taken.insert(file.source.text(token.span))
      }
    }
    // The entry keeps its names. A used file's top level gives way to them, to other files' top levels
    // and to names inside other files, for nothing hides anything; a name inside gives way to the entry's
    // top level alone.
    var tops: Set<String> = []
    var inner: [String: Set<String>] = [:]
    for file in program.files {
      for symbol in file.symbols where symbol.isDefinition && symbol.kind != .module {
        if !isTopLevel(symbol, in: file) { inner[file.path, default: []].insert(symbol.name) }
      }
    }
    for symbol in entry.symbols where symbol.isDefinition && isTopLevel(symbol, in: entry) {
      tops.insert(symbol.name)
    }
    let entryTops = tops
    for file in program.files.dropFirst() {
      var mine: [Int: String] = [:]
      let definitions = file.symbols.filter { $0.isDefinition && $0.kind != .module }
        .sorted { $0.range.span.start < $1.range.span.start }
      for symbol in definitions {
        let isTop = isTopLevel(symbol, in: file)
        let clashes =
          isTop
          ? tops.contains(symbol.name)
            || inner.contains { $0.key != file.path && $0.value.contains(symbol.name) }
          : entryTops.contains(symbol.name)
        var name = symbol.name
        if clashes {
          var number = 2
          while taken.contains("\(symbol.name)_\(number)") { number += 1 }
          name = "\(symbol.name)_\(number)"
          taken.insert(name)
        }
        mine[symbol.range.span.start] = name
        if isTop { tops.insert(name) }
      }
      names[file.path] = mine
    }
  }

  private func isTopLevel(_ symbol: SymbolUse, in file: ProgramFile) -> Bool {
    file.script.statements.contains { $0.declaredName?.span == symbol.range.span }
  }

  private func newName(_ symbol: SymbolUse) -> String? {
    guard let place = symbol.definition ?? (symbol.isDefinition ? symbol.range : nil),
      let file = program.files.first(where: { $0.source === place.source })
    else { return nil }
    return names[file.path]?[place.span.start]
  }

  private mutating func add(_ edit: Diagnostic.Edit, to file: ProgramFile) {
    guard edits[file.path]?.contains(edit) != true else { return }
    edits[file.path, default: []].append(edit)
  }

  private mutating func rename(in file: ProgramFile) {
    var modules: Set<Int> = []
    for symbol in file.symbols {
      if symbol.kind == .module {
        if !symbol.isDefinition { modules.insert(symbol.range.span.start) }
      } else if let name = newName(symbol), name != symbol.name {
        add(.init(symbol.range.span, name), to: file)
      }
    }
    guard !modules.isEmpty else { return }
    // `lib.name` becomes `name`.
    for expression in file.script.expressions {
      guard case .member(let base, let name) = expression.kind, modules.contains(base.span.start),
        case .name = base.kind
      else { continue }
      add(.init(Span(base.span.start, name.span.start), ""), to: file)
    }
  }

  private mutating func setParameters(of file: ProgramFile) {
    for statement in file.script.statements {
      if file.path == entry.path, let face = statement.plain(.face) { setFace(face, statement.span) }
      guard case .param(let name, _, let value, _) = statement.kind else { continue }
      // Found by the place in the order of declaration, as the plan has them.
      guard let parameter = plan.parameters.first(where: { isParameter($0, name.text, of: file) }) else {
        continue
      }
      if parameter.isSet { add(.init(value.span, parameter.value), to: file) }
    }
  }

  /// Places of the face that `--set` gave become those of the statement.
  ///
  /// So do those that were found in the photo.
  private mutating func setFace(_ face: PlainStatement, _ span: Span) {
    if face.words.contains("auto") {
      let places = ["face.left_eye", "face.right_eye", "face.mouth"].compactMap { name in
        plan.parameters.first { $0.name == name }?.value
      }
      guard places.count == 3 else { return }
      add(.init(span, "face eyes \(places[0]), \(places[1]) mouth \(places[2])"), to: entry)
      return
    }
    let end = span.end
    let slots = ["face.left_eye": "left", "face.right_eye": "right", "face.mouth": "mouth"]
    for parameter in plan.parameters where parameter.isSet {
      guard let slot = slots[parameter.name] else { continue }
      let written = face[slot].map { Diagnostic.Edit($0.span, parameter.value) }
      add(written ?? .init(Span(end, end), " mouth \(parameter.value)"), to: entry)
    }
  }

  private func isParameter(_ parameter: PlanParameter, _ name: String, of file: ProgramFile) -> Bool {
    if file.path == entry.path { return parameter.name == name }
    var prefixes = [""]
    for (alias, path) in entry.aliases where path == file.path { prefixes.append(alias + ".") }
    for other in program.files.dropFirst() {
      for (alias, path) in other.aliases where path == file.path {
        for (outer, mid) in entry.aliases where mid == other.path { prefixes.append("\(outer).\(alias).") }
        prefixes.append(alias + ".")
      }
    }
    return prefixes.contains { $0 + name == parameter.name }
      && !(parameter.name == name && declares(entry, name))
      || parameter.name == file.source.name + ":" + name
  }

  private func declares(_ file: ProgramFile, _ name: String) -> Bool {
    file.script.statements.contains {
      if case .param(let other, _, _, _) = $0.kind { other.text == name } else { false }
    }
  }

  /// Images and drawings that a used file names are found from the entry's folder.
  private mutating func movePaths(in file: ProgramFile) {
    func folder(_ path: String) -> [Substring] { path.split(separator: "/").dropLast() }
    let here = folder(entry.path)
    let there = folder(file.path)
    guard here != there else { return }
    var shared = 0
    while shared < here.count, shared < there.count, here[shared] == there[shared] { shared += 1 }
    let up = Array(repeating: "..", count: here.count - shared)
    let prefix = (up + there[shared...].map(String.init)).joined(separator: "/") + "/"
    let inserted = String(quoted(prefix).dropFirst().dropLast())
    for (statement, path) in file.script.namedFiles where statement == nil {
      guard case .string = path.kind else { continue }
      add(.init(Span(path.span.start + 1, path.span.start + 1), inserted), to: file)
    }
  }

  // MARK: The entry

  /// The statements that are kept, and which of their saves gives the picture.
  private mutating func entryStatements() -> ([Statement], Int?) {
    if let photo = options.photo {
      for statement in entry.script.statements.compactMap({ $0.plain(.photo) }) {
        add(.init(statement.value.span, quoted(photo)), to: entry)
      }
    }
    if let model = options.model {
      for statement in entry.script.statements.compactMap({ $0.plain(.model) }) {
        add(.init(statement.value.span, quoted(model)), to: entry)
      }
    }
    if !options.only.isEmpty { for statement in entry.script.statements { keepOnly(in: statement) } }
    var kept: [Statement] = []
    // Saves at the top level run once each; those in loops and branches as often as the plan says.
    let nested = entry.script.statements.contains { hasSave($0) && !isSave($0) }
    var saves = 0
    for statement in entry.script.statements {
      if statement.id == .use || statement.id == .region && plan.region.origin == .aroundMasks { continue }
      if options.dropsSaves {
        guard !isSave(statement) else { continue }
        dropSaves(in: statement)
      }
      guard let wanted = options.throughSave else {
        kept.append(statement)
        continue
      }
      if isSave(statement), !nested {
        if statement.plain(.save)?.words.contains("layers") == false {
          if saves == wanted {
            kept.append(statement)
            return (kept, 0)
          }
          saves += 1
        }
        continue
      }
      kept.append(statement)
    }
    return (kept, options.throughSave)
  }

  private func isSave(_ statement: Statement) -> Bool { statement.id == .save }

  private func hasSave(_ statement: Statement) -> Bool {
    switch statement.kind {
    case .plain: return isSave(statement)
    case .forEach(_, _, let body): return body.statements.contains(where: hasSave)
    case .ifElse(_, let then, let otherwise):
      return then.statements.contains(where: hasSave)
        || otherwise?.statements.contains(where: hasSave) == true
    default: return false
    }
  }

  private mutating func dropSaves(in statement: Statement) {
    let inner: [Statement]
    switch statement.kind {
    case .plain where isSave(statement):
      add(.init(statement.span, ""), to: entry)
      return
    case .forEach(_, _, let body): inner = body.statements
    case .ifElse(_, let then, let otherwise): inner = then.statements + (otherwise?.statements ?? [])
    default: return
    }
    for statement in inner { dropSaves(in: statement) }
  }

  /// An edit that was not run stays, empty, so that the others keep their numbers.
  private mutating func keepOnly(in statement: Statement) {
    switch statement.kind {
    case .edit(let name, let body):
      let condition = options.only.sorted().map { "\(entry.source.text(name.span)) == \(quoted($0))" }
        .joined(separator: " || ")
      add(.init(Span(body.span.start + 1, body.span.start + 1), "\nif \(condition) {"), to: entry)
      add(.init(Span(body.span.end - 1, body.span.end - 1), "\n}\n"), to: entry)
    case .forEach(_, _, let body): for inner in body.statements { keepOnly(in: inner) }
    case .ifElse(_, let then, let otherwise):
      for inner in then.statements + (otherwise?.statements ?? []) { keepOnly(in: inner) }
    default: break
    }
  }

  /// The entry's kept statements with the comments and lines between them.
  private func entryText(_ kept: [Statement]) -> String {
    var text = ""
    var previousEnd = 0
    var skipped = false
    for statement in entry.script.statements {
      let isKept = kept.contains { $0.span == statement.span }
      let isVersion = statement.id == .fedit
      // Comments stay; what stands behind a statement that was left out, on its line, goes.
      let between = entry.source.text(Span(previousEnd, statement.span.start))
      text += skipped ? afterLine(between) : between
      skipped = !isKept || isVersion
      if !skipped { text += self.text(of: statement.span, in: entry) }
      previousEnd = statement.span.end
      if let last = kept.last, last.span == statement.span, options.throughSave != nil { return text + "\n" }
    }
    let rest = entry.source.text(Span(previousEnd, entry.source.utf8.count))
    return text + (skipped ? afterLine(rest) : rest) + "\n"
  }

  private func afterLine(_ text: String) -> String {
    guard let line = text.firstIndex(where: \.isNewline) else { return "\n" }
    return String(text[line...])
  }

  /// A span of a file with the edits inside it made.
  private func text(of span: Span, in file: ProgramFile) -> String {
    let inside = (edits[file.path] ?? []).filter { span.start <= $0.span.start && $0.span.end <= span.end }
      .sorted { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }
    var text = ""
    var position = span.start
    for edit in inside {
      guard edit.span.start >= position else { continue }
      text += file.source.text(Span(position, edit.span.start)) + edit.replacement
      position = edit.span.end
    }
    return text + file.source.text(Span(position, span.end))
  }
}
