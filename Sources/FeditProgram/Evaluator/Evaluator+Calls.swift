import FeditPlan
import FeditSyntax

extension Evaluator {
  /// Carries out a definition's body with its parameters bound.
  func enter<T>(
    _ definition: BoundDefinition, _ arguments: [BoundExpression?], _ span: Span,
    _ body: () throws(Failure) -> T
  ) throws(Failure) -> T {
    try step(span)
    var given: [Value?] = []
    for (parameter, argument) in zip(definition.parameters, arguments) {
      guard let argument else {
        given.append(nil)
        continue
      }
      let value = try evaluate(argument)
      try check(value, is: parameter.type, argument)
      given.append(value)
    }
    return try nested(span) { () throws(Failure) in
      let outer = (module, localsBase, locals.count)
      calls.append(
        PlanOrigin.Site(file: module.path, start: span.start, end: span.end, name: definition.name))
      (module, localsBase) = (definition.module, locals.count)
      defer {
        calls.removeLast()
        (module, localsBase) = (outer.0, outer.1)
        locals.removeLast(locals.count - outer.2)
      }
      for (parameter, value) in zip(definition.parameters, given) {
        if let value {
          locals.append(value)
        } else if let standard = parameter.standard {
          let value = try evaluate(standard)
          try check(value, is: parameter.type, standard)
          locals.append(value)
        }
      }
      return try body()
    }
  }

  private func check(_ value: Value, is wanted: ValueType, _ expression: BoundExpression) throws(Failure) {
    if value.type == wanted || (wanted == .list && value.type == .range) || wanted == .unknown { return }
    throw wrongType(expression, value, wanted.described)
  }

  /// Carries out a function or method of the language.
  func apply(
    _ spec: FunctionSpec, to receiver: Value?, _ arguments: [BoundExpression?], _ span: Span
  ) throws(Failure) -> Value {
    try step(span)
    let call: Call
    switch spec.form {
    case .repeated(let type, _, _):
      let (values, spans) = try repeated(spec, type, arguments, span)
      call = Call(evaluator: self, spec: spec, span: span, receiver: receiver, values: values, spans: spans)
    case .parameters(let parameters):
      let (values, spans) = try bound(spec, parameters, arguments, span)
      call = Call(evaluator: self, spec: spec, span: span, receiver: receiver, values: values, spans: spans)
    }
    let result = try spec.apply(call)
    guard case .shape(let shape) = result, receiver == nil else { return result }
    return .shape(shape.with(handles: handles(of: call)))
  }

  /// The points that a shape is made of, with the places where they are written.
  private func handles(of call: Call) -> [ShapeValue.Handle] {
    var handles: [ShapeValue.Handle] = []
    for (value, span) in zip(call.values.prefix(ShapeValue.handleLimit), call.spans) {
      guard case .point(let point)? = value else { break }
      handles.append(
        .init(point: point, site: PlanOrigin.Site(file: module.path, start: span.start, end: span.end)))
      // Behind the first point of a function with parameters stand sizes.
      if case .parameters = call.spec.form { break }
    }
    return handles
  }

  /// The values of a call's parameters, in their order.
  private func bound(
    _ spec: FunctionSpec, _ parameters: [Parameter], _ arguments: [BoundExpression?], _ span: Span
  ) throws(Failure) -> ([Value?], [Span]) {
    var values: [Value?] = []
    var spans: [Span] = []
    for (parameter, argument) in zip(parameters, arguments) {
      guard let argument else {
        values.append(nil)
        spans.append(span)
        continue
      }
      let value = try evaluate(argument)
      let type = value.type
      guard parameter.types.contains(type) || type == .range && parameter.types.contains(.list) else {
        let wanted = ValueType.allCases.first { parameter.types.contains($0) } ?? .unknown
        throw wrongType(argument, value, wanted.described)
      }
      values.append(value)
      spans.append(argument.span)
    }
    if spec.takesPair { try takePair(spec, &values, span) }
    return (values, spans)
  }

  /// Puts the two points of a list in the place of the first two parameters.
  private func takePair(_ spec: FunctionSpec, _ values: inout [Value?], _ span: Span) throws(Failure) {
    if case .list(let list)? = values[0] {
      for element in list.elements {
        guard case .point = element else { throw elementMisfit(spec, .point, element, span) }
      }
      guard list.elements.count == 2, values[1] == nil else { throw notAPair(spec, span) }
      (values[0], values[1]) = (list.elements[0], list.elements[1])
    }
    guard case .point? = values[0], case .point? = values[1] else { throw notAPair(spec, span) }
  }

  private func notAPair(_ spec: FunctionSpec, _ span: Span) -> Failure {
    failure(.wrongArguments, "'\(spec.name)' takes two points", span, hints: [spec.usage])
  }

  /// The arguments of a function that takes any number of them, or the elements of the list that stands for them.
  private func repeated(
    _ spec: FunctionSpec, _ type: ValueType, _ arguments: [BoundExpression?], _ span: Span
  ) throws(Failure) -> ([Value?], [Span]) {
    var values: [Value?] = []
    values.reserveCapacity(arguments.count)
    var spans: [Span] = []
    for case let argument? in arguments {
      values.append(try evaluate(argument))
      spans.append(argument.span)
    }
    var count = values.count
    if count == 1 {
      if case .list(let list)?? = values.first {
        values = list.elements
        count = values.count
        if case .list(let elements)? = arguments.first??.kind {
          spans = elements.map(\.span)
        } else {
          spans = Array(repeating: spans[0], count: min(count, ShapeValue.handleLimit))
        }
      }
      if case .range(let from, let to)?? = values.first {
        // Its ends are its least and greatest numbers; of points there are none in it.
        values = from < to ? [.number(Double(from)), .number(Double(to - 1))] : []
        count = to - from
      }
    }
    guard max(values.count, count) <= options.limits.elements else { throw tooMany(span) }
    try charge(values.count / 8, span)
    for case let value? in values where value.type != type { throw elementMisfit(spec, type, value, span) }
    if let problem = spec.problem(withCount: count) { throw failure(.wrongArguments, problem, span) }
    return (values, spans)
  }

  func tooMany(_ span: Span) -> Failure {
    failure(
      .tooManyElements, "a list or shape has at most \(options.limits.elements) elements", span,
      hints: ["draw it in parts"])
  }

  private func elementMisfit(
    _ spec: FunctionSpec, _ wanted: ValueType, _ value: Value, _ span: Span
  ) -> Failure {
    failure(.wrongType, "'\(spec.name)' takes \(wanted.rawValue)s, found \(value.type.described)", span)
  }
}
