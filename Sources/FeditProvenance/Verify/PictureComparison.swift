import FeditImage

/// How far two pictures differ.
public struct PictureComparison: Hashable, Sendable, CustomStringConvertible {
  /// What keeps the pixels from being compared one by one: other sizes, depths, or alpha in one of them; in words.
  public var mismatch: String?
  /// How many pixels have another value in any channel.
  public var differing = 0
  /// All pixels.
  public var total = 0
  /// The largest difference of a channel.
  public var largest = 0
  /// The largest value of a channel: 255 or 65535.
  public var full = 255

  /// Compares the samples, alpha too; resolution and profile do not count.
  public init(_ a: Picture, _ b: Picture) {
    total = b.width * b.height
    guard a.width == b.width, a.height == b.height else {
      mismatch = "\(a.width)×\(a.height) pixels and \(b.width)×\(b.height)"
      return
    }
    guard a.hasAlpha == b.hasAlpha else {
      mismatch = "one has an alpha channel, the other none"
      return
    }
    switch (a.samples, b.samples) {
    case (.eight(let x), .eight(let y)): compare(x, y, channels: a.channels)
    case (.sixteen(let x), .sixteen(let y)):
      full = 65535
      compare(x, y, channels: a.channels)
    default: mismatch = "\(a.bitDepth) bits a channel and \(b.bitDepth)"
    }
  }

  private mutating func compare<Sample: FixedWidthInteger & UnsignedInteger>(
    _ a: [Sample], _ b: [Sample], channels: Int
  ) {
    var index = 0
    while index < a.count {
      var most = 0
      for channel in index..<index + channels { most = max(most, abs(Int(a[channel]) - Int(b[channel]))) }
      if most > 0 { differing += 1 }
      largest = max(largest, most)
      index += channels
    }
  }

  /// Whether all samples are the same.
  public var isSame: Bool { mismatch == nil && differing == 0 }

  /// The difference in words.
  public var description: String {
    if let mismatch { return mismatch }
    if differing == 0 { return "the pixels are the same, the bytes are not" }
    return "\(differing) of \(total) pixels differ, by up to \(largest) of \(full)"
  }
}
