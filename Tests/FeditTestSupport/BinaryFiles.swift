/// A number's bytes, the highest first.
public func big(_ value: Int, _ bytes: Int = 4) -> [UInt8] {
  (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// PNG files chunk by chunk, by the specification alone.
public enum PNGBytes {
  public static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// A chunk, with its own checksum unless another is given.
  public static func chunk(_ name: String, _ data: [UInt8], checksum: UInt32? = nil) -> [UInt8] {
    let body = Array(name.utf8) + data
    return big(data.count) + body + big(Int(checksum ?? crc(body)))
  }

  /// CRC-32 as annex D computes it.
  public static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in
        value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }
}

/// Streams in zlib's format (RFC 1950).
public enum ZlibBytes {
  /// Without compression: stored blocks (RFC 1951, 3.2.4).
  public static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var rest = bytes[...]
    repeat {
      let part = rest.prefix(65_535)
      rest = rest.dropFirst(part.count)
      let length = [UInt8(part.count & 255), UInt8(part.count >> 8)]
      stream += [rest.isEmpty ? 1 : 0] + length + length.map { ~$0 } + part
    } while !rest.isEmpty
    var a = 1
    var b = 0
    for byte in bytes {
      a = (a + Int(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return stream + big(b << 16 | a)
  }

  /// `count` times one byte, by copies of 258 bytes with fixed codes (RFC 1951, 3.2.6), whose 13 bits a copy make a
  /// hundredth of it.
  public static func bomb(of byte: UInt8, count: Int) -> [UInt8] {
    var bits: [UInt8] = []
    var bitCount = 0
    func put(_ value: Int, _ count: Int) {
      for i in 0..<count {
        if bitCount % 8 == 0 { bits.append(0) }
        bits[bits.count - 1] |= UInt8(value >> i & 1) << (bitCount % 8)
        bitCount += 1
      }
    }
    func reversed(_ value: Int) -> Int { (0..<8).reduce(0) { $0 << 1 | value >> $1 & 1 } }
    put(3, 3)
    put(reversed(0x30 + Int(byte)), 8)
    // Codes of one bit each would need a dynamic table; 13 bits for 258 bytes do here.
    for _ in 0..<(count - 1) / 258 {
      put(reversed(0b1100_0101), 8)
      put(0, 5)
    }
    put(0, 7)
    let n = 1 + (count - 1) / 258 * 258
    // Adler-32 of n equal bytes.
    let a = (1 + n % 65521 * Int(byte)) % 65521
    let b = (n + (n * (n + 1) / 2) % 65521 * Int(byte)) % 65521
    return [0x78, 0x01] + bits + big(b << 16 | a)
  }
}

/// The bytes of a safetensors file with this header and so many zeros.
public func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  let json = Array(header.utf8)
  return big(json.count, 8).reversed() + json + [UInt8](repeating: 0, count: data)
}
