/// A text with some bytes cut out, put in, copied or replaced.
///
/// - Parameters:
///   - text: What is changed.
///   - junk: The bytes that are put in.
///   - numbers: Chooses places.
/// - Returns: Bytes that need not be UTF-8.
public func mutated(_ text: String, junk: String, _ numbers: inout Numbers) -> [UInt8] {
  var bytes = Array(text.utf8)
  let junk = Array(junk.utf8)
  for _ in 0..<(1 + numbers.below(6)) {
    let place = numbers.below(max(bytes.count, 1))
    switch numbers.below(4) {
    case 0: bytes.removeSubrange(place..<min(bytes.count, place + 1 + numbers.below(30)))
    case 1: bytes.insert(junk[numbers.below(junk.count)], at: place)
    case 2:
      bytes.insert(
        contentsOf: bytes[place..<min(bytes.count, place + numbers.below(60))],
        at: numbers.below(max(bytes.count, 1)))
    default: if !bytes.isEmpty { bytes[place] = junk[numbers.below(junk.count)] }
    }
  }
  return bytes
}
