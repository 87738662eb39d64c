import Foundation

/// The ways to show a picture in a terminal.
public enum PictureProtocol: String, CaseIterable, Sendable {
  /// kitty's graphics protocol: a PNG in base64, in chunks.
  case kitty
  /// iTerm2's inline images: a PNG in base64.
  case iterm2
  /// DEC sixels, at most 256 colours.
  case sixel
  /// Two pixels a character cell: the upper half block in 24-bit colours.
  case blocks
  /// No pictures.
  case none
}

/// Encodes pictures as what a terminal shows.
public enum TerminalPicture {
  /// A picture as terminal output, ending in a newline; empty for `none`.
  ///
  /// - Parameters:
  ///   - grid: the pixels.
  ///   - png: the same picture as a PNG file, asked for by kitty and iTerm2 only.
  ///   - terminal: how the terminal takes pictures.
  ///   - columns: the terminal's width in cells, which half blocks stay within.
  ///   - rows: its height in cells.
  /// - Returns: escape sequences and text.
  public static func encode(
    _ grid: PixelGrid, png: () -> [UInt8], as terminal: PictureProtocol, columns: Int, rows: Int
  ) -> String {
    switch terminal {
    case .kitty: kitty(png())
    case .iterm2: iterm2(png())
    case .sixel: Sixel.encode(grid.fitted(width: 800, height: 600))
    // What was typed, what is said of it and the prompt stay on the screen.
    case .blocks:
      blocks(grid.fitted(width: max(2, columns), height: 2 * max(1, rows - min(5, rows / 4 + 1))))
    case .none: ""
    }
  }

  /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>: chunks of at most 4096 bytes of base64.
  static func kitty(_ png: [UInt8]) -> String {
    let base64 = Array(Data(png).base64EncodedString().utf8)
    var result = ""
    var start = 0
    while start < base64.count {
      let end = min(start + 4096, base64.count)
      let more = end < base64.count ? 1 : 0
      let control = start == 0 ? "a=T,f=100,q=2,m=\(more)" : "m=\(more)"
      result += "\u{1B}_G\(control);\(String(decoding: base64[start..<end], as: UTF8.self))\u{1B}\\"
      start = end
    }
    return result + "\n"
  }

  /// <https://iterm2.com/documentation-images.html>
  static func iterm2(_ png: [UInt8]) -> String {
    "\u{1B}]1337;File=inline=1;size=\(png.count):\(Data(png).base64EncodedString())\u{07}\n"
  }

  /// Upper half blocks: the foreground is the upper pixel, the background the lower one.
  static func blocks(_ grid: PixelGrid) -> String {
    var result = ""
    for y in stride(from: 0, to: grid.height, by: 2) {
      var last = ""
      for x in 0..<grid.width {
        let upper = grid[x, y]
        var code = "\u{1B}[38;2;\(upper.red);\(upper.green);\(upper.blue)"
        if y + 1 < grid.height {
          let lower = grid[x, y + 1]
          code += ";48;2;\(lower.red);\(lower.green);\(lower.blue)m"
        } else {
          code += ";49m"
        }
        if code != last { result += code }
        last = code
        result += "▀"
      }
      result += "\u{1B}[0m\n"
    }
    return result
  }
}
