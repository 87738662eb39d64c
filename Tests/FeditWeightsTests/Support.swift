import FeditWeights
import Foundation
import Testing

/// A folder that is deleted at the end of a test.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "fedit-weights-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The bytes of a safetensors file with this header and data.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  let json = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
    + [UInt8](repeating: 0, count: data)
}

/// A seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Whether the long property tests run their full numbers.
let isLong = ProcessInfo.processInfo.environment["FEDIT_LONG_TESTS"] == "1"

/// The error that `body` throws.
func weightError(_ body: () throws -> Void) throws -> WeightError {
  do {
    try body()
  } catch let error as WeightError {
    return error
  }
  Issue.record("nothing was thrown")
  throw CancellationError()
}
