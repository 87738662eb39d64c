import FeditFaces
import FeditPlan

/// Makes what the face finder's networks learn from.
struct FaceSamples: Sendable {
  let data: TrainingData
  let backgrounds: FaceBackgrounds
  /// Whether held-out pictures are taken.
  var isHeldOut = false

  private var places: [TrainingData.Place] { isHeldOut ? data.validation : data.training }
  private var pictures: [PixelPyramid] { isHeldOut ? backgrounds.heldOut : backgrounds.training }

  /// A random portrait; a few tries where some have no landmarks.
  func portrait(_ random: inout SeededRandom) throws -> FacePortrait {
    for _ in 0..<100 {
      let place = places[random.integer(0...places.count - 1)]
      if let portrait = try data.sets[place.set].withPicture(place.index, { FacePortrait($0) }) {
        return portrait
      }
    }
    throw TrainingDataError(
      file: data.name, "has too few pictures with landmarks",
      hints: ["prepare the set with --annotations FILE.safetensors"])
  }

  /// How a portrait is drawn.
  private static func style(_ random: inout SeededRandom) -> FaceScene.Style {
    let kind = random.unit()
    return kind < 0.3
      ? .square : kind < 0.5 ? .faded(Double(random.number(0.02...0.2))) : kind < 0.75 ? .person : .extended
  }

  private static func degrees(_ random: inout SeededRandom) -> Double {
    Double(random.chance(0.5) ? random.number(-12...12) : random.number(-48...48))
  }

  // MARK: For the finder

  /// A scene with its faces.
  struct Scene {
    var picture: FaceScene
    var faces: [(leftEye: Point, rightEye: Point, mouth: Point, alignment: FaceAlignment)] = []
  }

  /// A scene with no face (of a share of them), one, or two, most of them of certain sizes, some smaller or larger.
  func scene(
    side: Int, sizes: ClosedRange<Double>, empty: Float, _ random: inout SeededRandom
  ) throws -> Scene {
    var scene = Scene(picture: FaceScene(side: side))
    let other = random.chance(0.3) || pictures.isEmpty ? try portrait(&random) : nil
    scene.picture.drawBackground(pictures, other: other, &random)
    if !random.chance(empty) {
      for _ in 0..<(random.chance(0.25) ? 2 : 1) { try add(sizes, to: &scene, &random) }
    }
    scene.picture.spoil(&random)
    return scene
  }

  private func add(
    _ sizes: ClosedRange<Double>, to scene: inout Scene, _ random: inout SeededRandom
  ) throws {
    let portrait = try portrait(&random)
    let u = Double(random.unit())
    let kind = random.unit()
    let size =
      kind < 0.85
      ? sizes.lowerBound + (sizes.upperBound - sizes.lowerBound) * u * u
      : kind < 0.92 ? sizes.lowerBound * (0.5 + 0.5 * u) : sizes.upperBound * (1 + 1.5 * u)
    let side = Double(scene.picture.side)
    let reach = min(0.7 * size, side / 2)
    func place() -> Double { reach + Double(random.unit()) * (side - 2 * reach) }
    let middle = Point(place(), place())
    // What is drawn later must not lie over a face.
    for face in scene.faces {
      let (x, y) = (face.alignment.center.x - middle.x, face.alignment.center.y - middle.y)
      guard (x * x + y * y).squareRoot() > 1.3 * face.alignment.size + 3 * size else { return }
    }
    let isMirrored = random.chance(0.5)
    let degrees = Self.degrees(&random)
    // From the portrait, mirrored or not, to the scene.
    let flip = isMirrored ? Affine.mirroring(width: portrait.side) : .identity
    let k = size / portrait.alignment.size
    let (a, b) = (k * cosine(degrees), k * sine(degrees))
    let from = flip(portrait.alignment.center)
    let map = flip.then(
      Affine(
        a: a, b: b, c: -b, d: a, tx: middle.x - a * from.x + b * from.y,
        ty: middle.y - b * from.x - a * from.y))
    guard let back = map.inverse else { return }
    var style = Self.style(&random)
    if case .extended = style, !scene.faces.isEmpty { style = .square }
    scene.picture.draw(portrait, back, coarser: random.chance(0.15) ? 1 : 0, style: style)
    let points = Self.placed(portrait, map, isMirrored: isMirrored)
    let (left, right, mouth) = FacePoints.anchors(points)
    guard let alignment = FaceAlignment(leftEye: left, rightEye: right, mouth: mouth) else { return }
    scene.faces.append((left, right, mouth, alignment))
  }

  private static func placed(_ portrait: FacePortrait, _ map: Affine, isMirrored: Bool) -> [Point] {
    let points = portrait.points.map { map($0) }
    return isMirrored ? FacePoints.mirrored.map { points[$0] } : points
  }

  // MARK: For the points

  /// A square with a face, whose points are known, or without.
  struct Square {
    var picture: FaceScene
    /// In the square's pixels; nil where there is no face.
    var points: [Point]?
  }

  /// A square as the finder would cut it out; a mistake is where it saw a face in a picture that has none.
  func square(
    mistake: (picture: PixelPyramid, alignment: FaceAlignment)?, _ random: inout SeededRandom
  ) throws -> Square {
    let side = FaceNetwork.squareSide
    var square = Square(picture: FaceScene(side: side))
    if let mistake {
      square.picture.draw(mistake.picture, mistake.alignment.square(side: side))
      square.picture.spoil(&random)
      return square
    }
    let other = random.chance(0.3) ? try portrait(&random) : nil
    square.picture.drawBackground(pictures, other: other, &random)
    if !random.chance(0.12) { try draw(&square, &random) }
    square.picture.spoil(&random)
    return square
  }

  private func draw(_ square: inout Square, _ random: inout SeededRandom) throws {
    let side = square.picture.side
    let portrait = try portrait(&random)
    let isMirrored = random.chance(0.5)
    let flip = isMirrored ? Affine.mirroring(width: portrait.side) : .identity
    let placed = Self.placed(portrait, flip, isMirrored: isMirrored)
    let (left, right, mouth) = FacePoints.anchors(placed)
    guard let face = FaceAlignment(leftEye: left, rightEye: right, mouth: mouth) else { return }
    let isFace = !random.chance(0.12)
    let cut = (isFace ? Self.near : Self.far)(face, &random)
    let map = cut.square(side: side)
    guard let back = map.inverse else { return }
    square.picture.draw(
      portrait, map.then(flip), coarser: random.chance(0.3) ? random.integer(1...2) : 0,
      style: Self.style(&random))
    guard isFace else { return }
    let points = placed.map { back($0) }
    square.points = points
    let size = face.size / (FaceAlignment.squareSide * cut.size) * Double(side)
    if random.chance(0.25) {
      let middle = points[random.integer(0...points.count - 1)]
      square.picture.hide(
        middle: Point(
          middle.x + size * Double(random.number(-0.3...0.3)),
          middle.y + size * Double(random.number(-0.3...0.3))),
        half: (size * Double(random.number(0.05...0.35)), size * Double(random.number(0.03...0.2))),
        degrees: Double(random.number(-90...90)), (0..<3).map { _ in random.number(0...255) })
    }
    if random.chance(0.15) { cutOff(&square, &random) }
  }

  /// A border of the photo across the square; a face whose eyes or mouth lie beyond it counts as none.
  private func cutOff(_ square: inout Square, _ random: inout SeededRandom) {
    let side = Double(square.picture.side)
    let direction = random.direction()
    let at = side * Double(random.number(0.05...0.48))
    let (x, y) = (Double(direction.x), Double(direction.y))
    func isBeyond(_ p: Point) -> Bool { (p.x - side / 2) * x + (p.y - side / 2) * y > at }
    square.picture.cut { isBeyond(Point(Double($0) + 0.5, Double($1) + 0.5)) }
    guard let points = square.points else { return }
    let (left, right, mouth) = FacePoints.anchors(points)
    if [left, right, mouth].contains(where: isBeyond) { square.points = nil }
  }

  /// About where the face is: as exact as the second look, or as rough as the first.
  private static func near(_ face: FaceAlignment, _ random: inout SeededRandom) -> FaceAlignment {
    let reach: Float = random.chance(0.5) ? 0.05 : 0.22
    let s = face.size
    let center = Point(
      face.center.x + s * Double(random.number(-reach...reach)),
      face.center.y + s * Double(random.number(-reach...reach)))
    let degrees = 110 * Double(random.number(-reach...reach))
    let (c, d) = (cosine(degrees), sine(degrees))
    return FaceAlignment(
      center: center, axis: Point(face.axis.x * c - face.axis.y * d, face.axis.y * c + face.axis.x * d),
      size: s * (1 + Double(random.number(-reach...reach))))
  }

  /// So far off that it is not this face: beside it, much larger or smaller, or upside down.
  private static func far(_ face: FaceAlignment, _ random: inout SeededRandom) -> FaceAlignment {
    var result = face
    switch random.integer(0...3) {
    case 0: result.size *= Double(random.number(0.15...0.45))
    case 1: result.size *= Double(random.number(2.2...4))
    case 2:
      let degrees = Double(random.number(80...280))
      result.axis = Point(cosine(degrees), sine(degrees))
    default: break
    }
    if result == face || random.chance(0.5) {
      let away = random.direction()
      let distance = face.size * Double(random.number(0.9...2))
      result.center = Point(
        face.center.x + distance * Double(away.x), face.center.y + distance * Double(away.y))
    }
    return result
  }
}
