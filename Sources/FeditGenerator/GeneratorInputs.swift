import FeditNN

/// What the network reads: NHWC, batch 1, in the model's channel order.
///
/// Values are taken as they are, with no clamping and no range check. The image is not yet erased;
/// erasing it, and multiplying sketch, color and noise by the mask, is the generator's work.
public struct GeneratorInputs: Sendable, Equatable {
  /// Height and width in pixels, a multiple of the network's ``Architecture/sizeMultiple``.
  public var size: Int
  /// The photo, −1…1, `size`×`size`×3.
  public var image: [Float]
  /// 0 or 1, `size`×`size`.
  public var sketch: [Float]
  /// −1…1, −1 where the mask has no colour, `size`×`size`×3.
  public var color: [Float]
  /// 1 where a colour is set, else 0, `size`×`size`; only read by networks that see it
  /// (``Architecture/seesColorSet``), which see the colour 0 elsewhere.
  public var colorSet: [Float]
  /// 0 or 1, 1 where pixels are to be generated, `size`×`size`.
  public var mask: [Float]
  /// 0 or 1, `size`×`size`.
  public var noise: [Float]
  /// Whether the colours are the enlarged fill of the octave below, in the whole mask.
  public var octave: Bool
  /// What lies opposite in the face, −1…1, `size`×`size`×3, or empty where nothing does; only read by networks that
  /// see it (``Architecture/seesMirror``).
  public var mirror: [Float]
  /// 1 where ``mirror`` is known, else 0, `size`×`size`; empty where ``mirror`` is.
  public var mirrorSet: [Float]

  /// Gathers the layers of a run.
  ///
  /// - Parameters:
  ///   - size: Height and width in pixels.
  ///   - image: The photo.
  ///   - sketch: Lines.
  ///   - color: Wanted colours.
  ///   - colorSet: Where a colour is wanted; the published network does without.
  ///   - mask: What is to be generated.
  ///   - noise: The seed's dots.
  ///   - octave: Whether the colours are the enlarged fill of the octave below.
  ///   - mirror: What lies opposite in the face, and where it is known; nil where there is nothing.
  public init(
    size: Int, image: [Float], sketch: [Float], color: [Float], colorSet: [Float], mask: [Float],
    noise: [Float], octave: Bool = false, mirror: (values: [Float], set: [Float])? = nil
  ) {
    self.size = size
    self.image = image
    self.sketch = sketch
    self.color = color
    self.colorSet = colorSet
    self.mask = mask
    self.noise = noise
    self.octave = octave
    self.mirror = mirror?.values ?? []
    mirrorSet = mirror?.set ?? []
  }

  /// Checks the size and every layer's number of values.
  func validate(for architecture: Architecture) throws {
    guard architecture.accepts(size: size) else {
      throw GeneratorError.wrongSize(size, multiple: architecture.sizeMultiple)
    }
    let pixels = size * size
    var layers = [
      ("image", image.count, 3), ("sketch", sketch.count, 1), ("color", color.count, 3),
      ("color_set", colorSet.count, 1), ("mask", mask.count, 1), ("noise", noise.count, 1),
    ]
    if !mirror.isEmpty || !mirrorSet.isEmpty {
      layers += [("mirror", mirror.count, 3), ("mirror_set", mirrorSet.count, 1)]
    }
    for (name, count, channels) in layers where count != pixels * channels {
      throw GeneratorError.wrongInput(name: name, count: count, expected: pixels * channels)
    }
  }
}

/// The pixels whose output is wanted.
public struct MaskArea: Sendable, Equatable {
  /// Side of the frame in pixels.
  public let size: Int
  let wanted: PixelSet

  /// The pixels where a mask is not 0.
  ///
  /// - Parameters:
  ///   - mask: `size`×`size` values.
  ///   - size: The frame's side.
  public init(mask: [Float], size: Int) {
    self.size = size
    wanted = PixelSet(side: size, mask: mask)
  }

  /// A centred square that covers a share of the frame.
  ///
  /// - Parameters:
  ///   - fraction: The share, 0…1; the side is rounded to a whole pixel.
  ///   - size: The frame's side.
  public init(centeredFraction fraction: Double, size: Int) {
    let side = max(1, min(size, Int((Double(size) * fraction.squareRoot()).rounded())))
    let start = (size - side) / 2
    let range = start..<(start + side)
    self.size = size
    var wanted = PixelSet(side: size)
    for y in range {
      for x in range { wanted[y, x] = true }
    }
    self.wanted = wanted
  }

  /// The area as a mask of 0 and 1.
  public var mask: [Float] { wanted.flags.map { Float($0) } }
}

/// How a caller watches and stops a run.
public struct RunControl: Sendable {
  /// Asked between pieces of work, from the run's own threads; true stops the run.
  public var isCancelled: @Sendable () -> Bool
  /// Told the share done, 0…1, never decreasing, from the calling thread.
  public var progress: @Sendable (Double) -> Void

  /// Makes a control; by default a run goes to its end silently.
  public init(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.isCancelled = isCancelled
    self.progress = progress
  }
}
