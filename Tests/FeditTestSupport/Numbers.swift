import Foundation

/// Numbers of a seed, the same everywhere (SplitMix64), so that a failure can be repeated.
public struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  /// Starts the sequence of a seed.
  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in −1…1.
  public mutating func float() -> Float { Float(Int32(truncatingIfNeeded: next() >> 20)) / Float(Int32.max) }

  /// A whole number from 0 to below a bound.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number in −1…1.
  public mutating func signed() -> Double { Double(next() >> 11) / Double(1 << 52) - 1 }

  /// A number in a range.
  public mutating func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &self) }

  /// So many numbers in −1…1.
  public mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}

/// Whether property tests run in full instead of a sample: the environment variable FEDIT_LONG_TESTS is 1.
public let runsLongTests = ProcessInfo.processInfo.environment["FEDIT_LONG_TESTS"] == "1"
