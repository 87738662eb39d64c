import FeditPixels
import FeditPlan
import FeditVision

extension DrawnObjects {
  /// Paints the objects into a picture, smooth at their edges, some with a shadow.
  ///
  /// - Returns: which pixels lie mostly in one.
  mutating func paint(into target: inout ColorPlane) -> Plane {
    var inside = Plane(width: size, height: size)
    let shadow = random.chance(0.4) ? random.number(0.12...0.35) : 0
    let light = random.direction()
    for part in parts {
      guard
        let coverage = SampleDrawing.coverage(
          part.shape, brush: part.brush, box: SampleShapes.box(part.shape), size: size)
      else { continue }
      if shadow > 0, part.shading != .flat { castShadow(coverage, shadow, into: &target) }
      paint(part, coverage, light, into: &target, inside: &inside)
    }
    return inside
  }

  private func paint(
    _ part: Part, _ coverage: SampleDrawing.Coverage, _ light: (x: Float, y: Float),
    into target: inout ColorPlane,
    inside: inout Plane
  ) {
    let box = SampleShapes.box(part.shape)
    let middle = (x: Float(box.low.x + box.high.x) / 2, y: Float(box.low.y + box.high.y) / 2)
    let half = (
      x: max(1, Float(box.high.x - box.low.x) / 2), y: max(1, Float(box.high.y - box.low.y) / 2)
    )
    for row in 0..<coverage.side where coverage.y + row < size {
      for column in 0..<coverage.side where coverage.x + column < size {
        let share = coverage.values[row * coverage.side + column]
        guard share > 0 else { continue }
        let (x, y) = (coverage.x + column, coverage.y + row)
        if share > 0.5 { inside.pixels[y * size + x] = 1 }
        let u = (Float(x) + 0.5 - middle.x) / half.x
        let v = (Float(y) + 0.5 - middle.y) / half.y
        let (gain, glint) = Self.shade(part.shading, u, v, light)
        let alpha = share * part.opacity
        for (c, level) in [part.color.r, part.color.g, part.color.b].enumerated() {
          let own = max(0, min(255, level * gain + glint))
          let i = 3 * (y * size + x) + c
          let mixed = Float(target.pixels[i]) * (1 - alpha) + own * alpha
          target.pixels[i] = UInt8(max(0, min(255, mixed + 0.5)))
        }
      }
    }
  }

  /// What a colour is multiplied by and what is added at a place of −1…1 across the shape.
  private static func shade(_ shading: Shading, _ u: Float, _ v: Float, _ light: (x: Float, y: Float)) -> (
    gain: Float, glint: Float
  ) {
    switch shading {
    case .flat: return (1, 0)
    case .slope: return (1 + 0.22 * (light.x * u + light.y * v), 0)
    case .ball:
      let square = min(1, u * u + v * v)
      let height = (1 - square).squareRoot()
      let gain = 0.6 + 0.5 * max(0, height * 0.75 - 0.4 * u - 0.5 * v)
      let (du, dv) = (u + 0.35, v + 0.4)
      return (gain + 0.1, max(0, 110 * (1 - 14 * (du * du + dv * dv))))
    case .glass:
      let streak = u * 0.7 + v * 0.7 + 0.35
      return (1 - 0.15 * v, max(0, 45 * (1 - 40 * streak * streak)))
    }
  }

  private func castShadow(
    _ coverage: SampleDrawing.Coverage, _ strength: Float, into target: inout ColorPlane
  ) {
    let offset = max(1, size / 100)
    var plane = FloatPlane(width: coverage.side, height: coverage.side)
    plane.pixels = coverage.values
    let soft = plane.boxed(radius: offset)
    for row in 0..<coverage.side {
      for column in 0..<coverage.side {
        let (x, y) = (coverage.x + column + offset, coverage.y + row + offset)
        guard x < size, y < size else { continue }
        let share = 1 - strength * soft.pixels[row * coverage.side + column]
        for c in 3 * (y * size + x)..<3 * (y * size + x) + 3 {
          target.pixels[c] = UInt8(Float(target.pixels[c]) * share + 0.5)
        }
      }
    }
  }

  /// Adds the objects to what is drawn: the mask with a margin, outlines, flat colours.
  ///
  /// - Parameters:
  ///   - drawing: what they are added to.
  ///   - labels: the first colour's label.
  ///   - sketched: whether outlines are drawn.
  ///   - colored: whether colours are.
  mutating func draw(into drawing: inout SampleDrawing, labels: Int, sketched: Bool, colored: Bool) {
    let pen = random.chance(0.1) ? random.real(2...3) : nil
    for (i, part) in parts.enumerated() {
      // What has no outline is drawn by its colour alone.
      if colored || !part.isSketched || part.isPatch {
        drawing.add(.color, part.shape, brush: part.brush, label: labels + i)
      }
      guard sketched, part.isSketched else { continue }
      // A band as wide as a few pixels is drawn by its two edges, a thinner one by its line.
      if let brush = part.brush, brush > 6 {
        drawing.add(
          .sketch, .grown(part.shape, radius: brush / 2, pen: .identity), brush: pen)
      } else {
        drawing.add(.sketch, part.shape, brush: pen)
      }
    }
  }

  /// Masks the objects with a margin.
  mutating func mask(into drawing: inout SampleDrawing) {
    let margin = random.logarithmic(2...12) * Double(size) / 256
    for part in parts {
      drawing.add(
        .mask, .grown(part.shape, radius: margin + (part.brush ?? 0) / 2, pen: .identity))
    }
  }
}
