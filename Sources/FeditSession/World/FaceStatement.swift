import FeditPlan
import FeditProgram

extension FaceGeometry {
  /// The statement for a script, in photo pixels.
  public var statement: String {
    func text(_ p: Point) -> String {
      func tenths(_ value: Double) -> String { numberText(value, decimals: 1) }
      return "(\(tenths(p.x)), \(tenths(p.y)))"
    }
    return "face eyes \(text(leftEye)), \(text(rightEye)) mouth \(text(mouth))"
  }
}
