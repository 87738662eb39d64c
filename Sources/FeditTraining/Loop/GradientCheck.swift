import FeditGenerator
import FeditNN
import FeditText
import FeditWeights

/// Parts of training on tensors from a file, to be compared with another implementation.
///
/// The file's metadata names what is probed: `probe` is `generator`, `layer`, `pixels`, `features`, `discriminator`,
/// `heads`, `seeds` or `samples`. Results are written as tensors: values of losses, and each gradient under the name of what it belongs to.
public enum GradientCheck {
  /// Computes what a file asks for.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - output: Where the results go.
  ///   - threads: Threads.
  /// - Throws: `UserError` or `WeightError` where the file does not hold what the probe needs.
  public static func run(_ path: String, output: String, threads: Int) throws {
    let probe = Probe(file: try SafetensorsFile(path: path), pool: ThreadPool(threads: threads))
    let results: [SafetensorsWriter.Tensor]
    switch probe.file.metadata["probe"] {
    case "generator": results = try probe.generator()
    case "layer": results = try probe.layer()
    case "pixels": results = try probe.pixels()
    case "features": results = try probe.features()
    case "discriminator": results = try probe.discriminator()
    case "heads": results = try probe.heads()
    case "seeds": results = try probe.seeds()
    case "samples": results = try probe.samples()
    default:
      throw UserError(.data, "'\(path)' does not say in its metadata what is probed")
    }
    try SafetensorsWriter.write(results, to: output)
  }

  struct Probe {
    let file: SafetensorsFile
    let pool: ThreadPool

    /// A number of the metadata.
    func number(_ name: String, default value: Float? = nil) throws -> Float {
      guard let number = file.metadata[name].flatMap({ Float($0) }) ?? value else {
        throw UserError(.data, "'\(file.name)' has no number '\(name)' in its metadata")
      }
      return number
    }

    func integer(_ name: String) throws -> Int {
      guard let value = Int(exactly: try number(name)), value > 0 else {
        throw UserError(.data, "'\(file.name)' has no positive integer '\(name)' in its metadata")
      }
      return value
    }

    /// A tensor [images, side, side, channels] as a batch.
    func map(_ name: String, channels: Int? = nil, border: Int = 0) throws -> BatchMap {
      guard let shape = file.shape(of: name), shape.count == 4, shape[1] == shape[2],
        channels == nil || shape[3] == channels
      else {
        let last = channels.map(String.init) ?? "channels"
        throw UserError(
          .data, "'\(file.name)' has no tensor '\(name)' of the shape [images, side, side, \(last)]")
      }
      let map = try BatchMap(images: shape[0], side: shape[1], channels: shape[3], border: border)
      map.values = try file.floats(named: name)
      return map
    }

    func result(_ name: String, _ map: BatchMap) -> SafetensorsWriter.Tensor {
      SafetensorsWriter.Tensor(
        name: name, shape: [map.images, map.side, map.side, map.channels], map.values)
    }

    func result(_ values: [(String, Double)]) -> [SafetensorsWriter.Tensor] {
      values.map { SafetensorsWriter.Tensor(name: $0.0, shape: [1], [Float($0.1)]) }
    }

    /// From `input` and `gradient` (of the output after tanh) to `output` and every weight's gradient; `architecture`
    /// is in the metadata as in a weight file's.
    func generator() throws -> [SafetensorsWriter.Tensor] {
      let architecture: Architecture
      do {
        architecture = try GeneratorModel.architecture(of: file)
      } catch let error as GeneratorError {
        throw UserError(.data, "'\(file.name)' holds no generator: \(error)")
      }
      let channels = architecture.inputChannels
      let input = try map("input", channels: channels)
      let generator = try TrainableGenerator(architecture, images: input.images, size: input.side)
      try generator.load(file)
      let values = input.values
      let all = generator.input.channels
      generator.input.values = (0..<input.pixels * all).map {
        $0 % all < channels ? values[$0 / all * channels + $0 % all] : 0
      }
      generator.pack(pool)
      generator.forward(pool)
      let output = result("output", generator.output)
      generator.outputGradient.values = try file.floats(named: "gradient")
      generator.backward(pool)
      return [output]
        + generator.gradients().map {
          SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, $0.values)
        }
    }

    /// One layer (`activation`: `gated`, `gated-lrn`, `glu`, `self-gated`, `enlarging` or `leaky`; `kernel`, `stride`,
    /// `dilation`): from `input`, `weights` ([row, column, fine, coarse]), `bias` and `gradient` to `output` and the
    /// gradients of all three.
    func layer() throws -> [SafetensorsWriter.Tensor] {
      guard let weightShape = file.shape(of: "weights"), weightShape.count == 4 else {
        throw UserError(.data, "'\(file.name)' has no tensor 'weights' of four dimensions")
      }
      let activation: Activation.Kind
      switch file.metadata["activation"] {
      case "gated", "glu": activation = .gated(normalizes: false)
      case "gated-lrn": activation = .gated(normalizes: true)
      case "self-gated", "enlarging": activation = .selfGated
      case "leaky": activation = .leaky
      default: throw UserError(.data, "'\(file.name)' names no activation")
      }
      let isEnlarging = file.metadata["activation"] == "enlarging"
      let shape =
        isEnlarging
        ? ConvolutionShape(
          kernel: Enlargement.side, stride: 2, fine: weightShape[2], coarse: weightShape[3])
        : ConvolutionShape(
          kernel: try integer("kernel"), stride: try integer("stride"), dilation: try integer("dilation"),
          fine: weightShape[2], coarse: weightShape[3])
      let (input, gradient) = (try map("input"), try map("gradient"))
      let check = try LayerCheck(
        shape, isEnlarging ? .enlarging : activation == .selfGated ? .transposed : .convolution, activation,
        outputs: gradient.channels, slope: file.metadata["activation"] == "glu" ? 1 : 0.2,
        images: input.images, side: input.side)
      let values = try file.floats(named: "weights") + file.floats(named: "bias")
      guard values.count == check.parameters.count, input.channels == check.input.channels,
        gradient.side == check.output.side, gradient.images == input.images
      else {
        throw UserError(.data, "'\(file.name)': input, weights, bias and gradient don't fit together")
      }
      check.values = values
      check.input.values = input.values
      check.forward(pool)
      let flat = check.backward(pool, gradient.values)
      return [
        result("output", check.output), result("input", check.inputGradient),
        SafetensorsWriter.Tensor(name: "weights", shape: weightShape, Array(flat[..<check.layer.weights])),
        SafetensorsWriter.Tensor(
          name: "bias", shape: [check.layer.biases], Array(flat[check.layer.weights...])),
      ]
    }

    /// The losses on pixels with the metadata's weights: from `generated`, `photo` and `mask` to the values and
    /// the gradient of `generated`, that through the composite included.
    func pixels() throws -> [SafetensorsWriter.Tensor] {
      let generated = try map("generated", channels: 3)
      let photo = try map("photo", channels: 3)
      let mask = try map("mask", channels: 1)
      var losses = PixelLosses()
      losses.inside = try number("inside")
      losses.outside = try number("outside")
      losses.pyramid = try number("pyramid")
      losses.chroma = try number("chroma", default: 0)
      losses.edges = try number("edges")
      losses.variation = try number("variation")
      losses.checkerboard = try number("checkerboard")
      func like(_ map: BatchMap) throws -> BatchMap {
        try BatchMap(images: map.images, side: map.side, channels: map.channels)
      }
      let (composite, toGenerated, toComposite) = (
        try like(generated), try like(generated), try like(generated)
      )
      let sum = losses.run(
        pool, generated: generated, photo: photo, mask: mask, composite: composite, toGenerated: toGenerated,
        toComposite: toComposite)
      PixelLosses.join(pool, toComposite, mask: mask, into: toGenerated)
      return result([
        ("inside", sum.inside), ("outside", sum.outside), ("pyramid", sum.pyramid), ("chroma", sum.chroma),
        ("edges", sum.edges), ("variation", sum.variation), ("checkerboard", sum.checkerboard),
      ]) + [result("generated", toGenerated)]
    }

    /// The losses on features with the metadata's weights: from `judged`, `target`, `mask` and the weights of VGG-16
    /// in the file `vgg16` to the values and the gradient of `judged`.
    func features() throws -> [SafetensorsWriter.Tensor] {
      let judged = try map("judged", channels: 3)
      let target = try map("target", channels: 3)
      let mask = try map("mask", channels: 1)
      let vgg = try VGGWeights(path: file.metadata["vgg16"] ?? "", through: "conv3_3")
      var weights = FeatureLosses.Weights()
      weights.relative = try number("perceptual")
      weights.unit = try number("unit-features")
      weights.style = try number("style")
      let (images, side) = (judged.images, judged.side)
      let losses = FeatureLosses(
        trunk: try FeatureTrunk(weights: vgg, images: images, side: side), weights: weights)
      let gradient = try BatchMap(images: images, side: side, channels: 3)
      let values = losses.run(
        pool,
        pictures: (0..<images).map {
          (UnsafePointer(judged.start(image: $0)), UnsafePointer(target.start(image: $0)))
        }, rowStride: 3 * side, masks: (0..<images).map { UnsafePointer(mask.start(image: $0)) },
        maskRowStride: side, gradients: (0..<images).map { gradient.start(image: $0) })
      return result([
        ("perceptual", values.relative), ("unit-features", values.unit), ("style", values.style),
      ]) + [result("judged", gradient)]
    }

    /// `count` samples from `first` on that a run on the set in the folder `set` with `seed` sees at `size`, or, with
    /// `validation`, the tasks of a validation of `count`: the `input` of a generator of `architecture` and the
    /// `photo`.
    func samples() throws -> [SafetensorsWriter.Tensor] {
      let data = TrainingData([try TrainingSet(folder: file.metadata["set"] ?? "")])
      let (size, count) = (try integer("size"), try integer("count"))
      var sequence = SampleSequence(data: data, seed: UInt64(try integer("seed")), size: size)
      let isValidation = try number("validation", default: 0) != 0
      let first = isValidation ? 0 : Int(try number("first"))
      let makers = (0..<count).map { sequence.maker(at: first + $0) }
      let samples = pool.map(count) { item in
        isValidation ? try? data.validationTask(item, of: count, size: size) : try? makers[item]()
      }.compactMap { $0 }
      guard samples.count == count else { throw UserError(.data, "the set is damaged") }
      let family = file.metadata["architecture"].flatMap(Architecture.Family.init(rawValue:)) ?? .scFEGAN
      let generator = try TrainableGenerator(Architecture(family, width: 1), images: count, size: size)
      for (image, sample) in samples.enumerated() { generator.put(sample, at: image) }
      let (channels, all) = (generator.architecture.inputChannels, generator.input.channels)
      let values = generator.input.values
      let input = (0..<generator.input.pixels).flatMap { values[$0 * all..<$0 * all + channels] }
      return [
        SafetensorsWriter.Tensor(name: "input", shape: [count, size, size, channels], input),
        SafetensorsWriter.Tensor(name: "photo", shape: [count, size, size, 3], samples.flatMap(\.image)),
      ]
    }
  }
}
