import FeditPlan
import Foundation

/// A line that a hand drew, made even: equal steps, smoothed between its corners, closed where its ends meet.
///
/// All lengths are in the units of the points.
public struct HandLine: Sendable {
  /// Whether the ends are joined.
  public enum Closing: Sendable {
    /// Where they meet.
    case automatic
    case open, closed
  }

  /// What the line is made even with.
  public struct Settings: Sendable {
    /// The length of a screen pixel.
    public var pixel: Double
    /// 0 (none) … 1: a Gaussian along the line, 8 screen pixels wide at 1.
    public var smoothing: Double
    /// Whether the ends are joined.
    public var closing: Closing

    /// Settings for screen pixels of a length.
    public init(pixel: Double = 1, smoothing: Double = 0.25, closing: Closing = .automatic) {
      self.pixel = pixel
      self.smoothing = smoothing
      self.closing = closing
    }
  }

  /// In nearly equal steps; the last of a closed line is not the first again.
  public private(set) var points: [Point]
  /// Whether the last point is joined to the first.
  public private(set) var isClosed: Bool
  /// Where the line turns by more than 35° at once, by their numbers in `points`, in order; never the ends of an open line.
  public private(set) var corners: [Int]
  /// The hand's own points, each beside the point of `points` that it is nearest to.
  public private(set) var hand: [[Point]]
  /// The most that one of them is away from the line.
  public private(set) var deviation: Double

  /// Corners turn by more than this.
  static let cornerTurn = 35.0 * Double.pi / 180
  /// The most points that are worked on.
  static let mostPoints = 240

  /// Makes a hand's line even.
  ///
  /// - Parameters:
  ///   - raw: as the hand drew it; points that are not finite are left out.
  ///   - settings: how.
  public init(_ raw: [Point], _ settings: Settings = Settings()) {
    var line: [Point] = []
    for point in raw where point.isFinite && line.last.map({ $0 != point }) ?? true { line.append(point) }
    let length = Polyline.length(line)
    let step = max(settings.pixel, length / Double(Self.mostPoints))
    let own: [Point]
    (own, isClosed) = Self.closed(line, settings, length)
    points = Polyline.even(own, step: step, isClosed: isClosed)
    corners = []
    hand = points.map { _ in [] }
    deviation = 0
    let count = points.count
    guard count > 2 else { return }
    let sigma = 8 * max(0, min(1, settings.smoothing)) * settings.pixel / step
    let light = Self.smoothed(points, sigma: min(sigma, 1.5 * settings.pixel / step), isClosed: isClosed)
    corners = Self.corners(of: light, reach: 12 * settings.pixel / step, isClosed: isClosed)
    points = smoothedBetweenCorners(light, sigma: sigma)
    let even = isClosed ? points + [points[0]] : points
    // Events that come faster than the line is long say nothing new.
    for point in Self.strided(Array(own.indices), 2 * Self.mostPoints).map({ own[$0] }) {
      let near = Polyline.nearest(point, on: even)
      hand[(near.segment + (near.share > 0.5 ? 1 : 0)) % count].append(point)
      deviation = max(deviation, near.distance)
    }
  }

  /// A part of the line, with the hand's points.
  struct Piece {
    var points: [Point]
    var hand: [[Point]]

    /// Its ends.
    var ends: [Point] { [points[0], points[points.count - 1]] }

    /// The farthest that one of the hand's points is from another line.
    func deviation(from line: [Point]) -> Double {
      hand.reduce(0) { max($0, Polyline.deviation(of: $1, from: line)) }
    }
  }

  /// The line from corner to corner; a closed one begins at its first corner, or ends with its first point again.
  var pieces: [Piece] {
    let count = points.count
    func piece(_ range: ClosedRange<Int>) -> Piece {
      Piece(points: range.map { points[$0 % count] }, hand: range.map { hand[$0 % count] })
    }
    if isClosed {
      let cuts = corners.isEmpty ? [0, count] : corners + [corners[0] + count]
      return zip(cuts, cuts.dropFirst()).map { piece($0...$1) }
    }
    let cuts = [0] + corners + [count - 1]
    return zip(cuts, cuts.dropFirst()).map { piece($0...$1) }
  }

  /// All of it as one piece; a closed line begins at its first corner and ends with that point again.
  var whole: Piece {
    let count = points.count
    let start = corners.first ?? 0
    let range = isClosed ? start...(start + count) : 0...(count - 1)
    return Piece(points: range.map { points[$0 % count] }, hand: range.map { hand[$0 % count] })
  }

  // MARK: Steps

  /// The part of a line that is closed, where it is.
  private static func closed(_ line: [Point], _ settings: Settings, _ length: Double) -> ([Point], Bool) {
    guard settings.closing != .open, line.count > 3 else { return (line, false) }
    let reach = max(8 * settings.pixel, 0.06 * length)
    // The hand may have gone past where it began: the closest pair of the beginning and the end.
    var lengths = [0.0]
    for (a, b) in zip(line, line.dropFirst()) {
      lengths.append(lengths[lengths.count - 1] + a.distance(to: b))
    }
    let head = line.indices.filter { lengths[$0] <= 0.15 * length }
    let tail = line.indices.filter { lengths[$0] >= 0.85 * length }
    var best = (cost: Double.infinity, from: 0, to: line.count - 1)
    for i in strided(head, 80) {
      for j in strided(tail, 80) {
        let cost = line[i].distance(to: line[j]) + 0.1 * (lengths[i] + length - lengths[j])
        if cost < best.cost { best = (cost, i, j) }
      }
    }
    let part = Array(line[best.from...best.to])
    let gap = line[best.from].distance(to: line[best.to])
    let isLoop = gap <= reach && abs(Polyline.area(part)) > 0.01 * length * length
    guard isLoop || settings.closing == .closed else { return (line, false) }
    let kept = isLoop ? part : line
    return (kept.first == kept.last ? Array(kept.dropLast()) : kept, true)
  }

  private static func strided(_ indices: [Int], _ most: Int) -> [Int] {
    let step = max(1, indices.count / most)
    return indices.enumerated().filter { $0.offset % step == 0 || $0.offset == indices.count - 1 }.map(
      \.element)
  }

  /// Weighted by a Gaussian of so many steps; the ends of an open line stay.
  private static func smoothed(_ points: [Point], sigma: Double, isClosed: Bool) -> [Point] {
    guard sigma > 0.1, points.count > 2 else { return points }
    let count = points.count
    let reach = min(Int((3 * sigma).rounded(.up)), count - 1)
    let weights = (0...reach).map { Foundation.exp(-0.5 * (Double($0) / sigma) * (Double($0) / sigma)) }
    func at(_ index: Int) -> Point {
      if isClosed { return points[((index % count) + count) % count] }
      if index < 0 { return points[0] * 2 - points[-index] }
      if index >= count { return points[count - 1] * 2 - points[2 * (count - 1) - index] }
      return points[index]
    }
    return points.indices.map { index in
      var sum = points[index] * weights[0]
      var total = weights[0]
      for k in 1...max(1, reach) where k <= reach {
        sum = sum + (at(index - k) + at(index + k)) * weights[k]
        total += 2 * weights[k]
      }
      return sum * (1 / total)
    }
  }

  /// Where the line turns by more than `cornerTurn`, and does so at once.
  private static func corners(of points: [Point], reach: Double, isClosed: Bool) -> [Int] {
    let count = points.count
    let wide = max(3, Int(reach.rounded()))
    let narrow = max(1, wide / 3)
    guard count > 2 * wide + 1 else { return [] }
    func turn(_ index: Int, _ reach: Int) -> Double {
      func at(_ i: Int) -> Point { points[((i % count) + count) % count] }
      let u = at(index) - at(index - reach)
      let v = at(index + reach) - at(index)
      let lengths = u.length * v.length
      guard lengths > 0 else { return 0 }
      return Foundation.acos(max(-1, min(1, u.dot(v) / lengths)))
    }
    let range = isClosed ? 0..<count : wide..<(count - wide)
    var found: [(turn: Double, index: Int)] = []
    for index in range {
      let whole = turn(index, wide)
      // A round bend turns a third as much over a third of the way.
      if whole > cornerTurn, turn(index, narrow) > max(0.55 * whole, 0.8 * cornerTurn) {
        found.append((turn(index, narrow), index))
      }
    }
    var kept: [Int] = []
    for corner in found.sorted(by: { ($1.turn, $0.index) < ($0.turn, $1.index) }) {
      let isNear = kept.contains {
        let away = abs($0 - corner.index)
        return min(away, isClosed ? count - away : away) < wide
      }
      if !isNear { kept.append(corner.index) }
    }
    return kept.sorted()
  }

  private func smoothedBetweenCorners(_ light: [Point], sigma: Double) -> [Point] {
    guard !corners.isEmpty else { return Self.smoothed(points, sigma: sigma, isClosed: isClosed) }
    var result = points
    let count = points.count
    let cuts = isClosed ? corners + [corners[0] + count] : [0] + corners + [count - 1]
    for (from, to) in zip(cuts, cuts.dropFirst()) {
      let piece = Self.smoothed((from...to).map { points[$0 % count] }, sigma: sigma, isClosed: false)
      for (offset, point) in piece.enumerated() { result[(from + offset) % count] = point }
    }
    return result
  }
}
