/// A text as JSON writes it inside quotes (RFC 8259).
///
/// - Parameters:
///   - text: any text.
///   - short: characters that have a short escape, such as `\n`; those of others take six.
///   - isEscaped: whether another character is escaped besides quotes and backslashes. Control characters below a space
///     have to be.
/// - Returns: the text without the quotes around it.
public func jsonEscaped(
  _ text: some Sequence<Unicode.Scalar>, short: [Unicode.Scalar: String] = jsonShortEscapes,
  where isEscaped: (Unicode.Scalar) -> Bool
) -> String {
  var result = ""
  for scalar in text {
    if scalar == "\"" || scalar == "\\" {
      result += "\\\(scalar)"
    } else if let known = short[scalar] {
      result += known
    } else if isEscaped(scalar) {
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// The short escapes of JSON for characters that texts have.
public let jsonShortEscapes: [Unicode.Scalar: String] = ["\n": "\\n", "\r": "\\r", "\t": "\\t"]
