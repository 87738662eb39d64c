/// The endless sequence of samples that a run sees, by seed: the set's pictures in an order shuffled anew for each
/// epoch, each time with another crop, mask and guidance.
struct SampleSequence {
  let set: TrainingSet
  let seed: UInt64
  let size: Int
  private var order: (epoch: Int, pictures: [Int]) = (-1, [])

  init(set: TrainingSet, seed: UInt64, size: Int) {
    self.set = set
    self.seed = seed
    self.size = size
  }

  /// What makes the sample at a position; it may be called from any thread.
  mutating func maker(at position: Int) -> @Sendable () throws -> TrainingSample {
    let count = set.training.count
    let epoch = position / count
    if order.epoch != epoch {
      var random = SeededRandom(seed: seed, 1, UInt64(epoch))
      var pictures = set.training
      for i in stride(from: pictures.count - 1, to: 0, by: -1) { pictures.swapAt(i, random.integer(0...i)) }
      order = (epoch, pictures)
    }
    let (set, size, picture) = (set, size, order.pictures[position % count])
    let own = seed &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15
    return { try set.sample(index: picture, seed: own, size: size) }
  }
}

extension TrainingSet {
  /// One of the fixed tasks of a validation, spread over the held-out pictures; the kinds take turns.
  func validationTask(_ number: Int, of count: Int, size: Int) throws -> TrainingSample {
    let kinds = TaskKind.allCases
    let index = validation[number * validation.count / count]
    return try task(index: index, kind: kinds[number % kinds.count], seed: 1, size: size)
  }
}
