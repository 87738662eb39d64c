import FeditPixels
import FeditPlan

extension MaskPlace {
  /// Where a mask lies and how large it is; nil for an empty mask.
  ///
  /// - Parameters:
  ///   - mask: At the photo's resolution.
  ///   - photo: The photo's rectangle.
  ///   - side: The portrait's side in photo pixels, which sizes are measured against.
  ///   - part: What part lies at a place of the photo; nil where no face is known.
  package init?(_ mask: PhotoMask, in photo: PixelRect, side: Double, part: ((Point) -> FacePart)?) {
    let extent = max(mask.width, mask.height)
    guard !mask.isEmpty, mask.count > 0 else { return nil }
    // Beyond the thickness that is asked for, distances need not be told apart.
    let limit = Int((side * MaskSize.thinness / 2).rounded(.up)) + 2
    let deepest = DistanceTransform.squares(mask, in: photo, limit: limit).max() ?? 0
    // The middle of a line of three pixels is two away from what is unset.
    let thickness = 2 * Double(deepest).squareRoot() - 1
    self.init(
      part: part.map { Self.part(of: mask, $0) },
      size: MaskSize(thickness: thickness, area: Double(mask.count), side: side), extent: extent)
  }

  /// The part that most of a mask lies in; of parts with as much, the first in their order.
  private static func part(of mask: PhotoMask, _ part: (Point) -> FacePart) -> FacePart {
    // About 65,000 pixels say as much as all.
    let step = max(1, mask.count >> 16)
    var counts: [FacePart: Int] = [:]
    var seen = 0
    for (index, value) in mask.pixels.enumerated() where value != 0 {
      defer { seen += 1 }
      guard seen % step == 0 else { continue }
      let place = Point(
        Double(mask.x + index % mask.width) + 0.5, Double(mask.y + index / mask.width) + 0.5)
      counts[part(place), default: 0] += 1
    }
    var best = FacePart.background
    var most = 0
    for part in FacePart.allCases where counts[part, default: 0] > most {
      best = part
      most = counts[part, default: 0]
    }
    return best
  }
}
