import FeditFiles

/// Everything that decides what `fedit prepare` makes of a picture; kept in the set's index.
public struct PrepareSettings: Sendable, Hashable, Codable {
  /// How sketches are drawn.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// Dark lines: a wider Gaussian exceeds a narrower one.
    case xdog
    /// Canny's edges of a smoothed picture.
    case canny
    /// The HED network's edges, thinned.
    case hed
  }

  /// The side in pixels.
  public var size = 256
  /// One sketch each; a sample takes one of them at random.
  public var methods: [Method] = [.xdog, .canny]
  /// SHA-256 of the HED weights, where they are used.
  public var hedWeights: String?
  /// SHA-256 of the annotations, where there are any.
  public var annotations: String?

  /// The defaults: 256 pixels, XDoG and Canny.
  public init() {}

  /// What tells sets apart whose pictures were made in different ways.
  var digest: String {
    let reductions = TrainingShard.reductions(size: size)
    let text =
      [
        "fedit-prepare-1", String(size), methods.map(\.rawValue).joined(separator: ","), hedWeights ?? "-",
        annotations ?? "-",
      ] + (reductions.isEmpty ? [] : ["small sketches: \(reductions)"])
    return SHA256.hex(text.joined(separator: "\n"))
  }
}
