import CCrypto

/// MD5 (RFC 1321), for formats that name their parts by it; nothing is protected by it.
public enum MD5 {
  /// The digest of bytes in memory as 32 upper-case hexadecimal digits; nil where libcrypto refuses MD5, as it does
  /// where only FIPS algorithms are allowed.
  public static func hex(_ bytes: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: 16)
    var length: UInt32 = 16
    let done = bytes.withUnsafeBytes {
      EVP_Digest($0.baseAddress, $0.count, &digest, &length, EVP_md5(), nil)
    }
    guard done == 1 else { return nil }
    let digits = Array("0123456789ABCDEF".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
