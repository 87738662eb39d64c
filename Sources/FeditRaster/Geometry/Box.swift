import FeditPixels

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

extension PixelRect {
  /// The pixels that an area touches, within a limit; coordinates may be of any finite size.
  init(touching box: Box, within limit: PixelRect) {
    let lowX = min(max(box.lowX.rounded(.down), Double(limit.x)), Double(limit.maxX))
    let lowY = min(max(box.lowY.rounded(.down), Double(limit.y)), Double(limit.maxY))
    let highX = min(max(box.highX.rounded(.up), Double(limit.x)), Double(limit.maxX))
    let highY = min(max(box.highY.rounded(.up), Double(limit.y)), Double(limit.maxY))
    self.init(x: Int(lowX), y: Int(lowY), width: Int(highX - lowX), height: Int(highY - lowY))
  }
}
