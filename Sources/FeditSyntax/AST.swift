// The nodes of the syntax tree by their grammar. Every node knows the bytes and the tokens that it covers; those
// of the nodes inside it lie in its own (`SyntaxTree.swift`). After a syntax error the parser leaves `.missing`
// nodes, about which later steps stay silent: the parser has reported them.

/// A name where it stands.
public struct Identifier: Hashable, Sendable {
  /// The name's characters.
  public var text: String
  /// Where it stands.
  public var span: Span
  /// Its token; none where it is not written.
  public var tokens: Range<Int>

  /// A name at a place.
  public init(_ text: String, _ span: Span, _ tokens: Range<Int> = 0..<0) {
    self.text = text
    self.span = span
    self.tokens = tokens
  }
}

/// `{ … }`; span and tokens include the braces.
public struct Block: Sendable {
  /// What stands between the braces.
  public var statements: [Statement]
  /// From the opening brace to behind the closing one.
  public var span: Span
  /// From the opening brace to behind the closing one.
  public var tokens: Range<Int>
  /// Whether it has braces; the `if` behind an `else` has none around it.
  public var hasBraces = true
}

/// One statement with the span of its text, without its terminator.
public struct Statement: Sendable {
  /// Which statement it is, with its parts.
  public var kind: Kind
  /// From its first token to behind its last.
  public var span: Span
  /// Its tokens, those between them that are trivia included.
  public var tokens: Range<Int>

  /// The statements of the language, by their forms.
  public indirect enum Kind: Sendable {
    /// `photo`, `region`, `seed` and all others whose form the table says in full.
    case plain(PlainStatement)
    /// `param NAME: TYPE = DEFAULT "what it is"`
    case param(name: Identifier, type: Identifier, value: Expression, doc: Expression?)
    case letValue(name: Identifier, value: Expression)
    case def(Definition)
    case forEach(name: Identifier, sequence: Expression, body: Block)
    case ifElse(condition: Expression, then: Block, otherwise: Block?)
    case edit(name: Expression, body: Block)
    case stroke(Stroke)
    case paint(Paint)
    /// `in FRAME { … }`; `face` and the calls `moved`, `scaled`, `rotated` and chains of them.
    case inFrame(frame: Expression, body: Block)
    /// A procedure's call.
    case call(Expression)
    /// What could not be read; already reported.
    case missing
  }

  /// The statement's row in the table; nil for a call and for what could not be read. A stroke's is its layer's.
  public var id: StatementID? {
    switch kind {
    case .plain(let statement): statement.id
    case .param: .param
    case .letValue: .let
    case .def: .def
    case .forEach: .for
    case .ifElse: .if
    case .edit: .edit
    case .stroke(let stroke): StatementID(rawValue: stroke.layer.rawValue)
    case .paint: .paint
    case .inFrame: .in
    case .call, .missing: nil
    }
  }

  /// The statement where it is the plain one of a keyword.
  public func plain(_ id: StatementID) -> PlainStatement? {
    if case .plain(let statement) = kind, statement.id == id { statement } else { nil }
  }
}

/// A statement whose form the table says in full: its values by the names they have there.
public struct PlainStatement: Sendable {
  /// A value with its name in the form.
  public struct Entry: Sendable {
    /// Its name in the form.
    public var name: String
    /// What is written there.
    public var value: Expression
  }

  /// Its row in the table.
  public var id: StatementID
  /// In the order of the form, as far as they are written.
  public var entries: [Entry] = []
  /// The words of the form that are written.
  public var words: [String] = []
  /// The name that it introduces.
  public var name: Identifier?

  /// The value of a name in the form; nil where it is left out.
  public subscript(name: String) -> Expression? { entries.first { $0.name == name }?.value }

  /// The first value of a form that begins with one.
  public var value: Expression {
    entries.first?.value ?? Expression(kind: .missing, span: Span(0, 0), tokens: 0..<0)
  }
}

/// `def NAME(P: TYPE = DEFAULT, …) { … }` or `… = EXPR`.
public struct Definition: Sendable {
  /// A parameter that the definition has.
  public struct Parameter: Sendable {
    /// By which it is called and used.
    public var name: Identifier
    /// The word for its type; whether there is such a type, the binder says.
    public var type: Identifier
    /// What it is where a call leaves it out; nil where it has to be given.
    public var defaultValue: Expression?
  }

  /// What a definition stands for: statements to be carried out, or a value.
  public enum Body: Sendable {
    case block(Block)
    case value(Expression)
  }

  /// What it is called by.
  public var name: Identifier
  /// In the order of the source.
  public var parameters: [Parameter]
  /// The tokens of the parameters with their parentheses.
  public var parameterTokens: Range<Int>
  /// What a call carries out or gives.
  public var body: Body
}

/// What a script draws into: the generator's three layers, and the picture's own colours.
public enum LayerKeyword: String, Sendable, CaseIterable, Codable {
  case mask, sketch, color, recolor, heal, warp

  /// Whether it is a layer, that can be erased from and that `paint` knows.
  public var isLayer: Bool { self != .recolor && self != .heal && self != .warp }

  /// The generator's layers.
  public static let layers = allCases.filter(\.isLayer)
}

/// `brush 3`, `with tint`: a word and its value behind a shape.
public struct Modifier: Sendable {
  /// Which modifier it is.
  public var id: ModifierID
  /// Its value.
  public var value: Expression
  /// From its word to behind its value.
  public var span: Span
  /// Its word's token and those of its value; those of the value alone where `color #fff` needs no word.
  public var tokens: Range<Int>

  /// Whether the value stands without its word.
  public var isBare: Bool { tokens == value.tokens }
}

/// The modifiers that are written behind a shape, each at most once, in the order of the source.
public struct Modifiers: Sendable {
  /// All of them.
  public private(set) var list: [Modifier] = []

  /// No modifiers.
  public init() {}

  /// The value of a modifier; nil where it is not written.
  public subscript(id: ModifierID) -> Expression? { list.first { $0.id == id }?.value }

  /// Adds one that is not there yet.
  mutating func add(_ modifier: Modifier) { list.append(modifier) }
}

/// `[off] [erase] mask|sketch|color SHAPE [MODIFIERS]`.
public struct Stroke: Sendable {
  /// Which layer is drawn into, or `recolor`, `heal` or `warp`.
  public var layer: LayerKeyword
  /// Where that word stands.
  public var layerSpan: Span
  /// Whether the shape is taken away: after `erase`.
  public var isErase: Bool
  /// Whether the stroke is left out: after `off`.
  public var isOff: Bool
  /// A shape, or a call of `image("FILE")`.
  public var shape: Expression
  /// Those behind the shape.
  public var modifiers = Modifiers()
}

/// `paint SHAPE { mask grown 4; sketch; color tint }`, with `off` and `as` as on a stroke;
/// an entry may be `off`, too.
public struct Paint: Sendable {
  /// A layer that the shape is drawn into.
  public struct Entry: Sendable {
    /// Which layer it is.
    public var layer: LayerKeyword
    /// Where that word stands.
    public var layerSpan: Span
    /// Whether the shape is taken away: after `erase`.
    public var isErase: Bool
    /// Whether the entry is left out: after `off`.
    public var isOff: Bool
    /// The entry's own.
    public var modifiers = Modifiers()
    /// From its first word to behind its last modifier.
    public var span: Span
    /// From its first word to behind its last modifier.
    public var tokens: Range<Int>
  }

  /// The entries with the braces around them.
  public struct Block: Sendable {
    /// One for each layer, in the order of the source.
    public var entries: [Entry]
    /// From the opening brace to behind the closing one.
    public var span: Span
    /// From the opening brace to behind the closing one.
    public var tokens: Range<Int>
  }

  /// The one shape of all entries.
  public var shape: Expression
  /// What stands between the braces.
  public var block: Block
  /// Those before the opening brace or behind the closing one, which hold for all entries.
  public var modifiers = Modifiers()
  /// Whether all of it is left out: after `off`.
  public var isOff: Bool

  /// One for each layer, in the order of the source.
  public var entries: [Entry] { block.entries }
}

/// An argument of a call; `label` where it was named.
public struct Argument: Sendable {
  /// The parameter's name before the colon; nil where the value stands alone.
  public var label: Identifier?
  /// What is given.
  public var value: Expression
}

/// An expression with its span.
public struct Expression: Sendable {
  /// Which expression it is, with its parts.
  public var kind: Kind
  /// From its first token to behind its last.
  public var span: Span
  /// Its tokens, those between them that are trivia included.
  public var tokens: Range<Int>

  /// A piece of a string literal.
  public enum StringPart: Sendable {
    /// Text with escapes already resolved.
    case text(String)
    /// `\(…)`
    case interpolation(Expression)
  }

  /// Operators between two operands; the raw values are their signs.
  public enum BinaryOperator: String, Sendable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case and = "&&"
    case or = "||"
    /// Of shapes.
    case intersect = "&"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case rangeHalfOpen = "..<"
    case rangeClosed = "..."
  }

  /// Operators before an operand; the raw values are their signs.
  public enum UnaryOperator: String, Sendable, CaseIterable {
    case negate = "-"
    case not = "!"
  }

  /// The expressions of the language, by their forms.
  public indirect enum Kind: Sendable {
    case number(Double)
    /// In degrees, as written.
    case angle(degrees: Double)
    case string([StringPart])
    case bool(Bool)
    /// `#rgb` or `#rrggbb`, as 8-bit red, green, blue.
    case color(UInt8, UInt8, UInt8)
    case name(String)
    /// `(x, y)`
    case point(Expression, Expression)
    case list([Expression])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Span, Expression, Expression)
    /// `if COND then A else B`
    case conditional(Expression, Expression, Expression)
    /// `f(…)`: the callee is a name, or a member for a method or a name in a `use … as` module.
    case call(callee: Expression, arguments: [Argument])
    /// `a.b`
    case member(Expression, Identifier)
    case index(Expression, Expression)
    /// Parentheses around one expression.
    case group(Expression)
    /// What could not be read; already reported.
    case missing
  }
}

extension Expression {
  /// Whether it is the frame `face`, or a chain of moves that begins with it.
  public var isFaceFrame: Bool {
    switch kind {
    case .name(let name): name == "face"
    case .call(let callee, _): if case .member(let base, _) = callee.kind { base.isFaceFrame } else { false }
    default: false
    }
  }
}

extension Expression.Kind {
  /// Whether it could be read.
  public var isKnown: Bool { if case .missing = self { false } else { true } }
}

extension Expression {
  /// The type of what is written out, as far as its form alone shows it.
  var plainType: ValueType? {
    switch kind {
    case .number: return .number
    case .angle: return .angle
    case .bool: return .bool
    case .string: return .string
    case .color: return .color
    case .point: return .point
    case .list: return .list
    case .group(let inner): return inner.plainType
    case .unary(.negate, let operand): return operand.plainType
    case .binary(let symbol, _, let left, let right):
      let isArithmetic = [.add, .subtract, .multiply, .divide].contains(symbol)
      return isArithmetic && left.plainType == .number && right.plainType == .number ? .number : nil
    case .call(let callee, _):
      guard case .name(let name) = callee.kind, ["rgb", "hsl", "oklch"].contains(name) else { return nil }
      return .color
    default: return nil
    }
  }
}
