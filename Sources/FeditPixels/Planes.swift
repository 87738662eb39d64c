/// One byte a pixel, row by row from the top left: grey levels, or a drawing of 0 and 1.
public struct Plane: Hashable, Sendable {
  /// Pixels a row, 1 or more.
  public let width: Int
  /// Rows, 1 or more.
  public let height: Int
  /// `width * height` values.
  public var pixels: [UInt8]

  /// A plane of one value.
  @inlinable
  public init(width: Int, height: Int, repeating value: UInt8 = 0) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: value, count: width * height)
  }

  /// A plane of given values, `width * height` of them.
  @inlinable
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The value of a pixel.
  @inlinable
  public subscript(x: Int, y: Int) -> UInt8 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// How many pixels are not 0.
  @inlinable
  public var setCount: Int { pixels.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
}

/// Interleaved RGB, a byte a channel, row by row from the top left.
public struct ColorPlane: Hashable, Sendable {
  /// Pixels a row, 1 or more.
  public let width: Int
  /// Rows, 1 or more.
  public let height: Int
  /// `width * height * 3` values.
  public var pixels: [UInt8]

  /// A plane of given values, `width * height * 3` of them.
  @inlinable
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A plane of one grey level.
  public init(width: Int, height: Int, level: UInt8 = 0) {
    self.init(width: width, height: height, pixels: [UInt8](repeating: level, count: width * height * 3))
  }

  /// The colour of a pixel.
  @inlinable
  public subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    get {
      let i = (y * width + x) * 3
      return (pixels[i], pixels[i + 1], pixels[i + 2])
    }
    set {
      let i = (y * width + x) * 3
      pixels[i] = newValue.red
      pixels[i + 1] = newValue.green
      pixels[i + 2] = newValue.blue
    }
  }

  /// Twice the width and height, each pixel four times.
  public var doubled: ColorPlane {
    var result = ColorPlane(width: width * 2, height: height * 2)
    for y in 0..<height * 2 {
      for x in 0..<width * 2 { result[x, y] = self[x / 2, y / 2] }
    }
    return result
  }
}

/// One float a pixel.
public struct FloatPlane: Hashable, Sendable {
  /// Pixels a row, 1 or more.
  public let width: Int
  /// Rows, 1 or more.
  public let height: Int
  /// `width * height` values.
  public var pixels: [Float]

  /// A plane of zeros.
  @inlinable
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    pixels = [Float](repeating: 0, count: width * height)
  }

  /// The levels of a grey plane.
  @inlinable
  public init(_ plane: Plane) {
    self.init(width: plane.width, height: plane.height)
    for (i, value) in plane.pixels.enumerated() { pixels[i] = Float(value) }
  }
}
