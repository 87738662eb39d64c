import FeditImage
import FeditPlan

/// What `blend` does where nothing is written: a narrow feather.
enum SeamCorrection {
  /// In photo pixels: one and a half generator pixels.
  static func featherWidth(_ region: PlanRegion) -> Double { max(1.5, 1.5 * region.side / Double(region.size)) }

  static func apply(to fill: inout [Float], picture: Picture, mask: PhotoMask, region: PlanRegion) {}
}
