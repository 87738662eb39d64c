import FeditPlan
import FeditSyntax

extension Evaluator {
  /// Operators one after the other, from the left.
  func evaluate(
    _ first: BoundExpression, _ links: [BoundExpression.Link], _ span: Span
  ) throws(Failure) -> Value {
    try charge(links.count / 8, span)
    var value = try evaluate(first)
    var left = first
    for link in links {
      value = try apply(link, to: value, left)
      if link.span == watch, link.span != span { note(value) }
      // Where something is wrong with what the chain has made so far, all of it is marked.
      left = BoundExpression(.missing, link.type, link.span)
    }
    return value
  }

  private func apply(
    _ link: BoundExpression.Link, to left: Value, _ a: BoundExpression
  ) throws(Failure) -> Value {
    let (symbol, span, b, whole) = (link.symbol, link.symbolSpan, link.operand, link.span)
    if symbol == .and || symbol == .or {
      guard case .bool(let isTrue) = left else { throw wrongType(a, left, "a truth value") }
      return .bool(isTrue == (symbol == .and) ? try bool(b) : isTrue)
    }
    let right = try evaluate(b)
    switch symbol {
    case .equal: return .bool(try areEqual(left, right, span))
    case .notEqual: return .bool(try !areEqual(left, right, span))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      let x: Double
      let y: Double
      switch (left, right) {
      case (.number(let p), .number(let q)), (.angle(let p), .angle(let q)): (x, y) = (p, q)
      default: throw misfit(symbol, left, right, span)
      }
      switch symbol {
      case .less: return .bool(x < y)
      case .lessOrEqual: return .bool(x <= y)
      case .greater: return .bool(x > y)
      default: return .bool(x >= y)
      }
    case .rangeHalfOpen, .rangeClosed:
      guard case .number(let x) = left, case .number(let y) = right else {
        throw misfit(symbol, left, right, span)
      }
      for (value, expression) in [(x, a), (y, b)] where value != value.rounded() {
        throw failure(
          .badRange, "a range's ends are whole numbers, found \(numberText(value))", expression.span)
      }
      let end = Int(y) + (symbol == .rangeClosed ? 1 : 0)
      return .range(Int(x), max(Int(x), end))
    default: break
    }
    switch (symbol, left, right) {
    case (.add, .number(let x), .number(let y)): return .number(try checked(x + y, whole))
    case (.subtract, .number(let x), .number(let y)): return .number(try checked(x - y, whole))
    case (.multiply, .number(let x), .number(let y)): return .number(try checked(x * y, whole))
    case (.divide, .number(let x), .number(let y)):
      return .number(try checked(x / nonZero(y, b, span), whole))
    case (.remainder, .number(let x), .number(let y)):
      return .number(try checked(modulo(x, nonZero(y, b, span)), whole))
    case (.add, .angle(let x), .angle(let y)): return .angle(try checked(x + y, whole))
    case (.subtract, .angle(let x), .angle(let y)): return .angle(try checked(x - y, whole))
    case (.multiply, .angle(let x), .number(let y)), (.multiply, .number(let x), .angle(let y)):
      return .angle(try checked(x * y, whole))
    case (.divide, .angle(let x), .number(let y)): return .angle(try checked(x / nonZero(y, b, span), whole))
    case (.divide, .angle(let x), .angle(let y)): return .number(try checked(x / nonZero(y, b, span), whole))
    case (.remainder, .angle(let x), .angle(let y)):
      return .angle(try checked(modulo(x, nonZero(y, b, span)), whole))
    case (.add, .point(let p), .point(let q)): return try checked(Point(p.x + q.x, p.y + q.y), whole)
    case (.subtract, .point(let p), .point(let q)): return try checked(Point(p.x - q.x, p.y - q.y), whole)
    case (.multiply, .point(let p), .number(let s)), (.multiply, .number(let s), .point(let p)):
      return try checked(Point(p.x * s, p.y * s), whole)
    case (.divide, .point(let p), .number(let s)):
      let divisor = try nonZero(s, b, span)
      return try checked(Point(p.x / divisor, p.y / divisor), whole)
    case (.add, .shape(let s), .shape(let t)):
      return .shape(try combined(.union(s.shape, t.shape), [s, t], whole))
    case (.subtract, .shape(let s), .shape(let t)):
      return .shape(try combined(.subtraction(s.shape, t.shape), [s, t], whole))
    case (.intersect, .shape(let s), .shape(let t)):
      return .shape(try combined(.intersection(s.shape, t.shape), [s, t], whole))
    default: throw misfit(symbol, left, right, span)
    }
  }

  /// A shape made of others. Shape algebra is carried out recursively when it is drawn, so its depth
  /// is bounded, and so is its size.
  func combined(_ shape: PlanShape, _ parts: [ShapeValue], _ span: Span) throws(Failure) -> ShapeValue {
    let depth = 1 + (parts.map(\.depth).max() ?? 0)
    let size = parts.reduce(1) { $0 + $1.size }
    guard depth <= 256 else {
      throw failure(
        .nestingTooDeep, "shapes are combined more than 256 levels deep", span,
        hints: ["draw them one by one"])
    }
    guard size <= options.limits.elements else { throw tooMany(span) }
    let handles =
      parts.count == 1 ? parts[0].handles : Array(parts.flatMap(\.handles).prefix(ShapeValue.handleLimit))
    return ShapeValue(shape, depth: depth, size: size, handles: handles)
  }

  /// A new shape that is one path.
  func made(_ shape: PlanShape, _ span: Span) throws(Failure) -> Value {
    let value = ShapeValue(shape)
    try charge(value.size / 2, span)
    return .shape(value)
  }

  func mapped(_ shape: ShapeValue, _ map: Affine, _ span: Span) throws(Failure) -> Value {
    try charge(shape.size / 2, span)
    let handles = shape.handles.map { ShapeValue.Handle(point: map($0.point), site: $0.site) }
    let moved = shape.shape.transformed(by: map)
    return .shape(ShapeValue(moved, depth: shape.depth, size: shape.size, handles: handles))
  }

  private func misfit(
    _ symbol: Expression.BinaryOperator, _ left: Value, _ right: Value, _ span: Span
  ) -> Failure {
    failure(
      .wrongType,
      "'\(symbol.rawValue)' does not go with \(left.type.described) and \(right.type.described)", span)
  }

  private func nonZero(_ value: Double, _ expression: BoundExpression, _ span: Span) throws(Failure) -> Double
  {
    guard value != 0 else {
      throw failure(
        .divisionByZero, "this divides by zero", span,
        labels: [.init(module.range(expression.span), "this is 0")],
        hints: ["choose another way with 'if x == 0 then … else …'"])
    }
    return value
  }

  /// The remainder with the divisor's sign, so that patterns repeat across zero.
  private func modulo(_ x: Double, _ y: Double) -> Double {
    let rest = x.truncatingRemainder(dividingBy: y)
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
  }

  private func areEqual(_ left: Value, _ right: Value, _ span: Span) throws(Failure) -> Bool {
    switch (left, right) {
    case (.number(let a), .number(let b)), (.angle(let a), .angle(let b)): return a == b
    case (.bool(let a), .bool(let b)): return a == b
    case (.string(let a), .string(let b)):
      try charge(text: a, span)
      return a == b
    case (.color(let a), .color(let b)): return a == b
    case (.point(let a), .point(let b)): return a == b
    default: throw misfit(.equal, left, right, span)
    }
  }
}
