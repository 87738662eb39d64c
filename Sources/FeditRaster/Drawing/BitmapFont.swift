import Foundation

/// Letters of 5×7 pixels (and an eighth row for those that go below the line), so that pictures with text are
/// the same whatever fonts a machine has.
public enum BitmapFont {
  /// Pixels that a letter is wide.
  public static let width = 5
  /// Rows above the line; one more is used by letters such as g and p.
  public static let height = 7
  /// From one letter to the next.
  public static let advance = 6
  /// From one line of text to the next.
  public static let lineHeight = 10

  /// ASCII 32…126: eight rows from the top, a byte each, the leftmost pixel in bit 4.
  private static let glyphs: [UInt64] = [
    0x0000000000000000, 0x0404040404000400, 0x0A0A0A0000000000, 0x0A0A1F0A1F0A0A00,
    0x040F140E051E0400, 0x1819020408130300, 0x0C12140815120D00, 0x0404040000000000,
    0x0204080808040200, 0x0804020202040800, 0x0004150E15040000, 0x0004041F04040000,
    0x0000000000040408, 0x0000001F00000000, 0x00000000000C0C00, 0x0001020408100000,
    0x0E11131519110E00, 0x040C040404040E00, 0x0E11010204081F00, 0x1F02040201110E00,
    0x02060A121F020200, 0x1F101E0101110E00, 0x0608101E11110E00, 0x1F01020408080800,
    0x0E11110E11110E00, 0x0E11110F01020C00, 0x000C0C000C0C0000, 0x000C0C000C0C0408,
    0x0204081008040200, 0x00001F001F000000, 0x0804020102040800, 0x0E11010204000400,
    0x0E11171516100E00, 0x0E11111F11111100, 0x1E11111E11111E00, 0x0E11101010110E00,
    0x1C12111111121C00, 0x1F10101E10101F00, 0x1F10101E10101000, 0x0E11101711110F00,
    0x1111111F11111100, 0x0E04040404040E00, 0x0702020202120C00, 0x1112141814121100,
    0x1010101010101F00, 0x111B151511111100, 0x1111191513111100, 0x0E11111111110E00,
    0x1E11111E10101000, 0x0E11111115120D00, 0x1E11111E14121100, 0x0F10100E01011E00,
    0x1F04040404040400, 0x1111111111110E00, 0x11111111110A0400, 0x1111111515150A00,
    0x11110A040A111100, 0x1111110A04040400, 0x1F01020408101F00, 0x0E08080808080E00,
    0x0010080402010000, 0x0E02020202020E00, 0x040A110000000000, 0x000000000000001F,
    0x0804020000000000, 0x00000E010F110F00, 0x1010161911111E00, 0x00000E1010110E00,
    0x01010D1311110F00, 0x00000E111F100E00, 0x0609081C08080800, 0x00000F11110F010E,
    0x1010161911111100, 0x04000C0404040E00, 0x020006020202120C, 0x1010121418141200,
    0x0C04040404040E00, 0x00001A1515151500, 0x0000161911111100, 0x00000E1111110E00,
    0x00001E11111E1010, 0x00000F11110F0101, 0x0000161910101000, 0x00000F100E011E00,
    0x08081C0808090600, 0x0000111111130D00, 0x00001111110A0400, 0x0000111115150A00,
    0x0000110A040A1100, 0x00001111110F010E, 0x00001F0204081F00, 0x0204040804040200,
    0x0404040404040400, 0x0804040204040800, 0x0000081502000000,
  ]
  /// What stands for a character that has no glyph: a box.
  private static let unknown: UInt64 = 0x1F11_1111_1111_1F00

  /// Pixels that a text is wide.
  public static func width(of text: String) -> Int {
    max(0, folded(text).count * advance - (advance - width))
  }

  /// The set pixels of a text, from its top left corner.
  ///
  /// Accents are left off; other characters without a glyph are boxes.
  public static func pixels(of text: String) -> [(x: Int, y: Int)] {
    var result: [(x: Int, y: Int)] = []
    for (index, scalar) in folded(text).enumerated() {
      let place = Int(scalar.value) - 32
      let glyph = glyphs.indices.contains(place) ? glyphs[place] : unknown
      for y in 0..<8 {
        let row = glyph >> UInt64(8 * (7 - y))
        for x in 0..<width where row >> UInt64(width - 1 - x) & 1 == 1 {
          result.append((index * advance + x, y))
        }
      }
    }
    return result
  }

  /// Lines of at most so many letters, broken at spaces where there are some.
  static func wrapped(_ text: String, letters: Int) -> [String] {
    var lines: [String] = []
    for paragraph in spelled(text).split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        var word = String(word)
        if !line.isEmpty, line.count + 1 + word.count <= letters {
          line += " " + word
          continue
        }
        if !line.isEmpty { lines.append(line) }
        while word.count > max(1, letters) {
          lines.append(String(word.prefix(max(1, letters))))
          word = String(word.dropFirst(max(1, letters)))
        }
        line = word
      }
      lines.append(line)
    }
    return lines
  }

  /// Signs that ASCII writes with several letters.
  private static func spelled(_ text: String) -> String {
    text.replacing("\u{2192}", with: "->").replacing("\u{2026}", with: "...")
  }

  /// One scalar a letter: without accents, and with typographic signs as ASCII has them.
  private static func folded(_ text: String) -> [Unicode.Scalar] {
    spelled(text).map { character in
      switch character {
      case "\u{2018}", "\u{2019}": return "'"
      case "\u{201C}", "\u{201D}": return "\""
      case "\u{2013}", "\u{2014}", "\u{2212}": return "-"
      case "\u{00D7}": return "x"
      case "\u{00A0}": return " "
      default: break
      }
      let scalars = String(character).decomposedStringWithCanonicalMapping.unicodeScalars
      return scalars.first ?? " "
    }
  }
}
