/// A node of a tree, of any type.
public enum SyntaxNode: Sendable {
  case script(Script)
  case statement(Statement)
  case block(Block)
  case paintBlock(Paint.Block)
  case entry(Paint.Entry)
  case modifier(Modifier)
  case parameter(Definition.Parameter)
  case argument(Argument)
  case expression(Expression)
  case identifier(Identifier)

  /// The indices of its tokens, those of the nodes inside included.
  public var tokens: Range<Int> {
    switch self {
    case .script(let node): node.tokens.indices
    case .statement(let node): node.tokens
    case .block(let node): node.tokens
    case .paintBlock(let node): node.tokens
    case .entry(let node): node.tokens
    case .modifier(let node): node.tokens
    case .parameter(let node): node.tokens
    case .argument(let node): node.tokens
    case .expression(let node): node.tokens
    case .identifier(let node): node.tokens
    }
  }

  /// Calls `body` with each node directly inside, in the order of the source.
  public func forEachChild(_ body: (SyntaxNode) -> Void) {
    func put(_ names: Identifier?...) { for case let name? in names { body(.identifier(name)) } }
    func put(_ values: Expression?...) { for case let value? in values { body(.expression(value)) } }
    switch self {
    case .script(let node): for statement in node.statements { body(.statement(statement)) }
    case .statement(let node): node.forEachChild(body)
    case .block(let node): for statement in node.statements { body(.statement(statement)) }
    case .paintBlock(let node): for entry in node.entries { body(.entry(entry)) }
    case .entry(let node): for modifier in node.modifiers.list { body(.modifier(modifier)) }
    case .modifier(let node): put(node.value)
    case .parameter(let node):
      put(node.name, node.type)
      put(node.defaultValue)
    case .argument(let node):
      put(node.label)
      put(node.value)
    case .expression(let node): node.forEachChild(body)
    case .identifier: break
    }
  }

  /// The expressions inside that no other one and no block has.
  var expressions: [Expression] {
    var result: [Expression] = []
    forEachChild {
      switch $0 {
      case .expression(let value): result.append(value)
      case .entry, .modifier, .parameter, .argument, .paintBlock: result += $0.expressions
      case .script, .statement, .block, .identifier: break
      }
    }
    return result
  }

  /// Calls `body` with each token inside, in order, and what it is for.
  func forEachToken(_ body: (Int, TokenRole) -> Void) {
    var next = tokens.lowerBound
    func passOwn(to end: Int) {
      while next < end {
        body(next, ownRole)
        next += 1
      }
    }
    forEachChild { child in
      passOwn(to: child.tokens.lowerBound)
      if case .identifier(let name) = child {
        for index in name.tokens { body(index, role(of: name)) }
      } else {
        child.forEachToken(body)
      }
      next = max(next, child.tokens.upperBound)
    }
    passOwn(to: tokens.upperBound)
  }

  /// What the tokens are for that belong to no node inside.
  private var ownRole: TokenRole {
    // In 'in face' the frame's name is the language's.
    if case .expression(let node) = self, case .name = node.kind, !node.isFaceFrame { .name } else { .syntax }
  }

  /// What a name directly inside is for.
  private func role(of name: Identifier) -> TokenRole {
    switch self {
    case .argument: .label
    case .expression: .member
    case .parameter(let node): node.type.tokens == name.tokens ? .type : .name
    case .statement(let node):
      if case .param(_, let type, _, _) = node.kind, type.tokens == name.tokens { .type } else { .name }
    default: .name
    }
  }
}

/// What a token is for in its node.
public enum TokenRole: Sendable {
  /// Words, signs, literals and trivia of the node itself.
  case syntax
  /// A name that is introduced or used.
  case name
  /// A name behind a dot.
  case member
  /// An argument's name.
  case label
  /// The type of a parameter.
  case type
}

extension Statement {
  fileprivate func forEachChild(_ body: (SyntaxNode) -> Void) {
    func put(_ name: Identifier?, _ values: Expression?..., block: Block? = nil) {
      if let name { body(.identifier(name)) }
      for case let value? in values { body(.expression(value)) }
      if let block { body(.block(block)) }
    }
    switch kind {
    case .missing: break
    case .plain(let statement):
      for entry in statement.entries { put(nil, entry.value) }
      put(statement.name)
    case .param(let name, let type, let value, let doc):
      put(name)
      put(type, value, doc)
    case .letValue(let name, let value): put(name, value)
    case .def(let definition):
      put(definition.name)
      for parameter in definition.parameters { body(.parameter(parameter)) }
      switch definition.body {
      case .block(let block): put(nil, block: block)
      case .value(let value): put(nil, value)
      }
    case .forEach(let name, let sequence, let block): put(name, sequence, block: block)
    case .ifElse(let condition, let then, let otherwise):
      put(nil, condition, block: then)
      put(nil, block: otherwise)
    case .edit(let head, let block), .inFrame(let head, let block): put(nil, head, block: block)
    case .stroke(let stroke):
      put(nil, stroke.shape)
      for modifier in stroke.modifiers.list { body(.modifier(modifier)) }
    case .paint(let paint):
      let isBefore = { (modifier: Modifier) in modifier.tokens.lowerBound < paint.block.tokens.lowerBound }
      put(nil, paint.shape)
      for modifier in paint.modifiers.list where isBefore(modifier) { body(.modifier(modifier)) }
      body(.paintBlock(paint.block))
      for modifier in paint.modifiers.list where !isBefore(modifier) { body(.modifier(modifier)) }
    case .call(let call): put(nil, call)
    }
  }
}

extension Expression {
  fileprivate func forEachChild(_ body: (SyntaxNode) -> Void) {
    func put(_ values: Expression...) { for value in values { body(.expression(value)) } }
    switch kind {
    case .number, .angle, .bool, .color, .name, .missing: break
    case .string(let parts): for case .interpolation(let code) in parts { put(code) }
    case .point(let a, let b), .index(let a, let b), .binary(_, _, let a, let b): put(a, b)
    case .list(let elements): for element in elements { put(element) }
    case .unary(_, let inner), .group(let inner): put(inner)
    case .member(let base, let name):
      put(base)
      body(.identifier(name))
    case .conditional(let condition, let a, let b): put(condition, a, b)
    case .call(let callee, let arguments):
      put(callee)
      for argument in arguments { body(.argument(argument)) }
    }
  }
}

extension Definition.Parameter {
  /// From its name to behind its type or default.
  public var tokens: Range<Int> {
    name.tokens.lowerBound..<max(type.tokens.upperBound, defaultValue?.tokens.upperBound ?? 0)
  }
}

extension Argument {
  /// From its label to behind its value.
  public var tokens: Range<Int> {
    (label?.tokens ?? value.tokens).lowerBound..<value.tokens.upperBound
  }
}
