import FeditFiles

/// A safetensors file: named tensors and a map of strings, read in place.
///
/// The format: eight bytes with the header's length (little-endian), the header (JSON), then the
/// tensors' bytes, row-major and little-endian. Opening checks all of it, so that what is named
/// can be read: every tensor lies inside the file and is as long as its shape says, and the
/// tensors follow one another without overlaps or gaps.
public struct SafetensorsFile: Sendable {
  /// A tensor's place in the file.
  public struct Tensor: Hashable, Sendable {
    /// Unique in its file.
    public var name: String
    /// What its numbers are stored as.
    public var type: ElementType
    /// Dimensions, the slowest first.
    public var shape: [Int]
    /// Its bytes, counted from the file's start.
    var range: Range<Int>

    /// Elements.
    public var count: Int { range.count / type.size }
  }

  /// The longest header that is read; a generator's has about 15 kB.
  public static let headerLimit = 4 << 20

  /// The file as the user named it; what errors show.
  public let name: String
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// In the order of their names.
  public let tensors: [Tensor]
  private let indices: [String: Int]
  private let bytes: WeightBytes

  /// Maps a file and checks its header.
  ///
  /// - Throws: `WeightError`, `.unreadable` or `.invalid`.
  public init(path: String) throws(WeightError) {
    try self.init(WeightBytes(mapping: path), name: path)
  }

  /// Reads a file that is in memory; the bytes are copied.
  public init(bytes: [UInt8], name: String) throws(WeightError) {
    try self.init(WeightBytes(copying: bytes), name: name)
  }

  /// Reads a file that lies in memory as long as the process lives, without a copy.
  public init(bytes: UnsafeRawBufferPointer, name: String) throws(WeightError) {
    try self.init(WeightBytes(static: bytes), name: name)
  }

  private init(_ bytes: WeightBytes, name: String) throws(WeightError) {
    let buffer = bytes.buffer
    let again = ["download or export the file again"]
    guard buffer.count >= 8 else {
      throw WeightError(
        file: name, "has \(buffer.count) bytes, too few for a safetensors file", hints: again)
    }
    let length = UInt64(littleEndian: buffer.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(buffer.count - 8), length >= 2, buffer[8] == UInt8(ascii: "{") else {
      throw WeightError(
        file: name,
        length > UInt64(buffer.count - 8) && buffer[8...].first == UInt8(ascii: "{")
          ? "is cut short: its header should have \(length) bytes" : "is not a safetensors file",
        hints: [
          "other formats are converted by 'fedit model import FILE -o OUT.safetensors'"
        ])
    }
    guard length <= UInt64(Self.headerLimit) else {
      throw WeightError(
        file: name, "its header has \(length) bytes, more than the limit of \(Self.headerLimit)",
        hints: ["a weight file's header is a few kilobytes; this is not one"])
    }
    let start = 8 + Int(length)
    let header: SafetensorsHeader
    do throws(SafetensorsHeader.Fault) {
      header = try SafetensorsHeader(json: UnsafeRawBufferPointer(rebasing: buffer[8..<start]))
    } catch {
      throw WeightError(file: name, tensor: error.tensor, error.problem, hints: again)
    }
    try Self.check(header.entries, dataCount: buffer.count - start, file: name)
    self.name = name
    self.bytes = bytes
    metadata = header.metadata
    tensors = header.entries.map {
      Tensor(name: $0.name, type: $0.type, shape: $0.shape, range: start + $0.start..<start + $0.end)
    }.sorted { $0.name < $1.name }
    indices = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// Checks that the tensors fill the data part one after another.
  private static func check(
    _ entries: [SafetensorsHeader.Entry], dataCount: Int, file: String
  ) throws(WeightError) {
    let hints = ["download or export the file again"]
    func fault(_ entry: SafetensorsHeader.Entry, _ problem: String) -> WeightError {
      WeightError(file: file, tensor: entry.name, problem, hints: hints)
    }
    for entry in entries {
      guard entry.start <= entry.end else {
        throw fault(entry, "it ends at byte \(entry.end), before its start at \(entry.start)")
      }
      guard entry.end <= dataCount else {
        throw fault(
          entry, "it ends at byte \(entry.end) of the data, which have \(dataCount): the file is cut short")
      }
      guard let size = byteCount(entry.shape, entry.type), size == entry.end - entry.start else {
        throw fault(
          entry,
          "its shape \(entry.shape) of \(entry.type.rawValue) does not fill the "
            + "\(entry.end - entry.start) bytes that it has")
      }
    }
    var position = 0
    var before: SafetensorsHeader.Entry?
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start >= position else {
        throw fault(
          entry, "it overlaps tensor '\(before.map { shortName($0.name) } ?? "")'")
      }
      guard entry.start == position else {
        throw fault(entry, "\(entry.start - position) bytes before it belong to no tensor")
      }
      position = entry.end
      before = entry
    }
    guard position == dataCount else {
      throw WeightError(
        file: file, "its last \(dataCount - position) bytes belong to no tensor", hints: hints)
    }
  }

  /// Bytes that a tensor takes, nil where they are more than memory can have.
  static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    var size = type.size
    var isEmpty = false
    for side in shape {
      if side == 0 { isEmpty = true }
      let (product, overflow) = size.multipliedReportingOverflow(by: max(side, 1))
      guard !overflow else { return nil }
      size = product
    }
    return isEmpty ? 0 : size
  }

  /// The tensors' names, sorted.
  public var names: [String] { tensors.map(\.name) }

  /// The tensor of a name, nil where there is none.
  public func tensor(_ name: String) -> Tensor? { indices[name].map { tensors[$0] } }

  /// A tensor's shape, nil where there is none of that name.
  public func shape(of name: String) -> [Int]? { tensor(name)?.shape }

  /// A tensor's element type, nil where there is none of that name.
  public func type(of name: String) -> ElementType? { tensor(name)?.type }

  /// The size of the whole file in bytes.
  public var byteCount: Int { bytes.buffer.count }

  /// The SHA-256 of the whole file, as 64 hexadecimal digits.
  public func sha256() -> String {
    defer { bytes.release(0..<bytes.buffer.count) }
    return SHA256.hex(bytes.buffer)
  }

  /// Appends the whole file's bytes to another.
  func write(to sink: inout AtomicFile.Sink) throws(FileError) {
    defer { extendLifetime(bytes) }
    try sink.append(bytes.buffer)
  }

  /// Gives a tensor's bytes as they lie in the file, little-endian; their address may be unaligned.
  ///
  /// - Throws: `WeightError` where there is no such tensor.
  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(WeightError) -> Result {
    let tensor = try existing(name)
    return withExtendedLifetime(bytes) {
      body(UnsafeRawBufferPointer(rebasing: bytes.buffer[tensor.range]))
    }
  }

  /// A tensor's values, row-major: float32 as they are, float16 and bfloat16 exactly.
  ///
  /// - Throws: `WeightError` where there is no such tensor, or it has another element type.
  public func floats(named name: String) throws(WeightError) -> [Float] {
    let tensor = try existing(name)
    guard tensor.type.isWeight else {
      throw WeightError(
        file: self.name, tensor: name,
        "its element type is \(tensor.type.rawValue); F32, F16 and BF16 are read",
        hints: ["export it as float32"])
    }
    // The copy is what is used from now on: both together would take twice the memory.
    defer { bytes.release(tensor.range) }
    return try withBytes(of: name) { FloatDecoding.floats($0, tensor.type) }
  }

  /// A tensor's values, its shape and its numbers checked.
  ///
  /// - Parameters:
  ///   - name: The tensor.
  ///   - expected: Its shape.
  ///   - layer: Whose it is, for the error where it is missing; nil where its name says so.
  /// - Returns: The values, row-major.
  /// - Throws: `WeightError` where it is missing, of another shape or type, or holds a value that is not finite.
  public func floats(
    named name: String, shape expected: [Int], of layer: String? = nil
  ) throws(WeightError) -> [Float] {
    guard let shape = shape(of: name) else {
      let owner = layer.map { "; it is \($0)'s" } ?? ""
      throw WeightError(file: self.name, tensor: name, "the file has no such tensor" + owner)
    }
    guard shape == expected else {
      throw WeightError(file: self.name, tensor: name, "has shape \(shape), expected \(expected)")
    }
    let values = try floats(named: name)
    guard values.allSatisfy(\.isFinite) else {
      throw WeightError(file: self.name, tensor: name, "holds a value that is not a finite number")
    }
    return values
  }

  private func existing(_ name: String) throws(WeightError) -> Tensor {
    guard let tensor = tensor(name) else {
      throw WeightError(file: self.name, tensor: name, "the file has no such tensor")
    }
    return tensor
  }
}

/// From the bytes of a weight file to float32.
enum FloatDecoding {
  /// - Precondition: `type.isWeight`, and as many bytes as whole elements take.
  static func floats(_ bytes: UnsafeRawBufferPointer, _ type: ElementType) -> [Float] {
    let count = bytes.count / type.size
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      switch type {
      case .float32:
        UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
        if 1.littleEndian != 1 {
          for i in 0..<count {
            values[i] = Float(bitPattern: UInt32(littleEndian: values[i].bitPattern))
          }
        }
      case .bfloat16:
        for i in 0..<count {
          let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
          values[i] = HalfPrecision.float(fromBrain: bits)
        }
      default:
        for i in 0..<count {
          let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
          values[i] = HalfPrecision.float(fromHalf: bits)
        }
      }
      initialized = count
    }
  }
}
