import FeditImage

/// 8-bit RGB pixels that are drawn on.
struct PixelSheet {
  typealias Color = (red: UInt8, green: UInt8, blue: UInt8)

  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]
  /// Those written so far.
  private var letters: [EnlargedLetter.Key: EnlargedLetter] = [:]

  init(width: Int, height: Int, color: Color) {
    self.width = max(width, 1)
    self.height = max(height, 1)
    let size = 3 * self.width * self.height
    pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = size
      for index in stride(from: 0, to: count, by: 3) {
        buffer[index] = color.red
        buffer[index + 1] = color.green
        buffer[index + 2] = color.blue
      }
    }
  }

  /// A picture's pixels; where it is transparent, a checkerboard shows.
  init(_ picture: Picture) {
    self.init(width: picture.width, height: picture.height, color: (0, 0, 0))
    draw(picture, x: 0, y: 0)
  }

  var picture: Picture { Picture(width: width, height: height, samples: .eight(pixels)) }

  /// Mixes a colour into a pixel: `share` of 255 parts.
  mutating func mix(_ x: Int, _ y: Int, _ color: Color, _ share: Int) {
    guard share > 0, x >= 0, y >= 0, x < width, y < height else { return }
    let at = 3 * (y * width + x)
    pixels[at] = Picture.mixed(pixels[at], color.red, share: share)
    pixels[at + 1] = Picture.mixed(pixels[at + 1], color.green, share: share)
    pixels[at + 2] = Picture.mixed(pixels[at + 2], color.blue, share: share)
  }

  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color) {
    for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
      for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) { mix(column, row, color, 255) }
    }
  }

  /// Draws text in `BitmapFont`, `scale` pixels each of its own; enlarged ones as lines with round ends.
  mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ color: Color) {
    if scale == 1 {
      for pixel in BitmapFont.pixels(of: text) { mix(x + pixel.x, y + pixel.y, color, 255) }
      return
    }
    for (index, character) in text.enumerated() {
      let key = EnlargedLetter.Key(character: character, scale: scale)
      let letter = letters[key] ?? EnlargedLetter(key)
      letters[key] = letter
      let left = x + index * BitmapFont.advance * scale - scale
      for row in 0..<letter.height {
        for column in 0..<letter.width {
          mix(left + column, y - scale + row, color, Int(letter.coverage[row * letter.width + column]))
        }
      }
    }
  }

  /// Puts a picture down, pixel for pixel.
  mutating func draw(_ picture: Picture, x: Int, y: Int) {
    for row in 0..<picture.height where y + row >= 0 && y + row < height {
      for column in 0..<picture.width where x + column >= 0 && x + column < width {
        if picture.hasAlpha {
          let isLight = (row / 8 + column / 8) % 2 == 0
          mix(x + column, y + row, isLight ? (204, 204, 204) : (153, 153, 153), 255)
          mix(x + column, y + row, picture.rgb8(column, row), Int(picture.alpha8(column, row)))
        } else {
          let at = 3 * ((y + row) * width + x + column)
          (pixels[at], pixels[at + 1], pixels[at + 2]) = picture.rgb8(column, row)
        }
      }
    }
  }
}

extension Picture {
  /// As 8-bit RGB in a box, as large as fits: resampled with Lanczos, or enlarged by a whole factor with square
  /// pixels where it is at most half as large.
  func fitted(width limitX: Int, height limitY: Int) -> Picture {
    let opaque = hasAlpha ? PixelSheet(self).picture : self
    let scale = min(Double(limitX) / Double(width), Double(limitY) / Double(height))
    if scale >= 2 || scale == 1 {
      let factor = max(1, Int(scale))
      guard factor > 1 else { return opaque.bitDepth == 8 ? opaque : PixelSheet(opaque).picture }
      var sheet = PixelSheet(width: width * factor, height: height * factor, color: (0, 0, 0))
      for y in 0..<height {
        for x in 0..<width {
          sheet.fill(x: x * factor, y: y * factor, width: factor, height: factor, opaque.rgb8(x, y))
        }
      }
      return sheet.picture
    }
    return Resampler.resize(
      opaque, width: max(1, Int((Double(width) * scale).rounded())),
      height: max(1, Int((Double(height) * scale).rounded())))
  }
}

/// A letter whose pixels are joined to lines of even width, so that large text is smooth.
private struct EnlargedLetter {
  let width: Int
  let height: Int
  /// 0…255 a pixel; one pixel of the font is left free on each side.
  let coverage: [UInt8]

  struct Key: Hashable {
    var character: Character
    var scale: Int
  }

  init(_ key: Key) {
    let set = BitmapFont.pixels(of: String(key.character))
    let scale = key.scale
    let columns = BitmapFont.width + 2
    let rows = BitmapFont.height + 3
    func isSet(_ x: Int, _ y: Int) -> Bool { set.contains { $0.x == x && $0.y == y } }
    // In samples, four a pixel each way; the middle of a font pixel is half its side in.
    let unit = 4 * scale
    typealias Spot = (x: Int, y: Int)
    func middle(_ x: Int, _ y: Int) -> Spot { ((x + 1) * unit + unit / 2, (y + 1) * unit + unit / 2) }
    var lines: [(from: Spot, to: Spot)] = []
    for (x, y) in set {
      let here = middle(x, y)
      lines.append((here, here))
      if isSet(x + 1, y) { lines.append((here, middle(x + 1, y))) }
      if isSet(x, y + 1) { lines.append((here, middle(x, y + 1))) }
      // Diagonals only where no corner pixel joins them already.
      if isSet(x + 1, y + 1), !isSet(x + 1, y), !isSet(x, y + 1) {
        lines.append((here, middle(x + 1, y + 1)))
      }
      if isSet(x - 1, y + 1), !isSet(x - 1, y), !isSet(x, y + 1) {
        lines.append((here, middle(x - 1, y + 1)))
      }
    }
    // Half as wide as a font pixel and a little more, squared; whole numbers throughout.
    let reach = unit * unit * 3 / 10
    width = columns * scale
    height = rows * scale
    var counts = [Int](repeating: 0, count: width * height)
    for v in 0..<4 * height {
      for u in 0..<4 * width {
        let isInside = lines.contains { line in
          let (dx, dy) = (line.to.x - line.from.x, line.to.y - line.from.y)
          let (px, py) = (u - line.from.x, v - line.from.y)
          let length = dx * dx + dy * dy
          let along = px * dx + py * dy
          if along <= 0 { return px * px + py * py <= reach }
          if along >= length {
            let (qx, qy) = (u - line.to.x, v - line.to.y)
            return qx * qx + qy * qy <= reach
          }
          let across = px * dy - py * dx
          return across * across <= reach * length
        }
        if isInside { counts[v / 4 * width + u / 4] += 1 }
      }
    }
    coverage = counts.map { UInt8($0 * 255 / 16) }
  }
}
