import FeditPixels

/// Brings what a generator made of drawn colours to these colours.
///
/// A generator takes a drawn colour for a hint: teeth between lips come out pink, a brow too light. What it adds to it,
/// light and shadow, hairs, a gleam, is what it is there for; so only the middle is moved: the median of the fill under
/// each connected piece of one colour gets that colour's red and blue beside green, and half of its lightness. (Mouths,
/// eyes and brows of twelve held-out portraits of 1,024 pixels, drawn in their own medians: distance of features 0.374,
/// 0.457, 0.307 and 20.84, 20.37, 23.13 dB without, 0.368, 0.458, 0.304 and 21.02, 20.48, 23.37 dB with it. With all of
/// the lightness drawn brows and whites of eyes look painted.)
package enum DrawnColors {
  /// The least pixels of a piece: fewer are a spot of light, whose pixels are mixed with what is around it.
  private static let least = 8
  /// The most that a piece is moved by, in levels of a channel.
  private static let most: Float = 64
  /// The part of what a piece is too light or too dark that is taken back: a generator also dims what would stare.
  private static let lightness: Float = 0.5

  /// The part of a piece's border that has a sketched line within two pixels, from which on the line is its outline.
  private static let outline: Float = 0.3
  /// By how many levels a colour without an outline differs from what is around it where it begins to be a thing, and
  /// where it is one: a stroke of skin on skin is a hint, and as a line it would be a fold.
  private static let contrast: ClosedRange<Float> = 32...56
  /// How much lighter or darker than the drawn colour something else begins, and is nothing of it: a lid in the upper part
  /// of what is drawn as the white of an eye, the gaps between teeth.
  private static let other: ClosedRange<Float> = 40...80

  /// Towards a pixel's four neighbours.
  private static let directions: [(x: Int, y: Int)] = [(-1, 0), (1, 0), (0, -1), (0, 1)]

  /// Changes a fill under its colours, and a pixel beyond them.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, red first, of the generator's frame; changed inside the mask.
  ///   - layers: What is drawn.
  package static func match(_ fill: inout [Float], layers: Layers) {
    let size = layers.size
    var lines = layers.sketch.map { SIMD4<Float>($0 == 0 ? 0 : 1, 0, 0, 0) }
    BoxFilter.sum(&lines, width: size, height: size, radius: 2)
    var moves = [SIMD4<Float>](repeating: .zero, count: size * size)
    let (pieces, owners) = pieces(layers)
    for piece in pieces where piece.count >= least {
      let first = 3 * piece[0]
      let wanted = SIMD3(
        Float(layers.color[first]), Float(layers.color[first + 1]), Float(layers.color[first + 2]))
      let luma = Luma.of(wanted.x, wanted.y, wanted.z)
      let shares = piece.map { i in
        let away = abs(Luma.of(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2]) - luma)
        return max(0, min(1, (other.upperBound - away) / (other.upperBound - other.lowerBound)))
      }
      let own = zip(piece, shares).filter { $0.1 > 0 }.map(\.0)
      guard own.count >= least else { continue }
      var move = SIMD4<Float>.zero
      for c in 0..<3 {
        let levels = own.map { fill[3 * $0 + c] }.sorted()
        move[c] = wanted[c] - levels[levels.count / 2]
      }
      let sureness = sureness(piece, of: owners, wanted, in: fill, lines: lines, size: size)
      guard sureness > 0 else { continue }
      let light = (1 - lightness) * Luma.of(move.x, move.y, move.z)
      for c in 0..<3 { move[c] = sureness * max(-most, min(most, move[c] - light)) }
      for (i, share) in zip(piece, shares) { moves[i] = share * move }
    }
    guard moves.contains(where: { $0 != .zero }) else { return }
    smooth(&moves, size: size)
    for i in layers.mask.indices where layers.mask[i] != 0 {
      for c in 0..<3 { fill[3 * i + c] = max(0, min(255, fill[3 * i + c] + moves[i][c])) }
    }
  }

  /// How surely a piece is a thing and no hint, 0…1: one with an outline is; of others, by how much the colour differs from
  /// the fill three pixels beyond the border.
  private static func sureness(
    _ piece: [Int], of owners: [Int32], _ wanted: SIMD3<Float>, in fill: [Float], lines: [SIMD4<Float>],
    size: Int
  ) -> Float {
    let own = owners[piece[0]]
    /// The place some steps away, where it lies in the frame and beyond the piece.
    func beyond(_ i: Int, _ direction: (x: Int, y: Int), _ steps: Int) -> Int? {
      let (u, v) = (i % size + steps * direction.x, i / size + steps * direction.y)
      let k = v * size + u
      return u >= 0 && v >= 0 && u < size && v < size && owners[k] != own ? k : nil
    }
    var (difference, count): (Float, Float) = (0, 0)
    var (border, outlined): (Float, Float) = (0, 0)
    for i in piece {
      var isBorder = false
      for direction in directions {
        if beyond(i, direction, 1) != nil { isBorder = true }
        guard let k = beyond(i, direction, 3) else { continue }
        let away = SIMD3(fill[3 * k], fill[3 * k + 1], fill[3 * k + 2]) - wanted
        difference += (abs(away.x) + abs(away.y) + abs(away.z)) / 3
        count += 1
      }
      if isBorder {
        border += 1
        if lines[i].x > 0 { outlined += 1 }
      }
    }
    if count == 0 || outlined >= outline * border { return 1 }
    let (low, high) = (contrast.lowerBound, contrast.upperBound)
    return max(0, min(1, (difference / count - low) / (high - low)))
  }

  /// Pixels of the mask that have one colour and touch each other, each piece in the order in which it was found; and
  /// for each pixel which piece it belongs to, −1 for none.
  private static func pieces(_ layers: Layers) -> (pieces: [[Int]], owners: [Int32]) {
    let size = layers.size
    let labels = ColorEdges.labels(layers)
    var owners = [Int32](repeating: -1, count: labels.count)
    func isFree(_ i: Int) -> Bool { layers.mask[i] != 0 && labels[i] >= 0 && owners[i] < 0 }
    var pieces: [[Int]] = []
    for first in labels.indices where isFree(first) {
      let own = Int32(pieces.count)
      owners[first] = own
      var piece = [first]
      var next = 0
      while next < piece.count {
        let i = piece[next]
        next += 1
        for direction in directions {
          let (u, v) = (i % size + direction.x, i / size + direction.y)
          let k = v * size + u
          guard u >= 0, v >= 0, u < size, v < size, isFree(k), labels[k] == labels[i] else { continue }
          owners[k] = own
          piece.append(k)
        }
      }
      pieces.append(piece)
    }
    return (pieces, owners)
  }

  /// Binomial weights 1, 2, 1 in both directions; nothing lies beyond the frame.
  private static func smooth(_ values: inout [SIMD4<Float>], size: Int) {
    for stride in [1, size] {
      let source = values
      for i in values.indices {
        let place = stride == 1 ? i % size : i / size
        let before = place > 0 ? source[i - stride] : .zero
        let after = place + 1 < size ? source[i + stride] : .zero
        values[i] = 0.25 * before + 0.5 * source[i] + 0.25 * after
      }
    }
  }
}
