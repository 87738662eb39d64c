import FeditPixels

/// Keeps a fill's colours among those that the photo around it has at the same lightness.
///
/// Where nothing is drawn, a network that is unsure paints what no photo shows: violet pupils, red corners of eyes. So
/// in bands of lightness the differences red − green and blue − green of a fill stay near those that the photo has
/// there; lightness stays. What lies at colours that the script gives is exempt: they may be new to the photo. Tiles of
/// octaves see a part of the photo, and what a cheek is filled with may touch none of its skin there: so theirs is
/// joined with the whole frame's.
package struct Palette {
  /// Levels of lightness a band.
  private static let band = 16
  private static let bands = 256 / band
  /// The least photo pixels, as a share of the frame, from which anything is learned.
  private static let least = 0.05
  /// What lies beyond the photo's range by more than this many levels is reduced to a share of its excess.
  private static let margin: Float = 3
  private static let share: Float = 0.15
  /// The share of the photo's pixels that may lie outside its range on either side.
  private static let outliers = 0.02

  /// Red and blue less green, in levels.
  private struct Range {
    var red: ClosedRange<Float>
    var blue: ClosedRange<Float>

    func joined(_ other: Range) -> Range {
      func join(_ a: ClosedRange<Float>, _ b: ClosedRange<Float>) -> ClosedRange<Float> {
        min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
      }
      return Range(red: join(red, other.red), blue: join(blue, other.blue))
    }
  }

  /// By lightness.
  private var ranges: [Range]

  /// The photo's colours in a frame, outside the mask; nil where there is too little photo.
  ///
  /// - Parameters:
  ///   - photo: `size`×`size`×3 levels, red first.
  ///   - layers: The frame's mask.
  package init?(_ photo: [Float], layers: Layers) {
    guard let ranges = Self.ranges(photo, layers) else { return nil }
    self.ranges = ranges
  }

  /// With the colours of another frame, too.
  package func joined(_ other: Palette) -> Palette {
    var result = self
    for k in ranges.indices { result.ranges[k] = ranges[k].joined(other.ranges[k]) }
    return result
  }

  /// Lets colours be, which are too few in the photo to count, where the fill is as light as they are.
  ///
  /// - Parameter colors: Levels.
  package mutating func admit(_ colors: [SIMD3<Float>]) {
    for color in colors {
      let (red, blue) = (color.x - color.y, color.z - color.y)
      let k = Self.index(Luma.of(color.x, color.y, color.z))
      ranges[k] = ranges[k].joined(Range(red: red...red, blue: blue...blue))
    }
  }

  /// The band of a lightness.
  private static func index(_ luma: Float) -> Int { max(0, min(bands - 1, Int(luma) / band)) }

  /// Changes a fill.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, red first; changed inside the mask, away from given colours.
  ///   - layers: Mask and colours.
  package func limit(_ fill: inout [Float], layers: Layers) {
    let size = layers.size
    guard layers.mask.contains(where: { $0 != 0 }) else { return }
    let (margin, share) = (Self.margin, Self.share)
    func pressed(_ value: Float, _ range: ClosedRange<Float>) -> Float {
      let (low, high) = (range.lowerBound - margin, range.upperBound + margin)
      return value < low ? low + (value - low) * share : value > high ? high + (value - high) * share : value
    }
    var given = [SIMD4<Float>](repeating: .zero, count: size * size)
    let hasColors = layers.colorSet.contains { $0 != 0 }
    let radius = max(2, size / 32)
    if hasColors {
      for i in given.indices where layers.colorSet[i] != 0 { given[i] = SIMD4(repeating: 1) }
      BoxFilter.sum(&given, width: size, height: size, radius: radius)
    }
    let area = Float((2 * radius + 1) * (2 * radius + 1))
    for i in 0..<size * size where layers.mask[i] != 0 && layers.colorSet[i] == 0 {
      // All at a twentieth of the surroundings coloured, nothing where there is no colour near.
      let weight = hasColors ? 1 - min(1, 20 * given[i].x / area) : 1
      guard weight > 0 else { continue }
      let (red, green, blue) = (fill[3 * i], fill[3 * i + 1], fill[3 * i + 2])
      let luma = Luma.of(red, green, blue)
      let range = ranges[Self.index(luma)]
      let u = red - green
      let v = blue - green
      let (newU, newV) = (u + (pressed(u, range.red) - u) * weight, v + (pressed(v, range.blue) - v) * weight)
      guard newU != u || newV != v else { continue }
      let newGreen = luma - Luma.of(newU, 0, newV)
      fill[3 * i] = newGreen + newU
      fill[3 * i + 1] = newGreen
      fill[3 * i + 2] = newGreen + newV
    }
  }

  /// What the photo has in each band of lightness and in those beside it; in bands that it does not have, what the
  /// nearest one has, in proportion to lightness. Nil where there is too little photo.
  private static func ranges(_ photo: [Float], _ layers: Layers) -> [Range]? {
    let size = layers.size
    var counts = [Int](repeating: 0, count: bands)
    // Histograms of differences from −255 to 255.
    var red = [Int32](repeating: 0, count: bands * 511)
    var blue = red
    var known = 0
    for i in 0..<size * size where layers.mask[i] == 0 {
      let (r, g, b) = (photo[3 * i], photo[3 * i + 1], photo[3 * i + 2])
      let k = index(Luma.of(r, g, b))
      counts[k] += 1
      red[k * 511 + 255 + max(-255, min(255, Int((r - g).rounded())))] += 1
      blue[k * 511 + 255 + max(-255, min(255, Int((b - g).rounded())))] += 1
      known += 1
    }
    guard Double(known) >= least * Double(size * size) else { return nil }
    func range(_ histogram: [Int32], _ k: Int) -> ClosedRange<Float> {
      let few = Int32((outliers * Double(counts[k])).rounded(.up))
      let levels = histogram[k * 511..<(k + 1) * 511]
      func first(_ order: some Sequence<Int>) -> Int {
        var sum: Int32 = 0
        for i in order {
          sum += levels[k * 511 + i]
          if sum >= few { return i - 255 }
        }
        return 0
      }
      let (low, high) = (first(0..<511), first((0..<511).reversed()))
      return Float(min(low, high))...Float(max(low, high))
    }
    let enough = max(24, size * size / 2000)
    let own = (0..<bands).map { k in
      counts[k] >= enough ? Range(red: range(red, k), blue: range(blue, k)) : nil
    }
    guard own.contains(where: { $0 != nil }) else { return nil }
    let filled = (0..<bands).map { k -> Range in
      if let range = own[k] { return range }
      let nearest = (0..<bands).filter { own[$0] != nil }.min { abs($0 - k) < abs($1 - k) } ?? k
      guard let range = own[nearest] else { return Range(red: 0...0, blue: 0...0) }
      // Of the same hue: differences grow with lightness.
      let scale = min(1, (Float(k) + 0.5) / (Float(nearest) + 0.5))
      func scaled(_ r: ClosedRange<Float>) -> ClosedRange<Float> {
        r.lowerBound * scale...r.upperBound * scale
      }
      return Range(red: scaled(range.red), blue: scaled(range.blue))
    }
    return filled.indices.map { k in
      [k - 1, k + 1].filter(filled.indices.contains).reduce(filled[k]) { $0.joined(filled[$1]) }
    }
  }
}
