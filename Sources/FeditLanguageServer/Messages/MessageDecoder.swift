/// Cuts a byte stream into messages: the base protocol's `Content-Length` header and a body.
///
/// Survives whatever comes in: what is no header is passed over to the next one, a body that is too
/// large is passed over without being kept, and each is told as a problem.
public struct MessageDecoder: Sendable {
  /// What comes out of the stream.
  public enum Event: Hashable, Sendable {
    /// The body of a message.
    case message([UInt8])
    /// What was passed over, in words.
    case problem(String)
  }

  /// The largest body that is taken, in bytes.
  public static let bodyLimit = 64 << 20
  /// The longest header, in bytes.
  static let headerLimit = 4 << 10
  /// A length that is no length of a message, but garbage.
  private static let plausibleLimit = 4 << 30

  private static let field = Array("content-length".utf8)

  private var buffer: [UInt8] = []
  /// Bytes of the buffer that have been dealt with.
  private var start = 0
  /// How far the buffer has been searched for a header's end.
  private var searched = 0
  /// The body that is being waited for.
  private var pending: Int?
  /// Bytes of a body that is too large and still to come.
  private var skipped = 0
  /// Whether garbage is being passed over; told once.
  private var isLost = false

  /// A decoder at the beginning of a stream.
  public init() {}

  /// Takes bytes in, however they were cut.
  public mutating func append(_ bytes: some Collection<UInt8>) {
    if start > 0, start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
      (start, searched) = (0, 0)
    } else if start > 1 << 16 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    buffer += bytes
  }

  /// The next message or problem; nil where more bytes are needed.
  public mutating func next() -> Event? {
    while true {
      if skipped > 0 {
        let step = min(skipped, buffer.count - start)
        start += step
        skipped -= step
        searched = start
        if skipped > 0 { return nil }
      }
      if let length = pending {
        guard buffer.count - start >= length else { return nil }
        let body = Array(buffer[start..<(start + length)])
        start += length
        searched = start
        pending = nil
        return .message(body)
      }
      guard let header = nextHeader() else {
        // A header that never ends is none.
        guard buffer.count - start > Self.headerLimit else { return nil }
        if let problem = lose(from: start + 1) { return problem }
        continue
      }
      guard header.count <= Self.headerLimit else {
        // Only its end may be a header.
        if let problem = lose(from: header.upperBound - Self.headerLimit, resumingBefore: header.upperBound) {
          return problem
        }
        continue
      }
      let length: Int
      switch read(header) {
      case .length(let stated): length = stated
      case .noLength where isLost || beginsInALine(header):
        // The end of garbage, or of a body that was longer than stated, may stand before a header on the same line.
        if let problem = lose(from: header.lowerBound + 1, resumingBefore: header.upperBound) {
          return problem
        }
        continue
      case .noLength:
        // A header like any other, which says nothing that could be used.
        start = header.upperBound
        searched = start
        if let problem = lost() { return problem }
        continue
      case .garbage:
        if let problem = lose(from: header.lowerBound + 1, resumingBefore: header.upperBound) {
          return problem
        }
        continue
      }
      isLost = false
      start = header.upperBound
      searched = start
      guard length <= Self.bodyLimit else {
        skipped = length
        return .problem("a message of \(length) bytes is larger than the \(Self.bodyLimit) that are taken")
      }
      pending = length
    }
  }

  /// The next header with the empty line that ends it.
  private mutating func nextHeader() -> Range<Int>? {
    var index = max(searched, start)
    while index < buffer.count {
      if buffer[index] == UInt8(ascii: "\n"), index > start {
        let isEmptyLine =
          buffer[index - 1] == UInt8(ascii: "\n")
          || (buffer[index - 1] == UInt8(ascii: "\r") && index - 1 > start
            && buffer[index - 2] == UInt8(ascii: "\n"))
        if isEmptyLine { return start..<(index + 1) }
      }
      index += 1
    }
    // The end may lie across the next bytes.
    searched = max(start, buffer.count - 3)
    return nil
  }

  private enum Header {
    case length(Int)
    /// No length, several, or one that is none of a message.
    case noLength
    case garbage
  }

  private func read(_ header: Range<Int>) -> Header {
    var lengths: [Int?] = []
    for line in buffer[header].split(separator: UInt8(ascii: "\n")) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty { continue }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return .garbage }
      let name = line[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      guard name.allSatisfy({ (0x21...0x7E).contains($0) }), !name.isEmpty else { return .garbage }
      guard name == Self.field else { continue }
      let digits = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
      let trimmed = digits.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
      let isNumber =
        !trimmed.isEmpty && trimmed.count <= 18 && trimmed.allSatisfy { (0x30...0x39).contains($0) }
      lengths.append(isNumber ? trimmed.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil)
    }
    guard lengths.count == 1, let length = lengths[0], length <= Self.plausibleLimit else { return .noLength }
    return .length(length)
  }

  /// Whether a header's field stands in the middle of a line.
  private func beginsInALine(_ header: Range<Int>) -> Bool {
    (header.lowerBound + 1..<max(header.lowerBound + 1, header.upperBound - Self.field.count)).contains {
      buffer[$0 - 1] != UInt8(ascii: "\n") && isField(at: $0)
    }
  }

  private func isField(at index: Int) -> Bool {
    Self.field.indices.allSatisfy { offset in
      let byte = buffer[index + offset]
      return ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) == Self.field[offset]
    }
  }

  /// Passes over garbage to the next place where a header could begin.
  private mutating func lose(from place: Int, resumingBefore end: Int? = nil) -> Event? {
    var next = end ?? max(start, buffer.count - Self.field.count)
    var index = place
    let last = buffer.count - Self.field.count
    while index <= last, index < next {
      if isField(at: index) { next = index }
      index += 1
    }
    start = max(next, start + 1)
    // What was searched for the end of a header has none, wherever a header would begin.
    searched = max(searched, start)
    return lost()
  }

  /// The problem of garbage; told once until a message comes.
  private mutating func lost() -> Event? {
    guard !isLost else { return nil }
    isLost = true
    return .problem(
      "what came in is no message: it does not begin with 'Content-Length: N' and an empty line")
  }
}

/// Puts messages on a stream.
public enum MessageEncoder {
  /// A message with its header.
  public static func encode(_ body: [UInt8]) -> [UInt8] {
    Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }
}
