import FeditKernels
import FeditNN
import FeditTestSupport
import Testing

/// A set with each pixel in it by a chance of one in `rarity`.
private func randomSet(side: Int, rarity: Int, _ numbers: inout Numbers) -> PixelSet {
  var set = PixelSet(side: side)
  for y in 0..<side {
    for x in 0..<side { set[y, x] = Int.random(in: 0..<rarity, using: &numbers) == 0 }
  }
  return set
}

private func convolution(
  _ kernel: Int, stride: Int = 1, dilation: Int = 1, method: Convolution.Method = .direct(tile: 2),
  origin: Int = 0
) -> Convolution {
  Convolution(
    kind: .gated(kernel: kernel, stride: stride, dilation: dilation), method: method,
    inputs: [Convolution.Input(channels: 16, stride: 16)], outputs: 16, normalizes: false, leaky: true,
    origin: origin)
}

private let layers = [
  convolution(3), convolution(3, dilation: 2), convolution(3, dilation: 16), convolution(3, stride: 2),
  convolution(5, stride: 2), convolution(7, stride: 2),
]

@Suite struct PixelSetTests {
  /// Rows (or columns) of the input that a row of the layer's grid reads, from TensorFlow's "SAME" padding.
  private func reads(_ layer: Convolution, row: Int, inputSide: Int) -> [Int] {
    guard case .gated(let kernel, let stride, let dilation) = layer.kind else { return [] }
    let side = inputSide / stride
    let padding = max((side - 1) * stride + (kernel - 1) * dilation + 1 - inputSide, 0) / 2
    let low = row * stride - padding
    // A dilated kernel's reach counts as a whole.
    return (low...low + (kernel - 1) * dilation).filter { (0..<inputSide).contains($0) }
  }

  /// Compares what one of a layer's functions adds to a set with what each window says, on grids and sets of several sizes.
  ///
  /// - Parameters:
  ///   - index: of the layer.
  ///   - rarities: of the pixels of the set that is given.
  ///   - ofInputs: whether it holds inputs and its readers are wanted, or the other way round.
  ///   - add: the function.
  private func check(
    _ index: Int, rarities: [Int], ofInputs: Bool, _ add: (Convolution, PixelSet, inout PixelSet) -> Void
  ) {
    let layer = layers[index]
    var numbers = Numbers(UInt64(index))
    for grid in [4, 7, 16] {
      let side = grid * layer.inputStride
      for rarity in rarities {
        let given = randomSet(side: ofInputs ? side : grid, rarity: rarity, &numbers)
        // What was in the set stays in it.
        var found = randomSet(side: ofInputs ? grid : side, rarity: 50, &numbers)
        var expected = found
        add(layer, given, &found)
        for y in 0..<grid {
          for x in 0..<grid {
            for iy in reads(layer, row: y, inputSide: side) {
              for ix in reads(layer, row: x, inputSide: side) {
                if ofInputs, given[iy, ix] { expected[y, x] = true }
                if !ofInputs, given[y, x] { expected[iy, ix] = true }
              }
            }
          }
        }
        #expect(found == expected, "grid \(grid), one in \(rarity)")
      }
    }
  }

  @Test("A layer's inputs are the pixels in the windows of its outputs", arguments: layers.indices)
  func inputs(index: Int) {
    check(index, rarities: [1, 5, 60], ofInputs: false) { $0.addInputs(of: $1, to: &$2) }
  }

  @Test("A layer's readers are the outputs whose windows hold an input", arguments: layers.indices)
  func readers(index: Int) {
    check(index, rarities: [1, 9, 90], ofInputs: true) { $0.addReaders(of: $1, to: &$2) }
  }

  @Test("Halving keeps every pixel's place, doubling gives its four", arguments: [2, 6, 30])
  func halvesAndDoubles(side: Int) {
    var numbers = Numbers(UInt64(side))
    let set = randomSet(side: side, rarity: 7, &numbers)
    var half = PixelSet(side: side / 2)
    var double = PixelSet(side: side * 2)
    for y in 0..<side { for x in 0..<side where set[y, x] { half[y / 2, x / 2] = true } }
    for y in 0..<2 * side { for x in 0..<2 * side { double[y, x] = set[y / 2, x / 2] } }
    #expect(set.halved == half)
    #expect(set.doubled == double)
  }

  @Test(
    "Tiles cover a set row by row; a Winograd layer's set grows to whole tiles",
    arguments: [(2, 0), (2, 1), (4, 0), (4, 1), (4, 2), (4, 3)], [5, 8, 13])
  func tiles(grid: (tile: Int, origin: Int), side: Int) {
    var numbers = Numbers(UInt64(side * 10 + grid.origin))
    for method in [Convolution.Method.direct(tile: grid.tile), .winograd(tile: grid.tile)] {
      for rarity in [1, 6, 40, 1000] {
        let layer = convolution(3, method: method, origin: grid.origin)
        let wanted = randomSet(side: side, rarity: rarity, &numbers)
        var grown = wanted
        let found = layer.tiles(covering: &grown)
        var expected: [fk_tile] = []
        var pixels = wanted
        let count = (side + grid.origin + grid.tile - 1) / grid.tile
        for ty in 0..<count {
          for tx in 0..<count {
            func range(_ t: Int) -> Range<Int> {
              let first = t * grid.tile - grid.origin
              return max(0, first)..<min(side, first + grid.tile)
            }
            guard range(ty).contains(where: { y in range(tx).contains { wanted[y, $0] } }) else { continue }
            expected.append(fk_tile(ty) << 16 | fk_tile(tx))
            if layer.isWinograd { for y in range(ty) { for x in range(tx) { pixels[y, x] = true } } }
          }
        }
        #expect(found == expected && grown == pixels)
      }
    }
  }

  @Test("Union, difference, count and masks are those of sets")
  func algebra() {
    var numbers = Numbers(9)
    let (a, b) = (randomSet(side: 9, rarity: 3, &numbers), randomSet(side: 9, rarity: 3, &numbers))
    var (union, difference) = (a, a)
    union.formUnion(b)
    difference.subtract(b)
    for y in 0..<9 {
      for x in 0..<9 {
        #expect(union[y, x] == (a[y, x] || b[y, x]))
        #expect(difference[y, x] == (a[y, x] && !b[y, x]))
      }
    }
    #expect(union.count == difference.count + b.count)
    #expect(PixelSet(side: 9, mask: a.flags.map { Float($0) * 0.5 }) == a)
    #expect(PixelSet(side: 9, all: true).count == 81 && PixelSet(side: 9).count == 0)
  }
}
