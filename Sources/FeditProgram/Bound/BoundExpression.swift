import FeditPlan
import FeditSyntax

/// An expression with its names resolved, its calls bound, and its type known as far as it can be.
struct BoundExpression: Sendable {
  indirect enum Kind: Sendable {
    /// Reported; a program with one is never evaluated.
    case missing
    case constant(Value)
    /// A text with values put in.
    case text([Piece])
    case point(BoundExpression, BoundExpression)
    case list([BoundExpression])
    /// A name of a block, loop or parameter: its place from the start of the definition's names.
    case local(Int)
    case global(GlobalSlot)
    /// The frame of the script's `face`.
    case face
    /// An outline of the face, as found in the photo.
    case outline(FaceContour)
    case group(BoundExpression)
    case negated(BoundExpression)
    case not(BoundExpression)
    /// Operators one after the other from the left, so that long sums need no stack.
    case chain(BoundExpression, [Link])
    case conditional(BoundExpression, BoundExpression, BoundExpression)
    case index(BoundExpression, BoundExpression)
    /// `.x`, or `.y`.
    case coordinate(BoundExpression, isX: Bool)
    /// A part that a value of unknown type may turn out to lack.
    case unknownMember(BoundExpression, Identifier)
    /// Arguments by the places of the parameters; of a function of any number of values all of them.
    case function(FunctionSpec, receiver: BoundExpression?, [BoundExpression?])
    case definition(BoundDefinition, [BoundExpression?])
  }

  enum Piece: Sendable {
    case text(String)
    case value(BoundExpression)
  }

  /// An operator with its right operand.
  struct Link: Sendable {
    var symbol: Expression.BinaryOperator
    var symbolSpan: Span
    var operand: BoundExpression
    /// What the operator makes: its type, and all from the chain's start to its end.
    var type: ValueType
    var span: Span
  }

  var kind: Kind
  var type: ValueType
  var span: Span

  init(_ kind: Kind, _ type: ValueType, _ span: Span) {
    self.kind = kind
    self.type = type
    self.span = span
  }

  /// What could not be bound, and has been reported.
  static func missing(_ span: Span) -> BoundExpression { BoundExpression(.missing, .unknown, span) }

  /// The expressions directly inside.
  var children: [BoundExpression] {
    switch kind {
    case .missing, .constant, .local, .global, .face, .outline: []
    case .text(let pieces): pieces.compactMap { if case .value(let inner) = $0 { inner } else { nil } }
    case .point(let a, let b), .index(let a, let b): [a, b]
    case .list(let elements): elements
    case .group(let inner), .negated(let inner), .not(let inner), .coordinate(let inner, _),
      .unknownMember(let inner, _):
      [inner]
    case .chain(let first, let links): [first] + links.map(\.operand)
    case .conditional(let condition, let a, let b): [condition, a, b]
    case .function(_, let receiver, let arguments): ([receiver] + arguments).compactMap(\.self)
    case .definition(_, let arguments): arguments.compactMap(\.self)
    }
  }
}

/// A name of a file's top level.
struct GlobalSlot: Hashable, Sendable {
  /// The file, by ``Module/number``.
  var module: Int
  var slot: Int
}

/// `def`: bound once, called from anywhere.
///
/// Written only while its file is bound, before anything is evaluated.
final class BoundDefinition: @unchecked Sendable {
  struct Parameter {
    var name: Identifier
    var type: ValueType
    var standard: BoundExpression?
  }

  enum Body {
    case block([BoundStatement])
    case value(BoundExpression)
  }

  let syntax: Definition
  let module: Module
  var parameters: [Parameter] = []
  var body: Body?

  init(_ syntax: Definition, in module: Module) {
    self.syntax = syntax
    self.module = module
  }

  var name: String { syntax.name.text }
}
