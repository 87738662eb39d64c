import FeditPixels
import FeditVision

/// Draws the strokes that a user might: masks and brushes, at random. For the tasks of evaluations.
struct StrokeMaker {
  let size: Int
  var random: SeededRandom
  private var side: Float { Float(size) }

  init(size: Int, random: SeededRandom) {
    self.size = size
    self.random = random
  }

  /// A place anywhere in the frame.
  mutating func anywhere() -> (x: Float, y: Float) {
    (random.number(0...side), random.number(0...side))
  }

  /// Draws connected segments; each turns by up to 77° from the one before.
  ///
  /// - Parameters:
  ///   - plane: what is drawn on.
  ///   - from: where it begins.
  ///   - segments: how many.
  ///   - radius: half its width in pixels.
  ///   - length: of each segment, as a share of the side.
  mutating func stroke(
    on plane: inout Plane, from: (x: Float, y: Float), segments: Int, radius: Float,
    length: ClosedRange<Float> = 0.04...0.22
  ) {
    var at = from
    var direction = random.direction()
    for _ in 0..<segments {
      let reach = random.number(length) * side
      let to = (
        x: min(max(at.x + direction.x * reach, 0), side), y: min(max(at.y + direction.y * reach, 0), side)
      )
      plane.fillCapsule(from: at, to: to, radius: radius)
      at = to
      // A rotation by twice the arc tangent of t, without trigonometry.
      let t = random.number(-0.8...0.8)
      let cosine = (1 - t * t) / (1 + t * t)
      let sine = 2 * t / (1 + t * t)
      direction = (
        direction.x * cosine - direction.y * sine, direction.x * sine + direction.y * cosine
      )
    }
  }

  /// A mask: 1–4 free strokes of 2–9 segments, and now and then strokes over eyes, mouth or hair, or a shape.
  mutating func mask(anchors: FaceAnchors, hair: [FaceAnchors.Point]) -> Plane {
    var mask = Plane(width: size, height: size)
    // A number was drawn here once; tasks stay those of earlier figures.
    _ = random.bits()
    for _ in 0..<random.integer(1...4) {
      stroke(
        on: &mask, from: anywhere(), segments: random.integer(2...9),
        radius: random.number(side / 64...side / 14))
    }
    if random.chance(0.3) {
      let both = random.chance(0.6)
      let only = random.integer(0...1)
      for (i, (outer, inner)) in anchors.eyes.enumerated() where both || i == only {
        part(on: &mask, outer, inner, radius: side / 28...side / 13)
      }
    }
    if random.chance(0.1) {
      part(on: &mask, anchors.mouthLeft, anchors.mouthRight, radius: side / 24...side / 11)
    }
    if !hair.isEmpty, random.chance(0.2) {
      for _ in 0..<random.integer(1...3) {
        let start = hair[random.integer(0...hair.count - 1)]
        stroke(
          on: &mask, from: (start.x, start.y), segments: random.integer(2...6),
          radius: random.number(side / 40...side / 12))
      }
    }
    if random.chance(0.2) { shape(on: &mask, 0.12...0.45) }
    if random.chance(0.08) { shape(on: &mask, 0.5...0.9) }
    return mask
  }

  /// A short thick stroke over a part of the face, not drawn too exactly.
  private mutating func part(
    on mask: inout Plane, _ a: FaceAnchors.Point, _ b: FaceAnchors.Point, radius: ClosedRange<Float>
  ) {
    let wobble = side / 50
    func moved(_ p: FaceAnchors.Point) -> (x: Float, y: Float) {
      (p.x + random.number(-wobble...wobble), p.y + random.number(-wobble...wobble))
    }
    mask.fillCapsule(from: moved(a), to: moved(b), radius: random.number(radius))
  }

  /// A rectangle or an ellipse whose sides are shares of the frame's.
  private mutating func shape(on mask: inout Plane, _ share: ClosedRange<Float>) {
    let w = random.number(share) * side
    let h = random.number(share) * side
    let x = random.number(0...side - w)
    let y = random.number(0...side - h)
    if random.chance(0.5) {
      mask.fillRectangle(x: Int(x), y: Int(y), width: Int(w), height: Int(h))
    } else {
      mask.fillEllipse(center: (x + w / 2, y + h / 2), radii: (w / 2, h / 2))
    }
  }
}
