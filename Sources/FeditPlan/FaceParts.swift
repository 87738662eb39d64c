/// A part of a portrait, as rankings of experts tell them apart.
public enum FacePart: String, Hashable, Sendable, Codable, CaseIterable {
  /// With the skin around them, as masks for them have it.
  case eyes, brows, nose, mouth
  /// What else there is of the face, with ears and neck.
  case skin
  case hair
  /// Below the neck.
  case clothes
  case background
}

/// Which part of a portrait lies where.
///
/// In the face's own frame: its unit is the distance between the eyes, the origin lies midway between them. Eyes,
/// brows and mouth are their outlines and what lies near to them; hair, clothes and background are told apart by
/// where they lie in portraits on average, since outlines say nothing of them.
public struct FaceParts: Sendable {
  /// An inner part: its outline in the face's frame, and how far around it counts.
  private struct Area: Sendable {
    var part: FacePart
    var outline: [Point]
    var margin: Double
    /// The box around it with its margin.
    var low: Point
    var high: Point

    init(_ part: FacePart, _ outline: [Point], margin: Double) {
      self.part = part
      self.outline = outline
      self.margin = margin
      low = Point(
        (outline.map(\.x).min() ?? 0) - margin, (outline.map(\.y).min() ?? 0) - margin)
      high = Point(
        (outline.map(\.x).max() ?? 0) + margin, (outline.map(\.y).max() ?? 0) + margin)
    }

    /// 0 inside, 1 where the margin ends, nil beyond.
    func distance(to p: Point) -> Double? {
      guard p.x >= low.x, p.y >= low.y, p.x <= high.x, p.y <= high.y else { return nil }
      guard !p.isInside(outline) else { return 0 }
      let far = p.distance(to: outline)
      return far < margin ? far / margin : nil
    }
  }

  private let toFace: Affine
  private let inner: [Area]
  private let face: [Point]

  /// The parts of a face; outlines that nobody looked for are those of an average face.
  public init(_ face: FaceGeometry) {
    let x = face.rightEye.x - face.leftEye.x
    let y = face.rightEye.y - face.leftEye.y
    let toPhoto = Affine(
      a: x, b: y, c: -y, d: x, tx: (face.leftEye.x + face.rightEye.x) / 2,
      ty: (face.leftEye.y + face.rightEye.y) / 2)
    let toFace = toPhoto.inverse ?? .identity
    self.toFace = toFace
    let mouth = toFace(face.mouth)
    func outline(_ contour: FaceContour, else points: [Point]) -> [Point] {
      let found = face.contours[contour] ?? []
      return found.count >= 3 ? found.map { toFace($0) } : points
    }
    func oval(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> [Point] {
      [(-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7), (1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7)].map {
        Point(x + $0 * width, y + $1 * height)
      }
    }
    // A nose ends at three quarters of the way to the mouth.
    let down = mouth.y / 1.03
    let nose = [
      (-0.13, 0.02), (0.13, 0.02), (0.36, 0.6), (0.3, 0.72), (0, 0.78), (-0.3, 0.72), (-0.36, 0.6),
    ].map { Point($0 + mouth.x * $1, $1 * down) }
    inner = [
      Area(.eyes, outline(.leftEyeShape, else: oval(-0.5, 0, 0.23, 0.09)), margin: 0.16),
      Area(.eyes, outline(.rightEyeShape, else: oval(0.5, 0, 0.23, 0.09)), margin: 0.16),
      Area(.brows, outline(.leftBrow, else: oval(-0.55, -0.35, 0.33, 0.08)), margin: 0.1),
      Area(.brows, outline(.rightBrow, else: oval(0.55, -0.35, 0.33, 0.08)), margin: 0.1),
      Area(.mouth, outline(.lips, else: oval(mouth.x, mouth.y, 0.42, 0.16)), margin: 0.12),
      Area(.nose, nose, margin: 0.03),
    ]
    self.face = outline(.faceShape, else: oval(0, 0.4, 1.05, 1.25))
  }

  /// The part at a place of the photo.
  public func part(at place: Point) -> FacePart { part(at: place) { outerPart(at: $0) } }

  /// The part at a place of the photo, where what lies outside the face is known better than by averages.
  ///
  /// - Parameters:
  ///   - place: In photo pixels.
  ///   - outer: Asked for places outside the face, in the face's frame.
  /// - Returns: The part.
  public func part(at place: Point, outer: (Point) -> FacePart) -> FacePart {
    let p = toFace(place)
    var best: (distance: Double, part: FacePart)?
    for area in inner {
      guard let distance = area.distance(to: p), distance < best?.distance ?? .infinity else { continue }
      best = (distance, area.part)
    }
    if let best { return best.part }
    return p.isInside(face) ? .skin : outer(p)
  }

  /// Whether what is part of the person at a place outside the face is skin: forehead, ears, neck. By averages.
  public static func isSkin(_ p: Point) -> Bool {
    if p.y < 1.45 { return true }
    return abs(p.x) < 0.6 && p.y < 1.95
  }

  /// The part outside the face, by where hair, body and background lie in 768 portraits on average.
  private func outerPart(at p: Point) -> FacePart {
    func isInOval(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> Bool {
      let (u, v) = ((p.x - x) / width, (p.y - y) / height)
      return u * u + v * v < 1
    }
    // The forehead up to the hairline.
    if isInOval(0, -0.75, 0.95, 0.5) { return .skin }
    if p.y < 0.15, isInOval(0, -0.4, 1.5, 1.7) { return .hair }
    // Ears and the sides of the jaw.
    if p.y < 1.45, isInOval(0, 0.3, 1.35, 1.35) { return .skin }
    if p.y >= 1.45, abs(p.x) < 0.95 + (p.y - 1.45) { return Self.isSkin(p) ? .skin : .clothes }
    return .background
  }
}

extension Point {
  /// Whether it lies inside a polygon (even-odd).
  fileprivate func isInside(_ polygon: [Point]) -> Bool {
    var result = false
    guard var last = polygon.last else { return false }
    for next in polygon {
      if (next.y > y) != (last.y > y),
        x < (last.x - next.x) * (y - next.y) / (last.y - next.y) + next.x
      {
        result.toggle()
      }
      last = next
    }
    return result
  }

  /// How far it is from a polygon's outline.
  fileprivate func distance(to polygon: [Point]) -> Double {
    guard var last = polygon.last else { return .infinity }
    var least = Double.infinity
    for next in polygon {
      let (dx, dy) = (next.x - last.x, next.y - last.y)
      let square = dx * dx + dy * dy
      let along = square > 0 ? max(0, min(1, ((x - last.x) * dx + (y - last.y) * dy) / square)) : 0
      let (u, v) = (last.x + along * dx - x, last.y + along * dy - y)
      least = min(least, u * u + v * v)
      last = next
    }
    return least.squareRoot()
  }
}
