/// What is measured of a generator besides how near its fills are to the photo, on tasks made for it.
///
/// Each figure is nil where the set has no picture that the task can be made of.
public struct Measures: Sendable, Hashable, Codable {
  /// How sketches in one hand are followed.
  public struct Hand: Sendable, Hashable, Codable {
    /// Distance of VGG features; nil without VGG weights.
    public var features: Double?
    /// Peak signal-to-noise ratio inside the mask, in decibels.
    public var psnr: Double
    /// The contrast of the drawn pixels with those around them, beside the photo's own: 1 is right, above 1.25 ink is
    /// drawn, well below 1 the lines are ignored.
    public var ink: Double
  }

  /// By hand: `traced`, `thick`, `few-points`, `sparse`.
  public var hands: [String: Hand] = [:]
  /// By radius in pixels: how far the middle of a disc of a wanted colour on skin is from it, in levels; the mean of
  /// ten colours, black and white among them.
  public var wantedColors: [String: Double] = [:]
  /// Brows, eyes and mouth drawn as flat shapes: feature distance to the photo's.
  public var drawnParts: Double?
  /// Of the same: the energy of the Laplacian under the drawn colours beside the photo's (median). A network that leaves
  /// paint as it is drawn scores near 0 here, and best by ``wantedColors``: one figure means nothing without the other.
  public var drawnTexture: Double?
  /// The strength of what repeats every eight pixels in dark fills, in levels: the weave that upsampling leaves. It is
  /// what the two lenses of a face have in common, so that no ghost of an eye in one of them counts.
  public var gridLevel: Double?
  /// The standard deviation of lightness in dark fills from its surroundings, in levels (median): weave, ghosts and
  /// mottle alike.
  public var darkTexture: Double?
  /// How far the mean colour of a filled background is from the true one, ΔE of OKLab × 100, over backgrounds of
  /// eight hues.
  public var background: Double?
  /// Half of the face masked: feature distance.
  public var halfFace: Double?
  /// Of the same: how far the filled eye's colours are from the other eye's, ΔE of OKLab × 100.
  public var eyeMatch: Double?
  /// The mean difference between fills of two seeds, in levels, in unguided holes of a quarter of the face.
  public var seeds: Double?
  /// The median over the tasks with a mask only: energy of the Laplacian beside the photo's.
  public var sharpness: Double?
  /// How far the fill's colours along the mask's border are from the photo's, ΔE of OKLab × 100.
  public var toneStep: Double?
  /// Milliseconds for a whole frame, the middle of five.
  public var milliseconds: Double?
}
