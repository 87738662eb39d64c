import FeditPixels

/// The four layers of one edit at the generator's size: what was drawn, a byte a pixel, row by row.
public struct Layers: Hashable, Sendable {
  /// The side in generator pixels.
  public var size: Int
  /// 1 where pixels are to be generated: wherever a pixel of the compositing mask touches. 0 elsewhere.
  public var mask: [UInt8]
  /// 1 on drawn lines, inside and outside the mask; the generator takes those inside.
  public var sketch: [UInt8]
  /// Red, green, blue 0…255 where `colorSet`, else 0; inside and outside the mask.
  public var color: [UInt8]
  /// 1 where there is a colour.
  public var colorSet: [UInt8]
  /// 0 or 1, already multiplied by the mask.
  public var noise: [UInt8]
  /// Sketch pixels outside the mask, which have no effect.
  public var clippedSketch: Int
  /// Pixels with a colour outside the mask, which have no effect.
  public var clippedColor: Int

  /// Layers by their pixels.
  public init(
    size: Int, mask: [UInt8], sketch: [UInt8], color: [UInt8], colorSet: [UInt8], noise: [UInt8],
    clippedSketch: Int, clippedColor: Int
  ) {
    self.size = size
    self.mask = mask
    self.sketch = sketch
    self.color = color
    self.colorSet = colorSet
    self.noise = noise
    self.clippedSketch = clippedSketch
    self.clippedColor = clippedColor
  }

  /// Sketch pixels, lost ones included.
  public var sketchCount: Int { count(sketch) }
  /// Pixels with a colour, lost ones included.
  public var colorCount: Int { count(colorSet) }
  /// Pixels to be generated.
  public var maskCount: Int { count(mask) }

  private func count(_ layer: [UInt8]) -> Int { layer.reduce(into: 0) { $0 += Int($1) } }
}

/// A mask at the photo's own resolution, of which only the rectangle around its set pixels is held.
public struct PhotoMask: Hashable, Sendable {
  /// The rectangle's first column, in photo pixels.
  public var x: Int
  /// The rectangle's first row, in photo pixels.
  public var y: Int
  /// The rectangle's columns.
  public var width: Int
  /// The rectangle's rows.
  public var height: Int
  /// 0 or 1, `width`×`height`, row by row.
  public var pixels: [UInt8]

  /// A mask by its rectangle and the pixels in it.
  public init(x: Int, y: Int, width: Int, height: Int, pixels: [UInt8]) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A mask with nothing set.
  public static let empty = PhotoMask(x: 0, y: 0, width: 0, height: 0, pixels: [])

  /// Whether no pixel is set.
  public var isEmpty: Bool { width == 0 || height == 0 }

  /// The number of set pixels.
  public var count: Int { pixels.reduce(into: 0) { $0 += Int($1) } }

  /// Whether a pixel of the photo is set.
  public func contains(_ column: Int, _ row: Int) -> Bool {
    guard column >= x, row >= y, column < x + width, row < y + height else { return false }
    return pixels[(row - y) * width + column - x] != 0
  }

  /// Whether any pixel of a rectangle is set.
  func touches(_ other: PixelRect) -> Bool {
    let common = rect.intersection(other)
    for row in common.y..<common.maxY {
      let start = (row - y) * width - x
      for column in common.x..<common.maxX where pixels[start + column] != 0 { return true }
    }
    return false
  }

  /// What of the mask lies in a rectangle, with the least rectangle around it.
  package func cropped(to part: PixelRect) -> PhotoMask {
    let common = rect.intersection(part)
    var box: (left: Int, right: Int, top: Int, bottom: Int)?
    for row in common.y..<common.maxY {
      let start = (row - y) * width - x
      for column in common.x..<common.maxX where pixels[start + column] != 0 {
        guard let old = box else {
          box = (column, column, row, row)
          continue
        }
        box = (min(old.left, column), max(old.right, column), old.top, row)
      }
    }
    guard let box else { return .empty }
    let columns = box.right - box.left + 1
    var part: [UInt8] = []
    part.reserveCapacity(columns * (box.bottom - box.top + 1))
    for row in box.top...box.bottom {
      let start = (row - y) * width + box.left - x
      part += pixels[start..<start + columns]
    }
    return PhotoMask(x: box.left, y: box.top, width: columns, height: box.bottom - box.top + 1, pixels: part)
  }

  /// The mask without the pixels of another one.
  public func subtracting(_ other: PhotoMask) -> PhotoMask {
    let common = rect.intersection(other.rect)
    guard !common.isEmpty else { return self }
    var result = self
    for row in common.y..<common.maxY {
      let start = (row - y) * width - x
      let otherStart = (row - other.y) * other.width - other.x
      for column in common.x..<common.maxX where other.pixels[otherStart + column] != 0 {
        result.pixels[start + column] = 0
      }
    }
    return result.cropped(to: rect)
  }

  package var rect: PixelRect { PixelRect(x: x, y: y, width: width, height: height) }
}
