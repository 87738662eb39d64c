/// The XMP packet that labels a picture as edited by a generative model.
public enum XMP {
  /// The IPTC NewsCode for a picture of which a part was made by a trained model.
  public static let digitalSourceType =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

  /// The packet (XMP specification part 1, 7.3; IPTC Photo Metadata Standard, Digital Source Type).
  /// It names no person, no place and no time.
  ///
  /// - Parameter creator: the program and its version; nil leaves it out.
  /// - Returns: the packet, UTF-8.
  public static func packet(creator: String?) -> String {
    let tool = creator.map { "\n   xmp:CreatorTool=\"\(escaped($0))\"" } ?? ""
    let namespace = creator == nil ? "" : "\n   xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\""
    return """
      <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
      <x:xmpmeta xmlns:x="adobe:ns:meta/">
       <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about=""
         xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\(namespace)\(tool)
         Iptc4xmpExt:DigitalSourceType="\(digitalSourceType)"/>
       </rdf:RDF>
      </x:xmpmeta>
      <?xpacket end="r"?>
      """
  }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(scalar)
      }
    }.joined()
  }
}
