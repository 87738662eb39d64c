import FeditRaster
import FeditVision

/// Makes one sample of one picture. Each layer has a random stream of its own, so that how one is made
/// changes no other.
struct SampleMaker {
  let layers: PictureLayers
  let size: Int
  let seed: UInt64
  let index: Int
  /// The part of the picture that is seen: a square with a whole number of pixels.
  private var origin = (x: 0, y: 0)
  private var side: Int
  private var flip = false

  private enum Stream: UInt64 {
    case view = 1
    case mask, sketch, color, noise
  }

  init(layers: PictureLayers, size: Int, seed: UInt64, index: Int) {
    self.layers = layers
    self.size = size
    self.seed = seed
    self.index = index
    side = layers.size
  }

  private func random(_ stream: Stream) -> SeededRandom {
    SeededRandom(seed: seed, UInt64(index), stream.rawValue)
  }

  mutating func sample(_ options: SampleOptions) -> TrainingSample {
    var random = random(.view)
    let least = max(1, min(layers.size, Int((Float(layers.size) * options.minimumCrop).rounded())))
    side = random.integer(least...layers.size)
    origin = (random.integer(0...layers.size - side), random.integer(0...layers.size - side))
    flip = random.chance(options.flip)
    var strokes = StrokeMaker(size: size, random: self.random(.mask))
    let mask = strokes.mask(options, anchors: anchors, hair: hairPoints)
    var guidance = options
    if mask.setCount == size * size {
      // With nothing to go by there is nothing to learn.
      guidance.withoutSketch = 0
      guidance.partOfSketch = 0
      guidance.withoutColor = 0
      guidance.allColor = 1
    }
    return assemble(mask, sketch: sketch(guidance), color: colors(mask, guidance))
  }

  mutating func task(_ kind: TaskKind) -> TrainingSample {
    var options = SampleOptions()
    options.everything = 0
    var strokes = StrokeMaker(size: size, random: random(.mask))
    var mask = Plane(width: size, height: size)
    repeat {
      mask = strokes.mask(options, anchors: anchors, hair: hairPoints)
    } while mask.setCount * 10 > size * size * 7
    options.withoutSketch = kind.hasSketch ? 0 : 1
    options.partOfSketch = 0
    options.withoutColor = kind.hasColor ? 0 : 1
    options.allColor = 0
    options.partColors = 0
    return assemble(mask, sketch: sketch(options), color: colors(mask, options))
  }

  // MARK: Coordinates

  /// Sample pixels a picture pixel.
  private var scale: Float { Float(size) / Float(side) }

  /// From picture pixels to sample pixels.
  private func place(_ p: FaceAnchors.Point) -> FaceAnchors.Point {
    let x = (p.x - Float(origin.x)) * scale
    return FaceAnchors.Point(x: flip ? Float(size) - x : x, y: (p.y - Float(origin.y)) * scale)
  }

  private var anchors: FaceAnchors { layers.anchors.mapped(place) }

  /// Middles of the grid's cells that are hair, in sample pixels.
  private var hairPoints: [FaceAnchors.Point] {
    let cells = TrainingShard.gridSide
    let cell = Float(layers.size) / Float(cells)
    guard layers.hasFace else {
      // Over the forehead and down both sides, where aligned portraits have hair.
      let middles: [(Float, Float)] = [
        (0.5, 0.12), (0.4, 0.13), (0.6, 0.13), (0.3, 0.2), (0.7, 0.2), (0.22, 0.32), (0.78, 0.32),
      ]
      return middles.map {
        place(FaceAnchors.Point(x: $0.0 * Float(layers.size), y: $0.1 * Float(layers.size)))
      }
    }
    let hair = layers.hair
    return hair.indices.filter { hair[$0] >= 160 }.map { i in
      place(
        FaceAnchors.Point(
          x: (Float(i % cells) + 0.5) * cell, y: (Float(i / cells) + 0.5) * cell))
    }.filter { $0.x >= 0 && $0.y >= 0 && $0.x < Float(size) && $0.y < Float(size) }
  }

  /// For each column (or row) of the sample the picture's column (or row) under its middle.
  private func sources(from start: Int, flipped: Bool) -> [Int] {
    (0..<size).map { i in
      let o = flipped ? size - 1 - i : i
      return start + (2 * o + 1) * side / (2 * size)
    }
  }

  // MARK: Layers

  private func image() -> [Float] {
    var values = [Float](repeating: 0, count: size * size * 3)
    if let picture = layers.picture.baseAddress {
      values.withUnsafeMutableBufferPointer { to in
        guard let to = to.baseAddress else { return }
        resample(
          picture, width: layers.size, height: layers.size,
          rectangle: (Double(origin.x), Double(origin.y), Double(side), Double(side)), size: size, flip: flip,
          into: to)
      }
    }
    values.withUnsafeMutableBufferPointer { values in
      // Whole levels, as a photo has them.
      for i in values.indices { values[i] = Float(Int32(values[i] + 0.5)) / 127.5 - 1 }
    }
    return values
  }

  /// The drawing, or nil where there is none.
  private func sketch(_ options: SampleOptions) -> Plane? {
    var random = random(.sketch)
    let method = random.integer(0...layers.methods - 1)
    let which = random.unit()
    guard which >= options.withoutSketch else { return nil }
    var lines = drawing(method)
    guard which < options.withoutSketch + options.partOfSketch else { return lines }
    if random.chance(0.5) {
      // What lies under some broad strokes.
      var strokes = StrokeMaker(size: size, random: random)
      var seen = Plane(width: size, height: size)
      for _ in 0..<strokes.random.integer(2...5) {
        strokes.stroke(
          on: &seen, from: strokes.anywhere(), segments: strokes.random.integer(1...4),
          radius: strokes.random.number(Float(size) / 16...Float(size) / 7))
      }
      for i in lines.pixels.indices { lines.pixels[i] &= seen.pixels[i] }
    } else {
      // Some of the lines.
      let (labels, count) = lines.components
      let share = random.number(0.2...0.8)
      let kept = (0...count).map { _ in random.chance(share) ? UInt8(1) : 0 }
      for i in lines.pixels.indices where labels[i] != 0 { lines.pixels[i] = kept[Int(labels[i])] }
    }
    return lines
  }

  /// A method's drawing in the view, one pixel wide.
  private func drawing(_ method: Int) -> Plane {
    let reduction = layers.reduction(scale: scale)
    let bits = layers.sketch(method, reduction: reduction)
    let height = layers.size / reduction
    let bytesPerRow = height / 8
    var lines = Plane(width: size, height: size)
    if size * reduction >= side {
      let columns = sources(from: origin.x, flipped: flip).map { $0 / reduction }
      let rows = sources(from: origin.y, flipped: false).map { $0 / reduction }
      lines.pixels.withUnsafeMutableBufferPointer { to in
        for (y, row) in rows.enumerated() {
          for (x, column) in columns.enumerated() {
            to[y * size + x] = bits[row * bytesPerRow + column >> 3] >> UInt8(7 - column & 7) & 1
          }
        }
      }
    } else {
      // Each pixel of a line leaves its mark, so that lines don't break.
      lines.pixels.withUnsafeMutableBufferPointer { to in
        // Twice the place of a pixel's middle in the view, in picture pixels.
        func middle(_ i: Int, _ start: Int) -> Int { (2 * i + 1) * reduction - 2 * start }
        for row in 0..<height {
          let v = middle(row, origin.y)
          guard v >= 0, v < 2 * side else { continue }
          let y = v * size / (2 * side)
          for byte in 0..<bytesPerRow {
            var rest = bits[row * bytesPerRow + byte]
            while rest != 0 {
              let bit = rest.leadingZeroBitCount
              rest &= ~(0x80 >> UInt8(bit))
              let u = middle(byte * 8 + bit, origin.x)
              guard u >= 0, u < 2 * side else { continue }
              let x = u * size / (2 * side)
              to[y * size + (flip ? size - 1 - x : x)] = 1
            }
          }
        }
      }
    }
    if size * reduction != side { lines.thin() }
    return lines
  }

  /// Where colours are set, and the colours; nil where there are none.
  private func colors(_ mask: Plane, _ options: SampleOptions) -> (set: Plane, values: ColorSource)? {
    var random = random(.color)
    let which = random.unit()
    let parts = random.chance(options.partColors) && layers.hasFace
    guard which >= options.withoutColor else { return nil }
    let source: ColorSource = parts ? .parts : .flattened
    if which < options.withoutColor + options.allColor {
      return (Plane(width: size, height: size, repeating: 1), source)
    }
    var strokes = StrokeMaker(size: size, random: random)
    var set = Plane(width: size, height: size)
    let inside = mask.pixels.indices.filter { mask.pixels[$0] != 0 }
    for _ in 0..<strokes.random.integer(2...13) {
      let start = inside.isEmpty ? 0 : inside[strokes.random.integer(0...inside.count - 1)]
      let from = (x: Float(start % size) + 0.5, y: Float(start / size) + 0.5)
      strokes.stroke(
        on: &set, from: from, segments: strokes.random.integer(1...4),
        radius: strokes.random.number(Float(size) / 128...Float(size) / 28), length: 0.03...0.14)
    }
    return (set, source)
  }

  private enum ColorSource {
    case flattened
    case parts
  }

  // MARK: Together

  private func assemble(
    _ mask: Plane, sketch: Plane?, color: (set: Plane, values: ColorSource)?
  ) -> TrainingSample {
    let pixels = size * size
    var sample = TrainingSample(
      size: size, image: image(), sketch: [Float](repeating: 0, count: pixels),
      color: [Float](repeating: 0, count: pixels * 3), mask: mask.pixels.map { Float($0) }, noise: [],
      colorSet: [UInt8](repeating: 0, count: pixels))
    var random = random(.noise)
    sample.noise = Noise.layer(seed: random.bits(), edit: 0, size: size).map { Float($0) }
    let half = layers.size / 2
    let rows = sources(from: origin.y, flipped: false).map { min($0 / 2, half - 1) }
    let columns = sources(from: origin.x, flipped: flip).map { min($0 / 2, half - 1) }
    let flattened = layers.color
    let regions = layers.regions
    let palette = layers.palette
    for y in 0..<size {
      for x in 0..<size {
        let p = y * size + x
        guard mask.pixels[p] != 0 else {
          sample.noise[p] = 0
          continue
        }
        if let sketch { sample.sketch[p] = Float(sketch.pixels[p]) }
        guard let color, color.set.pixels[p] != 0 else {
          sample.color[p * 3] = -1
          sample.color[p * 3 + 1] = -1
          sample.color[p * 3 + 2] = -1
          continue
        }
        sample.colorSet[p] = 1
        let q = rows[y] * half + columns[x]
        for c in 0..<3 {
          let level = color.values == .parts ? palette[Int(regions[q]) * 3 + c] : flattened[q * 3 + c]
          sample.color[p * 3 + c] = Float(level) / 127.5 - 1
        }
      }
    }
    return sample
  }
}
