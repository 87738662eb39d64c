import FeditPixels
import FeditPlan
import Foundation
import Testing

@Suite struct GeometryTests {
  private let map = Affine(a: 2, b: 1, c: -1, d: 3, tx: 5, ty: -4)

  @Test("maps compose from first to last")
  func composition() {
    let next = Affine(a: 0, b: 1, c: -1, d: 0, tx: 1, ty: 2)
    let point = Point(3, 4)
    #expect(map.then(next)(point) == next(map(point)))
    #expect(map.then(.identity) == map && Affine.identity.then(map) == map)
    #expect(Affine.translation(1, 2)(point) == Point(4, 6) && Affine.scale(2, 3)(point) == Point(6, 12))
  }

  @Test("an inverse takes back, a flat map has none")
  func inverse() throws {
    let back = try #require(map.inverse)
    let point = back(map(Point(3, 4)))
    #expect(abs(point.x - 3) < 1e-12 && abs(point.y - 4) < 1e-12)
    #expect(map.determinant == 7)
    #expect(Affine(a: 1, b: 2, c: 2, d: 4, tx: 0, ty: 0).inverse == nil)
  }

  @Test("what has an inside: closed paths, and all that is cut or grown")
  func closed() {
    let line = PlanShape.path(Path(elements: [.move(Point(0, 0)), .line(Point(1, 1))], isClosed: false))
    let area = PlanShape.path(
      Path(elements: [.move(Point(0, 0)), .line(Point(1, 1)), .line(Point(0, 1)), .close], isClosed: true))
    #expect(!line.isClosed && area.isClosed)
    #expect(!PlanShape.union(area, line).isClosed && PlanShape.union(area, area).isClosed)
    #expect(PlanShape.subtraction(line, area).isClosed && PlanShape.intersection(line, area).isClosed)
    #expect(PlanShape.grown(line, radius: 1, pen: .identity).isClosed)
  }

  @Test("a plan is data that survives JSON")
  func json() throws {
    let stroke = PlanStroke(
      layer: .color, isErase: false,
      content: .shape(
        .grown(.path(Path(elements: [.move(Point(1, 2)), .close], isClosed: true)), radius: 2, pen: map)),
      color: RGB8(red: 1, green: 2, blue: 3), brush: .init(width: 2, pen: .identity), label: "x",
      file: "t",
      line: 1, column: 2)
    let plan = Plan(
      photo: PlanPhoto(file: PlanFile(name: "p.png", path: "/p.png"), width: 8, height: 9),
      model: PlanModel(source: .builtIn("m"), size: 128),
      region: PlanRegion(toPhoto: map, side: 8, size: 128, origin: .written),
      steps: [
        .edit(PlanEdit(name: "e", index: 0, seed: .max, blend: .feather(2), strokes: [stroke], offCount: 1)),
        .save(PlanFile(name: "o.png", path: "/o.png"), quality: nil),
      ], parameters: [PlanParameter(name: "a", type: "number", value: "1", isSet: true)], inputs: [])
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(Plan.self, from: data) == plan)
    #expect(plan.edits.count == 1)
  }
}
