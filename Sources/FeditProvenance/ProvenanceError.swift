/// What is wrong with a lock or with what a picture says of itself.
public struct ProvenanceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as the user named it.
  public var file: String
  public var problem: String
  public var hints: [String]

  public init(file: String, _ problem: String, hints: [String] = []) {
    self.file = file
    self.problem = problem
    self.hints = hints
  }

  public var description: String { "'\(shown(file))': \(problem)" }
}

/// Text from a file that may be anybody's, fit for a terminal: control characters are escaped, and
/// what is very long is cut.
public func shown(_ text: String, limit: Int = 400) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.count > limit ? result + "…" : result
}
