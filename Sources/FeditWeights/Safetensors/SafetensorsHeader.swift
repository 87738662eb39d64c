/// What the header of a safetensors file says, before it is compared with the file's size.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: ElementType
    var shape: [Int]
    var start: Int
    var end: Int
  }

  var entries: [Entry] = []
  var metadata: [String: String] = [:]

  /// The fault in a header, with the tensor it is about where that is known.
  struct Fault: Error {
    var tensor: String?
    var problem: String
  }

  /// Reads the header's JSON, which may hold nothing but what the format defines:
  /// an object of tensors, each with `dtype`, `shape` and `data_offsets`, and `__metadata__`,
  /// a map of strings. Keys given twice are refused.
  init(json: UnsafeRawBufferPointer) throws(Fault) {
    var scanner = JSONScanner(json)
    var seen: Set<String> = []
    try scanner.object { (scanner: inout JSONScanner, name: String) throws(Fault) in
      guard seen.insert(name).inserted else {
        throw Fault(tensor: name, problem: "the header names it twice")
      }
      if name == "__metadata__" {
        try scanner.object { (scanner: inout JSONScanner, key: String) throws(Fault) in
          let value = try scanner.string()
          guard metadata.updateValue(value, forKey: key) == nil else {
            throw Fault(problem: "the metadata have the key '\(shortName(key))' twice")
          }
        }
      } else {
        do throws(Fault) {
          entries.append(try Self.entry(name, &scanner))
        } catch {
          throw Fault(tensor: error.tensor ?? name, problem: error.problem)
        }
      }
    }
    try scanner.end()
  }

  private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(Fault) -> Entry {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner: inout JSONScanner, key: String) throws(Fault) in
      switch key {
      case "dtype" where typeName == nil: typeName = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.integers(limit: 16)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(limit: 2)
      default:
        throw Fault(problem: "the header has the key '\(shortName(key))' twice or does not know it")
      }
    }
    guard let typeName else { throw Fault(problem: "the header gives no 'dtype' for it") }
    guard let type = ElementType(rawValue: typeName) else {
      throw Fault(problem: "its element type '\(shortName(typeName))' is not known")
    }
    guard let shape else { throw Fault(problem: "the header gives no 'shape' for it") }
    guard let offsets, offsets.count == 2 else {
      throw Fault(problem: "the header gives no two 'data_offsets' for it")
    }
    return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
  }
}

/// Reads the JSON of a safetensors header: objects, strings and whole numbers.
private struct JSONScanner {
  typealias Fault = SafetensorsHeader.Fault
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private func fault(_ expected: String) -> Fault {
    Fault(problem: "the header is not valid: \(expected) expected at its byte \(position)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard let byte = next, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard take(character) else { throw fault("'\(character)'") }
  }

  /// Calls `member` after each key, with the scanner before the value.
  mutating func object(_ member: (inout JSONScanner, String) throws(Fault) -> Void) throws(Fault) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  mutating func integers(limit: Int) throws(Fault) -> [Int] {
    try expect("[")
    var numbers: [Int] = []
    if take("]") { return numbers }
    repeat {
      guard numbers.count < limit else { throw fault("no more than \(limit) numbers") }
      numbers.append(try integer())
    } while take(",")
    try expect("]")
    return numbers
  }

  private mutating func integer() throws(Fault) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int(byte - 0x30))
      guard !tooLarge, !carried else { throw fault("a number below 2^63") }
      value = sum
      position += 1
    }
    let digits = position - start
    guard digits == 1 || digits > 1 && bytes[start] != 0x30 else { throw fault("a whole number") }
    return value
  }

  mutating func string() throws(Fault) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      guard let byte = next else { throw fault("the end of a string") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw fault("valid UTF-8 before what is")
        }
        return string
      case UInt8(ascii: "\\"):
        text.append(contentsOf: Array(try escape().utf8))
      case 0..<0x20:
        throw fault("no control character")
      default:
        text.append(byte)
      }
    }
  }

  /// What stands after a backslash.
  private mutating func escape() throws(Fault) -> String {
    guard let byte = next else { throw fault("the end of a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if (0xD800..<0xDC00).contains(value) {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw fault("the second half of a surrogate pair") }
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else {
          throw fault("the second half of a surrogate pair before what is")
        }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw fault("a Unicode scalar before what is") }
      return String(Character(scalar))
    default: throw fault("an escape that JSON knows before what is")
    }
  }

  private mutating func hexadecimal() throws(Fault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  /// Only spaces may follow.
  mutating func end() throws(Fault) {
    skipSpace()
    guard next == nil else { throw fault("nothing more") }
  }
}
