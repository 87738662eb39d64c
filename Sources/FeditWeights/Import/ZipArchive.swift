import CZlib

/// A zip file as NumPy writes it: members stored or deflated, found through the central directory.
struct ZipArchive {
  struct Member {
    var name: String
    var isDeflated: Bool
    var checksum: UInt32
    /// Its (compressed) bytes in the file.
    var range: Range<Int>
    var uncompressedSize: Int
  }

  static let memberLimit = 50_000

  let members: [Member]
  private let bytes: WeightBytes
  private let file: String

  init(path: String) throws(WeightError) {
    file = path
    bytes = try WeightBytes(mapping: path)
    members = try Self.members(bytes.buffer, file: path)
  }

  private static func members(
    _ file: UnsafeRawBufferPointer, file name: String
  ) throws(WeightError) -> [Member] {
    func fault(_ problem: String, member: String? = nil) -> WeightError {
      WeightError(file: name, tensor: member, problem, hints: ["download or export the file again"])
    }
    func number(_ offset: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    // The end record: 22 bytes and a comment of at most 65,535.
    let endSize = 22
    var end = file.count - endSize
    let lowest = max(0, end - 0xFFFF)
    while end >= lowest, number(end, 4) != 0x0605_4B50 { end -= 1 }
    guard end >= lowest else { throw fault("is not a zip file, or is cut short") }
    let count = number(end + 10, 2)
    var position = number(end + 16, 4)
    guard count < 0xFFFF, position < 0xFFFF_FFFF else {
      throw fault("is a zip file in the large (zip64) form, which is not read")
    }
    guard count <= memberLimit else { throw fault("has more than \(memberLimit) members") }
    var members: [Member] = []
    // Where members lie, with their headers: two that share bytes could unpack to far more than the file holds.
    var places: [Range<Int>] = []
    for _ in 0..<count {
      guard position + 46 <= end, number(position, 4) == 0x0201_4B50 else {
        throw fault("its directory is damaged")
      }
      let nameEnd = position + 46 + number(position + 28, 2)
      guard nameEnd <= end,
        let member = String(validating: file[position + 46..<nameEnd], as: UTF8.self)
      else { throw fault("its directory is damaged") }
      let flags = number(position + 8, 2)
      let method = number(position + 10, 2)
      let compressed = number(position + 20, 4)
      let uncompressed = number(position + 24, 4)
      let header = number(position + 42, 4)
      guard flags & 1 == 0 else { throw fault("it is encrypted", member: member) }
      guard method == 0 && compressed == uncompressed || method == 8 else {
        throw fault(
          "it is compressed by method \(method); stored and deflated members are read", member: member)
      }
      // What deflate can reach at most is 1032 to 1.
      guard uncompressed / 1040 <= compressed + 1 else {
        throw fault("it claims \(uncompressed) bytes out of \(compressed)", member: member)
      }
      guard header + 30 <= file.count, number(header, 4) == 0x0403_4B50 else {
        throw fault("the file is cut short or damaged before it", member: member)
      }
      let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
      guard start + compressed <= file.count else {
        throw fault("the file is cut short in it", member: member)
      }
      places.append(header..<start + compressed)
      members.append(
        Member(
          name: member, isDeflated: method == 8, checksum: UInt32(number(position + 16, 4)),
          range: start..<start + compressed, uncompressedSize: uncompressed))
      position = nameEnd + number(position + 30, 2) + number(position + 32, 2)
    }
    let order = places.indices.sorted { places[$0].lowerBound < places[$1].lowerBound }
    for (first, second) in zip(order, order.dropFirst())
    where places[second].lowerBound < places[first].upperBound {
      throw fault("it shares bytes with '\(shortName(members[first].name))'", member: members[second].name)
    }
    return members
  }

  /// The first bytes of a member, not compared with its checksum.
  func start(of member: Member, count: Int) throws(WeightError) -> [UInt8] {
    try read(member, count: min(count, member.uncompressedSize))
  }

  /// A member's bytes, compared with its checksum.
  func contents(of member: Member) throws(WeightError) -> [UInt8] {
    let contents = try read(member, count: member.uncompressedSize)
    let checksum = contents.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    guard UInt32(truncatingIfNeeded: checksum) == member.checksum else {
      throw damaged(member, "its bytes do not have the checksum that was written with them")
    }
    return contents
  }

  private func damaged(_ member: Member, _ problem: String) -> WeightError {
    WeightError(
      file: file, tensor: member.name, problem, hints: ["download or export the file again"])
  }

  private func read(_ member: Member, count: Int) throws(WeightError) -> [UInt8] {
    let source = UnsafeRawBufferPointer(rebasing: bytes.buffer[member.range])
    guard member.isDeflated else { return Array(source.prefix(count)) }
    var stream = z_stream()
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw damaged(member, "there is not enough memory to read it")
    }
    defer { inflateEnd(&stream) }
    let contents = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Sizes fit: the directory's are below 2³².
      stream.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
      stream.avail_in = UInt32(source.count)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(count)
      _ = inflate(&stream, Z_SYNC_FLUSH)
      initialized = count - Int(stream.avail_out)
    }
    guard contents.count == count else { throw damaged(member, "its compressed bytes are damaged") }
    return contents
  }
}
