import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// How much of an edit's sketch and colour lies outside its mask.
struct LayerLosses: Sendable {
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
      case .mask: break
      }
    }
  }
}

/// What a plan and its layers give reason to say.
enum PlanWarnings {
  /// A line along the mask's border loses a pixel here and there; that is not worth a word.
  static func isWorthSaying(lost: Int, of drawn: Int) -> Bool { lost * 100 > drawn }

  static func emptyMask(_ edit: PlanEdit) -> RunWarning {
    let stroke = edit.strokes.first { $0.layer == .mask && !$0.isErase }
    return RunWarning(
      .emptyMask,
      "the mask of edit \"\(terminalSafe(edit.name))\" is empty, so nothing is generated",
      at: stroke,
      hints: ["it lies outside the photo or the region, or is erased; 'fedit plan' shows where it is drawn"])
  }

  static func losses(_ losses: LayerLosses, of edit: PlanEdit) -> [RunWarning] {
    [PlanLayer.sketch, .color].compactMap { layer in
      guard let loss = losses[layer], isWorthSaying(lost: loss.lost, of: loss.drawn) else { return nil }
      let what = layer == .sketch ? "sketch" : "colour"
      let share =
        loss.lost == loss.drawn
        ? "all \(loss.drawn) \(what) pixels"
        : "\(loss.lost) of \(loss.drawn) \(what) pixels (\(percent(loss.lost, of: loss.drawn)))"
      return RunWarning(
        .outsideMask,
        "\(share) of edit \"\(terminalSafe(edit.name))\" lie outside its mask and have no effect",
        at: edit.strokes.indices.contains(loss.stroke) ? edit.strokes[loss.stroke] : nil,
        hints: ["mask the place as well, for instance with the same shape grown: mask SHAPE.grown(4)"])
    }
  }

  private static func percent(_ part: Int, of whole: Int) -> String {
    let share = Double(part) / Double(whole) * 100
    return share < 1 ? "under 1 %" : "\(Int(share.rounded())) %"
  }

  /// The region has more than twice the generator's side.
  static func enlargement(_ plan: Plan) -> [RunWarning] {
    let factor = plan.region.side / Double(plan.region.size)
    guard factor > 2, let edit = plan.edits.first(where: \.hasMask) else { return [] }
    let stroke = edit.strokes.first { $0.layer == .mask && !$0.isErase }
    let times = numberText((factor * 10).rounded() / 10)
    let larger = plan.region.side / 2
    let size = Int((larger / 128).rounded(.up)) * 128
    return [
      RunWarning(
        .fillEnlarged,
        "the fill is enlarged \(times) times, from \(plan.region.size) to "
          + "\(numberText(plan.region.side.rounded())) pixels, and will look soft",
        at: stroke,
        hints: [
          "look at a smaller square around the edit: region (X, Y) size \(2 * plan.region.size)",
          size <= 8192
            ? "or let the generator run larger: at \(size) (slower; it was trained at \(plan.model.size))"
            : "or begin with a smaller photo",
        ])
    ]
  }
}
