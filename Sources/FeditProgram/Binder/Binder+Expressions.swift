import FeditPixels
import FeditPlan
import FeditSyntax

extension Binder {
  func fits(_ found: ValueType, _ wanted: ValueType) -> Bool {
    found == wanted || found == .unknown || wanted == .unknown || (wanted == .list && found == .range)
  }

  /// An expression that has to be of a type.
  @discardableResult
  func bind(_ value: Expression, as wanted: ValueType, _ what: String) -> BoundExpression {
    if wanted == .string, reportBareText(value, what) { return .missing(value.span) }
    let bound = bind(value)
    if !fits(bound.type, wanted) { wrongType(bound, wanted, what) }
    return bound
  }

  /// `edit brows { … }`, `photo my-portrait.png`: says so once, with the quotes put in.
  private func reportBareText(_ value: Expression, _ what: String) -> Bool {
    var first = value
    search: while true {
      switch first.kind {
      case .member(let base, _): first = base
      case .binary(let symbol, _, let left, _) where [.subtract, .divide].contains(symbol): first = left
      default: break search
      }
    }
    let text = module.source.text(value.span)
    guard case .name(let name) = first.kind, lookup(name) == nil, module.value(name) == nil,
      module.aliases[name] == nil, module.values[name] == nil, module.definition(name) == nil,
      Builtins.functions[name] == nil, Colors.named[name] == nil || value.span != first.span,
      text.unicodeScalars.allSatisfy({
        $0.properties.isAlphabetic || "0123456789_-./".unicodeScalars.contains($0)
      })
    else { return false }
    report(
      .wrongType, "\(what) is a text, and texts stand in quotes", value.span,
      hints: [.init("write \"\(text)\"", edits: [.init(value.span, "\"\(text)\"")])])
    return true
  }

  func wrongType(
    _ value: BoundExpression, _ wanted: ValueType, _ what: String, label: Diagnostic.Label? = nil,
    hint: String? = nil, alternative: Diagnostic.Hint? = nil
  ) {
    let found = value.type
    var hints: [Diagnostic.Hint] = []
    if let hint { hints.append(.init(hint)) }
    if wanted == .angle, found == .number {
      let text = module.source.text(value.span)
      if case .constant(.number) = value.kind {
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
    if let alternative { hints.append(alternative) }
    report(
      .wrongType, "\(what) must be \(wanted.described), found \(found.described)", value.span,
      labels: label.map { [$0] } ?? [], hints: hints)
  }

  func bind(_ value: Expression, allowsImage: Bool = false, allowsFrame: Bool = false) -> BoundExpression {
    let span = value.span
    switch value.kind {
    case .missing: return .missing(span)
    case .number(let number):
      checkSize(number, "numbers are at most 1000000 in size", span)
      return BoundExpression(.constant(.number(number)), .number, span)
    case .angle(let degrees):
      checkSize(degrees, "angles are at most 1000000deg in size", span)
      return BoundExpression(.constant(.angle(degrees)), .angle, span)
    case .string(let parts): return BoundExpression(bind(parts), .string, span)
    case .bool(let bool): return BoundExpression(.constant(.bool(bool)), .bool, span)
    case .color(let red, let green, let blue):
      return BoundExpression(.constant(.color(RGB8(red: red, green: green, blue: blue))), .color, span)
    case .group(let inner):
      let bound = bind(inner, allowsFrame: allowsFrame)
      return BoundExpression(.group(bound), bound.type, span)
    case .point(let x, let y):
      let kind = BoundExpression.Kind.point(
        bind(x, as: .number, "a coordinate"), bind(y, as: .number, "a coordinate"))
      return BoundExpression(kind, .point, span)
    case .list(let elements): return BoundExpression(.list(elements.map { bind($0) }), .list, span)
    case .name(let name): return bind(name: name, span, allowsFrame: allowsFrame)
    case .unary(let symbol, let operand): return bind(symbol, operand, span)
    case .conditional(let condition, let a, let b): return bind(condition, a, b, span)
    case .binary: return bind(chain: value)
    case .index(let list, let index):
      let found = bind(list)
      if !fits(found.type, .list) { wrongType(found, .list, "what '[ ]' takes from") }
      return BoundExpression(.index(found, bind(index, as: .number, "an index")), .unknown, span)
    case .member(let base, let name): return bind(member: name, of: base, span)
    case .call(let callee, let arguments):
      return bind(call: callee, arguments, value, allowsImage: allowsImage, allowsFrame: allowsFrame)
    }
  }

  private func checkSize(_ number: Double, _ message: String, _ span: Span) {
    if !number.isFinite || abs(number) > Limits.magnitude { report(.numberTooLarge, message, span) }
  }

  private func bind(_ parts: [Expression.StringPart]) -> BoundExpression.Kind {
    var pieces: [BoundExpression.Piece] = []
    for part in parts {
      switch part {
      case .text(let text): pieces.append(.text(text))
      case .interpolation(let inner):
        let bound = bind(inner)
        if bound.type == .shape { wrongType(bound, .string, "a text's part", hint: "shapes have no text") }
        pieces.append(.value(bound))
      }
    }
    return .text(pieces)
  }

  private func bind(_ symbol: Expression.UnaryOperator, _ operand: Expression, _ span: Span)
    -> BoundExpression
  {
    let bound = bind(operand)
    if symbol == .not {
      if !fits(bound.type, .bool) { wrongType(bound, .bool, "'!'") }
      return BoundExpression(.not(bound), .bool, span)
    }
    guard [.number, .angle, .point, .unknown].contains(bound.type) else {
      wrongType(bound, .number, "what '-' turns")
      return .missing(span)
    }
    return BoundExpression(.negated(bound), bound.type, span)
  }

  private func bind(_ condition: Expression, _ a: Expression, _ b: Expression, _ span: Span)
    -> BoundExpression
  {
    let condition = bind(condition, as: .bool, "a condition")
    let first = bind(a)
    let second = bind(b)
    var type = first.type
    if first.type == .unknown {
      type = second.type
    } else if second.type != .unknown, first.type != second.type {
      wrongType(second, first.type, "the value after 'else'", hint: "both branches have one type")
      type = .unknown
    }
    return BoundExpression(.conditional(condition, first, second), type, span)
  }

  /// Operators one after the other, the innermost left operand first, so that long chains need no stack.
  private func bind(chain expression: Expression) -> BoundExpression {
    let chain = expression.leftChain
    guard case .binary(_, _, let first, _) = chain[chain.count - 1].kind else {
      return .missing(expression.span)
    }
    let start = bind(first)
    var type = start.type
    var links: [BoundExpression.Link] = []
    for link in chain.reversed() {
      guard case .binary(let symbol, let span, let left, let right) = link.kind else { break }
      let operand = bind(right)
      type = self.type(of: symbol, span, type, left.span, operand)
      links.append(.init(symbol: symbol, symbolSpan: span, operand: operand, type: type, span: link.span))
    }
    return BoundExpression(.chain(start, links), type, expression.span)
  }

  private func type(
    of symbol: Expression.BinaryOperator, _ span: Span, _ left: ValueType, _ leftSpan: Span,
    _ right: BoundExpression
  ) -> ValueType {
    if let type = operatorType(symbol, left, right.type) { return type }
    let hint: String
    if (left == .angle && right.type == .number) || (left == .number && right.type == .angle) {
      hint = "angles have a unit: 30deg; a bare number is no angle"
    } else if left == .string || right.type == .string, symbol == .add {
      hint = "texts are put together as \"\\(a)\\(b)\""
    } else if symbol == .and || symbol == .or {
      hint = "'\(symbol.rawValue)' joins conditions"
    } else {
      hint = "both sides have to fit: numbers with numbers, points with points, shapes with shapes"
    }
    report(
      .wrongType, "'\(symbol.rawValue)' cannot join \(left.described) and \(right.type.described)", span,
      labels: [
        .init(module.range(leftSpan), left.described), .init(module.range(right.span), right.type.described),
      ], hints: [.init(hint)])
    return .unknown
  }

  private func bind(name: String, _ span: Span, allowsFrame: Bool) -> BoundExpression {
    if allowsFrame, name == "face" {
      if !hasFace, !hasForeignFace {
        report(
          .noFace, "the script does not say where the face is", span,
          hints: [
            .init(
              "add 'face eyes (98, 122), (158, 122) mouth (128, 182)' before the first edit; 'fedit grid' helps to read the places off"
            )
          ])
      }
      return BoundExpression(.face, .frame, span)
    }
    if let found = lookup(name) {
      use(
        name, span, found.kind, found.identifier.span.end > 0 ? module.range(found.identifier.span) : nil,
        found.type)
      return BoundExpression(found.value, found.type, span)
    }
    if let (value, owner) = module.value(name), owner !== module {
      use(name, span, value.kind, owner.range(value.identifier.span), value.type)
      return BoundExpression(value.value, value.type, span)
    }
    if let color = Colors.named[name] {
      use(name, span, .builtin, nil, .color)
      return BoundExpression(.constant(.color(color)), .color, span)
    }
    // A name of the script goes before an outline of the face.
    if faceFrames > 0, let contour = FaceContour(rawValue: name) {
      use(name, span, .builtin, nil, .shape)
      return BoundExpression(.outline(contour), .shape, span)
    }
    if module.aliases[name] != nil {
      report(.notAValue, "'\(name)' is a file's name", span, hints: [.init("write \(name).NAME")])
      return .missing(span)
    }
    unknownName(name, span)
    return .missing(span)
  }

  /// The type of what a loop goes through.
  func elementType(of sequence: BoundExpression) -> ValueType {
    if sequence.type == .range { return .number }
    guard case .list(let elements) = sequence.kind, let first = elements.first else { return .unknown }
    return elements.allSatisfy { $0.type == first.type } ? first.type : .unknown
  }
}
