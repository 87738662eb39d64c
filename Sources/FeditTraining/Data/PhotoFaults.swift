import FeditPixels
import FeditVision

/// The faults of real photographs. Softness is put into a sample's target and so into what is left of it around the
/// mask; the sensor's noise and JPEG into its surroundings alone: a fill is to be clean, and gets the photo's grain
/// afterwards. A network that has to match noise paints leather into whatever is smooth.
enum PhotoFaults {
  /// Softens a target, and spoils what is seen of it.
  ///
  /// - Parameters:
  ///   - target: What the network is to make.
  ///   - mask: 0 where it is seen.
  ///   - random: Chooses faults.
  static func apply(to target: inout ColorPlane, mask: [UInt8], _ random: inout SeededRandom) {
    if random.chance(0.3) { blur(&target, sigma: random.number(0.4...1.1)) }
    var seen = target
    if random.chance(0.5) { addNoise(&seen, &random) }
    if random.chance(0.6) {
      seen.passThroughJPEG(quality: random.integer(60...95), halvesChroma: random.chance(0.7))
    }
    for p in mask.indices where mask[p] == 0 {
      for c in 3 * p..<3 * p + 3 { target.pixels[c] = seen.pixels[c] }
    }
  }

  private static func blur(_ target: inout ColorPlane, sigma: Float) {
    for c in 0..<3 {
      var plane = FloatPlane(width: target.width, height: target.height)
      for p in plane.pixels.indices { plane.pixels[p] = Float(target.pixels[3 * p + c]) }
      let blurred = plane.blurred(sigma: Double(sigma)).rounded
      for p in plane.pixels.indices { target.pixels[3 * p + c] = blurred.pixels[p] }
    }
  }

  /// Noise that grows with the root of the light, mostly of lightness, a little of colour.
  private static func addNoise(_ target: inout ColorPlane, _ random: inout SeededRandom) {
    let strength = random.number(0.5...6)
    let colorShare = random.number(0...0.6)
    // For each level the noise's standard deviation, 4:1 from white to black.
    let deviations = (0..<256).map { strength * (0.25 + 0.75 * (Float($0) / 255).squareRoot()) }
    for p in 0..<target.width * target.height {
      // Sums of bytes are nearly normal; the mean of a byte is 127.5, its deviation 73.9.
      let bits = random.bits()
      func normal(_ shift: UInt64) -> Float {
        let a = bits >> shift & 255
        let b = bits >> (shift + 8) & 255
        return (Float(a + b) - 255) * (1 / 104.5)
      }
      let common = normal(0)
      for c in 0..<3 {
        let level = Int(target.pixels[3 * p + c])
        let own = normal(16 + 16 * UInt64(c))
        let value = Float(level) + deviations[level] * (common + colorShare * own)
        target.pixels[3 * p + c] = UInt8(max(0, min(255, value + 0.5)))
      }
    }
  }
}

/// What the octave below leaves of a target: shrunk, not quite right in tone, and enlarged again by doubling.
enum OctaveBelow {
  /// A fill as the generator makes it at a half or a quarter of the size, enlarged to the sample's.
  static func fill(_ target: ColorPlane, _ random: inout SeededRandom) -> ColorPlane {
    let halvings = random.chance(0.65) ? 1 : 2
    var small = target
    for _ in 0..<halvings { small = small.halved }
    if random.chance(0.5) { soften(&small, &random) }
    shiftTone(&small, &random)
    for _ in 0..<halvings { small = doubled(small) }
    return small
  }

  /// A generator's fill is softer than a shrunk photo, much softer where much is missing, and grainy where it is
  /// unsure.
  private static func soften(_ picture: inout ColorPlane, _ random: inout SeededRandom) {
    let sigma = Double(random.chance(0.6) ? random.number(0.35...0.9) : random.number(0.9...3.5))
    let grain = random.number(0...2.5)
    for c in 0..<3 {
      var plane = FloatPlane(width: picture.width, height: picture.height)
      for p in plane.pixels.indices { plane.pixels[p] = Float(picture.pixels[3 * p + c]) }
      let blurred = plane.blurred(sigma: sigma)
      for p in plane.pixels.indices {
        let value = blurred.pixels[p] + grain * random.number(-1...1)
        picture.pixels[3 * p + c] = UInt8(max(0, min(255, value + 0.5)))
      }
    }
  }

  /// Some levels off, differently in different places.
  private static func shiftTone(_ picture: inout ColorPlane, _ random: inout SeededRandom) {
    let size = picture.width
    let strength = random.number(0...6)
    let offsets = (0..<12).map { _ in strength * random.number(-1...1) }
    for y in 0..<picture.height {
      let v = Float(y) / Float(picture.height)
      for x in 0..<size {
        let u = Float(x) / Float(size)
        let p = 3 * (y * size + x)
        for c in 0..<3 {
          let top = offsets[c] + (offsets[c + 3] - offsets[c]) * u
          let bottom = offsets[c + 6] + (offsets[c + 9] - offsets[c + 6]) * u
          let value = Float(picture.pixels[p + c]) + top + (bottom - top) * v
          picture.pixels[p + c] = UInt8(max(0, min(255, value + 0.5)))
        }
      }
    }
  }

  /// Twice the size, linear between the pixels' middles, rounded.
  private static func doubled(_ picture: ColorPlane) -> ColorPlane {
    func mix(_ near: UInt8, _ across: UInt8, _ down: UInt8, _ far: UInt8) -> UInt8 {
      let above = 3 * Int(near) + Int(across)
      let below = 3 * Int(down) + Int(far)
      return UInt8((3 * above + below + 8) >> 4)
    }
    let (width, height) = (picture.width, picture.height)
    return ColorPlane(
      width: 2 * width, height: 2 * height,
      pixels: doubled(picture.pixels, width: width, height: height, mix: mix))
  }

  /// RGB at twice the size, linear between the pixels' middles.
  ///
  /// - Parameters:
  ///   - pixels: `width`×`height`×3 values.
  ///   - width: Their columns.
  ///   - height: Their rows.
  ///   - mix: From the nearest value, those beside it and above or below it, and the one across the corner: nine,
  ///     three, three and one sixteenth.
  /// - Returns: `2 width`×`2 height`×3 values.
  static func doubled<Value>(
    _ pixels: [Value], width: Int, height: Int, mix: (Value, Value, Value, Value) -> Value
  ) -> [Value] {
    let count = 12 * width * height
    return [Value](unsafeUninitializedCapacity: count) { to, filled in
      pixels.withUnsafeBufferPointer { from in
        var i = 0
        for y in 0..<2 * height {
          let near = y / 2
          let far = max(0, min(height - 1, y % 2 == 0 ? near - 1 : near + 1))
          for x in 0..<2 * width {
            let left = x / 2
            let right = max(0, min(width - 1, x % 2 == 0 ? left - 1 : left + 1))
            for c in 0..<3 {
              func value(_ row: Int, _ column: Int) -> Value { from[3 * (row * width + column) + c] }
              to.initializeElement(
                at: i, to: mix(value(near, left), value(near, right), value(far, left), value(far, right)))
              i += 1
            }
          }
        }
      }
      filled = count
    }
  }
}
