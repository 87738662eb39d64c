import FeditImage
import FeditPlan
import FeditProgram
import FeditRaster

/// A photo under a labelled coordinate grid, from which a person reads off the places for a script.
///
/// A line labelled `n` runs where the coordinate is n: pixel n lies to its right (below it), and its
/// centre is at n + 0.5. Small photos are shown enlarged by a whole factor, pixels as squares.
public struct CoordinateGrid: Sendable {
  /// How far apart labelled lines are, in script units.
  public let major: Double
  /// How far apart all lines are, in script units.
  public let minor: Double
  /// Output pixels a photo pixel.
  public let zoom: Int
  /// The first photo pixel's place in the output.
  public let margin: (x: Int, y: Int)

  private let photo: Picture
  private let canvas: Point
  /// Output pixels a pixel of the digits.
  private let ink: Int

  /// - Parameters:
  ///   - photo: what lies under the grid.
  ///   - canvas: the script's own coordinates, as its `canvas` statement gives them; nil is photo pixels.
  public init(_ photo: Picture, canvas: Point? = nil) {
    self.photo = photo
    self.canvas = canvas ?? Point(Double(photo.width), Double(photo.height))
    let longest = max(photo.width, photo.height)
    zoom = min(16, max(1, (1000 + longest - 1) / longest))
    ink = max(1, longest * zoom / 450)
    let digits = String(Int(max(self.canvas.x, self.canvas.y))).count
    let label = (digits * BitmapFont.advance + 4) * ink
    // Output pixels a unit, along the denser axis.
    let scale = min(
      Double(photo.width * zoom) / self.canvas.x, Double(photo.height * zoom) / self.canvas.y)
    let least = Double(max(label, longest * zoom / 16)) / scale
    (major, minor) = Self.steps(atLeast: least)
    margin = (label + 2 * ink, (BitmapFont.height + 6) * ink)
  }

  /// The smallest of 1, 2, 5, 10, 20, 50 … that is not below a number, and a fitting part of it.
  private static func steps(atLeast least: Double) -> (major: Double, minor: Double) {
    var power = 1.0
    while true {
      if power >= least { return (power, power < 10 ? power : power / 10 * 2) }
      if 2 * power >= least { return (2 * power, power < 10 ? power : power / 2) }
      if 5 * power >= least { return (5 * power, power) }
      power *= 10
    }
  }

  /// The picture: 8-bit RGB.
  public func render() -> Picture {
    let inner = (width: photo.width * zoom, height: photo.height * zoom)
    let width = inner.width + 2 * margin.x
    let height = inner.height + 2 * margin.y
    var pixels = [UInt8](repeating: 244, count: width * height * 3)
    for y in 0..<photo.height {
      let first = (margin.y + y * zoom) * width * 3
      for x in 0..<photo.width {
        let (red, green, blue) = photo.rgb8(x, y)
        for column in 0..<zoom {
          let at = first + (margin.x + x * zoom + column) * 3
          pixels[at] = red
          pixels[at + 1] = green
          pixels[at + 2] = blue
        }
      }
      for row in 1..<max(zoom, 1) {
        let to = first + row * width * 3
        for i in 0..<width * 3 { pixels[to + i] = pixels[first + i] }
      }
    }
    let thick = max(1, ink / 2)
    // Lines are darker on light and lighter on dark places, so that they show on all.
    func blend(_ x: Int, _ y: Int, _ strength: Int) {
      guard x >= 0, y >= 0, x < width, y < height else { return }
      let at = (y * width + x) * 3
      let luma = 299 * Int(pixels[at]) + 587 * Int(pixels[at + 1]) + 114 * Int(pixels[at + 2])
      let target = luma > 110_000 ? 0 : 255
      for channel in 0..<3 {
        let value = Int(pixels[at + channel])
        pixels[at + channel] = UInt8(value + (target - value) * strength / 100)
      }
    }
    func lines(_ length: Double, _ extent: Int, _ body: (_ at: Int, _ value: Double, _ isMajor: Bool) -> Void)
    {
      var index = 0
      while Double(index) * minor <= length {
        let value = Double(index) * minor
        let isMajor = (value / major).rounded() * major == value
        body(Int((value / length * Double(extent)).rounded()), value, isMajor)
        index += 1
      }
    }
    lines(canvas.x, inner.width) { place, _, isMajor in
      let tick = isMajor ? 2 * ink : 0
      for y in margin.y - tick..<margin.y + inner.height + tick {
        for column in 0..<(isMajor ? thick : 1) {
          blend(margin.x + place + column, y, isMajor ? 62 : 24)
        }
      }
    }
    lines(canvas.y, inner.height) { place, _, isMajor in
      let tick = isMajor ? 2 * ink : 0
      for x in margin.x - tick..<margin.x + inner.width + tick {
        for row in 0..<(isMajor ? thick : 1) {
          blend(x, margin.y + place + row, isMajor ? 62 : 24)
        }
      }
    }
    func write(_ text: String, x: Int, y: Int) {
      for pixel in BitmapFont.pixels(of: text) {
        for row in 0..<ink {
          for column in 0..<ink {
            let (px, py) = (x + pixel.x * ink + column, y + pixel.y * ink + row)
            guard px >= 0, py >= 0, px < width, py < height else { continue }
            let at = (py * width + px) * 3
            for channel in 0..<3 { pixels[at + channel] = 24 }
          }
        }
      }
    }
    lines(canvas.x, inner.width) { place, value, isMajor in
      guard isMajor else { return }
      let text = numberText(value)
      let x = margin.x + place - BitmapFont.width(of: text) * ink / 2
      write(text, x: x, y: ink * 2)
      write(text, x: x, y: height - ink * 2 - BitmapFont.height * ink)
    }
    lines(canvas.y, inner.height) { place, value, isMajor in
      guard isMajor else { return }
      let text = numberText(value)
      let y = margin.y + place - BitmapFont.height * ink / 2
      write(text, x: margin.x - 3 * ink - BitmapFont.width(of: text) * ink, y: y)
      write(text, x: width - margin.x + 3 * ink, y: y)
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }
}
