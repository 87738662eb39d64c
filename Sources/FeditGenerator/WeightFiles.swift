import FeditWeights

extension SafetensorsFile: WeightSource {}

extension Architecture {
  /// The names and shapes by which weights are found in other formats. The second biases of the
  /// upsampling layers were saved by the published code and are never read: they may be missing.
  public var importLayout: WeightImport.Layout {
    let unused = layers.filter { $0.kind == .upsampling }.map {
      (name: "generator/\($0.name)/biases2", shape: [$0.outputs])
    }
    return WeightImport.Layout(required: tensorShapes, optional: unused)
  }
}
