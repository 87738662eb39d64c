import FeditRaster
import Testing

@Suite struct ColorEdgesTests {
  private static let size = 64

  /// A red ellipse on a frame that is masked everywhere; and what half its resolution shows of it on grey.
  private func ellipse() -> (layers: Layers, enlarged: [Float]) {
    let size = Self.size
    func isInside(_ x: Double, _ y: Double) -> Bool {
      let (dx, dy) = ((x - 31) / 19, (y - 33) / 12)
      return dx * dx + dy * dy < 1
    }
    var set = [UInt8](repeating: 0, count: size * size)
    var color = [UInt8](repeating: 0, count: size * size * 3)
    var enlarged = [Float](repeating: 128, count: size * size * 3)
    for y in 0..<size {
      for x in 0..<size {
        let i = y * size + x
        if isInside(Double(x) + 0.5, Double(y) + 0.5) { (set[i], color[3 * i]) = (1, 200) }
        if isInside(Double(x / 2 * 2) + 1, Double(y / 2 * 2) + 1) {
          for c in 0..<3 { enlarged[3 * i + c] = c == 0 ? 180 : 10 }
        }
      }
    }
    let ones = [UInt8](repeating: 1, count: size * size)
    let zeros = [UInt8](repeating: 0, count: size * size)
    return (
      Layers(
        size: size, mask: ones, sketch: zeros, color: color, colorSet: set, noise: zeros, clippedSketch: 0,
        clippedColor: 0),
      enlarged
    )
  }

  @Test("The border of a drawn colour lies where it is drawn, not where the octave below had its pixels")
  func border() {
    let (layers, enlarged) = ellipse()
    var fill = enlarged
    ColorEdges.restore(&fill, layers: layers, reach: 4)
    func misplaced(_ fill: [Float]) -> Int {
      layers.colorSet.indices.filter { abs(fill[3 * $0] - (layers.colorSet[$0] != 0 ? 180 : 128)) > 1 }.count
    }
    #expect(misplaced(enlarged) > 30)
    #expect(misplaced(fill) == 0)
  }

  @Test("A fill without drawn colours stays as it is")
  func plain() {
    var (layers, enlarged) = ellipse()
    layers.colorSet = layers.colorSet.map { _ in 0 }
    var fill = enlarged
    ColorEdges.restore(&fill, layers: layers, reach: 4)
    #expect(fill == enlarged)
  }

  @Test("Nothing changes outside the mask, nor far from a border")
  func elsewhere() {
    var (layers, enlarged) = ellipse()
    for i in layers.mask.indices where i % Self.size < 32 { layers.mask[i] = 0 }
    for i in enlarged.indices { enlarged[i] += Float(i % 7) }
    var fill = enlarged
    ColorEdges.restore(&fill, layers: layers, reach: 4)
    for i in layers.mask.indices where layers.mask[i] == 0 { #expect(fill[3 * i] == enlarged[3 * i]) }
    let middle = 33 * Self.size + 40
    #expect(fill[3 * middle] == enlarged[3 * middle])
  }
}
