/// Texts as properties of an XMP packet (ISO 16684-1), for formats that have no text chunks of their own.
///
/// A text with the keyword `fedit-script` is the property `fedit:script`.
enum XMPPacket {
  /// The keyword of the text that is the packet itself.
  static let keyword = "XML:com.adobe.xmp"
  /// What the keywords of the other texts begin with.
  static let prefix = "fedit-"
  static let namespace = "urn:x-fedit:1.0#"
  private static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

  /// The packet with all texts in it, nil where there are none.
  ///
  /// - Throws: `PictureError` for a text that XML can't hold.
  static func joined(_ texts: [PNGText]) throws(PictureError) -> String? {
    let (packet, properties) = try split(texts)
    guard !properties.isEmpty else { return packet }
    return inserting(properties, into: packet ?? empty)
  }

  /// The packet, and the other texts as a packet of their own: what a JPEG file has where both together do not fit
  /// into one segment. `note` makes the name of the second from its text.
  static func parted(
    _ texts: [PNGText], note: (_ extended: String) -> String
  ) throws(PictureError) -> (main: String, extended: String) {
    let (packet, properties) = try split(texts)
    let extended = """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="\(rdf)">
      \(properties)</rdf:RDF></x:xmpmeta>
      """
    let link = """
        <rdf:Description rdf:about=""
         xmlns:xmpNote="http://ns.adobe.com/xmp/note/"
         xmpNote:HasExtendedXMP="\(note(extended))"/>

      """
    return (inserting(link, into: packet ?? empty), extended)
  }

  private static let empty = """
    <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="\(rdf)">
     </rdf:RDF>
    </x:xmpmeta>
    <?xpacket end="r"?>
    """

  private static func split(_ texts: [PNGText]) throws(PictureError) -> (packet: String?, properties: String)
  {
    var packet: String?
    var properties = ""
    for text in texts {
      if text.keyword == keyword {
        packet = text.text
        continue
      }
      guard text.keyword.hasPrefix(prefix) else {
        throw PictureError(.unencodable, file: "", "XMP has no property for the keyword '\(text.keyword)'")
      }
      let name = text.keyword.dropFirst(prefix.count)
      properties += "   <fedit:\(name)>\(try escaped(text.text, text.keyword))</fedit:\(name)>\n"
    }
    guard !properties.isEmpty else { return (packet, "") }
    let description = """
        <rdf:Description rdf:about="" xmlns:fedit="\(namespace)">
      \(properties)  </rdf:Description>

      """
    return (packet, description)
  }

  private static func inserting(_ description: String, into packet: String) -> String {
    guard let end = packet.firstRange(of: "</rdf:RDF>") else { return packet }
    // Before the spaces that indent the closing tag.
    var place = end.lowerBound
    while place > packet.startIndex, packet[packet.index(before: place)] == " " {
      place = packet.index(before: place)
    }
    return packet[..<place] + description + packet[place...]
  }

  private static func escaped(_ text: String, _ keyword: String) throws(PictureError) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      // A parser would make a line feed of it.
      case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
      case "\t", "\n": result.append(scalar)
      case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value):
        throw PictureError(
          .unencodable, file: "", "its text '\(keyword)' has a control character, which XMP can't hold",
          hints: ["take the character out of the script, save as PNG, or give --no-metadata"])
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  // MARK: Reading

  /// Why the properties of a packet can't be read.
  enum Fault: Error {
    case twice(String)
    case malformed(String)
  }

  /// The texts that are properties of fedit's namespace, by keyword; of a packet from anybody.
  ///
  /// Elements and attributes are found under whatever prefix the namespace has, since other programs
  /// may have written the packet anew. Time and memory grow with the packet's length alone.
  static func texts(in packet: [UInt8], keywords: [String]) throws(Fault) -> [String: String] {
    guard let prefix = namespacePrefix(in: packet) else { return [:] }
    var texts: [String: String] = [:]
    for keyword in keywords where keyword.hasPrefix(Self.prefix) {
      let name = prefix + Array(":".utf8) + Array(keyword.dropFirst(Self.prefix.count).utf8)
      guard let value = try value(of: name, in: packet, keyword) else { continue }
      texts[keyword] = value
    }
    return texts
  }

  /// The prefix of `xmlns:PREFIX="urn:…"`.
  private static func namespacePrefix(in packet: [UInt8]) -> [UInt8]? {
    let declaration = Array("xmlns:".utf8)
    let namespace = Array(Self.namespace.utf8)
    var start = 0
    while let found = packet.firstIndex(of: declaration, from: start) {
      start = found + declaration.count
      let name = packet[start...].prefix(64).prefix { $0 != UInt8(ascii: "=") }
      let quote = start + name.count + 1
      guard packet.indices.contains(quote), [0x22, 0x27].contains(packet[quote]), !name.isEmpty,
        packet[(quote + 1)...].starts(with: namespace),
        packet.indices.contains(quote + 1 + namespace.count),
        packet[quote + 1 + namespace.count] == packet[quote]
      else { continue }
      return Array(name)
    }
    return nil
  }

  private static func value(
    of name: [UInt8], in packet: [UInt8], _ keyword: String
  ) throws(Fault) -> String? {
    let opening = [UInt8(ascii: "<")] + name + [UInt8(ascii: ">")]
    let closing = Array("</".utf8) + name + [UInt8(ascii: ">")]
    var found: ArraySlice<UInt8>?
    if let start = packet.firstIndex(of: opening, from: 0) {
      let inside = start + opening.count
      guard let end = packet.firstIndex(of: closing, from: inside) else { throw .malformed(keyword) }
      found = packet[inside..<end]
      if packet.firstIndex(of: opening, from: end) != nil { throw .twice(keyword) }
    }
    for quote in [UInt8(ascii: "\""), UInt8(ascii: "'")] {
      let attribute = [UInt8(ascii: " ")] + name + [UInt8(ascii: "="), quote]
      guard let start = packet.firstIndex(of: attribute, from: 0) else { continue }
      let inside = start + attribute.count
      guard let end = packet[inside...].firstIndex(of: quote) else { throw .malformed(keyword) }
      guard found == nil else { throw .twice(keyword) }
      found = packet[inside..<end]
    }
    guard let found else { return nil }
    guard let text = unescaped(found).flatMap({ String(validating: $0, as: UTF8.self) }) else {
      throw .malformed(keyword)
    }
    return text
  }

  /// Character data with the five entities of XML and numeric references resolved; nil for anything else.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "<") { return nil }
      guard byte == UInt8(ascii: "&") else {
        result.append(byte)
        continue
      }
      guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
        let character = character(String(decoding: rest[..<end], as: UTF8.self))
      else { return nil }
      result += Array(String(character).utf8)
      rest = rest[(end + 1)...]
    }
    return result
  }

  private static func character(_ entity: String) -> Character? {
    switch entity {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard entity.hasPrefix("#") else { return nil }
      let digits = entity.dropFirst()
      let isHexadecimal = digits.hasPrefix("x")
      let value = UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10)
      return value.flatMap(Unicode.Scalar.init).map(Character.init)
    }
  }
}

extension [UInt8] {
  /// Where a pattern occurs first from a place on, nil where it doesn't.
  func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
    guard let first = pattern.first else { return nil }
    var place = start
    while place <= count - pattern.count {
      guard let next = self[place...(count - pattern.count)].firstIndex(of: first) else { return nil }
      if self[next..<next + pattern.count].elementsEqual(pattern) { return next }
      place = next + 1
    }
    return nil
  }
}
