import FeditImage
import FeditPlan
import FeditRaster

extension EditSession {
  /// Strokes over a picture, to look at.
  ///
  /// - Parameters:
  ///   - edits: Whose strokes are drawn.
  ///   - plan: Where they come from.
  ///   - base: What they are drawn onto: a part of the photo in the view's size.
  ///   - view: What part that is.
  ///   - style: How strokes are drawn.
  /// - Returns: 8-bit RGB in the view's size.
  /// - Throws: `UserError` where an image of the script can't be read.
  public func drawing(
    of edits: [PlanEdit], in plan: Plan, onto base: Picture, view: Overlay.View, style: Overlay = Overlay()
  ) throws -> Picture {
    var images: [String: Picture] = [:]
    for edit in edits { images.merge(try self.images(of: edit)) { first, _ in first } }
    return try drawing {
      try style.draw(edits, onto: base, region: plan.region, images: images, view: view)
    }
  }

  /// The place that an edit's masks take up, for views of what was filled.
  ///
  /// - Returns: Two opposite corners in photo pixels; nil where nothing is masked.
  /// - Throws: `UserError` where an image of the script can't be read.
  public func maskedCorners(of edit: PlanEdit, in plan: Plan) throws -> [Point]? {
    let images = try images(of: edit)
    let parts = try parts(of: edit, in: plan, images)
    guard !parts.squares.isEmpty else { return nil }
    let mask = parts.bounds
    return [Point(Double(mask.x), Double(mask.y)), Point(Double(mask.maxX), Double(mask.maxY))]
  }
}
