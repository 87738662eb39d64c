import FeditPixels
import FeditPlan

/// Brings parts of a photo to the generator's size and the generator's pixels back to the photo's.
///
/// **Filters.** A whole-pixel shift at scale 1 copies. Everything else is Lanczos-3, its kernel stretched
/// by the reduction where pixels become fewer, so that nothing aliases; where they become fewer by
/// four or more, whole blocks of `floor(reduction / 2)` pixels a side are averaged first (area mean),
/// which leaves a reduction of 2 to 3 to Lanczos. Axis-parallel maps run as two one-dimensional
/// passes; rotated ones filter along the source's axes around each output pixel.
///
/// Beyond its border a picture is mirrored (the border pixel is repeated once). Pixels are taken as
/// stored, without regard to gamma. Only what an output pixel needs is touched, 8- and
/// 16-bit samples as they are.
///
/// **Same bits:** weights come from series and the four operations of IEEE 754 alone, sums are formed in
/// a fixed order, and there are no threads.
public enum Resampler {
  /// The square that a map covers, as `size * size * 3` floats 0...255 (RGB); 16-bit samples are divided by 257.
  ///
  /// - Parameters:
  ///   - picture: the photo; alpha is ignored.
  ///   - map: generator pixels to photo pixels, a similarity; pixel centres at .5 in both.
  ///   - size: generator pixels a side.
  /// - Returns: rows from the top, RGB interleaved.
  public static func sampleRegion(_ picture: Picture, toPhoto map: Affine, size: Int) -> [Float] {
    sample(picture, toPhoto: map, width: size, height: size)
  }

  /// How far the filter reaches, in pixels of the coarser grid.
  package static var lobes: Double { Lanczos.lobes }

  /// The filter's weight at a distance in pixels of the coarser grid, before weights are made to add up to 1.
  package static func kernel(_ distance: Double) -> Double { Lanczos.kernel(distance) }

  /// A rectangle of `width * height * 3` floats 0...255 (RGB), of a picture; as `sampleRegion`.
  public static func sample(_ picture: Picture, toPhoto map: Affine, width: Int, height: Int) -> [Float] {
    switch picture.samples {
    case .eight(let samples):
      return samples.withUnsafeBufferPointer { buffer in
        sample(
          LentSamples(buffer, width: picture.width, height: picture.height, channels: picture.channels), map,
          width: width, height: height)
      }
    case .sixteen(let samples):
      return samples.withUnsafeBufferPointer { buffer in
        sample(
          LentSamples(buffer, width: picture.width, height: picture.height, channels: picture.channels), map,
          width: width, height: height)
      }
    }
  }

  /// A rectangle of photo pixels, `width * height * 3` floats 0...255, from the generator's pixels.
  ///
  /// - Parameters:
  ///   - pixels: `size * size * 3` floats 0...255 (RGB).
  ///   - size: generator pixels a side.
  ///   - map: generator pixels to photo pixels, as for `sampleRegion`.
  ///   - x: the rectangle's first column in the photo.
  ///   - y: the rectangle's first row.
  ///   - width: the rectangle's, in photo pixels.
  ///   - height: the rectangle's, in photo pixels.
  /// - Returns: rows from the top, RGB interleaved; zeros where the map has no inverse.
  public static func sampleBack(
    _ pixels: [Float], size: Int, toPhoto map: Affine, x: Int, y: Int, width: Int, height: Int
  ) -> [Float] {
    precondition(pixels.count == size * size * 3, "pixels do not fit the size")
    guard let inverse = map.inverse else { return [Float](repeating: 0, count: width * height * 3) }
    let toPixels = Affine.translation(Double(x), Double(y)).then(inverse)
    return pixels.withUnsafeBufferPointer { buffer in
      sample(
        LentSamples(buffer, width: size, height: size, channels: 3), toPixels, width: width, height: height)
    }
  }

  /// Levels on another grid.
  ///
  /// - Parameters:
  ///   - levels: `width * height * 3` floats 0...255 (RGB).
  ///   - width: the levels', in pixels.
  ///   - height: the levels', in pixels.
  ///   - map: from the wanted pixels to those of the levels, a similarity.
  ///   - toWidth: wanted pixels.
  ///   - toHeight: wanted pixels.
  /// - Returns: rows from the top, RGB interleaved.
  public static func sample(
    _ levels: [Float], width: Int, height: Int, map: Affine, toWidth: Int, toHeight: Int
  ) -> [Float] {
    precondition(levels.count == width * height * 3, "levels do not fit the size")
    return levels.withUnsafeBufferPointer { buffer in
      sample(
        LentSamples(buffer, width: width, height: height, channels: 3), map, width: toWidth, height: toHeight)
    }
  }

  /// A picture scaled to another size, 8-bit RGB: for previews and sheets.
  public static func resize(_ picture: Picture, width: Int, height: Int) -> Picture {
    let map = Affine.scale(
      Double(picture.width) / Double(width), Double(picture.height) / Double(height))
    let levels = sample(picture, toPhoto: map, width: width, height: height)
    return Picture(width: width, height: height, samples: .eight(levels.map { UInt8($0.rounded()) }))
  }

  private static func sample<S: ResampledSample>(
    _ plane: LentSamples<S>, _ map: Affine, width: Int, height: Int
  ) -> [Float] {
    guard width > 0, height > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      count = width * height * 3
      guard let target = buffer.baseAddress else { return }
      if map.b == 0, map.c == 0 {
        if map.a == 1, map.d == 1, map.tx.rounded() == map.tx, map.ty.rounded() == map.ty {
          copy(plane, Int(map.tx), Int(map.ty), target, width: width, height: height)
        } else {
          straight(plane, map, target, width: width, height: height)
        }
      } else {
        turned(plane, map, target, width: width, height: height)
      }
    }
  }

  // Whole-pixel shift

  private static func copy<S: ResampledSample>(
    _ plane: LentSamples<S>, _ left: Int, _ top: Int, _ target: UnsafeMutablePointer<Float>, width: Int,
    height: Int
  ) {
    let columns = plane.columns(left..<left + width)
    for y in 0..<height {
      let row = plane.row(mirrored(top + y, plane.height))
      var to = target + y * width * 3
      for column in columns {
        let from = row + column * plane.channels
        to[0] = from[0].exactLevel
        to[1] = from[1].exactLevel
        to[2] = from[2].exactLevel
        to += 3
      }
    }
  }

  // Axis-parallel: columns first, then rows

  /// By how much blocks are averaged before Lanczos takes over. A column of the largest one still fits 32 bits.
  private static func blockSide(_ reduction: Double) -> Int { max(1, Int(min(reduction / 2, 16_384))) }

  private static func straight<S: ResampledSample>(
    _ plane: LentSamples<S>, _ map: Affine, _ target: UnsafeMutablePointer<Float>, width: Int, height: Int
  ) {
    let block = (x: blockSide(abs(map.a)), y: blockSide(abs(map.d)))
    guard block.x > 1 || block.y > 1 else {
      let horizontal = AxisWeights(count: width, scale: map.a, offset: map.tx)
      let vertical = AxisWeights(count: height, scale: map.d, offset: map.ty)
      passes(plane, horizontal, vertical, rows: 0..<height, target)
      return
    }
    // Blocks are counted from the region's corner, so that they move with it.
    let corner = (
      x: Int(min(map.tx, map.tx + map.a * Double(width)).rounded(.down)),
      y: Int(min(map.ty, map.ty + map.d * Double(height)).rounded(.down))
    )
    var horizontal = AxisWeights(
      count: width, scale: map.a / Double(block.x), offset: (map.tx - Double(corner.x)) / Double(block.x))
    let vertical = AxisWeights(
      count: height, scale: map.d / Double(block.y), offset: (map.ty - Double(corner.y)) / Double(block.y))
    let columns = horizontal.range
    for i in horizontal.starts.indices { horizontal.starts[i] -= columns.lowerBound }
    let band = 64
    for top in stride(from: 0, to: height, by: band) {
      var part = vertical
      let rows = top..<min(top + band, height)
      part.starts = Array(vertical.starts[rows])
      let needed = part.range
      for i in part.starts.indices { part.starts[i] -= needed.lowerBound }
      part.weights = Array(vertical.weights[rows.lowerBound * part.taps..<rows.upperBound * part.taps])
      let means = plane.means(columns: columns, rows: needed, block: block, corner: corner)
      means.withUnsafeBytes { bytes in
        let reduced = LentSamples(
          bytes.bindMemory(to: Float.self), width: columns.count, height: needed.count, channels: 4)
        passes(
          reduced, horizontal, part, rows: 0..<rows.count, target + top * width * 3, scale: S.scale)
      }
    }
  }

  /// Filters down the columns, then along the rows.
  private static func passes<S: ResampledSample>(
    _ plane: LentSamples<S>, _ horizontal: AxisWeights, _ vertical: AxisWeights, rows: Range<Int>,
    _ target: UnsafeMutablePointer<Float>, scale: Float = S.scale
  ) {
    let width = horizontal.starts.count
    let range = horizontal.range
    let columns = plane.columns(range)
    let first = columns.min() ?? 0
    let last = columns.max() ?? 0
    let channels = plane.channels
    let count = (last - first + 1) * channels
    let offsets = columns.map { ($0 - first) * channels }
    let starts = horizontal.starts.map { $0 - range.lowerBound }
    // One more than there are, for pixels are loaded by fours.
    var sums = [Float](repeating: 0, count: count + 1)
    var line = [SIMD4<Float>](repeating: .zero, count: range.count)
    let taps = horizontal.taps
    sums.withUnsafeMutableBufferPointer { sums in
      line.withUnsafeMutableBufferPointer { line in
        horizontal.weights.withUnsafeBufferPointer { weights in
          guard let sum = sums.baseAddress, let pixels = line.baseAddress, let weights = weights.baseAddress
          else { return }
          for y in rows {
            plane.weightedRows(vertical, y, from: first * channels, count: count, into: sum)
            for i in 0..<offsets.count { pixels[i] = four(sum + offsets[i]) }
            var to = target + y * width * 3
            for x in 0..<width {
              store(filtered(pixels + starts[x], weights + x * taps, taps: taps) * scale, to)
              to += 3
            }
          }
        }
      }
    }
  }

  /// A weighted sum of pixels: even and odd taps apart, so that neither waits for the other.
  @inline(__always)
  private static func filtered(
    _ pixels: UnsafePointer<SIMD4<Float>>, _ weights: UnsafePointer<Float>, taps: Int
  ) -> SIMD4<Float> {
    var even = SIMD4<Float>.zero
    var odd = SIMD4<Float>.zero
    var pixel = pixels
    var weight = weights
    for _ in 0..<taps / 2 {
      even += pixel[0] * weight[0]
      odd += pixel[1] * weight[1]
      pixel += 2
      weight += 2
    }
    if taps & 1 == 1 { even += pixel[0] * weight[0] }
    return even + odd
  }

  @inline(__always)
  private static func store(_ level: SIMD4<Float>, _ target: UnsafeMutablePointer<Float>) {
    let bounded = level.clamped(lowerBound: SIMD4(repeating: 0), upperBound: SIMD4(repeating: 255))
    target[0] = bounded[0]
    target[1] = bounded[1]
    target[2] = bounded[2]
  }

  // Rotated: tile by tile

  private static func turned<S: ResampledSample>(
    _ plane: LentSamples<S>, _ map: Affine, _ target: UnsafeMutablePointer<Float>, width: Int, height: Int
  ) {
    let reduction = map.scaleFactor
    let side = blockSide(reduction)
    let block = Double(side)
    let corners = [(0, 0), (width, 0), (0, height), (width, height)].map {
      map(Point(Double($0.0), Double($0.1)))
    }
    let corner = (
      x: Int((corners.map(\.x).min() ?? 0).rounded(.down)),
      y: Int((corners.map(\.y).min() ?? 0).rounded(.down))
    )
    let toBlocks = map.then(
      Affine(
        a: 1 / block, b: 0, c: 0, d: 1 / block, tx: -Double(corner.x) / block, ty: -Double(corner.y) / block))
    let stretch = reduction / block
    let phases = stretch <= 1 ? PhaseWeights.unstretched : PhaseWeights(stretch: stretch)
    let tile = 64
    for top in stride(from: 0, to: height, by: tile) {
      for left in stride(from: 0, to: width, by: tile) {
        let columns = left..<min(left + tile, width)
        let rows = top..<min(top + tile, height)
        let needed = extent(toBlocks, columns, rows, phases)
        let means = plane.means(
          columns: needed.columns, rows: needed.rows, block: (side, side), corner: corner)
        means.withUnsafeBufferPointer { pixels in
          phases.weights.withUnsafeBufferPointer { weights in
            guard let pixels = pixels.baseAddress, let weights = weights.baseAddress else { return }
            for y in rows {
              for x in columns {
                let place = toBlocks(Point(Double(x) + 0.5, Double(y) + 0.5))
                let horizontal = phases.place(place.x)
                let vertical = phases.place(place.y)
                let total = filtered(
                  pixels + (vertical.start - needed.rows.lowerBound) * needed.columns.count
                    + (horizontal.start - needed.columns.lowerBound),
                  stride: needed.columns.count, weights + horizontal.offset, weights + vertical.offset,
                  taps: phases.taps)
                store(total * S.scale, target + (y * width + x) * 3)
              }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func filtered(
    _ pixels: UnsafePointer<SIMD4<Float>>, stride: Int, _ horizontal: UnsafePointer<Float>,
    _ vertical: UnsafePointer<Float>, taps: Int
  ) -> SIMD4<Float> {
    var total = SIMD4<Float>.zero
    var row = pixels
    for v in 0..<taps {
      total += filtered(row, horizontal, taps: taps) * vertical[v]
      row += stride
    }
    return total
  }

  /// The source pixels (or blocks) that a tile of output pixels needs.
  private static func extent(
    _ map: Affine, _ columns: Range<Int>, _ rows: Range<Int>, _ phases: PhaseWeights
  ) -> (columns: Range<Int>, rows: Range<Int>) {
    let corners = [columns.lowerBound, columns.upperBound].flatMap { x in
      [rows.lowerBound, rows.upperBound].map { y in map(Point(Double(x), Double(y))) }
    }
    func range(_ values: [Double]) -> Range<Int> {
      let low = Int((values.min() ?? 0).rounded(.down)) - phases.taps / 2 - 1
      return low..<Int((values.max() ?? 0).rounded(.up)) + phases.taps / 2 + 2
    }
    return (range(corners.map(\.x)), range(corners.map(\.y)))
  }
}

/// What samples are resampled from.
protocol ResampledSample {
  /// Holds the sum of a column of a block.
  associatedtype Sum
  /// As a number, in the sample's own range.
  var level: Float { get }
  /// 0...255, correctly rounded.
  var exactLevel: Float { get }
  /// From its own range to 0...255.
  static var scale: Float { get }
  static var zero: Sum { get }
  /// Without a check for overflow, which would keep the loop from being vectorized: see `blockSide`.
  static func add(_ sample: Self, to sum: inout Sum)
  static func level(_ sum: Sum) -> Float
}

extension UInt8: ResampledSample {
  @inline(__always) var level: Float { Float(self) }
  @inline(__always) var exactLevel: Float { Float(self) }
  @inline(__always) static var scale: Float { 1 }
  @inline(__always) static var zero: Int32 { 0 }
  @inline(__always) static func add(_ sample: UInt8, to sum: inout Int32) { sum &+= Int32(sample) }
  @inline(__always) static func level(_ sum: Int32) -> Float { Float(sum) }
}

extension UInt16: ResampledSample {
  @inline(__always) var level: Float { Float(self) }
  @inline(__always) var exactLevel: Float { Float(self) / 257 }
  @inline(__always) static var scale: Float { 1 / 257 }
  @inline(__always) static var zero: Int32 { 0 }
  @inline(__always) static func add(_ sample: UInt16, to sum: inout Int32) { sum &+= Int32(sample) }
  @inline(__always) static func level(_ sum: Int32) -> Float { Float(sum) }
}

extension Float: ResampledSample {
  @inline(__always) var level: Float { self }
  @inline(__always) var exactLevel: Float { self }
  @inline(__always) static var scale: Float { 1 }
  @inline(__always) static var zero: Float { 0 }
  @inline(__always) static func add(_ sample: Float, to sum: inout Float) { sum += sample }
  @inline(__always) static func level(_ sum: Float) -> Float { sum }
}

/// Four floats from wherever they lie.
@inline(__always)
func four(_ source: UnsafePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Float>.self)
}

/// Interleaved samples that are lent for the time of a call.
struct LentSamples<S: ResampledSample> {
  let samples: UnsafeBufferPointer<S>
  let width: Int
  let height: Int
  let channels: Int

  init(_ samples: UnsafeBufferPointer<S>, width: Int, height: Int, channels: Int) {
    precondition(samples.count >= width * height * channels && width > 0 && height > 0)
    self.samples = samples
    self.width = width
    self.height = height
    self.channels = channels
  }

  /// The columns that stand for a range which may go beyond the border.
  func columns(_ range: Range<Int>) -> [Int] { range.map { mirrored($0, width) } }

  @inline(__always)
  func row(_ y: Int) -> UnsafePointer<S> {
    guard let base = samples.baseAddress else { preconditionFailure("a plane has samples") }
    return base + y * width * channels
  }

  /// The weighted sum of the rows that output row `y` is made of.
  @inline(__always)
  func weightedRows(
    _ vertical: AxisWeights, _ y: Int, from first: Int, count: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    let start = vertical.starts[y]
    let weights = y * vertical.taps
    for i in 0..<count { sums[i] = 0 }
    var tap = 0
    while tap < vertical.taps {
      let left = vertical.taps - tap
      if left >= 4 {
        let (w0, w1) = (vertical.weights[weights + tap], vertical.weights[weights + tap + 1])
        let (w2, w3) = (vertical.weights[weights + tap + 2], vertical.weights[weights + tap + 3])
        let r0 = row(mirrored(start + tap, height)) + first
        let r1 = row(mirrored(start + tap + 1, height)) + first
        let r2 = row(mirrored(start + tap + 2, height)) + first
        let r3 = row(mirrored(start + tap + 3, height)) + first
        for i in 0..<count {
          sums[i] += (r0[i].level * w0 + r1[i].level * w1) + (r2[i].level * w2 + r3[i].level * w3)
        }
        tap += 4
      } else {
        let weight = vertical.weights[weights + tap]
        let source = row(mirrored(start + tap, height)) + first
        for i in 0..<count { sums[i] += source[i].level * weight }
        tap += 1
      }
    }
  }

  /// Means of blocks of samples, RGB and a fourth number without meaning each, in the samples' own range.
  ///
  /// - Parameters:
  ///   - columns: which blocks of a row, counted from `corner`.
  ///   - rows: which rows of blocks.
  ///   - block: the blocks' size in pixels; 1 × 1 converts.
  ///   - corner: the first pixel of block (0, 0).
  /// - Returns: row by row.
  func means(
    columns: Range<Int>, rows: Range<Int>, block: (x: Int, y: Int), corner: (x: Int, y: Int)
  ) -> [SIMD4<Float>] {
    let left = corner.x + columns.lowerBound * block.x
    let sources = self.columns(left..<left + columns.count * block.x)
    let first = sources.min() ?? 0
    let count = ((sources.max() ?? 0) - first + 1) * channels
    let offsets = sources.map { ($0 - first) * channels }
    let share = 1 / Float(block.x * block.y)
    var sums = [S.Sum](repeating: S.zero, count: count)
    // One more than there are, for pixels are loaded by fours.
    var levels = [Float](repeating: 0, count: count + 1)
    return [SIMD4<Float>](unsafeUninitializedCapacity: columns.count * rows.count) { buffer, initialized in
      initialized = columns.count * rows.count
      guard var target = buffer.baseAddress else { return }
      sums.withUnsafeMutableBufferPointer { sums in
        levels.withUnsafeMutableBufferPointer { levels in
          offsets.withUnsafeBufferPointer { offsets in
            guard let sum = sums.baseAddress, let level = levels.baseAddress, var offset = offsets.baseAddress
            else { return }
            let firstOffset = offset
            for blockRow in rows {
              let top = corner.y + blockRow * block.y
              if block.y == 1 {
                let source = row(mirrored(top, height)) + first * channels
                for i in 0..<count { level[i] = source[i].level }
              } else {
                for i in 0..<count { sum[i] = S.zero }
                for y in top..<top + block.y {
                  let source = row(mirrored(y, height)) + first * channels
                  for i in 0..<count { S.add(source[i], to: &sum[i]) }
                }
                for i in 0..<count { level[i] = S.level(sum[i]) }
              }
              offset = firstOffset
              for i in 0..<columns.count {
                var total = four(level + offset[0])
                var j = 1
                while j < block.x {
                  total += four(level + offset[j])
                  j += 1
                }
                target[i] = total * share
                offset += block.x
              }
              target += columns.count
            }
          }
        }
      }
    }
  }
}
