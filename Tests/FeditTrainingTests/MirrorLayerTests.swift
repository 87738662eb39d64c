import FeditGenerator
import FeditNN
import FeditPixels
import FeditTraining
import Testing

private let size = 128

/// A sample of whole levels whose mask covers some columns of the upper half.
private func sample(masked columns: Range<Int>) -> TrainingSample {
  let count = size * size
  return TrainingSample(
    size: size, image: (0..<3 * count).map { Levels.signed(UInt8(truncatingIfNeeded: $0 * 37 / 11)) },
    sketch: [Float](repeating: 0, count: count), color: [Float](repeating: -1, count: 3 * count),
    mask: (0..<count).map { columns.contains($0 % size) && $0 < count / 2 ? 1 : 0 },
    noise: [Float](repeating: 0, count: count), colorSet: [UInt8](repeating: 0, count: count))
}

@Suite("What lies opposite, in training") struct MirrorLayerTests {
  @Test("a masked pixel shows the one opposite, where that is in the sample and not masked")
  func mirrored() {
    let sample = sample(masked: 20..<70)
    let mirror = MirrorLayer(of: sample, axis: 60)
    for x in 0..<size {
      let p = 5 * size + x
      let other = 119 - x
      let isKnown = (20..<70).contains(x) && !(20..<70).contains(other)
      #expect((mirror.set[p] != 0) == isKnown)
      for c in 0..<3 {
        #expect(mirror.values[3 * p + c] == (isKnown ? sample.image[3 * (5 * size + other) + c] : 0))
      }
      #expect(mirror.set[100 * size + x] == 0)
    }
  }

  @Test("between two pixels both count, and what lies beyond the sample is taken where it is given")
  func between() {
    let sample = sample(masked: 100..<128)
    let half = MirrorLayer(of: sample, axis: 64.25)
    let (p, a) = (3 * size + 110, 3 * size + 17)
    let expected = Levels.level((sample.image[3 * a] + sample.image[3 * (a + 1)]) / 2).rounded()
    #expect(half.values[3 * p] == Levels.signed(expected))
    let right = MirrorLayer(of: sample, axis: 120)
    #expect(right.set[3 * size + 127] == 0 && right.set[3 * size + 105] == 0)
    let far = MirrorLayer(of: sample, axis: 40)
    #expect(!far.set.contains(1))
    let given = MirrorLayer(of: sample, axis: 40, beyond: [Float](repeating: 0.5, count: 3 * size * size))
    #expect(given.set == sample.mask && given.values[3 * p] == 0.5)
  }

  @Test("only a network that sees it gets it, inside the mask")
  func seen() throws {
    var sample = sample(masked: 20..<60)
    sample.mirror = MirrorLayer(of: sample, axis: 64)
    let deep = try TrainableGenerator(Architecture(.deepGatedUNet, width: 4), images: 1, size: size)
    let shallow = try TrainableGenerator(Architecture(.gatedUNet, width: 4), images: 1, size: size)
    deep.put(sample, at: 0)
    shallow.put(sample, at: 0)
    let other = 3 * size + 127 - 30
    #expect(deep.input[0, 3, 30, 14] == 1)
    #expect((0..<3).map { deep.input[0, 3, 30, 11 + $0] } == (0..<3).map { sample.image[3 * other + $0] })
    #expect((0..<4).map { deep.input[0, 100, 30, 11 + $0] } == [0, 0, 0, 0])
    for c in 0..<11 { #expect(deep.input[0, 3, 30, c] == shallow.input[0, 3, 30, c]) }
    sample.mirror = nil
    deep.put(sample, at: 0)
    #expect((0..<4).map { deep.input[0, 3, 30, 11 + $0] } == [0, 0, 0, 0])
  }
}
