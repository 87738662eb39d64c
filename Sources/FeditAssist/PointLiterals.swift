import FeditPlan
import FeditProgram
import FeditSyntax

/// A number or point that is written out and that a drawn point was made from: what a tool may change to move it.
public struct PointLiteral: Hashable, Sendable {
  /// What is written out.
  public enum Kind: Hashable, Sendable {
    /// `(12, 30)`, both coordinates written out.
    case point
    /// A coordinate, a factor, an angle.
    case number
  }

  /// What is written out.
  public var kind: Kind
  /// The file's absolute path, and the literal's place in it.
  public var file: String
  /// UTF-8 offsets in that file.
  public var span: Span
  /// How many names lie between: 0 for a literal that stands where the point is given.
  public var distance: Int
}

extension ProgramResult {
  /// The literals that an expression was made from, the most direct first.
  ///
  /// Names are followed to the `let`s and `param`s that introduce them; calls of definitions and loops are not.
  ///
  /// - Parameter site: the place of an expression, as a handle of a stroke's origin has it.
  /// - Returns: the literals; empty where no expression stands there.
  public func literals(of site: PlanOrigin.Site) -> [PointLiteral] {
    guard let file = files.first(where: { $0.path == site.file }),
      let expression = file.script.expressions(at: site.start).first(where: {
        $0.span == Span(site.start, site.end)
      })
    else { return [] }
    var result: [PointLiteral] = []
    var visited: Set<SourceSpan> = []
    collect(expression, in: file, distance: 0, &result, &visited)
    return result.enumerated().sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .map(\.element)
  }

  private struct SourceSpan: Hashable {
    var file: String
    var span: Span
  }

  private func collect(
    _ expression: Expression, in file: ProgramFile, distance: Int, _ result: inout [PointLiteral],
    _ visited: inout Set<SourceSpan>
  ) {
    guard visited.insert(SourceSpan(file: file.path, span: expression.span)).inserted else { return }
    func add(_ kind: PointLiteral.Kind) {
      result.append(PointLiteral(kind: kind, file: file.path, span: expression.span, distance: distance))
    }
    switch expression.kind {
    case .number, .angle: add(.number)
    case .point(let x, let y) where x.isNumeral && y.isNumeral: add(.point)
    case .name: follow(expression.span, in: file, distance: distance, &result, &visited)
    case .member(_, let name): follow(name.span, in: file, distance: distance, &result, &visited)
    case .call(_, let arguments):
      for argument in arguments { collect(argument.value, in: file, distance: distance, &result, &visited) }
    default:
      for child in expression.children { collect(child, in: file, distance: distance, &result, &visited) }
    }
  }

  /// Goes on at the value that introduces a name.
  private func follow(
    _ name: Span, in file: ProgramFile, distance: Int, _ result: inout [PointLiteral],
    _ visited: inout Set<SourceSpan>
  ) {
    guard let symbol = file.symbols.first(where: { $0.range.span == name && !$0.isDefinition }),
      let definition = symbol.definition,
      let owner = files.first(where: { $0.source === definition.source }),
      let value = owner.script.value(named: definition.span)
    else { return }
    collect(value, in: owner, distance: distance + 1, &result, &visited)
  }
}

extension Expression {
  fileprivate var isNumeral: Bool {
    switch kind {
    case .number: true
    case .unary(.negate, let operand): operand.isNumeral
    default: false
    }
  }
}
