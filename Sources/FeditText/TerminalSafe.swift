/// Text from outside (a file, a name, an option) that is safe to print: characters that could steer a
/// terminal or turn the direction of the text around them appear as `\u{1B}`.
///
/// Applying it twice is the same as applying it once.
///
/// - Parameters:
///   - text: any text.
///   - limit: how many Unicode scalars are shown before `…` takes the place of the rest; nil shows all.
/// - Returns: one line; line breaks are escaped as well.
public func terminalSafe(_ text: some StringProtocol, limit: Int? = nil) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  var count = 0
  for scalar in text.unicodeScalars {
    if let limit, count == limit { return result + "…" }
    count += 1
    if isInvisible(scalar) {
      result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// The same line by line: line breaks stay.
public func terminalSafeLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { terminalSafe($0) }.joined(
    separator: "\n")
}

/// A name from outside in single quotes, safe to print and at most 200 scalars long.
public func quotedName(_ text: some StringProtocol) -> String { "'\(terminalSafe(text, limit: 200))'" }

/// Escapes characters in JSON text that could steer a terminal or turn the direction of text.
///
/// - Parameter text: valid JSON; outside its strings there are no such characters but line breaks.
/// - Returns: JSON of the same values, with such characters as `\u001b`.
public func escapingInvisibleCharacters(inJSON text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    if scalar != "\n", isInvisible(scalar) {
      result += jsonEscaped(CollectionOfOne(scalar), short: [:]) { _ in true }
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Whether a character could steer a terminal, or turn the direction of the text around it.
func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}
