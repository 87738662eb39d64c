import FeditGenerator
import Testing

@Suite struct FixtureTests {
  /// A fixture's model, and how far its output is from the one that is stored beside it, at most.
  private func reproduced(_ name: String, size: Int) throws -> (model: GeneratorModel, worst: Float) {
    let io = try fixture(name + "-io.safetensors")
    let model = try GeneratorModel(weights: fixture(name + ".safetensors"))
    let seesColorSet = model.architecture.seesColorSet
    let inputs = GeneratorInputs(
      size: size, image: try io.floats(named: "image"), sketch: try io.floats(named: "sketch"),
      color: try io.floats(named: "color"),
      colorSet: seesColorSet ? try io.floats(named: "color_set") : [Float](repeating: 0, count: size * size),
      mask: try io.floats(named: "mask"), noise: try io.floats(named: "noise"),
      octave: try seesColorSet && io.floats(named: "octave") == [1])
    let found = try Generator(model: model, threads: 2).generate(inputs)
    return (model, difference(found, try io.floats(named: "generated")).largest)
  }

  @Test("The published graph's own output is reproduced to 1e-4")
  func publishedGraph() throws {
    let (model, worst) = try reproduced("scfegan-w4", size: 128)
    #expect(worst < 1e-4, "largest difference \(worst)")
    #expect(model.width == 4)
    #expect(model.channelOrder == .bgr)
  }

  @Test("What PyTorch makes of a gated-unet, with colours and an octave's fill, is reproduced to 1e-5")
  func gatedUNet() throws {
    let (model, worst) = try reproduced("gated-unet-w2", size: 64)
    #expect(worst < 1e-5, "largest difference \(worst)")
    #expect(model.architecture == Architecture(.gatedUNet, width: 2))
    #expect(model.channelOrder == .rgb)
  }

  @Test("Weights of an unknown architecture are refused by name, with those that are known")
  func unknown() throws {
    let weights = InMemoryWeights(tensors: [:], metadata: ["architecture": "stylegan"])
    let error = #expect(throws: GeneratorError.self) { try GeneratorModel(weights: weights) }
    #expect(
      error?.description
        == "metadata 'architecture' is 'stylegan', expected 'sc-fegan' or 'gated-unet' or 'gated-unet-deep'")
  }

  @Test("A side that the network does not take is refused with what it takes")
  func sizes() throws {
    for (family, size, multiple) in [(Architecture.Family.scFEGAN, 192, 128), (.gatedUNet, 96, 64)] {
      let generator = try Generator(
        model: GeneratorModel(weights: RandomWeights(family, width: 1)), threads: 1)
      #expect(throws: GeneratorError.wrongSize(size, multiple: multiple)) {
        try generator.generate(randomInputs(size: size, seed: 1))
      }
    }
    #expect(Architecture(.gatedUNet, width: 1).accepts(size: 192))
  }

  @Test(
    "The plain loops agree with the engine for random weights",
    arguments: [
      Trial(width: 4, size: 128), Trial(width: 8, size: 256), Trial(width: 4, size: 384),
      Trial(.gatedUNet, width: 4, size: 64), Trial(.gatedUNet, width: 8, size: 256),
      Trial(.gatedUNet, width: 20, size: 192), Trial(.deepGatedUNet, width: 16, size: 256),
    ])
  func plainLoops(trial: Trial) throws {
    let size = trial.size
    let weights = RandomWeights(trial.family, width: trial.width, size: size, seed: 5)
    let model = try GeneratorModel(weights: weights)
    var tensors: [String: [Float]] = [:]
    for (name, _) in model.architecture.tensorShapes { tensors[name] = try weights.floats(named: name) }
    var inputs = randomInputs(size: size, seed: 7)
    inputs.octave = size == 192
    let expected = try ReferenceForward(architecture: model.architecture, tensors: tensors).run(inputs)
    let found = try Generator(model: model, threads: 2).generate(inputs)
    let (largest, mean) = difference(found, expected)
    #expect(largest < 1e-4 && mean < 1e-5, "largest \(largest), mean \(mean)")
  }
}
