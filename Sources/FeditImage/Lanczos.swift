import FeditPlan

/// Lanczos' windowed sinc with three lobes, and the tables of weights that resampling runs on.
enum Lanczos {
  static let lobes = 3.0

  /// `sinc(x) sinc(x / 3)` within three lobes, 0 outside; 1 at 0, 0 (to 1e-15) at the other whole numbers.
  static func kernel(_ x: Double) -> Double {
    let distance = abs(x)
    if distance >= lobes { return 0 }
    if distance < 1e-9 { return 1 }
    // sin 3t = sin t (3 - 4 sin² t) with t a third of the angle; at whole numbers what is left is below 1e-15.
    let angle = Double.pi * distance
    let third = sine(60 * distance)
    let square = third * third
    return lobes * square * (3 - 4 * square) / (angle * angle)
  }
}

/// Which source pixels an output pixel of one axis is made of, and with which weights.
struct AxisWeights {
  /// The first source pixel of each output pixel; may lie outside the source.
  var starts: [Int]
  /// `taps` weights for each output pixel, their sum 1.
  var weights: [Float]
  var taps: Int

  /// Where `scale` shrinks, the kernel is stretched by it, so that what the output cannot show is filtered out.
  ///
  /// - Parameters:
  ///   - count: output pixels.
  ///   - scale: source pixels an output pixel; negative where the axis is turned round.
  ///   - offset: output coordinate `x` (pixel centres at .5) lies at `scale * x + offset` in the source.
  init(count: Int, scale: Double, offset: Double) {
    let stretch = max(1, abs(scale))
    let radius = Lanczos.lobes * stretch
    // A whole shift at scale 1 needs one tap only.
    let isShift =
      abs(scale) == 1 && (offset + (scale < 0 ? -1 : 0)).rounded() == offset + (scale < 0 ? -1 : 0)
    taps = isShift ? 1 : Int((2 * radius).rounded(.up)) + 1
    starts = []
    weights = []
    starts.reserveCapacity(count)
    weights.reserveCapacity(count * taps)
    var row = [Double](repeating: 0, count: taps)
    for i in 0..<count {
      let center = scale * (Double(i) + 0.5) + offset - 0.5
      let start = isShift ? Int(center.rounded()) : Int((center - radius).rounded(.up))
      var sum = 0.0
      for t in 0..<taps {
        row[t] = isShift ? 1 : Lanczos.kernel((Double(start + t) - center) / stretch)
        sum += row[t]
      }
      starts.append(start)
      for t in 0..<taps { weights.append(Float(row[t] / sum)) }
    }
  }

  /// The source pixels that are touched.
  var range: Range<Int> {
    let first = starts.min() ?? 0
    return first..<(starts.max() ?? 0) + taps
  }
}

/// Weights for positions anywhere between pixels, to the nearest 1024th of a pixel.
struct PhaseWeights {
  static let phases = 1024
  /// Of the kernel as it is, for all that is not reduced.
  static let unstretched = PhaseWeights(stretch: 1)

  /// `taps` weights for each phase.
  var weights: [Float]
  var taps: Int
  /// The first tap lies this far before the pixel whose centre is at or before the position.
  var lead: Int

  /// - Parameter stretch: at least 1; how far the kernel is stretched.
  init(stretch: Double) {
    let reach = Int((Lanczos.lobes * stretch).rounded(.up))
    taps = 2 * reach
    lead = reach - 1
    weights = []
    weights.reserveCapacity(Self.phases * taps)
    var row = [Double](repeating: 0, count: taps)
    for phase in 0..<Self.phases {
      let fraction = Double(phase) / Double(Self.phases)
      var sum = 0.0
      for t in 0..<taps {
        row[t] = Lanczos.kernel((Double(t - lead) - fraction) / stretch)
        sum += row[t]
      }
      for t in 0..<taps { weights.append(Float(row[t] / sum)) }
    }
  }

  /// The first tap's pixel and the weights' offset for a position (pixel centres at .5).
  @inline(__always)
  func place(_ position: Double) -> (start: Int, offset: Int) {
    // Truncation rounds towards zero; the bias makes that down.
    let bias = Double(1 << 43)
    let steps = Int(position * Double(Self.phases) - 0.5 * Double(Self.phases - 1) + bias) - (1 << 43)
    let pixel = steps >> 10
    return (pixel - lead, (steps & (Self.phases - 1)) * taps)
  }
}
