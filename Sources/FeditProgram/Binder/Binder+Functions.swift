import FeditPlan
import FeditSyntax

extension Binder {
  func bind(member name: Identifier, of base: Expression, _ span: Span) -> BoundExpression {
    if let used = alias(base) {
      useAlias(base)
      if let value = used.values[name.text] {
        use(name.text, name.span, value.kind, used.range(value.identifier.span), value.type)
        return BoundExpression(value.value, value.type, span)
      }
      if used.definitions[name.text] != nil, case .name(let alias) = base.kind {
        report(
          .notAValue, "'\(alias).\(name.text)' is a function", name.span,
          hints: [.init("call it: \(alias).\(name.text)(…)")])
      } else {
        unknownMember(name, of: used, base)
      }
      return .missing(span)
    }
    let bound = bind(base)
    if bound.type == .point || bound.type == .unknown, name.text == "x" || name.text == "y" {
      return BoundExpression(.coordinate(bound, isX: name.text == "x"), .number, span)
    }
    if bound.type == .unknown { return BoundExpression(.unknownMember(bound, name), .unknown, span) }
    if let method = Builtins.methods[bound.type]?[name.text] {
      report(
        .notAValue, "'\(name.text)' must be called, with parentheses", name.span, hints: [.init(method.usage)]
      )
    } else {
      unknownMember(name, of: bound.type)
    }
    return BoundExpression(.unknownMember(bound, name), .unknown, span)
  }

  func unknownMember(_ name: Identifier, of type: ValueType) {
    var known = Builtins.methods[type].map { Array($0.keys) } ?? []
    if type == .point { known += ["x", "y"] }
    var hints: [Diagnostic.Hint] = []
    if let near = nearestName(to: name.text, among: known) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(name.span, near)]))
    } else if !known.isEmpty {
      hints.append(.init("\(type.described) has \(known.sorted().joined(separator: ", "))"))
    }
    report(.unknownMember, "\(type.described) has no '\(name.text)'", name.span, hints: hints)
  }

  private func unknownMember(_ name: Identifier, of used: Module, _ base: Expression) {
    guard case .name(let alias) = base.kind else { return }
    var hint = Diagnostic.Hint("it has \(used.ownNames.sorted().prefix(20).joined(separator: ", "))")
    if let near = nearestName(to: name.text, among: used.ownNames) {
      hint = .init("did you mean '\(near)'?", edits: [.init(name.span, near)])
    }
    report(.unknownName, "'\(alias)' has no '\(name.text)'", name.span, hints: [hint])
  }

  func bind(
    call callee: Expression, _ arguments: [Argument], _ value: Expression, allowsImage: Bool,
    allowsFrame: Bool
  ) -> BoundExpression {
    if let definition = definition(of: callee) {
      let bound = bind(arguments, of: definition, call: value, callee: callee)
      guard case .value = definition.syntax.body else {
        report(
          .notAValue, "'\(definition.name)' draws and gives no value", value.span,
          labels: [.init(definition.module.range(definition.syntax.name.span), "defined here")],
          hints: [.init("call it as a statement of its own")])
        return .missing(value.span)
      }
      let type = definition.module.resultTypes[definition.name] ?? .unknown
      return BoundExpression(.definition(definition, bound), type, value.span)
    }
    switch callee.kind {
    case .name(let name): return bind(function: name, callee, arguments, value, allowsImage, allowsFrame)
    case .member(let base, let name): return bind(method: name, of: base, arguments, value, allowsFrame)
    default: return .missing(value.span)
    }
  }

  private func bind(
    function name: String, _ callee: Expression, _ arguments: [Argument], _ value: Expression,
    _ allowsImage: Bool, _ allowsFrame: Bool
  ) -> BoundExpression {
    guard let spec = Builtins.functions[name] else {
      for argument in arguments { _ = bind(argument.value) }
      unknownFunction(name, callee.span)
      return .missing(value.span)
    }
    use(name, callee.span, .builtin, nil, spec.result)
    let bound = bind(arguments, of: spec, value)
    if spec.result == .image, !allowsImage {
      report(
        .wrongType,
        "an image is drawn as it is: mask \(spec.name)(\"\(spec.name == "svg" ? "m.svg" : "m.png")\")",
        value.span, hints: [.init("only 'mask', 'sketch' and 'color' take an image")])
    }
    if spec.result == .frame, !allowsFrame {
      report(
        .wrongType, "a frame can only stand behind 'in'", value.span,
        hints: [.init("shapes have methods of the same name: shape.\(name)(…)")])
      return .missing(value.span)
    }
    let type = spec.givesFirstType ? bound.first??.type ?? .unknown : spec.result
    return BoundExpression(.function(spec, receiver: nil, bound), type, value.span)
  }

  private func bind(
    method name: Identifier, of base: Expression, _ arguments: [Argument], _ value: Expression,
    _ allowsFrame: Bool
  ) -> BoundExpression {
    if let used = alias(base) {
      for argument in arguments { _ = bind(argument.value) }
      unknownMember(name, of: used, base)
      return .missing(value.span)
    }
    let receiver = bind(base, allowsFrame: allowsFrame)
    guard receiver.type != .unknown else {
      // Of what can be named only shapes have methods; whether it is one shows when the script runs.
      guard let spec = Builtins.methods[.shape]?[name.text] else {
        for argument in arguments { _ = bind(argument.value) }
        return BoundExpression(.unknownMember(receiver, name), .unknown, value.span)
      }
      let bound = bind(arguments, of: spec, value)
      return BoundExpression(.function(spec, receiver: receiver, bound), .unknown, value.span)
    }
    guard let spec = Builtins.methods[receiver.type]?[name.text] else {
      for argument in arguments { _ = bind(argument.value) }
      unknownMember(name, of: receiver.type)
      return BoundExpression(.unknownMember(receiver, name), .unknown, value.span)
    }
    use(name.text, name.span, .builtin, nil, spec.result)
    let bound = bind(arguments, of: spec, value)
    return BoundExpression(.function(spec, receiver: receiver, bound), spec.result, value.span)
  }

  private func unknownFunction(_ name: String, _ span: Span) {
    if isQuiet { return }
    var hints: [Diagnostic.Hint] = []
    var labels: [Diagnostic.Label] = []
    if lookup(name) != nil {
      report(
        .notAFunction, "'\(name)' is a value and cannot be called", span,
        hints: [.init("functions are introduced by 'def'; remove the parentheses to use the value")])
      return
    }
    if let near = functionSuggestions.nearest(to: name, or: localNames) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(span, near)]))
      if let definition = module.definition(near) {
        labels.append(
          .init(definition.module.range(definition.syntax.name.span), "'\(near)' is defined here"))
      }
    } else {
      hints.append(.init("functions are introduced by 'def'"))
    }
    report(.unknownName, "there is no function '\(name)'", span, labels: labels, hints: hints)
  }

  /// The arguments of a function of the language, by the places of its parameters; of one that takes any
  /// number of values all of them.
  private func bind(_ arguments: [Argument], of spec: FunctionSpec, _ call: Expression) -> [BoundExpression?]
  {
    let usage: [Diagnostic.Hint] = [.init("write \(spec.usage)")]
    let values = arguments.map { bind($0.value) }
    switch spec.form {
    case .repeated(let wanted, _, _):
      if wanted == .point, reportBarePoints(arguments, values, spec, call) { return [] }
      if let label = arguments.compactMap(\.label).first {
        report(.wrongArguments, "'\(spec.name)' takes no named arguments", label.span, hints: usage)
      }
      if values.count == 1, fits(values[0].type, .list) {
        guard case .list(let elements) = values[0].kind else { return values }
        for element in elements where !fits(element.type, wanted) {
          wrongType(element, wanted, "an element for '\(spec.name)'")
        }
        checkCount(elements.count, spec, call)
        return values
      }
      for value in values where !fits(value.type, wanted) {
        wrongType(value, wanted, "an argument of '\(spec.name)'")
      }
      checkCount(values.count, spec, call)
      return values
    case .parameters(let parameters):
      switch Binding.bind(arguments, to: parameters.map { ($0.name, $0.isOptional) }, of: spec.name) {
      case .failed(let message, let index):
        if reportBarePoints(arguments, values, spec, call) { return [] }
        let span = index.map { arguments[$0].label?.span ?? arguments[$0].value.span } ?? call.span
        report(.wrongArguments, message, span, hints: usage)
        return []
      case .bound(let places):
        let bound = places.map { $0.map { values[$0] } }
        for (parameter, value) in zip(parameters, bound) {
          guard let value, !parameter.types.contains(where: { fits(value.type, $0) }) else { continue }
          let wanted = ValueType.allCases.first { parameter.types.contains($0) } ?? .unknown
          wrongType(value, wanted, "'\(parameter.name)' of '\(spec.name)'")
        }
        if spec.takesPair, bound[1] == nil, bound[0]?.type == .point {
          report(
            .wrongArguments, "'\(spec.name)' needs an argument for '\(parameters[1].name)'", call.span,
            hints: usage)
        }
        checkLiteral(of: spec, places[0].map { arguments[$0].value })
        return bound
      }
    }
  }

  /// `circle(520, 745, 30)` for `circle((520, 745), 30)`: says so once, with the brackets put in.
  ///
  /// - Returns: Whether the arguments are the right ones but for the brackets around points.
  private func reportBarePoints(
    _ arguments: [Argument], _ values: [BoundExpression], _ spec: FunctionSpec, _ call: Expression
  ) -> Bool {
    guard arguments.allSatisfy({ $0.label == nil }) else { return false }
    /// Of each value in turn, whether it begins a point.
    var pairs: [Int] = []
    var index = 0
    func takesPair() -> Bool {
      guard index + 1 < values.count, values[index].type == .number, values[index + 1].type == .number else {
        return false
      }
      pairs.append(index)
      index += 2
      return true
    }
    switch spec.form {
    case .repeated: while takesPair() {}
    case .parameters(let parameters):
      for parameter in parameters where index < values.count {
        if parameter.types.contains(.point), !parameter.types.contains(.number), takesPair() { continue }
        if parameter.types.contains(.point), values.count - index == 2, takesPair() { continue }
        guard parameter.types.contains(where: { fits(values[index].type, $0) }) else { return false }
        index += 1
      }
    }
    guard index == values.count, !pairs.isEmpty else { return false }
    let edits = pairs.flatMap { first -> [Diagnostic.Edit] in
      let (start, end) = (arguments[first].value.span.start, arguments[first + 1].value.span.end)
      return [.init(Span(start, start), "("), .init(Span(end, end), ")")]
    }
    var written = module.source.text(call.span)
    for edit in edits.reversed() {
      let place = written.utf8.index(written.startIndex, offsetBy: edit.span.start - call.span.start)
      written.insert(contentsOf: edit.replacement, at: place)
    }
    report(
      .wrongArguments, "points stand in brackets of their own: (x, y)", call.span,
      hints: [.init("write \(written)", edits: edits)])
    return true
  }

  private func checkLiteral(of spec: FunctionSpec, _ value: Expression?) {
    guard let check = spec.literalCheck, let value, let text = literalString(value) else { return }
    switch check {
    case .pathData: checkPathData(text, value)
    case .picture: checkFile(value, what: spec.name)
    }
  }

  private func checkCount(_ count: Int, _ spec: FunctionSpec, _ call: Expression) {
    guard let problem = spec.problem(withCount: count) else { return }
    report(.wrongArguments, problem, call.span, hints: [.init("write \(spec.usage)")])
  }

  private func checkPathData(_ text: String, _ value: Expression) {
    do {
      _ = try SVGPath.parse(text, limit: options.limits.elements)
    } catch {
      // A place in the data is a place in the source where no escape moves it.
      let isPlain = value.span.end - value.span.start == text.utf8.count + 2
      let start = isPlain ? value.span.start + 1 + error.offset : value.span.start
      report(
        .badPathData, error.message, isPlain ? Span(start, min(start + 1, value.span.end)) : value.span,
        hints: [.init("path data is SVG's, such as \"M 10 10 L 20 20 Z\"")])
    }
  }
}
