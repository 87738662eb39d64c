import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// What a drag takes hold of: a handle of a stroke, or a place of the `face` statement.
struct DragSubject {
  private enum Kind {
    /// The stroke's number among all, the handle's among the stroke's, and the strokes that have the same handle.
    case stroke(Int, Int, same: Set<Int>)
    /// The number of a value of the `face` statement.
    case face(Int)
  }

  private let script: PlannedScript
  private let kind: Kind
  /// In photo pixels.
  let place: Point
  /// What may move it, the most direct first.
  let knobs: [Knob]
  /// Literals behind names.
  let namedKnobs: [Knob]
  /// Numbers of all kinds, for where nothing else does.
  let scalarKnobs: [Knob]
  /// The file where it is written, if that is not the script at hand.
  let lockedFile: String?
  /// How long a unit is where the handle is written.
  let pixelsPerUnit: Double

  /// - Throws: `.data` where the selection has no such handle.
  init(_ script: PlannedScript, _ selection: Selection, _ number: Int) throws(UserError) {
    self.script = script
    if selection.statement.id == .face {
      let places = script.facePlaces
      guard (1...max(places.count, 1)).contains(number), number <= places.count else {
        throw Self.noHandle(number, places.count)
      }
      kind = .face(number - 1)
      place = places[number - 1].place
      knobs = places[number - 1].expression.pointKnobs(rank: 0)
      (namedKnobs, scalarKnobs, lockedFile, pixelsPerUnit) = ([], [], nil, 1)
      return
    }
    let handles = script.handles(of: selection)
    guard number >= 1, number <= handles.count else {
      guard !script.strokes(of: selection).isEmpty else { throw Self.drawsNothing(selection.statement) }
      throw Self.noHandle(number, handles.count)
    }
    let reference = handles[number - 1]
    let stroke = script.strokes[reference.stroke]
    let handle = stroke.origin.handles[reference.index]
    // The entries of a `paint` draw one shape.
    let own = script.statement(of: stroke)
    let same = script.strokes.indices.filter { other in
      script.strokes[other].origin.calls == stroke.origin.calls
        && script.statement(of: script.strokes[other]) == own
        && script.strokes[other].origin.handles.contains {
          $0.site == handle.site && $0.place == handle.place
        }
    }
    kind = .stroke(reference.stroke, reference.index, same: Set(same))
    place = handle.place
    let search = KnobSearch(script: script, selection: selection, stroke: stroke, handle: handle)
    knobs = search.knobs()
    namedKnobs = search.namedKnobs()
    scalarKnobs = search.scalarKnobs()
    lockedFile = handle.site.file == script.file.path ? nil : script.fileName(handle.site.file)
    pixelsPerUnit = stroke.origin.frame.scaleFactor
  }

  private static func noHandle(_ number: Int, _ count: Int) -> UserError {
    UserError(
      .data,
      count == 0
        ? "this statement has no points that can be moved"
        : "there is no handle \(number): this statement has \(count), counted from 1")
  }

  private static func drawsNothing(_ statement: Statement) -> UserError {
    UserError(
      .data, "\(statement.noun) draws nothing here, so there is no handle to move",
      hints: ["name a stroke: 'mask', 'sketch', 'color', 'erase', 'paint', or a call that draws"])
  }

  /// Where it is in a changed script; nil where it is no longer there.
  func place(in after: PlannedScript) -> Point? {
    switch kind {
    case .face(let index):
      let places = after.facePlaces
      return index < places.count ? places[index].place : nil
    case .stroke(let number, let index, _):
      guard after.strokes.count == script.strokes.count,
        index < after.strokes[number].origin.handles.count
      else { return nil }
      return after.strokes[number].origin.handles[index].place
    }
  }

  /// How many strokes changed besides those that have this handle.
  func moves(to after: PlannedScript) -> Int {
    var same: Set<Int> = []
    if case .stroke(_, _, let strokes) = kind { same = strokes }
    return script.strokes.indices.count {
      !same.contains($0) && !script.strokes[$0].drawsSame(as: after.strokes[$0])
    }
  }

  /// How many points of the stroke that are written at the same place move along.
  func copies(in after: PlannedScript) -> Int {
    guard case .stroke(let number, let index, _) = kind else { return 0 }
    let old = script.strokes[number].origin.handles
    let new = after.strokes[number].origin.handles
    return old.indices.count {
      $0 != index && $0 < new.count && old[$0].site == old[index].site && old[$0].place != new[$0].place
    }
  }

  /// The point or number that is written at an offset.
  func literalKnob(at offset: Int) -> Knob? {
    let around = script.file.script.expressions(at: offset).filter { $0.span.start == offset }
    if let point = around.first(where: \.isLiteralPoint) {
      return point.pointKnobs(rank: KnobRank.named).first
    }
    return around.last { $0.literalNumber != nil }.map {
      Knob(form: .axes([$0.axis]), span: $0.span, rank: KnobRank.named)
    }
  }
}

extension PlannedScript {
  /// The places that the `face` statement names, in its order; empty where there is none.
  var facePlaces: [(expression: Expression, place: Point)] {
    guard let face = file.script.statements.lazy.compactMap({ $0.plain(.face) }).first else { return [] }
    return face.entries.compactMap { entry in
      let values = result.values(of: entry.value.span, world: view.world, options: view.options)
      return values.first?.place.map { (entry.value, $0) }
    }
  }
}
