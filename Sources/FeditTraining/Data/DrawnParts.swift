import FeditPixels
import FeditPlan
import FeditProgram
import FeditVision

/// A face's own parts, drawn as scripts draw them: brows, eyes, lips and teeth as smooth shapes through few points,
/// each in one colour, their outlines in the sketch. The target stays the picture, so that a flat brown shape over
/// an eye comes out as a brow of hair, where an object of the same shape (``DrawnObjects``) stays as it is drawn.
struct DrawnParts {
  /// One shape with a colour of its own.
  private struct Part {
    var shape: PlanShape
    /// What its colour is among the picture's under it, 0 the darkest to 1 the lightest: people draw brows as dark
    /// as their hairs and teeth as light as their lightest places.
    var quantile: ClosedRange<Float>
    var isSketched = true
  }

  let size: Int
  var random: SeededRandom
  private let view: SampleView
  private let frame: FaceFrame
  private var parts: [Part] = []
  /// What covers a drawn part and its surroundings.
  private var masks: [PlanShape] = []
  /// For each label from the first on, the colour's place among those under it.
  private(set) var quantiles: [Float] = []

  var isEmpty: Bool { parts.isEmpty }
  /// What of the face the drawn colours tell of, and may so have others.
  private(set) var recolored: [Recoloring.Part] = []

  init(view: SampleView, random: SeededRandom) {
    self.view = view
    self.random = random
    size = view.size
    frame = FaceFrame(view.anchors)
  }

  // MARK: Parts

  /// Draws some of the parts that the sample shows; none where no face is known.
  mutating func addSome(_ picture: ColorPlane) {
    guard view.layers.hasFace else { return }
    let chosen = random.integer(1...7)
    if chosen & 1 != 0 { addBrows() }
    if chosen & 2 != 0 { addEyes(picture) }
    if chosen & 4 != 0 { addMouth() }
  }

  private mutating func addBrows() {
    let only = random.chance(0.3) ? random.integer(0...1) : nil
    for (i, points) in [FaceLandmarks.leftBrow, FaceLandmarks.rightBrow].enumerated()
    where only == nil || only == i {
      // Thinner or thicker than the brow is, as a person would draw it.
      guard let brow = shape(points, every: random.integer(1...2)) else { continue }
      parts.append(Part(shape: brow, quantile: 0.05...0.5))
      masks.append(grown(brow, 0.04...0.25))
    }
  }

  private mutating func addEyes(_ picture: ColorPlane) {
    let only = random.chance(0.3) ? random.integer(0...1) : nil
    let (hasLid, hasIris) = (random.chance(0.8), random.chance(0.85))
    for (i, points) in [FaceLandmarks.leftEye, FaceLandmarks.rightEye].enumerated()
    where only == nil || only == i {
      guard let lid = shape(points, every: random.integer(1...2)), let outline = view.outline(points)
      else { continue }
      if hasLid || !hasIris { parts.append(Part(shape: lid, quantile: 0.6...1)) }
      if hasIris, only == nil { recolored.append(.irises) }
      if hasIris { addIris(outline, lid, picture) }
      masks.append(grown(lid, 0.05...0.3))
    }
  }

  /// Iris, pupil and glint: the iris where a disc of its size is darkest.
  private mutating func addIris(_ outline: [Float], _ lid: PlanShape, _ picture: ColorPlane) {
    let (a, b) = (
      Point(Double(outline[0]), Double(outline[1])), Point(Double(outline[16]), Double(outline[17]))
    )
    let width = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
    // The middles of the lower and the upper lid: points 4 and 12.
    let opening = Double(outline[9] - outline[25]).magnitude
    let radius = 0.21 * width
    guard radius >= 1.5, opening > 0.5 * radius else { return }
    var best = (level: Float.infinity, at: Point((a.x + b.x) / 2, (a.y + b.y) / 2))
    let middle = best.at
    for v in -2...2 {
      for u in -6...6 {
        let at = Point(middle.x + Double(u) * width / 30, middle.y + Double(v) * width / 30)
        guard let level = mean(picture, at, 0.8 * radius), level < best.level else { continue }
        best = (level, at)
      }
    }
    let circle = SampleShapes.ellipse(best.at, radius, radius)
    parts.append(Part(shape: random.chance(0.7) ? .intersection(lid, circle) : circle, quantile: 0.2...0.6))
    if random.chance(0.8) {
      let pupil = SampleShapes.ellipse(best.at, 0.45 * radius, 0.45 * radius)
      parts.append(Part(shape: pupil, quantile: 0.02...0.3, isSketched: random.chance(0.5)))
    }
    guard random.chance(0.6), let glint = brightest(picture, best.at, 0.8 * radius) else { return }
    let side = 0.22 * radius
    parts.append(
      Part(shape: SampleShapes.ellipse(glint, side, side), quantile: 0.7...1, isSketched: random.chance(0.3)))
  }

  private mutating func addMouth() {
    guard let lips = shape(FaceLandmarks.lips, every: random.integer(1...2)),
      let outline = view.outline(FaceLandmarks.mouth)
    else { return }
    parts.append(Part(shape: lips, quantile: 0.3...0.7))
    recolored.append(.lips)
    // The middles of the lower and the upper lip's edges.
    let opening = Double(outline[11] - outline[31]).magnitude
    if opening > 0.05 * frame.unit, let inner = shape(FaceLandmarks.mouth, every: random.integer(1...2)) {
      parts.append(Part(shape: inner, quantile: random.chance(0.7) ? 0.6...0.97 : 0.1...0.5))
    }
    masks.append(grown(lips, 0.05...0.4))
  }

  // MARK: Shapes

  /// A smooth closed shape through some of a part's points, each off by a little; nil where none is seen.
  private mutating func shape(_ landmarks: [Int], every step: Int) -> PlanShape? {
    guard let outline = view.outline(landmarks) else { return nil }
    let off = 0.015 * frame.unit
    var points: [Point] = []
    for i in stride(from: 0, to: landmarks.count, by: step) {
      points.append(
        Point(
          Double(outline[2 * i]) + random.real(-off...off),
          Double(outline[2 * i + 1]) + random.real(-off...off)))
    }
    let inside = 0...Double(size)
    guard points.contains(where: { inside.contains($0.x) && inside.contains($0.y) }) else { return nil }
    return Shapes.blob(points)
  }

  private mutating func grown(_ shape: PlanShape, _ reach: ClosedRange<Double>) -> PlanShape {
    .grown(shape, radius: max(2, random.logarithmic(reach) * frame.unit), pen: .identity)
  }

  /// Mean green of a disc; nil where it leaves the picture.
  private func mean(_ picture: ColorPlane, _ at: Point, _ radius: Double) -> Float? {
    var (sum, count): (Float, Float) = (0, 0)
    let inside = forEach(at, radius) { p in
      sum += Float(picture.pixels[3 * p + 1])
      count += 1
    }
    return inside && count > 0 ? sum / count : nil
  }

  /// Where a disc's green is highest, if that stands out.
  private func brightest(_ picture: ColorPlane, _ at: Point, _ radius: Double) -> Point? {
    var best = (level: -1, place: 0)
    _ = forEach(at, radius) { p in
      let level = Int(picture.pixels[3 * p + 1])
      if level > best.level { best = (level, p) }
    }
    guard let mean = mean(picture, at, radius), Float(best.level) > mean + 60 else { return nil }
    return Point(Double(best.place % size) + 0.5, Double(best.place / size) + 0.5)
  }

  /// Calls `body` for a disc's pixels.
  ///
  /// - Returns: Whether all of it lies in the sample.
  private func forEach(_ at: Point, _ radius: Double, _ body: (Int) -> Void) -> Bool {
    let (left, top) = (Int((at.x - radius).rounded()), Int((at.y - radius).rounded()))
    let (right, bottom) = (Int((at.x + radius).rounded()), Int((at.y + radius).rounded()))
    guard left >= 0, top >= 0, right < size, bottom < size, left <= right, top <= bottom else { return false }
    for y in top...bottom {
      for x in left...right {
        let (dx, dy) = (Double(x) + 0.5 - at.x, Double(y) + 0.5 - at.y)
        if dx * dx + dy * dy <= radius * radius { body(y * size + x) }
      }
    }
    return true
  }

  // MARK: Drawing

  /// Masks the parts and what is around them.
  func mask(into drawing: inout SampleDrawing) {
    for shape in masks { drawing.add(.mask, shape) }
  }

  /// Adds the parts to what is drawn.
  ///
  /// - Parameters:
  ///   - drawing: What they are added to.
  ///   - labels: The first colour's label.
  ///   - sketched: Whether outlines are drawn.
  ///   - colored: Whether colours are.
  mutating func draw(into drawing: inout SampleDrawing, labels: Int, sketched: Bool, colored: Bool) {
    for (i, part) in parts.enumerated() {
      quantiles.append(random.number(part.quantile))
      if colored { drawing.add(.color, part.shape, label: labels + i) }
      if sketched, part.isSketched { drawing.add(.sketch, part.shape) }
    }
  }
}
