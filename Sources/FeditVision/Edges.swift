import FeditMemory
import FeditPixels
import FeditVisionKernels

extension Plane {
  /// Smoothed by a bilateral filter: within areas, not across edges.
  ///
  /// - Parameters:
  ///   - radius: of the disc of taps, in pixels, 1…15.
  ///   - spatial: the Gaussian's standard deviation by distance, in pixels.
  ///   - range: the same by difference, in levels.
  /// - Returns: levels, not rounded.
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
    guard done else { fedit_out_of_memory(0) }
    return result
  }

  /// Canny's edges (1986), 0 or 1: Sobel's gradients, |gx| + |gy|, thinned, with hysteresis.
  ///
  /// - Parameters:
  ///   - low: what an edge that begins stronger may weaken to.
  ///   - high: what an edge has to reach somewhere.
  /// - Returns: a plane of 0 and 1.
  public func canny(low: Int, high: Int) -> Plane {
    var result = Plane(width: width, height: height)
    let done = pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        fv_canny(from.baseAddress, Int32(width), Int32(height), Int32(low), Int32(high), to.baseAddress)
      }
    }
    guard done else { fedit_out_of_memory(0) }
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
    guard count >= 0 else { fedit_out_of_memory(0) }
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
  /// - Returns: a plane of 0 and 1.
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

extension FloatPlane {
  /// The crests of a plane of probabilities, with hysteresis: 1 where a smoothed value exceeds both neighbours
  /// across the direction in which it bends down most.
  ///
  /// - Parameters:
  ///   - low: what a line that begins stronger may weaken to.
  ///   - high: what a line has to reach somewhere.
  /// - Returns: a plane of 0 and 1.
  public func ridges(low: Float, high: Float) -> Plane {
    let smooth = blurred(sigma: 1)
    func value(_ x: Int, _ y: Int) -> Float {
      smooth.pixels[max(0, min(height - 1, y)) * width + max(0, min(width - 1, x))]
    }
    // Steps across, and the squared length of a step.
    let directions = [(1, 0, Float(1)), (0, 1, 1), (1, 1, 2), (1, -1, 2)]
    var crests = Plane(width: width, height: height)
    var strong: [Int] = []
    for y in 0..<height {
      for x in 0..<width {
        let here = value(x, y)
        guard pixels[y * width + x] >= low else { continue }
        var steepest: Float = 0
        var isCrest = false
        for (dx, dy, length) in directions {
          let a = value(x - dx, y - dy)
          let b = value(x + dx, y + dy)
          let bend = (2 * here - a - b) / length
          if bend > steepest {
            steepest = bend
            isCrest = here >= a && here > b
          }
        }
        guard isCrest else { continue }
        crests[x, y] = 1
        if pixels[y * width + x] >= high { strong.append(y * width + x) }
      }
    }
    // Weak crests count where they touch strong ones.
    var result = Plane(width: width, height: height)
    for start in strong { result.pixels[start] = 1 }
    while let i = strong.popLast() {
      for y in max(0, i / width - 1)...min(height - 1, i / width + 1) {
        for x in max(0, i % width - 1)...min(width - 1, i % width + 1)
        where crests[x, y] == 1 && result[x, y] == 0 {
          result[x, y] = 1
          strong.append(y * width + x)
        }
      }
    }
    return result
  }
}
