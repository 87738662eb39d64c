/// The generator's noise: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), a function of seed, edit and pixel
/// alone. It never changes between versions.
public enum Noise {
  /// A pixel is 1 where the first word is below this: probability 0.1591, that of the published program.
  public static let threshold: UInt32 = 683_329_296

  /// The noise of a frame before it is multiplied by the mask.
  ///
  /// - Parameters:
  ///   - seed: The key; its lower half is the first word.
  ///   - edit: The edit's number from 0.
  ///   - size: The frame's side in generator pixels.
  /// - Returns: 0 or 1, `size`×`size`, row by row.
  public static func layer(seed: UInt64, edit: Int, size: Int) -> [UInt8] {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let number = UInt32(truncatingIfNeeded: edit)
    return [UInt8](unsafeUninitializedCapacity: size * size) { buffer, count in
      for y in 0..<size {
        for x in 0..<size {
          let counter = SIMD4(UInt32(truncatingIfNeeded: x), UInt32(truncatingIfNeeded: y), number, 0)
          buffer[y * size + x] = philox4x32_10(key: key, counter: counter).x < threshold ? 1 : 0
        }
      }
      count = size * size
    }
  }

  /// Four words from a key and a counter, by ten rounds.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @inline(__always)
  public static func philox4x32_10(key: SIMD2<UInt32>, counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var key = key
    var words = counter
    for _ in 0..<10 {
      let first = UInt64(words.x) * 0xD251_1F53
      let second = UInt64(words.z) * 0xCD9E_8D57
      words = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ words.y ^ key.x, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ words.w ^ key.y, UInt32(truncatingIfNeeded: first))
      // Weyl sequences: the golden ratio and √3 − 1.
      key = SIMD2(key.x &+ 0x9E37_79B9, key.y &+ 0xBB67_AE85)
    }
    return words
  }
}
