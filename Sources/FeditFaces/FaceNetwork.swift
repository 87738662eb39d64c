import FeditNN

/// The face finder's two networks as tables of layers.
package enum FaceNetwork {
  /// Red, green, blue, −1…1.
  package static let inputs = 3
  /// Of the leaky ReLUs.
  private static let slope: Float = 0.1

  /// Looks at every place of a picture: for each square of 8×8 pixels whether a face's middle lies there, and from the
  /// square's own middle to both eyes and the mouth.
  ///
  /// Channels of its output: the logit of a face; x and y to the left eye, the right eye and the mouth, in units of
  /// ``offsetUnit`` pixels; the others are unused.
  package static let finder = LayerStack(
    "finder/conv", inputs: inputs,
    [
      (3, 2, 16), (3, 2, 32), (3, 2, 48), (3, 1, 48), (3, 1, 48), (3, 1, 48), (3, 1, 48), (1, 1, 16),
    ], slope: slope)
  package static let offsetUnit = 16.0
  /// Sizes of faces (``FaceAlignment/size``, pixels) that the finder is to find. The range is wider than an octave, so
  /// that one level of a pyramid always has a face in it.
  package static let foundSizes = 9.0...22.0

  /// Looks at a square around a face of ``squareSide`` pixels.
  ///
  /// Channels of its output: x and y of each of ``FacePoints``, −1…1 from border to border; then the logit of a face.
  package static let points = LayerStack(
    "points/conv", inputs: inputs,
    [
      (3, 2, 16), (3, 2, 32), (3, 2, 64), (3, 1, 64), (3, 2, 96), (3, 1, 96), (3, 2, 128), (3, 1, 128),
      (4, 4, (2 * FacePoints.count + 16) / 16 * 16),
    ], slope: slope)
  package static let squareSide = 128
  package static let faceLogit = 2 * FacePoints.count
}
