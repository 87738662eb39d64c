// The typed view of a script that the program's checker and evaluator read.
// The parser builds it beside the lossless tree; every node carries its span.
// After a syntax error the parser leaves `.missing` nodes, about which later
// steps stay silent: the parser has reported them.

/// A name where it stands.
public struct Identifier: Hashable, Sendable {
  public var text: String
  public var span: Span

  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// One script file.
public struct Script: Sendable {
  public var source: SourceText
  public var statements: [Statement]

  public init(source: SourceText, statements: [Statement]) {
    self.source = source
    self.statements = statements
  }

  /// Whether the script draws, places and saves nothing, and only defines things for others to use.
  public var onlyDefines: Bool {
    statements.allSatisfy {
      switch $0.kind {
      case .version, .param, .letValue, .def, .use, .assert, .missing: true
      default: false
      }
    }
  }
}

/// `{ … }`; the span includes the braces.
public struct Block: Sendable {
  public var statements: [Statement]
  public var span: Span

  public init(statements: [Statement], span: Span) {
    self.statements = statements
    self.span = span
  }
}

/// One statement with the span of its text, without its terminator.
public struct Statement: Sendable {
  public var kind: Kind
  public var span: Span

  public init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }

  public indirect enum Kind: Sendable {
    /// `fedit 1`
    case version(Expression)
    case photo(Expression)
    case model(Expression)
    /// `canvas (W, H)`
    case canvas(Expression)
    /// `face eyes P, P mouth P`
    case face(left: Expression, right: Expression, mouth: Expression?)
    /// `region (x, y) size S [at N]`
    case region(origin: Expression, size: Expression, at: Expression?)
    /// `param NAME: TYPE = DEFAULT "what it is"`
    case param(name: Identifier, type: Identifier, value: Expression, doc: Expression?)
    case letValue(name: Identifier, value: Expression)
    case def(Definition)
    case forEach(name: Identifier, sequence: Expression, body: Block)
    case ifElse(condition: Expression, then: Block, otherwise: Block?)
    /// `use "FILE" [as NAME]`
    case use(path: Expression, alias: Identifier?)
    case assert(condition: Expression, message: Expression?)
    case edit(name: Expression, body: Block)
    case save(path: Expression)
    case saveLayers(path: Expression)
    case stroke(Stroke)
    case paint(Paint)
    /// `in FRAME { … }`; `face` and the calls `moved`, `scaled`, `rotated` and chains of them.
    case inFrame(frame: Expression, body: Block)
    case seed(Expression)
    case blend(Blend)
    /// A procedure's call.
    case call(Expression)
    /// What could not be read; already reported.
    case missing
  }
}

/// `def NAME(P: TYPE = DEFAULT, …) { … }` or `… = EXPR`.
public struct Definition: Sendable {
  public struct Parameter: Sendable {
    public var name: Identifier
    public var type: Identifier
    public var defaultValue: Expression?

    public init(name: Identifier, type: Identifier, defaultValue: Expression?) {
      self.name = name
      self.type = type
      self.defaultValue = defaultValue
    }
  }

  public enum Body: Sendable {
    case block(Block)
    case value(Expression)
  }

  public var name: Identifier
  public var parameters: [Parameter]
  public var body: Body

  public init(name: Identifier, parameters: [Parameter], body: Body) {
    self.name = name
    self.parameters = parameters
    self.body = body
  }
}

/// The three layers that a script draws into.
public enum LayerKeyword: String, Sendable, CaseIterable, Codable { case mask, sketch, color }

/// `[off] [erase] mask|sketch|color SHAPE [with COLOR] [brush N] [as "label"]`.
public struct Stroke: Sendable {
  public var layer: LayerKeyword
  public var layerSpan: Span
  public var isErase: Bool
  public var isOff: Bool
  /// A shape, or a call of `image("FILE")`.
  public var shape: Expression
  public var color: Expression?
  public var brush: Expression?
  public var label: Expression?

  public init(
    layer: LayerKeyword, layerSpan: Span, isErase: Bool, isOff: Bool, shape: Expression,
    color: Expression?, brush: Expression?, label: Expression?
  ) {
    self.layer = layer
    self.layerSpan = layerSpan
    self.isErase = isErase
    self.isOff = isOff
    self.shape = shape
    self.color = color
    self.brush = brush
    self.label = label
  }
}

/// `paint SHAPE { mask grown 4; sketch; color tint }`, with `off` and `as` as on a stroke;
/// an entry may be `off`, too.
public struct Paint: Sendable {
  public struct Entry: Sendable {
    public var layer: LayerKeyword
    public var layerSpan: Span
    public var isErase: Bool
    public var isOff: Bool
    /// `grown N`
    public var grown: Expression?
    public var color: Expression?
    public var brush: Expression?
    public var span: Span

    public init(
      layer: LayerKeyword, layerSpan: Span, isErase: Bool, isOff: Bool = false, grown: Expression?,
      color: Expression?, brush: Expression?, span: Span
    ) {
      self.layer = layer
      self.layerSpan = layerSpan
      self.isErase = isErase
      self.isOff = isOff
      self.grown = grown
      self.color = color
      self.brush = brush
      self.span = span
    }
  }

  public var shape: Expression
  public var entries: [Entry]
  public var label: Expression?
  public var isOff: Bool

  public init(shape: Expression, entries: [Entry], label: Expression?, isOff: Bool) {
    self.shape = shape
    self.entries = entries
    self.label = label
    self.isOff = isOff
  }
}

/// `blend none` or `blend feather R`.
public enum Blend: Sendable {
  case none
  case feather(Expression)
}

/// An argument of a call; `label` where it was named.
public struct Argument: Sendable {
  public var label: Identifier?
  public var value: Expression

  public init(label: Identifier?, value: Expression) {
    self.label = label
    self.value = value
  }
}

/// An expression with its span.
public struct Expression: Sendable {
  public var kind: Kind
  public var span: Span

  public init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }

  public enum StringPart: Sendable {
    /// Text with escapes already resolved.
    case text(String)
    /// `\(…)`
    case interpolation(Expression)
  }

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

  public enum UnaryOperator: String, Sendable, CaseIterable {
    case negate = "-"
    case not = "!"
  }

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
