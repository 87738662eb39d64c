import FeditWeights
import Testing

/// The error that `body` throws.
func weightError(_ body: () throws -> Void) throws -> WeightError {
  try #require(throws: WeightError.self, performing: body)
}
