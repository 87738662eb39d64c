import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// Draws a statement's shape again: the points between the parentheses of its call are replaced, and nothing else.
  func redraw(at place: SourceLocation, _ points: [Point], smoothing: Double) throws(UserError) -> StudioEdit
  {
    let points = try checked(points)
    let selection = try selection(at: place)
    let call = try shapeCall(of: selection)
    let map = try placed(call, selection)
    guard let inverse = map.inverse else { throw UserError(.data, "this shape is squeezed flat") }
    let fit = fit(in: map, smoothing: smoothing, recognize: false)
    guard
      let (shape, decimals) = fit.shape(points.map { inverse($0) }, closing: call.closing, kind: call.kind),
      let text = shape.arguments(decimals)
    else { throw UserError(.data, "the line does not make a '\(call.name)'", hints: ["draw a longer one"]) }
    let edits = [Diagnostic.Edit(call.inside, text)]
    let after = try planned(edits)
    guard after.strokes.count == strokes.count else {
      throw UserError(.data, "this would change how many strokes are drawn")
    }
    let own = Set(strokes(of: selection))
    if call.kind != .circle, call.kind != .ellipse, let number = own.min() {
      try verify(after.strokes[number], follows: points, smoothing: smoothing)
    }
    let moves = strokes.indices.count { !own.contains($0) && !strokes[$0].drawsSame(as: after.strokes[$0]) }
    return edit(edits, after, moves: moves, selection: shifted(selection.span.start, edits))
  }

  /// A call that makes a shape from points.
  struct ShapeCall {
    var name: String
    var kind: StrokeFit.Kind
    /// Between the parentheses, or the brackets of the one list.
    var inside: Span

    var closing: HandLine.Closing {
      switch kind {
      case .line, .curve: .open
      case .polygon, .blob, .circle, .ellipse: .closed
      }
    }
  }

  /// The one call that a selection's points are written in.
  private func shapeCall(of selection: Selection) throws(UserError) -> ShapeCall {
    let numbers = strokes(of: selection)
    guard let first = numbers.first else {
      throw UserError(
        .data, "\(selection.statement.noun) draws nothing here, so there is nothing to draw again",
        hints: ["name a stroke: 'mask', 'sketch', 'color', 'erase' or 'paint'"])
    }
    var sites = strokes[first].origin.handles.map(\.site)
    if case .letValue = selection.statement.kind {
      // The strokes that use it may have points of others, too.
      let span = selection.span
      sites = sites.filter { span.start <= $0.start && $0.end <= span.end }
    }
    guard let site = sites.first else {
      throw UserError(
        .data, "the shape of this statement is not made of points", hints: ["delete it and draw a new one"])
    }
    guard site.file == file.path else {
      throw UserError(
        .data,
        "this shape is written in '\(fileName(site.file))', and a gesture changes only the script at hand",
        hints: ["open '\(fileName(site.file))' itself, or detach the call first"])
    }
    let calls = file.script.expressions(at: site.start).filter {
      guard case .call(let callee, _) = $0.kind, case .name(let name) = callee.kind else { return false }
      return Self.kinds[name] != nil
    }
    guard let call = calls.last, case .call(let callee, let arguments) = call.kind,
      case .name(let name) = callee.kind, let kind = Self.kinds[name], let last = arguments.last
    else {
      throw UserError(
        .data, "the points of this statement do not stand in it",
        hints: ["detach them first, or draw a new statement"])
    }
    guard sites.allSatisfy({ $0.file == file.path && call.span.start <= $0.start && $0.end <= call.span.end })
    else {
      throw UserError(
        .data, "this statement draws several shapes at once, and it is not clear which one is meant",
        hints: ["give each a name with 'let', and draw that again"])
    }
    var inside = Span(arguments[0].value.span.start, last.value.span.end)
    if arguments.count == 1, case .list(let elements) = arguments[0].value.kind, let end = elements.last {
      inside = Span(elements[0].span.start, end.span.end)
    } else if arguments.count == 1, kind != .circle {
      throw UserError(
        .data, "the points of this '\(name)' have a name, and stand elsewhere",
        hints: ["detach them first, or draw a new statement"])
    }
    try checkStandsAlone(inside, sites, numbers)
    return ShapeCall(name: name, kind: kind, inside: inside)
  }

  /// Refuses points that stand for several shapes: drawn again, those would all become one.
  private func checkStandsAlone(
    _ inside: Span, _ sites: [PlanOrigin.Site], _ numbers: [Int]
  ) throws(UserError) {
    let variable = file.symbols.first {
      inside.start <= $0.range.span.start && $0.range.span.end <= inside.end
        && [.parameter, .loop].contains($0.kind)
    }
    if let variable {
      throw UserError(
        .data, "the points of this shape depend on '\(variable.name)', so that it is drawn in several places",
        hints: ["detach the call or loop first"])
    }
    let isRepeated = Set(sites).count < sites.count && !sites.allSatisfy { $0 == sites[0] }
    let places = Set(numbers.map { strokes[$0].origin.handles.first { $0.site == sites[0] }?.place })
    guard !isRepeated, places.count == 1 else {
      throw UserError(
        .data, "this shape is drawn in several places at once", hints: ["detach the call or loop first"])
    }
  }

  private static let kinds: [String: StrokeFit.Kind] = [
    "line": .line, "polygon": .polygon, "curve": .curve, "blob": .blob, "circle": .circle,
    "ellipse": .ellipse,
  ]

  /// From the units between a call's parentheses to photo pixels: where the origin and the two unit vectors come to lie.
  private func placed(_ call: ShapeCall, _ selection: Selection) throws(UserError) -> Affine {
    guard let number = strokes(of: selection).first else { return .identity }
    let index =
      strokes[number].origin.handles.firstIndex {
        $0.site.file == file.path && call.inside.start <= $0.site.start && $0.site.end <= call.inside.end
      } ?? 0
    func place(_ x: Int, _ y: Int) throws(UserError) -> Point {
      let others = call.kind == .circle ? ", 1" : call.kind == .ellipse ? ", (1, 1)" : ", (9, 7), (5, 3)"
      let after = try planned([.init(call.inside, "(\(x), \(y))\(others)")])
      guard number < after.strokes.count, index < after.strokes[number].origin.handles.count else {
        throw UserError(.data, "this shape cannot be drawn again where it stands")
      }
      return after.strokes[number].origin.handles[index].place
    }
    let origin = try place(0, 0)
    let x = try place(1, 0) - origin
    let y = try place(0, 1) - origin
    return Affine(a: x.x, b: x.y, c: y.x, d: y.y, tx: origin.x, ty: origin.y)
  }
}
