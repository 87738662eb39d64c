import FeditSyntax

/// A script that is open in the editor.
struct TextDocument {
  let uri: String
  /// Absolute path; made up where the document is not a file.
  let path: String
  private(set) var version: Int?
  private(set) var text: [UInt8]
  private(set) var lines: LineTable

  init(uri: String, path: String, version: Int?, text: String) {
    self.uri = uri
    self.path = path
    self.version = version
    self.text = Array(text.utf8)
    lines = LineTable(self.text)
  }

  /// Carries out changes one after the other, each in the text that the one before left.
  mutating func apply(_ changes: [ContentChange], version: Int?, encoding: PositionEncoding) {
    self.version = version
    for change in changes {
      let new = Array(change.text.utf8)
      guard let range = change.range else {
        text = new
        lines = LineTable(new)
        continue
      }
      let span = PositionConverter(text, lines, encoding).span(range)
      // A range the wrong way round is read as an empty one at its start.
      let replaced = span.start..<max(span.start, span.end)
      text.replaceSubrange(replaced, with: new)
      lines.replace(replaced, with: new.count, in: text)
    }
  }

  func converter(_ encoding: PositionEncoding) -> PositionConverter {
    PositionConverter(text, lines, encoding)
  }
}

/// `file:` addresses and paths.
enum FileURI {
  /// The path of a `file:` address; nil for others.
  static func path(_ uri: String) -> String? {
    let scheme = "file://"
    guard uri.lowercased().hasPrefix(scheme) else { return nil }
    var rest = uri.dropFirst(scheme.count)
    // `file://host/path`: the host is this machine's, whatever it is called.
    if let slash = rest.firstIndex(of: "/") { rest = rest[slash...] } else { return nil }
    if let cut = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<cut] }
    return decoded(rest)
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let rest = iterator
      if let a = iterator.next().flatMap(digit), let b = iterator.next().flatMap(digit) {
        bytes.append(a << 4 | b)
      } else {
        bytes.append(byte)
        iterator = rest
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// The address of a file, with what RFC 3986 does not allow in a path escaped.
  static func uri(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = "file://"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39,
        UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.append(Character(UnicodeScalar(byte)))
      default: result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }
}
