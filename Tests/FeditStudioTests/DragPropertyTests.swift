import FeditPlan
import FeditStudio
import FeditSyntax
import FeditTestSupport
import FeditText
import Foundation
import Testing

/// Random gestures on random programs: the same every time.
@Suite struct DragPropertyTests {
  /// The comments of a script, in order.
  private func comments(_ text: String) -> [String] {
    let source = SourceText(name: "t", text)
    return parse(source).script.tokens.filter { [.lineComment, .blockComment].contains($0.kind) }
      .map { source.text($0.span) }
  }

  private func distance(_ a: Point, _ b: Point) -> Double {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
  }

  @Test("a dragged point lands where it was asked to, and nothing else moves but what was announced")
  func drags() throws {
    var numbers = Numbers(17)
    var done = 0
    var refused = 0
    for seed in 1...UInt64(runsLongTests ? 1_500 : 150) {
      var programs = ProgramGenerator(seed: seed)
      let text = programs.program()
      let zoom = [0.5, 1, 3, 8][Int(numbers.next() % 4)]
      let view = studioView(zoom: zoom)
      guard let before = try? drawing(of: text, view: view) else { continue }
      let candidates = before.items.indices.filter { !before.items[$0].handles.isEmpty }
      guard !candidates.isEmpty else { continue }
      let index = candidates[Int(numbers.next() % UInt64(candidates.count))]
      let item = before.items[index]
      let k = Int(numbers.next() % UInt64(item.handles.count))
      let handle = item.handles[k]
      let by = Point(Double(20 * numbers.float()), Double(20 * numbers.float()))
      let edit: StudioEdit
      do throws(UserError) {
        edit = try edited(text, by: .move(at: item.location, handle: handle.number, by: by), view: view)
      } catch {
        #expect(error.exitStatus == .data, "\(error.message)")
        refused += 1
        continue
      }
      done += 1
      let after = try drawing(of: edit.text, view: view)
      #expect(after.items.count == before.items.count)
      let place = after.items[index].handles[k].place
      let wanted = Point(handle.place.x + by.x, handle.place.y + by.y)
      #expect(distance(place, wanted) <= 0.5 / zoom, "seed \(seed): \(edit.edits) in\n\(text)")
      let moved = before.items.indices.count {
        let (old, new) = (before.items[$0], after.items[$0])
        let isSame =
          old.location == item.location && old.trail.dropLast() == item.trail.dropLast()
          && old.handles.contains { $0.number == handle.number && $0.place == handle.place }
        return !isSame && (old.paths != new.paths || old.width != new.width)
      }
      #expect(moved <= edit.moves, "seed \(seed): \(moved) move, \(edit.moves) were announced, in\n\(text)")
      #expect(comments(text) == comments(edit.text))
      #expect(applied(edit.edits, to: SourceText(name: "t", text)) == edit.text)
      // Nothing but the numbers of one or two places is touched.
      #expect(edit.edits.count <= 4)
    }
    #expect(done > 100 && refused * 4 < done, "\(done) done, \(refused) refused")
  }

  @Test("any gesture on any program either gives a script with a plan or says why not")
  func gestures() throws {
    var numbers = Numbers(23)
    let hand = HandLines.recorded(2)
    for seed in 1...UInt64(runsLongTests ? 1_000 : 60) {
      var programs = ProgramGenerator(seed: 10_000 + seed)
      let text = programs.program()
      let source = SourceText(name: "t", text)
      for _ in 0..<4 {
        let line = 1 + Int(numbers.next() % UInt64(source.lineStarts.count))
        let column = 1 + Int(numbers.next() % UInt64(source.line(line).unicodeScalars.count + 1))
        let place = SourceLocation(line: line, column: column)
        let gestures: [Gesture] = [
          .move(at: place, handle: 1, by: Point(3, -2)), .delete(at: place), .detach(at: place),
          .extractParam(at: place), .redraw(at: place, points: hand),
          .draw(points: hand, tool: .mask, after: place),
          .set(at: place, modifier: "brush", value: "3"), .set(at: place, modifier: "as", value: "x"),
        ]
        for gesture in gestures {
          guard let edit = try? edited(text, by: gesture, view: studioView()) else { continue }
          #expect(edit.result.plan != nil)
          #expect(applied(edit.edits, to: source) == edit.text)
        }
      }
    }
  }

  @Test("what a drag could change is told before it begins, the first of them what it would change")
  func targets() throws {
    let text = """
      photo "p.png"
      let corner = (20, 30)
      edit "a" {
          mask polygon(corner, (60, 30), (40, 80))
          mask circle(corner, 5)
      }
      """
    let place = SourceLocation(line: 4, column: 5)
    let targets = try moveTargets(of: text, at: place, handle: 1, view: studioView())
    #expect(targets.map(\.text) == ["corner", "(20, 30)"])
    #expect(targets.map(\.moves) == [0, 1])
    let picked = try edited(
      text, by: .move(at: place, handle: 1, by: Point(5, 5), picked: targets[1].location), view: studioView())
    #expect(picked.text == text.replacingOccurrences(of: "(20, 30)", with: "(25, 35)"))
    #expect(picked.moves == 1)
  }

  @Test("what the canvas shows leads back to the script: statement, calls, handles, frame")
  func canvas() throws {
    let text = """
      photo "p.png"
      face eyes (98, 122), (158, 122)
      use "lib.fedit"
      def tick(at: point) {
          mask line(at, at + (0, 9)) brush 2
      }
      edit "a" {
          in face { sketch line((0, 0), (0.1, 0)) as "s" }
          tick((50, 60))
          dot((50, 60))
      }
      """
    let shown = try drawing(of: text, view: studioView())
    #expect(shown.items.map(\.location.line) == [8, 9, 10])
    #expect(
      shown.items.map { $0.trail.map(\.text) } == [
        ["sketch line((0, 0), (0.1, 0)) as \"s\""],
        ["tick((50, 60))", "mask line(at, at + (0, 9)) brush 2"],
        ["dot((50, 60))", "mask circle(at + (1, 1), size)"],
      ])
    #expect(shown.items.map { $0.trail.last?.isLocked } == [false, false, true])
    #expect(shown.items[0].handles.map(\.place) == [Point(128, 122), Point(134, 122)])
    #expect(shown.items[0].label == "s" && shown.items[1].width == 2)
    #expect(shown.items[2].handles.map(\.isLocked) == [true])
    #expect(shown.face.map(\.place) == [Point(98, 122), Point(158, 122)])
    #expect(shown.width == 256 && shown.height == 256)
  }
}
