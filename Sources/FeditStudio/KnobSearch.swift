import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax

/// Finds what in the script at hand may move a handle.
struct KnobSearch {
  let script: PlannedScript
  let selection: Selection
  let stroke: PlanStroke
  let handle: PlanOrigin.Handle

  /// Literals and places for offsets, the most direct first; numbers of all kinds not.
  func knobs() -> [Knob] {
    var result = siteKnobs()
    for argument in pointArguments() where !covers(argument.span) {
      result += argument.pointKnobs(rank: KnobRank.argument)
    }
    var seen: Set<Span> = []
    return result.sorted { ($0.rank, $0.span.start) < ($1.rank, $1.span.start) }
      .filter { seen.insert($0.span).inserted }
  }

  /// Literals behind names, which change only where they are picked.
  func namedKnobs() -> [Knob] {
    script.result.literals(of: handle.site).filter {
      $0.distance > 0 && $0.kind == .point && $0.file == script.file.path
    }
    .compactMap { literal in expression(literal.span)?.pointKnobs(rank: KnobRank.named).first }
  }

  /// Any two numbers on the way from the statement to the point, and each alone.
  func scalarKnobs() -> [Knob] {
    var numbers: [Expression] = []
    var seen: Set<Span> = []
    func add(_ root: Expression) {
      root.walk { inner in
        switch inner.kind {
        case .number: if seen.insert(inner.span).inserted { numbers.append(inner) }
        default: break
        }
      }
    }
    if let site = siteExpression { add(site) }
    for argument in arguments() where !covers(argument.span) { add(argument) }
    numbers = Array(numbers.prefix(8))
    var result: [Knob] = []
    for (index, first) in numbers.enumerated() {
      for second in numbers[(index + 1)...] {
        result.append(
          Knob(form: .axes([first.axis, second.axis]), span: first.span, rank: KnobRank.scalar + index))
      }
      result.append(Knob(form: .axes([first.axis]), span: first.span, rank: KnobRank.scalar + index))
    }
    return result
  }

  /// Whether an expression holds the handle's own, which has its knobs already.
  private func covers(_ span: Span) -> Bool {
    handle.site.file == script.file.path && span.start <= handle.site.start && handle.site.end <= span.end
  }

  func expression(_ span: Span) -> Expression? {
    script.file.script.expressions(at: span.start).first { $0.span == span }
  }

  private var siteExpression: Expression? {
    handle.site.file == script.file.path ? expression(Span(handle.site.start, handle.site.end)) : nil
  }

  private func siteKnobs() -> [Knob] {
    guard let site = siteExpression else { return [] }
    // A parameter stands for what the call gives; changing it where it is used comes last.
    let standsForArgument: Bool
    if case .name = site.kind {
      standsForArgument = script.file.symbols.contains { $0.range.span == site.span && $0.kind == .parameter }
    } else {
      standsForArgument = false
    }
    var knobs = site.pointKnobs(rank: standsForArgument ? KnobRank.parameter : 0)
    if script.result.type(of: site.span) == .list {
      // A list's name stands for its points.
      knobs = namedKnobs()
    }
    return knobs
  }

  /// The calls on the way that the selection holds: those of the plan's chain, and all in the stroke's shape.
  private func arguments() -> [Expression] {
    var result: [Expression] = []
    var visited: Set<Span> = []
    func take(_ root: Expression) {
      root.walk { inner in
        if case .call(_, let arguments) = inner.kind { result += arguments.map(\.value) }
        if case .name = inner.kind { follow(inner.span) }
      }
    }
    // A shape that has a name is drawn by the value that the name stands for.
    func follow(_ name: Span) {
      guard let use = script.file.symbols.first(where: { $0.range.span == name && !$0.isDefinition }),
        use.type == .shape, let definition = use.definition, definition.source === script.file.source,
        visited.insert(definition.span).inserted,
        case .letValue(_, let value)? = script.file.script.statements(at: definition.span.start).last?.kind
      else { return }
      take(value)
    }
    for call in stroke.origin.calls where call.file == script.file.path && isSelected(call) {
      if let expression = expression(Span(call.start, call.end)) { take(expression) }
    }
    if let own = script.file.script.statements(at: stroke.origin.statement.start).last,
      stroke.origin.statement.file == script.file.path,
      isSelected(stroke.origin.statement) || stroke.origin.calls.isEmpty
    {
      for expression in own.expressions { take(expression) }
    }
    return result
  }

  private func isSelected(_ site: PlanOrigin.Site) -> Bool {
    selection.statement.span.start <= site.start && site.end <= selection.statement.span.end
  }

  /// Those of the arguments that are points.
  private func pointArguments() -> [Expression] {
    arguments().filter { argument in
      if case .point = argument.kind { return true }
      return script.result.type(of: argument.span) == .point
    }
  }
}
