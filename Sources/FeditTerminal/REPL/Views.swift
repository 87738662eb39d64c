import FeditImage
import FeditRaster

/// Layers as pictures to look at.
enum LayerView {
  /// One layer: mask and noise white on black, sketch black on white, colours on a grey ground.
  static func picture(_ layers: Layers, layer: String) -> Picture {
    let count = layers.size * layers.size
    var pixels = [UInt8](repeating: 0, count: count * 3)
    func set(_ i: Int, _ value: UInt8) {
      pixels[3 * i] = value
      pixels[3 * i + 1] = value
      pixels[3 * i + 2] = value
    }
    for i in 0..<count {
      switch layer {
      case "mask": set(i, layers.mask[i] != 0 ? 255 : 0)
      case "noise": set(i, layers.noise[i] != 0 ? 255 : 0)
      case "sketch": set(i, layers.sketch[i] != 0 ? 0 : 255)
      default:
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

/// Where and how far two pictures of the same size differ.
public enum ResultDifference {
  /// Black where they are the same; else the largest difference of the channels, from dark to bright.
  public static func picture(_ a: Picture, _ b: Picture) -> Picture {
    let width = min(a.width, b.width)
    let height = min(a.height, b.height)
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let p = a.rgb8(x, y)
        let q = b.rgb8(x, y)
        func distance(_ u: UInt8, _ v: UInt8) -> Int { abs(Int(u) - Int(v)) }
        let most = max(distance(p.red, q.red), distance(p.green, q.green), distance(p.blue, q.blue))
        guard most > 0 else { continue }
        let i = (y * width + x) * 3
        // From dark red to yellow, so that a difference of one level is seen.
        pixels[i] = UInt8(min(255, 80 + most * 3))
        pixels[i + 1] = UInt8(min(255, most * 2))
        pixels[i + 2] = UInt8(min(255, most / 3))
      }
    }
    return Picture(width: width, height: height, hasAlpha: false, samples: .eight(pixels))
  }
}
