/// Options of how samples are made.
extension TrainingConfiguration {
  static var sampleOptions: [Option] {
    [
      share("flip", \.flip, "of samples with left and right exchanged"),
      share("least-crop", \.minimumCrop, "of the picture's side that a sample shows at least"),
      share("close-ups", \.closeUps, "of samples that show a detail of a larger picture"),
      share("without-sketch", \.withoutSketch, "of samples without a sketch"),
      share("part-of-sketch", \.partOfSketch, "of samples with a part of the sketch"),
      share("curved-sketch", \.curvedSketch, "of sketches drawn through few points"),
      share("loose-sketch", \.looseSketch, "of sketches with each point off by 1–2 pixels"),
      share("doubled-sketch", \.doubledSketch, "of sketches with each line drawn twice"),
      share("broken-sketch", \.brokenSketch, "of sketches with gaps"),
      share("thick-sketch", \.thickSketch, "of sketches with lines 2–3 pixels wide"),
      share("without-color", \.withoutColor, "of samples without colours"),
      share("all-color", \.allColor, "of samples with colours everywhere"),
      share("part-colors", \.partColors, "of colour layers with each face part's median"),
      share("recolor", \.recolor, "of targets with parts in other colours; needs annotations"),
      share("hue", \.hue, "of targets with all hues rotated"),
      share("exposure", \.exposure, "of targets with other light and white balance"),
      share("patches", \.patches, "of targets with patches of any colour"),
      share("objects", \.objects, "of targets with something drawn: glasses, earrings, hats, shapes"),
      share(
        "drawn-parts", \.drawnParts,
        "of samples with brows, eyes or lips drawn as flat shapes; needs annotations"),
      share("everything", \.everything, "of masks that cover everything"),
      share("recipe-masks", \.recipeMasks, "of masks as recipes have them"),
      share("wide-masks", \.wideMasks, "of masks of wide polygons, boxes and strokes"),
      share("faults", \.faults, "of targets with a photograph's faults"),
      share("octave", \.octave, "of samples of pictures larger than a sample that sharpen the octave below"),
      share(
        "own-fills", \.ownFills, "of those that sharpen what the generator itself made at a smaller size"),
      share(
        "mirror", \.mirror, "of samples that show the face's other half in the mask, to networks that see it"),
    ]
  }

  private static func share(_ name: String, _ path: WritableKeyPath<SampleOptions, Float>, _ help: String)
    -> Option
  {
    let samples: WritableKeyPath<Self, SampleOptions> = \.samples
    return float(name, samples.appending(path: path), 0...1, "share " + help)
  }
}
