extension Expression {
  /// The expressions directly inside.
  public var children: [Expression] { SyntaxNode.expression(self).expressions }

  /// Calls `body` with this expression and everything inside it, the outer ones first.
  public func walk(_ body: (Expression) -> Void) {
    body(self)
    for child in children { child.walk(body) }
  }
}

extension Statement {
  /// The expressions that belong to the statement itself, those of its blocks not.
  public var expressions: [Expression] { SyntaxNode.statement(self).expressions }

  /// The blocks directly inside.
  public var blocks: [Block] {
    var result: [Block] = []
    SyntaxNode.statement(self).forEachChild { if case .block(let block) = $0 { result.append(block) } }
    return result
  }

  /// The name that a `param`, `let` or `def` introduces: what other files can use, where it stands at the top level.
  public var declaredName: Identifier? {
    switch kind {
    case .param(let name, _, _, _), .letValue(let name, _): name
    case .def(let definition): definition.name
    default: nil
    }
  }

  /// Calls `body` with this statement and all those in its blocks, in the order of the source.
  public func walk(_ body: (Statement) -> Void) {
    body(self)
    for block in blocks { for statement in block.statements { statement.walk(body) } }
  }
}

extension Script {
  /// Every expression of the script, the outer ones before those inside.
  public var expressions: [Expression] {
    var result: [Expression] = []
    for statement in statements {
      statement.walk { for expression in $0.expressions { expression.walk { result.append($0) } } }
    }
    return result
  }

  /// The value of the `let` or `param` that introduces a name at a place.
  public func value(named name: Span) -> Expression? {
    let statement = statements(at: name.start).last { $0.declaredName?.span == name }
    switch statement?.kind {
    case .letValue(_, let value), .param(_, _, let value, _): return value
    default: return nil
    }
  }

  /// The expressions around a place, the outermost first.
  public func expressions(at offset: Int) -> [Expression] {
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
  public func statements(at offset: Int) -> [Statement] {
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
