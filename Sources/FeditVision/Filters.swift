import FeditMemory
import FeditPixels
import FeditVisionKernels

extension Plane {
  /// Runs a kernel in place; kernels return false only where memory is short.
  mutating func inPlace(_ body: (UnsafeMutablePointer<UInt8>?, Int32, Int32) -> Bool) {
    let done = pixels.withUnsafeMutableBufferPointer { body($0.baseAddress, Int32(width), Int32(height)) }
    guard done else { fedit_out_of_memory(0) }
  }
}

extension ColorPlane {
  /// Luma (Rec. 601).
  public var gray: Plane {
    var plane = Plane(width: width, height: height)
    pixels.withUnsafeBufferPointer { from in
      plane.pixels.withUnsafeMutableBufferPointer { to in
        fv_gray(from.baseAddress, width * height, to.baseAddress)
      }
    }
    return plane
  }

  /// Half the width and height (odd ones lose their last column or row): the mean of each 2×2.
  public var halved: ColorPlane {
    mapped(width: width / 2, height: height / 2) { from, w, h, to in
      fv_halve(from, w, h, to)
      return true
    }
  }

  /// Mean shift (Comaniciu and Meer 2002): flattens areas, keeps their borders.
  ///
  /// - Parameters:
  ///   - spatial: half the window's side in pixels, 1…7.
  ///   - color: how far colours may be from the window's, in levels, 1…99.
  /// - Returns: a picture of the same size.
  public func meanShift(spatial: Int, color: Int) -> ColorPlane {
    precondition((1...7).contains(spatial) && (1...99).contains(color))
    return mapped(width: width, height: height) {
      fv_mean_shift($0, $1, $2, Int32(spatial), Int32(color), $3)
    }
  }

  /// The median of 5×5, channel by channel.
  public var median5: ColorPlane {
    mapped(width: width, height: height) { fv_median5($0, $1, $2, $3) }
  }

  private func mapped(
    width newWidth: Int, height newHeight: Int,
    _ body: (UnsafePointer<UInt8>?, Int32, Int32, UnsafeMutablePointer<UInt8>?) -> Bool
  ) -> ColorPlane {
    var result = ColorPlane(width: newWidth, height: newHeight)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        body(from.baseAddress, Int32(width), Int32(height), to.baseAddress)
      }
    }
    guard done else { fedit_out_of_memory(0) }
    return result
  }
}

extension FloatPlane {
  /// Rounded to 8 bits, clamped.
  public var rounded: Plane {
    var result = Plane(width: width, height: height)
    pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        fv_round(from.baseAddress, from.count, to.baseAddress)
      }
    }
    return result
  }

  /// Blurred by a Gaussian, borders repeated.
  ///
  /// - Parameter sigma: its standard deviation in pixels, above 0, at most 50.
  /// - Returns: a plane of the same size.
  public func blurred(sigma: Double) -> FloatPlane {
    let kernel = Gaussian.kernel(sigma: sigma)
    var result = FloatPlane(width: width, height: height)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        kernel.withUnsafeBufferPointer { kernel in
          fv_blur(
            from.baseAddress, Int32(width), Int32(height), kernel.baseAddress, Int32(kernel.count - 1),
            to.baseAddress)
        }
      }
    }
    guard done else { fedit_out_of_memory(0) }
    return result
  }
}

/// The normal curve, from operations whose bits are the same everywhere.
enum Gaussian {
  /// e⁻ˣ for x from 0 on: a power series where it converges fast, squared back.
  static func exponential(minus x: Double) -> Double {
    if x > 700 { return 0 }
    var halvings = 0
    var y = x
    while y > 0.25 {
      y /= 2
      halvings += 1
    }
    var term = 1.0
    var sum = 1.0
    for k in 1...12 {
      term *= -y / Double(k)
      sum += term
    }
    for _ in 0..<halvings { sum *= sum }
    return sum
  }

  /// Half of a blur's kernel, the middle first; all of it sums to 1.
  static func kernel(sigma: Double) -> [Float] {
    precondition(sigma > 0 && sigma <= 50)
    let radius = Int((3 * sigma).rounded(.up))
    let values = (0...radius).map { exponential(minus: Double($0 * $0) / (2 * sigma * sigma)) }
    let total = values[0] + 2 * values[1...].reduce(0, +)
    return values.map { Float($0 / total) }
  }
}
