/// Reads one protobuf message field by field: the wire format is a sequence of
/// `key = field number << 3 | wire type`, then a value by wire type.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(UnsafeRawBufferPointer)
    case fixed32(UInt32)
  }
  struct Fault: Error {}

  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next field, nil at the end of the message.
  mutating func next() throws(Fault) -> (field: UInt64, value: Value)? {
    guard position < bytes.count else { return nil }
    let key = try varint()
    switch key & 7 {
    case 0: return (key >> 3, .varint(try varint()))
    case 1: return (key >> 3, .fixed64(littleEndian(try take(8))))
    case 2: return (key >> 3, .bytes(try take(varint())))
    case 5: return (key >> 3, .fixed32(UInt32(truncatingIfNeeded: littleEndian(try take(4)))))
    default: throw Fault()  // groups, which nothing here uses
    }
  }

  private mutating func varint() throws(Fault) -> UInt64 {
    guard let value = readVarint(bytes, &position) else { throw Fault() }
    return value
  }

  private mutating func take(_ count: UInt64) throws(Fault) -> UnsafeRawBufferPointer {
    guard count <= UInt64(bytes.count - position) else { throw Fault() }
    defer { position += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
  }

  private func littleEndian(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Seven bits a byte, the lowest first; nil where it does not end or has more than 64 bits.
func readVarint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64? {
  var value: UInt64 = 0
  var shift: UInt64 = 0
  while position < bytes.count, shift < 64 {
    let byte = bytes[position]
    position += 1
    if shift == 63, byte > 1 { return nil }
    value |= UInt64(byte & 0x7F) << shift
    if byte & 0x80 == 0 { return value }
    shift += 7
  }
  return nil
}
