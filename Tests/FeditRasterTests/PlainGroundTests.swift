import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

private let side = 96
private let wall = SIMD3<Float>(180, 170, 140)

/// A wall with a hole, and what a generator made of it: a tint of skin, a weave, and a dark thing.
private struct Scene {
  var photo: [Float]
  var layers: Layers
  var fill: [Float]
  /// Of a face at the frame's right edge.
  let axis: FaceAxis

  init(texture: Float = 0.5) throws {
    photo = (0..<side * side).flatMap { i in
      (0..<3).map { wall[$0] + (i * 7919 % 13 < 6 ? texture : -texture) }
    }
    let none = [UInt8](repeating: 0, count: side * side)
    let mask = (0..<side * side).map { i -> UInt8 in
      (20..<76).contains(i % side) && (20..<76).contains(i / side) ? 1 : 0
    }
    layers = Layers(
      size: side, mask: mask, sketch: none, color: [UInt8](repeating: 0, count: 3 * side * side),
      colorSet: none,
      noise: none, clippedSketch: 0, clippedColor: 0)
    fill = photo
    for i in mask.indices where mask[i] != 0 {
      let (x, y) = (i % side, i / side)
      for c in 0..<3 {
        fill[3 * i + c] = wall[c] + [9, -3, 6][c] + ((x + y) % 4 < 2 ? 3 : -3)
        if (60..<70).contains(x), (30..<40).contains(y) { fill[3 * i + c] = 70 }
      }
    }
    axis = try #require(
      FaceAxis(FaceGeometry(leftEye: Point(400, 40), rightEye: Point(440, 40), mouth: Point(420, 80))))
  }

  mutating func match(_ axis: FaceAxis? = nil) -> PlainGround? {
    let plain = PlainGround(photo, layers: layers, axis: axis ?? self.axis, toPhoto: .identity)
    plain?.match(&fill, mask: layers.mask)
    return plain
  }

  func color(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let i = 3 * (y * side + x)
    return SIMD3(fill[i], fill[i + 1], fill[i + 2])
  }

  /// Mean and largest difference of neighbours along a row.
  func row(_ y: Int, _ columns: Range<Int>) -> (mean: SIMD3<Float>, texture: Float) {
    let colors = columns.map { color($0, y) }
    return (
      colors.reduce(.zero, +) / Float(colors.count),
      zip(colors, colors.dropFirst()).map { abs($0.y - $1.y) }.max() ?? 0
    )
  }
}

@Suite("Plain grounds")
struct PlainGroundTests {
  @Test("a tint and a weave on a plain wall go")
  func faint() throws {
    var scene = try Scene()
    let before = scene.row(48, 30..<50)
    let found = scene.match()
    #expect(found != nil)
    let after = scene.row(48, 30..<50)
    #expect(abs(before.mean.x - wall.x) > 8 && before.texture == 6)
    #expect(abs(after.mean.x - wall.x) < 2 && abs(after.mean.z - wall.z) < 2)
    #expect(after.texture < 2)
  }

  @Test("what stands out against the wall stays")
  func strong() throws {
    var scene = try Scene()
    _ = scene.match()
    #expect(scene.color(65, 35).y < 90)
  }

  @Test("in a photo without a face most of what stands out goes, too")
  func faceless() throws {
    var scene = try Scene()
    let plain = PlainGround(scene.photo, layers: scene.layers, axis: nil, toPhoto: .identity)
    plain?.match(&scene.fill, mask: scene.layers.mask)
    #expect(scene.color(65, 35).y > 130)
    #expect(scene.row(48, 30..<50).texture < 1)
  }

  @Test("where the photo around has texture nothing changes")
  func textured() throws {
    var scene = try Scene(texture: 8)
    let before = scene.fill
    let found = scene.match()
    #expect(found == nil)
    #expect(scene.fill == before)
  }

  @Test("in the face nothing changes, nor beside what is drawn")
  func exempt() throws {
    var scene = try Scene()
    let before = scene.fill
    let face = try #require(
      FaceAxis(FaceGeometry(leftEye: Point(28, 40), rightEye: Point(68, 40), mouth: Point(48, 75))))
    _ = scene.match(face)
    #expect(
      scene.color(48, 48)
        == SIMD3(
          before[3 * (48 * side + 48)], before[3 * (48 * side + 48) + 1], before[3 * (48 * side + 48) + 2]))
    var drawn = try Scene()
    for x in 30..<60 { drawn.layers.sketch[48 * side + x] = 255 }
    let row = drawn.row(49, 35..<55)
    _ = drawn.match()
    #expect(drawn.row(49, 35..<55) == row)
    #expect(drawn.row(70, 35..<55) != row)
  }

  @Test("octaves keep it plain, in tiles at their own scale")
  func octaves() throws {
    var scene = try Scene()
    let found = scene.match()
    let plain = try #require(found)
    // The mask's upper left quarter, twice as large.
    let map = Affine(a: 0.5, b: 0, c: 0, d: 0.5, tx: 20, ty: 20)
    let mask = [UInt8](repeating: 1, count: side * side)
    var tile = (0..<side * side).flatMap { i in (0..<3).map { wall[$0] + ((i % side) % 4 < 2 ? 4 : -4) } }
    plain.quiet(&tile, mask: mask, map: map)
    let middle = (40..<56).map { tile[3 * (48 * side + $0)] - wall.x }
    #expect(middle.allSatisfy { abs($0) < 1.5 })
  }
}
