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
  /// What is shown of the photo, in script units.
  private let origin: Point
  private let canvas: Point
  /// The first photo pixel that is shown.
  private let corner: (x: Int, y: Int)
  /// Output pixels a pixel of the digits.
  private let ink: Int

  /// - Parameters:
  ///   - photo: what lies under the grid.
  ///   - canvas: the script's own coordinates, as its `canvas` statement gives them; nil is photo pixels.
  ///   - window: the part of the photo that is shown, in whole photo pixels inside it; nil is all of it.
  public init(
    _ photo: Picture, canvas: Point? = nil, window: (x: Int, y: Int, width: Int, height: Int)? = nil
  ) {
    let unit = Point(
      (canvas?.x ?? Double(photo.width)) / Double(photo.width),
      (canvas?.y ?? Double(photo.height)) / Double(photo.height))
    let window = window ?? (0, 0, photo.width, photo.height)
    let photo = photo.cropped(window)
    self.photo = photo
    origin = Point(Double(window.x) * unit.x, Double(window.y) * unit.y)
    self.canvas = Point(Double(window.width) * unit.x, Double(window.height) * unit.y)
    corner = (window.x, window.y)
    let longest = max(photo.width, photo.height)
    zoom = min(16, max(1, (1000 + longest - 1) / longest))
    ink = max(1, longest * zoom / 450)
    let digits = String(Int(max(origin.x + self.canvas.x, origin.y + self.canvas.y))).count
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

  /// What is shown of the photo, enlarged.
  private var view: Overlay.View {
    Overlay.View(
      width: photo.width * zoom, height: photo.height * zoom,
      toPhoto: Affine.scale(1 / Double(zoom), 1 / Double(zoom)).then(
        .translation(Double(corner.x), Double(corner.y))))
  }

  /// The photo in 8-bit RGB, its pixels as squares.
  private var enlarged: Picture {
    let width = photo.width * zoom
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * photo.height * zoom * 3)
    for y in 0..<photo.height {
      var row: [UInt8] = []
      row.reserveCapacity(width * 3)
      for x in 0..<photo.width {
        let (red, green, blue) = photo.rgb8(x, y)
        for _ in 0..<zoom { row += [red, green, blue] }
      }
      for _ in 0..<zoom { pixels += row }
    }
    return Picture(width: width, height: photo.height * zoom, samples: .eight(pixels))
  }

  /// The picture: 8-bit RGB.
  ///
  /// - Parameter drawing: Draws over the photo, below the grid: takes the part that is shown, enlarged, and the view
  ///   that it is, and gives a picture of the same size.
  /// - Returns: Photo, grid, and labels around them.
  /// - Throws: What `drawing` throws.
  public func render(
    drawing: (Picture, Overlay.View) throws -> Picture = { picture, _ in picture }
  ) rethrows -> Picture {
    let inner = (width: photo.width * zoom, height: photo.height * zoom)
    let width = inner.width + 2 * margin.x
    let height = inner.height + 2 * margin.y
    var pixels = [UInt8](repeating: 244, count: width * height * 3)
    let shown = try drawing(enlarged, view)
    for y in 0..<inner.height {
      for x in 0..<inner.width {
        let at = ((margin.y + y) * width + margin.x + x) * 3
        (pixels[at], pixels[at + 1], pixels[at + 2]) = shown.rgb8(x, y)
      }
    }
    let thick = max(1, ink / 2)
    // Lines are darker on light and lighter on dark places, so that they show on all.
    func shade(_ x: Int, _ y: Int, _ strength: Int) {
      guard x >= 0, y >= 0, x < width, y < height else { return }
      let at = (y * width + x) * 3
      let luma = 299 * Int(pixels[at]) + 587 * Int(pixels[at + 1]) + 114 * Int(pixels[at + 2])
      let target = luma > 110_000 ? 0 : 255
      for channel in 0..<3 {
        let value = Int(pixels[at + channel])
        pixels[at + channel] = UInt8(value + (target - value) * strength / 100)
      }
    }
    func lines(
      _ start: Double, _ length: Double, _ extent: Int,
      _ body: (_ at: Int, _ value: Double, _ isMajor: Bool) -> Void
    ) {
      var index = Int((start / minor).rounded(.up))
      while Double(index) * minor <= start + length {
        let value = Double(index) * minor
        let isMajor = (value / major).rounded() * major == value
        body(Int(((value - start) / length * Double(extent)).rounded()), value, isMajor)
        index += 1
      }
    }
    lines(origin.x, canvas.x, inner.width) { place, _, isMajor in
      let tick = isMajor ? 2 * ink : 0
      for y in margin.y - tick..<margin.y + inner.height + tick {
        for column in 0..<(isMajor ? thick : 1) {
          shade(margin.x + place + column, y, isMajor ? 62 : 24)
        }
      }
    }
    lines(origin.y, canvas.y, inner.height) { place, _, isMajor in
      let tick = isMajor ? 2 * ink : 0
      for x in margin.x - tick..<margin.x + inner.width + tick {
        for row in 0..<(isMajor ? thick : 1) {
          shade(x, margin.y + place + row, isMajor ? 62 : 24)
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
    lines(origin.x, canvas.x, inner.width) { place, value, isMajor in
      guard isMajor else { return }
      let text = numberText(value)
      let x = margin.x + place - BitmapFont.width(of: text) * ink / 2
      write(text, x: x, y: ink * 2)
      write(text, x: x, y: height - ink * 2 - BitmapFont.height * ink)
    }
    lines(origin.y, canvas.y, inner.height) { place, value, isMajor in
      guard isMajor else { return }
      let text = numberText(value)
      let y = margin.y + place - BitmapFont.height * ink / 2
      write(text, x: margin.x - 3 * ink - BitmapFont.width(of: text) * ink, y: y)
      write(text, x: width - margin.x + 3 * ink, y: y)
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }
}

extension Picture {
  /// A part of the picture, which lies inside it.
  fileprivate func cropped(_ window: (x: Int, y: Int, width: Int, height: Int)) -> Picture {
    guard window != (0, 0, width, height) else { return self }
    func rows<Sample>(_ samples: [Sample]) -> [Sample] {
      var part: [Sample] = []
      for y in window.y..<window.y + window.height {
        let start = (y * width + window.x) * channels
        part += samples[start..<start + window.width * channels]
      }
      return part
    }
    let part: Picture.Samples =
      switch samples {
      case .eight(let samples): .eight(rows(samples))
      case .sixteen(let samples): .sixteen(rows(samples))
      }
    return Picture(width: window.width, height: window.height, hasAlpha: hasAlpha, samples: part)
  }
}
