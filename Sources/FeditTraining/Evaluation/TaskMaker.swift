import FeditPixels
import FeditRaster

/// Makes the tasks of an evaluation, by code of its own: nothing that training samples are made with, but for the
/// picture's prepared layers. Masks are free strokes; sketches are as traced; colours are those that are there, under
/// strokes.
struct TaskMaker: SampleSource {
  let view: SampleView
  let seed: UInt64
  let index: Int

  enum Stream: UInt64 {
    case mask = 2
    case sketch, color, noise
  }

  func task(_ kind: TaskKind) -> TrainingSample {
    let mask = mask()
    var sketch: Plane?
    if kind.hasSketch {
      var random = random(.sketch)
      sketch = view.drawing(random.integer(0...view.layers.methods - 1))
    }
    return assemble(mask, sketch: sketch, color: kind.hasColor ? colors(mask) : nil)
  }

  /// A mask that leaves at least 30 % of the frame.
  func mask() -> Plane {
    var strokes = StrokeMaker(size: size, random: random(.mask))
    var mask = Plane(width: size, height: size)
    repeat {
      mask = strokes.mask(anchors: view.anchors, hair: view.hairPoints)
    } while mask.setCount * 10 > size * size * 7
    return mask
  }

  /// Where colours are set.
  func colors(_ mask: Plane) -> Plane {
    var strokes = StrokeMaker(size: size, random: random(.color))
    // Numbers were drawn here once; tasks stay those of earlier figures.
    _ = (strokes.random.bits(), strokes.random.bits())
    var set = Plane(width: size, height: size)
    let inside = mask.pixels.indices.filter { mask.pixels[$0] != 0 }
    for _ in 0..<strokes.random.integer(2...13) {
      let start = inside.isEmpty ? 0 : inside[strokes.random.integer(0...inside.count - 1)]
      let from = (x: Float(start % size) + 0.5, y: Float(start / size) + 0.5)
      strokes.stroke(
        on: &set, from: from, segments: strokes.random.integer(1...4),
        radius: strokes.random.number(Float(size) / 128...Float(size) / 28), length: 0.03...0.14)
    }
    return set
  }

  /// A task with given guidance.
  ///
  /// - Parameters:
  ///   - mask: what is filled.
  ///   - sketch: lines.
  ///   - color: where colours are set.
  ///   - values: the colours; nil for the picture's, flattened.
  /// - Returns: the task.
  func assemble(_ mask: Plane, sketch: Plane?, color: Plane?, values: ColorPlane? = nil) -> TrainingSample {
    let pixels = size * size
    var random = random(.noise)
    var sample = TrainingSample(
      size: size, image: view.picture.pixels.map(Levels.signed),
      sketch: [Float](repeating: 0, count: pixels), color: [Float](repeating: 0, count: pixels * 3),
      mask: mask.pixels.map { Float($0) },
      noise: Noise.layer(seed: random.bits(), edit: 0, size: size, inside: mask.pixels).map { Float($0) },
      colorSet: [UInt8](repeating: 0, count: pixels))
    let colors = color == nil ? nil : values ?? view.flattened
    for p in 0..<pixels where mask.pixels[p] != 0 {
      if let sketch { sample.sketch[p] = Float(sketch.pixels[p]) }
      let isSet = color.map { $0.pixels[p] != 0 } ?? false
      sample.colorSet[p] = isSet ? 1 : 0
      for c in 3 * p..<3 * p + 3 {
        sample.color[c] = isSet ? Levels.signed(colors?.pixels[c] ?? 0) : -1
      }
    }
    sample.mirror = MirrorLayer(of: sample, axis: view.axis).within(view.anchors)
    return sample
  }
}
