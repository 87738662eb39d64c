import FeditPixels
import FeditPlan
import FeditProgram
import FeditVision

/// Makes the tasks of ``Measures``, by seeds and code that training samples do not share.
extension TaskMaker {
  /// How a sketch is drawn.
  enum Hand: String, CaseIterable {
    case traced
    case thick
    case fewPoints = "few-points"
    case sparse
  }

  /// The ten colours that are asked for.
  static let wanted: [(UInt8, UInt8, UInt8)] = [
    (0, 0, 0), (255, 255, 255), (32, 32, 32), (128, 128, 128), (200, 30, 40), (30, 150, 60), (30, 70, 190),
    (240, 205, 40), (225, 60, 160), (30, 180, 190),
  ]
  /// Radii of the discs in generator pixels.
  static let radii: [(name: String, pixels: Float)] = [("2.5", 2.5), ("7", 7), ("12", 12), ("20", 20)]

  private func streams(_ stream: UInt64) -> SeededRandom {
    SeededRandom(seed: seed, UInt64(index), 0x6D65_6173, stream)
  }

  /// A task with the picture's whole sketch in one hand.
  func task(_ hand: Hand) -> TrainingSample {
    var lines = view.drawing(0)
    var random = streams(1)
    switch hand {
    case .traced: break
    case .thick:
      let thin = lines
      for y in 1..<lines.height - 1 {
        for x in 1..<lines.width - 1 where thin[x, y] != 0 {
          lines.fillRectangle(x: x - 1, y: y - 1, width: 3, height: 3)
        }
      }
    case .fewPoints: lines = fewPoints(lines)
    case .sparse:
      let (labels, count) = lines.components
      let kept = (0...count).map { _ in random.chance(0.5) }
      for p in lines.pixels.indices where labels[p] != 0 && !kept[Int(labels[p])] { lines.pixels[p] = 0 }
    }
    return assemble(mask(), sketch: lines, color: nil)
  }

  private func fewPoints(_ lines: Plane) -> Plane {
    var drawing = SampleDrawing(size: lines.width)
    for line in lines.traced() {
      let points = line.simplified(tolerance: 2.5 * Float(lines.width) / 256).points
      drawing.add(.sketch, Shapes.curve(points.map { Point(Double($0.x), Double($0.y)) }))
    }
    return Plane(width: lines.width, height: lines.height, pixels: drawing.layers.sketch)
  }

  /// A disc of a wanted colour on a cheek.
  func wantedColor(_ color: (UInt8, UInt8, UInt8), radius: Float) -> (
    task: TrainingSample, center: (x: Int, y: Int)
  ) {
    let size = view.size
    let frame = FaceFrame(view.anchors)
    let at = frame.map(Point(index % 2 == 0 ? -0.42 : 0.42, 0.62))
    let r = radius * Float(size) / 256
    let margin = Float(8 * size) / 256
    let center = (x: Float(at.x.rounded(.down)) + 0.5, y: Float(at.y.rounded(.down)) + 0.5)
    var mask = Plane(width: size, height: size)
    mask.fillEllipse(center: center, radii: (r + margin, r + margin))
    var set = Plane(width: size, height: size)
    set.fillEllipse(center: center, radii: (r, r))
    var values = ColorPlane(width: size, height: size)
    for p in set.pixels.indices where set.pixels[p] != 0 {
      (values.pixels[3 * p], values.pixels[3 * p + 1], values.pixels[3 * p + 2]) = color
    }
    return (assemble(mask, sketch: nil, color: set, values: values), (Int(center.x), Int(center.y)))
  }

  /// Two dark lenses, masked and coloured; and which pixels lie so well inside each that a mean of 9×9 around them is
  /// the lens's.
  func darkLenses() -> (task: TrainingSample, inside: [Plane]) {
    let size = view.size
    let frame = FaceFrame(view.anchors)
    var mask = Plane(width: size, height: size)
    var inside = [mask, mask]
    for (lens, x) in [-0.5, 0.5].enumerated() {
      let at = frame.map(Point(x, 0.05))
      let center = (x: Float(at.x), y: Float(at.y))
      let (rx, ry) = (Float(0.47 * frame.unit), Float(0.38 * frame.unit))
      mask.fillEllipse(center: center, radii: (rx, ry))
      inside[lens].fillEllipse(center: center, radii: (rx - 10, ry - 10))
    }
    let dark = ColorPlane(
      width: size, height: size,
      pixels: (0..<size * size).flatMap { _ -> [UInt8] in [17, 19, 23] })
    return (assemble(mask, sketch: nil, color: mask, values: dark), inside)
  }

  /// A hole in a background of another hue; nil where the picture's background is not known or too small.
  ///
  /// - Parameter hue: in degrees.
  /// - Returns: a task whose picture has that background.
  func background(hue: Double) -> TrainingSample? {
    guard let regions = view.regions else { return nil }
    let size = view.size
    var isOpen = Plane(width: size, height: size)
    for p in isOpen.pixels.indices where regions.pixels[p] == FaceRegion.background.rawValue {
      isOpen.pixels[p] = 1
    }
    let frame = FaceFrame(view.anchors)
    var mask = Plane(width: size, height: size)
    for x in [-1.7, 1.7] where mask.setCount == 0 {
      let at = frame.map(Point(x, -0.8))
      mask.fillEllipse(
        center: (Float(at.x), Float(at.y)), radii: (Float(0.45 * frame.unit), Float(0.6 * frame.unit)))
      let masked = mask.setCount
      let open = mask.pixels.indices.filter { mask.pixels[$0] != 0 && isOpen.pixels[$0] != 0 }.count
      if masked < size * size / 100 || open * 10 < masked * 9 { mask = Plane(width: size, height: size) }
    }
    guard mask.setCount > 0 else { return nil }
    var task = assemble(mask, sketch: nil, color: nil)
    var lab = view.picture.oklab
    for p in isOpen.pixels.indices where isOpen.pixels[p] != 0 {
      lab[3 * p] = 0.35 + 0.4 * lab[3 * p]
      lab[3 * p + 1] = Float(0.13 * cosine(hue))
      lab[3 * p + 2] = Float(0.13 * sine(hue))
    }
    task.image = ColorPlane(width: size, height: size, oklab: lab).pixels.map(Levels.signed)
    return task
  }

  /// One half of the face masked, from its middle line on; and where the two eyes are.
  func halfFace() -> (task: TrainingSample, filled: (x: Int, y: Int), other: (x: Int, y: Int), radius: Int) {
    let size = view.size
    let frame = FaceFrame(view.anchors)
    let side = index % 2 == 0 ? 1.0 : -1
    let corners = [Point(0, -1), Point(side * 1.15, -1), Point(side * 1.15, 1.4), Point(0, 1.4)].map {
      frame.map($0)
    }
    var mask = Plane(width: size, height: size)
    mask.fillPolygon(corners.flatMap { [Float($0.x), Float($0.y)] })
    func place(_ x: Double) -> (x: Int, y: Int) {
      let p = frame.map(Point(x, 0))
      return (max(0, min(size - 1, Int(p.x))), max(0, min(size - 1, Int(p.y))))
    }
    return (
      assemble(mask, sketch: nil, color: nil), place(side * 0.5), place(-side * 0.5),
      max(2, Int(0.12 * frame.unit))
    )
  }

  /// Brows, eyes and mouth drawn as flat shapes with their outlines, each in one colour as a person would choose it:
  /// brows as dark as their darker half, teeth and the whites of the eyes as light as their lighter half. Nil where no
  /// face is known.
  ///
  /// - Returns: The task; and which pixels have a colour.
  func drawnParts() -> (task: TrainingSample, colored: Plane)? {
    let size = view.size
    let picture = view.picture
    let parts: [(points: [Int], half: (dark: Bool, light: Bool))] = [
      (FaceLandmarks.leftBrow, (true, false)), (FaceLandmarks.rightBrow, (true, false)),
      (FaceLandmarks.leftEye, (false, true)), (FaceLandmarks.rightEye, (false, true)),
      (FaceLandmarks.lips, (false, false)), (FaceLandmarks.mouth, (false, true)),
    ]
    var (mask, colored, sketch) = (
      Plane(width: size, height: size), Plane(width: size, height: size), Plane(width: size, height: size)
    )
    var values = ColorPlane(width: size, height: size)
    for (points, half) in parts {
      guard let outline = view.outline(points) else { return nil }
      var shape = Plane(width: size, height: size)
      shape.fillPolygon(outline)
      let inside = shape.pixels.indices.filter { shape.pixels[$0] != 0 }
      // Brightest last.
      let sorted = inside.sorted { (picture.pixels[3 * $0 + 1], $0) < (picture.pixels[3 * $1 + 1], $1) }
      let chosen =
        half.dark
        ? sorted.prefix(sorted.count / 2) : half.light ? sorted.suffix(sorted.count / 2) : sorted[...]
      guard !chosen.isEmpty else { continue }
      for c in 0..<3 {
        let level = chosen.reduce(0) { $0 + Int(picture.pixels[3 * $1 + c]) } / chosen.count
        for p in inside { values.pixels[3 * p + c] = UInt8(level) }
      }
      for p in inside {
        colored.pixels[p] = 1
        sketch.pixels[p] = 0
      }
      for p in inside where p % size > 0 && p % size < size - 1 && p >= size && p < size * (size - 1) {
        let isEdge = [p - 1, p + 1, p - size, p + size].contains { shape.pixels[$0] == 0 }
        if isEdge { sketch.pixels[p] = 1 }
      }
    }
    let around = FloatPlane(colored).boxed(radius: max(2, size / 40))
    for p in mask.pixels.indices where around.pixels[p] > 0 { mask.pixels[p] = 1 }
    return (assemble(mask, sketch: sketch, color: colored, values: values), colored)
  }

  /// An unguided hole of about a quarter of the face.
  func hole() -> TrainingSample {
    let size = view.size
    let frame = FaceFrame(view.anchors)
    var random = streams(2)
    let at = frame.map(Point(Double(random.number(-0.5...0.5)), Double(random.number(0...0.9))))
    var mask = Plane(width: size, height: size)
    let r = Float(0.62 * frame.unit)
    mask.fillEllipse(center: (Float(at.x), Float(at.y)), radii: (r, r))
    return assemble(mask, sketch: nil, color: nil)
  }
}
