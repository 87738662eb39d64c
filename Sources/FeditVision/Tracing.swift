import FeditPixels

/// A line through the middles of pixels.
public struct Polyline: Hashable, Sendable {
  /// In pixels, middles at .5.
  public var points: [SIMD2<Float>]
  /// Whether the last point is joined to the first.
  public var isClosed: Bool

  /// A line through points, open or closed.
  public init(points: [SIMD2<Float>], isClosed: Bool) {
    self.points = points
    self.isClosed = isClosed
  }
}

extension Plane {
  /// Turns a drawing of lines one pixel wide into polylines from pixel to pixel.
  ///
  /// Lines run from end to end; where lines cross, those go on as one that turn least.
  ///
  /// - Returns: the lines in the order of their first pixels; single pixels are left out.
  public func traced() -> [Polyline] {
    var tracer = Tracer(self)
    return tracer.lines()
  }
}

/// Follows lines through a thinned plane.
private struct Tracer {
  let plane: Plane
  private var used: Set<Int> = []

  init(_ plane: Plane) { self.plane = plane }

  /// The pixels that a pixel is joined to: its set neighbours, but diagonal ones only where no pixel that
  /// touches both is set.
  private func neighbours(_ i: Int) -> [Int] {
    let (x, y) = (i % plane.width, i / plane.width)
    func isSet(_ dx: Int, _ dy: Int) -> Bool {
      let (a, b) = (x + dx, y + dy)
      return a >= 0 && b >= 0 && a < plane.width && b < plane.height && plane[a, b] != 0
    }
    var found: [Int] = []
    for (dx, dy) in [(1, 0), (0, 1), (-1, 0), (0, -1)] where isSet(dx, dy) {
      found.append(i + dy * plane.width + dx)
    }
    for (dx, dy) in [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    where isSet(dx, dy) && !isSet(dx, 0) && !isSet(0, dy) {
      found.append(i + dy * plane.width + dx)
    }
    return found
  }

  private func edge(_ a: Int, _ b: Int) -> Int { min(a, b) * plane.pixels.count + max(a, b) }

  mutating func lines() -> [Polyline] {
    let set = plane.pixels.indices.filter { plane.pixels[$0] != 0 }
    var paths: [[Int]] = []
    // From ends and crossings.
    for start in set {
      let next = neighbours(start)
      guard next.count != 2 else { continue }
      for first in next { paths += follow(start, first) }
    }
    var loops: [[Int]] = []
    for start in set {
      guard let first = neighbours(start).first(where: { !used.contains(edge(start, $0)) }) else { continue }
      loops += follow(start, first)
    }
    return (joined(paths) + loops.map { ($0, true) }).sorted { ($0.0.min() ?? 0) < ($1.0.min() ?? 0) }.map {
      let (pixels, isClosed) = $0
      let open =
        isClosed && pixels.count > 1 && pixels.first == pixels.last ? Array(pixels.dropLast()) : pixels
      return Polyline(points: open.map(middle), isClosed: isClosed)
    }
  }

  private func middle(_ i: Int) -> SIMD2<Float> {
    SIMD2(Float(i % plane.width) + 0.5, Float(i / plane.width) + 0.5)
  }

  /// The path that begins with an edge and ends at the next end, crossing or used edge; none if it is used.
  private mutating func follow(_ start: Int, _ first: Int) -> [[Int]] {
    guard used.insert(edge(start, first)).inserted else { return [] }
    var path = [start, first]
    while true {
      let here = path[path.count - 1]
      let around = neighbours(here)
      guard here != start, around.count == 2,
        let next = around.first(where: { !used.contains(edge(here, $0)) })
      else { return [path] }
      used.insert(edge(here, next))
      path.append(next)
    }
  }

  /// Joins paths where they meet and go on nearly straight.
  private func joined(_ paths: [[Int]]) -> [(pixels: [Int], isClosed: Bool)] {
    // An end of a path: 2 · path, plus 1 for its last pixel.
    var ends: [Int: [Int]] = [:]
    for (i, path) in paths.enumerated() {
      ends[path[0], default: []].append(2 * i)
      ends[path[path.count - 1], default: []].append(2 * i + 1)
    }
    func direction(_ end: Int) -> SIMD2<Float> {
      let path = paths[end / 2]
      let reach = min(path.count - 1, 5)
      let (from, to) =
        end % 2 == 0 ? (path[0], path[reach]) : (path[path.count - 1], path[path.count - 1 - reach])
      let d = middle(to) - middle(from)
      let length = (d * d).sum().squareRoot()
      return length > 0 ? d / length : d
    }
    var partner: [Int: Int] = [:]
    for pixel in ends.keys.sorted() {
      let here = (ends[pixel] ?? []).sorted()
      guard here.count > 1 else { continue }
      var pairs: [(Float, Int, Int)] = []
      for (k, a) in here.enumerated() {
        for b in here[(k + 1)...] where a / 2 != b / 2 {
          pairs.append(((direction(a) * direction(b)).sum(), a, b))
        }
      }
      for (cosine, a, b) in pairs.sorted(by: { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) })
      where cosine < -0.7 && partner[a] == nil && partner[b] == nil {
        partner[a] = b
        partner[b] = a
      }
    }
    var done = [Bool](repeating: false, count: paths.count)
    var result: [(pixels: [Int], isClosed: Bool)] = []
    for start in paths.indices where !done[start] {
      // Back to the chain's beginning, unless it closes.
      var end = 2 * start
      var isClosed = false
      while let before = partner[end] {
        end = before ^ 1
        if end / 2 == start {
          isClosed = true
          break
        }
      }
      var chain: [Int] = []
      let first = end / 2
      while true {
        let path = end % 2 == 0 ? paths[end / 2] : paths[end / 2].reversed()
        done[end / 2] = true
        chain += chain.isEmpty ? path : Array(path.dropFirst())
        guard let next = partner[end ^ 1], next / 2 != first, !done[next / 2] else { break }
        end = next
      }
      result.append((chain, isClosed))
    }
    return result
  }
}

extension Polyline {
  /// With as few of its points as keep every point within a distance of the line (Douglas and Peucker 1973).
  ///
  /// - Parameter tolerance: in pixels.
  /// - Returns: a line with the same ends.
  public func simplified(tolerance: Float) -> Polyline {
    guard points.count > 2 else { return self }
    guard isClosed else { return Polyline(points: Self.simplified(points, tolerance), isClosed: false) }
    // A closed line is cut at its first point and at the one farthest from it.
    var farthest = 0
    for (i, p) in points.enumerated()
    where Self.squared(p - points[0]) > Self.squared(points[farthest] - points[0]) { farthest = i }
    let halves = [Array(points[...farthest]), Array(points[farthest...]) + [points[0]]]
    let parts = halves.map { Self.simplified($0, tolerance) }
    return Polyline(points: Array(parts[0].dropLast() + parts[1].dropLast()), isClosed: true)
  }

  private static func squared(_ v: SIMD2<Float>) -> Float { (v * v).sum() }

  private static func simplified(_ points: [SIMD2<Float>], _ tolerance: Float) -> [SIMD2<Float>] {
    var kept = [Bool](repeating: false, count: points.count)
    kept[0] = true
    kept[points.count - 1] = true
    var pending = [(0, points.count - 1)]
    while let (first, last) = pending.popLast() {
      var worst = first
      var distance = tolerance * tolerance
      let span = points[last] - points[first]
      let length = squared(span)
      for i in first + 1..<max(first + 1, last) {
        let d = points[i] - points[first]
        let t = length > 0 ? max(0, min(1, (d * span).sum() / length)) : 0
        let away = squared(d - span * t)
        if away > distance {
          distance = away
          worst = i
        }
      }
      guard worst != first else { continue }
      kept[worst] = true
      pending.append((first, worst))
      pending.append((worst, last))
    }
    return points.indices.filter { kept[$0] }.map { points[$0] }
  }

  /// Cut at sharp corners, which a smooth curve would round off.
  ///
  /// - Parameter cosine: of the sharpest turn that is kept.
  /// - Returns: lines that share their ends; this one where it has no such corner.
  public func cutAtCorners(cosine: Float = 0.3) -> [Polyline] {
    func isCorner(_ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>) -> Bool {
      let u = b - a
      let v = c - b
      let lengths = (Self.squared(u) * Self.squared(v)).squareRoot()
      return lengths > 0 && (u * v).sum() < cosine * lengths
    }
    guard points.count > 2 else { return [self] }
    let count = points.count
    var corners: [Int] = []
    for i in 0..<count where isClosed || (i > 0 && i < count - 1) {
      if isCorner(points[(i + count - 1) % count], points[i], points[(i + 1) % count]) { corners.append(i) }
    }
    guard !corners.isEmpty else { return [self] }
    if isClosed {
      return corners.indices.map { k in
        let from = corners[k]
        let to = corners[(k + 1) % corners.count]
        let steps = (to - from + count - 1) % count + 1
        return Polyline(points: (0...steps).map { points[(from + $0) % count] }, isClosed: false)
      }
    }
    let cuts = [0] + corners + [count - 1]
    return zip(cuts, cuts.dropFirst()).map { Polyline(points: Array(points[$0...$1]), isClosed: false) }
  }
}
