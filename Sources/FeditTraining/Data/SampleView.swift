import FeditPixels
import FeditPlan
import FeditVision

/// The square part of a picture that a sample shows, and everything that is known of it, in the sample's pixels.
struct SampleView {
  let layers: PictureLayers
  /// The sample's side.
  let size: Int
  /// The square in picture pixels.
  var origin = (x: 0, y: 0)
  var side: Int
  /// Whether left and right are exchanged.
  var flip = false

  /// All of a picture.
  init(layers: PictureLayers, size: Int) {
    self.layers = layers
    self.size = size
    side = layers.size
  }

  /// Sample pixels a picture pixel.
  var scale: Float { Float(size) / Float(side) }

  // MARK: Coordinates

  /// From picture pixels to sample pixels.
  func place(_ p: FaceAnchors.Point) -> FaceAnchors.Point {
    let x = (p.x - Float(origin.x)) * scale
    return FaceAnchors.Point(x: flip ? Float(size) - x : x, y: (p.y - Float(origin.y)) * scale)
  }

  /// The column between the face's halves, in sample pixels: an aligned portrait's middle.
  var axis: Float { place(FaceAnchors.Point(x: Float(layers.size) / 2, y: 0)).x }

  /// What lies opposite each of the view's pixels: the same square on the picture's other side, exchanged once more.
  var opposite: SampleView {
    var result = self
    result.origin.x = layers.size - origin.x - side
    result.flip.toggle()
    return result
  }

  var anchors: FaceAnchors { layers.anchors.mapped(place) }

  /// x and y in turns of some of the mesh's points; nil where no face is known.
  func outline(_ points: [Int]) -> [Float]? {
    guard layers.hasFace else { return nil }
    return points.flatMap { i -> [Float] in
      let p = place(layers.landmark(i))
      return [p.x, p.y]
    }
  }

  /// Middles of the grid's cells that are hair, in sample pixels.
  var hairPoints: [FaceAnchors.Point] {
    let cells = TrainingShard.gridSide
    let cell = Float(layers.size) / Float(cells)
    let points: [FaceAnchors.Point]
    if layers.hasFace {
      let hair = layers.hair
      points = hair.indices.filter { hair[$0] >= 160 }.map {
        FaceAnchors.Point(x: (Float($0 % cells) + 0.5) * cell, y: (Float($0 / cells) + 0.5) * cell)
      }
    } else {
      // Over the forehead and down both sides, where aligned portraits have hair.
      let middles: [(Float, Float)] = [
        (0.5, 0.12), (0.4, 0.13), (0.6, 0.13), (0.3, 0.2), (0.7, 0.2), (0.22, 0.32), (0.78, 0.32),
      ]
      points = middles.map {
        FaceAnchors.Point(x: $0.0 * Float(layers.size), y: $0.1 * Float(layers.size))
      }
    }
    return points.map(place).filter {
      $0.x >= 0 && $0.y >= 0 && $0.x < Float(size) && $0.y < Float(size)
    }
  }

  /// For each column (or row) of the sample the picture's column (or row) under its middle.
  private func sources(from start: Int, flipped: Bool) -> [Int] {
    (0..<size).map { i in
      let o = flipped ? size - 1 - i : i
      return start + (2 * o + 1) * side / (2 * size)
    }
  }

  // MARK: Layers

  /// The picture, in whole levels.
  var picture: ColorPlane {
    guard let picture = layers.picture.baseAddress else { return ColorPlane(width: size, height: size) }
    let values = [Float](unsafeUninitializedCapacity: size * size * 3) { to, count in
      guard let base = to.baseAddress else { return }
      resample(
        picture, width: layers.size, height: layers.size,
        rectangle: (Double(origin.x), Double(origin.y), Double(side), Double(side)), size: size, flip: flip,
        into: base)
      count = size * size * 3
    }
    return ColorPlane(width: size, height: size, pixels: values.map { UInt8(Int32($0 + 0.5)) })
  }

  /// The flattened colours.
  var flattened: ColorPlane {
    var result = ColorPlane(width: size, height: size)
    let colors = layers.color
    result.pixels.withUnsafeMutableBufferPointer { to in
      forEachHalf { p, q in
        to[3 * p] = colors[3 * q]
        to[3 * p + 1] = colors[3 * q + 1]
        to[3 * p + 2] = colors[3 * q + 2]
      }
    }
    return result
  }

  /// The parts of the face, a ``FaceRegion`` a pixel; nil where no face is known.
  var regions: Plane? {
    guard layers.hasFace else { return nil }
    var result = Plane(width: size, height: size)
    let regions = layers.regions
    result.pixels.withUnsafeMutableBufferPointer { to in forEachHalf { p, q in to[p] = regions[q] } }
    return result
  }

  /// Calls `body` with each of the sample's pixels and the one of the layers of half size that it shows.
  private func forEachHalf(_ body: (_ pixel: Int, _ half: Int) -> Void) {
    let half = layers.size / 2
    let rows = sources(from: origin.y, flipped: false).map { min($0 / 2, half - 1) }
    let columns = sources(from: origin.x, flipped: flip).map { min($0 / 2, half - 1) }
    for y in 0..<size {
      for x in 0..<size { body(y * size + x, rows[y] * half + columns[x]) }
    }
  }

  /// How much of each pixel is hair, 0…1, smooth between the grid's cells; nil where no face is known.
  var hair: FloatPlane? {
    guard layers.hasFace else { return nil }
    let cells = TrainingShard.gridSide
    let cell = Float(layers.size) / Float(cells)
    func places(_ start: Int, flipped: Bool) -> [(Int, Int, Float)] {
      (0..<size).map { i in
        let o = Float(flipped ? size - 1 - i : i) + 0.5
        let at = max(0, min(Float(cells - 1), (Float(start) + o / scale) / cell - 0.5))
        let low = min(Int(at), cells - 2)
        return (low, low + 1, at - Float(low))
      }
    }
    let rows = places(origin.y, flipped: false)
    let columns = places(origin.x, flipped: flip)
    let grid = layers.hair
    var result = FloatPlane(width: size, height: size)
    for (y, (top, bottom, v)) in rows.enumerated() {
      for (x, (left, right, u)) in columns.enumerated() {
        func level(_ row: Int, _ column: Int) -> Float { Float(grid[row * cells + column]) }
        let above = level(top, left) + (level(top, right) - level(top, left)) * u
        let below = level(bottom, left) + (level(bottom, right) - level(bottom, left)) * u
        result.pixels[y * size + x] = (above + (below - above) * v) / 255
      }
    }
    return result
  }

  /// A method's drawing, one pixel wide.
  func drawing(_ method: Int) -> Plane {
    let reduction = layers.reduction(scale: scale)
    var lines = Plane(width: size, height: size)
    if size * reduction >= side {
      enlarge(method, reduction, into: &lines)
    } else {
      shrink(method, reduction, into: &lines)
    }
    if size * reduction != side { lines.thin() }
    return lines
  }

  private func enlarge(_ method: Int, _ reduction: Int, into lines: inout Plane) {
    let bits = layers.sketch(method, reduction: reduction)
    let bytesPerRow = layers.size / reduction / 8
    let columns = sources(from: origin.x, flipped: flip).map { $0 / reduction }
    let rows = sources(from: origin.y, flipped: false).map { $0 / reduction }
    lines.pixels.withUnsafeMutableBufferPointer { to in
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          to[y * size + x] = bits[row * bytesPerRow + column >> 3] >> UInt8(7 - column & 7) & 1
        }
      }
    }
  }

  /// Each pixel of a line leaves its mark, so that lines don't break.
  private func shrink(_ method: Int, _ reduction: Int, into lines: inout Plane) {
    let bits = layers.sketch(method, reduction: reduction)
    let height = layers.size / reduction
    let bytesPerRow = height / 8
    // Twice the place of a pixel's middle in the view, in picture pixels.
    func middle(_ i: Int, _ start: Int) -> Int { (2 * i + 1) * reduction - 2 * start }
    lines.pixels.withUnsafeMutableBufferPointer { to in
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
}

/// Coordinates of a face: the origin midway between the eyes, the unit their distance, x along the line of the eyes.
struct FaceFrame {
  /// To sample pixels.
  let map: Affine
  /// Sample pixels a unit.
  let unit: Double
  /// In the frame's coordinates.
  let mouth: Point

  init(_ anchors: FaceAnchors) {
    func middle(_ a: FaceAnchors.Point, _ b: FaceAnchors.Point) -> Point {
      Point(Double(a.x + b.x) / 2, Double(a.y + b.y) / 2)
    }
    // The picture's left eye first, mirrored or not.
    let eyes = anchors.eyes.map { middle($0.0, $0.1) }.sorted { $0.x < $1.x }
    let (dx, dy) = (eyes[1].x - eyes[0].x, eyes[1].y - eyes[0].y)
    unit = max((dx * dx + dy * dy).squareRoot(), 1)
    map = Affine(
      a: dx, b: dy, c: -dy, d: dx, tx: (eyes[0].x + eyes[1].x) / 2, ty: (eyes[0].y + eyes[1].y) / 2)
    let mouth = middle(anchors.mouthLeft, anchors.mouthRight)
    self.mouth = map.inverse.map { $0(mouth) } ?? Point(0, 1)
  }
}

/// What makes something of a picture, by random numbers of its own for each part.
protocol SampleSource {
  /// The parts.
  associatedtype Stream: RawRepresentable<UInt64>
  var view: SampleView { get }
  var seed: UInt64 { get }
  /// The sample's place in its run.
  var index: Int { get }
}

extension SampleSource {
  var size: Int { view.size }

  func random(_ stream: Stream) -> SeededRandom { SeededRandom(seed: seed, UInt64(index), stream.rawValue) }
}
