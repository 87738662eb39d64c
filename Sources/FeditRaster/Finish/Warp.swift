import FeditImage
import FeditPixels
import FeditPlan

/// Moves parts of a picture; what lies around them gives way.
///
/// For each pixel of the result a field says where in the picture it comes from. On the outlines' new places that is given,
/// and beyond the reach nothing moves. In between lies a harmonic field (it solves Laplace's equation, so that nothing moves
/// farther than the outlines do), blurred by three box means, so that a line's end pulls no crease behind it. What the
/// blurring takes from the outlines is given back three times in the same way. Within an outline that is scaled or turned
/// everything is scaled or turned along. The equation is solved on a grid of at most 192 nodes a side by successive
/// over-relaxation in a fixed order, in double precision: the same bits everywhere.
public struct WarpField: Sendable {
  /// The most nodes on a side.
  private static let mostNodes = 192
  /// What of a pixel a node may still change by when the solution is taken.
  private static let tolerance = 0.002
  /// How often the field is corrected, the first time from nothing.
  private static let rounds = 4
  /// The least factor by which a place may be squeezed, as an area.
  private static let leastArea = 0.05

  /// The nodes' first column and row in photo pixels.
  private let origin: Point
  /// Photo pixels between nodes.
  private let cell: Double
  private let columns: Int
  private let rows: Int
  /// From a node to where its pixel comes from, in photo pixels.
  private var shifts: [SIMD2<Double>]

  /// Solves the field of outlines.
  ///
  /// - Parameter outlines: What moves, each with its reach in photo pixels; not empty.
  /// - Throws: `RasterError.foldedWarp` where the picture would lie over itself.
  public init(_ outlines: [(outline: WarpOutline, reach: Double)]) throws(RasterError) {
    var box = Box.nothing
    for (outline, reach) in outlines {
      for point in outline.to {
        box.add(point.x - reach, point.y - reach)
        box.add(point.x + reach, point.y + reach)
      }
    }
    let side = max(box.highX - box.lowX, box.highY - box.lowY, 1)
    let cell = max(1, side / Double(Self.mostNodes - 8))
    self.cell = cell
    origin = Point(box.lowX - 3 * cell, box.lowY - 3 * cell)
    columns = Int(((box.highX - box.lowX) / cell).rounded(.up)) + 7
    rows = Int(((box.highY - box.lowY) / cell).rounded(.up)) + 7
    shifts = [SIMD2<Double>](repeating: .zero, count: columns * rows)
    var kinds = [Kind](repeating: .still, count: columns * rows)
    // A third of the reach is left to the blurring, which goes three radii far.
    for (outline, reach) in outlines { free(&kinds, around: outline, reach: reach * 2 / 3) }
    let wanted = given(outlines.map(\.outline), &kinds)
    var radius = Int((outlines.map(\.reach).min() ?? 0) / cell / 9)
    let free = free(kinds)
    fill(with: wanted, in: free, radius: radius)
    // Where outlines that go different ways lie close together, less blurring tells them apart.
    while let place = folded {
      guard radius > 0 else { throw .foldedWarp(x: Int(place.x.rounded()), y: Int(place.y.rounded())) }
      radius /= 2
      fill(with: wanted, in: free, radius: radius)
    }
  }

  /// Makes the field, blurred by box means of a radius in nodes; with 0 it is the harmonic one.
  private mutating func fill(with wanted: [(index: Int, shift: SIMD2<Double>)], in free: [Int], radius: Int) {
    let still = [SIMD2<Double>](repeating: .zero, count: columns * rows)
    shifts = still
    for _ in 0..<(radius > 0 ? Self.rounds : 1) {
      var rest = still
      for (index, shift) in wanted { rest[index] = shift - shifts[index] }
      solve(&rest, in: free)
      for step in radius > 0 ? [1, columns] : [] {
        for _ in 0..<3 { rest = means(rest, radius: radius, step: step) }
      }
      for index in shifts.indices { shifts[index] += rest[index] }
    }
  }

  /// What is known of a node.
  private enum Kind { case still, free, given }

  private func node(_ p: Point) -> (x: Double, y: Double) {
    ((p.x - origin.x) / cell, (p.y - origin.y) / cell)
  }

  /// The points of a line, several to a node, each with where it comes from.
  private func walk(
    _ outline: WarpOutline, _ body: (_ x: Double, _ y: Double, _ shift: SIMD2<Double>) -> Void
  ) {
    let count = outline.to.count
    for i in 0..<(outline.isClosed ? count : count - 1) {
      let j = (i + 1) % count
      let (a, b) = (node(outline.to[i]), node(outline.to[j]))
      let first = SIMD2(outline.from[i].x - outline.to[i].x, outline.from[i].y - outline.to[i].y)
      let second = SIMD2(outline.from[j].x - outline.to[j].x, outline.from[j].y - outline.to[j].y)
      let steps = max(1, Int((3 * max(abs(b.x - a.x), abs(b.y - a.y))).rounded(.up)))
      for step in 0...steps {
        let t = Double(step) / Double(steps)
        body(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, first + (second - first) * t)
      }
    }
  }

  /// Marks what lies within an outline's reach or inside it.
  private func free(_ kinds: inout [Kind], around outline: WarpOutline, reach: Double) {
    let radius = reach / cell
    var last = (x: -1, y: -1)
    walk(outline) { x, y, _ in
      let (column, row) = (Int(x.rounded()), Int(y.rounded()))
      guard (column, row) != last else { return }
      last = (column, row)
      for v in max(0, row - Int(radius))...min(rows - 1, row + Int(radius)) {
        let half = Int(max(0, radius * radius - Double((v - row) * (v - row))).squareRoot())
        for u in max(0, column - half)...min(columns - 1, column + half) { kinds[v * columns + u] = .free }
      }
    }
    guard outline.isClosed else { return }
    for row in 0..<rows {
      var crossings: [Double] = []
      for (i, p) in outline.to.enumerated() {
        let (a, b) = (node(p), node(outline.to[(i + 1) % outline.to.count]))
        guard (a.y <= Double(row)) != (b.y <= Double(row)) else { continue }
        crossings.append(a.x + (b.x - a.x) * (Double(row) - a.y) / (b.y - a.y))
      }
      crossings.sort()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let from = max(0, Int(crossings[pair].rounded(.up)))
        let to = min(columns - 1, Int(crossings[pair + 1].rounded(.down)))
        for column in stride(from: from, through: to, by: 1) { kinds[row * columns + column] = .free }
      }
    }
  }

  /// What the nodes on the outlines are to have; where several points fall on one, their mean.
  private func given(_ outlines: [WarpOutline], _ kinds: inout [Kind]) -> [(index: Int, shift: SIMD2<Double>)]
  {
    var sums = [SIMD3<Double>](repeating: .zero, count: columns * rows)
    for outline in outlines {
      walk(outline) { x, y, shift in
        let (column, row) = (Int(x.rounded()), Int(y.rounded()))
        guard column >= 0, row >= 0, column < columns, row < rows else { return }
        sums[row * columns + column] += SIMD3(shift.x, shift.y, 1)
      }
    }
    var result: [(index: Int, shift: SIMD2<Double>)] = []
    for (index, sum) in sums.enumerated() where sum.z > 0 {
      kinds[index] = .given
      result.append((index, SIMD2(sum.x, sum.y) / sum.z))
    }
    return result
  }

  /// The nodes that are to be found, row by row; never those on the grid's border.
  private func free(_ kinds: [Kind]) -> [Int] {
    kinds.indices.filter { index in
      let (column, row) = (index % columns, index / columns)
      return kinds[index] == .free && column > 0 && row > 0 && column < columns - 1 && row < rows - 1
    }
  }

  /// Laplace's equation in the free nodes.
  private func solve(_ values: inout [SIMD2<Double>], in free: [Int]) {
    // The best factor for a square as large as a third of the grid, which the free parts are about.
    let factor = 2 / (1 + sine(540 / Double(max(columns, rows))))
    let columns = columns
    values.withUnsafeMutableBufferPointer { values in
      for _ in 0..<2000 {
        var largest = SIMD2<Double>.zero
        for index in free {
          let sum = values[index - 1] + values[index + 1] + values[index - columns] + values[index + columns]
          let step = (sum / 4 - values[index]) * factor
          values[index] += step
          largest = pointwiseMax(largest, step * step)
        }
        if largest.max() < Self.tolerance * Self.tolerance { break }
      }
    }
  }

  /// Means of the nodes on either side along rows (`step` 1) or columns; beyond the grid lies nothing that moves.
  private func means(_ values: [SIMD2<Double>], radius: Int, step: Int) -> [SIMD2<Double>] {
    let (length, lines) = step == 1 ? (columns, rows) : (rows, columns)
    var result = values
    for line in 0..<lines {
      let start = step == 1 ? line * columns : line
      var sum = SIMD2<Double>.zero
      for place in 0..<min(radius, length) { sum += values[start + place * step] }
      for place in 0..<length {
        if place + radius < length { sum += values[start + (place + radius) * step] }
        if place > radius { sum -= values[start + (place - radius - 1) * step] }
        result[start + place * step] = sum / Double(2 * radius + 1)
      }
    }
    return result
  }

  /// A place that is squeezed to nothing or turned inside out.
  private var folded: Point? {
    for row in 0..<rows - 1 {
      for column in 0..<columns - 1 {
        let i = row * columns + column
        let across = (shifts[i + 1] - shifts[i] + shifts[i + columns + 1] - shifts[i + columns]) / (2 * cell)
        let down = (shifts[i + columns] - shifts[i] + shifts[i + columns + 1] - shifts[i + 1]) / (2 * cell)
        if (1 + across.x) * (1 + down.y) - across.y * down.x < Self.leastArea {
          return Point(origin.x + (Double(column) + 0.5) * cell, origin.y + (Double(row) + 0.5) * cell)
        }
      }
    }
    return nil
  }

  /// From a place of the result, in photo pixels, to where it comes from; zero beyond the field.
  func shift(_ x: Double, _ y: Double) -> SIMD2<Double> {
    let (u, v) = node(Point(x, y))
    guard u >= 0, v >= 0, u < Double(columns - 1), v < Double(rows - 1) else { return .zero }
    let (column, row) = (Int(u), Int(v))
    let (s, t) = (u - Double(column), v - Double(row))
    let i = row * columns + column
    let above = shifts[i] + (shifts[i + 1] - shifts[i]) * s
    let below = shifts[i + columns] + (shifts[i + columns + 1] - shifts[i + columns]) * s
    return above + (below - above) * t
  }

  /// The photo pixels that the field can reach.
  private func rect(within photo: PixelRect) -> PixelRect {
    var box = Box.nothing
    box.add(origin.x, origin.y)
    box.add(origin.x + Double(columns) * cell, origin.y + Double(rows) * cell)
    return PixelRect(touching: box, within: photo)
  }

  /// Whether anything of a photo is moved.
  ///
  /// - Parameters:
  ///   - width: The photo's, in pixels.
  ///   - height: The photo's, in pixels.
  /// - Returns: False where all of the field lies outside.
  public func reaches(width: Int, height: Int) -> Bool {
    let rect = rect(within: PixelRect(x: 0, y: 0, width: width, height: height))
    return shifts.indices.contains { index in
      let (x, y) = (origin.x + Double(index % columns) * cell, origin.y + Double(index / columns) * cell)
      return max(abs(shifts[index].x), abs(shifts[index].y)) >= Self.still && x >= Double(rect.x) - cell
        && x <= Double(rect.maxX) + cell && y >= Double(rect.y) - cell && y <= Double(rect.maxY) + cell
    }
  }

  // MARK: The picture

  /// Less than this many pixels is no move.
  private static let still = 1.0 / 64

  /// Moves the picture.
  ///
  /// Between pixels by Lanczos-3, as `Resampler`; beyond its border the picture is mirrored.
  ///
  /// - Parameter picture: Changed where the field is not zero.
  /// - Returns: What was changed; empty where all of it lies outside the picture.
  public func apply(to picture: inout Picture) -> PhotoMask {
    let rect = rect(within: PixelRect(x: 0, y: 0, width: picture.width, height: picture.height))
    guard !rect.isEmpty else { return .empty }
    var changed = PhotoMask(
      x: rect.x, y: rect.y, width: rect.width, height: rect.height,
      pixels: [UInt8](repeating: 0, count: rect.area))
    let (width, height, channels) = (picture.width, picture.height, picture.channels)
    func move<Sample: FixedWidthInteger>(_ samples: inout [Sample], of old: [Sample]) {
      let most = Float(Sample.max)
      var places = [Int](repeating: 0, count: Taps.count)
      var lines = places
      for row in 0..<rect.height {
        for column in 0..<rect.width {
          let (x, y) = (Double(rect.x + column) + 0.5, Double(rect.y + row) + 0.5)
          let shift = shift(x, y)
          guard max(abs(shift.x), abs(shift.y)) >= Self.still else { continue }
          changed.pixels[row * rect.width + column] = 1
          let (across, down) = (Taps(x + shift.x - 0.5), Taps(y + shift.y - 0.5))
          for tap in 0..<Taps.count {
            places[tap] = mirrored(across.first + tap, width) * channels
            lines[tap] = mirrored(down.first + tap, height) * width * channels
          }
          let target = ((rect.y + row) * width + rect.x + column) * channels
          for channel in 0..<channels {
            var sum: Float = 0
            for line in 0..<Taps.count {
              var values = SIMD8<Float>.zero
              for tap in 0..<Taps.count { values[tap] = Float(old[lines[line] + places[tap] + channel]) }
              sum += (values * across.weights).sum() * down.weights[line]
            }
            samples[target + channel] = Sample(min(max(sum.rounded(), 0), most))
          }
        }
      }
    }
    var samples = Picture.Samples.eight([])
    swap(&samples, &picture.samples)
    switch consume samples {
    case .eight(var values):
      move(&values, of: values)
      picture.samples = .eight(values)
    case .sixteen(var values):
      move(&values, of: values)
      picture.samples = .sixteen(values)
    }
    return changed.count == 0 ? .empty : changed
  }
}

/// The pixels along one axis that a place between them is read from.
private struct Taps {
  static let count = 6
  /// Places between two pixels that are told apart.
  private static let phases = 256
  /// For each of them the weights, which add up to 1.
  private static let table = (0...phases).map { phase -> SIMD8<Float> in
    let place = Double(phase) / Double(phases)
    let weights = (0..<count).map { Resampler.kernel(place + 2 - Double($0)) }
    let sum = weights.reduce(0, +)
    var result = SIMD8<Float>.zero
    for (tap, weight) in weights.enumerated() { result[tap] = Float(weight / sum) }
    return result
  }

  /// The first pixel; may lie outside the picture.
  let first: Int
  let weights: SIMD8<Float>

  /// The pixels around a place, where whole numbers are pixels.
  init(_ place: Double) {
    let low = place.rounded(.down)
    first = Int(low) - 2
    weights = Self.table[Int(((place - low) * Double(Self.phases)).rounded())]
  }
}

extension Rasterizer {
  /// The field of all `warp` strokes of an edit; nil where there is none.
  ///
  /// - Throws: `RasterError.foldedWarp`.
  public static func warpField(of edit: PlanEdit) throws(RasterError) -> WarpField? {
    var outlines: [(outline: WarpOutline, reach: Double)] = []
    for stroke in edit.strokes where stroke.layer == .warp {
      guard let warp = stroke.warp, case .shape(let shape) = stroke.content,
        // Whether they are a warp was checked when the plan was made.
        let pairs = try? WarpOutline.pairs(from: shape, to: warp.target)
      else { continue }
      outlines += pairs.map { ($0, warp.reach) }
    }
    return outlines.isEmpty ? nil : try WarpField(outlines)
  }
}
