/// What a script's `model "…"` or `--model …` means.
public enum ModelReference: Hashable, Sendable {
  /// Inside the binary.
  case builtIn(String)
  /// In the model store.
  case stored(String, path: String)
  /// A weight file, as written; whoever wrote it says where it is relative to.
  case file(String)

  /// Whether a text means a file: it ends in `.safetensors` (or `.json`, as rankings do) or has a `/`. All else is a
  /// name.
  public static func isFile(_ text: String) -> Bool {
    text.contains("/") || [".safetensors", ".json"].contains { text.lowercased().hasSuffix($0) }
  }

  /// Finds what a text means: a file, a built-in model, or one in the store, in this order.
  ///
  /// - Throws: `WeightError` (`.unknownName`) for a name that is not known, with the nearest that is.
  public static func resolve(
    _ text: String, store: ModelStore = .standard()
  ) throws(WeightError) -> ModelReference {
    if isFile(text) { return .file(text) }
    if BuiltInModel.names.contains(text) { return .builtIn(text) }
    if let path = store.path(of: text) { return .stored(text, path: path) }
    let known = BuiltInModel.names + ((try? store.list()) ?? []).map(\.name)
    var hints: [String] = []
    if let nearest = known.map({ (distance($0, text), $0) }).min(by: <), nearest.0 <= max(2, text.count / 3) {
      hints.append("did you mean '\(nearest.1)'?")
    }
    hints.append("known are \(known.joined(separator: ", "))")
    hints.append("a file's name has a '/' or ends in '.safetensors'; 'fedit model add' gives a file a name")
    throw WeightError(.unknownName, file: text, "no model has that name", hints: hints)
  }

  /// Opens the weights.
  ///
  /// - Parameter path: where a `.file` lies; nil takes the text as it is written.
  /// - Returns: the opened file, or what is inside the binary.
  /// - Throws: `WeightError`.
  public func open(path: String? = nil) throws(WeightError) -> SafetensorsFile {
    switch self {
    case .builtIn(let name):
      guard let weights = try BuiltInModel.weights(name) else {
        throw WeightError(.unknownName, file: name, "no built-in model has that name")
      }
      return weights
    case .stored(_, let path): return try SafetensorsFile(path: path)
    case .file(let text): return try SafetensorsFile(path: path ?? text)
    }
  }

  /// Letters to insert, delete or replace to get from one name to the other (Levenshtein).
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b.lowercased().prefix(80))
    var row = Array(0...b.count)
    for (i, x) in a.lowercased().enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }
}
