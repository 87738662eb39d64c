import FeditPlan

/// A round pen under an affine map: an ellipse about the origin, in device pixels.
///
/// It is held as the lower triangular map of the unit disc to the ellipse, which square roots alone
/// give, so that its bits do not depend on how the pen came about.
struct Pen: Hashable {
  /// No pen reaches farther than this, in pixels; a wider one is made smaller. That leaves Cairo's
  /// 24.8 fixed point (±8.3 million) room and is more than any picture is wide.
  static let largestReach = 1_048_576.0

  /// `x = a u`, `y = b u + d v` for `u² + v² <= 1`.
  private(set) var a: Double
  private(set) var b: Double
  private(set) var d: Double
  /// The ellipse's shorter half axis before it was made thick enough to be drawn.
  private(set) var shorterRadius: Double

  /// A pen of a radius in the units of a frame.
  ///
  /// - Parameters:
  ///   - radius: In script units.
  ///   - frame: From script units to photo pixels.
  ///   - map: From photo to device pixels.
  init(radius: Double, _ frame: Affine, _ map: Affine) {
    // The disc's image depends on M Mᵀ alone.
    let m = frame.then(map)
    let xx = (m.a * m.a + m.c * m.c) * radius * radius
    let xy = (m.a * m.b + m.c * m.d) * radius * radius
    let yy = (m.b * m.b + m.d * m.d) * radius * radius
    self.init(xx, xy, yy)
  }

  /// From the symmetric matrix whose square root maps the unit disc to the pen.
  private init(_ xx: Double, _ xy: Double, _ yy: Double) {
    var xx = min(xx, 1e30)
    var yy = min(yy, 1e30)
    let xy = min(max(xy, -1e30), 1e30)
    let half = (xx + yy) / 2
    let difference = (xx - yy) / 2
    let spread = (difference * difference + xy * xy).squareRoot()
    let least = max(half - spread, 0)
    shorterRadius = least.squareRoot()
    // A pen without an extent has no inverse, and Cairo wants one.
    let thinnest = 1.0 / 1024
    if least < thinnest {
      xx += thinnest
      yy += thinnest
    }
    a = xx.squareRoot()
    b = xy / a
    d = max(yy - b * b, thinnest / 4).squareRoot()
    let reach = max(reachX, reachY)
    if reach > Self.largestReach {
      let scale = Self.largestReach / reach
      a *= scale
      b *= scale
      d = max(d * scale, thinnest)
    }
  }

  /// How far it reaches to the left and right.
  var reachX: Double { a }
  /// How far it reaches up and down.
  var reachY: Double { (b * b + d * d).squareRoot() }
  /// Whether a line of it may pass between pixel centres.
  var isThin: Bool { shorterRadius < 0.5 }
  /// Whether no part of it is wider than a pixel.
  var isDot: Bool { isThin && max(reachX, reachY) < 0.5 }

  /// The pen with half axes longer by an amount.
  func grown(by amount: Double) -> Pen {
    let xx = a * a
    let xy = a * b
    let yy = b * b + d * d
    // The root of a symmetric 2×2 matrix: (M + √det I) / √(trace + 2 √det).
    let root = max(xx * yy - xy * xy, 0).squareRoot()
    let scale = (xx + yy + 2 * root).squareRoot()
    let p = (xx + root) / scale + amount
    let q = xy / scale
    let r = (yy + root) / scale + amount
    return Pen(p * p + q * q, q * (p + r), q * q + r * r)
  }

  func scaled(by factor: Double) -> Pen {
    let f = factor * factor
    return Pen(a * a * f, a * b * f, (b * b + d * d) * f)
  }

  /// Where the row at a height above the pen's middle cuts it: from and to, or nil where it passes by.
  func span(atRow dy: Double) -> (from: Double, to: Double)? {
    let yy = b * b + d * d
    let rest = 1 - dy * dy / yy
    guard rest >= 0 else { return nil }
    let middle = a * b / yy * dy
    let half = (max(a * a - a * b * a * b / yy, 0) * rest).squareRoot()
    return (middle - half, middle + half)
  }
}
