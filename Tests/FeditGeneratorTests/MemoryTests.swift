import FeditGenerator
import Testing

@Suite struct MemoryTests {
  @Test(
    "A run holds the memory that the plan foretold, with one thread or several, one-off or in a session",
    arguments: [
      Trial(width: 4, size: 128), Trial(width: 12, size: 384), Trial(width: 16, size: 256),
      Trial(.gatedUNet, width: 12, size: 320),
    ], [1, 2, 5])
  func planned(network: Trial, threads: Int) throws {
    let model = try GeneratorModel(weights: RandomWeights(network.family, width: network.width))
    let generator = try Generator(model: model, threads: threads)
    let size = network.size
    func plan(_ keeps: Bool) -> MemoryPlan {
      Generator.memoryPlan(model: model, size: size, threads: threads, keepsActivations: keeps)
    }
    let area = MaskArea(centeredFraction: 0.1, size: size)
    let inputs = randomInputs(size: size, seed: 1, mask: area.mask)
    #expect(generator.heldMemory(size: size) == nil)
    _ = try generator.generate(inputs)
    #expect(generator.heldMemory(size: size) == plan(false))
    let session = GeneratorSession(generator: generator)
    for area in [area, nil] { _ = try session.generate(inputs, area: area) }
    #expect(session.heldMemory == plan(true))
    // Maps that nobody reads any more give up their place.
    #expect(plan(false).activations < plan(true).activations)
  }
}
