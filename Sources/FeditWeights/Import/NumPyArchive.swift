/// An `.npz` file: a zip file of `.npy` members, one a tensor.
struct NumPyArchive: TensorArchive {
  let tensors: [ArchivedTensor]
  private let zip: ZipArchive
  private let headers: [NumPyHeader]
  private let file: String

  init(path: String) throws(WeightError) {
    file = path
    zip = try ZipArchive(path: path)
    var headers: [NumPyHeader] = []
    var tensors: [ArchivedTensor] = []
    for (index, member) in zip.members.enumerated() {
      let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
      let start = try zip.start(of: member, count: NumPyHeader.limit)
      guard let header = NumPyHeader(start) else {
        throw WeightError(
          file: path, tensor: name, "it is not a NumPy array of plain numbers",
          hints: ["save the arrays with numpy.savez"])
      }
      let type: ElementType? =
        switch header.descriptor {
        case "<f4": .float32
        case "<f2": .float16
        default: nil
        }
      headers.append(header)
      tensors.append(
        ArchivedTensor(
          name: name, shape: header.shape, type: type, typeName: header.descriptor, index: index))
    }
    self.headers = headers
    self.tensors = tensors.sorted { $0.name < $1.name }
  }

  /// What a member unpacks to has no bound, so only those that are taken are, by `floats`.
  func verify(_ tensor: ArchivedTensor) {}

  func floats(_ tensor: ArchivedTensor) throws(WeightError) -> [Float] {
    let header = headers[tensor.index]
    guard let type = tensor.type else {
      throw WeightError(
        file: file, tensor: tensor.name,
        "its type \(shortName(tensor.typeName)) is not one of weights ('<f4', '<f2')",
        hints: ["convert it with .astype('<f4')"])
    }
    // Before anything is unpacked.
    let size = zip.members[tensor.index].uncompressedSize - header.length
    guard SafetensorsFile.byteCount(header.shape, type) == size else {
      throw WeightError(
        file: file, tensor: tensor.name,
        "its shape \(header.shape) does not fill the \(size) bytes that it has")
    }
    let contents = try zip.contents(of: zip.members[tensor.index])
    let values = contents.withUnsafeBytes {
      FloatDecoding.floats(UnsafeRawBufferPointer(rebasing: $0[header.length...]), type)
    }
    return header.isFortranOrder ? Self.rowMajor(values, header.shape) : values
  }

  /// From the first index running fastest to the last.
  private static func rowMajor(_ values: [Float], _ shape: [Int]) -> [Float] {
    var strides: [Int] = []
    var stride = 1
    for side in shape {
      strides.append(stride)
      stride *= side
    }
    var index = [Int](repeating: 0, count: shape.count)
    var offset = 0
    return values.indices.map { _ in
      defer {
        for axis in shape.indices.reversed() {
          index[axis] += 1
          offset += strides[axis]
          if index[axis] < shape[axis] { break }
          offset -= strides[axis] * shape[axis]
          index[axis] = 0
        }
      }
      return values[offset]
    }
  }
}

/// The start of an `.npy` file: a magic number, the header's length, and a Python dictionary of
/// `descr`, `fortran_order` and `shape`.
struct NumPyHeader {
  /// NumPy itself refuses longer headers unless told to trust the file.
  static let limit = 10_000 + 12

  var descriptor = ""
  var isFortranOrder = false
  var shape: [Int] = []
  /// Bytes before the numbers.
  var length = 0

  /// nil where the bytes are not such a header.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else { return nil }
    let prefix = bytes[6] == 1 ? 10 : 12
    let size = (8..<prefix).reduce(0) { $0 | Int(bytes[$1]) << (8 * ($1 - 8)) }
    guard bytes.count >= prefix + size else { return nil }
    length = prefix + size
    let text = String(decoding: bytes[prefix..<length], as: UTF8.self)
    guard let descriptor = text.firstMatch(of: /'descr': *'([^']*)'/),
      let order = text.firstMatch(of: /'fortran_order': *(True|False)/),
      let shape = text.firstMatch(of: /'shape': *\(([0-9, ]*)\)/)
    else { return nil }
    self.descriptor = String(descriptor.1)
    isFortranOrder = order.1 == "True"
    for side in shape.1.split(separator: ",") {
      let digits = side.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let side = Int(digits), self.shape.count < 32 else { return nil }
      self.shape.append(side)
    }
  }
}
