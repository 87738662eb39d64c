import FeditImage
import FeditPixels
import FeditPlan

/// The photo's own grain, for what the fill leaves smooth.
///
/// Strength by intensity and autocorrelation are measured on the flattest blocks around the mask; the grain is
/// white noise of the counter generator under a filter of that autocorrelation, so it depends on seed and place
/// alone. AV1's film grain synthesis (Norkin and Birkbeck 2018) is the model; its autoregression is replaced by a
/// symmetric filter, which has no first pixel to begin at.
public struct Grain: Sendable, Hashable {
  /// Levels of the luma at which the strength is given: 16, 48, … 240.
  package static let bins = 8
  /// The filter reaches so far in each direction.
  package static let lag = 3
  private static let block = 16
  /// Stronger grain than this, in levels, is taken for texture.
  private static let most: Float = 10

  /// The standard deviation of the luma in levels, by intensity.
  public let strengths: [Float]
  /// (2 lag + 1)² weights whose squares add up to 1.
  package let filter: [Float]
  /// The variance that a high-pass of 3×3 leaves of the grain, as a share of the grain's own.
  private let highPass: Float

  /// The mean strength over the intensities that were found, in levels.
  public var strength: Float { strengths.reduce(0, +) / Float(strengths.count) }

  // MARK: Measuring

  /// Measures the grain around a mask; nil where nothing flat enough is around it.
  ///
  /// - Parameters:
  ///   - mask: What of the photo is not looked at.
  ///   - picture: The photo.
  public init?(around mask: PhotoMask, in picture: Picture) {
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    // As much again on each side, at least six blocks and at most 400 pixels.
    let margin = min(max(max(mask.width, mask.height), 6 * Self.block), 400)
    let around = mask.rect.expanded(by: margin).intersection(photo)
    var blocks: [Block] = []
    let step = Self.block
    // Blocks lie on the photo's own grid; of very many, every second or third.
    let first = (x: (around.x + step - 1) / step, y: (around.y + step - 1) / step)
    let last = (x: around.maxX / step, y: around.maxY / step)
    guard last.x > first.x, last.y > first.y else { return nil }
    let thinning = max(
      1, Int((Double((last.x - first.x) * (last.y - first.y)) / 2500).squareRoot().rounded(.up)))
    for row in stride(from: first.y, to: last.y, by: thinning) {
      for column in stride(from: first.x, to: last.x, by: thinning) {
        let rect = PixelRect(x: column * step, y: row * step, width: step, height: step)
        if mask.touches(rect) { continue }
        if let block = Block(of: picture, at: rect) { blocks.append(block) }
      }
    }
    guard blocks.count >= 8 else { return nil }
    self.init(blocks)
  }

  private init?(_ blocks: [Block]) {
    // In each bin the flattest quarter; ties are broken by the order in the photo.
    var variances = [Float?](repeating: nil, count: Self.bins)
    var correlation = [Float](repeating: 0, count: Block.lags.count)
    var used = 0
    for bin in 0..<Self.bins {
      let own = blocks.filter { min(Int($0.mean / 32), Self.bins - 1) == bin && $0.isFlat }
        .enumerated().sorted { ($0.element.structure, $0.offset) < ($1.element.structure, $1.offset) }
        .map(\.element)
      guard own.count >= 4 else { continue }
      let flattest = own.prefix(max(4, own.count / 4))
      variances[bin] = flattest.reduce(0) { $0 + $1.variance } / Float(flattest.count)
      for block in flattest where block.variance > 0.05 {
        for i in correlation.indices { correlation[i] += block.covariances[i] / block.variance }
        used += 1
      }
    }
    guard used > 0, variances.contains(where: { $0 != nil }) else { return nil }
    // What is far above the middle is texture: skin and sky of one photo have grain of one kind. In the dark it mostly
    // is hair; what gamma leaves of a sensor's noise there is no stronger than elsewhere.
    let found = variances.compactMap(\.self).sorted()
    let middle = found.isEmpty ? 0 : found[found.count / 2]
    for bin in variances.indices {
      if let variance = variances[bin] {
        let times: Float = bin < 2 ? 0.5 : bin < 3 ? 1 : 4
        variances[bin] = min(variance, times * middle + 0.25, Self.most * Self.most)
      }
    }
    strengths = (0..<Self.bins).map { bin in
      let nearest = variances.indices.filter { variances[$0] != nil }
        .min { (abs($0 - bin), $0) < (abs($1 - bin), $1) }
      return nearest.flatMap { variances[$0] }.map { $0.squareRoot() } ?? 0
    }
    filter = Self.filter(correlation.map { $0 / Float(used) })
    highPass = Self.highPassShare(of: filter)
  }

  /// A block of 16×16 pixels without its slope.
  private struct Block {
    /// Offsets whose covariance is measured: half of the plane, the rest is its mirror image.
    static let lags: [(x: Int, y: Int)] = (0...lag).flatMap { y in
      (-lag...lag).compactMap { x in y > 0 || x >= 0 ? (x, y) : nil }
    }

    let mean: Float
    let variance: Float
    /// How much more the halves of the block differ than noise would let them.
    let structure: Float
    let covariances: [Float]
    /// Whether there is nothing but grain: means of 4×4 pixels vary less than pixels do.
    let isFlat: Bool

    /// nil where the block is clipped to black or white.
    init?(of picture: Picture, at rect: PixelRect) {
      let side = Grain.block
      var luma = [Float](repeating: 0, count: side * side)
      var (sum, low, high): (Float, Float, Float) = (0, 255, 0)
      for y in 0..<side {
        for x in 0..<side {
          let value = picture.luma(rect.x + x, rect.y + y)
          luma[y * side + x] = value
          sum += value
          low = min(low, value)
          high = max(high, value)
        }
      }
      guard low > 2, high < 253 else { return nil }
      mean = sum / Float(side * side)
      // The best plane, by the sums over centred coordinates.
      var (byX, byY): (Float, Float) = (0, 0)
      let center = Float(side - 1) / 2
      for y in 0..<side {
        for x in 0..<side {
          byX += luma[y * side + x] * (Float(x) - center)
          byY += luma[y * side + x] * (Float(y) - center)
        }
      }
      // Σ (x − c)² over the block.
      let norm = Float(side) * Float(side) * (Float(side) * Float(side) - 1) / 12
      byX /= norm
      byY /= norm
      var squares: Float = 0
      for y in 0..<side {
        for x in 0..<side {
          let i = y * side + x
          luma[i] -= mean + byX * (Float(x) - center) + byY * (Float(y) - center)
          squares += luma[i] * luma[i]
        }
      }
      variance = squares / Float(side * side)
      // Means of 4×4 pixels: of grain alone they vary little.
      var coarse: Float = 0
      for v in 0..<4 {
        for u in 0..<4 {
          var part: Float = 0
          for y in 0..<4 { for x in 0..<4 { part += luma[(4 * v + y) * side + 4 * u + x] } }
          coarse += part * part / 256
        }
      }
      // Slopes count as well: where there is one there often is an edge.
      isFlat = coarse / 16 < 0.5 * variance + 0.02 && byX * byX + byY * byY < 1
      structure = coarse / 16 + 4 * (byX * byX + byY * byY) + 0.25 * variance
      covariances = Self.lags.map { lag in
        var sum: Float = 0
        var count = 0
        for y in 0..<side - lag.y {
          for x in max(0, -lag.x)..<min(side, side - lag.x) {
            sum += luma[y * side + x] * luma[(y + lag.y) * side + x + lag.x]
            count += 1
          }
        }
        return sum / Float(count)
      }
    }
  }

  /// The symmetric filter of an autocorrelation: the root of its spectrum, back in the plane of pixels.
  private static func filter(_ correlation: [Float]) -> [Float] {
    // A spectrum of 16×16 frequencies; the autocorrelation tapers off to its last lag.
    let side = 16
    func taper(_ d: Int) -> Double { 1 - Double(abs(d)) / Double(lag + 1) * 0.5 }
    var waves = [Double](repeating: 0, count: side)
    for i in 0..<side { waves[i] = cosine(360 * Double(i) / Double(side)) }
    func wave(_ a: Int, _ b: Int) -> Double { waves[(((a + b) % side) + side) % side] }
    var roots = [Double](repeating: 0, count: side * side)
    for v in 0..<side {
      for u in 0..<side {
        var power = 0.0
        for (index, offset) in Block.lags.enumerated() {
          let share = offset == (0, 0) ? 1.0 : 2.0
          power +=
            share * Double(correlation[index]) * taper(offset.x) * taper(offset.y)
            * wave(u * offset.x, v * offset.y)
        }
        roots[v * side + u] = max(power, 0).squareRoot()
      }
    }
    var result: [Float] = []
    for y in -lag...lag {
      for x in -lag...lag {
        var sum = 0.0
        for v in 0..<side { for u in 0..<side { sum += roots[v * side + u] * wave(u * x, v * y) } }
        result.append(Float(sum / Double(side * side)))
      }
    }
    let norm = result.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? result.map { $0 / norm } : result
  }

  /// 3×3 binomial weights taken from the middle pixel.
  private static let binomial: [Float] = [-1, -2, -1, -2, 12, -2, -1, -2, -1].map { $0 / 16 }

  private static func highPassShare(of filter: [Float]) -> Float {
    let side = 2 * lag + 1
    var total: Float = 0
    for y in -1..<side + 1 {
      for x in -1..<side + 1 {
        var sum: Float = 0
        for v in 0..<3 {
          for u in 0..<3 {
            let (a, b) = (x + u - 1, y + v - 1)
            if a >= 0, b >= 0, a < side, b < side { sum += filter[b * side + a] * binomial[v * 3 + u] }
          }
        }
        total += sum * sum
      }
    }
    return total
  }

  // MARK: Making

  /// Adds grain to some rows of a fill, as much as it lacks.
  ///
  /// - Parameters:
  ///   - levels: `width`×`height`×3 levels, with `halo` rows and columns more on each side; changed inside those.
  ///   - width: Columns, the halo among them.
  ///   - height: Rows, the halo among them.
  ///   - x: The first column's place in the photo.
  ///   - y: The first row's.
  ///   - seed: Of the edit.
  ///   - edit: Its number from 0.
  ///   - amount: 1 is the photo's own strength.
  package func add(
    to levels: inout [Float], width: Int, height: Int, x: Int, y: Int, seed: UInt64, edit: Int, amount: Float
  ) {
    let halo = Self.halo
    guard width > 2 * halo, height > 2 * halo else { return }
    var luma = [Float](repeating: 0, count: width * height)
    for i in luma.indices {
      let (red, green, blue) = (levels[3 * i], levels[3 * i + 1], levels[3 * i + 2])
      luma[i] = Luma.of(red, green, blue)
    }
    // The energy that the fill has of its own, smoothed over 7×7 pixels.
    var energy = [SIMD4<Float>](repeating: .zero, count: width * height)
    for v in 1..<height - 1 {
      for u in 1..<width - 1 {
        var sum: Float = 0
        for b in 0..<3 {
          let row = (v + b - 1) * width + u - 1
          for a in 0..<3 {
            let weight = Self.binomial[b * 3 + a]
            sum += luma[row + a] * weight
          }
        }
        energy[v * width + u] = SIMD4(sum * sum, 1, 0, 0)
      }
    }
    BoxFilter.sum(&energy, width: width, height: height, radius: 3)
    let noise = whiteNoise(
      width: width - 2 * halo + 2 * Self.lag, height: height - 2 * halo + 2 * Self.lag,
      x: x + halo - Self.lag, y: y + halo - Self.lag, seed: seed, edit: edit)
    let stride = width - 2 * halo + 2 * Self.lag
    let side = 2 * Self.lag + 1
    for v in halo..<height - halo {
      for u in halo..<width - halo {
        let i = v * width + u
        let strength = strength(at: luma[i])
        let wanted = strength * strength * highPass
        let found = energy[i].y > 0 ? energy[i].x / energy[i].y : 0
        guard wanted > found else { continue }
        var value: Float = 0
        for b in 0..<side {
          let row = (v - halo + b) * stride + u - halo
          for a in 0..<side {
            let weight = filter[b * side + a]
            value += noise[row + a] * weight
          }
        }
        // Variances add up.
        let missing = ((wanted - found) / wanted).squareRoot()
        value *= strength * amount * missing
        for c in 0..<3 { levels[3 * i + c] = min(max(levels[3 * i + c] + value, 0), 255) }
      }
    }
  }

  /// What `add` looks at around each pixel.
  package static let halo = 4

  private func strength(at luma: Float) -> Float {
    let place = min(max((luma - 16) / 32, 0), Float(Self.bins - 1))
    let low = min(Int(place), Self.bins - 2)
    let share = place - Float(low)
    return strengths[low] * (1 - share) + strengths[low + 1] * share
  }

  /// Independent numbers of mean 0 and variance 1, near a Gaussian: sums of eight uniform ones.
  private func whiteNoise(width: Int, height: Int, x: Int, y: Int, seed: UInt64, edit: Int) -> [Float] {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let number = UInt32(truncatingIfNeeded: edit)
    // The variance of a uniform number of 16 bits is 65,536² / 12.
    let scale = Float(12.0 / 8).squareRoot() / 65_536
    return [Float](unsafeUninitializedCapacity: width * height) { noise, count in
      count = width * height
      for v in 0..<height {
        for u in 0..<width {
          let counter = SIMD4(
            UInt32(truncatingIfNeeded: x + u), UInt32(truncatingIfNeeded: y + v), number, Self.stream)
          let words = Noise.philox4x32_10(key: key, counter: counter)
          var sum: Int32 = 0
          for i in 0..<4 { sum += Int32(words[i] & 0xFFFF) + Int32(words[i] >> 16) }
          noise[v * width + u] = Float(sum - 4 * 65_535) * scale
        }
      }
    }
  }

  /// The counter's last word: 0 is the generator's noise, small numbers are its octaves'.
  private static let stream: UInt32 = 0x6772_6169
}

extension Picture {
  /// BT.601 luma in levels.
  package func luma(_ x: Int, _ y: Int) -> Float {
    let i = (y * width + x) * channels
    switch samples {
    case .eight(let s): return Luma.of(Float(s[i]), Float(s[i + 1]), Float(s[i + 2]))
    case .sixteen(let s): return Luma.of(Float(s[i]), Float(s[i + 1]), Float(s[i + 2])) / 257
    }
  }

  /// Red, green and blue in levels, and 1.
  func levels(_ x: Int, _ y: Int) -> SIMD4<Float> {
    let i = (y * width + x) * channels
    switch samples {
    case .eight(let s): return SIMD4(Float(s[i]), Float(s[i + 1]), Float(s[i + 2]), 1)
    case .sixteen(let s):
      return SIMD4(Float(s[i]) / 257, Float(s[i + 1]) / 257, Float(s[i + 2]) / 257, 1)
    }
  }
}
