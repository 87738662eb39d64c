/// The run's random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), the same everywhere.
public struct TrainingRandom: Sendable, Equatable {
  /// What has to be kept to go on with the same numbers.
  public var state: UInt64

  /// Starts a sequence.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Spreads a number's bits over all 64.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// Uniform in 0 ..< 1.
  public mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }

  /// Uniform in 0 ..< bound.
  public mutating func integer(below bound: Int) -> Int {
    Int((next() >> 32) &* UInt64(bound) >> 32)
  }

  /// Roughly normal: the sum of twelve uniform numbers less six.
  public mutating func normal() -> Float { (0..<12).reduce(Float(-6)) { sum, _ in sum + uniform() } }
}
