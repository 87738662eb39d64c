/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), the checksum of TensorFlow's files.
package enum CRC32C {
  /// `tables[k][b]`: the checksum of byte `b` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
      tables[byte] = crc
    }
    for k in 1..<8 {
      for byte in 0..<256 {
        let before = tables[(k - 1) * 256 + byte]
        tables[k * 256 + byte] = before >> 8 ^ tables[Int(before & 0xFF)]
      }
    }
    return tables
  }()

  /// The checksum of bytes, eight at a time.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { table in
      var crc: UInt32 = 0xFFFF_FFFF
      var i = 0
      while i + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ UInt64(crc)
        var next: UInt32 = 0
        for k in 0..<8 {
          next ^= table[(7 - k) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * k) & 0xFF)]
        }
        crc = next
        i += 8
      }
      while i < bytes.count {
        crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[i])) & 0xFF)]
        i += 1
      }
      return ~crc
    }
  }

  /// How LevelDB and TensorFlow store a checksum, so that checksums of data that hold
  /// checksums stay good: rotated right by 15 bits plus a constant.
  package static func masked(_ crc: UInt32) -> UInt32 {
    (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
