import FeditGenerator
import FeditKernels
import FeditTestSupport
import Testing

private let openBLAS = Int32(FK_OPENBLAS.rawValue)

/// Widths that are no multiple of anything, of the built-in model's size, and with several products a layer.
private let trials = [
  Trial(width: 5, size: 128), Trial(width: 16, size: 256), Trial(width: 32, size: 128),
  Trial(.gatedUNet, width: 5, size: 64), Trial(.gatedUNet, width: 16, size: 256),
  Trial(.gatedUNet, width: 32, size: 128), Trial(.deepGatedUNet, width: 8, size: 128),
]

/// OpenBLAS as the check of the native kernels: other algorithms (no Winograd), other code for the products.
@Suite struct OpenBLASTests {
  private func generator(_ trial: Trial, isa: Int32? = nil, threads: Int = 2) throws -> Generator {
    try Generator(
      model: GeneratorModel(weights: RandomWeights(trial.family, width: trial.width)), threads: threads,
      instructionSet: isa)
  }

  @Test("OpenBLAS and the native kernels agree to 1e-5 on the whole frame", arguments: trials)
  func whole(trial: Trial) throws {
    let inputs = randomInputs(size: trial.size, seed: 11)
    let native = try generator(trial).generate(inputs)
    let other = try generator(trial, isa: openBLAS).generate(inputs)
    #expect(difference(native, other).largest < 1e-5)
    #expect(native.contains { abs($0) > 0.05 }, "the network says something")
  }

  @Test("they agree to 1e-5 inside masks", arguments: trials)
  func masked(trial: Trial) throws {
    let (native, other) = (try generator(trial), try generator(trial, isa: openBLAS))
    var drawing = Drawing(size: trial.size, seed: 12)
    var inputs = randomInputs(size: trial.size, seed: 13)
    for index in 0..<3 {
      inputs.mask = drawing.mask(index)
      let area = MaskArea(mask: inputs.mask, size: trial.size)
      let a = try native.generate(inputs, area: area)
      let b = try other.generate(inputs, area: area)
      let worst = a.indices.filter { inputs.mask[$0 / 3] != 0 }.map { abs(a[$0] - b[$0]) }.max() ?? 0
      #expect(worst < 1e-5, "mask \(index)")
    }
  }

  @Test("OpenBLAS's bits depend neither on the number of threads nor on earlier runs")
  func threads() throws {
    let trial = Trial(width: 16, size: 256)
    let inputs = randomInputs(size: trial.size, seed: 14)
    let area = MaskArea(mask: inputs.mask, size: trial.size)
    let one = try generator(trial, isa: openBLAS, threads: 1).generate(inputs, area: area)
    let four = try generator(trial, isa: openBLAS, threads: 4)
    _ = try four.generate(randomInputs(size: trial.size, seed: 15))
    #expect(sameBits(one, try four.generate(inputs, area: area), where: inputs.mask))
  }

  @Test("a session that goes on with OpenBLAS agrees to 1e-5 with a run from scratch")
  func session() throws {
    let trial = Trial(.gatedUNet, width: 16, size: 256)
    let other = try generator(trial, isa: openBLAS)
    let session = GeneratorSession(generator: other)
    var inputs = randomInputs(size: trial.size, seed: 16)
    _ = try session.generate(inputs)
    for x in 100..<140 { inputs.sketch[120 * trial.size + x] = 1 }
    #expect(difference(try session.generate(inputs), try other.generate(inputs)).largest < 1e-5)
  }

  @Test("OpenBLAS names its version and the processor that its kernels are for")
  func version() {
    #expect(Engine.openBLASVersion.wholeMatch(of: /\d+\.\d+\.\d+\S* \S+/) != nil)
  }
}
