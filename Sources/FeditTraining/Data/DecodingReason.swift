/// What is wrong with a JSON file, without Foundation's wording of it.
extension DecodingError {
  /// `it is not valid JSON`, or the place in it and what is wrong there.
  var reason: String {
    switch self {
    case .keyNotFound(let key, let context): "\(Self.place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.place(context.codingPath)) is of another type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not valid JSON" : "\(Self.place(context.codingPath)) is not valid"
    @unknown default: "it is not valid"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty
      ? "it" : "'\(path.map { $0.intValue.map { String($0) } ?? $0.stringValue }.joined(separator: "."))'"
  }
}
