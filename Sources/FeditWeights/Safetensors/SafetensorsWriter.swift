import FeditFiles
import FeditText

/// Writes safetensors files: the same tensors give the same bytes.
///
/// Tensors with larger elements come first, then in the order of their names; so each lies at a
/// multiple of its element size, and the header is padded with spaces to a multiple of eight.
public enum SafetensorsWriter {
  /// A tensor to write. Its values are asked for when its turn comes, so that a large file
  /// never lies in memory as a whole.
  public struct Tensor {
    /// Unique in its file.
    public var name: String
    /// Dimensions, the slowest first.
    public var shape: [Int]
    /// float32, float16 or bfloat16; any type where the bytes are given.
    public var type: ElementType
    var values: () throws(WeightError) -> [Float]
    /// The elements as they are to lie in the file, instead of values.
    var bytes: [UInt8]?

    /// Its values are as many as the shape says, row-major; they are asked for once or more.
    public init(
      name: String, shape: [Int], type: ElementType = .float32,
      values: @escaping () throws(WeightError) -> [Float]
    ) {
      self.name = name
      self.shape = shape
      self.type = type
      self.values = values
    }

    /// A tensor of any element type, its bytes as they are to lie in the file.
    public init(name: String, shape: [Int], type: ElementType, bytes: [UInt8]) {
      self.init(name: name, shape: shape, type: type, [])
      self.bytes = bytes
    }

    /// Makes room for the bytes to come.
    public mutating func reserve(bytes count: Int) { bytes?.reserveCapacity(count) }

    /// Appends to the bytes of a tensor that was made of bytes.
    public mutating func append(bytes more: [UInt8]) { bytes?.append(contentsOf: more) }

    /// A tensor whose values are at hand.
    public init(name: String, shape: [Int], type: ElementType = .float32, _ values: [Float]) {
      self.init(name: name, shape: shape, type: type) { () throws(WeightError) in values }
    }
  }

  /// Writes a file atomically: it is complete or what was there before stays.
  ///
  /// - Parameters:
  ///   - tensors: names must differ; values are rounded to nearest, ties to even.
  ///   - metadata: strings for the header.
  ///   - path: the file.
  /// - Throws: `WeightError` where a value does not fit its 16-bit type, a tensor's values can't
  ///   be had or are not as many as its shape says, or the file can't be written.
  public static func write(
    _ tensors: [Tensor], metadata: [String: String] = [:], to path: String
  ) throws(WeightError) {
    let ordered = tensors.sorted {
      ($1.type.size, $0.name) < ($0.type.size, $1.name)
    }
    let header = try header(ordered, metadata: metadata, file: path)
    try write(header, to: path) { (sink: inout AtomicFile.Sink) throws(WeightError) in
      for tensor in ordered {
        let bytes = try encode(tensor, file: path)
        do throws(FileError) {
          try sink.append(bytes)
        } catch {
          throw WeightError(error)
        }
      }
    }
  }

  /// Writes a file whose contents behind the header somebody else makes.
  private static func write(
    _ header: [UInt8], to path: String, _ body: (inout AtomicFile.Sink) throws(WeightError) -> Void
  ) throws(WeightError) {
    var failure: WeightError?
    do throws(FileError) {
      try AtomicFile.write(to: path) { (sink: inout AtomicFile.Sink) throws(FileError) in
        try sink.append(header)
        do throws(WeightError) {
          try body(&sink)
        } catch {
          failure = error
          throw FileError.cannotWrite(path: path, reason: error.problem)
        }
      }
    } catch {
      throw failure ?? WeightError(error)
    }
  }

  /// A tensor of bytes that is written some rows at a time.
  public struct Rows: Sendable {
    /// Unique in its file.
    public var name: String
    /// Of one row.
    public var shape: [Int]

    /// A tensor of type U8.
    public init(name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }
  }

  /// A file some rows of whose tensors are written at a time.
  public struct RowFile {
    fileprivate let place: AtomicFile.Place
    fileprivate let starts: [Int]
    fileprivate let lengths: [Int]

    /// Writes rows that follow each other.
    ///
    /// - Parameters:
    ///   - rows: The bytes of each.
    ///   - tensor: Its place in the layout.
    ///   - row: The first one's number.
    /// - Throws: `WeightError` where the file can't be written.
    public func write(_ rows: [[UInt8]], tensor: Int, row: Int) throws(WeightError) {
      precondition(rows.allSatisfy { $0.count == lengths[tensor] }, "a row has a wrong number of bytes")
      do throws(FileError) {
        try place.write(Array(rows.joined()), at: starts[tensor] + row * lengths[tensor])
      } catch {
        throw WeightError(error)
      }
    }
  }

  /// Writes a file of byte tensors with the same number of rows, which need never be in memory at once.
  ///
  /// - Parameters:
  ///   - count: How many rows each tensor has.
  ///   - layout: The tensors in the order of their names.
  ///   - metadata: Strings for the header.
  ///   - path: The file; it is complete or what was there before stays.
  ///   - body: Writes all rows, in any order.
  /// - Throws: What `body` throws; `WeightError` where the file can't be written.
  public static func write(
    rows count: Int, of layout: [Rows], metadata: [String: String] = [:], to path: String,
    _ body: (RowFile) throws(WeightError) -> Void
  ) throws(WeightError) {
    precondition(
      zip(layout, layout.dropFirst()).allSatisfy { $0.name < $1.name }, "not in the order of names")
    let tensors = layout.map {
      Tensor(name: $0.name, shape: [count] + $0.shape, type: .uint8, bytes: [])
    }
    let header = try header(tensors, metadata: metadata, file: path)
    let lengths = layout.map { $0.shape.reduce(1, *) }
    var starts: [Int] = []
    var position = header.count
    for length in lengths {
      starts.append(position)
      position += count * length
    }
    try write(header, to: path) { (sink: inout AtomicFile.Sink) throws(WeightError) in
      try body(RowFile(place: sink.place, starts: starts, lengths: lengths))
    }
  }

  /// The same file in memory.
  public static func bytes(
    _ tensors: [Tensor], metadata: [String: String] = [:]
  ) throws(WeightError) -> [UInt8] {
    let ordered = tensors.sorted { ($1.type.size, $0.name) < ($0.type.size, $1.name) }
    var bytes = try header(ordered, metadata: metadata, file: "<memory>")
    for tensor in ordered { bytes += try encode(tensor, file: "<memory>") }
    return bytes
  }

  private static func header(
    _ tensors: [Tensor], metadata: [String: String], file: String
  ) throws(WeightError) -> [UInt8] {
    var names: Set<String> = ["__metadata__"]
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var position = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw WeightError(file: file, tensor: tensor.name, "two tensors have that name")
      }
      guard tensor.type.isWeight || tensor.bytes != nil,
        let count = SafetensorsFile.byteCount(tensor.shape, tensor.type)
      else {
        throw WeightError(
          file: file, tensor: tensor.name,
          "its shape \(tensor.shape) or its type \(tensor.type.rawValue) cannot be written")
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(position),\(position + count)]}")
      position += count
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }

  private static func encode(_ tensor: Tensor, file: String) throws(WeightError) -> [UInt8] {
    if let bytes = tensor.bytes {
      guard bytes.count == SafetensorsFile.byteCount(tensor.shape, tensor.type) else {
        throw WeightError(
          file: file, tensor: tensor.name, "it has \(bytes.count) bytes; its shape is \(tensor.shape)")
      }
      return bytes
    }
    let values = try tensor.values()
    guard values.count * tensor.type.size == SafetensorsFile.byteCount(tensor.shape, tensor.type) else {
      throw WeightError(
        file: file, tensor: tensor.name, "it has \(values.count) values; its shape is \(tensor.shape)")
    }
    if tensor.type == .float32 {
      return values.withUnsafeBytes { Array($0) }
    }
    var isTooLarge = false
    let bytes = [UInt8](unsafeUninitializedCapacity: 2 * values.count) { bytes, initialized in
      for (i, value) in values.enumerated() {
        let bits: UInt16
        if tensor.type == .float16 {
          bits = HalfPrecision.half(from: value)
          if bits & 0x7FFF == 0x7C00, value.isFinite { isTooLarge = true }
        } else {
          bits = HalfPrecision.brain(from: value)
          if bits & 0x7FFF == 0x7F80, value.isFinite { isTooLarge = true }
        }
        bytes[2 * i] = UInt8(truncatingIfNeeded: bits)
        bytes[2 * i + 1] = UInt8(truncatingIfNeeded: bits >> 8)
      }
      initialized = 2 * values.count
    }
    guard !isTooLarge else {
      throw WeightError(
        file: file, tensor: tensor.name, "it has values too large for \(tensor.type.rawValue)",
        hints: ["write it as float32"])
    }
    return bytes
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    "\"" + jsonEscaped(text.unicodeScalars, short: [:]) { $0 < " " } + "\""
  }
}
