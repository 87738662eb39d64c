import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

extension PlannedScript {
  /// The most points of a hand's line.
  static let mostPoints = 100_000

  /// A hand's line as photo pixels, checked.
  func checked(_ points: [Point]) throws(UserError) -> [Point] {
    guard points.count >= 2 else {
      throw UserError(.data, "a line has at least two points, found \(points.count)")
    }
    guard points.count <= Self.mostPoints else {
      throw UserError(.data, "a line has at most \(Self.mostPoints) points, found \(points.count)")
    }
    guard points.allSatisfy({ $0.isFinite && abs($0.x) <= Limits.magnitude && abs($0.y) <= Limits.magnitude })
    else { throw UserError(.data, "a point lies more than a million pixels away") }
    return points
  }

  /// What fits lines in a frame.
  func fit(in frame: Affine, smoothing: Double, recognize: Bool) -> StrokeFit {
    let pixel = 1 / max(frame.scaleFactor, 1e-9)
    return StrokeFit(
      photoPixel: pixel, screenPixel: pixel / max(view.zoom, 1e-6), smoothing: smoothing,
      recognizes: recognize)
  }

  /// Adds a statement that draws a hand's line.
  func draw(
    _ points: [Point], _ tool: StudioTool, _ style: StrokeStyle, after place: SourceLocation?,
    smoothing: Double, recognize: Bool
  ) throws(UserError) -> StudioEdit {
    let points = try checked(points)
    let placement = try placement(after: place)
    guard let inverse = placement.frame.inverse else {
      throw UserError(.data, "the frame there is squeezed flat, so nothing can be drawn in it")
    }
    let fit = fit(in: placement.frame, smoothing: smoothing, recognize: recognize)
    guard let drawn = fit.fit(points.map { inverse($0) }) else {
      throw UserError(.data, "the line stays at one place", hints: ["draw a longer one"])
    }
    let statements = try statements(drawn.text, tool, style, placement.frame)
    let edits = [placement.edit(statements, lineBreak: lineBreak)]
    let after = try planned(edits)
    let added = after.strokes.count - strokes.count
    guard added == (tool == .paint ? 3 : 1) else {
      throw UserError(
        .data, "this would draw \(added) strokes at once", hints: ["select another place for it"])
    }
    let start = edits[0].span.start
    let end = start + edits[0].replacement.utf8.count
    let new = after.strokes.first {
      $0.origin.statement.file == file.path && $0.origin.statement.start >= start
        && $0.origin.statement.end <= end
    }
    guard let new, let selected = after.statement(of: new) else {
      throw UserError(.software, "the new stroke is not in the plan")
    }
    try verify(new, follows: points, smoothing: smoothing)
    let moved = changed(in: after, except: added, from: start, to: end)
    return edit(edits, after, moves: moved, selection: selected.start)
  }

  /// How many of the strokes that were there changed, where others came in.
  private func changed(in after: PlannedScript, except added: Int, from: Int, to: Int) -> Int {
    let others = after.strokes.filter {
      !($0.origin.statement.file == file.path && $0.origin.statement.start >= from
        && $0.origin.statement.end <= to)
    }
    return zip(strokes, others).count { !$0.drawsSame(as: $1) }
  }

  /// Refuses what would not be drawn where the hand was.
  func verify(_ stroke: PlanStroke, follows points: [Point], smoothing: Double) throws(UserError) {
    guard case .shape(let shape) = stroke.content else { return }
    // Twice the fit's reach, and what smoothing may take.
    let allowed = (2 * StrokeFit.reach + 16 * smoothing) * max(1, 1 / max(view.zoom, 1e-6))
    let off = Polyline.deviation(of: points, from: shape.flattened(24))
    guard off <= allowed else {
      throw UserError(
        .data, "this would be drawn \(Numeral.text(off, 0)) pixels away from the hand's line",
        hints: ["draw it in smaller parts"])
    }
  }

  private func statements(
    _ shape: String, _ tool: StudioTool, _ style: StrokeStyle, _ frame: Affine
  ) throws(UserError) -> [String] {
    guard style.isMirrored else { return [try statement(shape, tool, style, frame)] }
    let name = unusedName("half")
    let axis = try mirrorAxis(frame)
    return [
      "let \(name) = \(shape)", try statement("\(name) + \(name).mirrored(x: \(axis))", tool, style, frame),
    ]
  }

  private func statement(
    _ shape: String, _ tool: StudioTool, _ style: StrokeStyle, _ frame: Affine
  ) throws(UserError) -> String {
    func number(_ pixels: Double) -> String {
      let pixel = 1 / max(frame.scaleFactor, 1e-9)
      let decimals =
        (0..<Numeral.mostDecimals).first { Numeral.unit($0) <= pixel * 1.0001 } ?? Numeral.mostDecimals
      return Numeral.text(pixels * pixel, decimals)
    }
    if let brush = style.brush, !(brush.isFinite && brush > 0 && brush <= Limits.magnitude) {
      throw UserError(.data, "a brush is wider than 0, found \(numberText(brush))")
    }
    let isClosed = ["polygon(", "blob(", "circle(", "ellipse("].contains { shape.hasPrefix($0) }
    let brush = style.brush.map { !isClosed || tool == .sketch ? " brush \(number($0))" : "" } ?? ""
    switch tool {
    case .sketch: return "sketch \(shape)\(brush)"
    case .mask: return "mask \(shape)\(brush)"
    case .erase:
      guard style.erases.isLayer else {
        throw UserError(.data, "nothing can be erased from '\(style.erases.rawValue)'")
      }
      return "erase \(style.erases.rawValue) \(shape)\(brush)"
    case .color: return "color \(shape) with \(try color(style))\(brush)"
    case .paint: return "paint \(shape) { mask grown \(number(4)); sketch; color \(try color(style)) }"
    }
  }

  private func color(_ style: StrokeStyle) throws(UserError) -> String {
    guard let color = style.color?.trimmed, !color.isEmpty else {
      // As the last one; the first is the reference's.
      return strokes.last { $0.color != nil && !$0.isErase }?.color.map(colorText) ?? "#8b5a2b"
    }
    let (_, problems) = parseExpression(SourceText(name: "", color))
    if let problem = problems.first {
      throw UserError(.data, "'\(escapingControlCharacters(color))' is not a colour: \(problem.message)")
    }
    return color
  }

  /// The face's middle line, or the photo's, in a frame's units.
  private func mirrorAxis(_ frame: Affine) throws(UserError) -> String {
    let places = facePlaces.prefix(2).map(\.place)
    let middle =
      places.count == 2
      ? (places[0] + places[1]) * 0.5 : Point(Double(plan.photo.width) / 2, Double(plan.photo.height) / 2)
    guard let inverse = frame.inverse else { return "0" }
    let decimals = (0..<Numeral.mostDecimals).first { Numeral.unit($0) * frame.scaleFactor <= 1.0001 } ?? 0
    return Numeral.text(inverse(middle).x, decimals)
  }

  /// A name that the script does not use yet.
  func unusedName(_ base: String) -> String {
    let used = Set(file.symbols.map(\.name)).union(Keyword.reserved).union(Builtins.all.map(\.name))
    guard used.contains(base) else { return base }
    return (2...).lazy.map { "\(base)_\($0)" }.first { !used.contains($0) } ?? base
  }
}
