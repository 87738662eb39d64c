import FeditGenerator
import FeditKernels
import FeditTestSupport
import Testing

/// A network and a frame's side, and how many masks or changes are tried on it.
struct Trial: CustomTestStringConvertible, Sendable {
  var family: Architecture.Family
  var width: Int
  var size: Int
  var count: Int
  var testDescription: String { "\(family.rawValue), width \(width), \(size)×\(size), \(count)" }

  init(_ family: Architecture.Family = .scFEGAN, width: Int, size: Int, count: Int = 1) {
    self.family = family
    self.width = width
    self.size = size
    self.count = count
  }
}

/// The two hundred in full on a small network; larger ones in full when the tests run long.
private let trials = [
  Trial(width: 4, size: 128, count: runsLongTests ? 200 : 56),
  Trial(width: 4, size: 384, count: runsLongTests ? 200 : 5),
  // Neither a power of two nor a multiple of 16.
  Trial(width: 12, size: 256, count: runsLongTests ? 200 : 7),
  Trial(width: 64, size: runsLongTests ? 512 : 128, count: runsLongTests ? 200 : 3),
  Trial(.gatedUNet, width: 4, size: 64, count: runsLongTests ? 200 : 70),
  Trial(.gatedUNet, width: 4, size: 320, count: runsLongTests ? 200 : 5),
  Trial(.gatedUNet, width: 12, size: 256, count: runsLongTests ? 200 : 7),
  Trial(.deepGatedUNet, width: 8, size: 256, count: runsLongTests ? 200 : 7),
  Trial(.gatedUNet, width: 40, size: runsLongTests ? 512 : 128, count: runsLongTests ? 200 : 3),
]

private func generator(
  _ family: Architecture.Family = .scFEGAN, _ width: Int, threads: Int = 2, instructionSet: Int32? = nil
) throws -> Generator {
  try Generator(
    model: GeneratorModel(weights: RandomWeights(family, width: width, seed: UInt64(width))),
    threads: threads, instructionSet: instructionSet)
}

@Suite struct ExactnessTests {
  @Test("Inside the mask a masked run has the bits of the whole frame's", arguments: trials)
  func masked(trial: Trial) throws {
    let generator = try generator(trial.family, trial.width)
    var drawing = Drawing(size: trial.size, seed: 1)
    var inputs = randomInputs(size: trial.size, seed: 2)
    for index in 0..<trial.count {
      inputs.mask = drawing.mask(index)
      let whole = try generator.generate(inputs)
      let masked = try generator.generate(inputs, area: MaskArea(mask: inputs.mask, size: trial.size))
      #expect(sameBits(masked, whole, where: inputs.mask), "mask \(index)")
    }
  }

  @Test("After any change a session's run has the bits of the whole frame's from scratch", arguments: trials)
  func incremental(trial: Trial) throws {
    let generator = try generator(trial.family, trial.width)
    let session = GeneratorSession(generator: generator)
    var drawing = Drawing(size: trial.size, seed: 3)
    var inputs = randomInputs(size: trial.size, seed: 4)
    for index in 0..<trial.count {
      switch index % 7 {
      // One stroke more, of each kind, or a stroke less.
      case 0, 4: drawing.stroke(&inputs.sketch, value: 1)
      case 1:
        var covered = [Float](repeating: 0, count: trial.size * trial.size)
        drawing.stroke(&covered, value: 1, thickness: 4)
        for p in covered.indices where covered[p] != 0 {
          for c in 0..<3 { inputs.color[p * 3 + c] = drawing.numbers.float() }
          inputs.colorSet[p] = 1
        }
      case 2: inputs.mask = drawing.mask(index / 7)
      case 3: drawing.ellipse(&inputs.mask)
      case 5: for p in inputs.noise.indices { inputs.noise[p] = drawing.numbers.float() > 0.7 ? 1 : 0 }
      default:
        drawing.ellipse(&inputs.mask, value: 0, largest: trial.size / 8)
        drawing.ellipse(&inputs.colorSet, value: 0)
        drawing.ellipse(&inputs.mirrorSet, value: 0)
        inputs.octave.toggle()
      }
      // Now and then the whole frame is wanted, or the photo another, or the run is stopped on its way.
      let area = index % 11 == 7 ? nil : MaskArea(mask: inputs.mask, size: trial.size)
      if index % 13 == 9 {
        inputs.image = randomInputs(size: trial.size, seed: UInt64(index)).image
        #expect(throws: GeneratorError.cancelled) {
          try session.generate(inputs, area: area, control: stopping(after: index))
        }
      }
      let found = try session.generate(inputs, area: area)
      let whole = try generator.generate(inputs)
      #expect(sameBits(found, whole, where: area == nil ? nil : inputs.mask), "change \(index)")
    }
  }

  @Test("Where nothing lies opposite, no layers are what layers of zeros are")
  func unmirrored() throws {
    let generator = try generator(.deepGatedUNet, 4)
    var inputs = randomInputs(size: 128, seed: 5)
    (inputs.mirror, inputs.mirrorSet) = ([], [])
    let without = try generator.generate(inputs)
    inputs.mirror = [Float](repeating: 0, count: 128 * 128 * 3)
    #expect(throws: GeneratorError.wrongInput(name: "mirror_set", count: 0, expected: 128 * 128)) {
      try generator.generate(inputs)
    }
    inputs.mirrorSet = [Float](repeating: 0, count: 128 * 128)
    #expect(try sameBits(without, generator.generate(inputs)))
  }

  /// Asks to stop once a few layers are done.
  private func stopping(after count: Int) -> RunControl {
    let progress = Counter()
    return RunControl(isCancelled: { progress.value >= count % 20 }, progress: { _ in progress.value += 1 })
  }

  @Test(
    "A session computes again only what a stroke can reach, and a masked run only what the mask needs",
    arguments: Architecture.Family.allCases)
  func economy(family: Architecture.Family) throws {
    let generator = try generator(family, 4)
    let size = 512
    let area = MaskArea(centeredFraction: 0.1, size: size)
    var inputs = randomInputs(size: size, seed: 5, mask: area.mask)
    let masked = try generator.timed(inputs, area: area).profile.map(\.share)
    let session = GeneratorSession(generator: generator)
    _ = try session.generate(inputs, area: area)
    for x in 240..<272 { inputs.sketch[256 * size + x] = 1 - inputs.sketch[256 * size + x] }
    let again = try session.timed(inputs, area: area).profile.map(\.share)
    let unchanged = try session.timed(inputs, area: area).profile.map(\.share)
    let layers = generator.model.architecture.layers
    for (index, layer) in layers.enumerated() {
      // The few pixels in the middle of the network see the whole frame.
      let isDecoder = layer.shift < 3 && index > 10
      // Three convolutions at full size widen what gated-unet needs of the levels below.
      let most = family != .scFEGAN ? 0.3 : 0.22
      #expect(masked[index] < (isDecoder ? most : 1.01), "\(layer.name) \(masked[index])")
      if index < 3 { #expect(again[index] < 0.04, "\(layer.name) \(again[index])") }
      #expect(again[index] > 0 && again[index] <= masked[index], "\(layer.name) \(again[index])")
    }
    #expect(unchanged.allSatisfy { $0 == 0 })
  }

  @Test(
    "Any number of threads and either instruction set give the same bits",
    arguments: [
      Trial(width: 4, size: 128), Trial(width: 24, size: 256), Trial(.gatedUNet, width: 4, size: 64),
      Trial(.gatedUNet, width: 24, size: 256), Trial(.deepGatedUNet, width: 16, size: 256),
    ])
  func threads(trial: Trial) throws {
    let size = trial.size
    var drawing = Drawing(size: size, seed: 6)
    let masks = [0, 3, 6, 12].map { drawing.mask($0) }
    var first: [[Float]] = []
    for instructionSet in [FK_AVX2, FK_AVX512].map({ Int32($0.rawValue) })
    where fk_has_isa(instructionSet) != 0 {
      for threads in [1, 2, 7] {
        let generator = try generator(
          trial.family, trial.width, threads: threads, instructionSet: instructionSet)
        #expect(generator.threads == threads)
        let session = GeneratorSession(generator: generator)
        var results: [[Float]] = []
        for mask in masks {
          let inputs = randomInputs(size: size, seed: 7, mask: mask)
          results.append(try generator.generate(inputs))
          // Outside the area nothing is promised.
          let masked = try session.generate(inputs, area: MaskArea(mask: mask, size: size))
          results.append(masked.indices.map { mask[$0 / 3] != 0 ? masked[$0] : 0 })
        }
        if first.isEmpty { first = results }
        for (a, b) in zip(results, first) { #expect(sameBits(a, b), "\(threads) threads") }
      }
    }
  }

  @Test("Two generators of the same weights, and a run repeated, give the same bits")
  func repeated() throws {
    let inputs = randomInputs(size: 256, seed: 8)
    let one = try generator(.scFEGAN, 8)
    let other = try generator(.scFEGAN, 8)
    let results = [try one.generate(inputs), try one.generate(inputs), try other.generate(inputs)]
    #expect(sameBits(results[0], results[1]) && sameBits(results[0], results[2]))
  }
}
