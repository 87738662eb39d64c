import FeditPixels
import FeditPlan
import FeditProgram
import FeditVision

/// The hands that draw a sketch: how exactly, how finely, and how much of it.
struct SampleSketch {
  let size: Int
  var random: SeededRandom

  /// How lines are drawn.
  enum Hand {
    /// Pixel by pixel, as an edge detector finds them.
    case traced
    /// Through few points, smooth between them, as scripts have curves.
    case curved
    /// The same, each point off by a pixel or two.
    case loose
    /// Twice, as someone searching for a line.
    case doubled
  }

  init(size: Int, random: SeededRandom) {
    self.size = size
    self.random = random
  }

  /// A drawing in one of the hands, or nil where the sample has no sketch.
  ///
  /// - Parameters:
  ///   - view: what is drawn.
  ///   - mask: where it can be seen; lines far from it are left out.
  ///   - options: how often what happens.
  /// - Returns: 0 and 1.
  mutating func draw(_ view: SampleView, mask: Plane, options: SampleOptions) -> Plane? {
    let method = random.integer(0...view.layers.methods - 1)
    let which = random.unit()
    guard which >= options.withoutSketch else { return nil }
    var lines = view.drawing(method)
    window(&lines, mask)
    let part = which < options.withoutSketch + options.partOfSketch
    let hand = hand(options)
    if hand == .traced {
      if part { keepPart(of: &lines) }
    } else {
      lines = redrawn(lines, hand: hand, share: part ? random.real(0.3...0.7) : 1)
    }
    if random.chance(options.brokenSketch) { breakUp(&lines) }
    if random.chance(options.thickSketch) { thicken(&lines) }
    return lines
  }

  private mutating func hand(_ options: SampleOptions) -> Hand {
    let which = random.unit()
    if which < options.curvedSketch { return .curved }
    if which < options.curvedSketch + options.looseSketch { return .loose }
    if which < options.curvedSketch + options.looseSketch + options.doubledSketch { return .doubled }
    return .traced
  }

  /// Leaves what lies near the mask.
  private func window(_ lines: inout Plane, _ mask: Plane) {
    var (left, right, top, bottom) = (size, -1, size, -1)
    for y in 0..<size {
      for x in 0..<size where mask.pixels[y * size + x] != 0 {
        left = min(left, x)
        right = max(right, x)
        top = min(top, y)
        bottom = y
      }
    }
    let margin = size / 16
    for y in 0..<size {
      for x in 0..<size
      where x < left - margin || x > right + margin || y < top - margin || y > bottom + margin {
        lines.pixels[y * size + x] = 0
      }
    }
  }

  /// Half of a traced drawing: what lies under some broad strokes, or some of the lines.
  private mutating func keepPart(of lines: inout Plane) {
    if random.chance(0.5) {
      var masks = SampleMasks(
        size: size, random: random, anchors: FaceAnchors(alignedSide: Float(size)), hair: [])
      var drawing = SampleDrawing(size: size)
      let side = Double(size)
      for _ in 0..<masks.random.integer(2...5) {
        let brush = masks.random.real(side / 8...side / 3.5)
        let start = Point(masks.random.real(0...side), masks.random.real(0...side))
        let segments = masks.random.integer(1...4)
        drawing.add(
          .mask, masks.stroke(from: start, segments: segments, length: 0.04...0.22), brush: brush)
      }
      random = masks.random
      let seen = drawing.layers.mask
      for i in lines.pixels.indices { lines.pixels[i] &= seen[i] }
    } else {
      let (labels, count) = lines.components
      let share = random.number(0.2...0.8)
      let kept = (0...count).map { _ in random.chance(share) ? UInt8(1) : 0 }
      for i in lines.pixels.indices where labels[i] != 0 { lines.pixels[i] = kept[Int(labels[i])] }
    }
  }

  // MARK: Lines through points

  /// The lines of a drawing through few points, smooth between them.
  private mutating func redrawn(_ lines: Plane, hand: Hand, share: Double) -> Plane {
    let scale = Float(size) / 256
    let tolerance = random.number(hand == .curved ? 1.0...3.2 : 0.8...1.8) * max(scale, 0.5)
    let wobble: Double =
      switch hand {
      case .loose: random.real(0.8...2.2) * Double(scale)
      case .doubled: random.real(0.5...1.6) * Double(scale)
      default: 0
      }
    let short = 6 * Double(scale)
    var elements: [PathElement] = []
    for line in lines.traced() {
      let isKept = random.real(0...1) < share
      for piece in line.simplified(tolerance: tolerance).cutAtCorners() {
        let points = piece.points.map { Point(Double($0.x), Double($0.y)) }
        guard isKept, points.count > 1, length(points) > short else { continue }
        for _ in 0..<(hand == .doubled ? 2 : 1) {
          let moved = points.map { p in
            wobble > 0
              ? Point(p.x + random.real(-wobble...wobble), p.y + random.real(-wobble...wobble)) : p
          }
          let shape = piece.isClosed && points.count > 2 ? Shapes.blob(moved) : Shapes.curve(moved)
          if case .path(let path) = shape { elements += path.elements }
        }
      }
    }
    guard !elements.isEmpty else { return Plane(width: size, height: size) }
    var drawing = SampleDrawing(size: size)
    drawing.add(.sketch, .path(Path(elements: elements, isClosed: false)))
    return Plane(width: size, height: size, pixels: drawing.layers.sketch)
  }

  private func length(_ points: [Point]) -> Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      let (dx, dy) = (pair.1.x - pair.0.x, pair.1.y - pair.0.y)
      return sum + (dx * dx + dy * dy).squareRoot()
    }
  }

  // MARK: Pens

  /// Gaps of a few pixels along the lines.
  private mutating func breakUp(_ lines: inout Plane) {
    let set = lines.pixels.indices.filter { lines.pixels[$0] != 0 }
    guard !set.isEmpty else { return }
    let share = random.number(0.01...0.04)
    for _ in 0..<max(1, Int(Float(set.count) * share)) {
      let at = set[random.integer(0...set.count - 1)]
      lines.fillEllipse(
        center: (Float(at % size) + 0.5, Float(at / size) + 0.5),
        radii: (random.number(1...3.5), random.number(1...3.5)), value: 0)
    }
  }

  /// Lines two or three pixels wide.
  private mutating func thicken(_ lines: inout Plane) {
    let thin = lines.pixels
    let isThree = random.chance(0.5)
    for y in 0..<size {
      for x in 0..<size where thin[y * size + x] != 0 {
        for b in (isThree ? y - 1 : y)...(y + 1) where b >= 0 && b < size {
          for a in (isThree ? x - 1 : x)...(x + 1) where a >= 0 && a < size {
            lines.pixels[b * size + a] = 1
          }
        }
      }
    }
  }
}
