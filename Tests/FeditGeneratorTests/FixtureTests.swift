import FeditGenerator
import Testing

@Suite struct FixtureTests {
  @Test("The published graph's own output is reproduced to 1e-4")
  func publishedGraph() throws {
    let io = try fixture("scfegan-w4-io.safetensors")
    let model = try GeneratorModel(weights: fixture("scfegan-w4.safetensors"))
    let inputs = GeneratorInputs(
      size: 128, image: try io.floats(named: "image"), sketch: try io.floats(named: "sketch"),
      color: try io.floats(named: "color"), colorSet: [Float](repeating: 0, count: 128 * 128), mask: try io.floats(named: "mask"),
      noise: try io.floats(named: "noise"))
    let expected = try io.floats(named: "generated")
    let found = try Generator(model: model, threads: 2).generate(inputs)
    let worst = difference(found, expected).largest
    #expect(worst < 1e-4, "largest difference \(worst)")
    #expect(model.width == 4)
    #expect(model.channelOrder == .bgr)
  }

  @Test(
    "The plain loops agree with the engine for random weights",
    arguments: [
      Trial(width: 4, size: 128), Trial(width: 8, size: 256), Trial(width: 4, size: 384),
      Trial(.gatedUNet, width: 4, size: 64), Trial(.gatedUNet, width: 8, size: 256),
      Trial(.gatedUNet, width: 20, size: 192),
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
