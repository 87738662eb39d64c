/// A LevelDB-style sorted table, the format of a checkpoint's `.index` file.
///
/// Blocks of key–value entries, then the (empty) meta-index block, the index block, whose values
/// say where the blocks lie, and a footer of 48 bytes. Each block is followed by its compression
/// (one byte) and the masked CRC-32C of both. Every byte of the file is accounted for, so that
/// any change is found.
struct SortedTable {
  /// Names and protobuf entries take a few dozen bytes each; the published checkpoint has 14 kB.
  static let fileLimit = 16 << 20
  static let keyLimit = 1024
  static let entryLimit = 50_000

  struct Fault: Error {
    var problem: String
    init(_ problem: String) { self.problem = problem }
  }

  private struct Handle {
    var offset: Int
    var size: Int
    /// Where the block ends, its compression and checksum included.
    var end: Int { offset + size + 5 }
  }

  /// The entries in the order of their keys.
  private(set) var entries: [(key: [UInt8], value: Range<Int>)] = []

  /// - Parameter file: the whole file.
  /// - Throws: `Fault`.
  init(_ file: UnsafeRawBufferPointer) throws(Fault) {
    let footerSize = 48
    guard file.count >= footerSize, Self.word(file, at: file.count - 8) == 0x8B80_FB57,
      Self.word(file, at: file.count - 4) == 0xDB47_7524
    else { throw Fault("it does not end as a checkpoint's index does: it is cut short or something else") }
    let footer = UnsafeRawBufferPointer(rebasing: file[(file.count - footerSize)..<(file.count - 8)])
    var position = 0
    let metaIndex = try Self.handle(footer, &position)
    let index = try Self.handle(footer, &position)
    guard footer[position...].allSatisfy({ $0 == 0 }) else { throw Fault("its footer is damaged") }

    var next = 0
    var blocks: [Handle] = []
    try Self.block(file, index) { (_, value: Range<Int>) throws(Fault) in
      var position = 0
      let value = UnsafeRawBufferPointer(rebasing: file[value])
      let handle = try Self.handle(value, &position)
      guard position == value.count, handle.offset == next else { throw Fault("its index block is damaged") }
      next = handle.end
      blocks.append(handle)
    }
    guard metaIndex.offset == next, index.offset == metaIndex.end, index.end == file.count - footerSize
    else { throw Fault("its blocks do not follow one another: it is damaged") }
    try Self.block(file, metaIndex) { (_, _) throws(Fault) in
      throw Fault("it has meta blocks, which a checkpoint's index has not")
    }
    for block in blocks {
      try Self.block(file, block) { (key: [UInt8], value: Range<Int>) throws(Fault) in
        if let last = entries.last?.key, !last.lexicographicallyPrecedes(key) {
          throw Fault("its entries are not in order")
        }
        guard entries.count < Self.entryLimit else {
          throw Fault("it has more than \(Self.entryLimit) entries")
        }
        entries.append((key, value))
      }
    }
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// A block's offset and size, two varints.
  private static func handle(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(Fault) -> Handle {
    guard let offset = readVarint(bytes, &position), let size = readVarint(bytes, &position),
      offset <= UInt64(fileLimit), size <= UInt64(fileLimit)
    else { throw Fault("it points outside itself: it is damaged") }
    return Handle(offset: Int(offset), size: Int(size))
  }

  /// Reads a block: entries of (bytes shared with the key before, bytes of the key's rest, bytes of
  /// the value; rest; value), then the offsets of the entries that share nothing, and their number.
  private static func block(
    _ file: UnsafeRawBufferPointer, _ handle: Handle,
    _ entry: ([UInt8], Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    guard handle.end <= file.count else { throw Fault("a block ends behind its end: it is cut short") }
    let place = "the block at its byte \(handle.offset)"
    let content = UnsafeRawBufferPointer(rebasing: file[handle.offset..<handle.offset + handle.size])
    let covered = UnsafeRawBufferPointer(rebasing: file[handle.offset...handle.offset + handle.size])
    guard CRC32C.masked(CRC32C.checksum(covered)) == word(file, at: handle.offset + handle.size + 1) else {
      throw Fault("\(place) does not have the checksum that was written with it: it is damaged")
    }
    switch file[handle.offset + handle.size] {
    case 0: break
    case 1: throw Fault("\(place) is compressed with Snappy, which is not read; TensorFlow writes it plain")
    case let other: throw Fault("\(place) is compressed in the unknown way \(other)")
    }
    guard content.count >= 4 else { throw Fault("\(place) is too short") }
    let restarts = Int(word(content, at: content.count - 4))
    guard restarts <= (content.count - 4) / 4 else { throw Fault("\(place) is damaged") }
    let end = content.count - 4 - 4 * restarts
    let entries = UnsafeRawBufferPointer(rebasing: content[..<end])
    var position = 0
    var key: [UInt8] = []
    while position < end {
      guard let shared = readVarint(entries, &position), let rest = readVarint(entries, &position),
        let count = readVarint(entries, &position), shared <= UInt64(key.count),
        rest <= UInt64(end - position), count <= UInt64(end - position) - rest
      else { throw Fault("\(place) is damaged") }
      guard Int(shared) + Int(rest) <= keyLimit else {
        throw Fault("\(place) has a name of more than \(keyLimit) bytes")
      }
      key.removeLast(key.count - Int(shared))
      key += entries[position..<position + Int(rest)]
      position += Int(rest)
      let start = handle.offset + position
      position += Int(count)
      try entry(key, start..<start + Int(count))
    }
  }
}
