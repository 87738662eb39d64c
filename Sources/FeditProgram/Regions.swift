import FeditPlan

enum Regions {
  /// The square in which a face lies as in the training portraits: the side is 4.2 eye distances, the
  /// eyes are level and their middle is at (0.5, 0.475).
  static func aligned(left: Point, right: Point, size: Int) -> PlanRegion {
    let x = right.x - left.x
    let y = right.y - left.y
    let distance = (x * x + y * y).squareRoot()
    let side = 4.2 * distance
    let scale = side / Double(size)
    let turn = Affine(
      a: x / distance * scale, b: y / distance * scale, c: -y / distance * scale, d: x / distance * scale,
      tx: 0,
      ty: 0)
    let anchor = turn(Point(0.5 * Double(size), 0.475 * Double(size)))
    let toPhoto = turn.then(
      .translation((left.x + right.x) / 2 - anchor.x, (left.y + right.y) / 2 - anchor.y))
    return PlanRegion(toPhoto: toPhoto, side: side, size: size, origin: .face)
  }

  /// The square around the masks with as much again on each side, in whole pixels; sides and corners
  /// are snapped to eighths, so that a small change does not move it. At least as large as the
  /// generator's frame where the photo allows, and inside the photo where it fits.
  static func around(_ bounds: Bounds?, photo: PlanPhoto, size: Int) -> PlanRegion {
    let width = Double(photo.width)
    let height = Double(photo.height)
    let shorter = min(width, height)
    let longer = max(width, height)
    let box = bounds ?? Bounds(from: Point(0, 0), to: Point(width, height))
    let extent = max(box.high.x - box.low.x, box.high.y - box.low.y, 1)
    let wanted = min(max(3 * extent, min(Double(size), shorter)), longer)
    // Eighths of the power of two at or below the side.
    var power = 8.0
    while power * 2 <= wanted { power *= 2 }
    let grain = power / 8
    var side = (wanted / grain).rounded(.up) * grain
    if side > longer { side = longer.rounded() }
    let eighth = max(1, (side / 8).rounded(.down))
    func corner(_ low: Double, _ high: Double, _ length: Double) -> Double {
      let free = (((low + high) / 2 - side / 2) / eighth).rounded() * eighth
      // Inside the photo where it fits, else centred over it.
      return side <= length ? min(max(free, 0), length - side) : ((length - side) / 2).rounded()
    }
    let scale = side / Double(size)
    let origin = Point(corner(box.low.x, box.high.x, width), corner(box.low.y, box.high.y, height))
    return PlanRegion(
      toPhoto: Affine.scale(scale, scale).then(.translation(origin.x, origin.y)), side: side, size: size,
      origin: .aroundMasks)
  }
}
