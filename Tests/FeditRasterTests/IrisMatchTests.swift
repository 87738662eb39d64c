import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

private let side = 128
private let left = Point(40, 60)
private let right = Point(88, 60)
private let blue: [UInt8] = [96, 118, 142]
private let brown: [UInt8] = [84, 52, 36]
private let skin: [UInt8] = [196, 152, 130]

/// Two eyes on skin: the white, an iris each and its pupil; or a lens in place of each; or the left one closed.
private func face(_ leftIris: [UInt8]?, _ rightIris: [UInt8], lenses: Bool = false) -> [UInt8] {
  (0..<side * side).flatMap { i -> [UInt8] in
    let place = Point(Double(i % side) + 0.5, Double(i / side) + 0.5)
    for (eye, iris) in [(left, leftIris), (right, rightIris)] {
      guard let iris else { continue }
      let (x, y) = (place.x - eye.x, place.y - eye.y)
      let away = (x * x + y * y).squareRoot()
      if lenses, away < 20 { return iris }
      if away < 1.7 { return [22, 18, 17] }
      if away < 4.5 { return iris }
      if (x / 11) * (x / 11) + (y / 5) * (y / 5) < 1 { return [224, 216, 210] }
    }
    return skin
  }
}

/// A photo whose right eye is masked, and a fill in which that eye is brown.
private struct Eyes {
  var layers: Layers
  let mirror: MirroredFrame
  var fill: [Float]
  let axis: FaceAxis
  let mask: [UInt8]

  init(seen: [UInt8]? = blue, lenses: Bool = false) throws {
    let hole = PhotoMask(
      x: 70, y: 44, width: 36, height: 32, pixels: [UInt8](repeating: 1, count: 36 * 32))
    mask = (0..<side * side).map { hole.contains($0 % side, $0 / side) ? 1 : 0 }
    let none = [UInt8](repeating: 0, count: side * side)
    layers = Layers(
      size: side, mask: mask, sketch: none, color: [UInt8](repeating: 0, count: 3 * side * side),
      colorSet: none,
      noise: none, clippedSketch: 0, clippedColor: 0)
    axis = try #require(FaceAxis(FaceGeometry(leftEye: left, rightEye: right, mouth: Point(64, 110))))
    let photo = Picture(width: side, height: side, samples: .eight(face(seen, [0, 255, 0], lenses: lenses)))
    let whole = PlanRegion(toPhoto: .identity, side: Double(side), size: side, origin: .wholePhoto)
    mirror = try #require(MirroredFrame(whole, about: axis, of: photo, mask: hole, cover: mask))
    fill = face(seen, brown, lenses: lenses).map(Float.init)
  }

  mutating func match() -> [SIMD3<Float>] {
    IrisMatch.match(&fill, layers: layers, mirror: mirror, axis: axis, toPhoto: .identity)
  }

  func color(_ x: Int, _ y: Int) -> [Float] { Array(fill[3 * (y * side + x)..<3 * (y * side + x) + 3]) }
}

@Suite("Irises") struct IrisMatchTests {
  @Test("a masked eye gets the colour of the one that is seen; pupil, skin and the seen eye stay")
  func matches() throws {
    var eyes = try Eyes()
    let before = eyes.fill
    let seen = eyes.match()
    #expect(seen.contains { $0 == SIMD3(96, 118, 142) })
    for (found, wanted) in zip(eyes.color(91, 60), blue) { #expect(abs(found - Float(wanted)) < 12) }
    #expect(eyes.color(88, 60).allSatisfy { $0 < 60 })
    for i in eyes.mask.indices where eyes.mask[i] == 0 { #expect(eyes.fill[3 * i] == before[3 * i]) }
    #expect(eyes.color(80, 50) == skin.map(Float.init))
  }

  @Test("an eye in which something is drawn stays as it was made", arguments: [true, false])
  func drawn(line: Bool) throws {
    var eyes = try Eyes()
    let before = eyes.fill
    if line { eyes.layers.sketch[62 * side + 84] = 1 } else { eyes.layers.colorSet[62 * side + 84] = 1 }
    #expect(eyes.match().isEmpty)
    #expect(eyes.fill == before)
  }

  @Test("dark lenses and closed eyes are no irises", arguments: [true, false])
  func noIris(lenses: Bool) throws {
    var eyes = try Eyes(seen: lenses ? [30, 30, 30] : nil, lenses: lenses)
    let before = eyes.fill
    #expect(eyes.match().isEmpty)
    #expect(eyes.fill == before)
  }
}
