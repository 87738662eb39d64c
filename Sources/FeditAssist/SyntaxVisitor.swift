import FeditSyntax

extension Expression {
  /// The expressions directly inside.
  package var children: [Expression] {
    switch kind {
    case .number, .angle, .bool, .color, .name, .missing: []
    case .string(let parts):
      parts.compactMap { if case .interpolation(let inner) = $0 { inner } else { nil } }
    case .point(let a, let b), .index(let a, let b): [a, b]
    case .binary(_, _, let a, let b): [a, b]
    case .list(let elements): elements
    case .unary(_, let inner), .group(let inner): [inner]
    case .member(let base, _): [base]
    case .conditional(let condition, let a, let b): [condition, a, b]
    case .call(let callee, let arguments): [callee] + arguments.map(\.value)
    }
  }

  /// Calls `body` with this expression and everything inside it, the outer ones first.
  public func walk(_ body: (Expression) -> Void) {
    body(self)
    for child in children { child.walk(body) }
  }
}

extension Statement {
  /// The expressions that belong to the statement itself, those of its blocks not.
  package var expressions: [Expression] {
    switch kind {
    case .missing: []
    case .plain(let statement): statement.entries.map(\.value)
    case .call(let value), .letValue(_, let value), .forEach(_, let value, _), .edit(let value, _),
      .inFrame(let value, _), .ifElse(let value, _, _):
      [value]
    case .param(_, _, let value, let doc): [value] + [doc].compactMap(\.self)
    case .def(let definition):
      definition.parameters.compactMap(\.defaultValue)
        + { if case .value(let value) = definition.body { [value] } else { [] } }()
    case .stroke(let stroke): [stroke.shape] + stroke.modifiers.values
    case .paint(let paint):
      [paint.shape] + paint.modifiers.values + paint.entries.flatMap(\.modifiers.values)
    }
  }

  /// The blocks directly inside.
  public var blocks: [Block] {
    switch kind {
    case .forEach(_, _, let body), .edit(_, let body), .inFrame(_, let body): return [body]
    case .ifElse(_, let then, let otherwise): return [then] + [otherwise].compactMap(\.self)
    case .def(let definition):
      if case .block(let block) = definition.body { return [block] }
      return []
    default: return []
    }
  }

  /// Calls `body` with this statement and all those in its blocks, in the order of the source.
  public func walk(_ body: (Statement) -> Void) {
    body(self)
    for block in blocks { for statement in block.statements { statement.walk(body) } }
  }
}

extension Script {
  /// Calls `body` with every expression of the script.
  public func walkExpressions(_ body: (Expression) -> Void) {
    for statement in statements {
      statement.walk { for expression in $0.expressions { expression.walk(body) } }
    }
  }

  /// The expressions around a place, the outermost first.
  package func expressions(at offset: Int) -> [Expression] {
    var result: [Expression] = []
    func descend(_ expression: Expression) {
      guard expression.span.start <= offset, offset <= expression.span.end else { return }
      result.append(expression)
      // Where two touch, the one that begins here wins.
      if let inner = expression.children.last(where: { $0.span.start <= offset && offset <= $0.span.end }) {
        descend(inner)
      }
    }
    guard let statement = statements(at: offset).last else { return [] }
    let candidates = statement.expressions.filter { $0.span.start <= offset && offset <= $0.span.end }
    if let last = candidates.max(by: { $0.span.start < $1.span.start }) { descend(last) }
    return result
  }

  /// The statements around a place, the outermost first.
  package func statements(at offset: Int) -> [Statement] {
    var result: [Statement] = []
    var level = statements
    while let found = level.last(where: { $0.span.start <= offset && offset <= $0.span.end }) {
      result.append(found)
      level = found.blocks.last { $0.span.start <= offset && offset <= $0.span.end }?.statements ?? []
    }
    return result
  }
}

extension Script {
  /// The spans of the statements, blocks and expressions around a place, the outermost first.
  public func spans(around offset: Int) -> [Span] {
    var result: [Span] = []
    for statement in statements(at: offset) {
      result.append(statement.span)
      for block in statement.blocks where block.span.start <= offset && offset <= block.span.end {
        result.append(block.span)
      }
    }
    return result + expressions(at: offset).map(\.span)
  }
}
