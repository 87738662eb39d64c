import FeditImage
import FeditPixels
import FeditPlan

/// The way from the generator's size up to the photo's resolution.
///
/// Where a square has more pixels than the generator, what it made is enlarged and generated again in tiles, octave
/// by octave, with the fill of the octave below as colour layer. An octave's tiles lie on a grid of its own that
/// begins at the square's corner, overlap by fixed weights, and see the photo's own pixels.
public struct Octaves: Sendable, Hashable {
  /// One pass over the mask.
  public struct Level: Sendable, Hashable {
    /// 0 is the generator's frame.
    public var index: Int
    /// Photo pixels that a pixel of the level is long.
    public var scale: Double
    /// From the level's pixels to photo pixels; its pixel (0, 0) is the square's corner.
    public var toPhoto: Affine
  }

  /// Squares up to so many photo pixels a generator pixel take no octave.
  package static let least = 1.25

  /// From coarse to fine; the first is the generator's frame.
  public let levels: [Level]
  /// The side of frame and tiles.
  public let size: Int

  /// The octaves of a square.
  ///
  /// - Parameters:
  ///   - region: The square.
  ///   - most: How many octaves there may be.
  public init(_ region: PlanRegion, most: Int = .max) {
    size = region.size
    let map = region.toPhoto
    let first = (map.a * map.a + map.b * map.b).squareRoot()
    var levels = [Level(index: 0, scale: first, toPhoto: map)]
    // A direction of length 1, so that a scale of 1 is exactly one.
    let (x, y) = (map.a / first, map.b / first)
    var scale = first
    while scale > Self.least, levels.count <= most {
      scale = scale / 2 > Self.least ? scale / 2 : 1
      levels.append(
        Level(
          index: levels.count, scale: scale,
          toPhoto: Affine(a: x * scale, b: y * scale, c: -y * scale, d: x * scale, tx: map.tx, ty: map.ty)))
    }
    self.levels = levels
  }

  // MARK: Tiles

  /// A tile of an octave.
  public struct Tile: Sendable, Hashable {
    /// Its place on the grid of tiles, from the left.
    public var column: Int
    /// Its place on the grid of tiles, from the top.
    public var row: Int
    /// Its left edge, in the level's pixels.
    public var x: Int
    /// Its upper edge, in the level's pixels.
    public var y: Int
    /// As the square that the generator sees.
    public var region: PlanRegion
  }

  /// Outermost pixels whose output does not count: the network sees nothing beyond its frame.
  package var margin: Int { size / 16 }
  /// Pixels over which neighbouring tiles fade into each other.
  package var ramp: Int { size / 8 }
  /// From tile to tile.
  public var step: Int { size - 2 * margin - ramp }

  /// How much a column (or row) of a tile counts; those of all tiles add up to 1.
  package func weight(_ index: Int) -> Float {
    func rise(_ distance: Int) -> Float {
      min(max((Float(distance) + 0.5) / Float(ramp), 0), 1)
    }
    return min(rise(index - margin), rise(size - 1 - margin - index))
  }

  /// Of a tile's mask, the pixels whose output counts.
  public func counted(_ mask: [UInt8]) -> [UInt8] {
    var result = mask
    for y in 0..<size {
      for x in 0..<size where y < margin || x < margin || y >= size - margin || x >= size - margin {
        result[y * size + x] = 0
      }
    }
    return result
  }

  /// The tile at a place of the grid.
  public func tile(_ column: Int, _ row: Int, of level: Level) -> Tile {
    let x = column * step - margin - ramp / 2
    let y = row * step - margin - ramp / 2
    let map = Affine.translation(Double(x), Double(y)).then(level.toPhoto)
    return Tile(
      column: column, row: row, x: x, y: y,
      region: PlanRegion(toPhoto: map, side: level.scale * Double(size), size: size, origin: .scaled))
  }

  /// The tiles whose pixels a mask touches, row by row.
  ///
  /// - Parameters:
  ///   - level: Not the first.
  ///   - mask: At the photo's resolution.
  /// - Returns: At least one where the mask is not empty.
  public func tiles(of level: Level, for mask: PhotoMask) -> [Tile] {
    guard let box = rect(of: mask, at: level) else { return [] }
    let half = ramp / 2
    let columns = floorDivide(box.x - half, step)...floorDivide(box.maxX - 1 + half, step)
    let rows = floorDivide(box.y - half, step)...floorDivide(box.maxY - 1 + half, step)
    let frame = PixelRect(x: mask.x, y: mask.y, width: mask.width, height: mask.height)
    return rows.flatMap { row in
      columns.compactMap { column in
        let tile = tile(column, row, of: level)
        return mask.touches(tile.region.photoRect(within: frame)) ? tile : nil
      }
    }
  }

  /// The rectangle of a level's pixels that a mask can touch.
  package func rect(of mask: PhotoMask, at level: Level) -> PixelRect? {
    guard !mask.isEmpty, let inverse = level.toPhoto.inverse else { return nil }
    var box = Box.nothing
    let (left, right) = (Double(mask.x), Double(mask.x + mask.width))
    let (top, bottom) = (Double(mask.y), Double(mask.y + mask.height))
    for corner in [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)] {
      let p = inverse(corner)
      box.add(p.x, p.y)
    }
    let far = 1 << 30
    return PixelRect(touching: box, within: PixelRect(x: -far, y: -far, width: 2 * far, height: 2 * far))
  }
}

/// A level's fill while its tiles come in, a strip of tiles at a time.
///
/// Tiles are to be added in the order that `Octaves.tiles` gives them in.
public struct OctaveFill {
  private let octaves: Octaves
  private let level: Octaves.Level
  /// In the level's pixels: the mask, and a border for reading between pixels.
  private let rect: PixelRect
  private var words: [UInt16]
  /// Sums of the rows that tiles may still add to, red, green and blue times weight, and the weight.
  private var sums: [SIMD4<Float>] = []
  /// The first of those rows, in the level's pixels.
  private var firstRow: Int

  /// Begins with what is there: the photo, and the fill of the octave below where tiles do not reach.
  ///
  /// - Parameters:
  ///   - octaves: The way up.
  ///   - level: Which of its levels.
  ///   - mask: At the photo's resolution; not empty.
  ///   - picture: The photo.
  public init?(_ octaves: Octaves, level: Octaves.Level, mask: PhotoMask, photo picture: Picture) {
    guard let inner = octaves.rect(of: mask, at: level) else { return nil }
    self.octaves = octaves
    self.level = level
    let rect = inner.expanded(by: 4)
    self.rect = rect
    words = []
    words.reserveCapacity(rect.area * 3)
    for top in stride(from: 0, to: rect.height, by: 64) {
      let map = Affine.translation(Double(rect.x), Double(rect.y + top)).then(level.toPhoto)
      let levels = Resampler.sample(
        picture, toPhoto: map, width: rect.width, height: min(64, rect.height - top))
      words += levels.map(Self.word)
    }
    firstRow = rect.y
  }

  private static func word(_ level: Float) -> UInt16 { UInt16(min(max(level * 257, 0), 65_535) + 0.5) }

  /// Adds a tile's output.
  ///
  /// - Parameters:
  ///   - levels: `size`×`size`×3 levels of the tile, right inside the mask.
  ///   - mask: 0 or 1, `size`×`size`: where they count.
  ///   - tile: Which one.
  public mutating func add(_ levels: [Float], mask: [UInt8], of tile: Octaves.Tile) {
    let size = octaves.size
    finish(before: tile.y)
    let weights = (0..<size).map(octaves.weight)
    let last = min(tile.y + size, rect.maxY)
    while firstRow * rect.width + sums.count < last * rect.width {
      sums += [SIMD4<Float>](repeating: .zero, count: rect.width)
    }
    for y in max(tile.y, firstRow)..<max(last, firstRow) {
      let down = weights[y - tile.y]
      guard down > 0 else { continue }
      for x in max(tile.x, rect.x)..<min(tile.x + size, rect.maxX) {
        let i = (y - tile.y) * size + x - tile.x
        let weight = down * weights[x - tile.x]
        guard mask[i] != 0, weight > 0 else { continue }
        sums[(y - firstRow) * rect.width + x - rect.x] +=
          SIMD4(levels[3 * i], levels[3 * i + 1], levels[3 * i + 2], 1) * weight
      }
    }
  }

  /// Turns the sums of rows above into levels.
  private mutating func finish(before row: Int) {
    let end = min(max(row, firstRow), rect.maxY)
    let rows = min(end - firstRow, sums.count / max(rect.width, 1))
    for y in 0..<rows {
      for x in 0..<rect.width {
        let sum = sums[y * rect.width + x]
        guard sum.w > 0 else { continue }
        let i = ((firstRow - rect.y + y) * rect.width + x) * 3
        let level = sum / sum.w
        for c in 0..<3 { words[i + c] = Self.word(level[c]) }
      }
    }
    sums.removeFirst(rows * rect.width)
    firstRow = end
  }

  /// The whole level.
  public consuming func fill() -> Fill {
    finish(before: rect.maxY)
    return Fill(
      Picture(width: rect.width, height: rect.height, samples: .sixteen(words)),
      toPhoto: Affine.translation(Double(rect.x), Double(rect.y)).then(level.toPhoto))
  }
}
