import FeditPlan
import FeditProgram
import FeditStudio
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

/// How far the points of one line are from another, at most.
private func farthest(_ points: [Point], from line: [Point]) -> Double {
  points.map { p in
    zip(line, line.dropFirst()).map { a, b in
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let square = dx * dx + dy * dy
      let t = square > 0 ? max(0, min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / square)) : 0
      let (x, y) = (a.x + dx * t - p.x, a.y + dy * t - p.y)
      return (x * x + y * y).squareRoot()
    }.min() ?? .infinity
  }.max() ?? 0
}

@Suite struct HandTests {
  @Test(
    "each of twenty curves of a hand becomes one statement of at most 9 points within 1.5 px of the hand's line",
    arguments: HandLines.curves.indices, [false, true])
  func curves(_ index: Int, inFace: Bool) throws {
    let script =
      "photo \"p.png\"\n" + (inFace ? "face eyes (98, 122), (158, 122)\n" : "") + "edit \"a\" {\n"
      + (inFace ? "    in face {\n        sketch line((0, 0), (0, 0.1))\n    }\n" : "") + "}\n"
    let hand = HandLines.recorded(index)
    let done = try edited(script, by: .draw(points: hand, tool: .sketch), view: studioView())
    let strokes = try #require(done.result.plan).edits[0].strokes
    #expect(strokes.count == (inFace ? 2 : 1))
    let stroke = try #require(strokes.last)
    #expect(stroke.origin.handles.count <= 9, "\(HandLines.curves[index].name): \(done.text)")
    guard case .shape(let shape) = stroke.content else { return }
    let drawn = shape.flattened(40)
    #expect(farthest(drawn, from: hand) <= 1.5, "\(HandLines.curves[index].name): \(done.text)")
    #expect(farthest(hand, from: drawn) <= 1.5, "\(HandLines.curves[index].name): \(done.text)")
  }

  @Test(
    "a hand's shaking is not drawn: a smoothed line has fewer points than one that is not",
    arguments: [7, 9, 11])
  func smoothing(_ index: Int) throws {
    let hand = HandLines.recorded(index)
    func count(_ smoothing: Double) throws -> Int {
      let text = "photo \"p.png\"\nedit \"a\" {\n}\n"
      let done = try edited(
        text, by: .draw(points: hand, tool: .sketch, smoothing: smoothing), view: studioView(zoom: 4))
      return try #require(done.result.plan).edits[0].strokes[0].origin.handles.count
    }
    #expect(try count(0.5) <= count(0))
  }
}
