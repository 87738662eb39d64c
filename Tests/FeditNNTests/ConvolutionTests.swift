import FeditKernels
import FeditNN
import FeditTestSupport
import Testing

/// A layer's shape by name; the side of its grid.
struct Shape: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var grid: Int
  var convolution: Convolution

  init(
    _ name: String, _ kind: Convolution.Kind, _ method: Convolution.Method, _ channels: [Int], _ outputs: Int,
    grid: Int, origin: Int = 0, normalizes: Bool = true, leaky: Bool = true, compact: Bool = false,
    compactInputs: Bool = false
  ) {
    testDescription = name
    self.grid = grid
    convolution = Convolution(
      kind: kind, method: method,
      inputs: channels.map {
        Convolution.Input(channels: $0, stride: compactInputs ? $0 : ($0 + 15) / 16 * 16)
      },
      outputs: outputs, normalizes: normalizes, leaky: leaky, compactOutput: compact, origin: origin)
  }
}

private func gated(_ kernel: Int, _ stride: Int = 1, _ dilation: Int = 1) -> Convolution.Kind {
  .gated(kernel: kernel, stride: stride, dilation: dilation)
}

/// Every kind by every method that can compute it; grids that tiles don't fill, channels that fill no register,
/// sums longer than one block of a product.
private let shapes: [Shape] = [
  Shape("3×3 by F(4×4)", gated(3), .winograd(tile: 4), [24], 20, grid: 11),
  Shape("3×3 by F(4×4), tiles from −1", gated(3), .winograd(tile: 4), [16, 24], 32, grid: 10, origin: 1),
  Shape("3×3 by F(4×4), tiles from −3", gated(3), .winograd(tile: 4), [160, 160], 16, grid: 8, origin: 3),
  Shape("3×3 by F(2×2)", gated(3), .winograd(tile: 2), [32, 8], 40, grid: 7, origin: 1),
  Shape("3×3 direct", gated(3), .direct(tile: 2), [40, 24], 24, grid: 9),
  Shape(
    "3×3 direct, no LRN, linear", gated(3), .direct(tile: 4), [16], 16, grid: 6, normalizes: false,
    leaky: false),
  Shape(
    "3×3 in rows, compact", gated(3), .rows, [9, 3], 3, grid: 12, normalizes: false, leaky: false,
    compact: true,
    compactInputs: true),
  Shape("3×3 dilated by 2", gated(3, 1, 2), .direct(tile: 2), [16], 24, grid: 4),
  Shape("3×3 dilated by 16", gated(3, 1, 16), .direct(tile: 2), [16], 16, grid: 4),
  Shape("3×3 stride 2 by phases, F(4×4)", gated(3, 2), .winograd(tile: 4), [24], 16, grid: 9),
  Shape("3×3 stride 2 by phases, F(2×2)", gated(3, 2), .winograd(tile: 2), [24], 16, grid: 9, origin: 1),
  Shape("3×3 stride 2 direct", gated(3, 2), .direct(tile: 2), [300], 16, grid: 5),
  Shape("5×5 stride 2 by phases, F(4×4)", gated(5, 2), .winograd(tile: 4), [24], 40, grid: 9, origin: 2),
  Shape("5×5 stride 2 by phases, F(2×2)", gated(5, 2), .winograd(tile: 2), [16], 16, grid: 5),
  Shape("5×5 stride 2 direct", gated(5, 2), .direct(tile: 4), [16], 16, grid: 6),
  Shape(
    "7×7 stride 2 by phases, F(4×4, 4×4)", gated(7, 2), .winograd(tile: 4), [9], 12, grid: 10,
    normalizes: false, compactInputs: true),
  Shape("7×7 stride 2 in rows", gated(7, 2), .rows, [9], 20, grid: 8, normalizes: false, compactInputs: true),
  Shape(
    "upsampling by F(4×4)", .upsampling, .winograd(tile: 4), [40], 24, grid: 6, origin: 3, normalizes: false),
  Shape("upsampling by F(2×2)", .upsampling, .winograd(tile: 2), [24], 16, grid: 5, normalizes: false),
  Shape("upsampling direct", .upsampling, .direct(tile: 2), [24], 40, grid: 5, normalizes: false),
  Shape(
    "upsampling by F(4×4), compact", .upsampling, .winograd(tile: 4), [20], 3, grid: 7, normalizes: false,
    compact: true),
  Shape(
    "enlarging by F(4×4)", .enlarging, .winograd(tile: 4), [40], 24, grid: 6, origin: 3, normalizes: false),
  Shape("enlarging by F(2×2)", .enlarging, .winograd(tile: 2), [24], 16, grid: 5, normalizes: false),
  Shape("enlarging direct", .enlarging, .direct(tile: 2), [24], 40, grid: 5, normalizes: false),
  Shape("enlarging a single pixel", .enlarging, .direct(tile: 2), [20], 24, grid: 1, normalizes: false),
  Shape(
    "3×3 by F(4×4) with a compact input beside another, to 3 outputs", gated(3), .winograd(tile: 4), [16], 3,
    grid: 9, normalizes: false, leaky: false, compact: true),
]

private let instructionSets = [FK_AVX2, FK_AVX512].map { Int32($0.rawValue) }.filter { fk_has_isa($0) != 0 }

private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

@Suite struct ConvolutionTests {
  @Test("A layer's result is the formula's, on both instruction sets with the same bits", arguments: shapes)
  func formula(shape: Shape) throws {
    let trial = LayerTrial(shape.convolution, grid: shape.grid, seed: 1)
    let expected = trial.expected()
    var first: [UInt32] = []
    for instructionSet in instructionSets {
      let prepared = try #require(LayerTrial.Prepared(trial, instructionSet: instructionSet))
      prepared.run(trial.tiles, chunk: 1000)
      let found = prepared.values
      #expect(found.count == expected.count)
      let worst = zip(found, expected).map { abs(Double($0) - $1) }.max { !($0 >= $1) } ?? .nan
      #expect(worst < 1e-5, "largest difference \(worst)")
      if first.isEmpty { first = bits(found) }
      #expect(bits(found) == first)
    }
  }

  @Test("A tile's bits depend neither on its neighbours nor on how the work is divided", arguments: shapes)
  func division(shape: Shape) throws {
    let trial = LayerTrial(shape.convolution, grid: shape.grid, seed: 2)
    let prepared = try #require(LayerTrial.Prepared(trial, instructionSet: fk_best_isa()))
    prepared.run(trial.tiles, chunk: 1000)
    let whole = bits(prepared.values)
    var numbers = Numbers(3)
    for divide in [
      { prepared.run(trial.tiles, chunk: 1) },
      { prepared.run(trial.tiles.shuffled(using: &numbers), chunk: 5) },
      { prepared.runStaged(trial.tiles, piece: 1000) },
      { prepared.runStaged(trial.tiles.reversed(), piece: 64) },
    ] {
      prepared.clear()
      divide()
      #expect(bits(prepared.values) == whole)
    }
  }

  @Test(
    "Tiles that cover a set give its pixels their bits, and write no pixel of other tiles", arguments: shapes)
  func someTiles(shape: Shape) throws {
    let trial = LayerTrial(shape.convolution, grid: shape.grid, seed: 4)
    let prepared = try #require(LayerTrial.Prepared(trial, instructionSet: fk_best_isa()))
    prepared.run(trial.tiles, chunk: 1000)
    let whole = prepared.values
    var numbers = Numbers(5)
    for _ in 0..<10 {
      var wanted = PixelSet(side: shape.grid)
      for _ in 0..<3 {
        wanted[
          Int.random(in: 0..<shape.grid, using: &numbers), Int.random(in: 0..<shape.grid, using: &numbers)] =
          true
      }
      let asked = wanted
      let tiles = shape.convolution.tiles(covering: &wanted)
      prepared.clear()
      prepared.run(tiles, chunk: 2)
      let found = prepared.values
      let scale = trial.outputSide / shape.grid
      let (side, tile) = (shape.convolution.tile, shape.convolution.tile)
      let touched = Set(tiles.map { [Int($0 >> 16), Int($0 & 0xFFFF)] })
      for y in 0..<trial.outputSide {
        for x in 0..<trial.outputSide {
          let (gy, gx) = (y / scale, x / scale)
          let values = (y * trial.outputSide + x) * trial.convolution.outputs
          let range = values..<values + trial.convolution.outputs
          let origin = shape.convolution.origin
          if touched.contains([(gy + origin) / side, (gx + origin) / tile]) {
            if asked[gy, gx] || shape.convolution.isWinograd {
              #expect(bits(Array(found[range])) == bits(Array(whole[range])))
            }
          } else {
            #expect(found[range].allSatisfy { $0 == 0 })
          }
        }
      }
    }
  }

  @Test("Prepared weights take the bytes that the shape says", arguments: shapes)
  func bytes(shape: Shape) throws {
    let trial = LayerTrial(shape.convolution, grid: shape.grid, seed: 6)
    let prepared = try #require(
      PreparedConvolution(shape.convolution, branches: trial.branches, pool: ThreadPool(threads: 1)))
    #expect(prepared.byteCount == shape.convolution.packedBytes)
  }
}
