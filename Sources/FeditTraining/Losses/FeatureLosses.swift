import FeditKernels
import FeditNN

/// Losses on a trunk's features: of crops of the composite against the same crops of the photo.
package final class FeatureLosses {
  /// What is measured on each layer.
  package struct Weights: Sendable, Equatable {
    /// Mean |f − t| divided by mean |t| (the published perceptual loss, made independent of a layer's scale).
    package var relative: Float = 0
    /// Mean over layers and masked pixels of the squared distance between features scaled to unit length: what
    /// `fedit eval` calls the feature distance (as in LPIPS, Zhang et al., CVPR 2018, without its learned weights).
    package var unit: Float = 0
    /// Mean |Gram matrix of f − that of t|, each divided by pixels · channels (Gatys et al., CVPR 2016).
    package var style: Float = 0
    package init() {}
  }
  /// Values, summed over the layers but for `unit`, without weights.
  package struct Values: Sendable, Equatable {
    package var relative = 0.0
    package var unit = 0.0
    package var style = 0.0
  }

  /// A crop's first pixel: of what is judged and of what it should be.
  package typealias Crop = (judged: UnsafePointer<Float>, target: UnsafePointer<Float>)

  package let trunk: FeatureTrunk
  package let layers: [String]
  package var weights: Weights
  private let images: Int
  private let side: Int

  /// Connects a trunk.
  ///
  /// - Parameters:
  ///   - trunk: Its batch has the crops.
  ///   - layers: Where features are compared.
  ///   - weights: What each value is multiplied by.
  package init(trunk: FeatureTrunk, layers: [String] = ["conv1_2", "conv2_2", "conv3_3"], weights: Weights) {
    self.trunk = trunk
    self.layers = layers
    self.weights = weights
    images = trunk.images
    side = trunk.side
  }

  /// Computes values and adds gradients.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - pictures: One a crop: what is judged and what it should be, at the crop's first pixel.
  ///   - rowStride: Floats from one row of the pictures to the next.
  ///   - masks: One a crop, at its first pixel.
  ///   - maskRowStride: Floats from one row of the masks to the next.
  ///   - gradients: Where each crop's gradient is added.
  ///   - look: Called when the features are there.
  ///   - add: Adds more to a layer's gradient, after the losses' own.
  /// - Returns: The values without weights.
  package func run(
    _ pool: ThreadPool, pictures: [Crop], rowStride: Int, masks: [UnsafePointer<Float>], maskRowStride: Int,
    gradients: [UnsafeMutablePointer<Float>], look: () -> Void = {},
    add: (_ layer: String, _ gradient: BatchMap) -> Void = { _, _ in }
  ) -> Values {
    forward(pool, pictures: pictures, rowStride: rowStride)
    look()
    var values = Values()
    trunk.backward(pool, wanted: Set(layers)) { name in
      guard let (map, gradient) = trunk.maps(name) else { return }
      if weights.unit > 0 {
        values.unit += unit(
          pool, map, gradient, masks: masks, maskRowStride: maskRowStride, weight: weights.unit)
      }
      if weights.relative > 0 { values.relative += relative(pool, map, gradient) }
      if weights.style > 0 { values.style += style(pool, map, gradient) }
      add(name, gradient)
    }
    pool.run(images) { item, _ in
      trunk.addGradient(slot: item, to: gradients[item], rowStride: rowStride)
    }
    return values
  }

  /// The distance of unit-length features, without a gradient.
  ///
  /// - Parameters: As of ``run(_:pictures:rowStride:masks:maskRowStride:gradients:look:add:)``.
  /// - Returns: The mean over layers and masked places.
  package func distance(
    _ pool: ThreadPool, pictures: [Crop], rowStride: Int, masks: [UnsafePointer<Float>], maskRowStride: Int
  ) -> Double {
    forward(pool, pictures: pictures, rowStride: rowStride)
    return layers.reduce(0) { sum, name in
      guard let (map, gradient) = trunk.maps(name) else { return sum }
      // What it adds to the gradients is 0, and they are cleared before they are used.
      return sum
        + unit(pool, map, gradient, masks: masks, maskRowStride: maskRowStride, weight: 0)
    }
  }

  private func forward(_ pool: ThreadPool, pictures: [Crop], rowStride: Int) {
    pool.run(2 * images) { item, _ in
      let picture = pictures[item % images]
      trunk.set(item < images ? picture.judged : picture.target, rowStride: rowStride, slot: item)
    }
    trunk.forward(pool)
  }

  /// Runs over the rows of the judged half; the sum of what `body` returns, in order.
  private func rows(
    _ pool: ThreadPool, _ map: BatchMap, _ gradient: BatchMap,
    _ body: (
      _ image: Int, _ y: Int, _ f: UnsafePointer<Float>, _ t: UnsafePointer<Float>,
      _ g: UnsafeMutablePointer<Float>
    ) -> (Double, Double)
  ) -> (Double, Double) {
    let sums = pool.map(images * map.side) { item in
      let (image, y) = (item / map.side, item % map.side)
      return body(
        image, y, map.row(y, image: image), map.row(y, image: self.images + image),
        gradient.row(y, image: image))
    }
    return sums.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
  }

  private func relative(_ pool: ThreadPool, _ map: BatchMap, _ gradient: BatchMap) -> Double {
    let count = map.side * map.channels
    let target = rows(pool, map, gradient) { _, _, _, t, _ in
      var sum: Float = 0
      for i in 0..<count { sum += abs(t[i]) }
      return (Double(sum), 0)
    }.0
    guard target > 0 else { return 0 }
    let scale = Float(Double(weights.relative) / target)
    let isa = fk_best_isa()
    let sum = rows(pool, map, gradient) { _, _, f, t, g in (ft_l1(isa, f, t, g, scale, count), 0) }.0
    return sum / target
  }

  private func unit(
    _ pool: ThreadPool, _ map: BatchMap, _ gradient: BatchMap, masks: [UnsafePointer<Float>],
    maskRowStride: Int, weight total: Float
  ) -> Double {
    let step = side / map.side
    let channels = map.channels
    func share(_ image: Int, _ y: Int, _ x: Int) -> Float {
      var sum: Float = 0
      for v in 0..<step {
        for u in 0..<step { sum += masks[image][(y * step + v) * maskRowStride + x * step + u] }
      }
      return sum / Float(step * step)
    }
    let all = withoutActuallyEscaping(share) { share in
      rows(pool, map, gradient) { image, y, _, _, _ in
        var sum: Float = 0
        for x in 0..<map.side { sum += share(image, y, x) }
        return (Double(sum), 0)
      }.0
    }
    guard all > 0 else { return 0 }
    let weight = Float(Double(total) / (all * Double(layers.count)))
    let sum = withoutActuallyEscaping(share) { share in
      rows(pool, map, gradient) { image, y, f, t, g in
        var sum = 0.0
        for x in 0..<map.side {
          let m = share(image, y, x)
          guard m > 0 else { continue }
          let (f, t, g) = (f + x * channels, t + x * channels, g + x * channels)
          var (ff, tt, ft): (Float, Float, Float) = (0, 0, 0)
          for c in 0..<channels {
            ff += f[c] * f[c]
            tt += t[c] * t[c]
            ft += f[c] * t[c]
          }
          let (nf, nt) = ((ff + 1e-6).squareRoot(), (tt + 1e-6).squareRoot())
          // |u − v|² = |u|² + |v|² − 2 u·v for u = f / |f|, v = t / |t|; its gradient 2 (u − v − u (u·(u − v))) / |f|.
          let (uu, vv, uv) = (ff / (nf * nf), tt / (nt * nt), ft / (nf * nt))
          sum += Double(m * max(uu + vv - 2 * uv, 0))
          let along = uu - uv
          let scale = 2 * weight * m / nf
          let (onF, onT) = (scale * (1 - along) / nf, scale / nt)
          for c in 0..<channels { g[c] += onF * f[c] - onT * t[c] }
        }
        return (sum, 0)
      }.0
    }
    return sum / (all * Double(layers.count))
  }

  private func style(_ pool: ThreadPool, _ map: BatchMap, _ gradient: BatchMap) -> Double {
    // Written where the Gram matrices are.
    GramLoss.run(pool, map, gradient, images: images, weight: weights.style)
  }
}
