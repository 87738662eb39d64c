import FeditPlan
import FeditRaster
import Testing

private let side = 32

/// A fill of one grey with a texture, under two outlined squares of one colour, a spot of another, and a mask without the
/// right edge of the second square.
private struct Drawing {
  var layers: Layers
  var fill = (0..<side * side).flatMap { i in [Float](repeating: i % 2 == 0 ? 96 : 104, count: 3) }

  init(color: [UInt8] = [160, 110, 90], outlined: Bool = true) {
    let none = [UInt8](repeating: 0, count: side * side)
    layers = Layers(
      size: side, mask: (0..<side * side).map { $0 % side < 26 ? 1 : 0 }, sketch: none,
      color: [UInt8](repeating: 0, count: 3 * side * side), colorSet: none, noise: none, clippedSketch: 0,
      clippedColor: 0)
    paint(color, x: 4..<12, y: 4..<12, outlined: outlined)
    paint(color, x: 18..<28, y: 4..<12, outlined: outlined)
    paint([255, 255, 255], x: 10..<12, y: 20..<23, outlined: true)
  }

  private mutating func paint(_ color: [UInt8], x: Range<Int>, y: Range<Int>, outlined: Bool) {
    for v in y {
      for u in x {
        let i = v * side + u
        layers.colorSet[i] = 1
        if outlined, u == x.lowerBound || u == x.upperBound - 1 || v == y.lowerBound || v == y.upperBound - 1
        {
          layers.sketch[i] = 255
        }
        for c in 0..<3 { layers.color[3 * i + c] = color[c] }
      }
    }
  }

  func color(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let i = 3 * (y * side + x)
    return SIMD3(fill[i], fill[i + 1], fill[i + 2])
  }

  /// The mean of two pixels beside each other: without the texture.
  func mean(_ x: Int, _ y: Int) -> SIMD3<Float> { (color(x, y) + color(x + 1, y)) / 2 }
}

@Suite("What is made of drawn colours")
struct DrawnColorsTests {
  @Test("red and blue beside green become the drawn colour's, lightness comes half the way, texture stays")
  func matches() {
    var drawing = Drawing()
    DrawnColors.match(&drawing.fill, layers: drawing.layers)
    let mean = drawing.mean(7, 7)
    #expect(abs(mean.x - mean.y - 50) < 5 && abs(mean.z - mean.y + 20) < 5)
    // Of about 120 levels, and 100 before.
    let luma = 0.299 * mean.x + 0.587 * mean.y + 0.114 * mean.z
    #expect(abs(luma - 110) < 5)
    #expect(drawing.color(7, 7) - drawing.color(8, 7) == SIMD3(repeating: 8))
  }

  @Test("away from colours, under spots of a few pixels and outside the mask nothing changes")
  func elsewhere() {
    var drawing = Drawing()
    let before = drawing
    DrawnColors.match(&drawing.fill, layers: drawing.layers)
    for (x, y) in [(15, 8), (2, 28), (11, 21), (26, 8), (27, 8)] {
      #expect(drawing.color(x, y) == before.color(x, y), "\(x), \(y)")
    }
    #expect(drawing.color(24, 8) != before.color(24, 8))
  }

  @Test(
    "without an outline a colour near to what is around it is a hint and stays; one that stands out does not")
  func hints() {
    var hint = Drawing(outlined: false)
    let before = hint
    DrawnColors.match(&hint.fill, layers: hint.layers)
    #expect(hint.color(7, 7) == before.color(7, 7))
    var thing = Drawing(color: [175, 60, 160], outlined: false)
    DrawnColors.match(&thing.fill, layers: thing.layers)
    #expect(thing.color(7, 7) != before.color(7, 7))
  }

  @Test("pieces of one colour that do not touch are moved each by what it misses")
  func pieces() {
    var drawing = Drawing()
    for y in 4..<12 { for x in 18..<28 { drawing.fill[3 * (y * side + x)] = 160 } }
    DrawnColors.match(&drawing.fill, layers: drawing.layers)
    let (first, second) = (drawing.mean(7, 7), drawing.mean(22, 7))
    #expect(abs(first.x - first.y - 50) < 5)
    #expect(abs(second.x - second.y - 50) < 5)
  }

  @Test("no piece is moved by more than 64 levels of a channel")
  func limited() {
    var drawing = Drawing()
    // As light as the drawn colour.
    for i in drawing.fill.indices { drawing.fill[i] = [0, 190, 100][i % 3] }
    let before = drawing
    DrawnColors.match(&drawing.fill, layers: drawing.layers)
    let move = drawing.color(7, 7) - before.color(7, 7)
    #expect(move.x == 64 && move.y == -64 && abs(move.z) < 20)
  }

  @Test("what is far darker than the drawn colour is something else, and stays")
  func lid() {
    var drawing = Drawing()
    for y in 4..<7 { for c in 12..<36 { drawing.fill[3 * y * side + c] = 30 } }
    let before = drawing
    DrawnColors.match(&drawing.fill, layers: drawing.layers)
    #expect(drawing.color(7, 4) == before.color(7, 4))
    #expect(drawing.color(7, 9) != before.color(7, 9))
  }
}
