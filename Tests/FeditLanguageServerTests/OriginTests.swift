import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

private typealias TestWorld = FeditTestSupport.MapWorld

@Suite struct OriginTests {
  private let script = """
    photo "p.png"
    face eyes (98, 122), (158, 122)
    let corner = (20, 30)
    def tick(at: point) {
        mask line(at, at + (0, 9)) brush 2
    }
    edit "a" {
        mask polygon(corner, (60, 30), (40, 80))
        in face { sketch line(left_eye + (0.1, 0), (0, 0.5)) }
        tick((50, 60))
        paint circle((100, 100), 9) { mask grown 4; sketch }
    }
    """

  private func run() -> (ProgramResult, SourceText) {
    let source = SourceText(name: "t.fedit", script)
    return (plan(source, path: "/t.fedit", world: TestWorld()), source)
  }

  private func text(_ site: PlanOrigin.Site, _ source: SourceText) -> String {
    source.text(Span(site.start, site.end))
  }

  @Test("a stroke knows its statement, the calls that led to it, its frame and where its points are written")
  func origins() throws {
    let (result, source) = run()
    let strokes = try #require(result.plan).edits[0].strokes
    #expect(
      strokes.map { text($0.origin.statement, source) } == [
        "mask polygon(corner, (60, 30), (40, 80))", "sketch line(left_eye + (0.1, 0), (0, 0.5))",
        "mask line(at, at + (0, 9)) brush 2", "mask grown 4", "sketch",
      ])
    #expect(strokes.map { $0.origin.calls.map { text($0, source) } } == [[], [], ["tick((50, 60))"], [], []])
    #expect(strokes[2].origin.calls[0].name == "tick")
    #expect(strokes[0].origin.handles.map { text($0.site, source) } == ["corner", "(60, 30)", "(40, 80)"])
    #expect(strokes[0].origin.handles.map(\.place) == [Point(20, 30), Point(60, 30), Point(40, 80)])
    // Between the eyes lie 60 pixels, their middle is (128, 122).
    #expect(strokes[1].origin.frame(Point(0, 0)) == Point(128, 122))
    #expect(strokes[1].origin.handles.map(\.place) == [Point(104, 122), Point(128, 152)])
    #expect(strokes[4].origin.handles.map { text($0.site, source) } == ["(100, 100)"])
  }

  @Test("a drawn point leads to the literals it was made from, the most direct first")
  func literals() throws {
    let (result, source) = run()
    let strokes = try #require(result.plan).edits[0].strokes
    func literals(_ stroke: Int, _ handle: Int) -> [String] {
      result.literals(of: strokes[stroke].origin.handles[handle].site).map {
        "\(source.text($0.span)) \($0.kind) \($0.distance)"
      }
    }
    #expect(literals(0, 0) == ["(20, 30) point 1"])
    #expect(literals(0, 1) == ["(60, 30) point 0"])
    #expect(literals(1, 0) == ["(0.1, 0) point 0"])
  }

  @Test("strokes that draw the same are equal, wherever they come from")
  func equality() throws {
    let first = try #require(run().0.plan)
    let moved = plan(
      SourceText(name: "t.fedit", script + "\n// more"), path: "/other.fedit", world: TestWorld())
    #expect(first.edits == moved.plan?.edits)
    #expect(first.edits.hashValue == moved.plan?.edits.hashValue)
  }

  @Test("the type and the values of any expression can be asked for")
  func questions() {
    let text = "let a = [(1, 2), (3, 4)]\nfor p in a { let q = p + (1, 1) }\nlet s = 1 + 2 + 3"
    let source = SourceText(name: "t.fedit", text)
    let result = plan(source, path: "/t.fedit", world: TestWorld())
    func span(_ piece: String) -> Span {
      let start = text.utf8.count - (text.range(of: piece).map { text[$0.lowerBound...].utf8.count } ?? 0)
      return Span(start, start + piece.utf8.count)
    }
    #expect(result.type(of: span("p + (1, 1)")) == .point)
    #expect(result.type(of: span("1 + 2")) == .number)
    #expect(result.type(of: Span(0, 3)) == nil)
    let values = result.values(of: span("p + (1, 1)"), world: TestWorld(), options: PlanOptions())
    #expect(values.map(\.text) == ["(2, 3)", "(4, 5)"])
    #expect(result.values(of: span("1 + 2"), world: TestWorld(), options: PlanOptions()).map(\.text) == ["3"])
    #expect(result.value(of: "length(a) + s", world: TestWorld(), options: PlanOptions())?.text == "8")
    #expect(result.value(of: "p", world: TestWorld(), options: PlanOptions()) == nil)
  }
}
