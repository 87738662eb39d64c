/// Digits of 5×7 pixels, so that a grid's labels need no font and are the same everywhere.
enum DigitFont {
  static let width = 5
  static let height = 7
  /// From one digit to the next.
  static let advance = 6

  /// Rows from the top, the leftmost pixel in bit 4.
  private static let glyphs: [Character: [UInt8]] = [
    "0": [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    "1": [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    "2": [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    "3": [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110],
    "4": [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    "5": [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    "6": [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    "7": [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
    "8": [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    "9": [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
    ".": [0, 0, 0, 0, 0, 0b01100, 0b01100],
  ]

  /// Pixels that a text is wide.
  static func width(of text: String) -> Int { max(0, text.count * advance - 1) }

  /// The set pixels of a text, from its top left corner; characters without a glyph are left out.
  static func pixels(of text: String) -> [(x: Int, y: Int)] {
    var result: [(x: Int, y: Int)] = []
    for (index, character) in text.enumerated() {
      for (y, row) in (glyphs[character] ?? []).enumerated() {
        for x in 0..<width where row >> (width - 1 - x) & 1 == 1 { result.append((index * advance + x, y)) }
      }
    }
    return result
  }
}
