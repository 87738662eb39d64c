import FeditVisionKernels

extension Plane {
  /// Smoothed by a bilateral filter: within areas, not across edges.
  ///
  /// - Parameters:
  ///   - radius: of the disc of taps, in pixels, 1…15.
  ///   - spatial: the Gaussian's standard deviation by distance, in pixels.
  ///   - range: the same by difference, in levels.
  public func bilateral(radius: Int = 3, spatial: Double = 3, range: Double = 25) -> FloatPlane {
    precondition((1...15).contains(radius) && spatial > 0 && range > 0)
    var space: [Float] = []
    for y in -radius...radius {
      for x in -radius...radius {
        let d = Double(x * x + y * y)
        space.append(
          d > Double(radius * radius) ? 0 : Float(Gaussian.exponential(minus: d / (2 * spatial * spatial))))
      }
    }
    var result = FloatPlane(width: width, height: height)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        fv_bilateral(
          from.baseAddress, Int32(width), Int32(height), Int32(radius), space,
          Float(1 / (8 * range * range)), to.baseAddress)
      }
    }
    precondition(done, "out of memory")
    return result
  }

  /// Canny's edges (1986), 0 or 1: Sobel's gradients, |gx| + |gy|, thinned, with hysteresis.
  ///
  /// - Parameters:
  ///   - low: what an edge that begins stronger may weaken to.
  ///   - high: what an edge has to reach somewhere.
  public func canny(low: Int, high: Int) -> Plane {
    var result = Plane(width: width, height: height)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        fv_canny(from.baseAddress, Int32(width), Int32(height), Int32(low), Int32(high), to.baseAddress)
      }
    }
    precondition(done, "out of memory")
    return result
  }

  /// Without the 8-connected components that have fewer pixels; all set pixels become 1.
  public mutating func removeComponents(smallerThan minimum: Int) {
    inPlace { fv_remove_small($0, $1, $2, Int32(minimum)) }
  }

  /// Thins lines to one pixel (Zhang and Suen 1984, and whatever pixel may then still go); all set
  /// pixels become 1. Components stay connected, ends stay.
  public mutating func thin() {
    inPlace { fv_thin($0, $1, $2) }
  }

  /// A label for each pixel: 0 where it is 0, else its 8-connected component, from 1 on.
  public var components: (labels: [Int32], count: Int) {
    var labels = [Int32](repeating: 0, count: pixels.count)
    let count = pixels.withUnsafeBufferPointer { from in
      labels.withUnsafeMutableBufferPointer { to in
        fv_components(from.baseAddress, Int32(width), Int32(height), to.baseAddress)
      }
    }
    precondition(count >= 0, "out of memory")
    return (labels, Int(count))
  }
}

extension FloatPlane {
  /// Dark lines (XDoG, Winnemöller and others 2012): 1 where the wider Gaussian exceeds the narrower.
  ///
  /// - Parameters:
  ///   - narrow: the one's standard deviation in pixels.
  ///   - wide: the other's.
  ///   - threshold: by how much, in levels.
  public func darkLines(narrow: Double, wide: Double, threshold: Float) -> Plane {
    let a = blurred(sigma: wide)
    let b = blurred(sigma: narrow)
    var result = Plane(width: width, height: height)
    a.pixels.withUnsafeBufferPointer { a in
      b.pixels.withUnsafeBufferPointer { b in
        result.pixels.withUnsafeMutableBufferPointer { to in
          fv_exceeds(a.baseAddress, b.baseAddress, threshold, to.count, to.baseAddress)
        }
      }
    }
    return result
  }
}
