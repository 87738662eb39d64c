import FeditPixels
import FeditPlan
import FeditSyntax

extension Evaluator {
  func count(_ span: Span) throws(Failure) {
    strokes += 1
    if strokes > options.limits.strokes {
      throw failure(
        .tooManyStrokes, "the script draws more than \(options.limits.strokes) strokes", span,
        hints: ["shorten its loops, or raise the limit with --max-strokes"])
    }
  }

  func draw(_ stroke: BoundStroke, _ span: Span) throws(Failure) {
    guard edit != nil else { throw failure(.outsideEdit, "strokes stand inside an edit", span) }
    try count(span)
    let content = try evaluate(stroke.shape)
    let color = try stroke.modifiers[.with].map { (value) throws(Failure) in try self.color(value) }
    let brush = try stroke.modifiers[.brush].map { (value) throws(Failure) in try self.brush(value) }
    let label = try stroke.modifiers[.label].map { (value) throws(Failure) in try self.string(value) }
    let drawn: PlanStroke.Content
    switch content {
    case .shape(let shape):
      let inPhoto = try placed(shape, span)
      warnOfPhotoPixels(in: stroke, inPhoto)
      drawn = .shape(inPhoto)
    case .drawing(let file, let layer):
      return try draw(stroke, try elements(of: stroke, file, within: layer), color: color, label: label, span)
    case .image(let file):
      inputs[file.path] = file
      drawn = .image(file, toPhoto: try imageMap(stroke))
    case let other: throw wrongType(stroke.shape, other, "a shape")
    }
    if stroke.layer == .recolor, color == nil {
      throw failure(
        .missingColor, "'recolor' needs a colour", stroke.layerSpan, hints: ["add 'with #8b5a2b'"])
    }
    if stroke.layer == .color, !stroke.isErase, color == nil, case .shape = drawn {
      throw failure(
        .missingColor, "a colour stroke needs a colour", stroke.layerSpan, hints: ["add 'with #8b5a2b'"])
    }
    let warp = try warp(stroke, drawn)
    if let brush = stroke.modifiers[.brush] {
      switch drawn {
      case .shape(let shape) where shape.isClosed && stroke.layer != .sketch:
        idle(brush, "the shape is closed, so it is filled", "make it larger with .grown(R)")
      case .image: idle(brush, "an image is drawn as it is", "remove it")
      default: break
      }
    }
    guard !stroke.isOff else {
      edit?.offCount += 1
      return
    }
    append(
      PlanStroke(
        layer: PlanLayer(stroke.layer), isErase: stroke.isErase, content: drawn, color: color, brush: brush,
        label: label, file: module.source.name, line: 0, column: 0, warp: warp?.warp),
      shapes: [content] + (warp.map { [$0.target] } ?? []), span)
  }

  /// Where a `warp` takes what it draws; nil of other strokes.
  private func warp(_ stroke: BoundStroke, _ drawn: PlanStroke.Content) throws(Failure) -> (
    warp: PlanWarp, target: Value
  )? {
    guard stroke.layer == .warp, let to = stroke.modifiers[.to], case .shape(let shape) = drawn else {
      return nil
    }
    let value = try evaluate(to)
    guard case .shape(let wanted) = value else { throw wrongType(to, value, "a shape") }
    let target = try placed(wanted, to.span)
    let outlines: [WarpOutline]
    do throws(WarpOutline.Problem) {
      outlines = try WarpOutline.pairs(from: shape, to: target)
    } catch {
      throw warpFailure(error, to.span)
    }
    guard let written = stroke.modifiers[.reach] else {
      return (PlanWarp(target: target, reach: PlanWarp.standardReach(outlines)), value)
    }
    let reach = try number(written)
    guard reach > 0 else {
      throw failure(.badWarp, "a warp's reach must be more than 0, found \(numberText(reach))", written.span)
    }
    let inPhoto = reach * frame.scaleFactor
    guard inPhoto <= Limits.magnitude else {
      throw failure(.outOfRange, "this warp reaches more than a million pixels far", written.span)
    }
    return (PlanWarp(target: target, reach: inPhoto), value)
  }

  private func warpFailure(_ problem: WarpOutline.Problem, _ span: Span) -> Failure {
    let (message, hint) =
      switch problem {
      case .grown:
        (
          "a warp follows outlines as they are drawn, and one of these is grown",
          "use .scaled(by: N, about: P)"
        )
      case .parts(let from, let to):
        (
          "a warp needs as many outlines as it moves: \(from) cannot go to \(to)",
          "make the target of the shape itself: lips.scaled(by: 1.1, about: mouth)"
        )
      case .openAndClosed:
        ("a closed outline cannot go to an open line, nor the other way round", "draw both in the same way")
      }
    return failure(.badWarp, message, span, hints: [hint])
  }

  /// From an image's unit square to photo pixels: where the stroke places it, or stretched over the photo.
  func imageMap(_ stroke: BoundStroke) throws(Failure) -> Affine {
    guard let at = stroke.modifiers[.at], let extent = stroke.modifiers[.size] else {
      let size = photo.map { Point(Double($0.width), Double($0.height)) } ?? Point(1, 1)
      return .scale(size.x, size.y)
    }
    let corner = try point(at)
    let size = try point(extent)
    guard size.x > 0, size.y > 0 else {
      throw failure(
        .outOfRange,
        "an image is wider and higher than 0, found (\(numberText(size.x)), \(numberText(size.y)))",
        extent.span)
    }
    let map = Affine.scale(size.x, size.y).then(.translation(corner.x, corner.y)).then(frame)
    guard [Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1)].allSatisfy({ map($0).isDrawable }) else {
      throw failure(
        .outOfRange, "this image lies more than a million pixels away", at.span,
        hints: ["check its place and size"])
    }
    return map
  }

  /// Warns, once a place, of a brush that has nothing to do.
  private func idle(_ brush: BoundExpression, _ reason: String, _ hint: String) {
    guard warnedPlaces.insert(brush.span.start).inserted, module === entry else { return }
    diagnostics.append(
      Diagnostic(
        .unusedBrush, "this brush draws nothing: \(reason)", severity: .warning,
        at: module.range(brush.span), hints: [.init(hint)]))
  }

  /// Adds a stroke to the edit.
  ///
  /// - Parameters:
  ///   - stroke: all of it but its place and where it comes from.
  ///   - shapes: what it draws, and where a warp takes it, in the units of the frame.
  ///   - span: the statement, or the entry of `paint`.
  func append(_ stroke: PlanStroke, shapes: [Value], _ span: Span) {
    var stroke = stroke
    let place = module.source.location(of: span.start)
    stroke.line = place.line
    stroke.column = place.column
    var handles: [PlanOrigin.Handle] = []
    for case .shape(let shape) in shapes {
      handles += shape.handles.map { PlanOrigin.Handle(place: frame($0.point), site: $0.site) }
    }
    stroke.origin = PlanOrigin(
      statement: PlanOrigin.Site(file: module.path, start: span.start, end: span.end), calls: calls,
      frame: frame, handles: handles)
    edit?.strokes.append(stroke)
  }

  private func placed(_ shape: ShapeValue, _ span: Span) throws(Failure) -> PlanShape {
    // Outlines that cross themselves are drawn in the square of their points, nearly.
    try charge(shape.size / 2 + shape.size / 4 * (shape.size / 2_000), span)
    let result = shape.shape.transformed(by: frame)
    guard result.isDrawable else {
      throw failure(
        .outOfRange, "this shape lies more than a million pixels away", span,
        hints: ["check its coordinates and frames"])
    }
    return result
  }

  private func brush(_ value: BoundExpression) throws(Failure) -> PlanStroke.Brush {
    let width = try number(value)
    guard width > 0 else {
      throw failure(.badBrush, "a brush is wider than 0, found \(numberText(width))", value.span)
    }
    return PlanStroke.Brush(width: width, pen: frame.linear)
  }

  func draw(_ paint: BoundPaint, _ span: Span) throws(Failure) {
    guard edit != nil else { throw failure(.outsideEdit, "strokes stand inside an edit", span) }
    guard case .shape(let shape) = try evaluate(paint.shape) else {
      throw failure(.wrongType, "'paint' takes a shape", paint.shape.span)
    }
    let label = try paint.modifiers[.label].map { (value) throws(Failure) in try self.string(value) }
    for entry in paint.entries {
      try count(entry.span)
      var drawn = shape
      if let grown = entry.modifiers[.grown] {
        drawn = try combined(
          .grown(shape.shape, radius: try number(grown), pen: .identity), [shape], entry.span)
      }
      let color = try entry.modifiers[.with].map { (value) throws(Failure) in try self.color(value) }
      let brush = try entry.modifiers[.brush].map { (value) throws(Failure) in try self.brush(value) }
      if entry.layer == .color, !entry.isErase, color == nil {
        throw failure(
          .missingColor, "a colour stroke needs a colour", entry.layerSpan, hints: ["write 'color #8b5a2b'"]
        )
      }
      guard !paint.isOff, !entry.isOff else {
        edit?.offCount += 1
        continue
      }
      append(
        PlanStroke(
          layer: PlanLayer(entry.layer), isErase: entry.isErase,
          content: .shape(try placed(drawn, entry.span)),
          color: color, brush: brush, label: label, file: module.source.name, line: 0, column: 0),
        shapes: [.shape(drawn)], entry.span)
    }
  }

  /// The original photo's colour under a point of the current frame.
  func sample(_ point: Point, _ span: Span) throws(Failure) -> RGB8 {
    guard let photo else { throw failure(.noPhoto, "'sample' needs a photo", span) }
    let place = frame(point)
    guard place.x >= 0, place.y >= 0, place.x <= Double(photo.width), place.y <= Double(photo.height) else {
      throw failure(
        .outOfRange, "(\(numberText(place.x)), \(numberText(place.y))) is outside the photo", span)
    }
    do {
      return try world.sample(photo.file.path, at: place)
    } catch {
      throw problem(error, span, "photo")
    }
  }
}
