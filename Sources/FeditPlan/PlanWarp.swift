/// Where a `warp` stroke takes its shape.
public struct PlanWarp: Hashable, Sendable, Codable {
  /// The outlines that the stroke's own go to, in photo pixels.
  public var target: PlanShape
  /// How far from them the picture still gives way, in photo pixels, above 0.
  public var reach: Double

  /// A warp to outlines, with the reach in photo pixels.
  public init(target: PlanShape, reach: Double) {
    self.target = target
    self.reach = reach
  }

  /// The reach where none is written: two fifths of the longer side of all that is moved, and at least three times the
  /// longest way, so that what lies between has room to give way.
  ///
  /// - Parameter outlines: What moves; not empty.
  /// - Returns: Photo pixels, above 0.
  public static func standardReach(_ outlines: [WarpOutline]) -> Double {
    let points = outlines.flatMap { $0.from + $0.to }
    guard let first = points.first else { return 1 }
    var bounds = Bounds(from: first, to: first)
    for point in points { bounds.add(point) }
    var farthest = 0.0
    for outline in outlines {
      for (from, to) in zip(outline.from, outline.to) { farthest = max(farthest, from.distance(to: to)) }
    }
    let side = max(bounds.high.x - bounds.low.x, bounds.high.y - bounds.low.y)
    return max(1, 0.4 * side, 3 * farthest)
  }
}

/// One line of a shape and where it goes, point for point.
public struct WarpOutline: Hashable, Sendable {
  /// Where the line is, in photo pixels; as many points as ``to``, at least two.
  public var from: [Point]
  /// Where it goes.
  public var to: [Point]
  /// Whether the last point joins the first.
  public var isClosed: Bool

  /// Why two shapes are no warp.
  public enum Problem: Error, Hashable, Sendable {
    /// One has a part that is `grown`, whose outline has no points of its own.
    case grown
    /// They have so many lines each.
    case parts(Int, Int)
    /// A closed line would go to an open one.
    case openAndClosed
  }

  /// The lines of two shapes, in the order in which they are drawn. Lines of the same steps go point for point, as those of
  /// a shape and the same shape scaled do; others by the share of their length.
  ///
  /// - Parameters:
  ///   - shape: What moves.
  ///   - target: Where it goes.
  /// - Returns: At least one.
  /// - Throws: ``Problem``.
  public static func pairs(from shape: PlanShape, to target: PlanShape) throws(Problem) -> [WarpOutline] {
    guard !shape.hasGrownPart, !target.hasGrownPart else { throw .grown }
    let (own, wanted) = (shape.paths.flatMap(Line.lines), target.paths.flatMap(Line.lines))
    guard own.count == wanted.count, !own.isEmpty else { throw .parts(own.count, wanted.count) }
    var result: [WarpOutline] = []
    for (from, to) in zip(own, wanted) {
      guard from.isClosed == to.isClosed else { throw .openAndClosed }
      if from.steps == to.steps {
        result.append(WarpOutline(from: from.points, to: to.points, isClosed: from.isClosed))
      } else {
        result.append(
          WarpOutline(from: from.even(Self.even), to: to.even(Self.even), isClosed: from.isClosed))
      }
    }
    return result
  }

  /// Points of lines whose steps differ.
  private static let even = 128
}

extension Point {
  fileprivate func distance(to other: Point) -> Double {
    let (dx, dy) = (other.x - x, other.y - y)
    return (dx * dx + dy * dy).squareRoot()
  }
}

extension PlanShape {
  fileprivate var hasGrownPart: Bool {
    switch self {
    case .path: false
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b):
      a.hasGrownPart || b.hasGrownPart
    case .grown: true
    }
  }
}

/// A path's part as points, curves by chords.
private struct Line {
  var points: [Point]
  /// The letters of its steps.
  var steps: String
  var isClosed: Bool

  static func lines(of path: Path) -> [Line] {
    var result: [Line] = []
    var line = Line(points: [], steps: "", isClosed: path.isClosed)
    func finish() {
      // The closing point is the first one.
      if line.isClosed, line.points.count > 2, line.points.first == line.points.last {
        line.points.removeLast()
      }
      if line.points.count > 1 { result.append(line) }
    }
    for element in path.elements {
      if case .move(let p) = element {
        finish()
        line = Line(points: [p], steps: "", isClosed: path.isClosed)
        continue
      }
      line.steps += element.letter
      switch element {
      case .curve(let a, let b, let c):
        line.points += Point.onCurve(from: line.points.last ?? a, a, b, to: c)
      case .line(let p): line.points.append(p)
      case .move, .close: break
      }
    }
    finish()
    return result
  }

  /// So many points at equal distances along the line, from its first to its last, or around it.
  func even(_ count: Int) -> [Point] {
    let ring = isClosed ? points + points.prefix(1) : points
    var sums = [0.0]
    for (a, b) in zip(ring, ring.dropFirst()) {
      sums.append(sums[sums.count - 1] + a.distance(to: b))
    }
    let whole = sums[sums.count - 1]
    var segment = 0
    return (0..<count).map { index in
      let wanted = whole * Double(index) / Double(isClosed ? count : count - 1)
      while segment < ring.count - 2, sums[segment + 1] < wanted { segment += 1 }
      let length = sums[segment + 1] - sums[segment]
      let t = length > 0 ? min(1, (wanted - sums[segment]) / length) : 0
      let (a, b) = (ring[segment], ring[segment + 1])
      return Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)
    }
  }
}
