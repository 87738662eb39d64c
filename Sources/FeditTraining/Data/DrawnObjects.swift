import FeditPlan
import FeditProgram

/// Things that people draw into portraits: painted into a sample's target, their outline into its sketch and their
/// flat colour into its colour layer, so that glasses, earrings and hats come out as they are drawn.
struct DrawnObjects {
  /// How an object's colour varies over it.
  enum Shading: Hashable, Sendable {
    case flat
    /// Lighter toward one side.
    case slope
    /// As a ball lit from the upper left, with a glint.
    case ball
    /// As glass, with a streak of light.
    case glass
  }

  /// One shape of an object.
  struct Part {
    var shape: PlanShape
    /// The width of an open shape's line.
    var brush: Double?
    var color: (r: Float, g: Float, b: Float)
    var shading = Shading.flat
    var opacity: Float = 1
    /// Whether its outline belongs into a sketch.
    var isSketched = true
    /// Whether it is a colour that somebody puts down, and always in the colour layer.
    var isPatch = false
  }

  let size: Int
  var random: SeededRandom
  let frame: FaceFrame
  /// What is drawn, the first at the back.
  private(set) var parts: [Part] = []
  private var side: Double { Double(size) }

  init(size: Int, random: SeededRandom, anchors: FaceAnchors) {
    self.size = size
    self.random = random
    frame = FaceFrame(anchors)
  }

  // MARK: What there is

  /// Patches of a wanted colour, such as someone paints on skin to try one: dots, ovals and spots.
  mutating func addPatches() {
    for _ in 0..<random.integer(1...5) {
      let center = Point(random.real(0.12...0.88) * side, random.real(0.12...0.88) * side)
      let radius = random.logarithmic(side / 128...side / 9)
      let shape =
        switch random.integer(0...3) {
        case 0, 1: SampleShapes.ellipse(center, radius, radius)
        case 2: SampleShapes.ellipse(center, radius, radius * random.real(0.5...1), along: direction())
        default: SampleShapes.blob(center, radius, radius, wobble: 0.2, &random)
        }
      parts.append(Part(shape: shape, color: wantedColor(), isSketched: random.chance(0.35), isPatch: true))
    }
  }

  /// One thing that is worn, or one or two shapes anywhere.
  mutating func addObject() {
    let worn: [(isSeen: Bool, add: (inout DrawnObjects) -> Void)] = [
      (isSeen(-0.5, 0) && isSeen(0.5, 0), { $0.addSunglasses() }),
      (isSeen(-0.5, 0) && isSeen(0.5, 0), { $0.addSpectacles() }),
      (isSeen(-1.02, 0.8) || isSeen(1.02, 0.8), { $0.addEarrings() }),
      (isSeen(0, -1.2), { $0.addHat() }),
      (isSeen(0, -0.9), { $0.addHeadband() }),
      (isSeen(0, 1.95), { $0.addNecklace() }),
      (isSeen(0, 0.6), { $0.addNose() }),
      (isSeen(0, 1.1), { $0.addFaceMask() }),
      (isSeen(0, 0.3), { $0.addMarks() }),
      (isSeen(0, -1.3), { $0.addFlower() }),
    ]
    let seen = worn.filter(\.isSeen)
    if seen.isEmpty || random.chance(0.35) {
      for _ in 0..<random.integer(1...2) { addShape() }
    } else {
      seen[random.integer(0...seen.count - 1)].add(&self)
    }
  }

  private func isSeen(_ x: Double, _ y: Double) -> Bool {
    let p = frame.map(Point(x, y))
    return p.x >= 0 && p.y >= 0 && p.x < side && p.y < side
  }

  /// A shape of the face's coordinates.
  private func onFace(_ shape: PlanShape) -> PlanShape { shape.transformed(by: frame.map) }

  private mutating func direction() -> (x: Double, y: Double) {
    let d = random.direction()
    return (Double(d.x), Double(d.y))
  }

  private mutating func addSunglasses() {
    let (rx, ry) = (random.real(0.34...0.48), random.real(0.24...0.4))
    let y = random.real(0...0.1)
    let rim = random.chance(0.6) ? objectColor(dark: 0.6) : nil
    let lens = objectColor(dark: 0.65)
    let isAngular = random.chance(0.35)
    let line = rim ?? objectColor(dark: 0.8)
    let width = random.real(0.03...0.09)
    if random.chance(0.7) {
      for direction in [-1.0, 1] {
        let temple = Shapes.line([Point(direction * (0.48 + rx), y - 0.05), Point(direction * 1.12, y - 0.1)])
        parts.append(Part(shape: onFace(temple), brush: width * frame.unit, color: line))
      }
    }
    let bridge = Shapes.curve([
      Point(-0.52 + rx, y - 0.03), Point(0, y - random.real(0.06...0.14)), Point(0.52 - rx, y - 0.03),
    ])
    parts.append(Part(shape: onFace(bridge), brush: width * frame.unit, color: line))
    let (opacity, shading): (Float, Shading) = (
      random.number(0.75...1), random.chance(0.3) ? .flat : random.chance(0.5) ? .glass : .slope
    )
    for x in [-0.5, 0.5] {
      let shape = lensShape(x, y, rx, ry, isAngular)
      parts.append(Part(shape: shape, color: lens, shading: shading, opacity: opacity))
      if let rim { parts.append(Part(shape: open(shape), brush: width * frame.unit, color: rim)) }
    }
  }

  private func lensShape(_ x: Double, _ y: Double, _ rx: Double, _ ry: Double, _ isAngular: Bool) -> PlanShape
  {
    guard isAngular else { return onFace(SampleShapes.ellipse(Point(x, y), rx, ry)) }
    let inner = x < 0 ? 1.0 : -1
    return onFace(
      Shapes.blob([
        Point(x - inner * rx, y - ry * 0.8), Point(x, y - ry), Point(x + inner * rx * 0.9, y - ry * 0.8),
        Point(x + inner * rx * 0.8, y + ry * 0.5), Point(x, y + ry),
        Point(x - inner * rx * 0.85, y + ry * 0.6),
      ]))
  }

  /// A closed shape's outline as a line.
  private func open(_ shape: PlanShape) -> PlanShape {
    guard case .path(let path) = shape, case .move(let first)? = path.elements.first else { return shape }
    return .path(Path(elements: path.elements.dropLast() + [.line(first)], isClosed: false))
  }

  /// Rims without glass.
  private mutating func addSpectacles() {
    let (rx, ry) = (random.real(0.34...0.46), random.real(0.26...0.38))
    let color = objectColor(dark: 0.6)
    let width = random.real(0.025...0.08) * frame.unit
    for x in [-0.5, 0.5] {
      parts.append(
        Part(shape: open(onFace(SampleShapes.ellipse(Point(x, 0.04), rx, ry))), brush: width, color: color))
      let temple = Shapes.line([Point(2 * x * (0.5 + rx) / 1, 0), Point(2 * x * 1.12, -0.06)])
      parts.append(Part(shape: onFace(temple), brush: width, color: color))
    }
    let bridge = Shapes.curve([Point(-0.5 + rx, 0.02), Point(0, -0.06), Point(0.5 - rx, 0.02)])
    parts.append(Part(shape: onFace(bridge), brush: width, color: color))
  }

  private mutating func addEarrings() {
    let color = objectColor(dark: 0.15)
    let (x, y) = (random.real(0.95...1.08), random.real(0.68...0.85))
    let kind = random.integer(0...2)
    let r = random.real(0.05...0.14)
    let only = random.chance(0.4) ? (random.chance(0.5) ? -1.0 : 1) : 0
    for direction in [-1.0, 1] where only == 0 || direction == only {
      let at = Point(direction * x, y)
      switch kind {
      case 0:
        parts.append(
          Part(shape: onFace(SampleShapes.ellipse(at, r, r)), color: color, shading: .ball))
      case 1:
        let ring = open(onFace(SampleShapes.ellipse(Point(at.x, at.y + 1.6 * r), 1.3 * r, 1.6 * r)))
        parts.append(Part(shape: ring, brush: max(1.5, 0.4 * r * frame.unit), color: color))
      default:
        let line = Shapes.line([at, Point(at.x, at.y + 2.5 * r)])
        parts.append(Part(shape: onFace(line), brush: max(1.2, 0.25 * r * frame.unit), color: color))
        let drop = SampleShapes.ellipse(Point(at.x, at.y + 3.2 * r), 0.7 * r, r)
        parts.append(Part(shape: onFace(drop), color: color, shading: .ball))
      }
    }
  }

  private mutating func addHat() {
    let color = objectColor(dark: 0.3)
    let (wide, low) = (random.real(0.95...1.25), random.real(-0.85 ... -0.55))
    let top = low - random.real(0.7...1.2)
    let dome = Shapes.blob([
      Point(-wide, low + 0.1), Point(-wide, low - 0.3), Point(-wide * 0.75, top + 0.25), Point(0, top),
      Point(wide * 0.75, top + 0.25), Point(wide, low - 0.3), Point(wide, low + 0.1), Point(0, low - 0.05),
    ])
    parts.append(Part(shape: onFace(dome), color: color, shading: random.chance(0.6) ? .slope : .flat))
    let brim = Shapes.curve([
      Point(-wide * random.real(1...1.5), low + 0.15), Point(0, low - 0.08),
      Point(wide * random.real(1...1.5), low + 0.15),
    ])
    if random.chance(0.7) {
      let other = random.chance(0.5) ? color : objectColor(dark: 0.3)
      parts.append(Part(shape: onFace(brim), brush: random.real(0.1...0.3) * frame.unit, color: other))
    }
  }

  private mutating func addHeadband() {
    let y = random.real(-1.05 ... -0.7)
    let band = Shapes.curve([
      Point(-1.08, y + 0.6), Point(-0.65, y + 0.1), Point(0, y), Point(0.65, y + 0.1), Point(1.08, y + 0.6),
    ])
    parts.append(
      Part(shape: onFace(band), brush: random.real(0.1...0.34) * frame.unit, color: objectColor(dark: 0.25)))
  }

  private mutating func addNecklace() {
    let color = objectColor(dark: 0.15)
    let drop = random.real(0.2...0.5)
    if random.chance(0.4) {
      let line = Shapes.curve([Point(-0.75, 1.8), Point(0, 1.85 + drop), Point(0.75, 1.8)])
      parts.append(Part(shape: onFace(line), brush: random.real(0.03...0.09) * frame.unit, color: color))
      return
    }
    let count = random.integer(7...15)
    let r = 0.7 / Double(count)
    for i in 0..<count {
      let t = 2 * (Double(i) + 0.5) / Double(count) - 1
      let at = Point(0.75 * t, 1.8 + drop * (1 - t * t))
      parts.append(Part(shape: onFace(SampleShapes.ellipse(at, r, r)), color: color, shading: .ball))
    }
  }

  /// A clown's nose, or a stud.
  private mutating func addNose() {
    let isLarge = random.chance(0.5)
    let at = Point(isLarge ? 0 : random.chance(0.5) ? -0.2 : 0.2, random.real(0.5...0.66))
    let r = isLarge ? random.real(0.14...0.26) : random.real(0.025...0.06)
    parts.append(
      Part(
        shape: onFace(SampleShapes.ellipse(at, r, r)),
        color: isLarge && random.chance(0.6) ? (205, 30, 35) : objectColor(dark: 0.2), shading: .ball))
  }

  private mutating func addFaceMask() {
    let color = objectColor(dark: 0.2)
    let top = random.real(0.45...0.6)
    for direction in [-1.0, 1] {
      let loop = Shapes.curve([
        Point(direction * 0.75, top + 0.1), Point(direction * 1, top - 0.05),
        Point(direction * 1.08, top - 0.3),
      ])
      parts.append(Part(shape: onFace(loop), brush: 0.03 * frame.unit, color: color))
    }
    let cloth = Shapes.blob([
      Point(-0.8, top), Point(0, top - 0.2), Point(0.8, top), Point(0.75, 1.2), Point(0.35, 1.65),
      Point(-0.35, 1.65), Point(-0.75, 1.2),
    ])
    parts.append(Part(shape: onFace(cloth), color: color, shading: .slope))
  }

  /// Moles, freckles, a dot on the forehead, a scar, a painted stripe.
  private mutating func addMarks() {
    switch random.integer(0...3) {
    case 0:
      let color = skinMark()
      for _ in 0..<random.integer(3...14) {
        let at = Point(random.real(-0.7...0.7), random.real(0.2...1.4))
        let r = random.real(0.012...0.04)
        parts.append(Part(shape: onFace(SampleShapes.ellipse(at, r, r)), color: color, isSketched: false))
      }
    case 1:
      let r = random.real(0.04...0.09)
      let at = Point(random.real(-0.04...0.04), random.real(-0.35 ... -0.2))
      parts.append(Part(shape: onFace(SampleShapes.ellipse(at, r, r)), color: objectColor(dark: 0.3)))
    case 2:
      let x = random.real(-0.7...0.7)
      let y = random.real(-0.3...1)
      let (dx, dy) = (random.real(-0.3...0.3), random.real(0.15...0.4))
      let scar = Shapes.curve([
        Point(x, y), Point(x + dx / 2 + random.real(-0.05...0.05), y + dy / 2), Point(x + dx, y + dy),
      ])
      parts.append(
        Part(shape: onFace(scar), brush: random.real(0.02...0.06) * frame.unit, color: skinMark()))
    default:
      let color = wantedColor()
      for direction in [-1.0, 1] {
        for k in 0..<2 {
          let y = 0.45 + 0.18 * Double(k)
          let stripe = Shapes.line([Point(direction * 0.3, y), Point(direction * 0.8, y - 0.08)])
          parts.append(Part(shape: onFace(stripe), brush: 0.09 * frame.unit, color: color))
        }
      }
    }
  }

  private mutating func addFlower() {
    let at = Point(random.real(-0.9...0.9), random.real(-1.4 ... -1))
    let r = random.real(0.1...0.22)
    let color = objectColor(dark: 0.1)
    let count = random.integer(4...7)
    for i in 0..<count {
      let angle = 360 * Double(i) / Double(count)
      let u = (x: cosine(angle), y: sine(angle))
      let petal = SampleShapes.ellipse(Point(at.x + r * u.x, at.y + r * u.y), r * 0.9, r * 0.55, along: u)
      parts.append(Part(shape: onFace(petal), color: color, shading: .slope))
    }
    parts.append(
      Part(
        shape: onFace(SampleShapes.ellipse(at, r * 0.5, r * 0.5)), color: objectColor(dark: 0.3),
        shading: .ball))
  }

  /// A shape anywhere: an oval, a ring, a band, a polygon, a row of beads.
  private mutating func addShape() {
    let center = Point(random.real(0.15...0.85) * side, random.real(0.15...0.85) * side)
    let color = objectColor(dark: 0.25)
    let r = random.logarithmic(side / 30...side / 5)
    let shading: Shading = [.flat, .slope, .ball, .glass][random.integer(0...3)]
    switch random.integer(0...4) {
    case 0:
      parts.append(
        Part(
          shape: SampleShapes.ellipse(center, r, r * random.real(0.4...1), along: direction()), color: color,
          shading: shading))
    case 1:
      let ring = open(SampleShapes.ellipse(center, r, r * random.real(0.5...1), along: direction()))
      parts.append(Part(shape: ring, brush: max(1.5, r * random.real(0.1...0.4)), color: color))
    case 2:
      var masks = SampleMasks(
        size: size, random: random, anchors: FaceAnchors(alignedSide: Float(size)), hair: [])
      let segments = masks.random.integer(1...4)
      let band = masks.stroke(from: center, segments: segments, length: 0.08...0.25)
      random = masks.random
      parts.append(Part(shape: band, brush: random.logarithmic(side / 100...side / 12), color: color))
    case 3:
      parts.append(
        Part(
          shape: SampleShapes.polygon(center, r * 0.6...r, &random), color: color,
          shading: random.chance(0.5) ? .flat : .slope))
    default:
      let u = direction()
      let bead = max(2, r * 0.2)
      for k in 0..<random.integer(3...8) {
        let at = Point(center.x + 2.1 * bead * Double(k) * u.x, center.y + 2.1 * bead * Double(k) * u.y)
        parts.append(Part(shape: SampleShapes.ellipse(at, bead, bead), color: color, shading: .ball))
      }
    }
  }

  // MARK: Colours

  /// A colour that someone may want anywhere: black and white often, greys, full and mixed colours.
  private mutating func wantedColor() -> (r: Float, g: Float, b: Float) {
    let which = random.unit()
    if which < 0.16 { return (0, 0, 0) }
    if which < 0.3 { return (255, 255, 255) }
    if which < 0.38 {
      let level = random.number(20...235)
      return (level, level, level)
    }
    if which < 0.6 {
      // A corner or an edge of the cube.
      let full = (0..<3).map { _ in random.chance(0.5) ? Float(255) : 0 }
      return (full[0], full[1], random.chance(0.5) ? full[2] : random.number(0...255))
    }
    return (random.number(0...255), random.number(0...255), random.number(0...255))
  }

  /// A colour of things, dark in a share of cases.
  private mutating func objectColor(dark: Float) -> (r: Float, g: Float, b: Float) {
    if random.chance(dark) {
      let level = random.number(0...60)
      return (level, level + random.number(-8...8), level + random.number(-5...14))
    }
    if random.chance(0.25) {
      // Gold, silver.
      return random.chance(0.5) ? (205, 165, 70) : (190, 192, 198)
    }
    return wantedColor()
  }

  private mutating func skinMark() -> (r: Float, g: Float, b: Float) {
    (random.number(60...130), random.number(25...70), random.number(20...55))
  }
}
