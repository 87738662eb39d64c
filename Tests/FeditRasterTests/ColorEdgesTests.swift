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

  /// A frame that shows colours as they are drawn, on grey.
  private func asDrawn(_ layers: Layers) -> [Float] {
    layers.colorSet.indices.flatMap { i in
      (0..<3).map { layers.colorSet[i] != 0 ? Float(layers.color[3 * i + $0]) : 128 }
    }
  }

  /// A frame in which the colour comes in over several pixels, as hairs do.
  private func asHair(_ layers: Layers) -> [Float] {
    let size = Self.size
    let drawn = asDrawn(layers)
    let reach = -4...4
    return layers.colorSet.indices.flatMap { i in
      (0..<3).map { c in
        var sum: Float = 0
        for v in reach {
          for u in reach {
            let (x, y) = (min(max(i % size + u, 0), size - 1), min(max(i / size + v, 0), size - 1))
            sum += drawn[3 * (y * size + x) + c]
          }
        }
        return sum / 81
      }
    }
  }

  @Test("The border of a drawn colour lies where it is drawn, not where the octave below had its pixels")
  func border() {
    let (layers, enlarged) = ellipse()
    var fill = enlarged
    ColorEdges(of: asDrawn(layers), layers: layers).restore(&fill, layers: layers, reach: 4)
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
    ColorEdges(of: asDrawn(layers), layers: layers).restore(&fill, layers: layers, reach: 4)
    #expect(fill == enlarged)
  }

  @Test("Nothing changes outside the mask, nor far from a border")
  func elsewhere() {
    var (layers, enlarged) = ellipse()
    for i in layers.mask.indices where i % Self.size < 32 { layers.mask[i] = 0 }
    for i in enlarged.indices { enlarged[i] += Float(i % 7) }
    var fill = enlarged
    ColorEdges(of: asDrawn(layers), layers: layers).restore(&fill, layers: layers, reach: 4)
    for i in layers.mask.indices where layers.mask[i] == 0 { #expect(fill[3 * i] == enlarged[3 * i]) }
    let middle = 33 * Self.size + 40
    #expect(fill[3 * middle] == enlarged[3 * middle])
  }

  @Test("Where the generator made a soft border, as of a brow, the octaves leave it soft")
  func soft() {
    let (layers, enlarged) = ellipse()
    let edges = ColorEdges(of: asHair(layers), layers: layers)
    var fill = enlarged
    edges.restore(&fill, layers: layers, reach: 4)
    edges.soften(&fill, layers: layers)
    #expect(fill == enlarged)
  }

  @Test("Steps of the generator's pixels go from the border of a brow, not from that of a thing")
  func steps() {
    let (layers, enlarged) = ellipse()
    // How far neighbours along a row differ at most: a hard step, or a slope.
    func steepest(_ fill: [Float]) -> Float {
      var most: Float = 0
      for i in 1..<Self.size * Self.size { most = max(most, abs(fill[3 * i + 1] - fill[3 * i - 2])) }
      return most
    }
    var (soft, hard) = (enlarged, enlarged)
    ColorEdges(of: asHair(layers), layers: layers).smoothSteps(&soft, layers: layers)
    ColorEdges(of: asDrawn(layers), layers: layers).smoothSteps(&hard, layers: layers)
    #expect(steepest(soft) < 0.7 * steepest(enlarged))
    #expect(hard == enlarged)
  }

  /// The ellipse with its outline sketched, and a line far from it.
  private func sketched() -> (layers: Layers, line: Range<Int>) {
    let size = Self.size
    var layers = ellipse().layers
    for i in size..<size * (size - 1) where layers.colorSet[i] != layers.colorSet[i - size] {
      layers.sketch[i] = 1
    }
    let line = 5 * size + 10..<5 * size + 50
    for i in line { layers.sketch[i] = 1 }
    return (layers, line)
  }

  @Test("Lines leave the fine octaves, whether or not anything is coloured")
  func lines() {
    for edges in [nil, ColorEdges(of: asHair(ellipse().layers), layers: ellipse().layers)] {
      var (layers, _) = sketched()
      ColorEdges.removeLines(from: &layers, along: edges)
      #expect(layers.sketch.allSatisfy { $0 == 0 })
    }
  }

  @Test("Outlines of things stay in every octave; other lines do not")
  func outlinesOfThings() {
    var (layers, line) = sketched()
    var before = layers.sketch
    for i in line { before[i] = 0 }
    ColorEdges.removeLines(from: &layers, along: ColorEdges(of: asDrawn(layers), layers: layers))
    #expect(layers.sketch == before)
  }

  @Test("A pupil that came out nearly flat goes with its iris: soft in a soft one, a thing's in a thing's")
  func partners() {
    let size = Self.size
    var layers = ellipse().layers
    let pupil = layers.mask.indices.filter { i in
      let (x, y) = (i % size - 31, i / size - 33)
      return x * x + y * y <= 16
    }
    func withPupil(_ frame: [Float]) -> [Float] {
      var frame = frame
      // A quarter of the contrast is missed: flat enough for a thing, not beyond doubt.
      for i in pupil { for c in 0..<3 { frame[3 * i + c] = c == 0 ? 50 : c == 2 ? 150 : 0 } }
      return frame
    }
    let (soft, hard) = (withPupil(asHair(layers)), withPupil(asDrawn(layers)))
    for i in pupil {
      (layers.color[3 * i], layers.color[3 * i + 2]) = (0, 200)
      layers.sketch[i] = 1
    }
    var (alone, inThing, inPart) = (layers, layers, layers)
    alone.colorSet = layers.mask.indices.map { pupil.contains($0) ? 1 : 0 }
    let isKept = { (fill: [Float], layers: inout Layers) in
      ColorEdges.removeLines(from: &layers, along: ColorEdges(of: fill, layers: layers))
      return layers.sketch.contains(1)
    }
    #expect(isKept(hard, &alone) && isKept(hard, &inThing) && !isKept(soft, &inPart))
  }

  @Test("Mottle in a thing's flat colour is reduced, a reflection stays, and so does all else")
  func quiet() {
    let size = Self.size
    let (layers, _) = ellipse()
    let drawn = asDrawn(layers)
    var fill = drawn
    for i in layers.colorSet.indices { fill[3 * i + 1] += i % 2 == 0 ? 1 : -1 }
    let reflection = 33 * size + 31
    fill[3 * reflection + 2] = 90
    let before = fill
    ColorEdges(of: drawn, layers: layers).quiet(&fill, layers: layers)
    let middle = 30 * size + 24
    #expect(abs(fill[3 * middle + 1] - drawn[3 * middle + 1]) < 0.2)
    #expect(fill[3 * reflection + 2] > 85)
    for i in layers.colorSet.indices where layers.colorSet[i] == 0 {
      #expect(fill[3 * i + 1] == before[3 * i + 1])
    }
  }
}
