import FeditWeights
import Foundation
import Testing

/// The bytes of a safetensors file with this header and data.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  let json = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
    + [UInt8](repeating: 0, count: data)
}

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
