import FeditFiles
import FeditGenerator
import FeditImage
import FeditPixels
import FeditPlan
import FeditProvenance
import FeditRaster
import FeditSession

/// A script that is looked at in a review.
public struct ReviewedScript {
  /// What the page calls it: `recipe.fedit`, `HEAD~1:recipe.fedit`.
  public var name: String
  /// What it comes to.
  public var plan: Plan
  /// What the plan was checked with; runs it.
  public var session: EditSession

  /// A script with its plan and the session that made it.
  public init(name: String, plan: Plan, session: EditSession) {
    self.name = name
    self.plan = plan
    self.session = session
  }

  /// The plan with files told apart by their contents.
  ///
  /// - Throws: `FileError` where an input can't be read, `UserError` where the model can't be used.
  func identified() throws -> Plan {
    try plan.identified(model: try session.model(for: plan).sha256) { file in
      do throws(FileError) {
        return try session.world.sha256(of: file.path)
      } catch {
        throw error.named(file.name)
      }
    }
  }
}

/// Two scripts side by side: in what they differ, and what that does to the picture.
public struct Comparison {
  /// The earlier side.
  public let before: ReviewedScript
  /// The later side.
  public let after: ReviewedScript
  /// None where both give the same picture by the same strokes.
  public let differences: [PlanDifference]
  /// Strokes that only one of them has.
  private let changed: (old: [PlanEdit], new: [PlanEdit])

  /// Compares the plans, and the contents of what they read.
  ///
  /// - Throws: `FileError` where an input can't be read, `UserError` where a model can't be used.
  public init(_ before: ReviewedScript, _ after: ReviewedScript) throws {
    self.before = before
    self.after = after
    let old = try before.identified()
    let new = try after.identified()
    differences = old.differences(to: new)
    // Drawn from the plans themselves, whose paths can be opened.
    let changes = old.changedStrokes(to: new)
    changed = (
      Self.strokes(of: changes.old, from: old, in: before.plan),
      Self.strokes(of: changes.new, from: new, in: after.plan)
    )
  }

  /// The strokes of an identified plan as the plan itself has them.
  private static func strokes(of edits: [PlanEdit], from identified: Plan, in plan: Plan) -> [PlanEdit] {
    edits.map { edit in
      guard let index = identified.edits.firstIndex(where: { $0.index == edit.index }) else { return edit }
      var result = plan.edits[index]
      var wanted = edit.strokes[...]
      result.strokes = zip(identified.edits[index].strokes, result.strokes).compactMap { known, stroke in
        guard known == wanted.first else { return nil }
        wanted = wanted.dropFirst()
        return stroke
      }
      return result
    }
  }

  /// What the picture of a comparison shows.
  public struct Page {
    /// To be written as a PNG.
    public var picture: Picture
    /// How far the results differ; nil where they are of different sizes.
    public var difference: ResultDifference?
  }

  /// Runs both scripts and draws a page: strokes, results, and what differs, before and after side by side.
  ///
  /// - Parameter control: Stops a run.
  /// - Returns: The page, and how far the results differ.
  /// - Throws: `UserError`.
  public func page(control: RunControl) throws -> Page {
    let photos = (
      before: try before.session.photo(of: before.plan), after: try after.session.photo(of: after.plan)
    )
    let results = (
      before: try before.session.run(before.plan, control: control, collectsSaves: false).picture,
      after: try after.session.run(after.plan, control: control, collectsSaves: false).picture
    )
    let isSameSize = photos.before.width == photos.after.width && photos.before.height == photos.after.height
    let regions = [before.plan.region, after.plan.region]
    let cell = 512
    // Both show the same place, where there is one.
    let parts = (
      before: Overlay.View.around(isSameSize ? regions : [regions[0]], of: before.plan.photo),
      after: Overlay.View.around(isSameSize ? regions : [regions[1]], of: after.plan.photo)
    )
    let views = (
      before: parts.before.fitted(width: cell, height: cell),
      after: parts.after.fitted(width: cell, height: cell)
    )
    var rows: [[Sheet.Cell]] = [
      [
        Sheet.Cell(
          try before.session.drawing(
            of: before.plan.edits, in: before.plan, onto: views.before.picture(of: photos.before),
            view: views.before),
          caption: "before: strokes"),
        Sheet.Cell(
          try after.session.drawing(
            of: after.plan.edits, in: after.plan, onto: views.after.picture(of: photos.after),
            view: views.after),
          caption: "after: strokes"),
      ],
      [
        Sheet.Cell(views.before.picture(of: results.before), caption: "before: result"),
        Sheet.Cell(views.after.picture(of: results.after), caption: "after: result"),
      ],
    ]
    var difference: ResultDifference?
    if isSameSize {
      rows[0].append(
        Sheet.Cell(
          try changedStrokes(over: photos.after, view: views.after), caption: "gone: red, new: green"))
      let found = ResultDifference(results.before, results.after)
      // Its pixels as squares: a single one is seen, and none is made up.
      rows[1].append(
        Sheet.Cell(
          parts.after.picture(of: found.picture),
          caption: found.pixels == 0
            ? "difference: none"
            : "difference: \(found.pixels) pixel\(found.pixels == 1 ? "" : "s"), up to \(found.largest) levels"
        ))
      difference = found
    }
    let lines = report.lines
    var notes = lines.prefix(Self.noteLimit).map { line in
      let color: RGB8? =
        switch line.kind {
        case nil: nil
        case .added: Self.newColor
        case .removed: Self.goneColor
        case .changed: RGB8(red: 230, green: 170, blue: 40)
        }
      return Sheet.Note(line.text, color: color)
    }
    if lines.count > Self.noteLimit { notes.append("… and \(lines.count - Self.noteLimit) more lines") }
    if lines.isEmpty { notes.append("no difference in meaning") }
    let sheet = Sheet(
      title: "\(before.name) → \(after.name)", rows: rows, notes: notes, cellWidth: cell, textScale: 3)
    return Page(picture: sheet.render(), difference: difference)
  }

  private static let goneColor = RGB8(red: 220, green: 40, blue: 40)
  private static let newColor = RGB8(red: 20, green: 160, blue: 60)
  /// Lines of the page's list.
  private static let noteLimit = 40

  /// The strokes that only one script has, over the photo in faint grey.
  private func changedStrokes(over photo: Picture, view: Overlay.View) throws -> Picture {
    var picture = view.picture(of: photo).faded
    func draw(_ edits: [PlanEdit], _ script: ReviewedScript, _ color: RGB8) throws {
      var style = Overlay()
      style.ink = color
      style.colorOpacity = 0.55
      style.showsRegion = false
      // An erased place is shown like a drawn one: it is where something changed.
      let drawn = edits.map { edit in
        var edit = edit
        for index in edit.strokes.indices { edit.strokes[index].isErase = false }
        return edit
      }
      picture = try script.session.drawing(
        of: drawn, in: script.plan, onto: picture, view: view, style: style)
    }
    try draw(changed.old, before, Self.goneColor)
    try draw(changed.new, after, Self.newColor)
    return picture
  }
}
