import CCrypto

/// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto, as 64 lower-case hexadecimal digits.
public enum SHA256 {
  /// The digest of bytes in memory.
  public static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    let done = EVP_Digest(bytes.baseAddress, bytes.count, &digest, &length, EVP_sha256(), nil)
    // Fails only where libcrypto was built without SHA-256 or has no memory left.
    precondition(done == 1, "libcrypto has no SHA-256")
    return hexadecimal(digest)
  }

  /// The digest of bytes in memory.
  public static func hex(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { hex($0) }
  }

  /// The digest of a text's UTF-8.
  public static func hex(_ text: String) -> String {
    hex(Array(text.utf8))
  }

  /// The digest of a file's bytes.
  ///
  /// - Throws: `FileError` where it cannot be read.
  public static func hex(file path: String, limit: Int = 1 << 34) throws(FileError) -> String {
    hex(try readFile(path, limit: limit))
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
