import FeditSyntax

/// A statement with its expressions bound.
struct BoundStatement: Sendable {
  indirect enum Kind: Sendable {
    /// Nothing is to be carried out: a definition, or what has been reported.
    case nothing
    case plain(BoundPlain)
    case param(GlobalSlot, Identifier, ValueType, BoundExpression)
    case letGlobal(GlobalSlot, BoundExpression)
    case letLocal(BoundExpression)
    case loop(BoundExpression, [BoundStatement])
    case branch(BoundExpression, [BoundStatement], [BoundStatement]?)
    case edit(BoundExpression, [BoundStatement])
    case stroke(BoundStroke)
    case paint(BoundPaint)
    /// `isFace`: whether it gives the names of the face's places.
    case frame(BoundExpression, isFace: Bool, [BoundStatement])
    case call(BoundDefinition, [BoundExpression?], Span)
  }

  var kind: Kind
  var span: Span

  /// The expressions of the statement itself.
  var expressions: [BoundExpression] {
    switch kind {
    case .nothing: []
    case .plain(let statement): statement.values.map(\.value)
    case .param(_, _, _, let value), .letGlobal(_, let value), .letLocal(let value), .loop(let value, _),
      .branch(let value, _, _), .edit(let value, _), .frame(let value, _, _):
      [value]
    case .stroke(let stroke): [stroke.shape] + stroke.modifiers.values
    case .paint(let paint): [paint.shape] + paint.modifiers.values + paint.entries.flatMap(\.modifiers.values)
    case .call(_, let arguments, _): arguments.compactMap(\.self)
    }
  }

  /// The statements of its blocks.
  var statements: [BoundStatement] {
    switch kind {
    case .loop(_, let body), .edit(_, let body), .frame(_, _, let body): body
    case .branch(_, let then, let otherwise): then + (otherwise ?? [])
    default: []
    }
  }
}

/// A statement whose form the table says in full.
struct BoundPlain: Sendable {
  var id: StatementID
  var words: [String]
  var values: [(name: String, value: BoundExpression)]
  /// The value as a whole number of 64 bits, where it is one that is written out: more than numbers have.
  var wholeNumber: UInt64?

  /// The value of a name in the form; nil where it is left out.
  subscript(name: String) -> BoundExpression? { values.first { $0.name == name }?.value }

  /// The first value.
  var value: BoundExpression { values.first?.value ?? .missing(Span(0, 0)) }
}

struct BoundModifiers: Sendable {
  var entries: [(id: ModifierID, value: BoundExpression)] = []

  subscript(id: ModifierID) -> BoundExpression? { entries.first { $0.id == id }?.value }

  var values: [BoundExpression] { entries.map(\.value) }
}

struct BoundStroke: Sendable {
  var layer: LayerKeyword
  var layerSpan: Span
  var isErase: Bool
  var isOff: Bool
  var shape: BoundExpression
  var modifiers: BoundModifiers
}

struct BoundPaint: Sendable {
  struct Entry: Sendable {
    var layer: LayerKeyword
    var layerSpan: Span
    var isErase: Bool
    var isOff: Bool
    var modifiers: BoundModifiers
    var span: Span
  }

  var shape: BoundExpression
  var entries: [Entry]
  var modifiers: BoundModifiers
  var isOff: Bool
}
