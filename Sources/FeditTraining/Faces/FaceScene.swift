import FeditFaces
import FeditNN
import FeditPixels
import FeditPlan

/// A square picture made for the face finder to learn from: something behind, portraits before it, and the faults that
/// photographs have.
struct FaceScene {
  /// What of a portrait is drawn.
  enum Style {
    /// All, with a hard edge.
    case square
    /// All, fading out over a share of its side.
    case faded(Double)
    /// The person alone.
    case person
    /// All, its border's pixels going on to the scene's edges.
    case extended
  }

  let side: Int
  /// Levels 0…255, `side * side * 3`.
  private(set) var pixels: [Float]
  /// Where on a picture of the backgrounds the scene is, if that is all it shows; from its pixels to that picture's.
  private(set) var background: (picture: PixelPyramid, map: Affine)?

  init(side: Int) {
    self.side = side
    pixels = [Float](repeating: 127.5, count: side * side * 3)
  }

  // MARK: What it shows

  /// Something without a face the size of those that are looked for.
  mutating func drawBackground(
    _ backgrounds: [PixelPyramid], other: FacePortrait?, _ random: inout SeededRandom
  ) {
    let kind = random.unit()
    if kind < 0.7, !backgrounds.isEmpty {
      let picture = backgrounds[random.integer(0...backgrounds.count - 1)]
      let map = Self.crop(of: picture, side: side, &random)
      draw(picture, map)
      background = (picture, map)
    } else if kind < 0.85, let other {
      // Skin, hair, an eye: so near that no face is left.
      let scale = Double(random.number(0.08...0.3)) * 128 / Double(side)
      let middle = Point(Double(random.unit()) * other.side, Double(random.unit()) * other.side)
      let map = Self.similarity(side: side, scale: scale, degrees: Double(random.number(-180...180)), middle)
      draw(other, map, style: .extended)
    } else {
      drawPlain(&random)
    }
  }

  /// A random part of a picture, most often all in focus.
  static func crop(of picture: PixelPyramid, side: Int, _ random: inout SeededRandom) -> Affine {
    let (width, height) = (Double(picture.levels[0].width), Double(picture.levels[0].height))
    let whole = min(width, height) / Double(side)
    let u = Double(random.unit())
    let scale = max(0.4, whole * (0.15 + 0.85 * u))
    let reach = scale * Double(side) / 2
    func place(_ length: Double) -> Double {
      length <= 2 * reach ? length / 2 : reach + Double(random.unit()) * (length - 2 * reach)
    }
    let middle = Point(place(width), place(height))
    return similarity(side: side, scale: scale, degrees: Double(random.number(-8...8)), middle)
  }

  /// From a square's pixels to a picture's: so many picture pixels each, turned, its middle at a place.
  static func similarity(side: Int, scale: Double, degrees: Double, _ middle: Point) -> Affine {
    FaceAlignment(
      center: middle, axis: Point(cosine(degrees), sine(degrees)),
      size: scale * Double(side) / FaceAlignment.squareSide
    ).squareAroundCenter(side: side)
  }

  /// One colour running into another.
  private mutating func drawPlain(_ random: inout SeededRandom) {
    let from = (0..<3).map { _ in random.number(0...255) }
    let to = random.chance(0.3) ? from : (0..<3).map { _ in random.number(0...255) }
    let direction = random.direction()
    for y in 0..<side {
      for x in 0..<side {
        let t =
          0.5 + 0.5
          * (direction.x * (2 * Float(x) / Float(side) - 1) + direction.y * (2 * Float(y) / Float(side) - 1))
        let share = min(max(t, 0), 1)
        for c in 0..<3 { pixels[(y * side + x) * 3 + c] = from[c] + (to[c] - from[c]) * share }
      }
    }
  }

  /// Draws a portrait over what is there.
  mutating func draw(_ portrait: FacePortrait, _ map: Affine, coarser: Int = 0, style: Style) {
    let side = side
    background = nil
    pixels.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        portrait.draw(map, side: side, coarser: coarser, style: style, into: base)
      }
    }
  }

  /// Draws a picture without a face.
  mutating func draw(_ picture: PixelPyramid, _ map: Affine) {
    let side = side
    pixels.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { picture.draw(map, side: side, into: base) }
    }
  }

  /// Hides a rectangle of any direction under one colour: hands, hair, glasses.
  mutating func hide(middle: Point, half: (x: Double, y: Double), degrees: Double, _ color: [Float]) {
    let (c, s) = (cosine(degrees), sine(degrees))
    for y in 0..<side {
      for x in 0..<side {
        let (dx, dy) = (Double(x) + 0.5 - middle.x, Double(y) + 0.5 - middle.y)
        guard abs(dx * c + dy * s) < half.x, abs(dy * c - dx * s) < half.y else { continue }
        for i in 0..<3 { pixels[(y * side + x) * 3 + i] = color[i] }
      }
    }
  }

  /// Everything beyond a border of a photo is grey, as the finder has it.
  mutating func cut(_ isBeyond: (Int, Int) -> Bool) {
    for y in 0..<side {
      for x in 0..<side where isBeyond(x, y) {
        for i in 0..<3 { pixels[(y * side + x) * 3 + i] = 127.5 }
      }
    }
  }

  // MARK: Faults of photographs

  /// Other light, other colours, blur and noise.
  mutating func spoil(_ random: inout SeededRandom) {
    if random.chance(0.2) { blur() }
    let contrast = random.number(0.6...1.25)
    let brightness = random.number(-45...45)
    let isGrey = random.chance(0.15)
    let gains = (0..<3).map { _ in contrast * (random.chance(0.5) ? random.number(0.85...1.15) : 1) }
    let noise = random.chance(0.4) ? random.number(0...14) : 0
    for i in 0..<side * side {
      if isGrey {
        let level = Luma.of(pixels, pixel: i)
        for c in 0..<3 { pixels[3 * i + c] = level }
      }
      for c in 0..<3 {
        var value = (pixels[3 * i + c] - 127.5) * gains[c] + 127.5 + brightness
        if noise > 0 { value += noise * (random.unit() + random.unit() - 1) }
        pixels[3 * i + c] = min(max(value, 0), 255)
      }
    }
  }

  /// The mean of three pixels along rows, then along columns.
  private mutating func blur() {
    for (step, across) in [(3, side * 3), (side * 3, 3)] {
      for line in 0..<side {
        for c in 0..<3 {
          let start = line * across + c
          var before = pixels[start]
          for k in 0..<side {
            let i = start + k * step
            let own = pixels[i]
            let after = k + 1 < side ? pixels[i + step] : own
            pixels[i] = (before + own + after) / 3
            before = own
          }
        }
      }
    }
  }

  /// Its pixels in whole levels.
  var plane: ColorPlane { ColorPlane(width: side, height: side, pixels: pixels.map(Levels.byte)) }

  /// Writes it into a network's input.
  func put(_ map: BatchMap, at image: Int) {
    for y in 0..<side {
      let row = map.row(y, image: image)
      for i in 0..<side * 3 { row[i] = Levels.signed(pixels[y * side * 3 + i]) }
    }
  }
}

extension FaceAlignment {
  /// As ``square(side:)``, with the face's middle in the square's.
  func squareAroundCenter(side: Int) -> Affine {
    let k = Self.squareSide * size / Double(side)
    let (a, b) = (k * axis.x, k * axis.y)
    let half = Double(side) / 2
    return Affine(
      a: a, b: b, c: -b, d: a, tx: center.x - a * half + b * half, ty: center.y - b * half - a * half)
  }
}

extension Affine {
  /// Exchanges left and right of a picture of a width.
  static func mirroring(width: Double) -> Affine { Affine(a: -1, b: 0, c: 0, d: 1, tx: width, ty: 0) }
}
