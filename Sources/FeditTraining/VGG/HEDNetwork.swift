import FeditKernels
import FeditNN
import FeditPixels
import FeditWeights

/// Holistically-nested edge detection (Xie and Tu, ICCV 2015): VGG-16 with a side output at the end of each
/// block, enlarged to the picture and fused.
public struct HEDNetwork: Sendable {
  /// Hysteresis for sketches: where a line may end, and what it has to reach somewhere.
  static let low: Float = 0.25
  static let high: Float = 0.5

  /// SHA-256 of the weight file.
  public let digest: String
  private let trunk: VGGTrunk
  /// Pictures are looked at side by side, each by one thread.
  private let pool = ThreadPool(threads: 1)
  /// One 1×1 kernel and bias for each block.
  private let sides: [(kernel: [Float], bias: Float)]
  private let fuse: (kernel: [Float], bias: Float)
  private static let blocks = ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"]

  /// Reads and checks the weights (`hed/conv1_1/kernel` … `hed/dsn5/bias`, `hed/fuse/kernel`).
  ///
  /// - Throws: `WeightError` naming the tensor that is missing, of another shape or not finite.
  public init(path: String) throws(WeightError) {
    let file = try SafetensorsFile(path: path)
    guard file.tensor("hed/conv1_1/kernel") != nil else {
      throw WeightError(
        file: path, tensor: "hed/conv1_1/kernel", "the file has no such tensor: it holds no HED network",
        hints: ["HED's weights are named hed/conv1_1/kernel … hed/dsn5/bias, hed/fuse/kernel (HWIO)"])
    }
    let weights = try VGGWeights(file: file)
    trunk = VGGTrunk(weights: weights)
    sides = try Self.blocks.enumerated().map { i, block throws(WeightError) in
      let base = "hed/dsn\(i + 1)/"
      let channels = weights.table.through(block).outputs
      return (
        try file.floats(named: base + "kernel", shape: [1, 1, channels, 1]),
        try file.floats(named: base + "bias", shape: [1])[0]
      )
    }
    fuse = (
      try file.floats(named: "hed/fuse/kernel", shape: [1, 1, 5, 1]),
      try file.floats(named: "hed/fuse/bias", shape: [1])[0]
    )
    digest = file.sha256()
  }

  /// The probability of an edge at each pixel, 0…1.
  func edges(_ picture: ColorPlane) -> FloatPlane {
    let image = picture.pixels.map(Levels.signed)
    let maps = trunk.features(
      image, width: picture.width, height: picture.height, of: Self.blocks, pool: pool)
    var sum = FloatPlane(width: picture.width, height: picture.height)
    for i in sum.pixels.indices { sum.pixels[i] = fuse.bias }
    for (i, map) in maps.enumerated() {
      let side = Self.side(map, sides[i])
      side.add(to: &sum, weight: fuse.kernel[i], step: 1 << i)
    }
    sum.pixels.withUnsafeMutableBufferPointer {
      fk_sigmoid(fk_best_isa(), $0.baseAddress, $0.baseAddress, $0.count)
    }
    return sum
  }

  private static func side(_ map: BatchMap, _ weights: (kernel: [Float], bias: Float)) -> FloatPlane {
    var plane = FloatPlane(width: map.width, height: map.height)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let pixel = map.pixel(x, y)
        var sum = weights.bias
        for k in 0..<map.channels { sum += pixel[k] * weights.kernel[k] }
        plane.pixels[y * map.width + x] = sum
      }
    }
    return plane
  }
}

extension FloatPlane {
  /// Adds this plane, enlarged `step` times by linear interpolation between its pixels' middles.
  fileprivate func add(to sum: inout FloatPlane, weight: Float, step: Int) {
    func places(_ count: Int, _ limit: Int) -> [(Int, Int, Float)] {
      (0..<count).map { i in
        let at = max(0, (Float(i) + 0.5) / Float(step) - 0.5)
        let low = min(Int(at), limit - 1)
        return (low, min(low + 1, limit - 1), at - Float(low))
      }
    }
    let columns = places(sum.width, width)
    let rows = places(sum.height, height)
    for (y, (top, bottom, v)) in rows.enumerated() {
      for (x, (left, right, u)) in columns.enumerated() {
        let above = pixels[top * width + left] * (1 - u) + pixels[top * width + right] * u
        let below = pixels[bottom * width + left] * (1 - u) + pixels[bottom * width + right] * u
        sum.pixels[y * sum.width + x] += weight * (above * (1 - v) + below * v)
      }
    }
  }
}
