import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

private let side = 64

/// A photo in which every pixel differs from its neighbours and from the one opposite.
private let photo = Picture(
  width: side, height: side,
  samples: .eight(
    (0..<side * side).flatMap { i -> [UInt8] in
      let (x, y) = (i % side, i / side)
      return [UInt8(3 * x), UInt8(3 * y), UInt8(i * 7 % 256)]
    }))

/// The axis of a face that stands upright around a column.
private func upright(_ x: Double) throws -> FaceAxis {
  try #require(
    FaceAxis(FaceGeometry(leftEye: Point(x - 20, 20), rightEye: Point(x + 20, 20), mouth: Point(x, 45))))
}

private func mask(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> PhotoMask {
  PhotoMask(x: x, y: y, width: width, height: height, pixels: [UInt8](repeating: 1, count: width * height))
}

private func cover(_ mask: PhotoMask) -> [UInt8] {
  (0..<side * side).map { mask.contains($0 % side, $0 / side) ? 1 : 0 }
}

/// What lies opposite in the whole photo, where the generator's pixels are the photo's.
private func mirrored(_ hole: PhotoMask, about axis: FaceAxis) -> MirroredFrame? {
  let whole = PlanRegion(toPhoto: .identity, side: Double(side), size: side, origin: .wholePhoto)
  return MirroredFrame(whole, about: axis, of: photo, mask: hole, cover: cover(hole))
}

@Suite("Mirrored frames") struct MirroredFrameTests {
  @Test("where the generator's pixels are the photo's, each masked one shows the one opposite")
  func copies() throws {
    let hole = mask(8, 20, 12, 10)
    let frame = try #require(mirrored(hole, about: upright(32)))
    for i in 0..<side * side {
      let (x, y) = (i % side, i / side)
      #expect((frame.known[i] != 0) == hole.contains(x, y))
      guard frame.known[i] != 0 else { continue }
      let other = photo.rgb8(side - 1 - x, y)
      #expect(
        [frame.levels[3 * i], frame.levels[3 * i + 1], frame.levels[3 * i + 2]]
          == [Float(other.0), Float(other.1), Float(other.2)])
    }
  }

  @Test("what is masked opposite, or lies beyond the photo, is not known")
  func unknown() throws {
    // Across the axis: only what is farther left than the mask reaches right.
    let axis = try upright(32)
    let frame = try #require(mirrored(mask(10, 20, 30, 10), about: axis))
    for x in 0..<side { #expect((frame.known[25 * side + x] != 0) == (10..<24).contains(x)) }
    let edge = mask(0, 20, 6, 10)
    let beyond = try #require(mirrored(edge, about: upright(30)))
    for x in 0..<6 { #expect(beyond.known[25 * side + x] != 0) }
    #expect(try mirrored(edge, about: upright(60)) == nil)
    #expect(mirrored(mask(20, 20, 24, 10), about: axis) == nil)
  }

  @Test("nothing is mirrored beyond the face")
  func reach() throws {
    let face = FaceGeometry(leftEye: Point(28, 30), rightEye: Point(36, 30), mouth: Point(32, 38))
    let axis = try #require(FaceAxis(face))
    let frame = try #require(mirrored(mask(2, 26, 26, 4), about: axis))
    for x in 2..<28 { #expect((frame.known[27 * side + x] != 0) == (x >= 26)) }
  }

  @Test("the axis of a turned face leads each place to the one opposite and back")
  func turned() throws {
    let face = FaceGeometry(leftEye: Point(20, 24), rightEye: Point(44, 31), mouth: Point(26, 50))
    let axis = try #require(FaceAxis(face))
    let reflection = axis.reflection
    let other = reflection(face.leftEye)
    #expect(abs(other.x - face.rightEye.x) < 1e-9 && abs(other.y - face.rightEye.y) < 1e-9)
    let back = reflection(reflection(Point(5, 7)))
    #expect(abs(back.x - 5) < 1e-9 && abs(back.y - 7) < 1e-9)
    #expect(FaceAxis(FaceGeometry(leftEye: Point(3, 3), rightEye: Point(3, 3), mouth: Point(3, 9))) == nil)
    let twice = axis.scaled(by: 2).reflection(Point(40, 48))
    #expect(abs(twice.x - 2 * face.rightEye.x) < 1e-9 && abs(twice.y - 2 * face.rightEye.y) < 1e-9)
  }
}
