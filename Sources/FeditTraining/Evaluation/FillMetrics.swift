import FeditNN
import FeditPixels
import FeditVision

/// How near a filled picture is to the photo, inside the mask. Pictures are RGB in levels 0…255.
struct FillMetrics: Sendable {
  let size: Int
  let mask: Plane
  let photo: [Float]

  /// Mean square of the differences over the masked pixels and channels.
  private func meanOverMask(_ result: [Float], _ measure: (Float) -> Double) -> Double {
    var sum = 0.0
    var count = 0
    for p in mask.pixels.indices where mask.pixels[p] != 0 {
      for c in 0..<3 { sum += measure(result[p * 3 + c] - photo[p * 3 + c]) }
      count += 3
    }
    return count > 0 ? sum / Double(count) : 0
  }

  /// Peak signal-to-noise ratio in decibels, at most 99.
  func psnr(_ result: [Float]) -> Double {
    let square = meanOverMask(result) { Double($0 * $0) }
    return square > 0 ? min(99, 10 * decimalLogarithm(255 * 255 / square)) : 99
  }

  /// The mean absolute difference in levels.
  func l1(_ result: [Float]) -> Double { meanOverMask(result) { Double(abs($0)) } }

  /// Structural similarity (Wang and others 2004) of the luma, Gaussian window of 11×11, σ 1.5; the mean over
  /// the masked pixels.
  func ssim(_ result: [Float]) -> Double {
    func luma(_ picture: [Float]) -> FloatPlane {
      var plane = FloatPlane(width: size, height: size)
      for p in plane.pixels.indices { plane.pixels[p] = Luma.of(picture, pixel: p) }
      return plane
    }
    func product(_ a: FloatPlane, _ b: FloatPlane) -> FloatPlane {
      var plane = a
      for p in plane.pixels.indices { plane.pixels[p] *= b.pixels[p] }
      return plane.blurred(sigma: 1.5)
    }
    let a = luma(photo)
    let b = luma(result)
    let (ma, mb) = (a.blurred(sigma: 1.5).pixels, b.blurred(sigma: 1.5).pixels)
    let (aa, bb, ab) = (product(a, a).pixels, product(b, b).pixels, product(a, b).pixels)
    let c1: Float = 0.01 * 255 * 0.01 * 255
    let c2: Float = 0.03 * 255 * 0.03 * 255
    var sum = 0.0
    var count = 0
    for p in mask.pixels.indices where mask.pixels[p] != 0 {
      let means = ma[p] * mb[p]
      let numerator = (2 * means + c1) * (2 * (ab[p] - means) + c2)
      let squares = ma[p] * ma[p] + mb[p] * mb[p]
      sum += Double(numerator / ((squares + c1) * (aa[p] + bb[p] - squares + c2)))
      count += 1
    }
    return count > 0 ? sum / Double(count) : 1
  }

  /// The mean absolute difference, in levels, between the colours given and the result where they were given; nil
  /// where none were.
  func colorError(_ result: [Float], color: [Float], set: [UInt8]) -> Double? {
    var sum = 0.0
    var count = 0
    for p in set.indices where set[p] != 0 {
      for c in 0..<3 { sum += Double(abs(result[p * 3 + c] - Levels.level(color[p * 3 + c]))) }
      count += 3
    }
    return count > 0 ? sum / Double(count) : nil
  }
}

/// log₁₀ by a series, so that figures are the same everywhere.
func decimalLogarithm(_ value: Double) -> Double {
  guard value > 0, value.isFinite else { return 0 }
  let exponent = Double(value.exponent)
  // ln m = 2 artanh((m − 1) / (m + 1)), m of 1..<2.
  let t = (value.significand - 1) / (value.significand + 1)
  var power = t
  var sum = 0.0
  for k in stride(from: 1, through: 41, by: 2) {
    sum += power / Double(k)
    power *= t * t
  }
  return (2 * sum + exponent * 0.693147180559945309) / 2.302585092994045684
}

/// Distance of pictures as VGG-16 sees them.
struct FeatureDistance: Sendable {
  /// Layers that are compared.
  static let layers = ["conv1_2", "conv2_2", "conv3_3"]
  let trunk: VGGTrunk
  /// Pictures are compared side by side, each by one thread.
  private let pool = ThreadPool(threads: 1)

  init(trunk: VGGTrunk) { self.trunk = trunk }

  /// Features of a picture, of unit length at each place.
  func features(_ picture: [Float], size: Int) -> [BatchMap] {
    features(picture, width: size, height: size)
  }

  /// The same of a picture that need not be square.
  func features(_ picture: [Float], width: Int, height: Int) -> [BatchMap] {
    let maps = trunk.features(
      picture.map(Levels.signed), width: width, height: height, of: Self.layers, pool: pool)
    for map in maps {
      for y in 0..<map.height {
        for x in 0..<map.width {
          let pixel = map.pixel(x, y)
          var square: Float = 0
          for k in 0..<map.channels { square += pixel[k] * pixel[k] }
          let scale = 1 / (square + 1e-10).squareRoot()
          for k in 0..<map.channels { pixel[k] *= scale }
        }
      }
    }
    return maps
  }

  /// The mean over the layers of the mean squared distance inside the mask, each of a layer's places
  /// counting by the share of it that is masked.
  func distance(_ a: [BatchMap], _ b: [BatchMap], mask: Plane) -> Double {
    var total = 0.0
    for (one, other) in zip(a, b) {
      let step = mask.width / one.width
      var sum = 0.0
      var weight = 0.0
      for y in 0..<one.height {
        for x in 0..<one.width {
          var masked = 0
          for v in y * step..<(y + 1) * step {
            for u in x * step..<(x + 1) * step where mask[u, v] != 0 { masked += 1 }
          }
          guard masked > 0 else { continue }
          let (p, q) = (one.pixel(x, y), other.pixel(x, y))
          var square: Float = 0
          for k in 0..<one.channels { square += (p[k] - q[k]) * (p[k] - q[k]) }
          sum += Double(square) * Double(masked)
          weight += Double(masked)
        }
      }
      total += weight > 0 ? sum / weight : 0
    }
    return total / Double(max(a.count, 1))
  }
}
