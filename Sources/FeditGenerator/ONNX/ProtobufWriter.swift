/// A message in the wire format of Protocol Buffers, written field by field
/// (https://protobuf.dev/programming-guides/encoding/).
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  /// Makes a message.
  init(_ build: (inout ProtobufMessage) -> Void) { build(&self) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  /// An integer, also of an enumeration.
  mutating func integer(_ field: Int, _ value: Int) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// A `float`.
  mutating func float(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
  }

  /// Text.
  mutating func string(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  /// Bytes.
  mutating func data(_ field: Int, _ value: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(value.count))
    bytes += value
  }

  /// A message in a message.
  mutating func message(_ field: Int, _ message: ProtobufMessage) { data(field, message.bytes) }
}
