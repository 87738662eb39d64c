import FeditPixels
import FeditPlan

/// Draws shapes of a plan onto canvases: their areas, and their outlines as lines.
///
/// The algebra is carried out on pixels. A union is drawn part by part; what is taken away or intersected
/// is drawn on canvases of its own, no larger than the shape, and combined.
struct ShapePainter {
  /// From photo to device pixels.
  let map: Affine
  /// Where growing needs a canvas with more pixels than this, and four times as many as are wanted, it is
  /// done at a coarser scale. Only pens wider than the picture come to this.
  static let largestScratch = 1 << 20

  /// What an open shape is drawn with.
  struct Brush {
    var pen: Pen
    /// Whether the script gave it: then it also draws the line inside a grown open shape.
    var isWritten: Bool
  }

  // MARK: Bounds

  /// The area that a shape cannot leave.
  func box(_ shape: PlanShape, _ brush: Brush?) -> Box {
    switch shape {
    case .path(let path):
      let box = path.box(map)
      guard !path.isClosed, let pen = brush?.pen else { return box }
      return box.expanded(pen.reachX, pen.reachY)
    case .union(let a, let b): return box(a, brush).union(box(b, brush))
    case .subtraction(let a, _): return box(a, brush)
    case .intersection(let a, let b): return box(a, brush).intersection(box(b, brush))
    case .grown(let inner, let radius, let frame):
      let inside = box(inner, brush)
      guard radius > 0 else { return inside }
      let pen = Pen(radius: radius, frame, map)
      return inside.expanded(pen.reachX + 1, pen.reachY + 1)
    }
  }

  // MARK: Areas

  /// Draws a shape's area: closed paths filled, open ones stroked with the brush.
  func paint(
    _ shape: PlanShape, _ brush: Brush?, on canvas: Canvas, _ ink: Canvas.Ink
  ) throws(RasterError) {
    switch shape {
    case .path(let path):
      if path.isClosed {
        canvas.fill(path, map, ink)
      } else if let pen = brush?.pen {
        stroke(path, pen, on: canvas, ink)
      } else {
        trace(path, on: canvas, ink)
      }
    case .union(let a, let b):
      try paint(a, brush, on: canvas, ink)
      try paint(b, brush, on: canvas, ink)
    case .grown(let inner, let radius, let frame) where radius > 0:
      try paintGrown(inner, Pen(radius: radius, frame, map), brush, on: canvas, ink)
    default:
      if let area = try area(shape, brush, within: canvas.rect) { canvas.combine(area, ink) }
    }
  }

  /// Draws what a pen reaches from a shape.
  private func paintGrown(
    _ inner: PlanShape, _ pen: Pen, _ brush: Brush?, on canvas: Canvas, _ ink: Canvas.Ink
  ) throws(RasterError) {
    switch inner {
    case .path(let path):
      if path.isClosed {
        canvas.stroke(path.closed, map, pen, ink)
        canvas.fill(path, map, ink)
      } else {
        stroke(path, pen, on: canvas, ink)
        if let brush, brush.isWritten { stroke(path, brush.pen, on: canvas, ink) }
      }
    case .union(let a, let b):
      // What is near a or b is what is near their union.
      try paintGrown(a, pen, brush, on: canvas, ink)
      try paintGrown(b, pen, brush, on: canvas, ink)
    default:
      try morph(inner, pen, brush, within: canvas.rect) { source, coarse, pen throws(RasterError) in
        guard let coarse else { return Dilation.dilate(source, by: pen, onto: canvas, ink) }
        let grown = try Canvas(coarse.rect(canvas.rect), .mask)
        Dilation.dilate(source, by: pen, onto: grown, .set)
        coarse.enlarge(grown, onto: canvas, ink)
      }
    }
  }

  /// A shape's area on a canvas of its own; nil where it does not come into the rectangle.
  func area(_ shape: PlanShape, _ brush: Brush?, within rect: PixelRect) throws(RasterError) -> Canvas? {
    let rect = PixelRect(touching: box(shape, brush).expanded(1, 1), within: rect)
    guard !rect.isEmpty else { return nil }
    switch shape {
    case .path, .union:
      let canvas = try Canvas(rect, .mask)
      try paint(shape, brush, on: canvas, .set)
      return canvas
    case .subtraction(let a, let b):
      guard let canvas = try area(a, brush, within: rect) else { return nil }
      if isPlain(b) {
        try paint(b, brush, on: canvas, .clear)
      } else if let taken = try area(b, brush, within: canvas.rect) {
        canvas.combine(taken, .clear)
      }
      return canvas
    case .intersection(let a, let b):
      guard let canvas = try area(a, brush, within: rect), let other = try area(b, brush, within: canvas.rect)
      else { return nil }
      canvas.intersect(other)
      return canvas
    case .grown(let inner, let radius, let frame):
      if radius > 0 {
        let canvas = try Canvas(rect, .mask)
        try paint(shape, brush, on: canvas, .set)
        return canvas
      }
      guard let canvas = try area(inner, brush, within: rect) else { return nil }
      guard radius < 0 else { return canvas }
      let pen = Pen(radius: -radius, frame, map)
      if case .path(let path) = inner {
        canvas.stroke(path.isClosed ? path.closed : path, map, pen, .clear)
        return canvas
      }
      try morph(inner, pen, brush, within: rect) { source, coarse, pen throws(RasterError) in
        guard let coarse else {
          return Dilation.dilate(source, ofUnset: true, by: pen, onto: canvas, .clear)
        }
        let taken = try Canvas(coarse.rect(rect), .mask)
        Dilation.dilate(source, ofUnset: true, by: pen, onto: taken, .set)
        coarse.enlarge(taken, onto: canvas, .clear)
      }
      return canvas
    }
  }

  /// Whether a shape is drawn without canvases of its own.
  private func isPlain(_ shape: PlanShape) -> Bool {
    switch shape {
    case .path: true
    case .union(let a, let b): isPlain(a) && isPlain(b)
    default: false
    }
  }

  /// Gives `body` a shape's area with all around a rectangle that a pen may bring into it. The pen is half a
  /// pixel wider, for the true edge lies that far from the outermost pixel centres on average.
  ///
  /// `body`'s second argument is nil, or the scale where the area had to be drawn smaller.
  private func morph(
    _ shape: PlanShape, _ pen: Pen, _ brush: Brush?, within rect: PixelRect,
    _ body: (Canvas, Coarse?, Pen) throws(RasterError) -> Void
  ) throws(RasterError) {
    let margin = Int(max(pen.reachX, pen.reachY).rounded(.up)) + 2
    let wide = rect.expanded(by: margin)
    let limit = max(Self.largestScratch, 4 * rect.area)
    var factor = 1
    while (wide.width / factor + 1) * (wide.height / factor + 1) > limit { factor *= 2 }
    if factor == 1 {
      let source = try Canvas(wide, .mask)
      try paint(shape, brush, on: source, .set)
      return try body(source, nil, pen.grown(by: 0.5))
    }
    let scale = 1 / Double(factor)
    let coarse = Coarse(factor: factor)
    let source = try Canvas(coarse.rect(wide), .mask)
    let smallBrush = brush.map { Brush(pen: $0.pen.scaled(by: scale), isWritten: $0.isWritten) }
    try ShapePainter(map: map.then(.scale(scale, scale))).paint(shape, smallBrush, on: source, .set)
    try body(source, coarse, pen.scaled(by: scale).grown(by: 0.5))
  }

  /// Pixels that each stand for a square of others.
  struct Coarse {
    var factor: Int

    /// The coarse pixels over a rectangle.
    func rect(_ fine: PixelRect) -> PixelRect {
      let (x, y) = (floorDivide(fine.x, factor), floorDivide(fine.y, factor))
      return PixelRect(
        x: x, y: y, width: floorDivide(fine.maxX, factor) + 1 - x,
        height: floorDivide(fine.maxY, factor) + 1 - y)
    }

    func enlarge(_ coarse: Canvas, onto canvas: Canvas, _ ink: Canvas.Ink) {
      for y in canvas.rect.y..<canvas.rect.maxY {
        let row = floorDivide(y, factor)
        for x in canvas.rect.x..<canvas.rect.maxX where coarse.isSet(floorDivide(x, factor), row) {
          canvas.put(x, y, ink)
        }
      }
    }
  }

  // MARK: Lines

  /// Draws along a path with a pen; a line thinner than the pixels' distance does not break up.
  func stroke(_ path: Path, _ pen: Pen, on canvas: Canvas, _ ink: Canvas.Ink) {
    if !pen.isDot { canvas.stroke(path, map, pen, ink) }
    if pen.isThin { trace(path, on: canvas, ink) }
  }

  /// Draws a path's line one pixel wide; `inside` is what the path encloses.
  func trace(_ path: Path, inside: Canvas? = nil, on canvas: Canvas, _ ink: Canvas.Ink) {
    guard path.box(map).touches(Box(canvas.rect.expanded(by: 1))) else { return }
    let tracer = LineTracer(rect: canvas.rect.expanded(by: 1), inside: inside)
    for line in canvas.flattened(path, map) {
      tracer.trace(line) { x, y in canvas.put(x, y, ink) }
    }
  }

  /// Draws a shape as a sketch: open paths as lines, areas by their outline.
  ///
  /// Without a pen lines are one pixel wide and 8-connected. `scratch` is a mask as large as the canvas with a
  /// pixel more on each side, all unset, and left so.
  func sketch(
    _ shape: PlanShape, _ pen: Pen?, on canvas: Canvas, scratch: Canvas, _ ink: Canvas.Ink
  ) throws(RasterError) {
    switch shape {
    case .path(let path):
      if let pen {
        stroke(path, pen, on: canvas, ink)
      } else if path.isClosed {
        let used = PixelRect(touching: path.box(map).expanded(1, 1), within: scratch.rect)
        guard !used.isEmpty else { return }
        scratch.fill(path, map, .set)
        trace(path, inside: scratch, on: canvas, ink)
        scratch.wipe(used)
      } else {
        trace(path, on: canvas, ink)
      }
    case .union(let a, let b)
    where !shape.isClosed || !box(a, nil).expanded(1, 1).touches(box(b, nil).expanded(1, 1)):
      if hasOpenPart(shape), hasClosedPart(shape) {
        try sketchParts(shape, pen, on: canvas, scratch: scratch, ink)
      } else {
        try sketch(a, pen, on: canvas, scratch: scratch, ink)
        try sketch(b, pen, on: canvas, scratch: scratch, ink)
      }
    default: try sketchParts(shape, pen, on: canvas, scratch: scratch, ink)
    }
  }

  /// The outline of what a shape's closed parts come to, and the lines of its open parts that are left.
  private func sketchParts(
    _ shape: PlanShape, _ pen: Pen?, on canvas: Canvas, scratch: Canvas, _ ink: Canvas.Ink
  ) throws(RasterError) {
    if let closed = closedPart(shape) {
      // With a pen, an outline outside of the canvas reaches into it.
      let margin = pen.map { Int(min(max($0.reachX, $0.reachY), 4096).rounded(.up)) + 2 } ?? 1
      if let area = try area(closed, nil, within: canvas.rect.expanded(by: margin + 1)) {
        let outline = try boundary(of: area, within: canvas.rect.expanded(by: margin + 1))
        if let pen {
          Dilation.dilate(outline, by: pen, onto: canvas, ink)
        } else {
          canvas.combine(outline, ink)
        }
      }
    }
    if hasOpenPart(shape), let lines = try lines(shape, pen, within: canvas.rect, scratch: scratch) {
      canvas.combine(lines, ink)
    }
  }

  /// The pixels of an area with one outside it above, below, left or right: an 8-connected line.
  ///
  /// The edge of `limit` is no outline, for the area may go on there.
  private func boundary(of area: Canvas, within limit: PixelRect) throws(RasterError) -> Canvas {
    let result = try Canvas(area.rect, .mask)
    let rect = area.rect
    func isOutside(_ x: Int, _ y: Int) -> Bool { limit.contains(x, y) && !area.isSet(x, y) }
    for y in rect.y..<rect.maxY {
      area.runs(row: y, set: true) { run in
        for x in run
        where isOutside(x - 1, y) || isOutside(x + 1, y) || isOutside(x, y - 1) || isOutside(x, y + 1) {
          result.put(x, y, .set)
        }
      }
    }
    return result
  }

  private func hasOpenPart(_ shape: PlanShape) -> Bool {
    switch shape {
    case .path(let path): !path.isClosed
    case .union(let a, let b): hasOpenPart(a) || hasOpenPart(b)
    case .subtraction(let a, _): hasOpenPart(a)
    case .intersection(let a, let b): hasOpenPart(a) || hasOpenPart(b)
    case .grown: false
    }
  }

  private func hasClosedPart(_ shape: PlanShape) -> Bool { closedPart(shape) != nil }

  /// A shape without its open paths; nil where nothing is left. What an open path takes away has no area.
  private func closedPart(_ shape: PlanShape) -> PlanShape? {
    switch shape {
    case .path(let path): path.isClosed ? shape : nil
    case .union(let a, let b):
      switch (closedPart(a), closedPart(b)) {
      case (let a?, let b?): .union(a, b)
      case (let a, let b): a ?? b
      }
    case .subtraction(let a, let b):
      closedPart(a).map { a in closedPart(b).map { .subtraction(a, $0) } ?? a }
    case .intersection(let a, let b):
      closedPart(a).flatMap { a in closedPart(b).map { .intersection(a, $0) } }
    case .grown: shape
    }
  }

  /// The lines of a shape's open paths, cut by its closed parts.
  private func lines(
    _ shape: PlanShape, _ pen: Pen?, within rect: PixelRect, scratch: Canvas
  ) throws(RasterError) -> Canvas? {
    switch shape {
    case .path(let path):
      guard !path.isClosed else { return nil }
      let canvas = try Canvas(rect, .mask)
      try sketch(shape, pen, on: canvas, scratch: scratch, .set)
      return canvas
    case .union(let a, let b):
      let first = try lines(a, pen, within: rect, scratch: scratch)
      guard let second = try lines(b, pen, within: rect, scratch: scratch) else { return first }
      first?.combine(second, .set)
      return first ?? second
    case .subtraction(let a, let b):
      guard let canvas = try lines(a, pen, within: rect, scratch: scratch) else { return nil }
      if let closed = closedPart(b), let area = try area(closed, nil, within: rect) {
        canvas.combine(area, .clear)
      }
      if let taken = try lines(b, pen, within: rect, scratch: scratch) { canvas.combine(taken, .clear) }
      return canvas
    case .intersection(let a, let b):
      let first = try lines(a, pen, within: rect, scratch: scratch)
      let second = try lines(b, pen, within: rect, scratch: scratch)
      let result = try Canvas(rect, .mask)
      for (line, other) in [(first, b), (second, a)] {
        guard let line, let closed = closedPart(other), let area = try area(closed, nil, within: rect) else {
          continue
        }
        let part = try Canvas(rect, .mask)
        part.combine(line, .set)
        part.intersect(area)
        result.combine(part, .set)
      }
      if let first, let second {
        first.intersect(second)
        result.combine(first, .set)
      }
      return result
    case .grown: return nil
    }
  }
}

/// Division rounded down, for coordinates below zero too.
func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((-a + b - 1) / b) }
