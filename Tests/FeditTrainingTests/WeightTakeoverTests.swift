import FeditGenerator
import FeditNN
import FeditText
import FeditTraining
import Testing

/// A sample of random layers; colours are set in one half.
private func randomSample(size: Int, seed: UInt64) -> TrainingSample {
  let pixels = size * size
  let inside = (0..<pixels).map { $0 / size > size / 4 }
  let isColored = (0..<pixels).map { inside[$0] && $0 % size > size / 2 }
  let colors = randomValues(seed &+ 1, pixels * 3)
  return TrainingSample(
    size: size, image: randomValues(seed, pixels * 3),
    sketch: (0..<pixels).map { inside[$0] && $0 % 7 == 0 ? 1 : 0 },
    color: (0..<pixels * 3).map { inside[$0 / 3] ? isColored[$0 / 3] ? colors[$0] : -1 : 0 },
    mask: inside.map { $0 ? 1 : 0 }, noise: (0..<pixels).map { inside[$0] && $0 % 5 == 0 ? 1 : 0 },
    colorSet: isColored.map { $0 ? 1 : 0 })
}

private func values(_ tensors: [(name: String, shape: [Int], values: [Float])], _ name: String) -> [Float] {
  tensors.first { $0.name == "generator/" + name }?.values ?? []
}

private func weights(_ generator: TrainableGenerator, _ metadata: [String: String] = [:]) -> InMemoryWeights {
  let tensors = generator.tensors(average: false).map {
    ($0.name, InMemoryWeights.Tensor(shape: $0.shape, values: $0.values))
  }
  let own = ["architecture": generator.architecture.family.rawValue, "channel_order": "rgb"]
  return InMemoryWeights(
    tensors: Dictionary(uniqueKeysWithValues: tensors), metadata: own.merging(metadata) { $1 })
}

private func made(_ family: Architecture.Family, width: Int = 2, seed: UInt64 = 1) throws
  -> TrainableGenerator
{
  let generator = try TrainableGenerator(Architecture(family, width: width), images: 1, size: 128)
  generator.initialize(seed: seed)
  return generator
}

@Suite struct WeightTakeoverTests {
  @Test("a gated-unet that starts from published weights begins with the same sums: with colours and without")
  func firstLayers() throws {
    let published = try made(.scFEGAN, seed: 3)
    let ours = try made(.gatedUNet)
    _ = try ours.takeOver(weights(published))
    let sample = randomSample(size: 128, seed: 4)
    for generator in [published, ours] {
      generator.put(sample, at: 0)
      generator.pack(pool)
      generator.forward(pool)
    }
    for level in 0..<6 {
      let (theirs, mine) = (published.layers[level].sums.values, ours.layers[level].sums.values)
      let largest = zip(theirs, mine).map { abs($0 - $1) }.max() ?? .infinity
      #expect(mine.count == theirs.count && largest < 1e-4, "level \(level): \(largest)")
    }
  }

  @Test("it is said which layers were taken over, which were projected and which are new")
  func report() throws {
    let takeover = try made(.gatedUNet).takeOver(weights(made(.scFEGAN)))
    #expect(takeover.family == .scFEGAN)
    #expect(takeover.taken.count == 13 && takeover.taken.first == "down1 ← gconv1_ds")
    #expect(
      takeover.projected
        == ["up1 ← deconv2", "up2 ← deconv3", "up3 ← deconv4", "up4 ← deconv5", "up5 ← deconv6"])
    #expect(
      takeover.new
        == [
          "context1 (identity)", "context2 (identity)", "context3 (identity)", "up6", "full1", "full2",
          "output",
        ])
  }

  @Test("a transposed kernel that doubling and 3×3 can express is projected onto just that")
  func projection() throws {
    let kernel = randomValues(5, 9 * 16 * 16)
    // As (taps, outputs, inputs), which the expansion does not mind.
    let expanded = Enlargement.expand(kernel)
    var transposed = [Float](repeating: 0, count: 25 * 256)
    for tap in 0..<16 {
      for i in 0..<256 { transposed[(tap / 4 * 5 + tap % 4) * 256 + i] = expanded[tap * 256 + i] }
    }
    var source = weights(try made(.scFEGAN))
    source.tensors["generator/deconv2/w"]?.values = transposed
    let ours = try made(.gatedUNet)
    _ = try ours.takeOver(source)
    let found = values(ours.tensors(average: false), "up1/kernel")
    for tap in 0..<9 {
      for o in 0..<16 {
        for i in 0..<16 {
          #expect(abs(found[tap * 256 + i * 16 + o] - kernel[tap * 256 + o * 16 + i]) < 1e-5)
        }
      }
    }
  }

  @Test("a deep network that starts from gated-unet weights paints the same at first, and can't lead back")
  func deeper() throws {
    let (shallow, deep) = (try made(.gatedUNet, seed: 3), try made(.deepGatedUNet))
    let takeover = try deep.takeOver(weights(shallow))
    #expect(takeover.new == (1...4).map { "body\($0) (identity)" })
    #expect(takeover.taken == shallow.architecture.layers.map(\.name))
    let outputs = [shallow, deep].map { generator in
      generator.put(randomSample(size: 128, seed: 4), at: 0)
      generator.pack(pool)
      generator.forward(pool)
      return generator.layers.last?.sums.values ?? []
    }
    let largest = zip(outputs[0], outputs[1]).map { abs($0 - $1) }.max() ?? .infinity
    #expect(outputs[0].count == outputs[1].count && largest < 1e-4, "\(largest)")
    #expect(throws: UserError.self) { try shallow.takeOver(weights(deep)) }
  }

  @Test("layers that add context change nothing at first")
  func identity() throws {
    let generator = try made(.gatedUNet)
    let sample = randomSample(size: 128, seed: 6)
    generator.put(sample, at: 0)
    generator.pack(pool)
    generator.forward(pool)
    let layers = generator.layers
    let first = try #require(layers.firstIndex { $0.name == "context1" })
    // Feature and gate of each: what it passes on is what the next one sees in the middle of its window.
    let sums = (0..<3).map { layers[first + $0].sums.values }
    for (a, b) in [(0, 1), (1, 2)] {
      let half = generator.architecture.layers[first].outputs
      let largest = stride(from: 0, to: sums[a].count, by: 2 * half).flatMap { p in
        (0..<half).map { abs(sums[a][p + $0] - sums[b][p + $0]) }
      }.max()
      #expect((largest ?? .infinity) < 1e-5)
    }
  }

  @Test("weights with blue first start a network that sees and makes red first")
  func channelOrder() throws {
    let published = try made(.scFEGAN, seed: 7)
    let ours = try made(.scFEGAN)
    _ = try ours.takeOver(weights(published, ["channel_order": "bgr"]))
    let sample = randomSample(size: 128, seed: 8)
    func swapped(_ values: [Float]) -> [Float] {
      values.indices.map { values[$0 / 3 * 3 + 2 - $0 % 3] }
    }
    var blueFirst = sample
    blueFirst.image = swapped(sample.image)
    blueFirst.color = swapped(sample.color)
    published.put(blueFirst, at: 0)
    ours.put(sample, at: 0)
    for generator in [published, ours] {
      generator.pack(pool)
      generator.forward(pool)
    }
    let largest = zip(swapped(published.output.values), ours.output.values).map { abs($0 - $1) }.max()
    #expect((largest ?? .infinity) < 1e-5)
  }

  @Test("weights of another width, or the other way round, are refused")
  func refused() throws {
    let wide = weights(try made(.scFEGAN, width: 3))
    #expect(throws: UserError.self) { try made(.gatedUNet).takeOver(wide) }
    let own = weights(try made(.gatedUNet))
    #expect(throws: UserError.self) { try made(.scFEGAN).takeOver(own) }
  }

  @Test("what a network writes is what it reads, tensor by tensor", arguments: Architecture.Family.allCases)
  func roundTrip(family: Architecture.Family) throws {
    let one = try made(family, seed: 9)
    let other = try made(family, seed: 10)
    let takeover = try other.takeOver(weights(one))
    #expect(takeover.new.isEmpty && takeover.projected.isEmpty)
    #expect(
      zip(one.tensors(average: true), other.tensors(average: true)).allSatisfy {
        $0.name == $1.name && $0.shape == $1.shape && $0.values == $1.values
      })
    _ = try GeneratorModel(weights: weights(other, ["width": "2", "size": "128"]))
  }

  @Test("the trained network computes what the engine computes", arguments: Architecture.Family.allCases)
  func engine(family: Architecture.Family) throws {
    let generator = try made(family, width: 4, seed: 11)
    var sample = randomSample(size: 128, seed: 12)
    sample.octave = true
    generator.put(sample, at: 0)
    generator.pack(pool)
    generator.forward(pool)
    let model = try GeneratorModel(weights: weights(generator, ["width": "4", "size": "128"]))
    let found = try Generator(model: model, threads: 2).generate(sample.inputs())
    let largest = zip(found, generator.output.values).map { abs($0 - $1) }.max()
    #expect((largest ?? .infinity) < 1e-5)
  }
}
