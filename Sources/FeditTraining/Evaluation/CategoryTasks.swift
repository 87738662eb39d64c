import FeditPixels
import FeditPlan
import FeditRaster
import FeditVision

/// Makes the tasks that experts are ranked by: a mask of a size that lies in a part of the face, with each guidance.
extension TaskMaker {
  /// The face's geometry in sample pixels, with outlines; nil where no face is known.
  var geometry: FaceGeometry? {
    func outline(_ points: [Int]) -> [Point]? {
      view.outline(points).map { values in
        stride(from: 0, to: values.count, by: 2).map { Point(Double(values[$0]), Double(values[$0 + 1])) }
      }
    }
    guard let lips = outline(FaceLandmarks.lips) else { return nil }
    let frame = FaceFrame(view.anchors)
    var face = FaceGeometry(
      leftEye: frame.map(Point(-0.5, 0)), rightEye: frame.map(Point(0.5, 0)), mouth: frame.map(frame.mouth))
    face.contours[.lips] = lips
    // The mesh's left is the person's; here it is the picture's.
    face.contours[.leftEyeShape] = outline(FaceLandmarks.rightEye)
    face.contours[.rightEyeShape] = outline(FaceLandmarks.leftEye)
    face.contours[.leftBrow] = outline(FaceLandmarks.rightBrow)
    face.contours[.rightBrow] = outline(FaceLandmarks.leftBrow)
    face.contours[.faceShape] = outline(FaceLandmarks.outline)
    return face
  }

  /// Draws a mask.
  ///
  /// - Parameters:
  ///   - part: Where most of it lies, by the annotations.
  ///   - wanted: How large it is.
  ///   - number: Which of such masks.
  /// - Returns: The mask, and whether outlines and averages alone say the same of it; nil where the picture shows
  ///   too little of the part, or no mask of that size lies mostly in it.
  func mask(in part: FacePart, _ wanted: MaskSize, number: Int) -> (mask: Plane, agrees: Bool)? {
    guard let geometry, let regions = view.regions else { return nil }
    let parts = FaceParts(geometry)
    let frame = FaceFrame(view.anchors)
    func annotated(_ place: Point) -> FacePart {
      parts.part(at: place) { p in
        let x = max(0, min(size - 1, Int(place.x)))
        let y = max(0, min(size - 1, Int(place.y)))
        switch FaceRegion(rawValue: regions[x, y]) ?? .background {
        case .background: return .background
        case .hair: return .hair
        case .body, .skin, .brows, .eyes, .lips, .mouth: return FaceParts.isSkin(p) ? .skin : .clothes
        }
      }
    }
    var places: [(x: Int, y: Int)] = []
    for y in stride(from: 1, to: size, by: 3) {
      for x in stride(from: 1, to: size, by: 3)
      where annotated(Point(Double(x) + 0.5, Double(y) + 0.5)) == part { places.append((x, y)) }
    }
    guard places.count >= 8 else { return nil }
    let kind = UInt64(FacePart.allCases.firstIndex(of: part) ?? 0) << 8 | UInt64(number)
    var strokes = StrokeMaker(
      size: size, random: SeededRandom(seed: seed, UInt64(index), 0x7261_6E6B, kind, UInt64(wanted.number)))
    let frameRect = PixelRect(x: 0, y: 0, width: size, height: size)
    for _ in 0..<40 {
      let start = places[strokes.random.integer(0...places.count - 1)]
      var mask = Plane(width: size, height: size)
      strokes.draw(wanted, from: (Float(start.x) + 0.5, Float(start.y) + 0.5), on: &mask)
      let tight = PhotoMask(x: 0, y: 0, width: size, height: size, pixels: mask.pixels).cropped(to: frameRect)
      guard
        let place = MaskPlace(tight, in: frameRect, side: 4.2 * frame.unit, part: annotated),
        place.part == part, place.size == wanted
      else { continue }
      let alone = MaskPlace(tight, in: frameRect, side: 4.2 * frame.unit) { parts.part(at: $0) }
      return (mask, alone?.part == part)
    }
    return nil
  }

  /// A task with a mask and a guidance.
  func task(_ mask: Plane, _ guidance: EditGuidance) -> TrainingSample {
    var random = SeededRandom(seed: seed, UInt64(index), 0x7261_6E6B, 0x736B)
    let sketch =
      guidance == .sketch || guidance == .both
      ? view.drawing(random.integer(0...view.layers.methods - 1)) : nil
    let color = guidance == .color || guidance == .both ? colors(mask) : nil
    return assemble(mask, sketch: sketch, color: color)
  }
}

extension MaskSize {
  fileprivate var number: Int { MaskSize.allCases.firstIndex(of: self) ?? 0 }

  /// How hands draw masks of the size on a frame of a side: how often as ovals, and of what radii; else as strokes.
  fileprivate func hands(_ side: Float) -> Hands {
    switch self {
    case .thin:
      Hands(
        ovals: 0.4, radii: side / 200...side / 75,
        segments: 1...3, radius: side / 400...side / 80, length: 0.03...0.12)
    case .small:
      Hands(
        ovals: 0.5, radii: side / 45...side / 11,
        segments: 1...2, radius: side / 50...side / 18, length: 0.02...0.1)
    case .large:
      Hands(
        ovals: 0.5, radii: side / 9...side / 3.5,
        segments: 2...5, radius: side / 16...side / 8, length: 0.06...0.2)
    }
  }
}

/// Ranges that a mask's ovals and strokes are drawn from, in pixels; the length as `StrokeMaker.stroke` takes it.
private struct Hands {
  var ovals: Float
  var radii: ClosedRange<Float>
  var segments: ClosedRange<Int>
  var radius: ClosedRange<Float>
  var length: ClosedRange<Float>
}

extension StrokeMaker {
  /// Draws a mask of about a size, as hands do: scratches and dots, short strokes and ovals, wide ones.
  fileprivate mutating func draw(_ wanted: MaskSize, from start: (x: Float, y: Float), on mask: inout Plane) {
    let hands = wanted.hands(Float(size))
    if random.chance(hands.ovals) {
      mask.fillEllipse(center: start, radii: (random.number(hands.radii), random.number(hands.radii)))
    } else {
      stroke(
        on: &mask, from: start, segments: random.integer(hands.segments), radius: random.number(hands.radius),
        length: hands.length)
    }
  }
}
