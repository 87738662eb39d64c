import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import FeditText

/// What edits do to the picture without a generator.
extension EditSession {
  /// Whether all of what an edit warps lies outside the photo.
  ///
  /// - Throws: `UserError` where the picture would be folded.
  private func warpsNothing(_ edit: PlanEdit, _ photo: PlanPhoto) throws -> Bool {
    try warpField(of: edit).map { !$0.reaches(width: photo.width, height: photo.height) } ?? false
  }

  /// What is to be healed, recoloured or warped and draws nothing into the photo.
  func outsidePhoto(_ edit: PlanEdit, _ plan: Plan, _ images: [String: Picture]) throws
    -> [RunWarning]
  {
    func isEmpty(_ stroke: PlanStroke) throws -> Bool {
      try drawing {
        try Rasterizer.area(of: stroke, in: edit, pens: plan.region, photo: plan.photo, images: images)
          .isEmpty
      }
    }
    var unhealed = try edit.strokes.filter { try $0.layer == .heal && isEmpty($0) }
    let masks = edit.isHealed ? edit.strokes.filter(\.masks) : []
    if let first = masks.first, try masks.allSatisfy(isEmpty) { unhealed.append(first) }
    let recolored = edit.strokes.filter { $0.layer == .recolor }
    return try unhealed.compactMap { PlanWarnings.notHealed($0, .outsidePhoto, edit, plan.photo) }
      + (recolored.isEmpty || !recolored.allSatisfy(isEmpty)
        ? [] : [PlanWarnings.nothingRecolored(edit, plan.photo)])
      + (try warpsNothing(edit, plan.photo) ? [PlanWarnings.nothingWarped(edit, plan.photo)] : [])
  }

  private func warpField(of edit: PlanEdit) throws -> WarpField? {
    do { return try Rasterizer.warpField(of: edit) } catch {
      let place =
        edit.strokes.first { $0.layer == .warp }.map { "\($0.place): " } ?? ""
      throw UserError(
        error.exitStatus, terminalSafe("\(place)edit \"\(edit.name)\" cannot be warped: \(error)"),
        hints: ["move less, give it more 'reach', or hold fewer outlines close to each other"])
    }
  }

  /// Carries out an edit's `warp` strokes.
  ///
  /// - Returns: What was changed.
  func warp(
    _ edit: PlanEdit, in picture: inout Picture, _ record: inout Record, _ timings: inout EditReport.Timings
  ) throws -> [PhotoMask] {
    var watch = Stopwatch()
    guard let field = try warpField(of: edit) else { return [] }
    let area = field.apply(to: &picture)
    record.warpedPixels = area.count
    timings.composite += watch.lap()
    return area.isEmpty ? [] : [area]
  }

  /// Carries out an edit's `heal` strokes, and fills its mask where healing is its expert.
  ///
  /// - Returns: What was changed.
  func heal(
    _ edit: PlanEdit, of plan: Plan, in picture: inout Picture, _ images: [String: Picture],
    _ record: inout Record, _ timings: inout EditReport.Timings
  ) throws -> [PhotoMask] {
    var watch = Stopwatch()
    var changed: [PhotoMask] = []
    func note(_ stroke: PlanStroke, _ area: PhotoMask, _ outcome: Heal.Outcome) {
      if let warning = PlanWarnings.notHealed(stroke, outcome, edit, plan.photo) {
        record.notHealed.append(warning)
      } else {
        changed.append(area)
        record.healedPixels += area.count
      }
    }
    if edit.isHealed, let stroke = edit.strokes.first(where: \.masks) {
      let (area, outcome) = try drawing {
        try Rasterizer.healMask(of: edit, in: &picture, pens: plan.region, photo: plan.photo, images: images)
      }
      note(stroke, area, outcome)
    }
    if edit.heals {
      let strokes = try drawing {
        try Rasterizer.heal(edit, in: &picture, pens: plan.region, photo: plan.photo, images: images)
      }
      for (stroke, area, outcome) in strokes { note(stroke, area, outcome) }
    }
    timings.composite += watch.lap()
    return changed
  }

  /// Carries out an edit's `recolor` strokes.
  ///
  /// - Returns: What was changed.
  func recolor(
    _ edit: PlanEdit, of plan: Plan, in picture: inout Picture, _ images: [String: Picture],
    _ record: inout Record, _ timings: inout EditReport.Timings
  ) throws -> [PhotoMask] {
    guard edit.recolors else { return [] }
    var watch = Stopwatch()
    let areas = try drawing {
      try Rasterizer.recolor(edit, in: &picture, pens: plan.region, photo: plan.photo, images: images)
    }
    record.recoloredPixels = areas.reduce(0) { $0 + $1.count }
    timings.composite += watch.lap()
    return areas
  }
}
