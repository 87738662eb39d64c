/// A rectangle of whole pixels, half open.
package struct PixelRect: Hashable, Sendable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The pixels that an area touches, within a limit; coordinates may be of any finite size.
  init(touching box: Box, within limit: PixelRect) {
    let lowX = min(max(box.lowX.rounded(.down), Double(limit.x)), Double(limit.maxX))
    let lowY = min(max(box.lowY.rounded(.down), Double(limit.y)), Double(limit.maxY))
    let highX = min(max(box.highX.rounded(.up), Double(limit.x)), Double(limit.maxX))
    let highY = min(max(box.highY.rounded(.up), Double(limit.y)), Double(limit.maxY))
    self.init(x: Int(lowX), y: Int(lowY), width: Int(highX - lowX), height: Int(highY - lowY))
  }

  package var maxX: Int { x + width }
  package var maxY: Int { y + height }
  package var isEmpty: Bool { width == 0 || height == 0 }
  package var area: Int { width * height }

  package func expanded(by margin: Int) -> PixelRect {
    PixelRect(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }

  package func intersection(_ other: PixelRect) -> PixelRect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return PixelRect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }

  /// The least rectangle around both.
  package func union(_ other: PixelRect) -> PixelRect {
    let (left, top) = (min(x, other.x), min(y, other.y))
    return PixelRect(
      x: left, y: top, width: max(maxX, other.maxX) - left, height: max(maxY, other.maxY) - top)
  }

  package func contains(_ column: Int, _ row: Int) -> Bool {
    column >= x && column < maxX && row >= y && row < maxY
  }
}

/// An area between coordinates.
struct Box: Hashable {
  var lowX: Double
  var lowY: Double
  var highX: Double
  var highY: Double

  /// Holds nothing; grows with `add`.
  static let nothing = Box(
    lowX: .infinity, lowY: .infinity, highX: -.infinity, highY: -.infinity)

  init(lowX: Double, lowY: Double, highX: Double, highY: Double) {
    self.lowX = lowX
    self.lowY = lowY
    self.highX = highX
    self.highY = highY
  }

  init(_ rect: PixelRect) {
    self.init(
      lowX: Double(rect.x), lowY: Double(rect.y), highX: Double(rect.maxX), highY: Double(rect.maxY))
  }

  var isEmpty: Bool { lowX > highX || lowY > highY }

  mutating func add(_ x: Double, _ y: Double) {
    lowX = min(lowX, x)
    lowY = min(lowY, y)
    highX = max(highX, x)
    highY = max(highY, y)
  }

  func union(_ other: Box) -> Box {
    Box(
      lowX: min(lowX, other.lowX), lowY: min(lowY, other.lowY), highX: max(highX, other.highX),
      highY: max(highY, other.highY))
  }

  func intersection(_ other: Box) -> Box {
    Box(
      lowX: max(lowX, other.lowX), lowY: max(lowY, other.lowY), highX: min(highX, other.highX),
      highY: min(highY, other.highY))
  }

  func expanded(_ x: Double, _ y: Double) -> Box {
    isEmpty ? self : Box(lowX: lowX - x, lowY: lowY - y, highX: highX + x, highY: highY + y)
  }

  func touches(_ other: Box) -> Bool {
    lowX <= other.highX && highX >= other.lowX && lowY <= other.highY && highY >= other.lowY
  }

  /// The largest absolute coordinate.
  var reach: Double { isEmpty ? 0 : max(abs(lowX), abs(lowY), abs(highX), abs(highY)) }
}
