import FeditGenerator
import Testing

@Suite struct FixtureTests {
  @Test("The published graph's own output is reproduced to 1e-4")
  func publishedGraph() throws {
    let io = try fixture("scfegan-w4-io.safetensors").tensors
    let model = try GeneratorModel(weights: fixture("scfegan-w4.safetensors"))
    let inputs = GeneratorInputs(
      size: 128, image: try #require(io["image"]).values, sketch: try #require(io["sketch"]).values,
      color: try #require(io["color"]).values, mask: try #require(io["mask"]).values,
      noise: try #require(io["noise"]).values)
    let expected = try #require(io["generated"]).values
    let found = try Generator(model: model, threads: 2).generate(inputs)
    #expect(found.count == expected.count)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-4, "largest difference \(worst)")
    #expect(model.width == 4)
    #expect(model.channelOrder == .bgr)
  }
}
