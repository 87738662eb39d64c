import FeditMemory
import FeditPixels
import FeditVisionKernels

extension ColorPlane {
  /// Lightness (0…1), a and b of each pixel in OKLab (Björn Ottosson 2020).
  public var oklab: [Float] {
    [Float](unsafeUninitializedCapacity: pixels.count) { to, count in
      fv_oklab(pixels, pixels.count / 3, to.baseAddress)
      count = pixels.count
    }
  }

  /// A picture from OKLab, clipped to sRGB.
  public init(width: Int, height: Int, oklab: [Float]) {
    precondition(oklab.count == width * height * 3)
    self.init(
      width: width, height: height,
      pixels: [UInt8](unsafeUninitializedCapacity: oklab.count) { to, count in
        fv_from_oklab(oklab, oklab.count / 3, to.baseAddress)
        count = oklab.count
      })
  }

  /// What JPEG leaves of the picture; computed here, so that it is the same whichever library is installed.
  ///
  /// - Parameters:
  ///   - quality: 1…100, as libjpeg scales the standard's tables.
  ///   - halvesChroma: whether colours are kept at half the resolution, as most cameras do.
  public mutating func passThroughJPEG(quality: Int, halvesChroma: Bool) {
    precondition((1...100).contains(quality))
    let (width, height) = (Int32(width), Int32(height))
    let done = pixels.withUnsafeMutableBufferPointer {
      fv_jpeg($0.baseAddress, width, height, Int32(quality), halvesChroma)
    }
    guard done else { fedit_out_of_memory(0) }
  }
}

extension FloatPlane {
  /// The mean over squares of side `2 * radius + 1`, cut off at the border: by running sums, so that large radii cost
  /// no more than small ones. `BoxFilter` in FeditRaster, whose radii are small, adds each square up anew instead, so
  /// that no rounding runs along.
  public func boxed(radius: Int) -> FloatPlane {
    var result = FloatPlane(width: width, height: height)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer {
        fv_box(from.baseAddress, Int32(width), Int32(height), Int32(radius), $0.baseAddress)
      }
    }
    guard done else { fedit_out_of_memory(0) }
    return result
  }

  /// A coarse matte fitted to a picture's edges: the guided filter (He, Sun, Tang 2013).
  ///
  /// - Parameters:
  ///   - guide: the picture's lightness, 0…1.
  ///   - radius: of its windows in pixels.
  ///   - smoothness: the variance of lightness below which a window counts as flat.
  /// - Returns: a plane of about the matte's range.
  public func guided(by guide: FloatPlane, radius: Int, smoothness: Float) -> FloatPlane {
    func product(_ a: FloatPlane, _ b: FloatPlane) -> FloatPlane {
      var result = a
      for i in result.pixels.indices { result.pixels[i] *= b.pixels[i] }
      return result
    }
    let meanGuide = guide.boxed(radius: radius)
    let meanMatte = boxed(radius: radius)
    var slope = product(guide, self).boxed(radius: radius)
    let square = product(guide, guide).boxed(radius: radius)
    var offset = meanMatte
    for i in slope.pixels.indices {
      let g = meanGuide.pixels[i]
      let covariance = slope.pixels[i] - g * meanMatte.pixels[i]
      let a = covariance / (square.pixels[i] - g * g + smoothness)
      slope.pixels[i] = a
      offset.pixels[i] -= a * g
    }
    var result = slope.boxed(radius: radius)
    offset = offset.boxed(radius: radius)
    for i in result.pixels.indices {
      result.pixels[i] = result.pixels[i] * guide.pixels[i] + offset.pixels[i]
    }
    return result
  }
}
