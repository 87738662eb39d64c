import CCrypto
import Foundation

/// The handshake of the WebSocket protocol (RFC 6455, 4.2.2).
enum WebSocketKey {
  /// Whether a key is 16 bytes in base64.
  static func isValid(_ key: String) -> Bool { Data(base64Encoded: key)?.count == 16 }

  /// What the server answers to a key.
  static func accept(_ key: String) -> String {
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    var length: UInt32 = 20
    let done = EVP_Digest(text, text.count, &digest, &length, EVP_sha1(), nil)
    precondition(done == 1, "libcrypto has no SHA-1")
    return Data(digest).base64EncodedString()
  }
}
