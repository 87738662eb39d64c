import FeditPlan
import FeditSyntax

/// The colour of an expression that stands for itself: `#rgb`, or `rgb`, `hsl` and `oklch` of
/// numbers written out; nil for everything else and where the numbers are out of range.
///
/// - Parameters:
///   - expression: where it stands, `rgb` and the others have to be the language's own.
///   - world: not asked.
/// - Returns: the colour, or nil.
public func constantColor(_ expression: Expression, world: any World) -> PlanColor? {
  switch expression.kind {
  case .color(let red, let green, let blue): return PlanColor(red: red, green: green, blue: blue)
  case .call(let callee, let arguments):
    guard case .name(let name) = callee.kind, ["rgb", "hsl", "oklch"].contains(name),
      arguments.allSatisfy({ isLiteral($0.value) })
    else { return nil }
    let source = SourceText(name: "", "")
    let evaluator = Evaluator(
      entry: Module(source: source, path: "", result: parse(source)), world: world, options: PlanOptions())
    guard case .color(let color)? = try? evaluator.evaluate(expression) else { return nil }
    return color
  default: return nil
  }
}

private func isLiteral(_ expression: Expression) -> Bool {
  switch expression.kind {
  case .number, .angle: true
  case .unary(.negate, let operand): isLiteral(operand)
  default: false
  }
}
