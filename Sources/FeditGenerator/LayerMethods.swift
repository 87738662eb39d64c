import FeditNN

/// How each layer of a network is computed; depends on the architecture alone, so that a model's bits never
/// change.
///
/// Winograd wants large tiles for few multiplications and small ones for few weights and for a tight fit
/// around what a mask needs. The choices were made by measuring; the origins make tiles fit tightly around a
/// centred square of a tenth of the frame (Docs/engine.md).
enum LayerMethods {
  /// The layers and their convolutions, in order.
  static func convolutions(
    _ architecture: Architecture, engine: Engine
  ) -> [(Architecture.Layer, Convolution)] {
    architecture.layers.enumerated().map { index, layer in
      var (method, origin) = method(layer, of: architecture.family)
      // OpenBLAS multiplies what pixels read, tap by tap; tiles only group them.
      if engine == .openBLAS, method != .rows { (method, origin) = (.direct(tile: 4), 0) }
      let inputs = zip(layer.sources, layer.inputChannels).map { source, channels in
        let stride = isCompact(source, in: architecture) ? channels : (channels + 15) / 16 * 16
        return Convolution.Input(channels: channels, stride: stride)
      }
      return (
        layer,
        Convolution(
          kind: layer.kind, method: method, inputs: inputs, outputs: layer.outputs,
          normalizes: layer.normalizes,
          leaky: layer.leaky, compactOutput: isCompact(.layer(index), in: architecture), origin: origin)
      )
    }
  }

  /// Whether a map has just as many floats a pixel as channels: the frame's, the three of the output, and those
  /// that the published network's last layer reads.
  private static func isCompact(_ source: Architecture.Source, in architecture: Architecture) -> Bool {
    guard case .layer(let index) = source else { return true }
    return architecture.layers[index].outputs == 3
  }

  /// How a layer is computed, and where its grid of tiles begins.
  private static func method(
    _ layer: Architecture.Layer, of family: Architecture.Family
  ) -> (Convolution.Method, origin: Int) {
    switch family {
    case .scFEGAN: published[layer.name] ?? (.direct(tile: 2), 0)
    case .gatedUNet, .deepGatedUNet: gatedUNet[layer.name] ?? (.direct(tile: 2), 0)
    }
  }

  private static let published: [String: (Convolution.Method, origin: Int)] = [
    "gconv1_ds": (.winograd(tile: 4), 0), "gconv2_ds": (.winograd(tile: 4), 0),
    "gconv3_ds": (.winograd(tile: 4), 0), "gconv4_ds": (.winograd(tile: 2), 0),
    "gconv9": (.winograd(tile: 2), 0), "deconv3": (.winograd(tile: 4), 1), "gconv10": (.winograd(tile: 4), 1),
    "deconv4": (.winograd(tile: 2), 0), "gconv11": (.winograd(tile: 4), 3),
    "deconv5": (.winograd(tile: 4), 1),
    "gconv12": (.winograd(tile: 4), 0), "gconv13": (.winograd(tile: 4), 0),
    "deconv6": (.winograd(tile: 4), 3),
    "deconv7": (.winograd(tile: 4), 3), "gconv14": (.rows, 0),
  ]

  private static let gatedUNet: [String: (Convolution.Method, origin: Int)] = [
    "down1": (.winograd(tile: 4), 0), "down2": (.winograd(tile: 4), 0), "down3": (.winograd(tile: 4), 0),
    "down4": (.winograd(tile: 2), 0), "fuse1": (.winograd(tile: 2), 0), "up2": (.winograd(tile: 4), 1),
    "fuse2": (.winograd(tile: 4), 1), "up3": (.winograd(tile: 2), 0), "fuse3": (.winograd(tile: 4), 3),
    "up4": (.winograd(tile: 4), 1), "fuse4": (.winograd(tile: 4), 0), "up5": (.winograd(tile: 4), 3),
    "fuse5": (.winograd(tile: 4), 0), "up6": (.winograd(tile: 4), 3),
    "body1": (.winograd(tile: 2), 0), "body3": (.winograd(tile: 4), 1), "body4": (.winograd(tile: 4), 1),
    "full1": (.winograd(tile: 4), 0), "full2": (.winograd(tile: 4), 0), "output": (.winograd(tile: 4), 0),
  ]
}
