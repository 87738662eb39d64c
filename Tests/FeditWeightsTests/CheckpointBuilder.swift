import FeditWeights
import Foundation

/// Writes TensorFlow V2 checkpoints, good ones and bad ones.
struct CheckpointBuilder {
  struct Tensor {
    var name: String
    /// TensorFlow's number; 1 is float32.
    var type: UInt64 = 1
    var shape: [UInt64]
    var shard: UInt64 = 0
    var bytes: [UInt8]
    /// What the entry claims, where that is not what is there.
    var offset: UInt64?
    var size: UInt64?
    var isSliced = false

    init(_ name: String, _ shape: [UInt64], _ values: [Float]) {
      self.name = name
      self.shape = shape
      bytes = values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
    }
  }

  var tensors: [Tensor]
  var shardCount: UInt64 = 1
  var endianness: UInt64 = 0
  /// The compression byte of the blocks; 1 is Snappy.
  var compression: UInt8 = 0
  /// How many entries share a block.
  var entriesPerBlock = 4

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func word(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    word(CRC32C.masked(bytes.withUnsafeBytes { CRC32C.checksum($0) }))
  }

  private static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    varint(number << 3) + varint(value)
  }

  private static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  /// A block: entries with their keys' shared starts left out, one restart point, compression, checksum.
  private func block(_ entries: [([UInt8], [UInt8])]) -> (contents: [UInt8], size: Int) {
    var bytes: [UInt8] = []
    var last: [UInt8] = []
    for (key, value) in entries {
      let shared = zip(last, key).prefix { $0 == $1 }.count
      bytes += Self.varint(UInt64(shared)) + Self.varint(UInt64(key.count - shared))
      bytes += Self.varint(UInt64(value.count)) + key[shared...] + value
      last = key
    }
    bytes += Self.word(0) + Self.word(1)
    let size = bytes.count
    bytes.append(compression)
    return (bytes + Self.checksum(bytes), size)
  }

  /// The files' contents: the index, then the shards.
  func build() -> (index: [UInt8], shards: [[UInt8]]) {
    var shards = [[UInt8]](repeating: [], count: Int(min(shardCount, 8)))
    var entries: [([UInt8], [UInt8])] = [
      (
        [],
        Self.field(1, shardCount) + (endianness == 0 ? [] : Self.field(2, endianness))
          + Self.field(3, [8, 1])
      )
    ]
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      let offset = shards[Int(tensor.shard)].count
      shards[Int(tensor.shard)] += tensor.bytes
      let shape = tensor.shape.flatMap { Self.field(2, Self.field(1, $0)) }
      var value = Self.field(1, tensor.type) + Self.field(2, shape)
      if tensor.shard > 0 { value += Self.field(3, tensor.shard) }
      value += Self.field(4, tensor.offset ?? UInt64(offset))
      value += Self.field(5, tensor.size ?? UInt64(tensor.bytes.count))
      value += Self.varint(6 << 3 | 5) + Self.checksum(tensor.bytes)
      if tensor.isSliced { value += Self.field(7, []) }
      entries.append((Array(tensor.name.utf8), value))
    }
    var file: [UInt8] = []
    var handles: [([UInt8], [UInt8])] = []
    for start in stride(from: 0, to: entries.count, by: entriesPerBlock) {
      let part = Array(entries[start..<min(start + entriesPerBlock, entries.count)])
      let block = block(part)
      handles.append((part.last?.0 ?? [], Self.varint(UInt64(file.count)) + Self.varint(UInt64(block.size))))
      file += block.contents
    }
    let metaIndex = block([])
    var footer = Self.varint(UInt64(file.count)) + Self.varint(UInt64(metaIndex.size))
    file += metaIndex.contents
    let index = block(handles)
    footer += Self.varint(UInt64(file.count)) + Self.varint(UInt64(index.size))
    file += index.contents
    file += footer + [UInt8](repeating: 0, count: 40 - footer.count)
    file += Self.word(0x8B80_FB57) + Self.word(0xDB47_7524)
    return (file, shards)
  }

  /// Writes the files.
  ///
  /// - Returns: their common prefix.
  @discardableResult
  func write(to folder: String, leavingOut missing: Set<Int> = []) throws -> String {
    let prefix = folder + "/model.ckpt"
    let (index, shards) = build()
    try Data(index).write(to: URL(fileURLWithPath: prefix + ".index"))
    for (i, shard) in shards.enumerated() where !missing.contains(i) {
      let name = prefix + String(format: ".data-%05d-of-%05d", i, Int(shardCount))
      try Data(shard).write(to: URL(fileURLWithPath: name))
    }
    return prefix
  }
}
