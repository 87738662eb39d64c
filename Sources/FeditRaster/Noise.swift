/// The generator's noise: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), a function of seed, edit and pixel
/// alone. It never changes between versions.
public enum Noise {
  /// A pixel is 1 where the first word is below this: probability 0.1591, that of the published program.
  public static let threshold: UInt32 = 683_329_296

  /// Where a frame lies in the endless plane of an octave's noise.
  public struct Place: Hashable, Sendable {
    /// The frame's first column.
    public var x = 0
    /// The frame's first row.
    public var y = 0
    /// 0 is the generator's own size; each octave above has noise of its own.
    public var octave = 0

    /// The corner of a frame in an octave's plane.
    public init(x: Int = 0, y: Int = 0, octave: Int = 0) {
      self.x = x
      self.y = y
      self.octave = octave
    }
  }

  /// The noise of a frame before it is multiplied by the mask.
  ///
  /// - Parameters:
  ///   - seed: The key; its lower half is the first word.
  ///   - edit: The edit's number from 0.
  ///   - size: The frame's side in generator pixels.
  ///   - mask: 0 or 1, `size`×`size`: where it is 0, the noise is left at 0. nil for all of the frame.
  ///   - place: Where the frame lies.
  /// - Returns: 0 or 1, `size`×`size`, row by row.
  public static func layer(
    seed: UInt64, edit: Int, size: Int, inside mask: [UInt8]? = nil, at place: Place = Place()
  ) -> [UInt8] {
    precondition(mask.map { $0.count == size * size } ?? true, "the mask has another size")
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let number = UInt32(truncatingIfNeeded: edit)
    let octave = UInt32(truncatingIfNeeded: place.octave)
    var layer = mask ?? [UInt8](repeating: 1, count: size * size)
    layer.withUnsafeMutableBufferPointer { layer in
      for y in 0..<size {
        for x in 0..<size where layer[y * size + x] != 0 {
          let counter = SIMD4(
            UInt32(truncatingIfNeeded: place.x + x), UInt32(truncatingIfNeeded: place.y + y), number, octave)
          layer[y * size + x] = philox4x32_10(key: key, counter: counter).x < threshold ? 1 : 0
        }
      }
    }
    return layer
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Four words from a key and a counter, by ten rounds.
  @inline(__always)
  public static func philox4x32_10(key: SIMD2<UInt32>, counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    // Word by word: the products are scalar, and going to and from vectors would cost more than they do.
    var (k, l) = (key.x, key.y)
    var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
    for _ in 0..<10 {
      let first = UInt64(x) &* 0xD251_1F53
      let second = UInt64(z) &* 0xCD9E_8D57
      x = UInt32(truncatingIfNeeded: second >> 32) ^ y ^ k
      y = UInt32(truncatingIfNeeded: second)
      z = UInt32(truncatingIfNeeded: first >> 32) ^ w ^ l
      w = UInt32(truncatingIfNeeded: first)
      // Weyl sequences: the golden ratio and √3 − 1.
      k &+= 0x9E37_79B9
      l &+= 0xBB67_AE85
    }
    return SIMD4(x, y, z, w)
  }
}
