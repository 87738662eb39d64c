import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax

/// What stands at a place, for people.
public struct Explanation: Hashable, Sendable {
  /// A piece of what is said.
  public enum Part: Hashable, Sendable {
    /// A piece of script.
    case code(String)
    /// A paragraph; `…` in backquotes is script.
    case text(String)
    case swatch(RGB8)
  }

  /// What is explained.
  public var span: Span
  /// What is said, in order.
  public var parts: [Part]
}

extension Assistant {
  /// What stands at a place: a name's declaration and value, a colour, a point's place in the photo,
  /// a word of the language, a file.
  public func explanation(at offset: Int) -> Explanation? {
    let index = token(at: offset)
    if let symbol = symbol(at: offset) { return explain(symbol, at: offset) }
    switch file.script.tokens[index].kind {
    case .string, .stringHead, .stringMiddle, .stringTail: return stringExplanation(at: offset)
    case .identifier: return explainWord(index)
    case .color, .number, .angle, .punctuation: return explainValue(at: offset)
    default: return nil
    }
  }

  // MARK: Names

  private func explain(_ symbol: SymbolUse, at offset: Int) -> Explanation {
    let span = symbol.range.span
    var parts: [Explanation.Part] = []
    if let definition = symbol.definition, let declaration = declaration(at: definition) {
      parts.append(.code(declaration.code))
      let type = definedType(symbol)
      var facts = ""
      if symbol.kind == .definition {
        if type != .unknown { facts = "gives \(type.described)" }
      } else if type != .unknown, symbol.kind != .param, symbol.kind != .parameter {
        facts = type.described
      }
      if let file = file(of: definition), file.path != self.file.path {
        facts += (facts.isEmpty ? "" : ", ") + "from `\(file.source.name)`"
      }
      if !facts.isEmpty { parts.append(.text(facts)) }
      if let documentation = declaration.documentation { parts.append(.text(documentation)) }
    } else if symbol.kind == .module {
      parts.append(.code(symbol.name))
    } else {
      parts += builtin(symbol)
    }
    parts += valueParts(of: valueSpan(symbol, at: offset))
    return Explanation(span: span, parts: parts)
  }

  /// The type where the name was introduced, which knows more than its uses in other files.
  private func definedType(_ symbol: SymbolUse) -> ValueType {
    guard let definition = symbol.definition, let file = file(of: definition) else { return symbol.type }
    return file.symbols.first { $0.isDefinition && $0.range.span == definition.span }?.type ?? symbol.type
  }

  private func builtin(_ symbol: SymbolUse) -> [Explanation.Part] {
    if isMember(symbol) {
      for type in [ValueType.shape, .frame] where symbol.type == type {
        if let signature = Builtins.methods[type]?[symbol.name] {
          return [.code(signature.usage), .text(signature.summary)]
        }
      }
    }
    if let signature = Builtins.functions[symbol.name] {
      return [.code(signature.usage), .text(signature.summary)]
    }
    if let color = Colors.named[symbol.name], symbol.type == .color {
      return [.code(symbol.name), .text("a colour of CSS"), .swatch(color)]
    }
    let entry = Language.word(symbol.name)
    return [.code(entry?.usage ?? symbol.name)] + (entry.map { [.text($0.summary)] } ?? [])
  }

  /// Whether a name stands behind a dot.
  private func isMember(_ symbol: SymbolUse) -> Bool {
    let path = file.script.path(toToken: file.script.tokenIndex(at: symbol.range.span.start))
    guard case .expression(let parent)? = path.dropLast().last, case .member = parent.kind else {
      return false
    }
    if case .identifier? = path.last { return true }
    return false
  }

  /// Which expression tells a name's value: what it was given, or itself.
  private func valueSpan(_ symbol: SymbolUse, at offset: Int) -> Span? {
    // A colour is shown already.
    if symbol.kind == .builtin, symbol.type == .color, Colors.named[symbol.name] != nil,
      !isMember(symbol)
    {
      return nil
    }
    let span = symbol.range.span
    if symbol.isDefinition { return file.script.value(named: span)?.span }
    let around = file.script.expressions(at: offset)
    // A function's value is that of its call, inside which its name stands.
    for expression in around {
      if case .call(let callee, _) = expression.kind, calleeName(callee) == span { return expression.span }
    }
    for expression in around.reversed() {
      switch expression.kind {
      case .name where expression.span == span: return span
      case .member(_, let name) where name.span == span: return expression.span
      default: continue
      }
    }
    return nil
  }

  private func calleeName(_ callee: Expression) -> Span {
    if case .member(_, let name) = callee.kind { return name.span }
    return callee.span
  }

  // MARK: Words

  private func explainWord(_ index: Int) -> Explanation? {
    let word = file.script.text(ofToken: index)
    let span = file.script.tokens[index].span
    let path = file.script.path(toToken: index)
    let statement = path.reversed().lazy.compactMap {
      if case .statement(let statement) = $0 { statement } else { nil }
    }.first
    let isHead = statement?.tokens.lowerBound == index
    var entry = Language.word(word) ?? Language.statement(word).map { WordSpec($0.usage, $0.summary) }
    switch (path.dropLast().last, path.last) {
    case (.argument, .identifier): if let label = label(word, span, path) { return label }
    case (.expression, .identifier):
      guard word == "x" || word == "y" else { return nil }
      return Explanation(span: span, parts: [.code(".\(word)"), .text("a point's \(word): a number")])
    case (_, .identifier): entry = ValueType(rawValue: word)?.reference ?? entry
    case (_, .expression(let value)):
      if value.isFaceFrame { entry = Language.faceFrame }
      if case .conditional = value.kind, word == "if" {
        entry = WordSpec("if COND then A else B", "A value chosen by a condition.")
      }
    default: break
    }
    guard let entry else { return nil }
    var parts: [Explanation.Part] = [.code(entry.usage), .text(entry.summary)]
    if let statement, isHead { parts += planParts(of: statement) }
    return Explanation(span: span, parts: parts)
  }

  /// The name of an argument of a function of the language; those of definitions are symbols.
  private func label(_ word: String, _ span: Span, _ path: [SyntaxNode]) -> Explanation? {
    guard case .expression(let call)? = path.dropLast(2).last, case .call(let function, _) = call.kind,
      let callee = callee(of: function),
      let parameter = callee.parameters.first(where: { $0.name == word })
    else { return nil }
    return Explanation(span: span, parts: [.code(parameter.text), .text("a parameter of '\(callee.name)'")])
  }

  /// What the plan says about a statement.
  private func planParts(of statement: Statement) -> [Explanation.Part] {
    guard let plan = program.plan else { return [] }
    switch statement.kind {
    case .edit(let name, _):
      guard let text = literalString(name), let edit = plan.edits.first(where: { $0.name == text }) else {
        return []
      }
      let strokes = edit.strokes.count
      return [
        .text("Pass \(edit.index + 1): \(strokes) stroke\(strokes == 1 ? "" : "s"), seed \(edit.seed).")
      ]
    case .plain(let plain) where plain.id == .photo:
      return [.text("`\(plan.photo.file.name)`: \(plan.photo.width) × \(plan.photo.height) pixels.")]
    default: return []
    }
  }

  // MARK: Values

  /// The innermost expression around a place that says more than its text.
  private func explainValue(at offset: Int) -> Explanation? {
    for expression in file.script.expressions(at: offset).reversed() {
      switch expression.kind {
      case .number, .angle, .missing, .string, .bool: continue
      case .color(let red, let green, let blue):
        return Explanation(
          span: expression.span, parts: [.swatch(RGB8(red: red, green: green, blue: blue))])
      default:
        let parts = valueParts(of: expression.span)
        guard !parts.isEmpty else { return nil }
        return Explanation(span: expression.span, parts: parts)
      }
    }
    return nil
  }

  /// What an expression comes to; where it is carried out several times, the first few values.
  private func valueParts(of span: Span?) -> [Explanation.Part] {
    guard let span else { return [] }
    var values: [WatchedValue] = []
    for value in self.values(of: span) where !values.contains(value) { values.append(value) }
    guard let first = values.first else { return [] }
    let shown = values.prefix(4)
    switch first.type {
    case .shape, .frame, .image, .unknown: return []
    case .color: return shown.compactMap { $0.color.map(Explanation.Part.swatch) }
    case .point:
      let lines = shown.map { value in
        let place = value.place.map { "(\(rounded($0.x)), \(rounded($0.y)))" } ?? ""
        return "`\(value.text)`"
          + (place.isEmpty || isInDefinitionOrTop(span) ? "" : " — in the photo at \(place)")
      }
      return [.text(lines.joined(separator: "  \n") + (values.count > shown.count ? "  \n…" : ""))]
    default:
      let texts = shown.map { "`\($0.text.prefix(200))`" }.joined(separator: ", ")
      return [.text("value: " + texts + (values.count > shown.count ? ", …" : ""))]
    }
  }

  /// Whether a place is in no frame of its own: a `let` of the top level is placed where it is used.
  private func isInDefinitionOrTop(_ span: Span) -> Bool {
    guard let statement = file.script.statements(at: span.start).first else { return false }
    switch statement.kind {
    case .letValue, .param: return true
    default: return false
    }
  }

  private func rounded(_ value: Double) -> String { numberText(value, decimals: 1) }

  // MARK: Strings

  private func stringExplanation(at offset: Int) -> Explanation? {
    guard let statement = file.script.statements(at: offset).last else { return nil }
    let expressions = file.script.expressions(at: offset)
    guard let path = expressions.last(where: { if case .string = $0.kind { true } else { false } }),
      let name = literalString(path)
    else { return nil }
    var text: String?
    switch statement.id {
    case .photo: text = pictureText(name)
    case .model: text = modelText(name)
    case .use: text = scriptText(name)
    default:
      let isImage = expressions.contains {
        if case .call(let callee, _) = $0.kind, case .name("image") = callee.kind { true } else { false }
      }
      if isImage { text = pictureText(name) }
    }
    return text.map { Explanation(span: path.span, parts: [.text($0)]) }
  }

  private func pictureText(_ name: String) -> String {
    do {
      let path = try world.resolve(name, from: file.path)
      let size = try world.pictureSize(at: path)
      return "`\(name)`: \(size.width) × \(size.height) pixels"
    } catch {
      return error.message
    }
  }

  private func modelText(_ name: String) -> String {
    do {
      let model = try world.model(name, from: file.path)
      let kind =
        switch model.source {
        case .builtIn: "shipped with fedit"
        case .stored: "in the model store"
        case .file: "a file"
        }
      return "`\(name)`: \(kind), trained at \(model.size) × \(model.size) pixels"
    } catch {
      return error.message
    }
  }

  private func scriptText(_ name: String) -> String? {
    guard let path = try? world.resolve(name, from: file.path),
      let used = program.files.first(where: { $0.path == path })
    else { return nil }
    let names = topLevelNames(of: used, isEntry: false)
    guard !names.isEmpty else { return "`\(name)` introduces no names" }
    let lines = names.prefix(20).map { "- `\($0.declaration?.code ?? $0.name)`" }
    return "`\(name)` introduces\n\n" + lines.joined(separator: "\n") + (names.count > 20 ? "\n- …" : "")
  }
}
