/// Messages out of the bytes of a WebSocket (RFC 6455), with a limit on how long one may be.
///
/// What a frame says of its length is compared with the limit before anything is kept, and memory grows only with the
/// bytes that have come.
struct WebSocketDecoder: Sendable {
  /// What has come.
  enum Event: Hashable, Sendable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case close
  }

  /// Why the connection ends; the code is that of the close frame (RFC 6455, 7.4.1).
  struct Violation: Error, Hashable {
    var code: UInt16
    static let protocolError = Violation(code: 1002)
    static let notUTF8 = Violation(code: 1007)
    static let tooLong = Violation(code: 1009)
  }

  /// Bytes of a message.
  var limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  /// The message so far, where it comes in several frames, and whether it is text.
  private var message: (bytes: [UInt8], isText: Bool)?

  init(limit: Int) { self.limit = limit }

  /// Takes bytes as they came.
  mutating func append(_ bytes: ArraySlice<UInt8>) {
    // What was read is let go of, in steps that do not move the rest again and again.
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.count < 1 << 20)
      start = 0
    } else if start > 1 << 16, start * 2 > buffer.count {
      buffer.removeSubrange(..<start)
      start = 0
    }
    buffer += bytes
  }

  /// The next event; nil where more bytes are needed.
  ///
  /// - Throws: `Violation`.
  mutating func next() throws(Violation) -> Event? {
    while let frame = try nextFrame() {
      switch frame.opcode {
      case 0x8: return .close
      case 0x9: return .ping(frame.payload)
      case 0xA: continue
      case 0x0:
        guard message != nil else { throw .protocolError }
        message?.bytes += frame.payload
      case 0x1, 0x2:
        guard message == nil else { throw .protocolError }
        message = (frame.payload, frame.opcode == 0x1)
      default: throw .protocolError
      }
      guard frame.isLast, let whole = message else { continue }
      message = nil
      guard whole.isText else { return .binary(whole.bytes) }
      guard let text = String(validating: whole.bytes, as: UTF8.self) else { throw .notUTF8 }
      return .text(text)
    }
    return nil
  }

  private struct Frame {
    var opcode: UInt8
    var isLast: Bool
    var payload: [UInt8]
  }

  private mutating func nextFrame() throws(Violation) -> Frame? {
    let bytes = buffer[start...]
    guard bytes.count >= 2 else { return nil }
    let (first, second) = (buffer[start], buffer[start + 1])
    let opcode = first & 0x0F
    let isLast = first & 0x80 != 0
    let isControl = opcode & 0x8 != 0
    // No extension was agreed on; a client masks what it sends.
    guard first & 0x70 == 0, second & 0x80 != 0 else { throw .protocolError }
    let short = Int(second & 0x7F)
    guard !isControl || (isLast && short <= 125) else { throw .protocolError }
    let extra = short == 126 ? 2 : short == 127 ? 8 : 0
    guard bytes.count >= 2 + extra else { return nil }
    var length: UInt64 = extra == 0 ? UInt64(short) : 0
    for index in 0..<extra { length = length << 8 | UInt64(buffer[start + 2 + index]) }
    guard length <= UInt64(limit), Int(length) + (message?.bytes.count ?? 0) <= limit else { throw .tooLong }
    let head = 2 + extra + 4
    guard bytes.count >= head + Int(length) else { return nil }
    let mask = Array(buffer[start + head - 4..<start + head])
    let from = start + head
    let payload = [UInt8](unsafeUninitializedCapacity: Int(length)) { target, count in
      for index in 0..<Int(length) { target[index] = buffer[from + index] ^ mask[index & 3] }
      count = Int(length)
    }
    start = from + Int(length)
    return Frame(opcode: opcode, isLast: isLast, payload: payload)
  }
}

/// Frames that a server sends: whole messages, not masked.
enum WebSocketEncoder {
  /// A frame that says goodbye.
  static func close(_ code: UInt16) -> [UInt8] {
    head(opcode: 0x8, count: 2) + [UInt8(code >> 8), UInt8(code & 0xFF)]
  }

  /// The bytes before a payload.
  static func head(opcode: UInt8, count: Int) -> [UInt8] {
    var head: [UInt8] = [0x80 | opcode]
    switch count {
    case ...125: head.append(UInt8(count))
    case ...0xFFFF: head += [126, UInt8(count >> 8), UInt8(count & 0xFF)]
    default:
      head.append(127)
      for shift in stride(from: 56, through: 0, by: -8) { head.append(UInt8(count >> shift & 0xFF)) }
    }
    return head
  }
}
