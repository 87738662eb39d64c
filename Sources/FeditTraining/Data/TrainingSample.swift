import FeditGenerator
import FeditVision

/// What the network gets to see of a picture, and the picture: NHWC, batch 1, RGB.
public struct TrainingSample: Sendable, Hashable {
  /// The side in pixels.
  public var size: Int
  /// The picture, −1…1, `size * size * 3`; not erased.
  public var image: [Float]
  /// 0 or 1, 0 outside the mask, `size * size`.
  public var sketch: [Float]
  /// −1…1; −1 inside the mask where no colour is set, 0 outside; `size * size * 3`.
  public var color: [Float]
  /// 1 where pixels are to be generated, `size * size`.
  public var mask: [Float]
  /// 0 or 1, 0 outside the mask, `size * size`.
  public var noise: [Float]
  /// 1 where a colour is set, `size * size`: what tells black from none.
  public var colorSet: [UInt8]
  /// Whether the colour layer holds the enlarged fill of the octave below, in the whole mask.
  public var octave: Bool = false
  /// Whether an octave's colour layer is to be the generator's own fill, at half (1) or at a quarter and then at half
  /// of the size (2); 0 keeps the layer that is there.
  public var halvings: Int = 0
  /// Whether the picture has the colours of a photo: nothing is recoloured, no object is drawn into it.
  public var isNatural: Bool = true
  /// What lies opposite in the face; nil shows nothing of it.
  public var mirror: MirrorLayer?

  /// A sample of layers that fit its size.
  public init(
    size: Int, image: [Float], sketch: [Float], color: [Float], mask: [Float], noise: [Float],
    colorSet: [UInt8], octave: Bool = false
  ) {
    self.size = size
    self.image = image
    self.sketch = sketch
    self.color = color
    self.mask = mask
    self.noise = noise
    self.colorSet = colorSet
    self.octave = octave
  }

  /// The layers as the generator takes them.
  ///
  /// - Parameter order: the model's order of channels.
  /// - Returns: inputs of batch 1.
  public func inputs(_ order: GeneratorModel.ChannelOrder = .rgb) -> GeneratorInputs {
    GeneratorInputs(
      size: size, image: ordered(image, order), sketch: sketch, color: ordered(color, order),
      colorSet: colorSet.map { $0 != 0 ? 1 : 0 }, mask: mask, noise: noise, octave: octave,
      mirror: mirror.map { (ordered($0.values, order), $0.set) })
  }

  private func ordered(_ values: [Float], _ order: GeneratorModel.ChannelOrder) -> [Float] {
    guard order == .bgr else { return values }
    var result = values
    for i in stride(from: 0, to: values.count, by: 3) { result.swapAt(i, i + 2) }
    return result
  }
}

/// How samples are made: how often what happens.
public struct SampleOptions: Sendable, Hashable, Codable {
  // What is seen.
  /// The share of samples that are mirrored.
  public var flip: Float = 0.5
  /// The least side of the crop, as a share of the picture's.
  public var minimumCrop: Float = 0.85
  /// The share of samples that show a detail, down to an eye or an ear at the picture's own resolution, where the
  /// picture has more pixels than the sample.
  public var closeUps: Float = 0.4

  // Sketches.
  /// The share of samples without a sketch.
  public var withoutSketch: Float = 0.25
  /// The share with a part of it; the others have all of it.
  public var partOfSketch: Float = 0.25
  /// The share of sketches drawn through few points; those that are drawn in no special way are traced.
  public var curvedSketch: Float = 0.3
  /// The share of sketches with each point off by a pixel or two.
  public var looseSketch: Float = 0.12
  /// The share of sketches with each line drawn twice.
  public var doubledSketch: Float = 0.08
  /// The share of sketches with gaps.
  public var brokenSketch: Float = 0.12
  /// The share of sketches with lines two or three pixels wide.
  public var thickSketch: Float = 0.15

  // Colours.
  /// The share of samples without colours.
  public var withoutColor: Float = 0.33
  /// The share with all colours; the others have some strokes, each of one colour.
  public var allColor: Float = 0.15
  /// The share of colour layers that have each face part's median colour, where parts are known.
  public var partColors: Float = 0.15
  /// The share of targets with parts in other colours (hair, lips, irises, clothes, background, skin), where parts
  /// are known.
  public var recolor: Float = 0.3
  /// The share of targets whose hues are all rotated.
  public var hue: Float = 0.06
  /// The share of targets whose light and white balance are changed.
  public var exposure: Float = 0.25
  /// The share of targets with patches of any colour, black and white among them.
  public var patches: Float = 0.1

  // Objects.
  /// The share of targets with something drawn: glasses, earrings, a hat, a shape.
  public var objects: Float = 0.2

  /// The share of samples in which parts of the face are drawn as scripts draw them: brows, eyes, lips as flat
  /// shapes, where parts are known.
  public var drawnParts: Float = 0.25

  // Masks.
  /// The share of masks that cover everything.
  public var everything: Float = 0.02
  /// The share of masks as recipes have them: glasses, hair, lips, half of the face, scratches.
  public var recipeMasks: Float = 0.33
  /// The share of wide polygons, boxes and strokes; the other masks are free strokes.
  public var wideMasks: Float = 0.13
  /// The share of free strokes with others besides over the eyes.
  public var eyes: Float = 0.3
  /// The share of free strokes with others besides over the mouth.
  public var mouth: Float = 0.1
  /// The share of free strokes with others besides over the hair.
  public var hair: Float = 0.2
  /// The share of free strokes with a rectangle or an ellipse besides, up to half the side.
  public var shapes: Float = 0.2
  /// The share of free strokes with a larger one.
  public var largeShapes: Float = 0.08

  // Photographs.
  /// The share of targets with the faults of photographs: softness, noise, JPEG.
  public var faults: Float = 0.35
  /// The share of samples, of those that show a part of a larger picture, whose colours are the target shrunk and
  /// enlarged again, as the octave below leaves it.
  public var octave: Float = 0.2
  /// The share of those whose colours are the generator's own fill at a half or a quarter of the size, as it is when
  /// they are needed.
  public var ownFills: Float = 0.5

  /// The share of samples whose mask shows what lies opposite in the face, to networks that see it.
  public var mirror: Float = 0.8

  /// The defaults.
  public init() {}

  /// Pictures as they are: free strokes as masks, traced sketches, nothing drawn or recoloured.
  package static var plain: SampleOptions {
    var options = SampleOptions()
    let extras: [WritableKeyPath<SampleOptions, Float>] = [
      \.closeUps, \.curvedSketch, \.looseSketch, \.doubledSketch, \.brokenSketch, \.thickSketch, \.recolor,
      \.hue,
      \.exposure, \.patches, \.objects, \.drawnParts, \.recipeMasks, \.wideMasks, \.faults, \.octave,
      \.mirror,
    ]
    for extra in extras { options[keyPath: extra] = 0 }
    return options
  }

  /// Each kind of sample by itself, named as its option: for looking at and for tests.
  package static var kinds: [(name: String, options: SampleOptions)] {
    func only(_ share: WritableKeyPath<SampleOptions, Float>, isSketch: Bool = false) -> SampleOptions {
      var options = plain
      options[keyPath: share] = 1
      if isSketch {
        options.withoutSketch = 0
        options.partOfSketch = 0
      }
      return options
    }
    return [
      ("plain", plain), ("curved-sketch", only(\.curvedSketch, isSketch: true)),
      ("loose-sketch", only(\.looseSketch, isSketch: true)),
      ("doubled-sketch", only(\.doubledSketch, isSketch: true)),
      ("broken-sketch", only(\.brokenSketch, isSketch: true)),
      ("thick-sketch", only(\.thickSketch, isSketch: true)), ("recolor", only(\.recolor)),
      ("hue", only(\.hue)),
      ("exposure", only(\.exposure)), ("patches", only(\.patches)), ("objects", only(\.objects)),
      ("drawn-parts", only(\.drawnParts)),
      ("recipe-masks", only(\.recipeMasks)), ("wide-masks", only(\.wideMasks)),
      ("close-ups", only(\.closeUps)),
      ("faults", only(\.faults)), ("octave", only(\.octave)), ("mirror", only(\.mirror)),
    ]
  }
}

/// What a task shows the network besides the mask.
public enum TaskKind: String, Sendable, Hashable, Codable, CaseIterable {
  case mask
  case sketch
  case color
  case both

  /// Whether the network sees a sketch.
  public var hasSketch: Bool { self == .sketch || self == .both }
  /// Whether the network sees colours.
  public var hasColor: Bool { self == .color || self == .both }

  /// For tables.
  public var title: String {
    switch self {
    case .mask: "mask only"
    case .sketch: "with sketch"
    case .color: "with colour strokes"
    case .both: "with both"
    }
  }
}

extension TrainingSet {
  /// Makes a sample of a picture for training: cropped, mirrored, masked, with some guidance or none.
  ///
  /// - Parameters:
  ///   - index: the picture, 0..<``count``.
  ///   - seed: the same index, seed, size and options give the same sample.
  ///   - size: the sample's side.
  ///   - options: how often what happens.
  /// - Returns: the sample.
  /// - Throws: ``TrainingDataError`` where the picture's bytes are damaged.
  public func sample(
    index: Int, seed: UInt64, size: Int, options: SampleOptions = SampleOptions()
  ) throws(TrainingDataError) -> TrainingSample {
    try withPicture(index) { layers in
      var maker = SampleMaker(view: SampleView(layers: layers, size: size), seed: seed, index: index)
      return maker.sample(options)
    }
  }

  /// Makes a task to measure a model by: the whole picture, a mask, and the guidance of its kind.
  ///
  /// The mask of a picture and seed is the same for all kinds. It never covers more than 70 % of the frame.
  ///
  /// - Parameters:
  ///   - index: the picture, 0..<``count``.
  ///   - kind: what guides it.
  ///   - seed: the same index, kind, seed and size give the same task.
  ///   - size: the task's side.
  /// - Returns: the task.
  /// - Throws: ``TrainingDataError`` where the picture's bytes are damaged.
  public func task(
    index: Int, kind: TaskKind, seed: UInt64, size: Int
  ) throws(TrainingDataError) -> TrainingSample {
    try withPicture(index) { layers in
      TaskMaker(view: SampleView(layers: layers, size: size), seed: seed, index: index).task(kind)
    }
  }
}
