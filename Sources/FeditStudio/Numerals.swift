import FeditPlan
import FeditProgram

/// Numbers as a person writes them.
enum Numeral {
  /// The most decimals that are written.
  static let mostDecimals = 9

  /// A number rounded to so many decimals.
  static func rounded(_ value: Double, _ decimals: Int) -> Double {
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    let result = (value * power).rounded() / power
    return result == 0 ? 0 : result
  }

  /// A number with at most so many decimals, without needless zeros and without an exponent.
  static func text(_ value: Double, _ decimals: Int) -> String {
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    let scaled = (abs(value) * power).rounded()
    guard scaled < 9e15 else { return numberText(value) }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let whole = padded.dropLast(decimals)
    var rest = padded.suffix(decimals)
    while rest.last == "0" { rest.removeLast() }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return sign + whole + (rest.isEmpty ? "" : "." + rest)
  }

  static func text(_ point: Point, _ decimals: Int) -> String {
    "(\(text(point.x, decimals)), \(text(point.y, decimals)))"
  }
}

extension Point {
  static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
  static func * (a: Point, k: Double) -> Point { Point(a.x * k, a.y * k) }

  /// Its distance from the origin.
  var length: Double { (x * x + y * y).squareRoot() }
  func dot(_ other: Point) -> Double { x * other.x + y * other.y }
  func cross(_ other: Point) -> Double { x * other.y - y * other.x }
  func distance(to other: Point) -> Double { (self - other).length }
  var isFinite: Bool { x.isFinite && y.isFinite }
}

extension Affine {
  /// The map of vectors.
  func vector(_ v: Point) -> Point { Point(a * v.x + c * v.y, b * v.x + d * v.y) }
}
