import FeditFaces
import FeditNN
import FeditPixels
import FeditPlan
import FeditWeights

/// How well faces are found in pictures made of held-out portraits and backgrounds.
public struct FaceMeasures: Sendable, Equatable {
  /// Faces in all.
  public var faces = 0
  /// Faces that were not found.
  public var missed = 0
  /// How far eyes are off, in distances between the eyes: the median.
  public var medianError = 0.0
  /// What 95 % of the eyes' errors stay below.
  public var highError = 0.0
  /// The same for all points of the outlines, the median of their means.
  public var outlineError = 0.0
  /// Pictures without a face.
  public var empty = 0
  /// Pictures without a face in which one was claimed.
  public var claimed = 0

  /// Measures a finder on so many fixed scenes with a face, made of held-out pictures, and as many without.
  static func measure(_ samples: FaceSamples, count: Int, finder: FaceFinder) throws -> FaceMeasures {
    var samples = samples
    samples.isHeldOut = true
    var result = FaceMeasures()
    var errors: [Double] = []
    var outlines: [Double] = []
    for number in 0..<count {
      var random = SeededRandom(seed: 1, 31, UInt64(number))
      // Some faces so small that one level alone shows them, some as large as the picture.
      let (scene, truth) = try samples.measured(side: 320, &random)
      let found = try finder.faces(in: scene.plane, all: true)
      result.faces += 1
      let size = truth.alignment.size
      let near = found.min { distance($0.geometry, truth.points) < distance($1.geometry, truth.points) }
      if let near, distance(near.geometry, truth.points) < size {
        errors.append(distance(near.geometry, truth.points) / size)
        outlines.append(outline(near.geometry, truth.points) / size)
      } else {
        result.missed += 1
      }
      var empty = FaceScene(side: 320)
      empty.drawBackground(
        samples.backgrounds.heldOut, other: nil, &random)
      result.empty += 1
      if try !finder.faces(in: empty.plane, all: true).isEmpty { result.claimed += 1 }
    }
    errors.sort()
    outlines.sort()
    if !errors.isEmpty {
      result.medianError = errors[errors.count / 2]
      result.highError = errors[min(errors.count - 1, errors.count * 95 / 100)]
      result.outlineError = outlines[outlines.count / 2]
    }
    return result
  }

  /// How far the worse eye is off.
  private static func distance(_ face: FaceGeometry, _ points: [Point]) -> Double {
    let truth = FacePoints.anchors(points)
    return max(length(face.leftEye, truth.leftEye), length(face.rightEye, truth.rightEye))
  }

  private static func outline(_ face: FaceGeometry, _ points: [Point]) -> Double {
    let found = FacePoints.counts.flatMap { face.contours[$0.contour] ?? [] }
    return zip(found, points).reduce(0) { $0 + length($1.0, $1.1) } / Double(points.count)
  }

  private static func length(_ a: Point, _ b: Point) -> Double {
    let (x, y) = (a.x - b.x, a.y - b.y)
    return (x * x + y * y).squareRoot()
  }
}

extension FaceSamples {
  /// A scene with one whole face, and its points.
  fileprivate func measured(
    side: Int, _ random: inout SeededRandom
  ) throws -> (FaceScene, (points: [Point], alignment: FaceAlignment)) {
    var scene = FaceScene(side: side)
    scene.drawBackground(backgrounds.heldOut, other: nil, &random)
    let portrait = try portrait(&random)
    let u = Double(random.unit())
    let size = 12 + 78 * u * u
    let degrees = Double(random.chance(0.5) ? random.number(-5...5) : random.number(-30...30))
    let k = size / portrait.alignment.size
    let reach = min(Double(side) / 2, 1.2 * size)
    func place() -> Double { reach + Double(random.unit()) * (Double(side) - 2 * reach) }
    let middle = Point(place(), place())
    let (a, b) = (k * cosine(degrees), k * sine(degrees))
    let from = portrait.alignment.center
    let map = Affine(
      a: a, b: b, c: -b, d: a, tx: middle.x - a * from.x + b * from.y, ty: middle.y - b * from.x - a * from.y)
    guard let back = map.inverse else { return (scene, (portrait.points, portrait.alignment)) }
    scene.draw(portrait, back, style: random.chance(0.5) ? .square : .person)
    return (scene, (portrait.points.map { map($0) }, portrait.alignment.mapped(map)))
  }
}
