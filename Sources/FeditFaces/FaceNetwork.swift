import FeditNN

/// A network of plain convolutions, leaky ReLU between them, as data: what runs and trains it goes over this table.
package struct FaceNetwork: Sendable {
  package struct Layer: Sendable {
    package let name: String
    package let shape: ConvolutionShape
    /// Of the leaky ReLU; 1 for none.
    package let slope: Float
  }

  /// What its tensors' names begin with.
  package let name: String
  package let layers: [Layer]
  /// Red, green, blue, −1…1.
  package static let inputs = 3

  /// Layers by their kernel's side, stride and outputs; all but the last have a leaky ReLU.
  private init(_ name: String, _ layers: [(kernel: Int, stride: Int, outputs: Int)]) {
    self.name = name
    var inputs = Self.inputs
    self.layers = layers.enumerated().map { index, layer in
      defer { inputs = layer.outputs }
      return Layer(
        name: "\(name)/conv\(index + 1)",
        shape: ConvolutionShape(
          kernel: layer.kernel, stride: layer.stride, fine: inputs, coarse: layer.outputs),
        slope: index == layers.count - 1 ? 1 : 0.1)
    }
  }

  /// Pixels of the input, a side, for one of the output.
  package var stride: Int { layers.reduce(1) { $0 * $1.shape.stride } }
  /// Channels of the output.
  package var outputs: Int { layers.last?.shape.coarse ?? 0 }

  /// Looks at every place of a picture: for each square of 8×8 pixels whether a face's middle lies there, and from the
  /// square's own middle to both eyes and the mouth.
  ///
  /// Channels of its output: the logit of a face; x and y to the left eye, the right eye and the mouth, in units of
  /// ``offsetUnit`` pixels; the others are unused.
  package static let finder = FaceNetwork(
    "finder",
    [
      (3, 2, 16), (3, 2, 32), (3, 2, 48), (3, 1, 48), (3, 1, 48), (3, 1, 48), (3, 1, 48), (1, 1, 16),
    ])
  package static let offsetUnit = 16.0
  /// Sizes of faces (``FaceAlignment/size``, pixels) that the finder is to find. The range is wider than an octave, so
  /// that one level of a pyramid always has a face in it.
  package static let foundSizes = 9.0...22.0

  /// Looks at a square around a face of ``squareSide`` pixels.
  ///
  /// Channels of its output: x and y of each of ``FacePoints``, −1…1 from border to border; then the logit of a face.
  package static let points = FaceNetwork(
    "points",
    [
      (3, 2, 16), (3, 2, 32), (3, 2, 64), (3, 1, 64), (3, 2, 96), (3, 1, 96), (3, 2, 128), (3, 1, 128),
      (4, 4, (2 * FacePoints.count + 16) / 16 * 16),
    ])
  package static let squareSide = 128
  package static let faceLogit = 2 * FacePoints.count
}
