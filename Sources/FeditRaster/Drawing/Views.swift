import FeditImage

/// Layers as pictures to look at.
public enum LayerView {
  /// What the generator gets besides the photo.
  public enum Layer: String, Hashable, Sendable, CaseIterable {
    case mask, sketch, color, noise
  }

  /// One layer: mask and noise white on black, sketch black on white, colours on a grey ground.
  ///
  /// - Parameters:
  ///   - layers: Of one edit.
  ///   - layer: Which of them.
  /// - Returns: 8-bit RGB in generator pixels.
  public static func picture(_ layers: Layers, layer: Layer) -> Picture {
    let count = layers.size * layers.size
    var pixels = [UInt8](repeating: 0, count: count * 3)
    func set(_ i: Int, _ value: UInt8) {
      pixels[3 * i] = value
      pixels[3 * i + 1] = value
      pixels[3 * i + 2] = value
    }
    for i in 0..<count {
      switch layer {
      case .mask: set(i, layers.mask[i] != 0 ? 255 : 0)
      case .noise: set(i, layers.noise[i] != 0 ? 255 : 0)
      case .sketch: set(i, layers.sketch[i] != 0 ? 0 : 255)
      case .color:
        if layers.colorSet[i] != 0 {
          for c in 0..<3 { pixels[3 * i + c] = layers.color[3 * i + c] }
        } else {
          set(i, 96)
        }
      }
    }
    return Picture(width: layers.size, height: layers.size, hasAlpha: false, samples: .eight(pixels))
  }
}

/// Where and how far two pictures differ.
public struct ResultDifference: Sendable {
  /// Black where they are the same; else the largest difference of the channels, from dark red to yellow.
  /// As wide and high as the smaller of the two.
  public let picture: Picture
  /// Pixels whose 8-bit values differ.
  public let pixels: Int
  /// The largest difference of a channel, 0…255.
  public let largest: Int

  /// Compares two pictures from their top left corners, where both have pixels.
  public init(_ a: Picture, _ b: Picture) {
    let width = min(a.width, b.width)
    let height = min(a.height, b.height)
    var drawn = [UInt8](repeating: 0, count: width * height * 3)
    var (count, largest) = (0, 0)
    for y in 0..<height {
      for x in 0..<width {
        let p = a.rgb8(x, y)
        let q = b.rgb8(x, y)
        func distance(_ u: UInt8, _ v: UInt8) -> Int { abs(Int(u) - Int(v)) }
        let most = max(distance(p.red, q.red), distance(p.green, q.green), distance(p.blue, q.blue))
        guard most > 0 else { continue }
        count += 1
        largest = max(largest, most)
        let i = (y * width + x) * 3
        // From dark red to yellow, so that a difference of one level is seen.
        drawn[i] = UInt8(min(255, 80 + most * 3))
        drawn[i + 1] = UInt8(min(255, most * 2))
        drawn[i + 2] = UInt8(min(255, most / 3))
      }
    }
    picture = Picture(width: width, height: height, hasAlpha: false, samples: .eight(drawn))
    pixels = count
    self.largest = largest
  }
}

extension Picture {
  /// Grey and light, as a ground for drawings that must stand out.
  public var faded: Picture {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let (red, green, blue) = rgb8(x, y)
        // ITU-R BT.601 luma, its contrast halved towards white.
        let luma = (299 * Int(red) + 587 * Int(green) + 114 * Int(blue)) / 1000
        let level = UInt8(110 + luma * 145 / 255)
        let i = 3 * (y * width + x)
        (pixels[i], pixels[i + 1], pixels[i + 2]) = (level, level, level)
      }
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }
}
