import FeditKernels
import FeditNN

/// The style loss of one layer (Gatys, Ecker and Bethge, CVPR 2016).
enum GramLoss {
  /// Mean |G(f) − G(t)| over the batch, G = FᵀF / (pixels · channels); adds `weight` times its gradient.
  static func run(
    _ pool: ThreadPool, _ map: BatchMap, _ gradient: BatchMap, images: Int, weight: Float
  ) -> Double {
    let channels = map.channels
    let (side, row) = (map.side, map.side * map.channels)
    let scale = 1 / Float(side * row)
    let sums = pool.map(images) { image in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels * channels) { buffer in
        guard let gram = buffer.baseAddress else { return 0.0 }
        let other = gram + channels * channels
        // Rows lie apart, with a border between them: their products add up.
        for (slot, to) in [(image, gram), (images + image, other)] {
          for y in 0..<side {
            let from = map.row(y, image: slot)
            fk_sgemm(
              true, false, channels, channels, side, from, channels, from, channels, to, channels, y > 0)
          }
        }
        var sum = 0.0
        // G is symmetric: dF = 2 F sign(ΔG) · scale.
        let share = 2 * weight * scale / Float(images * channels * channels)
        for i in 0..<channels * channels {
          let d = (gram[i] - other[i]) * scale
          sum += Double(abs(d))
          gram[i] = d > 0 ? share : d < 0 ? -share : 0
        }
        for y in 0..<side {
          fk_sgemm(
            false, false, side, channels, channels, map.row(y, image: image), channels,
            gram,
            channels, gradient.row(y, image: image), channels, true)
        }
        return sum / Double(images * channels * channels)
      }
    }
    return sums.reduce(0, +)
  }
}
