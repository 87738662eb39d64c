/// The head of a request (RFC 9112), read strictly: what a browser would not send is refused.
struct HTTPRequest: Hashable, Sendable {
  /// Why bytes are no request.
  enum Malformed: Error, Hashable { case requestLine, version, field, tooManyFields }

  var method: String
  /// As it was sent, with its query.
  var target: String
  /// Names in lower case, in the order in which they came.
  var fields: [(name: String, value: String)]

  static let mostFields = 100

  /// The value of a field that stands there just once; nil also where there are several.
  subscript(name: String) -> String? {
    let found = fields.filter { $0.name == name }
    return found.count == 1 ? found[0].value : nil
  }

  /// Whether a field is there at all.
  func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

  /// Whether a list field holds a word, letter case aside.
  func lists(_ name: String, _ word: String) -> Bool {
    (self[name] ?? "").split(separator: ",").contains { $0.trimmed.lowercased() == word }
  }

  /// Reads a head.
  ///
  /// - Parameter head: All bytes before the empty line, without it.
  /// - Throws: `Malformed`.
  init(head: some Collection<UInt8>) throws(Malformed) {
    // Nothing but visible ASCII, spaces and tabs: no field that a browser sends here needs more.
    let isPlain = head.allSatisfy { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D || (0x20..<0x7F).contains($0) }
    guard isPlain else { throw .field }
    let lines = String(decoding: head, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(\.isToken), words[1].hasPrefix("/") else {
      throw .requestLine
    }
    guard words[2] == "HTTP/1.1" else { throw .version }
    method = String(words[0])
    target = String(words[1])
    guard lines.count - 1 <= Self.mostFields else { throw .tooManyFields }
    fields = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        line[..<colon].allSatisfy(\.isToken), !line.contains("\n"), !line.contains("\r")
      else { throw .field }
      fields.append((line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed))
    }
  }

  static func == (a: HTTPRequest, b: HTTPRequest) -> Bool {
    a.method == b.method && a.target == b.target && a.fields.elementsEqual(b.fields, by: ==)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(method)
    hasher.combine(target)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return String(rest)
  }
}

extension Character {
  /// A character of a `token` (RFC 9110, 5.6.2).
  fileprivate var isToken: Bool {
    guard let byte = asciiValue else { return false }
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return true
    default: return "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
