import FeditPixels
import Testing

@Suite("Rectangles of pixels")
struct PixelRectTests {
  private let rect = PixelRect(x: 2, y: 3, width: 4, height: 5)

  @Test("what two have in common lies in both, and is empty where they are apart")
  func intersection() {
    let other = PixelRect(x: 4, y: 0, width: 10, height: 6)
    let common = rect.intersection(other)
    #expect(common == PixelRect(x: 4, y: 3, width: 2, height: 3))
    let pixels = (0..<10).flatMap { y in (0..<16).map { (x: $0, y: y) } }
    for p in pixels {
      #expect(common.contains(p.x, p.y) == (rect.contains(p.x, p.y) && other.contains(p.x, p.y)))
    }
    #expect(rect.intersection(PixelRect(x: 50, y: 50, width: 4, height: 4)).isEmpty)
  }

  @Test("the union holds both, the margin goes around, and a negative size is none")
  func union() {
    #expect(
      rect.union(PixelRect(x: 10, y: 1, width: 1, height: 1)) == PixelRect(x: 2, y: 1, width: 9, height: 7))
    #expect(rect.expanded(by: 2) == PixelRect(x: 0, y: 1, width: 8, height: 9))
    #expect(rect.expanded(by: -3).isEmpty)
    #expect(rect.area == 20 && rect.maxX == 6 && rect.maxY == 8)
  }
}
