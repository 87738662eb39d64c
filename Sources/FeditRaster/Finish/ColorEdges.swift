/// Puts the borders of drawn colours where they are, in a fill that was enlarged.
///
/// The coarser octave shows a drawn shape in steps of its own pixels, and the enlarged fill has these steps. But the
/// shape is known exactly. So pixels near the border of a colour take what the fill has deeper inside the same colour
/// (or, on the other side, farther outside): upsampling guided by what was drawn, as joint bilateral upsampling
/// (Kopf et al., 2007) is by a picture.
///
/// That holds for things, a lens or a bead. A brow, lips or an eye are drawn as flat shapes too, but the generator
/// makes a part of the face of them, whose border is its own: hairs, a soft lip. Their colours are left out.
public struct ColorEdges: Sendable {
  /// The shares of the contrast at a colour's border by which a fill may miss the colour in the two pixels inside it, or
  /// in the third and fourth, for the colour to count as shown the way it is drawn.
  ///
  /// In the first two lenses have 0.1, frames 0.3, brows, lips and whites of eyes 0.4 to 0.8. In the next two, which thin
  /// things do not have and masks without a margin do not soften, lenses have 0.02 to 0.07, parts of faces 0.1 to 0.6.
  private static let mostMissed: (rim: Float, inside: Float) = (0.33, 0.08)
  /// Up to this share in the first two pixels a colour counts as drawn whatever is beside it.
  private static let certain: Float = 0.2

  /// The colours whose borders are kept.
  private let kept: Set<Int32>

  /// Finds the colours that a fill shows as they are drawn: flat up to their borders.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, the generator's frame.
  ///   - layers: What is drawn, in the same frame.
  public init(of fill: [Float], layers: Layers) {
    let size = layers.size
    let labels = Self.labels(layers)
    let depths = Self.depths(labels, size: size, most: 5)
    var rims: [Int32: SIMD2<Float>] = [:]
    var insides = rims
    var contrast: [Int32: SIMD2<Float>] = [:]
    func difference(_ i: Int, from label: Int32) -> Float {
      let (red, green, blue) = (Float(label >> 16), Float(label >> 8 & 255), Float(label & 255))
      return (abs(fill[3 * i] - red) + abs(fill[3 * i + 1] - green) + abs(fill[3 * i + 2] - blue)) / 3
    }
    for y in 0..<size {
      for x in 0..<size {
        let i = y * size + x
        guard labels[i] >= 0, layers.mask[i] != 0, depths[i] <= 4 else { continue }
        let missed = SIMD2(difference(i, from: labels[i]), 1)
        if depths[i] <= 2 {
          rims[labels[i], default: .zero] += missed
        } else {
          insides[labels[i], default: .zero] += missed
        }
        guard depths[i] == 1 else { continue }
        // Three pixels away, on the other side.
        for (u, v) in [(x - 3, y), (x + 3, y), (x, y - 3), (x, y + 3)]
        where u >= 0 && v >= 0 && u < size && v < size && labels[v * size + u] != labels[i] {
          contrast[labels[i], default: .zero] += SIMD2(difference(v * size + u, from: labels[i]), 1)
        }
      }
    }
    var asDrawn: Set<Int32> = []
    var isCertain: Set<Int32> = []
    for label in Set(labels) where label >= 0 {
      guard let around = contrast[label], let rim = rims[label] else {
        asDrawn.insert(label)
        continue
      }
      let level = around.x / around.y
      let inside = insides[label].map { $0.x / $0.y } ?? .infinity
      guard rim.x / rim.y <= Self.mostMissed.rim * level || inside <= Self.mostMissed.inside * level else {
        continue
      }
      asDrawn.insert(label)
      if rim.x / rim.y <= Self.certain * level { isCertain.insert(label) }
    }
    kept = Self.withoutPartners(asDrawn, isCertain: isCertain, labels: labels, size: size)
  }

  /// Leaves out colours that may be parts of a face because what they touch is one: a pupil goes with its iris, the dark
  /// of a mouth with the lips. A frame of glasses stays with its lens.
  private static func withoutPartners(
    _ asDrawn: Set<Int32>, isCertain: Set<Int32>, labels: [Int32], size: Int
  ) -> Set<Int32> {
    var partners: [Int32: Set<Int32>] = [:]
    for i in labels.indices where labels[i] >= 0 {
      for k in [i % size < size - 1 ? i + 1 : i, i + size < labels.count ? i + size : i]
      where labels[k] >= 0 && labels[k] != labels[i] {
        partners[labels[i], default: []].insert(labels[k])
        partners[labels[k], default: []].insert(labels[i])
      }
    }
    return asDrawn.filter { label in
      let beside = partners[label] ?? []
      return isCertain.contains(label) || !beside.isDisjoint(with: isCertain) || beside.isSubset(of: asDrawn)
    }
  }

  /// Corrects a fill near the borders of drawn colours.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, the octave below enlarged; changed inside the mask.
  ///   - layers: What is drawn, at the scale of `fill`.
  ///   - reach: How many pixels on either side of a border the enlarged steps may spoil: two pixels of the octave
  ///     below.
  public func restore(_ fill: inout [Float], layers: Layers, reach: Int) {
    guard let labels = keptLabels(layers) else { return }
    let size = layers.size
    let depths = Self.depths(labels, size: size, most: reach + 1)
    let source = fill
    let window = 2 * reach
    for y in 0..<size {
      for x in 0..<size {
        let i = y * size + x
        guard layers.mask[i] != 0, depths[i] <= reach else { continue }
        var sum = SIMD4<Float>.zero
        for v in max(y - window, 0)...min(y + window, size - 1) {
          for u in max(x - window, 0)...min(x + window, size - 1) {
            let k = v * size + u
            guard labels[k] == labels[i], depths[k] >= depths[i] else { continue }
            let depth = Float(depths[k])
            let distance = Float((u - x) * (u - x) + (v - y) * (v - y))
            // In a thin stroke the middle counts, elsewhere all that no step reaches, the nearer the more.
            let weight = depth * depth * depth * depth / (4 + distance)
            sum += SIMD4(source[3 * k], source[3 * k + 1], source[3 * k + 2], 1) * weight
          }
        }
        for c in 0..<3 { fill[3 * i + c] = sum[c] / sum.w }
      }
    }
  }

  /// Makes restored borders as soft as the rest of an enlarged fill.
  ///
  /// Networks for octaves are trained to sharpen what was enlarged. A border that is hard already would get a bright
  /// rim on one side and a dark one on the other.
  ///
  /// - Parameters:
  ///   - fill: As `restore` leaves it; changed inside the mask, near the borders of colours that are kept.
  ///   - layers: As for `restore`.
  public func soften(_ fill: inout [Float], layers: Layers) {
    guard let labels = keptLabels(layers) else { return }
    Self.soften(&fill, layers: layers, labels: labels, kernel: Self.wide)
  }

  /// Takes the steps of the generator's pixels from the borders of colours that are not kept: colours are drawn for it
  /// without shades between, and what it makes of them still shows that.
  ///
  /// - Parameters:
  ///   - fill: The generator's frame enlarged to the first octave; changed inside the mask, near those borders.
  ///   - layers: What is drawn, at the octave's scale.
  public func smoothSteps(_ fill: inout [Float], layers: Layers) {
    let labels = Self.labels(layers).map { $0 >= 0 && kept.contains($0) ? -1 : $0 }
    guard labels.contains(where: { $0 >= 0 }) else { return }
    Self.soften(&fill, layers: layers, labels: labels, kernel: Self.narrow)
  }

  private static func soften(_ fill: inout [Float], layers: Layers, labels: [Int32], kernel: [Float]) {
    let size = layers.size
    let radius = kernel.count / 2
    let depths = depths(labels, size: size, most: radius + 2)
    let source = fill
    for y in 0..<size {
      for x in 0..<size {
        let i = y * size + x
        guard depths[i] <= radius + 1, layers.mask[i] != 0 else { continue }
        var sum = SIMD4<Float>.zero
        for v in max(y - radius, 0)...min(y + radius, size - 1) {
          var row = SIMD4<Float>.zero
          for u in max(x - radius, 0)...min(x + radius, size - 1) {
            let k = 3 * (v * size + u)
            row += SIMD4(source[k], source[k + 1], source[k + 2], 1) * kernel[u - x + radius]
          }
          sum += row * kernel[v - y + radius]
        }
        for c in 0..<3 { fill[3 * i + c] = sum[c] / sum.w }
      }
    }
  }

  /// Of variance 2, in pixels: about what halving and doubling do, with the generator's own softness.
  private static let wide: [Float] = [1, 8, 28, 56, 70, 56, 28, 8, 1]
  /// Of variance 1: steps are two pixels long.
  private static let narrow: [Float] = [1, 4, 6, 4, 1]

  /// Levels of texture in a flat colour that are reduced to a half; more is less reduced, less is reduced further.
  private static let mottle: Float = 3

  /// Reduces what a generator leaves of texture in colours that are kept: a weave, and ghosts of what was there.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels; changed inside the mask, under colours that are kept.
  ///   - layers: What is drawn, at the scale of `fill`.
  public func quiet(_ fill: inout [Float], layers: Layers) {
    guard let labels = keptLabels(layers) else { return }
    let size = layers.size
    for label in Set(labels.filter { $0 >= 0 }) {
      let inside = zip(labels, layers.mask).map { $0 == label && $1 != 0 ? 1 as UInt8 : 0 }
      Mottle.reduce(&fill, in: inside, size: size) { _ in Self.mottle }
    }
  }

  /// Takes away sketched lines but those along colours that are kept.
  ///
  /// A line has led the frame and the first octave. Drawn finer still it would be the outline of a sticker where a brow
  /// ends in hairs and a lip in skin, and a pen's line along a nose and where one tooth meets the next. (Twelve photos
  /// of 1,024 pixels, traced lines: distance of features 0.303, and 0.317 with lines in every octave.)
  ///
  /// - Parameters:
  ///   - layers: What is drawn, at an octave's scale; its sketch is changed.
  ///   - edges: The colours that are kept, if any are.
  public static func removeLines(from layers: inout Layers, along edges: ColorEdges?) {
    let size = layers.size
    let kept = edges?.kept ?? []
    let labels = labels(layers)
    let near = 3
    for i in layers.sketch.indices where layers.sketch[i] != 0 {
      let (x, y) = (i % size, i / size)
      let touchesKept = (max(y - near, 0)...min(y + near, size - 1)).contains { v in
        labels[v * size + max(x - near, 0)...v * size + min(x + near, size - 1)].contains {
          $0 >= 0 && kept.contains($0)
        }
      }
      if !touchesKept { layers.sketch[i] = 0 }
    }
  }

  /// The colours whose borders are kept, and −1 elsewhere; nil where there are none.
  private func keptLabels(_ layers: Layers) -> [Int32]? {
    let labels = Self.labels(layers).map { $0 >= 0 && kept.contains($0) ? $0 : -1 }
    return labels.contains { $0 >= 0 } ? labels : nil
  }

  /// One number for each colour: red, green and blue; −1 where there is none.
  static func labels(_ layers: Layers) -> [Int32] {
    layers.colorSet.indices.map { i in
      layers.colorSet[i] == 0
        ? -1
        : Int32(layers.color[3 * i]) << 16 | Int32(layers.color[3 * i + 1]) << 8
          | Int32(layers.color[3 * i + 2])
    }
  }

  /// How many steps each pixel is from another label, from 1 to `most`.
  private static func depths(_ labels: [Int32], size: Int, most: Int) -> [Int] {
    var depths = [Int](repeating: most, count: size * size)
    for y in 0..<size {
      for x in 0..<size {
        let i = y * size + x
        if x > 0, labels[i - 1] != labels[i] { (depths[i - 1], depths[i]) = (1, 1) }
        if y > 0, labels[i - size] != labels[i] { (depths[i - size], depths[i]) = (1, 1) }
      }
    }
    for i in depths.indices {
      if i % size > 0 { depths[i] = min(depths[i], depths[i - 1] + 1) }
      if i >= size { depths[i] = min(depths[i], depths[i - size] + 1) }
    }
    for i in depths.indices.reversed() {
      if i % size < size - 1 { depths[i] = min(depths[i], depths[i + 1] + 1) }
      if i + size < depths.count { depths[i] = min(depths[i], depths[i + size] + 1) }
    }
    return depths
  }
}
