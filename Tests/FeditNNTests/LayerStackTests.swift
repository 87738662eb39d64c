import FeditKernels
import FeditNN
import FeditTestSupport
import Testing

@Suite struct LayerStackTests {
  private let pool = ThreadPool(threads: 2)
  private let table = LayerStack(
    inputs: 3,
    [
      LayerStack.Row("a", kernel: 3, stride: 1, outputs: 20, slope: 0),
      LayerStack.Row("b", kernel: 3, stride: 1, outputs: 16, slope: 0.1, poolsBefore: true),
      LayerStack.Row("c", kernel: 1, stride: 1, outputs: 5, slope: 1),
    ])

  private func values(_ count: Int, seed: UInt64) -> [Float] {
    var numbers = Numbers(seed)
    return numbers.array(count)
  }

  private func weights(_ table: LayerStack) -> [PreparedStack.Weights] {
    table.layers.enumerated().map { index, layer in
      (
        values(layer.shape.weights, seed: UInt64(2 * index)).map { $0 / 4 },
        values(layer.shape.coarse, seed: UInt64(2 * index + 1))
      )
    }
  }

  /// A layer by plain loops, on rows of pixels.
  private func naive(
    _ map: (width: Int, height: Int, values: [Double]), _ layer: LayerStack.Layer,
    _ weights: PreparedStack.Weights
  ) -> (width: Int, height: Int, values: [Double]) {
    let s = layer.shape
    var map = map
    if layer.poolsBefore {
      let (w, h) = ((map.width + 1) / 2, (map.height + 1) / 2)
      var halved: [Double] = []
      for y in 0..<h {
        for x in 0..<w {
          for c in 0..<s.fine {
            let near = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
              map.values[
                (min(2 * y + $0.0, map.height - 1) * map.width + min(2 * x + $0.1, map.width - 1)) * s.fine
                  + c]
            }
            halved.append(near.max() ?? 0)
          }
        }
      }
      map = (w, h, halved)
    }
    var result: [Double] = []
    for y in 0..<map.height {
      for x in 0..<map.width {
        for o in 0..<s.coarse {
          var sum = Double(weights.bias[o])
          for ky in 0..<s.kernel {
            for kx in 0..<s.kernel {
              let (v, u) = (y + ky - s.kernel / 2, x + kx - s.kernel / 2)
              guard (0..<map.height).contains(v), (0..<map.width).contains(u) else { continue }
              for i in 0..<s.fine {
                sum +=
                  map.values[(v * map.width + u) * s.fine + i]
                  * Double(weights.kernel[((ky * s.kernel + kx) * s.fine + i) * s.coarse + o])
              }
            }
          }
          result.append(sum < 0 ? Double(layer.slope) * sum : sum)
        }
      }
    }
    return (map.width, map.height, result)
  }

  @Test(
    "a chain gives what plain loops give, on maps of any size, halved where its table says so",
    arguments: [(13, 7), (8, 20), (1, 1)])
  func plainLoops(width: Int, height: Int) throws {
    let weights = weights(table)
    let stack = try PreparedStack(table, weights)
    let input = try stack.input(width: width, height: height)
    input.values = values(width * height * 3, seed: 9)
    var expected = (width: width, height: height, values: input.values.map(Double.init))
    var names: [String] = []
    try stack.run(input, pool: pool) { name, map in
      expected = naive(expected, table.layers[names.count], weights[names.count])
      names.append(name)
      #expect((map.width, map.height) == (expected.width, expected.height))
      #expect(zip(map.values, expected.values).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    }
    #expect(names == ["a", "b", "c"])
  }

  @Test("a chain that runs and one that is trained give the same bits")
  func trained() throws {
    let table = LayerStack("conv", inputs: 3, [(3, 2, 24), (3, 1, 40), (4, 4, 7)], slope: 0.2)
    let weights = weights(table)
    let trainable = try TrainableStack(table, images: 1, side: 16)
    let parameters = try Parameters(count: table.parameters, keepsAverage: false)
    for (i, value) in weights.flatMap({ $0.kernel + $0.bias }).enumerated() {
      parameters.values.start[i] = value
    }
    let prepared = try PreparedStack(table, weights)
    let input = try prepared.input(width: 16, height: 16)
    input.values = values(16 * 16 * 3, seed: 5)
    trainable.input.values = input.values
    for work in trainable.packing(parameters.values.start) { work() }
    trainable.forward(pool, parameters.values.start)
    let output = try prepared.run(input, pool: pool)
    #expect(output.values.map(\.bitPattern) == trainable.output.values.map(\.bitPattern))
    #expect(
      table.tensors(from: parameters.values.start).map(\.values) == weights.flatMap { [$0.kernel, $0.bias] })
  }

  @Test(
    "the tensors of a layer's kind in weight files are its parameters, each once",
    arguments: [
      Convolution.Kind.gated(kernel: 3, stride: 2, dilation: 1), .gated(kernel: 7, stride: 1, dilation: 2),
      .upsampling, .enlarging,
    ])
  func tensors(kind: Convolution.Kind) {
    let tensors = kind.tensors(inputs: 5, outputs: 3)
    var places: [Int] = []
    for tensor in tensors {
      var inFile: [Int] = []
      tensor.forEach {
        inFile.append($0)
        places.append($1)
      }
      #expect(inFile == Array(0..<tensor.count))
    }
    let shape = kind.shape(inputs: 5, outputs: 3)
    #expect(places.sorted() == Array(0..<kind.direction.parameters(shape)))
  }
}
