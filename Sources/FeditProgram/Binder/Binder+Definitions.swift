import FeditSyntax

extension Binder {
  func bind(_ syntax: Definition) {
    let name = syntax.name.text
    // Of two of one name the first is called.
    let definition = module.definitions[name] ?? BoundDefinition(syntax, in: module)
    inDefinition(name) {
      var parameters: [BoundDefinition.Parameter] = []
      for parameter in syntax.parameters {
        var type = checkedType(parameter.type, allowed: ValueType.declarable) ?? .unknown
        // A default sees the parameters before its own.
        let standard = parameter.defaultValue.map { bind($0) }
        if let standard, !fits(standard.type, type) {
          wrongDefault(standard, type, of: parameter.name, parameter.type)
          type = .unknown
        }
        declare(parameter.name, type, .parameter)
        parameters.append(.init(name: parameter.name, type: type, standard: standard))
      }
      let body: BoundDefinition.Body
      switch syntax.body {
      case .block(let block): body = .block(bind(block, place: .procedure))
      case .value(let value):
        let bound = bind(value)
        module.resultTypes[name] = bound.type
        body = .value(bound)
      }
      if definition.body == nil { (definition.parameters, definition.body) = (parameters, body) }
    }
    let range = module.range(syntax.name.span)
    uses.append(
      SymbolUse(
        name: name, kind: .definition, range: range, definition: range,
        type: module.resultTypes[name] ?? .unknown, isDefinition: true))
  }

  /// A default that is not of its parameter's type. Which of the two is meant is not known, so nothing else that the
  /// parameter is used for is found fault with.
  func wrongDefault(
    _ standard: BoundExpression, _ type: ValueType, of name: Identifier, _ written: Identifier
  ) {
    var alternative: Diagnostic.Hint?
    // A literal shows its type; a colour in quotes is meant to be one.
    if case .constant = standard.kind, !(type == .color && standard.type == .string) {
      let value = module.source.text(standard.span)
      alternative = .init(
        "or leave out the type: \(name.text) = \(value)",
        edits: [.init(Span(name.span.end, written.span.end), "")])
    }
    wrongType(standard, type, "'\(name.text)'", alternative: alternative)
  }

  /// A type where it is written, if it is one that may stand there.
  func checkedType(_ type: Identifier, allowed types: [ValueType]) -> ValueType? {
    if type.text.isEmpty { return nil }
    let allowed = types.map(\.rawValue)
    if allowed.contains(type.text) { return ValueType(rawValue: type.text) }
    var hints: [Diagnostic.Hint] = []
    if let near = nearestName(to: type.text, among: allowed) {
      hints.append(.init("did you mean '\(near)'?", edits: [.init(type.span, near)]))
    }
    hints.append(.init("types here are \(allowed.joined(separator: ", "))"))
    report(.unknownType, "there is no type '\(type.text)' here", type.span, hints: hints)
    return nil
  }

  /// A definition that calls itself, directly or through others, would never end.
  func findRecursion() {
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
            .recursion, "'\(call.name)' calls itself: \(names.joined(separator: " → "))", call.span,
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

  // MARK: Calls

  func bindProcedureCall(_ call: Expression, place: Place) -> BoundStatement.Kind {
    guard case .call(let callee, let arguments) = call.kind else { return .nothing }
    guard let definition = definition(of: callee) else {
      _ = bind(call)
      if case .name(let name) = callee.kind,
        Builtins.functions[name] != nil || Builtins.methods[.shape]?[name] != nil
      {
        report(
          .unusedValue, "this value is not used", call.span,
          hints: [.init("draw it with 'mask', 'sketch' or 'color', or name it with 'let'")])
      }
      return .nothing
    }
    if case .value = definition.syntax.body {
      report(
        .unusedValue, "'\(definition.name)' gives a value that is not used", call.span,
        hints: [.init("draw it with 'mask', 'sketch' or 'color', or name it with 'let'")])
    } else if !Place.drawing.contains(place) {
      requireEdit(definition.name, callee.span)
    }
    return .call(definition, bind(arguments, of: definition, call: call, callee: callee), call.span)
  }

  /// The definition that a call's name means.
  func definition(of callee: Expression) -> BoundDefinition? {
    switch callee.kind {
    case .name(let name): module.definition(name)
    case .member(let base, let name): alias(base)?.definition(name.text)
    default: nil
    }
  }

  /// The file that an expression names: `lib` in `lib.dot(…)`.
  func alias(_ base: Expression) -> Module? {
    guard case .name(let alias) = base.kind, lookup(alias) == nil else { return nil }
    return module.aliases[alias]?.module
  }

  func useAlias(_ base: Expression) {
    guard case .name(let alias) = base.kind, let used = module.aliases[alias] else { return }
    use(alias, base.span, .module, module.range(used.identifier.span), .unknown)
  }

  /// The arguments of a definition's call, by the places of its parameters.
  func bind(
    _ arguments: [Argument], of definition: BoundDefinition, call: Expression, callee: Expression
  ) -> [BoundExpression?] {
    let owner = definition.module
    let parameters = definition.syntax.parameters
    var name = callee.span
    if case .member(let base, let member) = callee.kind {
      useAlias(base)
      name = member.span
    }
    use(definition.name, name, .definition, owner.range(definition.syntax.name.span), .unknown)
    for case let label? in arguments.map(\.label) {
      guard let parameter = parameters.first(where: { $0.name.text == label.text }) else { continue }
      use(
        label.text, label.span, .parameter, owner.range(parameter.name.span),
        ValueType(rawValue: parameter.type.text) ?? .unknown)
    }
    if let current = currentDefinition, owner === module, !isQuiet {
      calls[current, default: []].append((definition.name, callee.span))
    }
    let values = arguments.map { bind($0.value) }
    let forms = parameters.map { ($0.name.text, $0.defaultValue != nil) }
    switch Binding.bind(arguments, to: forms, of: definition.name) {
    case .failed(let message, let index):
      report(
        .wrongArguments, message,
        index.map { arguments[$0].label?.span ?? arguments[$0].value.span } ?? call.span,
        labels: [.init(owner.range(definition.syntax.name.span), "defined here")],
        hints: [.init("it is defined as \(usage(of: definition.syntax))")])
      return []
    case .bound(let places):
      for (parameter, place) in zip(parameters, places) {
        guard let place, let wanted = ValueType(rawValue: parameter.type.text) else { continue }
        if !fits(values[place].type, wanted) {
          wrongType(
            values[place], wanted, "'\(parameter.name.text)' of '\(definition.name)'",
            label: .init(owner.range(parameter.name.span), "defined here"))
        }
      }
      return places.map { $0.map { values[$0] } }
    }
  }

  private func usage(of definition: Definition) -> String {
    let parameters = definition.parameters.map {
      "\($0.name.text): \($0.type.text)" + ($0.defaultValue == nil ? "" : " = …")
    }
    return "\(definition.name.text)(\(parameters.joined(separator: ", ")))"
  }
}
