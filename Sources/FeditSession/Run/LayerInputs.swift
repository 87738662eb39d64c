import FeditGenerator
import FeditPixels
import FeditRaster

/// From layers of bytes to what the network reads, and back.
enum LayerInputs {
  /// Puts drawn layers and the photo's region into the generator's terms.
  ///
  /// - Parameters:
  ///   - layers: mask, sketch, colour and noise, as they were drawn.
  ///   - region: the photo in the region, `size`×`size`×3, 0…255, red first.
  ///   - order: the model's channel order.
  ///   - below: the enlarged fill of the octave below, `size`×`size`×3 levels: it becomes the colour layer, set in
  ///     the whole mask. nil in the first pass.
  ///   - mirror: what lies opposite in the face; nil where the generator sees nothing of it.
  /// - Returns: the layers as the generator takes them, −1…1.
  static func inputs(
    _ layers: Layers, region: [Float], order: GeneratorModel.ChannelOrder, below: [Float]? = nil,
    mirror: MirroredFrame? = nil
  ) -> GeneratorInputs {
    let pixels = layers.size * layers.size
    precondition(region.count == pixels * 3, "the region has another size")
    let red = order == .rgb ? 0 : 2
    let blue = 2 - red
    let image = [Float](unsafeUninitializedCapacity: pixels * 3) { image, count in
      count = pixels * 3
      region.withUnsafeBufferPointer { region in
        guard let from = region.baseAddress, let to = image.baseAddress else { return }
        for i in 0..<pixels {
          to[3 * i + red] = Levels.signed(from[3 * i])
          to[3 * i + 1] = Levels.signed(from[3 * i + 1])
          to[3 * i + blue] = Levels.signed(from[3 * i + 2])
        }
      }
    }
    var color = [Float](repeating: 0, count: pixels * 3)
    let mask = layers.mask.map { $0 != 0 ? 1 as Float : 0 }
    // Outside the mask the network is given nothing.
    let sketch = zip(layers.mask, layers.sketch).map { $0 != 0 && $1 != 0 ? 1 as Float : 0 }
    let colorSet =
      below != nil ? mask : zip(layers.mask, layers.colorSet).map { $0 != 0 && $1 != 0 ? 1 as Float : 0 }
    let noise = zip(layers.mask, layers.noise).map { $0 != 0 && $1 != 0 ? 1 as Float : 0 }
    color.withUnsafeMutableBufferPointer { color in
      for i in 0..<pixels where layers.mask[i] != 0 {
        if let below {
          color[3 * i + red] = Levels.signed(below[3 * i])
          color[3 * i + 1] = Levels.signed(below[3 * i + 1])
          color[3 * i + blue] = Levels.signed(below[3 * i + 2])
        } else if layers.colorSet[i] != 0 {
          color[3 * i + red] = Levels.signed(layers.color[3 * i])
          color[3 * i + 1] = Levels.signed(layers.color[3 * i + 1])
          color[3 * i + blue] = Levels.signed(layers.color[3 * i + 2])
        } else {
          color[3 * i] = -1
          color[3 * i + 1] = -1
          color[3 * i + 2] = -1
        }
      }
    }
    let mirrored = mirror.map { mirror in
      var values = [Float](repeating: 0, count: pixels * 3)
      for i in 0..<pixels where mirror.known[i] != 0 {
        values[3 * i + red] = Levels.signed(mirror.levels[3 * i])
        values[3 * i + 1] = Levels.signed(mirror.levels[3 * i + 1])
        values[3 * i + blue] = Levels.signed(mirror.levels[3 * i + 2])
      }
      return (values: values, set: mirror.known.map { Float($0) })
    }
    return GeneratorInputs(
      size: layers.size, image: image, sketch: sketch, color: color, colorSet: colorSet, mask: mask,
      noise: noise, octave: below != nil, mirror: mirrored)
  }

  /// What the network made as levels 0…255, not rounded, red first.
  static func levels(_ generated: [Float], order: GeneratorModel.ChannelOrder) -> [Float] {
    let red = order == .rgb ? 0 : 2
    let blue = 2 - red
    return [Float](unsafeUninitializedCapacity: generated.count) { levels, count in
      count = generated.count
      for i in stride(from: 0, to: generated.count, by: 3) {
        levels[i] = Levels.level(generated[i + red])
        levels[i + 1] = Levels.level(generated[i + 1])
        levels[i + 2] = Levels.level(generated[i + blue])
      }
    }
  }

  /// The fill for the photo: what was generated inside the mask, the photo itself outside, so that
  /// reading between pixels at the mask's border meets the photo.
  ///
  /// - Parameters:
  ///   - levels: what was generated, red first.
  ///   - mask: 0 or 1 a pixel.
  ///   - region: the photo in the region, red first.
  /// - Returns: `size`×`size`×3, 0…255 and not rounded, red first.
  static func fill(_ levels: [Float], mask: [UInt8], region: [Float]) -> [Float] {
    var result = region
    for i in mask.indices where mask[i] != 0 {
      for c in 0..<3 { result[3 * i + c] = levels[3 * i + c] }
    }
    return result
  }
}
