import Foundation

/// A TensorFlow V2 checkpoint ("tensor bundle"): `NAME.index`, a sorted table of protobuf
/// entries, and the raw bytes in shards `NAME.data-00000-of-00001`.
struct TensorFlowCheckpoint: TensorArchive {
  let tensors: [ArchivedTensor]
  private let prefix: String
  private let shardCount: Int
  private let entries: [Entry]
  private let shards: Shards

  /// TensorFlow's `BundleEntryProto`.
  private struct Entry {
    var type: UInt64 = 0
    var shape: [Int] = []
    var shard = 0
    var offset = 0
    var size = 0
    var checksum: UInt32 = 0
    var isSliced = false
  }

  /// The mapped shards, opened when first needed.
  private final class Shards { var open: [Int: WeightBytes] = [:] }

  /// - Parameter path: the checkpoint's common prefix, one of its files, or a folder with one checkpoint.
  /// - Throws: `WeightError`.
  init(path: String) throws(WeightError) {
    prefix = try Self.prefix(of: path)
    let file = prefix + ".index"
    let index = try WeightBytes(mapping: file)
    let again = ["copy the checkpoint again: its .index and all its .data files"]
    guard index.buffer.count <= SortedTable.fileLimit else {
      throw WeightError(
        file: file, "has \(index.buffer.count) bytes, more than the limit of \(SortedTable.fileLimit)")
    }
    let table: SortedTable
    do throws(SortedTable.Fault) {
      table = try SortedTable(index.buffer)
    } catch {
      throw WeightError(file: file, error.problem, hints: again)
    }
    var shardCount: Int?
    var entries: [Entry] = []
    var tensors: [ArchivedTensor] = []
    for (key, range) in table.entries {
      guard let name = String(validating: key, as: UTF8.self) else {
        throw WeightError(file: file, "a tensor's name is not UTF-8: the file is damaged", hints: again)
      }
      let value = UnsafeRawBufferPointer(rebasing: index.buffer[range])
      do throws(ProtobufReader.Fault) {
        // The first entry, with the empty name, is the header.
        if key.isEmpty {
          shardCount = try Self.header(value)
        } else {
          let entry = try Self.entry(value)
          let type = Self.types[entry.type]
          tensors.append(
            ArchivedTensor(
              name: name, shape: entry.shape, type: type.flatMap { ElementType(rawValue: $0) },
              typeName: type ?? "number \(entry.type) of TensorFlow's", index: entries.count))
          entries.append(entry)
        }
      } catch {
        throw WeightError(
          file: file, tensor: key.isEmpty ? nil : name, "its entry is damaged", hints: again)
      }
    }
    guard let shardCount else {
      throw WeightError(
        file: file, "has no valid header: it is not a checkpoint of little-endian TensorFlow", hints: again)
    }
    let order = entries.indices.filter { entries[$0].size > 0 }.sorted {
      (entries[$0].shard, entries[$0].offset) < (entries[$1].shard, entries[$1].offset)
    }
    for (first, second) in zip(order, order.dropFirst())
    where entries[first].shard == entries[second].shard
      && entries[second].offset - entries[first].offset < entries[first].size
    {
      throw WeightError(
        file: file, tensor: tensors[second].name,
        "it shares bytes with '\(shortName(tensors[first].name))': the file is damaged", hints: again)
    }
    self.shardCount = shardCount
    self.entries = entries
    self.tensors = tensors
    shards = Shards()
  }

  /// What comes before `.index`.
  private static func prefix(of path: String) throws(WeightError) -> String {
    if path.hasSuffix(".index") { return String(path.dropLast(".index".count)) }
    if let range = path.range(of: #"\.data-\d{5}-of-\d{5}$"#, options: .regularExpression) {
      return String(path[..<range.lowerBound])
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return path
    }
    let found = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { $0.hasSuffix(".index") }.sorted()
    guard found.count == 1, let only = found.first else {
      throw WeightError(
        .unreadable, file: path,
        found.isEmpty
          ? "the folder has no checkpoint (no .index file)" : "the folder has several checkpoints",
        hints: found.prefix(5).map { "name one: \(path)/\(shortName(String($0.dropLast(6))))" })
    }
    return "\(path)/\(only.dropLast(6))"
  }

  /// TensorFlow's `DataType` numbers, with the names that safetensors gives those types.
  private static let types: [UInt64: String] = [
    1: "F32", 2: "F64", 3: "I32", 4: "U8", 5: "I16", 6: "I8", 7: "string", 8: "complex64", 9: "I64",
    10: "BOOL", 14: "BF16", 17: "U16", 18: "complex128", 19: "F16", 20: "resource", 21: "variant",
    22: "U32", 23: "U64",
  ]

  /// `BundleHeaderProto`: num_shards = 1, endianness = 2 (0 is little), version = 3.
  private static func header(_ bytes: UnsafeRawBufferPointer) throws(ProtobufReader.Fault) -> Int? {
    var reader = ProtobufReader(bytes)
    var shards = 0
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .varint(let count)): shards = Int(exactly: count) ?? 0
      case (2, .varint(1...)): return nil
      default: break
      }
    }
    return (1...99_999).contains(shards) ? shards : nil
  }

  /// `BundleEntryProto`: dtype = 1, shape = 2, shard_id = 3, offset = 4, size = 5,
  /// crc32c = 6 (fixed32, masked), slices = 7.
  private static func entry(_ bytes: UnsafeRawBufferPointer) throws(ProtobufReader.Fault) -> Entry {
    var reader = ProtobufReader(bytes)
    var entry = Entry()
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .varint(let type)): entry.type = type
      case (2, .bytes(let shape)): entry.shape = try Self.shape(shape)
      case (3, .varint(let shard)): entry.shard = try integer(shard)
      case (4, .varint(let offset)): entry.offset = try integer(offset)
      case (5, .varint(let size)): entry.size = try integer(size)
      case (6, .fixed32(let checksum)): entry.checksum = checksum
      case (7, .bytes): entry.isSliced = true
      default: break
      }
    }
    return entry
  }

  /// `TensorShapeProto`: dim = 2, repeated, each with size = 1; unknown_rank = 3.
  private static func shape(_ bytes: UnsafeRawBufferPointer) throws(ProtobufReader.Fault) -> [Int] {
    var reader = ProtobufReader(bytes)
    var shape: [Int] = []
    while let (field, value) = try reader.next() {
      guard field == 2, case .bytes(let dimension) = value else { continue }
      var reader = ProtobufReader(dimension)
      var side = 0
      while let (field, value) = try reader.next() {
        if field == 1, case .varint(let size) = value { side = try integer(size) }
      }
      guard shape.count < 32 else { throw ProtobufReader.Fault() }
      shape.append(side)
    }
    return shape
  }

  private static func integer(_ value: UInt64) throws(ProtobufReader.Fault) -> Int {
    guard let value = Int(exactly: value) else { throw ProtobufReader.Fault() }
    return value
  }

  /// Every tensor of plain numbers has a checksum over its bytes; strings have one over something else.
  func verify(_ tensor: ArchivedTensor) throws(WeightError) {
    let entry = entries[tensor.index]
    if entry.isSliced || [7, 20, 21].contains(entry.type) { return }
    let bytes = try bytes(tensor)
    guard CRC32C.masked(CRC32C.checksum(bytes)) == entry.checksum else {
      throw WeightError(
        file: shardName(entry.shard), tensor: tensor.name,
        "its bytes do not have the checksum that was written with them: the file is damaged",
        hints: ["copy the checkpoint again"])
    }
  }

  func floats(_ tensor: ArchivedTensor) throws(WeightError) -> [Float] {
    let bytes = try bytes(tensor)
    guard let type = tensor.type, type.isWeight else {
      throw WeightError(
        file: prefix + ".index", tensor: tensor.name, "its type \(tensor.typeName) is not one of weights")
    }
    return FloatDecoding.floats(bytes, type)
  }

  private func shardName(_ shard: Int) -> String {
    func digits(_ number: Int) -> String {
      String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }
    return "\(prefix).data-\(digits(shard))-of-\(digits(shardCount))"
  }

  /// A tensor's bytes in its shard, which stays mapped as long as this checkpoint lives.
  private func bytes(_ tensor: ArchivedTensor) throws(WeightError) -> UnsafeRawBufferPointer {
    let entry = entries[tensor.index]
    func fault(_ file: String, _ problem: String) -> WeightError {
      WeightError(
        file: file, tensor: tensor.name, problem,
        hints: ["copy the checkpoint again: its .index and all its .data files"])
    }
    guard entry.shard < shardCount else {
      throw fault(
        prefix + ".index", "it lies in shard \(entry.shard), but there are only \(shardCount)")
    }
    guard !entry.isSliced else {
      throw WeightError(
        file: prefix + ".index", tensor: tensor.name, "it is stored in slices, which are not read",
        hints: ["save the checkpoint without partitioned variables"])
    }
    let file = shardName(entry.shard)
    let shard: WeightBytes
    if let open = shards.open[entry.shard] {
      shard = open
    } else {
      do throws(WeightError) {
        shard = try WeightBytes(mapping: file)
      } catch {
        throw WeightError(
          error.kind, file: file, tensor: tensor.name, "it should lie in this file, which \(error.problem)",
          hints: ["the shards have to lie beside the .index file"])
      }
      shards.open[entry.shard] = shard
    }
    let (end, overflow) = entry.offset.addingReportingOverflow(entry.size)
    guard !overflow, end <= shard.buffer.count else {
      throw fault(
        file,
        "it should end at byte \(overflow ? "2^63" : String(end)), "
          + "but the file has \(shard.buffer.count): it is cut short")
    }
    if let type = tensor.type {
      guard SafetensorsFile.byteCount(entry.shape, type) == entry.size else {
        throw fault(
          prefix + ".index",
          "its shape \(entry.shape) of \(type.rawValue) does not fill the \(entry.size) bytes that it has")
      }
    }
    return UnsafeRawBufferPointer(rebasing: shard.buffer[entry.offset..<end])
  }
}
