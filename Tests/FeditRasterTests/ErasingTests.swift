import FeditImage
import FeditPlan
import FeditRaster
import Testing

extension GoldenTests {
  @Test("erasing a sketch takes away lines along its own line, and all inside a closed shape")
  func eraseSketch() throws {
    let lines = [
      Make.stroke(.sketch, Make.line((0.5, 4.5), (15.5, 4.5))),
      Make.stroke(.sketch, Make.line((0.5, 8.5), (15.5, 8.5))),
    ]
    let open = try drawn(
      16, lines[0], lines[1], Make.stroke(.sketch, Make.line((4.5, 4.5), (9.5, 4.5)), erase: true))
    #expect((0..<16).allSatisfy { open.sketch[4 * 16 + $0] == ((4...9).contains($0) ? 0 : 1) })
    #expect((0..<16).allSatisfy { open.sketch[8 * 16 + $0] == 1 })
    let closed = try drawn(16, lines[0], lines[1], Make.stroke(.sketch, Make.rect(4, 2, 6, 10), erase: true))
    #expect((0..<16).allSatisfy { closed.sketch[8 * 16 + $0] == ((4...9).contains($0) ? 0 : 1) })
    // What is drawn after erasing stays, and erasing a shape leaves nothing of the same shape.
    let after = try drawn(16, Make.stroke(.sketch, Make.rect(0, 0, 16, 16), erase: true), lines[0])
    #expect(after.sketchCount == 16)
    let nothing = try drawn(
      16, Make.stroke(.sketch, Make.circle(8, 8, 5.3)),
      Make.stroke(.sketch, Make.circle(8, 8, 5.3), erase: true))
    #expect(nothing.sketchCount == 0)
  }

  @Test("erasing a mask takes away from what was drawn before, not after, and from no other layer")
  func eraseMask() throws {
    let all = Make.rect(0, 0, 16, 16)
    let circle = Make.circle(8, 8, 5)
    let layers = try drawn(
      16, Make.stroke(.mask, all), Make.stroke(.color, all, color: .init(red: 1, green: 2, blue: 3)),
      Make.stroke(.mask, circle, erase: true))
    let inside = try drawn(16, Make.stroke(.mask, circle)).mask
    #expect(layers.mask == inside.map { 1 - $0 })
    #expect(layers.colorCount == 256 && layers.clippedColor == inside.reduce(0) { $0 + Int($1) })
    #expect(try drawn(16, Make.stroke(.mask, circle, erase: true), Make.stroke(.mask, all)).maskCount == 256)
  }
}
