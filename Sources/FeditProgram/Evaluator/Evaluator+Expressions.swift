import FeditPixels
import FeditPlan
import FeditSyntax

extension Evaluator {
  // MARK: Values of a type

  func number(_ expression: BoundExpression) throws(Failure) -> Double {
    try taken(expression, "a number") { if case .number(let value) = $0 { value } else { nil } }
  }

  func point(_ expression: BoundExpression) throws(Failure) -> Point {
    try taken(expression, "a point") { if case .point(let value) = $0 { value } else { nil } }
  }

  func bool(_ expression: BoundExpression) throws(Failure) -> Bool {
    try taken(expression, "a truth value") { if case .bool(let value) = $0 { value } else { nil } }
  }

  func string(_ expression: BoundExpression) throws(Failure) -> String {
    try taken(expression, "a string") { if case .string(let value) = $0 { value } else { nil } }
  }

  func color(_ expression: BoundExpression) throws(Failure) -> RGB8 {
    try taken(expression, "a colour") { if case .color(let value) = $0 { value } else { nil } }
  }

  /// Evaluates an expression and takes out what it has to be, in words `wanted`; else it is an error at its place.
  private func taken<Wanted>(
    _ expression: BoundExpression, _ wanted: String, _ take: (Value) -> Wanted?
  ) throws(Failure) -> Wanted {
    let value = try evaluate(expression)
    guard let taken = take(value) else { throw wrongType(expression, value, wanted) }
    return taken
  }

  /// A number that is finite and not too large, else an error at its place.
  func checked(_ value: Double, _ span: Span) throws(Failure) -> Double {
    guard value.isFinite, abs(value) <= Limits.magnitude else {
      throw failure(
        .numberTooLarge,
        value.isNaN ? "this has no value" : "the result is more than 1000000 in size", span)
    }
    return value
  }

  func checked(_ value: Point, _ span: Span) throws(Failure) -> Value {
    .point(Point(try checked(value.x, span), try checked(value.y, span)))
  }

  func wrongType(_ expression: BoundExpression, _ found: Value, _ wanted: String) -> Failure {
    failure(.wrongType, "\(wanted) is needed here, found \(found.type.described)", expression.span)
  }

  // MARK: Expressions

  func evaluate(_ expression: BoundExpression) throws(Failure) -> Value {
    try enterExpression(expression.span)
    defer { leaveExpression() }
    guard expression.span == watch else { return try value(of: expression) }
    let value = try value(of: expression)
    note(value)
    return value
  }

  private func value(of expression: BoundExpression) throws(Failure) -> Value {
    let span = expression.span
    switch expression.kind {
    case .missing: throw failure(.expected, "a value is missing here", span)
    case .constant(let value): return value
    case .text(let pieces): return try text(pieces, span)
    case .group(let inner): return try evaluate(inner)
    case .point(let x, let y): return .point(Point(try number(x), try number(y)))
    case .list(let elements): return try list(elements, span)
    case .local(let place):
      guard let value = locals[localsBase + place] else {
        throw failure(
          .unknownName, "the script's face has no mouth", span,
          hints: ["say where it is: face eyes P, P mouth P"])
      }
      return value
    case .global(let slot):
      guard let value = globals[slot.module][slot.slot] else {
        throw failure(
          .usedTooEarly, "this name has no value yet", span,
          hints: ["its 'let' or 'param' stands further down; move it up"])
      }
      return value
    case .face: return .frame(try faceFrame(span))
    case .outline(let contour): return try outline(contour, span)
    case .not(let operand): return .bool(try !bool(operand))
    case .negated(let operand): return try negated(operand)
    case .chain(let first, let links): return try evaluate(first, links, span)
    case .conditional(let condition, let a, let b): return try bool(condition) ? evaluate(a) : evaluate(b)
    case .index(let list, let index): return try element(list, index)
    case .coordinate(let base, let isX):
      guard case .point(let point) = try evaluate(base) else {
        throw failure(.unknownMember, "only a point has .x and .y", span)
      }
      return .number(isX ? point.x : point.y)
    case .unknownMember(let base, let name):
      let value = try evaluate(base)
      throw failure(.unknownMember, "\(value.type.described) has no '\(name.text)'", name.span)
    case .function(let spec, let receiver, let arguments):
      guard let receiver else { return try apply(spec, to: nil, arguments, span) }
      let target = try evaluate(receiver)
      guard let method = Builtins.methods[target.type]?[spec.name] else {
        throw failure(.unknownMember, "\(target.type.described) has no '\(spec.name)'", span)
      }
      return try apply(method, to: target, arguments, span)
    case .definition(let definition, let arguments):
      guard case .value(let body)? = definition.body else {
        throw failure(.notAValue, "'\(definition.name)' draws and gives no value", span)
      }
      return try enter(definition, arguments, span) { () throws(Failure) in try evaluate(body) }
    }
  }

  private func text(_ pieces: [BoundExpression.Piece], _ span: Span) throws(Failure) -> Value {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let piece): text += piece
      case .value(let inner): text += try evaluate(inner).text
      }
      guard text.utf8.count <= Value.textLimit else {
        throw failure(.textTooLong, "this text has more than \(Value.textLimit) bytes", span)
      }
    }
    try charge(text: text, span)
    return .string(text)
  }

  private func list(_ elements: [BoundExpression], _ span: Span) throws(Failure) -> Value {
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for element in elements { values.append(try evaluate(element)) }
    try charge(elements.count / 8, span)
    let list = ListValue(values)
    guard list.depth <= ListValue.depthLimit else {
      throw failure(
        .nestingTooDeep, "lists are nested more than \(ListValue.depthLimit) levels deep", span)
    }
    return .list(list)
  }

  private func negated(_ operand: BoundExpression) throws(Failure) -> Value {
    switch try evaluate(operand) {
    case .number(let number): return .number(-number)
    case .angle(let angle): return .angle(-angle)
    case .point(let point): return .point(Point(-point.x, -point.y))
    case let value: throw wrongType(operand, value, "a number")
    }
  }

  private func element(_ list: BoundExpression, _ index: BoundExpression) throws(Failure) -> Value {
    let place = try number(index)
    switch try evaluate(list) {
    case .list(let list):
      let values = list.elements
      guard place == place.rounded(), place >= 0, place < Double(values.count) else {
        throw failure(
          .badIndex,
          values.isEmpty
            ? "the list is empty"
            : "there is no element \(numberText(place)); the list's are 0 to \(values.count - 1)", index.span)
      }
      return values[Int(place)]
    case .range(let from, let to):
      guard place == place.rounded(), place >= 0, place < Double(to - from) else {
        throw failure(.badIndex, "there is no element \(numberText(place)) in this range", index.span)
      }
      return .number(Double(from) + place)
    case let other: throw wrongType(list, other, "a list")
    }
  }
}
