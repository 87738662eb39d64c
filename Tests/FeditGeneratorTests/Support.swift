import FeditGenerator
import FeditTestSupport
import FeditWeights
import Foundation

/// A safetensors file beside the tests.
func fixture(_ name: String) throws -> SafetensorsFile {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  return try SafetensorsFile(path: folder.appendingPathComponent(name).path)
}

/// Random layers of a size; the mask is a rectangle, or given.
func randomInputs(size: Int, seed: UInt64, mask: [Float]? = nil) -> GeneratorInputs {
  var numbers = Numbers(seed)
  let pixels = size * size
  let image = (0..<pixels * 3).map { _ in numbers.float() }
  let color = (0..<pixels * 3).map { _ in numbers.float() }
  let sketch = (0..<pixels).map { _ in numbers.float() > 0.9 ? Float(1) : 0 }
  let noise = (0..<pixels).map { _ in numbers.float() > 0.7 ? Float(1) : 0 }
  let colorSet = (0..<pixels).map { _ in numbers.float() > 0 ? Float(1) : 0 }
  let square = MaskArea(centeredFraction: 0.3, size: size).mask
  return GeneratorInputs(
    size: size, image: image, sketch: sketch, color: color, colorSet: colorSet, mask: mask ?? square,
    noise: noise,
    mirror: (
      (0..<pixels * 3).map { _ in numbers.float() }, (0..<pixels).map { _ in numbers.float() > 0 ? 1 : 0 }
    ))
}

/// Largest and mean absolute difference.
func difference(_ a: [Float], _ b: [Float]) -> (largest: Float, mean: Double) {
  guard a.count == b.count else { return (.infinity, .infinity) }
  var largest: Float = 0
  var sum = 0.0
  for (x, y) in zip(a, b) {
    let d = abs(x - y)
    if !(d <= largest) { largest = d }
    sum += Double(d)
  }
  return (largest, sum / Double(max(1, a.count)))
}

/// Whether values have the same bits where a mask is set.
func sameBits(_ a: [Float], _ b: [Float], where mask: [Float]? = nil) -> Bool {
  guard a.count == b.count else { return false }
  for i in a.indices where mask.map({ $0[i / 3] != 0 }) ?? true {
    if a[i].bitPattern != b[i].bitPattern { return false }
  }
  return true
}

/// A number that threads share.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  var value: Int {
    get { lock.withLock { count } }
    set { lock.withLock { count = newValue } }
  }
}
