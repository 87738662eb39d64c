import FeditKernels
import FeditNN
import FeditText

/// Discriminators on the frozen features of VGG-16 (Projected GAN, Sauer et al., NeurIPS 2021; Vision-aided GAN,
/// Kumari et al., CVPR 2022): a small network with spectral normalisation on each of two layers, whose features the
/// losses on features compute anyway.
///
/// A head is a 3×3 convolution of stride 2 to `width` channels, leaky ReLU, and a 3×3 convolution to 16 scores a
/// place. It reads features over their root mean square in the batch's photos. A place counts as made where its square
/// of pixels, or one of the eight around it, is masked; the others, which composite and photo have alike, teach
/// nothing: counted as a photo's they only draw all scores upwards.
package final class FeatureDiscriminator {
  /// A network on one layer's features.
  package struct Head {
    /// The layer of VGG-16.
    package let layer: String
    package let network: PatchNetwork
    /// The trunk's map.
    let features: BatchMap
  }
  package let heads: [Head]
  private let images: Int
  /// Whether the weights are normalised and packed already, as for a step's second slot.
  var isPacked = false
  private let side: Int
  /// For each head, what features are multiplied by.
  private var scales: [Float]

  /// Puts heads onto a trunk.
  ///
  /// - Parameters:
  ///   - trunk: Its batch has the crops.
  ///   - layers: Where features are judged.
  ///   - width: Channels of a head.
  ///   - seed: Chooses the weights.
  /// - Throws: `OutOfMemory`.
  package init(
    trunk: FeatureTrunk, layers: [String] = ["conv2_2", "conv3_3"], width: Int = 64, seed: UInt64
  ) throws {
    images = trunk.images
    side = trunk.side
    heads = try layers.enumerated().compactMap { index, layer in
      guard let map = trunk.maps(layer)?.map else { return nil }
      let table = PatchNetwork.table(
        inputs: map.channels, [(stride: 2, channels: width), (stride: 1, channels: 16)])
      let stream = UInt64(10 + 2 * index)
      let network = try PatchNetwork(
        table, wanted: 0..<map.channels, images: trunk.images, side: map.side, seed: seed,
        streams: (stream, stream + 1))
      network.ignoresRest = true
      return Head(layer: layer, network: network, features: map)
    }
    scales = heads.map { _ in 1 }
  }

  package var byteCount: Int { heads.reduce(0) { $0 + $1.network.byteCount } }

  /// Looks at the trunk's features.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - masks: One a crop, at its first pixel.
  ///   - maskRowStride: Floats from one row of the masks to the next.
  ///   - isJudged: For each of the first crops, whether it counts; all where it is left out.
  package func forward(
    _ pool: ThreadPool, masks: [UnsafePointer<Float>], maskRowStride: Int, isJudged: [Bool] = []
  ) {
    for (index, head) in heads.enumerated() {
      let (map, input) = (head.features, head.network.stack.input)
      scales[index] = scale(pool, map)
      let scale = scales[index]
      let count = map.side * map.channels
      pool.run(map.images * map.side) { item, _ in
        let (image, y) = (item / map.side, item % map.side)
        let from = map.row(y, image: image)
        let to = input.row(y, image: image)
        for i in 0..<count { to[i] = from[i] * scale }
      }
      let places = head.network.stack.output.side
      head.network.made = masks.enumerated().map { index, mask in
        isJudged.isEmpty || isJudged[index % isJudged.count]
          ? made(mask, maskRowStride, places: places) : [Float](repeating: 0, count: places * places)
      }
      if !isPacked { head.network.pack(pool) }
      head.network.forward(pool)
    }
  }

  /// One over the root mean square of the photos' features, which is a constant for gradients.
  private func scale(_ pool: ThreadPool, _ map: BatchMap) -> Float {
    let row = map.side * map.channels
    let sums = pool.map(images * map.side) { item in
      let (image, y) = (self.images + item / map.side, item % map.side)
      return ft_sum_of_squares(fk_best_isa(), map.row(y, image: image), row)
    }
    let mean = sums.reduce(0, +) / Double(images * map.side * row)
    return mean > 0 ? Float(1 / mean.squareRoot()) : 1
  }

  /// Where a head's scores are on something made.
  private func made(_ mask: UnsafePointer<Float>, _ rowStride: Int, places: Int) -> [Float] {
    let step = side / places
    var map = [Float](repeating: 0, count: places * places)
    for y in 0..<places {
      for x in 0..<places {
        let isMasked = (y * step..<(y + 1) * step).contains { v in
          (x * step..<(x + 1) * step).contains { u in mask[v * rowStride + u] > 0 }
        }
        guard isMasked else { continue }
        for v in max(0, y - 1)...min(places - 1, y + 1) {
          for u in max(0, x - 1)...min(places - 1, x + 1) { map[v * places + u] = 1 }
        }
      }
    }
    return map
  }

  /// Adds the gradient that the generator gets from one head to that of the trunk's layer.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - layer: The trunk's layer.
  ///   - weight: Of −mean score on made places, averaged over the heads.
  ///   - gradient: Of the layer's features.
  /// - Returns: The layer's part of the value, without weight.
  package func generatorLoss(_ pool: ThreadPool, layer: String, weight: Float, into gradient: BatchMap)
    -> Double
  {
    guard let index = heads.firstIndex(where: { $0.layer == layer }) else { return 0 }
    let network = heads[index].network
    let share = 1 / Float(heads.count)
    let score = network.generatorLoss(pool, adversarial: weight * share, matching: 0).adversarial
    let from = network.inputGradient
    let count = from.side * from.channels
    let scale = scales[index]
    pool.run(images * from.side) { item, _ in
      let (image, y) = (item / from.side, item % from.side)
      let g = from.row(y, image: image)
      let to = gradient.row(y, image: image)
      for i in 0..<count { to[i] += g[i] * scale }
    }
    return score * Double(share)
  }

  /// Computes the gradient of the heads' parameters on the last features looked at: hinge losses.
  ///
  /// - Returns: Their mean.
  package func discriminatorLoss(_ pool: ThreadPool) -> Double {
    var sum = 0.0
    for head in heads {
      sum += head.network.discriminatorLoss(pool, hinge: true).scores
      head.network.finish(pool)
    }
    return sum / Double(heads.count)
  }
}
