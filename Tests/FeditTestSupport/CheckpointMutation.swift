import FeditWeights

/// The `.index` file of the test checkpoint with some bytes changed.
///
/// - Parameters:
///   - index: The file; its three blocks are found at fixed places.
///   - sealed: Whether the blocks' checksums are made right again, so that the change reaches what lies
///     behind them.
///   - numbers: Chooses the bytes.
/// - Returns: The changed file.
public func mutatedIndex(_ index: [UInt8], sealed: Bool, _ numbers: inout Numbers) -> [UInt8] {
  var mutated = index
  for _ in 0..<Int.random(in: 1...6, using: &numbers) {
    let position = Int.random(in: 0..<mutated.count, using: &numbers)
    switch Int.random(in: 0..<4, using: &numbers) {
    case 0: mutated[position] = .random(in: 0...255, using: &numbers)
    case 1: mutated[position] = 0xFF
    case 2: mutated[position] ^= 0x80
    default: mutated[position] = mutated[Int.random(in: 0..<mutated.count, using: &numbers)]
    }
  }
  guard sealed else { return mutated }
  // Each block's contents; its compression byte and its checksum follow.
  for block in [0..<0xD35, 0xD3A..<0xD42, 0xD47..<0xD56] {
    let checksum = mutated[block.lowerBound...block.upperBound].withUnsafeBytes {
      CRC32C.masked(CRC32C.checksum($0))
    }
    for i in 0..<4 { mutated[block.upperBound + 1 + i] = UInt8(truncatingIfNeeded: checksum >> (8 * i)) }
  }
  return mutated
}
