import FeditPixels

/// A decoded picture, EXIF orientation applied, row by row from the top left, RGB or RGBA interleaved.
///
/// Samples are as the file has them: no gamma and no profile is applied, alpha is not premultiplied.
public struct Picture: Hashable, Sendable {
  /// 8 or 16 bits a sample.
  public enum Samples: Hashable, Sendable {
    case eight([UInt8])
    case sixteen([UInt16])

    /// How many samples there are: width · height · channels.
    public var count: Int {
      switch self {
      case .eight(let samples): samples.count
      case .sixteen(let samples): samples.count
      }
    }
  }

  /// In pixels.
  public var width: Int
  /// In pixels.
  public var height: Int
  /// Four channels instead of three.
  public var hasAlpha: Bool
  /// `width * height * channels` samples.
  public var samples: Samples
  /// From PNG's pHYs, from JFIF or EXIF; nil where the file says nothing.
  public var resolution: Resolution?
  /// An ICC profile of an RGB colour space.
  public var iccProfile: [UInt8]?
  /// What PNG's sRGB, gAMA and cHRM chunks say; carried along to what is written. Unused beside a profile.
  public var colorEncoding: ColorEncoding?
  /// What the camera wrote beside the picture, as far as it is kept.
  public var exif: EXIF?
  /// For people: what the file had that the picture has not.
  public var notes: [String]

  /// - Precondition: as many samples as the size and the channels ask for.
  public init(
    width: Int, height: Int, hasAlpha: Bool = false, samples: Samples, resolution: Resolution? = nil,
    iccProfile: [UInt8]? = nil, colorEncoding: ColorEncoding? = nil, exif: EXIF? = nil, notes: [String] = []
  ) {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    precondition(samples.count == width * height * (hasAlpha ? 4 : 3), "samples do not fit the size")
    self.width = width
    self.height = height
    self.hasAlpha = hasAlpha
    self.samples = samples
    self.resolution = resolution
    self.iccProfile = iccProfile
    self.colorEncoding = colorEncoding
    self.exif = exif
    self.notes = notes
  }

  /// 3, or 4 with alpha.
  public var channels: Int { hasAlpha ? 4 : 3 }

  /// Bits a sample: 8 or 16.
  public var bitDepth: Int {
    if case .sixteen = samples { 16 } else { 8 }
  }

  /// 8-bit RGB of one pixel; 16 bits are rounded (`round(v / 257)`).
  public func rgb8(_ x: Int, _ y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    precondition(x >= 0 && x < width && y >= 0 && y < height, "no such pixel")
    let at = (y * width + x) * channels
    switch samples {
    case .eight(let samples): return (samples[at], samples[at + 1], samples[at + 2])
    case .sixteen(let samples):
      return (Levels.byte(samples[at]), Levels.byte(samples[at + 1]), Levels.byte(samples[at + 2]))
    }
  }

  /// Alpha of one pixel as 8 bits; 255 without an alpha channel.
  public func alpha8(_ x: Int, _ y: Int) -> UInt8 {
    precondition(x >= 0 && x < width && y >= 0 && y < height, "no such pixel")
    guard hasAlpha else { return 255 }
    let at = (y * width + x) * 4 + 3
    switch samples {
    case .eight(let samples): return samples[at]
    case .sixteen(let samples): return Levels.byte(samples[at])
    }
  }

  /// A level with another laid over it: `share` of 255 parts are the new one's.
  public static func mixed(_ old: UInt8, _ new: UInt8, share: Int) -> UInt8 {
    UInt8((Int(old) * (255 - share) + Int(new) * share + 127) / 255)
  }
}

/// How large a picture's pixels are.
public struct Resolution: Hashable, Sendable {
  /// What a resolution counts pixels in.
  public enum Unit: Hashable, Sendable {
    case meter
    /// Only the ratio of `x` to `y` means something.
    case unknown
  }

  /// Pixels in a unit along a row.
  public var x: UInt32
  /// Pixels in a unit down a column.
  public var y: UInt32
  /// What `x` and `y` count pixels in.
  public var unit: Unit

  /// A resolution of so many pixels a unit, across and down.
  public init(x: UInt32, y: UInt32, unit: Unit) {
    self.x = x
    self.y = y
    self.unit = unit
  }
}

/// Colour as PNG's chunks give it, in their own units.
public struct ColorEncoding: Hashable, Sendable {
  /// The rendering intent 0...3 of an sRGB chunk; then the rest is unused.
  public var srgbIntent: Int?
  /// gAMA: the gamma times 100,000.
  public var gamma: UInt32?
  /// cHRM: white, red, green, blue, x before y, each times 100,000.
  public var chromaticities: [Int32]?

  /// What the chunks sRGB, gAMA and cHRM say; nil for what is not there.
  public init(srgbIntent: Int? = nil, gamma: UInt32? = nil, chromaticities: [Int32]? = nil) {
    self.srgbIntent = srgbIntent
    self.gamma = gamma
    self.chromaticities = chromaticities
  }
}

/// How large a picture may be; checked from its header before memory is taken.
public struct PictureLimits: Hashable, Sendable {
  /// Width times height, of pixels that take four bytes; of larger ones accordingly fewer.
  public var pixels = 200_000_000
  /// Bytes of the file.
  public var fileBytes = 1 << 30

  /// The limits that every command has without options.
  public init() {}
}
