import FeditGenerator
import FeditKernels
import FeditNN
import FeditTraining
import Testing

/// A layer with random weights and inputs; the function that is differentiated is ⟨output, weights⟩.
private struct Bench {
  let shape: ConvolutionShape
  let check: LayerCheck
  let weights: [Float]

  init(_ c: LayerCase) throws {
    let isTransposed = c.activation == .selfGated
    let gated = if case .gated = c.activation { true } else { false }
    let sums = gated ? 2 * c.outputs : c.outputs
    shape = ConvolutionShape(
      kernel: c.kernel, stride: c.stride, dilation: c.dilation, fine: isTransposed ? sums : c.inputs,
      coarse: isTransposed ? c.inputs : sums)
    check = try LayerCheck(
      shape, c.isEnlarging ? .enlarging : isTransposed ? .transposed : .convolution, c.activation,
      outputs: c.outputs, slope: c.slope, images: 2, side: c.side)
    check.input.values = try randomMap(1, side: c.side, channels: c.inputs).values
    let scale = 1.7 / Float(c.kernel * c.kernel * c.inputs).squareRoot()
    check.values = randomValues(2, check.parameters.count, scale: scale)
    weights = randomValues(3, check.output.pixels * c.outputs)
  }

  func forward(_ pool: ThreadPool = pool) -> Double {
    check.forward(pool)
    return dot(check.output.values, weights)
  }

  func backward(_ pool: ThreadPool = pool) -> (parameters: [Float], input: [Float]) {
    (check.backward(pool, weights), check.inputGradient.values)
  }
}

struct LayerCase: Sendable, CustomTestStringConvertible {
  var name: String
  var activation: Activation.Kind
  var kernel: Int
  var stride: Int
  var dilation = 1
  var isEnlarging = false
  var slope: Float = 0.2
  var inputs: Int
  var outputs: Int
  var side: Int
  var testDescription: String { name }

  static let all = [
    LayerCase(
      name: "first, 7×7 stride 2", activation: .gated(normalizes: false), kernel: 7, stride: 2, inputs: 9,
      outputs: 4, side: 16),
    LayerCase(
      name: "encoder, 5×5 stride 2", activation: .gated(normalizes: true), kernel: 5, stride: 2, inputs: 20,
      outputs: 24, side: 8),
    LayerCase(
      name: "encoder, 3×3 stride 2", activation: .gated(normalizes: true), kernel: 3, stride: 2, inputs: 16,
      outputs: 32, side: 8),
    LayerCase(
      name: "dilated by 2", activation: .gated(normalizes: true), kernel: 3, stride: 1, dilation: 2,
      inputs: 16,
      outputs: 16, side: 8),
    LayerCase(
      name: "dilated by 16, beyond the map", activation: .gated(normalizes: true), kernel: 3, stride: 1,
      dilation: 16, inputs: 16, outputs: 16, side: 4),
    LayerCase(
      name: "decoder, 3×3", activation: .gated(normalizes: true), kernel: 3, stride: 1, inputs: 24,
      outputs: 9,
      side: 8),
    LayerCase(
      name: "last, 3×3 to 3 channels", activation: .gated(normalizes: false), kernel: 3, stride: 1,
      inputs: 12,
      outputs: 3, side: 16),
    LayerCase(
      name: "3×3 by Winograd", activation: .gated(normalizes: true), kernel: 3, stride: 1, inputs: 64,
      outputs: 32,
      side: 28),
    LayerCase(
      name: "upsampling, 5×5 stride 2", activation: .selfGated, kernel: 5, stride: 2, inputs: 24, outputs: 20,
      side: 6),
    LayerCase(
      name: "upsampling to 3 channels", activation: .selfGated, kernel: 5, stride: 2, inputs: 16, outputs: 3,
      side: 8),
    LayerCase(
      name: "doubled, then 3×3", activation: .selfGated, kernel: 4, stride: 2, isEnlarging: true, inputs: 24,
      outputs: 20, side: 6),
    LayerCase(
      name: "linear with gate, dilated by 4", activation: .gated(normalizes: false), kernel: 3, stride: 1,
      dilation: 4, slope: 1, inputs: 16, outputs: 16, side: 8),
    LayerCase(
      name: "leaky ReLU, 3×3 stride 2", activation: .leaky, kernel: 3, stride: 2, inputs: 8, outputs: 40,
      side: 8),
  ]
}

@Suite struct LayerGradientTests {
  @Test(
    "a layer's gradients of weights, biases and input are those that numeric differences give",
    arguments: LayerCase.all)
  func numeric(_ c: LayerCase) throws {
    let bench = try Bench(c)
    _ = bench.forward()
    let gradient = bench.backward()
    let check = bench.check
    let weights = check.values
    let ofParameters = numericError(gradient.parameters, at: weights, step: 1e-3) {
      check.values = $0
      return bench.forward()
    }
    check.values = weights
    let ofInput = numericError(gradient.input, at: check.input.values, step: 2e-3) {
      check.input.values = $0
      return bench.forward()
    }
    #expect(ofParameters < 1e-2)
    #expect(ofInput < 1e-2)
  }

  @Test("a layer's output is the sum over taps and channels, normalised and gated, by plain loops")
  func forward() throws {
    let bench = try Bench(LayerCase.all[1])
    _ = bench.forward()
    let (values, out) = (bench.check.values, bench.check.output)
    let s = bench.shape
    var largest = 0.0
    for y in 0..<out.side {
      for x in 0..<out.side {
        var sums = (0..<s.coarse).map { Double(values[s.weights + $0]) }
        for ky in 0..<5 {
          for kx in 0..<5 {
            // "SAME" for 5×5 with stride 2 on an even side: one row before, two after.
            let (iy, ix) = (2 * y + ky - 1, 2 * x + kx - 1)
            guard (0..<8).contains(iy), (0..<8).contains(ix) else { continue }
            for i in 0..<s.fine {
              let v = Double(bench.check.input[1, iy, ix, i])
              for o in 0..<s.coarse {
                sums[o] += v * Double(values[((ky * 5 + kx) * s.fine + i) * s.coarse + o])
              }
            }
          }
        }
        for c in 0..<24 {
          var square = 5e-5
          for k in max(0, c - 5)...min(23, c + 5) { square += sums[k] * sums[k] }
          let f = sums[c] / square.squareRoot()
          let gate = 1 / (1 + exponential(-sums[24 + c]))
          largest = max(largest, abs((f > 0 ? f : 0.2 * f) * gate - Double(out[1, y, x, c])))
        }
      }
    }
    #expect(largest < 3e-6)
  }

  @Test("an input's gradient can be added to what is there, and be of some channels only")
  func partial() throws {
    let shape = ConvolutionShape(kernel: 3, fine: 12, coarse: 32)
    let from = try randomMap(5, side: 8, channels: 32, border: 1)
    let weights = randomValues(6, shape.weights)
    func run(_ to: BatchMap, channels: Range<Int>?, adds: Bool) throws -> [Float] {
      let operation = try ConvolutionOperator(
        transposing: shape, from: MapSlice(from), to: MapSlice(to), channels: channels,
        start: adds ? FT_ACCUMULATE : FT_ZERO)
      weights.withUnsafeBufferPointer { for work in operation.packing($0.baseAddress!) { work() } }
      operation.run(pool)
      return to.values
    }
    let all = try run(try BatchMap(images: 2, side: 8, channels: 12), channels: nil, adds: false)
    let some = try run(try BatchMap(images: 2, side: 8, channels: 3), channels: 9..<12, adds: false)
    #expect(sameBits(some, all.indices.filter { $0 % 12 >= 9 }.map { all[$0] }))
    let before = try randomMap(7, side: 8, channels: 12)
    let values = before.values
    let sums = try run(before, channels: nil, adds: true)
    #expect(zip(zip(sums, values), all).allSatisfy { abs($0.0 - $0.1 - $1) < 1e-4 })
  }

  @Test(
    "one thread and three give the same bits, forward and backward",
    arguments: [LayerCase.all[2], LayerCase.all[7], LayerCase.all[8]])
  func threads(_ c: LayerCase) throws {
    var results: [[Float]] = []
    for threads in [1, 3] {
      let own = ThreadPool(threads: threads)
      let bench = try Bench(c)
      _ = bench.forward(own)
      let output = bench.check.output.values
      let gradient = bench.backward(own)
      results.append(output + gradient.input + gradient.parameters)
    }
    #expect(sameBits(results[0], results[1]))
  }

  @Test(
    "the generator's gradient is the numeric one, through all layers and joints",
    arguments: Architecture.Family.allCases)
  func generator(family: Architecture.Family) throws {
    let generator = try TrainableGenerator(Architecture(family, width: 2), images: 2, size: 128)
    generator.initialize(seed: 3)
    let values = randomValues(4, generator.input.pixels * generator.input.channels)
    generator.input.values = values
    let weights = randomValues(5, generator.output.pixels * 3)
    let error = parameterError(
      generator.parameters, step: 3e-4,
      backward: {
        generator.outputGradient.values = weights
        generator.backward(pool)
      }
    ) {
      generator.pack(pool)
      generator.forward(pool)
      return dot(generator.output.values, weights)
    }
    #expect(error < 2e-2)
  }
}

/// eˣ by its series.
private func exponential(_ x: Double) -> Double {
  let part = x / 64
  var (term, sum) = (1.0, 1.0)
  for k in 1...12 {
    term *= part / Double(k)
    sum += term
  }
  return (0..<6).reduce(sum) { value, _ in value * value }
}

/// A float with the bits that bfloat16 has, rounded to the nearest, ties to even.
private func bfloat16(_ x: Float) -> Float {
  let bits = x.bitPattern
  return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
}

@Suite(.enabled(if: TrainingPrecision.bf16.isSupported, "this processor has no AVX512-BF16"))
struct BrainFloatTests {
  @Test(
    "products of bfloat16 are those of rounded factors, summed in float32",
    arguments: [
      (ConvolutionShape(kernel: 3, fine: 27, coarse: 32), 12),
      (ConvolutionShape(kernel: 7, stride: 2, fine: 11, coarse: 24), 10),
      (ConvolutionShape(kernel: 4, stride: 2, fine: 20, coarse: 48), 6),
      (ConvolutionShape(kernel: 3, dilation: 4, fine: 300, coarse: 70), 8),
    ])
  func products(shape: ConvolutionShape, coarseSide: Int) throws {
    let fineSide = coarseSide * shape.stride
    func map(
      _ seed: UInt64, _ side: Int, _ channels: Int, _ border: Int, _ precision: TrainingPrecision
    ) throws -> BatchMap {
      let map = try BatchMap(
        images: 2, side: side, channels: channels, border: border, precision: precision)
      let values = randomValues(seed, map.pixels * channels)
      map.values = precision == .bf16 ? values : values.map(bfloat16)
      map.round(pool)
      return map
    }
    func compute(_ precision: TrainingPrecision) throws -> [[Float]] {
      let fine = try map(
        1, fineSide, shape.fine, shape.fineBorder(coarseSide: coarseSide), precision)
      let coarse = try map(
        2, coarseSide, shape.coarse, shape.coarseBorder(coarseSide: coarseSide), precision)
      let (toFine, toCoarse) = (
        try BatchMap(images: 2, side: fineSide, channels: shape.fine),
        try BatchMap(images: 2, side: coarseSide, channels: shape.coarse)
      )
      let correlating = try ConvolutionOperator(
        correlating: shape, from: MapSlice(fine), to: MapSlice(toCoarse), start: FT_ZERO)
      let transposing = try ConvolutionOperator(
        transposing: shape, from: MapSlice(coarse), to: MapSlice(toFine))
      let weights = randomValues(3, shape.weights).map { precision == .bf16 ? $0 : bfloat16($0) }
      weights.withUnsafeBufferPointer {
        for work in correlating.packing($0.baseAddress!) + transposing.packing($0.baseAddress!) { work() }
      }
      correlating.run(pool)
      transposing.run(pool)
      var gradient = [Float](repeating: 0, count: shape.weights)
      let operation = try WeightGradientOperator(shape, fine: MapSlice(fine), coarse: MapSlice(coarse))
      gradient.withUnsafeMutableBufferPointer { operation.run(pool, into: $0.baseAddress!) }
      return [toCoarse.values, toFine.values, gradient]
    }
    for (found, expected) in zip(try compute(.bf16), try compute(.float32)) {
      let size = (dot(expected, expected) / Double(expected.count)).squareRoot()
      let largest = zip(found, expected).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
      #expect(largest < 1e-5 * size, "\(largest) of \(size)")
    }
  }

  @Test("Winograd's products of bfloat16 come within a fiftieth of those of float32, there and back")
  func winograd() throws {
    let shape = ConvolutionShape(kernel: 3, fine: 80, coarse: 112)
    let fine = try randomMap(1, side: 28, channels: 80, border: 1)
    let coarse = try randomMap(2, side: 28, channels: 112, border: 1)
    let weights = randomValues(3, shape.weights)
    var results: [[Float]] = []
    for precision in TrainingPrecision.allCases {
      let toFine = try BatchMap(images: 2, side: 28, channels: 80)
      let toCoarse = try BatchMap(images: 2, side: 28, channels: 112)
      let correlating = try ConvolutionOperator(
        correlating: shape, from: MapSlice(fine), to: MapSlice(toCoarse), start: FT_ZERO, precision: precision
      )
      let transposing = try ConvolutionOperator(
        transposing: shape, from: MapSlice(coarse), to: MapSlice(toFine), precision: precision)
      weights.withUnsafeBufferPointer {
        for work in correlating.packing($0.baseAddress!) + transposing.packing($0.baseAddress!) { work() }
      }
      correlating.run(pool)
      transposing.run(pool)
      results += [toCoarse.values, toFine.values]
    }
    for (exact, rounded) in [(results[0], results[2]), (results[1], results[3])] {
      let differences = zip(exact, rounded).map { $0 - $1 }
      let share = (dot(differences, differences) / dot(exact, exact)).squareRoot()
      #expect(share > 1e-5 && share < 2e-2, "\(share)")
    }
  }

  @Test("one thread and three give the same bits with bfloat16 factors")
  func threads() throws {
    var results: [[Float]] = []
    for threads in [1, 3] {
      let own = ThreadPool(threads: threads)
      let generator = try TrainableGenerator(
        Architecture(.gatedUNet, width: 4), images: 2, size: 64, precision: .bf16)
      generator.initialize(seed: 3)
      generator.input.values = randomValues(4, generator.input.pixels * generator.input.channels)
      generator.pack(own)
      generator.forward(own)
      generator.outputGradient.values = randomValues(5, generator.output.pixels * 3)
      let output = generator.output.values
      generator.backward(own)
      results.append(
        output
          + Array(
            UnsafeBufferPointer(start: generator.parameters.gradient.start, count: generator.parameters.count)
          ))
    }
    #expect(sameBits(results[0], results[1]))
  }
}
