import FeditBuiltInModels

/// The models inside the binary.
public enum BuiltInModel {
  /// Their names; the first is the default.
  public static let names: [String] = (0..<fedit_built_in_model_count()).map {
    String(cString: fedit_built_in_model_at($0).name)
  }

  /// The name of the model that a script without a `model` line uses.
  public static var defaultName: String { names.first ?? "" }

  /// The face finder's weights, which are no generator's, read in place.
  public static func faceFinder() throws(WeightError) -> SafetensorsFile {
    let model = fedit_built_in_face_finder()
    return try SafetensorsFile(
      bytes: UnsafeRawBufferPointer(start: model.bytes, count: model.count), name: String(cString: model.name)
    )
  }

  /// The weights of a built-in model, read in place; nil where there is none of that name.
  public static func weights(_ name: String) throws(WeightError) -> SafetensorsFile? {
    guard let index = names.firstIndex(of: name) else { return nil }
    let model = fedit_built_in_model_at(index)
    return try SafetensorsFile(
      bytes: UnsafeRawBufferPointer(start: model.bytes, count: model.count), name: name)
  }
}
