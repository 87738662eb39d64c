import FeditImage
import FeditPlan
import FeditSession
import FeditTestSupport
import Testing

@Suite("Mask pictures")
struct MaskBoundsTests {
  @Test("the rectangle around a mask picture holds what is drawn, and nothing that only nearly is")
  func bounds() throws {
    let scratch = try Scratch()
    var pixels = [UInt8](repeating: 0, count: 8 * 8 * 3)
    func set(_ x: Int, _ y: Int, _ color: [UInt8]) {
      pixels.replaceSubrange((y * 8 + x) * 3..<(y * 8 + x + 1) * 3, with: color)
    }
    // Luma 127.3, which is no pixel of a mask, and 127.6, which is one.
    set(1, 1, [128, 127, 127])
    set(4, 5, [127, 128, 127])
    let path = scratch.file("mask.png")
    try PNGFile.write(Picture(width: 8, height: 8, samples: .eight(pixels)), to: path)
    let bounds = try #require(try DiskWorld(root: scratch.path).maskBounds(at: path))
    #expect(bounds.from == Point(0.5, 0.625) && bounds.to == Point(0.625, 0.75))
  }
}
