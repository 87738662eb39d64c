/// What a window has to know: 256 random bits, new for each server.
public struct AccessToken: Sendable {
  /// 64 lower-case hexadecimal digits.
  public let text: String

  /// Draws a token from the system's random source.
  public init() {
    var source = SystemRandomNumberGenerator()
    let digits = (0..<4).map { _ in
      let word = String(source.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - word.count) + word
    }
    text = digits.joined()
  }

  /// Whether a text is the token; how long that takes says nothing of where they differ.
  public func matches(_ other: String) -> Bool {
    let given = Array(other.utf8)
    let own = Array(text.utf8)
    guard given.count == own.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(own, given) { difference |= a ^ b }
    return difference == 0
  }
}
