import FeditWeights

extension SafetensorsFile: WeightSource {}

extension Architecture {
  /// The names and shapes by which weights are found in other formats. The second biases of the
  /// upsampling layers were saved by the published code and are never read: they may be missing.
  public var importLayout: WeightImport.Layout {
    let unused = layers.flatMap { layer in
      layer.kind.unusedTensors(outputs: layer.outputs).map { (layer.fileName($0.name), $0.shape) }
    }
    return WeightImport.Layout(required: tensorShapes, optional: unused)
  }
}
