import FeditGenerator
import Foundation

/// The tensors of a float32 safetensors file beside the tests.
func fixture(_ name: String) throws -> InMemoryWeights {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  let data = try Data(contentsOf: folder.appendingPathComponent(name))
  let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: [String: Any]] ?? [:]
  var weights = InMemoryWeights(tensors: [:], metadata: [:])
  for (name, entry) in header {
    if name == "__metadata__" {
      weights.metadata = entry as? [String: String] ?? [:]
      continue
    }
    guard let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int] else {
      continue
    }
    let bytes = data[(8 + length + offsets[0])..<(8 + length + offsets[1])]
    var values = [Float](repeating: 0, count: bytes.count / 4)
    _ = values.withUnsafeMutableBytes { bytes.copyBytes(to: $0) }
    weights.tensors[name] = InMemoryWeights.Tensor(shape: shape, values: values)
  }
  return weights
}
