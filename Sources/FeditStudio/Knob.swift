import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax

/// A number in the text that a drag may change, or a place where one may be added.
struct KnobAxis {
  enum Form {
    /// A literal, its sign included.
    case literal
    /// An operator `+` or `-` and the literal behind it.
    case term
    /// Nothing yet: `+ d` is added behind; the span is that of the expression, empty where it needs no parentheses.
    case added(wraps: Bool)
  }

  var form: Form
  var span: Span
  /// What it is now.
  var value: Double

  /// The edits that give it another value.
  func edits(_ new: Double, decimals: Int) -> [Diagnostic.Edit] {
    let size = Numeral.text(abs(new), decimals)
    let sign = Numeral.text(new, decimals).hasPrefix("-") ? "-" : "+"
    switch form {
    case .literal: return [.init(span, Numeral.text(new, decimals))]
    case .term: return [.init(span, "\(sign) \(size)")]
    case .added(let wraps):
      guard size != "0" else { return [] }
      let end = Span(span.end, span.end)
      return wraps
        ? [.init(Span(span.start, span.start), "("), .init(end, ") \(sign) \(size)")]
        : [.init(end, " \(sign) \(size)")]
    }
  }
}

/// One or two numbers of the text that move a handle.
struct Knob {
  enum Form {
    case axes([KnobAxis])
    /// `+ (dx, dy)` behind an expression.
    case offset(Span, wraps: Bool)
  }

  var form: Form
  /// What is shown of it.
  var span: Span
  /// How direct it is; the least is the most direct.
  var rank: Int

  /// What its numbers are now.
  var values: [Double] {
    switch form {
    case .axes(let axes): axes.map(\.value)
    case .offset: [0, 0]
    }
  }

  /// The edits that give it other values; numbers that are not `changed` keep their text.
  func edits(_ new: [Double], decimals: Int, changed: [Bool]? = nil) -> [Diagnostic.Edit] {
    switch form {
    case .axes(let axes):
      return axes.indices.flatMap { index in
        changed.map { $0[index] } ?? true ? axes[index].edits(new[index], decimals: decimals) : []
      }
    case .offset(let span, let wraps):
      let isChanged = changed ?? [true, true]
      let by = Numeral.text(Point(isChanged[0] ? new[0] : 0, isChanged[1] ? new[1] : 0), decimals)
      let end = Span(span.end, span.end)
      return wraps
        ? [.init(Span(span.start, span.start), "("), .init(end, ") + \(by)")] : [.init(end, " + \(by)")]
    }
  }
}

/// How direct knobs are.
enum KnobRank {
  /// A literal that stands where the point is given, and an offset there.
  static let literal = 0
  /// Coordinates, of which one is computed.
  static let coordinates = 1
  /// An offset added where a name stands.
  static let added = 2
  /// The same of a call's argument.
  static let argument = 10
  /// Where a parameter of the definition stands.
  static let parameter = 20
  /// A literal behind a name.
  static let named = 30
  /// Numbers of all kinds on the way.
  static let scalar = 40
}

extension Expression {
  /// The value of a number that is written out.
  var literalNumber: Double? {
    switch kind {
    case .number(let value): value
    case .unary(.negate, let inner): inner.literalNumber.map { -$0 }
    default: nil
    }
  }

  /// Whether something can be added behind it without parentheses.
  var bindsAsTightAsAddition: Bool {
    switch kind {
    case .conditional: false
    case .binary(let symbol, _, _, _): [.add, .subtract, .multiply, .divide, .remainder].contains(symbol)
    default: true
    }
  }

  /// As a coordinate: what to change in it.
  var axis: KnobAxis {
    if let value = literalNumber { return KnobAxis(form: .literal, span: span, value: value) }
    switch kind {
    case .group(let inner) where inner.literalNumber != nil:
      return inner.axis
    case .binary(.add, let sign, _, let right) where right.isPlainNumber:
      return KnobAxis(form: .term, span: Span(sign.start, right.span.end), value: right.literalNumber ?? 0)
    case .binary(.subtract, let sign, _, let right) where right.isPlainNumber:
      return KnobAxis(form: .term, span: Span(sign.start, right.span.end), value: -(right.literalNumber ?? 0))
    case .binary(.add, _, let left, _) where left.literalNumber != nil: return left.axis
    default: return KnobAxis(form: .added(wraps: !bindsAsTightAsAddition), span: span, value: 0)
    }
  }

  private var isPlainNumber: Bool { if case .number = kind { true } else { false } }

  /// As a point: what to change to move it, the most direct first.
  ///
  /// - Parameter rank: is added to each one's.
  /// - Returns: at least one.
  func pointKnobs(rank: Int) -> [Knob] {
    switch kind {
    case .point(let x, let y):
      let isLiteral = x.literalNumber != nil && y.literalNumber != nil
      return [
        Knob(
          form: .axes([x.axis, y.axis]), span: span,
          rank: rank + (isLiteral ? KnobRank.literal : KnobRank.coordinates))
      ]
    case .group(let inner): return inner.pointKnobs(rank: rank)
    case .binary(.add, _, let left, let right), .binary(.subtract, _, let left, let right):
      if right.isLiteralPoint { return right.pointKnobs(rank: rank) }
      if left.isLiteralPoint { return left.pointKnobs(rank: rank) }
      return [offsetKnob(rank: rank)]
    default: return [offsetKnob(rank: rank)]
    }
  }

  private func offsetKnob(rank: Int) -> Knob {
    Knob(form: .offset(span, wraps: !bindsAsTightAsAddition), span: span, rank: rank + KnobRank.added)
  }

  var isLiteralPoint: Bool {
    switch kind {
    case .point(let x, let y): x.literalNumber != nil && y.literalNumber != nil
    case .group(let inner): inner.isLiteralPoint
    default: false
    }
  }
}
