import FeditPixels
import FeditPlan
import FeditVision

/// Gives parts of a portrait other colours in OKLab: what somebody may want who draws a colour. Texture, that is
/// the differences of lightness, is kept.
struct Recoloring {
  let view: SampleView
  var random: SeededRandom

  /// What can have another colour.
  enum Part: CaseIterable {
    case hair, lips, irises, clothes, background, skin
  }

  /// A change of the whole picture: its light and its camera.
  struct Grade: Sendable {
    /// Added to OKLab's lightness, after it was multiplied.
    var gain: Float = 1
    /// Added to a and b.
    var cast: (a: Float, b: Float) = (0, 0)
    /// The rotation of hues as cosine and sine, times a change of chroma.
    var turn: (cosine: Float, sine: Float) = (1, 0)

    func apply(_ lab: inout [Float]) {
      for i in stride(from: 0, to: lab.count, by: 3) {
        let (a, b) = (lab[i + 1], lab[i + 2])
        lab[i] *= gain
        lab[i + 1] = a * turn.cosine - b * turn.sine + cast.a * lab[i]
        lab[i + 2] = a * turn.sine + b * turn.cosine + cast.b * lab[i]
      }
    }
  }

  init(view: SampleView, random: SeededRandom) {
    self.view = view
    self.random = random
  }

  private var size: Int { view.size }

  /// Changes the target, and the flattened colours alike.
  ///
  /// - Parameters:
  ///   - target: what the network is to make.
  ///   - flat: flattened colours, where the sample needs them.
  ///   - options: how often what happens.
  ///   - allowed: what may get another colour.
  /// - Returns: whether the colours are no longer those of a photo.
  mutating func apply(
    to target: inout ColorPlane, flat: inout ColorPlane?, _ options: SampleOptions,
    parts allowed: [Part] = Part.allCases
  ) -> Bool {
    let recolors = random.chance(options.recolor) && view.layers.hasFace && !allowed.isEmpty
    let grade = grade(options)
    guard recolors || grade != nil else { return false }
    var pictures = [target.oklab]
    if let flat { pictures.append(flat.oklab) }
    var isUnnatural = grade.map { $0.turn.sine != 0 } ?? false
    if recolors {
      let mattes = Mattes(view: view, lab: pictures[0])
      var parts = Part.allCases
      for _ in 0..<(random.chance(0.3) ? 2 : 1) {
        // Backgrounds and hair twice as often: there colours vary most.
        let which = random.integer(0...parts.count + 1)
        let part = which < parts.count ? parts.remove(at: which) : random.chance(0.6) ? .background : .hair
        guard allowed.contains(part), let weights = mattes.weights(part) else { continue }
        isUnnatural = true
        let change = change(part, pictures[0], weights)
        for i in pictures.indices { change.apply(&pictures[i], weights) }
      }
    }
    if let grade {
      for i in pictures.indices { grade.apply(&pictures[i]) }
    }
    target = ColorPlane(width: size, height: size, oklab: pictures[0])
    if pictures.count > 1 { flat = ColorPlane(width: size, height: size, oklab: pictures[1]) }
    return isUnnatural
  }

  private mutating func grade(_ options: SampleOptions) -> Grade? {
    var grade = Grade()
    var isChanged = false
    if random.chance(options.exposure) {
      grade.gain = random.number(0.8...1.15)
      let direction = random.direction()
      let strength = random.number(0...0.04)
      grade.cast = (direction.x * strength, direction.y * strength)
      let chroma = random.number(0.75...1.2)
      grade.turn = (chroma, 0)
      isChanged = true
    }
    if random.chance(options.hue) {
      let angle = random.real(0...360)
      let chroma = grade.turn.cosine
      grade.turn = (chroma * Float(cosine(angle)), chroma * Float(sine(angle)))
      isChanged = true
    }
    return isChanged ? grade : nil
  }

  // MARK: A part's new colour

  /// How a part's colours are changed: lightness moved and compressed about its mean, colour moved to another,
  /// with a share of its own variation left.
  struct Change {
    var meanLightness: Float
    var mean: (a: Float, b: Float)
    var lightness: Float
    var contrast: Float
    var color: (a: Float, b: Float)
    var variation: Float
    /// Whether dark and very light pixels get less colour: pupils and glints.
    var sparesExtremes = false

    func apply(_ lab: inout [Float], _ weights: [Float]) {
      for (p, weight) in weights.enumerated() where weight > 0.004 {
        let i = 3 * p
        let moved = lightness + (lab[i] - meanLightness) * contrast
        // Colour goes with light: dark strands have less of it.
        var share = max(0, min(1.4, moved / max(lightness, 0.1)))
        if sparesExtremes { share *= max(0, min(1, (0.75 - lab[i]) * 4)) * min(1, lab[i] * 4) }
        let a = color.a * share + (lab[i + 1] - mean.a) * variation
        let b = color.b * share + (lab[i + 2] - mean.b) * variation
        lab[i] += (max(0.02, min(0.99, moved)) - lab[i]) * weight
        lab[i + 1] += (a - lab[i + 1]) * weight
        lab[i + 2] += (b - lab[i + 2]) * weight
      }
    }
  }

  private mutating func change(_ part: Part, _ lab: [Float], _ weights: [Float]) -> Change {
    var sums: (Float, Float, Float, Float) = (1e-6, 0, 0, 0)
    for (p, w) in weights.enumerated() where w > 0.3 {
      sums.0 += w
      sums.1 += w * lab[3 * p]
      sums.2 += w * lab[3 * p + 1]
      sums.3 += w * lab[3 * p + 2]
    }
    let (L, a, b) = (sums.1 / sums.0, sums.2 / sums.0, sums.3 / sums.0)
    var change = Change(
      meanLightness: L, mean: (a, b), lightness: L, contrast: 1, color: (a, b), variation: 0.6)
    switch part {
    case .hair:
      change.lightness = random.chance(0.5) ? max(0.15, min(0.85, L + random.number(-0.2...0.3))) : L
      change.contrast = random.number(0.8...1.15)
      // Red to yellow as hair grows, or any hue as it is dyed.
      change.color =
        random.chance(0.5) ? hue(random.real(35...95), 0.01...0.11) : hue(random.real(0...360), 0.05...0.2)
      change.variation = 0.3
    case .lips:
      change.lightness = max(0.2, min(0.8, L + random.number(-0.18...0.06)))
      change.color =
        random.chance(0.75) ? hue(random.real(-20...45), 0.08...0.22) : hue(random.real(0...360), 0.03...0.2)
      change.variation = 0.4
    case .irises:
      change.color = hue(random.real(0...360), 0.03...0.14)
      change.lightness = L + random.number(-0.05...0.12)
      change.variation = 0.3
      change.sparesExtremes = true
    case .clothes:
      change.lightness = max(0.12, min(0.92, L + random.number(-0.4...0.4)))
      change.contrast = random.number(0.7...1)
      change.color = hue(random.real(0...360), 0...0.22)
      change.variation = random.number(0...0.5)
    case .background:
      change.lightness = max(0.08, min(0.97, L + random.number(-0.4...0.4)))
      change.contrast = random.number(0.3...1)
      change.color = hue(random.real(0...360), 0...0.26)
      change.variation = random.number(0...0.6)
    case .skin:
      change.lightness = max(0.25, min(0.88, L + random.number(-0.15...0.1)))
      let k = random.number(0.6...1.3)
      let shift = hue(random.real(0...360), 0...0.025)
      change.color =
        random.chance(0.12) ? hue(random.real(0...360), 0.05...0.15) : (a * k + shift.a, b * k + shift.b)
      change.variation = 0.8
    }
    return change
  }

  /// OKLab's a and b of a hue in degrees, of random chroma.
  private mutating func hue(_ degrees: Double, _ chroma: ClosedRange<Float>) -> (a: Float, b: Float) {
    let c = random.number(chroma)
    return (c * Float(cosine(degrees)), c * Float(sine(degrees)))
  }
}

/// How much of each pixel belongs to a part of the portrait: the coarse grids and outlines, fitted to the picture.
private struct Mattes {
  let view: SampleView
  let lab: [Float]
  private let guide: FloatPlane
  private var size: Int { view.size }

  init(view: SampleView, lab: [Float]) {
    self.view = view
    self.lab = lab
    var guide = FloatPlane(width: view.size, height: view.size)
    for p in guide.pixels.indices { guide.pixels[p] = lab[3 * p] }
    self.guide = guide
  }

  /// 0…1 for each pixel; nil where the sample shows none of the part.
  func weights(_ part: Recoloring.Part) -> [Float]? {
    guard let regions = view.regions else { return nil }
    var weights: [Float]
    switch part {
    case .hair:
      guard let hair = view.hair else { return nil }
      weights = fitted(hair)
      for p in weights.indices where regions.pixels[p] >= FaceRegion.brows.rawValue { weights[p] = 0 }
    case .background:
      weights = withoutHalo(fitted(plane { regions.pixels[$0] == FaceRegion.background.rawValue }))
    case .lips:
      guard let lips = polygon(FaceLandmarks.lips), let mouth = polygon(FaceLandmarks.mouth) else {
        return nil
      }
      weights = softened(plane { lips.pixels[$0] != 0 && mouth.pixels[$0] == 0 })
    case .irises: weights = irises()
    case .clothes, .skin:
      weights = byLikeness(part, regions)
    }
    let total = weights.reduce(0, +)
    return total > Float(part == .irises ? 12 : size * size / 200) ? weights : nil
  }

  private func plane(_ isSet: (Int) -> Bool) -> FloatPlane {
    var result = FloatPlane(width: size, height: size)
    for p in result.pixels.indices where isSet(p) { result.pixels[p] = 1 }
    return result
  }

  private func polygon(_ points: [Int]) -> Plane? {
    guard let outline = view.outline(points) else { return nil }
    var plane = Plane(width: size, height: size)
    plane.fillPolygon(outline)
    return plane
  }

  /// Soft over about a pixel.
  private func softened(_ plane: FloatPlane) -> [Float] {
    plane.boxed(radius: 1).boxed(radius: max(1, Int(view.scale * Float(view.layers.size) / 256))).pixels
  }

  /// A coarse matte along the picture's edges, its range stretched.
  private func fitted(_ coarse: FloatPlane) -> [Float] {
    // Four pixels of a portrait of 256.
    let radius = max(2, Int(view.scale * Float(view.layers.size) / 256 * 4))
    let matte = coarse.boxed(radius: radius).guided(by: guide, radius: radius * 2, smoothness: 2e-4)
    return matte.pixels.map { max(0, min(1, ($0 - 0.5) * 1.8 + 0.5)) }
  }

  /// A background's matte with what looks like the background at the person's edge: the coarse outline leaves a rim of
  /// the old background there, which a network would learn to paint.
  private func withoutHalo(_ matte: [Float]) -> [Float] {
    let reach = max(3, Int(view.scale * Float(view.layers.size) / 256 * 7))
    func weighted(_ value: (Int) -> Float) -> FloatPlane {
      var plane = FloatPlane(width: size, height: size)
      for p in matte.indices where matte[p] > 0.9 { plane.pixels[p] = value(p) }
      return plane.boxed(radius: reach).boxed(radius: reach)
    }
    let near = weighted { _ in 1 }
    let means = (0..<3).map { c in weighted { lab[3 * $0 + c] } }
    var result = matte
    for p in matte.indices where matte[p] < 1 && near.pixels[p] > 0.02 {
      var square: Float = 0
      for c in 0..<3 {
        let d = lab[3 * p + c] - means[c].pixels[p] / near.pixels[p]
        square += (c == 0 ? 0.5 : 3) * d * d
      }
      result[p] = max(matte[p], min(1, max(0, 1.6 - 14 * square.squareRoot())))
    }
    return result
  }

  /// Clothes and skin are told apart by how near a pixel is to the face's median colour.
  private func byLikeness(_ part: Recoloring.Part, _ regions: Plane) -> [Float] {
    let palette = view.layers.palette
    let k = Int(FaceRegion.skin.rawValue) * 3
    let skin = ColorPlane(width: 1, height: 1, pixels: Array(palette[k..<k + 3])).oklab
    var likeness = FloatPlane(width: size, height: size)
    for p in likeness.pixels.indices {
      let (l, a, b) = (lab[3 * p] - skin[0], lab[3 * p + 1] - skin[1], lab[3 * p + 2] - skin[2])
      let distance = (0.05 * l * l + a * a + b * b).squareRoot()
      likeness.pixels[p] = max(0, min(1, (0.075 - distance) * 30))
    }
    likeness = likeness.boxed(radius: 1)
    let body = softened(plane { regions.pixels[$0] == FaceRegion.body.rawValue })
    guard part == .skin else {
      // Ears are beside the face; clothes begin below the mouth.
      let frame = FaceFrame(view.anchors)
      let top = Float(frame.map(frame.mouth).y + 0.35 * frame.unit)
      let ramp = Float(0.15 * frame.unit)
      return body.indices.map { p in
        body[p] * (1 - likeness.pixels[p]) * max(0, min(1, (Float(p / size) - top) / ramp))
      }
    }
    let face = softened(plane { regions.pixels[$0] == FaceRegion.skin.rawValue })
    return face.indices.map { (face[$0] + body[$0]) * likeness.pixels[$0] }.map { min(1, $0) }
  }

  private func irises() -> [Float] {
    var plane = Plane(width: size, height: size)
    for (outline, corners) in [
      (FaceLandmarks.rightEye, (33, 133)), (FaceLandmarks.leftEye, (362, 263)),
    ] {
      guard let points = view.outline(outline), let ends = view.outline([corners.0, corners.1]) else {
        continue
      }
      var eye = Plane(width: size, height: size)
      eye.fillPolygon(points)
      let (dx, dy) = (ends[2] - ends[0], ends[3] - ends[1])
      let radius = 0.21 * (dx * dx + dy * dy).squareRoot()
      let center = darkest(eye, radius: radius)
      var iris = Plane(width: size, height: size)
      iris.fillEllipse(center: center, radii: (radius, radius))
      for p in plane.pixels.indices { plane.pixels[p] |= iris.pixels[p] & eye.pixels[p] }
    }
    let set = plane
    return self.plane { set.pixels[$0] != 0 }.boxed(radius: size >= 256 ? 1 : 0).pixels
  }

  /// Where a disc in the eye is darkest.
  private func darkest(_ eye: Plane, radius: Float) -> (x: Float, y: Float) {
    let dark = guide.boxed(radius: max(1, Int(radius * 0.7)))
    var best: (value: Float, at: Int) = (.infinity, 0)
    for p in eye.pixels.indices where eye.pixels[p] != 0 && dark.pixels[p] < best.value {
      best = (dark.pixels[p], p)
    }
    return (Float(best.at % size) + 0.5, Float(best.at / size) + 0.5)
  }
}
