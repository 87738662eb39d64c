/// Random numbers from a seed: xoshiro256** (Blackman and Vigna 2018), its state filled by SplitMix64.
///
/// The same seeds give the same numbers on every machine and in every version.
public struct SeededRandom: Sendable, Hashable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Starts a stream for a seed and whatever else tells streams apart, such as a step and a picture.
  public init(seed: UInt64, _ keys: UInt64...) {
    var mixed = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    for key in keys { mixed = Self.mix(mixed ^ Self.mix(key &+ 0x9E37_79B9_7F4A_7C15)) }
    func word(_ i: UInt64) -> UInt64 { Self.mix(mixed &+ i &* 0x9E37_79B9_7F4A_7C15) }
    state = (word(1), word(2), word(3), word(4) | 1)
  }

  /// SplitMix64's finalizer: each bit of the input reaches each of the output.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// The next 64 random bits.
  public mutating func bits() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// A number of 0..<1, a multiple of 2⁻²⁴.
  public mutating func unit() -> Float { Float(bits() >> 40) * 0x1p-24 }

  /// A number of a range.
  public mutating func number(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// An integer of a range.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    let count = UInt64(range.upperBound - range.lowerBound + 1)
    return range.lowerBound + Int(bits().multipliedFullWidth(by: count).high)
  }

  /// Whether something that happens in this share of cases happens.
  public mutating func chance(_ probability: Float) -> Bool { unit() < probability }

  /// A unit vector of any direction.
  mutating func direction() -> (x: Float, y: Float) {
    while true {
      let x = number(-1...1)
      let y = number(-1...1)
      let length = (x * x + y * y).squareRoot()
      if length > 0.1, length <= 1 { return (x / length, y / length) }
    }
  }

  /// Whether both give the same numbers from here on.
  public static func == (a: Self, b: Self) -> Bool { a.state == b.state }
  /// Hashes a part of the state.
  public func hash(into hasher: inout Hasher) { hasher.combine(state.0) }
}
