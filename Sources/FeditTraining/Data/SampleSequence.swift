/// The endless sequence of samples that a run sees, by seed: the pictures of all sets in an order shuffled anew for
/// each pass, each time with another crop, mask and guidance.
struct SampleSequence {
  let data: TrainingData
  let seed: UInt64
  let size: Int
  let options: SampleOptions
  private var order: (epoch: Int, places: [TrainingData.Place]) = (-1, [])

  init(data: TrainingData, seed: UInt64, size: Int, options: SampleOptions = SampleOptions()) {
    self.data = data
    self.seed = seed
    self.size = size
    self.options = options
  }

  /// What makes the sample at a position; it may be called from any thread.
  mutating func maker(at position: Int) -> @Sendable () throws -> TrainingSample {
    let count = data.training.count
    let epoch = position / count
    if order.epoch != epoch {
      var random = SeededRandom(seed: seed, 1, UInt64(epoch))
      var places = data.training
      for i in stride(from: places.count - 1, to: 0, by: -1) { places.swapAt(i, random.integer(0...i)) }
      order = (epoch, places)
    }
    let (data, size, options, place) = (data, size, options, order.places[position % count])
    let own = seed &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15
    return { try data.sample(place, seed: own, size: size, options: options) }
  }
}
