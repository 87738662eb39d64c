import FeditPlan
import FeditProgram
import FeditRaster
import FeditSyntax
import FeditText

/// How much of an edit's sketch and colour lies outside its mask.
struct ClippedGuidance: Sendable {
  struct Loss: Sendable {
    /// Generator pixels outside the mask.
    var lost: Int
    /// All generator pixels of the layer.
    var drawn: Int
    /// The index of the stroke that loses most.
    var stroke: Int
  }

  var sketch: Loss?
  var color: Loss?

  subscript(layer: PlanLayer) -> Loss? {
    get { layer == .sketch ? sketch : layer == .color ? color : nil }
    set {
      switch layer {
      case .sketch: sketch = newValue
      case .color: color = newValue
      case .mask, .recolor, .heal, .warp: break
      }
    }
  }
}

/// What a plan and its layers give reason to say.
enum PlanWarnings {
  /// A line along the mask's border loses a pixel here and there; that is not worth a word.
  static func isWorthSaying(lost: Int, of drawn: Int) -> Bool { lost * 100 > drawn }

  static func emptyMask(_ edit: PlanEdit) -> RunWarning {
    let stroke = edit.strokes.first(where: \.masks)
    return RunWarning(
      .emptyMask,
      "the mask of edit \"\(terminalSafe(edit.name))\" is empty, so nothing is generated",
      at: stroke,
      hints: ["it lies outside the photo, or is erased; 'fedit plan' shows where it is drawn"],
      isFailure: true)
  }

  static func nothingRecolored(_ edit: PlanEdit, _ photo: PlanPhoto) -> RunWarning {
    let stroke = edit.strokes.first { $0.layer == .recolor }
    return RunWarning(
      .emptyMask,
      "nothing of what edit \"\(terminalSafe(edit.name))\" recolours lies in the photo", at: stroke,
      hints: [outside(stroke, photo)], isFailure: true)
  }

  static func nothingWarped(_ edit: PlanEdit, _ photo: PlanPhoto) -> RunWarning {
    let stroke = edit.strokes.first { $0.layer == .warp }
    return RunWarning(
      .emptyMask, "nothing of what edit \"\(terminalSafe(edit.name))\" warps lies in the photo", at: stroke,
      hints: [outside(stroke, photo)], isFailure: true)
  }

  /// Where a stroke lies that draws nothing into the photo.
  private static func outside(_ stroke: PlanStroke?, _ photo: PlanPhoto) -> String {
    guard let stroke, Bounds(of: stroke) != nil else { return "'fedit plan' shows where it is drawn" }
    return "it reaches from \(StrokeLines.box(stroke)) in a photo of \(photo.width)×\(photo.height) pixels: "
      + "move it into the photo"
  }

  static func notHealed(
    _ stroke: PlanStroke, _ outcome: Heal.Outcome, _ edit: PlanEdit, _ photo: PlanPhoto
  ) -> RunWarning? {
    let name = terminalSafe(edit.name)
    let (message, hint) =
      switch outcome {
      case .healed: ("", "")
      case .outsidePhoto:
        (
          stroke.masks
            ? "nothing of the mask that edit \"\(name)\" heals lies in the photo"
            : "nothing of this 'heal' of edit \"\(name)\" lies in the photo", outside(stroke, photo)
        )
      case .nothingToCopy:
        (
          "edit \"\(name)\" heals all of what it could be healed with",
          "heal less, so that some of the photo around it is left"
        )
      case .tooLarge(let width, let height):
        (
          "edit \"\(name)\" heals \(width)×\(height) pixels, at most \(Heal.longest) on a side",
          "use 'mask' for large areas, or heal parts"
        )
      }
    guard outcome != .healed else { return nil }
    return RunWarning(.emptyMask, message, at: stroke, hints: [hint], isFailure: true)
  }

  /// A written region that does not hold all of the mask.
  static func leftOut(_ count: Int, _ edit: PlanEdit) -> RunWarning {
    RunWarning(
      .outsideRegion,
      "\(count) masked pixels of edit \"\(terminalSafe(edit.name))\" lie outside its region and "
        + "are not filled",
      at: edit.strokes.first(where: \.masks),
      hints: ["make the region larger, or leave it out: then squares are chosen that hold all masks"],
      isFailure: true, fix: .leavingOut(.region, edit: edit.name))
  }

  /// A colour line that is narrower than what the generator shows.
  static func thinColors(_ plan: Plan, _ edit: PlanEdit) -> [RunWarning] {
    let pixel = pixel(of: edit, in: plan)
    return edit.strokes.compactMap { stroke -> RunWarning? in
      guard stroke.layer == .color, !stroke.isErase, let brush = stroke.brush,
        case .shape(let shape) = stroke.content, !shape.isClosed
      else { return nil }
      let unit = brush.pen.scaleFactor
      guard unit > 0, brush.width * unit < 1.5 * pixel else { return nil }
      let least = WarningFix.rounded(2.5 * pixel / unit)
      return RunWarning(
        .thinColor,
        "this line of colour is \(numberText(WarningFix.rounded(brush.width * unit / pixel))) generator pixels wide, "
          + "too thin to show",
        at: stroke, hints: ["brush \(numberText(least)) is wide enough"], fix: .brush(least, stroke))
    }
  }

  /// The side of a generator pixel in photo pixels, in the coarsest of an edit's squares.
  static func pixel(of edit: PlanEdit, in plan: Plan) -> Double {
    edit.squares(in: plan).map { $0.side / Double($0.size) }.max() ?? 1
  }

  static func clipped(_ clipped: ClippedGuidance, of edit: PlanEdit, in plan: Plan) -> [RunWarning] {
    let pixel = pixel(of: edit, in: plan)
    return [PlanLayer.sketch, .color].compactMap { layer -> RunWarning? in
      guard let loss = clipped[layer], isWorthSaying(lost: loss.lost, of: loss.drawn) else { return nil }
      let what = layer == .sketch ? "sketch" : "colour"
      let share =
        loss.lost == loss.drawn
        ? "all \(loss.drawn) \(what) pixels"
        : "\(loss.lost) of \(loss.drawn) \(what) pixels (\(percent(loss.lost, of: loss.drawn)))"
      let stroke = edit.strokes.indices.contains(loss.stroke) ? edit.strokes[loss.stroke] : nil
      return RunWarning(
        .outsideMask,
        "\(share) of edit \"\(terminalSafe(edit.name))\" lie outside its mask and have no effect",
        at: stroke,
        hints: ["mask the place as well, for instance with the same shape grown: mask SHAPE.grown(4)"],
        fix: stroke.flatMap { .maskingToo($0, by: pixel * 4) })
    }
  }

  private static func percent(_ part: Int, of whole: Int) -> String {
    let share = Double(part) / Double(whole) * 100
    return share < 1 ? "under 1 %" : "\(Int(share.rounded())) %"
  }

  /// A square that has more than twice the generator's side, and no octaves to fill it finely.
  static func enlargement(_ plan: Plan) -> [RunWarning] {
    for edit in plan.edits where edit.hasMask {
      for square in edit.squares(in: plan) {
        guard let last = Octaves(square, most: edit.mostOctaves).levels.last, last.scale > 2 else { continue }
        let times = numberText(last.scale, decimals: 1)
        let stroke = edit.strokes.first(where: \.masks)
        return [
          RunWarning(
            .fillEnlarged,
            "the fill is enlarged \(times) times, to a square of \(numberText(square.side.rounded())) pixels, "
              + "and will look soft",
            at: stroke,
            hints: ["leave out 'octaves', and the fill is refined up to the photo's resolution"],
            fix: .leavingOut(.octaves, edit: edit.name))
        ]
      }
    }
    return []
  }
}

extension ProgramResult {
  /// Warnings of the plan without those that only follow from what the check has warned of: a mask at photo pixels
  /// inside 'in face' is empty because of that.
  ///
  /// - Parameter warnings: Of this result's plan.
  /// - Returns: Diagnostics of the program's files.
  public func diagnostics(of warnings: [RunWarning]) -> [Diagnostic] {
    let sources = sources.map(\.source)
    let causes = diagnostics.filter { $0.id == .photoPixelsInFace }.map(\.range)
    return warnings.map { $0.diagnostic(in: sources) }.filter { warning in
      warning.id != .emptyMask
        || !causes.contains { cause in
          cause.source === warning.range.source && warning.range.span.start <= cause.span.start
            && cause.span.end <= warning.range.span.end
        }
    }
  }
}
