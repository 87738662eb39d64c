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
