import FeditPlan
import FeditProgram
import Foundation

/// What a hand's line is.
enum DrawnShape {
  /// Open; straight from point to point.
  case line([Point])
  /// Closed; straight from point to point.
  case polygon([Point])
  case circle(Point, Double)
  /// Centre, radii, and by how many degrees it is turned.
  case ellipse(Point, Point, degrees: Double)
  /// Open and smooth.
  case curve([Point])
  /// Closed and smooth.
  case blob([Point])
  /// Open, with corners: the parts one after another.
  indirect case parts([DrawnShape])
}

extension DrawnShape {
  /// What a line nearly is; nil where it is none of the simple shapes.
  ///
  /// - Parameters:
  ///   - line: the line.
  ///   - tolerance: how far it may be from the shape.
  /// - Returns: a line, polygon, circle or ellipse.
  static func recognized(_ line: HandLine, tolerance: Double) -> DrawnShape? {
    if let corners = straight(line, tolerance) { return line.isClosed ? .polygon(corners) : .line(corners) }
    guard line.isClosed, line.points.count > 8 else { return nil }
    return round(line, tolerance)
  }

  /// The corners of a line that is straight between them, its ends included; nil where it is not.
  ///
  /// A hand's events skip the very corner, so that it lies where the sides meet, not where the line turns.
  static func straight(_ line: HandLine, _ tolerance: Double) -> [Point]? {
    let sides = line.pieces.map(\.side)
    guard sides.allSatisfy({ $0 != nil }), !line.isClosed || sides.count >= 3 else { return nil }
    let lines = sides.compactMap(\.self)
    func meet(_ a: (Point, Point), _ b: (Point, Point)) -> Point? {
      let cross = a.1.cross(b.1)
      guard abs(cross) > 0.1 else { return nil }
      return a.0 + a.1 * ((b.0 - a.0).cross(b.1) / cross)
    }
    var corners: [Point] = []
    for (k, next) in lines.enumerated().dropFirst() {
      guard let corner = meet(lines[k - 1], next) else { return nil }
      corners.append(corner)
    }
    if line.isClosed {
      guard let corner = meet(lines[lines.count - 1], lines[0]) else { return nil }
      corners.insert(corner, at: 0)
    } else {
      corners = [line.points[0]] + corners + [line.points[line.points.count - 1]]
    }
    let outline = line.isClosed ? corners + [corners[0]] : corners
    guard line.whole.deviation(from: outline) <= tolerance else { return nil }
    // No corner may lie far from where the hand went.
    return Polyline.deviation(of: corners, from: line.whole.points) <= 3 * tolerance ? corners : nil
  }

  /// The circle whose area has the same moments as that inside a closed line; nil where it has no area.
  static func circle(around points: [Point]) -> DrawnShape? {
    let (area, center, xx, yy, _) = moments(points)
    return area > 0 && xx + yy > 0 ? .circle(center, (2 * (xx + yy)).squareRoot()) : nil
  }

  /// The ellipse, its axes level and upright, whose area has the same moments.
  static func ellipse(around points: [Point]) -> DrawnShape? {
    let (area, center, xx, yy, _) = moments(points)
    guard area > 0, xx > 0, yy > 0 else { return nil }
    return .ellipse(center, Point(2 * xx.squareRoot(), 2 * yy.squareRoot()), degrees: 0)
  }

  /// A circle or ellipse from the moments of the area inside.
  private static func round(_ line: HandLine, _ tolerance: Double) -> DrawnShape? {
    let points = line.points
    let (area, center, xx, yy, xy) = moments(points)
    guard area > 0 else { return nil }
    let middle = (xx + yy) / 2
    let spread = (((xx - yy) / 2) * ((xx - yy) / 2) + xy * xy).squareRoot()
    guard middle - spread > 0 else { return nil }
    // An ellipse's moment of area along an axis is a quarter of its radius squared, by its area.
    let radius = 2 * middle.squareRoot()
    let long = 2 * (middle + spread).squareRoot()
    let short = 2 * (middle - spread).squareRoot()
    let degrees = 0.5 * Foundation.atan2(2 * xy, xx - yy) * 180 / .pi
    let candidates: [DrawnShape] = [
      .circle(center, radius),
      .ellipse(center, Point(2 * xx.squareRoot(), 2 * yy.squareRoot()), degrees: 0),
      .ellipse(center, Point(long, short), degrees: degrees),
    ]
    return candidates.first { candidate in
      let outline = candidate.outline(samples: 96)
      return line.whole.deviation(from: outline) <= tolerance
        && Polyline.deviation(of: outline, from: points + [points[0]]) <= tolerance
    }
  }

  /// Area, centroid and second central moments of the area inside a closed line, the last three by the area.
  private static func moments(
    _ points: [Point]
  ) -> (area: Double, center: Point, xx: Double, yy: Double, xy: Double) {
    let origin = points[0]
    var (area, sx, sy, sxx, syy, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for (p, q) in zip(points, points.dropFirst() + [origin]) {
      let (a, b) = (p - origin, q - origin)
      let cross = a.cross(b)
      area += cross / 2
      sx += cross * (a.x + b.x) / 6
      sy += cross * (a.y + b.y) / 6
      sxx += cross * (a.x * a.x + a.x * b.x + b.x * b.x) / 12
      syy += cross * (a.y * a.y + a.y * b.y + b.y * b.y) / 12
      sxy += cross * (2 * a.x * a.y + a.x * b.y + b.x * a.y + 2 * b.x * b.y) / 24
    }
    guard area != 0 else { return (0, origin, 0, 0, 0) }
    let center = Point(sx / area, sy / area)
    return (
      abs(area), center + origin, sxx / area - center.x * center.x, syy / area - center.y * center.y,
      sxy / area - center.x * center.y
    )
  }

  /// Points of the outline as fedit draws it, a closed one's first again at the end.
  func outline(samples: Int) -> [Point] {
    switch self {
    case .line(let points): return points
    case .polygon(let points): return points + points.prefix(1)
    case .circle(let center, let radius):
      return DrawnShape.ellipse(center, Point(radius, radius), degrees: 0).outline(samples: samples)
    case .ellipse(let center, let radii, let degrees):
      let (c, s) = (cosine(degrees), sine(degrees))
      return (0...samples).map {
        let turn = 360 * Double($0) / Double(samples)
        let p = Point(radii.x * cosine(turn), radii.y * sine(turn))
        return center + Point(c * p.x - s * p.y, s * p.x + c * p.y)
      }
    case .curve(let points): return Shapes.curve(points).flattened(samples)
    case .blob(let points): return Shapes.blob(points).flattened(samples)
    case .parts(let parts): return parts.flatMap { $0.outline(samples: samples) }
    }
  }
}

extension HandLine.Piece {
  /// A point and the direction of the straight line nearest to the piece, its ends left out; nil where it has no length.
  fileprivate var side: (Point, Point)? {
    let margin = min(points.count / 4, 6)
    let inner = points[margin..<(points.count - margin)]
    guard inner.count > 1 else { return nil }
    let center = inner.reduce(Point(0, 0)) { $0 + $1 } * (1 / Double(inner.count))
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for point in inner {
      let off = point - center
      xx += off.x * off.x
      yy += off.y * off.y
      xy += off.x * off.y
    }
    let angle = 0.5 * Foundation.atan2(2 * xy, xx - yy)
    return xx + yy > 0 ? (center, Point(Foundation.cos(angle), Foundation.sin(angle))) : nil
  }
}

extension PlanShape {
  /// The points of its outlines, curves in so many pieces.
  package func flattened(_ samples: Int) -> [Point] {
    paths.flatMap { path in
      var points: [Point] = []
      var start: Point?
      for element in path.elements {
        switch element {
        case .move(let p):
          points.append(p)
          start = p
        case .line(let p): points.append(p)
        case .curve(let a, let b, let p):
          if let here = points.last { points += Cubic.points((here, a, b, p), samples).dropFirst() }
        case .close: if let start { points.append(start) }
        }
      }
      return points
    }
  }
}
