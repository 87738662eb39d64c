import FeditPlan
import FeditProgram

/// Draws the masks that people draw: free strokes, wide shapes, and those of recipes.
struct SampleMasks {
  let size: Int
  var random: SeededRandom
  let anchors: FaceAnchors
  /// Places in the hair.
  let hair: [FaceAnchors.Point]
  private var side: Double { Double(size) }
  private var frame: FaceFrame { FaceFrame(anchors) }

  /// What a recipe masks.
  enum Recipe: CaseIterable {
    case glasses, eye, eyes, hair, lips, mouth, brows, nose, halfFace, scratches, spots, ear, chin, background
    case clothes
  }

  init(size: Int, random: SeededRandom, anchors: FaceAnchors, hair: [FaceAnchors.Point]) {
    self.size = size
    self.random = random
    self.anchors = anchors
    self.hair = hair
  }

  /// Adds a mask to a drawing.
  mutating func draw(_ options: SampleOptions, into drawing: inout SampleDrawing) {
    let which = random.unit()
    var limit = options.everything
    if which < limit {
      drawing.add(.mask, SampleShapes.rectangle(x: 0, y: 0, width: side, height: side))
      return
    }
    limit += options.recipeMasks
    if which < limit, recipe(into: &drawing) { return }
    limit += options.wideMasks
    if which >= limit - options.wideMasks, which < limit {
      for _ in 0..<random.integer(1...2) { wide(into: &drawing) }
      return
    }
    free(options, into: &drawing)
  }

  // MARK: Free strokes

  /// 1–4 free strokes of 2–9 segments, and what the options add.
  private mutating func free(_ options: SampleOptions, into drawing: inout SampleDrawing) {
    for _ in 0..<random.integer(1...4) {
      let brush = random.real(side / 32...side / 7)
      let (x, y) = (random.real(0...side), random.real(0...side))
      drawing.add(
        .mask, stroke(from: Point(x, y), segments: random.integer(2...9), length: 0.04...0.22), brush: brush)
    }
    if random.chance(options.eyes) {
      let both = random.chance(0.6)
      let only = random.integer(0...1)
      for (i, (outer, inner)) in anchors.eyes.enumerated() where both || i == only {
        part(outer, inner, brush: side / 14...side / 6.5, into: &drawing)
      }
    }
    if random.chance(options.mouth) {
      part(anchors.mouthLeft, anchors.mouthRight, brush: side / 12...side / 5.5, into: &drawing)
    }
    if !hair.isEmpty, random.chance(options.hair) {
      for _ in 0..<random.integer(1...3) { hairStroke(into: &drawing) }
    }
    if random.chance(options.shapes) { shape(0.12...0.45, into: &drawing) }
    if random.chance(options.largeShapes) { shape(0.5...0.9, into: &drawing) }
  }

  /// Connected segments; each turns by up to 77° from the one before.
  mutating func stroke(from start: Point, segments: Int, length: ClosedRange<Double>) -> PlanShape {
    var points = [start]
    let first = random.direction()
    var direction = (x: Double(first.x), y: Double(first.y))
    for _ in 0..<segments {
      let reach = random.real(length) * side
      let at = points[points.count - 1]
      points.append(
        Point(
          min(max(at.x + direction.x * reach, 0), side), min(max(at.y + direction.y * reach, 0), side)))
      // A rotation by twice the arc tangent of t, without trigonometry.
      let t = random.real(-0.8...0.8)
      let cosine = (1 - t * t) / (1 + t * t)
      let sine = 2 * t / (1 + t * t)
      direction = (
        direction.x * cosine - direction.y * sine, direction.x * sine + direction.y * cosine
      )
    }
    return random.chance(0.5) ? Shapes.line(points) : Shapes.curve(points)
  }

  private mutating func hairStroke(into drawing: inout SampleDrawing) {
    let start = hair[random.integer(0...hair.count - 1)]
    let brush = random.real(side / 20...side / 6)
    drawing.add(
      .mask,
      stroke(
        from: Point(Double(start.x), Double(start.y)), segments: random.integer(2...6), length: 0.04...0.22),
      brush: brush)
  }

  /// A short thick stroke over a part of the face, not drawn too exactly.
  private mutating func part(
    _ a: FaceAnchors.Point, _ b: FaceAnchors.Point, brush: ClosedRange<Double>,
    into drawing: inout SampleDrawing
  ) {
    let wobble = side / 50
    func moved(_ p: FaceAnchors.Point, _ random: inout SeededRandom) -> Point {
      Point(Double(p.x) + random.real(-wobble...wobble), Double(p.y) + random.real(-wobble...wobble))
    }
    let line = Shapes.line([moved(a, &random), moved(b, &random)])
    drawing.add(.mask, line, brush: random.real(brush))
  }

  /// A rectangle or an ellipse whose sides are shares of the frame's.
  private mutating func shape(_ share: ClosedRange<Double>, into drawing: inout SampleDrawing) {
    let w = random.real(share) * side
    let h = random.real(share) * side
    let x = random.real(0...side - w)
    let y = random.real(0...side - h)
    drawing.add(
      .mask,
      random.chance(0.5)
        ? SampleShapes.rectangle(x: x, y: y, width: w, height: h)
        : SampleShapes.ellipse(Point(x + w / 2, y + h / 2), w / 2, h / 2))
  }

  // MARK: Wide shapes

  private mutating func wide(into drawing: inout SampleDrawing) {
    let center = Point(random.real(0.1...0.9) * side, random.real(0.1...0.9) * side)
    switch random.integer(0...3) {
    case 0: drawing.add(.mask, SampleShapes.polygon(center, 0.12 * side...0.42 * side, &random))
    case 1: shape(0.25...0.7, into: &drawing)
    case 2:
      drawing.add(
        .mask,
        SampleShapes.blob(
          center, random.real(0.12...0.35) * side, random.real(0.12...0.35) * side, wobble: 0.25, &random))
    default:
      let brush = random.real(side / 7...side / 3.5)
      drawing.add(
        .mask, stroke(from: center, segments: random.integer(1...4), length: 0.1...0.3), brush: brush)
    }
  }

  // MARK: Recipes

  /// A recipe's mask for a part that the sample shows; false where it shows none.
  private mutating func recipe(into drawing: inout SampleDrawing) -> Bool {
    let frame = frame
    func isSeen(_ x: Double, _ y: Double) -> Bool {
      let p = frame.map(Point(x, y))
      return p.x >= 0 && p.y >= 0 && p.x < side && p.y < side
    }
    let seen = Recipe.allCases.filter { recipe in
      switch recipe {
      case .glasses, .eyes, .brows: isSeen(-0.5, 0) && isSeen(0.5, 0)
      case .eye: isSeen(-0.5, 0) || isSeen(0.5, 0)
      case .hair: isSeen(0, -1.3)
      case .lips, .mouth, .chin: isSeen(frame.mouth.x, frame.mouth.y)
      case .nose, .halfFace: isSeen(0, 0.5)
      case .ear: isSeen(-1.05, 0.4) || isSeen(1.05, 0.4)
      case .clothes: isSeen(0, 2.1)
      case .scratches, .spots, .background: true
      }
    }
    guard !seen.isEmpty else { return false }
    draw(seen[random.integer(0...seen.count - 1)], frame, into: &drawing)
    if random.chance(0.15) { draw(seen[random.integer(0...seen.count - 1)], frame, into: &drawing) }
    return true
  }

  /// An oval in the face's coordinates, exact or as a hand draws it, no part quite where it should be.
  private mutating func oval(
    _ x: Double, _ y: Double, _ rx: ClosedRange<Double>, _ ry: ClosedRange<Double>, _ frame: FaceFrame
  ) -> PlanShape {
    let center = Point(x + random.real(-0.06...0.06), y + random.real(-0.06...0.06))
    let (a, b) = (random.real(rx), random.real(ry))
    let shape =
      random.chance(0.5)
      ? SampleShapes.ellipse(center, a, b) : SampleShapes.blob(center, a, b, wobble: 0.12, &random)
    return shape.transformed(by: frame.map)
  }

  private mutating func draw(_ recipe: Recipe, _ frame: FaceFrame, into drawing: inout SampleDrawing) {
    let eye = random.chance(0.5) ? -0.5 : 0.5
    switch recipe {
    case .glasses: glasses(frame, into: &drawing)
    case .eye: drawing.add(.mask, oval(eye, 0, 0.28...0.5, 0.16...0.4, frame))
    case .eyes:
      for x in [-0.5, 0.5] { drawing.add(.mask, oval(x, -0.02, 0.28...0.48, 0.16...0.36, frame)) }
    case .hair: hairCap(frame, into: &drawing)
    case .lips: drawing.add(.mask, oval(frame.mouth.x, frame.mouth.y, 0.4...0.6, 0.16...0.32, frame))
    case .mouth:
      drawing.add(.mask, oval(frame.mouth.x, frame.mouth.y + 0.1, 0.5...0.9, 0.35...0.7, frame))
    case .brows:
      for x in [-0.5, 0.5] { drawing.add(.mask, oval(x, -0.33, 0.34...0.5, 0.1...0.2, frame)) }
    case .nose: drawing.add(.mask, oval(0, 0.5, 0.22...0.4, 0.3...0.6, frame))
    case .halfFace: halfFace(frame, into: &drawing)
    case .scratches:
      for _ in 0..<random.integer(1...6) {
        let brush = random.real(side / 128...side / 36)
        let start = Point(random.real(0.1...0.9) * side, random.real(0.1...0.9) * side)
        drawing.add(
          .mask, stroke(from: start, segments: random.integer(1...5), length: 0.05...0.3), brush: brush)
      }
    case .spots:
      for _ in 0..<random.integer(1...9) {
        let center = Point(random.real(0.15...0.85) * side, random.real(0.15...0.85) * side)
        let r = random.logarithmic(side / 85...side / 14)
        drawing.add(.mask, SampleShapes.ellipse(center, r, r * random.real(0.8...1.25)))
      }
    case .ear:
      for x in random.chance(0.5) ? [-1.05, 1.05] : [eye * 2.1] {
        drawing.add(.mask, oval(x, random.real(0.3...0.8), 0.14...0.35, 0.2...0.5, frame))
      }
    case .chin: drawing.add(.mask, oval(0, 1.35, 0.6...1, 0.35...0.75, frame))
    case .background: background(frame, into: &drawing)
    case .clothes:
      let top = random.real(1.7...2.1)
      let corners = [
        Point(-2.2, top + 0.2), Point(0, top), Point(2.2, top + 0.2), Point(2.2, 3), Point(-2.2, 3),
      ]
      drawing.add(.mask, Shapes.polygon(corners).transformed(by: frame.map))
    }
  }

  /// Both lenses, the bridge and often the temples.
  private mutating func glasses(_ frame: FaceFrame, into drawing: inout SampleDrawing) {
    let (rx, ry) = (random.real(0.38...0.56), random.real(0.26...0.46))
    let y = random.real(-0.04...0.12)
    for x in [-0.5, 0.5] {
      drawing.add(.mask, SampleShapes.ellipse(Point(x, y), rx, ry).transformed(by: frame.map))
    }
    let reach = random.chance(0.6) ? random.real(0.95...1.2) : 0.3
    let line = Shapes.line([Point(-reach, y - 0.05), Point(reach, y - 0.05)])
    drawing.add(
      .mask, line.transformed(by: frame.map), brush: random.real(0.08...0.16) * frame.unit)
  }

  /// All of the hair above a line over the forehead, or a part of it.
  private mutating func hairCap(_ frame: FaceFrame, into drawing: inout SampleDrawing) {
    if !hair.isEmpty, random.chance(0.35) {
      for _ in 0..<random.integer(2...5) { hairStroke(into: &drawing) }
      return
    }
    let low = random.real(-0.9 ... -0.45)
    let drop = random.real(-0.3...1.8)
    let wide = random.real(1.1...1.6)
    var points = [
      Point(-wide, drop), Point(-wide * 1.05, -0.8), Point(-wide * 0.7, -1.7), Point(0, -2.1),
      Point(wide * 0.7, -1.7), Point(wide * 1.05, -0.8), Point(wide, drop), Point(0.85, drop * 0.6),
      Point(0.75, low * 0.7), Point(0, low), Point(-0.75, low * 0.7), Point(-0.85, drop * 0.6),
    ]
    for i in points.indices {
      points[i] = Point(points[i].x + random.real(-0.08...0.08), points[i].y + random.real(-0.08...0.08))
    }
    drawing.add(.mask, Shapes.blob(points).transformed(by: frame.map))
  }

  /// One side of the face: both eyes have to match.
  private mutating func halfFace(_ frame: FaceFrame, into drawing: inout SampleDrawing) {
    let direction = random.chance(0.5) ? 1.0 : -1
    let from = random.real(-0.12...0.12)
    let shape: PlanShape
    if random.chance(0.5) {
      let x = direction * from
      let (top, bottom) = (random.real(-1.2 ... -0.4), random.real(0.6...1.9))
      shape = Shapes.polygon([
        Point(x, top), Point(x + direction * random.real(0.9...1.3), top),
        Point(x + direction * random.real(0.9...1.3), bottom), Point(x, bottom),
      ])
    } else {
      let center = Point(direction * (0.55 + from), random.real(0.1...0.5))
      shape = SampleShapes.blob(center, 0.6, random.real(0.6...1.1), wobble: 0.08, &random)
    }
    drawing.add(.mask, shape.transformed(by: frame.map))
  }

  /// What lies beside the head, up to the border.
  private mutating func background(_ frame: FaceFrame, into drawing: inout SampleDrawing) {
    if random.chance(0.5) {
      // A strip along a border.
      let share = random.real(0.08...0.3) * side
      let rectangles = [
        (0.0, 0.0, share, side), (side - share, 0.0, share, side), (0.0, 0.0, side, share),
        (0.0, side - share, side, share),
      ]
      let (x, y, w, h) = rectangles[random.integer(0...3)]
      drawing.add(.mask, SampleShapes.rectangle(x: x, y: y, width: w, height: h))
      return
    }
    let x = random.chance(0.5) ? random.real(-2.2 ... -1.4) : random.real(1.4...2.2)
    drawing.add(.mask, oval(x, random.real(-1.6...1.2), 0.3...0.8, 0.3...1.2, frame))
  }
}
