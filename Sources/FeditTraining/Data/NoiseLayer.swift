/// The generator's noise: Philox4x32-10, 1 with probability 0.1591.
enum NoiseLayer {
  static func values(seed: UInt64, size: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: size * size) { values, count in
      for y in 0..<size {
        for x in 0..<size {
          let word = philox(
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)),
            counter: (UInt32(x), UInt32(y), 0, 0))
          values[y * size + x] = word < 683_329_296 ? 1 : 0
        }
      }
      count = size * size
    }
  }

  @inline(__always)
  private static func philox(
    key start: (UInt32, UInt32), counter: (UInt32, UInt32, UInt32, UInt32)
  ) -> UInt32 {
    var key = start
    var c = counter
    for _ in 0..<10 {
      let a = UInt64(c.0) &* 0xD251_1F53
      let b = UInt64(c.2) &* 0xCD9E_8D57
      c = (
        UInt32(truncatingIfNeeded: b >> 32) ^ c.1 ^ key.0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ c.3 ^ key.1, UInt32(truncatingIfNeeded: a)
      )
      key.0 &+= 0x9E37_79B9
      key.1 &+= 0xBB67_AE85
    }
    return c.0
  }
}
