import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import FeditTestSupport
import Foundation

/// Strokes and edits without a script.
enum Make {
  static func line(_ points: (Double, Double)...) -> PlanShape {
    .path(Path(elements: corners(points), isClosed: false))
  }

  static func polygon(_ points: (Double, Double)...) -> PlanShape {
    .path(Path(elements: corners(points) + [.close], isClosed: true))
  }

  private static func corners(_ points: [(Double, Double)]) -> [PathElement] {
    points.enumerated().map {
      let p = Point($0.element.0, $0.element.1)
      return $0.offset == 0 ? .move(p) : .line(p)
    }
  }

  /// An ellipse with its middle and radii in these ranges.
  static func ellipse(
    _ numbers: inout Numbers, middle: ClosedRange<Double>, radii: ClosedRange<Double>
  ) -> PlanShape {
    ellipse(
      numbers.number(middle), numbers.number(middle), numbers.number(radii), numbers.number(radii))
  }

  static func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> PlanShape {
    polygon((x, y), (x + width, y), (x + width, y + height), (x, y + height))
  }

  static func ellipse(_ x: Double, _ y: Double, _ rx: Double, _ ry: Double) -> PlanShape {
    let k = 0.5522847498
    func p(_ u: Double, _ v: Double) -> Point { Point(x + rx * u, y + ry * v) }
    return .path(
      Path(
        elements: [
          .move(p(1, 0)), .curve(p(1, k), p(k, 1), p(0, 1)), .curve(p(-k, 1), p(-1, k), p(-1, 0)),
          .curve(p(-1, -k), p(-k, -1), p(0, -1)), .curve(p(k, -1), p(1, -k), p(1, 0)), .close,
        ], isClosed: true))
  }

  static func circle(_ x: Double, _ y: Double, _ r: Double) -> PlanShape { ellipse(x, y, r, r) }

  static func stroke(
    _ layer: PlanLayer, _ shape: PlanShape, color: RGB8? = nil, brush: Double? = nil,
    pen: Affine = .identity, erase: Bool = false
  ) -> PlanStroke {
    PlanStroke(
      layer: layer, isErase: erase, content: .shape(shape), color: color,
      brush: brush.map { .init(width: $0, pen: pen) }, label: nil, file: "test", line: 1, column: 1)
  }

  static func image(
    _ layer: PlanLayer, _ path: String, _ toPhoto: Affine, erase: Bool = false
  ) -> PlanStroke {
    PlanStroke(
      layer: layer, isErase: erase, content: .image(PlanFile(name: path, path: path), toPhoto: toPhoto),
      color: nil, brush: nil, label: nil, file: "test", line: 1, column: 1)
  }

  static func edit(_ strokes: [PlanStroke], seed: UInt64 = 0, index: Int = 0) -> PlanEdit {
    PlanEdit(name: "e", index: index, seed: seed, blend: .none, strokes: strokes, offCount: 0)
  }

  static func photo(_ width: Int, _ height: Int) -> PlanPhoto {
    PlanPhoto(file: PlanFile(name: "p.png", path: "/p.png"), width: width, height: height)
  }

  /// A region of the photo's pixels as they are. Frames this small are no generator's; the rasterizer takes any.
  static func region(_ size: Int, x: Double = 0, y: Double = 0) -> PlanRegion {
    PlanRegion(toPhoto: .translation(x, y), side: Double(size), size: size, origin: .written)
  }

  /// A square about a middle, turned by the angle whose cosine and sine are given.
  static func region(
    size: Int, side: Double, middle: (Double, Double), cosine: Double, sine: Double
  ) -> PlanRegion {
    let scale = side / Double(size)
    let turn = Affine(
      a: cosine * scale, b: sine * scale, c: -sine * scale, d: cosine * scale, tx: 0, ty: 0)
    let center = turn(Point(Double(size) / 2, Double(size) / 2))
    return PlanRegion(
      toPhoto: turn.then(.translation(middle.0 - center.x, middle.1 - center.y)), side: side, size: size,
      origin: .face)
  }
}

/// A layer as lines of text: `#` where it is set.
func art(_ layer: [UInt8], _ width: Int) -> String {
  stride(from: 0, to: layer.count, by: width).map { start in
    String(layer[start..<start + width].map { $0 == 0 ? "." : "#" })
  }.joined(separator: "\n")
}

/// A colour layer as text: a letter for each of the given colours, `.` where there is none.
func art(_ layers: Layers, _ letters: [(Character, RGB8)]) -> String {
  (0..<layers.size).map { y in
    String(
      (0..<layers.size).map { x -> Character in
        let index = y * layers.size + x
        guard layers.colorSet[index] != 0 else { return "." }
        let color = RGB8(
          red: layers.color[3 * index], green: layers.color[3 * index + 1], blue: layers.color[3 * index + 2])
        return letters.first { $0.1 == color }?.0 ?? "?"
      })
  }.joined(separator: "\n")
}

/// Layers of strokes on a photo as large as the frame.
func drawn(_ size: Int, _ strokes: PlanStroke..., images: [String: Picture] = [:]) throws -> Layers {
  try Rasterizer.layers(
    of: Make.edit(strokes), in: Make.region(size), photo: Make.photo(size, size), images: images)
}
