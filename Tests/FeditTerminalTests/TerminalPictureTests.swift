import FeditTerminal
import Foundation
import Testing

/// A small picture with more colours than a palette has.
private func gradient(_ width: Int, _ height: Int) -> PixelGrid {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      pixels += [
        UInt8(x * 255 / max(1, width - 1)), UInt8(y * 255 / max(1, height - 1)), UInt8((x * 7 + y * 3) % 256),
      ]
    }
  }
  return PixelGrid(width: width, height: height, pixels: pixels)
}

private func encoded(
  _ grid: PixelGrid, _ kind: PictureProtocol, png: [UInt8] = [], columns: Int = 80, rows: Int = 24
)
  -> String
{
  TerminalPicture.encode(grid, png: { png }, as: kind, columns: columns, rows: rows)
}

/// Reads sixels back into pixels of the palette's percentages.
private func decodeSixel(_ text: String) -> (width: Int, height: Int, colors: [[Int]])? {
  guard let match = text.firstMatch(of: /"1;1;([0-9]+);([0-9]+)/), let width = Int(match.1),
    let height = Int(match.2)
  else { return nil }
  var palette: [Int: [Int]] = [:]
  var pixels = [[Int]](repeating: [-1, -1, -1], count: width * height)
  var x = 0
  var top = 0
  var current = 0
  var repeats = 1
  var index = match.range.upperBound
  func number() -> Int {
    var digits = ""
    while index < text.endIndex, text[index].isNumber {
      digits.append(text[index])
      index = text.index(after: index)
    }
    return Int(digits) ?? -1
  }
  while index < text.endIndex {
    let character = text[index]
    index = text.index(after: index)
    switch character {
    case "#":
      current = number()
      if index < text.endIndex, text[index] == ";" {
        var values: [Int] = []
        while index < text.endIndex, text[index] == ";" {
          index = text.index(after: index)
          values.append(number())
        }
        palette[current] = Array(values.dropFirst())
      }
    case "!": repeats = number()
    case "$": x = 0
    case "-":
      x = 0
      top += 6
    case "\u{1B}": return (width, height, pixels)
    default:
      guard let value = character.asciiValue, value >= 63 else { return nil }
      for _ in 0..<repeats {
        for bit in 0..<6 where (value - 63) >> UInt8(bit) & 1 == 1 {
          guard x < width, top + bit < height, let color = palette[current] else { return nil }
          pixels[(top + bit) * width + x] = color
        }
        x += 1
      }
      repeats = 1
    }
  }
  return nil
}

@Suite struct TerminalPictureTests {
  @Test("sixels give every pixel a colour near its own")
  func sixelsDecode() throws {
    let grid = gradient(40, 23)
    let picture = try #require(decodeSixel(encoded(grid, .sixel)))
    #expect(picture.width == 40 && picture.height == 23)
    var error = 0
    for i in 0..<40 * 23 {
      for c in 0..<3 {
        #expect(picture.colors[i][c] >= 0)
        error += abs(picture.colors[i][c] * 255 / 100 - Int(grid.pixels[3 * i + c]))
      }
    }
    // Dithered: single pixels are off, the whole is not.
    #expect(error / (40 * 23 * 3) < 12)
  }

  @Test("sixels of a picture in one colour use one colour")
  func plainSixels() throws {
    let grid = PixelGrid(width: 7, height: 7, pixels: [UInt8](repeating: 128, count: 147))
    let text = encoded(grid, .sixel)
    #expect(text.contains("#0;2;") && !text.contains("#1;2;"))
    #expect(text.contains("!7"))
  }

  @Test("half blocks show two pixels a cell, the upper as the foreground")
  func halfBlocks() {
    let grid = PixelGrid(width: 1, height: 3, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(
      encoded(grid, .blocks)
        == "\u{1B}[38;2;1;2;3;48;2;4;5;6m▀\u{1B}[0m\n\u{1B}[38;2;7;8;9;49m▀\u{1B}[0m\n")
  }

  @Test("half blocks stay within the terminal and keep the picture's shape")
  func blocksFit() {
    let text = encoded(gradient(400, 200), .blocks, columns: 60, rows: 24)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 15)
    #expect(lines[0].filter { $0 == "▀" }.count == 60)
  }

  @Test("kitty gets the PNG in chunks of at most 4096 bytes of base64")
  func kittyChunks() {
    let png = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let chunks = encoded(gradient(2, 2), .kitty, png: png).split(separator: "\u{1B}_G").map(String.init)
    #expect(chunks.count == 4)
    #expect(chunks[0].hasPrefix("a=T,f=100,q=2,m=1;"))
    #expect(chunks[3].hasPrefix("m=0;"))
    let payload = chunks.map { chunk in
      chunk.split(separator: ";")[1].prefix { $0 != "\u{1B}" }
    }
    #expect(payload.allSatisfy { $0.utf8.count <= 4096 })
    #expect(Data(base64Encoded: payload.joined()) == Data(png))
  }

  @Test("iTerm2 gets the PNG inline with its size")
  func iterm() {
    #expect(
      encoded(gradient(2, 2), .iterm2, png: [1, 2, 3]) == "\u{1B}]1337;File=inline=1;size=3:AQID\u{07}\n")
  }

  @Test("nothing is sent where there are no pictures")
  func none() {
    #expect(encoded(gradient(2, 2), .none) == "")
  }

  @Test(
    "the terminal's answers decide how pictures are sent",
    arguments: [
      ("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}P>|kitty(0.31)\u{1B}\\\u{1B}[?62;c", PictureProtocol.kitty),
      ("\u{1B}P>|iTerm2 3.5.0\u{1B}\\\u{1B}[?62;4c", .iterm2),
      ("\u{1B}P>|WezTerm 20240203\u{1B}\\\u{1B}[?65;4;6;18;22c", .iterm2),
      ("\u{1B}P>|XTerm(380)\u{1B}\\\u{1B}[?64;1;2;4;6;9c", .sixel),
      ("\u{1B}[?1;2c", .blocks),
      ("\u{1B}[?62;14;22c", .blocks),
      ("", .blocks),
    ])
  func detection(answer: String, expected: PictureProtocol) {
    #expect(Terminal.pictureProtocol(answer: answer) == expected)
  }
}
