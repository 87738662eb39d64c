import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// A statement, or an entry of `paint`, at a place of the script at hand.
struct Selection {
  var statement: Statement
  var entry: Paint.Entry?
  /// The statements around it, the outermost first.
  var parents: [Statement]

  /// The entry's span, or the statement's.
  var span: Span { entry?.span ?? statement.span }
  /// The entry's tokens, or the statement's.
  var tokens: Range<Int> { entry?.tokens ?? statement.tokens }

  /// A handle of a selection: where it is in the plan.
  struct Handle {
    /// Among all strokes.
    var stroke: Int
    /// Among the stroke's handles.
    var index: Int
  }
}

extension PlannedScript {
  /// The UTF-8 offset of a place.
  ///
  /// - Throws: `.data` where the script has no such place.
  func offset(of place: SourceLocation) throws(UserError) -> Int {
    if let offset = source.offset(of: place) { return offset }
    guard (1...source.lineStarts.count).contains(place.line) else {
      let count = source.lineStarts.count
      throw UserError(
        .data, "there is no line \(place.line): '\(view.name)' has \(count) line\(count == 1 ? "" : "s")",
        hints: ["lines and columns count from 1"])
    }
    let columns = source.line(place.line).unicodeScalars.count
    throw UserError(
      .data, "there is no column \(place.column) in line \(place.line), which has \(columns)",
      hints: ["lines and columns count from 1"])
  }

  /// What stands at a place: the innermost statement, or entry of `paint`.
  ///
  /// A place in the spaces before a line's first statement means that statement; one inside a block, but in none of its
  /// statements, means nothing.
  ///
  /// - Throws: `.data` where no statement is there.
  func selection(at place: SourceLocation) throws(UserError) -> Selection {
    var offset = try offset(of: place)
    while offset < source.utf8.count, source.utf8[offset] == 0x20 || source.utf8[offset] == 0x09 {
      offset += 1
    }
    let around = file.script.statements(at: offset)
    guard let statement = around.last else { throw nothing(at: place) }
    let blocks = statement.blocks.map(\.span)
    let isInside = blocks.contains { $0.start < offset && offset < $0.end - 1 }
    guard !isInside else { throw nothing(at: place) }
    var entry: Paint.Entry?
    if case .paint(let paint) = statement.kind {
      entry = paint.entries.first { $0.span.start <= offset && offset <= $0.span.end }
    }
    return Selection(statement: statement, entry: entry, parents: Array(around.dropLast()))
  }

  private func nothing(at place: SourceLocation) -> UserError {
    UserError(
      .data, "there is no statement at \(place.line):\(place.column) of '\(view.name)'",
      hints: ["give the line and column where one begins"])
  }

  /// The statement that drew a stroke, as the script at hand has it: the stroke's own, or the outermost call that led to
  /// it; nil where neither stands in it.
  func statement(of stroke: PlanStroke) -> Span? {
    let sites = stroke.origin.calls + [stroke.origin.statement]
    guard let site = sites.first(where: { $0.file == file.path }) else { return nil }
    // An entry of `paint` is a part of its statement.
    return file.script.statements(at: site.start).last?.span ?? Span(site.start, site.end)
  }

  /// The strokes that a selection draws, by their numbers; for a `let` those made of its points.
  func strokes(of selection: Selection) -> [Int] {
    let span = selection.span
    func isInside(_ site: PlanOrigin.Site) -> Bool {
      site.file == file.path && span.start <= site.start && site.end <= span.end
    }
    let drawn = strokes.indices.filter {
      isInside(strokes[$0].origin.statement) || strokes[$0].origin.calls.contains(where: isInside)
    }
    guard drawn.isEmpty, case .letValue = selection.statement.kind else { return drawn }
    return strokes.indices.filter { strokes[$0].origin.handles.contains { isInside($0.site) } }
  }

  /// The handles of a selection in the order of their numbers; those that several strokes share count once.
  func handles(of selection: Selection) -> [Selection.Handle] {
    struct Key: Hashable {
      var site: PlanOrigin.Site
      var place: Point
      var calls: [PlanOrigin.Site]
    }
    var seen: Set<Key> = []
    var result: [Selection.Handle] = []
    for number in strokes(of: selection) {
      let origin = strokes[number].origin
      for (index, handle) in origin.handles.enumerated()
      where seen.insert(Key(site: handle.site, place: handle.place, calls: origin.calls)).inserted {
        result.append(.init(stroke: number, index: index))
      }
    }
    return result
  }

  /// What a site is called in messages: the file's name.
  func fileName(_ path: String) -> String {
    result.sources.first { $0.path == path }?.source.name ?? path
  }
}

extension Statement {
  /// What a message calls it.
  var noun: String { id.map { "'\($0.rawValue)'" } ?? "a call" }
}
