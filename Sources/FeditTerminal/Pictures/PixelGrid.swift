import FeditImage

/// A small 8-bit RGB picture, row by row: what a terminal is sent.
public struct PixelGrid: Hashable, Sendable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// `width * height * 3` values.
  public let pixels: [UInt8]

  /// Makes a picture; missing pixels are black, surplus values are dropped.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    self.width = max(1, width)
    self.height = max(1, height)
    let count = self.width * self.height * 3
    self.pixels =
      pixels.count == count
      ? pixels
      : Array(pixels.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - pixels.count))
  }

  subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let i = (y * width + x) * 3
    return (pixels[i], pixels[i + 1], pixels[i + 2])
  }

  /// Shrunk (or enlarged) to other sides, each pixel the mean of the area that it covers.
  public func scaled(width newWidth: Int, height newHeight: Int) -> PixelGrid {
    guard newWidth != width || newHeight != height, newWidth > 0, newHeight > 0 else { return self }
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    for y in 0..<newHeight {
      let y0 = y * height / newHeight
      let y1 = max(y0 + 1, (y + 1) * height / newHeight)
      for x in 0..<newWidth {
        let x0 = x * width / newWidth
        let x1 = max(x0 + 1, (x + 1) * width / newWidth)
        var sum = (0, 0, 0)
        for sourceY in y0..<y1 {
          for sourceX in x0..<x1 {
            let i = (sourceY * width + sourceX) * 3
            sum.0 += Int(pixels[i])
            sum.1 += Int(pixels[i + 1])
            sum.2 += Int(pixels[i + 2])
          }
        }
        let area = (y1 - y0) * (x1 - x0)
        let o = (y * newWidth + x) * 3
        result[o] = UInt8((sum.0 + area / 2) / area)
        result[o + 1] = UInt8((sum.1 + area / 2) / area)
        result[o + 2] = UInt8((sum.2 + area / 2) / area)
      }
    }
    return PixelGrid(width: newWidth, height: newHeight, pixels: result)
  }

  /// Shrunk to fit into sides, keeping its shape; never enlarged.
  public func fitted(width maxWidth: Int, height maxHeight: Int) -> PixelGrid {
    guard width > maxWidth || height > maxHeight else { return self }
    // As a fraction width : maxWidth against height : maxHeight, in whole numbers.
    if width * maxHeight >= height * maxWidth {
      return scaled(width: maxWidth, height: max(1, height * maxWidth / width))
    }
    return scaled(width: max(1, width * maxHeight / height), height: maxHeight)
  }
}

extension PixelGrid {
  /// A decoded picture in 8 bits; transparent places lie on mid grey.
  public init(_ picture: Picture) {
    var pixels = [UInt8](repeating: 0, count: picture.width * picture.height * 3)
    for i in 0..<picture.width * picture.height {
      let (x, y) = (i % picture.width, i / picture.width)
      let color = picture.rgb8(x, y)
      let alpha = Int(picture.alpha8(x, y))
      for (c, value) in [color.red, color.green, color.blue].enumerated() {
        pixels[3 * i + c] = Picture.mixed(128, value, share: alpha)
      }
    }
    self.init(width: picture.width, height: picture.height, pixels: pixels)
  }
}
