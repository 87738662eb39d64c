import FeditPlan
import FeditSyntax

extension Evaluator {
  // MARK: Values of a type

  func number(_ expression: Expression) throws(Failure) -> Double {
    let value = try evaluate(expression)
    guard case .number(let number) = value else { throw wrongType(expression, value, "a number") }
    return number
  }

  func point(_ expression: Expression) throws(Failure) -> Point {
    let value = try evaluate(expression)
    guard case .point(let point) = value else { throw wrongType(expression, value, "a point") }
    return point
  }

  func bool(_ expression: Expression) throws(Failure) -> Bool {
    let value = try evaluate(expression)
    guard case .bool(let bool) = value else { throw wrongType(expression, value, "a truth value") }
    return bool
  }

  func string(_ expression: Expression) throws(Failure) -> String {
    let value = try evaluate(expression)
    guard case .string(let string) = value else { throw wrongType(expression, value, "a string") }
    return string
  }

  func color(_ expression: Expression) throws(Failure) -> PlanColor {
    let value = try evaluate(expression)
    guard case .color(let color) = value else { throw wrongType(expression, value, "a colour") }
    return color
  }

  /// A number that is finite and not too large, else an error at its place.
  private func checked(_ value: Double, _ span: Span) throws(Failure) -> Double {
    guard value.isFinite, abs(value) <= Limits.magnitude else {
      throw failure(
        "number-too-large",
        value.isNaN ? "this has no value" : "the result is more than 1000000 in size", span)
    }
    return value
  }

  private func checked(_ value: Point, _ span: Span) throws(Failure) -> Value {
    .point(Point(try checked(value.x, span), try checked(value.y, span)))
  }

  // MARK: Expressions

  func evaluate(_ expression: Expression) throws(Failure) -> Value {
    try enterExpression(expression.span)
    defer { leaveExpression() }
    guard expression.span == options.watch else { return try value(of: expression) }
    let value = try value(of: expression)
    watch(value)
    return value
  }

  private func value(of expression: Expression) throws(Failure) -> Value {
    switch expression.kind {
    case .missing: throw failure("expected", "a value is missing here", expression.span)
    case .number(let value): return .number(try checked(value, expression.span))
    case .angle(let value): return .angle(try checked(value, expression.span))
    case .bool(let value): return .bool(value)
    case .color(let red, let green, let blue): return .color(PlanColor(red: red, green: green, blue: blue))
    case .string(let parts):
      var text = ""
      for part in parts {
        switch part {
        case .text(let piece): text += piece
        case .interpolation(let inner): text += try evaluate(inner).text
        }
        guard text.utf8.count <= Value.textLimit else {
          throw failure("text-too-long", "this text has more than \(Value.textLimit) bytes", expression.span)
        }
      }
      try charge(text.utf8.count / 64, expression.span)
      return .string(text)
    case .group(let inner): return try evaluate(inner)
    case .point(let x, let y): return .point(Point(try number(x), try number(y)))
    case .list(let elements):
      var values: [Value] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try evaluate(element)) }
      try charge(elements.count / 8, expression.span)
      return .list(values)
    case .name(let name):
      return try value(ofName: name, expression.span)
    case .unary(let symbol, let operand):
      let value = try evaluate(operand)
      switch (symbol, value) {
      case (.not, .bool(let bool)): return .bool(!bool)
      case (.negate, .number(let number)): return .number(-number)
      case (.negate, .angle(let angle)): return .angle(-angle)
      case (.negate, .point(let point)): return .point(Point(-point.x, -point.y))
      default: throw wrongType(operand, value, symbol == .not ? "a truth value" : "a number")
      }
    case .conditional(let condition, let a, let b): return try bool(condition) ? evaluate(a) : evaluate(b)
    case .binary(let symbol, let span, let a, let b): return try evaluate(symbol, span, a, b, expression.span)
    case .index(let list, let index): return try element(list, index)
    case .member(let base, let name):
      if case .name(let alias) = base.kind, let used = aliased(alias) { return try value(of: name, in: used) }
      guard case .point(let point) = try evaluate(base) else {
        throw failure("unknown-member", "there is no '\(name.text)' here", name.span)
      }
      return .number(name.text == "x" ? point.x : point.y)
    case .call(let callee, let arguments): return try call(callee, arguments, expression.span)
    }
  }

  /// What stands behind `in`: `face` is a frame there and nowhere else.
  func evaluateFrame(_ expression: Expression) throws(Failure) -> Value {
    switch expression.kind {
    case .name("face"): return .frame(try faceFrame(expression.span))
    case .group(let inner): return try evaluateFrame(inner)
    case .call(let callee, let arguments):
      guard case .member(let base, let name) = callee.kind else { break }
      try enterExpression(expression.span)
      defer { leaveExpression() }
      guard case .frame(let frame) = try evaluateFrame(base),
        let signature = Builtins.methods[.frame]?[name.text]
      else { break }
      let values = try bound(signature, name.text, arguments, expression.span)
      return .frame(frame.then(try map(name.text, values, expression.span)))
    default: break
    }
    return try evaluate(expression)
  }

  private func element(_ list: Expression, _ index: Expression) throws(Failure) -> Value {
    let place = try number(index)
    switch try evaluate(list) {
    case .list(let values):
      guard place == place.rounded(), place >= 0, place < Double(values.count) else {
        throw failure(
          "bad-index",
          values.isEmpty
            ? "the list is empty"
            : "there is no element \(numberText(place)); the list's are 0 to \(values.count - 1)", index.span)
      }
      return values[Int(place)]
    case .range(let from, let to):
      guard place == place.rounded(), place >= 0, place < Double(to - from) else {
        throw failure("bad-index", "there is no element \(numberText(place)) in this range", index.span)
      }
      return .number(Double(from) + place)
    case let other: throw wrongType(list, other, "a list")
    }
  }

  private func evaluate(
    _ symbol: Expression.BinaryOperator, _ span: Span, _ a: Expression, _ b: Expression, _ whole: Span
  ) throws(Failure) -> Value {
    if symbol == .and { return .bool(try bool(a) ? bool(b) : false) }
    if symbol == .or { return .bool(try bool(a) ? true : bool(b)) }
    let left = try evaluate(a)
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
          "bad-range", "a range's ends are whole numbers, found \(numberText(value))", expression.span)
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
        "nesting-too-deep", "shapes are combined more than 256 levels deep", span,
        hints: ["draw them one by one"])
    }
    guard size <= options.limits.elements else { throw tooMany(span) }
    return ShapeValue(shape, depth: depth, size: size)
  }

  /// A new shape that is one path.
  private func made(_ shape: PlanShape, _ span: Span) throws(Failure) -> Value {
    let value = ShapeValue(shape)
    try charge(value.size / 2, span)
    return .shape(value)
  }

  private func mapped(_ shape: ShapeValue, _ map: Affine, _ span: Span) throws(Failure) -> Value {
    try charge(shape.size / 2, span)
    return .shape(ShapeValue(shape.shape.transformed(by: map), depth: shape.depth, size: shape.size))
  }

  private func misfit(
    _ symbol: Expression.BinaryOperator, _ left: Value, _ right: Value, _ span: Span
  ) -> Failure {
    failure(
      "wrong-type",
      "'\(symbol.rawValue)' does not go with \(left.type.described) and \(right.type.described)", span)
  }

  private func nonZero(_ value: Double, _ expression: Expression, _ span: Span) throws(Failure) -> Double {
    guard value != 0 else {
      throw failure(
        "division-by-zero", "this divides by zero", span,
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
    case (.string(let a), .string(let b)): return a == b
    case (.color(let a), .color(let b)): return a == b
    case (.point(let a), .point(let b)): return a == b
    default: throw misfit(.equal, left, right, span)
    }
  }

  // MARK: Calls

  private func call(_ callee: Expression, _ arguments: [Argument], _ span: Span) throws(Failure) -> Value {
    if let (definition, owner) = definition(of: callee) {
      return try callFunction(definition, owner, arguments, span)
    }
    try step(span)
    switch callee.kind {
    case .name(let name):
      guard let signature = Builtins.functions[name] else {
        throw failure("unknown-name", "there is no function '\(name)'", callee.span)
      }
      if case .repeated = signature.form { return try callRepeated(name, arguments, span) }
      return try callFixed(name, bound(signature, name, arguments, span), arguments, span)
    case .member(let base, let name):
      let target = try evaluate(base)
      guard let signature = Builtins.methods[target.type]?[name.text] else {
        throw failure("unknown-member", "\(target.type.described) has no '\(name.text)'", name.span)
      }
      return try callMethod(target, name.text, bound(signature, name.text, arguments, span), span)
    default: throw failure("not-a-function", "this cannot be called", callee.span)
    }
  }

  /// The values of a call's parameters, in their order.
  func bound(
    _ signature: Signature, _ name: String, _ arguments: [Argument], _ span: Span
  ) throws(Failure) -> [Value?] {
    guard case .parameters(let parameters) = signature.form,
      case .bound(let places) = Binding.bind(
        arguments, to: parameters.map { ($0.name, $0.isOptional) }, of: name)
    else { throw failure("wrong-arguments", "the arguments of '\(name)' do not fit", span) }
    var values: [Value?] = []
    for (parameter, place) in zip(parameters, places) {
      guard let place else {
        values.append(nil)
        continue
      }
      let value = try evaluate(arguments[place].value)
      let type = value.type
      guard parameter.types.contains(type) || type == .range && parameter.types.contains(.list) else {
        let wanted = ValueType.allCases.first { parameter.types.contains($0) } ?? .unknown
        throw wrongType(arguments[place].value, value, wanted.described)
      }
      values.append(value)
    }
    return values
  }

  private func callRepeated(_ name: String, _ arguments: [Argument], _ span: Span) throws(Failure) -> Value {
    var values: [Value] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments { values.append(try evaluate(argument.value)) }
    if values.count == 1 {
      if case .list(let elements) = values[0] { values = elements }
      if case .range(let from, let to) = values[0] {
        guard to - from <= options.limits.elements else { throw tooMany(span) }
        values = (from..<to).map { .number(Double($0)) }
      }
    }
    guard values.count <= options.limits.elements else { throw tooMany(span) }
    if name == "min" || name == "max" {
      var best: Double?
      for value in values {
        guard case .number(let number) = value else { throw elementMisfit(name, "numbers", value, span) }
        best = best.map { name == "min" ? min($0, number) : max($0, number) } ?? number
      }
      guard let best else { throw failure("wrong-arguments", "'\(name)' of no numbers", span) }
      return .number(best)
    }
    var points: [Point] = []
    for value in values {
      guard case .point(let point) = value else { throw elementMisfit(name, "points", value, span) }
      points.append(point)
    }
    let minimum = ["polygon": 3, "blob": 3, "bezier": 4][name] ?? 2
    guard points.count >= minimum, name != "bezier" || (points.count - 1) % 3 == 0 else {
      throw failure(
        "wrong-arguments",
        name == "bezier"
          ? "'bezier' takes a point and then three for each piece, found \(points.count)"
          : "'\(name)' needs at least \(minimum) points, found \(points.count)", span)
    }
    switch name {
    case "line": return try made(Shapes.line(points), span)
    case "curve": return try made(Shapes.curve(points), span)
    case "bezier": return try made(Shapes.bezier(points), span)
    case "polygon": return try made(Shapes.polygon(points), span)
    default: return try made(Shapes.blob(points), span)
    }
  }

  private func tooMany(_ span: Span) -> Failure {
    failure(
      "too-many-elements", "a list or shape has at most \(options.limits.elements) elements", span,
      hints: ["draw it in parts"])
  }

  private func elementMisfit(_ name: String, _ wanted: String, _ value: Value, _ span: Span) -> Failure {
    failure("wrong-type", "'\(name)' takes \(wanted), found \(value.type.described)", span)
  }

  private func callFixed(
    _ name: String, _ values: [Value?], _ arguments: [Argument], _ span: Span
  ) throws(Failure) -> Value {
    // Their types have been checked against the signature.
    func n(_ index: Int) -> Double { if case .number(let value)? = values[index] { value } else { 0 } }
    func a(_ index: Int) -> Double { if case .angle(let value)? = values[index] { value } else { 0 } }
    func p(_ index: Int) -> Point {
      if case .point(let value)? = values[index] { value } else { Point(0, 0) }
    }
    func c(_ index: Int) -> PlanColor {
      if case .color(let value)? = values[index] { value } else { PlanColor(red: 0, green: 0, blue: 0) }
    }
    func s(_ index: Int) -> String { if case .string(let value)? = values[index] { value } else { "" } }
    switch name {
    case "arc":
      return try made(Shapes.arc(p(0), try positive(n(1), "a radius", span), from: a(2), to: a(3)), span)
    case "rect", "ellipse":
      var pair: [Point] = []
      if case .list(let elements)? = values[0] {
        for element in elements {
          guard case .point(let place) = element else { throw elementMisfit(name, "points", element, span) }
          pair.append(place)
        }
      } else {
        for case .point(let place)? in values.prefix(2) { pair.append(place) }
      }
      guard pair.count == 2 else {
        throw failure(
          "wrong-arguments", "'\(name)' takes two points", span,
          hints: [Builtins.functions[name]?.usage ?? ""])
      }
      if name == "ellipse" {
        _ = try positive(pair[1].x, "a radius", span)
        _ = try positive(pair[1].y, "a radius", span)
        return try made(Shapes.ellipse(pair[0], pair[1]), span)
      }
      let corner = n(2)
      guard corner >= 0 else { throw failure("out-of-range", "a corner's radius is 0 or more", span) }
      guard pair[1].x != 0, pair[1].y != 0 else {
        throw failure("out-of-range", "a rectangle's sides are not 0", span)
      }
      return try made(Shapes.rect(pair[0], pair[1], round: corner), span)
    case "circle":
      let radius = try positive(n(1), "a radius", span)
      return try made(Shapes.ellipse(p(0), Point(radius, radius)), span)
    case "path":
      let parsed: PlanShape
      do throws(SVGPath.Problem) {
        parsed = try SVGPath.parse(s(0), limit: options.limits.elements)
      } catch {
        throw failure("bad-path-data", "\(error.message) (character \(error.offset + 1))", span)
      }
      return try made(parsed, span)
    case "image": return .image(try file(s(0), arguments.first?.value.span ?? span, what: "image"))
    case "moved", "scaled", "rotated": return .frame(try map(name, values, span))
    case "rgb":
      for index in 0..<3 where !(0...255).contains(n(index)) {
        throw failure("out-of-range", "colours go from 0 to 255, found \(numberText(n(index)))", span)
      }
      return .color(Colors.clipped(n(0) / 255, n(1) / 255, n(2) / 255))
    case "hsl":
      for index in 1..<3 where !(0...1).contains(n(index)) {
        throw failure(
          "out-of-range", "saturation and lightness go from 0 to 1, found \(numberText(n(index)))", span)
      }
      return .color(Colors.hsl(a(0), n(1), n(2)))
    case "oklch":
      guard (0...1).contains(n(0)), n(1) >= 0 else {
        throw failure("out-of-range", "lightness goes from 0 to 1 and chroma from 0", span)
      }
      return .color(Colors.oklch(n(0), n(1), a(2)))
    case "sample": return .color(try sample(p(0), span))
    case "mix": return .color(Colors.mix(c(0), c(1), n(2)))
    case "abs": return .number(Swift.abs(n(0)))
    case "floor": return .number(n(0).rounded(.down))
    case "round": return .number(n(0).rounded(.toNearestOrAwayFromZero))
    case "sqrt":
      guard n(0) >= 0 else { throw failure("out-of-range", "a negative number has no square root", span) }
      return .number(n(0).squareRoot())
    case "sin": return .number(sine(a(0)))
    case "cos": return .number(cosine(a(0)))
    case "atan2": return .angle(arcTangent(n(0), n(1)))
    case "lerp":
      switch (values[0], values[1]) {
      case (.number?, .number?): return .number(try checked(n(0) + (n(1) - n(0)) * n(2), span))
      case (.point?, .point?):
        return try checked(
          Point(p(0).x + (p(1).x - p(0).x) * n(2), p(0).y + (p(1).y - p(0).y) * n(2)), span)
      default: break
      }
    case "clamp":
      guard n(1) <= n(2) else { throw failure("out-of-range", "'low' is more than 'high'", span) }
      return .number(Swift.min(Swift.max(n(0), n(1)), n(2)))
    case "length":
      switch values[0] {
      case .list(let elements)?: return .number(Double(elements.count))
      case .range(let from, let to)?: return .number(Double(to - from))
      case .string(let text)?: return .number(Double(text.count))
      default: return .number(try checked(Shapes.distance(p(0), Point(0, 0)), span))
      }
    case "random": return .number(random(values[0]?.sourceText ?? ""))
    default: break
    }
    throw failure("wrong-arguments", "the arguments of '\(name)' do not fit", span)
  }

  private func positive(_ value: Double, _ what: String, _ span: Span) throws(Failure) -> Double {
    guard value > 0 else {
      throw failure("out-of-range", "\(what) is more than 0, found \(numberText(value))", span)
    }
    return value
  }

  private func callMethod(
    _ target: Value, _ name: String, _ values: [Value?], _ span: Span
  ) throws(Failure) -> Value {
    switch target {
    case .frame(let frame): return .frame(frame.then(try map(name, values, span)))
    case .shape(let shape):
      switch name {
      case "grown":
        guard case .number(let radius)? = values[0] else { break }
        return .shape(try combined(.grown(shape.shape, radius: radius, pen: .identity), [shape], span))
      case "mirrored":
        guard case .number(let x)? = values[0] else { break }
        return try mapped(shape, .scaling(-1, 1, about: Point(x, 0)), span)
      default: return try mapped(shape, try map(name, values, span), span)
      }
    default: break
    }
    throw failure("wrong-arguments", "the arguments of '\(name)' do not fit", span)
  }

  /// The map of `moved`, `scaled` and `rotated`, for shapes and frames alike.
  func map(_ name: String, _ values: [Value?], _ span: Span) throws(Failure) -> Affine {
    var about = Point(0, 0)
    if values.count > 1, case .point(let p)? = values[1] { about = p }
    switch (name, values[0]) {
    case ("moved", .point(let by)?): return .translation(by.x, by.y)
    case ("scaled", .number(let by)?):
      guard by != 0 else { throw failure("out-of-range", "scaling by 0 leaves nothing", span) }
      return .scaling(by, by, about: about)
    case ("scaled", .point(let by)?):
      guard by.x != 0, by.y != 0 else { throw failure("out-of-range", "scaling by 0 leaves nothing", span) }
      return .scaling(by.x, by.y, about: about)
    case ("rotated", .angle(let by)?): return .rotation(by, about: about)
    default: throw failure("wrong-arguments", "the arguments of '\(name)' do not fit", span)
    }
  }

  /// FNV-1a of the key's text, then the finalizer of SplitMix64: 53 bits as 0 ≤ x < 1.
  private func random(_ key: String) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash &+= 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    hash ^= hash >> 31
    return Double(hash >> 11) * 0x1p-53
  }
}
