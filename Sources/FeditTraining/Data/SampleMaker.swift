import FeditPixels
import FeditPlan
import FeditRaster
import FeditVision

/// Makes one sample of one picture. Each layer has a random stream of its own, so that how one is made
/// changes no other.
struct SampleMaker: SampleSource {
  private(set) var view: SampleView
  let seed: UInt64
  let index: Int

  enum Stream: UInt64 {
    case view = 1
    case mask, sketch, color, noise, recoloring, objects, faults, octave, parts, mirror
  }

  mutating func sample(_ options: SampleOptions) -> TrainingSample {
    var octave = random(.octave)
    // In a portrait that is seen whole the face always lies in the same place: octaves would learn to paint faces into
    // the middle of whatever is smooth.
    let isOctave = octave.chance(options.octave) && view.layers.size > size
    choose(options, isNative: isOctave)
    var objects = DrawnObjects(size: size, random: random(.objects), anchors: view.anchors)
    if objects.random.chance(options.objects) { objects.addObject() }
    if objects.random.chance(options.patches) { objects.addPatches() }
    let (sketched, colored) = Self.guided(&objects.random)
    var target = view.picture
    var parts = DrawnParts(view: view, random: random(.parts))
    if !isOctave, parts.random.chance(options.drawnParts) { parts.addSome(target) }
    let mask = mask(options, objects: &objects, parts: parts, isOctave: isOctave)
    let isEverything = !mask.contains(0)
    var colors = SampleColors(size: size, random: random(.color))
    var kind = colors.kind(options, hasFace: view.layers.hasFace)
    // With nothing to go by there is nothing to learn.
    if isEverything, kind == .none { kind = .everywhere }
    if isOctave { kind = .none }
    // Beside drawn parts other strokes would only cover them.
    if !parts.isEmpty, kind != .strokes { kind = .none }

    var flat = kind == .everywhere ? view.flattened : nil
    var recoloring = Recoloring(view: view, random: random(.recoloring))
    // What is not given a colour keeps its own, or eyes without any would be learned in all colours of the rainbow.
    let isGuided = isOctave || kind != .none || !parts.isEmpty
    let isRecolored = recoloring.apply(
      to: &target, flat: &flat, options,
      parts: !isGuided ? [] : parts.isEmpty ? Recoloring.Part.allCases : parts.recolored)
    let isNatural = !isRecolored && objects.parts.isEmpty
    let inside = objects.paint(into: &target)
    var drawing = SampleDrawing(size: size)
    if kind == .strokes { colors.strokes(mask: mask, into: &drawing) }
    let guides = Self.guided(&parts.random)
    parts.draw(
      into: &drawing, labels: Self.partLabels, sketched: guides.sketched, colored: guides.colored)
    objects.draw(into: &drawing, labels: Self.objectLabels, sketched: sketched, colored: colored)
    let drawn = drawing.layers
    let layer = color(kind, drawn, flat: flat ?? target, target: target, quantiles: parts.quantiles)

    var faults = random(.faults)
    if faults.chance(options.faults) { PhotoFaults.apply(to: &target, mask: mask, &faults) }
    var sketch =
      parts.isEmpty || parts.random.chance(0.3)
      ? self.sketch(mask, drawn, inside: inside, options, isOctave: isOctave) : outlines(drawn)
    if isEverything, !isOctave, sketch == nil { sketch = view.drawing(0).pixels }
    let given =
      isOctave
      ? SampleColors.Layer(
        set: [UInt8](repeating: 1, count: size * size), values: OctaveBelow.fill(target, &octave).pixels)
      : layer
    var sample = assemble(target, mask, sketch, given, isOctave: isOctave)
    sample.isNatural = isNatural
    if isOctave, octave.chance(options.ownFills) { sample.halvings = octave.chance(0.6) ? 1 : 2 }
    var mirror = random(.mirror)
    if mirror.chance(options.mirror) {
      // What lies beyond the sample is known if it is not masked, too; drawn over, it would be as in no photo.
      let beyond = isNatural && mirror.chance(0.6) ? view.opposite.picture.pixels.map(Levels.signed) : nil
      sample.mirror = MirrorLayer(of: sample, axis: view.axis, beyond: beyond)
    }
    return sample
  }

  /// Labels of colour strokes lie below.
  private static let partLabels = 32
  private static let objectLabels = 64

  /// Which of outline and colour an object is drawn with: mostly both.
  private static func guided(_ random: inout SeededRandom) -> (sketched: Bool, colored: Bool) {
    let which = random.unit()
    return (which < 0.8, which < 0.55 || which >= 0.8)
  }

  // MARK: View

  private mutating func choose(_ options: SampleOptions, isNative: Bool) {
    var random = random(.view)
    let all = view.layers.size
    view.flip = random.chance(options.flip)
    if isNative {
      // As many picture pixels as the sample has, or two or four times as many.
      var sides = [min(size, all)]
      while let last = sides.last, last * 2 <= all { sides.append(last * 2) }
      view.side = sides[random.chance(0.6) ? 0 : random.integer(0...sides.count - 1)]
      aim(&random)
    } else if all > size, random.chance(options.closeUps) {
      let least = Double(size)
      view.side = Int(random.logarithmic(least...Double(all)))
      aim(&random)
    } else {
      let least = max(1, min(all, Int((Float(all) * options.minimumCrop).rounded())))
      view.side = random.integer(least...all)
      view.origin = (random.integer(0...all - view.side), random.integer(0...all - view.side))
    }
  }

  /// Puts a close-up's middle on a part of the face, or anywhere.
  private mutating func aim(_ random: inout SeededRandom) {
    let all = view.layers.size
    let anchors = view.layers.anchors
    let half = view.side / 2
    func middle(_ a: FaceAnchors.Point, _ b: FaceAnchors.Point) -> (Float, Float) {
      ((a.x + b.x) / 2, (a.y + b.y) / 2)
    }
    let eyes = anchors.eyes.map { middle($0.0, $0.1) }
    let mouth = middle(anchors.mouthLeft, anchors.mouthRight)
    let unit = max(1, abs(eyes[1].0 - eyes[0].0))
    var at: (Float, Float)
    switch random.integer(0...8) {
    case 0, 1: at = eyes[0]
    case 2, 3: at = eyes[1]
    case 4: at = mouth
    case 5:
      // An ear, or the hair beside it.
      let outer = random.chance(0.5) ? (eyes[0].0 - 0.6 * unit) : (eyes[1].0 + 0.6 * unit)
      at = (outer, eyes[0].1 + random.number(-0.4...0.8) * unit)
    default: at = (random.number(0...Float(all)), random.number(0...Float(all)))
    }
    at.0 += random.number(-0.25...0.25) * Float(view.side)
    at.1 += random.number(-0.25...0.25) * Float(view.side)
    func start(_ v: Float) -> Int { max(0, min(all - view.side, Int(v) - half)) }
    view.origin = (start(at.0), start(at.1))
  }

  // MARK: Layers

  private func mask(
    _ options: SampleOptions, objects: inout DrawnObjects, parts: DrawnParts, isOctave: Bool
  ) -> [UInt8] {
    var drawing = SampleDrawing(size: size)
    let hasObjects = !objects.parts.isEmpty || !parts.isEmpty
    objects.mask(into: &drawing)
    parts.mask(into: &drawing)
    // An octave's tile may be filled from border to border.
    if isOctave, objects.random.chance(0.25) {
      drawing.add(
        .mask, SampleShapes.rectangle(x: 0, y: 0, width: Double(size), height: Double(size)))
    } else if !hasObjects || objects.random.chance(0.35) {
      var masks = SampleMasks(
        size: size, random: random(.mask), anchors: view.anchors, hair: view.hairPoints)
      masks.draw(options, into: &drawing)
    }
    return drawing.layers.mask
  }

  /// The sketch of what is drawn alone.
  private func outlines(_ drawn: Layers) -> [UInt8]? {
    drawn.sketch.contains(1) ? drawn.sketch : nil
  }

  private func sketch(
    _ mask: [UInt8], _ drawn: Layers, inside: Plane, _ options: SampleOptions, isOctave: Bool
  ) -> [UInt8]? {
    var random = random(.sketch)
    if isOctave, random.chance(0.4) { return nil }
    var sketch = SampleSketch(size: size, random: random)
    var lines = sketch.draw(
      view, mask: Plane(width: size, height: size, pixels: mask), options: options)
    let hasOutlines = drawn.sketch.contains(1)
    guard lines != nil || hasOutlines else { return nil }
    var result = lines?.pixels ?? [UInt8](repeating: 0, count: size * size)
    lines = nil
    for p in result.indices {
      // What an object covers is not drawn.
      if inside.pixels[p] != 0 { result[p] = 0 }
      result[p] |= drawn.sketch[p]
    }
    return result
  }

  private func color(
    _ kind: SampleColors.Kind, _ drawn: Layers, flat: ColorPlane, target: ColorPlane, quantiles: [Float]
  ) -> SampleColors.Layer {
    let parts = FaceRegion.allCases.count
    var labels = [Int32](repeating: -1, count: size * size)
    var result = SampleColors.Layer(set: [], values: [])
    switch kind {
    case .everywhere:
      result = SampleColors.Layer(set: [UInt8](repeating: 1, count: size * size), values: flat.pixels)
    case .parts:
      if let regions = view.regions { labels = regions.pixels.map { Int32($0) } }
      result = SampleColors.layer(labels: labels, count: parts, picture: target, uniform: .infinity)
    case .none, .strokes:
      result = SampleColors.Layer(
        set: [UInt8](repeating: 0, count: size * size), values: [UInt8](repeating: 0, count: size * size * 3))
    }
    var highest = 0
    for p in labels.indices {
      labels[p] = -1
      guard drawn.colorSet[p] != 0 else { continue }
      let label = Int(drawn.color[3 * p]) | Int(drawn.color[3 * p + 1]) << 8
      labels[p] = Int32(label)
      highest = max(highest, label)
    }
    guard highest > 0 else { return result }
    let own = SampleColors.layer(
      labels: labels, count: highest + 1, picture: target, uniform: 26,
      kept: { $0 >= Self.partLabels },
      quantile: { label in
        let part = label - Self.partLabels
        return quantiles.indices.contains(part) && label < Self.objectLabels ? quantiles[part] : 0.5
      })
    for p in own.set.indices where own.set[p] != 0 {
      result.set[p] = 1
      for c in 3 * p..<3 * p + 3 { result.values[c] = own.values[c] }
    }
    return result
  }

  // MARK: Together

  private func assemble(
    _ target: ColorPlane, _ mask: [UInt8], _ sketch: [UInt8]?, _ color: SampleColors.Layer, isOctave: Bool
  ) -> TrainingSample {
    let pixels = size * size
    var random = random(.noise)
    let levels = (0..<256).map { Float($0) / 127.5 - 1 }
    var sample = TrainingSample(
      size: size, image: target.pixels.map { levels[Int($0)] }, sketch: [Float](repeating: 0, count: pixels),
      color: [Float](repeating: 0, count: pixels * 3), mask: mask.map { Float($0) },
      noise: Noise.layer(seed: random.bits(), edit: 0, size: size, inside: mask).map { Float($0) },
      colorSet: [UInt8](repeating: 0, count: pixels))
    sample.octave = isOctave
    for p in 0..<pixels where mask[p] != 0 {
      if let sketch { sample.sketch[p] = Float(sketch[p]) }
      sample.colorSet[p] = color.set[p]
      for c in 3 * p..<3 * p + 3 { sample.color[c] = color.set[p] != 0 ? levels[Int(color.values[c])] : -1 }
    }
    return sample
  }
}
