import FeditMemory
import FeditNN

/// VGG-16's convolutions, forward: features of a picture of any size.
struct VGGTrunk: Sendable {
  private let stack: PreparedStack
  private let scale: [Float]
  private let offset: [Float]

  init(weights: VGGWeights) {
    do throws(OutOfMemory) {
      stack = try PreparedStack(weights.table, weights.values)
    } catch {
      fedit_out_of_memory(error.bytes)
    }
    (scale, offset) = (weights.scale, weights.offset)
  }

  /// Computes the activations (after ReLU) of the layers asked for.
  ///
  /// - Parameters:
  ///   - image: RGB −1…1, NHWC.
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - names: of layers, such as `conv3_3`, the last of the weights' among them.
  ///   - pool: Threads.
  /// - Returns: the maps in the order of `names`.
  func features(
    _ image: [Float], width: Int, height: Int, of names: [String], pool: ThreadPool
  ) -> [BatchMap] {
    var found: [String: BatchMap] = [:]
    do throws(OutOfMemory) {
      let input = try stack.input(width: width, height: height)
      for y in 0..<height {
        let row = input.row(y)
        for i in 0..<width * 3 { row[i] = image[y * width * 3 + i] * scale[i % 3] + offset[i % 3] }
      }
      try stack.run(input, pool: pool) { name, map in
        if names.contains(name) { found[name] = map }
      }
    } catch {
      fedit_out_of_memory(error.bytes)
    }
    return names.map { name in
      guard let map = found[name] else { preconditionFailure("no layer \(name) in these weights") }
      return map
    }
  }
}
