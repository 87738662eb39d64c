import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax

/// Something that could stand at a place.
public struct Completion: Hashable, Sendable {
  /// What it is, for an editor's picture of it.
  public enum Kind: Hashable, Sendable {
    case statement, word, type, value, parameter, function, method, property, module, label
    case color, file, folder, model
  }

  /// What a list shows.
  public var label: String
  /// What it is.
  public var kind: Kind
  /// The text to put in.
  public var text: String
  /// The same with places to fill in, in the notation of the Language Server Protocol.
  public var snippet: String?
  /// In one line what it is.
  public var detail: String?
  /// In a few sentences; nil where the line says all.
  public var documentation: String?
  /// The colour that it stands for.
  public var color: RGB8?
  /// The lower, the likelier.
  public var rank: Int

  init(
    _ label: String, _ kind: Kind, text: String? = nil, snippet: String? = nil, detail: String? = nil,
    documentation: String? = nil, color: RGB8? = nil, rank: Int = 5
  ) {
    self.label = label
    self.kind = kind
    self.text = text ?? label
    self.snippet = snippet
    self.detail = detail
    self.documentation = documentation
    self.color = color
    self.rank = rank
  }
}

/// What could stand at a place, and what it would take the place of.
public struct Completions: Hashable, Sendable {
  /// What stands there so far; empty between two words.
  public var replaced: Span
  /// The likeliest first, then by name.
  public var items: [Completion]
}

extension Assistant {
  /// What could stand at a place.
  public func completions(at offset: Int) -> Completions {
    let context = CursorContext(file.script.tokens, in: source, at: offset)
    var result = Completions(replaced: context.word, items: [])
    switch context.surface {
    case .comment, .number: break
    case .string(let text): result = paths(context, text)
    case .code: result.items = codeCompletions(context, at: offset)
    }
    result.items.sort { ($0.rank, $0.label) < ($1.rank, $1.label) }
    return result
  }

  private func codeCompletions(_ context: CursorContext, at offset: Int) -> [Completion] {
    guard let last = context.last else { return statements(context, at: offset) }
    let lastText = context.text(last)
    if lastText == "." { return members(context, at: offset) }
    let isInBrackets = context.openings.last.map { $0.symbol != UInt8(ascii: "{") } ?? false
    let head = context.head ?? ""
    if let opening = context.openings.last, opening.symbol == UInt8(ascii: "("),
      context.text(at: opening.index - 2) == "def"
    {
      return lastText == ":" ? types(ValueType.declarable) : parameterDefault(context, at: offset)
    }
    if context.endsOperand(context.significant.count - 1) {
      return isInBrackets ? words(of: context, ["then", "else"]) : infix(context, head)
    }
    if !isInBrackets {
      if let answer = behind(lastText, of: head, context) { return answer }
    } else if lastText == ":", context.call(isDirect: true) == nil, head == "param" || head == "def" {
      return types(ValueType.declarable)
    }
    return expressions(context, at: offset, expected: expectedTypes(context), labels: labels(context))
  }

  /// What could stand behind a word of a statement where not every expression could; nil where any could.
  private func behind(_ last: String, of head: String, _ context: CursorContext) -> [Completion]? {
    if last == "off" { return strokeWords.map(statement) }
    if last == "erase" { return LayerKeyword.layers.map { statement($0.rawValue) } }
    guard let spec = Language.statement(head) else { return nil }
    // An angle may be set, too, but seldom is.
    if head == "param", last == ":" { return types(ValueType.settable.filter { $0 != .angle }) }
    if spec.id == .in, last == head { return frames() }
    let paths = quotedPaths(context)
    switch spec.form.first {
    case .name where last == head: return []
    case .word where last == head, .either where last == head:
      return words(of: context, spec.nextWords(after: []))
    case .optional where last == head:
      return paths + words(of: context, spec.nextWords(after: []))
    default: break
    }
    if last == "as", spec.id == .use { return [] }
    if spec.id == .fedit { return last == head ? [] : nil }
    return pathUse(context) != nil ? paths : nil
  }

  /// The words behind `off`.
  private var strokeWords: [String] { LayerKeyword.allCases.map(\.rawValue) + ["erase", "paint"] }

  private func parameterDefault(_ context: CursorContext, at offset: Int) -> [Completion] {
    guard context.last.map({ context.text($0) }) == "=" else { return [] }
    return expressions(context, at: offset, expected: [], labels: [])
  }

  // MARK: Statements

  private func statements(_ context: CursorContext, at offset: Int) -> [Completion] {
    if context.block == .paint {
      return (LayerKeyword.layers.map(\.rawValue) + ["erase"]).map { word in
        var item = statement(word)
        item.snippet = word == "mask" ? "mask grown ${1:4}" : word == "color" ? "color ${1:color}" : nil
        return item
      }
    }
    let place: Place = context.block == .top ? .file : context.block == .edit ? .edit : .procedure
    var result = Language.statements.filter {
      $0.allowedIn.contains(place) && ($0.id != .fedit || context.significant.isEmpty)
        && ($0.repeats != .oncePerEdit || place == .edit)
    }.map { statement($0.keyword) }
    if context.significant.last.map({ context.text($0) }) == "}" {
      result.append(Completion("else", .word, detail: Language.word("else")?.usage, rank: 6))
    }
    if context.block != .top || context.openings.last != nil {
      for name in names(at: offset) where name.kind == .definition && name.isProcedure {
        result.append(function(name, rank: 3))
      }
      for alias in file.aliases.keys.sorted() { result.append(Completion(alias, .module, rank: 6)) }
    }
    return result
  }

  private func statement(_ word: String) -> Completion {
    let entry = Language.statement(word)
    return Completion(
      word, .statement, snippet: entry?.snippet, detail: entry?.usage, documentation: entry?.summary, rank: 4)
  }

  private func types(_ types: [ValueType]) -> [Completion] {
    types.map {
      Completion($0.rawValue, .type, detail: $0.reference?.usage, documentation: $0.reference?.summary)
    }
  }

  private func words(of context: CursorContext, _ words: [String]) -> [Completion] {
    words.map {
      let entry = Language.word($0)
      return Completion($0, .word, detail: entry?.usage, documentation: entry?.summary, rank: 2)
    }
  }

  /// Words that may follow a whole value.
  private func infix(_ context: CursorContext, _ head: String) -> [Completion] {
    let written = Set(context.significant[context.statementStart...].map { context.text($0) })
    var words: [String]
    switch Language.statement(head)?.id {
    case .warp: words = [ModifierID.to, .reach, .label].map(\.rawValue)
    case .mask, .sketch, .color, .recolor, .heal:
      let isEntry = context.block == .paint
      words = Language.modifiers.filter { isEntry ? $0.isForEntries : $0.isForStrokes }.map(\.keyword)
      if head != "color", head != "recolor" { words.removeAll { $0 == ModifierID.with.rawValue } }
      words.removeAll { [ModifierID.to.rawValue, ModifierID.reach.rawValue].contains($0) }
    case .paint: words = [ModifierID.label.rawValue]
    case .for: words = ["in"]
    case let id?: words = Language[id].nextWords(after: written)
    case nil: words = []
    }
    if written.contains("if"), head != "if" { words += written.contains("then") ? ["else"] : ["then"] }
    return self.words(of: context, words.filter { !written.contains($0) })
  }

  // MARK: Expressions

  /// The types that fit the place; empty where any does.
  private func expectedTypes(_ context: CursorContext) -> [ValueType] {
    if let opening = context.openings.last, opening.symbol != UInt8(ascii: "{") {
      if let call = context.call(isDirect: true), let callee = callee(of: call, in: context) {
        return activeParameter(call, callee).map { callee.parameters[$0].types } ?? []
      }
      if opening.symbol == UInt8(ascii: "["), let call = context.call(isDirect: false),
        let callee = callee(of: call, in: context), callee.isRepeated
      {
        return callee.parameters.last?.types ?? []
      }
      return opening.symbol == UInt8(ascii: "(") ? [.number, .point] : []
    }
    guard let last = context.last else { return [] }
    let word = context.text(last)
    let head = context.head ?? ""
    switch word {
    case "color" where context.block == .paint: return [.color]
    case "mask", "sketch", "color", "paint": return [.shape, .image]
    case "if", "!", "&&", "||": return [.bool]
    case "in": return [.list, .range]
    case "=" where head == "param":
      return context.text(at: context.statementStart + 3).flatMap(ValueType.init).map { [$0] } ?? []
    case "&": return [.shape]
    case "+", "-": return LayerKeyword(rawValue: head) != nil ? [.shape] : []
    case ",": return head == "face" ? [.point] : []
    default:
      let type = Language.modifier(word)?.type ?? Language.statement(head)?.valueType(behind: word)
      return type.map { [$0] } ?? []
    }
  }

  /// Names of parameters that have no argument yet.
  private func labels(_ context: CursorContext) -> [Completion] {
    guard let call = context.call(isDirect: true), call.isAtArgumentStart,
      let callee = callee(of: call, in: context), !callee.isRepeated
    else { return [] }
    let taken = Set(call.labels.compactMap(\.self))
    let active = activeParameter(call, callee) ?? 0
    return callee.parameters.enumerated().filter { $0.offset >= active && !taken.contains($0.element.name) }
      .map {
        Completion(
          $0.element.name + ":", .label, text: $0.element.name + ": ", detail: $0.element.text,
          rank: $0.element.isOptional ? 2 : 3)
      }
  }

  private func expressions(
    _ context: CursorContext, at offset: Int, expected: [ValueType], labels: [Completion]
  ) -> [Completion] {
    var result = labels
    func rank(_ type: ValueType, _ fits: Int, _ unknown: Int, _ other: Int) -> Int {
      if expected.isEmpty || type == .unknown { return unknown }
      return expected.contains(type) ? fits : other
    }
    for name in names(at: offset) {
      switch name.kind {
      case .definition:
        if !name.isProcedure { result.append(function(name, rank: rank(name.type, 1, 3, 7))) }
      case .module: result.append(Completion(name.name, .module, rank: 4))
      case .param, .value, .loop, .parameter, .builtin:
        result.append(
          Completion(
            name.name, name.kind == .parameter ? .parameter : .value,
            detail: name.declaration?.code ?? (name.type == .unknown ? nil : name.type.rawValue),
            documentation: name.declaration?.documentation, rank: rank(name.type, 0, 1, 6)))
      }
    }
    for (name, signature) in Builtins.functions {
      if signature.result == .frame { continue }
      if signature.result == .image, !expected.contains(.image) { continue }
      var item = function(name, signature, rank: rank(signature.result, 2, 4, 8))
      if signature.result == .image { item.rank = 6 }
      result.append(item)
    }
    if expected.isEmpty || expected.contains(.color) {
      for (name, color) in Colors.named {
        result.append(
          Completion(name, .color, detail: colorText(color), color: color, rank: expected.isEmpty ? 9 : 3))
      }
    }
    if expected.isEmpty || expected.contains(.bool) {
      for word in ["true", "false"] {
        let entry = Language.word(word)
        result.append(Completion(word, .word, documentation: entry?.summary, rank: expected.isEmpty ? 8 : 2))
      }
    }
    result.append(
      Completion(
        "if", .word, snippet: "if ${1:condition} then ${2:a} else ${3:b}", detail: "if COND then A else B",
        documentation: "A value chosen by a condition.", rank: 8))
    return result
  }

  private func function(_ name: VisibleName, rank: Int) -> Completion {
    let code = name.declaration?.code ?? name.name
    let takesNothing = code.contains(name.name + "()")
    return Completion(
      name.name, .function, text: name.name + (takesNothing ? "()" : "("),
      snippet: name.name + (takesNothing ? "()" : "($0)"), detail: code,
      documentation: name.declaration?.documentation, rank: rank)
  }

  private func function(_ name: String, _ signature: FunctionSpec, rank: Int, isMethod: Bool = false)
    -> Completion
  {
    // The first parameter's label where the language's reference writes one.
    let label = signature.usage.contains("(by: ") ? "by: " : ""
    return Completion(
      name, isMethod ? .method : .function, text: name + "(", snippet: "\(name)(\(label)$0)",
      detail: signature.usage, documentation: signature.summary, rank: rank)
  }

  private func frames() -> [Completion] {
    var result = [
      Completion(
        "face", .value, snippet: "face {\n\t$0\n}", detail: Language.faceFrame.usage,
        documentation: Language.faceFrame.summary, rank: 1)
    ]
    for name in ["moved", "scaled", "rotated"] {
      if let signature = Builtins.functions[name] { result.append(function(name, signature, rank: 2)) }
    }
    return result
  }

  // MARK: Members

  private func members(_ context: CursorContext, at offset: Int) -> [Completion] {
    guard let dot = context.last else { return [] }
    if let base = context.text(at: context.significant.count - 2), let path = file.aliases[base],
      !names(at: offset).contains(where: { $0.name == base && $0.kind != .module })
    {
      guard let used = program.files.first(where: { $0.path == path }) else { return [] }
      return topLevelNames(of: used, isEntry: false).map { name in
        if name.kind == .definition { return function(name, rank: 1) }
        return Completion(
          name.name, .value, detail: name.declaration?.code, documentation: name.declaration?.documentation,
          rank: 0)
      }
    }
    let type = baseType(of: dot, word: context.word)
    var result: [Completion] = []
    for owner in [ValueType.shape, .frame] where type == owner || (type == .unknown && owner == .shape) {
      for (name, signature) in Builtins.methods[owner] ?? [:] {
        result.append(function(name, signature, rank: 2, isMethod: true))
      }
    }
    if type == .point || type == .unknown {
      result.append(Completion("x", .property, detail: "number", documentation: "The point's x.", rank: 3))
      result.append(Completion("y", .property, detail: "number", documentation: "The point's y.", rank: 3))
    }
    return result
  }

  /// The type of what stands before a dot; the name behind it may be missing still.
  private func baseType(of dot: Token, word: Span) -> ValueType {
    // A call, so that frames are known, too, which have nothing but methods.
    var bytes = source.utf8
    let name = max(dot.span.end, word.start)
    let isCall = word.end < bytes.count && bytes[word.end] == UInt8(ascii: "(") && word.end > word.start
    if !isCall { bytes.replaceSubrange(name..<max(name, word.end), with: Array("x()".utf8)) }
    let text = SourceText(name: source.name, utf8: bytes)
    let script = parse(text).script
    var base: Span?
    for statement in script.statements where statement.span.start <= name && name <= statement.span.end {
      statement.walk { statement in
        for expression in statement.expressions {
          expression.walk {
            if case .member(let value, let member) = $0.kind, member.span.start == name { base = value.span }
          }
        }
      }
    }
    guard let base else { return .unknown }
    var options = options
    options.checksOnly = true
    return plan(text, path: file.path, world: world, options: options).type(of: base) ?? .unknown
  }

  // MARK: Paths

  private enum PathUse {
    case picture, drawing, script, model, output
  }

  private func pathUse(_ context: CursorContext) -> PathUse? {
    let count = context.significant.count
    if context.text(at: count - 1) == "(", context.text(at: count - 2) == "image" { return .picture }
    if context.text(at: count - 1) == "(", context.text(at: count - 2) == "svg" { return .drawing }
    guard count - context.statementStart <= 2, let head = context.text(at: context.statementStart) else {
      return nil
    }
    switch head {
    case "photo": return .picture
    case "use": return .script
    case "model": return .model
    case "save": return .output
    default: return nil
    }
  }

  /// Paths inside a string that has been begun.
  private func paths(_ context: CursorContext, _ text: Span) -> Completions {
    guard let use = pathUse(context) else {
      return Completions(replaced: Span(text.end, text.end), items: [])
    }
    let written = source.text(text)
    let folder = written.lastIndex(of: "/").map { String(written[...$0]) } ?? ""
    let replaced = Span(text.start + folder.utf8.count, text.end)
    return Completions(replaced: replaced, items: entries(use, inFolder: folder))
  }

  /// Paths with their quotes, where none has been begun.
  private func quotedPaths(_ context: CursorContext) -> [Completion] {
    guard let use = pathUse(context) else { return [] }
    return entries(use, inFolder: "").map {
      var item = $0
      item.text = quoted($0.label)
      item.snippet = nil
      return item
    }
  }

  private func entries(_ use: PathUse, inFolder folder: String) -> [Completion] {
    var items: [Completion] = []
    if use == .model, folder.isEmpty {
      items += surroundings.modelNames().map { Completion($0, .model, rank: 1) }
    }
    let parent = file.path.lastIndex(of: "/").map { String(file.path[..<$0]) } ?? ""
    let path: String
    if folder.isEmpty {
      path = parent.isEmpty ? "/" : parent
    } else {
      // What leads out of the root is not looked into.
      guard let resolved = try? world.resolve(String(folder.dropLast()), from: file.path) else {
        return items
      }
      path = resolved
    }
    for entry in surroundings.entries(ofFolder: path) where !entry.name.hasPrefix(".") {
      let own = path + "/" + entry.name == file.path
      if entry.isFolder {
        items.append(Completion(entry.name + "/", .folder, rank: 6))
      } else if !own, fits(entry.name.lowercased(), use) {
        items.append(Completion(entry.name, .file, rank: 3))
      }
    }
    return items
  }

  private func fits(_ name: String, _ use: PathUse) -> Bool {
    switch use {
    case .drawing: name.lowercased().hasSuffix(".svg")
    case .picture: PictureFormat.readEndings.contains { name.lowercased().hasSuffix("." + $0) }
    case .script: name.hasSuffix(".fedit")
    case .model: name.hasSuffix(".safetensors")
    case .output: PictureFormat(savingAs: name) != nil
    }
  }
}
