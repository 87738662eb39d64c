import FeditPlan
import FeditProgram

/// From a hand's line to the shape that a statement draws: few points, few decimals, and near the line.
///
/// All lengths are in the units in which the shape is written.
public struct StrokeFit: Sendable {
  /// How far a shape may be from the hand's line: in photo pixels, and where the photo is shown smaller, in screen pixels.
  public static let reach = 1.5
  /// More points than this are written only where the line asks for them.
  public static let fewPoints = 9

  /// The length of a photo pixel.
  public var photoPixel: Double
  /// The length of a screen pixel.
  public var screenPixel: Double
  /// 0 … 1.
  public var smoothing: Double
  /// Whether nearly straight and round lines become `line`, `polygon`, `circle`, `ellipse`.
  public var recognizes: Bool
  /// How far the shape may be from the line, the closest first: each is tried until there are few points.
  public var reaches: [Double]
  /// With how many decimals numbers are written; nil is as few as the reach allows.
  public var decimals: Int?

  /// A fit whose reach is 1.5 pixels of the photo or of the screen.
  public init(photoPixel: Double, screenPixel: Double, smoothing: Double = 0.25, recognizes: Bool = true) {
    self.photoPixel = photoPixel
    self.screenPixel = screenPixel
    self.smoothing = smoothing
    self.recognizes = recognizes
    let close = Self.reach * min(photoPixel, screenPixel)
    let far = Self.reach * max(photoPixel, screenPixel)
    reaches = close < far * 0.99 ? [close, (close * far).squareRoot(), far] : [far]
  }

  /// What is written for a line.
  public struct Result: Sendable {
    /// As an expression: `curve((1, 2), …)`.
    public var text: String
    /// How many points it has.
    public var count: Int
    /// The same shape's outline as SVG path data.
    public var pathData: String
  }

  /// The shape for a line.
  ///
  /// - Parameters:
  ///   - raw: the points as the hand drew them.
  ///   - closing: whether its ends are joined.
  /// - Returns: nil where they are all at one place.
  public func fit(_ raw: [Point], closing: HandLine.Closing = .automatic) -> Result? {
    guard let (shape, decimals) = shape(raw, closing: closing, kind: nil) else { return nil }
    return Result(
      text: shape.text(decimals), count: shape.points.count,
      pathData: shape.rounded(decimals).paths.map(\.data).joined())
  }

  /// What a shape has to be, where a statement is drawn again.
  enum Kind { case line, polygon, curve, blob, circle, ellipse }

  /// The shape for a line, and with how many decimals it is written.
  func shape(_ raw: [Point], closing: HandLine.Closing, kind: Kind?) -> (DrawnShape, Int)? {
    let line = HandLine(raw, .init(pixel: screenPixel, smoothing: smoothing, closing: closing))
    guard line.points.count > 1 else { return nil }
    return shape(of: line, kind: kind).map { ($0, decimals($0, line)) }
  }

  private func shape(of line: HandLine, kind: Kind?) -> DrawnShape? {
    let tolerances = tolerances(line)
    let loosest = tolerances[tolerances.count - 1]
    switch kind {
    case nil:
      if recognizes, let simple = DrawnShape.recognized(line, tolerance: loosest) { return simple }
      return line.isClosed ? .blob(curve(line, tolerances)) : open(line, tolerances)
    case .line: return .line(DrawnShape.straight(line, loosest) ?? straight(line, tolerances))
    case .polygon:
      return .polygon(DrawnShape.straight(line, loosest) ?? Array(straight(line, tolerances).dropLast()))
    case .curve: return .curve(curve(line, tolerances))
    case .blob: return .blob(curve(line, tolerances))
    case .circle: return DrawnShape.circle(around: line.points)
    case .ellipse: return DrawnShape.ellipse(around: line.points)
    }
  }

  /// How far the hand's points may be from the shape: within reach with some room for rounding, but no nearer than
  /// smoothing has left them. A hand that shakes by more than the reach gets few points all the same.
  private func tolerances(_ line: HandLine) -> [Double] {
    let room = 0.35 * Numeral.unit(decimals(atLeast: 0))
    var result = reaches.map { max($0 - room, line.deviation + 0.2 * $0) }
    if let last = reaches.last, line.deviation > 0.6 * last { result.append(line.deviation + 0.6 * last) }
    return result
  }

  /// Straight from corner to corner, the first point of a closed line again at the end.
  private func straight(_ line: HandLine, _ tolerances: [Double]) -> [Point] {
    var points: [Point] = []
    for tolerance in tolerances {
      points = straight(line, tolerance: tolerance)
      if points.count <= Self.fewPoints { break }
    }
    return points
  }

  private func straight(_ line: HandLine, tolerance: Double) -> [Point] {
    let all = line.isClosed ? line.points + [line.points[0]] : line.points
    guard line.isClosed else { return Polyline.simplified(all, tolerance: tolerance).map { all[$0] } }
    // Cut where it is farthest from its beginning, and begun at a corner if there is one.
    let start = line.corners.first ?? 0
    let turned = Array(line.points[start...] + line.points[..<start])
    let far =
      turned.indices.max { turned[$0].distance(to: turned[0]) < turned[$1].distance(to: turned[0]) } ?? 0
    let halves = [Array(turned[...far]), Array(turned[far...]) + [turned[0]]]
    let parts = halves.map { half in Polyline.simplified(half, tolerance: tolerance).map { half[$0] } }
    return parts[0].dropLast() + parts[1]
  }

  /// One smooth line through all of it, corners kept.
  private func curve(_ line: HandLine, _ tolerances: [Double]) -> [Point] {
    let count = line.points.count
    guard line.isClosed, let start = line.corners.first else {
      return CurveFit(line.whole, isClosed: line.isClosed, corners: line.corners).points(
        tolerances: tolerances)
    }
    return CurveFit(line.whole, isClosed: true, corners: line.corners.map { $0 - start } + [count])
      .points(tolerances: tolerances)
  }

  /// One curve; cut at the corners where that takes no more than a point for each.
  private func open(_ line: HandLine, _ tolerances: [Double]) -> DrawnShape {
    let whole = DrawnShape.curve(CurveFit(line.whole, isClosed: false).points(tolerances: tolerances))
    guard !line.corners.isEmpty else { return whole }
    let parts = line.pieces.map { piece -> DrawnShape in
      if recognizes, piece.deviation(from: piece.ends) <= tolerances[tolerances.count - 1] {
        return .line(piece.ends)
      }
      return .curve(CurveFit(piece, isClosed: false).points(tolerances: tolerances))
    }
    var joined: [DrawnShape] = []
    for part in parts {
      if case .line(let next) = part, case .line(let before)? = joined.last {
        joined[joined.count - 1] = .line(before + next.dropFirst())
      } else {
        joined.append(part)
      }
    }
    let shape = joined.count == 1 ? joined[0] : .parts(joined)
    return shape.points.count <= whole.points.count + line.corners.count ? shape : whole
  }

  /// The fewest decimals whose last place is no larger than a screen pixel.
  private func decimals(atLeast: Int) -> Int {
    if let decimals { return decimals }
    return (atLeast..<Numeral.mostDecimals).first { Numeral.unit($0) <= screenPixel * 1.0001 }
      ?? Numeral.mostDecimals
  }

  /// The fewest decimals that keep the shape within reach of the hand's line.
  private func decimals(_ shape: DrawnShape, _ line: HandLine) -> Int {
    if let fixed = self.decimals { return fixed }
    let samples = 24
    let whole = line.whole
    let reach = reaches[reaches.count - 1]
    let allowed = max(reach, whole.deviation(from: shape.outline(samples: samples)) + 0.1 * reach)
    let start = decimals(atLeast: 0)
    for decimals in start...min(start + 2, Numeral.mostDecimals) {
      let outline = shape.rounded(decimals).outline(samples: samples)
      if whole.deviation(from: outline) <= allowed { return decimals }
    }
    return min(start + 2, Numeral.mostDecimals)
  }
}

extension Numeral {
  /// The last place of a number with so many decimals.
  static func unit(_ decimals: Int) -> Double {
    var unit = 1.0
    for _ in 0..<decimals { unit /= 10 }
    return unit
  }
}

extension DrawnShape {
  /// All points that are written; of round shapes their centre and radii.
  var points: [Point] {
    switch self {
    case .line(let points), .polygon(let points), .curve(let points), .blob(let points): points
    case .circle(let center, let radius): [center, Point(radius, radius)]
    case .ellipse(let center, let radii, _): [center, radii]
    case .parts(let parts): parts.flatMap(\.points)
    }
  }

  /// The outlines as fedit draws them.
  var paths: [Path] {
    switch self {
    case .line(let points): Shapes.line(points).paths
    case .polygon(let points): Shapes.polygon(points).paths
    case .curve(let points): Shapes.curve(points).paths
    case .blob(let points): Shapes.blob(points).paths
    case .circle, .ellipse: Shapes.polygon(outline(samples: 96).dropLast()).paths
    case .parts(let parts): parts.flatMap(\.paths)
    }
  }

  /// With numbers of so many decimals.
  func rounded(_ decimals: Int) -> DrawnShape {
    func point(_ p: Point) -> Point { Point(Numeral.rounded(p.x, decimals), Numeral.rounded(p.y, decimals)) }
    switch self {
    case .line(let points): return .line(points.map(point))
    case .polygon(let points): return .polygon(points.map(point))
    case .curve(let points): return .curve(points.map(point))
    case .blob(let points): return .blob(points.map(point))
    case .circle(let center, let radius): return .circle(point(center), Numeral.rounded(radius, decimals))
    case .ellipse(let center, let radii, let degrees):
      return .ellipse(point(center), point(radii), degrees: degrees.rounded())
    case .parts(let parts): return .parts(parts.map { $0.rounded(decimals) })
    }
  }

  /// The points of its call, without the parentheses; nil for shapes of several calls.
  func arguments(_ decimals: Int) -> String? {
    switch self {
    case .line(let points), .polygon(let points), .curve(let points), .blob(let points):
      return points.map { Numeral.text($0, decimals) }.joined(separator: ", ")
    case .circle(let center, let radius):
      return "\(Numeral.text(center, decimals)), \(Numeral.text(radius, decimals))"
    case .ellipse(let center, let radii, _):
      return "\(Numeral.text(center, decimals)), \(Numeral.text(radii, decimals))"
    case .parts: return nil
    }
  }

  /// As an expression of the language.
  func text(_ decimals: Int) -> String {
    let inside = arguments(decimals) ?? ""
    switch self {
    case .line: return "line(\(inside))"
    case .polygon: return "polygon(\(inside))"
    case .curve(let points): return points.count == 2 ? "line(\(inside))" : "curve(\(inside))"
    case .blob: return "blob(\(inside))"
    case .circle: return "circle(\(inside))"
    case .ellipse(let center, _, let degrees):
      let turn = Numeral.text(degrees, 0)
      let about = Numeral.text(center, decimals)
      return turn == "0"
        ? "ellipse(\(inside))" : "ellipse(\(inside)).rotated(by: \(turn)deg, about: \(about))"
    case .parts(let parts): return parts.map { $0.text(decimals) }.joined(separator: " + ")
    }
  }
}

extension Path {
  /// As SVG path data, to a tenth of a unit.
  var data: String {
    func at(_ p: Point) -> String { "\(Numeral.text(p.x, 1)) \(Numeral.text(p.y, 1))" }
    return elements.map { $0.letter + $0.points.map(at).joined(separator: " ") }.joined()
  }
}
