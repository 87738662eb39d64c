import FeditPixels
import FeditPlan

/// Lines one pixel wide and 8-connected.
///
/// A line takes, in each column (or row, where it is steep), the pixel that it passes through at the
/// column's centre; where it bends gently no pixel stands in a corner that the diagonal bridges.
struct LineTracer {
  /// Pixels outside need not be found.
  var rect: PixelRect
  /// What the outline of a closed shape encloses. Of the two pixels on both sides of an outline the one
  /// inside is taken, so that an outline lies in the mask that the same shape fills.
  var inside: Canvas?

  private struct Pixel {
    var x: Int
    var y: Int
    /// At a sharp corner of the path, which stays.
    var isCorner: Bool
    /// Whether the line was outside before.
    var isStart: Bool
  }

  /// Calls `body` with the line's pixels in order.
  func trace(_ line: Polyline, _ body: (Int, Int) -> Void) {
    var points: [Point] = []
    for point in line.points where points.last != point { points.append(point) }
    if line.isClosed, points.count > 1, points.first == points.last { points.removeLast() }
    guard let first = points.first else { return }
    let count = points.count
    let segmentCount = line.isClosed && count > 2 ? count : count - 1
    var pixels: [Pixel] = []
    var isOutside = true
    func emit(_ x: Int, _ y: Int, corner: Bool) {
      guard rect.contains(x, y) else {
        isOutside = true
        return
      }
      if let last = pixels.last, !isOutside {
        if last.x == x, last.y == y {
          if corner { pixels[pixels.count - 1].isCorner = true }
          return
        }
        bridge(last, x, y, &pixels)
      }
      pixels.append(Pixel(x: x, y: y, isCorner: corner, isStart: isOutside))
      isOutside = false
    }
    func emit(_ p: Point) {
      guard abs(p.x) < 1e9, abs(p.y) < 1e9 else {
        isOutside = true
        return
      }
      emit(Int(p.x.rounded(.down)), Int(p.y.rounded(.down)), corner: true)
    }
    if !line.isClosed || segmentCount < 1 { emit(first) }
    for index in 0..<max(segmentCount, 0) {
      let p = points[index]
      let q = points[(index + 1) % count]
      let before = index > 0 ? points[index - 1] : line.isClosed ? points[count - 1] : nil
      let after =
        index + 2 < count ? points[index + 2] : line.isClosed ? points[(index + 2) % count] : nil
      walk(
        p, q, startIsCorner: before.map { isSharp($0, p, q) } ?? false,
        endIsCorner: after.map { isSharp(p, q, $0) } ?? false, emit,
        skip: { isOutside = true })
    }
    if !line.isClosed { emit(points[count - 1]) }
    if line.isClosed, !isOutside, let last = pixels.last, pixels.filter(\.isStart).count == 1 {
      // The last pixel meets the first.
      if pixels.count > 1, last.x == pixels[0].x, last.y == pixels[0].y {
        pixels.removeLast()
      } else {
        bridge(last, pixels[0].x, pixels[0].y, &pixels)
      }
    }
    // A shape that slips between all pixel centres is a dot.
    if pixels.isEmpty, line.isClosed { emit(first) }
    for pixel in withoutBends(pixels, isClosed: line.isClosed) { body(pixel.x, pixel.y) }
  }

  /// Whether a line turns by more than 60° at its middle point.
  private func isSharp(_ p: Point, _ q: Point, _ r: Point) -> Bool {
    let (ax, ay) = (q.x - p.x, q.y - p.y)
    let (bx, by) = (r.x - q.x, r.y - q.y)
    let dot = ax * bx + ay * by
    return dot <= 0 || 4 * dot * dot < (ax * ax + ay * ay) * (bx * bx + by * by)
  }

  /// The pixels at the centres of the columns or rows between two points.
  private func walk(
    _ p: Point, _ q: Point, startIsCorner: Bool, endIsCorner: Bool,
    _ emit: (Int, Int, Bool) -> Void, skip: () -> Void
  ) {
    let (dx, dy) = (q.x - p.x, q.y - p.y)
    let isFlat = abs(dx) >= abs(dy)
    let (from, to) = isFlat ? (p.x, q.x) : (p.y, q.y)
    let (minorFrom, minorChange) = isFlat ? (p.y, dy) : (p.x, dx)
    let change = to - from
    guard change != 0 else { return }
    let low = Double(isFlat ? rect.x : rect.y)
    let high = Double(isFlat ? rect.maxX : rect.maxY)
    let minorLow = Double(isFlat ? rect.y : rect.x)
    let minorHigh = Double(isFlat ? rect.maxY : rect.maxX)
    if max(minorFrom, minorFrom + minorChange) < minorLow - 1
      || min(minorFrom, minorFrom + minorChange) > minorHigh + 1
    {
      skip()
      return
    }
    // Columns whose centres lie between the ends.
    let least = (min(from, to) - 0.5).rounded(.up)
    let most = (max(from, to) - 0.5).rounded(.down)
    let first = Int(min(max(least, low - 1), high + 1))
    let last = Int(min(max(most, low - 1), high + 1))
    guard first <= last, least <= most else { return }
    if change > 0 ? least < low - 1 : most > high + 1 { skip() }
    let slope = minorChange / change
    var step = change > 0 ? first : last
    for offset in 0...(last - first) {
      step = change > 0 ? first + offset : last - offset
      let minor = minorFrom + (Double(step) + 0.5 - from) * slope
      guard minor > minorLow - 1, minor < minorHigh + 1 else {
        skip()
        continue
      }
      let chosen = choose(minor, step, isFlat)
      let isCorner = (offset == 0 && startIsCorner) || (offset == last - first && endIsCorner)
      if isFlat { emit(step, chosen, isCorner) } else { emit(chosen, step, isCorner) }
    }
    if change > 0 ? most > high + 1 : least < low - 1 { skip() }
  }

  /// The pixel across the line's direction: the one passed through, or for an outline the one inside.
  private func choose(_ minor: Double, _ major: Int, _ isFlat: Bool) -> Int {
    let nearest = Int(minor.rounded(.down))
    guard let inside else { return nearest }
    func isInside(_ place: Int) -> Bool {
      isFlat ? inside.isSet(major, place) : inside.isSet(place, major)
    }
    let below = Int((minor - 0.5).rounded(.down))
    let (first, second) = (isInside(below), isInside(below + 1))
    if first != second { return first ? below : below + 1 }
    // Where the edge passes through a pixel's centre, filling may have rounded it to the other side.
    if !first, isInside(nearest - 1) != isInside(nearest + 1) {
      return isInside(nearest - 1) ? nearest - 1 : nearest + 1
    }
    return nearest
  }

  /// Fills a gap, which is a pixel or two wide where a line turns, with a straight line (Bresenham 1965).
  private func bridge(_ last: Pixel, _ x: Int, _ y: Int, _ pixels: inout [Pixel]) {
    let (dx, dy) = (x - last.x, y - last.y)
    let steps = max(abs(dx), abs(dy))
    guard steps > 1 else { return }
    for step in 1..<steps {
      // Halves are rounded away from the start, or toward it where only that pixel is inside.
      func place(_ half: Int) -> (x: Int, y: Int) {
        (
          last.x + (2 * step * dx + (dx < 0 ? -half : half)) / (2 * steps),
          last.y + (2 * step * dy + (dy < 0 ? -half : half)) / (2 * steps)
        )
      }
      var pixel = place(steps)
      if let inside, !inside.isSet(pixel.x, pixel.y) {
        let other = place(steps - 1)
        if inside.isSet(other.x, other.y) { pixel = other }
      }
      pixels.append(Pixel(x: pixel.x, y: pixel.y, isCorner: false, isStart: false))
    }
  }

  /// Takes out pixels in whose corner the line turns though its neighbours touch diagonally.
  private func withoutBends(_ pixels: [Pixel], isClosed: Bool) -> [Pixel] {
    func isBend(_ a: Pixel, _ b: Pixel, _ c: Pixel) -> Bool {
      !b.isCorner && !b.isStart && !c.isStart && abs(a.x - b.x) + abs(a.y - b.y) == 1
        && abs(b.x - c.x) + abs(b.y - c.y) == 1 && abs(a.x - c.x) == 1 && abs(a.y - c.y) == 1
    }
    var kept: [Pixel] = []
    kept.reserveCapacity(pixels.count)
    for (index, pixel) in pixels.enumerated() {
      let next = index + 1 < pixels.count ? pixels[index + 1] : isClosed ? kept.first : nil
      if let last = kept.last, let next, isBend(last, pixel, next) { continue }
      kept.append(pixel)
    }
    if isClosed, kept.count > 2, pixels.filter(\.isStart).count <= 1 {
      var first = kept[0]
      first.isStart = false
      if isBend(kept[kept.count - 1], first, kept[1]) { kept.removeFirst() }
    }
    return kept
  }
}
