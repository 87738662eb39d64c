/// Options of how samples are made.
extension TrainingConfiguration {
  static var sampleOptions: [Option] {
    [
      share("flip", \.flip, "of samples that are mirrored"),
      share("least-crop", \.minimumCrop, "of the picture's side that a sample shows at least"),
      share("without-sketch", \.withoutSketch, "of samples without a sketch"),
      share("part-of-sketch", \.partOfSketch, "of samples with a part of the sketch"),
      share("without-color", \.withoutColor, "of samples without colours"),
      share("all-color", \.allColor, "of samples with colours everywhere"),
      share("part-colors", \.partColors, "of colour layers with each face part's median"),
      share("everything", \.everything, "of masks that cover everything"),
    ]
  }

  private static func share(_ name: String, _ path: WritableKeyPath<SampleOptions, Float>, _ help: String)
    -> Option
  {
    let samples: WritableKeyPath<Self, SampleOptions> = \.samples
    return float(name, samples.appending(path: path), 0...1, "share " + help)
  }
}
