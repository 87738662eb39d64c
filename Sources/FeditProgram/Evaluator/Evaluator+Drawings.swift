import FeditPixels
import FeditPlan
import FeditSyntax

/// Strokes that come out of SVG files: each of its paths is a stroke of the plan.
extension Evaluator {
  /// What a stroke takes out of a file, with the map of the file's units.
  func elements(
    of stroke: BoundStroke, _ file: PlanFile, within layer: String?
  ) throws(Failure) -> (elements: [SVGDrawing.Element], map: Affine) {
    inputs[file.path] = file
    let drawing = try self.drawing(file, stroke.shape.span)
    let unit = try imageMap(stroke)
    let (origin, size) = drawing.box
    let map = Affine.translation(-origin.x, -origin.y).then(
      Affine(
        a: unit.a / size.x, b: unit.b / size.x, c: unit.c / size.y, d: unit.d / size.y, tx: unit.tx,
        ty: unit.ty))
    do throws(SVGDrawing.Problem) {
      // What is recoloured or healed is an area, as a mask is.
      let isArea = stroke.layer == .recolor || stroke.layer == .heal
      let name = isArea ? LayerKeyword.mask.rawValue : stroke.layer.rawValue
      return (try drawing.elements(of: name, within: layer), map)
    } catch {
      throw unusable(file, error, stroke.shape.span)
    }
  }

  private func drawing(_ file: PlanFile, _ span: Span) throws(Failure) -> SVGDrawing {
    if let known = drawings[file.path] { return known }
    let bytes: [UInt8]
    do throws(WorldProblem) {
      bytes = try world.drawing(at: file.path)
    } catch {
      throw problem(error, span, "drawing")
    }
    try charge(bytes.count / 256, span)
    do throws(SVGDrawing.Problem) {
      let drawing = try SVGReader.read(bytes, pieceLimit: options.limits.elements)
      drawings[file.path] = drawing
      return drawing
    } catch {
      throw unusable(file, error, span)
    }
  }

  private func unusable(_ file: PlanFile, _ error: SVGDrawing.Problem, _ span: Span) -> Failure {
    let name = escapingControlCharacters(file.name)
    return problem(
      WorldProblem(
        .malformed, "the drawing '\(name)' cannot be used: \(escapingControlCharacters(error.description))",
        hints: error.hints), span, "drawing")
  }

  /// Draws paths of a file.
  func draw(
    _ stroke: BoundStroke, _ taken: (elements: [SVGDrawing.Element], map: Affine), color: RGB8?,
    label: String?, _ span: Span
  ) throws(Failure) {
    for element in taken.elements where !element.path.isEmpty {
      let map = element.map.then(taken.map)
      func add(_ isClosed: Bool, _ brush: PlanStroke.Brush?, _ paint: SVGDrawing.Paint) throws(Failure) {
        try count(span)
        let path = Path(elements: element.path, isClosed: isClosed).transformed(by: map)
        try charge(path.elements.count + path.elements.count / 4 * (path.elements.count / 2_000), span)
        guard PlanShape.path(path).isDrawable else {
          throw failure(
            .outOfRange, "line \(element.line) of the drawing lies more than a million pixels away", span,
            hints: ["check its view box and its transforms"])
        }
        var tint = stroke.layer == .recolor ? color : nil
        if stroke.layer == .color, !stroke.isErase { tint = try self.color(paint, element, span) }
        guard !stroke.isOff else {
          edit?.offCount += 1
          return
        }
        append(
          PlanStroke(
            layer: PlanLayer(stroke.layer), isErase: stroke.isErase, content: .shape(.path(path)),
            color: tint,
            brush: brush, label: element.label ?? label, file: module.source.name, line: 0, column: 0),
          shapes: [], span)
      }
      func brush(_ width: Double) -> PlanStroke.Brush { PlanStroke.Brush(width: width, pen: map.linear) }
      guard stroke.layer != .sketch else {
        guard !element.fill.isNone || !element.stroke.isNone else { continue }
        try add(element.isArea ?? (!element.fill.isNone || element.isClosed), element.pen.map(brush), .none)
        continue
      }
      if !element.fill.isNone { try add(true, nil, element.fill) }
      if !element.stroke.isNone { try add(false, brush(element.width), element.stroke) }
    }
  }

  private func color(
    _ paint: SVGDrawing.Paint, _ element: SVGDrawing.Element, _ span: Span
  ) throws(Failure) -> RGB8? {
    switch paint {
    case .none: return nil
    case .color(let color): return color
    case .other(let text):
      throw failure(
        .invalidColor, "line \(element.line) of the drawing is painted with '\(text)', which is no colour",
        span,
        hints: ["give it one flat colour"])
    }
  }
}

extension SVGDrawing.Element {
  /// Whether every part of the path goes back to its start.
  var isClosed: Bool {
    var isOpen = false
    for piece in path {
      switch piece {
      case .move: if isOpen { return false }
      case .line, .curve: isOpen = true
      case .close: isOpen = false
      }
    }
    return !isOpen
  }
}
