import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// A drag of a handle: finds the numbers that bring it where it is wanted.
struct Drag {
  let script: PlannedScript
  let selection: Selection
  /// What is dragged.
  let subject: DragSubject
  /// Where the handle is, in photo pixels.
  let place: Point
  /// Where it is wanted.
  let target: Point

  /// What a knob comes to.
  struct Outcome {
    var knob: Knob
    var edits: [Diagnostic.Edit]
    var after: PlannedScript
    /// Strokes that change besides the dragged one.
    var moves: Int
    /// Points of the same stroke that come from the same place of the text and move along.
    var copies: Int

    /// The least is the best: moves the fewest, and is the most direct.
    var order: (Int, Int, Int) { (moves, copies, knob.rank) }
  }

  init(_ script: PlannedScript, at location: SourceLocation, handle: Int, by: Point) throws(UserError) {
    guard by.isFinite, abs(by.x) <= Limits.magnitude, abs(by.y) <= Limits.magnitude else {
      throw UserError(.data, "a handle cannot be moved that far")
    }
    self.script = script
    selection = try script.selection(at: location)
    subject = try DragSubject(script, selection, handle)
    place = subject.place
    target = place + by
  }

  /// How far the handle may be from where it is wanted: half a screen pixel, and less where the drag is short.
  private var tolerance: Double { min(script.tolerance, max(target.distance(to: place) / 8, 1e-6)) }

  /// The best knob's outcome.
  ///
  /// - Parameter picked: the literal to change; nil is the most direct that moves the fewest.
  /// - Returns: the edits, and what they do.
  /// - Throws: why the handle can't be moved there.
  func outcome(picked: SourceLocation?) throws(UserError) -> Outcome {
    if let picked { return try outcome(ofPicked: picked) }
    var best: Outcome?
    for knob in subject.knobs {
      guard let found = outcome(of: knob) else { continue }
      // The most direct one that moves nothing else can't be bettered.
      if found.moves == 0, found.copies == 0 { return found }
      if best.map({ found.order < $0.order }) ?? true { best = found }
    }
    if let best { return best }
    for knob in subject.scalarKnobs {
      if let found = outcome(of: knob) { return found }
    }
    throw refusal
  }

  private func outcome(ofPicked place: SourceLocation) throws(UserError) -> Outcome {
    let offset = try script.offset(of: place)
    let known = subject.knobs + subject.namedKnobs
    guard let knob = known.first(where: { $0.span.start == offset }) ?? subject.literalKnob(at: offset) else {
      throw UserError(.data, "there is no literal at \(place.line):\(place.column) that moves this point")
    }
    guard let found = outcome(of: knob) else { throw refusal }
    return found
  }

  /// All literals that could be changed, the best first.
  func targets() throws(UserError) -> [MoveTarget] {
    var found: [Outcome] = []
    for knob in subject.knobs + subject.namedKnobs {
      if let outcome = outcome(of: knob) { found.append(outcome) }
    }
    if found.isEmpty, let outcome = subject.scalarKnobs.lazy.compactMap(outcome(of:)).first {
      found = [outcome]
    }
    guard !found.isEmpty else { throw refusal }
    // Named constants are not changed unasked.
    let unasked = found.filter { $0.knob.rank < KnobRank.named }.sorted { $0.order < $1.order }
    let named = found.filter { $0.knob.rank >= KnobRank.named }.sorted { $0.order < $1.order }
    return (unasked + named).map {
      MoveTarget(
        location: script.source.location(of: $0.knob.span.start), span: $0.knob.span,
        text: script.text($0.knob.span), moves: $0.moves)
    }
  }

  private var refusal: UserError {
    if let file = subject.lockedFile {
      return UserError(
        .data, "this point is written in '\(file)', and a gesture changes only the script at hand",
        hints: ["open '\(file)' itself, or detach the call first"])
    }
    return UserError(
      .data, "no number of the script brings this point where it was dragged",
      hints: ["change the script by hand, or detach the statement first"])
  }

  // MARK: One knob

  /// What a knob comes to; nil where it does not bring the handle to its target.
  private func outcome(of knob: Knob) -> Outcome? {
    var values = knob.values
    var columns: [Point] = []
    var here = place
    // Affine in all but odd cases, so that one step is enough.
    for _ in 0..<4 {
      guard let found = derivative(of: knob, at: values, here) else { return nil }
      columns = found
      guard let step = solve(columns, target - here) else { return nil }
      for index in values.indices { values[index] += step[index] }
      guard values.allSatisfy({ $0.isFinite && abs($0) <= Limits.magnitude }),
        let there = script.with(knob.edits(values, decimals: Numeral.mostDecimals)).flatMap({
          subject.place(in: $0)
        })
      else { return nil }
      here = there
      if here.distance(to: target) <= tolerance / 4 { break }
    }
    guard here.distance(to: target) <= tolerance / 2 else { return nil }
    return written(knob, values, columns)
  }

  /// How the handle moves with each number.
  private func derivative(of knob: Knob, at values: [Double], _ here: Point) -> [Point]? {
    let step = 1 / max(subject.pixelsPerUnit, 1e-3)
    var columns: [Point] = []
    for index in values.indices {
      var column: Point?
      for h in [step, -step, step / 64] where column == nil {
        var moved = values
        moved[index] = Numeral.rounded(moved[index] + h, Numeral.mostDecimals)
        let run = moved[index] - values[index]
        guard run != 0, let after = script.with(knob.edits(moved, decimals: Numeral.mostDecimals)),
          let there = subject.place(in: after)
        else { continue }
        column = (there - here) * (1 / run)
      }
      guard let column else { return nil }
      columns.append(column)
    }
    return columns
  }

  /// The step of the numbers that moves the handle by a vector; least squares where there is one number.
  private func solve(_ columns: [Point], _ by: Point) -> [Double]? {
    if columns.count == 1 {
      let square = columns[0].dot(columns[0])
      return square > 1e-18 ? [columns[0].dot(by) / square] : nil
    }
    guard columns.count == 2 else { return nil }
    let determinant = columns[0].cross(columns[1])
    guard abs(determinant) > 1e-9 * columns[0].length * columns[1].length, determinant != 0 else {
      return nil
    }
    return [by.cross(columns[1]) / determinant, columns[0].cross(by) / determinant]
  }

  /// The values with the fewest decimals that are exact enough.
  private func written(_ knob: Knob, _ exact: [Double], _ columns: [Point]) -> Outcome? {
    let old = knob.values
    // Numbers that as good as don't change keep their text.
    let changed = exact.indices.map { abs(exact[$0] - old[$0]) * columns[$0].length > tolerance / 4 }
    for decimals in 0...Numeral.mostDecimals {
      let values = exact.indices.map { changed[$0] ? Numeral.rounded(exact[$0], decimals) : old[$0] }
      let off = exact.indices.reduce(Point(0, 0)) { $0 + columns[$1] * (values[$1] - exact[$1]) }
      guard off.length < tolerance else { continue }
      let edits = knob.edits(values, decimals: decimals, changed: changed)
      guard let after = script.with(edits), let there = subject.place(in: after),
        there.distance(to: target) < tolerance
      else { continue }
      return Outcome(
        knob: knob, edits: edits, after: after, moves: subject.moves(to: after),
        copies: subject.copies(in: after))
    }
    return nil
  }
}
