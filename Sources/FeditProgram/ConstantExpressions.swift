import FeditPixels
import FeditPlan
import FeditSyntax

extension Expression {
  /// Whether it needs no names but those of colours and of functions that depend on their arguments alone.
  var isConstant: Bool {
    switch kind {
    case .number, .angle, .bool, .color: true
    case .string(let parts): parts.allSatisfy { if case .text = $0 { true } else { false } }
    case .name(let name): Colors.named[name] != nil
    case .point(let a, let b), .binary(_, _, let a, let b): a.isConstant && b.isConstant
    case .group(let inner), .unary(_, let inner): inner.isConstant
    case .call(let callee, let arguments):
      if case .name(let name) = callee.kind {
        Builtins.functions[name]?.isConstant == true && arguments.allSatisfy { $0.value.isConstant }
      } else {
        false
      }
    default: false
    }
  }

  /// Whether it is a number or angle that is written out.
  fileprivate var isNumeral: Bool {
    switch kind {
    case .number, .angle: true
    case .unary(.negate, let operand): operand.isNumeral
    default: false
    }
  }
}

extension Binder {
  /// A constant bound by itself, in no file.
  static func bound(
    constant expression: Expression, in source: SourceText, world: any World
  ) -> (BoundExpression, [Diagnostic]) {
    let module = Module(source: source, path: "", number: 0, result: parse(SourceText(name: "", "")))
    let binder = Binder(module: module, isEntry: false, world: world, options: PlanOptions())
    binder.scopes = [[:]]
    return (binder.bind(expression), binder.diagnostics)
  }
}

/// The colour of an expression that stands for itself: `#rgb`, or `rgb`, `hsl` and `oklch` of
/// numbers written out; nil for everything else and where the numbers are out of range.
///
/// - Parameters:
///   - expression: where it stands, `rgb` and the others have to be the language's own.
///   - world: not asked.
/// - Returns: the colour, or nil.
public func constantColor(_ expression: Expression, world: any World) -> RGB8? {
  switch expression.kind {
  case .color(let red, let green, let blue): return RGB8(red: red, green: green, blue: blue)
  case .call(let callee, let arguments):
    guard case .name(let name) = callee.kind, let spec = Builtins.functions[name], spec.result == .color,
      spec.isConstant, arguments.allSatisfy(\.value.isNumeral)
    else { return nil }
    let (bound, errors) = Binder.bound(constant: expression, in: SourceText(name: "", ""), world: world)
    guard errors.isEmpty else { return nil }
    let module = Module(
      source: SourceText(name: "", ""), path: "", number: 0, result: parse(SourceText(name: "", "")))
    let evaluator = Evaluator(entry: module, world: world, options: PlanOptions())
    guard case .color(let color)? = try? evaluator.evaluate(bound) else { return nil }
    return color
  default: return nil
  }
}
